//! SQL of partners.

use ::store::{Db, Row, Tx, args, sql};
use model::{
    access::Access,
    ids::{PartnerId, TenantId},
};
use uuid::Uuid;

use crate::{Fault, access::partners::PartnerLine};

/// A partner of a customer, offered or accepted.
pub(in crate::access) struct PartnerRow {
    pub id: PartnerId,
    pub name: String,
    pub access: Access,
    pub accepted_micros: Option<i64>,
}

impl PartnerRow {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self { id: row.parse("id")?, name: row.text("name")?, access: row.parse("access")?, accepted_micros: row.opt_int("accepted_micros")? })
    }
}

pub(in crate::access) async fn partners_of(db: &Db, tenant: TenantId) -> Result<Vec<PartnerRow>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT p.id, h.name, p.access, p.accepted_micros FROM access_partner p JOIN tenant h ON h.id = p.partner_tenant_id
                 WHERE p.tenant_id = $1 ORDER BY h.name, p.id"
            ),
            args![tenant.uuid()],
        )
        .await?;
    rows.iter().map(PartnerRow::read).collect()
}

pub(in crate::access) async fn partner_in(tx: &mut Tx, tenant: TenantId, id: PartnerId) -> Result<Option<PartnerRow>, Fault> {
    let row = tx
        .optional(
            sql!(
                "SELECT p.id, h.name, p.access, p.accepted_micros FROM access_partner p JOIN tenant h ON h.id = p.partner_tenant_id
                 WHERE p.tenant_id = $1 AND p.id = $2"
            ),
            args![tenant.uuid(), id.uuid()],
        )
        .await?;
    row.as_ref().map(PartnerRow::read).transpose()
}

/// The tie of these two.
pub(in crate::access) async fn pair_in(tx: &mut Tx, tenant: TenantId, partner: TenantId) -> Result<Option<PartnerId>, Fault> {
    let row = tx
        .optional(sql!("SELECT id FROM access_partner WHERE tenant_id = $1 AND partner_tenant_id = $2"), args![tenant.uuid(), partner.uuid()])
        .await?;
    Ok(row.map(|row| row.parse("id")).transpose()?)
}

/// Adds a tie or changes its access; what an owner accepted stays accepted only while the access does not grow.
pub(in crate::access) async fn put_partner(
    tx: &mut Tx,
    id: Uuid,
    tenant: TenantId,
    partner: TenantId,
    access: Access,
    accepted: bool,
    now: i64,
) -> Result<PartnerId, Fault> {
    let row = tx
        .one(
            sql!(
                "INSERT INTO access_partner (id, tenant_id, partner_tenant_id, access, accepted_micros, created_micros, updated_micros)
                 VALUES ($1, $2, $3, $4, $5, $6, $6)
                 ON CONFLICT (tenant_id, partner_tenant_id) DO UPDATE SET
                     accepted_micros = CASE
                         WHEN $5 IS NOT NULL THEN $5
                         WHEN access_partner.access = $4 OR access_partner.access = 'full-with-decrypt' OR $4 = 'read-only'
                             THEN access_partner.accepted_micros
                         ELSE NULL END,
                     access = $4, updated_micros = $6
                 RETURNING id"
            ),
            args![id, tenant.uuid(), partner.uuid(), access.word(), accepted.then_some(now), now],
        )
        .await?;
    Ok(row.parse("id")?)
}

/// Notes the acceptance; false when it was accepted before.
pub(in crate::access) async fn accept_partner(tx: &mut Tx, tenant: TenantId, id: PartnerId, now: i64) -> Result<bool, Fault> {
    let accept = sql!(
        "UPDATE access_partner SET accepted_micros = $3, updated_micros = $3
         WHERE tenant_id = $1 AND id = $2 AND accepted_micros IS NULL"
    );
    Ok(tx.execute(accept, args![tenant.uuid(), id.uuid(), now]).await? > 0)
}

pub(in crate::access) async fn delete_partner(tx: &mut Tx, tenant: TenantId, id: PartnerId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM access_partner WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid()]).await?;
    Ok(())
}

/// An accepted tie, from the partner's side.
pub(in crate::access) struct TieRow {
    pub id: PartnerId,
    pub customer: TenantId,
    pub name: String,
    pub access: Access,
    /// A channel is open and an owner can sign in.
    pub ready: bool,
}

/// The customers of a partner, by name.
pub(in crate::access) async fn ties_of_partner(db: &Db, partner: TenantId, limit: i64) -> Result<Vec<TieRow>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT p.id, p.tenant_id, t.name, p.access,
                        CASE WHEN EXISTS (SELECT 1 FROM email_asset a WHERE a.tenant_id = t.id AND a.active = 1)
                              AND EXISTS (SELECT 1 FROM people_user u WHERE u.tenant_id = t.id AND u.role = 'owner' AND u.active = 1)
                             THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS ready
                 FROM access_partner p JOIN tenant t ON t.id = p.tenant_id AND t.active = 1
                 WHERE p.partner_tenant_id = $1 AND p.accepted_micros IS NOT NULL
                 ORDER BY t.name, p.id LIMIT $2"
            ),
            args![partner.uuid(), limit],
        )
        .await?;
    let read = |row: &Row| {
        Ok(TieRow {
            id: row.parse("id")?,
            customer: row.parse("tenant_id")?,
            name: row.text("name")?,
            access: row.parse("access")?,
            ready: row.flag("ready")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Every tie of the installation, for the command line.
pub(in crate::access) async fn all_partners(db: &Db) -> Result<Vec<PartnerLine>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT h.name AS partner, t.name AS customer, p.access, p.accepted_micros
                 FROM access_partner p JOIN tenant h ON h.id = p.partner_tenant_id JOIN tenant t ON t.id = p.tenant_id
                 ORDER BY h.name, t.name, p.id"
            ),
            args![],
        )
        .await?;
    let read = |row: &Row| {
        Ok(PartnerLine {
            partner: row.text("partner")?,
            customer: row.text("customer")?,
            access: row.parse("access")?,
            accepted: row.opt_int("accepted_micros")?.is_some(),
        })
    };
    rows.iter().map(read).collect()
}
