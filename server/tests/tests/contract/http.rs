//! Health, metrics, the shape of answers, and the headers on them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    proxy::Proxy,
    switchboard::{Database, Setup},
    wait,
};

use crate::fresh;

#[tokio::test(flavor = "multi_thread")]
async fn the_service_tells_how_it_is() -> Result<()> {
    for database in Database::both("health").await? {
        let (_folder, setup) = fresh(database)?;
        let server = setup.serve().await?;
        let browser = server.browser()?;
        for path in ["/healthz", "/readyz"] {
            ensure!(browser.get(path).await?.status() == 200, "{path}");
        }
        let metrics = browser.get("/metrics").await?;
        let kind = metrics.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        ensure!(metrics.status() == 200 && kind.starts_with("text/plain; version=0.0.4"), "{} {kind}", metrics.status());
        let text = metrics.text().await?;
        ensure!(text.contains("# TYPE http_requests_total counter"), "{text}");
        ensure!(text.contains("http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"}"), "{text}");
        // A proxy on this machine speaks for others.
        let proxied = browser.request(Method::GET, "/metrics").header("x-forwarded-for", "203.0.113.9").send().await?;
        ensure!(proxied.status() == 404, "metrics are shown to others: {}", proxied.status());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn not_ready_while_postgresql_is_away() -> Result<()> {
    let Database::Postgres(url) = Database::postgres("away").await? else { anyhow::bail!("not PostgreSQL") };
    let (scheme, rest) = url.split_once("://").context("a URL")?;
    let (user, rest) = rest.split_once('@').context("a user")?;
    let (host, name) = rest.split_once('/').context("a database")?;
    let mut proxy = Proxy::start(host).await?;
    let (_folder, setup) = fresh(Database::Postgres(format!("{scheme}://{user}@127.0.0.1:{}/{name}", proxy.port)))?;
    let token = setup.owner_token("Acme", "ann@acme.example")?;
    let server = setup.serve().await?;
    let (browser, script) = (server.browser()?, server.script(&token)?);
    let becomes = async |expected: u16| {
        let ask = async || Ok((browser.get("/readyz").await?.status() == expected).then_some(()));
        wait::until(&format!("/readyz to answer {expected}"), Duration::from_secs(30), ask).await.with_context(|| server.process.output())
    };
    proxy.close().await;
    becomes(503).await?;
    // Who asks for readiness does not wait long for it: a slow "no" counts as no answer.
    let asked = std::time::Instant::now();
    becomes(503).await?;
    ensure!(asked.elapsed() < Duration::from_secs(4), "the answer took {:?}", asked.elapsed());
    ensure!(browser.get("/healthz").await?.status() == 200, "the process is alive, whatever its database does");
    let refused = script.post("/api/tenant/get", &json!({})).await?;
    let (status, problem) = (refused.status(), refused.json::<Value>().await?);
    ensure!(status == 503 && problem["code"] == "unavailable", "{status} {problem}");
    proxy.open().await?;
    becomes(200).await?;
    ensure!(script.call("/api/tenant/get", &json!({})).await?["name"] == "Acme");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_openapi_document_describes_the_public_interface() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let server = setup.serve().await?;
    let answer = server.browser()?.get("/openapi.json").await?;
    ensure!(answer.status() == 200);
    let document: Value = answer.json().await?;
    ensure!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")), "{document}");
    let send = &document["paths"]["/v2/messages"]["post"];
    for status in ["201", "400", "401"] {
        ensure!(send["responses"].get(status).is_some(), "/v2/messages describes no {status}: {send}");
    }
    ensure!(send.get("requestBody").is_some() && send.get("security").is_some(), "/v2/messages: {send}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn json_and_forms_call_the_same_function() -> Result<()> {
    for database in Database::both("encodings").await? {
        let (_folder, setup) = fresh(database)?;
        let token = setup.owner_token("Acme", "ann@acme.example")?;
        let server = setup.serve().await?;
        let script = server.script(&token)?;
        script.call("/api/tenant/update", &json!({ "name": "By JSON & more", "time_zone": "Europe/Zurich" })).await?;
        ensure!(script.call("/api/tenant/get", &json!({})).await?["name"] == "By JSON & more");
        let form =
            script.request(Method::POST, "/api/tenant/update").form(&[("name", "By form: ü+%"), ("time_zone", "Europe/Zurich")]).send().await?;
        ensure!(form.status() == 200, "{}", form.text().await?);
        ensure!(script.call("/api/tenant/get", &json!({})).await?["name"] == "By form: ü+%");
        // Lists and flags too.
        let listed = json!({ "name": "n", "capabilities": ["email.read", "email.send"] });
        let by_json = script.call("/api/account/create_token", &listed).await?;
        let fields = [("name", "n"), ("capabilities[0]", "email.read"), ("capabilities[1]", "email.send")];
        let by_form: Value = script.request(Method::POST, "/api/account/create_token").form(&fields).send().await?.json().await?;
        assert_eq!(by_json["token"]["capabilities"], by_form["token"]["capabilities"]);
        assert_eq!(by_form["token"]["capabilities"], listed["capabilities"]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_one_shape() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let token = setup.owner_token("Acme", "ann@acme.example")?;
    let server = setup.serve().await?;
    let (script, nobody) = (server.script(&token)?, server.browser()?);
    let missing = "00000000-0000-7000-8000-000000000000";
    let check = async |browser: &Browser, path: &str, body: Value, expected: (u16, &str, Option<&str>)| -> Result<()> {
        let answer = browser.post(path, &body).await?;
        let (status, problem) = (answer.status().as_u16(), answer.json::<Value>().await?);
        let found = (status, problem["code"].as_str().unwrap_or_default(), problem.get("field").and_then(Value::as_str));
        ensure!(
            found == expected && problem["message"].as_str().is_some_and(|sentence| sentence.ends_with('.')),
            "{path} {body}: {status} {problem}"
        );
        Ok(())
    };
    check(&nobody, "/api/tenant/get", json!({}), (401, "unauthenticated", None)).await?;
    check(&script, "/api/tenant/fly", json!({}), (404, "not_found", None)).await?;
    check(&script, "/api/people/get", json!({ "id": missing }), (404, "not_found", None)).await?;
    check(&script, "/api/people/get", json!({}), (400, "invalid", Some("id"))).await?;
    check(&script, "/api/tenant/update", json!({ "name": "", "time_zone": "UTC" }), (400, "invalid", Some("name"))).await?;
    check(&script, "/api/tenant/update", json!({ "name": "Acme", "time_zone": "Mars/Base" }), (400, "invalid", Some("time_zone"))).await?;
    check(&script, "/api/account/change_password", json!({ "old_password": "x", "new_password": "short" }), (400, "invalid", Some("new_password")))
        .await?;
    let wrong = json!({ "old_password": "not the one", "new_password": "another sentence of mine" });
    check(&script, "/api/account/change_password", wrong, (400, "invalid", Some("old_password"))).await?;
    let sign_in = json!({ "email": "ann@acme.example", "password": "wrong wrong wrong" });
    check(&nobody, "/api/auth/sign_in", sign_in, (400, "invalid", Some("email"))).await?;
    let oneself = script.call("/api/people/list", &json!({})).await?["items"][0]["id"].clone();
    check(&script, "/api/people/set_active", json!({ "id": oneself, "active": false }), (409, "conflict", None)).await?;
    check(&script, "/api/tenant/update", json!({ "name": "x".repeat(2 * 1024 * 1024) }), (413, "too_large", None)).await?;
    let refused = script.post("/api/tenant/update", &json!({ "name": "x".repeat(2 * 1024 * 1024) })).await?;
    ensure!(header(&refused, "connection") == "close", "the body was not read, and the connection is said to go on");
    let broken = script.request(Method::POST, "/api/tenant/get").header("content-type", "application/json").body("{").send().await?;
    ensure!(broken.status() == 400 && broken.json::<Value>().await?["code"] == "invalid");
    Ok(())
}

const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", ""),
    ("x-request-id", ""),
    ("content-security-policy", ""),
];

/// The value of a header.
fn header(answer: &reqwest::Response, name: &str) -> String {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let token = setup.owner_token("Acme", "ann@acme.example")?;
    let server = setup.serve().await?;
    let script = server.script(&token)?;
    let mut request_ids = std::collections::BTreeSet::new();
    for path in ["/healthz", "/sign-in", "/nowhere", "/people", "/audit/export.csv", "/api/tenant/get", "/openapi.json", "/v2/messages"] {
        let answer = script.get(path).await?;
        for (name, expected) in ALWAYS {
            let value = header(&answer, name);
            ensure!(!value.is_empty() && (expected.is_empty() || value == *expected), "{path}: {name} is {value:?}");
        }
        let policy = header(&answer, "content-security-policy");
        ensure!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{path}: {policy}"
        );
        ensure!(header(&answer, "cache-control").contains("no-store"), "{path} may be cached: {}", header(&answer, "cache-control"));
        ensure!(header(&answer, "strict-transport-security").is_empty(), "{path}: a promise of https on http");
        ensure!(request_ids.insert(header(&answer, "x-request-id")), "{path}: a request id twice");
    }
    drop(server);
    let secure = Setup { environment: [("SWITCHBOARD_PUBLIC_URL".to_owned(), "https://desk.example".to_owned())].into(), ..setup };
    let server = secure.serve().await?;
    let answer = server.browser()?.get("/sign-in").await?;
    ensure!(header(&answer, "strict-transport-security").contains("max-age="), "no promise of https");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_run_nothing_without_the_nonce_of_this_answer() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    setup.owner_token("Acme", "ann@acme.example")?;
    let server = setup.serve().await?;
    let browser = server.browser()?;
    browser.sign_in("ann@acme.example", tests::switchboard::PASSWORD).await?;
    let mut nonces = std::collections::BTreeSet::new();
    for path in ["/", "/", "/people", "/account", "/email/assets/new", "/gallery", "/nowhere"] {
        let answer = browser.request(Method::GET, path).header("accept", "text/html").send().await?;
        let policy = header(&answer, "content-security-policy");
        let html = answer.text().await?;
        let nonce =
            policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).with_context(|| format!("{path}: no nonce in {policy}"))?;
        ensure!(nonce.len() >= 20 && nonces.insert(nonce.to_owned()), "{path}: the nonce {nonce} is short or was used before");
        for piece in html.split("<script").skip(1) {
            let tag = piece.split('>').next().unwrap_or_default();
            ensure!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: a script without the nonce: <script{tag}>");
        }
        ensure!(!html.contains("<style"), "{path}: an inline style sheet");
        for tag in html.split('<').filter_map(|piece| piece.split('>').next()).filter(|tag| !tag.starts_with("script")) {
            let inline = [" style=\"", " onclick=", " onload=", " onerror=", " onsubmit=", " onchange=", "\"javascript:"]
                .iter()
                .find(|word| tag.contains(**word));
            ensure!(inline.is_none(), "{path}: {inline:?} in <{tag}>");
        }
    }
    Ok(())
}
