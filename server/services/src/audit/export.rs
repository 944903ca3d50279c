//! The audit log as a file: a report, so its times stand in the zone that the tenant has its reports in.

use std::future::Future;

use model::audit::{AuditFilter, Change};
use serde::Serialize;

use super::{Event, list, record, store::Line};
use crate::{Ctx, Fault, Services, clock::Zone, export::CsvChunks, tenant};

/// Rows read and written at a time: bounds memory, and no read holds the database for long.
const CHUNK_ROWS: u32 = 500;

/// Writes every entry that matches, newest first, as CSV with a header line, chunk by chunk. The header of the time names its zone.
/// `filter.after` is honoured, so an export can go on from a page. The export is itself audited before the first byte leaves.
///
/// # Errors
/// As [`list`](super::list); what `write` returns, which ends the export (the reader has gone).
pub async fn export_csv<W, F>(services: &Services, ctx: &Ctx, filter: &AuditFilter, write: W) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
{
    let zone = tenant::report_zone(services, ctx).await?;
    let at = format!("at ({})", zone.name());
    let mut file =
        CsvChunks::new(&["id", &at, "at_iso", "actor", "remote_address", "action", "subject", "subject_name", "changes", "number", "hash"])?;
    export(services, ctx, filter, &zone, write, |lines, _| {
        for line in lines {
            add(&mut file, line)?;
        }
        file.take()
    })
    .await
}

/// Writes every entry that matches, newest first, as a JSON array, chunk by chunk; otherwise as [`export_csv`]. Number and hash allow the
/// chain to be looked at outside.
///
/// # Errors
/// As [`export_csv`].
pub async fn export_json<W, F>(services: &Services, ctx: &Ctx, filter: &AuditFilter, write: W) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
{
    let zone = tenant::report_zone(services, ctx).await?;
    let mut before = "[\n";
    export(services, ctx, filter, &zone, write, |lines, last| {
        let mut text = Vec::new();
        for line in lines {
            text.extend_from_slice(before.as_bytes());
            before = ",\n";
            serde_json::to_writer(&mut text, &JsonLine::of(line)).map_err(|_| Fault::Stored { place: "audit_entry" })?;
        }
        if last {
            // Nothing matched: the array begins and ends here.
            text.extend_from_slice(if before == ",\n" { b"\n]\n" } else { b"[]\n" });
        }
        Ok(text)
    })
    .await
}

/// Reads chunk by chunk; `form` makes bytes of each, and is told which is the last.
async fn export<W, F, M>(services: &Services, ctx: &Ctx, filter: &AuditFilter, zone: &Zone, mut write: W, mut form: M) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
    M: FnMut(&[Line], bool) -> Result<Vec<u8>, Fault> + Send,
{
    let mut query = list::query_of(filter, ctx.zone())?;
    audit_the_export(services, ctx, filter).await?;
    loop {
        let page = list::page(services, ctx, &mut query, CHUNK_ROWS, zone).await?;
        let last = page.next.is_none();
        write(form(&page.items, last)?).await?;
        if last {
            return Ok(());
        }
    }
}

async fn audit_the_export(services: &Services, ctx: &Ctx, filter: &AuditFilter) -> Result<(), Fault> {
    let changes = filter
        .named()
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| Change { field: field.to_owned(), before: None, after: Some(value.to_owned()) })
        .collect();
    let mut tx = services.db.write().await?;
    let event = Event { action: "audit.log.exported", subject_kind: "audit", subject_id: String::new(), subject_name: String::new(), changes };
    record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

fn add(file: &mut CsvChunks, line: &Line) -> Result<(), Fault> {
    let entry = &line.entry;
    let changes: Vec<String> = entry.changes.iter().map(sentence).collect();
    file.row(&[
        &entry.id.to_string(),
        &entry.at.text,
        &entry.at.iso,
        &entry.actor,
        &entry.remote_address,
        &entry.action,
        &entry.subject,
        &entry.subject_name,
        &changes.join("; "),
        &line.number.map(|number| number.to_string()).unwrap_or_default(),
        line.hash.as_deref().unwrap_or_default(),
    ])
}

fn sentence(change: &Change) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".into());
    format!("{}: {} → {}", change.field, shown(&change.before), shown(&change.after))
}

/// An entry as JSON.
#[derive(Serialize)]
struct JsonLine<'a> {
    number: Option<i64>,
    id: String,
    at: &'a str,
    actor: &'a str,
    remote_address: &'a str,
    action: &'a str,
    subject: &'a str,
    subject_name: &'a str,
    changes: &'a [Change],
    hash: Option<&'a str>,
}

impl<'a> JsonLine<'a> {
    fn of(line: &'a Line) -> Self {
        let entry = &line.entry;
        Self {
            number: line.number,
            id: entry.id.to_string(),
            at: &entry.at.iso,
            actor: &entry.actor,
            remote_address: &entry.remote_address,
            action: &entry.action,
            subject: &entry.subject,
            subject_name: &entry.subject_name,
            changes: &entry.changes,
            hash: line.hash.as_deref(),
        }
    }
}
