//! SQL of the chain.

use ::store::{Db, Row, Tx, args, sql};
use model::ids::TenantId;

use super::chain::Link;
use crate::Fault;

/// Both ends of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub last_seq: i64,
    pub last_hash: String,
    pub removed_seq: i64,
    pub removed_hash: String,
    pub created_micros: i64,
}

impl Ends {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            last_seq: row.int("last_seq")?,
            last_hash: row.text("last_hash")?,
            removed_seq: row.int("removed_seq")?,
            removed_hash: row.text("removed_hash")?,
            created_micros: row.int("created_micros")?,
        })
    }
}

/// The row, locked until the commit: an update that changes nothing locks on PostgreSQL, and SQLite has one writer.
pub(super) async fn lock(tx: &mut Tx, tenant: TenantId) -> Result<Option<Sealed>, Fault> {
    let found = tx
        .optional(
            sql!(
                "UPDATE audit_chain SET last_seq = last_seq WHERE tenant_id = $1
                 RETURNING last_seq, last_hash, removed_seq, removed_hash, created_micros, seal, adopted"
            ),
            args![tenant.uuid()],
        )
        .await?;
    found.as_ref().map(Sealed::read).transpose()
}

/// Number and hash of the last entry that has a number.
pub(super) async fn last_linked(tx: &mut Tx, tenant: TenantId) -> Result<Option<(i64, String)>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT seq, coalesce(hash, '') AS hash FROM audit_entry WHERE tenant_id = $1 AND seq IS NOT NULL
                 ORDER BY seq DESC LIMIT 1"
            ),
            args![tenant.uuid()],
        )
        .await?;
    found.map(|row| Ok((row.int("seq")?, row.text("hash")?))).transpose()
}

pub(super) async fn create(tx: &mut Tx, tenant: TenantId, ends: &Ends, seal: Vec<u8>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO audit_chain (tenant_id, last_seq, last_hash, removed_seq, removed_hash, seal, adopted, created_micros)
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT (tenant_id) DO NOTHING"
        ),
        args![tenant.uuid(), ends.last_seq, ends.last_hash.as_str(), ends.removed_seq, ends.removed_hash.as_str(), seal, ends.created_micros],
    )
    .await?;
    Ok(())
}

/// Writes the ends; without a seal the one that stands there stays.
pub(super) async fn put(tx: &mut Tx, tenant: TenantId, ends: &Ends, seal: Option<Vec<u8>>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE audit_chain SET last_seq = $2, last_hash = $3, removed_seq = $4, removed_hash = $5, seal = coalesce($6, seal)
             WHERE tenant_id = $1"
        ),
        args![tenant.uuid(), ends.last_seq, ends.last_hash.as_str(), ends.removed_seq, ends.removed_hash.as_str(), seal],
    )
    .await?;
    Ok(())
}

/// The ends with their seal, and whether every entry is linked.
pub(super) struct Sealed {
    pub ends: Ends,
    pub seal: Vec<u8>,
    pub adopted: bool,
}

impl Sealed {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self { ends: Ends::read(row)?, seal: row.bytes("seal")?, adopted: row.flag("adopted")? })
    }
}

pub(super) async fn find(db: &Db, tenant: TenantId) -> Result<Option<Sealed>, Fault> {
    let found = db
        .read_optional(
            sql!("SELECT last_seq, last_hash, removed_seq, removed_hash, created_micros, seal, adopted FROM audit_chain WHERE tenant_id = $1"),
            args![tenant.uuid()],
        )
        .await?;
    found.as_ref().map(Sealed::read).transpose()
}

/// An entry as it stands in the chain.
pub(super) struct Linked {
    pub seq: i64,
    pub hash: String,
    pub link: Link,
}

fn link(row: &Row) -> Result<Link, Fault> {
    Ok(Link {
        id: row.text("id")?,
        tenant: row.text("tenant_id")?,
        at_micros: row.int("at_micros")?,
        actor: row.text("actor")?,
        actor_user: row.opt_text("actor_user_id")?,
        remote_address: row.text("remote_address")?,
        request_id: row.text("request_id")?,
        action: row.text("action")?,
        subject_kind: row.text("subject_kind")?,
        subject_id: row.text("subject_id")?,
        subject_name: row.text("subject_name")?,
        changes: row.text("changes")?,
    })
}

