//! Making, changing, stopping and deleting a schedule.

use ::store::{StoreError, Tx, args, sql};
use model::{
    FieldProblem, Problem,
    email::{
        schedule::{Missed, Recurrence, ScheduleForm, SchedulePreview, ScheduleStatus},
        send::ComposeForm,
    },
    ids::{AssetId, ScheduleId},
};

use super::{
    UPCOMING, changed,
    content::{self, Content, Kept},
    store::{self, Stored},
};
use crate::{
    Ctx, Fault, Services, audit,
    clock::Zone,
    email::{
        accept::{self, File},
        assets::store::{self as asset_store, AssetRow},
        attachment::{self, StoredAttachment},
        cleanup, compose,
        sending::Upload,
    },
    schedule,
};

/// Most schedules of a tenant.
const MAX_SCHEDULES: i64 = 1000;

/// A form's timing, checked against the zone database and the clock.
struct Timing {
    rule: Recurrence,
    zone: Zone,
    missed: Missed,
    next: i64,
}

/// The timing of a form; an empty zone is the tenant's. `after` is the moment its first run has to follow.
fn timing(ctx: &Ctx, form: &ScheduleForm, after: i64, problems: &mut Vec<FieldProblem>) -> Option<Timing> {
    let checked = form.check().map_err(|mut wrong| problems.append(&mut wrong)).ok();
    let mut refuse = |field: &str, message: String| problems.push(FieldProblem { field: field.into(), message });
    let zone = match form.zone.trim() {
        "" => Ok(ctx.zone().clone()),
        name => Zone::find(name),
    };
    // The name as the zone database writes it.
    let zone = zone.and_then(|zone| zone.time_zone().iana_name().map_or(Ok(zone.clone()), Zone::find)).ok();
    if zone.is_none() {
        refuse("zone", "There is no such time zone; choose one from the list, such as Europe/London.".into());
    }
    let (checked, zone) = (checked?, zone?);
    let Some(first) = schedule::next(&checked.rule, &zone, after) else {
        let now = schedule::shown(&zone, after);
        match checked.rule {
            Recurrence::Once { .. } => refuse("date", format!("This moment has passed: it is {} {} now. Choose a later one.", now.text, now.offset)),
            _ => refuse("cron", "This never comes: no month it names has such a day.".into()),
        }
        return None;
    };
    Some(Timing { rule: checked.rule, zone, missed: checked.missed, next: first.at_micros })
}

/// What a form would do: the rule in words, and the next five runs.
///
/// # Errors
/// [`Problem::Invalid`] with the form's field names.
pub fn preview(services: &Services, ctx: &Ctx, form: &ScheduleForm) -> Result<SchedulePreview, Fault> {
    let mut problems = Vec::new();
    let timing = timing(ctx, form, services.now(), &mut problems);
    Problem::unless_empty(problems)?;
    let Some(Timing { rule, zone, .. }) = timing else { return Ok(SchedulePreview::default()) };
    let runs = schedule::runs(&rule, &zone, services.now()).take(UPCOMING).map(|run| run.shown(&zone)).collect();
    Ok(SchedulePreview { words: format!("{} ({})", rule.words(), zone.name()), runs })
}

/// The asset of a form, after a rehearsal of the request that a run will make.
async fn rehearsed(services: &Services, ctx: &Ctx, form: &ComposeForm, content: &Content, files: &[File]) -> Result<AssetRow, Fault> {
    let asset: AssetId = form.asset.parse().map_err(|_| Problem::NotFound)?;
    let asset = asset_store::find(&services.db, ctx.tenant(), asset).await?.ok_or(Problem::NotFound)?;
    accept::rehearse(services, &asset, content.request(asset.id, files.to_vec()))?;
    Ok(asset)
}

