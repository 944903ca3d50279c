//! Removing files whose rows are gone. The job is written in the transaction that deletes the rows.

use store::{StoreError, jobs};

use super::content::{from_json, to_json};
use crate::{Fault, Services, clock::MINUTE};

/// Name of the job queue.
pub const QUEUE: &str = "email.cleanup";
/// Files one job removes.
pub const BLOBS_PER_JOB: usize = 500;
/// Attempts before a job is set aside for a person.
const MAX_ATTEMPTS: i64 = 20;

/// The payload of a job.
pub(super) fn payload(blobs: &[String]) -> Result<String, Fault> {
    to_json(&blobs, "job.payload")
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
