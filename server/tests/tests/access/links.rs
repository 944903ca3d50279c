//! What a link refuses, in one sentence.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use model::access::{Access, LINK_REFUSED};
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    switchboard::{Database, PASSWORD, Setup},
    visits,
};

use crate::{Town, page, status};

/// The link is refused when looked at, when used, and as a page; the answer is the same whatever is wrong.
async fn refused(browser: &Browser, tenant: &str, token: &str, why: &str) -> Result<()> {
    for path in ["/api/access/look", "/api/access/enter"] {
        let answer = browser.post(path, &json!({ "tenant": tenant, "token": token })).await?;
        ensure!(answer.status() == 400, "{why}: {path} answered {}", answer.status());
        ensure!(answer.headers().get("set-cookie").is_none(), "{why}: {path} sets a cookie");
        let problem: Value = answer.json().await?;
        ensure!(problem["field"] == "token" && problem["message"] == LINK_REFUSED, "{why}: {path} answered {problem}");
    }
    let (status, _, html) = page(browser, &format!("/launch/{tenant}/{token}")).await?;
    ensure!(status == 404 && html.contains("This link does not lead in"), "{why}: the page answered {status}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn replayed_stolen_tampered_and_misdirected_links_are_refused() -> Result<()> {
    for database in Database::both("links").await? {
        let folder = tempfile::tempdir()?;
        let town = Town::build(folder.path(), database).await?;
        let token = visits::launch(&town.operator, &town.acme, Access::ReadOnly).await?;
        refused(&town.operator, &town.zenith, &token, "another tenant's").await?;
        refused(&town.operator, "acme", &token, "no tenant").await?;
        refused(&town.server.browser()?, &town.acme, &token, "nobody").await?;
        refused(&town.owner, &town.acme, &token, "somebody else").await?;
        let changed = format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { "Q" } else { "A" });
        refused(&town.operator, &town.acme, &changed, "tampered with").await?;
        refused(&town.operator, &town.acme, "no-such-token", "made up").await?;
        let visitor = visits::follow(&town.server, &town.operator, &town.acme, &token).await?;
        ensure!(status(&visitor).await? == 200, "the visit does not begin");
        refused(&town.operator, &town.acme, &token, "a second time").await?;
        ensure!(status(&visitor).await? == 200, "a replay ends the visit");
        // Opening the page uses nothing up.
        let token = visits::launch(&town.operator, &town.acme, Access::ReadOnly).await?;
        for _ in 0..2 {
            let (status, _, html) = page(&town.operator, &format!("/launch/{}/{token}", town.acme)).await?;
            ensure!(status == 200 && html.contains("Enter Acme"), "the page answered {status}");
        }
        // Switched off meanwhile.
        town.owner.call("/api/access/update", &json!({ "help_desk": false })).await?;
        refused(&town.operator, &town.acme, &token, "switched off").await?;
        let again = town.operator.post("/api/operator/launch", &json!({ "tenant": town.acme, "access": "full" })).await?;
        ensure!(again.status() == 404, "a link into a tenant that does not allow it: {}", again.status());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_a_minute() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let town = Town::build(folder.path(), Database::Sqlite).await?;
    let token = visits::launch(&town.operator, &town.acme, Access::ReadOnly).await?;
    tokio::time::sleep(Duration::from_secs(61)).await;
    refused(&town.operator, &town.acme, &token, "too old").await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_use_a_link_up_once() -> Result<()> {
    let (first_folder, second_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let database = Database::postgres("link_race").await?;
    let town = Town::build(first_folder.path(), database.clone()).await?;
    let key = first_folder.path().join("secret.key");
    let second = Setup::new(second_folder.path(), database)?.with("SWITCHBOARD_KEY_FILE", key.to_string_lossy()).serve().await?;
    let elsewhere = visits::operator(&second).await?;
    for round in 0..10 {
        let token = visits::launch(&town.operator, &town.acme, Access::ReadOnly).await?;
        let body = json!({ "tenant": town.acme, "token": token });
        let (here, there) = tokio::join!(town.operator.post("/api/access/enter", &body), elsewhere.post("/api/access/enter", &body));
        let mut statuses = [here?.status().as_u16(), there?.status().as_u16()];
        statuses.sort_unstable();
        ensure!(statuses == [200, 400], "round {round}: {statuses:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_made_by_provisioning_comes_in_once() -> Result<()> {
    for database in Database::both("provisioned").await? {
        let folder = tempfile::tempdir()?;
        let setup = Setup::new(folder.path(), database)?;
        let line = ["owner", "create", "--tenant", "Acme", "--email", "nora@acme.example", "--password-stdin", "--launch-link"];
        let printed = setup.run(&line, PASSWORD)?;
        let link = printed.split_whitespace().find(|word| word.contains("/launch/")).with_context(|| printed.clone())?;
        let server = setup.serve().await?;
        let path = link.strip_prefix(&server.url).with_context(|| format!("{link} leads elsewhere"))?;
        let browser = server.browser()?;
        let (status, _, html) = page(&browser, path).await?;
        ensure!(status == 200 && html.contains("nora@acme.example"), "{status}");
        ensure!(browser.post("/api/account/list_sessions", &json!({})).await?.status() == 401, "opening the page signs nobody in");
        let mut parts = path.trim_start_matches("/launch/").split('/');
        let (tenant, token) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        // As a browser without WASM does it.
        let answer = browser.submit(path, "/api/access/enter", &[("tenant", tenant), ("token", token), ("_next", "/")]).await?;
        ensure!(answer.status() == 303, "{}", answer.status());
        let sessions = browser.call("/api/account/list_sessions", &json!({})).await?;
        ensure!(sessions.as_array().map(Vec::len) == Some(1), "an owner's own session: {sessions}");
        browser.call("/api/access/get", &json!({})).await?;
        refused(&server.browser()?, tenant, token, "a second time").await?;
    }
    Ok(())
}
