//! SQL of a tenant's own roles.

use ::store::{Db, Row, StoreError, Tx, args, sql};
use model::{
    Problem,
    ids::{RoleId, TenantId, UserId},
    people::{Capability, OwnRole, Position, Role, RoleRow},
};

use crate::{Fault, people::store::stored_capabilities};

/// What stands in `people_user.role` beside a `role_id`: the least of the built-in roles, for a release that does not know `role_id`.
pub(crate) const BASE: Role = Role::ReadOnly;

/// The role in the columns `role_id`, `own_role_name` and `own_role_capabilities` of a person's row, if there is one.
pub(crate) fn read(row: &Row) -> Result<Option<OwnRole>, Fault> {
    let Some(id) = row.opt_parse("role_id")? else { return Ok(None) };
    let name = row.opt_text("own_role_name")?.ok_or(Fault::Stored { place: "people_user.role_id" })?;
    let capabilities = stored_capabilities(row.opt_str("own_role_capabilities")?.unwrap_or("[]"))?;
    Ok(Some(OwnRole { id, name, capabilities: capabilities.into_iter().collect() }))
}

fn role_of(row: &Row) -> Result<OwnRole, Fault> {
    let capabilities = stored_capabilities(row.str("capabilities")?)?.into_iter().collect();
    Ok(OwnRole { id: row.parse("id")?, name: row.text("name")?, capabilities })
}

fn words(role: &OwnRole) -> Result<String, Fault> {
    let words: Vec<&str> = role.capabilities.iter().map(Capability::word).collect();
    serde_json::to_string(&words).map_err(|_| Fault::Stored { place: "people_role.capabilities" })
}

fn name_taken(error: StoreError) -> Fault {
    if error.is_conflict_on("people_role_name") {
        return Problem::field("name", "There is already a role of this name.").into();
    }
    error.into()
}

pub(super) async fn all(db: &Db, tenant: TenantId, limit: i64) -> Result<Vec<RoleRow>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT r.id, r.name, r.capabilities,
                     (SELECT count(*) FROM people_user u WHERE u.tenant_id = r.tenant_id AND u.role_id = r.id) AS people
                 FROM people_role r WHERE r.tenant_id = $1 ORDER BY lower(r.name), r.id LIMIT $2"
            ),
            args![tenant.uuid(), limit],
        )
        .await?;
    rows.iter().map(|row| Ok(RoleRow { role: role_of(row)?, people: row.int("people")? })).collect()
}

pub(super) async fn find(tx: &mut Tx, tenant: TenantId, role: RoleId) -> Result<Option<OwnRole>, Fault> {
    let found = tx
        .optional(sql!("SELECT id, name, capabilities FROM people_role WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), role.uuid()])
        .await?;
    found.as_ref().map(role_of).transpose()
}

pub(super) async fn count(tx: &mut Tx, tenant: TenantId) -> Result<i64, Fault> {
    let row = tx.one(sql!("SELECT count(*) AS roles FROM people_role WHERE tenant_id = $1"), args![tenant.uuid()]).await?;
    Ok(row.int("roles")?)
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, role: &OwnRole, now: i64) -> Result<(), Fault> {
    let done = tx
        .execute(
            sql!("INSERT INTO people_role (id, tenant_id, name, capabilities, created_micros, updated_micros) VALUES ($1, $2, $3, $4, $5, $5)"),
            args![role.id.uuid(), tenant.uuid(), role.name.as_str(), words(role)?, now],
        )
        .await;
    done.map(drop).map_err(name_taken)
}

pub(super) async fn update(tx: &mut Tx, tenant: TenantId, role: &OwnRole, now: i64) -> Result<(), Fault> {
    let done = tx
        .execute(
            sql!("UPDATE people_role SET name = $3, capabilities = $4, updated_micros = $5 WHERE tenant_id = $1 AND id = $2"),
            args![tenant.uuid(), role.id.uuid(), role.name.as_str(), words(role)?, now],
        )
        .await;
    done.map(drop).map_err(name_taken)
}

pub(super) async fn delete(tx: &mut Tx, tenant: TenantId, role: RoleId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM people_role WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), role.uuid()]).await?;
    Ok(())
}

pub(super) async fn people_of(tx: &mut Tx, tenant: TenantId, role: RoleId) -> Result<i64, Fault> {
    let row =
        tx.one(sql!("SELECT count(*) AS people FROM people_user WHERE tenant_id = $1 AND role_id = $2"), args![tenant.uuid(), role.uuid()]).await?;
    Ok(row.int("people")?)
}

/// Gives everybody who has a role another one.
pub(super) async fn move_people(tx: &mut Tx, tenant: TenantId, role: RoleId, next: &Position, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_user SET role = $3, role_id = $4, updated_micros = $5 WHERE tenant_id = $1 AND role_id = $2"),
        args![tenant.uuid(), role.uuid(), next.role.word(), next.own.as_ref().map(|own| own.id.to_string()), now],
    )
    .await?;
    Ok(())
}

/// Gives one person a role.
pub(crate) async fn give(tx: &mut Tx, tenant: TenantId, user: UserId, next: &Position) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_user SET role = $3, role_id = $4 WHERE tenant_id = $1 AND id = $2"),
        args![tenant.uuid(), user.uuid(), next.role.word(), next.own.as_ref().map(|own| own.id.to_string())],
    )
    .await?;
    Ok(())
}
