//! The debug log as a CSV file; bodies are not in it.

use std::future::Future;

use model::email::log::LogFilter;

use crate::{Ctx, Fault, Services, audit, cursor, export::CsvChunks};

/// Rows read and written at a time: bounds memory, and no read holds the database for long.
const CHUNK_ROWS: u32 = 500;

/// Writes every line that matches, newest first, as CSV with a header line, chunk by chunk. A log is no report: its times stand in the
/// tenant's zone, which the header of the time names (spec tenant-settings). The export is audited before
/// the first byte leaves: details hold addresses.
///
/// # Errors
/// As [`list`](super::list); what `write` returns, which ends the export.
pub async fn export_csv<W, F>(services: &Services, ctx: &Ctx, filter: &LogFilter, mut write: W) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
{
    let mut after = cursor::decode::<1>(&filter.after)?.map(|[id]| id);
    let mut lines = super::lines(services, ctx, filter, after.clone(), CHUNK_ROWS).await?;
    audit_the_export(services, ctx, filter).await?;
    let at = format!("at ({})", ctx.zone().name());
    let mut file = CsvChunks::new(&["id", &at, "at_iso", "mail", "direction", "step", "detail"])?;
    loop {
        for line in &lines {
            file.row(&[&line.id.to_string(), &line.at.text, &line.at.iso, &line.mail, &line.direction, &line.step, &line.detail])?;
        }
        write(file.take()?).await?;
        if lines.len() < CHUNK_ROWS as usize {
            return Ok(());
        }
        after = lines.last().map(|line| line.id.to_string()).or(after);
        lines = super::lines(services, ctx, filter, after.clone(), CHUNK_ROWS).await?;
    }
}

async fn audit_the_export(services: &Services, ctx: &Ctx, filter: &LogFilter) -> Result<(), Fault> {
    let asset = super::asset_of(services, ctx, filter).await?;
    let (subject_id, subject_name) = asset.map(|asset| (asset.id.to_string(), asset.name)).unwrap_or_default();
    let mut tx = services.db.write().await?;
    let event = audit::Event { action: "debuglog.exported", subject_kind: "email_asset", subject_id, subject_name, changes: Vec::new() };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}
