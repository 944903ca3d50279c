//! Customers as a CSV file.

use std::future::Future;

use model::audit::Change;

use super::{
    query_of,
    store::{self, Listed},
};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    export::CsvChunks,
};

/// Rows read and written at a time: bounds memory, and no read holds the database for long.
const CHUNK_ROWS: i64 = 500;

/// Writes every customer that `search` finds, by name, as CSV with a header line, chunk by chunk. The export is audited before
/// the first byte leaves.
///
/// # Errors
/// [`Fault::Store`]; what `write` returns, which ends the export (the reader has gone).
pub async fn export_csv<W, F>(services: &Services, ctx: &Ctx, search: &str, mut write: W) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
{
    audit_the_export(services, ctx, search).await?;
    let mut file = CsvChunks::new(&["customer_id", "name", "email", "msisdn", "attributes", "created", "updated"])?;
    let mut after = None;
    loop {
        let rows = store::page(&services.db, ctx.tenant(), &query_of(search, after, CHUNK_ROWS)).await?;
        for row in &rows {
            add(&mut file, ctx, row)?;
        }
        write(file.take()?).await?;
        if i64::try_from(rows.len()).unwrap_or(0) < CHUNK_ROWS {
            return Ok(());
        }
        after = rows.last().map(Listed::key);
    }
}

fn add(file: &mut CsvChunks, ctx: &Ctx, row: &Listed) -> Result<(), Fault> {
    let stored = &row.stored;
    let attributes = store::write_attributes(&stored.attributes, "people_profile.attributes")?;
    let (created, updated) = (ctx.zone().stamp(stored.created_micros).iso, ctx.zone().stamp(stored.updated_micros).iso);
    file.row(&[&stored.customer_id, &stored.name, &stored.email, &stored.msisdn, &attributes, &created, &updated])
}

async fn audit_the_export(services: &Services, ctx: &Ctx, search: &str) -> Result<(), Fault> {
    let asked = (!search.trim().is_empty()).then(|| Change { field: "search".into(), before: None, after: Some(search.trim().to_owned()) });
    let mut tx = services.db.write().await?;
    let event = Event {
        action: "people.profiles.exported",
        subject_kind: "profile",
        subject_id: String::new(),
        subject_name: String::new(),
        changes: asked.into_iter().collect(),
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}
