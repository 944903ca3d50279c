//! Mail out through a real Postfix with Dovecot behind it, and through servers that misbehave.

use std::{path::Path, time::Duration};

use anyhow::Result;
use tests::{
    office::{Office, RouteFields},
    peers::{Authority, Dovecot, Postfix, PostfixSettings, Sink},
    switchboard::{Database, Setup, Switchboard},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A running server whose TLS trusts the test's authority, and its owner's token.
async fn start(folder: &Path, database: Database, authority: Option<&Authority>) -> Result<(Switchboard, String)> {
    let mut setup = Setup::new(folder, database)?;
    if let Some(authority) = authority {
        setup = setup.with("SSL_CERT_FILE", authority.certificate_file().to_string_lossy());
    }
    let token = setup.owner_token("Acme", "owner@acme.example")?;
    Ok((setup.serve().await?, token))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_leaves_by_starttls_and_auth_and_arrives() -> Result<()> {
    for database in Database::both("starttls").await? {
        let folder = tempfile::tempdir()?;
        let authority = Authority::create(folder.path())?;
        let certificate = authority.issue("localhost")?;
        let sink = Sink::keeping(folder.path())?;
        let dovecot = Dovecot::start(folder.path(), "support", "right horse")?;
        let settings = PostfixSettings {
            certificate: Some(&certificate),
            sasl: Some(dovecot.socket()),
            relay_to: Some(sink.port),
            ..PostfixSettings::default()
        };
        let postfix = Postfix::start(folder.path(), &settings)?;
        let (server, token) = start(folder.path(), database, Some(&authority)).await?;
        for (security, port) in [("start_tls", postfix.port), ("ssl", postfix.tls_port)] {
            let route = RouteFields { host: "localhost", port, security, username: "support", password: "right horse" };
            let office = Office::open(server.script(&token)?, &format!("{}@acme.example", security.replace('_', "-")), &route).await?;
            let steps = office.probe().await?;
            assert!(steps.iter().all(|(_, outcome, ..)| outcome == "ok"), "{security}: {steps:#?}");
            assert!(!format!("{steps:?}").contains("right horse"), "the password is in the transcript");
            let subject = format!("Grüße by {security}");
            let id = office.send("bob@peer.example", &subject, "Hello.\r\n.\r\nA line after a dot.").await?;
            let message = office.settled(&id, &["submitted", "failed"], PATIENCE).await?;
            assert_eq!(message["row"]["status"], "submitted", "{message:#}\n{}", postfix.log());
            assert_eq!(message["receipts"][0]["code"], "7501");
            let header = message["message_id_header"].as_str().unwrap_or_default().to_owned();
            let kept = tests::wait::until("the mail at its destination", PATIENCE, async || {
                Ok(sink.mails()?.into_iter().find(|mail| mail.contains(&header)))
            })
            .await?;
            let parsed = mail_parser::MessageParser::default()
                .parse(kept.as_bytes())
                .map(|mail| (mail.subject().map(str::to_owned), mail.body_text(0).map(|text| text.into_owned())));
            let (found, text) = parsed.unwrap_or_default();
            assert_eq!(found.as_deref(), Some(subject.as_str()));
            assert!(text.unwrap_or_default().contains("A line after a dot."), "{kept}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_and_never_shown() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::create(folder.path())?;
    let certificate = authority.issue("localhost")?;
    let dovecot = Dovecot::start(folder.path(), "support", "right horse")?;
    let settings = PostfixSettings { certificate: Some(&certificate), sasl: Some(dovecot.socket()), ..PostfixSettings::default() };
    let postfix = Postfix::start(folder.path(), &settings)?;
    let (server, token) = start(folder.path(), Database::Sqlite, Some(&authority)).await?;
    let route = RouteFields { host: "localhost", port: postfix.port, security: "start_tls", username: "support", password: "wrong horse battery" };
    let office = Office::open(server.script(&token)?, "support@acme.example", &route).await?;
    let steps = office.probe().await?;
    let auth = steps.iter().find(|(name, ..)| name == "AUTH");
    assert_eq!(auth.map(|(_, outcome, ..)| outcome.as_str()), Some("failed"), "{steps:#?}");
    assert!(auth.is_some_and(|(_, _, _, words)| words.contains("535")), "the server's own words are missing: {steps:#?}");
    let id = office.send("bob@peer.example", "Hello", "Hello.").await?;
    let message = tests::wait::until("an attempt", PATIENCE, async || {
        let message = office.message(&id).await?;
        Ok((message["row"]["attempts"].as_i64() > Some(0) && !message["row"]["last_reply"].as_str().unwrap_or_default().is_empty())
            .then_some(message))
    })
    .await?;
    assert!(message["row"]["last_reply"].as_str().unwrap_or_default().contains("535"), "{message:#}");
    let everything = format!("{steps:?}{message}{}", server.process.output());
    assert!(!everything.contains("wrong horse"), "the password leaked");
    assert!(!everything.contains("d3JvbmcgaG9yc2U"), "the password leaked in base64");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_stops_everything_before_the_password() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::create(folder.path())?;
    let certificate = authority.issue("mail.other.example")?;
    let dovecot = Dovecot::start(folder.path(), "support", "right horse")?;
    let settings = PostfixSettings { certificate: Some(&certificate), sasl: Some(dovecot.socket()), ..PostfixSettings::default() };
    let postfix = Postfix::start(folder.path(), &settings)?;
    let (server, token) = start(folder.path(), Database::Sqlite, Some(&authority)).await?;
    let route = RouteFields { host: "localhost", port: postfix.port, security: "start_tls", username: "support", password: "right horse" };
    let office = Office::open(server.script(&token)?, "support@acme.example", &route).await?;
    let steps = office.probe().await?;
    let tls = steps.iter().find(|(name, ..)| name == "TLS");
    assert_eq!(tls.map(|(_, outcome, ..)| outcome.as_str()), Some("failed"), "{steps:#?}");
    assert!(tls.is_some_and(|(_, _, detail, _)| detail.contains("mail.other.example")), "it does not say which name the certificate has: {steps:#?}");
    assert!(steps.iter().any(|(name, outcome, ..)| name == "AUTH" && outcome == "skipped"));
    let id = office.send("bob@peer.example", "Hello", "Hello.").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_ne!(office.message(&id).await?["row"]["status"], "submitted");
    assert!(!dovecot.log().contains("support"), "a password was sent over an untrusted connection");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stalls_after_ehlo_holds_up_nobody_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let stalling = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let stalling_port = stalling.local_addr()?.port();
    let stalled = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut held = Vec::new();
        while let Ok((mut socket, _)) = stalling.accept().await {
            socket.write_all(b"220 stall ESMTP\r\n").await.ok();
            // One byte of EHLO is enough to know that it came.
            let _hello = socket.read_u8().await;
            held.push(socket);
        }
    });
    let sink = Sink::counting(folder.path())?;
    let (server, token) = start(folder.path(), Database::Sqlite, None).await?;
    let slow = Office::open(server.script(&token)?, "slow@acme.example", &RouteFields::plain(stalling_port)).await?;
    let fast = Office::open(server.script(&token)?, "fast@acme.example", &RouteFields::plain(sink.port)).await?;
    let waiting = slow.send("bob@peer.example", "Waits", "Waits.").await?;
    let started = std::time::Instant::now();
    let quick = fast.send("bob@peer.example", "Goes", "Goes.").await?;
    fast.settled(&quick, &["submitted"], Duration::from_secs(5)).await?;
    assert!(started.elapsed() < Duration::from_secs(5));
    let steps = slow.probe().await?;
    let ehlo = steps.iter().find(|(name, ..)| name == "EHLO");
    assert_eq!(ehlo.map(|(_, outcome, ..)| outcome.as_str()), Some("failed"), "{steps:#?}");
    assert_ne!(slow.message(&waiting).await?["row"]["status"], "submitted");
    stalled.abort();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn greylisting_is_waited_out_and_a_550_is_final() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sink = Sink::keeping(folder.path())?;
    let settings = PostfixSettings {
        relay_to: Some(sink.port),
        replies: vec![
            ("grey@peer.example".into(), "450 4.2.0 Greylisted, try again".into()),
            ("gone@peer.example".into(), "550 5.1.1 No such user here".into()),
        ],
        ..PostfixSettings::default()
    };
    let postfix = Postfix::start(folder.path(), &settings)?;
    let (server, token) = start(folder.path(), Database::Sqlite, None).await?;
    let office = Office::open(server.script(&token)?, "support@acme.example", &RouteFields::plain(postfix.port)).await?;

    let gone = office.send("gone@peer.example", "To nobody", "Hello.").await?;
    let message = office.settled(&gone, &["failed", "submitted"], PATIENCE).await?;
    assert_eq!(message["row"]["status"], "failed", "{message:#}");
    assert!(message["receipts"][0]["reply"].as_str().unwrap_or_default().contains("550"), "{message:#}");
    assert_eq!(message["receipts"][0]["code"], "7523");

    let grey = office.send("grey@peer.example", "To the patient", "Hello.").await?;
    let message = tests::wait::until("a first attempt", PATIENCE, async || {
        let message = office.message(&grey).await?;
        Ok((message["row"]["attempts"].as_i64() > Some(0) && !message["next_attempt"].is_null()).then_some(message))
    })
    .await?;
    assert_eq!(message["row"]["status"], "queued", "a 4xx waits for another attempt: {message:#}");
    assert!(message["row"]["last_reply"].as_str().unwrap_or_default().contains("450"), "{message:#}");
    Ok(())
}