/// Makes a schedule of a mail and a timing; nothing is sent yet.
///
/// # Errors
/// [`Problem::Invalid`] with the fields of both forms; [`Problem::NotFound`] for an asset of another tenant; [`Problem::TooLarge`] over
/// 10 MB; [`Problem::Conflict`] when the tenant has 1000 schedules.
pub async fn create(services: &Services, ctx: &Ctx, form: ComposeForm, when: ScheduleForm, uploads: Vec<Upload>) -> Result<ScheduleId, Fault> {
    let now = services.now();
    let mut problems = form.check();
    if !form.thread.is_empty() {
        problems.push(FieldProblem { field: "when".into(), message: "A reply is sent at once; write a new mail to send it later.".into() });
    }
    let timing = timing(ctx, &when, now, &mut problems);
    Problem::unless_empty(problems)?;
    let Some(timing) = timing else { return Err(Problem::field("when", "Choose when to send.").into()) };
    let (html, files) = compose::take_files(services, &form.html, uploads);
    let content = Content::of(&form, html);
    let asset = rehearsed(services, ctx, &form, &content, &files).await?;
    let stored = Stored {
        id: ScheduleId::new(services.entropy.uuid(now)),
        tenant: ctx.tenant(),
        asset: asset.id,
        asset_name: Some(asset.name),
        subject: content.subject.clone(),
        to_line: content.to.join(", "),
        rule: timing.rule,
        zone_name: timing.zone.name().to_owned(),
        missed: timing.missed,
        status: ScheduleStatus::Active,
        note: String::new(),
        failures: 0,
        next_run: Some(timing.next),
        last_run: None,
        version: 1,
        created_by: ctx.actor(),
        created_micros: now,
    };
    let kept = content::keep(services, files).await?;
    let id = stored.id;
    let outcome = write_new(services, ctx, &stored, &content, &kept).await;
    settle(services, &kept, outcome).await?;
    Ok(id)
}

/// Removes files whose rows were not committed, and passes the outcome on.
async fn settle(services: &Services, kept: &[Kept], outcome: Result<(), Fault>) -> Result<(), Fault> {
    // After a lost connection it is not known whether the rows are there: then the files stay.
    if !matches!(outcome, Ok(()) | Err(Fault::Store(StoreError::Unreachable(_)))) {
        content::forget(services, kept).await;
    }
    outcome
}

async fn write_new(services: &Services, ctx: &Ctx, stored: &Stored, content: &Content, kept: &[Kept]) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    if store::count(&mut tx, ctx.tenant()).await? >= MAX_SCHEDULES {
        return Err(Problem::Conflict { what: format!("There are {MAX_SCHEDULES} schedules already; delete some that are finished.") }.into());
    }
    store::insert(&mut tx, stored, content).await?;
    content::write(services, ctx, &mut tx, stored.id, 0, kept).await?;
    let after: Vec<_> = stored.audited().into_iter().chain(content.audited()).collect();
    record(&mut tx, services, ctx, "email.schedule.created", stored, audit::diff(&[], &after)).await?;
    changed(&mut tx, ctx.tenant());
    tx.commit().await?;
    Ok(())
}

/// Gives a schedule another timing. A paused one stays paused; one that was finished or had stopped runs again.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] with the form's field names; [`Problem::Conflict`] when `version` is not the present one.
pub async fn reschedule(services: &Services, ctx: &Ctx, id: ScheduleId, version: i64, form: &ScheduleForm) -> Result<(), Fault> {
    let now = services.now();
    let mut problems = Vec::new();
    let mut tx = services.db.write().await?;
    let (mut stored, content) = present(&mut tx, ctx, id, version).await?;
    let timing = timing(ctx, form, now.max(stored.last_run.unwrap_or(now)), &mut problems);
    Problem::unless_empty(problems)?;
    let Some(timing) = timing else { return Err(Problem::field("when", "Choose when to send.").into()) };
    let before = stored.audited();
    (stored.rule, stored.zone_name, stored.missed) = (timing.rule, timing.zone.name().to_owned(), timing.missed);
    revive(&mut stored);
    stored.next_run = Some(timing.next);
    store::update(&mut tx, &stored, &content, now).await?;
    record(&mut tx, services, ctx, "email.schedule.updated", &stored, audit::diff(&before, &stored.audited())).await?;
    changed(&mut tx, ctx.tenant());
    tx.commit().await?;
    Ok(())
}

