//! Sessions and the brake on guessing.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::switchboard::{Database, PASSWORD, Switchboard};

use crate::fresh;

async fn attempt(server: &Switchboard, email: &str, password: &str) -> Result<(u16, Option<u64>, Value)> {
    let answer = server.browser()?.post("/api/auth/sign_in", &json!({ "email": email, "password": password })).await?;
    let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    Ok((answer.status().as_u16(), wait, answer.json().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_across_a_restart() -> Result<()> {
    for database in Database::both("throttle").await? {
        let (_folder, setup) = fresh(database)?;
        setup.owner_token("Acme", "ann@acme.example")?;
        setup.run(&["owner", "create", "--tenant", "Acme", "--email", "bob@acme.example", "--password-stdin"], PASSWORD)?;
        let server = setup.serve().await?;
        let mut known = Vec::new();
        for _ in 0..5 {
            known.push(attempt(&server, "ann@acme.example", "a wrong sentence").await?);
        }
        ensure!(known.iter().all(|(status, _, problem)| *status == 400 && problem["field"] == "email"), "{known:?}");
        // An address without an account is refused in the same words, and counted alike.
        let (_, _, unknown) = attempt(&server, "nobody@acme.example", "a wrong sentence").await?;
        assert_eq!(known[0].2, unknown);
        let (status, wait, problem) = attempt(&server, "Ann@Acme.example", PASSWORD).await?;
        ensure!(status == 429 && problem["code"] == "busy" && wait.is_some_and(|wait| (1..=60).contains(&wait)), "{status} {wait:?} {problem}");
        drop(server);
        let server = setup.serve().await?;
        let (status, _, problem) = attempt(&server, "ann@acme.example", PASSWORD).await?;
        ensure!(status == 429, "a restart forgets the guesses: {status} {problem}");
        // Others are not held up.
        server.browser()?.sign_in("bob@acme.example", PASSWORD).await?;
    }
    Ok(())
}

/// The whole `Set-Cookie` of a sign-in.
async fn cookie(server: &Switchboard, origin: &str) -> Result<String> {
    let request = server.browser()?.request(Method::POST, "/api/auth/sign_in").header("accept", "application/json").header("origin", origin);
    let answer = request.json(&json!({ "email": "ann@acme.example", "password": PASSWORD })).send().await?;
    ensure!(answer.status() == 200, "{}", answer.text().await?);
    Ok(answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_cookie_is_for_this_host_and_not_for_script() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    setup.owner_token("Acme", "ann@acme.example")?;
    let server = setup.serve().await?;
    let plain = cookie(&server, &server.url).await?;
    let attributes: Vec<_> = plain.split("; ").collect();
    ensure!(attributes[0].starts_with("switchboard=") && attributes[0].len() > 50, "{plain}");
    for wanted in ["Path=/", "HttpOnly", "SameSite=Lax"] {
        ensure!(attributes.contains(&wanted), "{wanted} is missing: {plain}");
    }
    ensure!(attributes.iter().any(|one| one.starts_with("Max-Age=")) && !plain.contains("Domain") && !plain.contains("Secure"), "{plain}");
    drop(server);
    let setup = setup.with("SWITCHBOARD_PUBLIC_URL", "https://desk.example");
    let server = setup.serve().await?;
    let secure = cookie(&server, "https://desk.example").await?;
    ensure!(
        secure.starts_with("__Host-switchboard=") && secure.contains("; Secure") && secure.contains("; HttpOnly") && secure.contains("; Path=/;"),
        "{secure}"
    );
    ensure!(!secure.contains("Domain"), "{secure}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended() -> Result<()> {
    for database in Database::both("sessions").await? {
        let (_folder, setup) = fresh(database)?;
        setup.owner_token("Acme", "ann@acme.example")?;
        let server = setup.serve().await?;
        let (here, there, third) = (server.browser()?, server.browser()?, server.browser()?);
        for browser in [&here, &there, &third] {
            browser.sign_in("ann@acme.example", PASSWORD).await?;
        }
        let ended = async |browser: &tests::browserless::Browser| -> Result<bool> {
            Ok(browser.post("/api/account/list_sessions", &json!({})).await?.status() == 401)
        };
        let list = there.call("/api/account/list_sessions", &json!({})).await?;
        ensure!(
            list.as_array().map(Vec::len) == Some(3)
                && list.as_array().is_some_and(|all| all.iter().filter(|one| one["current"] == true).count() == 1),
            "{list}"
        );
        let own = list.as_array().and_then(|all| all.iter().find(|one| one["current"] == true)).map(|one| one["id"].clone());
        here.call("/api/account/revoke_session", &json!({ "id": own })).await?;
        ensure!(ended(&there).await? && !ended(&here).await? && !ended(&third).await?);
        let new = "quite another sentence";
        here.call("/api/account/change_password", &json!({ "old_password": PASSWORD, "new_password": new })).await?;
        ensure!(ended(&third).await? && !ended(&here).await?, "a new password ends the other sessions and not this one");
        ensure!(there.sign_in("ann@acme.example", PASSWORD).await.is_err());
        there.sign_in("ann@acme.example", new).await?;
    }
    Ok(())
}
