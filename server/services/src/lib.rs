//! Use cases, SQL and background work, room by room.
//!
//! Every use case takes a [`Ctx`](ctx::Ctx) first. A `Ctx` can only be had by naming a capability that its holder has
//! ([`Principal::authorise`](ctx::Principal::authorise)), so a missing check does not compile.
#![forbid(unsafe_code)]

pub mod access;
pub mod audit;
pub mod auth;
pub mod clock;
pub mod ctx;
pub mod cursor;
pub mod debuglog;
pub mod email;
pub mod entropy;
pub mod error;
pub mod events;
pub mod export;
pub mod file;
pub mod http;
pub mod media;
pub mod operator;
pub mod people;
pub mod schedule;
pub mod tenant;

mod runtime;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use clock::Clock;
pub use ctx::{Ctx, Principal, RequestInfo};
pub use entropy::Entropy;
pub use error::Fault;
pub use http::Http;
pub use runtime::{Services, Settings};
