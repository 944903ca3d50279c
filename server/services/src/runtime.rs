//! What every use case works with.

use std::{path::PathBuf, sync::Arc};

use mail::{dns::Dns, smtp_out::TlsSettings};
use store::{Blobs, Db, GroupWriter, SecretBox};

use crate::{
    Clock, Entropy, Http,
    auth::{PasswordCost, sso::Providers},
};

/// The parts of the configuration that use cases read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the console, without a slash at the end.
    pub public_url: String,
    /// Domain of the forwarding addresses.
    pub inbound_domain: String,
    /// Name this machine uses in EHLO and Received headers.
    pub mail_host_name: String,
    /// Folder of everything kept on disk.
    pub data_dir: PathBuf,
    /// Name of this process in row leases; unique among processes on one database.
    pub process_name: String,
}

/// Database, blobs, secrets, time and chance, and the ways out: handed to every use case, cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Database.
    pub db: Db,
    /// Joins many small writes into one durable commit.
    pub group: GroupWriter,
    /// Files.
    pub blobs: Blobs,
    /// Encryption at rest.
    pub secrets: SecretBox,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// Name look-ups.
    pub dns: Dns,
    /// Trust for outgoing TLS.
    pub tls: TlsSettings,
    /// Outgoing HTTP, guarded: the only way to call an address that somebody typed.
    pub http: Http,
    /// What is known of OpenID providers, for an hour.
    pub providers: Providers,
    /// Configuration.
    pub settings: Arc<Settings>,
    /// Bounds how many password hashes run at once: each takes 19 MiB and a core.
    pub hashing: Arc<tokio::sync::Semaphore>,
    /// What one password hash costs: [`PasswordCost::STANDARD`] everywhere but in tests. Stored hashes of another cost are
    /// replaced at the next sign-in.
    pub password_cost: PasswordCost,
}

impl Services {
    /// Microseconds UTC, from the clock.
    pub fn now(&self) -> i64 {
        self.clock.micros()
    }
}
