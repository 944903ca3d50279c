//! One client: moves bytes between its socket and its [`Session`], watches the clock, upgrades to TLS.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use super::config::{Event, ListenerConfig};
use super::replies::{self, Reply};
use super::session::{Action, Session, Settings};
use super::spool::Spool;
use super::{Intake, Verdict};

/// Room for commands; more than the longest command line, so that a read never finds the buffer full.
const COMMAND_BUFFER_BYTES: usize = 4 * 1024;
/// Room for message bytes.
const BODY_BUFFER_BYTES: usize = 64 * 1024;
/// After our last reply, what the client still sends is read for so long and so much: closing on unread bytes would make
/// the reply vanish on its way (RFC 1122 §4.2.2.13).
const LINGER: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 1024 * 1024;

/// What all connections of a listener share.
pub(super) struct Shared {
    pub config: ListenerConfig,
    pub settings: Settings,
    pub intake: Arc<dyn Intake>,
    pub acceptor: Option<TlsAcceptor>,
}

impl Shared {
    pub(super) fn observe(&self, event: Event) {
        if let Some(observer) = &self.config.observer {
            observer(event);
        }
    }
}

/// Why the conversation on one stream ended.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    /// The client is gone: no more bytes either way.
    Gone,
    /// We said our last word.
    Closed,
    /// The TLS handshake follows.
    StartTls,
}

/// What came of waiting for the client.
enum Input {
    Bytes,
    Gone,
    TimedOut,
    Stopping,
}

/// Serves one client to the end of its session.
pub(super) async fn serve(shared: Arc<Shared>, mut stream: TcpStream, remote: SocketAddr, stopping: watch::Receiver<bool>) {
    shared.observe(Event::Connected);
    let session = Session::new(&shared.settings, remote);
    let started = Instant::now();
    let mut connection = Connection {
        shared: &shared,
        session,
        stopping,
        session_end: started + shared.config.timeouts.session,
        body_end: None,
        input: Vec::with_capacity(COMMAND_BUFFER_BYTES),
        taken: 0,
        replies: Vec::with_capacity(512),
        spool: Spool::default(),
    };
    connection.replies.extend_from_slice(shared.settings.greeting().as_bytes());
    let ending = connection.converse(&mut stream).await;
    match (ending, &shared.acceptor) {
        (Ending::StartTls, Some(acceptor)) => {
            // Boxed: the few clients that use it should not make the task of all others larger.
            Box::pin(connection.encrypted(acceptor, stream)).await;
        }
        (Ending::Closed, _) => linger(stream).await,
        _ => {}
    }
    let counts = connection.session.counts();
    tracing::debug!(counts.commands, counts.accepted, counts.refused, "SMTP session ended");
    shared.observe(Event::Disconnected);
}

struct Connection<'s> {
    shared: &'s Shared,
    session: Session<'s>,
    stopping: watch::Receiver<bool>,
    session_end: Instant,
    /// When the message that is arriving must be there.
    body_end: Option<Instant>,
    input: Vec<u8>,
    /// How much of `input` the session has used.
    taken: usize,
    replies: Vec<u8>,
    spool: Spool,
}

