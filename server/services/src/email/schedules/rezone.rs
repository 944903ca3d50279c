//! What becomes of schedules when the tenant's zone changes.

use ::store::{Statement, Tx, args, sql};
use model::email::schedule::{Rezone, ScheduleStatus, ZonedSchedules};

use super::{change::record, changed, store};
use crate::{Ctx, Fault, Services, audit, clock::Zone, schedule};

/// Schedules shown with the question.
const SHOWN: i64 = 5;
/// Schedules of one zone that are changed together: no tenant has more.
const MOST: i64 = 1000;

/// The active and paused schedules in the tenant's present zone, about which a change of that zone has to decide.
///
/// # Errors
/// [`Fault::Store`].
pub async fn in_tenant_zone(services: &Services, ctx: &Ctx) -> Result<ZonedSchedules, Fault> {
    let zone = ctx.zone().name();
    let counted = services.db.read_one(counting(), args![ctx.tenant().uuid(), zone]).await?;
    let conditions = [" AND s.time_zone = $2 AND s.status IN ('active', 'paused') ORDER BY s.next_run_micros, s.id LIMIT $3"];
    let first = store::select(services, &conditions, args![ctx.tenant().uuid(), zone, SHOWN]).await?;
    let first = first.into_iter().map(|stored| stored.shown(ctx)).collect();
    Ok(ZonedSchedules { zone: zone.to_owned(), count: counted.int("schedules")?, first })
}

fn counting() -> Statement {
    sql!("SELECT count(*) AS schedules FROM email_schedule WHERE tenant_id = $1 AND time_zone = $2 AND status IN ('active', 'paused')")
}

/// How many active and paused schedules are in a zone, seen from the transaction that changes the tenant's.
pub(crate) async fn count_in(tx: &mut Tx, ctx: &Ctx, zone: &str) -> Result<i64, Fault> {
    let row = tx.one(counting(), args![ctx.tenant().uuid(), zone]).await?;
    Ok(row.int("schedules")?)
}

/// Applies the decision in the transaction that changes the tenant's zone; how many schedules moved. A single run whose time would have
/// passed already in the new zone stays in the old one.
///
/// # Errors
/// [`Fault::Store`], after which the transaction is over.
pub async fn rezone(tx: &mut Tx, services: &Services, ctx: &Ctx, old: &str, new: &Zone, policy: Rezone) -> Result<usize, Fault> {
    if policy == Rezone::KeepZone || old == new.name() {
        return Ok(0);
    }
    // Locked, so that no run is made of a schedule between the look and the change.
    tx.execute(
        sql!("UPDATE email_schedule SET version = version + 1 WHERE tenant_id = $1 AND time_zone = $2 AND status IN ('active', 'paused')"),
        args![ctx.tenant().uuid(), old],
    )
    .await?;
    let conditions = [" AND s.time_zone = $2 AND s.status IN ('active', 'paused') ORDER BY s.id LIMIT $3"];
    let found = store::select_in(tx, &conditions, args![ctx.tenant().uuid(), old, MOST]).await?;
    let (now, mut moved) = (services.now(), 0);
    for stored in found {
        let Some(next) = schedule::next(&stored.rule, new, now.max(stored.last_run.unwrap_or(now))) else { continue };
        let next = if stored.status == ScheduleStatus::Active { Some(next.at_micros) } else { stored.next_run };
        tx.execute(
            sql!("UPDATE email_schedule SET time_zone = $3, next_run_micros = $4, updated_micros = $5 WHERE tenant_id = $1 AND id = $2"),
            args![ctx.tenant().uuid(), stored.id.uuid(), new.name(), next, now],
        )
        .await?;
        let changes = audit::diff(&[("time_zone", old.to_owned())], &[("time_zone", new.name().to_owned())]);
        record(tx, services, ctx, "email.schedule.rezoned", &stored, changes).await?;
        moved += 1;
    }
    changed(tx, ctx.tenant());
    Ok(moved)
}
