//! SQL of visits.

use ::store::{Args, Db, Row, Statement, Tx, args, sql};
use model::{
    access::{Access, VisitKind},
    ids::{OperatorId, PartnerId, TenantId, UserId, VisitId},
    people::Position,
};

use crate::{Fault, Services, people::roles};

/// A visit to write.
pub(in crate::access) struct NewVisit<'a> {
    pub id: VisitId,
    pub kind: VisitKind,
    pub operator: Option<OperatorId>,
    pub partner: Option<(PartnerId, UserId)>,
    pub visitor: &'a str,
    pub organisation: &'a str,
    pub acts_as: &'a str,
    pub access: Access,
    pub secret_hash: &'a str,
    pub remote_address: &'a str,
    pub user_agent: &'a str,
    pub now: i64,
    pub expires_micros: i64,
}

pub(in crate::access) async fn insert_visit(tx: &mut Tx, tenant: TenantId, visit: &NewVisit<'_>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO access_visit (id, tenant_id, kind, operator_id, partner_id, partner_user_id, visitor, organisation, acts_as, access,
                 secret_hash, remote_address, user_agent, started_micros, last_seen_micros, expires_micros, ended_micros, ended_because)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, NULL, '')"
        ),
        args![
            visit.id.uuid(),
            tenant.uuid(),
            visit.kind.word(),
            visit.operator.map(OperatorId::uuid),
            visit.partner.map(|(link, _)| link.uuid()),
            visit.partner.map(|(_, user)| user.uuid()),
            visit.visitor,
            visit.organisation,
            visit.acts_as,
            visit.access.word(),
            visit.secret_hash,
            visit.remote_address,
            visit.user_agent,
            visit.now,
            visit.expires_micros,
        ],
    )
    .await?;
    Ok(())
}

/// A visit as lists show it.
pub(in crate::access) struct VisitLine {
    pub id: VisitId,
    pub kind: VisitKind,
    pub visitor: String,
    pub organisation: String,
    pub acts_as: String,
    pub access: Access,
    pub started_micros: i64,
    pub last_seen_micros: i64,
    pub ended_micros: Option<i64>,
    pub ended_because: String,
}

/// Visits of a tenant before the one given, the newest first: ids are UUIDs of version 7.
pub(in crate::access) async fn lines(db: &Db, tenant: TenantId, before: &str, rows: i64) -> Result<Vec<VisitLine>, Fault> {
    let found = db
        .read_all(
            sql!(
                "SELECT id, kind, visitor, organisation, acts_as, access, started_micros, last_seen_micros, ended_micros, ended_because
                 FROM access_visit WHERE tenant_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
            ),
            args![tenant.uuid(), before, rows],
        )
        .await?;
    let read = |row: &Row| {
        Ok(VisitLine {
            id: row.parse("id")?,
            kind: row.parse("kind")?,
            visitor: row.text("visitor")?,
            organisation: row.text("organisation")?,
            acts_as: row.text("acts_as")?,
            access: row.parse("access")?,
            started_micros: row.int("started_micros")?,
            last_seen_micros: row.int("last_seen_micros")?,
            ended_micros: row.opt_int("ended_micros")?,
            ended_because: row.text("ended_because")?,
        })
    };
    found.iter().map(read).collect()
}

