//! SQL of the outbox: what is due, taking it under a lease, giving it back.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use store::{Row, Statement, Value, args, sql};

use model::ids::{AssetId, MessageId, SendId, TenantId};

use crate::{
    Fault, Services, debuglog,
    email::{
        bulk,
        content::{Content, Recipients, Templates, from_json},
    },
};

/// An asset with due mails.
pub(super) struct DueAsset {
    pub id: AssetId,
    pub version: i64,
}

/// A mail in this process's hands.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub id: MessageId,
    pub tenant: TenantId,
    pub asset: AssetId,
    pub message_id_header: String,
    pub recipients: Recipients,
    /// Attempts, this one included.
    pub attempts: i64,
    pub accepted_micros: i64,
    /// When it was claimed.
    pub claimed_micros: i64,
    pub body: Arc<Body>,
}

/// What the mails of one request share.
#[derive(Debug)]
pub(super) struct Body {
    pub content: Content,
    pub templates: Templates,
    /// Bytes of the attachments, read when the first mail needs them.
    pub files: tokio::sync::OnceCell<Vec<Arc<Vec<u8>>>>,
}

/// Active assets that have something due. One look into the index per asset, however long the queues are.
pub(super) async fn due_assets(services: &Services) -> Result<Vec<DueAsset>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT a.id, a.version FROM email_asset a WHERE a.active = 1 AND EXISTS (
                     SELECT 1 FROM email_message m WHERE m.asset_id = a.id AND m.status = 'queued' AND m.next_attempt_micros <= $1)
                 ORDER BY a.id LIMIT 10000"
            ),
            args![services.now()],
        )
        .await?;
    rows.iter().map(|row| Ok(DueAsset { id: row.parse("id")?, version: row.int("version")? })).collect()
}

/// Takes up to `limit` due mails of an asset until `now + lease`. No other worker gets them meanwhile.
/// The second value is the bytes of content that came with them.
pub(super) async fn claim(services: &Services, asset: AssetId, limit: u32, lease_micros: i64) -> Result<(Vec<Claimed>, usize), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let statement = Statement::assembled(&[
        "UPDATE email_message SET status = 'sending', attempts = attempts + 1, lease_owner = $4, lease_until_micros = $5
         WHERE id IN (SELECT id FROM email_message WHERE asset_id = $1 AND status = 'queued' AND next_attempt_micros <= $2
             ORDER BY next_attempt_micros, id LIMIT $3",
        services.db.dialect().skip_locked(),
        ") RETURNING id, tenant_id, send_id, message_id_header, recipients, attempts, accepted_micros",
    ]);
    let owner = services.settings.process_name.as_str();
    let rows = tx.all(statement, args![asset.uuid(), now, limit, owner, now + lease_micros]).await?;
    tx.commit().await?;
    if rows.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let (bodies, bytes) = bodies_of(services, &rows).await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in &rows {
        match read(row, asset, now, &bodies) {
            Ok(mail) => claimed.push(mail),
            // Its lease ends by itself, because nobody renews it; the others go on.
            Err(fault) => tracing::error!(error = %crate::error::chain(&fault), "a queued mail cannot be read"),
        }
    }
    // RETURNING promises no order; older mails go first.
    claimed.sort_by_key(|mail| mail.id);
    Ok((claimed, bytes))
}

fn read(row: &Row, asset: AssetId, claimed_micros: i64, bodies: &HashMap<SendId, Arc<Body>>) -> Result<Claimed, Fault> {
    let send: SendId = row.parse("send_id")?;
    Ok(Claimed {
        id: row.parse("id")?,
        tenant: row.parse("tenant_id")?,
        asset,
        message_id_header: row.text("message_id_header")?,
        recipients: from_json(row.str("recipients")?, "email_message.recipients")?,
        attempts: row.int("attempts")?,
        accepted_micros: row.int("accepted_micros")?,
        claimed_micros,
        body: bodies.get(&send).cloned().ok_or(Fault::Stored { place: "email_send.content" })?,
    })
}

