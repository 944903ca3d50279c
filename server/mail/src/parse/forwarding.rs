//! Mails by which a provider asks whether mail may be forwarded here (spec/email-channel.txt, "Email forwarding").
use serde::Serialize;

use super::ParsedMail;

/// How much of the text is searched.
const MAX_SEARCH_BYTES: usize = 100_000;

/// A request to confirm a forwarding rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForwardingConfirmation {
    /// Who asks: `Gmail`, `Outlook`, …, or the sender's domain.
    pub provider: String,
    /// The code to type in at the provider.
    pub code: Option<String>,
    /// The address to open to confirm.
    pub link: Option<String>,
    /// The mailbox whose mail is to be forwarded.
    pub for_address: Option<String>,
}

pub(super) fn find(mail: &ParsedMail) -> Option<ForwardingConfirmation> {
    let author = mail.from.as_ref()?.address.to_ascii_lowercase();
    let converted;
    let text = match (&mail.text, &mail.html) {
        (Some(text), _) => text.as_str(),
        (None, Some(html)) => {
            converted = links_and_text(html);
            converted.as_str()
        }
        (None, None) => "",
    };
    let text = text.get(..text.floor_char_boundary(MAX_SEARCH_BYTES)).unwrap_or_default();
    if author == "forwarding-noreply@google.com" { gmail(mail, text) } else { other(mail, &author, text) }
}

fn gmail(mail: &ParsedMail, text: &str) -> Option<ForwardingConfirmation> {
    let in_subject = mail.subject.split_once("(#").and_then(|(_, rest)| rest.split_once(')')).map(|(code, _)| code);
    let code = in_subject.filter(|code| is_code(code)).map(str::to_owned).or_else(|| code_in(text));
    let confirms = |link: &str| {
        let path = link.strip_prefix("https://mail-settings.google.com/mail/").or_else(|| link.strip_prefix("https://mail.google.com/mail/"));
        // "vf-" and "f-" confirm; "uf-" takes the request back.
        path.is_some_and(|path| path.starts_with("vf-") || path.starts_with("f-"))
    };
    let link = links(text).find(|link| confirms(link)).map(str::to_owned);
    if code.is_none() && link.is_none() {
        return None;
    }
    let for_address = mail.subject.rsplit(' ').find(|word| word.contains('@')).or_else(|| {
        let first = text.split_whitespace().next()?;
        first.contains('@').then_some(first)
    });
    Some(ForwardingConfirmation {
        provider: "Gmail".into(),
        code,
        link,
        for_address: for_address.map(|address| address.trim_matches(['<', '>', '.', ',']).to_owned()),
    })
}

fn other(mail: &ParsedMail, author: &str, text: &str) -> Option<ForwardingConfirmation> {
    let subject = mail.subject.to_ascii_lowercase();
    let forwards = subject.contains("forward") || subject.contains("redirect");
    let asks = ["confirm", "verif", "approve", "authoriz", "authoris"].iter().any(|word| subject.contains(word));
    if !(forwards && asks) {
        return None;
    }
    let code = code_in(&mail.subject).or_else(|| code_in(text));
    let confirming: Vec<&str> = links(text)
        .filter(|link| {
            let lower = link.to_ascii_lowercase();
            lower.starts_with("https://") && ["confirm", "verif", "forward"].iter().any(|word| lower.contains(word))
        })
        .take(3)
        .collect();
    let link = match confirming.as_slice() {
        [only] => Some((*only).to_owned()),
        _ => None,
    };
    if code.is_none() && link.is_none() {
        return None;
    }
    let for_address = text
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | ','))
        .take(2000)
        .map(|word| word.trim_matches(['.', ':', ';', '\'']))
        .find(|word| word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')))
        .filter(|address| !address.eq_ignore_ascii_case(author));
    Some(ForwardingConfirmation { provider: provider(author), code, link, for_address: for_address.map(str::to_owned) })
}

fn provider(author: &str) -> String {
    let domain = author.rsplit('@').next().unwrap_or_default();
    let known = [
        ("outlook.com", "Outlook"),
        ("microsoft.com", "Microsoft"),
        ("office365.com", "Microsoft 365"),
        ("yahoo.com", "Yahoo"),
        ("yahooinc.com", "Yahoo"),
        ("zoho.com", "Zoho"),
        ("zohocorp.com", "Zoho"),
        ("zoho.eu", "Zoho"),
        ("fastmail.com", "Fastmail"),
        ("proton.me", "Proton"),
        ("gmx.net", "GMX"),
        ("gmx.com", "GMX"),
        ("yandex.ru", "Yandex"),
        ("yandex.com", "Yandex"),
        ("icloud.com", "iCloud"),
        ("apple.com", "iCloud"),
    ];
    known
        .iter()
        .find(|(suffix, _)| domain == *suffix || domain.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')))
        .map_or_else(|| domain.to_owned(), |(_, name)| (*name).to_owned())
}

fn is_code(word: &str) -> bool {
    (4..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first number of 4 to 12 digits within a few words after "code".
fn code_in(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("code").take(50).find_map(|(at, _)| {
        let after = text.get(at + 4..)?;
        after
            .split_whitespace()
            .take(8)
            .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
            .find(|word| is_code(word))
            .map(str::to_owned)
    })
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | '\''))
        .filter(|word| word.starts_with("https://") || word.starts_with("http://"))
        .map(|word| word.trim_end_matches(['.', ',', ';']))
        .filter(|word| word.len() <= 2000)
}

/// The readable text of HTML, and after it the addresses of its links.
fn links_and_text(html: &str) -> String {
    let cleaned = crate::html::clean(html, crate::html::Remote::Block).html;
    let mut text = crate::html::to_text(&cleaned);
    for piece in cleaned.split("href=\"").skip(1).take(100) {
        if let Some((address, _)) = piece.split_once('"') {
            text.push('\n');
            text.push_str(&address.replace("&amp;", "&"));
        }
    }
    text
}
