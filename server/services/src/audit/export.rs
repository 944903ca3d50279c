//! The audit log as a CSV file.

use std::future::Future;

use model::audit::{AuditEntry, AuditFilter, Change};

use super::{Event, list, record};
use crate::{Ctx, Fault, Services, export::CsvChunks};

/// Rows read and written at a time: bounds memory, and no read holds the database for long.
const CHUNK_ROWS: u32 = 500;

/// Writes every entry that matches, newest first, as CSV with a header line, chunk by chunk. `filter.after` is honoured, so
/// an export can go on from a page. The export is itself audited before the first byte leaves.
///
/// # Errors
/// As [`list`](super::list); what `write` returns, which ends the export (the reader has gone).
pub async fn export_csv<W, F>(services: &Services, ctx: &Ctx, filter: &AuditFilter, mut write: W) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
{
    let mut query = list::query_of(filter, ctx.zone())?;
    audit_the_export(services, ctx, filter).await?;
    let mut file = CsvChunks::new(&["id", "at", "actor", "remote_address", "action", "subject", "subject_name", "changes"])?;
    loop {
        let page = list::page(services, ctx, &mut query, CHUNK_ROWS).await?;
        for entry in &page.items {
            add(&mut file, entry)?;
        }
        write(file.take()?).await?;
        if page.next.is_none() {
            return Ok(());
        }
    }
}

async fn audit_the_export(services: &Services, ctx: &Ctx, filter: &AuditFilter) -> Result<(), Fault> {
    let asked = [("search", &filter.search), ("action", &filter.action), ("from", &filter.from), ("until", &filter.until)];
    let changes = asked
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| Change { field: field.to_owned(), before: None, after: Some(value.clone()) })
        .collect();
    let mut tx = services.db.write().await?;
    let event = Event { action: "audit.log.exported", subject_kind: "audit", subject_id: String::new(), subject_name: String::new(), changes };
    record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

fn add(file: &mut CsvChunks, entry: &AuditEntry) -> Result<(), Fault> {
    let changes: Vec<String> = entry.changes.iter().map(sentence).collect();
    file.row(&[
        &entry.id.to_string(),
        &entry.at.iso,
        &entry.actor,
        &entry.remote_address,
        &entry.action,
        &entry.subject,
        &entry.subject_name,
        &changes.join("; "),
    ])
}

fn sentence(change: &Change) -> String {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".into());
    format!("{}: {} → {}", change.field, shown(&change.before), shown(&change.after))
}
