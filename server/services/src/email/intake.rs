//! What the SMTP listener asks: whether a recipient exists, and to keep a message for good before it says 250.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use futures::future::BoxFuture;
use mail::smtp_in::{self, Body, Envelope, Refusal, Verdict};
use store::{Batch, StoreError, args, sql};

use model::ids::{AssetId, TenantId};

use super::INBOUND;
use crate::{Fault, Services, clock::SECOND, error::chain};

/// How long the answer about a recipient is remembered. An asset that was made or switched off is known after that.
const CACHE_MICROS: i64 = 2 * SECOND;
/// Most recipients remembered; unknown ones are not, so that nobody fills it with guesses.
const CACHE_ENTRIES: usize = 10_000;
/// Messages being stored at once; more are told to come back.
const MOST_WAITING: usize = 2000;
/// The disk is left this much room.
const SPARE_BYTES: u64 = 64 * 1024 * 1024;
/// How often the disk is looked at.
const DISK_MICROS: i64 = SECOND;

#[derive(Clone, Copy)]
struct Known {
    asset: AssetId,
    tenant: TenantId,
    until: i64,
}

/// The listener's other half. One per process.
pub struct Intake {
    services: Services,
    known: Mutex<HashMap<String, Known>>,
    waiting: AtomicUsize,
    disk_checked: AtomicI64,
    disk_free: Mutex<u64>,
}

