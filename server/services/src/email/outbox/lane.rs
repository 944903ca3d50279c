//! One asset's way out: it claims batches of due mails and keeps its senders supplied.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use mail::smtp_out::Route;
use model::ids::AssetId;
use tokio::{sync::Notify, task::JoinSet};

use super::{
    HoldReason, Shared,
    claim::{self, Claimed},
    outcome::{Outcome, give_back},
    schedule::Hold,
    sender,
};
use crate::{Fault, clock::SECOND, email::assets, error::chain};

/// Content in memory per lane, as a goal: large mails are claimed fewer at a time.
const GOAL_BYTES: usize = 16 * 1024 * 1024;
/// Waits this long after a small claim, so that what arrives meanwhile is claimed together.
const GATHER: Duration = Duration::from_millis(5);

/// What a lane tells when it ends.
pub(super) struct LaneEnd {
    pub asset: AssetId,
    /// Version of the asset whose route was used.
    pub version: i64,
    pub hold: Option<Hold>,
    /// The server answered to at least one mail.
    pub proven: bool,
}

/// The shared part of a lane.
pub(crate) struct Lane {
    pub(super) shared: Arc<Shared>,
    asset: AssetId,
    queue: Mutex<VecDeque<Claimed>>,
    /// Mails in the senders' hands.
    busy: AtomicU32,
    /// Signals a sender: there is a mail.
    work: Notify,
    /// Signals the lane: the queue runs low, or a sender is done.
    low: Notify,
    /// Signals the lane: new mails were committed.
    pub(super) more: Notify,
    hold: Mutex<Option<HoldReason>>,
    proven: AtomicBool,
    closed: AtomicBool,
}

impl Lane {
    pub(super) fn new(shared: Arc<Shared>, asset: AssetId, proven: bool) -> Self {
        Self {
            shared,
            asset,
            queue: Mutex::default(),
            busy: AtomicU32::new(0),
            work: Notify::new(),
            low: Notify::new(),
            more: Notify::new(),
            hold: Mutex::default(),
            proven: AtomicBool::new(proven),
            closed: AtomicBool::new(false),
        }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Claimed>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until nothing is due for a while, the server is to be left alone, or the stop.
    pub(super) async fn run(self: Arc<Self>) -> LaneEnd {
        let version = match self.work().await {
            Ok(version) => version,
            Err(fault) => {
                tracing::error!(asset = %self.asset, error = %chain(&fault), "an outbox lane ends; it starts again with the next look");
                0
            }
        };
        let hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner).take().map(|(hold, _)| hold);
        LaneEnd { asset: self.asset, version, hold, proven: self.proven.load(Ordering::SeqCst) }
    }

    async fn work(self: &Arc<Self>) -> Result<i64, Fault> {
        let services = &self.shared.services;
        let Some(asset) = assets::store::find_any(&services.db, self.asset).await?.filter(|asset| asset.active) else { return Ok(0) };
        let mut route = asset.route(services, asset.unsealed_password(services)?);
        route.timeouts = self.shared.options.timeouts;
        let route = Arc::new(route);
        let from = Arc::<str>::from(asset.email_address.as_str());
        let mut senders = JoinSet::new();
        let result = self.supply(&mut senders, usize::from(asset.max_connections), &route, &from).await;
        self.closed.store(true, Ordering::SeqCst);
        self.give_back_rest().await;
        self.work.notify_waiters();
        while senders.join_next().await.is_some() {}
        // A sender may have put nothing back, but a claim may have raced with the end.
        self.give_back_rest().await;
        result.map(|()| asset.version)
    }

