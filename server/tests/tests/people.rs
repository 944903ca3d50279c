//! People over HTTP: invitations used by several at once, files taken in across a SIGKILL, licences from the command line, what ends with an account.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::{Method, multipart::Form};
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    rows::Peek,
    switchboard::{Database, PASSWORD, Setup, Switchboard},
    wait,
};

/// A lease of a killed worker has to run out.
const PATIENCE: Duration = Duration::from_secs(90);

async fn start(folder: &std::path::Path, database: Database) -> Result<(Setup, Switchboard, Browser)> {
    let setup = Setup::new(folder, database)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    let script = server.script(&token)?;
    Ok((setup, server, script))
}

async fn invite(script: &Browser, email: &str) -> Result<(Value, String)> {
    let made = script.call("/api/people/invite", &json!({ "email": email, "role": "agent", "by": "link" })).await?;
    let link = made["link"].as_str().context("a link")?;
    Ok((made["id"].clone(), link.rsplit('/').next().context("a secret")?.to_owned()))
}

fn acceptance(token: &str) -> Value {
    json!({ "token": token, "name": "Ivy Lee", "password": PASSWORD })
}

async fn check_import(script: &Browser, lines: String) -> Result<String> {
    let file = reqwest::multipart::Part::bytes(lines.into_bytes()).file_name("people.csv");
    let request = script.request(Method::POST, "/api/people/check_import").header("accept", "application/json");
    let id: Value = request.multipart(Form::new().part("file", file)).send().await?.error_for_status()?.json().await?;
    Ok(id.as_str().context("an id")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_who_accept_at_once_gets_in() -> Result<()> {
    for database in Database::both("invited").await? {
        let folder = tempfile::tempdir()?;
        let (_setup, server, script) = start(folder.path(), database).await?;
        let (id, token) = invite(&script, "ivy@acme.example").await?;
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (browser, form) = (server.browser()?, acceptance(&token));
            calls.spawn(async move { Ok::<_, anyhow::Error>(browser.post("/api/people/accept_invitation", &form).await?.status().as_u16()) });
        }
        let mut answers = Vec::new();
        while let Some(done) = calls.join_next().await {
            answers.push(done??);
        }
        answers.sort_unstable();
        ensure!(answers == [200, 409, 409, 409, 409, 409, 409, 409], "{answers:?}");
        let browser = server.browser()?;
        browser.sign_in("ivy@acme.example", PASSWORD).await?;
        // Shut out, the session ends with the next request; deleted, the address is free again.
        script.call("/api/people/set_active", &json!({ "id": id, "active": false })).await?;
        ensure!(browser.post("/api/account/list_sessions", &json!({})).await?.status() == 401, "the session goes on");
        script.call("/api/people/delete", &json!({ "id": id })).await?;
        ensure!(browser.post("/api/account/list_sessions", &json!({})).await?.status() == 401, "the session is back");
        invite(&script, "ivy@acme.example").await?;
        let state = browser.call("/api/people/invitation_open", &json!({ "token": token })).await?;
        ensure!(state["state"] == "used", "{state}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_links_that_have_ended_say_why_and_give_nothing_away() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_setup, server, script) = start(folder.path(), Database::Sqlite).await?;
    let nobody = server.browser()?;
    let page = async |token: &str| -> Result<(u16, String)> {
        let answer = nobody.request(Method::GET, &format!("/invitation/{token}")).header("accept", "text/html").send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    ensure!(page("no-such-link").await?.0 == 404, "a made-up link is something");
    let (id, token) = invite(&script, "ivy@acme.example").await?;
    let (status, html) = page(&token).await?;
    ensure!(status == 200 && html.contains("Accept and sign in") && html.contains("ivy@acme.example"), "{html}");
    let again = script.call("/api/people/renew_invitation", &json!({ "id": id, "by": "link" })).await?;
    ensure!(page(&token).await?.1.contains("There is a newer invitation for you"), "a replaced link");
    let newer = again["link"].as_str().and_then(|link| link.rsplit('/').next()).context("a link")?.to_owned();
    script.call("/api/people/revoke_invitation", &json!({ "id": id })).await?;
    let (_, html) = page(&newer).await?;
    ensure!(html.contains("This invitation was taken back") && !html.contains("ivy@acme.example"), "{html}");
    let refused = nobody.post("/api/people/accept_invitation", &acceptance(&newer)).await?;
    ensure!(refused.status() == 409, "{}", refused.status());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_once_across_a_kill() -> Result<()> {
    for database in Database::both("import").await? {
        let folder = tempfile::tempdir()?;
        let (setup, mut server, script) = start(folder.path(), database).await?;
        let mut lines = String::from("email,name,role\r\n");
        for number in 0..3000 {
            let role = if number == 1500 { "emperor" } else { "agent" };
            write!(lines, "p{number}@many.example,Person {number},{role}\r\n")?;
        }
        let id = check_import(&script, lines).await?;
        let found = script.call("/api/people/get_import", &json!({ "id": id })).await?;
        ensure!(found["import"]["wrong"] == 1 && found["lines"][0]["line"] == 1502, "{found}");
        let file = script.get(&format!("/people/import/{id}/problems.csv")).await?.text().await?;
        ensure!(file.contains("1502,role,emperor,"), "{file}");
        let refused = script.post("/api/people/start_import", &json!({ "id": id, "mode": "all" })).await?;
        ensure!(refused.status() == 400, "{}", refused.status());
        script.call("/api/people/start_import", &json!({ "id": id, "mode": "good" })).await?;
        wait::until("the first batches", PATIENCE, async || {
            let found = script.call("/api/people/get_import", &json!({ "id": id })).await?;
            Ok(found["import"]["imported"].as_i64().filter(|count| *count >= 200))
        })
        .await?;
        server.process.kill()?;
        let server = setup.serve().await?;
        let script = Browser::with_token(&server.url, &setup_token(&setup)?)?;
        let done = wait::until("the rest", PATIENCE, async || {
            let found = script.call("/api/people/get_import", &json!({ "id": id })).await?;
            Ok((found["import"]["status"] == "done").then_some(found))
        })
        .await?;
        ensure!(done["import"]["imported"] == 2999 && done["import"]["wrong"] == 1, "{}", done["import"]);
        let mut peek = Peek::open(&setup).await?;
        let tenant = peek.tenant("Acme").await?;
        let rows = peek.of_tenant(&tenant).await?;
        let people = rows["people_user"].iter().filter(|row| row.contains("@many.example")).count();
        ensure!(people == 2999, "{people} people");
    }
    Ok(())
}

/// Another token: the first one was printed once.
fn setup_token(setup: &Setup) -> Result<String> {
    let printed = setup.run(&["token", "create", "--user", "owner@acme.example", "--name", "after"], "")?;
    printed.split_whitespace().find(|word| word.starts_with("sbt_")).map(str::to_owned).context("a token")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sets_how_many_licences_there_are() -> Result<()> {
    for database in Database::both("licences").await? {
        let folder = tempfile::tempdir()?;
        let (setup, _server, script) = start(folder.path(), database).await?;
        let printed = setup.run(&["tenant", "licences", "--tenant", "Acme", "--contact-center", "1"], "")?;
        ensure!(
            printed.contains("Contact Center: 0 assigned, 1 in all.") && printed.contains("Interact: 0 assigned, unlimited in all."),
            "{printed}"
        );
        let ask = async |email: &str| {
            script.post("/api/people/invite", &json!({ "email": email, "role": "agent", "contact_center": true, "by": "link" })).await
        };
        let (a, b) = tokio::join!(ask("a@acme.example"), ask("b@acme.example"));
        let mut answers = [a?.status().as_u16(), b?.status().as_u16()];
        answers.sort_unstable();
        ensure!(answers == [200, 400], "{answers:?}");
        let counts = script.call("/api/people/licences", &json!({})).await?;
        ensure!(counts[0]["assigned"] == 1 && counts[0]["total"] == 1, "{counts}");
        let refused = setup.refused(&["tenant", "licences", "--tenant", "Nowhere", "--interact", "3"], "")?;
        ensure!(refused.contains("There is no tenant of this name."), "{refused}");
        setup.refused(&["tenant", "licences", "--tenant", "Acme", "--interact", "many"], "")?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_leaves_as_a_file_and_comes_back_as_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_setup, _server, script) = start(folder.path(), Database::Sqlite).await?;
    let (id, _) = invite(&script, "ivy@acme.example").await?;
    let file = script.get("/people/export.csv?status=invited").await?.text().await?;
    ensure!(file.starts_with("email,name,role,licences,teams,status,created,last_seen\r\nivy@acme.example,ivy,agent,,,invited,"), "{file}");
    script.call("/api/people/revoke_invitation", &json!({ "id": id })).await?;
    let import = check_import(&script, file).await?;
    let found = script.call("/api/people/get_import", &json!({ "id": import })).await?;
    ensure!(found["import"]["total"] == 1 && found["import"]["wrong"] == 0, "{found}");
    let template = script.get("/people/import/template.csv").await?.text().await?;
    let import = check_import(&script, template).await?;
    ensure!(script.call("/api/people/get_import", &json!({ "id": import })).await?["import"]["wrong"] == 0, "the template is wrong");
    Ok(())
}
