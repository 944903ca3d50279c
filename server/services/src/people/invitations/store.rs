//! SQL of invitations.

use ::store::{Db, Tx, args, sql};
use model::{
    ids::{InvitationId, TenantId, UserId},
    people::Role,
};

use crate::Fault;

/// An invitation to write.
pub(super) struct NewInvitation<'a> {
    pub id: InvitationId,
    pub user: UserId,
    pub secret_hash: &'a str,
    pub by_mail: bool,
    pub expires_micros: i64,
    pub now: i64,
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, new: &NewInvitation<'_>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO people_invitation (id, tenant_id, user_id, secret_hash, status, by_mail, mailed_micros, mail_problem, expires_micros,
                 created_micros, ended_micros)
             VALUES ($1, $2, $3, $4, 'open', $5, NULL, '', $6, $7, NULL)"
        ),
        args![new.id.uuid(), tenant.uuid(), new.user.uuid(), new.secret_hash, new.by_mail, new.expires_micros, new.now],
    )
    .await?;
    Ok(())
}

/// The open invitation of somebody.
pub(super) struct OpenRow {
    pub by_mail: bool,
    pub mailed_micros: Option<i64>,
    pub mail_problem: String,
    pub expires_micros: i64,
}

pub(super) async fn open_of(db: &Db, tenant: TenantId, user: UserId) -> Result<Option<OpenRow>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT by_mail, mailed_micros, mail_problem, expires_micros FROM people_invitation
                 WHERE tenant_id = $1 AND user_id = $2 AND status = 'open'"
            ),
            args![tenant.uuid(), user.uuid()],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(OpenRow {
        by_mail: row.flag("by_mail")?,
        mailed_micros: row.opt_int("mailed_micros")?,
        mail_problem: row.text("mail_problem")?,
        expires_micros: row.int("expires_micros")?,
    }))
}

/// Ends the open invitation of somebody, if there is one, as `revoked` or `replaced`.
pub(in crate::people) async fn end(tx: &mut Tx, tenant: TenantId, user: UserId, status: &'static str, now: i64) -> Result<(), Fault> {
    let update = sql!("UPDATE people_invitation SET status = $3, ended_micros = $4 WHERE tenant_id = $1 AND user_id = $2 AND status = 'open'");
    tx.execute(update, args![tenant.uuid(), user.uuid(), status, now]).await?;
    Ok(())
}

/// An invitation with whom it is for and who invites.
pub(super) struct LinkRow {
    pub id: InvitationId,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub tenant_active: bool,
    pub time_zone: String,
    pub user: UserId,
    pub name: String,
    pub email: String,
    /// The built-in role, or what stands beside one of the tenant's own.
    pub role: Role,
    pub invited: bool,
    pub status: String,
    pub expires_micros: i64,
}

/// The invitation behind a link, over all tenants: whoever follows one is nobody yet.
pub(super) async fn by_secret(db: &Db, secret_hash: &str) -> Result<Option<LinkRow>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT i.id, i.status, i.expires_micros, i.tenant_id, t.name AS tenant_name, t.active AS tenant_active, t.time_zone,
                        u.id AS user_id, u.name, u.email, u.role, u.invited
                 FROM people_invitation i JOIN tenant t ON t.id = i.tenant_id JOIN people_user u ON u.id = i.user_id AND u.tenant_id = i.tenant_id
                 WHERE i.secret_hash = $1"
            ),
            args![secret_hash],
        )
        .await?;
    found.as_ref().map(read_link).transpose()
}

/// The open invitation with this id.
pub(super) async fn find_open(db: &Db, tenant: TenantId, id: InvitationId) -> Result<Option<LinkRow>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT i.id, i.status, i.expires_micros, i.tenant_id, t.name AS tenant_name, t.active AS tenant_active, t.time_zone,
                        u.id AS user_id, u.name, u.email, u.role, u.invited
                 FROM people_invitation i JOIN tenant t ON t.id = i.tenant_id JOIN people_user u ON u.id = i.user_id AND u.tenant_id = i.tenant_id
                 WHERE i.tenant_id = $1 AND i.id = $2 AND i.status = 'open'"
            ),
            args![tenant.uuid(), id.uuid()],
        )
        .await?;
    found.as_ref().map(read_link).transpose()
}

fn read_link(row: &::store::Row) -> Result<LinkRow, Fault> {
    Ok(LinkRow {
        id: row.parse("id")?,
        tenant: row.parse("tenant_id")?,
        tenant_name: row.text("tenant_name")?,
        tenant_active: row.flag("tenant_active")?,
        time_zone: row.text("time_zone")?,
        user: row.parse("user_id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: row.parse("role")?,
        invited: row.flag("invited")?,
        status: row.text("status")?,
        expires_micros: row.int("expires_micros")?,
    })
}

/// Uses an invitation up; true for exactly one of several callers.
pub(super) async fn take(tx: &mut Tx, tenant: TenantId, id: InvitationId, now: i64) -> Result<bool, Fault> {
    let update = sql!(
        "UPDATE people_invitation SET status = 'used', ended_micros = $3
         WHERE tenant_id = $1 AND id = $2 AND status = 'open' AND expires_micros > $3"
    );
    Ok(tx.execute(update, args![tenant.uuid(), id.uuid(), now]).await? > 0)
}

/// Puts another secret in the place of the one before; false when the invitation is not open any more.
pub(super) async fn replace_secret(tx: &mut Tx, tenant: TenantId, id: InvitationId, secret_hash: &str) -> Result<bool, Fault> {
    let update = sql!("UPDATE people_invitation SET secret_hash = $3 WHERE tenant_id = $1 AND id = $2 AND status = 'open'");
    Ok(tx.execute(update, args![tenant.uuid(), id.uuid(), secret_hash]).await? > 0)
}

/// Notes what became of the mail: the moment it went to the outbox, or why it could not.
pub(super) async fn note_mail(tx: &mut Tx, tenant: TenantId, id: InvitationId, mailed: Option<i64>, problem: &str) -> Result<(), Fault> {
    let update = sql!("UPDATE people_invitation SET mailed_micros = $3, mail_problem = $4 WHERE tenant_id = $1 AND id = $2");
    tx.execute(update, args![tenant.uuid(), id.uuid(), mailed, problem]).await?;
    Ok(())
}

/// Makes the invited person an active one with a name and a password; false when they are not invited any more.
pub(super) async fn activate(tx: &mut Tx, link: &LinkRow, name: &str, password_hash: &str, now: i64) -> Result<bool, Fault> {
    let update = sql!(
        "UPDATE people_user SET name = $3, password_hash = $4, password_set_micros = $5, updated_micros = $5, active = 1, invited = 0
         WHERE tenant_id = $1 AND id = $2 AND invited = 1 AND deleted_micros IS NULL"
    );
    Ok(tx.execute(update, args![link.tenant.uuid(), link.user.uuid(), name, password_hash, now]).await? > 0)
}
