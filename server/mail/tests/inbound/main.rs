//! The inbound server over real sockets.
#![expect(clippy::unwrap_used, reason = "a test helper that fails is a failed test")]

mod limits;
mod messages;
mod support;
mod tls;
