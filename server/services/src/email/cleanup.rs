//! Removing files whose rows are gone. The job is written in the transaction that deletes the rows.

use store::{StoreError, Tx, jobs};

use super::content::{from_json, to_json};
use crate::{Fault, Services, clock::MINUTE};

/// Name of the job queue.
const QUEUE: &str = "email.cleanup";
/// Files one job removes.
const BLOBS_PER_JOB: usize = 500;
/// Attempts before a job is set aside for a person.
const MAX_ATTEMPTS: i64 = 20;

/// Leaves the removal of files to jobs of this transaction, due at a moment.
///
/// # Errors
/// [`Fault::Store`], after which the transaction is over.
pub(crate) async fn remove_at(services: &Services, tx: &mut Tx, blobs: &[String], at_micros: i64) -> Result<(), Fault> {
    let now = services.now();
    for part in blobs.chunks(BLOBS_PER_JOB) {
        let job = jobs::NewJob {
            id: services.entropy.uuid(now).to_string(),
            queue: QUEUE,
            payload: to_json(&part, "job.payload")?,
            run_at_micros: at_micros,
            unique_key: None,
            now_micros: now,
        };
        jobs::enqueue(tx, job).await?;
    }
    Ok(())
}

/// Does what is due; how many jobs that was. Removing a file that is gone already is success.
///
/// # Errors
/// [`Fault::Store`] when the database does not answer; a job that fails is tried again later.
pub async fn run_due(services: &Services) -> Result<usize, Fault> {
    let now = services.now();
    let due = jobs::claim(&services.db, QUEUE, &services.settings.process_name, 10, now, 10 * MINUTE).await?;
    for job in &due {
        let outcome = remove(services, &job.payload).await;
        let mut tx = services.db.write().await?;
        match outcome {
            Ok(()) => jobs::complete(&mut tx, job).await?,
            Err(why) if job.attempt >= MAX_ATTEMPTS => jobs::fail(&mut tx, job, &crate::error::chain(&why)).await?,
            Err(why) => jobs::retry(&mut tx, job, services.now() + 5 * MINUTE, &crate::error::chain(&why)).await?,
        };
        tx.commit().await?;
    }
    Ok(due.len())
}

async fn remove(services: &Services, payload: &str) -> Result<(), Fault> {
    let blobs: Vec<String> = from_json(payload, "job.payload")?;
    let mut last: Option<StoreError> = None;
    for blob in &blobs {
        if let Err(error) = services.blobs.remove(blob).await {
            last = Some(error);
        }
    }
    last.map_or(Ok(()), |error| Err(error.into()))
}
