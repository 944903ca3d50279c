//! Bounces, automatic mail and loops.
use serde::Serialize;

use super::{Arrival, ParsedMail, headers::Block, mime::Content};

/// The header field our own mails carry, with the asset's forwarding address: seeing it come back means a loop.
pub const LOOP_HEADER: &str = "X-Switchboard-Loop";
const MAX_DIAGNOSTIC_CHARS: usize = 1000;

/// What sort of mail it is. Nothing but a [`MailKind::Normal`] mail should ever be answered by machine (RFC 3834).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailKind {
    /// From a person, as far as one can tell.
    #[default]
    Normal,
    /// Sent by a program: an absence notice, a list, a receipt.
    AutoReply {
        /// The header field that says so.
        why: String,
    },
    /// A report that a mail was not, or not yet, delivered.
    Bounce {
        /// The address it is about.
        final_recipient: Option<String>,
        /// The enhanced status code, e.g. `5.1.1` (RFC 3463). Class 4: delayed, class 2: delivered.
        status: Option<String>,
        /// The refusing server's words.
        diagnostic: Option<String>,
        /// `Message-ID` of the mail that was not delivered, without brackets.
        original_message_id: Option<String>,
    },
    /// It has passed through here before.
    Loop {
        /// The header field that says so.
        why: String,
    },
}

pub(super) fn classify(root: &Block, content: &Content, mail: &ParsedMail, arrival: &Arrival<'_>) -> MailKind {
    if let Some(why) = looped(root, arrival) {
        return MailKind::Loop { why };
    }
    if content.report_type.as_deref() == Some("delivery-status") || content.delivery_status.is_some() {
        return reported_bounce(content);
    }
    if let Some(bounce) = written_bounce(root, mail, arrival) {
        return bounce;
    }
    match automatic(root, content) {
        Some(why) => MailKind::AutoReply { why },
        None => MailKind::Normal,
    }
}

fn looped(root: &Block, arrival: &Arrival<'_>) -> Option<String> {
    let ours = arrival.forwarding_address?.trim();
    [LOOP_HEADER, "Delivered-To"].into_iter().find_map(|field| {
        let hit = root.all(field).any(|value| value.trim_matches(['<', '>', ' ']).eq_ignore_ascii_case(ours));
        hit.then(|| format!("{field}: {ours}"))
    })
}

/// RFC 3464: groups of fields, the first about the mail, each further one about a recipient. The first that failed counts.
fn reported_bounce(content: &Content) -> MailKind {
    let status_text = content.delivery_status.as_deref().unwrap_or_default().replace("\r\n", "\n");
    let groups: Vec<Block> = status_text
        .split("\n\n")
        .map(|group| Block::read(group.trim_start_matches('\n').as_bytes(), &mut super::Damage::default()))
        .filter(|group| group.count("Final-Recipient") + group.count("Original-Recipient") > 0)
        .take(100)
        .collect();
    let failed = |group: &&Block| group.raw("Action").is_some_and(|action| action.trim().eq_ignore_ascii_case("failed"));
    let group = groups.iter().find(failed).or_else(|| groups.first());
    let field = |name: &str| group.and_then(|group| group.raw(name)).map(|value| value.into_owned());
    // "rfc822; ann@example.org", "smtp; 550 5.1.1 unknown"
    let typed = |value: String| value.split_once(';').map_or(value.clone(), |(_, rest)| rest.trim().to_owned());
    MailKind::Bounce {
        final_recipient: field("Final-Recipient")
            .or_else(|| field("Original-Recipient"))
            .map(typed)
            .map(|address| address.trim_matches(['<', '>']).to_owned()),
        status: field("Status").and_then(|status| status_code(&status)),
        diagnostic: field("Diagnostic-Code").map(typed).map(bounded),
        original_message_id: content.original_message_id.clone(),
    }
}

