//! An accepted request is carried out once, whatever happens between its acceptance and its end.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use tests::switchboard::{Database, Setup};

use crate::{Desk, Importer, attribute, key_of};

/// Kills at different moments between acceptance and end; together they meet every phase.
const KILLS: u64 = 6;

fn round(number: u64) -> Value {
    (0..100).map(|n| json!({ "customerId": format!("r{number}-{n}"), "Attributes": { "round": number } })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_survives_a_kill() -> Result<()> {
    for database in Database::both("profiles_crash").await? {
        let folder = tempfile::tempdir()?;
        let mut desk = Desk::open(folder.path(), database).await?;
        let mut accepted = Vec::new();
        for kill in 0..KILLS {
            for _ in 0..3 {
                let number = u64::try_from(accepted.len())?;
                accepted.push(desk.importer.accepted(Method::POST, round(number)).await?);
            }
            tokio::time::sleep(std::time::Duration::from_millis(kill * 7)).await;
            desk.server.process.kill()?;
            desk.server = desk.setup.serve().await?;
        }
        for (number, transid) in accepted.iter().enumerate() {
            let outcome = desk.importer.outcome(transid).await.with_context(|| format!("request {number}"))?;
            // Had one been carried out twice, the second time would have found its customers there already: 7015.
            ensure!(outcome["code"] == "1000" && outcome["SuccessCount"] == 100, "request {number}: {outcome}");
        }
        let (status, found) = desk.importer.get("/r17-99").await?;
        ensure!(status == 200 && attribute(&found["Records"][0], "round") == Some("17"), "{status} {found}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_work_and_keep_the_order() -> Result<()> {
    let (first_folder, second_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let first = Setup::new(first_folder.path(), Database::postgres("profiles_shared").await?)?;
    let token = first.owner_token("Acme", "owner@acme.example")?;
    let (one, two) = (first.serve().await?, first.beside(second_folder.path())?.serve().await?);
    let key = key_of(&one.script(&token)?).await?;
    let importers = [Importer::new(&one, &key)?, Importer::new(&two, &key)?];
    let mut accepted = vec![importers[0].accepted(Method::POST, json!([{ "customerId": "1", "Attributes": { "step": 0 } }])).await?];
    for step in 1..=40_usize {
        let body = json!([{ "customerId": "1", "Attributes": { "step": step, (format!("only{}", step % 20)): step } }]);
        accepted.push(importers[step % 2].accepted(Method::PUT, body).await?);
    }
    for transid in &accepted {
        let outcome = importers[0].outcome(transid).await?;
        ensure!(outcome["code"] == "1000", "{outcome}");
    }
    let (_, found) = importers[1].get("/1").await?;
    ensure!(attribute(&found["Records"][0], "step") == Some("40"), "the last request wins: {found}");
    ensure!(attribute(&found["Records"][0], "only7") == Some("27"), "{found}");
    Ok(())
}
