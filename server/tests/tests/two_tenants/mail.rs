//! What tenants may have in common, and what mail keeps apart.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::{
    office::{Office, RouteFields, asset_fields},
    peers::{Sink, swaks},
    switchboard::{Database, PASSWORD, Setup},
};

const SHARED: &str = "support@shared.example";

#[tokio::test(flavor = "multi_thread")]
async fn two_tenants_may_use_one_address_and_their_mail_stays_apart() -> Result<()> {
    for database in Database::both("shared_address").await? {
        let folder = tempfile::tempdir()?;
        let (alpha_folder, beta_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let (alpha_sink, beta_sink) = (Sink::keeping(alpha_folder.path())?, Sink::keeping(beta_folder.path())?);
        let setup = Setup::new(folder.path(), database)?;
        let (alpha, beta) = (setup.owner_token("Alpha", "owner@alpha.example")?, setup.owner_token("Beta", "owner@beta.example")?);
        let server = setup.serve().await?;
        let alpha = Office::open(server.script(&alpha)?, SHARED, &RouteFields::plain(alpha_sink.port)).await?;
        let beta = Office::open(server.script(&beta)?, SHARED, &RouteFields::plain(beta_sink.port)).await?;
        ensure!(alpha.forwarding_address != beta.forwarding_address, "both are forwarded to one address");
        let again = alpha.script.post("/api/email/create_asset", &asset_fields(SHARED, &RouteFields::plain(1))).await?;
        let (status, problem) = (again.status(), again.json::<serde_json::Value>().await?);
        ensure!(status == 400 && problem["field"] == "email_address", "the same address twice in one tenant: {status} {problem}");

        // `from` is the sender's own asset, whoever else has the address.
        let id = beta.send("bob@peer.example", "From beta", "Hello.").await?;
        beta.settled(&id, &["submitted"], Duration::from_secs(20)).await?;
        ensure!(alpha_sink.mails()?.is_empty(), "beta's mail left by alpha's server");
        let unknown = json!({
            "channel": "email", "from": "only@beta.example", "to": [{ "email": ["bob@peer.example"] }], "content": { "type": "text", "subject": "S", "text": "T" },
        });
        Office::open(server.script(&setup.owner_token("Beta", "second@beta.example")?)?, "only@beta.example", &RouteFields::plain(beta_sink.port))
            .await?;
        let answer = alpha.script.post("/v2/messages", &unknown).await?;
        let (status, problem) = (answer.status(), answer.json::<serde_json::Value>().await?);
        ensure!(status == 400 && problem["field"] == "from", "alpha sends from beta's address: {status} {problem}");

        // Mail goes to the tenant whose forwarding address it came to.
        let mail = folder.path().join("mail.eml");
        std::fs::write(
            &mail,
            format!("From: ann@customer.example\nTo: {SHARED}\nMessage-ID: <shared-1@customer.example>\nSubject: For alpha\n\nHello.\n"),
        )?;
        swaks::inject(server.smtp_port, "ann@customer.example", &alpha.forwarding_address, &mail)?;
        alpha.thread("For alpha", Duration::from_secs(20)).await?;
        let inbox = beta.script.call("/api/email/list_threads", &json!({})).await?;
        ensure!(inbox["items"].as_array().is_some_and(Vec::is_empty), "beta got alpha's mail: {inbox}");
        // An answer that refers to the other tenant's mail opens a conversation of its own.
        std::fs::write(
            &mail,
            format!("From: ann@customer.example\nTo: {SHARED}\nReferences: <shared-1@customer.example>\nSubject: Re: For alpha\n\nHello.\n"),
        )?;
        swaks::inject(server.smtp_port, "ann@customer.example", &beta.forwarding_address, &mail)?;
        let thread = beta.thread("Re: For alpha", Duration::from_secs(20)).await?;
        ensure!(thread["row"]["mails"] == 1, "{thread}");
        let inbox = alpha.script.call("/api/email/list_threads", &json!({})).await?;
        ensure!(
            inbox["items"][0]["mails"] == 1 && inbox["items"].as_array().map(Vec::len) == Some(1),
            "beta's mail went to alpha's conversation: {inbox}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_counts_within_its_tenant() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sink = Sink::counting(folder.path())?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    let (alpha, beta) = (setup.owner_token("Alpha", "owner@alpha.example")?, setup.owner_token("Beta", "owner@beta.example")?);
    let server = setup.serve().await?;
    let mut ids = Vec::new();
    for token in [alpha, beta] {
        let office = Office::open(server.script(&token)?, SHARED, &RouteFields::plain(sink.port)).await?;
        let body = json!({ "channel": "email", "from": SHARED, "to": [{ "email": ["bob@peer.example"] }], "content": { "type": "text", "subject": "S", "text": "T" } });
        let answer = office.script.request(reqwest::Method::POST, "/v2/messages").header("idempotency-key", "the-same").json(&body).send().await?;
        ensure!(answer.status() == 201, "{}", answer.text().await?);
        ids.push(answer.json::<serde_json::Value>().await?["messageId"].as_str().context("an id")?.to_owned());
    }
    ensure!(ids[0] != ids[1], "one tenant was given the other's mail");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_belongs_to_one_tenant() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), Database::Sqlite)?;
    let (_alpha, beta) = (setup.owner_token("Alpha", "owner@alpha.example")?, setup.owner_token("Beta", "owner@beta.example")?);
    let server = setup.serve().await?;
    let taken = json!({ "name": "Thief", "email": "Owner@Alpha.example", "role": "agent", "password": PASSWORD });
    let answer = server.script(&beta)?.post("/api/people/create", &taken).await?;
    let (status, problem) = (answer.status(), answer.json::<serde_json::Value>().await?);
    ensure!(status == 400 && problem["field"] == "email", "beta made an account with the address of alpha's owner: {status} {problem}");
    // Whoever signs in with that address is still in alpha.
    let browser = server.browser()?;
    browser.sign_in("owner@alpha.example", PASSWORD).await?;
    ensure!(browser.call("/api/tenant/get", &json!({})).await?["name"] == "Alpha");
    Ok(())
}
