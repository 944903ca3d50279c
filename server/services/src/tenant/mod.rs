//! The tenant: its name and the zone its people read times in (spec tenant-settings).

pub mod profile_key;
pub(crate) mod store;

#[cfg(test)]
mod tests;

use ::store::Tx;
use model::{FieldProblem, Problem, auth::check_name, ids::TenantId, tenant::Tenant};

use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    clock::Zone,
};

/// The caller's tenant.
///
/// # Errors
/// [`Problem::NotFound`] when it is gone.
pub async fn get(services: &Services, ctx: &Ctx) -> Result<Tenant, Fault> {
    let row = store::find(&services.db, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    Ok(Tenant { id: ctx.tenant(), name: row.name, time_zone: row.time_zone, created: ctx.zone().stamp(row.created_micros) })
}

/// Changes name and zone. For holders of `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `name` or `time_zone`.
pub async fn update(services: &Services, ctx: &Ctx, name: String, time_zone: String) -> Result<(), Fault> {
    let (name, time_zone) = (name.trim(), time_zone.trim());
    let mut problems = Vec::new();
    check_name("name", "organisation", name, &mut problems);
    check_zone(time_zone, &mut problems);
    Problem::unless_empty(problems)?;
    let mut tx = services.db.write().await?;
    store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    let changes =
        audit::diff(&[("name", before.name), ("time_zone", before.time_zone)], &[("name", name.to_owned()), ("time_zone", time_zone.to_owned())]);
    if changes.is_empty() {
        return Ok(());
    }
    store::update(&mut tx, ctx.tenant(), name, time_zone, services.now()).await?;
    let event =
        Event { action: "tenant.updated", subject_kind: "tenant", subject_id: ctx.tenant().to_string(), subject_name: name.to_owned(), changes };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds a tenant with its profile key in the caller's transaction; name and zone have been checked.
pub(crate) async fn create(tx: &mut Tx, services: &Services, name: &str, time_zone: &str) -> Result<TenantId, Fault> {
    let now = services.now();
    let id = TenantId::new(services.entropy.uuid(now));
    store::insert(tx, id, name, time_zone, now).await?;
    profile_key::create_first(tx, services, id).await?;
    Ok(id)
}

/// The zone, or a problem on `time_zone`.
pub(crate) fn check_zone(time_zone: &str, problems: &mut Vec<FieldProblem>) -> Option<Zone> {
    match Zone::find(time_zone) {
        Ok(zone) => Some(zone),
        Err(_) => {
            let message = "There is no such time zone; choose one from the list, such as Europe/London.".to_owned();
            problems.push(FieldProblem { field: "time_zone".into(), message });
            None
        }
    }
}

/// The zone of a stored tenant.
pub(crate) fn stored_zone(time_zone: &str) -> Result<Zone, Fault> {
    Zone::find(time_zone).map_err(|_| Fault::Stored { place: "tenant.time_zone" })
}
