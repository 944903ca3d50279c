//! From the configuration to [`Services`].

use std::{path::Path, sync::Arc, time::Duration};

use mail::{
    dns::Dns,
    smtp_in::tls::{SelfSigned, self_signed},
    smtp_out::TlsSettings,
};
use services::{
    Clock, Entropy, Http, Services, Settings,
    auth::{PasswordCost, sso::Providers},
};
use store::{Blobs, Db, GroupWriter, SecretBox, StoreError};

use crate::config::Config;

/// Spool files older than this belong to no running delivery.
const STALE_SPOOL: Duration = Duration::from_secs(24 * 60 * 60);
/// Password hashes at once: 19 MiB and a core each.
const HASHES_AT_ONCE: usize = 2;
/// How long a self-signed certificate is said to be valid; it is made anew at each start.
const SELF_SIGNED_VALIDITY: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Why the service cannot be put together: a sentence with the cure.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The data folder.
    #[error("the data folder {folder} cannot be made: {source}")]
    Folder {
        /// Path.
        folder: String,
        /// Cause.
        source: std::io::Error,
    },
    /// Database, blobs or key file.
    #[error("{what}: {}", services::error::chain(source))]
    Store {
        /// Which.
        what: &'static str,
        /// Cause.
        source: StoreError,
    },
    /// Name look-ups.
    #[error("names cannot be looked up: {0}; set SWITCHBOARD_DNS_SERVERS")]
    Dns(#[from] mail::dns::DnsError),
    /// Outgoing TLS.
    #[error("{0}")]
    Tls(#[from] mail::smtp_out::TlsSettingsError),
    /// Outgoing HTTP.
    #[error("{0}")]
    Http(#[from] services::http::HttpError),
    /// STARTTLS on our listener.
    #[error("the certificate for incoming mail: {0}")]
    Certificate(#[from] mail::smtp_in::tls::TlsError),
}

fn store(what: &'static str) -> impl FnOnce(StoreError) -> WiringError {
    move |source| WiringError::Store { what, source }
}

/// Opens everything and brings the database to the newest schema, which waits for other processes that do the same.
///
/// # Errors
/// [`WiringError`].
pub async fn open(config: &Config, public_url: String) -> Result<Services, WiringError> {
    let (clock, entropy) = (Clock::System, Entropy::system());
    make_folder(&config.data_dir)?;
    let db = open_database(config, &clock).await?;
    let secrets = SecretBox::open(&config.key_file, Some(entropy.bytes())).map_err(store("the key file"))?;
    let blobs = Blobs::open(&config.blob_dir, clock.micros(), STALE_SPOOL).await.map_err(store("the files"))?;
    let settings = Settings {
        public_url,
        inbound_domain: config.inbound_domain.clone(),
        mail_host_name: config.mail_host_name.clone(),
        data_dir: config.data_dir.clone(),
        process_name: process_name(config, &entropy),
    };
    let (dns, tls) = (resolver(config)?, trust(&clock)?);
    Ok(Services {
        http: Http::new(&dns, &tls, config.outbound_allow.clone())?,
        providers: Providers::default(),
        group: GroupWriter::start(db.clone()),
        db,
        blobs,
        secrets,
        dns,
        tls,
        clock,
        entropy,
        settings: Arc::new(settings),
        hashing: Arc::new(tokio::sync::Semaphore::new(HASHES_AT_ONCE)),
        password_cost: PasswordCost::STANDARD,
    })
}

/// The database at its newest schema.
///
/// # Errors
/// [`WiringError::Store`].
pub async fn open_database(config: &Config, clock: &Clock) -> Result<Db, WiringError> {
    let db = Db::open(config.database_url.expose()).await.map_err(store("the database"))?;
    db.migrate(clock.micros()).await.map_err(store("the database's schema"))?;
    Ok(db)
}

/// Name look-ups as configured.
///
/// # Errors
/// [`WiringError::Dns`].
pub fn resolver(config: &Config) -> Result<Dns, WiringError> {
    Ok(if config.dns_servers.is_empty() { Dns::system()? } else { Dns::with_name_servers(&config.dns_servers)? })
}

fn make_folder(folder: &Path) -> Result<(), WiringError> {
    std::fs::create_dir_all(folder).map_err(|source| WiringError::Folder { folder: folder.display().to_string(), source })
}

/// The same at every start, so that a process finds the work it held before it was killed; different for every process on one database,
/// because two cannot listen at one address.
fn process_name(config: &Config, entropy: &Entropy) -> String {
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    match config.http_addr.port() {
        0 => format!("{host}/{}", entropy.word(12)),
        _ => format!("{host}/{}", config.http_addr),
    }
}

/// Whom outgoing TLS trusts. A machine without any authority still starts: it can then reach servers without TLS only.
fn trust(clock: &Clock) -> Result<TlsSettings, WiringError> {
    match TlsSettings::from_system() {
        Ok(settings) => Ok(settings),
        Err(error) => {
            tracing::warn!(%error, "no server certificate can be verified");
            let nobody = own_certificate("nobody.invalid", clock)?;
            Ok(TlsSettings::with_roots([nobody.certificate])?)
        }
    }
}

/// A certificate that nobody vouches for.
///
/// # Errors
/// [`WiringError::Certificate`].
pub fn own_certificate(host_name: &str, clock: &Clock) -> Result<SelfSigned, WiringError> {
    let now = Duration::from_micros(u64::try_from(clock.micros()).unwrap_or_default());
    Ok(self_signed(host_name, std::time::UNIX_EPOCH + now, SELF_SIGNED_VALIDITY)?)
}
