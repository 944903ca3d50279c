//! The outbox worker: it hands committed mails to SMTP servers and commits what became of them.
//!
//! One [`Worker`] per process; several processes share one outbox. A mail is in one worker's hands at a time because it is
//! claimed under a lease; a mail is `submitted` only after the server's 250. Between that 250 and our commit lies the one
//! window in which a crash makes a duplicate, and it carries the same Message-ID.
//!
//! Inside, each asset with due mails has a lane: it claims batches and feeds up to `max_connections` senders. A server that
//! stalls holds its own lane only. What the senders learn goes to one committer, which writes many results per commit.

mod claim;
mod commit;
mod lane;
mod outcome;
mod schedule;
mod sender;
mod verdict;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use mail::smtp_out::Timeouts;
use model::ids::{AssetId, MessageId};

use self::{
    lane::{Lane, LaneEnd},
    outcome::Outcome,
    schedule::Hold,
};
use super::OUTBOX;
use crate::{Fault, Services, clock::SECOND, error::chain};

/// How the worker paces itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often the outbox is looked at without being woken.
    pub sweep: Duration,
    /// How long a claim lasts without renewal, in microseconds. It is renewed four times in that span.
    pub lease_micros: i64,
    /// Most mails a lane claims at once.
    pub batch: u32,
    /// How long a connection waits for another mail.
    pub idle: Duration,
    /// Mails over one connection.
    pub mails_per_connection: u32,
    /// How long mails on their way may take when the worker is told to stop.
    pub drain: Duration,
    /// Limits of one connection.
    pub timeouts: Timeouts,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sweep: Duration::from_secs(5),
            lease_micros: 60 * SECOND,
            batch: 500,
            idle: Duration::from_secs(10),
            mails_per_connection: 500,
            drain: Duration::from_secs(8),
            timeouts: Timeouts { connect: Duration::from_secs(15), command: Duration::from_secs(60), data: Duration::from_secs(300) },
        }
    }
}

/// Delivers queued mails. Made once per process.
pub struct Worker {
    services: Services,
    options: Options,
}

/// What lanes and senders share.
pub(crate) struct Shared {
    services: Services,
    options: Options,
    /// Until when everything in `in_hand` is this process's own, as far as the last renewal says.
    lease_until: AtomicI64,
    in_hand: InHand,
    results: mpsc::Sender<Outcome>,
    stop: CancellationToken,
}

/// The mails this process has claimed and not committed a result of. A renewal takes out those that were lost.
#[derive(Clone, Default)]
pub(crate) struct InHand(Arc<Mutex<HashSet<MessageId>>>);

impl InHand {
    fn ids(&self) -> MutexGuard<'_, HashSet<MessageId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An asset whose server is left alone.
struct Held {
    until: i64,
    failures: u32,
    version: i64,
}

impl Worker {
    /// A worker with the usual pace.
    pub fn new(services: Services) -> Self {
        Self { services, options: Options::default() }
    }

    /// A worker with another pace.
    pub fn with_options(services: Services, options: Options) -> Self {
        Self { services, options }
    }

