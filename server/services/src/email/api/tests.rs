use model::ids::MessageId;
use serde_json::{Value, json};
use store::{args, sql};

use super::*;
use crate::{
    Principal,
    clock::{DAY, Zone},
    email::{fixtures::asset, sending},
    testing::{World, must, worlds},
};

async fn prepare(world: &World) -> AssetId {
    asset(&world.services, &world.acme.owner(), "care@acme.example", "127.0.0.1:9".parse().unwrap()).await
}

fn body() -> Value {
    json!({
        "channel": "email", "from": "Care@acme.example",
        "to": [{"email": ["a@x.example"], "substitutions": {"first": "Ann <b>"}, "correlationId": 42}],
        "substitutions": {"plan": "gold"}, "options": {"fromName": "Acme Care", "trackClicks": false, "shortenLinks": "false"},
        "content": {"type": "html", "subject": "Hi $(first)", "text": "$(plan)", "html": "<p>$(first): $(plan)</p>",
            "attachments": [{"mimetype": "image/png", "name": "logo.png", "cid": "logo", "content": "AAEC"}]},
        "requestedReceipts": ["submitted"], "callbackData": "opaque"
    })
}

fn edited(edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = body();
    edit(&mut body);
    body.to_string().into_bytes()
}

async fn submit(world: &World, body: &[u8], key: Option<&str>) -> Result<SendMessageReply, ApiError> {
    submit_v2(&world.services, &world.acme.owner(), body, key).await
}

#[tokio::test]
async fn a_request_is_accepted_as_committed_rows() {
    for (name, world) in worlds().await {
        prepare(&world).await;
        let reply = must(submit(&world, &edited(|_| {}), None).await, name);
        let wire = serde_json::to_value(&reply).unwrap();
        assert_eq!((wire["status"].as_str(), wire["correlationId"].as_str(), wire.get("messages")), (Some("queued"), Some("42"), None), "{name}");
        assert_eq!(wire["requestTimestamp"], "2025-03-01T12:00:00.000+00:00", "{name}");
        let id = reply.message_id.parse().unwrap();
        let detail = must(sending::get(&world.services, &world.acme.owner(), id).await, name);
        assert_eq!(
            (detail.row.subject.as_str(), detail.from.as_str(), detail.text.as_str()),
            ("Hi Ann <b>", "Acme Care <care@acme.example>", "gold"),
            "{name}"
        );
        assert!(detail.html.contains("Ann &lt;b&gt;: gold"), "{name}: {}", detail.html);
    }
}

#[tokio::test]
async fn answers_and_receipts_carry_milliseconds_and_the_offset_of_the_day() {
    for (name, world) in worlds().await {
        prepare(&world).await;
        // Summer in London.
        world.advance(120 * DAY + 538_999);
        let reply = must(submit(&world, &edited(|_| {}), None).await, name);
        assert_eq!(reply.request_timestamp, "2025-06-29T13:00:00.538+01:00", "{name}");
        let id: MessageId = reply.message_id.parse().unwrap();
        let receipt = sql!(
            "INSERT INTO email_receipt (id, tenant_id, message_id, at_micros, recipient, status, code, reply)
             VALUES ('0', $1, $2, $3, 'a@x.example', 'Submitted', '7501', '250 ok')"
        );
        world.services.db.execute(receipt, args![world.acme.tenant.uuid(), id.uuid(), world.services.now()]).await.unwrap();
        let check = async |zone: &str, iso: &str, text: &str| {
            let ctx = Principal::system(world.acme.tenant, Zone::find(zone).unwrap());
            let detail = must(sending::get(&world.services, &ctx, id).await, name);
            assert_eq!((detail.receipts[0].at.iso.as_str(), detail.receipts[0].at.text.as_str()), (iso, text), "{name} {zone}");
            assert_eq!(detail.row.accepted.iso, iso, "{name} {zone}");
        };
        check("Europe/London", "2025-06-29T13:00:00.538+01:00", "2025-06-29 13:00:00").await;
        check("America/New_York", "2025-06-29T08:00:00.538-04:00", "2025-06-29 08:00:00").await;
        check("Asia/Kolkata", "2025-06-29T17:30:00.538+05:30", "2025-06-29 17:30:00").await;
        check("UTC", "2025-06-29T12:00:00.538+00:00", "2025-06-29 12:00:00").await;
    }
}

