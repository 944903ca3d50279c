//! SQL of single sign-on: sign-ins under way, and who is who at the provider.

use ::store::{Db, Row, Tx, args, sql};
use model::{
    ids::{TenantId, UserId},
    people::{Position, Role},
};

use crate::{
    Fault, Services,
    auth::{recognise::Account, sso::Underway},
    people::roles,
    tenant::sso::store::SsoRow,
};

pub(in crate::auth) async fn insert_underway(services: &Services, state_hash: &str, row: &Underway) -> Result<(), Fault> {
    let insert = sql!(
        "INSERT INTO auth_sso_state (state_hash, tenant_id, browser_hash, issuer, client, next, trial, created_micros, expires_micros)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    let args = args![
        state_hash,
        row.tenant.uuid(),
        row.browser_hash.as_str(),
        row.issuer.as_str(),
        row.client.as_str(),
        row.next.as_str(),
        row.trial,
        row.created_micros,
        row.expires_micros,
    ];
    services.db.execute(insert, args).await?;
    Ok(())
}

/// Takes a sign-in under way: of two who bring the same state, one gets it.
pub(in crate::auth) async fn take_underway(services: &Services, state_hash: &str) -> Result<Option<Underway>, Fault> {
    let mut tx = services.db.write().await?;
    let taken = tx
        .optional(
            sql!(
                "DELETE FROM auth_sso_state WHERE state_hash = $1
                 RETURNING tenant_id, browser_hash, issuer, client, next, trial, created_micros, expires_micros"
            ),
            args![state_hash],
        )
        .await?;
    tx.commit().await?;
    let Some(row) = taken else { return Ok(None) };
    Ok(Some(Underway {
        tenant: row.parse("tenant_id")?,
        browser_hash: row.text("browser_hash")?,
        issuer: row.text("issuer")?,
        client: row.text("client")?,
        next: row.text("next")?,
        trial: row.flag("trial")?,
        created_micros: row.int("created_micros")?,
        expires_micros: row.int("expires_micros")?,
    }))
}

/// Removes sign-ins that ended nowhere; tells how many.
pub(in crate::auth) async fn sweep_underway(db: &Db, before: i64, limit: i64) -> Result<u64, Fault> {
    let sweep = sql!(
        "DELETE FROM auth_sso_state WHERE state_hash IN
             (SELECT state_hash FROM auth_sso_state WHERE expires_micros < $1 ORDER BY expires_micros LIMIT $2)"
    );
    Ok(db.execute(sweep, args![before, limit]).await?)
}

fn position(row: &Row) -> Result<Position, Fault> {
    Ok(Position { role: row.parse("role")?, own: roles::store::read(row)? })
}

/// The account of a subject, with what it is and whether it may sign in.
pub(in crate::auth) async fn identity(tx: &mut Tx, sso: &SsoRow, subject: &str) -> Result<Option<(UserId, Position, bool)>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT u.id, u.role, u.active, u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities
                 FROM auth_identity i
                 JOIN people_user u ON u.id = i.user_id AND u.tenant_id = i.tenant_id
                 LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
                 WHERE i.tenant_id = $1 AND i.issuer = $2 AND i.subject = $3"
            ),
            args![sso.tenant.uuid(), sso.issuer.as_str(), subject],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some((row.parse("id")?, position(&row)?, row.flag("active")?)))
}

/// An account with a verified address.
pub(in crate::auth) struct ByEmail {
    pub user: UserId,
    pub position: Position,
    /// May sign in, or was invited and has not come yet.
    pub active: bool,
    /// Another subject of the same provider has it.
    pub linked_elsewhere: bool,
}

