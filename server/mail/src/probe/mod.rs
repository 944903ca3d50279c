//! A step-by-step test of a route to an SMTP server, for the person who is setting it up.
//!
//! Each step has its own time limit, tells what it found in a sentence (with the cure when it failed), and shows the
//! server's own words with the password taken out. Credentials never travel over TLS that is not trusted.
mod certificate;
mod conversation;
mod network;

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

pub use certificate::CertificateFacts;

use crate::{
    dns::Dns,
    smtp_out::{Redactor, Route, TlsSettings, dialogue::Dialogue},
};

/// What a step looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The host's addresses.
    Dns,
    /// The TCP connection.
    Tcp,
    /// Encryption, at once or by STARTTLS, and the certificate.
    Tls,
    /// The greeting and what the server can do.
    Ehlo,
    /// Signing in.
    Auth,
    /// Whether the server takes mail from the sender's address.
    MailFrom,
}

/// All steps, in their order.
pub const STEPS: [StepKind; 6] = [StepKind::Dns, StepKind::Tcp, StepKind::Tls, StepKind::Ehlo, StepKind::Auth, StepKind::MailFrom];

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It works, but something deserves attention.
    Warning,
    /// It does not work; the following steps are skipped.
    Failed,
    /// Not tried: an earlier step failed, or the route does not need it.
    Skipped,
}

/// One step's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which step.
    pub kind: StepKind,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// One or more sentences: what was found and, when something is wrong, what to do.
    pub detail: String,
    /// The server's lines as they came (secrets redacted), or nothing.
    pub server_words: Vec<String>,
    /// The certificate, in the TLS step.
    pub certificate: Option<CertificateFacts>,
}

/// What a step found.
struct Finding {
    outcome: Outcome,
    detail: String,
    server_words: Vec<String>,
    certificate: Option<CertificateFacts>,
}

impl Finding {
    fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into(), server_words: Vec::new(), certificate: None }
    }

    fn ok(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Ok, detail)
    }

    fn failed(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, detail)
    }

    fn skipped(detail: impl Into<String>) -> Self {
        Self::new(Outcome::Skipped, detail)
    }

    fn words(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.server_words.extend(lines);
        self
    }
}

/// Tests the route, calling `on_step` as each step ends, and returns all six steps.
///
/// `mail_from` is the address for MAIL FROM; no mail is sent. `now_unix_seconds` is used to tell when a certificate
/// ends. Never hangs: a server that stalls makes its step fail after the route's time limit.
pub async fn run(route: &Route, mail_from: &str, dns: &Dns, tls: &TlsSettings, now_unix_seconds: i64, mut on_step: impl FnMut(Step)) -> Vec<Step> {
    let mut probe = Probe {
        route,
        mail_from,
        dns,
        tls,
        now_unix_seconds,
        redactor: Redactor::new(route.credentials.as_ref()),
        addresses: Vec::new(),
        socket: None,
        dialogue: None,
        greeting_words: Vec::new(),
        encrypted: false,
        mechanisms: Vec::new(),
    };
    let mut steps = Vec::with_capacity(STEPS.len());
    let mut failed = false;
    for kind in STEPS {
        let begun = Instant::now();
        let finding = if failed { Finding::skipped("Not tried: an earlier step failed.") } else { probe.step(kind).await };
        failed = failed || finding.outcome == Outcome::Failed;
        let step = probe.report(kind, finding, begun.elapsed());
        on_step(step.clone());
        steps.push(step);
    }
    steps
}

/// What is known so far.
struct Probe<'a> {
    route: &'a Route,
    mail_from: &'a str,
    dns: &'a Dns,
    tls: &'a TlsSettings,
    now_unix_seconds: i64,
    redactor: Redactor,
    addresses: Vec<std::net::SocketAddr>,
    socket: Option<tokio::net::TcpStream>,
    dialogue: Option<Dialogue>,
    /// What the server said before TLS; shown with the EHLO step only when nothing came after.
    greeting_words: Vec<String>,
    encrypted: bool,
    mechanisms: Vec<String>,
}

impl Probe<'_> {
    /// One step under its limit: the whole step, not each line, so that a server that drips cannot stretch it.
    async fn step(&mut self, kind: StepKind) -> Finding {
        let limits = self.route.timeouts;
        let limit = match kind {
            StepKind::Dns | StepKind::Tcp => limits.connect,
            StepKind::Tls => limits.connect.saturating_add(limits.command),
            StepKind::Ehlo | StepKind::Auth | StepKind::MailFrom => limits.command,
        };
        let work = async {
            match kind {
                StepKind::Dns => self.look_up().await,
                StepKind::Tcp => self.connect().await,
                StepKind::Tls => self.encrypt().await,
                StepKind::Ehlo => self.greet().await,
                StepKind::Auth => self.sign_in().await,
                StepKind::MailFrom => self.offer_mail().await,
            }
        };
        match tokio::time::timeout(limit, work).await {
            Ok(finding) => finding,
            Err(_) => {
                self.dialogue = None;
                Finding::failed(timeout_words(kind, limit, self.route))
            }
        }
    }

    fn report(&self, kind: StepKind, finding: Finding, took: Duration) -> Step {
        Step {
            kind,
            outcome: finding.outcome,
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            detail: self.redactor.scrub(&finding.detail),
            server_words: finding.server_words.iter().map(|line| self.redactor.scrub(&printable(line))).collect(),
            certificate: finding.certificate,
        }
    }
}

fn printable(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).take(1000).collect()
}

fn timeout_words(kind: StepKind, limit: Duration, route: &Route) -> String {
    let seconds = limit.as_secs().max(1);
    let cure = match kind {
        StepKind::Dns => "Check the name server of this machine.".to_owned(),
        StepKind::Tcp => format!("Check the host and the port, and whether a firewall lets this machine reach port {}.", route.port),
        StepKind::Tls => "Check whether the security setting fits the port: 465 is usually SSL/TLS, 587 STARTTLS.".into(),
        StepKind::Ehlo => "The server accepted the connection but said nothing; a server that expects SSL/TLS at once \
                           behaves like this when asked for STARTTLS or plain text."
            .into(),
        StepKind::Auth | StepKind::MailFrom => "The server is overloaded or waits on purpose; try again later.".into(),
    };
    format!("No answer within {seconds} seconds. {cure}")
}
