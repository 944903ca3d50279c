//! Mail out over SMTP (RFC 5321): one [`Connection`] at a time, reusable, every step under its own time limit.
//!
//! Pooling is the caller's: a receipt belongs to each delivery, and a pool that retries or probes behind the caller's
//! back would hide the server's words.
mod connection;
pub(crate) mod dialogue;
mod error;
mod reply;
mod tls;
mod transaction;
pub(crate) mod transport;

use std::time::Duration;

use secrecy::SecretString;

pub use connection::Connection;
pub(crate) use connection::client_id;
pub use error::{Phase, SendError};
pub(crate) use reply::Redactor;
pub use reply::Reply;
pub(crate) use tls::TrustProblem;
pub use tls::{TlsSettings, TlsSettingsError};
pub(crate) use transaction::is_writable;
pub use transaction::{SendEnvelope, Sent};

/// How the connection to the server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// Plain text all the way: only for a server on the same machine or a private network.
    None,
    /// Plain text first, then the STARTTLS command (RFC 3207); a server that does not offer it is refused.
    StartTls,
    /// TLS from the first byte (RFC 8314 "implicit TLS", usually port 465).
    Tls,
}

/// User name and password for AUTH (RFC 4954). `Debug` shows the user name only.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The authentication identity, as the server expects it (often the whole address).
    pub username: String,
    /// The password; `secrecy` keeps it out of `Debug` and wipes it on drop.
    pub password: SecretString,
}

/// Limits of time for one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up, TCP and the TLS handshake, each.
    pub connect: Duration,
    /// One command and its reply (for pipelined commands: one group of them).
    pub command: Duration,
    /// The whole message and the server's last word on it. RFC 5321 section 4.5.3.2.6 asks for 10 minutes.
    pub data: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(15), command: Duration::from_secs(60), data: Duration::from_secs(600) }
    }
}

/// Where to hand mail over, and how.
#[derive(Clone, Debug)]
pub struct Route {
    /// Host name or IP address; also the name the certificate must carry.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Encryption.
    pub security: Security,
    /// Present when the server asks for AUTH.
    pub credentials: Option<Credentials>,
    /// What we call ourselves in EHLO: a domain name, or an IP address (written as an address literal).
    pub helo_name: String,
    /// Limits of time.
    pub timeouts: Timeouts,
}
