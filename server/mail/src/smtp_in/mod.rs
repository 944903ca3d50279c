//! The inbound SMTP server (RFC 5321): it takes mail for recipients an [`Intake`] knows and hands each message over
//! with its envelope. It relays nothing, offers no AUTH and knows no room.
//!
//! Layers, outside in: [`Listener`] accepts sockets and counts them; `connection` moves bytes, watches the clock and
//! upgrades to TLS; [`session`] is the protocol as a state machine without a socket; [`data`] takes the dots and the
//! chunks apart; [`replies`] is the one table of everything the server says.

pub mod data;
pub mod replies;
pub mod session;
pub mod tls;

mod config;
mod connection;
mod limits;
mod listener;
mod spool;
mod trace;
mod transaction;

use std::net::SocketAddr;
use std::path::PathBuf;

use futures::future::BoxFuture;

pub use config::{Event, Limits, ListenerConfig, Observer, Timeouts, Timestamp};
pub use listener::Listener;
pub use spool::remove_leftovers;

/// What the server behind the listener decides about recipients and messages.
pub trait Intake: Send + Sync {
    /// Whether mail for `address` is taken; asked once per RCPT. The address is as the client wrote it, without angle
    /// brackets, quoting and source route; the bare `postmaster` of RFC 5321 §4.5.1 comes without a domain.
    fn recipient<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Verdict>;

    /// Takes one message. `Ok` carries the queue id the client is told and means the message is durable: the listener
    /// answers 250 right after it. A [`Body::File`] may be renamed away; what is still at its path when this returns is
    /// deleted, whatever the answer.
    fn accept(&self, envelope: Envelope, body: Body) -> BoxFuture<'_, Result<String, Refusal>>;
}

/// The answer to RCPT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Mail for this address is taken: 250 2.1.5.
    Accept,
    /// Nobody here has this address: 550 5.1.1.
    Unknown,
    /// It cannot be told now; the client tries again later: 451 4.3.0.
    Busy,
}

/// Why a complete message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No room or no time now; the client tries again later: 452 4.3.1.
    #[error("the message cannot be stored now")]
    Busy,
    /// Larger than the recipient takes: 552 5.3.4.
    #[error("the message is too large")]
    TooLarge,
    /// Never acceptable; the sentence goes to the client in a 550 5.7.1, cut to 400 bytes of printable ASCII.
    #[error("{0}")]
    Rejected(String),
}

/// Everything the session knows about a message besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The return path of MAIL, without angle brackets; empty for the null sender `<>` of bounces.
    pub from: String,
    /// The recipients the intake accepted, in order, each once; at least one.
    pub recipients: Vec<String>,
    /// The client's address and port.
    pub remote: SocketAddr,
    /// The name the client gave in EHLO or HELO; unverified text of the client's choice.
    pub helo: String,
    /// Whether the message came over TLS.
    pub tls: bool,
    /// Whether the client declared SMTPUTF8 (RFC 6531), so that addresses and headers may be UTF-8.
    pub smtputf8: bool,
}

/// The bytes of one message: our own Received header, then what the client sent, dots unstuffed.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    /// Up to [`Limits::memory_bytes`].
    Memory(Vec<u8>),
    /// A larger message, complete and closed but not synced, in the listener's spool folder.
    File {
        /// Where it lies; free to be renamed within the same file system.
        path: PathBuf,
        /// Its length in bytes.
        len: u64,
    },
}

impl Body {
    /// Length in bytes, the Received header included.
    pub fn len(&self) -> u64 {
        match self {
            Body::Memory(bytes) => bytes.len() as u64,
            Body::File { len, .. } => *len,
        }
    }

    /// Whether there is not one byte. Never true of a body the listener hands over: it starts with a Received header.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
