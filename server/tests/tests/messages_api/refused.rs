//! Refusals: code, field, and nothing sent.

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tests::switchboard::Database;

use crate::{Desk, simple};

/// The simple request with a parameter set (`None` takes it out), and the code and field it is refused with.
struct Case(&'static str, Option<Value>, &'static str, &'static str);

fn addresses(count: usize) -> Value {
    (0..count).map(|n| json!({ "email": [format!("p{n}@peer.example")] })).collect()
}

fn cases() -> Vec<Case> {
    let html = |bytes: usize| json!({ "type": "html", "subject": "S", "html": "x".repeat(bytes) });
    let with_file = |file: Value| json!({ "type": "text", "subject": "S", "text": "T", "attachments": [file] });
    let set = |place, value, code, field| Case(place, Some(value), code, field);
    vec![
        Case("channel", None, "7003", "channel"),
        set("channel", json!("sms"), "7004", "channel"),
        set("channel", json!(["email"]), "7004", "channel"),
        Case("from", None, "7003", "from"),
        set("from", json!("nobody@acme.example"), "7004", "from"),
        set("from", json!("no address"), "7004", "from"),
        Case("to", None, "7003", "to"),
        set("to", json!([]), "7003", "to"),
        set("to", json!("ann@peer.example"), "7004", "to"),
        set("to", json!([{}]), "7003", "to[0].email"),
        set("to", json!([{ "email": ["ann@peer.example"] }, { "email": [] }]), "7003", "to[1].email"),
        set("to", json!([{ "email": ["ann@peer.example"], "substitution": {} }]), "7004", "to[0].substitution"),
        set("to", json!([{ "email": ["not an address"] }]), "7004", "to"),
        set("to", json!([{ "email": ["ann@peer.example\r\nBcc: eve@evil.example"] }]), "7004", "to"),
        set("to", addresses(51), "7004", "to"),
        set("cc", (0..50).map(|n| format!("c{n}@peer.example")).collect(), "7004", "to"),
        set("bcc", json!(["@"]), "7004", "bcc"),
        set("to", json!([{ "email": ["ann@peer.example"], "correlationId": "x".repeat(201) }]), "7004", "to[0].correlationId"),
        Case("content", None, "7003", "content"),
        set("content", json!("Hello"), "7004", "content"),
        set("content", json!({}), "7003", "content.type"),
        set("content", json!({ "type": "pigeon", "subject": "S", "text": "T" }), "7004", "content.type"),
        set("content", json!({ "type": "text", "subject": "S" }), "7003", "content.text"),
        set("content", json!({ "type": "html", "subject": "S", "text": "T" }), "7003", "content.html"),
        set("content", json!({ "type": "text", "text": "T" }), "7003", "content.subject"),
        set("content", json!({ "type": "text", "subject": "S\r\nBcc: eve@evil.example", "text": "T" }), "7004", "content.subject"),
        set("content", json!({ "type": "text", "subject": "S", "text": "T", "html": "<p>T</p>" }), "7004", "content.html"),
        set("content", json!({ "type": "text", "subject": "S", "text": "T", "replyTo": "nobody" }), "7004", "content.replyTo"),
        set("content", html(500 * 1024 + 1), "7004", "content.html"),
        set("content", with_file(json!({ "name": "a" })), "7003", "content.attachments[0].content"),
        set("content", with_file(json!({ "name": "a", "content": "?" })), "7004", "content.attachments[0].content"),
        set("content", with_file(json!({ "name": "a", "mediaUrl": "https://acme.example/a" })), "7004", "content.attachments[0].mediaUrl"),
        set("content", with_file(json!({ "name": "a", "content": STANDARD.encode(vec![7_u8; 8 * 1024 * 1024]) })), "7004", "content.attachments"),
        set("callbackData", json!("x".repeat(2001)), "7004", "callbackData"),
        set("substitutions", json!({ "a": [] }), "7004", "substitutions"),
        set("requestedReceipts", json!(["submitted", "clicked"]), "7004", "requestedReceipts"),
        set("multipleToRecipients", json!("perhaps"), "7004", "multipleToRecipients"),
        // What this installation does not do is named, not ignored.
        set("template", json!({ "id": "1" }), "7004", "template"),
        set("notifyUrl", json!("https://acme.example/n"), "7004", "notifyUrl"),
        set("contactPolicy", json!({ "contactPolicyGroup": "g" }), "7004", "contactPolicy"),
        set("sendAt", json!("2030-01-01T00:00:00Z"), "7004", "sendAt"),
        set("expireAt", json!("2030-01-01T00:00:00Z"), "7004", "expireAt"),
        set("options", json!({ "trackClicks": true }), "7004", "options.trackClicks"),
        set("options", json!({ "trackOpens": true }), "7004", "options.trackOpens"),
        set("options", json!({ "shortenLinks": "true" }), "7004", "options.shortenLinks"),
        set("options", json!({ "listUnsubscribeUrl": "https://acme.example/u" }), "7004", "options.listUnsubscribeUrl"),
        set("options", json!({ "fromName": "A\r\nBcc: eve@evil.example" }), "7004", "options.fromName"),
        set("subject", json!("Hello"), "7004", "subject"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_parameter_is_named_and_nothing_is_sent() -> Result<()> {
    for database in Database::both("refused").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        for Case(place, value, code, field) in cases() {
            let mut body = simple();
            match value {
                Some(value) => body[place] = value,
                None => drop(body.as_object_mut().context("an object")?.remove(place)),
            }
            let (status, problem) = desk.post(body.to_string(), None).await?;
            let shown: String = body.to_string().chars().take(400).collect();
            let found = (problem["code"].as_str().unwrap_or_default(), problem["field"].as_str().unwrap_or_default());
            ensure!(status == 400 && found == (code, field), "{shown}\nanswered {status} {problem}, expected {code} {field}");
            ensure!(problem["message"].as_str().is_some_and(|sentence| sentence.len() > 10), "{problem}");
        }
        let list = desk.office.script.call("/api/email/list_messages", &json!({})).await?;
        ensure!(list["items"].as_array().is_some_and(Vec::is_empty), "something refused was kept: {list}");
        ensure!(desk.sink.mails()?.is_empty());
        // The request that the cases were made of is taken.
        desk.accepted(&simple()).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_at_all_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    for body in ["", "{", "[]", "\"text\"", "{\"channel\":\"email\"} more", "\u{0}"] {
        let (status, problem) = desk.post(body, None).await?;
        ensure!(status == 400 && problem["code"] == "7000" && problem.get("field").is_none(), "{body:?}: {status} {problem}");
    }
    let (status, problem) = desk.post(vec![b'x'; 57 * 1024 * 1024], None).await.unwrap_or((413, json!({ "code": "too_large" })));
    ensure!(status == 413 && problem["code"] == "too_large", "{status} {problem}");
    let long = "k".repeat(201);
    for key in ["", "with\ttab", &long] {
        let (status, problem) = desk.post(simple().to_string(), Some(key)).await?;
        ensure!(status == 400 && problem["field"] == "Idempotency-Key", "{key:?}: {status} {problem}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_mail_has_at_most_10_mb() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let mut body = simple();
    // Base64 with its line breaks makes 137 % of it (RFC 2045): the bytes fit, the mail does not.
    let file = |bytes: usize| json!([{ "name": "a.bin", "content": STANDARD.encode(vec![7_u8; bytes]) }]);
    body["content"]["attachments"] = file(7_800_000);
    let (status, problem) = desk.post(body.to_string(), None).await?;
    ensure!(status == 413 && problem["code"] == "7535" && problem["field"] == "content", "{status} {problem}");
    body["content"]["attachments"] = file(7_400_000);
    desk.accepted(&body).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switched_off_asset_sends_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    desk.office.script.call("/api/email/set_asset_active", &json!({ "id": desk.office.asset, "active": false })).await?;
    let (status, problem) = desk.post(simple().to_string(), None).await?;
    ensure!(status == 400 && problem["code"] == "7004" && problem["field"] == "from", "{status} {problem}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_placeholder_without_a_value_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let mut body = simple();
    body["content"]["text"] = json!("Hello $(first), you have $(plan).");
    body["to"] = json!([{ "email": ["ann@peer.example"], "substitutions": { "first": "Ann" } }, { "email": ["bob@peer.example"] }]);
    body["substitutions"] = json!({ "plan": "gold" });
    let (status, problem) = desk.post(body.to_string(), None).await?;
    ensure!(
        status == 400 && problem["field"] == "to[1].substitutions" && problem["message"].as_str().is_some_and(|text| text.contains("$(first)")),
        "{status} {problem}"
    );
    Ok(())
}
