//! Partner organisations: offered on the command line, accepted and ended by an owner of the customer.

use model::{
    FieldProblem, Problem,
    access::{Access, Customer, Partner},
    ids::{PartnerId, TenantId},
    live::Kind,
};

use super::{
    store::{self, TieRow},
    visit::{Because, mark_ended, tell_ended},
};
use crate::{
    Ctx, Fault, Principal, Services,
    audit::{self, Event},
    events, tenant,
};

/// Customers listed at most.
const LISTED: i64 = 200;

/// The accepted tie between a partner and a customer.
pub(super) async fn tie(services: &Services, partner: TenantId, customer: TenantId) -> Result<Option<TieRow>, Fault> {
    let ties = store::ties_of_partner(&services.db, partner, i64::MAX).await?;
    Ok(ties.into_iter().find(|tie| tie.customer == customer))
}

/// The caller's customers. For holders of `access.customers`.
///
/// # Errors
/// [`Fault::Store`].
pub async fn customers(services: &Services, ctx: &Ctx) -> Result<Vec<Customer>, Fault> {
    let ties = store::ties_of_partner(&services.db, ctx.tenant(), LISTED).await?;
    Ok(ties.into_iter().map(|tie| Customer { tenant: tie.customer, name: tie.name, access: tie.access, ready: tie.ready }).collect())
}

pub(super) async fn of_customer(services: &Services, ctx: &Ctx) -> Result<Vec<Partner>, Fault> {
    let rows = store::partners_of(&services.db, ctx.tenant()).await?;
    let shown =
        rows.into_iter().map(|row| Partner { id: row.id, name: row.name, access: row.access, accepted: ctx.zone().stamp_opt(row.accepted_micros) });
    Ok(shown.collect())
}

/// Accepts an offer. For holders of `tenant.help_desk`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] when it was accepted before.
pub async fn accept(services: &Services, ctx: &Ctx, id: PartnerId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let row = store::partner_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if !store::accept_partner(&mut tx, ctx.tenant(), id, services.now()).await? {
        return Err(Problem::Conflict { what: format!("{} has been accepted already.", row.name) }.into());
    }
    events::publish(&mut tx, ctx.tenant(), Kind::AccessChanged);
    audit::record(&mut tx, services, ctx, about("access.partner.accepted", &row)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a tie or declines an offer; visits over it end with it. For holders of `tenant.help_desk`.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn end(services: &Services, ctx: &Ctx, id: PartnerId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let row = store::partner_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let inside = store::running_of_partner(&mut tx, ctx.tenant(), id).await?;
    let ended = mark_ended(&mut tx, services, inside, Because::PartnerChanged).await?;
    store::delete_partner(&mut tx, ctx.tenant(), id).await?;
    events::publish(&mut tx, ctx.tenant(), Kind::AccessChanged);
    audit::record(&mut tx, services, ctx, about("access.partner.ended", &row)).await?;
    tell_ended(&mut tx, services, ctx, &ended, Because::PartnerChanged).await?;
    tx.commit().await?;
    Ok(())
}

fn about(action: &'static str, row: &store::PartnerRow) -> Event {
    Event {
        action,
        subject_kind: "partner",
        subject_id: row.id.to_string(),
        subject_name: row.name.clone(),
        changes: audit::diff(&[], &[("access", row.access.word().to_owned())]),
    }
}

/// A tie as the command line lists it.
pub struct PartnerLine {
    /// Name of the partner.
    pub partner: String,
    /// Name of the customer.
    pub customer: String,
    /// How far the partner's people get.
    pub access: Access,
    /// An owner of the customer, or the command line, has accepted.
    pub accepted: bool,
}

/// Every tie of the installation. For the command line.
///
/// # Errors
/// [`Fault::Store`].
pub async fn list(services: &Services) -> Result<Vec<PartnerLine>, Fault> {
    store::all_partners(&services.db).await
}

/// Offers a partner to a customer, or changes how far its people get. `accepted`: the customer has agreed elsewhere. For the command line,
/// by names; of several tenants of one name the oldest is meant.
///
/// # Errors
/// [`Problem::Invalid`] on `partner` or `customer`.
pub async fn link(services: &Services, partner: &str, customer: &str, access: Access, accepted: bool) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let (partner_id, customer_id) = both(&mut tx, partner, customer).await?;
    let id = store::put_partner(&mut tx, services.entropy.uuid(now), customer_id, partner_id, access, accepted, now).await?;
    let ctx = system(&mut tx, customer_id).await?;
    let row = store::partner_in(&mut tx, customer_id, id).await?.ok_or(Problem::NotFound)?;
    let action = if accepted { "access.partner.accepted" } else { "access.partner.offered" };
    events::publish(&mut tx, customer_id, Kind::AccessChanged);
    audit::record(&mut tx, services, &ctx, about(action, &row)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a tie by names. For the command line.
///
/// # Errors
/// [`Problem::Invalid`] on `partner` or `customer`.
pub async fn end_by_name(services: &Services, partner: &str, customer: &str) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let (partner_id, customer_id) = both(&mut tx, partner, customer).await?;
    let ctx = system(&mut tx, customer_id).await?;
    let tie = store::pair_in(&mut tx, customer_id, partner_id).await?;
    drop(tx);
    let id = tie.ok_or_else(|| Problem::field("partner", format!("{partner} is no partner of {customer}.")))?;
    end(services, &ctx, id).await
}

async fn system(tx: &mut ::store::Tx, tenant: TenantId) -> Result<Ctx, Fault> {
    let stored = tenant::store::find_in(tx, tenant).await?.ok_or(Problem::NotFound)?;
    Ok(Principal::system(tenant, tenant::stored_zone(&stored.time_zone)?))
}

async fn both(tx: &mut ::store::Tx, partner: &str, customer: &str) -> Result<(TenantId, TenantId), Fault> {
    let partner_id = tenant::store::find_by_name(tx, partner.trim()).await?;
    let customer_id = tenant::store::find_by_name(tx, customer.trim()).await?;
    let mut problems = Vec::new();
    for (field, found) in [("partner", partner_id), ("customer", customer_id)] {
        if found.is_none() {
            problems.push(FieldProblem { field: field.into(), message: "There is no organisation of this name.".into() });
        }
    }
    if partner_id.is_some() && partner_id == customer_id {
        problems.push(FieldProblem { field: "customer".into(), message: "An organisation is no partner of itself.".into() });
    }
    Problem::unless_empty(problems)?;
    partner_id.zip(customer_id).ok_or_else(|| Problem::NotFound.into())
}