impl Intake {
    /// An intake for the forwarding addresses of all tenants.
    pub fn new(services: Services) -> Self {
        Self {
            services,
            known: Mutex::default(),
            waiting: AtomicUsize::new(0),
            disk_checked: AtomicI64::new(i64::MIN),
            disk_free: Mutex::new(u64::MAX),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The active asset with this forwarding address.
    async fn find(&self, address: &str) -> Result<Option<Known>, Fault> {
        let address = model::email::address::normalise(address);
        let now = self.services.now();
        if let Some(known) = self.known().get(&address).filter(|known| known.until > now) {
            return Ok(Some(*known));
        }
        let row = self
            .services
            .db
            .read_optional(sql!("SELECT id, tenant_id FROM email_asset WHERE forwarding_address = $1 AND active = 1"), args![address.as_str()])
            .await?;
        let mut cache = self.known();
        let Some(row) = row else {
            cache.remove(&address);
            return Ok(None);
        };
        let known = Known { asset: row.parse("id")?, tenant: row.parse("tenant_id")?, until: now + CACHE_MICROS };
        if cache.len() >= CACHE_ENTRIES {
            cache.clear();
        }
        cache.insert(address, known);
        Ok(Some(known))
    }

    /// Whether another message of this length can be taken now.
    fn has_room(&self, len: u64) -> bool {
        if self.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
            return false;
        }
        let now = self.services.now();
        let mut free = self.disk_free.lock().unwrap_or_else(PoisonError::into_inner);
        let checked = self.disk_checked.load(Ordering::Relaxed);
        if checked == i64::MIN || now.saturating_sub(checked) >= DISK_MICROS {
            self.disk_checked.store(now, Ordering::Relaxed);
            // A disk that cannot be asked is no reason to turn mail away: the write itself will tell.
            *free = free_bytes(&self.services.settings.data_dir).unwrap_or(u64::MAX);
        }
        *free >= SPARE_BYTES.saturating_add(len.saturating_mul(3))
    }

    async fn store(&self, envelope: Envelope, body: Body) -> Result<String, Refusal> {
        let mut assets: Vec<Known> = Vec::with_capacity(envelope.recipients.len());
        for recipient in &envelope.recipients {
            match self.find(recipient).await {
                Ok(Some(known)) if !assets.iter().any(|have| have.asset == known.asset) => assets.push(known),
                Ok(_) => {}
                Err(fault) => return Err(busy(&fault)),
            }
        }
        if assets.is_empty() {
            return Err(Refusal::Rejected("Nobody here has this address any more.".into()));
        }
        let now = self.services.now();
        let first = self.services.entropy.uuid(now);
        let kept = Kept::of(&self.services, body, first, assets.len()).await.map_err(|fault| busy(&fault))?;
        let mut batch = Batch::new();
        for (position, asset) in assets.iter().enumerate() {
            let id = if position == 0 { first } else { self.services.entropy.uuid(now) };
            batch.push(
                sql!(
                    "INSERT INTO email_raw (id, tenant_id, asset_id, envelope_from, remote_address, size_bytes, content, blob, received_micros)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                ),
                args![
                    id,
                    asset.tenant.uuid(),
                    asset.asset.uuid(),
                    envelope.from.as_str(),
                    envelope.remote.ip().to_string(),
                    kept.size_bytes,
                    kept.content.clone(),
                    kept.blobs.get(position).cloned(),
                    now,
                ],
            );
            batch.push(sql!("INSERT INTO email_raw_waiting (raw_id, attempts, due_micros) VALUES ($1, $2, $3)"), args![id, 0_i64, now]);
        }
        match self.services.group.write(batch.wake(INBOUND)).await {
            Ok(()) => {
                metrics::counter!("email_received_total").increment(assets.len() as u64);
                Ok(first.simple().to_string())
            }
            Err(error) => {
                // After a lost connection it is not known whether the rows are there: then the files stay.
                if !matches!(error, StoreError::Unreachable(_)) {
                    kept.drop_files(&self.services).await;
                }
                self.known().clear();
                Err(match error {
                    // The asset was deleted since RCPT.
                    StoreError::Reference => Refusal::Rejected("Nobody here has this address any more.".into()),
                    error => busy(&Fault::Store(error)),
                })
            }
        }
    }
}

/// Where the bytes of a message went: into its row, or one file per asset, because each asset deletes its own.
struct Kept {
    size_bytes: i64,
    content: Option<Vec<u8>>,
    blobs: Vec<String>,
}

impl Kept {
    async fn of(services: &Services, body: Body, first: uuid::Uuid, copies: usize) -> Result<Self, Fault> {
        let size_bytes = i64::try_from(body.len()).unwrap_or(i64::MAX);
        let path = match body {
            Body::Memory(bytes) => return Ok(Self { size_bytes, content: Some(bytes), blobs: Vec::new() }),
            Body::File { path, .. } => path,
        };
        let mut blobs = vec![first.to_string()];
        for copy in 1..copies {
            let id = services.entropy.uuid(services.now()).to_string();
            let spare = services.blobs.spool_dir().join(format!("copy-{copy}-{id}"));
            let copied = async {
                tokio::fs::copy(&path, &spare).await.map_err(|source| Fault::Io { what: "copying a received mail", source })?;
                Ok::<_, Fault>(services.blobs.adopt(&id, &spare).await?)
            };
            copied.await?;
            blobs.push(id);
        }
        services.blobs.adopt(&first.to_string(), &path).await?;
        Ok(Self { size_bytes, content: None, blobs })
    }

    async fn drop_files(&self, services: &Services) {
        for blob in &self.blobs {
            drop(services.blobs.remove(blob).await);
        }
    }
}

fn busy(fault: &Fault) -> Refusal {
    tracing::error!(error = %chain(fault), "a received mail cannot be stored; its sender is told to come back");
    Refusal::Busy
}

fn free_bytes(folder: &std::path::Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

impl smtp_in::Intake for Intake {
    fn recipient<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Verdict> {
        Box::pin(async move {
            match self.find(address).await {
                Ok(Some(_)) if self.has_room(0) => Verdict::Accept,
                Ok(Some(_)) => Verdict::Busy,
                Ok(None) => Verdict::Unknown,
                Err(fault) => {
                    tracing::error!(error = %chain(&fault), "a recipient cannot be looked up");
                    Verdict::Busy
                }
            }
        })
    }

    fn accept(&self, envelope: Envelope, body: Body) -> BoxFuture<'_, Result<String, Refusal>> {
        Box::pin(async move {
            if !self.has_room(body.len()) {
                return Err(Refusal::Busy);
            }
            self.waiting.fetch_add(1, Ordering::Relaxed);
            let _leaves = Leave(&self.waiting);
            self.store(envelope, body).await
        })
    }
}

/// Counts down also when the listener stops waiting.
struct Leave<'a>(&'a AtomicUsize);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
