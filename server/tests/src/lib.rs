//! Black-box harness: the built binary, and peers that nobody here wrote, started on loopback for one test and ended with it.
//!
//! A peer that is missing fails the test with the sentence that says how to get it; nothing is skipped.
#![forbid(unsafe_code)]

pub mod authenticator;
pub mod bench;
pub mod browserless;
pub mod office;
pub mod organisation;
pub mod peers;
pub mod process;
pub mod proxy;
pub mod rows;
pub mod switchboard;
pub mod visits;
pub mod wait;
