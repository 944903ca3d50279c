//! The tenant: its name and the zone its people read times in (spec tenant-settings).

pub mod domains;
pub(crate) mod media;
pub mod profile_key;
mod records;
pub mod sso;
pub(crate) mod store;
mod zones;

#[cfg(test)]
mod tests;

pub use media::{get_media, list_media_features, set_media_feature, update_media};
pub use records::{get_records, update_records};
pub use zones::list_zones;

pub(crate) use records::report_zone;

use ::store::Tx;
use model::{FieldProblem, Problem, auth::check_name, email::schedule::Rezone, ids::TenantId, live::Kind, tenant::Tenant};

use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    clock::Zone,
    email::schedules,
    events,
};

/// The caller's tenant.
///
/// # Errors
/// [`Problem::NotFound`] when it is gone.
pub async fn get(services: &Services, ctx: &Ctx) -> Result<Tenant, Fault> {
    let row = store::find(&services.db, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    Ok(Tenant { id: ctx.tenant(), name: row.name, time_zone: row.time_zone, created: ctx.zone().stamp(row.created_micros) })
}

/// Changes name and zone. For holders of `tenant.write`. `schedules` is a word of [`Rezone`]: what becomes of mail that is scheduled in the
/// present zone; it may be empty while there is none, or while the zone stays.
///
/// # Errors
/// [`Problem::Invalid`] on `name`, `time_zone` or `schedules`.
pub async fn update(services: &Services, ctx: &Ctx, name: String, time_zone: String, schedules: &str) -> Result<(), Fault> {
    let (name, time_zone) = (name.trim(), time_zone.trim());
    let mut problems = Vec::new();
    check_name("name", "organisation", name, &mut problems);
    let zone = check_zone(time_zone, &mut problems);
    let policy = check_policy(schedules, &mut problems);
    Problem::unless_empty(problems)?;
    // As the zone database writes it.
    let time_zone = zone.as_ref().map_or(time_zone, Zone::name).to_owned();
    let mut tx = services.db.write().await?;
    store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant()).await?.ok_or(Problem::NotFound)?;
    if let Some(zone) = zone.filter(|zone| zone.name() != before.time_zone) {
        move_schedules(&mut tx, services, ctx, &before.time_zone, &zone, policy).await?;
    }
    let changes =
        audit::diff(&[("name", before.name), ("time_zone", before.time_zone)], &[("name", name.to_owned()), ("time_zone", time_zone.clone())]);
    if changes.is_empty() {
        return Ok(());
    }
    store::update(&mut tx, ctx.tenant(), name, &time_zone, services.now()).await?;
    let event =
        Event { action: "tenant.updated", subject_kind: "tenant", subject_id: ctx.tenant().to_string(), subject_name: name.to_owned(), changes };
    events::publish(&mut tx, ctx.tenant(), Kind::TenantChanged);
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// The decision about schedules; `None` when none was made.
fn check_policy(word: &str, problems: &mut Vec<FieldProblem>) -> Option<Rezone> {
    let policy = Rezone::from_word(word);
    if policy.is_none() && !word.is_empty() {
        let message = "Choose what happens to scheduled mail: it keeps its time on the clock, or its zone.".to_owned();
        problems.push(FieldProblem { field: "schedules".into(), message });
    }
    policy
}

/// Asks for the decision when there is something to decide, and applies it.
async fn move_schedules(tx: &mut Tx, services: &Services, ctx: &Ctx, old: &str, new: &Zone, policy: Option<Rezone>) -> Result<(), Fault> {
    let count = schedules::count_in(tx, ctx, old).await?;
    match policy {
        None if count > 0 => {
            let mails = if count == 1 { "One scheduled mail runs".to_owned() } else { format!("{count} scheduled mails run") };
            let message = format!("{mails} by the clock in {old}. Choose whether its time on the clock or its zone is kept.");
            Err(Problem::field("schedules", message).into())
        }
        None => Ok(()),
        Some(policy) => schedules::rezone(tx, services, ctx, old, new, policy).await.map(drop),
    }
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

/// The zone of a tenant outside any request of its people.
pub(crate) async fn zone_of(services: &Services, tenant: TenantId) -> Result<Zone, Fault> {
    stored_zone(&store::zone(&services.db, tenant).await?.ok_or(Problem::NotFound)?)
}

/// Every tenant, or those of this name, the oldest first: for the command line.
///
/// # Errors
/// [`Problem::Invalid`] on `tenant` when there is none of this name.
pub(crate) async fn named(services: &Services, name: Option<&str>) -> Result<Vec<(TenantId, String)>, Fault> {
    let found = store::named(&services.db, name).await?;
    match name {
        Some(_) if found.is_empty() => Err(Problem::field("tenant", "There is no tenant of this name.").into()),
        _ => Ok(found),
    }
}
