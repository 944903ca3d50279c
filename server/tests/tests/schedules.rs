//! Scheduled mail with two processes on one PostgreSQL: every run is made once, whoever makes it.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::{Method, multipart::Form};
use serde_json::{Value, json};
use tests::{
    browserless::Browser,
    office::{Office, RouteFields},
    peers::Sink,
    switchboard::{Database, Setup},
};

const SCHEDULES: usize = 20;

/// Makes a schedule that runs every minute; its id.
async fn every_minute(script: &Browser, asset: &str, number: usize) -> Result<String> {
    let fields = [("asset", asset), ("when", "repeat"), ("repeats", "cron"), ("cron", "* * * * *"), ("text", "Good day.")];
    let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value.to_owned()));
    let form = form.text("to", format!("p{number}@peer.example")).text("subject", format!("Every minute {number}"));
    let answer = script.request(Method::POST, "/api/email/compose").header("accept", "application/json").multipart(form).send().await?;
    let made: Value = answer.error_for_status()?.json().await?;
    Ok(made["id"].as_str().context("a schedule has an id")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_make_every_run_once() -> Result<()> {
    let (first_folder, second_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let sink = Sink::keeping(first_folder.path())?;
    let first = Setup::new(first_folder.path(), Database::postgres("schedules").await?)?;
    let token = first.owner_token("Acme", "owner@acme.example")?;
    let (one, two) = (first.serve().await?, first.beside(second_folder.path())?.serve().await?);
    let office = Office::open(one.script(&token)?, "support@acme.example", &RouteFields::plain(sink.port)).await?;
    let mut ids = Vec::new();
    for number in 0..SCHEDULES {
        ids.push(every_minute(&office.script, &office.asset, number).await?);
    }
    // A minute begins within a minute.
    tests::wait::until("a run of every schedule", Duration::from_secs(75), async || Ok((sink.mails()?.len() >= SCHEDULES).then_some(()))).await?;
    for id in &ids {
        two.script(&token)?.call("/api/email/set_schedule_paused", &json!({ "id": id, "paused": true })).await?;
    }
    let mut runs = 0;
    for id in &ids {
        let detail = office.script.call("/api/email/get_schedule", &json!({ "id": id })).await?;
        let mut due = BTreeMap::new();
        for run in detail["runs"]["items"].as_array().context("a history")? {
            ensure!(run["outcome"] == "sent", "not sent: {run}");
            *due.entry(run["due"]["iso"].to_string()).or_insert(0) += 1;
            runs += 1;
        }
        ensure!(!due.is_empty() && due.values().all(|times| *times == 1), "{id} ran more than once at a time: {due:?}");
    }
    let mails = tests::wait::until("every mail at its destination", Duration::from_secs(30), async || {
        let mails = sink.mails()?;
        Ok((mails.len() >= runs).then_some(mails))
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    ensure!(mails.len() == runs && sink.mails()?.len() == runs, "{} mails for {runs} runs", sink.mails()?.len());
    Ok(())
}
