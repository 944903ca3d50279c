//! SQL of the tenant.

use ::store::{Db, Row, Tx, args, sql};
use model::ids::TenantId;

use crate::Fault;

pub(crate) struct TenantRow {
    pub name: String,
    pub time_zone: String,
    pub created_micros: i64,
}

impl TenantRow {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self { name: row.text("name")?, time_zone: row.text("time_zone")?, created_micros: row.int("created_micros")? })
    }
}

pub(super) async fn find(db: &Db, tenant: TenantId) -> Result<Option<TenantRow>, Fault> {
    let found =
        db.read_optional(sql!("SELECT name, time_zone, created_micros FROM tenant WHERE id = $1 AND active = 1"), args![tenant.uuid()]).await?;
    found.as_ref().map(TenantRow::read).transpose()
}

pub(crate) async fn find_in(tx: &mut Tx, tenant: TenantId) -> Result<Option<TenantRow>, Fault> {
    let found = tx.optional(sql!("SELECT name, time_zone, created_micros FROM tenant WHERE id = $1"), args![tenant.uuid()]).await?;
    found.as_ref().map(TenantRow::read).transpose()
}

/// The oldest tenant of this name: names are not unique, the command line means the first.
pub(crate) async fn find_by_name(tx: &mut Tx, name: &str) -> Result<Option<TenantId>, Fault> {
    let found = tx.optional(sql!("SELECT id FROM tenant WHERE name = $1 ORDER BY id LIMIT 1"), args![name]).await?;
    Ok(found.map(|row| row.parse("id")).transpose()?)
}

/// Whether the installation has been set up.
pub(crate) async fn any(db: &Db) -> Result<bool, Fault> {
    let row = db.read_one(sql!("SELECT count(*) AS tenants FROM tenant"), args![]).await?;
    Ok(row.int("tenants")? > 0)
}

/// [`any`] inside a transaction.
pub(crate) async fn any_in(tx: &mut Tx) -> Result<bool, Fault> {
    let row = tx.one(sql!("SELECT count(*) AS tenants FROM tenant"), args![]).await?;
    Ok(row.int("tenants")? > 0)
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, name: &str, time_zone: &str, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("INSERT INTO tenant (id, name, time_zone, active, created_micros, updated_micros) VALUES ($1, $2, $3, 1, $4, $4)"),
        args![tenant.uuid(), name, time_zone, now],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, tenant: TenantId, name: &str, time_zone: &str, now: i64) -> Result<(), Fault> {
    tx.execute(sql!("UPDATE tenant SET name = $2, time_zone = $3, updated_micros = $4 WHERE id = $1"), args![tenant.uuid(), name, time_zone, now])
        .await?;
    Ok(())
}

/// Makes transactions about one tenant's people and settings wait for each other until commit: on PostgreSQL an update that
/// changes nothing still locks the row, and SQLite has one writer anyway. `SELECT … FOR UPDATE` exists only on PostgreSQL.
pub(crate) async fn lock(tx: &mut Tx, tenant: TenantId) -> Result<(), Fault> {
    tx.execute(sql!("UPDATE tenant SET updated_micros = updated_micros WHERE id = $1"), args![tenant.uuid()]).await?;
    Ok(())
}
