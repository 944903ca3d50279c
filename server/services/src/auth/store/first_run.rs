//! SQL of the first run: a single row while no tenant exists.

use ::store::{Db, Tx, args, sql};

use crate::Fault;

pub(in crate::auth) async fn put_first_run(db: &Db, secret_hash: &str, now: i64) -> Result<(), Fault> {
    db.execute(
        sql!(
            "INSERT INTO auth_first_run (id, secret_hash, created_micros) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, created_micros = excluded.created_micros"
        ),
        args![secret_hash, now],
    )
    .await?;
    Ok(())
}

pub(in crate::auth) async fn first_run_exists(db: &Db, secret_hash: &str) -> Result<bool, Fault> {
    let row = db.read_optional(sql!("SELECT id FROM auth_first_run WHERE secret_hash = $1"), args![secret_hash]).await?;
    Ok(row.is_some())
}

/// Removes the row; true for exactly one of several callers.
pub(in crate::auth) async fn take_first_run(tx: &mut Tx, secret_hash: &str) -> Result<bool, Fault> {
    let rows = tx.execute(sql!("DELETE FROM auth_first_run WHERE secret_hash = $1"), args![secret_hash]).await?;
    Ok(rows > 0)
}

/// Removes whatever link there is.
pub(in crate::auth) async fn end_first_run(tx: &mut Tx) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM auth_first_run"), args![]).await?;
    Ok(())
}
