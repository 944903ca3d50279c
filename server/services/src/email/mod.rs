//! The email room (spec email-channel): assets, sending with receipts, receiving, conversations.

pub mod api;
pub mod assets;
pub mod cleanup;
pub mod inbound;
pub mod inbox;
pub mod intake;
pub mod outbox;
pub mod schedules;
pub mod sending;
pub mod template;

mod accept;
mod attachment;
pub(crate) mod bulk;
mod compose;
mod content;
mod render;
mod search;

#[cfg(test)]
pub(crate) mod fixtures;

/// Channel and queue of mails to send.
pub(crate) const OUTBOX: &str = "email.outbox";
/// Channel of raw mail to parse.
pub(crate) const INBOUND: &str = "email.inbound";
/// Channel of schedules whose next run has changed.
pub(crate) const SCHEDULES: &str = "email.schedules";

/// Longest snippet of a conversation, in characters.
const SNIPPET_CHARS: usize = 140;

/// The beginning of a text on one line, quoted lines and runs of white space left out.
pub(crate) fn snippet(text: &str) -> String {
    let words = text.lines().filter(|line| !line.trim_start().starts_with('>')).flat_map(str::split_whitespace);
    let mut snippet = String::new();
    for word in words {
        if snippet.chars().count() + word.chars().count() >= SNIPPET_CHARS {
            snippet.push('…');
            break;
        }
        if !snippet.is_empty() {
            snippet.push(' ');
        }
        snippet.push_str(word);
    }
    snippet
}
