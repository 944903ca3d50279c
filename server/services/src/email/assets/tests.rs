use std::net::SocketAddr;

use ::store::{args, sql};
use model::{Problem, email::asset::AssetForm, page::PageRequest};

use super::*;
use crate::{
    email::fixtures::{SmtpStub, accept, deliver, form, forwarding, parse_all, request},
    testing::{must, refusal, worlds},
};

fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9))
}

async fn stored_password(services: &Services, ctx: &Ctx, id: AssetId) -> Option<String> {
    let row = store::find(&services.db, ctx.tenant(), id).await.unwrap().unwrap();
    row.unsealed_password(services).unwrap().map(|password| password.expose().to_owned())
}

#[tokio::test]
async fn an_asset_is_made_changed_and_audited_without_its_password() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let with_password = AssetForm { username: "smtp-user".into(), password: "s3cret-word".into(), ..form("support@acme.example", nowhere()) };
        let id = must(create(services, &ctx, with_password.clone()).await, name);
        let asset = must(get(services, &ctx, id).await, name);
        assert!(
            asset.forwarding_address.ends_with("@in.switchboard.example")
                && asset.forwarding_address.len() == 12 + 1 + "in.switchboard.example".len()
        );
        assert!(asset.password_set.is_some() && asset.active && asset.version == 1, "{name}");
        assert_eq!(stored_password(services, &ctx, id).await.as_deref(), Some("s3cret-word"), "{name}");

        world.advance(1000);
        let edited = AssetForm { name: "Help desk".into(), password: String::new(), ..with_password.clone() };
        must(update(services, &ctx, id, 1, edited.clone()).await, name);
        assert_eq!(stored_password(services, &ctx, id).await.as_deref(), Some("s3cret-word"), "an empty password keeps it");
        assert!(matches!(refusal(update(services, &ctx, id, 1, edited.clone()).await), Problem::Conflict { .. }), "an old version");

        for elsewhere in
            [AssetForm { smtp_host: "smtp.attacker.example".into(), ..edited.clone() }, AssetForm { smtp_port: "2526".into(), ..edited.clone() }]
        {
            let problem = refusal(update(services, &ctx, id, 2, elsewhere).await);
            assert!(problem.for_field("password").is_some(), "{name}: {problem:?}");
        }
        world.advance(1000);
        must(
            update(services, &ctx, id, 2, AssetForm { smtp_host: "smtp2.acme.example".into(), password: "new".into(), ..edited.clone() }).await,
            name,
        );
        assert_eq!(stored_password(services, &ctx, id).await.as_deref(), Some("new"), "{name}");
        world.advance(1000);
        must(update(services, &ctx, id, 3, AssetForm { username: String::new(), ..edited }).await, name);
        assert_eq!(stored_password(services, &ctx, id).await, None, "no user name, no password");

        let audit = services
            .db
            .read_all(sql!("SELECT action, changes FROM audit_entry WHERE subject_kind = 'email_asset' ORDER BY id"), args![])
            .await
            .unwrap();
        let actions: Vec<_> = audit.iter().map(|row| row.text("action").unwrap()).collect();
        assert_eq!(actions, ["email.asset.created", "email.asset.updated", "email.asset.updated", "email.asset.updated"], "{name}");
        assert!(
            audit.iter().all(|row| !row.str("changes").unwrap().contains("s3cret-word") && !row.str("changes").unwrap().contains("\"new\"")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn addresses_are_unique_in_a_tenant_and_lists_page() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        for n in 0..5 {
            must(create(services, &ctx, form(&format!("a{n}@acme.example"), nowhere())).await, name);
        }
        let problem = refusal(create(services, &ctx, form("A1@acme.example", nowhere())).await);
        assert!(problem.for_field("email_address").is_some(), "{name}");
        must(create(services, &world.zenith.owner(), form("a1@acme.example", nowhere())).await, "another tenant may have it");

        let mut seen = Vec::new();
        let mut request = PageRequest { limit: 2, ..PageRequest::default() };
        loop {
            let page = must(list(services, &ctx, &request).await, name);
            seen.extend(page.items.into_iter().map(|asset| asset.email_address));
            match page.next {
                Some(next) => request.after = next,
                None => break,
            }
        }
        assert_eq!(seen, (0..5).map(|n| format!("a{n}@acme.example")).collect::<Vec<_>>(), "{name}");
        let found = must(list(services, &ctx, &PageRequest { search: "A3@".into(), ..PageRequest::default() }).await, name);
        assert_eq!(found.items.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn another_tenant_meets_nothing() {
    for (name, world) in worlds().await {
        let services = &world.services;
        let (owner, stranger) = (world.acme.owner(), world.zenith.owner());
        let id = must(create(services, &owner, form("support@acme.example", nowhere())).await, name);
        let target = || ProbeTarget::Form { asset: Some(id), form: Box::new(form("x@zenith.example", nowhere())) };
        assert_eq!(refusal(get(services, &stranger, id).await), Problem::NotFound);
        assert_eq!(refusal(update(services, &stranger, id, 1, form("x@zenith.example", nowhere())).await), Problem::NotFound);
        assert_eq!(refusal(set_active(services, &stranger, id, false).await), Problem::NotFound);
        assert_eq!(refusal(dependents(services, &stranger, id).await), Problem::NotFound);
        assert_eq!(refusal(delete(services, &stranger, id, true).await), Problem::NotFound);
        assert_eq!(refusal(probe(services, &stranger, ProbeTarget::Stored(id), |_| {}).await), Problem::NotFound);
        assert_eq!(refusal(probe(services, &stranger, target(), |_| {}).await), Problem::NotFound);
        assert_eq!(refusal(send_test_mail(services, &stranger, id).await), Problem::NotFound);
        assert!(must(list(services, &stranger, &PageRequest::default()).await, name).items.is_empty());
        assert!(must(get(services, &owner, id).await, name).active, "{name}: nothing was changed");
    }
}

#[tokio::test]
async fn deleting_takes_everything_with_it_and_only_that() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let id = must(create(services, &ctx, form("support@acme.example", nowhere())).await, name);
        let other = must(create(services, &ctx, form("sales@acme.example", nowhere())).await, name);
        for asset in [id, other] {
            let address = forwarding(services, &ctx, asset).await;
            deliver(services, &[&address], "From: c@out.example\nSubject: hi\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=a.csv\n\n1,2\n--b--\n").await;
            let mut with_file = request(asset, &["a@out.example"]);
            with_file.attachments.push(crate::email::sending::File { name: "x.txt".into(), bytes: b"x".to_vec(), ..Default::default() });
            accept(services, &ctx, with_file).await;
        }
        parse_all(services).await;
        let before = must(dependents(services, &ctx, id).await, name);
        assert_eq!((before.queued_messages, before.inbound_mails, before.threads), (1, 1, 1), "{name}");
        assert!(matches!(refusal(delete(services, &ctx, id, false).await), Problem::Conflict { .. }));
        let blobs: Vec<String> = services
            .db
            .read_all(sql!("SELECT blob FROM email_attachment"), args![])
            .await
            .unwrap()
            .iter()
            .map(|row| row.text("blob").unwrap())
            .collect();
        assert_eq!(blobs.len(), 4, "{name}");
        must(delete(services, &ctx, id, true).await, name);
        assert_eq!(refusal(get(services, &ctx, id).await), Problem::NotFound);
        while must(crate::email::cleanup::run_due(services).await, name) > 0 {}
        let mut left = 0;
        for blob in &blobs {
            left += usize::from(services.blobs.read(blob).await.is_ok());
        }
        assert_eq!(left, 2, "{name}: the files of the other asset stay");
        for (table, statement) in [
            ("send", sql!("SELECT count(*) AS n FROM email_send")),
            ("message", sql!("SELECT count(*) AS n FROM email_message")),
            ("raw", sql!("SELECT count(*) AS n FROM email_raw")),
            ("inbound", sql!("SELECT count(*) AS n FROM email_inbound")),
            ("thread", sql!("SELECT count(*) AS n FROM email_thread")),
            ("search", sql!("SELECT count(*) AS n FROM email_search")),
        ] {
            assert_eq!(services.db.read_one(statement, args![]).await.unwrap().int("n").unwrap(), 1, "{name} {table}");
        }
        let lines = services.db.read_one(sql!("SELECT count(*) AS n FROM debuglog_line WHERE asset_id = $1"), args![id.uuid()]).await.unwrap();
        assert_eq!(lines.int("n").unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn the_connection_test_uses_the_stored_password_for_the_same_server_only() {
    for (name, world) in worlds().await {
        let stub = SmtpStub::obliging().await;
        let (services, ctx) = (&world.services, world.acme.owner());
        let with_password = AssetForm { username: "user".into(), password: "pw".into(), ..form("support@acme.example", stub.address) };
        let id = must(create(services, &ctx, with_password.clone()).await, name);
        let mut heard = Vec::new();
        let steps = must(probe(services, &ctx, ProbeTarget::Stored(id), |step| heard.push(step.name.clone())).await, name);
        assert_eq!(heard, ["DNS", "TCP", "TLS", "EHLO", "AUTH", "MAIL FROM"], "{name}");
        assert!(steps.iter().any(|step| step.name == "AUTH" && step.outcome != model::email::asset::ProbeOutcome::Failed), "{name}: {steps:?}");
        let elsewhere = AssetForm { password: String::new(), smtp_port: "2599".into(), ..with_password };
        let target = ProbeTarget::Form { asset: Some(id), form: Box::new(elsewhere) };
        assert!(refusal(probe(services, &ctx, target, |_| {}).await).for_field("password").is_some(), "{name}");
    }
}
