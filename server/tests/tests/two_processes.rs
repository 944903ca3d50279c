//! Two processes on one PostgreSQL share the outbox, and no mail is sent twice.

use std::{collections::HashMap, time::Duration};

use anyhow::Result;
use serde_json::json;
use tests::{
    office::{Office, RouteFields},
    peers::Sink,
    switchboard::{Database, Setup},
};

const MAILS: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_outbox() -> Result<()> {
    let (first_folder, second_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let sink = Sink::keeping(first_folder.path())?;
    let first = Setup::new(first_folder.path(), Database::postgres("shared").await?)?;
    let token = first.owner_token("Acme", "owner@acme.example")?;
    let (one, two) = (first.serve().await?, first.beside(second_folder.path())?.serve().await?);
    let office = Office::open(one.script(&token)?, "support@acme.example", &RouteFields::plain(sink.port)).await?;
    let scripts = [one.script(&token)?, two.script(&token)?];
    for request in 0..MAILS / 50 {
        let to: Vec<_> = (0..50).map(|n| json!({ "email": [format!("p{request}-{n}@peer.example")] })).collect();
        let body =
            json!({ "channel": "email", "from": office.address, "to": to, "content": { "type": "text", "subject": "Once", "text": "Once only." } });
        scripts[request % 2].call("/v2/messages", &body).await?;
    }
    let counts = tests::wait::until("every mail at its destination", Duration::from_secs(90), async || {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for mail in sink.mails()? {
            if let Some(id) = mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")) {
                *counts.entry(id.to_owned()).or_default() += 1;
            }
        }
        Ok((counts.len() >= MAILS).then_some(counts))
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(counts.len(), MAILS);
    let twice = counts.values().filter(|count| **count > 1).count();
    assert_eq!(twice, 0, "mails that arrived more than once");
    let share = async |server: &tests::switchboard::Switchboard| -> Result<u64> {
        let text = server.browser()?.get("/metrics").await?.text().await?;
        Ok(tests::bench::outbound::counter(&text, "email_submitted_total"))
    };
    let (by_one, by_two) = (share(&one).await?, share(&two).await?);
    assert_eq!(by_one + by_two, u64::try_from(MAILS)?);
    assert!(by_one > 0 && by_two > 0, "only one of them worked: {by_one} and {by_two}");
    Ok(())
}
