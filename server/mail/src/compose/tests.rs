use proptest::prelude::*;

use super::*;
use crate::parse::{self, ParsedMail};

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: (!name.is_empty()).then(|| name.to_owned()), address: address.to_owned() }
}

fn sample() -> OutgoingMail {
    OutgoingMail {
        from: mailbox("Zoë Ünal, Support", "support@here.example"),
        to: vec![mailbox("山田太郎", "taro@there.example"), mailbox("", "b@there.example")],
        cc: vec![mailbox("C \"quoted\" <x>", "c@there.example")],
        bcc: vec![mailbox("Hidden", "hidden@secret.example")],
        subject: "Grüße – your order №5 🎉 and a rather long subject that must be folded somewhere along its way".into(),
        text: Some("plain\n.dot\nüñí".into()),
        html: Some("<p>rich <img src=\"cid:logo@here\"></p>".into()),
        attachments: vec![
            Attachment { name: "Rechnung März.pdf".into(), mimetype: "application/pdf".into(), content_id: None, bytes: vec![0, 1, 255, 13, 10] },
            Attachment { name: "logo.png".into(), mimetype: "image/png".into(), content_id: Some("logo@here".into()), bytes: vec![137; 300] },
            Attachment { name: "old.eml".into(), mimetype: "message/rfc822".into(), content_id: None, bytes: b"Subject: y\r\n\r\nz".to_vec() },
        ],
        message_id: "018f.42@here.example".into(),
        in_reply_to: Some("parent@there.example".into()),
        references: (0..12).map(|n| format!("reference-number-{n}@there.example")).collect(),
        date_unix_seconds: 1_795_219_200,
        headers: vec![("X-Switchboard-Loop".into(), "in@here.example".into()), ("X-Note".into(), "größe".into())],
        reply_to: Some(mailbox("", "answers@here.example")),
    }
}

fn round_trip(mail: &OutgoingMail) -> (Vec<u8>, ParsedMail) {
    let bytes = build(mail).unwrap();
    let parsed = parse::parse(&bytes);
    assert_eq!(parsed.damage, Vec::<String>::new(), "{}", String::from_utf8_lossy(&bytes));
    (bytes, parsed)
}

#[test]
fn everything_comes_back_out() {
    let mail = sample();
    let (bytes, parsed) = round_trip(&mail);
    assert_eq!(bytes, build(&mail).unwrap());
    assert!(bytes.is_ascii() && !String::from_utf8_lossy(&bytes).contains("hidden"));
    for line in bytes.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 998 && (line.is_empty() || line.ends_with(b"\r")), "{:?}", String::from_utf8_lossy(line));
    }
    assert_eq!(parsed.subject, mail.subject);
    let from = parsed.from.unwrap();
    assert_eq!((from.name, from.address), (mail.from.name.clone(), mail.from.address.clone()));
    assert_eq!(parsed.to[0].name.as_deref(), Some("山田太郎"));
    assert_eq!(parsed.cc[0].name.as_deref(), Some("C \"quoted\" <x>"));
    assert_eq!(parsed.reply_to.unwrap().address, "answers@here.example");
    assert_eq!(parsed.message_id.as_deref(), Some("018f.42@here.example"));
    assert_eq!(parsed.in_reply_to, mail.in_reply_to);
    assert_eq!(parsed.references, mail.references);
    assert_eq!(parsed.date_unix_seconds, Some(mail.date_unix_seconds));
    assert_eq!(parsed.text.as_deref().map(str::trim_end), Some("plain\n.dot\nüñí"));
    assert!(parsed.html.unwrap().contains("cid:logo@here"));
    let names: Vec<(&str, &str, bool, &[u8])> =
        parsed.attachments.iter().map(|a| (a.name.as_str(), a.mimetype.as_str(), a.inline, a.bytes.as_slice())).collect();
    assert_eq!(
        names,
        [
            ("logo.png", "image/png", true, mail.attachments[1].bytes.as_slice()),
            ("Rechnung März.pdf", "application/pdf", false, mail.attachments[0].bytes.as_slice()),
            ("old.eml", "application/octet-stream", false, mail.attachments[2].bytes.as_slice()),
        ]
    );
    assert!(parsed.headers.contains(&("X-Switchboard-Loop".into(), "in@here.example".into())));
}