pub(in crate::access) async fn exists(db: &Db, tenant: TenantId, visit: VisitId) -> Result<bool, Fault> {
    let found = db.read_optional(sql!("SELECT id FROM access_visit WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), visit.uuid()]).await?;
    Ok(found.is_some())
}

/// A running visit with everything that decides whether it goes on, as it stands now.
pub(in crate::access) struct VisitRow {
    pub id: VisitId,
    pub tenant: TenantId,
    pub tenant_name: String,
    pub time_zone: String,
    pub kind: VisitKind,
    pub visitor: String,
    pub organisation: String,
    pub acts_as: String,
    /// Asked for when it began.
    pub access: Access,
    pub started_micros: i64,
    pub last_seen_micros: i64,
    pub expires_micros: i64,
    /// What the tenant allows the help desk.
    pub help_desk: bool,
    pub decrypt: bool,
    pub until_micros: Option<i64>,
    /// The operator's grant; `None` when there is no such operator who may sign in.
    pub operator_access: Option<Access>,
    /// The tie's grant; `None` when there is no accepted tie.
    pub partner_access: Option<Access>,
    /// The partner's person; `None` when there is none who may sign in.
    pub person: Option<Position>,
}

impl VisitRow {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parse("id")?,
            tenant: row.parse("tenant_id")?,
            tenant_name: row.text("tenant_name")?,
            time_zone: row.text("time_zone")?,
            kind: row.parse("kind")?,
            visitor: row.text("visitor")?,
            organisation: row.text("organisation")?,
            acts_as: row.text("acts_as")?,
            access: row.parse("access")?,
            started_micros: row.int("started_micros")?,
            last_seen_micros: row.int("last_seen_micros")?,
            expires_micros: row.int("expires_micros")?,
            help_desk: row.flag("help_desk")?,
            decrypt: row.flag("decrypt")?,
            until_micros: row.opt_int("until_micros")?,
            operator_access: row.opt_parse("operator_access")?,
            partner_access: row.opt_parse("partner_access")?,
            person: match row.opt_parse("person_role")? {
                Some(role) => Some(Position { role, own: roles::store::read(row)? }),
                None => None,
            },
        })
    }

    /// What its end needs.
    pub(in crate::access) fn ending(&self) -> Ending {
        Ending { id: self.id, tenant: self.tenant, acts_as: self.acts_as.clone() }
    }

    /// The part that lists show; it runs.
    pub(in crate::access) fn line(self) -> VisitLine {
        VisitLine {
            id: self.id,
            kind: self.kind,
            visitor: self.visitor,
            organisation: self.organisation,
            acts_as: self.acts_as,
            access: self.access,
            started_micros: self.started_micros,
            last_seen_micros: self.last_seen_micros,
            ended_micros: None,
            ended_because: String::new(),
        }
    }
}

/// A running visit and everything that its going on depends on; the condition follows.
const RUNNING: &str = "SELECT v.id, v.tenant_id, t.name AS tenant_name, t.time_zone, v.kind, v.visitor, v.organisation, v.acts_as, v.access,
            v.started_micros, v.last_seen_micros, v.expires_micros, coalesce(s.help_desk, 1) AS help_desk,
            coalesce(s.decrypt, 0) AS decrypt, s.until_micros, o.access AS operator_access, p.access AS partner_access,
            u.role AS person_role, u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities
     FROM access_visit v
     JOIN tenant t ON t.id = v.tenant_id
     LEFT JOIN access_setting s ON s.tenant_id = v.tenant_id
     LEFT JOIN operator_account o ON o.id = v.operator_id AND o.active = 1
     LEFT JOIN access_partner p ON p.id = v.partner_id AND p.tenant_id = v.tenant_id AND p.accepted_micros IS NOT NULL
     LEFT JOIN tenant h ON h.id = p.partner_tenant_id AND h.active = 1
     LEFT JOIN people_user u ON u.id = v.partner_user_id AND u.tenant_id = h.id AND u.active = 1
     LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
     WHERE v.ended_micros IS NULL ";

async fn rows_of(db: &Db, statement: Statement, args: Args) -> Result<Vec<VisitRow>, Fault> {
    db.read_all(statement, args).await?.iter().map(VisitRow::read).collect()
}

/// The running visit with this secret, of a tenant that is active. The cookie says which tenant it is about.
pub(in crate::access) async fn running_by_secret(db: &Db, secret_hash: &str) -> Result<Option<VisitRow>, Fault> {
    let statement = Statement::assembled(&[RUNNING, "AND v.secret_hash = $1 AND t.active = 1"]);
    Ok(rows_of(db, statement, args![secret_hash]).await?.pop())
}

