//! SQL of people and their tokens.

use ::store::{Db, Row, Statement, Tx, args, sql};
use model::{
    ids::{TenantId, TokenId, UserId},
    people::{ApiToken, Capability, Licences, OwnRole, PersonStatus, Position, Role, TeamName, User},
};

use super::roles;
use crate::{Fault, clock::Zone};

/// One account as use cases need it.
pub(crate) struct UserRow {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// The tenant's own role in place of `role`.
    pub own_role: Option<OwnRole>,
    pub active: bool,
    /// Has not accepted yet; never together with `active`.
    pub invited: bool,
    pub licences: Licences,
    pub password_hash: Option<String>,
    pub created_micros: i64,
    pub last_seen_micros: Option<i64>,
}

impl UserRow {
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parse("id")?,
            name: row.text("name")?,
            email: row.text("email")?,
            role: row.parse("role")?,
            own_role: roles::store::read(row)?,
            active: row.flag("active")?,
            invited: row.flag("invited")?,
            licences: Licences { contact_center: row.flag("contact_center")?, interact: row.flag("interact")? },
            password_hash: row.opt_text("password_hash")?,
            created_micros: row.int("created_micros")?,
            last_seen_micros: row.opt_int("last_seen_micros")?,
        })
    }

    /// What the person is, and therefore may do.
    pub(crate) fn position(&self) -> Position {
        Position { role: self.role, own: self.own_role.clone() }
    }

    pub(crate) fn status(&self) -> PersonStatus {
        match (self.active, self.invited) {
            (true, _) => PersonStatus::Active,
            (false, true) => PersonStatus::Invited,
            (false, false) => PersonStatus::Inactive,
        }
    }

    pub(super) fn shown(self, zone: &Zone, teams: Vec<TeamName>) -> User {
        User {
            status: self.status(),
            licences: self.licences,
            teams,
            id: self.id,
            name: self.name,
            email: self.email,
            role: self.role,
            own_role: self.own_role,
            active: self.active,
            created: zone.stamp(self.created_micros),
            last_seen: zone.stamp_opt(self.last_seen_micros),
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, user: &UserRow) -> Result<(), Fault> {
    let done = tx
        .execute(
            sql!(
                "INSERT INTO people_user (id, tenant_id, name, email, role, active, password_hash, created_micros, invited,
                     contact_center, interact, password_set_micros, last_seen_micros, updated_micros)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $8, NULL, $8)"
            ),
            args![
                user.id.uuid(),
                tenant.uuid(),
                user.name.as_str(),
                user.email.as_str(),
                user.role.word(),
                user.active,
                user.password_hash.as_deref(),
                user.created_micros,
                user.invited,
                user.licences.contact_center,
                user.licences.interact,
            ],
        )
        .await;
    done.map(drop).map_err(address_taken)
}

/// The one unique index that a person can run into.
fn address_taken(error: ::store::StoreError) -> Fault {
    if error.is_conflict_on("people_user_email") {
        return model::Problem::field("email", "There is already an account with this address.").into();
    }
    error.into()
}

fn by_id() -> Statement {
    sql!(
        "SELECT id, name, email, role, active, invited, contact_center, interact, password_hash, created_micros, last_seen_micros, role_id,
             (SELECT r.name FROM people_role r WHERE r.tenant_id = $1 AND r.id = people_user.role_id) AS own_role_name,
             (SELECT r.capabilities FROM people_role r WHERE r.tenant_id = $1 AND r.id = people_user.role_id) AS own_role_capabilities
         FROM people_user WHERE tenant_id = $1 AND id = $2 AND deleted_micros IS NULL"
    )
}