/// Entries after a number, up to another, in the order of the chain.
pub(super) async fn between(db: &Db, tenant: TenantId, after: i64, until: i64, limit: i64) -> Result<Vec<Linked>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT id, tenant_id, at_micros, actor, actor_user_id, remote_address, request_id, action, subject_kind, subject_id,
                        subject_name, changes, seq, coalesce(hash, '') AS hash
                 FROM audit_entry WHERE tenant_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4"
            ),
            args![tenant.uuid(), after, until, limit],
        )
        .await?;
    rows.iter().map(|row| Ok(Linked { seq: row.int("seq")?, hash: row.text("hash")?, link: link(row)? })).collect()
}

/// Entries without a number, the oldest first.
pub(super) async fn unlinked(tx: &mut Tx, tenant: TenantId, limit: i64) -> Result<Vec<Link>, Fault> {
    let rows = tx
        .all(
            sql!(
                "SELECT id, tenant_id, at_micros, actor, actor_user_id, remote_address, request_id, action, subject_kind, subject_id,
                        subject_name, changes
                 FROM audit_entry WHERE tenant_id = $1 AND seq IS NULL ORDER BY id LIMIT $2"
            ),
            args![tenant.uuid(), limit],
        )
        .await?;
    rows.iter().map(link).collect()
}

/// How many entries have no number, and the id of the oldest.
pub(super) async fn count_unlinked(db: &Db, tenant: TenantId) -> Result<(i64, String), Fault> {
    let row = db
        .read_one(
            sql!("SELECT count(*) AS entries, coalesce(min(id), '') AS id FROM audit_entry WHERE tenant_id = $1 AND seq IS NULL"),
            args![tenant.uuid()],
        )
        .await?;
    Ok((row.int("entries")?, row.text("id")?))
}

pub(super) async fn adopt(tx: &mut Tx, tenant: TenantId, id: &str, seq: i64, hash: &str) -> Result<(), Fault> {
    let adopt = sql!("UPDATE audit_entry SET seq = $3, hash = $4 WHERE tenant_id = $1 AND id = $2 AND seq IS NULL");
    tx.execute(adopt, args![tenant.uuid(), id, seq, hash]).await?;
    Ok(())
}

pub(super) async fn set_adopted(tx: &mut Tx, tenant: TenantId) -> Result<(), Fault> {
    tx.execute(sql!("UPDATE audit_chain SET adopted = 1 WHERE tenant_id = $1"), args![tenant.uuid()]).await?;
    Ok(())
}

/// Tenants some of whose entries may not be linked yet: of every tenant, because it shows nothing.
pub(super) async fn to_adopt(db: &Db, limit: i64) -> Result<Vec<TenantId>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT t.id FROM tenant t LEFT JOIN audit_chain c ON c.tenant_id = t.id
                 WHERE c.tenant_id IS NULL OR c.adopted = 0 ORDER BY t.id LIMIT $1"
            ),
            args![limit],
        )
        .await?;
    rows.iter().map(|row| Ok(row.parse("id")?)).collect()
}

/// Tenants that keep entries for a time only, with the days.
pub(super) async fn with_retention(db: &Db, after: &str, limit: i64) -> Result<Vec<(TenantId, i64)>, Fault> {
    let rows = db
        .read_all(sql!("SELECT id, audit_days FROM tenant WHERE audit_days IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"), args![after, limit])
        .await?;
    rows.iter().map(|row| Ok((row.parse("id")?, row.int("audit_days")?))).collect()
}

/// Number, hash and moment of the entries after a number.
pub(super) async fn ages_after(tx: &mut Tx, tenant: TenantId, seq: i64, limit: i64) -> Result<Vec<(i64, String, i64)>, Fault> {
    let rows = tx
        .all(
            sql!("SELECT seq, coalesce(hash, '') AS hash, at_micros FROM audit_entry WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"),
            args![tenant.uuid(), seq, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.int("seq")?, row.text("hash")?, row.int("at_micros")?))).collect()
}

/// Removes entries up to a number.
pub(super) async fn remove_until(tx: &mut Tx, tenant: TenantId, seq: i64) -> Result<u64, Fault> {
    Ok(tx.execute(sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq <= $2"), args![tenant.uuid(), seq]).await?)
}
