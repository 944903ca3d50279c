//! A mail as bytes (RFC 5322, MIME), the same bytes on every build of the same input.
mod body;
mod headers;

use thiserror::Error;

use crate::smtp_out::SendEnvelope;

pub use headers::is_allowed_header;

/// Most recipients over To, Cc and Bcc.
pub const MAX_RECIPIENTS: usize = 1000;
/// Most extra header fields.
pub const MAX_EXTRA_HEADERS: usize = 100;

/// A name and an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, any Unicode text on one line.
    pub name: Option<String>,
    /// `local@domain`.
    pub address: String,
}

/// A file that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The file name shown to the reader.
    pub name: String,
    /// Media type, e.g. `application/pdf`. `message/*` and `multipart/*` go as `application/octet-stream`: they may
    /// not be base64 (RFC 2046 section 5.2.1).
    pub mimetype: String,
    /// Set for a picture inside the HTML (`cid:`); without angle brackets.
    pub content_id: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Everything a mail is made of. Message ids stand without their angle brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The author.
    pub from: Mailbox,
    /// Recipients shown to all.
    pub to: Vec<Mailbox>,
    /// Recipients of a copy, shown to all.
    pub cc: Vec<Mailbox>,
    /// Recipients shown to no one: only in the envelope.
    pub bcc: Vec<Mailbox>,
    /// Where answers go, when not to the author.
    pub reply_to: Option<Mailbox>,
    /// Any Unicode text on one line; may be empty.
    pub subject: String,
    /// Plain text. Made from the HTML when absent.
    pub text: Option<String>,
    /// HTML.
    pub html: Option<String>,
    /// Files and inline pictures.
    pub attachments: Vec<Attachment>,
    /// `left@right`, made once by the caller and stored: a retry must carry the same.
    pub message_id: String,
    /// The mail this one answers.
    pub in_reply_to: Option<String>,
    /// The thread so far, oldest first.
    pub references: Vec<String>,
    /// For the Date field, written in UTC.
    pub date_unix_seconds: i64,
    /// Further header fields, see [`is_allowed_header`].
    pub headers: Vec<(String, String)>,
}

/// Why a mail could not be composed. Each displays as a sentence for a person.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ComposeError {
    /// An address is not one.
    #[error("\"{address}\" in {field} is not an email address.")]
    Address {
        /// `From`, `To`, `Cc`, `Bcc` or `Reply-To`.
        field: &'static str,
        /// As given, at most 200 characters.
        address: String,
    },
    /// Neither To nor Cc nor Bcc names anyone, or they name too many.
    #[error("The mail needs between 1 and {MAX_RECIPIENTS} recipients.")]
    Recipients,
    /// A line break or another control character where only one line may stand.
    #[error("{field} holds a line break or another control character.")]
    ControlCharacter {
        /// The field's name.
        field: String,
    },
    /// An extra header field that callers may not set, has a bad name, is too long, or comes twice.
    #[error("The header field \"{name}\" cannot be set: {why}.")]
    Header {
        /// The field's name.
        name: String,
        /// The reason in a few words.
        why: &'static str,
    },
    /// A message id is not of the form `left@right`.
    #[error("\"{id}\" is not a message id.")]
    MessageId {
        /// As given, at most 200 characters.
        id: String,
    },
    /// A media type is not of the form `type/subtype`.
    #[error("\"{mimetype}\" of the attachment \"{name}\" is not a media type.")]
    MediaType {
        /// The attachment.
        name: String,
        /// As given.
        mimetype: String,
    },
    /// The date is before 1970 or after 9999.
    #[error("The date of the mail is out of range.")]
    Date,
    /// The library refused it.
    #[error("The mail could not be composed: {0}.")]
    Library(String),
}

/// Builds the mail. Line ends are CRLF, lines are short, all is ASCII (UTF-8 text is encoded), Bcc is absent.
///
/// Shape: mixed ( alternative ( text, related ( html, inline pictures ) ), attachments ), each level only when needed.
pub fn build(mail: &OutgoingMail) -> Result<Vec<u8>, ComposeError> {
    let recipients = mail.to.len() + mail.cc.len() + mail.bcc.len();
    if recipients == 0 || recipients > MAX_RECIPIENTS {
        return Err(ComposeError::Recipients);
    }
    for bcc in &mail.bcc {
        headers::mailbox("Bcc", bcc)?;
    }
    let builder = headers::start(mail)?;
    let message = body::finish(builder, mail)?;
    Ok(message.formatted())
}

/// The envelope: `return_path` (else the author) and every recipient once, Bcc included.
pub fn envelope(mail: &OutgoingMail, return_path: Option<&str>) -> SendEnvelope {
    let mut to: Vec<String> = Vec::new();
    for mailbox in mail.to.iter().chain(&mail.cc).chain(&mail.bcc) {
        let address = mailbox.address.trim();
        if !to.iter().any(|known| known.eq_ignore_ascii_case(address)) {
            to.push(address.to_owned());
        }
    }
    SendEnvelope { from: Some(return_path.unwrap_or(mail.from.address.trim()).to_owned()), to }
}

#[cfg(test)]
mod tests;