pub(super) async fn find_in(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<Option<UserRow>, Fault> {
    tx.optional(by_id(), args![tenant.uuid(), user.uuid()]).await?.as_ref().map(UserRow::read).transpose()
}

pub(crate) async fn find(db: &Db, tenant: TenantId, user: UserId) -> Result<Option<UserRow>, Fault> {
    db.read_optional(by_id(), args![tenant.uuid(), user.uuid()]).await?.as_ref().map(UserRow::read).transpose()
}

pub(super) async fn update(tx: &mut Tx, tenant: TenantId, user: &UserRow, now: i64) -> Result<(), Fault> {
    let done = tx
        .execute(
            sql!(
                "UPDATE people_user SET name = $3, email = $4, role = $5, active = $6, updated_micros = $7, invited = $8,
                     contact_center = $9, interact = $10
                 WHERE tenant_id = $1 AND id = $2 AND deleted_micros IS NULL"
            ),
            args![
                tenant.uuid(),
                user.id.uuid(),
                user.name.as_str(),
                user.email.as_str(),
                user.role.word(),
                user.active,
                now,
                user.invited,
                user.licences.contact_center,
                user.licences.interact,
            ],
        )
        .await;
    done.map(drop).map_err(address_taken)
}

/// Makes somebody a name in the past: nothing to sign in with is left, and the address is free again.
pub(super) async fn bury(tx: &mut Tx, tenant: TenantId, user: UserId, now: i64) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM auth_identity WHERE tenant_id = $1 AND user_id = $2"), args![tenant.uuid(), user.uuid()]).await?;
    tx.execute(
        sql!(
            "UPDATE people_user SET active = 0, invited = 0, contact_center = 0, interact = 0, password_hash = NULL, email = $3, role_id = NULL,
                 deleted_micros = $4, updated_micros = $4
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![tenant.uuid(), user.uuid(), format!("deleted:{user}"), now],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_licences(tx: &mut Tx, tenant: TenantId, user: UserId, licences: Licences, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("UPDATE people_user SET contact_center = $3, interact = $4, updated_micros = $5 WHERE tenant_id = $1 AND id = $2"),
        args![tenant.uuid(), user.uuid(), licences.contact_center, licences.interact, now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn set_password(tx: &mut Tx, tenant: TenantId, user: UserId, hash: &str, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE people_user SET password_hash = $3, password_set_micros = $4, updated_micros = $4
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![tenant.uuid(), user.uuid(), hash, now],
    )
    .await?;
    Ok(())
}

pub(crate) async fn other_active_owners(tx: &mut Tx, tenant: TenantId, except: UserId) -> Result<i64, Fault> {
    let row = tx
        .one(
            sql!(
                "SELECT count(*) AS owners FROM people_user
                 WHERE tenant_id = $1 AND id <> $2 AND role = 'owner' AND active = 1"
            ),
            args![tenant.uuid(), except.uuid()],
        )
        .await?;
    Ok(row.int("owners")?)
}

/// A token as it is stored.
pub(super) struct NewTokenRow<'a> {
    pub id: TokenId,
    pub user: UserId,
    pub name: &'a str,
    pub prefix: &'a str,
    pub secret_hash: &'a str,
    pub capabilities: &'a [Capability],
    pub now: i64,
}

pub(super) async fn insert_token(tx: &mut Tx, tenant: TenantId, token: &NewTokenRow<'_>) -> Result<(), Fault> {
    let capabilities = serde_json::to_string(token.capabilities).map_err(|_| Fault::Stored { place: "people_token.capabilities" })?;
    tx.execute(
        sql!(
            "INSERT INTO people_token (id, tenant_id, user_id, name, prefix, secret_hash, capabilities, created_micros,
                 last_used_micros, revoked_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL)"
        ),
        args![token.id.uuid(), tenant.uuid(), token.user.uuid(), token.name, token.prefix, token.secret_hash, capabilities, token.now,],
    )
    .await?;
    Ok(())
}

pub(super) async fn tokens(db: &Db, tenant: TenantId, user: UserId, limit: i64, zone: &Zone) -> Result<Vec<ApiToken>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT id, name, prefix, capabilities, created_micros, last_used_micros FROM people_token
                 WHERE tenant_id = $1 AND user_id = $2 AND revoked_micros IS NULL
                 ORDER BY id DESC LIMIT $3"
            ),
            args![tenant.uuid(), user.uuid(), limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ApiToken {
                id: row.parse("id")?,
                name: row.text("name")?,
                prefix: row.text("prefix")?,
                capabilities: stored_capabilities(row.str("capabilities")?)?,
                created: zone.stamp(row.int("created_micros")?),
                last_used: zone.stamp_opt(row.opt_int("last_used_micros")?),
            })
        })
        .collect()
}

pub(super) async fn count_tokens(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<i64, Fault> {
    let row = tx
        .one(
            sql!("SELECT count(*) AS tokens FROM people_token WHERE tenant_id = $1 AND user_id = $2 AND revoked_micros IS NULL"),
            args![tenant.uuid(), user.uuid()],
        )
        .await?;
    Ok(row.int("tokens")?)
}

/// Ends a token of this user; its name, or `None` when there is none that is still good.
pub(super) async fn revoke_token(tx: &mut Tx, tenant: TenantId, user: UserId, token: TokenId, now: i64) -> Result<Option<String>, Fault> {
    let row = tx
        .optional(
            sql!(
                "UPDATE people_token SET revoked_micros = $4
                 WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND revoked_micros IS NULL RETURNING name"
            ),
            args![tenant.uuid(), user.uuid(), token.uuid(), now],
        )
        .await?;
    Ok(row.map(|row| row.text("name")).transpose()?)
}

/// Reads the JSON list of words. A word that this release does not know is left out: it can only ever give less.
pub(crate) fn stored_capabilities(json: &str) -> Result<Vec<Capability>, Fault> {
    let words: Vec<String> = serde_json::from_str(json).map_err(|_| Fault::Stored { place: "people_token.capabilities" })?;
    Ok(words.iter().filter_map(|word| word.parse().ok()).collect())
}