/// Running visits of a tenant, the newest first.
pub(in crate::access) async fn running_of(db: &Db, tenant: TenantId, limit: i64) -> Result<Vec<VisitRow>, Fault> {
    let statement = Statement::assembled(&[RUNNING, "AND v.tenant_id = $1 ORDER BY v.started_micros DESC, v.id DESC LIMIT $2"]);
    rows_of(db, statement, args![tenant.uuid(), limit]).await
}

/// Running visits of every tenant after the one given: the upkeep of the installation.
pub(in crate::access) async fn running_everywhere(db: &Db, after: &str, limit: i64) -> Result<Vec<VisitRow>, Fault> {
    let statement = Statement::assembled(&[RUNNING, "AND v.id > $1 ORDER BY v.id LIMIT $2"]);
    rows_of(db, statement, args![after, limit]).await
}

/// What a running visit's end needs to know of it.
pub(in crate::access) struct Ending {
    pub id: VisitId,
    pub tenant: TenantId,
    pub acts_as: String,
}

/// One running visit of a tenant.
pub(in crate::access) async fn running(tx: &mut Tx, tenant: TenantId, visit: VisitId) -> Result<Option<Ending>, Fault> {
    let statement = sql!("SELECT id, tenant_id, acts_as FROM access_visit WHERE tenant_id = $1 AND id = $2 AND ended_micros IS NULL");
    Ok(ends_of(tx, statement, args![tenant.uuid(), visit.uuid()]).await?.pop())
}

async fn ends_of(tx: &mut Tx, statement: Statement, args: Args) -> Result<Vec<Ending>, Fault> {
    let rows = tx.all(statement, args).await?;
    let read = |row: &Row| Ok(Ending { id: row.parse("id")?, tenant: row.parse("tenant_id")?, acts_as: row.text("acts_as")? });
    rows.iter().map(read).collect()
}

/// The help desk's running visits of a tenant.
pub(in crate::access) async fn running_help_desk(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Ending>, Fault> {
    let statement = sql!("SELECT id, tenant_id, acts_as FROM access_visit WHERE tenant_id = $1 AND kind = 'help_desk' AND ended_micros IS NULL");
    ends_of(tx, statement, args![tenant.uuid()]).await
}

/// A partner's running visits of a customer.
pub(in crate::access) async fn running_of_partner(tx: &mut Tx, tenant: TenantId, partner: PartnerId) -> Result<Vec<Ending>, Fault> {
    let statement = sql!("SELECT id, tenant_id, acts_as FROM access_visit WHERE tenant_id = $1 AND partner_id = $2 AND ended_micros IS NULL");
    ends_of(tx, statement, args![tenant.uuid(), partner.uuid()]).await
}

pub(in crate::access) async fn touch(services: &Services, tenant: TenantId, visit: VisitId, remote_address: &str, now: i64) -> Result<(), Fault> {
    let touch = sql!("UPDATE access_visit SET last_seen_micros = $3, remote_address = $4 WHERE tenant_id = $1 AND id = $2 AND ended_micros IS NULL");
    services.db.execute(touch, args![tenant.uuid(), visit.uuid(), now, remote_address]).await?;
    Ok(())
}

/// Writes a visit's end; false when it had ended before.
pub(in crate::access) async fn end(tx: &mut Tx, tenant: TenantId, visit: VisitId, because: &str, now: i64) -> Result<bool, Fault> {
    let rows = tx
        .execute(
            sql!(
                "UPDATE access_visit SET ended_micros = $4, ended_because = $3
                 WHERE tenant_id = $1 AND id = $2 AND ended_micros IS NULL"
            ),
            args![tenant.uuid(), visit.uuid(), because, now],
        )
        .await?;
    Ok(rows > 0)
}
