//! Scheduled sending: mail that leaves later, or again and again, at wall-clock times of a zone (spec tenant-settings, "Daylight Saving").
//!
//! A run is one transaction: it moves `next_run_micros` on, writes the history, and accepts an ordinary mail. Moving it on is the claim, so
//! of several processes one makes the run, and a process that dies makes it wholly or not at all.

mod change;
mod content;
mod hand_over;
mod rezone;
mod run;
mod store;

#[cfg(test)]
mod tests;

use ::store::{Args, Tx, args};
use model::{
    Problem,
    email::schedule::{ScheduleDetail, ScheduleFilter, ScheduleForm, ScheduleRow, ScheduleStatus},
    ids::{AssetId, ScheduleId, TenantId},
    live::Kind,
    page::{DEFAULT_PAGE, Page},
};

pub use change::{change_mail, create, delete, preview, reschedule, set_paused};
pub(crate) use hand_over::{Maker, count_made_by, leave};
pub(crate) use rezone::count_in;
pub use rezone::{in_tenant_zone, rezone};
pub use run::{Swept, Worker, run_due, run_now};

use super::{SCHEDULES, bulk::dollar, sending::filter_id};
use crate::{Ctx, Fault, Services, cursor, events, schedule};

/// Runs that pages show ahead.
const UPCOMING: usize = 5;

/// Wakes the workers and tells the tenant's open pages, once this transaction is committed.
fn changed(tx: &mut Tx, tenant: TenantId) {
    tx.notify(SCHEDULES);
    events::publish(tx, tenant, Kind::SchedulesChanged);
}

/// One page of schedules, newest first. `search` finds parts of the recipients' addresses and of the subject.
///
/// # Errors
/// [`Problem::Invalid`] on `after`; [`Problem::NotFound`] when a filter names no asset or status.
pub async fn list(services: &Services, ctx: &Ctx, filter: &ScheduleFilter) -> Result<Page<ScheduleRow>, Fault> {
    let mut parts = Vec::new();
    let mut args: Args = args![ctx.tenant().uuid(), i64::from(DEFAULT_PAGE) + 1];
    if let Some(asset) = filter_id::<AssetId>(&filter.asset)? {
        parts.extend([" AND s.asset_id = ", dollar(args.push(asset.uuid()))]);
    }
    if !filter.status.is_empty() {
        let status = ScheduleStatus::from_word(&filter.status).ok_or(Problem::NotFound)?;
        parts.extend([" AND s.status = ", dollar(args.push(status.word()))]);
    }
    if !filter.search.trim().is_empty() {
        let pattern = dollar(args.push(cursor::contains(&filter.search)));
        parts.extend([" AND (lower(s.to_line) LIKE lower(", pattern, ") ESCAPE '!' OR lower(s.subject) LIKE lower(", pattern, ") ESCAPE '!')"]);
    }
    if let Some([id]) = cursor::decode::<1>(&filter.after)? {
        parts.extend([" AND s.id < ", dollar(args.push(id))]);
    }
    parts.push(" ORDER BY s.id DESC LIMIT $2");
    let rows = store::select(services, &parts, args).await?;
    let mut items = rows.into_iter().map(|row| row.shown(ctx)).collect::<Vec<_>>();
    let more = items.len() > DEFAULT_PAGE as usize;
    items.truncate(DEFAULT_PAGE as usize);
    let next = items.last().filter(|_| more).map(|last| cursor::encode([last.id.to_string()]));
    Ok(Page { items, next })
}

/// One schedule with its next runs and a page of its history; `after` is a cursor of that page.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] on `after`.
pub async fn get(services: &Services, ctx: &Ctx, id: ScheduleId, after: &str) -> Result<ScheduleDetail, Fault> {
    let (stored, content) = store::find(services, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let files = content::files(services, ctx, id).await?;
    let zone = stored.zone()?;
    let upcoming = match stored.next_run.filter(|_| stored.runs()) {
        // The stored moment first: a run that is due and not yet made is still ahead.
        Some(next) => schedule::runs(&stored.rule, &zone, next.saturating_sub(1)).take(UPCOMING).map(|run| run.shown(&zone)).collect(),
        None => Vec::new(),
    };
    let text = if content.text.trim().is_empty() { mail::html::to_text(&content.html) } else { content.text.clone() };
    Ok(ScheduleDetail {
        version: stored.version,
        form: ScheduleForm::of(&stored.rule, &stored.zone_name, stored.missed),
        cc: content.cc.join(", "),
        bcc: content.bcc.join(", "),
        text,
        html: content::editable(services, &content.html, &files).await?,
        attachments: files.iter().filter(|file| !file.inline).map(|file| file.shown()).collect(),
        created_by: stored.created_by.clone(),
        created: ctx.zone().stamp(stored.created_micros),
        upcoming,
        runs: history(services, ctx, &stored, after).await?,
        row: stored.shown(ctx),
    })
}

async fn history(services: &Services, ctx: &Ctx, stored: &store::Stored, after: &str) -> Result<Page<model::email::schedule::ScheduleRun>, Fault> {
    let before = cursor::decode::<1>(after)?.map(|[id]| id).unwrap_or_default();
    let mut rows = store::history(services, ctx, stored, &before, i64::from(DEFAULT_PAGE) + 1).await?;
    let more = rows.len() > DEFAULT_PAGE as usize;
    rows.truncate(DEFAULT_PAGE as usize);
    let next = rows.last().filter(|_| more).map(|(_, id)| cursor::encode([id.clone()]));
    Ok(Page { items: rows.into_iter().map(|(run, _)| run).collect(), next })
}
