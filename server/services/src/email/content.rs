//! What `email_send.content` and `email_message.recipients` hold: the content of a request once, the rest per mail.

use serde::{Deserialize, Serialize};

use super::template::{Escape, Substitutions, Template};
use crate::Fault;

/// `email_send.content`: everything the mails of one request share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// Name beside the sender's address; empty for none.
    pub from_name: String,
    /// The asset's address when the request was accepted.
    pub from_address: String,
    /// The asset's forwarding address: a mail that comes back there with it is a loop.
    pub loop_address: String,
    /// Reply-To; empty for none.
    pub reply_to: String,
    /// Shown recipients that every mail of the request also goes to.
    pub cc: Vec<String>,
    /// Hidden ones.
    pub bcc: Vec<String>,
    /// Subject, with placeholders when `templated`.
    pub subject: String,
    /// Plain text; empty for none.
    pub text: String,
    /// HTML; empty for none.
    pub html: String,
    /// Placeholders are filled. Off for mails a person wrote: `$(x)` in them is just text.
    pub templated: bool,
    /// Values for every recipient.
    pub substitutions: Substitutions,
    /// Files, their bytes in the blob store.
    pub attachments: Vec<StoredFile>,
    /// Message-ID this answers, without angle brackets; empty for none.
    pub in_reply_to: String,
    /// Message-IDs of the conversation, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The caller's opaque text.
    pub callback_data: String,
    /// Fingerprint of the request, to tell a repeated Idempotency-Key from a reused one; empty without a key.
    pub fingerprint: String,
}

/// A file of a send request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// File name.
    pub name: String,
    /// Type.
    pub mimetype: String,
    /// Content-ID that the HTML names as `cid:…`; empty for an ordinary attachment.
    pub content_id: String,
    /// Id in the blob store.
    pub blob: String,
    /// Size in bytes.
    pub size_bytes: i64,
}

/// `email_message.recipients`: what one mail has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipients {
    /// Shown in To.
    pub to: Vec<String>,
    /// Values for this recipient; they beat the common ones.
    #[serde(skip_serializing_if = "Substitutions::is_empty")]
    pub substitutions: Substitutions,
    /// Those still to be served, once the server has taken or refused others for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<Vec<String>>,
    /// Those refused for good, in whatever attempt: trying again serves them alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

impl Recipients {
    /// Envelope recipients of the next attempt: each address once.
    pub fn envelope(&self, content: &Content) -> Vec<String> {
        if let Some(remaining) = &self.remaining {
            return remaining.clone();
        }
        let mut all: Vec<String> = Vec::with_capacity(self.to.len() + content.cc.len() + content.bcc.len());
        for address in self.to.iter().chain(&content.cc).chain(&content.bcc) {
            if !all.contains(address) {
                all.push(address.clone());
            }
        }
        all
    }
}

/// Subject and bodies of one mail, placeholders filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// One line.
    pub subject: String,
    /// Plain text; empty for none.
    pub text: String,
    /// HTML; empty for none.
    pub html: String,
}

/// The parsed templates of one request, made once for all of its mails.
#[derive(Clone, Debug)]
pub struct Templates {
    subject: Template,
    text: Template,
    html: Template,
}

impl Templates {
    /// Parses the three texts of a content.
    pub fn of(content: &Content) -> Self {
        Self { subject: Template::parse(&content.subject), text: Template::parse(&content.text), html: Template::parse(&content.html) }
    }

    /// Names of all placeholders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.subject.names().chain(self.text.names()).chain(self.html.names())
    }

    /// The texts of one mail.
    pub fn fill(&self, content: &Content, own: &Substitutions) -> Filled {
        if !content.templated {
            return Filled { subject: content.subject.clone(), text: content.text.clone(), html: content.html.clone() };
        }
        let fill = |template: &Template, escape| template.fill(own, &content.substitutions, escape);
        Filled { subject: fill(&self.subject, Escape::Line), text: fill(&self.text, Escape::Plain), html: fill(&self.html, Escape::Html) }
    }
}

/// Writes a stored JSON value.
pub(super) fn to_json<T: Serialize>(value: &T, place: &'static str) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Stored { place })
}

/// Reads a stored JSON value back.
pub(super) fn from_json<T: for<'de> Deserialize<'de>>(text: &str, place: &'static str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Stored { place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_names_each_recipient_once_and_then_only_the_remaining() {
        let content = Content { cc: vec!["c@x.example".into()], bcc: vec!["a@x.example".into(), "b@x.example".into()], ..Content::default() };
        let mut recipients = Recipients { to: vec!["a@x.example".into()], ..Recipients::default() };
        assert_eq!(recipients.envelope(&content), ["a@x.example", "c@x.example", "b@x.example"]);
        recipients.remaining = Some(vec!["c@x.example".into()]);
        assert_eq!(recipients.envelope(&content), ["c@x.example"]);
    }

    #[test]
    fn what_a_person_wrote_is_not_a_template() {
        let content = Content { subject: "$(a)".into(), substitutions: [("a".to_owned(), "b".to_owned())].into(), ..Content::default() };
        assert_eq!(Templates::of(&content).fill(&content, &Substitutions::new()).subject, "$(a)");
        let content = Content { templated: true, ..content };
        assert_eq!(Templates::of(&content).fill(&content, &Substitutions::new()).subject, "b");
    }
}
