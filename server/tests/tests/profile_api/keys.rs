//! Which key opens what, and for how long.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::switchboard::Database;

use crate::{Desk, Importer, PROFILES, key_of};

async fn without_key(desk: &Desk, header: Option<(&str, &str)>, method: Method, path: &str) -> Result<(u16, Value)> {
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", desk.server.url));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_key_opens_nothing() -> Result<()> {
    for database in Database::both("profiles_keys").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        let (key, one) = (desk.importer.key.clone(), format!("{PROFILES}/1"));
        let routes = [
            (Method::POST, PROFILES),
            (Method::PUT, PROFILES),
            (Method::GET, PROFILES),
            (Method::DELETE, PROFILES),
            (Method::GET, one.as_str()),
            (Method::DELETE, one.as_str()),
            (Method::GET, "/resources/v2/profile/status/x"),
        ];
        for (method, path) in &routes {
            let (status, problem) = without_key(&desk, None, method.clone(), path).await?;
            ensure!(status == 401 && problem["code"] == "7002", "{method} {path}: {status} {problem}");
            let (status, problem) = without_key(&desk, Some(("key", "sbp_wrong")), method.clone(), path).await?;
            ensure!(status == 401 && problem["code"] == "7001", "{method} {path}: {status} {problem}");
        }
        let bearer = format!("Bearer {key}");
        let (status, problem) = without_key(&desk, Some(("authorization", &bearer)), Method::GET, &one).await?;
        ensure!(status == 401 && problem["code"] == "7002", "a key is no token: {status} {problem}");
        // The reference writes either header.
        for name in ["key", "secretKey"] {
            let (status, problem) = without_key(&desk, Some((name, &key)), Method::GET, &one).await?;
            ensure!(status == 404 && problem["code"] == "7014", "{name}: {status} {problem}");
        }
        // Who tries keys is slowed down; whoever has one is not.
        let mut last = 0;
        for _ in 0..60 {
            last = without_key(&desk, Some(("key", "sbp_guess")), Method::GET, &one).await?.0;
        }
        ensure!(last == 429, "sixty wrong keys: {last}");
        let answer = reqwest::Client::new().get(format!("{}{one}", desk.server.url)).header("key", "sbp_guess").send().await?;
        let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
        ensure!(wait.is_some_and(|seconds| (1..=3600).contains(&seconds)), "{wait:?}");
        ensure!(desk.importer.get("/1").await?.0 == 404);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_works_until_its_end() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::open(folder.path(), Database::Sqlite).await?;
    let old = &desk.importer;
    let refused = desk.owner.post("/api/tenant/rotate_profile_key", &json!({ "overlap_hours": "169" })).await?;
    ensure!(refused.status() == 400 && refused.json::<Value>().await?["field"] == "overlap_hours");
    desk.owner.call("/api/tenant/rotate_profile_key", &json!({ "overlap_hours": "1" })).await?;
    let new = Importer::new(&desk.server, &key_of(&desk.owner).await?)?;
    ensure!(old.key != new.key && old.get("/1").await?.0 == 404 && new.get("/1").await?.0 == 404, "both work");
    let keys = desk.owner.call("/api/tenant/profile_keys", &json!({})).await?;
    ensure!(!keys.to_string().contains(&new.key) && keys["present"]["last_used"].is_object(), "{keys}");
    let id = keys["replaced"][0]["id"].as_str().context("the old key is listed")?;
    desk.owner.call("/api/tenant/end_profile_key", &json!({ "id": id })).await?;
    let (status, problem) = old.get("/1").await?;
    ensure!(status == 401 && problem["code"] == "7001", "{status} {problem}");
    desk.owner.call("/api/tenant/rotate_profile_key", &json!({ "overlap_hours": "0" })).await?;
    ensure!(new.get("/1").await?.0 == 401, "no overlap was asked for");
    // The audit log knows each look and each change, and no key.
    let log = desk.owner.call("/api/audit/list", &json!({ "action": "tenant.profile_key" })).await?.to_string();
    for action in ["revealed", "rotated", "ended"] {
        ensure!(log.contains(&format!("tenant.profile_key.{action}")), "{action}: {log}");
    }
    ensure!(!log.contains(&new.key) && !log.contains(&old.key) && !desk.server.process.output().contains(&new.key), "a key is in a log");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_its_own_tenant_alone() -> Result<()> {
    for database in Database::both("profiles_cross").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        let stranger = desk.server.script(&desk.setup.owner_token("Zenith", "owner@zenith.example")?)?;
        let stranger = Importer::new(&desk.server, &key_of(&stranger).await?)?;
        let transid = desk.importer.accepted(Method::POST, json!([{ "customerId": "1", "Attributes": { "name": "Alpha" } }])).await?;
        desk.importer.outcome(&transid).await?;
        let (status, problem) = stranger.status(&transid).await?;
        ensure!(status == 404 && problem["code"] == "7600" && !problem.to_string().contains("Alpha"), "{status} {problem}");
        let (status, problem) = stranger.get("/1").await?;
        ensure!(status == 404 && problem["code"] == "7014", "{status} {problem}");
        let (_, reply) = stranger.send(Method::DELETE, &format!("{PROFILES}/1"), None).await?;
        let outcome = stranger.outcome(reply["transid"].as_str().context("an id")?).await?;
        ensure!(outcome["code"] == "7014", "{outcome}");
        let changed = stranger.accepted(Method::PUT, json!([{ "customerId": "1", "Attributes": { "name": "Beta" } }])).await?;
        ensure!(stranger.outcome(&changed).await?["code"] == "7014");
        ensure!(desk.importer.get("/1").await?.1.to_string().contains("Alpha"), "it is still there, and unchanged");
        let created = stranger.accepted(Method::POST, json!([{ "customerId": "1", "Attributes": { "name": "Beta" } }])).await?;
        ensure!(stranger.outcome(&created).await?["code"] == "1000", "the id is free in each tenant");
    }
    Ok(())
}
