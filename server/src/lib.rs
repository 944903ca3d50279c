//! The switchboard binary: configuration, wiring, HTTP and the command line.
//!
//! A library so that tests can list what it serves and who may use it ([`http::routes`]).
#![forbid(unsafe_code)]

pub mod assets;
pub mod cli;
pub mod commands;
pub mod config;
pub mod http;
pub mod log;
pub mod wiring;
