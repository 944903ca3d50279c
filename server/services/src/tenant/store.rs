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

pub(crate) async fn find(db: &Db, tenant: TenantId) -> Result<Option<TenantRow>, Fault> {
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

/// The zone of a tenant, whether active or not: for background work.
pub(super) async fn zone(db: &Db, tenant: TenantId) -> Result<Option<String>, Fault> {
    let found = db.read_optional(sql!("SELECT time_zone FROM tenant WHERE id = $1"), args![tenant.uuid()]).await?;
    Ok(found.map(|row| row.text("time_zone")).transpose()?)
}

/// Every tenant (an empty name) or those of a name, whether active or not: for the command line.
pub(super) async fn named(db: &Db, name: Option<&str>) -> Result<Vec<(TenantId, String)>, Fault> {
    let rows = db.read_all(sql!("SELECT id, name FROM tenant WHERE $1 = '' OR name = $1 ORDER BY id"), args![name.unwrap_or_default()]).await?;
    rows.iter().map(|row| Ok((row.parse("id")?, row.text("name")?))).collect()
}

/// How reports are written and how long audit entries are kept, as stored.
pub(super) struct RecordsRow {
    pub name: String,
    pub reports_in: String,
    pub audit_days: Option<i64>,
}

pub(super) async fn records(db: &Db, tenant: TenantId) -> Result<Option<RecordsRow>, Fault> {
    let found = db.read_optional(sql!("SELECT name, reports_in, audit_days FROM tenant WHERE id = $1"), args![tenant.uuid()]).await?;
    found.as_ref().map(read_records).transpose()
}

pub(super) async fn records_in(tx: &mut Tx, tenant: TenantId) -> Result<Option<RecordsRow>, Fault> {
    let found = tx.optional(sql!("SELECT name, reports_in, audit_days FROM tenant WHERE id = $1"), args![tenant.uuid()]).await?;
    found.as_ref().map(read_records).transpose()
}

fn read_records(row: &Row) -> Result<RecordsRow, Fault> {
    Ok(RecordsRow { name: row.text("name")?, reports_in: row.text("reports_in")?, audit_days: row.opt_int("audit_days")? })
}

pub(super) async fn update_records(tx: &mut Tx, tenant: TenantId, reports_in: &str, audit_days: Option<i64>, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE tenant SET reports_in = $2, audit_days = $3, updated_micros = $4 WHERE id = $1"),
        args![tenant.uuid(), reports_in, audit_days, now],
    )
    .await?;
    Ok(())
}
