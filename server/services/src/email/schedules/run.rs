//! Making the runs whose time has come.

use std::time::Duration;

use ::store::{StoreError, Tx, args, sql};
use model::{
    Problem,
    email::schedule::{MAX_FAILURES, Missed, RunOutcome, ScheduleStatus},
    ids::{MessageId, ScheduleId, TenantId},
    live::Kind,
};
use tokio_util::sync::CancellationToken;

use super::{
    change::record,
    content::{self, Content},
    store::{self, NewRun, Stored},
};
use crate::{
    Ctx, Fault, Principal, Services, audit,
    clock::MINUTE,
    email::{
        SCHEDULES,
        accept::{self, Ready},
        assets::store as asset_store,
    },
    error::chain,
    events, schedule,
};

/// A run this much behind its time, in microseconds, was missed: a restart of the server takes less.
const ON_TIME: i64 = 5 * MINUTE;
/// Schedules looked at together.
const BATCH: i64 = 50;
/// Missed runs are counted up to here.
const MOST_COUNTED: usize = 1000;

/// What one look at the schedules did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs that this process settled: sent, failed or left out.
    pub runs: usize,
    /// Schedules that are tried again later, because the database did not answer.
    pub put_off: usize,
}

/// Makes runs in the background. Any number of processes may have one each.
pub struct Worker {
    services: Services,
    sweep: Duration,
}

impl Worker {
    /// A worker over all tenants that looks at least every five seconds.
    pub fn new(services: Services) -> Self {
        Self { services, sweep: Duration::from_secs(5) }
    }

