//! Invariant 4: secrets are planted, then everything that was logged, answered and stored is searched for them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    office::{Office, RouteFields},
    organisation::{Kind, Organisation},
    peers::{
        OidcProvider, Sink,
        oidc::{CLIENT, CLIENT_SECRET, Visitor},
    },
    rows::Peek,
    switchboard::{Database, PASSWORD},
};

use crate::fresh;

const SMTP_PASSWORD: &str = "Smtp-Wort-73951-geheim";
const TYPED_WRONG: &str = "Vertippt-8842-fast-richtig";
const NEW_PASSWORD: &str = "Neues-Kennwort-5517-lang";
const WRONG_KEY: &str = "sbp_Falscher-Schluessel-28415";
const MAIL_BODY: &str = "koerper-des-briefes-60713";

/// What a secret looks like when something encodes it on the way.
fn disguises(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    // SASL PLAIN puts names before it, so it may begin at any of three places of a Base64 group.
    let shifted = ["", "\0", "\0\0"].map(|before| STANDARD_NO_PAD.encode(format!("{before}{secret}")));
    let inner = shifted.into_iter().enumerate().map(|(skip, text)| text.chars().skip(skip + 1).take(secret.len()).collect());
    [secret.to_owned(), hex.clone(), hex.to_uppercase(), URL_SAFE_NO_PAD.encode(secret), STANDARD.encode(secret)].into_iter().chain(inner).collect()
}

fn ensure_absent(place: &str, text: &str, secrets: &[(&str, String)]) -> Result<()> {
    for (name, secret) in secrets {
        for disguise in disguises(secret) {
            if let Some(at) = text.find(&disguise) {
                let around: String = text.chars().skip(text[..at].chars().count().saturating_sub(120)).take(300).collect();
                anyhow::bail!("{place} holds the {name} as {disguise:?}: …{around}…");
            }
        }
    }
    Ok(())
}

#[test]
fn the_search_finds_what_is_hidden() {
    let planted = [("secret", SMTP_PASSWORD.to_owned())];
    for text in [
        SMTP_PASSWORD.to_owned(),
        STANDARD.encode(format!("\0user\0{SMTP_PASSWORD}")),
        STANDARD.encode(format!("\0u\0{SMTP_PASSWORD}")),
        STANDARD.encode(format!("\0us\0{SMTP_PASSWORD}")),
    ] {
        assert!(ensure_absent("here", &format!("before {text} after"), &planted).is_err(), "{text}");
    }
    assert!(ensure_absent("here", "nothing", &planted).is_ok());
}

/// Every reading endpoint and page, as text.
async fn everything_shown(script: &Browser, browser: &Browser, organisation: &Organisation, asset: &str) -> Result<String> {
    let mut shown = String::new();
    let reads = [
        ("people/list", json!({})),
        ("people/get", json!({ "id": organisation.id(Kind::User) })),
        ("account/list_tokens", json!({})),
        ("account/list_sessions", json!({})),
        ("tenant/get", json!({})),
        ("tenant/profile_keys", json!({})),
        ("tenant/get_sso", json!({})),
        ("people/list_profiles", json!({})),
        ("people/get_profile", json!({ "id": organisation.id(Kind::Profile) })),
        ("audit/list", json!({})),
        ("email/list_assets", json!({})),
        ("email/get_asset", json!({ "id": asset })),
        ("email/list_messages", json!({})),
        ("email/list_threads", json!({})),
        ("email/list_log", json!({ "asset": asset })),
    ];
    for (path, body) in reads {
        shown.push_str(&script.call(&format!("/api/{path}"), &body).await?.to_string());
    }
    for path in ["/audit/export.csv", "/people/profiles/export.csv", "/metrics", "/openapi.json"] {
        shown.push_str(&script.get(path).await?.text().await?);
    }
    for path in [
        "/",
        "/people",
        "/account",
        "/tenant",
        "/tenant/keys",
        "/tenant/sign-in",
        "/audit",
        &format!("/email/assets/{asset}"),
        &format!("/email/assets/{asset}/log"),
    ] {
        let answer = browser.request(reqwest::Method::GET, path).header("accept", "text/html").send().await?;
        ensure!(answer.status() == 200, "{path} {}", answer.status());
        shown.push_str(&answer.text().await?);
    }
    Ok(shown)
}