    /// Claims and wakes senders until the lane ends.
    async fn supply(self: &Arc<Self>, senders: &mut JoinSet<()>, most: usize, route: &Arc<Route>, from: &Arc<str>) -> Result<(), Fault> {
        let options = &self.shared.options;
        let mut limit = options.batch.min(64);
        while !self.is_ending() {
            while senders.try_join_next().is_some() {}
            let proven = self.proven.load(Ordering::SeqCst);
            if !proven && self.in_hand() > 0 {
                // One mail finds out whether the server is back; the others wait for its answer.
                self.pause(options.idle).await;
                continue;
            }
            if self.queue().len() * 2 > limit as usize {
                self.pause(options.idle).await;
                continue;
            }
            let asked = if proven { limit } else { 1 };
            let (claimed, bytes) = claim::claim(&self.shared.services, self.asset, asked, options.lease_micros).await?;
            if claimed.is_empty() {
                let idle = self.in_hand() == 0;
                let woken = self.pause(options.idle).await;
                if idle && !woken && self.in_hand() == 0 {
                    return Ok(());
                }
                continue;
            }
            let each = (bytes / claimed.len()).max(1);
            limit = u32::try_from(GOAL_BYTES / each).unwrap_or(u32::MAX).clamp(8, options.batch.max(8)).min(options.batch);
            let full = claimed.len() >= asked as usize;
            let wanted = most.min(self.in_hand() + claimed.len());
            self.shared.in_hand.ids().extend(claimed.iter().map(|mail| mail.id));
            for mail in claimed {
                self.queue().push_back(mail);
                self.work.notify_one();
            }
            while senders.len() < wanted {
                senders.spawn(sender::run(Arc::clone(self), Arc::clone(route), Arc::clone(from)));
            }
            if !full {
                tokio::time::sleep(GATHER).await;
            }
        }
        Ok(())
    }

    /// Waits for a reason to look again; `false` when none came in time.
    async fn pause(&self, longest: Duration) -> bool {
        tokio::select! {
            () = self.low.notified() => true,
            () = self.more.notified() => true,
            () = self.shared.stop.cancelled() => true,
            () = tokio::time::sleep(longest) => false,
        }
    }

    /// Mails queued here or with a sender.
    fn in_hand(&self) -> usize {
        self.queue().len() + self.busy.load(Ordering::SeqCst) as usize
    }

    /// No mail is begun any more.
    pub(super) fn is_ending(&self) -> bool {
        self.shared.stop.is_cancelled() || self.closed.load(Ordering::SeqCst) || self.hold.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The next mail for a sender; `None` when the lane ends or nothing came for `idle`.
    pub(super) async fn next(&self, idle: Duration) -> Option<Claimed> {
        loop {
            if self.is_ending() {
                return None;
            }
            let waiting = self.work.notified();
            let taken = {
                let mut queue = self.queue();
                let taken = queue.pop_front();
                if taken.is_some() {
                    self.busy.fetch_add(1, Ordering::SeqCst);
                }
                taken
            };
            match taken {
                Some(mail) => {
                    self.low.notify_one();
                    // One stored signal may stand for several mails: pass it on.
                    self.work.notify_one();
                    return Some(mail);
                }
                None => tokio::time::timeout(idle, waiting).await.ok()?,
            }
        }
    }

    /// A sender is done with a mail, whatever came of it.
    pub(super) async fn done(&self, outcome: Outcome, answered: bool) {
        if answered {
            self.proven.store(true, Ordering::SeqCst);
        }
        // The committer lives as long as anybody who can send to it.
        drop(self.shared.results.send(outcome).await);
        self.busy.fetch_sub(1, Ordering::SeqCst);
        self.low.notify_one();
    }

    /// Ends the lane: its server is to be left alone.
    pub(super) fn hold(&self, hold: Hold, words: &str) {
        let mut slot = self.hold.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some((hold, words.to_owned()));
        }
        drop(slot);
        self.low.notify_one();
        self.work.notify_waiters();
    }

    /// What was claimed and not offered goes back; with the reason, when there is one to tell.
    async fn give_back_rest(&self) {
        let rest: Vec<Claimed> = self.queue().drain(..).collect();
        let now = self.shared.services.now();
        let reason = self.hold.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(_, words)| words.clone());
        // They are due again at once: how long the server is left alone is known to the supervisor, and ends early when a
        // person mends the asset.
        for mail in rest {
            let outcome = give_back(mail, reason.as_deref().unwrap_or_default(), now - now % SECOND, now);
            drop(self.shared.results.send(outcome).await);
        }
    }
}
