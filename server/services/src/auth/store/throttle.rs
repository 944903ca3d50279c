//! SQL of sign-in throttling.

use ::store::{Db, Tx, args, sql};

use crate::{Fault, auth::throttle::Key};

/// Counts one failure in one statement and gives the count; `None` when the key is blocked now, and nothing is counted.
/// Counting starts over when the window passed without reaching the limit, or the block has been over for long enough.
/// The row stays locked until the transaction ends, so parallel attempts come one after the other.
pub(in crate::auth) async fn count_failure(
    tx: &mut Tx,
    key: &Key,
    now: i64,
    window_began_before: i64,
    block_ended_before: i64,
) -> Result<Option<i64>, Fault> {
    let row = tx
        .optional(
            sql!(
                "INSERT INTO auth_throttle (key, failures, window_start_micros, blocked_until_micros) VALUES ($1, 1, $2, 0)
                 ON CONFLICT (key) DO UPDATE SET
                     failures = CASE
                         WHEN auth_throttle.failures < $3 AND auth_throttle.window_start_micros <= $4 THEN 1
                         WHEN auth_throttle.failures >= $3 AND auth_throttle.blocked_until_micros <= $5 THEN 1
                         ELSE auth_throttle.failures + 1 END,
                     window_start_micros = CASE
                         WHEN auth_throttle.failures < $3 AND auth_throttle.window_start_micros <= $4 THEN $2
                         WHEN auth_throttle.failures >= $3 AND auth_throttle.blocked_until_micros <= $5 THEN $2
                         ELSE auth_throttle.window_start_micros END
                 WHERE auth_throttle.blocked_until_micros <= $2
                 RETURNING failures"
            ),
            args![key.text.as_str(), now, key.limit, window_began_before, block_ended_before],
        )
        .await?;
    Ok(row.map(|row| row.int("failures")).transpose()?)
}

pub(in crate::auth) async fn block(tx: &mut Tx, key: &str, until: i64) -> Result<(), Fault> {
    tx.execute(sql!("UPDATE auth_throttle SET blocked_until_micros = $2 WHERE key = $1"), args![key, until]).await?;
    Ok(())
}

pub(in crate::auth) async fn blocked_until(tx: &mut Tx, key: &str) -> Result<i64, Fault> {
    let row = tx.optional(sql!("SELECT blocked_until_micros FROM auth_throttle WHERE key = $1"), args![key]).await?;
    Ok(row.map(|row| row.int("blocked_until_micros")).transpose()?.unwrap_or(0))
}

/// [`blocked_until`] outside a transaction.
pub(in crate::auth) async fn blocked_until_now(db: &Db, key: &str) -> Result<i64, Fault> {
    let row = db.read_optional(sql!("SELECT blocked_until_micros FROM auth_throttle WHERE key = $1"), args![key]).await?;
    Ok(row.map(|row| row.int("blocked_until_micros")).transpose()?.unwrap_or(0))
}

/// Forgets a key.
pub(in crate::auth) async fn clear(tx: &mut Tx, key: &str) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM auth_throttle WHERE key = $1"), args![key]).await?;
    Ok(())
}

/// Takes one failure back, and the block that it may have begun; how far the count had got stays.
pub(in crate::auth) async fn take_back(tx: &mut Tx, key: &str, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE auth_throttle SET failures = failures - 1,
                 blocked_until_micros = CASE WHEN blocked_until_micros > $2 THEN $2 ELSE blocked_until_micros END
             WHERE key = $1 AND failures > 0"
        ),
        args![key, now],
    )
    .await?;
    Ok(())
}

/// Removes counts that would start over at the next attempt anyway.
pub(in crate::auth) async fn sweep_throttle(db: &Db, forgotten_before: i64, limit: i64) -> Result<u64, Fault> {
    let rows = db
        .execute(
            sql!(
                "DELETE FROM auth_throttle WHERE key IN
                 (SELECT key FROM auth_throttle WHERE window_start_micros <= $1 AND blocked_until_micros <= $1 ORDER BY key LIMIT $2)"
            ),
            args![forgotten_before, limit],
        )
        .await?;
    Ok(rows)
}
