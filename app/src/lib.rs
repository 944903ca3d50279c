//! The console: pages and server functions, room by room. Built twice: for the browser (`hydrate`) and for server rendering (`ssr`).
//!
//! A room is a folder: `mod.rs` says what it has (its [`shell::Room`]), `api.rs` holds its server functions, the other files are
//! its pages. [`shell::ROOMS`] lists the rooms; navigation, page guards and the authorisation of every server function are read
//! from that one list.
#![forbid(unsafe_code)]
// A page is one deep type made of its elements; the default limit is too small for the larger ones.
#![recursion_limit = "256"]

pub mod access;
pub mod account;
pub mod audit;
pub mod auth;
pub mod email;
pub mod operator;
pub mod people;
pub mod shell;
pub mod tenant;

pub use shell::App;