    /// Works until `shutdown`; then takes no new mail, finishes those on their way (at most `drain`), gives the others
    /// back and returns.
    pub async fn run(self, shutdown: CancellationToken) {
        let (results, outcomes) = mpsc::channel(4096);
        let in_hand = InHand::default();
        let shared = Arc::new(Shared {
            lease_until: AtomicI64::new(i64::MIN),
            in_hand: in_hand.clone(),
            services: self.services,
            options: self.options,
            results,
            stop: shutdown,
        });
        // What an earlier life of this process had in its hands when it was killed.
        if let Err(fault) = claim::release_own(&shared.services).await {
            tracing::error!(error = %chain(&fault), "mails of an earlier run wait for their lease to end");
        }
        let committer = tokio::spawn(commit::run(shared.services.clone(), in_hand, outcomes));
        let keeper = tokio::spawn(keep_leases(Arc::clone(&shared)));
        supervise(&shared).await;
        // The last sender of results goes with `shared`; the committer then ends by itself.
        keeper.abort();
        drop(shared);
        drop(committer.await);
    }
}

/// Starts a lane for each asset with due mails, until the stop.
async fn supervise(shared: &Arc<Shared>) {
    let mut wake = shared.services.db.wake(OUTBOX);
    let mut lanes: JoinSet<LaneEnd> = JoinSet::new();
    let mut running: HashMap<AssetId, Arc<Lane>> = HashMap::new();
    let mut held: HashMap<AssetId, Held> = HashMap::new();
    while !shared.stop.is_cancelled() {
        match claim::due_assets(&shared.services).await {
            Ok(due) => {
                for asset in due {
                    if let Some(lane) = running.get(&asset.id) {
                        lane.more.notify_one();
                        continue;
                    }
                    let failures = match held.get(&asset.id) {
                        Some(hold) if hold.version == asset.version && hold.until > shared.services.now() => continue,
                        Some(hold) if hold.version == asset.version => hold.failures,
                        _ => 0,
                    };
                    let lane = Arc::new(Lane::new(Arc::clone(shared), asset.id, failures == 0));
                    running.insert(asset.id, Arc::clone(&lane));
                    lanes.spawn(lane.run());
                }
            }
            Err(fault) => tracing::error!(error = %chain(&fault), "the outbox cannot be read; trying again"),
        }
        tokio::select! {
            _ = wake.wait(shared.options.sweep) => {}
            Some(ended) = lanes.join_next() => settle(shared, ended, &mut running, &mut held),
            () = shared.stop.cancelled() => {}
        }
    }
    let drained = tokio::time::timeout(shared.options.drain, async { while lanes.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!("mails were still on their way at the stop; they return when their lease ends");
        lanes.shutdown().await;
    }
}

fn settle(
    shared: &Shared,
    ended: Result<LaneEnd, tokio::task::JoinError>,
    running: &mut HashMap<AssetId, Arc<Lane>>,
    held: &mut HashMap<AssetId, Held>,
) {
    let end = match ended {
        Ok(end) => end,
        Err(error) => {
            // Which lane it was is not told: all that are not held by their own task any more go.
            tracing::error!(%error, "a lane of the outbox broke off");
            running.retain(|_, lane| Arc::strong_count(lane) > 1);
            return;
        }
    };
    running.remove(&end.asset);
    match end.hold {
        Some(hold) => {
            let before = held.get(&end.asset).filter(|before| before.version == end.version && !end.proven).map_or(0, |before| before.failures);
            let failures = before + 1;
            let until = shared.services.now() + schedule::hold_for(hold, failures, chance(&shared.services));
            tracing::info!(asset = %end.asset, ?hold, failures, "an SMTP server is left alone for a while");
            held.insert(end.asset, Held { until, failures, version: end.version });
        }
        None if end.proven => {
            held.remove(&end.asset);
        }
        None => {}
    }
}

/// 64 random bits.
fn chance(services: &Services) -> u64 {
    u64::from_le_bytes(services.entropy.bytes())
}

/// Renews this process's leases, takes back those of processes that died, and counts what waits.
async fn keep_leases(shared: Arc<Shared>) {
    let quarter = Duration::from_micros(u64::try_from(shared.options.lease_micros / 4).unwrap_or(1).max(1));
    loop {
        if let Err(fault) = keep_once(&shared).await {
            tracing::error!(error = %chain(&fault), "the leases of mails cannot be renewed; trying again");
        }
        tokio::time::sleep(quarter).await;
    }
}

async fn keep_once(shared: &Shared) -> Result<(), Fault> {
    let services = &shared.services;
    let until = services.now() + shared.options.lease_micros;
    let before: Vec<MessageId> = shared.in_hand.ids().iter().copied().collect();
    let held = claim::renew(services, &before, until).await?;
    let lost: Vec<MessageId> = before.into_iter().filter(|id| !held.contains(id)).collect();
    shared.in_hand.ids().retain(|id| !lost.contains(id));
    shared.lease_until.store(until, Ordering::SeqCst);
    let back = claim::release_expired(services).await?;
    if back > 0 {
        tracing::warn!(mails = back, "mails of a process that died are queued again");
    }
    super::cleanup::run_due(services).await?;
    let waiting = claim::count_waiting(services).await?;
    metrics::gauge!("email_outbox_waiting").set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
    Ok(())
}

impl Shared {
    /// Whether a mail may still be offered under its lease: a process that slept must not send what another one has now.
    fn lease_is_good(&self, mail: &claim::Claimed) -> bool {
        let until = self.lease_until.load(Ordering::SeqCst).max(mail.claimed_micros.saturating_add(self.options.lease_micros));
        self.services.now().saturating_add(self.options.lease_micros / 4) < until && self.in_hand.ids().contains(&mail.id)
    }
}

/// Why a lane ends early.
type HoldReason = (Hold, String);
