//! `smtp-source` into our listener, each 250 durable; against Postfix's own accept-and-queue rate. And one 40 MB mail.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{Bar, Line, real};
use crate::{
    peers::{Postfix, PostfixSettings, program},
    switchboard::{Database, Setup, Switchboard},
};

/// Mails in each run.
const MAILS: u64 = 5_000;
/// Sessions at once.
const SESSIONS: u64 = 16;
/// Bytes of the large mail.
const LARGE: u64 = 40_000_000;

/// Best of three runs of each, in turn, on the same disk.
///
/// # Errors
/// When a peer is missing or refuses.
pub async fn measure(folder: &Path) -> Result<Vec<Line>> {
    let home = folder.join("inbound");
    std::fs::create_dir_all(&home)?;
    // Nothing leaves this Postfix: accepted mail waits in its queue, as ours waits in the database.
    let postfix = Postfix::start(&home, &PostfixSettings { relay_to: Some(1), ..PostfixSettings::default() })?;
    let setup = Setup::new(&home, Database::Sqlite)?;
    let token = setup.owner_token("Bench", "owner@bench.example")?;
    let server = setup.serve().await?;
    let script = server.script(&token)?;
    let id = super::outbound::create_asset(&script, 1, 1).await?;
    let asset = script.call("/api/email/get_asset", &serde_json::json!({ "id": id })).await?;
    let address = asset["forwarding_address"].as_str().context("the asset has a forwarding address")?.to_owned();
    let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
    for round in 1..=3 {
        theirs = theirs.max(rate(postfix.port, "bob@peer.example", MAILS, 4096)?);
        ours = ours.max(rate(server.smtp_port, &address, MAILS, 4096)?);
        parsed(&server, round * MAILS).await?;
    }
    let extra = large(&server, &address).await?;
    Ok(vec![
        Line {
            name: "inbound, 4 KB mails, each 250 durable",
            ours: format!("{ours:.0} mails/s"),
            yardstick: format!("Postfix {theirs:.0} mails/s"),
            ratio: ours / theirs,
            bar: Bar::AtLeast(1.0),
        },
        Line {
            name: "extra memory for one 40 MB mail",
            ours: format!("{:.1} MB", real(extra) / 1e6),
            yardstick: "64 MB".into(),
            ratio: real(extra) / 64e6,
            bar: Bar::AtMost(1.0),
        },
    ])
}

/// Mails a second that a server accepts from `smtp-source`.
fn rate(port: u16, to: &str, mails: u64, bytes: u64) -> Result<f64> {
    let started = Instant::now();
    let status = Command::new(program("smtp-source", "postfix")?)
        .args(["-s", &SESSIONS.min(mails).to_string(), "-m", &mails.to_string(), "-l", &bytes.to_string(), "-f", "ann@peer.example", "-t", to, "-d"])
        .arg(format!("127.0.0.1:{port}"))
        .status()?;
    ensure!(status.success(), "smtp-source was refused by port {port}");
    Ok(real(mails) / started.elapsed().as_secs_f64())
}

/// Waits until everything received is in the inbox, so that one run's work does not slow the next.
async fn parsed(server: &Switchboard, mails: u64) -> Result<()> {
    let plain = server.browser()?;
    crate::wait::until("the received mails in the inbox", Duration::from_secs(120), async || {
        let text = plain.get("/metrics").await?.text().await?;
        Ok((super::outbound::counter(&text, "email_parsed_total") >= mails).then_some(()))
    })
    .await
}

/// Peak of resident memory while one large mail is taken in and parsed, above what was resident before.
async fn large(server: &Switchboard, address: &str) -> Result<u64> {
    let before = server.process.resident_bytes();
    let (port, address) = (server.smtp_port, address.to_owned());
    let sender = tokio::task::spawn_blocking(move || rate(port, &address, 1, LARGE));
    let done = std::sync::atomic::AtomicBool::new(false);
    let watch = async {
        let mut peak = before;
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            peak = peak.max(server.process.resident_bytes());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        peak
    };
    let work = async {
        let outcome = async {
            sender.await??;
            parsed(server, 3 * MAILS + 1).await
        };
        let outcome = outcome.await;
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        outcome
    };
    let (peak, outcome) = tokio::join!(watch, work);
    outcome?;
    Ok(peak.saturating_sub(before))
}