async fn bodies_of(services: &Services, rows: &[Row]) -> Result<(HashMap<SendId, Arc<Body>>, usize), Fault> {
    let mut ids = rows.iter().map(|row| row.parse::<SendId>("send_id")).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    let ids: Vec<Value> = ids.iter().map(|id| id.uuid().into()).collect();
    let (mut bodies, mut bytes) = (HashMap::with_capacity(ids.len()), 0);
    for (statement, args) in bulk::in_lists("SELECT id, content FROM email_send WHERE id IN (", ")", &ids) {
        for row in services.db.read_all(statement, args).await? {
            let text = row.str("content")?;
            bytes += text.len();
            let Ok(content) = from_json::<Content>(text, "email_send.content") else { continue };
            let templates = Templates::of(&content);
            bodies.insert(row.parse("id")?, Arc::new(Body { content, templates, files: tokio::sync::OnceCell::new() }));
        }
    }
    Ok((bodies, bytes))
}

/// Extends the leases of these mails; gives those that are still this process's own.
pub(super) async fn renew(services: &Services, ids: &[MessageId], until: i64) -> Result<HashSet<MessageId>, Fault> {
    const SIZE: usize = 64;
    let mut held = HashSet::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(held);
    }
    let mut tx = services.db.write().await?;
    for chunk in ids.chunks(SIZE) {
        let mut args = args![services.settings.process_name.as_str(), until];
        let mut parts = vec!["UPDATE email_message SET lease_until_micros = $2 WHERE lease_owner = $1 AND (status || '') = 'sending' AND id IN ("];
        for position in 0..SIZE {
            // Filled up with the last one, so that there is one statement to prepare.
            let id = chunk.get(position).or(chunk.last()).map(|id| id.uuid());
            parts.extend([if position == 0 { "" } else { ", " }, bulk::dollar(args.push(id))]);
        }
        parts.push(") RETURNING id");
        for row in tx.all(Statement::assembled(&parts), args).await? {
            held.insert(row.parse("id")?);
        }
    }
    tx.commit().await?;
    Ok(held)
}

/// Queues again what an earlier life of this process held: its name is its own, so nobody else works on them.
pub(super) async fn release_own(services: &Services) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let rows = tx
        .all(
            sql!(
                "UPDATE email_message SET status = 'queued', lease_owner = NULL, lease_until_micros = NULL, next_attempt_micros = $2
                 WHERE status = 'sending' AND lease_owner = $1 RETURNING id, tenant_id, asset_id"
            ),
            args![services.settings.process_name.as_str(), now],
        )
        .await?;
    write_lines(services, &mut tx, &rows, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Queues again what processes held that did not renew their leases; how many mails that was.
pub(super) async fn release_expired(services: &Services) -> Result<usize, Fault> {
    let now = services.now();
    let any = services
        .db
        .read_optional(sql!("SELECT 1 AS one FROM email_message WHERE status = 'sending' AND lease_until_micros < $1 LIMIT 1"), args![now])
        .await?;
    if any.is_none() {
        return Ok(0);
    }
    let mut tx = services.db.write().await?;
    let rows = tx
        .all(
            sql!(
                "UPDATE email_message SET status = 'queued', lease_owner = NULL, lease_until_micros = NULL, next_attempt_micros = $1
                 WHERE status = 'sending' AND lease_until_micros < $1 RETURNING id, tenant_id, asset_id"
            ),
            args![now],
        )
        .await?;
    write_lines(services, &mut tx, &rows, now).await?;
    tx.notify(super::OUTBOX);
    tx.commit().await?;
    Ok(rows.len())
}

async fn write_lines(services: &Services, tx: &mut store::Tx, rows: &[Row], now: i64) -> Result<(), Fault> {
    for row in rows {
        let line = debuglog::NewLine {
            tenant: row.parse("tenant_id")?,
            asset: row.parse("asset_id")?,
            mail_id: row.parse::<MessageId>("id")?.uuid(),
            direction: debuglog::OUTBOUND,
            step: "retry",
            detail: "The process that was sending this mail stopped before it could tell the result; queued again with the same Message-ID.".into(),
            at_micros: now,
        };
        tx.execute(debuglog::INSERT, debuglog::row(services, line, None)?).await?;
    }
    Ok(())
}

/// Mails that wait.
pub(super) async fn count_waiting(services: &Services) -> Result<i64, Fault> {
    let row = services.db.read_one(sql!("SELECT count(*) AS mails FROM email_message WHERE status = 'queued'"), args![]).await?;
    Ok(row.int("mails")?)
}
