//! Everything this service keeps: the database handle over SQLite and PostgreSQL, migrations, the job queue, wake-ups, the
//! blob store and the secret box. It knows no room.
//!
//! Every statement is written once, as static text made by [`sql!`], and runs on both databases. See [`Statement`] for the
//! common ground and [`Value`] for the types.
#![forbid(unsafe_code)]

mod blobs;
mod bulk;
mod connection;
mod db;
mod dialect;
mod error;
mod group;
pub mod jobs;
mod migrate;
mod row;
mod secrets;
pub mod statement;
mod tx;
mod value;
mod wake;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use blobs::Blobs;
pub use db::Db;
pub use dialect::Dialect;
pub use error::{Cause, StoreError};
pub use group::{Batch, GroupWriter};
pub use migrate::{MigrationReport, newest_version};
pub use row::Row;
pub use secrets::{SecretBox, SecretBytes, SecretText};
pub use statement::Statement;
pub use tx::Tx;
pub use value::{Args, Value};
pub use wake::Wake;
