//! The printed link: how the first tenant comes to be.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::switchboard::{Database, PASSWORD, Switchboard};

use crate::fresh;

/// The token of the link that was printed, if one was.
fn printed_link(server: &Switchboard) -> Option<String> {
    let output = server.process.output();
    let prefix = format!("First run: {}/first-run/", server.url);
    output.lines().filter_map(|line| line.strip_prefix(&prefix)).next_back().map(|token| token.trim().to_owned())
}

async fn link(server: &Switchboard) -> Result<String> {
    tests::wait::until("the first-run link", std::time::Duration::from_secs(10), async || Ok(printed_link(server))).await
}

fn form(token: &str) -> Value {
    json!({ "token": token, "tenant_name": "Acme", "time_zone": "Europe/Zurich", "name": "Ann", "email": "ann@acme.example", "password": PASSWORD })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_works_once_and_a_newer_one_replaces_it() -> Result<()> {
    for database in Database::both("first_run").await? {
        let (_folder, setup) = fresh(database)?;
        let server = setup.serve().await?;
        let old = link(&server).await?;
        drop(server);
        std::fs::remove_file(setup.folder.join(format!("server-{}.log", setup.http_port)))?;

        let server = setup.serve().await?;
        let token = link(&server).await?;
        ensure!(token != old && token.len() >= 40, "{old} and then {token}");
        let browser = server.browser()?;
        let open = async |token: &str| browser.call("/api/auth/first_run_open", &json!({ "token": token })).await;
        ensure!(open(&token).await? == true && open(&old).await? == false && open("rubbish").await? == false);
        ensure!(browser.post("/api/auth/finish_first_run", &form(&old)).await?.status() == 404, "the replaced link still works");

        let bad = browser.post("/api/auth/finish_first_run", &json!({ "token": token })).await?;
        let (status, problem) = (bad.status(), bad.json::<Value>().await?);
        let fields: Vec<_> = problem["fields"].as_array().context("fields")?.iter().filter_map(|one| one["field"].as_str()).collect();
        ensure!(status == 400 && ["tenant_name", "name", "email", "password"].iter().all(|field| fields.contains(field)), "{status} {problem}");

        browser.call("/api/auth/finish_first_run", &form(&token)).await?;
        ensure!(browser.call("/api/tenant/get", &json!({})).await?["time_zone"] == "Europe/Zurich", "the owner is signed in at once");
        ensure!(browser.call("/api/people/list", &json!({})).await?["items"][0]["role"] == "owner");
        let again = server.browser()?;
        let twice = again.post("/api/auth/finish_first_run", &form(&token)).await?;
        let (status, problem) = (twice.status(), twice.json::<Value>().await?);
        ensure!(
            status == 409 && problem["message"].as_str().is_some_and(|sentence| sentence.contains("sign in")),
            "the link works twice: {status} {problem}"
        );
        ensure!(again.call("/api/auth/first_run_open", &json!({ "token": token })).await? == false);
        drop(server);
        std::fs::remove_file(setup.folder.join(format!("server-{}.log", setup.http_port)))?;

        let server = setup.serve().await?;
        ensure!(!server.process.output().contains("/first-run/"), "a link is printed although there is a tenant");
        server.browser()?.sign_in("ann@acme.example", PASSWORD).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_without_script() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let server = setup.serve().await?;
    let token = link(&server).await?;
    let browser = server.browser()?;
    let page = format!("/first-run/{token}");
    let html = browser.request(Method::GET, &page).header("accept", "text/html").send().await?.text().await?;
    ensure!(html.contains("action=\"/api/auth/finish_first_run\"") && html.contains("name=\"tenant_name\""), "{html}");
    let fields = |password: &'static str| {
        [
            ("token", token.clone()),
            ("tenant_name", "Acme".into()),
            ("name", "Ann".into()),
            ("email", "ann@acme.example".into()),
            ("password", password.into()),
            ("_next", "/".into()),
        ]
    };
    let post = async |password: &'static str| -> Result<reqwest::Response> {
        let fields = fields(password);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit(&page, "/api/auth/finish_first_run", &fields).await
    };
    let location = |answer: &reqwest::Response| answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let refused = post("short").await?;
    ensure!(refused.status() == 303 && location(&refused) == page, "{} {}", refused.status(), location(&refused));
    let shown = browser.request(Method::GET, &page).header("accept", "text/html").send().await?.text().await?;
    ensure!(shown.contains("value=\"ann@acme.example\"") && shown.contains("15 characters"), "what was typed and what is wrong: {shown}");
    let done = post(PASSWORD).await?;
    ensure!(done.status() == 303 && location(&done) == "/", "{} {}", done.status(), location(&done));
    let home = browser.request(Method::GET, "/").header("accept", "text/html").send().await?;
    ensure!(home.status() == 200 && home.text().await?.contains("Acme"), "the owner sees the console");
    let closed = server.browser()?.request(Method::GET, &page).header("accept", "text/html").send().await?.text().await?;
    ensure!(!closed.contains("name=\"tenant_name\""), "the page of a used link still has its form");
    Ok(())
}
