use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mail::smtp_in::tls::{SelfSigned, self_signed};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Client, Server};

fn made() -> SelfSigned {
    // Valid from 2020 for a hundred years.
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800);
    self_signed("mx.test", start, Duration::from_secs(100 * 365 * 86_400)).unwrap()
}

async fn handshake(made: &SelfSigned, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(made.certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("mx.test").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn mail_goes_over_starttls() {
    let made = made();
    let server = Server::start(|config| config.tls = Some(made.config.clone())).await;
    let mut client = server.greeted().await;
    client.send("STARTTLS\r\n").await;
    client.expect("220 2.0.0").await;
    let mut client = Client::new(handshake(&made, client.into_inner()).await.unwrap());
    client.send("MAIL FROM:<a@x.test>\r\n").await;
    client.expect("503 5.5.1 Send EHLO").await;
    client.ehlo().await;
    client.send("STARTTLS\r\n").await;
    client.expect("503 5.5.1").await;
    client.begin_data("a@x.test").await;
    client.send(format!("{}\r\n", "x".repeat(998)).repeat(2000)).await;
    client.send(".\r\nQUIT\r\n").await;
    client.expect("250 2.0.0").await;
    client.expect("221 2.0.0").await;
    client.expect("").await;
    let taken = server.intake.taken.lock().unwrap();
    let head = String::from_utf8_lossy(&taken[0].head);
    assert!(taken[0].envelope.tls && taken[0].was_file && head.contains("with ESMTPS"), "{head}");
}

#[tokio::test]
async fn commands_injected_before_tls_are_forgotten() {
    let made = made();
    let server = Server::start(|config| config.tls = Some(made.config.clone())).await;
    let mut client = server.greeted().await;
    // In one segment, so that the server reads them together.
    client.send("STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<b@y.test>\r\n").await;
    client.expect("220 2.0.0").await;
    let mut client = Client::new(handshake(&made, client.into_inner()).await.unwrap());
    client.send("RCPT TO:<b@y.test>\r\n").await;
    client.expect("503 5.5.1 Send MAIL").await;
    client.send("MAIL FROM:<a@x.test>\r\n").await;
    client.expect("503 5.5.1 Send EHLO").await;
}

#[tokio::test]
async fn without_a_certificate_there_is_no_starttls() {
    let server = Server::start(|_| {}).await;
    let mut client = server.greeted().await;
    client.send("STARTTLS\r\n").await;
    client.expect("502 5.5.1").await;
}

#[tokio::test]
async fn a_broken_handshake_ends_the_session() {
    let made = made();
    let server = Server::start(|config| {
        config.tls = Some(made.config.clone());
        config.timeouts.handshake = Duration::from_millis(200);
    })
    .await;
    for bytes in ["NOOP\r\n", ""] {
        let mut client = server.greeted().await;
        client.send("STARTTLS\r\n").await;
        client.expect("220 2.0.0").await;
        let mut stream = client.into_inner();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut client = Client::new(stream);
        client.expect("").await;
    }
}
