//! Taking raw mail, reading its bytes, parsing it, keeping its files.

use std::sync::Arc;

use store::{Row, Statement, args, sql};
use uuid::Uuid;

use mail::parse::{Arrival, ParsedMail};
use model::ids::{AssetId, TenantId};

use crate::{Fault, Services};

/// A raw mail in this worker's hands.
pub(super) struct Taken {
    pub raw: Uuid,
    /// Attempts, this one included.
    pub attempts: i64,
}

/// A parsed mail whose files are in the blob store.
pub(super) struct Loaded {
    pub raw: Uuid,
    pub attempts: i64,
    pub tenant: TenantId,
    pub asset: AssetId,
    pub remote_address: String,
    pub envelope_from: String,
    pub size_bytes: i64,
    pub received_micros: i64,
    pub mail: ParsedMail,
    /// Blob ids of `mail.attachments`, in that order; their bytes are not in memory any more.
    pub files: Vec<StoredFile>,
    /// The beginning of the mail, for the log.
    pub wire: Arc<Vec<u8>>,
}

/// A file of a received mail.
pub(super) struct StoredFile {
    pub blob: String,
    pub size_bytes: i64,
}

/// Takes due raw mails, oldest first.
pub(super) async fn claim(services: &Services, limit: u32, lease_micros: i64) -> Result<Vec<Taken>, Fault> {
    let now = services.now();
    let any = services.db.read_optional(sql!("SELECT 1 AS one FROM email_raw_waiting WHERE due_micros <= $1 LIMIT 1"), args![now]).await?;
    if any.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = services.db.write().await?;
    let statement = Statement::assembled(&[
        "UPDATE email_raw_waiting SET attempts = attempts + 1, due_micros = $2
         WHERE raw_id IN (SELECT raw_id FROM email_raw_waiting WHERE due_micros <= $1 ORDER BY due_micros, raw_id LIMIT $3",
        services.db.dialect().skip_locked(),
        ") RETURNING raw_id, attempts",
    ]);
    let rows = tx.all(statement, args![now, now + lease_micros, limit]).await?;
    tx.commit().await?;
    let mut taken =
        rows.iter().map(|row| Ok(Taken { raw: row.parse("raw_id")?, attempts: row.int("attempts")? })).collect::<Result<Vec<_>, Fault>>()?;
    // In the order they came, so that an answer finds the mail it answers.
    taken.sort_by_key(|one| one.raw);
    Ok(taken)
}

/// Makes a mail due at another time.
pub(super) async fn put_off(services: &Services, raw: Uuid, due_micros: i64) -> Result<(), Fault> {
    services.db.execute(sql!("UPDATE email_raw_waiting SET due_micros = $2 WHERE raw_id = $1"), args![raw, due_micros]).await?;
    Ok(())
}

/// Reads and parses one raw mail; `None` when its row is gone. After `max_attempts` what cannot be read is stored as it is.
pub(super) async fn parse(services: &Services, taken: Taken, max_attempts: i64) -> Result<Option<Loaded>, Fault> {
    let Some(row) = services
        .db
        .read_optional(
            sql!(
                "SELECT r.tenant_id, r.asset_id, r.envelope_from, r.remote_address, r.size_bytes, r.content, r.blob, r.received_micros,
                     a.forwarding_address
                 FROM email_raw r JOIN email_asset a ON a.id = r.asset_id WHERE r.id = $1"
            ),
            args![taken.raw],
        )
        .await?
    else {
        return Ok(None);
    };
    let last_attempt = taken.attempts >= max_attempts;
    let content = match bytes_of(services, &row).await {
        Ok(content) => content,
        Err(fault) if last_attempt => {
            tracing::error!(error = %crate::error::chain(&fault), raw = %taken.raw, "the source of a received mail cannot be read");
            Arc::new(Vec::new())
        }
        Err(fault) => return Err(fault),
    };
    let (from, address) = (row.text("envelope_from")?, row.text("forwarding_address")?);
    let mut mail = match parse_apart(Arc::clone(&content), from.clone(), address).await {
        Ok(mail) => mail,
        Err(_) if last_attempt => unreadable(),
        Err(fault) => return Err(fault),
    };
    let files = keep_files(services, &mut mail).await?;
    Ok(Some(Loaded {
        raw: taken.raw,
        attempts: taken.attempts,
        tenant: row.parse("tenant_id")?,
        asset: row.parse("asset_id")?,
        remote_address: row.text("remote_address")?,
        envelope_from: from,
        size_bytes: row.int("size_bytes")?,
        received_micros: row.int("received_micros")?,
        mail,
        files,
        wire: bounded(content),
    }))
}

/// Only what the log keeps stays in memory of a large mail.
fn bounded(content: Arc<Vec<u8>>) -> Arc<Vec<u8>> {
    match content.get(..crate::debuglog::MAX_BODY_BYTES) {
        Some(beginning) if beginning.len() < content.len() => Arc::new(beginning.to_vec()),
        _ => content,
    }
}

async fn bytes_of(services: &Services, row: &Row) -> Result<Arc<Vec<u8>>, Fault> {
    if let Some(content) = row.opt_bytes("content")? {
        return Ok(Arc::new(content));
    }
    Ok(Arc::new(services.blobs.read(row.str("blob")?).await?))
}

/// On a thread of its own: a large mail takes a while, and a parser that panics takes nobody with it.
async fn parse_apart(content: Arc<Vec<u8>>, envelope_from: String, forwarding_address: String) -> Result<ParsedMail, Fault> {
    let work = move || {
        let arrival = Arrival { return_path: Some(&envelope_from), forwarding_address: Some(&forwarding_address) };
        mail::parse::parse_arrived(&content, &arrival)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Fault::Task { what: "parsing a received mail" })
}

/// What stands for a mail that could not be taken apart. Its source is kept and can be read.
fn unreadable() -> ParsedMail {
    ParsedMail {
        subject: "(mail that could not be read)".into(),
        damage: vec!["This mail could not be taken apart. Its source is kept as it came.".into()],
        ..ParsedMail::default()
    }
}

/// Moves the attachments out of memory into the blob store.
async fn keep_files(services: &Services, mail: &mut ParsedMail) -> Result<Vec<StoredFile>, Fault> {
    let mut files = Vec::with_capacity(mail.attachments.len());
    for attachment in &mut mail.attachments {
        let blob = services.entropy.uuid(services.now()).to_string();
        let bytes = std::mem::take(&mut attachment.bytes);
        let size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        services.blobs.put(&blob, bytes).await?;
        files.push(StoredFile { blob, size_bytes });
    }
    Ok(files)
}
