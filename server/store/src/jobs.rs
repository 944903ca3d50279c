//! The job queue: rows written in the transaction of their cause, claimed under a lease, retried or given up where the error
//! is understood. A handler may run twice (a lease can run out while it works), so it must be idempotent.

use crate::{Args, Db, Row, Statement, StoreError, Tx, args, sql};

/// A job to enqueue.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Identifier, a UUIDv7.
    pub id: String,
    /// Name of the queue; also the channel that is notified.
    pub queue: &'static str,
    /// What to do, as JSON.
    pub payload: String,
    /// Not before this moment, in microseconds UTC.
    pub run_at_micros: i64,
    /// While a job with this key waits in the queue, another is not added.
    pub unique_key: Option<String>,
    /// The present, in microseconds UTC.
    pub now_micros: i64,
}

/// A claimed job. [`complete`], [`retry`], [`fail`] and [`renew`] take it as the proof that the claim is still valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Identifier.
    pub id: String,
    /// Queue it came from.
    pub queue: String,
    /// What to do.
    pub payload: String,
    /// Which attempt this is, from 1. A later claim has a higher number.
    pub attempt: i64,
    /// When it was due, in microseconds UTC.
    pub run_at_micros: i64,
}

/// A job that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// Identifier.
    pub id: String,
    /// Queue it came from.
    pub queue: String,
    /// What it should have done.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it was given up.
    pub last_error: String,
    /// When it was enqueued, in microseconds UTC.
    pub created_micros: i64,
}

/// How many jobs a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Waiting, due or not.
    pub queued: i64,
    /// Claimed.
    pub running: i64,
    /// Given up.
    pub dead: i64,
}

/// Longest error text that is kept, in bytes.
const LONGEST_ERROR: usize = 2_000;

/// Adds a job within the transaction of its cause and wakes the queue at the commit. `false`: a job with the same unique key
/// waits already, so nothing was added.
///
/// # Errors
/// [`StoreError::Conflict`] when the id is taken; see [`Tx::execute`].
pub async fn enqueue(tx: &mut Tx, job: NewJob) -> Result<bool, StoreError> {
    let insert = sql!(
        "INSERT INTO job (id, queue, payload, status, unique_key, run_at_micros, attempts, last_error, created_micros)
         VALUES ($1, $2, $3, 'queued', $4, $5, 0, '', $6)
         ON CONFLICT (queue, unique_key) WHERE unique_key IS NOT NULL AND status = 'queued' DO NOTHING"
    );
    let args = args![job.id, job.queue, job.payload, job.unique_key, job.run_at_micros, job.now_micros];
    let added = tx.execute(insert, args).await? > 0;
    if added {
        tx.notify(job.queue);
    }
    Ok(added)
}

/// Claims up to `limit` due jobs for `owner` until `now + lease_micros`: first those whose lease ran out, then waiting ones,
/// each in the order of their due time. No job is given to two claims at a time.
///
/// # Errors
/// See [`Db::write`] and [`Tx::execute`].
pub async fn claim(db: &Db, queue: &str, owner: &str, limit: u32, now_micros: i64, lease_micros: i64) -> Result<Vec<Job>, StoreError> {
    // A look first: an idle queue then takes no lock.
    let due = sql!(
        "SELECT EXISTS (SELECT 1 FROM job WHERE queue = $1 AND status = 'queued' AND run_at_micros <= $2)
             OR EXISTS (SELECT 1 FROM job WHERE queue = $1 AND status = 'running' AND lease_until_micros <= $2) AS due"
    );
    if limit == 0 || !db.read_one(due, args![queue, now_micros]).await?.flag("due")? {
        return Ok(Vec::new());
    }
    let mut tx = db.write().await?;
    let mut jobs = Vec::new();
    for abandoned in [true, false] {
        let room = i64::from(limit) - i64::try_from(jobs.len()).unwrap_or(i64::MAX);
        if room > 0 {
            let statement = claim_statement(&tx, abandoned);
            let args = args![queue, now_micros, room, owner, now_micros.saturating_add(lease_micros)];
            let rows = tx.all(statement, args).await?;
            let mut claimed = rows.iter().map(job).collect::<Result<Vec<_>, _>>()?;
            // RETURNING promises no order.
            claimed.sort_by(|a, b| (a.run_at_micros, &a.id).cmp(&(b.run_at_micros, &b.id)));
            jobs.append(&mut claimed);
        }
    }
    tx.commit().await?;
    Ok(jobs)
}

