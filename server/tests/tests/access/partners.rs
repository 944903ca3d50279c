//! Partners: consent, readiness, revocation.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::{
    browserless::Browser,
    switchboard::{Database, PASSWORD},
    visits,
};

use crate::{Town, page, status};

async fn launch(partner: &Browser, tenant: &str, access: &str) -> Result<(u16, String)> {
    let answer = partner.post("/api/access/launch", &json!({ "tenant": tenant, "access": access })).await?;
    Ok((answer.status().as_u16(), answer.text().await?.trim_matches('"').to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_comes_in_after_consent_and_is_out_when_it_ends() -> Result<()> {
    for database in Database::both("partners").await? {
        let folder = tempfile::tempdir()?;
        let town = Town::build(folder.path(), database).await?;
        let partner = town.server.browser()?;
        partner.sign_in("owner@zenith.example", PASSWORD).await?;
        ensure!(launch(&partner, &town.acme, "read-only").await?.0 == 404, "no partner");
        town.setup.run(&["partner", "link", "--partner", "Zenith", "--customer", "Acme", "--access", "full"], "")?;
        ensure!(launch(&partner, &town.acme, "read-only").await?.0 == 404, "an offer opens nothing");
        let settings = town.owner.call("/api/access/get", &json!({})).await?;
        let id = settings["partners"][0]["id"].clone();
        ensure!(partner.post("/api/access/accept_partner", &json!({ "id": id })).await?.status() == 404, "the partner accepts itself");
        town.owner.call("/api/access/accept_partner", &json!({ "id": id })).await?;
        let (_, _, html) = page(&partner, "/").await?;
        ensure!(html.contains("Acme") && html.contains("No channel is open yet"), "the link shows before the customer is ready");
        ensure!(launch(&partner, &town.acme, "full").await?.0 == 409, "no channel is open");
        let asset =
            json!({ "name": "Office", "email_address": "office@acme.example", "smtp_host": "127.0.0.1", "smtp_port": "9", "security": "none" });
        town.owner.call("/api/email/create_asset", &asset).await?;
        ensure!(launch(&partner, &town.acme, "full-with-decrypt").await?.0 == 400, "more than granted");
        ensure!(launch(&partner, &town.zenith, "full").await?.0 == 404, "the own organisation is no customer");
        let (code, token) = launch(&partner, &town.acme, "full").await?;
        ensure!(code == 200, "{token}");
        // Not in other hands, not even an operator's or the customer's own.
        for other in [&town.operator, &town.owner] {
            let answer = other.post("/api/access/enter", &json!({ "tenant": town.acme, "token": token })).await?;
            ensure!(answer.status() == 400, "{}", answer.status());
        }
        let visitor = visits::follow(&town.server, &partner, &town.acme, &token).await?;
        let present = visits::present(&town.owner).await?;
        ensure!(present[0]["organisation"] == "Zenith" && present[0]["kind"] == "partner", "{present:?}");
        ensure!(visitor.post("/api/access/list_customers", &json!({})).await?.status() == 404, "on from there");
        // A link that was made while the tie held.
        let fresh = town.server.browser()?;
        fresh.sign_in("owner@zenith.example", PASSWORD).await?;
        let (_, waiting) = launch(&fresh, &town.acme, "full").await?;
        town.owner.call("/api/access/end_partner", &json!({ "id": id })).await?;
        ensure!(status(&visitor).await? == 401, "the visit outlives the tie");
        let late = fresh.post("/api/access/enter", &json!({ "tenant": town.acme, "token": waiting })).await?;
        ensure!(late.status() == 400, "a link outlives the tie: {}", late.status());
        ensure!(launch(&fresh, &town.acme, "full").await?.0 == 404);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn partners_are_told_and_listed_on_the_command_line() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let town = Town::build(folder.path(), Database::Sqlite).await?;
    let pair = ["--partner", "Zenith", "--customer", "Acme"];
    let line = |first: &[&'static str], last: &[&'static str]| [first, &pair, last].concat();
    town.setup.run(&line(&["partner", "link"], &["--access", "read-only", "--accepted"]), "")?;
    let listed = town.setup.run(&["partner", "list"], "")?;
    ensure!(listed.trim() == "Zenith\tAcme\tread-only\taccepted", "{listed}");
    town.setup.run(&line(&["partner", "end"], &[]), "")?;
    ensure!(town.setup.run(&["partner", "list"], "")?.trim().is_empty());
    let nobody = town.setup.refused(&["partner", "link", "--partner", "Nobody", "--customer", "Acme", "--access", "full"], "")?;
    ensure!(nobody.contains("partner:"), "{nobody}");
    let audit = town.owner.call("/api/audit/list", &json!({ "action": "access.partner" })).await?;
    let actions: Vec<_> = audit["items"].as_array().context("items")?.iter().filter_map(|entry| entry["action"].as_str()).collect();
    ensure!(actions.contains(&"access.partner.accepted") && actions.contains(&"access.partner.ended"), "{actions:?}");
    Ok(())
}