#[test]
fn the_envelope_names_everyone_once() {
    let mut mail = sample();
    mail.cc.push(mailbox("", "TARO@there.example"));
    let envelope = envelope(&mail, None);
    assert_eq!(envelope.to, ["taro@there.example", "b@there.example", "c@there.example", "hidden@secret.example"]);
    assert_eq!(envelope.from.as_deref(), Some("support@here.example"));
    assert_eq!(super::envelope(&mail, Some("")).from.as_deref(), Some(""));
}

#[test]
fn the_shape_is_as_simple_as_the_mail() {
    let shape = |text: bool, html: bool, files: usize| {
        let mut mail = sample();
        mail.text = text.then(|| "t".into());
        mail.html = html.then(|| "<b>h</b>".into());
        mail.attachments.truncate(files);
        let (bytes, parsed) = round_trip(&mail);
        assert_eq!(parsed.text.is_some(), text || html || files == 0);
        let all = String::from_utf8(bytes).unwrap();
        let kind = |kind: &str| all.matches(kind).count();
        (kind("multipart/mixed"), kind("multipart/alternative"), kind("multipart/related"))
    };
    assert_eq!(shape(true, false, 0), (0, 0, 0));
    assert_eq!(shape(false, true, 0), (0, 1, 0));
    assert_eq!(shape(true, true, 1), (1, 1, 0));
    assert_eq!(shape(true, true, 2), (1, 1, 1));
    assert_eq!(shape(true, false, 2), (1, 0, 0));
}

#[test]
fn what_could_forge_a_header_is_refused() {
    let check = |change: &dyn Fn(&mut OutgoingMail), expected: &str| {
        let mut mail = sample();
        change(&mut mail);
        let error = build(&mail).unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
    };
    check(&|m| m.subject = "x\r\nBcc: evil@x".into(), "ControlCharacter");
    check(&|m| m.subject = "x\u{2028}y".into(), "ControlCharacter");
    check(&|m| m.from.name = Some("x\nTo: y".into()), "ControlCharacter");
    check(&|m| m.to[0].address = "a@b.example>\r\nX: y".into(), "Address { field: \"To\"");
    check(&|m| m.to[0].address = "no-at".into(), "Address { field: \"To\"");
    check(&|m| m.bcc[0].address = "a b@c".into(), "Address { field: \"Bcc\"");
    check(&|m| m.message_id = "a@b>\r\nX: y".into(), "MessageId");
    check(&|m| m.in_reply_to = Some("not an id".into()), "MessageId");
    check(&|m| m.references.push("x".into()), "MessageId");
    check(&|m| m.headers.push(("X-A".into(), "a\r\nX-B: b".into())), "ControlCharacter");
    check(&|m| m.headers.push(("X-A: b\r\nX-B".into(), "a".into())), "Header");
    check(&|m| m.headers.push(("x-note".into(), "twice".into())), "Header");
    for name in ["From", "bcc", "Content-Type", "Received", "Message-ID", "", "Ü", "a b"] {
        check(&|m| m.headers.push((name.into(), "x".into())), "Header");
    }
    check(&|m| m.attachments[0].name = "a\r\nX: y".into(), "ControlCharacter");
    check(&|m| m.attachments[0].mimetype = "pdf".into(), "MediaType");
    check(&|m| m.attachments[0].mimetype = "a/b\r\nX: y".into(), "MediaType");
    check(&|m| m.attachments[1].content_id = Some("a b".into()), "MessageId");
    check(&|m| m.date_unix_seconds = -1, "Date");
    check(
        &|m| {
            m.to.clear();
            m.cc.clear();
            m.bcc.clear()
        },
        "Recipients",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_survives(subject in "[^\\p{C}\\p{Zl}\\p{Zp}]{0,120}", name in "[^\\p{C}\\p{Zl}\\p{Zp}]{0,60}", text in "[^\\p{C}]{0,300}", value in "\\PC{0,80}") {
        let mut mail = sample();
        mail.subject = subject.clone();
        mail.from.name = Some(name.clone());
        mail.text = Some(text.clone());
        mail.headers = vec![("X-Any".into(), value)];
        if let Ok(bytes) = build(&mail) {
            let parsed = parse::parse(&bytes);
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(squeezed(&parsed.subject), squeezed(&subject));
            let back = parsed.text.unwrap_or_default();
            prop_assert_eq!(back.trim_end(), text.trim_end());
            prop_assert_eq!(parsed.from.unwrap().address, "support@here.example");
        }
    }
}
