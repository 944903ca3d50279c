//! A visit in progress: who the visitor is at this request, and how it ends.

use ::store::Tx;
use model::{
    access::{Access, VisitKind},
    ids::{TenantId, VisitId},
    live::Kind,
    people::{Capability, CapabilitySet, Role},
};

use super::store::{self, Ending, Standing, VisitRow};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services,
    audit::{self, Event},
    auth::fingerprint,
    clock::{HOUR, MINUTE},
    ctx::{Proof, VisitProof},
    error::chain,
    events, tenant,
};

/// A visit that nobody used for this long ends.
const IDLE_MICROS: i64 = HOUR;
/// A visit ends at the latest after this long.
pub(super) const ABSOLUTE_MICROS: i64 = 8 * HOUR;
/// "Last used" is written at most this often.
const TOUCH_EVERY_MICROS: i64 = MINUTE;

/// Why a visit ends. The phrase stands in the list of visits and in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Because {
    /// By the visitor.
    Left,
    /// By somebody of the tenant.
    EndedByOwner,
    /// The tenant does not allow the help desk any more.
    SwitchedOff,
    /// The tenant allowed it until a time that has come.
    PermissionOver,
    /// The operator is shut out, or may do less than they asked for when they came.
    OperatorChanged,
    /// The tie to the partner has ended, or allows less than was asked for.
    PartnerChanged,
    /// The partner's person is shut out or lost the right.
    PersonChanged,
    /// Nobody used it.
    Idle,
    /// It lasted as long as a visit may.
    TooLong,
}

impl Because {
    pub(super) const fn phrase(self) -> &'static str {
        match self {
            Self::Left => "the visitor left",
            Self::EndedByOwner => "ended by an owner",
            Self::SwitchedOff => "help-desk access was switched off",
            Self::PermissionOver => "the permission ran out",
            Self::OperatorChanged => "the operator's own access was taken back",
            Self::PartnerChanged => "the partnership was ended or lowered",
            Self::PersonChanged => "the visitor's own account was shut out",
            Self::Idle => "nobody used it",
            Self::TooLong => "it had lasted as long as a visit may",
        }
    }
}

/// What a visitor may do at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub access: Access,
    pub capabilities: CapabilitySet,
}

/// Judges a visit by everything as it stands now. An operator whose grant was lowered gets the lower level; one whose grant is gone is out.
pub(super) fn judge(row: &VisitRow, now: i64) -> Result<Granted, Because> {
    if now >= row.expires_micros {
        return Err(Because::TooLong);
    }
    if now - row.last_seen_micros >= IDLE_MICROS {
        return Err(Because::Idle);
    }
    let (most, decrypt) = match row.kind {
        VisitKind::HelpDesk => {
            if !row.help_desk {
                return Err(Because::SwitchedOff);
            }
            if row.until_micros.is_some_and(|until| until <= now) {
                return Err(Because::PermissionOver);
            }
            (row.operator_access.ok_or(Because::OperatorChanged)?, row.decrypt)
        }
        VisitKind::Partner => {
            let most = row.partner_access.ok_or(Because::PartnerChanged)?;
            let may = row.person.as_ref().is_some_and(|person| person.capabilities().has(Capability::AccessCustomers));
            if !may {
                return Err(Because::PersonChanged);
            }
            // The tenant's option speaks of the help desk alone.
            (most, false)
        }
    };
    let access = row.access.min(most);
    Ok(Granted { access, capabilities: access.capabilities(decrypt) })
}

/// Finds the visitor who holds this cookie; `None` when the visit has ended or may not go on, which also writes its end. With `noted`, the
/// request counts as use.
///
/// # Errors
/// [`Fault::Store`] and [`Fault::Stored`].
pub(crate) async fn recognise(services: &Services, secret: &str, info: RequestInfo, noted: bool) -> Result<Option<Principal>, Fault> {
    let Some(row) = store::running_by_secret(&services.db, &fingerprint(secret)).await? else { return Ok(None) };
    let now = services.now();
    let granted = match judge(&row, now) {
        Ok(granted) => granted,
        Err(because) => {
            close_alone(services, &row, because).await?;
            return Ok(None);
        }
    };
    if noted && now - row.last_seen_micros >= TOUCH_EVERY_MICROS {
        let touched = store::touch(services, row.tenant, row.id, &info.remote_address, now).await;
        if let Err(fault) = touched {
            // Not being able to note the last use must not turn a visitor away.
            tracing::warn!(error = %chain(&fault), "the last use was not noted");
        }
    }
    let proof = VisitProof { id: row.id, kind: row.kind, access: granted.access, since_micros: row.started_micros };
    let seat =
        Seat { proof, tenant: row.tenant, tenant_name: &row.tenant_name, time_zone: &row.time_zone, visitor: &row.visitor, acts_as: &row.acts_as };
    principal(&seat, granted.capabilities, info).map(Some)
}

