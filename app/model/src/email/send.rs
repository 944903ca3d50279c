//! Outgoing mail: what may be sent, and what became of it.

use serde::{Deserialize, Serialize};

use super::address::check_email_address;
use crate::{
    FieldProblem,
    ids::{AssetId, MessageId, SendId, ThreadId},
    time::Stamp,
};

/// Most recipients over To, Cc and Bcc of one request (reference: Send Message v2).
pub const MAX_RECIPIENTS: usize = 50;
/// Most bytes of HTML.
pub const MAX_HTML_BYTES: usize = 500 * 1024;
/// Most bytes of plain text.
pub const MAX_TEXT_BYTES: usize = 500 * 1024;
/// Most bytes of a whole MIME message.
pub const MAX_MIME_BYTES: usize = 10 * 1024 * 1024;
/// Longest subject, in characters (RFC 5322 section 2.1.1 bounds a line to 998).
pub const MAX_SUBJECT_CHARS: usize = 900;

/// What the compose page posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComposeForm {
    /// The asset to send from.
    pub asset: String,
    /// Addresses separated by commas, semicolons or line breaks.
    pub to: String,
    /// Likewise.
    pub cc: String,
    /// Likewise.
    pub bcc: String,
    /// Subject.
    pub subject: String,
    /// Plain text; may be empty when there is HTML.
    pub text: String,
    /// HTML; may be empty.
    pub html: String,
    /// The conversation this answers; empty for a new one.
    pub thread: String,
}

/// Splits a typed list of addresses and drops empty entries; `Name <address>` is reduced to the address.
pub fn split_addresses(typed: &str) -> Vec<String> {
    typed
        .split([',', ';', '\n'])
        .map(|one| match (one.find('<'), one.rfind('>')) {
            (Some(open), Some(close)) if open < close => one.get(open + 1..close).unwrap_or_default(),
            _ => one,
        })
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Checks recipients and content of one mail, shared by the compose page and the API (field names are passed in).
pub fn check_recipients(field: &str, addresses: &[String], problems: &mut Vec<FieldProblem>) {
    for address in addresses {
        if let Err(why) = check_email_address(address) {
            problems.push(FieldProblem { field: field.to_owned(), message: format!("“{}”: {why}", shorten(address)) });
        }
    }
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    if text.chars().count() > 60 {
        short.push('…');
    }
    short
}

impl ComposeForm {
    /// All refused fields, in the order of the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let (to, cc, bcc) = (split_addresses(&self.to), split_addresses(&self.cc), split_addresses(&self.bcc));
        let mut refuse = |field: &str, message: String| problems.push(FieldProblem { field: field.into(), message });
        if self.asset.parse::<AssetId>().is_err() {
            refuse("asset", "Choose the asset to send from.".into());
        }
        if to.is_empty() {
            refuse("to", "Enter at least one recipient.".into());
        }
        if to.len() + cc.len() + bcc.len() > MAX_RECIPIENTS {
            refuse("to", format!("A mail has at most {MAX_RECIPIENTS} recipients over To, Cc and Bcc."));
        }
        check_recipients("to", &to, &mut problems);
        check_recipients("cc", &cc, &mut problems);
        check_recipients("bcc", &bcc, &mut problems);
        check_content(&self.subject, &self.text, &self.html, &mut problems);
        problems
    }
}

/// Checks subject, text and HTML under the field names `subject`, `text`, `html`.
pub fn check_content(subject: &str, text: &str, html: &str, problems: &mut Vec<FieldProblem>) {
    let mut refuse = |field: &str, message: String| problems.push(FieldProblem { field: field.into(), message });
    if subject.trim().is_empty() {
        refuse("subject", "Enter a subject.".into());
    } else if subject.chars().count() > MAX_SUBJECT_CHARS || subject.contains(['\r', '\n']) {
        refuse("subject", format!("The subject is one line of at most {MAX_SUBJECT_CHARS} characters."));
    }
    if text.trim().is_empty() && html.trim().is_empty() {
        refuse("text", "Write a text, or give HTML.".into());
    }
    if text.len() > MAX_TEXT_BYTES {
        refuse("text", format!("The text has at most {} KB.", MAX_TEXT_BYTES / 1024));
    }
    if html.len() > MAX_HTML_BYTES {
        refuse("html", format!("The HTML has at most {} KB.", MAX_HTML_BYTES / 1024));
    }
}

