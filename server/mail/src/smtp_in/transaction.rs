//! One mail transaction: sender, recipients, and the measure of the body while it arrives.

use smtp_proto::{MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_SMTPUTF8, MailFrom, RcptTo};
use std::borrow::Cow;

use super::config::Limits;
use super::data::HopCounter;
use super::replies::{self, Reply};

/// Between MAIL and the end of the message.
#[derive(Debug)]
pub(super) struct Transaction {
    pub from: String,
    pub recipients: Vec<String>,
    pub smtputf8: bool,
    /// SIZE= of MAIL in bytes, 0 when not given. A hint only.
    pub declared_bytes: u64,
    /// From DATA or the first BDAT on.
    pub body: Option<BodyMeter>,
}

impl Transaction {
    /// Judges a MAIL command. `line` is its text, which tells `<>` from other addresses the parser reduces to nothing.
    pub(super) fn begin(mail: &MailFrom<Cow<'_, str>>, line: &[u8], limits: &Limits) -> Result<Self, Reply> {
        if uses_foreign_extension(mail) {
            return Err(replies::UNKNOWN_PARAMETER);
        }
        let declared_bytes = mail.size as u64;
        if declared_bytes > limits.message_bytes {
            return Err(replies::TOO_LARGE);
        }
        let smtputf8 = mail.flags & MAIL_SMTPUTF8 != 0;
        if mail.address.is_empty() && memchr::memmem::find(line, b"<>").is_none() {
            return Err(replies::BAD_SENDER);
        }
        if !smtputf8 && !mail.address.is_ascii() {
            return Err(replies::NEEDS_SMTPUTF8);
        }
        Ok(Self { from: mail.address.as_ref().to_owned(), recipients: Vec::new(), smtputf8, declared_bytes, body: None })
    }

    /// Judges a RCPT command as far as that needs no one else. Gives the address to ask the intake about, or nothing when
    /// it is among the recipients already.
    pub(super) fn recipient<'a>(&self, to: &'a RcptTo<Cow<'_, str>>, line: &[u8], limits: &Limits) -> Result<Option<&'a str>, Reply> {
        if self.body.is_some() {
            return Err(replies::CHUNKS_UNDER_WAY);
        }
        if to.flags != 0 || to.rrvs != 0 || to.orcpt.is_some() {
            return Err(replies::UNKNOWN_PARAMETER);
        }
        let address = match to.address.as_ref() {
            "" if line.to_ascii_lowercase().windows(12).any(|part| part == b"<postmaster>") => "postmaster",
            "" => return Err(replies::BAD_RECIPIENT),
            address => address,
        };
        if !self.smtputf8 && !address.is_ascii() {
            return Err(replies::NEEDS_SMTPUTF8);
        }
        if self.recipients.iter().any(|known| known == address) {
            return Ok(None);
        }
        if self.recipients.len() >= limits.recipients {
            return Err(replies::TOO_MANY_RECIPIENTS);
        }
        Ok(Some(address))
    }
}

/// Parameters of DSN, DELIVERBY, REQUIRETLS, BINARYMIME, AUTH and others that EHLO does not offer.
fn uses_foreign_extension(mail: &MailFrom<Cow<'_, str>>) -> bool {
    mail.flags & !(MAIL_BODY_7BIT | MAIL_BODY_8BITMIME | MAIL_SMTPUTF8) != 0
        || mail.trans_id.is_some()
        || mail.by != 0
        || mail.env_id.is_some()
        || mail.solicit.is_some()
        || mail.mtrk.is_some()
        || mail.auth.is_some()
        || mail.hold_for != 0
        || mail.hold_until != 0
        || mail.mt_priority != 0
}

/// Counts a body as it arrives and knows whether it must be refused. Depends on the bytes alone, not on how they were cut.
#[derive(Debug, Default)]
pub(super) struct BodyMeter {
    bytes: u64,
    hops: HopCounter,
    too_large: bool,
    looped: bool,
    bare_line_end: bool,
    lost: bool,
}

impl BodyMeter {
    /// Takes the next decoded bytes of the body into account.
    pub(super) fn measure(&mut self, fresh: &[u8], limits: &Limits) {
        self.bytes = self.bytes.saturating_add(fresh.len() as u64);
        self.hops.feed(fresh);
        self.too_large = self.bytes > limits.message_bytes;
        self.looped = self.hops.count() > limits.received_headers;
    }

    /// A CR or LF stood alone.
    pub(super) fn note_bare_line_end(&mut self) {
        self.bare_line_end = true;
    }

    /// The body could not be kept.
    pub(super) fn lose(&mut self) {
        self.lost = true;
    }

    /// Why the body is refused, as far as it came.
    pub(super) fn fault(&self) -> Option<Reply> {
        match self {
            Self { too_large: true, .. } => Some(replies::TOO_LARGE),
            Self { looped: true, .. } => Some(replies::MAIL_LOOP),
            Self { bare_line_end: true, .. } => Some(replies::BARE_LINE_END_IN_DATA),
            Self { lost: true, .. } => Some(replies::NO_STORAGE),
            _ => None,
        }
    }

    /// Whether it is so much too large, twice the limit, that reading on to its end is no use: the connection is closed.
    pub(super) fn is_hopeless(&self, limits: &Limits) -> bool {
        self.would_be_hopeless(0, limits)
    }

    /// Whether a further chunk of this length leads there.
    pub(super) fn would_be_hopeless(&self, chunk_bytes: u64, limits: &Limits) -> bool {
        self.bytes.saturating_add(chunk_bytes) > limits.message_bytes.saturating_mul(2)
    }
}
