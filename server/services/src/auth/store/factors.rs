//! SQL of second factors: app codes and recovery codes.

use ::store::{Db, Tx, args, sql};
use model::ids::{TenantId, UserId};
use uuid::Uuid;

use crate::Fault;

/// An app that shows codes, or will.
pub(in crate::auth) struct TotpRow {
    pub sealed: Vec<u8>,
    pub last_step: i64,
    pub confirmed_micros: Option<i64>,
}

fn read_totp(row: &::store::Row) -> Result<TotpRow, Fault> {
    Ok(TotpRow { sealed: row.bytes("secret")?, last_step: row.int("last_step")?, confirmed_micros: row.opt_int("confirmed_micros")? })
}

pub(in crate::auth) async fn totp(db: &Db, tenant: TenantId, user: UserId) -> Result<Option<TotpRow>, Fault> {
    let find = sql!("SELECT secret, last_step, confirmed_micros FROM auth_totp WHERE tenant_id = $1 AND user_id = $2");
    db.read_optional(find, args![tenant.uuid(), user.uuid()]).await?.as_ref().map(read_totp).transpose()
}

pub(in crate::auth) async fn totp_in(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<Option<TotpRow>, Fault> {
    let find = sql!("SELECT secret, last_step, confirmed_micros FROM auth_totp WHERE tenant_id = $1 AND user_id = $2");
    tx.optional(find, args![tenant.uuid(), user.uuid()]).await?.as_ref().map(read_totp).transpose()
}

/// Puts a new secret in the place of one that was never confirmed; false when there is one that was.
pub(in crate::auth) async fn put_totp(tx: &mut Tx, tenant: TenantId, user: UserId, sealed: &[u8], now: i64) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!(
                "INSERT INTO auth_totp (user_id, tenant_id, secret, last_step, confirmed_micros, created_micros) VALUES ($1, $2, $3, 0, NULL, $4)
                 ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0, created_micros = excluded.created_micros
                 WHERE auth_totp.confirmed_micros IS NULL AND auth_totp.tenant_id = excluded.tenant_id"
            ),
            args![user.uuid(), tenant.uuid(), sealed, now],
        )
        .await?;
    Ok(rows > 0)
}

/// Uses a step up; false when it, or a later one, has been used meanwhile.
pub(in crate::auth) async fn use_step(tx: &mut Tx, tenant: TenantId, user: UserId, step: i64) -> Result<bool, Fault> {
    let advance = sql!("UPDATE auth_totp SET last_step = $3 WHERE tenant_id = $1 AND user_id = $2 AND last_step < $3");
    Ok(tx.execute(advance, args![tenant.uuid(), user.uuid(), step]).await? > 0)
}

pub(in crate::auth) async fn confirm_totp(tx: &mut Tx, tenant: TenantId, user: UserId, now: i64) -> Result<bool, Fault> {
    let confirm = sql!("UPDATE auth_totp SET confirmed_micros = $3 WHERE tenant_id = $1 AND user_id = $2 AND confirmed_micros IS NULL");
    Ok(tx.execute(confirm, args![tenant.uuid(), user.uuid(), now]).await? > 0)
}

/// Takes the app off; true when it had been confirmed.
pub(in crate::auth) async fn remove_totp(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<bool, Fault> {
    let remove = sql!("DELETE FROM auth_totp WHERE tenant_id = $1 AND user_id = $2 RETURNING confirmed_micros");
    let gone = tx.optional(remove, args![tenant.uuid(), user.uuid()]).await?;
    Ok(gone.map(|row| row.opt_int("confirmed_micros")).transpose()?.flatten().is_some())
}

/// Puts new recovery codes in the place of the old ones.
pub(in crate::auth) async fn put_codes(tx: &mut Tx, tenant: TenantId, user: UserId, codes: Vec<(Uuid, String)>, now: i64) -> Result<(), Fault> {
    remove_codes(tx, tenant, user).await?;
    for (id, hash) in codes {
        tx.execute(
            sql!(
                "INSERT INTO auth_recovery_code (id, tenant_id, user_id, code_hash, created_micros, used_micros)
                 VALUES ($1, $2, $3, $4, $5, NULL)"
            ),
            args![id, tenant.uuid(), user.uuid(), hash, now],
        )
        .await?;
    }
    Ok(())
}

pub(in crate::auth) async fn remove_codes(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<u64, Fault> {
    let remove = sql!("DELETE FROM auth_recovery_code WHERE tenant_id = $1 AND user_id = $2");
    Ok(tx.execute(remove, args![tenant.uuid(), user.uuid()]).await?)
}

/// Uses a code up; true for exactly one of several callers.
pub(in crate::auth) async fn use_code(tx: &mut Tx, tenant: TenantId, user: UserId, hash: &str, now: i64) -> Result<bool, Fault> {
    let take = sql!(
        "UPDATE auth_recovery_code SET used_micros = $4
         WHERE tenant_id = $1 AND user_id = $2 AND code_hash = $3 AND used_micros IS NULL"
    );
    Ok(tx.execute(take, args![tenant.uuid(), user.uuid(), hash, now]).await? > 0)
}

pub(in crate::auth) async fn codes_left(db: &Db, tenant: TenantId, user: UserId) -> Result<i64, Fault> {
    let count = sql!("SELECT count(*) AS codes FROM auth_recovery_code WHERE tenant_id = $1 AND user_id = $2 AND used_micros IS NULL");
    Ok(db.read_one(count, args![tenant.uuid(), user.uuid()]).await?.int("codes")?)
}

pub(in crate::auth) async fn codes_left_in(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<i64, Fault> {
    let count = sql!("SELECT count(*) AS codes FROM auth_recovery_code WHERE tenant_id = $1 AND user_id = $2 AND used_micros IS NULL");
    Ok(tx.one(count, args![tenant.uuid(), user.uuid()]).await?.int("codes")?)
}
