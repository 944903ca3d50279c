//! Many people from a file: first read and checked as a whole, then taken in by a job that may be killed at any moment.
//!
//! Each batch commits its people together with how far it came, so no line is done twice and none is forgotten.

mod check;
mod parse;
mod run;
mod store;

pub(super) use run::{QUEUE, run_due};

use std::future::Future;

use ::store::{
    Tx,
    jobs::{self, NewJob},
};
use model::{
    Problem,
    ids::ImportId,
    page::DEFAULT_PAGE,
    people::{Import, ImportMode, ImportPage, ImportStatus},
};

use super::{post_office, roles, rules};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    clock::DAY,
    cursor,
    export::CsvChunks,
    tenant,
};

/// Imports that the page lists.
const LISTED: i64 = 10;
/// How long an import and its lines, which hold names and addresses, are kept.
const KEPT_MICROS: i64 = 7 * DAY;
/// Lines read at a time for an export.
const CHUNK_ROWS: i64 = 500;

/// A file as it was posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// Its name; empty for pasted lines.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads and checks a file without adding anybody, and keeps what it found for [`start`]. For holders of `people.write`.
///
/// # Errors
/// [`Problem::TooLarge`] over 5 MB or 10,000 people; [`Problem::Invalid`] on `file` for what is no CSV file with a header that is known. What is wrong with
/// single lines is no error: see [`get`].
pub async fn check(services: &Services, ctx: &Ctx, upload: Upload) -> Result<ImportId, Fault> {
    let lines = parse::parse(&upload.bytes)?;
    let checked = check::check(services, ctx, lines).await?;
    let now = services.now();
    let id = ImportId::new(services.entropy.uuid(now));
    let file_name: String = if upload.name.is_empty() { "pasted lines".into() } else { upload.name.chars().take(120).collect() };
    let wrong = checked.iter().filter(|line| !line.problems.is_empty()).count();
    let new = store::NewImport {
        id,
        user: ctx.user(),
        file_name: &file_name,
        total: i64::try_from(checked.len()).unwrap_or(i64::MAX),
        wrong: i64::try_from(wrong).unwrap_or(i64::MAX),
        now,
    };
    let mut tx = services.db.write().await?;
    store::insert(&mut tx, ctx.tenant(), &new, &checked).await?;
    tx.commit().await?;
    Ok(id)
}

/// The last imports, newest first; they are kept for a week.
///
/// # Errors
/// [`Fault::Store`].
pub async fn list(services: &Services, ctx: &Ctx) -> Result<Vec<Import>, Fault> {
    store::list(&services.db, ctx.tenant(), LISTED, ctx.zone()).await
}

/// One import with a page of its wrong lines.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] on `after`.
pub async fn get(services: &Services, ctx: &Ctx, id: ImportId, after: &str) -> Result<ImportPage, Fault> {
    let import = store::find(&services.db, ctx.tenant(), id, ctx.zone()).await?.ok_or(Problem::NotFound)?;
    let after = match cursor::decode::<1>(after)? {
        Some([line]) => line.parse().map_err(|_| cursor::stale())?,
        None => 0,
    };
    let mut lines = store::wrong(&services.db, ctx.tenant(), id, after, i64::from(DEFAULT_PAGE) + 1).await?;
    let more = lines.len() > DEFAULT_PAGE as usize;
    lines.truncate(DEFAULT_PAGE as usize);
    let next = lines.last().filter(|_| more).map(|last| cursor::encode([last.line.to_string()]));
    Ok(ImportPage { import, lines, next })
}

