//! SIGTERM: what is under way is finished, nothing new is taken, and it is over within 10 s.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tests::{
    office::{Office, RouteFields},
    switchboard::{Database, Switchboard},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::fresh;

/// What the contract promises.
const PROMISED: Duration = Duration::from_secs(10);

fn ended(mut server: Switchboard, told: Instant) -> Result<()> {
    let status = server.process.terminate(PROMISED.saturating_sub(told.elapsed()))?;
    ensure!(status.success(), "ended with {status}:\n{}", server.process.output());
    Ok(())
}

/// Half of a call, its connection left open.
async fn half_a_request(server: &Switchboard, token: &str) -> Result<(TcpStream, &'static str)> {
    let body = "{\"name\":\"Renamed while ending\",\"time_zone\":\"UTC\"}";
    let (first, rest) = body.split_at(20);
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).await?;
    let head = format!(
        "POST /api/tenant/update HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{first}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok((stream, rest))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_answered() -> Result<()> {
    for database in Database::both("drain").await? {
        let (_folder, setup) = fresh(database)?;
        let token = setup.owner_token("Acme", "ann@acme.example")?;
        let server = setup.serve().await?;
        let (mut stream, rest) = half_a_request(&server, &token).await?;
        let told = Instant::now();
        server.process.ask_to_end();
        tokio::time::sleep(Duration::from_millis(700)).await;
        ensure!(TcpStream::connect(("127.0.0.1", setup.http_port)).await.is_err(), "it still takes requests");
        stream.write_all(rest.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        ended(server, told)?;
        let server = setup.serve().await?;
        let tenant = server.script(&token)?.call("/api/tenant/get", &serde_json::json!({})).await?;
        ensure!(tenant["name"] == "Renamed while ending", "{tenant}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_never_finishes_holds_nothing_up() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let token = setup.owner_token("Acme", "ann@acme.example")?;
    let server = setup.serve().await?;
    let office = Office::open(server.script(&token)?, "support@acme.example", &RouteFields::plain(1)).await?;
    let (_http, _) = half_a_request(&server, &token).await?;
    let _smtp = half_a_mail(server.smtp_port, &office.forwarding_address).await?;
    let _idle = TcpStream::connect(("127.0.0.1", setup.http_port)).await?;
    let told = Instant::now();
    ended(server, told)?;
    ensure!(told.elapsed() < PROMISED, "{:?}", told.elapsed());
    Ok(())
}

type Session = BufReader<TcpStream>;

/// Sends a line and reads the reply, all its lines.
async fn say(session: &mut Session, line: &str, expected: &str) -> Result<()> {
    if !line.is_empty() {
        session.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
    }
    let mut reply = String::new();
    loop {
        reply.clear();
        session.read_line(&mut reply).await?;
        ensure!(reply.starts_with(expected), "{line:?} was answered {reply:?}");
        if reply.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}

async fn half_a_mail(port: u16, to: &str) -> Result<Session> {
    let mut session = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?);
    say(&mut session, "", "220").await?;
    say(&mut session, "EHLO customer.example", "250").await?;
    say(&mut session, "MAIL FROM:<ann@customer.example>", "250").await?;
    say(&mut session, &format!("RCPT TO:<{to}>"), "250").await?;
    say(&mut session, "DATA", "354").await?;
    session.get_mut().write_all(b"From: ann@customer.example\r\nSubject: Sent while ending\r\n\r\nFirst half.\r\n").await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(session)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_under_way_is_taken_and_kept() -> Result<()> {
    for database in Database::both("drain_mail").await? {
        let (_folder, setup) = fresh(database)?;
        let token = setup.owner_token("Acme", "ann@acme.example")?;
        let server = setup.serve().await?;
        let office = Office::open(server.script(&token)?, "support@acme.example", &RouteFields::plain(1)).await?;
        let mut session = half_a_mail(server.smtp_port, &office.forwarding_address).await?;
        let told = Instant::now();
        server.process.ask_to_end();
        tokio::time::sleep(Duration::from_millis(700)).await;
        say(&mut session, "Second half.\r\n.", "250").await?;
        ended(server, told)?;
        let server = setup.serve().await?;
        let office = Office { script: server.script(&token)?, ..office };
        let thread = office.thread("Sent while ending", Duration::from_secs(20)).await?;
        let text = thread["mails"][0]["text"].as_str().unwrap_or_default();
        ensure!(text.contains("First half.") && text.contains("Second half."), "{text}");
    }
    Ok(())
}
