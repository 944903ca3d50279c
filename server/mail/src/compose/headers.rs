use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message,
    message::{
        Mailbox as LettreMailbox, MessageBuilder,
        header::{HeaderName, HeaderValue},
    },
};

use super::{ComposeError, MAX_EXTRA_HEADERS, Mailbox, OutgoingMail};

const MAX_VALUE_BYTES: usize = 8000;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;

/// Whether a caller may set this header field beside the ones [`OutgoingMail`] has a place for: not the fields that
/// name people, identify the mail or describe its parts, and not those that only servers write.
pub fn is_allowed_header(name: &str) -> bool {
    const REFUSED: &[&str] = &[
        "from",
        "sender",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "received",
        "return-path",
        "delivered-to",
        "dkim-signature",
        "authentication-results",
    ];
    const REFUSED_STARTS: &[&str] = &["content-", "resent-", "arc-", "received-"];
    let lower = name.to_ascii_lowercase();
    let graphic = |byte: u8| (33..=126).contains(&byte) && byte != b':';
    !name.is_empty()
        && name.len() <= 76
        && name.bytes().all(graphic)
        && !REFUSED.contains(&lower.as_str())
        && !REFUSED_STARTS.iter().any(|start| lower.starts_with(start))
}

/// All header fields but those of the body.
pub(super) fn start(mail: &OutgoingMail) -> Result<MessageBuilder, ComposeError> {
    let mut builder = Message::builder()
        .from(mailbox("From", &mail.from)?)
        .date(date(mail.date_unix_seconds)?)
        .message_id(Some(bracketed(&mail.message_id)?))
        .subject(single_spaced(&one_line("Subject", &mail.subject)?))
        .envelope(inner_envelope(mail)?);
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(mailbox("Reply-To", reply_to)?);
    }
    for to in &mail.to {
        builder = builder.to(mailbox("To", to)?);
    }
    for cc in &mail.cc {
        builder = builder.cc(mailbox("Cc", cc)?);
    }
    if let Some(id) = &mail.in_reply_to {
        builder = builder.in_reply_to(bracketed(id)?);
    }
    if !mail.references.is_empty() {
        let ids = mail.references.iter().map(|id| bracketed(id)).collect::<Result<Vec<_>, _>>()?;
        builder = builder.references(ids.join(" "));
    }
    extra(builder, &mail.headers)
}

/// Runs of white space become one space where the text has to be encoded: between encoded words readers drop them (RFC 2047 section 6.2).
fn single_spaced(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.split_whitespace().collect::<Vec<_>>().join(" ") }
}

fn extra(mut builder: MessageBuilder, headers: &[(String, String)]) -> Result<MessageBuilder, ComposeError> {
    let refuse = |name: &str, why| ComposeError::Header { name: name.chars().take(100).collect(), why };
    for (index, (name, value)) in headers.iter().enumerate() {
        if index >= MAX_EXTRA_HEADERS {
            return Err(refuse(name, "there are too many"));
        }
        if !is_allowed_header(name) {
            return Err(refuse(name, "it is not one that may be set, or its name is not valid"));
        }
        if value.len() > MAX_VALUE_BYTES {
            return Err(refuse(name, "its value is too long"));
        }
        if headers.iter().take(index).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(refuse(name, "it is given twice"));
        }
        let value = one_line(name, value)?;
        let name = HeaderName::new_from_ascii(name.clone()).map_err(|_| refuse(name, "its name is not valid"))?;
        builder = builder.raw_header(HeaderValue::new(name, value));
    }
    Ok(builder)
}

/// lettre asks for an envelope of its own; the one that counts is [`super::envelope`].
fn inner_envelope(mail: &OutgoingMail) -> Result<lettre::address::Envelope, ComposeError> {
    let from = address("From", &mail.from.address)?;
    lettre::address::Envelope::new(Some(from.clone()), vec![from]).map_err(|error| ComposeError::Library(error.to_string()))
}

pub(super) fn mailbox(field: &'static str, mailbox: &Mailbox) -> Result<LettreMailbox, ComposeError> {
    let name = match mailbox.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => Some(one_line(field, name)?),
        None => None,
    };
    Ok(LettreMailbox::new(name, address(field, &mailbox.address)?))
}

fn address(field: &'static str, text: &str) -> Result<Address, ComposeError> {
    let refuse = || ComposeError::Address { field, address: text.chars().take(200).collect() };
    let trimmed = text.trim();
    if !crate::smtp_out::is_writable(trimmed) {
        return Err(refuse());
    }
    trimmed.parse().map_err(|_| refuse())
}

/// Refuses what would begin a header field of its own.
pub(super) fn one_line(field: &str, text: &str) -> Result<String, ComposeError> {
    if text.chars().any(|c| c.is_control() && c != '\t' || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(ComposeError::ControlCharacter { field: field.chars().take(100).collect() });
    }
    Ok(text.replace('\t', " "))
}

/// RFC 5322 section 3.6.4, the parts of it that travel well.
pub(super) fn bracketed(id: &str) -> Result<String, ComposeError> {
    let bare = id.trim().trim_start_matches('<').trim_end_matches('>');
    let fits = bare.len() <= 500
        && bare.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'))
        && bare.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
    if fits { Ok(format!("<{bare}>")) } else { Err(ComposeError::MessageId { id: id.chars().take(200).collect() }) }
}

fn date(unix_seconds: i64) -> Result<SystemTime, ComposeError> {
    let seconds = u64::try_from(unix_seconds).ok().filter(|seconds| *seconds <= LAST_SECOND);
    let seconds = seconds.ok_or(ComposeError::Date)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).ok_or(ComposeError::Date)
}
