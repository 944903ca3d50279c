//! Received mail and conversations.

use serde::{Deserialize, Serialize};

use super::send::MessageStatus;
use crate::{
    ids::{AssetId, AttachmentId, InboundId, MessageId, ThreadId},
    media::MediaLink,
    time::Stamp,
};

/// A conversation in the inbox list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadRow {
    /// Id.
    pub id: ThreadId,
    /// The asset.
    pub asset: AssetId,
    /// Name of the asset.
    pub asset_name: String,
    /// Subject of its first mail.
    pub subject: String,
    /// The other side: names or addresses.
    pub participants: String,
    /// Beginning of the newest mail's text.
    pub snippet: String,
    /// Newest mail.
    pub last: Stamp,
    /// Mails in it.
    pub mails: i64,
    /// Unread mails in it.
    pub unread: i64,
    /// Holds a file.
    pub has_attachments: bool,
}

/// Filters of the inbox; every one stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct InboxFilter {
    /// Asset id; empty for all.
    pub asset: String,
    /// Words in subject, text and addresses.
    pub search: String,
    /// Only conversations with unread mail.
    pub unread: bool,
    /// Cursor.
    pub after: String,
}

/// A conversation with its mails, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The row.
    pub row: ThreadRow,
    /// Mails, oldest first, at most 200; older ones are counted in `earlier`.
    pub mails: Vec<ThreadMail>,
    /// Mails left out at the beginning.
    pub earlier: i64,
    /// Whom a reply goes to.
    pub reply_to: String,
    /// Subject of a reply.
    pub reply_subject: String,
    /// The address of the asset replies are sent from.
    pub reply_from: String,
}

/// One mail in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadMail {
    /// Received or sent.
    pub source: MailSource,
    /// Sender's name; the address when there is none.
    pub from_name: String,
    /// Sender's address.
    pub from_address: String,
    /// Recipients.
    pub to: String,
    /// Recipients.
    pub cc: String,
    /// Subject.
    pub subject: String,
    /// When received or accepted.
    pub at: Stamp,
    /// Plain text; made from the HTML when the mail has none.
    pub text: String,
    /// Has an HTML body, shown in the sandboxed frame.
    pub has_html: bool,
    /// Remote images held back.
    pub blocked_remote: u32,
    /// Files.
    pub attachments: Vec<AttachmentRow>,
    /// What kind of mail it is.
    pub kind: MailKind,
    /// What was broken in it, as sentences.
    pub damage: Vec<String>,
    /// Not read yet.
    pub unread: bool,
}

/// Whether a mail came in or went out, and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "direction", rename_all = "snake_case")]
pub enum MailSource {
    /// Received.
    Inbound {
        /// Id.
        id: InboundId,
    },
    /// Sent from here.
    Outbound {
        /// Id.
        id: MessageId,
        /// Status.
        status: MessageStatus,
    },
}

/// What kind of mail was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// From a person.
    #[default]
    Normal,
    /// Written by a machine: out of office, list, notification (RFC 3834).
    AutoReply,
    /// A delivery report (RFC 3464).
    Bounce,
    /// Our own mail come back.
    Loop,
    /// A provider asks to confirm a forwarding rule.
    ForwardingConfirmation,
}

impl MailKind {
    /// All.
    pub const ALL: &'static [Self] = &[Self::Normal, Self::AutoReply, Self::Bounce, Self::Loop, Self::ForwardingConfirmation];

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::AutoReply => "auto_reply",
            Self::Bounce => "bounce",
            Self::Loop => "loop",
            Self::ForwardingConfirmation => "forwarding_confirmation",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Normal => "Mail",
            Self::AutoReply => "Automatic reply",
            Self::Bounce => "Bounce",
            Self::Loop => "Mail loop",
            Self::ForwardingConfirmation => "Forwarding confirmation",
        }
    }

    /// From the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

/// A file of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRow {
    /// Id; `/email/attachments/{id}` serves it.
    pub id: AttachmentId,
    /// Safe file name.
    pub name: String,
    /// Type as declared.
    pub mimetype: String,
    /// Size in bytes.
    pub size_bytes: i64,
    /// Shown inside the HTML rather than listed.
    pub inline: bool,
    /// Where it can be fetched without a session; received files only.
    #[serde(default)]
    pub link: Option<MediaLink>,
}
