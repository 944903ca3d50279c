//! Parts of tests: an SMTP server that follows a script, assets, raw mails.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mail::smtp_in::{Body, Envelope, Intake as _};
use model::{
    email::{asset::AssetForm, send::MessageStatus},
    ids::{AssetId, MessageId},
};
use store::{args, sql};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use super::{
    assets, inbound,
    intake::Intake,
    outbox,
    sending::{self, Mail, SendRequest},
};
use crate::{Ctx, Services, testing::must};

/// A mail the scripted server took.
#[derive(Clone, Debug)]
pub struct Taken {
    pub recipients: Vec<String>,
    pub data: String,
}

impl Taken {
    /// Value of a header field.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        head.split("\r\n")
            .find_map(|line| line.split_once(": ").filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()))
    }
}

/// What the server answers to a command line (`DATA.` stands for the end of a message); `None` is the usual answer, an empty
/// text breaks the connection, `stall` never answers.
pub type Script = Arc<dyn Fn(&str, usize) -> Option<String> + Send + Sync>;

/// An SMTP server on a port of its own. The number handed to the script counts the lines of that kind seen so far.
pub struct SmtpStub {
    pub address: SocketAddr,
    pub taken: Arc<Mutex<Vec<Taken>>>,
    pub connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for SmtpStub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpStub {
    pub async fn start(script: impl Fn(&str, usize) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (taken, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (script, counter): (Script, _) = (Arc::new(script), Arc::new(Mutex::new(std::collections::HashMap::new())));
        let (mails, count) = (Arc::clone(&taken), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(socket, Arc::clone(&script), Arc::clone(&counter), Arc::clone(&mails)));
            }
        });
        Self { address, taken, connections, task }
    }

    /// Takes everything.
    pub async fn obliging() -> Self {
        Self::start(|_, _| None).await
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

type Counter = Arc<Mutex<std::collections::HashMap<String, usize>>>;

async fn serve(socket: TcpStream, script: Script, counter: Counter, mails: Arc<Mutex<Vec<Taken>>>) -> Option<()> {
    let mut stream = BufReader::new(socket);
    let answer = |line: &str, usual: &str| {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_owned();
        let number = {
            let mut counter = counter.lock().unwrap();
            let number = counter.entry(verb).or_insert(0_usize);
            *number += 1;
            *number
        };
        script(line, number).unwrap_or_else(|| usual.to_owned())
    };
    let mut recipients = Vec::new();
    let mut say = answer("CONNECT", "220 stub ESMTP");
    loop {
        match say.as_str() {
            "" => return None,
            "stall" => tokio::time::sleep(Duration::from_secs(3600)).await,
            text => stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await.ok()?,
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        say = match line.get(..4).unwrap_or(line).to_ascii_uppercase().as_str() {
            "EHLO" => answer(line, "250-stub\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME"),
            "AUTH" => answer(line, "235 2.7.0 welcome"),
            "RCPT" => {
                let said = answer(line, "250 2.1.5 ok");
                if said.starts_with('2') {
                    recipients.push(line.trim_start_matches("RCPT TO:<").split('>').next().unwrap_or_default().to_owned());
                }
                said
            }
            "DATA" => {
                let said = if recipients.is_empty() { "503 5.5.1 no recipients".to_owned() } else { answer(line, "354 go on") };
                if said.starts_with('3') {
                    stream.get_mut().write_all(format!("{said}\r\n").as_bytes()).await.ok()?;
                    let data = read_data(&mut stream).await?;
                    let said = answer("DATA.", "250 2.0.0 queued as stub");
                    let recipients = std::mem::take(&mut recipients);
                    if said.starts_with('2') {
                        mails.lock().unwrap().push(Taken { recipients, data });
                    }
                    said
                } else {
                    recipients.clear();
                    said
                }
            }
            "RSET" | "MAIL" => {
                recipients.clear();
                answer(line, "250 2.0.0 ok")
            }
            "QUIT" => {
                stream.get_mut().write_all(b"221 bye\r\n").await.ok()?;
                return None;
            }
            _ => answer(line, "250 2.0.0 ok"),
        };
    }
}

async fn read_data(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

/// A form that passes, leading to a server.
pub fn form(address: &str, server: SocketAddr) -> AssetForm {
    AssetForm {
        name: format!("Asset {address}"),
        email_address: address.into(),
        smtp_host: server.ip().to_string(),
        smtp_port: server.port().to_string(),
        security: "none".into(),
        ..AssetForm::default()
    }
}

/// An asset of the caller's tenant.
pub async fn asset(services: &Services, ctx: &Ctx, address: &str, server: SocketAddr) -> AssetId {
    must(assets::create(services, ctx, form(address, server)).await, "an asset")
}

/// A request of one mail per address.
pub fn request(asset: AssetId, to: &[&str]) -> SendRequest {
    SendRequest {
        mails: to.iter().map(|to| Mail { to: vec![(*to).to_owned()], ..Mail::default() }).collect(),
        subject: "Hello".into(),
        text: "Good day.".into(),
        ..SendRequest::from_asset(asset)
    }
}

/// Accepts a request and gives the ids of its mails.
pub async fn accept(services: &Services, ctx: &Ctx, request: SendRequest) -> Vec<MessageId> {
    services.clock.advance(1000);
    must(sending::submit(services, ctx, request).await, "an accepted request").messages.into_iter().map(|message| message.id).collect()
}

/// The same database seen by another process whose clock agrees.
pub async fn other_process(world: &crate::testing::World, name: &str, seed: u64) -> Services {
    let mut services = crate::testing::services(&world.db).await;
    services.clock = world.services.clock.clone();
    let mut settings = (*services.settings).clone();
    settings.process_name = name.into();
    services.settings = Arc::new(settings);
    services.entropy = crate::Entropy::seeded(seed);
    services
}

/// A running outbox worker; stops and is waited for with [`Running::stop`].
pub struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// As `kill -9` does it: nothing is finished, nothing is given back.
    pub fn kill(self) {
        self.task.abort();
    }
}

/// Options for tests: looks often, waits little.
pub fn quick() -> outbox::Options {
    let usual = outbox::Options::default();
    outbox::Options {
        sweep: Duration::from_millis(30),
        idle: Duration::from_millis(200),
        drain: Duration::from_secs(3),
        timeouts: mail::smtp_out::Timeouts { connect: Duration::from_secs(2), command: Duration::from_secs(2), data: Duration::from_secs(2) },
        ..usual
    }
}

pub fn run_outbox(services: &Services, options: outbox::Options) -> Running {
    let stop = CancellationToken::new();
    let task = tokio::spawn(outbox::Worker::with_options(services.clone(), options).run(stop.clone()));
    Running { stop, task }
}

/// Status and attempts as stored.
pub async fn status(services: &Services, id: MessageId) -> (MessageStatus, i64, i64) {
    let row =
        services.db.read_one(sql!("SELECT status, attempts, next_attempt_micros FROM email_message WHERE id = $1"), args![id.uuid()]).await.unwrap();
    (MessageStatus::from_word(row.str("status").unwrap()).unwrap(), row.int("attempts").unwrap(), row.int("next_attempt_micros").unwrap())
}

/// Waits until a condition holds; panics after ten seconds.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("did not happen: {what}");
}

/// Waits until a mail has this status.
pub async fn wait_status(services: &Services, id: MessageId, wanted: MessageStatus) {
    eventually(&format!("{id} becomes {wanted:?}"), || async { status(services, id).await.0 == wanted }).await;
}

/// Hands a raw mail over as the listener does; the answer's queue id.
pub async fn deliver(services: &Services, recipients: &[&str], raw: &str) -> String {
    let envelope = Envelope {
        from: "customer@out.example".into(),
        recipients: recipients.iter().map(|one| (*one).to_owned()).collect(),
        remote: SocketAddr::from(([192, 0, 2, 9], 4711)),
        helo: "out.example".into(),
        tls: false,
        smtputf8: false,
    };
    services.clock.advance(1000);
    let body = Body::Memory(raw.replace('\n', "\r\n").into_bytes());
    must(Intake::new(services.clone()).accept(envelope, body).await, "a taken mail")
}

/// Parses everything that is due.
pub async fn parse_all(services: &Services) {
    services.clock.advance(1000);
    let worker = inbound::Worker::new(services.clone());
    while must(worker.step().await, "a batch of received mail") > 0 {}
}

/// The forwarding address of an asset.
pub async fn forwarding(services: &Services, ctx: &Ctx, asset: AssetId) -> String {
    must(assets::get(services, ctx, asset).await, "the asset").forwarding_address
}
