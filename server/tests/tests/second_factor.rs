//! Second factors, required second factors and reset links on the built binary, with plain forms and with scripts.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    authenticator::Authenticator,
    browserless::Browser,
    switchboard::{Database, PASSWORD, Setup, Switchboard},
};

const OWNER: &str = "owner@acme.example";

async fn start(folder: &std::path::Path, database: Database) -> Result<(Setup, Switchboard, String)> {
    let setup = Setup::new(folder, database)?;
    let token = setup.owner_token("Acme", OWNER)?;
    let server = setup.serve().await?;
    Ok((setup, server, token))
}

/// Sets up an app in a signed-in browser; the app and the recovery codes.
async fn enrol(browser: &Browser) -> Result<(Authenticator, Vec<String>)> {
    browser.call("/api/account/start_totp", &json!({})).await?;
    let security = browser.call("/api/account/security", &json!({})).await?;
    let secret = security["pending"]["secret"].as_str().with_context(|| format!("no secret: {security}"))?;
    let app = Authenticator::typed(secret)?;
    let codes = browser.call("/api/account/confirm_totp", &json!({ "code": app.code(0)? })).await?;
    Ok((app, serde_json::from_value(codes)?))
}

fn location(answer: &reqwest::Response) -> String {
    answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn is_in(browser: &Browser) -> Result<bool> {
    Ok(browser.post("/api/account/list_sessions", &json!({})).await?.status() == 200)
}

/// The first step: answers where to go, and gives no session.
async fn first_step(server: &Switchboard) -> Result<Browser> {
    let browser = server.browser()?;
    let next = browser.call("/api/auth/sign_in", &json!({ "email": OWNER, "password": PASSWORD, "next": "/audit" })).await?;
    ensure!(next == "/sign-in/second?next=%2Faudit", "{next}");
    ensure!(!is_in(&browser).await?, "a password alone signs in");
    Ok(browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_asked_for_and_counts_once() -> Result<()> {
    for database in Database::both("second").await? {
        let folder = tempfile::tempdir()?;
        let (_setup, server, token) = start(folder.path(), database).await?;
        let browser = server.browser()?;
        browser.sign_in(OWNER, PASSWORD).await?;
        let (app, codes) = enrol(&browser).await?;
        ensure!(codes.len() == 10, "{codes:?}");

        let second = first_step(&server).await?;
        let wrong = second.post("/api/auth/second_step", &json!({ "code": "000000" })).await?;
        ensure!(wrong.status() == 400 && wrong.json::<Value>().await?["field"] == "code");
        let code = app.code(1)?;
        let next = second.call("/api/auth/second_step", &json!({ "code": code, "next": "/audit" })).await?;
        ensure!(next == "/audit" && is_in(&second).await?, "{next}");

        // The same code, and a ticket that is used up.
        let third = first_step(&server).await?;
        ensure!(third.post("/api/auth/second_step", &json!({ "code": code })).await?.status() == 400, "a code counts twice");
        third.call("/api/auth/second_step", &json!({ "code": codes[0] })).await?;
        ensure!(third.post("/api/auth/second_step", &json!({ "code": codes[1] })).await?.status() == 400, "a ticket counts twice");
        // A ticket is the browser's own.
        ensure!(server.browser()?.post("/api/auth/second_step", &json!({ "code": codes[1] })).await?.status() == 400);
        // A token is outside of it, and changes none of it.
        let script = server.script(&token)?;
        ensure!(is_in(&script).await? && script.post("/api/account/remove_totp", &json!({})).await?.status() == 409);
        let history = third.call("/api/account/sign_in_history", &json!({})).await?;
        let methods: Vec<_> =
            history.as_array().context("a list")?.iter().map(|event| (event["method"].clone(), event["succeeded"].clone())).collect();
        ensure!(methods[0] == (json!("password_recovery"), json!(true)) && methods[1] == (json!("password_totp"), json!(false)), "{history}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_steps_are_plain_forms() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_setup, server, _token) = start(folder.path(), Database::Sqlite).await?;
    let browser = server.browser()?;
    browser.sign_in(OWNER, PASSWORD).await?;
    let (app, _codes) = enrol(&browser).await?;
    let plain = server.browser()?;
    let first = [("email", OWNER), ("password", PASSWORD), ("next", "/people"), ("_next", "{answer}")];
    let answer = plain.submit("/sign-in", "/api/auth/sign_in", &first).await?;
    ensure!(answer.status() == 303 && location(&answer) == "/sign-in/second?next=%2Fpeople", "{} {}", answer.status(), location(&answer));
    let page = plain.request(Method::GET, "/sign-in/second?next=%2Fpeople").header("accept", "text/html").send().await?.text().await?;
    ensure!(page.contains("Signing in as owner@acme.example") && page.contains("name=\"code\""), "{page}");
    let wrong = [("code", "000000"), ("next", "/people"), ("_next", "{answer}")];
    let answer = plain.submit("/sign-in/second?next=%2Fpeople", "/api/auth/second_step", &wrong).await?;
    ensure!(location(&answer) == "/sign-in/second?next=%2Fpeople", "{}", location(&answer));
    let code = app.code(1)?;
    let right = [("code", code.as_str()), ("next", "/people"), ("_next", "{answer}")];
    let answer = plain.submit("/sign-in/second?next=%2Fpeople", "/api/auth/second_step", &right).await?;
    ensure!(location(&answer) == "/people" && is_in(&plain).await?, "{}", location(&answer));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_second_factor_closes_everything_but_the_own_account() -> Result<()> {
    for database in Database::both("required").await? {
        let folder = tempfile::tempdir()?;
        let (_setup, server, token) = start(folder.path(), database).await?;
        let browser = server.browser()?;
        browser.sign_in(OWNER, PASSWORD).await?;
        browser.call("/api/tenant/set_security", &json!({ "required": true, "grace_days": 0 })).await?;
        let policy = browser.post("/api/tenant/security", &json!({})).await?;
        ensure!(policy.status() == 404, "a session without a second factor reads on: {}", policy.status());
        let page = browser.request(Method::GET, "/people").header("accept", "text/html").send().await?;
        ensure!(page.status() == 303 && location(&page) == "/account?tab=security", "{} {}", page.status(), location(&page));
        let html = browser.request(Method::GET, "/account?tab=security").header("accept", "text/html").send().await?.text().await?;
        ensure!(html.contains("Set up a second factor to go on"), "{html}");
        let again = server.browser()?;
        let next = again.call("/api/auth/sign_in", &json!({ "email": OWNER, "password": PASSWORD, "next": "/audit" })).await?;
        ensure!(next == "/account?tab=security&next=%2Faudit", "{next}");
        // Scripts go on.
        ensure!(server.script(&token)?.post("/api/tenant/security", &json!({})).await?.status() == 200);
        enrol(&again).await?;
        ensure!(again.post("/api/tenant/security", &json!({})).await?.status() == 200, "open again");
        ensure!(!is_in(&browser).await?, "the other session has ended");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_link_of_the_command_line_works_once() -> Result<()> {
    for database in Database::both("resetlink").await? {
        let folder = tempfile::tempdir()?;
        let (setup, server, _token) = start(folder.path(), database).await?;
        let signed_in = server.browser()?;
        signed_in.sign_in(OWNER, PASSWORD).await?;
        let printed = setup.run(&["password", "reset", "--email", OWNER], "")?;
        let token = printed.trim().rsplit('/').next().unwrap_or_default().to_owned();
        ensure!(printed.starts_with(&format!("{}/reset/", server.url)) && token.len() == 43, "{printed}");
        let refused = setup.refused(&["password", "reset", "--email", "nobody@acme.example"], "")?;
        ensure!(refused.contains("No active account"), "{refused}");
        let new = "seven herons at the lock gate";
        let common = signed_in.post("/api/auth/reset_password", &json!({ "token": token, "password": "passwordpassword" })).await?;
        ensure!(common.status() == 400, "a common password is taken");
        let browser = server.browser()?;
        let next = browser.call("/api/auth/reset_password", &json!({ "token": token, "password": new })).await?;
        ensure!(next == "/sign-in?reset=done", "{next}");
        ensure!(browser.post("/api/auth/reset_password", &json!({ "token": token, "password": new })).await?.status() == 400, "a link works twice");
        ensure!(!is_in(&signed_in).await?, "sessions end with the old password");
        ensure!(browser.sign_in(OWNER, PASSWORD).await.is_err());
        browser.sign_in(OWNER, new).await?;
        // Whoever asks is told the same for anybody, and logs hold no token.
        for email in [OWNER, "nobody@acme.example"] {
            let answer = browser.post("/api/auth/forgot_password", &json!({ "email": email })).await?;
            ensure!(answer.status() == 200 && answer.text().await? == "null", "{email}");
        }
        ensure!(!server.process.output().contains(&token), "the log holds the token of the link");
    }
    Ok(())
}
