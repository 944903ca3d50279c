//! SQL of profile keys.

use ::store::{Db, Row, Tx, args, sql};
use model::ids::{ProfileKeyId, TenantId};

use crate::Fault;

pub(super) struct KeyRow {
    pub id: ProfileKeyId,
    pub prefix: String,
    pub secret_hash: String,
    pub secret: Vec<u8>,
    pub created_by: String,
    pub created_micros: i64,
    pub last_used_micros: Option<i64>,
    pub ends_micros: Option<i64>,
}

impl KeyRow {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parse("id")?,
            prefix: row.text("prefix")?,
            secret_hash: row.text("secret_hash")?,
            secret: row.bytes("secret")?,
            created_by: row.text("created_by")?,
            created_micros: row.int("created_micros")?,
            last_used_micros: row.opt_int("last_used_micros")?,
            ends_micros: row.opt_int("ends_micros")?,
        })
    }
}

/// A key found by its hash.
pub(super) struct Found {
    pub id: ProfileKeyId,
    pub tenant: TenantId,
    pub time_zone: String,
    pub last_used_micros: Option<i64>,
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, key: &KeyRow) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO tenant_profile_key (id, tenant_id, prefix, secret_hash, secret, created_by, created_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![
            key.id.uuid(),
            tenant.uuid(),
            key.prefix.as_str(),
            key.secret_hash.as_str(),
            key.secret.as_slice(),
            key.created_by.as_str(),
            key.created_micros
        ],
    )
    .await?;
    Ok(())
}

/// Keys that work at `now`, newest first.
pub(super) async fn valid(db: &Db, tenant: TenantId, now: i64) -> Result<Vec<KeyRow>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT k.id, k.prefix, k.secret_hash, k.secret, k.created_by, k.created_micros, k.last_used_micros, k.ends_micros
                 FROM tenant_profile_key k JOIN tenant t ON t.id = k.tenant_id AND t.active = 1
                 WHERE k.tenant_id = $1 AND (k.ends_micros IS NULL OR k.ends_micros > $2) ORDER BY k.id DESC LIMIT 100"
            ),
            args![tenant.uuid(), now],
        )
        .await?;
    rows.iter().map(KeyRow::read).collect()
}

pub(super) async fn by_hash(db: &Db, hash: &str, now: i64) -> Result<Option<Found>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT k.id, k.tenant_id, t.time_zone, k.last_used_micros
                 FROM tenant_profile_key k JOIN tenant t ON t.id = k.tenant_id AND t.active = 1
                 WHERE k.secret_hash = $1 AND (k.ends_micros IS NULL OR k.ends_micros > $2)"
            ),
            args![hash, now],
        )
        .await?;
    found
        .map(|row| {
            Ok(Found {
                id: row.parse("id")?,
                tenant: row.parse("tenant_id")?,
                time_zone: row.text("time_zone")?,
                last_used_micros: row.opt_int("last_used_micros")?,
            })
        })
        .transpose()
}

pub(super) async fn present(tx: &mut Tx, tenant: TenantId) -> Result<Option<KeyRow>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT id, prefix, secret_hash, secret, created_by, created_micros, last_used_micros, ends_micros
                 FROM tenant_profile_key WHERE tenant_id = $1 AND ends_micros IS NULL"
            ),
            args![tenant.uuid()],
        )
        .await?;
    found.as_ref().map(KeyRow::read).transpose()
}

pub(super) async fn find(tx: &mut Tx, tenant: TenantId, id: ProfileKeyId, now: i64) -> Result<Option<KeyRow>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT id, prefix, secret_hash, secret, created_by, created_micros, last_used_micros, ends_micros
                 FROM tenant_profile_key WHERE tenant_id = $1 AND id = $2 AND (ends_micros IS NULL OR ends_micros > $3)"
            ),
            args![tenant.uuid(), id.uuid(), now],
        )
        .await?;
    found.as_ref().map(KeyRow::read).transpose()
}

pub(super) async fn count_replaced(tx: &mut Tx, tenant: TenantId) -> Result<usize, Fault> {
    let row = tx
        .one(sql!("SELECT count(*) AS keys FROM tenant_profile_key WHERE tenant_id = $1 AND ends_micros IS NOT NULL"), args![tenant.uuid()])
        .await?;
    Ok(usize::try_from(row.int("keys")?).unwrap_or(0))
}

pub(super) async fn end_at(tx: &mut Tx, tenant: TenantId, id: ProfileKeyId, ends: i64) -> Result<(), Fault> {
    tx.execute(sql!("UPDATE tenant_profile_key SET ends_micros = $3 WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid(), ends])
        .await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut Tx, tenant: TenantId, id: ProfileKeyId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM tenant_profile_key WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid()]).await?;
    Ok(())
}

pub(super) async fn drop_ended(tx: &mut Tx, tenant: TenantId, now: i64) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM tenant_profile_key WHERE tenant_id = $1 AND ends_micros <= $2"), args![tenant.uuid(), now]).await?;
    Ok(())
}

pub(super) async fn touch(db: &Db, tenant: TenantId, id: ProfileKeyId, now: i64) -> Result<(), Fault> {
    db.execute(sql!("UPDATE tenant_profile_key SET last_used_micros = $3 WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid(), now])
        .await?;
    Ok(())
}

/// Of all tenants: housekeeping.
pub(super) async fn sweep(db: &Db, now: i64) -> Result<u64, Fault> {
    Ok(db.execute(sql!("DELETE FROM tenant_profile_key WHERE ends_micros IS NOT NULL AND ends_micros <= $1"), args![now]).await?)
}