impl Connection<'_> {
    async fn encrypted(&mut self, acceptor: &TlsAcceptor, stream: TcpStream) {
        // Whatever came before the handshake was sent in the clear, perhaps by someone in between (CVE-2011-0411).
        self.input.clear();
        self.taken = 0;
        let handshake = timeout(self.shared.config.timeouts.handshake, acceptor.accept(stream)).await;
        let Ok(Ok(mut stream)) = handshake else {
            return;
        };
        self.session.tls_started();
        if self.converse(&mut stream).await == Ending::Closed {
            linger(stream).await;
        }
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut S) -> Ending {
        // One timer for the whole conversation; moving its deadline is cheaper than a new one for each read.
        let mut timer = pin!(sleep_until(self.session_end));
        loop {
            let pending = self.input.get(self.taken..).unwrap_or_default();
            let progress = self.session.advance(pending, &mut self.replies, &mut self.spool.memory);
            self.taken += progress.consumed;
            self.after_advance().await;
            match progress.action {
                Action::NeedInput => {
                    if let Err(ending) = self.exchange(stream, timer.as_mut()).await {
                        return ending;
                    }
                }
                Action::CheckRecipient => self.check_recipient().await,
                Action::BeginBody => self.begin_body(),
                Action::Deliver => self.deliver().await,
                Action::StartTls => {
                    return self.say_last(stream, timer.as_mut(), Ending::StartTls).await;
                }
                Action::Close => {
                    return self.say_last(stream, timer.as_mut(), Ending::Closed).await;
                }
            }
        }
    }

    /// Brings spool and observer up to date with the session.
    async fn after_advance(&mut self) {
        for code in self.session.take_refusals() {
            self.shared.observe(Event::Refused { code });
        }
        if self.session.wants_body() {
            let config = &self.shared.config;
            if let Err(error) = self.spool.relieve(&config.spool_dir, config.limits.memory_bytes).await {
                tracing::warn!(%error, "a message cannot be spooled");
                self.session.body_lost();
                self.spool.clear();
            }
        } else if !self.spool.is_clear() {
            self.spool.clear();
        }
        if self.body_end.is_some() && !self.session.is_in_body() {
            self.body_end = None;
        }
    }

    /// Sends what is to be sent, then reads. Fails with the ending of the conversation.
    async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut S, mut timer: Pin<&mut Sleep>) -> Result<(), Ending> {
        let idle_end = Instant::now() + self.shared.config.timeouts.idle;
        let end = self.body_end.map_or(self.session_end, |body_end| body_end.min(self.session_end));
        timer.as_mut().reset(end.min(idle_end));
        self.send(stream, timer.as_mut()).await?;
        let last_word = match self.read(stream, timer.as_mut()).await {
            Input::Bytes => return Ok(()),
            Input::Gone => return Err(Ending::Gone),
            Input::TimedOut => replies::TIMED_OUT,
            Input::Stopping => replies::STOPPING,
        };
        self.reply(last_word);
        Err(self.say_last(stream, timer, Ending::Closed).await)
    }

    async fn send<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, timer: Pin<&mut Sleep>) -> Result<(), Ending> {
        if self.replies.is_empty() {
            return Ok(());
        }
        let write = async {
            stream.write_all(&self.replies).await?;
            stream.flush().await
        };
        let sent = tokio::select! {
            biased;
            written = write => written.is_ok(),
            () = timer => false,
        };
        self.replies.clear();
        if sent { Ok(()) } else { Err(Ending::Gone) }
    }

    /// Sends the last replies, with a little time of their own when the old time is up.
    async fn say_last<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, mut timer: Pin<&mut Sleep>, ending: Ending) -> Ending {
        timer.as_mut().reset(Instant::now() + self.shared.config.timeouts.idle.min(Duration::from_secs(5)));
        match self.send(stream, timer).await {
            Ok(()) => ending,
            Err(gone) => gone,
        }
    }

    async fn read<S: AsyncRead + Unpin>(&mut self, stream: &mut S, timer: Pin<&mut Sleep>) -> Input {
        self.input.drain(..self.taken.min(self.input.len()));
        self.taken = 0;
        let in_body = self.session.is_in_body();
        // `has_changed` fails when the listener itself is gone, which is a stop too.
        if !in_body && self.stopping.has_changed().unwrap_or(true) {
            return Input::Stopping;
        }
        let room = if in_body { BODY_BUFFER_BYTES } else { COMMAND_BUFFER_BYTES };
        self.input.reserve(room.saturating_sub(self.input.len()));
        tokio::select! {
            biased;
            read = stream.read_buf(&mut self.input) => match read {
                Ok(1..) => Input::Bytes,
                _ => Input::Gone,
            },
            () = timer => Input::TimedOut,
            _ = self.stopping.changed(), if !in_body => {
                self.stopping.mark_changed();
                Input::Stopping
            }
        }
    }

    async fn check_recipient(&mut self) {
        let asked = self.shared.intake.recipient(self.session.pending_recipient());
        let verdict = timeout(self.shared.config.timeouts.intake, asked).await.unwrap_or(Verdict::Busy);
        self.session.recipient_checked(verdict, &mut self.replies);
    }

    fn begin_body(&mut self) {
        let config = &self.shared.config;
        self.spool.clear();
        let expected = usize::try_from(self.session.declared_bytes()).unwrap_or(usize::MAX).min(config.limits.memory_bytes);
        self.spool.memory.reserve(expected.saturating_add(512));
        self.session.write_received(&(config.timestamp)(), &mut self.spool.memory);
        self.body_end = Some(Instant::now() + config.timeouts.data);
    }

    async fn deliver(&mut self) {
        let config = &self.shared.config;
        let finished = self.spool.finish(&config.spool_dir).await;
        let (Some(envelope), Ok((body, on_disk))) = (self.session.envelope(), finished) else {
            return self.session.delivered(&Err(super::Refusal::Busy), &mut self.replies);
        };
        let bytes = body.len();
        match timeout(config.timeouts.intake, self.shared.intake.accept(envelope, body)).await {
            Ok(outcome) => {
                self.session.delivered(&outcome, &mut self.replies);
                if outcome.is_ok() {
                    self.shared.observe(Event::Accepted { bytes });
                }
            }
            Err(_) => self.session.delivery_failed(&mut self.replies),
        }
        drop(on_disk);
    }

    fn reply(&mut self, reply: Reply) {
        self.replies.extend_from_slice(reply.as_bytes());
    }
}

async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let drain = async {
        stream.shutdown().await?;
        let mut scratch = Vec::with_capacity(COMMAND_BUFFER_BYTES);
        let mut left = LINGER_BYTES;
        while left > 0 {
            scratch.clear();
            match stream.read_buf(&mut scratch).await? {
                0 => break,
                read => left = left.saturating_sub(read),
            }
        }
        std::io::Result::Ok(())
    };
    // Whatever happens here, the session is over.
    let _ = timeout(LINGER, drain).await;
}
