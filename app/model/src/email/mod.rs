//! The email room (spec email-channel): assets, outgoing messages, received mail.

pub mod address;
pub mod asset;
pub mod log;
pub mod schedule;
pub mod send;
pub mod thread;
