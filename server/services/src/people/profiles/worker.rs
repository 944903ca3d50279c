//! The worker behind the profile API. A job is written in the transaction that accepts a request; whoever claims it carries out
//! the tenant's requests up to that one, oldest first.

use std::time::Duration;

use ::store::{
    StoreError, Tx, args,
    jobs::{self, Job, NewJob},
    sql,
};
use model::ids::{ProfileBatchId, TenantId};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::apply;
use crate::{
    Fault, Services,
    clock::{DAY, MINUTE, SECOND},
    error::chain,
};

/// Name of the job queue.
pub const QUEUE: &str = "people.profiles";
/// Jobs claimed at a time: few, so that two processes share them.
const CLAIM: u32 = 4;
/// How long a claimed job is a worker's own; a request takes well under a second.
const LEASE_MICROS: i64 = MINUTE;
/// Attempts before the oldest request is ended with an error.
const MAX_ATTEMPTS: i64 = 10;
/// How long the outcome of a request can be asked for.
const KEPT_MICROS: i64 = 7 * DAY;
/// Finished requests removed per call of [`sweep`].
const SWEPT_AT_ONCE: i64 = 200;

#[derive(Serialize, Deserialize)]
struct Payload {
    tenant: TenantId,
    batch: ProfileBatchId,
}

/// Writes the job of a request in the transaction that accepts it.
pub(super) async fn enqueue(tx: &mut Tx, services: &Services, tenant: TenantId, batch: ProfileBatchId) -> Result<(), Fault> {
    let now = services.now();
    let payload = serde_json::to_string(&Payload { tenant, batch }).map_err(|_| Fault::Stored { place: "job.payload" })?;
    let id = services.entropy.uuid(now).to_string();
    jobs::enqueue(tx, NewJob { id, queue: QUEUE, payload, run_at_micros: now, unique_key: None, now_micros: now }).await?;
    Ok(())
}

/// Carries out requests of the profile API. Any number of processes may run one each.
pub struct Worker {
    services: Services,
}

impl Worker {
    /// A worker over all tenants.
    pub fn new(services: Services) -> Self {
        Self { services }
    }

    /// Works until `shutdown`; the request in hand is finished first.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut wake = self.services.db.wake(QUEUE);
        self.take_back().await;
        while !shutdown.is_cancelled() {
            match self.step().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(fault) => tracing::error!(error = %chain(&fault), "requests of the profile API cannot be carried out; trying again"),
            }
            tokio::select! {
                _ = wake.wait(Duration::from_secs(5)) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// What this process was doing when it was killed is due at once. When it cannot be taken back now, its lease runs out soon.
    async fn take_back(&self) {
        let services = &self.services;
        if let Err(error) = jobs::take_back(&services.db, QUEUE, &services.settings.process_name, services.now()).await {
            tracing::warn!(error = %chain(&error), "requests of the profile API that were under way wait for their lease to run out");
        }
    }

    /// Does what is due; how many jobs that was.
    ///
    /// # Errors
    /// [`Fault::Store`] when the database does not answer. A request that cannot be carried out is no error here: it is tried
    /// again.
    pub async fn step(&self) -> Result<usize, Fault> {
        let services = &self.services;
        let due = jobs::claim(&services.db, QUEUE, &services.settings.process_name, CLAIM, services.now(), LEASE_MICROS).await?;
        for job in &due {
            if let Err(fault) = self.work(job).await {
                self.put_off(job, &fault).await?;
            }
        }
        Ok(due.len())
    }

    async fn work(&self, job: &Job) -> Result<(), Fault> {
        let payload: Payload = serde_json::from_str(&job.payload).map_err(|_| Fault::Stored { place: "job.payload" })?;
        // Earlier ones have jobs of their own, which then find nothing to do.
        while let Some(done) = apply::next(&self.services, payload.tenant).await? {
            if done >= payload.batch {
                break;
            }
        }
        let mut tx = self.services.db.write().await?;
        jobs::complete(&mut tx, job).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Tries again after 2 s, 4 s, 8 s, …; a request that never works is ended with an error, because others wait behind it.
    async fn put_off(&self, job: &Job, fault: &Fault) -> Result<(), Fault> {
        tracing::error!(error = %chain(fault), job = %job.id, attempt = job.attempt, "a request of the profile API could not be carried out");
        let services = &self.services;
        let Ok(payload) = serde_json::from_str::<Payload>(&job.payload) else {
            let mut tx = services.db.write().await?;
            jobs::fail(&mut tx, job, "the payload does not read back").await?;
            tx.commit().await?;
            return Ok(());
        };
        // A database that does not answer says nothing about the request.
        let away = matches!(fault, Fault::Store(StoreError::Unreachable(..) | StoreError::Busy));
        if job.attempt >= MAX_ATTEMPTS && !away {
            apply::give_up(services, payload.tenant).await?;
        }
        let wait = (2 * SECOND) << u32::try_from(job.attempt.clamp(1, 8) - 1).unwrap_or(0);
        let mut tx = services.db.write().await?;
        jobs::retry(&mut tx, job, services.now() + wait, &chain(fault)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Forgets requests that were carried out a week ago. To be run now and then; tells how many went.
///
/// # Errors
/// [`Fault::Store`].
pub async fn sweep(services: &Services) -> Result<u64, Fault> {
    let before = services.now() - KEPT_MICROS;
    let mut tx = services.db.write().await?;
    tx.execute(
        sql!(
            "DELETE FROM people_profile_item WHERE batch_id IN
             (SELECT id FROM people_profile_batch WHERE status = 'done' AND finished_micros <= $1 ORDER BY finished_micros, id LIMIT $2)"
        ),
        args![before, SWEPT_AT_ONCE],
    )
    .await?;
    let gone = tx
        .execute(
            sql!(
                "DELETE FROM people_profile_batch WHERE id IN
                 (SELECT id FROM people_profile_batch WHERE status = 'done' AND finished_micros <= $1 ORDER BY finished_micros, id LIMIT $2)"
            ),
            args![before, SWEPT_AT_ONCE],
        )
        .await?;
    tx.commit().await?;
    Ok(gone)
}
