//! SQL of schedules and of their runs.

use ::store::{Args, Row, Statement, Tx, args, sql};
use model::{
    email::schedule::{KEPT_RUNS, Missed, Recurrence, RunOutcome, ScheduleRow, ScheduleRun, ScheduleStatus},
    ids::{AssetId, MessageId, ScheduleId, TenantId},
};

use super::content::Content;
use crate::{
    Ctx, Fault, Services,
    clock::Zone,
    email::content::{from_json, to_json},
    schedule,
};

/// A stored schedule, its content apart.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub id: ScheduleId,
    pub tenant: TenantId,
    pub asset: AssetId,
    pub asset_name: Option<String>,
    pub subject: String,
    pub to_line: String,
    pub rule: Recurrence,
    pub zone_name: String,
    pub missed: Missed,
    pub status: ScheduleStatus,
    pub note: String,
    pub failures: i64,
    pub next_run: Option<i64>,
    pub last_run: Option<i64>,
    pub version: i64,
    pub created_by: String,
    pub created_micros: i64,
}

const COLUMNS: &str = "SELECT s.id, s.tenant_id, s.asset_id, a.name AS asset_name, s.subject, s.to_line, s.rule, s.time_zone, s.missed, s.status,
    s.status_note, s.failures, s.next_run_micros, s.last_run_micros, s.version, s.created_by, s.created_micros";
const FROM: &str = " FROM email_schedule s LEFT JOIN email_asset a ON a.id = s.asset_id AND a.tenant_id = s.tenant_id WHERE s.tenant_id = $1";

impl Stored {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parse("id")?,
            tenant: row.parse("tenant_id")?,
            asset: row.parse("asset_id")?,
            asset_name: row.opt_text("asset_name")?,
            subject: row.text("subject")?,
            to_line: row.text("to_line")?,
            rule: from_json(row.str("rule")?, "email_schedule.rule")?,
            zone_name: row.text("time_zone")?,
            missed: Missed::from_word(row.str("missed")?).ok_or(Fault::Stored { place: "email_schedule.missed" })?,
            status: ScheduleStatus::from_word(row.str("status")?).ok_or(Fault::Stored { place: "email_schedule.status" })?,
            note: row.text("status_note")?,
            failures: row.int("failures")?,
            next_run: row.opt_int("next_run_micros")?,
            last_run: row.opt_int("last_run_micros")?,
            version: row.int("version")?,
            created_by: row.text("created_by")?,
            created_micros: row.int("created_micros")?,
        })
    }

    /// Its zone.
    pub fn zone(&self) -> Result<Zone, Fault> {
        Zone::find(&self.zone_name).map_err(|_| Fault::Stored { place: "email_schedule.time_zone" })
    }

    /// Whether it is due for anything.
    pub fn runs(&self) -> bool {
        self.status == ScheduleStatus::Active
    }

    /// As lists show it.
    pub fn shown(self, ctx: &Ctx) -> ScheduleRow {
        let zone = self.zone().ok();
        let next = zone.zip(self.next_run.filter(|_| self.runs())).map(|(zone, at)| schedule::shown(&zone, at));
        ScheduleRow {
            words: self.rule.words(),
            last: ctx.zone().stamp_opt(self.last_run),
            next,
            id: self.id,
            asset: self.asset,
            asset_name: self.asset_name.unwrap_or_default(),
            to: self.to_line,
            subject: self.subject,
            zone: self.zone_name,
            status: self.status,
            note: self.note,
        }
    }

    /// What the audit log shows of its timing.
    pub fn audited(&self) -> Vec<(&'static str, String)> {
        timing_audited(&self.rule, &self.zone_name, self.missed)
    }
}

/// What the audit log shows of a timing.
pub(super) fn timing_audited(rule: &Recurrence, zone: &str, missed: Missed) -> Vec<(&'static str, String)> {
    vec![("rule", rule.words()), ("time_zone", zone.to_owned()), ("missed", missed.word().to_owned())]
}

/// One schedule of the tenant.
pub(super) async fn find(services: &Services, tenant: TenantId, id: ScheduleId) -> Result<Option<(Stored, Content)>, Fault> {
    let statement = Statement::assembled(&[COLUMNS, ", s.content", FROM, " AND s.id = $2"]);
    let row = services.db.read_optional(statement, args![tenant.uuid(), id.uuid()]).await?;
    row.as_ref().map(with_content).transpose()
}