/// Where an outgoing mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Stored; waits for a connection or for the next attempt.
    Queued,
    /// A worker has it.
    Sending,
    /// The SMTP server took it for every recipient it was offered for.
    Submitted,
    /// Given up; the receipts say why.
    Failed,
    /// Stopped by a person before it left.
    Cancelled,
}

impl MessageStatus {
    /// All, in the order of a mail's life.
    pub const ALL: &'static [Self] = &[Self::Queued, Self::Sending, Self::Submitted, Self::Failed, Self::Cancelled];

    /// The stored and posted word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Submitted => "submitted",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Sending => "Sending",
            Self::Submitted => "Submitted",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// From the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

/// Filters of the list of outgoing mails; every one stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageFilter {
    /// Asset id; empty for all.
    pub asset: String,
    /// Word of [`MessageStatus`]; empty for all.
    pub status: String,
    /// Part of a recipient's address or of the subject.
    pub search: String,
    /// Id of the request whose mails are wanted; empty for all.
    pub send: String,
    /// Cursor.
    pub after: String,
}

/// An outgoing mail in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Id.
    pub id: MessageId,
    /// The request it came with.
    pub send: SendId,
    /// The asset.
    pub asset: AssetId,
    /// Name of the asset.
    pub asset_name: String,
    /// Recipients in To, joined.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Status.
    pub status: MessageStatus,
    /// When it was accepted.
    pub accepted: Stamp,
    /// When it was submitted or given up.
    pub finished: Option<Stamp>,
    /// Attempts so far.
    pub attempts: i64,
    /// The last words of the server, or of the network.
    pub last_reply: String,
}

/// An outgoing mail on its own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageDetail {
    /// The row.
    pub row: MessageRow,
    /// Message-ID header, without angle brackets.
    pub message_id_header: String,
    /// Sender as in the header.
    pub from: String,
    /// Recipients.
    pub cc: String,
    /// Recipients.
    pub bcc: String,
    /// Plain text.
    pub text: String,
    /// Cleaned HTML for the sandboxed frame; empty when there is none.
    pub html: String,
    /// Files.
    pub attachments: Vec<super::thread::AttachmentRow>,
    /// Next attempt, when waiting for one.
    pub next_attempt: Option<Stamp>,
    /// The conversation it belongs to.
    pub thread: Option<ThreadId>,
    /// The caller's own reference.
    pub correlation_id: String,
    /// What the server said, oldest first.
    pub receipts: Vec<Receipt>,
}

/// One receipt (codes of the spec: 7501 Submitted, 7523 Failed, …).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// When.
    pub at: Stamp,
    /// Recipient it is about.
    pub recipient: String,
    /// `Submitted`, `Failed`.
    pub status: String,
    /// Receipt code.
    pub code: String,
    /// The server's reply, code first.
    pub reply: String,
}

/// How a request with many mails stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendProgress {
    /// All mails of the request.
    pub total: i64,
    /// Waiting or in a worker's hands.
    pub waiting: i64,
    /// Taken by the server.
    pub submitted: i64,
    /// Given up.
    pub failed: i64,
    /// Stopped.
    pub cancelled: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_lists_are_split() {
        let check = |typed, expected: &[&str]| assert_eq!(split_addresses(typed), expected, "{typed}");
        check("", &[]);
        check("a@x.example, b@x.example;c@x.example\n", &["a@x.example", "b@x.example", "c@x.example"]);
        check("Ann <a@x.example>, , b@x.example", &["a@x.example", "b@x.example"]);
    }

    #[test]
    fn a_compose_form_names_what_is_missing() {
        let fields: Vec<_> = ComposeForm::default().check().into_iter().map(|p| p.field).collect();
        assert_eq!(fields, ["asset", "to", "subject", "text"]);
    }
}