/// Ends the leases that `owner` holds: to be called when it starts, for what it was doing when it was killed. How many there were.
///
/// # Errors
/// See [`Db::execute`].
pub async fn take_back(db: &Db, queue: &str, owner: &str, now_micros: i64) -> Result<u64, StoreError> {
    let update =
        sql!("UPDATE job SET lease_until_micros = $3 WHERE queue = $1 AND lease_owner = $2 AND status = 'running' AND lease_until_micros > $3");
    db.execute(update, args![queue, owner, now_micros]).await
}

/// MATERIALIZED, so that PostgreSQL chooses the rows once: as a plain subquery it may be run again for every row and take
/// more than the limit.
fn claim_statement(tx: &Tx, abandoned: bool) -> Statement {
    let due = if abandoned {
        "status = 'running' AND lease_until_micros <= $2 ORDER BY lease_until_micros, id"
    } else {
        "status = 'queued' AND run_at_micros <= $2 ORDER BY run_at_micros, id"
    };
    Statement::assembled(&[
        "WITH due AS MATERIALIZED (SELECT id FROM job WHERE queue = $1 AND ",
        due,
        " LIMIT $3",
        tx.dialect().skip_locked(),
        ") UPDATE job SET status = 'running', attempts = attempts + 1, lease_owner = $4, lease_until_micros = $5 \
         WHERE id IN (SELECT id FROM due) RETURNING id, queue, payload, attempts, run_at_micros",
    ])
}

fn job(row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.text("id")?,
        queue: row.text("queue")?,
        payload: row.text("payload")?,
        attempt: row.int("attempts")?,
        run_at_micros: row.int("run_at_micros")?,
    })
}

/// Prolongs a lease to `until_micros`. `false`: the claim was lost, so the work should stop.
///
/// # Errors
/// See [`Db::execute`].
pub async fn renew(db: &Db, job: &Job, until_micros: i64) -> Result<bool, StoreError> {
    let update = sql!("UPDATE job SET lease_until_micros = $3 WHERE id = $1 AND attempts = $2 AND status = 'running'");
    Ok(db.execute(update, args![&job.id, job.attempt, until_micros]).await? > 0)
}

/// Ends a job that was done, in the transaction of its effect. `false`: the claim was lost and somebody else has the job, so
/// roll back.
///
/// # Errors
/// See [`Tx::execute`].
pub async fn complete(tx: &mut Tx, job: &Job) -> Result<bool, StoreError> {
    let delete = sql!("DELETE FROM job WHERE id = $1 AND attempts = $2 AND status = 'running'");
    Ok(tx.execute(delete, args![&job.id, job.attempt]).await? > 0)
}

/// Puts a job back until `run_at_micros`, with the reason. When a job with the same unique key waits meanwhile, that one does
/// the work and this one ends. `false`: the claim was lost.
///
/// # Errors
/// See [`Tx::execute`]; [`StoreError::Conflict`] when a job with the same key is added at this very moment: its lease then
/// runs out and it is tried again.
pub async fn retry(tx: &mut Tx, job: &Job, run_at_micros: i64, why: &str) -> Result<bool, StoreError> {
    if yield_to_twin(tx, &job.id, "running", job.attempt).await? {
        return Ok(true);
    }
    let update = sql!(
        "UPDATE job SET status = 'queued', run_at_micros = $3, last_error = $4, lease_owner = NULL, lease_until_micros = NULL
         WHERE id = $1 AND attempts = $2 AND status = 'running'"
    );
    let kept = tx.execute(update, args![&job.id, job.attempt, run_at_micros, shortened(why)]).await? > 0;
    if kept {
        tx.notify(&job.queue);
    }
    Ok(kept)
}

