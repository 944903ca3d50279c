//! What is taken, and what of it reaches the other side.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};
use tests::switchboard::Database;

use crate::{Desk, PATIENCE, simple};

/// The envelope recipients that `smtp-sink` noted above a mail.
fn envelope(mail: &str) -> BTreeSet<String> {
    let lines = mail.lines().take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.strip_prefix("X-Rcpt-Args: ")).filter_map(|line| line.split(['<', '>']).nth(1)).map(str::to_owned).collect()
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 36 && text.matches('-').count() == 4)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reply_has_the_documented_shape() -> Result<()> {
    for database in Database::both("shape").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        let mut body = simple();
        body["to"][0]["correlationId"] = json!(42);
        body["requestedReceipts"] = json!(["submitted", "failed"]);
        body["options"] = json!({ "fromName": "Ümlaut Care", "trackClicks": false, "shortenLinks": "false" });
        let reply = desk.accepted(&body).await?;
        let names: BTreeSet<_> = reply.as_object().context("an object")?.keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["correlationId", "messageId", "requestTimestamp", "status"]));
        ensure!(reply["status"] == "queued" && reply["correlationId"] == "42" && is_id(&reply["messageId"]), "{reply}");
        let stamp = reply["requestTimestamp"].as_str().unwrap_or_default();
        // 2019-09-25T13:33:00.538+01:00
        ensure!(stamp.len() == 29 && stamp.as_bytes()[10] == b'T' && stamp.as_bytes()[19] == b'.', "{stamp}");
        let id = reply["messageId"].as_str().unwrap_or_default();
        let message = desk.office.settled(id, &["submitted"], PATIENCE).await?;
        ensure!(message["correlation_id"] == "42" && message["receipts"][0]["code"] == "7501", "{message}");
        let mails = desk.arrived(1).await?;
        let mail = MessageParser::default().parse(mails[0].as_bytes()).context("a mail")?;
        let from = mail.from().and_then(|from| from.first()).context("a sender")?;
        assert_eq!((from.name(), from.address()), (Some("Ümlaut Care"), Some("care@acme.example")));
        assert_eq!(mail.subject(), Some("Hello"));
        assert_eq!(mail.body_text(0).as_deref().map(str::trim), Some("Hello Ann."));
        assert_eq!(envelope(&mails[0]), BTreeSet::from(["ann@peer.example".to_owned()]));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recipient_gets_a_mail_of_their_own() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let body = json!({
        "channel": "email", "from": "CARE@acme.example", "cc": ["copy@peer.example"], "bcc": ["hidden@peer.example"],
        "to": [
            { "email": ["ann@peer.example"], "substitutions": { "first": "Ann <&> $(plan)" }, "correlationId": "a" },
            { "email": ["bob@peer.example", "cy@peer.example"], "substitutions": { "first": "Bob", "plan": "silver" }, "correlationId": "b" },
        ],
        "substitutions": { "plan": "gold" },
        "content": { "type": "html", "subject": "For $(first)", "html": "<p>Hi $(first), you have $(plan).</p>", "text": "Hi $(first), you have $(plan).", "replyTo": "answers@acme.example" },
    });
    let reply = desk.accepted(&body).await?;
    let parts = reply["messages"].as_array().context("three mails")?;
    let told: Vec<_> =
        parts.iter().map(|part| (part["to"].as_str().unwrap_or_default(), part["correlationId"].as_str().unwrap_or_default())).collect();
    assert_eq!(told, [("ann@peer.example", "a"), ("bob@peer.example", "b"), ("cy@peer.example", "b")]);
    let ids: BTreeSet<_> = parts.iter().map(|part| part["messageId"].to_string()).collect();
    ensure!(ids.len() == 3 && parts.iter().all(|part| is_id(&part["messageId"])), "{reply}");
    let progress = desk.office.script.call("/api/email/send_progress", &json!({ "id": reply["messageId"] })).await?;
    ensure!(progress["total"] == 3, "{progress}");
    let mails = desk.arrived(3).await?;
    ensure!(mails.len() == 3, "{} mails", mails.len());
    let expected = [
        ("ann@peer.example", "For Ann <&> $(plan)", "Hi Ann <&> $(plan), you have gold.", "<p>Hi Ann &lt;&amp;&gt; $(plan), you have gold.</p>"),
        ("bob@peer.example", "For Bob", "Hi Bob, you have silver.", "<p>Hi Bob, you have silver.</p>"),
        ("cy@peer.example", "For Bob", "Hi Bob, you have silver.", "<p>Hi Bob, you have silver.</p>"),
    ];
    for (to, subject, text, html) in expected {
        let raw = mails.iter().find(|mail| envelope(mail).contains(to)).with_context(|| format!("no mail to {to}"))?;
        assert_eq!(envelope(raw), [to, "copy@peer.example", "hidden@peer.example"].map(str::to_owned).into(), "each goes to cc and bcc as well");
        let mail = MessageParser::default().parse(raw.as_bytes()).context("a mail")?;
        let shown = |addresses: Option<&mail_parser::Address<'_>>| -> Vec<String> {
            addresses.into_iter().flat_map(|list| list.iter()).filter_map(|one| one.address().map(str::to_owned)).collect()
        };
        assert_eq!(shown(mail.to()), [to]);
        assert_eq!(shown(mail.cc()), ["copy@peer.example"]);
        assert_eq!(shown(mail.reply_to()), ["answers@acme.example"]);
        let shows_hidden = raw.lines().any(|line| !line.starts_with("X-Rcpt-Args: ") && line.contains("hidden@peer.example"));
        ensure!(!shows_hidden, "a hidden recipient is shown:\n{raw}");
        assert_eq!(mail.subject(), Some(subject));
        assert_eq!(mail.body_text(0).as_deref().map(str::trim), Some(text));
        ensure!(mail.body_html(0).as_deref().is_some_and(|body| body.contains(html)), "{:?}", mail.body_html(0));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn multiple_to_recipients_makes_one_mail() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let mut body = simple();
    body["to"] = json!([{ "email": ["ann@peer.example", "bob@peer.example"] }, { "email": ["cy@peer.example"] }]);
    body["multipleToRecipients"] = json!(true);
    let reply = desk.accepted(&body).await?;
    ensure!(reply.get("messages").is_none() && is_id(&reply["messageId"]), "{reply}");
    desk.office.settled(reply["messageId"].as_str().unwrap_or_default(), &["submitted"], PATIENCE).await?;
    let mails = desk.arrived(1).await?;
    ensure!(mails.len() == 1);
    assert_eq!(envelope(&mails[0]), ["ann@peer.example", "bob@peer.example", "cy@peer.example"].map(str::to_owned).into());
    let mail = MessageParser::default().parse(mails[0].as_bytes()).context("a mail")?;
    assert_eq!(mail.to().map(|to| to.iter().count()), Some(3));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_recipients_are_taken() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let mut body = simple();
    body["to"] = (0..50).map(|n| json!({ "email": [format!("p{n}@peer.example")] })).collect();
    let reply = desk.accepted(&body).await?;
    ensure!(reply["messages"].as_array().map(Vec::len) == Some(50));
    let mails = desk.arrived(50).await?;
    let reached: BTreeSet<_> = mails.iter().flat_map(|mail| envelope(mail)).collect();
    ensure!(reached.len() == 50, "{reached:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_byte_for_byte() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    // Every byte, line endings in all combinations, dots at the beginning of lines.
    let mut bytes: Vec<u8> = (0..=255).collect();
    bytes.extend_from_slice(b"\r\n.\r\n..\r\r\n\n\r\nFrom here\r\n");
    bytes.extend((0_u32..300_000).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap_or(0)));
    let image = b"\x89PNG\r\n\x1a\n not really".to_vec();
    let mut body = simple();
    let wrapped: String = STANDARD.encode(&bytes).as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    body["content"] = json!({
        "type": "html", "subject": "Files", "html": "<p><img src=\"cid:logo\"></p>",
        "attachments": [
            { "name": "Übersicht 2026 – Größe.bin", "mimetype": "application/x-test", "content": wrapped },
            { "name": "logo.png", "mimetype": "image/png", "cid": "logo", "content": STANDARD.encode(&image) },
            { "name": "../../etc/passwd", "content": STANDARD.encode("x") },
        ],
    });
    desk.accepted(&body).await?;
    let mails = desk.arrived(1).await?;
    let mail = MessageParser::default().parse(mails[0].as_bytes()).context("a mail")?;
    let parts: Vec<_> = mail.parts.iter().filter(|part| part.attachment_name().is_some()).collect();
    let find = |name: &str| {
        parts
            .iter()
            .find(|part| part.attachment_name() == Some(name))
            .with_context(|| format!("no file {name} in {:?}", parts.iter().map(|part| part.attachment_name()).collect::<Vec<_>>()))
    };
    let file = find("Übersicht 2026 – Größe.bin")?;
    ensure!(file.contents() == bytes, "{} bytes instead of {}", file.contents().len(), bytes.len());
    let logo = find("logo.png")?;
    ensure!(logo.contents() == image && logo.content_id() == Some("logo"), "{:?}", logo.content_id());
    ensure!(find("passwd")?.contents() == b"x");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_sends_once() -> Result<()> {
    for database in Database::both("idempotency").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        let body = simple().to_string();
        // At the same moment, and again later: one mail, one answer.
        let (one, two, three) = tokio::join!(
            desk.post(body.clone(), Some("order-7")),
            desk.post(body.clone(), Some("order-7")),
            desk.post(body.clone(), Some("order-7"))
        );
        let (one, two, three) = (one?, two?, three?);
        let later = desk.post(body.clone(), Some("order-7")).await?;
        ensure!(one.0 == 201 && one == two && two == three && three == later, "{one:?} {two:?} {three:?} {later:?}");
        let mut other = simple();
        other["content"]["text"] = json!("Something else.");
        let (status, problem) = desk.post(other.to_string(), Some("order-7")).await?;
        ensure!(status == 409 && problem["field"] == "Idempotency-Key", "{status} {problem}");
        let (status, next) = desk.post(body, Some("order-8")).await?;
        ensure!(status == 201 && next["messageId"] != one.1["messageId"]);
        desk.arrived(2).await?;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        ensure!(desk.sink.mails()?.len() == 2, "a key sent twice");
    }
    Ok(())
}