/// Where a visit is and who is on it.
struct Seat<'a> {
    proof: VisitProof,
    tenant: TenantId,
    tenant_name: &'a str,
    time_zone: &'a str,
    visitor: &'a str,
    acts_as: &'a str,
}

fn principal(seat: &Seat<'_>, capabilities: CapabilitySet, info: RequestInfo) -> Result<Principal, Fault> {
    let role = if seat.proof.access == Access::ReadOnly { Role::ReadOnly } else { Role::FullAccess };
    Ok(Principal {
        tenant: seat.tenant,
        tenant_name: seat.tenant_name.to_owned(),
        user: None,
        name: seat.visitor.to_owned(),
        email: seat.acts_as.to_owned(),
        role,
        role_name: role.label().to_owned(),
        capabilities,
        must_enrol: false,
        zone: tenant::stored_zone(seat.time_zone)?,
        proof: Proof::Visit(seat.proof),
        token_name: None,
        info,
    })
}

/// Writes the end of visits in the caller's transaction; gives those that had not ended before. [`tell_ended`] has to follow, after
/// everything else that the transaction changes: an audit entry holds the end of the tenant's chain.
pub(super) async fn mark_ended(tx: &mut Tx, services: &Services, visits: Vec<Ending>, because: Because) -> Result<Vec<Ending>, Fault> {
    let mut ended = Vec::new();
    for visit in visits {
        if store::end(tx, visit.tenant, visit.id, because.phrase(), services.now()).await? {
            ended.push(visit);
        }
    }
    Ok(ended)
}

/// The audit entries of visits that ended, and the word to the open pages.
pub(super) async fn tell_ended(tx: &mut Tx, services: &Services, ctx: &Ctx, ended: &[Ending], because: Because) -> Result<(), Fault> {
    for visit in ended {
        events::publish(tx, visit.tenant, Kind::SessionEnded);
        events::publish(tx, visit.tenant, Kind::AccessChanged);
        let changes = audit::diff(&[], &[("because", because.phrase().to_owned())]);
        audit::record(tx, services, ctx, about("access.visit.ended", visit.id, &visit.acts_as, changes)).await?;
    }
    Ok(())
}

/// Both for one visit; false when it had ended before.
pub(super) async fn close(tx: &mut Tx, services: &Services, ctx: &Ctx, visit: Ending, because: Because) -> Result<bool, Fault> {
    let ended = mark_ended(tx, services, vec![visit], because).await?;
    tell_ended(tx, services, ctx, &ended, because).await?;
    Ok(!ended.is_empty())
}

/// [`close`] in a transaction of its own, by the system.
pub(super) async fn close_alone(services: &Services, row: &VisitRow, because: Because) -> Result<bool, Fault> {
    let ctx = Principal::system(row.tenant, tenant::stored_zone(&row.time_zone)?);
    let mut tx = services.db.write().await?;
    let closed = close(&mut tx, services, &ctx, row.ending(), because).await?;
    if closed {
        tx.commit().await?;
    }
    Ok(closed)
}

/// The audit entry of a visit's beginning, by the visitor, and the word to the open pages.
pub(super) async fn tell_started(
    tx: &mut Tx,
    services: &Services,
    tenant: TenantId,
    standing: &Standing,
    row: &store::NewVisit<'_>,
    info: &RequestInfo,
) -> Result<(), Fault> {
    let seat = Seat {
        proof: VisitProof { id: row.id, kind: row.kind, access: row.access, since_micros: row.now },
        tenant,
        tenant_name: &standing.tenant_name,
        time_zone: &standing.time_zone,
        visitor: row.visitor,
        acts_as: row.acts_as,
    };
    let ctx = principal(&seat, row.access.capabilities(false), info.clone())?.authorise(Capability::TenantRead)?;
    let mut after = vec![("kind", row.kind.word().to_owned()), ("visitor", row.visitor.to_owned()), ("access", row.access.word().to_owned())];
    if !row.organisation.is_empty() {
        after.push(("organisation", row.organisation.to_owned()));
    }
    events::publish(tx, tenant, Kind::AccessChanged);
    audit::record(tx, services, &ctx, about("access.visit.started", row.id, row.acts_as, audit::diff(&[], &after))).await
}

fn about(action: &'static str, id: VisitId, acts_as: &str, changes: Vec<audit::Change>) -> Event {
    Event { action, subject_kind: "visit", subject_id: id.to_string(), subject_name: acts_as.to_owned(), changes }
}

/// The visitor leaves; nothing for a caller who is no visitor.
///
/// # Errors
/// [`Fault::Store`].
pub async fn leave(services: &Services, principal: &Principal) -> Result<(), Fault> {
    let Proof::Visit(visit) = principal.proof else { return Ok(()) };
    let ctx = principal.clone().authorise(Capability::TenantRead)?;
    let mut tx = services.db.write().await?;
    let Some(row) = store::running(&mut tx, ctx.tenant(), visit.id).await? else { return Ok(()) };
    if close(&mut tx, services, &ctx, row, Because::Left).await? {
        tx.commit().await?;
    }
    Ok(())
}
