//! Sending and probing against a server that plays a script, over real sockets.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod probing;
mod sending;
mod server;
