use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const FORWARDING_ADDRESS: &str = "desk@inbound.example";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in raw {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// What a fixture's JSON holds: the mail without its header list, attachments by their start.
fn view(mail: &ParsedMail) -> Value {
    let attachments: Vec<Value> = mail
        .attachments
        .iter()
        .map(|a| {
            let start: String = String::from_utf8_lossy(&a.bytes).replace("\r\n", "\n").chars().take(60).collect();
            json!({
                "name": a.name, "mimetype": a.mimetype, "content_id": a.content_id, "inline": a.inline,
                "start": start,
            })
        })
        .collect();
    json!({
        "message_id": mail.message_id, "in_reply_to": mail.in_reply_to, "references": mail.references, "from": mail.from,
        "sender": mail.sender, "reply_to": mail.reply_to, "to": mail.to, "cc": mail.cc, "subject": mail.subject,
        "date_unix_seconds": mail.date_unix_seconds, "text": mail.text, "html": mail.html, "attachments": attachments,
        "kind": mail.kind, "forwarding_confirmation": mail.forwarding_confirmation, "damage": mail.damage,
    })
}

/// `UPDATE_FIXTURES=1` writes the JSON anew; read the difference before keeping it.
#[test]
fn every_fixture_parses_as_written_down() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 25);
    for (name, raw) in fixtures {
        let arrival = Arrival { return_path: None, forwarding_address: Some(FORWARDING_ADDRESS) };
        let got = view(&parse_arrived(&raw, &arrival));
        let file = folder().join(format!("{name}.json"));
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(&file, format!("{}\n", serde_json::to_string_pretty(&got).unwrap())).unwrap();
        }
        let expected: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(got, expected, "{name}");
        let crlf = view(&parse_arrived(&with_crlf(&raw), &arrival));
        // Where a mail was cut off inside base64 the count of characters is the same, so even the damage agrees.
        assert_eq!(crlf, expected, "{name} with CRLF");
    }
}

#[test]
fn the_envelope_decides_where_the_mail_is_silent() {
    let raw = b"From: Mailer-Daemon@x.example\nSubject: failure\n\nann@there.example\n550 no such user\n";
    assert_eq!(parse(raw).kind, MailKind::Normal);
    let bounce = parse_arrived(raw, &Arrival { return_path: Some(""), forwarding_address: None }).kind;
    let MailKind::Bounce { final_recipient, diagnostic, .. } = bounce else { panic!("{bounce:?}") };
    assert_eq!(final_recipient.as_deref(), Some("ann@there.example"));
    assert_eq!(diagnostic.as_deref(), Some("550 no such user"));
    let loops = b"Delivered-To: <Desk@Inbound.example>\nFrom: a@b.example\n\nx";
    assert!(matches!(parse_arrived(loops, &Arrival { return_path: None, forwarding_address: Some(FORWARDING_ADDRESS) }).kind, MailKind::Loop { .. }));
    assert_eq!(parse(loops).kind, MailKind::Normal);
}

#[test]
fn a_forged_confirmation_shows_no_foreign_link() {
    let raw = "From: forwarding-noreply@google.com\nSubject: (#12345678) Gmail Forwarding Confirmation\n\n\
               https://mail-settings.google.com.evil.example/mail/vf-1 http://mail-settings.google.com/mail/vf-1 \
               https://mail-settings.google.com/mail/uf-1\n";
    let found = parse(raw.as_bytes()).forwarding_confirmation.unwrap();
    assert_eq!((found.code.as_deref(), found.link), (Some("12345678"), None));
}

#[test]
fn size_depth_and_number_are_bounded() {
    let nested_mails = "Content-Type: message/rfc822\n\n".repeat(400_000);
    let nested_multiparts: String = (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    let many_parts = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\nContent-Type: image/png\n\nx\n".repeat(50_000));
    let many_fields = "X-A: b\n".repeat(200_000);
    let long_field = format!("Subject: {}\n\nx", "word ".repeat(1_000_000));
    let folded = format!("To: {}\n\nx", "a@b.example,\n ".repeat(300_000));
    let long_text = format!("Subject: x\n\n{}", "line\n".repeat(2_000_000));
    let comments = format!("From: {}a@b.example\n\nx", "(".repeat(60_000));
    let words = format!("Subject: {}\n\nx", "=?utf-8?Q?a?= ".repeat(5000));
    for raw in [nested_mails, nested_multiparts, many_parts, many_fields, long_field, folded, long_text, comments, words] {
        let begun = std::time::Instant::now();
        let mail = parse(raw.as_bytes());
        assert!(mail.attachments.len() <= MAX_PARTS && mail.headers.len() <= MAX_HEADERS && mail.to.len() <= 1000);
        assert!(mail.text.map_or(0, |text| text.len()) <= MAX_TEXT_BYTES);
        assert!(mail.damage.len() <= MAX_DAMAGE);
        assert!(begun.elapsed().as_secs() < 10, "{}", raw.get(..60).unwrap());
    }
    let digest = format!("Content-Type: multipart/digest; boundary=b\n\n{}--b--\n", "--b\n\nSubject: x\n\ny\n".repeat(3));
    let kinds: Vec<String> = parse(digest.as_bytes()).attachments.into_iter().map(|a| a.mimetype).collect();
    assert_eq!(kinds, ["message/rfc822"; 3]);
}

#[test]
fn a_large_attachment_is_decoded_whole_and_found_again() {
    let content: Vec<u8> = (0..20_000_000u32).map(|n| (n % 251) as u8).collect();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &content);
    let mut raw = b"From: a@b.example\nDate: Fri, 20 Nov 2026 10:15:00 +0100\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n".to_vec();
    for line in encoded.as_bytes().chunks(76) {
        raw.extend_from_slice(line);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"--b--\n");
    let mail = parse(&raw);
    assert_eq!(mail.damage, Vec::<String>::new());
    let [attachment] = mail.attachments.as_slice() else { panic!("one attachment") };
    assert!(attachment.bytes == content);
    assert!(raw[attachment.raw_range.clone()].starts_with(&encoded.as_bytes()[..76]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_bytes_make_it_panic(raw in proptest::collection::vec(any::<u8>(), 0..600)) {
        parse(&raw);
    }

    #[test]
    fn no_header_makes_it_panic(name in proptest::sample::select(&["From", "To", "Subject", "Date", "References", "Content-Type", "Content-Disposition", "Content-ID", "Message-ID"][..]), value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut raw = format!("{name}: ").into_bytes();
        raw.extend(value);
        raw.extend_from_slice(b"\n\nbody");
        parse(&raw);
    }

    #[test]
    fn spoilt_mails_still_parse(pick in any::<prop::sample::Index>(), edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..20)) {
        let fixtures = fixtures();
        let mut raw = pick.get(&fixtures).1.clone();
        for (at, byte, what) in edits {
            if raw.is_empty() { break; }
            let at = at.index(raw.len());
            match what {
                0 => raw[at] = byte,
                1 => { raw.remove(at); }
                2 => raw.insert(at, byte),
                _ => raw.truncate(at),
            }
        }
        let mail = parse(&raw);
        for attachment in &mail.attachments {
            let unsafe_character = attachment.name.contains(['/', '\\', '\n', '\u{202e}']);
            prop_assert!(!attachment.name.is_empty() && !unsafe_character);
            prop_assert!(attachment.raw_range.end <= raw.len());
        }
    }
}