/// The client secret: refused beside a field that does not fit, by script and by a form without it; saved; sent to the provider by a sign-in.
async fn single_sign_on(console: &str, folder: &Path, browser: &Browser) -> Result<String> {
    let mut answers = String::new();
    let people = json!({ "s-ann": { "email": "ann@acme.example", "email_verified": true, "name": "Ann", "groups": [] } });
    let provider = OidcProvider::start(folder, &[format!("{console}/sign-in/sso/acme/callback")], &people, "RS256", false)?;
    let form = json!({
        "active": "true", "slug": "acme", "issuer": provider.issuer, "client": CLIENT, "client_secret": CLIENT_SECRET, "default_role": "agent",
        "makes_users": "true",
    });
    let mut refused = form.clone();
    refused["slug"] = json!("Not A Slug");
    let answer = browser.post("/api/tenant/save_sso", &refused).await?;
    ensure!(answer.status() == 400, "{}", answer.status());
    answers.push_str(&answer.text().await?);
    let fields: Vec<(&str, &str)> =
        refused.as_object().context("a form")?.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect();
    let back = browser.submit("/tenant/sign-in", "/api/tenant/save_sso", &fields).await?;
    answers.push_str(&format!("{:?}", back.headers()));
    answers.push_str(&browser.request(reqwest::Method::GET, "/tenant/sign-in").header("accept", "text/html").send().await?.text().await?);
    browser.call("/api/tenant/save_sso", &form).await?;
    let visitor = Visitor::new(console)?;
    let landed = visitor.sign_in("/sign-in/sso/acme/start?next=/email", "s-ann").await?;
    ensure!(landed == "/email", "the secret was not used: {landed}\n{}", provider.log());
    Ok(answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_found_nowhere() -> Result<()> {
    for database in Database::both("secrets").await? {
        let (folder, setup) = fresh(database)?;
        let setup = setup.with("SWITCHBOARD_LOG_LEVEL", "trace").with("SWITCHBOARD_OUTBOUND_ALLOW", "127.0.0.1");
        let sink = Sink::counting(folder.path())?;
        let token = setup.owner_token("Acme", "owner@acme.example")?;
        let server = setup.serve().await?;
        let organisation = Organisation::fill(folder.path(), &server, &token, "acme", sink.port).await?;
        let script = &organisation.office.script;
        let browser = server.browser()?;
        let cookie = browser.sign_in("owner@acme.example", PASSWORD).await?;
        let cookie = cookie.split_once('=').context("a cookie")?.1.to_owned();
        let mut answers = String::new();

        // A route whose server does not know the password, tested and used.
        let route = RouteFields { username: "mailer", password: SMTP_PASSWORD, ..RouteFields::plain(sink.port) };
        let office = Office::open(server.script(&token)?, "secret@acme.example", &route).await?;
        answers.push_str(&format!("{:?}", office.probe().await?));
        let form = json!({ "id": office.asset, "name": "Office", "email_address": office.address, "smtp_host": "127.0.0.1", "smtp_port": sink.port.to_string(), "security": "none", "username": "mailer", "password": SMTP_PASSWORD });
        answers.push_str(&script.post("/api/email/test_connection", &form).await?.text().await?);
        let mut refused = form.clone();
        refused["smtp_port"] = json!("none");
        answers.push_str(&script.post("/api/email/create_asset", &refused).await?.text().await?);
        let id = office.send("bob@peer.example", "Hello", MAIL_BODY).await?;
        tests::wait::until("an attempt", std::time::Duration::from_secs(20), async || {
            let message = office.message(&id).await?;
            Ok((!message["row"]["last_reply"].as_str().unwrap_or_default().is_empty() || message["row"]["status"] == "submitted").then_some(()))
        })
        .await?;

        // Signing in, mistyped; a password changed; a person made; a form without script that comes back with what was typed.
        let wrong = json!({ "email": "owner@acme.example", "password": TYPED_WRONG });
        answers.push_str(&browser.post("/api/auth/sign_in", &wrong).await?.text().await?);
        answers.push_str(
            &browser
                .post("/api/account/change_password", &json!({ "old_password": TYPED_WRONG, "new_password": NEW_PASSWORD }))
                .await?
                .text()
                .await?,
        );
        let user =
            json!({ "id": organisation.id(Kind::User), "name": "Agent", "email": "agent@acme.example", "role": "agent", "password": NEW_PASSWORD });
        script.call("/api/people/update", &user).await?;
        let back = browser
            .submit("/people/new", "/api/people/create", &[("name", "X"), ("email", "no address"), ("role", "agent"), ("password", NEW_PASSWORD)])
            .await?;
        answers.push_str(&format!("{:?}", back.headers()));
        answers.push_str(&browser.request(reqwest::Method::GET, "/people/new").header("accept", "text/html").send().await?.text().await?);
        answers.push_str(&single_sign_on(&setup.url(), folder.path(), &browser).await?);
        answers.push_str(&everything_shown(script, &browser, &organisation, &office.asset).await?);

        // Seen by whoever may, used once, and a wrong one tried.
        let key = script.call("/api/tenant/reveal_profile_key", &json!({})).await?.as_str().context("a key")?.to_owned();
        for given in [key.as_str(), WRONG_KEY] {
            let answer = reqwest::Client::new().get(format!("{}/resources/v2/customerprofile/1", server.url)).header("key", given).send().await?;
            answers.push_str(&answer.text().await?);
        }
        // An invitation: its page is opened, its link stands in the one answer alone.
        let asked = json!({ "email": "invited@acme.example", "role": "agent", "by": "link" });
        let invited = script.call("/api/people/invite", &asked).await?;
        let invitation = invited["link"].as_str().and_then(|link| link.rsplit('/').next()).context("a link")?.to_owned();
        server.browser()?.request(reqwest::Method::GET, &format!("/invitation/{invitation}")).header("accept", "text/html").send().await?;

        let mut secrets = vec![
            ("profile key", key),
            ("wrong profile key", WRONG_KEY.to_owned()),
            ("owner's password", PASSWORD.to_owned()),
            ("SMTP password", SMTP_PASSWORD.to_owned()),
            ("OIDC client secret", CLIENT_SECRET.to_owned()),
            ("mistyped password", TYPED_WRONG.to_owned()),
            ("new password", NEW_PASSWORD.to_owned()),
            ("API token", token.clone()),
            ("session cookie", cookie),
            ("invitation's secret", invitation),
        ];
        ensure_absent("an answer", &answers, &secrets)?;
        let stored = format!("{:?}", Peek::open(&setup).await?.everything().await?);
        ensure_absent("the database", &stored, &secrets)?;
        secrets.push(("body of a mail", MAIL_BODY.to_owned()));
        secrets.push(("body of a received mail", "Words of acme".to_owned()));
        let log = server.process.output();
        ensure!(log.lines().count() > 50, "hardly anything is logged:\n{log}");
        ensure_absent("the log", &log, &secrets)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    let script = server.script(&token)?;
    let made = script.call("/api/account/create_token", &json!({ "name": "n", "capabilities": ["email.read"] })).await?;
    let secret = made["secret"].as_str().context("a secret")?.to_owned();
    let list = script.call("/api/account/list_tokens", &json!({})).await?;
    let prefix = list.as_array().and_then(|all| all.iter().find(|one| one["id"] == made["token"]["id"])).map(|one| one["prefix"].clone());
    ensure!(prefix.as_ref().and_then(Value::as_str).is_some_and(|prefix| secret.starts_with(prefix) && prefix.len() <= 12), "{prefix:?}");
    ensure!(!list.to_string().contains(&secret), "the secret is in the list");
    Ok(())
}