#[tokio::test]
async fn each_address_gets_its_own_mail_unless_asked_otherwise() {
    for (name, world) in worlds().await {
        prepare(&world).await;
        let several = json!([{"email": ["a@x.example", "b@x.example"], "substitutions": {"first": "A"}, "correlationId": "1"}, {"email": "c@x.example", "substitutions": {"first": "C"}}]);
        let reply = must(submit(&world, &edited(|body| body["to"] = several.clone()), None).await, name);
        let to: Vec<_> = reply.messages.iter().map(|part| (part.to.as_str(), part.correlation_id.as_str())).collect();
        assert_eq!(to, [("a@x.example", "1"), ("b@x.example", "1"), ("c@x.example", "")], "{name}");
        let one = edited(|body| {
            body["to"] = json!([{"email": ["a@x.example", "b@x.example"]}]);
            body["multipleToRecipients"] = json!(true);
            body["substitutions"]["first"] = json!("all");
        });
        let reply = must(submit(&world, &one, None).await, name);
        assert!(reply.messages.is_empty(), "{name}");
        let detail = must(sending::get(&world.services, &world.acme.owner(), reply.message_id.parse().unwrap()).await, name);
        assert_eq!(detail.row.to, "a@x.example, b@x.example", "{name}");
    }
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_one_mail() {
    for (name, world) in worlds().await {
        prepare(&world).await;
        let request = edited(|_| {});
        let both = futures::future::join(submit(&world, &request, Some("k1")), submit(&world, &request, Some("k1"))).await;
        let (first, second) = (must(both.0, name), must(both.1, name));
        assert_eq!(first, second, "{name}: at the same moment");
        world.advance(crate::clock::HOUR);
        assert_eq!(must(submit(&world, &request, Some("k1")).await, name), first, "{name}: later");
        let count = world.services.db.read_one(sql!("SELECT count(*) AS n FROM email_message"), args![]).await.unwrap();
        assert_eq!(count.int("n").unwrap(), 1, "{name}");
        let other = edited(|body| body["callbackData"] = json!("changed"));
        let refused = submit(&world, &other, Some("k1")).await.unwrap_err();
        assert_eq!((refused.status, refused.field.as_deref()), (409, Some("Idempotency-Key")), "{name}");
        must(submit(&world, &other, Some("k2")).await, name);
    }
}

#[tokio::test]
async fn refusals_name_code_and_parameter() {
    for (name, world) in worlds().await {
        prepare(&world).await;
        let check = async |body: Vec<u8>, code: &str, field: Option<&str>| {
            let error = submit(&world, &body, None).await.expect_err(&String::from_utf8_lossy(&body));
            assert_eq!((error.code, error.field.as_deref()), (code, field), "{name}: {error}");
        };
        check(b"{".to_vec(), "7000", None).await;
        check(b"[]".to_vec(), "7000", None).await;
        check(edited(|b| b["channel"] = json!("sms")), "7004", Some("channel")).await;
        check(
            edited(|b| {
                b.as_object_mut().unwrap().remove("channel");
            }),
            "7003",
            Some("channel"),
        )
        .await;
        check(
            edited(|b| {
                b.as_object_mut().unwrap().remove("content");
            }),
            "7003",
            Some("content"),
        )
        .await;
        check(edited(|b| b["from"] = json!("nobody@acme.example")), "7004", Some("from")).await;
        check(edited(|b| b["to"] = json!([])), "7003", Some("to")).await;
        check(edited(|b| b["to"][0]["email"] = json!([])), "7003", Some("to[0].email")).await;
        check(edited(|b| b["to"][0]["email"] = json!(["a b@x.example"])), "7004", Some("to")).await;
        check(edited(|b| b["cc"] = json!((0..50).map(|n| format!("c{n}@x.example")).collect::<Vec<_>>())), "7004", Some("to")).await;
        check(edited(|b| b["to"][0]["substitutions"] = json!({})), "7004", Some("substitutions")).await;
        check(edited(|b| b["content"]["html"] = json!("x".repeat(500 * 1024 + 1))), "7004", Some("content.html")).await;
        check(edited(|b| b["content"]["html"] = json!("$(unsubscribe)")), "7004", Some("content.html")).await;
        check(edited(|b| b["content"]["type"] = json!("text")), "7004", Some("content.html")).await;
        check(edited(|b| b["content"]["subject"] = json!("a\r\nBcc: x@y.example")), "7004", Some("content.subject")).await;
        check(
            edited(|b| b["content"]["attachments"][0] = json!({"name": "a", "mediaUrl": "https://x.example/a"})),
            "7004",
            Some("content.attachments[0].mediaUrl"),
        )
        .await;
        check(edited(|b| b["content"]["attachments"][0]["content"] = json!("%")), "7004", Some("content.attachments[0].content")).await;
        check(edited(|b| b["callbackData"] = json!("x".repeat(2001))), "7004", Some("callbackData")).await;
        for later in ["template", "notifyUrl", "notifyUrlAuthId", "sendAt", "expireAt", "contactPolicy"] {
            check(edited(|b| b[later] = json!("x")), "7004", Some(later)).await;
        }
        check(edited(|b| b["options"]["trackOpens"] = json!(true)), "7004", Some("options.trackOpens")).await;
        check(edited(|b| b["requestedReceipts"] = json!(["delivered"])), "7004", Some("requestedReceipts")).await;
        check(edited(|b| b["subjekt"] = json!("x")), "7004", Some("subjekt")).await;
        let stranger = submit_v2(&world.services, &world.zenith.owner(), &edited(|_| {}), None).await.unwrap_err();
        assert_eq!((stranger.code, stranger.field.as_deref()), ("7004", Some("from")), "{name}: another tenant's asset is nobody's");
        let rows = world.services.db.read_one(sql!("SELECT count(*) AS n FROM email_send"), args![]).await.unwrap();
        assert_eq!(rows.int("n").unwrap(), 0, "{name}: nothing was accepted");
    }
}