/// [`find`] in a transaction that is going to change it: runs and other changes wait until its end.
pub(super) async fn find_in(tx: &mut Tx, tenant: TenantId, id: ScheduleId) -> Result<Option<(Stored, Content)>, Fault> {
    // On PostgreSQL an update that changes nothing still locks the row; SQLite has one writer anyway.
    tx.execute(sql!("UPDATE email_schedule SET version = version WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), id.uuid()]).await?;
    let statement = Statement::assembled(&[COLUMNS, ", s.content", FROM, " AND s.id = $2"]);
    let row = tx.optional(statement, args![tenant.uuid(), id.uuid()]).await?;
    row.as_ref().map(with_content).transpose()
}

fn with_content(row: &Row) -> Result<(Stored, Content), Fault> {
    Ok((Stored::read(row)?, from_json(row.str("content")?, "email_schedule.content")?))
}

/// Schedules of the tenant; `$1` is its id, the conditions and the order are the caller's.
pub(super) async fn select(services: &Services, conditions: &[&'static str], args: Args) -> Result<Vec<Stored>, Fault> {
    let mut parts = vec![COLUMNS, FROM];
    parts.extend(conditions);
    let rows = services.db.read_all(Statement::assembled(&parts), args).await?;
    rows.iter().map(Stored::read).collect()
}

/// [`select`] in a transaction.
pub(super) async fn select_in(tx: &mut Tx, conditions: &[&'static str], args: Args) -> Result<Vec<Stored>, Fault> {
    let mut parts = vec![COLUMNS, FROM];
    parts.extend(conditions);
    let rows = tx.all(Statement::assembled(&parts), args).await?;
    rows.iter().map(Stored::read).collect()
}

/// How many schedules the tenant has.
pub(super) async fn count(tx: &mut Tx, tenant: TenantId) -> Result<i64, Fault> {
    Ok(tx.one(sql!("SELECT count(*) AS schedules FROM email_schedule WHERE tenant_id = $1"), args![tenant.uuid()]).await?.int("schedules")?)
}

/// Writes a new schedule.
pub(super) async fn insert(tx: &mut Tx, stored: &Stored, content: &Content) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO email_schedule (id, tenant_id, asset_id, subject, to_line, content, rule, time_zone, missed, status, status_note, failures,
                 next_run_micros, version, created_by, created_micros, updated_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, $11, 1, $12, $13, $13)"
        ),
        args![
            stored.id.uuid(),
            stored.tenant.uuid(),
            stored.asset.uuid(),
            stored.subject.as_str(),
            stored.to_line.as_str(),
            to_json(content, "email_schedule.content")?,
            to_json(&stored.rule, "email_schedule.rule")?,
            stored.zone_name.as_str(),
            stored.missed.word(),
            stored.status.word(),
            stored.next_run,
            stored.created_by.as_str(),
            stored.created_micros,
        ],
    )
    .await?;
    Ok(())
}

/// Writes what people change: timing, content and status, with the next version.
pub(super) async fn update(tx: &mut Tx, stored: &Stored, content: &Content, now: i64) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE email_schedule SET asset_id = $3, subject = $4, to_line = $5, content = $6, rule = $7, time_zone = $8, missed = $9, status = $10,
                 status_note = $11, failures = $12, next_run_micros = $13, updated_micros = $14, version = version + 1
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![
            stored.tenant.uuid(),
            stored.id.uuid(),
            stored.asset.uuid(),
            stored.subject.as_str(),
            stored.to_line.as_str(),
            to_json(content, "email_schedule.content")?,
            to_json(&stored.rule, "email_schedule.rule")?,
            stored.zone_name.as_str(),
            stored.missed.word(),
            stored.status.word(),
            stored.note.as_str(),
            stored.failures,
            stored.next_run,
            now,
        ],
    )
    .await?;
    Ok(())
}

/// A line of the history.
pub(super) struct NewRun {
    pub due: Option<i64>,
    pub at: i64,
    pub outcome: RunOutcome,
    pub sentence: String,
    pub message: Option<MessageId>,
}

/// Writes a line of the history, and lets go of what is older than the newest [`KEPT_RUNS`].
pub(super) async fn insert_run(services: &Services, tx: &mut Tx, stored: &Stored, run: NewRun) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "INSERT INTO email_schedule_run (id, tenant_id, schedule_id, due_micros, at_micros, outcome, sentence, message_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        args![
            services.entropy.uuid(run.at),
            stored.tenant.uuid(),
            stored.id.uuid(),
            run.due,
            run.at,
            run.outcome.word(),
            run.sentence,
            run.message.map(MessageId::uuid),
        ],
    )
    .await?;
    // Ids grow with time. While there are fewer, the inner query gives nothing, and nothing is older than that.
    tx.execute(
        sql!(
            "DELETE FROM email_schedule_run WHERE tenant_id = $1 AND schedule_id = $2 AND id <=
                 (SELECT r.id FROM email_schedule_run r WHERE r.tenant_id = $1 AND r.schedule_id = $2 ORDER BY r.id DESC LIMIT 1 OFFSET $3)"
        ),
        args![stored.tenant.uuid(), stored.id.uuid(), KEPT_RUNS],
    )
    .await?;
    Ok(())
}

/// The history of a schedule before `before` (an id; empty for the newest), newest first, with the ids of its lines.
pub(super) async fn history(services: &Services, ctx: &Ctx, stored: &Stored, before: &str, rows: i64) -> Result<Vec<(ScheduleRun, String)>, Fault> {
    let zone = stored.zone()?;
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT r.id, r.due_micros, r.at_micros, r.outcome, r.sentence, m.id AS message FROM email_schedule_run r
                 LEFT JOIN email_message m ON m.id = r.message_id AND m.tenant_id = r.tenant_id
                 WHERE r.tenant_id = $1 AND r.schedule_id = $2 AND ($3 = '' OR r.id < $3) ORDER BY r.id DESC LIMIT $4"
            ),
            args![ctx.tenant().uuid(), stored.id.uuid(), before, rows],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let run = ScheduleRun {
                at: ctx.zone().stamp(row.int("at_micros")?),
                due: row.opt_int("due_micros")?.map(|due| schedule::shown(&zone, due)),
                outcome: RunOutcome::from_word(row.str("outcome")?).ok_or(Fault::Stored { place: "email_schedule_run.outcome" })?,
                sentence: row.text("sentence")?,
                message: row.opt_parse("message")?,
            };
            Ok((run, row.text("id")?))
        })
        .collect()
}
