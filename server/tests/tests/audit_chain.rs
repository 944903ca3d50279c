//! `switchboard audit verify` on what running servers wrote, and on what other hands did to it.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tests::switchboard::{Database, Setup, Switchboard};

const WRITERS: usize = 8;
const EACH: usize = 15;

/// A statement behind the server's back.
async fn behind_its_back(setup: &Setup, sql: &str) -> Result<()> {
    let sql = AssertSqlSafe(sql.to_owned());
    match &setup.database {
        Database::Sqlite => {
            let url = format!("sqlite://{}", setup.folder.join("switchboard.db").display());
            sqlx::query(sql).execute(&mut SqliteConnection::connect(&url).await?).await?;
        }
        Database::Postgres(url) => {
            sqlx::query(sql).execute(&mut PgConnection::connect(url).await?).await?;
        }
    }
    Ok(())
}

/// Many changes at once, by every server.
async fn write(servers: &[&Switchboard], token: &str) -> Result<()> {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let script = servers[writer % servers.len()].script(token)?;
        writers.spawn(async move {
            for number in 0..EACH {
                script.call("/api/account/update_profile", &json!({ "name": format!("Ann {writer} {number}") })).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_of_every_process_holds_and_a_change_is_named() -> Result<()> {
    for database in Database::both("chain").await? {
        let (first_folder, second_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let first = Setup::new(first_folder.path(), database.clone())?;
        let token = first.owner_token("Acme", "owner@acme.example")?;
        first.owner_token("Zenith", "owner@zenith.example")?;
        let one = first.serve().await?;
        let two = match &database {
            Database::Sqlite => None,
            Database::Postgres(_) => Some(first.beside(second_folder.path())?.serve().await?),
        };
        let servers: Vec<&Switchboard> = [Some(&one), two.as_ref()].into_iter().flatten().collect();
        write(&servers, &token).await?;
        let printed = first.run(&["audit", "verify"], "")?;
        ensure!(printed.contains("✓ Acme: intact, ") && printed.contains("✓ Zenith: intact, "), "{printed}");
        let export: Value = one.script(&token)?.get("/audit/export.json?action=people.user").await?.json().await?;
        let entries = export.as_array().context("an array")?;
        ensure!(entries.len() >= WRITERS * EACH, "{} entries", entries.len());
        ensure!(entries.iter().all(|entry| entry["hash"].as_str().is_some_and(|hash| hash.len() == 64)), "an entry has no hash");
        behind_its_back(&first, "UPDATE audit_entry SET actor = 'Nobody' WHERE seq = 20").await?;
        let printed = first.refused(&["audit", "verify", "--tenant", "Acme"], "")?;
        ensure!(printed.contains("✗ Acme: Changed, exchanged or moved: entry number 20 ("), "{printed}");
        let others = first.run(&["audit", "verify", "--tenant", "Zenith"], "")?;
        ensure!(others.contains("✓ Zenith: intact"), "{others}");
        let nobody = first.refused(&["audit", "verify", "--tenant", "Nobody"], "")?;
        ensure!(nobody.contains("There is no tenant of this name."), "{nobody}");
    }
    Ok(())
}
