//! Types and rules shared by the browser and the server.
//!
//! Nothing here does IO, reads a clock or draws randomness, so nothing here can fail for reasons outside its input.
//! A rule that both sides must agree on (what a valid port is, which role holds which capability) is written here once.
#![forbid(unsafe_code)]

pub mod access;
pub mod audit;
pub mod auth;
pub mod email;
pub mod ids;
pub mod live;
pub mod media;
pub mod operator;
pub mod page;
pub mod people;
pub mod problem;
#[cfg(feature = "server-fn")]
mod server_fn_error;
pub mod tenant;
pub mod time;

pub use problem::{FieldProblem, Problem};
