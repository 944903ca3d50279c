//! Mail in: another company's mail server forwards to our listener, as a customer's mailbox does.

use std::{fmt::Write as _, path::Path, time::Duration};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::{
    office::{Office, RouteFields},
    peers::{Postfix, PostfixSettings, swaks},
    switchboard::{Database, Setup, Switchboard},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// Our server, an asset, and a Postfix whose alias forwards the asset's address to us.
async fn forwarded(folder: &Path, database: Database) -> Result<(Switchboard, Office, Postfix)> {
    let setup = Setup::new(folder, database)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    let office = Office::open(server.script(&token)?, "support@acme.example", &RouteFields::plain(1)).await?;
    let settings = PostfixSettings {
        aliases: vec![("support@acme.example".into(), office.forwarding_address.clone())],
        routes: vec![("inbound.example".into(), server.smtp_port)],
        ..PostfixSettings::default()
    };
    let postfix = Postfix::start(folder, &settings)?;
    Ok((server, office, postfix))
}

fn inject(folder: &Path, postfix: &Postfix, mail: &[u8]) -> Result<String> {
    let path = folder.join("mail.eml");
    std::fs::write(&path, mail)?;
    swaks::inject(postfix.port, "ann@customer.example", "support@acme.example", &path)
}

/// HTML with an inline image, and a file of the given size, as mail programs write it.
fn rich_mail(file_bytes: usize) -> String {
    let mut mail = String::from(
        "From: =?UTF-8?B?w4Rubg==?= <ann@customer.example>\nTo: support@acme.example\nSubject: =?UTF-8?Q?Rechnung_=E2=82=AC_5?=\n\
         Message-ID: <rich-1@customer.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"outer\"\n\n--outer\n\
         Content-Type: multipart/related; boundary=\"inner\"\n\n--inner\nContent-Type: text/html; charset=utf-8\n\n\
         <p>Guten Tag, <b>hier</b> das Bild: <img src=\"cid:logo\"><img src=\"http://tracker.example/p.gif\"><script>alert(1)</script></p>\n\
         --inner\nContent-Type: image/png\nContent-ID: <logo>\nContent-Disposition: inline; filename=\"logo.png\"\nContent-Transfer-Encoding: base64\n\n\
         iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\n--inner--\n--outer\n\
         Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"../../drawing.bin\"\nContent-Transfer-Encoding: base64\n\n",
    );
    let bytes: Vec<u8> = (0..file_bytes).map(|n| u8::try_from(n * 7 % 251).unwrap_or(0)).collect();
    let text = STANDARD.encode(bytes);
    for line in text.as_bytes().chunks(76) {
        mail.push_str(&String::from_utf8_lossy(line));
        mail.push('\n');
    }
    mail.push_str("--outer--\n");
    mail
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rich_mail_with_a_20_mb_file_is_forwarded_read_and_answered() -> Result<()> {
    const SIZE: usize = 20 * 1024 * 1024;
    for database in Database::both("rich").await? {
        let folder = tempfile::tempdir()?;
        let (_server, office, postfix) = forwarded(folder.path(), database).await?;
        inject(folder.path(), &postfix, rich_mail(SIZE).as_bytes())?;
        let thread = office.thread("Rechnung € 5", PATIENCE).await.with_context(|| postfix.log())?;
        let mail = &thread["mails"][0];
        assert_eq!(mail["from_name"], "Änn");
        assert_eq!(mail["has_html"], true);
        assert_eq!(mail["unread"], true);
        assert!(mail["blocked_remote"].as_u64() >= Some(1), "{mail:#}");
        let file =
            mail["attachments"].as_array().and_then(|files| files.iter().find(|file| file["inline"] == false)).context("the file is listed")?;
        assert_eq!(file["size_bytes"], SIZE);
        let name = file["name"].as_str().unwrap_or_default();
        assert!(name.ends_with("drawing.bin") && !name.contains('/'), "unsafe name {name}");

        let answer = office.script.get(&format!("/email/attachments/{}", file["id"].as_str().unwrap_or_default())).await?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-disposition").starts_with("attachment"), "{}", header("content-disposition"));
        let bytes = answer.bytes().await?;
        assert_eq!(bytes.len(), SIZE);
        assert_eq!((bytes[1000], bytes[SIZE - 1]), (u8::try_from(1000 * 7 % 251)?, u8::try_from((SIZE - 1) * 7 % 251)?));

        let inbound = mail["source"]["id"].as_str().context("an inbound mail has an id")?;
        let frame = office.script.get(&format!("/email/inbound/{inbound}/html")).await?;
        let policy = frame.headers().get("content-security-policy").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert!(policy.contains("default-src 'none'"), "the mail's document has a policy of its own: {policy}");
        let html = frame.text().await?;
        assert!(!html.contains("<script") && !html.contains("tracker.example/p.gif\""), "{html}");
        assert!(html.contains("/email/attachments/"), "the inline image is served from here: {html}");
        let raw = office.script.get(&format!("/email/inbound/{inbound}/raw")).await?.text().await?;
        assert!(raw.contains("rich-1@customer.example"));

        answered(&office, &thread).await?;
    }
    Ok(())
}

/// A reply carries the right headers.
async fn answered(office: &Office, thread: &Value) -> Result<()> {
    let form = reqwest::multipart::Form::new()
        .text("asset", office.asset.clone())
        .text("thread", thread["row"]["id"].as_str().unwrap_or_default().to_owned())
        .text("to", thread["reply_to"].as_str().unwrap_or_default().to_owned())
        .text("subject", thread["reply_subject"].as_str().unwrap_or_default().to_owned())
        .text("text", "Thank you.");
    let answer =
        office.script.request(reqwest::Method::POST, "/api/email/compose").header("accept", "application/json").multipart(form).send().await?;
    anyhow::ensure!(answer.status().is_success(), "compose answered {}: {}", answer.status(), answer.text().await?);
    let thread = office.script.call("/api/email/get_thread", &json!({ "id": thread["row"]["id"] })).await?;
    assert_eq!(thread["mails"].as_array().map(Vec::len), Some(2), "the reply stands in the conversation");
    assert_eq!(thread["reply_subject"], "Re: Rechnung € 5");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_charsets_and_broken_mails_are_read_as_well_as_they_can_be() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_server, office, postfix) = forwarded(folder.path(), Database::Sqlite).await?;
    let mails: &[(&str, &str, &[u8], &str)] = &[
        ("latin", "text/plain; charset=iso-8859-1", b"Gr\xfc\xdfe \x80 5", "Grüße € 5"),
        ("koi", "text/plain; charset=koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
        ("sjis", "text/plain; charset=shift_jis", b"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd", "こんにちは"),
        ("gb", "text/plain; charset=gb18030", b"\xc4\xe3\xba\xc3", "你好"),
        ("no-end", "multipart/mixed; boundary=b", b"--b\r\nContent-Type: text/plain\r\n\r\nNever closed", "Never closed"),
    ];
    for (name, content_type, body, _) in mails {
        let mut mail = String::new();
        write!(
            mail,
            "From: ann@customer.example\r\nTo: support@acme.example\r\nSubject: Set {name}\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        )?;
        let mut bytes = mail.into_bytes();
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(b"\r\n");
        inject(folder.path(), &postfix, &bytes)?;
    }
    for (name, _, _, expected) in mails {
        let thread = office.thread(&format!("Set {name}"), PATIENCE).await?;
        let text = thread["mails"][0]["text"].as_str().unwrap_or_default();
        assert!(text.contains(expected), "{name}: {text:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_and_the_gmail_code_is_shown() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (server, office, _postfix) = forwarded(folder.path(), Database::Sqlite).await?;
    let mail = folder.path().join("gmail.eml");
    std::fs::write(
        &mail,
        "From: Gmail Team <forwarding-noreply@google.com>\nTo: support@acme.example\nMessage-ID: <g-1@google.com>\n\
         Subject: (#482913376) Gmail Forwarding Confirmation - Receive Mail from support@acme.example\n\n\
         support@acme.example has requested to automatically forward mail to your email address.\nConfirmation code: 482913376\n\n\
         https://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-abc\n",
    )?;
    let refused = swaks::inject(server.smtp_port, "eve@customer.example", "nobody@inbound.example", &mail);
    assert!(refused.is_err_and(|why| why.to_string().contains("550")), "an unknown recipient is refused with 550");
    let elsewhere = swaks::inject(server.smtp_port, "eve@customer.example", "victim@elsewhere.example", &mail);
    assert!(elsewhere.is_err_and(|why| why.to_string().contains("550")), "the listener relays for nobody");
    swaks::inject(server.smtp_port, "forwarding-noreply@google.com", &office.forwarding_address, &mail)?;
    let confirmation = tests::wait::until("the confirmation on the asset", PATIENCE, async || {
        let asset = office.script.call("/api/email/get_asset", &json!({ "id": office.asset })).await?;
        Ok((!asset["confirmation"].is_null()).then(|| asset["confirmation"].clone()))
    })
    .await?;
    assert_eq!(confirmation["code"], "482913376");
    assert!(confirmation["link"].as_str().unwrap_or_default().starts_with("https://mail-settings.google.com/mail/vf-"));
    Ok(())
}