    /// Works until `shutdown`; the run in hand is finished first.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut wake = self.services.db.wake(SCHEDULES);
        while !shutdown.is_cancelled() {
            let pause = match run_due(&self.services).await {
                Ok(Swept { put_off: 0, .. }) => self.until_next().await,
                Ok(_) => self.sweep,
                Err(fault) => {
                    tracing::error!(error = %chain(&fault), "schedules cannot be read; trying again");
                    self.sweep
                }
            };
            tokio::select! {
                _ = wake.wait(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// How long until the next run, within bounds.
    async fn until_next(&self) -> Duration {
        let soonest = sql!("SELECT min(next_run_micros) AS soonest FROM email_schedule WHERE status = 'active'");
        let soonest = self.services.db.read_one(soonest, args![]).await.and_then(|row| row.opt_int("soonest"));
        match soonest {
            Ok(Some(at)) => Duration::from_micros(u64::try_from(at - self.services.now()).unwrap_or(0)).clamp(Duration::from_millis(20), self.sweep),
            _ => self.sweep,
        }
    }
}

/// Makes every run that is due. At most one for each schedule, however many were missed.
///
/// # Errors
/// [`Fault::Store`] when the database does not answer. A run that fails is no error here: its schedule says so.
pub async fn run_due(services: &Services) -> Result<Swept, Fault> {
    let mut swept = Swept::default();
    let mut after = String::new();
    loop {
        // By id rather than by time: what is put off must not hold back the others.
        let due = services
            .db
            .read_all(
                sql!(
                    "SELECT s.id, s.tenant_id FROM email_schedule s JOIN tenant t ON t.id = s.tenant_id
                     WHERE s.status = 'active' AND s.next_run_micros <= $1 AND s.id > $2 AND t.active = 1 ORDER BY s.id LIMIT $3"
                ),
                args![services.now(), after.as_str(), BATCH],
            )
            .await?;
        let Some(last) = due.last() else { return Ok(swept) };
        after = last.text("id")?;
        for row in &due {
            let (id, tenant): (ScheduleId, TenantId) = (row.parse("id")?, row.parse("tenant_id")?);
            match run_one(services, tenant, id).await {
                Ok(settled) => swept.runs += usize::from(settled),
                Err(fault) => {
                    tracing::error!(error = %chain(&fault), schedule = %id, "a scheduled mail could not be made; trying again");
                    swept.put_off += 1;
                }
            }
        }
    }
}

/// What a run is about to write.
struct Plan {
    due: i64,
    now: i64,
    next: Option<i64>,
    outcome: RunOutcome,
    sentence: String,
}

/// Settles the run of one schedule. `false`: it is not due any more, or another process was quicker.
async fn run_one(services: &Services, tenant: TenantId, id: ScheduleId) -> Result<bool, Fault> {
    let Some((stored, content)) = store::find(services, tenant, id).await? else { return Ok(false) };
    let now = services.now();
    let Some(due) = stored.next_run.filter(|due| stored.runs() && *due <= now) else { return Ok(false) };
    let zone = stored.zone()?;
    let missed = schedule::count_between(&stored.rule, &zone, due, now, MOST_COUNTED);
    let late = now - due > ON_TIME;
    let next = schedule::next(&stored.rule, &zone, now).map(|run| run.at_micros);
    let at = schedule::shown(&zone, due);
    let mut plan = Plan { due, now, next, outcome: RunOutcome::Sent, sentence: String::new() };
    let ctx = Principal::system(tenant, zone);
    if late && stored.missed == Missed::Skip {
        plan.outcome = RunOutcome::Skipped;
        plan.sentence = format!("The server did not run at {} {}: {} left out.", at.text, at.offset, runs_were(missed + 1));
        return settle(services, &ctx, stored, plan, None).await;
    }
    match make(services, &ctx, &stored, &content).await {
        Ok(ready) => {
            if late {
                plan.outcome = RunOutcome::CaughtUp;
                plan.sentence = format!("The server did not run at {} {}: sent as soon as it was back.", at.text, at.offset);
            }
            if missed > 0 {
                let more = format!("{} left out.", if missed == 1 { "1 further run was".into() } else { format!("{missed} further runs were") });
                plan.sentence = [plan.sentence.as_str(), &more].join(" ").trim().to_owned();
            }
            settle(services, &ctx, stored, plan, Some(ready)).await
        }
        Err(Fault::Store(error @ (StoreError::Unreachable(_) | StoreError::Busy))) => Err(error.into()),
        Err(fault) => {
            plan.outcome = RunOutcome::Failed;
            plan.sentence = sentence(services, fault);
            settle(services, &ctx, stored, plan, None).await
        }
    }
}

fn runs_were(count: usize) -> String {
    if count == 1 { "1 run was".into() } else { format!("{count} runs were") }
}

/// Why no mail was made, for people; a defect goes to the log.
fn sentence(services: &Services, fault: Fault) -> String {
    match fault {
        Fault::Refused(Problem::Invalid { fields }) => fields.into_iter().map(|field| field.message).collect::<Vec<_>>().join(" "),
        Fault::Refused(problem) => problem.message(),
        defect => defect.into_problem(&format!("schedule-{}", services.entropy.word(8))).message(),
    }
}

/// The mail of a run, ready to be written.
async fn make(services: &Services, ctx: &Ctx, stored: &Stored, content: &Content) -> Result<Ready, Fault> {
    let asset = asset_store::find(&services.db, ctx.tenant(), stored.asset).await?;
    let asset = asset.ok_or_else(|| Problem::field("asset", "The address it is sent from was deleted. Choose another one under “Mail”."))?;
    let files = content::read(services, &content::files(services, ctx, stored.id).await?).await?;
    accept::make_ready(services, ctx, &asset, content.request(asset.id, files)).await
}

/// Writes a run: the next time, the history and the mail, all or nothing.
async fn settle(services: &Services, ctx: &Ctx, stored: Stored, plan: Plan, mut ready: Option<Ready>) -> Result<bool, Fault> {
    let outcome = write(services, ctx, &stored, &plan, ready.as_mut()).await;
    let unknown = matches!(outcome, Err(Fault::Store(StoreError::Unreachable(_))));
    if let Some(ready) = ready.filter(|_| !unknown && !matches!(outcome, Ok(true))) {
        ready.discard(services).await;
    }
    if matches!(outcome, Ok(true)) {
        metrics::counter!("email_schedule_runs_total", "outcome" => plan.outcome.word()).increment(1);
    }
    outcome
}

async fn write(services: &Services, ctx: &Ctx, stored: &Stored, plan: &Plan, ready: Option<&mut Ready>) -> Result<bool, Fault> {
    let after = After::of(stored, plan);
    let mut tx = services.db.write().await?;
    // The claim: of several processes that got here, one finds the row as it was read.
    let claimed = tx
        .execute(
            sql!(
                "UPDATE email_schedule SET next_run_micros = $5, last_run_micros = $6, status = $7, status_note = $8, failures = $9
                 WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND next_run_micros = $3 AND version = $4"
            ),
            args![
                stored.tenant.uuid(),
                stored.id.uuid(),
                plan.due,
                stored.version,
                after.next,
                plan.now,
                after.status.word(),
                after.note.as_str(),
                after.failures,
            ],
        )
        .await?;
    if claimed == 0 {
        tx.rollback().await?;
        return Ok(false);
    }
    let message = match ready {
        Some(ready) => ready.write(&mut tx).await?.only().map(|(_, message)| message),
        None => None,
    };
    let run = NewRun { due: Some(plan.due), at: plan.now, outcome: plan.outcome, sentence: plan.sentence.clone(), message };
    store::insert_run(services, &mut tx, stored, run).await?;
    if after.status == ScheduleStatus::Failed {
        let changes = audit::diff(&[("status", stored.status.word().into())], &[("status", after.status.word().into()), ("why", after.note)]);
        record(&mut tx, services, ctx, "email.schedule.stopped", stored, changes).await?;
    }
    events::publish(&mut tx, stored.tenant, Kind::SchedulesChanged);
    tx.commit().await?;
    Ok(true)
}

/// Where a schedule stands after a run.
struct After {
    status: ScheduleStatus,
    note: String,
    failures: i64,
    next: Option<i64>,
}

impl After {
    fn of(stored: &Stored, plan: &Plan) -> Self {
        let failed = plan.outcome == RunOutcome::Failed;
        let failures = if failed { stored.failures + 1 } else { 0 };
        if failed && (failures >= MAX_FAILURES || plan.next.is_none()) {
            let note = match failures {
                1 => format!("Its run failed: {}", plan.sentence),
                _ => format!("{failures} runs in a row failed, the last one because: {}", plan.sentence),
            };
            return Self { status: ScheduleStatus::Failed, note, failures, next: None };
        }
        let (status, note) = match (plan.next, plan.outcome) {
            (Some(_), _) => (ScheduleStatus::Active, String::new()),
            (None, RunOutcome::Skipped) => (ScheduleStatus::Finished, plan.sentence.clone()),
            (None, _) => (ScheduleStatus::Finished, String::new()),
        };
        Self { status, note, failures, next: plan.next }
    }
}

/// Sends the mail of a schedule now, whatever its status; its next run stays where it is.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] or [`Problem::TooLarge`] when no mail can be made of it.
pub async fn run_now(services: &Services, ctx: &Ctx, id: ScheduleId) -> Result<MessageId, Fault> {
    let (stored, content) = store::find(services, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let mut ready = make(services, ctx, &stored, &content).await?;
    let outcome = write_now(services, ctx, &stored, &mut ready).await;
    if !matches!(outcome, Ok(_) | Err(Fault::Store(StoreError::Unreachable(_)))) {
        ready.discard(services).await;
    }
    outcome
}

async fn write_now(services: &Services, ctx: &Ctx, stored: &Stored, ready: &mut Ready) -> Result<MessageId, Fault> {
    let now = services.now();
    let mut tx: Tx = services.db.write().await?;
    let there = tx
        .execute(
            sql!("UPDATE email_schedule SET last_run_micros = $3 WHERE tenant_id = $1 AND id = $2"),
            args![stored.tenant.uuid(), stored.id.uuid(), now],
        )
        .await?;
    if there == 0 {
        return Err(Problem::NotFound.into());
    }
    let (_, message) = ready.write(&mut tx).await?.only().ok_or(Fault::Stored { place: "email_message" })?;
    let sentence = format!("Asked for by {}.", ctx.actor());
    store::insert_run(services, &mut tx, stored, NewRun { due: None, at: now, outcome: RunOutcome::Manual, sentence, message: Some(message) })
        .await?;
    record(&mut tx, services, ctx, "email.schedule.run", stored, Vec::new()).await?;
    events::publish(&mut tx, stored.tenant, Kind::SchedulesChanged);
    tx.commit().await?;
    Ok(message)
}
