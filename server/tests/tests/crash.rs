//! Twenty SIGKILLs at random moments while mail pours in and out. What was acknowledged is there afterwards.

use std::{
    collections::HashSet,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::json;
use tests::{
    browserless::Browser,
    office::{Office, RouteFields},
    peers::{Sink, program},
    switchboard::{Database, Setup},
};

const KILLS: u64 = 20;

/// Message ids that a 201 was given for.
type Accepted = Arc<Mutex<HashSet<String>>>;

/// Sends as fast as answers come and keeps what was accepted; a refused connection is the kill we made.
async fn pour_out(script: Browser, address: String, accepted: Accepted, stop: Arc<AtomicBool>, lane: u64) {
    let mut n = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let body = json!({
            "channel": "email", "from": address, "to": [{ "email": [format!("lane{lane}-{n}@peer.example")] }],
            "content": { "type": "text", "subject": format!("Lane {lane} number {n}"), "text": "Hello." },
        });
        match script.call("/v2/messages", &body).await {
            Ok(reply) => {
                if let (Some(id), Ok(mut all)) = (reply["messageId"].as_str(), accepted.lock()) {
                    all.insert(id.to_owned());
                }
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Speaks SMTP itself and keeps each subject that got its 250 (`smtp-source` stops at the first lost connection and does not say which mails were taken).
async fn pour_in(port: u16, to: String, taken: Accepted, stop: Arc<AtomicBool>, lane: u64) {
    let mut n = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        if inbound_session(port, &to, &taken, &stop, lane, &mut n).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn inbound_session(port: u16, to: &str, taken: &Accepted, stop: &AtomicBool, lane: u64, n: &mut u64) -> Result<()> {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let mut stream = BufReader::new(tokio::net::TcpStream::connect(("127.0.0.1", port)).await?);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut say = async |stream: &mut BufReader<tokio::net::TcpStream>, text: &str, expect: &str| -> Result<()> {
        stream.write_all(text.as_bytes()).await?;
        loop {
            line.clear();
            anyhow::ensure!(stream.read_line(&mut line).await? > 0, "closed");
            if line.as_bytes().get(3) == Some(&b' ') {
                anyhow::ensure!(line.starts_with(expect), "{line}");
                return Ok(());
            }
        }
    };
    say(&mut stream, "EHLO crash.example\r\n", "250").await?;
    while !stop.load(Ordering::Relaxed) {
        *n += 1;
        let subject = format!("In {lane}-{n}");
        say(&mut stream, "MAIL FROM:<ann@customer.example>\r\n", "250").await?;
        say(&mut stream, &format!("RCPT TO:<{to}>\r\n"), "250").await?;
        say(&mut stream, "DATA\r\n", "354").await?;
        let mail = format!(
            "From: ann@customer.example\r\nTo: support@acme.example\r\nMessage-ID: <in-{lane}-{n}@customer.example>\r\nSubject: {subject}\r\n\r\nHello.\r\n.\r\n"
        );
        say(&mut stream, &mail, "250").await?;
        if let Ok(mut all) = taken.lock() {
            all.insert(subject);
        }
    }
    Ok(())
}

/// Message-IDs of the mails that reached their destination, with how often each did.
fn delivered(sink: &Sink) -> Result<std::collections::HashMap<String, usize>> {
    let mut counts = std::collections::HashMap::new();
    for mail in sink.mails()? {
        if let Some(id) = mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")) {
            *counts.entry(id.trim().trim_matches(['<', '>']).to_owned()).or_insert(0) += 1;
        }
    }
    Ok(counts)
}

async fn survive(folder: &Path, database: Database) -> Result<()> {
    let sink = Sink::keeping(folder)?;
    let setup = Setup::new(folder, database)?;
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    let mut server = setup.serve().await?;
    let office = Office::open(server.script(&token)?, "support@acme.example", &RouteFields::plain(sink.port)).await?;
    let (accepted, taken, stop) = (Accepted::default(), Accepted::default(), Arc::new(AtomicBool::new(false)));
    let mut lanes = Vec::new();
    for lane in 0..3 {
        lanes.push(tokio::spawn(pour_out(server.script(&token)?, office.address.clone(), accepted.clone(), stop.clone(), lane)));
        lanes.push(tokio::spawn(pour_in(server.smtp_port, office.forwarding_address.clone(), taken.clone(), stop.clone(), lane)));
    }
    for kill in 0..KILLS {
        // smtp-source beside our own lanes: many sessions in every phase of SMTP when the kill comes.
        let mut source = Command::new(program("smtp-source", "postfix")?)
            .args(["-s", "8", "-m", "100000", "-l", "2000", "-f", "flood@customer.example", "-t", &office.forwarding_address])
            .arg(format!("127.0.0.1:{}", server.smtp_port))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("smtp-source")?;
        // Moments spread over the phases of the workers; not regular, the same in each run.
        tokio::time::sleep(Duration::from_millis(150 + kill * 7919 % 650)).await;
        server.process.kill()?;
        source.kill().ok();
        source.wait()?;
        server = setup.serve().await?;
    }
    stop.store(true, Ordering::Relaxed);
    for lane in lanes {
        lane.await?;
    }
    let accepted = accepted.lock().map_err(|_| anyhow::anyhow!("a lane panicked"))?.clone();
    let taken = taken.lock().map_err(|_| anyhow::anyhow!("a lane panicked"))?.clone();
    assert!(accepted.len() > 100 && taken.len() > 100, "too little happened: {} out, {} in", accepted.len(), taken.len());
    for id in &accepted {
        office.settled(id, &["submitted"], Duration::from_secs(120)).await.with_context(|| format!("accepted mail {id}"))?;
    }
    let (mut missing, mut twice) = (0, 0);
    let arrived = tests::wait::until("the last mails at the destination", Duration::from_secs(20), async || {
        let arrived = delivered(&sink)?;
        Ok((arrived.len() >= accepted.len()).then_some(arrived))
    })
    .await?;
    for id in &accepted {
        let header = office.message(id).await?["message_id_header"].as_str().unwrap_or_default().to_owned();
        match arrived.get(&header) {
            None => missing += 1,
            Some(1) => {}
            Some(_) => twice += 1,
        }
    }
    assert_eq!(missing, 0, "accepted mails that never arrived");
    // Each kill may catch at most what was between the sink's 250 and our commit on each connection.
    assert!(twice <= KILLS * 4 * 100, "{twice} mails arrived twice");
    received(&office, &taken).await?;
    println!("{} accepted, {} taken in, {} kills, {twice} delivered twice", accepted.len(), taken.len(), KILLS);
    Ok(())
}

/// Every subject that got a 250 is in the inbox.
async fn received(office: &Office, taken: &HashSet<String>) -> Result<()> {
    tests::wait::until("every acknowledged mail in the inbox", Duration::from_secs(180), async || {
        let (mut found, mut after) = (HashSet::new(), String::new());
        loop {
            let page = office.script.call("/api/email/list_threads", &json!({ "filter": { "search": "customer", "after": after } })).await?;
            found.extend(page["items"].as_array().into_iter().flatten().filter_map(|row| row["subject"].as_str().map(str::to_owned)));
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        let missing = taken.difference(&found).count();
        if missing > 0 {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        Ok((missing == 0).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_on_sqlite() -> Result<()> {
    let folder = tempfile::tempdir()?;
    survive(folder.path(), Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_on_postgresql() -> Result<()> {
    let folder = tempfile::tempdir()?;
    survive(folder.path(), Database::postgres("crash").await?).await
}
