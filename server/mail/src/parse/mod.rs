//! From the bytes of a mail to what a person reads. Never fails: what is broken is kept as well as it can be, and
//! told in [`ParsedMail::damage`].
//!
//! `mail-parser` reads single header fields and character sets. The tree of parts is walked here, because the depth of
//! what `mail-parser` builds follows the mail: a few megabytes of nested `message/rfc822` make it overflow the stack.
mod charset;
mod decode;
mod forwarding;
mod headers;
mod kind;
mod mime;
mod name;

use std::ops::Range;

use serde::Serialize;

pub use forwarding::ForwardingConfirmation;
pub use kind::{LOOP_HEADER, MailKind};

/// Most header fields kept of a mail.
pub const MAX_HEADERS: usize = 500;
/// Longest value kept of one header field, in bytes.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Most parts looked at.
pub const MAX_PARTS: usize = 1000;
/// Deepest nesting of multiparts.
pub const MAX_NESTING: usize = 20;
/// Longest text, and longest HTML, kept for showing, in bytes.
pub const MAX_TEXT_BYTES: usize = 2_000_000;
/// Most damage notes.
const MAX_DAMAGE: usize = 50;

/// A name and an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mailbox {
    /// The display name, decoded; absent when none was given.
    pub name: Option<String>,
    /// The address as written, `local@domain`; not checked.
    pub address: String,
}

/// A mail in parts. Message ids stand without their angle brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedMail {
    /// `Message-ID`.
    pub message_id: Option<String>,
    /// `In-Reply-To`, the first id.
    pub in_reply_to: Option<String>,
    /// `References`, oldest first.
    pub references: Vec<String>,
    /// The first author.
    pub from: Option<Mailbox>,
    /// `Sender`, when it differs from the author.
    pub sender: Option<Mailbox>,
    /// `Reply-To`, the first.
    pub reply_to: Option<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Subject`, decoded; empty when absent.
    pub subject: String,
    /// `Date`, in seconds since 1970; absent when missing or unreadable.
    pub date_unix_seconds: Option<i64>,
    /// The plain text the mail carries, lines ended by `\n`; absent when it only carries HTML.
    pub text: Option<String>,
    /// The HTML the mail carries, NOT cleaned: pass it through [`crate::html::clean_with`] before showing it.
    pub html: Option<String>,
    /// Everything else, in the order of the mail.
    pub attachments: Vec<ParsedAttachment>,
    /// Header fields in their order: name as written, value unfolded but not decoded.
    pub headers: Vec<(String, String)>,
    /// What sort of mail it is.
    pub kind: MailKind,
    /// Present when a mail provider asks to confirm that mail be forwarded here. Anyone can send such a mail: show
    /// code and link to a person, never follow the link by machine.
    pub forwarding_confirmation: Option<ForwardingConfirmation>,
    /// What was wrong with the mail, a sentence each.
    pub damage: Vec<String>,
}

/// A part that is not the text of the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedAttachment {
    /// A file name without path, control characters or tricks of writing direction; never empty, at most 150 characters.
    pub name: String,
    /// Media type in lower case, e.g. `image/png`, as the sender declared it.
    pub mimetype: String,
    /// `Content-ID` without angle brackets: how the HTML refers to it (`cid:`).
    pub content_id: Option<String>,
    /// Whether it belongs into the text (a picture of the HTML) rather than into the list of attachments.
    pub inline: bool,
    /// The decoded content.
    pub bytes: Vec<u8>,
    /// Where the part's encoded body lies in the raw mail, in bytes.
    pub raw_range: Range<usize>,
}

/// What the envelope and the addressee add to what the mail says itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrival<'a> {
    /// The return path of the envelope: `Some("")` is the null sender of bounces, `None` not known.
    pub return_path: Option<&'a str>,
    /// The address the mail was forwarded to: a mail that already passed it is a loop.
    pub forwarding_address: Option<&'a str>,
}

/// Parses a mail of which only the bytes are known.
pub fn parse(raw: &[u8]) -> ParsedMail {
    parse_arrived(raw, &Arrival::default())
}

/// Parses a mail. Beside `raw` it holds the decoded attachments, and one decoded body at a time.
pub fn parse_arrived(raw: &[u8], arrival: &Arrival<'_>) -> ParsedMail {
    let mut damage = Damage::default();
    let root = headers::Block::read_root(raw, &mut damage);
    let content = mime::walk(raw, &root, &mut damage);
    let mut mail = ParsedMail {
        message_id: root.ids("Message-ID").into_iter().next(),
        in_reply_to: root.ids("In-Reply-To").into_iter().next(),
        references: root.ids("References"),
        from: root.mailboxes("From").into_iter().next(),
        sender: root.mailboxes("Sender").into_iter().next(),
        reply_to: root.mailboxes("Reply-To").into_iter().next(),
        to: root.mailboxes("To"),
        cc: root.mailboxes("Cc"),
        subject: root.text("Subject").unwrap_or_default(),
        date_unix_seconds: root.date("Date"),
        ..ParsedMail::default()
    };
    for (field, words) in [("Date", "time"), ("From", "author")] {
        match root.count(field) {
            0 => damage.note(format!("The mail names no {words}: it has no {field} field.")),
            1 => {}
            _ => damage.note(format!("The mail has several {field} fields; the first is shown.")),
        }
    }
    if mail.date_unix_seconds.is_none() && root.count("Date") > 0 {
        damage.note("The Date field cannot be read.");
    }
    mail.sender = mail.sender.take().filter(|sender| mail.from.as_ref() != Some(sender));
    let (text, html) = content.bodies(&mut damage);
    mail.text = text;
    mail.html = html;
    mail.kind = kind::classify(&root, &content, &mail, arrival);
    mail.forwarding_confirmation = forwarding::find(&mail);
    mail.attachments = content.attachments;
    mail.headers = root.into_fields();
    mail.damage = damage.notes;
    mail
}

/// Collects what is wrong, each thing once, bounded.
#[derive(Default)]
struct Damage {
    notes: Vec<String>,
}

impl Damage {
    fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() < MAX_DAMAGE && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

#[cfg(test)]
mod tests;