/// A change cures what a schedule stopped for; only what a person paused stays so.
fn revive(stored: &mut Stored) {
    if stored.status != ScheduleStatus::Paused {
        stored.status = ScheduleStatus::Active;
    }
    (stored.note, stored.failures) = (String::new(), 0);
}

/// The schedule, if it is still the one that the person saw.
async fn present(tx: &mut Tx, ctx: &Ctx, id: ScheduleId, version: i64) -> Result<(Stored, Content), Fault> {
    let found = store::find_in(tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if found.0.version != version {
        return Err(Problem::Conflict { what: "This schedule was changed meanwhile. Load the page again and repeat your change.".into() }.into());
    }
    Ok(found)
}

/// Changes what a schedule sends. New files come behind the present ones, which go when `remove_files` says so. One that stopped after
/// failures runs again.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] with the form's field names; [`Problem::TooLarge`] over 10 MB; [`Problem::Conflict`] when
/// `version` is not the present one.
pub async fn change_mail(
    services: &Services,
    ctx: &Ctx,
    id: ScheduleId,
    version: i64,
    mut form: ComposeForm,
    uploads: Vec<Upload>,
    remove_files: bool,
) -> Result<(), Fault> {
    let (_, before) = store::find(services, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    // Before the WASM arrives the editor shows HTML as it is written, and posts it as text.
    if form.html.is_empty() && !before.html.is_empty() && form.text.contains("</") {
        form.html = std::mem::take(&mut form.text);
    }
    Problem::unless_empty(form.check())?;
    let (html, files) = compose::take_files(services, &form.html, uploads);
    let content = Content::of(&form, html);
    // Pictures come anew with the text.
    let (gone, staying): (Vec<_>, Vec<_>) =
        content::files(services, ctx, id).await?.into_iter().partition(|file| remove_files || !file.content_id.is_empty());
    let mut all = content::read(services, &staying).await?;
    all.extend(files.iter().cloned());
    let asset = rehearsed(services, ctx, &form, &content, &all).await?;
    drop(all);
    let kept = content::keep(services, files).await?;
    let outcome = write_mail(services, ctx, (id, version), &asset, &content, &kept, &gone).await;
    settle(services, &kept, outcome).await
}

async fn write_mail(
    services: &Services,
    ctx: &Ctx,
    (id, version): (ScheduleId, i64),
    asset: &AssetRow,
    content: &Content,
    kept: &[Kept],
    gone: &[StoredAttachment],
) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let (mut stored, before) = present(&mut tx, ctx, id, version).await?;
    let was_failed = stored.status == ScheduleStatus::Failed;
    (stored.asset, stored.subject, stored.to_line) = (asset.id, content.subject.clone(), content.to.join(", "));
    if was_failed {
        revive(&mut stored);
        restart(&mut stored, now)?;
    }
    store::update(&mut tx, &stored, content, now).await?;
    for file in gone {
        tx.execute(sql!("DELETE FROM email_attachment WHERE tenant_id = $1 AND id = $2"), args![ctx.tenant().uuid(), file.id.uuid()]).await?;
    }
    content::write(services, ctx, &mut tx, id, 1000, kept).await?;
    remove_later(services, &mut tx, gone).await?;
    record(&mut tx, services, ctx, "email.schedule.updated", &stored, audit::diff(&before.audited(), &content.audited())).await?;
    changed(&mut tx, ctx.tenant());
    tx.commit().await?;
    Ok(())
}

/// Sets the next run of a schedule that begins to run again; what it missed meanwhile is not made up for.
fn restart(stored: &mut Stored, now: i64) -> Result<(), Fault> {
    let zone = stored.zone()?;
    let Some(next) = schedule::next(&stored.rule, &zone, now.max(stored.last_run.unwrap_or(now))) else {
        let what = "Its time has passed. Give it a new time first, or send it now with “Run now”.";
        return Err(Problem::Conflict { what: what.into() }.into());
    };
    stored.next_run = Some(next.at_micros);
    Ok(())
}

/// Stops a schedule for now, or lets it go on; runs that were due meanwhile are not made up for. Also starts again what stopped after
/// failures.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] when it is finished, or its only time has passed.
pub async fn set_paused(services: &Services, ctx: &Ctx, id: ScheduleId, paused: bool) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let (mut stored, content) = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let before = stored.status;
    match (before, paused) {
        (ScheduleStatus::Paused, true) | (ScheduleStatus::Active, false) => return Ok(()),
        (ScheduleStatus::Finished, _) => {
            let what = "This schedule is finished. Give it a new time to use it again.";
            return Err(Problem::Conflict { what: what.into() }.into());
        }
        (ScheduleStatus::Active | ScheduleStatus::Failed, true) => stored.status = ScheduleStatus::Paused,
        (ScheduleStatus::Paused | ScheduleStatus::Failed, false) => {
            stored.status = ScheduleStatus::Active;
            (stored.note, stored.failures) = (String::new(), 0);
            restart(&mut stored, now)?;
        }
    }
    store::update(&mut tx, &stored, &content, now).await?;
    let changes = audit::diff(&[("status", before.word().into())], &[("status", stored.status.word().into())]);
    record(&mut tx, services, ctx, if paused { "email.schedule.paused" } else { "email.schedule.resumed" }, &stored, changes).await?;
    changed(&mut tx, ctx.tenant());
    tx.commit().await?;
    Ok(())
}