/// Gives a job up: it stays as dead, with the reason, until it is revived or discarded. `false`: the claim was lost.
///
/// # Errors
/// See [`Tx::execute`].
pub async fn fail(tx: &mut Tx, job: &Job, why: &str) -> Result<bool, StoreError> {
    let update = sql!(
        "UPDATE job SET status = 'dead', last_error = $3, lease_owner = NULL, lease_until_micros = NULL
         WHERE id = $1 AND attempts = $2 AND status = 'running'"
    );
    Ok(tx.execute(update, args![&job.id, job.attempt, shortened(why)]).await? > 0)
}

/// Dead jobs of a queue, oldest first, at most `limit`, after the given id.
///
/// # Errors
/// See [`Db::read_all`].
pub async fn dead(db: &Db, queue: &str, after: Option<&str>, limit: u32) -> Result<Vec<DeadJob>, StoreError> {
    let select = sql!(
        "SELECT id, queue, payload, attempts, last_error, created_micros FROM job
         WHERE queue = $1 AND status = 'dead' AND id > $2 ORDER BY id LIMIT $3"
    );
    let rows = db.read_all(select, args![queue, after.unwrap_or(""), limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(DeadJob {
                id: row.text("id")?,
                queue: row.text("queue")?,
                payload: row.text("payload")?,
                attempts: row.int("attempts")?,
                last_error: row.text("last_error")?,
                created_micros: row.int("created_micros")?,
            })
        })
        .collect()
}

/// Puts a dead job back into its queue, due now. `false`: there is no such dead job.
///
/// # Errors
/// See [`retry`].
pub async fn revive(tx: &mut Tx, id: &str, now_micros: i64) -> Result<bool, StoreError> {
    let find = sql!("SELECT queue, attempts FROM job WHERE id = $1 AND status = 'dead'");
    let Some(row) = tx.optional(find, args![id]).await? else { return Ok(false) };
    if yield_to_twin(tx, id, "dead", row.int("attempts")?).await? {
        return Ok(true);
    }
    let update = sql!("UPDATE job SET status = 'queued', run_at_micros = $2 WHERE id = $1 AND status = 'dead'");
    let revived = tx.execute(update, args![id, now_micros]).await? > 0;
    tx.notify(row.str("queue")?);
    Ok(revived)
}

/// Deletes a dead job. `false`: there is no such dead job.
///
/// # Errors
/// See [`Tx::execute`].
pub async fn discard(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(sql!("DELETE FROM job WHERE id = $1 AND status = 'dead'"), args![id]).await? > 0)
}

/// How many jobs each queue holds, by name. Counts rows: for metrics, not for every request.
///
/// # Errors
/// See [`Db::read_all`].
pub async fn depths(db: &Db) -> Result<Vec<(String, Depth)>, StoreError> {
    let select = sql!(
        "SELECT queue,
             count(CASE WHEN status = 'queued' THEN 1 END) AS queued,
             count(CASE WHEN status = 'running' THEN 1 END) AS running,
             count(CASE WHEN status = 'dead' THEN 1 END) AS dead
         FROM job GROUP BY queue ORDER BY queue"
    );
    let rows = db.read_all(select, Args::new()).await?;
    rows.iter()
        .map(|row| Ok((row.text("queue")?, Depth { queued: row.int("queued")?, running: row.int("running")?, dead: row.int("dead")? })))
        .collect()
}

/// Deletes a job that is to wait again when one with its unique key waits already. Whether it did.
async fn yield_to_twin(tx: &mut Tx, id: &str, status: &str, attempts: i64) -> Result<bool, StoreError> {
    let delete = sql!(
        "DELETE FROM job WHERE id = $1 AND status = $2 AND attempts = $3 AND EXISTS (
             SELECT 1 FROM job AS twin
             WHERE twin.queue = job.queue AND twin.unique_key = job.unique_key AND twin.status = 'queued')"
    );
    Ok(tx.execute(delete, args![id, status, attempts]).await? > 0)
}

fn shortened(why: &str) -> &str {
    why.get(..why.floor_char_boundary(LONGEST_ERROR)).unwrap_or(why)
}
