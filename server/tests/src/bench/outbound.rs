//! Mail accepted by the API, stored, delivered to `smtp-sink`, receipt stored; against nodemailer's pool, which stores nothing.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{Bar, Line, real};
use crate::{
    browserless::Browser,
    peers::Sink,
    switchboard::{Database, Setup, Switchboard},
};

/// Mails in each run.
const MAILS: u64 = 20_000;
/// Recipients in one request, the most the API takes; each gets a mail of its own.
const RECIPIENTS: u64 = 50;
/// Requests under way at once.
const CALLERS: u64 = 4;
/// Connections, ours and nodemailer's alike.
const CONNECTIONS: u16 = 16;

/// Best of three runs of each, in turn, on the same sink.
///
/// # Errors
/// When a peer is missing or a run does not finish.
pub async fn measure(folder: &Path) -> Result<Vec<Line>> {
    let home = folder.join("outbound");
    std::fs::create_dir_all(&home)?;
    let sink = Sink::counting(&home)?;
    let setup = Setup::new(&home, Database::Sqlite)?;
    let token = setup.owner_token("Bench", "owner@bench.example")?;
    let server = setup.serve().await?;
    let script = server.script(&token)?;
    create_asset(&script, sink.port, CONNECTIONS).await?;
    let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
    let mut sent = 0;
    for _ in 0..3 {
        theirs = theirs.max(nodemailer(sink.port)?);
        sent += MAILS;
        ours = ours.max(run(&server, &token, sent).await?);
    }
    Ok(vec![Line {
        name: "outbound, 4 KB mails, accept to receipt",
        ours: format!("{ours:.0} mails/s"),
        yardstick: format!("nodemailer {theirs:.0} mails/s"),
        ratio: ours / theirs,
        bar: Bar::AtLeast(2.0),
    }])
}

/// An asset whose SMTP server is the sink.
///
/// # Errors
/// When the API refuses.
pub async fn create_asset(script: &Browser, port: u16, connections: u16) -> Result<Value> {
    let form = json!({
        "name": "Bench", "email_address": "care@bench.example", "smtp_host": "127.0.0.1", "smtp_port": port.to_string(),
        "security": "none", "max_connections": connections.to_string(),
    });
    script.call("/api/email/create_asset", &form).await
}

async fn run(server: &Switchboard, token: &str, submitted_at_the_end: u64) -> Result<f64> {
    let started = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let script = server.script(token);
        tokio::spawn(async move {
            let script = script?;
            for request in 0..MAILS / RECIPIENTS / CALLERS {
                script.call("/v2/messages", &message(caller * 1_000_000 + request)).await?;
            }
            anyhow::Ok(())
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await??;
    }
    let plain = server.browser()?;
    loop {
        let done = counter(&plain.get("/metrics").await?.text().await?, "email_submitted_total");
        if done >= submitted_at_the_end {
            return Ok(real(MAILS) / started.elapsed().as_secs_f64());
        }
        if started.elapsed() > Duration::from_secs(180) {
            bail!("only {done} of {submitted_at_the_end} mails were submitted after three minutes");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A mail of about 4 KB to [`RECIPIENTS`] people, each with a substitution of their own.
pub fn message(seed: u64) -> Value {
    let to: Vec<_> = (0..RECIPIENTS)
        .map(|n| json!({ "email": [format!("person{seed}-{n}@peer.example")], "substitutions": { "first": format!("Person {n}") } }))
        .collect();
    json!({
        "channel": "email", "from": "care@bench.example", "to": to,
        "content": { "type": "text", "subject": "Your order", "text": format!("Hello $(first),\r\n{}", "All work and no play makes a dull line of text.\r\n".repeat(75)) },
    })
}

/// Sum of a counter over its labels in Prometheus' text format.
pub fn counter(text: &str, name: &str) -> u64 {
    text.lines().filter(|line| line.starts_with(name)).filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// Runs `end2end/nodemailer-rate.mjs`, which prints mails per second.
fn nodemailer(port: u16) -> Result<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/nodemailer-rate.mjs");
    let output = Command::new("node").arg(script).args([port.to_string(), MAILS.to_string(), CONNECTIONS.to_string()]).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.trim().parse().with_context(|| format!("nodemailer printed “{}” {}", printed.trim(), String::from_utf8_lossy(&output.stderr)))
}