pub(in crate::auth) async fn by_email(tx: &mut Tx, sso: &SsoRow, email: &str) -> Result<Option<ByEmail>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT u.id, u.role, u.active, u.invited, u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities,
                        (SELECT count(*) FROM auth_identity i WHERE i.tenant_id = $1 AND i.issuer = $2 AND i.user_id = u.id) AS linked
                 FROM people_user u LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
                 WHERE u.tenant_id = $1 AND u.email = $3"
            ),
            args![sso.tenant.uuid(), sso.issuer.as_str(), email],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(ByEmail {
        user: row.parse("id")?,
        position: position(&row)?,
        active: row.flag("active")? || row.flag("invited")?,
        linked_elsewhere: row.int("linked")? > 0,
    }))
}

/// Whether any tenant has an account with this address: addresses are unique over the installation.
pub(in crate::auth) async fn is_taken(tx: &mut Tx, email: &str) -> Result<bool, Fault> {
    let row = tx.one(sql!("SELECT count(*) AS accounts FROM people_user WHERE email = $1"), args![email]).await?;
    Ok(row.int("accounts")? > 0)
}

pub(in crate::auth) async fn insert_identity(tx: &mut Tx, sso: &SsoRow, subject: &str, user: UserId, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO auth_identity (tenant_id, issuer, subject, user_id, created_micros, last_used_micros)
             VALUES ($1, $2, $3, $4, $5, $5)"
        ),
        args![sso.tenant.uuid(), sso.issuer.as_str(), subject, user.uuid(), now],
    )
    .await?;
    Ok(())
}

pub(in crate::auth) async fn touch_identity(tx: &mut Tx, sso: &SsoRow, subject: &str, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE auth_identity SET last_used_micros = $4 WHERE tenant_id = $1 AND issuer = $2 AND subject = $3"),
        args![sso.tenant.uuid(), sso.issuer.as_str(), subject, now],
    )
    .await?;
    Ok(())
}

/// Gives a built-in role, in the place of whatever the person had: beside a role of the tenant's own it would mean nothing.
pub(in crate::auth) async fn set_role(tx: &mut Tx, tenant: TenantId, user: UserId, role: Role, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_user SET role = $3, role_id = NULL, updated_micros = $4 WHERE tenant_id = $1 AND id = $2"),
        args![tenant.uuid(), user.uuid(), role.word(), now],
    )
    .await?;
    Ok(())
}

/// Notes the sign-in and gives the account; `None` when it was shut out meanwhile. Whoever was invited has accepted by it.
pub(in crate::auth) async fn enter_account(tx: &mut Tx, tenant: TenantId, user: UserId, now: i64) -> Result<Option<Account>, Fault> {
    let accepted = tx
        .execute(
            sql!(
                "UPDATE people_user SET active = 1, invited = 0, updated_micros = $3
                 WHERE tenant_id = $1 AND id = $2 AND active = 0 AND invited = 1"
            ),
            args![tenant.uuid(), user.uuid(), now],
        )
        .await?;
    if accepted > 0 {
        tx.execute(
            sql!(
                "UPDATE people_invitation SET status = 'used', ended_micros = $3
                 WHERE tenant_id = $1 AND user_id = $2 AND status = 'open'"
            ),
            args![tenant.uuid(), user.uuid(), now],
        )
        .await?;
    }
    tx.execute(
        sql!("UPDATE people_user SET last_seen_micros = $3 WHERE tenant_id = $1 AND id = $2 AND active = 1"),
        args![tenant.uuid(), user.uuid(), now],
    )
    .await?;
    let found = tx
        .optional(
            sql!(
                "SELECT u.id AS user_id, u.name AS user_name, u.email, u.role, t.id AS tenant_id, t.name AS tenant_name, t.time_zone,
                        u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities
                 FROM people_user u JOIN tenant t ON t.id = u.tenant_id
                 LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
                 WHERE u.tenant_id = $1 AND u.id = $2 AND u.active = 1 AND t.active = 1"
            ),
            args![tenant.uuid(), user.uuid()],
        )
        .await?;
    found.as_ref().map(|row| Account::read(row, None)).transpose()
}