/// A bounce in words only: qmail, Exim and others. From the null sender, or by a program that calls itself the mailer.
fn written_bounce(root: &Block, mail: &ParsedMail, arrival: &Arrival<'_>) -> Option<MailKind> {
    let return_path = arrival.return_path.map(str::to_owned).or_else(|| root.raw("Return-Path").map(Into::into));
    let null_sender = return_path.is_some_and(|path| path.trim_matches(['<', '>', ' ']).is_empty());
    let author = mail.from.as_ref().map(|from| from.address.to_ascii_lowercase()).unwrap_or_default();
    let local = author.split('@').next().unwrap_or_default();
    let from_mailer = matches!(local, "mailer-daemon" | "mailerdaemon" | "postmaster" | "mdaemon");
    let named_recipient = root.raw("X-Failed-Recipients").map(|value| value.into_owned());
    if !(named_recipient.is_some() || null_sender && from_mailer) {
        return None;
    }
    let text = mail.text.as_deref().unwrap_or_default();
    let diagnostic = text.lines().map(str::trim).take(400).find(|line| status_code(line).is_some() || has_refusal(line));
    Some(MailKind::Bounce {
        final_recipient: named_recipient.and_then(|list| list.split(',').next().map(|first| first.trim().to_owned())).or_else(|| address_line(text)),
        status: diagnostic.and_then(status_code),
        diagnostic: diagnostic.map(|line| bounded(line.to_owned())),
        original_message_id: text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("message-id").then(|| value.trim().trim_matches(['<', '>']).to_owned())
        }),
    })
}

/// qmail writes `<ann@example.org>:` on a line of its own, Exim the bare address indented.
fn address_line(text: &str) -> Option<String> {
    text.lines().take(400).find_map(|line| {
        let word = line.trim().trim_end_matches(':').trim_matches(['<', '>']);
        let (local, domain) = word.split_once('@')?;
        let fits = !local.is_empty() && domain.contains('.') && !word.contains(char::is_whitespace);
        fits.then(|| word.to_owned())
    })
}

/// The first word of the form class.subject.detail (RFC 3463 section 2).
fn status_code(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let mut numbers = word.trim_matches('.').split('.');
        let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let short = |n: &str| (1..=3).contains(&n.len());
        let fits = matches!(class, "2" | "4" | "5") && short(subject) && short(detail) && numbers.next().is_none();
        fits.then(|| format!("{class}.{subject}.{detail}"))
    })
}

fn has_refusal(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word, "550" | "551" | "552" | "553" | "554" | "511"))
}

fn automatic(root: &Block, content: &Content) -> Option<String> {
    let report = content.report_type.as_deref().map(|kind| format!("multipart/report; report-type={kind}"));
    if report.is_some() {
        return report;
    }
    let said = |field: &'static str, tells: &dyn Fn(&str) -> bool| {
        root.all(field).find(|value| tells(&value.to_ascii_lowercase())).map(|value| format!("{field}: {value}"))
    };
    let no = |value: &str| value.split(';').next().unwrap_or_default().trim() == "no";
    said("Auto-Submitted", &|value| !value.is_empty() && !no(value))
        .or_else(|| said("X-Autoreply", &|value| value != "no"))
        .or_else(|| said("X-Autorespond", &|value| value != "no"))
        .or_else(|| said("X-Autogenerated", &|_| true))
        .or_else(|| said("X-Auto-Response-Suppress", &|value| !value.is_empty() && value != "none"))
        .or_else(|| said("Precedence", &|value| matches!(value, "auto_reply" | "bulk" | "junk" | "list")))
        .map(|why| why.chars().take(200).collect())
}

fn bounded(text: String) -> String {
    // Folded lines leave runs of blanks.
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_DIAGNOSTIC_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::status_code;

    #[test]
    fn status_codes() {
        assert_eq!(status_code("smtp; 550 5.1.1 <x@192.0.2.1>").as_deref(), Some("5.1.1"));
        assert_eq!(status_code("(#5.1.10)").as_deref(), Some("5.1.10"));
        assert_eq!(status_code("4.4.7").as_deref(), Some("4.4.7"));
        assert_eq!(status_code("host 5.6.7.8 said"), None);
        assert_eq!(status_code("version 3.1.2"), None);
        assert_eq!(status_code("550 no"), None);
    }
}
