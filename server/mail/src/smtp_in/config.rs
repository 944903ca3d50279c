//! What a listener is told: addresses, limits, times and the two functions it may call.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

/// Gives the current date and time as RFC 5322 §3.3 text, such as `Wed, 25 Sep 2019 13:33:00 +0100`.
pub type Timestamp = Arc<dyn Fn() -> String + Send + Sync>;

/// Called for each [`Event`], from the session's task: it must return at once.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// What happened, for counters. Carries no address and no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A client was let in.
    Connected,
    /// A client was turned away with 421 because of a connection limit.
    Overloaded,
    /// A message was taken and answered 250; its length in bytes, the Received header included.
    Accepted {
        /// Length of the body handed over.
        bytes: u64,
    },
    /// A sender, a recipient or a message was refused with this reply code (4xx or 5xx).
    Refused {
        /// The SMTP reply code.
        code: u16,
    },
    /// A session ended, in whatever way.
    Disconnected,
}

/// Everything a [`Listener`](super::Listener) needs. Made by [`ListenerConfig::new`]; all fields may be changed.
#[derive(Clone)]
pub struct ListenerConfig {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Our own name in the greeting, in EHLO and in Received headers.
    pub host_name: String,
    /// Existing folder for messages too large for memory; best on the file system of the store, so that they are renamed.
    pub spool_dir: PathBuf,
    /// Offers STARTTLS when given; see [`tls`](super::tls).
    pub tls: Option<Arc<ServerConfig>>,
    /// Counts and sizes.
    pub limits: Limits,
    /// Times.
    pub timeouts: Timeouts,
    /// The clock of Received headers.
    pub timestamp: Timestamp,
    /// The metrics hook.
    pub observer: Option<Observer>,
}

impl ListenerConfig {
    /// A configuration with default limits and times, without TLS and observer.
    pub fn new(address: SocketAddr, host_name: impl Into<String>, spool_dir: impl Into<PathBuf>, timestamp: Timestamp) -> Self {
        Self {
            address,
            host_name: host_name.into(),
            spool_dir: spool_dir.into(),
            tls: None,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            timestamp,
            observer: None,
        }
    }
}

/// Counts and sizes a client is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Open connections in all; one more is answered 421 4.3.2.
    pub connections: usize,
    /// Open connections from one IPv4 address or one IPv6 /64.
    pub connections_per_remote: usize,
    /// Commands in one session, then 421 4.7.0.
    pub commands: u32,
    /// Errors without a success of MAIL, RCPT or a message between them, then 421 4.7.0.
    pub errors_in_a_row: u32,
    /// Recipients of one message, then 452 4.5.3 (RFC 5321 §4.5.3.1.8 wants at least 100).
    pub recipients: usize,
    /// Length of a command line with its CRLF, in bytes; held between 512 (RFC 5321 §4.5.3.1.4) and 2048.
    pub command_bytes: usize,
    /// Length of a message as sent, dots unstuffed, in bytes; advertised as SIZE (RFC 1870).
    pub message_bytes: u64,
    /// How much of a message stays in memory before it goes to the spool folder, in bytes.
    pub memory_bytes: usize,
    /// Received headers in a message's header section; one more means a loop (RFC 5321 §6.3): 554 5.4.6.
    pub received_headers: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1000,
            connections_per_remote: 100,
            commands: 100_000,
            errors_in_a_row: 20,
            recipients: 100,
            command_bytes: 2048,
            message_bytes: 40 * 1024 * 1024,
            memory_bytes: 256 * 1024,
            received_headers: 50,
        }
    }
}

/// How long the listener waits for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// For the next bytes of a client, and for it to take our replies (RFC 5321 §4.5.3.2.7 wants five minutes).
    pub idle: Duration,
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For one whole message, from DATA or the first BDAT to its end.
    pub data: Duration,
    /// For [`Intake::recipient`](super::Intake::recipient) and [`Intake::accept`](super::Intake::accept), then 451 4.3.0.
    pub intake: Duration,
    /// For one whole session.
    pub session: Duration,
    /// For messages on their way when the listener is told to stop.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(300),
            handshake: Duration::from_secs(30),
            data: Duration::from_secs(30 * 60),
            intake: Duration::from_secs(5 * 60),
            session: Duration::from_secs(4 * 60 * 60),
            drain: Duration::from_secs(8),
        }
    }
}
