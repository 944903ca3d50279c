use thiserror::Error;

use super::Reply;

/// Where in the conversation something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking up the host's address.
    Resolve,
    /// Opening the TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Greeting, EHLO and STARTTLS.
    Greeting,
    /// AUTH.
    Auth,
    /// MAIL FROM, RCPT TO, DATA.
    Envelope,
    /// The message itself, up to the server's last reply. What fails here may have been delivered.
    Message,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Resolve => "looking up the server's address",
            Phase::Connect => "connecting",
            Phase::Tls => "the TLS handshake",
            Phase::Greeting => "the greeting",
            Phase::Auth => "signing in",
            Phase::Envelope => "naming the sender and the recipients",
            Phase::Message => "handing over the message",
        })
    }
}

/// Why a mail was not handed over. Each displays as a sentence for a person.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SendError {
    /// No TCP connection: unknown host, refused, unreachable.
    #[error("The server could not be reached: {what}.")]
    Connect {
        /// The cause in a few words, without a full stop.
        what: String,
    },
    /// TLS could not be agreed on, the certificate is not trusted, or STARTTLS is not offered.
    #[error("No safe connection to the server: {what}.")]
    Tls {
        /// The cause in a few words, without a full stop.
        what: String,
    },
    /// The server refused the user name and password.
    #[error("The server refused the user name or password: {reply}")]
    Auth {
        /// The server's words.
        reply: Reply,
    },
    /// The server did not answer in time.
    #[error("The server did not answer within {seconds} seconds while {step}.")]
    Timeout {
        /// What was going on.
        step: Phase,
        /// The limit that was reached.
        seconds: u64,
    },
    /// A 4xx reply.
    #[error("The server cannot take the mail now: {reply}")]
    Temporary {
        /// The server's words.
        reply: Reply,
    },
    /// A 5xx reply.
    #[error("The server refused the mail: {reply}")]
    Permanent {
        /// The server's words.
        reply: Reply,
    },
    /// The connection ended, or the server spoke no SMTP.
    #[error("The connection was lost while {step}: {what}.")]
    Lost {
        /// What was going on; in [`Phase::Message`] the mail may have been delivered all the same.
        step: Phase,
        /// The cause in a few words, without a full stop.
        what: String,
    },
    /// The server lacks what this mail or this route needs, or an address cannot be written in SMTP.
    #[error("The mail cannot be sent this way: {what}.")]
    Unsupported {
        /// The cause in a few words, without a full stop.
        what: String,
    },
}

impl SendError {
    /// Whether the same mail over the same route may succeed later without anyone changing it.
    ///
    /// A failing certificate counts as passing: the operator of the server renews it, and no one refused the mail.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Tls { .. } | Self::Timeout { .. } | Self::Temporary { .. } | Self::Lost { .. } => true,
            Self::Auth { reply } => reply.is_temporary(),
            Self::Permanent { .. } | Self::Unsupported { .. } => false,
        }
    }

    /// The server's reply, when there was one.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Auth { reply } | Self::Temporary { reply } | Self::Permanent { reply } => Some(reply),
            _ => None,
        }
    }

    pub(crate) fn refused(reply: Reply) -> Self {
        if reply.is_temporary() { Self::Temporary { reply } } else { Self::Permanent { reply } }
    }
}
