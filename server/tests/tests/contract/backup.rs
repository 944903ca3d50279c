//! `backup` while the service runs, `restore` into an empty folder.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tests::{
    organisation::{Kind, Organisation},
    peers::Sink,
    rows::Peek,
    switchboard::{Database, Setup},
};

use crate::fresh;

/// A received mail with its file, a sent mail, and a decrypted body: rows, blobs and keys.
async fn look(script: &tests::browserless::Browser, url: &str, organisation: &Organisation) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    for (path, kind) in [("get_asset", Kind::Asset), ("get_thread", Kind::Thread), ("get_message", Kind::Message), ("decrypt_log", Kind::LogLine)] {
        seen.push(script.call(&format!("/api/email/{path}"), &json!({ "id": organisation.id(kind) })).await?.to_string().replace(url, ""));
    }
    for kind in [Kind::Attachment, Kind::SentAttachment] {
        let answer = script.get(&format!("/email/attachments/{}", organisation.id(kind))).await?;
        ensure!(answer.status() == 200, "{kind:?}: {}", answer.status());
        seen.push(answer.text().await?);
    }
    Ok(seen)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path of a test is text")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_comes_back() -> Result<()> {
    let (folder, setup) = fresh(Database::Sqlite)?;
    let sink = Sink::counting(folder.path())?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let server = setup.serve().await?;
    let organisation = Organisation::fill(folder.path(), &server, &token, "acme", sink.port).await?;
    // Files larger than a row holds stand in the blob store.
    let large = folder.path().join("large.eml");
    std::fs::write(
        &large,
        format!(
            "From: ann@customer.example\nMessage-ID: <large-1@customer.example>\nSubject: Large\n\n{}",
            "A line of a large mail.\n".repeat(40_000)
        ),
    )?;
    tests::peers::swaks::inject(server.smtp_port, "ann@customer.example", &organisation.office.forwarding_address, &large)?;
    organisation.office.thread("Large", std::time::Duration::from_secs(20)).await?;
    let seen = look(&organisation.office.script, &server.url, &organisation).await?;
    let rows = Peek::open(&setup).await?.everything().await?;

    let place = tempfile::tempdir()?;
    let backup = place.path().join("copy");
    setup.run(&["backup", text(&backup)?], "")?;
    let again = setup.refused(&["backup", text(&backup)?], "")?;
    ensure!(again.contains("exists already"), "{again}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&backup)?.permissions());
    ensure!(mode & 0o077 == 0, "others can read the keys in the backup: {mode:o}");

    // Not over what is there.
    let refused = setup.refused(&["restore", text(&backup)?], "")?;
    ensure!(refused.contains("exists already") && refused.contains("empty"), "{refused}");
    let untouched = organisation.office.script.call("/api/email/get_thread", &json!({ "id": organisation.id(Kind::Thread) })).await;
    ensure!(untouched.is_ok(), "a refused restore harmed the running service");
    drop(server);

    let elsewhere = tempfile::tempdir()?;
    let restored = Setup::new(elsewhere.path(), Database::Sqlite)?;
    let partial = place.path().join("partial");
    std::fs::create_dir(&partial)?;
    ensure!(restored.refused(&["restore", text(&partial)?], "")?.contains("no complete backup"));
    restored.run(&["restore", text(&backup)?], "")?;
    let found = Peek::open(&restored).await?.everything().await?;
    for (table, expected) in &rows {
        assert_eq!(Some(expected), found.get(table), "{table} is not what it was");
    }
    let server = restored.serve().await?;
    let script = server.script(&token)?;
    assert_eq!(look(&script, &server.url, &organisation).await?, seen);
    let raw = script.call("/api/email/list_threads", &json!({ "filter": { "search": "Large" } })).await?;
    ensure!(raw["items"][0]["subject"] == "Large", "{raw}");
    ensure!(
        script.call("/api/email/get_thread", &json!({ "id": raw["items"][0]["id"] })).await?["mails"][0]["text"]
            .as_str()
            .is_some_and(|text| text.len() > 900_000),
        "the large mail"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_left_to_its_own_tools() -> Result<()> {
    let (_folder, setup) = fresh(Database::postgres("backup").await?)?;
    let place = tempfile::tempdir()?;
    let backup = place.path().join("copy");
    let refused = setup.refused(&["backup", text(&backup)?], "")?;
    ensure!(refused.contains("pg_dump") && !backup.exists(), "{refused}");
    Ok(())
}
