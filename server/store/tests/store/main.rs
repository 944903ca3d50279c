//! The store on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod group;
mod handle;
mod jobs;
mod wake;
