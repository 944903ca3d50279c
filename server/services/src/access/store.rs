//! SQL of links, visits, partners and what a tenant allows.

mod partners;
mod visits;

pub(super) use partners::{
    PartnerRow, TieRow, accept_partner, all_partners, delete_partner, pair_in, partner_in, partners_of, put_partner, ties_of_partner,
};
pub(super) use visits::{
    Ending, NewVisit, VisitLine, VisitRow, end, exists, insert_visit, lines, running, running_by_secret, running_everywhere, running_help_desk,
    running_of, running_of_partner, touch,
};

use ::store::{Db, Row, Tx, args, sql};
use model::{
    access::Access,
    ids::{OperatorId, PartnerId, TenantId, UserId},
    people::{Capability, Position},
};
use uuid::Uuid;

use super::token::Claims;
use crate::{Fault, people::roles};

/// What a tenant allows the help desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub help_desk: bool,
    pub decrypt: bool,
    pub until_micros: Option<i64>,
}

impl Setting {
    /// No row: allowed (spec tenant-settings, "enabled by default").
    fn read(row: Option<&Row>) -> Result<Self, Fault> {
        let Some(row) = row else { return Ok(Self { help_desk: true, decrypt: false, until_micros: None }) };
        Ok(Self { help_desk: row.flag("help_desk")?, decrypt: row.flag("decrypt")?, until_micros: row.opt_int("until_micros")? })
    }
}

pub(super) async fn setting(db: &Db, tenant: TenantId) -> Result<Setting, Fault> {
    let found =
        db.read_optional(sql!("SELECT help_desk, decrypt, until_micros FROM access_setting WHERE tenant_id = $1"), args![tenant.uuid()]).await?;
    Setting::read(found.as_ref())
}

pub(super) async fn setting_in(tx: &mut Tx, tenant: TenantId) -> Result<Setting, Fault> {
    let found = tx.optional(sql!("SELECT help_desk, decrypt, until_micros FROM access_setting WHERE tenant_id = $1"), args![tenant.uuid()]).await?;
    Setting::read(found.as_ref())
}

pub(super) async fn put_setting(tx: &mut Tx, tenant: TenantId, setting: &Setting, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO access_setting (tenant_id, help_desk, decrypt, until_micros, updated_micros) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id) DO UPDATE SET help_desk = $2, decrypt = $3, until_micros = $4, updated_micros = $5"
        ),
        args![tenant.uuid(), setting.help_desk, setting.decrypt, setting.until_micros, now],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_link(tx: &mut Tx, tenant: TenantId, claims: &Claims, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!("INSERT INTO access_link (id, tenant_id, created_micros, expires_micros, consumed_micros) VALUES ($1, $2, $3, $4, NULL)"),
        args![claims.nonce, tenant.uuid(), now, claims.expires_micros],
    )
    .await?;
    Ok(())
}

/// Whether a link has not been used yet.
pub(super) async fn link_waits(db: &Db, tenant: TenantId, nonce: Uuid, now: i64) -> Result<bool, Fault> {
    let found = db
        .read_optional(
            sql!("SELECT id FROM access_link WHERE tenant_id = $1 AND id = $2 AND consumed_micros IS NULL AND expires_micros > $3"),
            args![tenant.uuid(), nonce, now],
        )
        .await?;
    Ok(found.is_some())
}

/// Uses a link up; false when it was used before.
pub(super) async fn consume_link(tx: &mut Tx, tenant: TenantId, nonce: Uuid, now: i64) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!(
                "UPDATE access_link SET consumed_micros = $3
                 WHERE tenant_id = $1 AND id = $2 AND consumed_micros IS NULL AND expires_micros > $3"
            ),
            args![tenant.uuid(), nonce, now],
        )
        .await?;
    Ok(rows > 0)
}

/// Removes links of every tenant that ended long ago.
pub(super) async fn sweep_links(db: &Db, expired_before: i64, limit: i64) -> Result<u64, Fault> {
    let rows = db
        .execute(
            sql!("DELETE FROM access_link WHERE id IN (SELECT id FROM access_link WHERE expires_micros < $1 ORDER BY expires_micros LIMIT $2)"),
            args![expired_before, limit],
        )
        .await?;
    Ok(rows)
}

/// Who would enter where.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub tenant_name: String,
    pub time_zone: String,
    /// Address of whoever enters.
    pub visitor: String,
    /// The organisation they come from; empty for the help desk.
    pub organisation: String,
}

impl Standing {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            tenant_name: row.text("tenant_name")?,
            time_zone: row.text("time_zone")?,
            visitor: row.text("visitor")?,
            organisation: row.text("organisation")?,
        })
    }
}

/// An operator in front of a tenant that allows the help desk, with the most they may ask for.
pub(super) async fn operator_standing(db: &Db, tenant: TenantId, operator: OperatorId, now: i64) -> Result<Option<(Access, Standing)>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT t.name AS tenant_name, t.time_zone, o.email AS visitor, '' AS organisation, o.access
                 FROM tenant t CROSS JOIN operator_account o LEFT JOIN access_setting s ON s.tenant_id = t.id
                 WHERE t.id = $1 AND t.active = 1 AND o.id = $2 AND o.active = 1
                   AND coalesce(s.help_desk, 1) = 1 AND (s.until_micros IS NULL OR s.until_micros > $3)"
            ),
            args![tenant.uuid(), operator.uuid(), now],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some((row.parse("access")?, Standing::read(&row)?)))
}

/// Somebody of a partner in front of a customer, over an accepted tie, with the most that it allows.
pub(super) async fn partner_standing(
    db: &Db,
    tenant: TenantId,
    link: PartnerId,
    organisation: TenantId,
    user: UserId,
) -> Result<Option<(Access, Standing)>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT t.name AS tenant_name, t.time_zone, u.email AS visitor, u.role, h.name AS organisation, p.access,
                        u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities
                 FROM access_partner p
                 JOIN tenant t ON t.id = p.tenant_id AND t.active = 1
                 JOIN tenant h ON h.id = p.partner_tenant_id AND h.active = 1
                 JOIN people_user u ON u.tenant_id = h.id AND u.active = 1
                 LEFT JOIN people_role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id
                 WHERE p.tenant_id = $1 AND p.id = $2 AND p.partner_tenant_id = $3 AND u.id = $4 AND p.accepted_micros IS NOT NULL"
            ),
            args![tenant.uuid(), link.uuid(), organisation.uuid(), user.uuid()],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    let position = Position { role: row.parse("role")?, own: roles::store::read(&row)? };
    if !position.capabilities().has(Capability::AccessCustomers) {
        return Ok(None);
    }
    Ok(Some((row.parse("access")?, Standing::read(&row)?)))
}

/// An owner in front of their own tenant.
pub(super) async fn owner_standing(db: &Db, tenant: TenantId, owner: UserId) -> Result<Option<Standing>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT t.name AS tenant_name, t.time_zone, u.email AS visitor, '' AS organisation
                 FROM tenant t JOIN people_user u ON u.tenant_id = t.id
                 WHERE t.id = $1 AND t.active = 1 AND u.id = $2 AND u.active = 1 AND u.role = 'owner'"
            ),
            args![tenant.uuid(), owner.uuid()],
        )
        .await?;
    found.as_ref().map(Standing::read).transpose()
}
