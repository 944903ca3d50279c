//! The visits of a tenant: who is inside now, who was, and sending somebody out.

use model::{
    Problem,
    access::Visit,
    ids::VisitId,
    page::{DEFAULT_PAGE, Page},
};

use super::{
    store::{self, VisitLine},
    visit::{Because, close, close_alone, judge},
};
use crate::{
    Ctx, Fault, Services,
    auth::OPERATOR_SESSION_MICROS,
    clock::{DAY, Zone},
    cursor,
    error::chain,
    operator,
};

/// Running visits looked at in one round.
const ROUND: i64 = 500;
/// Visits named in the banner at most.
const NAMED: i64 = 5;
/// Rows removed per kind and call.
const SWEPT: i64 = 1000;

fn shown(line: VisitLine, zone: &Zone) -> Visit {
    Visit {
        id: line.id,
        kind: line.kind,
        visitor: line.visitor,
        organisation: line.organisation,
        acts_as: line.acts_as,
        access: line.access,
        started: zone.stamp(line.started_micros),
        last_seen: zone.stamp(line.last_seen_micros),
        ended: zone.stamp_opt(line.ended_micros),
        ended_because: line.ended_because,
    }
}

/// Who is inside now, the newest first: for everybody of the tenant.
///
/// # Errors
/// [`Fault::Store`].
pub async fn present(services: &Services, ctx: &Ctx) -> Result<Vec<Visit>, Fault> {
    let now = services.now();
    let rows = store::running_of(&services.db, ctx.tenant(), NAMED).await?;
    // One that has run out is not shown, although nobody has noticed its end yet.
    let lasting = rows.into_iter().filter(|row| judge(row, now).is_ok());
    Ok(lasting.map(|row| shown(row.line(), ctx.zone())).collect())
}

/// Visits of the tenant, the newest first. For holders of `tenant.help_desk`.
///
/// # Errors
/// [`Problem::Invalid`] on `after` when it is no cursor of this list.
pub async fn list(services: &Services, ctx: &Ctx, after: &str) -> Result<Page<Visit>, Fault> {
    let before = cursor::decode::<1>(after)?.map(|[id]| id).unwrap_or_default();
    let mut rows = store::lines(&services.db, ctx.tenant(), &before, i64::from(DEFAULT_PAGE) + 1).await?;
    let most = usize::try_from(DEFAULT_PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|row| cursor::encode([row.id.to_string()]));
    Ok(Page { items: rows.into_iter().map(|row| shown(row, ctx.zone())).collect(), next })
}

/// Ends a visit. For holders of `tenant.help_desk`.
///
/// # Errors
/// [`Problem::NotFound`] when the tenant has no such visit; [`Problem::Conflict`] when it has ended already.
pub async fn end(services: &Services, ctx: &Ctx, id: VisitId) -> Result<(), Fault> {
    if !store::exists(&services.db, ctx.tenant(), id).await? {
        return Err(Problem::NotFound.into());
    }
    let over = || Fault::from(Problem::Conflict { what: "This visit has ended already.".into() });
    let mut tx = services.db.write().await?;
    let row = store::running(&mut tx, ctx.tenant(), id).await?.ok_or_else(over)?;
    if !close(&mut tx, services, ctx, row, Because::EndedByOwner).await? {
        return Err(over());
    }
    tx.commit().await?;
    Ok(())
}

/// Writes the end of every visit of the installation that may not go on. Requests of such a visit are refused anyway; this tells the open
/// pages and the list. To be run now and then, and after an operator was shut out. Tells how many ended.
///
/// # Errors
/// [`Fault::Store`].
pub async fn settle(services: &Services) -> Result<u64, Fault> {
    let now = services.now();
    let (mut ended, mut after) = (0, String::new());
    loop {
        let rows = store::running_everywhere(&services.db, &after, ROUND).await?;
        let Some(last) = rows.last() else { return Ok(ended) };
        after = last.id.to_string();
        for row in &rows {
            let Err(because) = judge(row, now) else { continue };
            match close_alone(services, row, because).await {
                Ok(closed) => ended += u64::from(closed),
                Err(fault) => tracing::warn!(error = %chain(&fault), visit = %row.id, "a visit's end waits for the next round"),
            }
        }
    }
}

/// Removes links and operators' sessions that ended long ago. Visits stay: they are part of what happened in a tenant.
///
/// # Errors
/// [`Fault::Store`].
pub async fn sweep(services: &Services) -> Result<u64, Fault> {
    let now = services.now();
    let links = store::sweep_links(&services.db, now - DAY, SWEPT).await?;
    let sessions = operator::store::sweep_sessions(&services.db, now - OPERATOR_SESSION_MICROS, SWEPT).await?;
    Ok(links + sessions)
}