/// Deletes a schedule with its history; the mails it made stay.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn delete(services: &Services, ctx: &Ctx, id: ScheduleId) -> Result<(), Fault> {
    let files = content::files(services, ctx, id).await?;
    let mut tx = services.db.write().await?;
    let (stored, content) = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let mine = || args![ctx.tenant().uuid(), id.uuid()];
    tx.execute(sql!("DELETE FROM email_schedule_run WHERE tenant_id = $1 AND schedule_id = $2"), mine()).await?;
    tx.execute(
        sql!("DELETE FROM email_attachment WHERE tenant_id = $1 AND owner_kind = $3 AND owner_id = $2"),
        args![ctx.tenant().uuid(), id.uuid(), attachment::SCHEDULE],
    )
    .await?;
    tx.execute(sql!("DELETE FROM email_schedule WHERE tenant_id = $1 AND id = $2"), mine()).await?;
    remove_later(services, &mut tx, &files).await?;
    let before: Vec<_> = stored.audited().into_iter().chain(content.audited()).collect();
    record(&mut tx, services, ctx, "email.schedule.deleted", &stored, audit::diff(&before, &[])).await?;
    changed(&mut tx, ctx.tenant());
    tx.commit().await?;
    Ok(())
}

/// Leaves the removal of files to a job, written with the deletion of their rows.
async fn remove_later(services: &Services, tx: &mut Tx, files: &[StoredAttachment]) -> Result<(), Fault> {
    let blobs: Vec<_> = files.iter().map(|file| file.blob.clone()).collect();
    cleanup::remove_at(services, tx, &blobs, services.now()).await
}

/// One audit entry about a schedule.
pub(super) async fn record(
    tx: &mut Tx,
    services: &Services,
    ctx: &Ctx,
    action: &'static str,
    stored: &Stored,
    changes: Vec<audit::Change>,
) -> Result<(), Fault> {
    let event =
        audit::Event { action, subject_kind: "email_schedule", subject_id: stored.id.to_string(), subject_name: stored.subject.clone(), changes };
    audit::record(tx, services, ctx, event).await
}
