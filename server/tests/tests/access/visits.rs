//! What a visitor meets, and everything that ends a visit.

use anyhow::{Context, Result, ensure};
use model::access::Access;
use serde_json::{Value, json};
use tests::{
    switchboard::{Database, PASSWORD},
    visits::{self, MARA},
};

use crate::{Town, page, status};

/// Audit entries of an action, the newest first.
async fn told(town: &Town, action: &str) -> Result<Vec<Value>> {
    let list = town.owner.call("/api/audit/list", &json!({ "action": action })).await?;
    list["items"].as_array().cloned().context("a page has items")
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_off_ends_a_running_visit_at_once() -> Result<()> {
    for database in Database::both("switch_off").await? {
        let folder = tempfile::tempdir()?;
        let town = Town::build(folder.path(), database).await?;
        let visitor = visits::enter(&town.server, &town.operator, &town.acme, Access::Full).await?;
        let elsewhere = visits::enter(&town.server, &town.operator, &town.zenith, Access::Full).await?;
        let (code, _, html) = page(&visitor, "/").await?;
        ensure!(code == 200 && html.contains("You are visiting Acme as help desk"), "the visitor's own banner: {code}");
        let (_, _, html) = page(&town.owner, "/people").await?;
        ensure!(html.contains(MARA) && html.contains("End this visit"), "everybody of the tenant sees the visit");
        town.owner.call("/api/access/update", &json!({ "help_desk": false })).await?;
        ensure!(status(&visitor).await? == 401, "the next request is refused");
        let (code, location, _) = page(&visitor, "/people").await?;
        ensure!((code, location.as_str()) == (303, "/visit-ended"), "{code} {location}");
        let (code, _, html) = page(&visitor, "/visit-ended").await?;
        ensure!(code == 200 && html.contains("Your visit has ended"), "{code}");
        ensure!(status(&elsewhere).await? == 200, "another tenant's visit goes on");
        let (_, _, html) = page(&town.owner, "/people").await?;
        ensure!(!html.contains(MARA), "the banner is gone");
        let ended = told(&town, "access.visit.ended").await?;
        ensure!(ended.len() == 1 && ended[0]["changes"][0]["after"] == "help-desk access was switched off", "{ended:?}");
        town.owner.call("/api/access/update", &json!({ "help_desk": true })).await?;
        ensure!(status(&visitor).await? == 401, "what ended stays ended");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_a_visitor_does_is_audited_under_an_id_that_shows_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let town = Town::build(folder.path(), Database::Sqlite).await?;
    let visitor = visits::enter(&town.server, &town.operator, &town.acme, Access::Full).await?;
    let asset = json!({ "name": "Office", "email_address": "office@acme.example", "smtp_host": "127.0.0.1", "smtp_port": "9", "security": "none" });
    visitor.call("/api/email/create_asset", &asset).await?;
    visitor.call("/api/access/leave", &json!({})).await?;
    ensure!(status(&visitor).await? == 401);
    let acts_as = format!("mara+{}+help_desk@support.example", town.acme);
    for action in ["access.visit.started", "email.asset.created", "access.visit.ended"] {
        let entries = told(&town, action).await?;
        ensure!(entries.first().is_some_and(|entry| entry["actor"] == acts_as), "{action}: {entries:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_section_is_the_owners_alone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let town = Town::build(folder.path(), Database::Sqlite).await?;
    let (code, _, html) = page(&town.owner, "/tenant/access").await?;
    ensure!(code == 200 && html.contains("Allow decryption access to help desk users") && html.contains("checked"), "on by default: {code}");
    let form = json!({ "name": "Full", "email": "full@acme.example", "role": "full_access", "password": PASSWORD });
    town.owner.call("/api/people/create", &form).await?;
    let full = town.server.browser()?;
    full.sign_in("full@acme.example", PASSWORD).await?;
    let visitor = visits::enter(&town.server, &town.operator, &town.acme, Access::FullWithDecrypt).await?;
    for browser in [&full, &visitor] {
        let (code, ..) = page(browser, "/tenant/access").await?;
        ensure!(code == 404, "the page answered {code}");
        for path in ["/api/access/get", "/api/access/list_visits", "/api/access/update"] {
            let answer = browser.post(path, &json!({})).await?;
            ensure!(answer.status() == 404, "{path} answered {}", answer.status());
        }
        let (_, _, html) = page(browser, "/tenant").await?;
        ensure!(!html.contains("/tenant/access"), "the tab is shown");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_own_access_bounds_every_visit() -> Result<()> {
    for database in Database::both("operator_bound").await? {
        let folder = tempfile::tempdir()?;
        let town = Town::build(folder.path(), database).await?;
        let visitor = visits::enter(&town.server, &town.operator, &town.acme, Access::Full).await?;
        let asset =
            json!({ "name": "Office", "email_address": "office@acme.example", "smtp_host": "127.0.0.1", "smtp_port": "9", "security": "none" });
        town.setup.run(&["operator", "set-access", "--email", MARA, "--access", "read-only"], "")?;
        ensure!(visitor.post("/api/email/create_asset", &asset).await?.status() == 404, "read-only from the next request on");
        ensure!(status(&visitor).await? == 200);
        let more = town.operator.post("/api/operator/launch", &json!({ "tenant": town.acme, "access": "full" })).await?;
        ensure!(more.status() == 400, "more than granted: {}", more.status());
        town.setup.run(&["operator", "disable", "--email", MARA], "")?;
        ensure!(status(&visitor).await? == 401, "a visit of somebody shut out");
        let list = town.operator.post("/api/operator/list_tenants", &json!({})).await?;
        ensure!(list.status() == 401, "the console of somebody shut out: {}", list.status());
        ensure!(town.setup.run(&["operator", "list"], "")?.contains("disabled"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_nobody_in_a_tenant_and_people_are_no_operators() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let town = Town::build(folder.path(), Database::Sqlite).await?;
    ensure!(status(&town.operator).await? == 401, "an operator's cookie opens a tenant");
    for path in ["/api/operator/list_tenants", "/api/operator/launch", "/api/operator/sign_out"] {
        ensure!(town.owner.post(path, &json!({})).await?.status() == 404, "{path}");
        ensure!(town.server.browser()?.post(path, &json!({})).await?.status() == 401, "{path}");
    }
    let (code, _, html) = page(&town.owner, "/operator").await?;
    ensure!(code == 200 && html.contains("operator-sign-in"), "people of a tenant see the sign-in form: {code}");
    let (code, _, html) = page(&town.operator, "/operator?search=acme").await?;
    ensure!(code == 200 && html.contains("Acme") && !html.contains("Zenith"), "{code}");
    let wrong = town.server.browser()?.post("/api/operator/sign_in", &json!({ "email": "owner@acme.example", "password": PASSWORD })).await?;
    ensure!(wrong.status() == 400);
    town.operator.call("/api/operator/sign_out", &json!({})).await?;
    ensure!(town.operator.post("/api/operator/list_tenants", &json!({})).await?.status() == 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_of_one_tenant_reaches_nothing_of_another() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let town = Town::build(folder.path(), Database::Sqlite).await?;
    let zenith = town.server.browser()?;
    zenith.sign_in("owner@zenith.example", PASSWORD).await?;
    let theirs = zenith.call("/api/people/list", &json!({})).await?["items"][0]["id"].clone();
    let visitor = visits::enter(&town.server, &town.operator, &town.acme, Access::Full).await?;
    ensure!(visitor.post("/api/people/get", &json!({ "id": theirs })).await?.status() == 404);
    let shown = visitor.call("/api/people/list", &json!({})).await?;
    ensure!(shown["items"].as_array().map(Vec::len) == Some(1) && !shown.to_string().contains("zenith"), "{shown}");
    ensure!(visits::present(&zenith).await?.is_empty(), "Acme's visit shows at Zenith");
    let id = visits::present(&town.owner).await?[0]["id"].clone();
    ensure!(zenith.post("/api/access/end_visit", &json!({ "id": id })).await?.status() == 404);
    town.owner.call("/api/access/end_visit", &json!({ "id": id })).await?;
    ensure!(status(&visitor).await? == 401);
    ensure!(town.owner.post("/api/access/end_visit", &json!({ "id": id })).await?.status() == 409, "once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_session_is_back_after_leaving_and_not_before() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let town = Town::build(folder.path(), Database::Sqlite).await?;
    // One browser: an operator who also has an account at Zenith.
    let browser = visits::operator(&town.server).await?;
    browser.sign_in("owner@zenith.example", PASSWORD).await?;
    let own = async || -> Result<Value> { browser.call("/api/tenant/get", &json!({})).await };
    ensure!(own().await?["name"] == "Zenith");
    let token = visits::launch(&browser, &town.acme, Access::ReadOnly).await?;
    browser.call("/api/access/enter", &json!({ "tenant": town.acme, "token": token })).await?;
    ensure!(own().await?["name"] == "Acme", "the visit wins");
    town.owner.call("/api/access/update", &json!({ "help_desk": false })).await?;
    let stale = browser.post("/api/tenant/get", &json!({})).await?;
    ensure!(stale.status() == 401, "a page of the visited tenant acts on the own one: {}", stale.status());
    page(&browser, "/visit-ended").await?;
    ensure!(own().await?["name"] == "Zenith", "the own session is back");
    Ok(())
}
