//! An SMTP server that does what the test says.
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use mail::smtp_out::{Credentials, Route, Security, Timeouts, TlsSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Instead of a reply: say nothing, or close the connection.
pub const STALL: &str = "STALL";
pub const CLOSE: &str = "CLOSE";

#[derive(Clone)]
pub struct Script {
    pub greeting: &'static str,
    pub ehlo: Vec<&'static str>,
    pub ehlo_in_tls: Vec<&'static str>,
    pub tls: Option<Arc<ServerConfig>>,
    pub implicit_tls: bool,
    /// Replies by the start of the command; the first that fits. `BODY` is the reply to the message.
    pub replies: Vec<(&'static str, &'static str)>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            greeting: "220 test ESMTP",
            ehlo: vec!["PIPELINING", "SIZE 1000000", "8BITMIME"],
            ehlo_in_tls: vec!["PIPELINING", "SIZE 1000000", "8BITMIME", "AUTH PLAIN LOGIN"],
            tls: None,
            implicit_tls: false,
            replies: Vec::new(),
        }
    }
}

pub struct Server {
    pub address: SocketAddr,
    /// Every line received, messages as one entry each.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, script.clone(), Arc::clone(&log)));
            }
        });
        Self { address, heard }
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub fn heard_any(&self, start: &str) -> bool {
        self.heard().iter().any(|line| line.starts_with(start))
    }

    pub fn route(&self, security: Security) -> Route {
        Route {
            host: "127.0.0.1".into(),
            port: self.address.port(),
            security,
            credentials: None,
            helo_name: "console.example".into(),
            timeouts: Timeouts { connect: Duration::from_secs(2), command: Duration::from_millis(700), data: Duration::from_millis(900) },
        }
    }
}

pub fn credentials() -> Credentials {
    Credentials { username: "ann".into(), password: "correct horse".to_owned().into() }
}

async fn serve(socket: TcpStream, script: Script, log: Arc<Mutex<Vec<String>>>) {
    let Some(tls) = script.tls.clone() else {
        converse(BufReader::new(socket), &script, &log, false, true).await;
        return;
    };
    let acceptor = TlsAcceptor::from(tls);
    let socket = if script.implicit_tls {
        socket
    } else {
        match converse(BufReader::new(socket), &script, &log, false, true).await {
            Some(stream) => stream,
            None => return,
        }
    };
    if let Ok(stream) = acceptor.accept(socket).await {
        converse(BufReader::new(stream), &script, &log, true, script.implicit_tls).await;
    }
}

/// Returns the stream when STARTTLS was agreed on.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufReader<S>,
    script: &Script,
    log: &Mutex<Vec<String>>,
    encrypted: bool,
    greet: bool,
) -> Option<S> {
    if greet && !say(&mut stream, script.greeting).await {
        return None;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        log.lock().unwrap().push(line.clone());
        let scripted = script.replies.iter().find(|(start, _)| line.starts_with(start)).map(|(_, reply)| *reply);
        let keywords = if encrypted { &script.ehlo_in_tls } else { &script.ehlo };
        let reply = match (scripted, line.as_str()) {
            (Some(reply), _) => reply.to_owned(),
            (None, line) if line.starts_with("EHLO") => ehlo(keywords),
            (None, "STARTTLS") => "220 go on".into(),
            (None, "DATA") => "354 go on".into(),
            (None, "QUIT") => "221 bye".into(),
            (None, line) if line.starts_with("AUTH") => "235 2.7.0 welcome".into(),
            _ => "250 2.0.0 fine".into(),
        };
        if !say(&mut stream, &reply).await {
            return None;
        }
        if line == "STARTTLS" && reply.starts_with("220") {
            return Some(stream.into_inner());
        }
        if line == "DATA" && reply.starts_with("354") {
            let message = read_message(&mut stream).await?;
            log.lock().unwrap().push(message);
            let verdict = script.replies.iter().find(|(start, _)| *start == "BODY").map_or("250 2.0.0 queued as Q1", |r| r.1);
            if !say(&mut stream, verdict).await {
                return None;
            }
        }
        if line == "QUIT" {
            return None;
        }
    }
}

fn ehlo(keywords: &[&str]) -> String {
    let mut lines = vec!["test"];
    lines.extend(keywords);
    let last = lines.len() - 1;
    lines.iter().enumerate().map(|(index, line)| format!("250{}{line}", if index == last { ' ' } else { '-' })).collect::<Vec<_>>().join("\r\n")
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, reply: &str) -> bool {
    match reply {
        CLOSE => false,
        STALL => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            false
        }
        text => stream.write_all(format!("{text}\r\n").as_bytes()).await.is_ok() && stream.flush().await.is_ok(),
    }
}

async fn read_message<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut message = Vec::new();
    while !message.ends_with(b"\r\n.\r\n") && message != b".\r\n" {
        if stream.read_until(b'\n', &mut message).await.ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&message).into_owned())
}

/// An authority, and a server certificate it signed.
pub struct Certificates {
    pub trusting: TlsSettings,
    pub server: Arc<ServerConfig>,
}

pub fn certificates(names: &[&str], years: (i32, i32)) -> Certificates {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Test Authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    leaf.not_before = date_time_ymd(years.0, 1, 1);
    leaf.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = leaf.signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    Certificates { trusting: TlsSettings::with_roots([authority.der().clone()]).unwrap(), server: Arc::new(server) }
}

/// Trusts an authority nobody here uses.
pub fn distrusting() -> TlsSettings {
    certificates(&["elsewhere.example"], (2020, 2040)).trusting
}