/// Starts to take people in: all good lines, or, with [`ImportMode::All`], all lines or none. Each becomes an invited person; `send_mail` mails them
/// their link. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] when it was started before; [`Problem::Invalid`] on `mode` when lines are wrong and all were wanted, or no
/// line is good, or a line gives a role that the caller may not give; on `send` without an active email asset.
pub async fn start(services: &Services, ctx: &Ctx, id: ImportId, mode: ImportMode, send_mail: bool) -> Result<(), Fault> {
    if send_mail && post_office::asset(services, ctx.tenant()).await?.is_none() {
        let message = "There is no active email address to send from. Add one under Email, or leave this out.";
        return Err(Problem::field("send", message).into());
    }
    let now = services.now();
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let (status, wrong, total, file_name) = store::standing(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if status != ImportStatus::Checked {
        return Err(Problem::Conflict { what: "This import was started before.".into() }.into());
    }
    if wrong == total {
        return Err(Problem::field("mode", "No line of this file can be taken in. Correct it and choose it again.").into());
    }
    if mode == ImportMode::All && wrong > 0 {
        let lines = if wrong == 1 { "1 line is".to_owned() } else { format!("{wrong} lines are") };
        return Err(Problem::field("mode", format!("{lines} wrong. Correct the file, or take the good lines only.")).into());
    }
    may_give_all(&mut tx, ctx, id).await?;
    store::begin(&mut tx, ctx.tenant(), id, mode, send_mail).await?;
    let payload = run::payload(ctx.tenant(), id)?;
    let job = NewJob {
        id: services.entropy.uuid(now).to_string(),
        queue: QUEUE,
        payload,
        run_at_micros: now,
        unique_key: Some(id.to_string()),
        now_micros: now,
    };
    jobs::enqueue(&mut tx, job).await?;
    let after = [("people", (total - wrong).to_string()), ("left_out", wrong.to_string()), ("mode", mode.word().to_owned())];
    let event = Event {
        action: "people.import.started",
        subject_kind: "import",
        subject_id: id.to_string(),
        subject_name: file_name,
        changes: audit::diff(&[], &after),
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Whoever starts an import gives its roles, whoever checked it: nobody hands out more than they hold.
async fn may_give_all(tx: &mut Tx, ctx: &Ctx, id: ImportId) -> Result<(), Fault> {
    for choice in store::roles(tx, ctx.tenant(), id).await? {
        match roles::resolve(tx, ctx, choice, "mode").await {
            Ok(position) => {
                let label = position.label().to_owned();
                let refused = |problem: Problem| Problem::field("mode", format!("This file gives the role {label}. {}", problem.message()));
                rules::may_give(ctx, position).map_err(refused)?;
            }
            // Deleted since the check: its lines are named when they are taken in.
            Err(Fault::Refused(_)) => {}
            Err(defect) => return Err(defect),
        }
    }
    Ok(())
}

/// Forgets an import and its lines; people who were added stay. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] while it is running.
pub async fn discard(services: &Services, ctx: &Ctx, id: ImportId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let (status, ..) = store::standing(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if status == ImportStatus::Running {
        return Err(Problem::Conflict { what: "This import is running; wait until it has ended.".into() }.into());
    }
    store::delete(&mut tx, ctx.tenant(), id).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes every wrong line as CSV, one row per problem.
///
/// # Errors
/// [`Problem::NotFound`]; what `write` returns, which ends the export (the reader has gone).
pub async fn export_problems<W, F>(services: &Services, ctx: &Ctx, id: ImportId, mut write: W) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
{
    store::find(&services.db, ctx.tenant(), id, ctx.zone()).await?.ok_or(Problem::NotFound)?;
    let mut file = CsvChunks::new(&["line", "column", "value", "what_to_do"])?;
    let mut after = 0;
    loop {
        let lines = store::wrong(&services.db, ctx.tenant(), id, after, CHUNK_ROWS).await?;
        for line in &lines {
            for problem in &line.problems {
                file.row(&[&line.line.to_string(), &problem.column, &problem.value, &problem.message])?;
            }
        }
        write(file.take()?).await?;
        match lines.last() {
            Some(last) => after = last.line,
            None => return Ok(()),
        }
    }
}

/// Removes imports older than a week, at most 20 at a time; how many went.
///
/// # Errors
/// [`Fault::Store`].
pub(super) async fn sweep(services: &Services) -> Result<u64, Fault> {
    let stale = store::stale(&services.db, services.now() - KEPT_MICROS, 20).await?;
    let mut gone = 0;
    for (tenant, id) in stale {
        let mut tx = services.db.write().await?;
        store::delete(&mut tx, tenant, id).await?;
        tx.commit().await?;
        gone += 1;
    }
    Ok(gone)
}
