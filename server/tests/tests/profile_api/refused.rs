//! Refusals: status and code, and nothing kept.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::switchboard::Database;

use crate::{Desk, PROFILES, attribute};

fn people(count: usize) -> Value {
    (0..count).map(|n| json!({ "customerId": format!("c{n}"), "Attributes": { "name": format!("Customer {n}") } })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_of_a_refused_request() -> Result<()> {
    for database in Database::both("profiles_refused").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        let api = &desk.importer;
        for body in ["", "{", "[]", "\"text\"", "{} more"] {
            let (status, problem) = api.send(Method::POST, PROFILES, Some(body.to_owned())).await?;
            ensure!(status == 400 && problem["code"] == "7000", "{body:?}: {status} {problem}");
        }
        let one = |attributes: Value| json!([{ "customerId": "1", "Attributes": attributes }]);
        let cases = [
            (json!([]), "7003"),
            (json!(null), "7003"),
            (json!("x"), "7003"),
            (json!([{ "Attributes": {} }]), "7003"),
            (json!([{ "customerId": "", "Attributes": {} }]), "7003"),
            (json!([{ "customerId": "1" }]), "7003"),
            (one(json!({ "email": "nobody" })), "7011"),
            (one(json!({ "msisdn": "none" })), "7011"),
            (one(json!({ "note": { "a": 1 } })), "7011"),
            (one(json!({ "note": "x".repeat(2001) })), "7011"),
            (people(101), "7012"),
            // A whole customer base at once: refused at once, and said how many are taken.
            (people(10_000), "7012"),
        ];
        for (records, code) in cases {
            let shown: String = records.to_string().chars().take(120).collect();
            let (status, problem) = api.records(Method::POST, records).await?;
            ensure!(status == 400 && problem["code"] == code, "{shown}: {status} {problem}");
            ensure!(problem["message"].as_str().is_some_and(|text| text.len() > 10) && problem["description"].is_string(), "{problem}");
        }
        let (status, problem) = api.records(Method::PUT, people(1001)).await?;
        ensure!(status == 400 && problem["code"] == "7012", "{status} {problem}");
        let big = json!([{ "customerId": "1", "Attributes": { "note": "x".repeat(5 * 1024 * 1024) } }]);
        let (status, problem) = api.records(Method::POST, big).await.unwrap_or((413, json!({ "code": "too_large" })));
        ensure!(status == 413, "{status} {problem}");
        for (query, expected, code) in
            [("", 400, "7003"), ("/", 400, "7003"), ("/1?showinwardlinks=7", 400, "7003"), ("/nobody", 404, "7014"), ("/%FF", 400, "7003")]
        {
            let (status, problem) = api.get(query).await?;
            ensure!(status == expected && problem["code"] == code, "{query}: {status} {problem}");
        }
        let many: String = (0..101).map(|n| format!("&customerId={n}")).collect();
        for method in [Method::GET, Method::DELETE] {
            let (status, problem) = api.send(method, &format!("{PROFILES}?{many}"), None).await?;
            ensure!(status == 400 && problem["code"] == "7012", "{status} {problem}");
        }
        for unknown in ["", "nothing", "0190d2b0-0000-7000-8000-000000000000", "%FF"] {
            let (status, problem) = api.status(unknown).await?;
            ensure!((status == 404 && problem["code"] == "7600") || (unknown == "%FF" && problem["code"] == "7003"), "{unknown}: {status} {problem}");
        }
        let page = desk.owner.call("/api/people/list_profiles", &json!({})).await?;
        ensure!(page["items"].as_array().is_some_and(Vec::is_empty), "something refused was kept: {page}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_customers_come_in_batches() -> Result<()> {
    for database in Database::both("profiles_many").await? {
        let folder = tempfile::tempdir()?;
        let desk = Desk::open(folder.path(), database).await?;
        let api = &desk.importer;
        let all = people(10_000);
        let mut last = Vec::new();
        for batch in all.as_array().into_iter().flatten().collect::<Vec<_>>().chunks(100) {
            last.push(api.accepted(Method::POST, json!(batch)).await?);
        }
        for transid in &last {
            let outcome = api.outcome(transid).await?;
            ensure!(outcome["code"] == "1000" && outcome["SuccessCount"] == 100, "{outcome}");
        }
        let (status, found) = api.get("/c9999").await?;
        ensure!(status == 200 && attribute(&found["Records"][0], "name") == Some("Customer 9999"), "{status} {found}");
        // A thousand at once is what an update takes.
        let update: Value = (0..1000).map(|n| json!({ "customerId": format!("c{n}"), "Attributes": { "seen": true } })).collect();
        let outcome = api.outcome(&api.accepted(Method::PUT, update).await?).await?;
        ensure!(outcome["code"] == "1000" && outcome["TotalCount"] == 1000, "{}", outcome["code"]);
        // Some of them exist, some do not, one is wrong.
        let mixed = json!([
            { "customerId": "c1", "Attributes": {} }, { "customerId": "new", "Attributes": {} }, { "customerId": "bad", "Attributes": { "email": "x" } },
        ]);
        let (status, reply) = api.records(Method::POST, mixed).await?;
        ensure!(status == 200 && reply["code"] == "1002" && reply["FailureCount"] == 1, "{status} {reply}");
        let outcome = api.outcome(reply["transid"].as_str().unwrap_or_default()).await?;
        let codes: Vec<_> = outcome["Results"].as_array().into_iter().flatten().map(|one| one["code"].as_str().unwrap_or_default()).collect();
        ensure!(outcome["code"] == "1002" && codes == ["7015", "1000", "7011"], "{outcome}");
    }
    Ok(())
}
