//! SQL of the allowed domains.

use ::store::{Db, Tx, args, sql};
use model::ids::{TenantId, UserId};

use crate::Fault;

pub(super) async fn list(db: &Db, tenant: TenantId) -> Result<Vec<String>, Fault> {
    let rows = db.read_all(sql!("SELECT domain FROM tenant_domain WHERE tenant_id = $1 ORDER BY domain"), args![tenant.uuid()]).await?;
    rows.iter().map(|row| Ok(row.text("domain")?)).collect()
}

pub(super) async fn list_in(tx: &mut Tx, tenant: TenantId) -> Result<Vec<String>, Fault> {
    let rows = tx.all(sql!("SELECT domain FROM tenant_domain WHERE tenant_id = $1 ORDER BY domain"), args![tenant.uuid()]).await?;
    rows.iter().map(|row| Ok(row.text("domain")?)).collect()
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, domain: &str, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("INSERT INTO tenant_domain (tenant_id, domain, created_micros) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, domain) DO NOTHING"),
        args![tenant.uuid(), domain, now],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, tenant: TenantId, domain: &str) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM tenant_domain WHERE tenant_id = $1 AND domain = $2"), args![tenant.uuid(), domain]).await?;
    Ok(())
}

/// Somebody who may sign in.
pub(super) struct Present {
    pub user: UserId,
    pub name: String,
    pub email: String,
}

/// Everybody who may sign in, by name.
pub(super) async fn present(db: &Db, tenant: TenantId) -> Result<Vec<Present>, Fault> {
    let rows = db
        .read_all(sql!("SELECT id, name, email FROM people_user WHERE tenant_id = $1 AND active = 1 ORDER BY lower(name), id"), args![tenant.uuid()])
        .await?;
    rows.iter().map(|row| Ok(Present { user: row.parse("id")?, name: row.text("name")?, email: row.text("email")? })).collect()
}
