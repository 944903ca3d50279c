//! A queued mail as it goes over the wire. The same rows give the same bytes at each attempt, boundaries apart.

use std::sync::Arc;

use mail::{
    compose::{self, Attachment, Mailbox, OutgoingMail},
    parse::LOOP_HEADER,
};
use model::Problem;

use super::content::{Content, Recipients, Templates};
use crate::clock::SECOND;

/// What a mail is made of.
pub(super) struct Wire<'a> {
    pub content: &'a Content,
    pub templates: &'a Templates,
    pub recipients: &'a Recipients,
    pub message_id_header: &'a str,
    /// When it was accepted.
    pub date_micros: i64,
    /// Bytes of `content.attachments`, in that order.
    pub files: &'a [Arc<Vec<u8>>],
}

/// Builds the mail.
///
/// # Errors
/// [`Problem::Invalid`] naming what cannot be written into a mail.
pub(super) fn bytes(wire: &Wire<'_>) -> Result<Vec<u8>, Problem> {
    let content = wire.content;
    let filled = wire.templates.fill(content, &wire.recipients.substitutions);
    let attachments = content.attachments.iter().zip(wire.files).map(|(file, bytes)| Attachment {
        name: file.name.clone(),
        mimetype: file.mimetype.clone(),
        content_id: (!file.content_id.is_empty()).then(|| file.content_id.clone()),
        bytes: bytes.as_ref().clone(),
    });
    let mail = OutgoingMail {
        from: mailbox_of(&content.from_name, &content.from_address),
        to: bare(&wire.recipients.to),
        cc: bare(&content.cc),
        bcc: bare(&content.bcc),
        reply_to: (!content.reply_to.is_empty()).then(|| mailbox_of("", &content.reply_to)),
        subject: filled.subject,
        text: (!filled.text.is_empty()).then_some(filled.text),
        html: (!filled.html.is_empty()).then_some(filled.html),
        attachments: attachments.collect(),
        message_id: wire.message_id_header.to_owned(),
        in_reply_to: (!content.in_reply_to.is_empty()).then(|| content.in_reply_to.clone()),
        references: content.references.clone(),
        date_unix_seconds: wire.date_micros / SECOND,
        headers: vec![(LOOP_HEADER.to_owned(), content.loop_address.clone())],
    };
    compose::build(&mail).map_err(|error| Problem::field("content", error.to_string()))
}

fn mailbox_of(name: &str, address: &str) -> Mailbox {
    Mailbox { name: (!name.is_empty()).then(|| name.to_owned()), address: address.trim().to_owned() }
}

fn bare(addresses: &[String]) -> Vec<Mailbox> {
    addresses.iter().map(|address| mailbox_of("", address)).collect()
}

/// `Name <address>` for showing.
pub(super) fn mailbox(name: &str, address: &str) -> String {
    if name.is_empty() { address.to_owned() } else { format!("{name} <{address}>") }
}
