//! Outgoing mail as people see it: lists, one mail with its receipts, stop, try again, progress.

use store::{Args, Row, Statement, Tx, args, sql};

use model::{
    Problem,
    email::send::{MessageDetail, MessageFilter, MessageRow, MessageStatus, Receipt, SendProgress},
    ids::{AssetId, MessageId, SendId},
    page::{DEFAULT_PAGE, Page},
};

pub(crate) use super::accept::{Ready, ready};
pub use super::{
    accept::{Accepted, AcceptedMessage, Answer, File, Mail, SendRequest, Source, submit},
    compose::{Upload, compose},
};

use super::bulk::dollar;
use super::content::{Content, Recipients, Templates, from_json, to_json};
use crate::{Ctx, Fault, Services, audit, clock::Zone, cursor};

/// Stands in the place of the text of system mail.
pub(super) const KEPT_BACK: &str = "The text of this mail holds a personal link, so only its reader sees it.";

const ROW: &str = "SELECT m.id, m.send_id, m.asset_id, a.name AS asset_name, m.to_line, m.subject, m.status, m.accepted_micros,
    m.finished_micros, m.attempts, m.last_reply FROM email_message m JOIN email_asset a ON a.id = m.asset_id
    WHERE m.tenant_id = $1";

fn read_row(row: &Row, zone: &Zone) -> Result<MessageRow, Fault> {
    Ok(MessageRow {
        id: row.parse("id")?,
        send: row.parse("send_id")?,
        asset: row.parse("asset_id")?,
        asset_name: row.text("asset_name")?,
        to: row.text("to_line")?,
        subject: row.text("subject")?,
        status: read_status(row)?,
        accepted: zone.stamp(row.int("accepted_micros")?),
        finished: zone.stamp_opt(row.opt_int("finished_micros")?),
        attempts: row.int("attempts")?,
        last_reply: row.text("last_reply")?,
    })
}

fn read_status(row: &Row) -> Result<MessageStatus, Fault> {
    MessageStatus::from_word(row.str("status")?).ok_or(Fault::Stored { place: "email_message.status" })
}

/// One page of outgoing mails, newest first. `search` finds parts of the recipients' addresses and of the subject.
///
/// # Errors
/// [`Problem::Invalid`] on `after`; [`Problem::NotFound`] when a filter names no asset, request or status.
pub async fn list(services: &Services, ctx: &Ctx, filter: &MessageFilter) -> Result<Page<MessageRow>, Fault> {
    let mut parts = vec![ROW];
    let mut args: Args = args![ctx.tenant().uuid(), i64::from(DEFAULT_PAGE) + 1];
    if let Some(asset) = filter_id::<AssetId>(&filter.asset)? {
        parts.extend([" AND m.asset_id = ", dollar(args.push(asset.uuid()))]);
    }
    if let Some(send) = filter_id::<SendId>(&filter.send)? {
        parts.extend([" AND m.send_id = ", dollar(args.push(send.uuid()))]);
    }
    if !filter.status.is_empty() {
        let status = MessageStatus::from_word(&filter.status).ok_or(Problem::NotFound)?;
        parts.extend([" AND m.status = ", dollar(args.push(status.word()))]);
    }
    if !filter.search.trim().is_empty() {
        let pattern = dollar(args.push(cursor::contains(&filter.search)));
        parts.extend([" AND (lower(m.to_line) LIKE lower(", pattern, ") ESCAPE '!' OR lower(m.subject) LIKE lower(", pattern, ") ESCAPE '!')"]);
    }
    if let Some([id]) = cursor::decode::<1>(&filter.after)? {
        parts.extend([" AND m.id < ", dollar(args.push(id))]);
    }
    parts.push(" ORDER BY m.id DESC LIMIT $2");
    page(services, ctx, &parts, args).await
}

async fn page(services: &Services, ctx: &Ctx, parts: &[&'static str], args: Args) -> Result<Page<MessageRow>, Fault> {
    let rows = services.db.read_all(Statement::assembled(parts), args).await?;
    let mut items = rows.iter().map(|row| read_row(row, ctx.zone())).collect::<Result<Vec<_>, _>>()?;
    let more = items.len() > DEFAULT_PAGE as usize;
    items.truncate(DEFAULT_PAGE as usize);
    let next = items.last().filter(|_| more).map(|last| cursor::encode([last.id.to_string()]));
    Ok(Page { items, next })
}

/// Reads an id of a filter; empty means none.
pub(super) fn filter_id<T: std::str::FromStr>(text: &str) -> Result<Option<T>, Problem> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Problem::NotFound) }
}

/// One mail with its content and receipts.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn get(services: &Services, ctx: &Ctx, id: MessageId) -> Result<MessageDetail, Fault> {
    let row = services
        .db
        .read_optional(
            sql!(
                "SELECT m.id, m.send_id, m.asset_id, a.name AS asset_name, m.to_line, m.subject, m.status, m.accepted_micros,
                     m.finished_micros, m.attempts, m.last_reply, m.message_id_header, m.recipients, m.thread_id,
                     m.next_attempt_micros, m.correlation_id, s.content, s.source
                 FROM email_message m JOIN email_asset a ON a.id = m.asset_id JOIN email_send s ON s.id = m.send_id
                 WHERE m.tenant_id = $1 AND m.id = $2"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?
        .ok_or(Problem::NotFound)?;
    let shown = read_row(&row, ctx.zone())?;
    let content: Content = from_json(row.str("content")?, "email_send.content")?;
    let recipients: Recipients = from_json(row.str("recipients")?, "email_message.recipients")?;
    let mut filled = Templates::of(&content).fill(&content, &recipients.substitutions);
    if row.str("source")? == Source::System.word() {
        (filled.text, filled.html) = (KEPT_BACK.into(), String::new());
    }
    let attachments = super::attachment::of_owner(services, ctx, super::attachment::SEND, shown.send.uuid()).await?;
    let html = super::attachment::clean_html(&filled.html, &attachments, mail::html::Remote::Block).html;
    let waiting = matches!(shown.status, MessageStatus::Queued).then(|| row.int("next_attempt_micros")).transpose()?;
    Ok(MessageDetail {
        message_id_header: row.text("message_id_header")?,
        from: super::render::mailbox(&content.from_name, &content.from_address),
        cc: content.cc.join(", "),
        bcc: content.bcc.join(", "),
        text: filled.text,
        html,
        attachments: attachments.into_iter().map(|stored| stored.shown()).collect(),
        next_attempt: ctx.zone().stamp_opt(waiting.filter(|at| *at > services.now())),
        thread: row.opt_parse("thread_id")?,
        correlation_id: row.text("correlation_id")?,
        receipts: receipts(services, ctx, id).await?,
        row: shown,
    })
}

async fn receipts(services: &Services, ctx: &Ctx, id: MessageId) -> Result<Vec<Receipt>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT at_micros, recipient, status, code, reply FROM email_receipt
                 WHERE tenant_id = $1 AND message_id = $2 ORDER BY id LIMIT 1000"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Receipt {
                at: ctx.zone().stamp(row.int("at_micros")?),
                recipient: row.text("recipient")?,
                status: row.text("status")?,
                code: row.text("code")?,
                reply: row.text("reply")?,
            })
        })
        .collect()
}

/// Stops a mail that is still queued.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] when it left, or a worker has it at this moment.
pub async fn cancel(services: &Services, ctx: &Ctx, id: MessageId) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let stopped = tx
        .execute(
            sql!(
                "UPDATE email_message SET status = 'cancelled', finished_micros = $3
                 WHERE tenant_id = $1 AND id = $2 AND status = 'queued'"
            ),
            args![ctx.tenant().uuid(), id.uuid(), now],
        )
        .await?;
    let (status, to) = status_in(&mut tx, ctx, id).await?;
    if stopped == 0 {
        let what = match status {
            MessageStatus::Sending => "A connection has this mail at this moment; look again in a few seconds.",
            _ => "This mail is not waiting any more.",
        };
        return Err(Problem::Conflict { what: what.into() }.into());
    }
    record(&mut tx, services, ctx, "email.message.cancelled", id, to).await?;
    tx.commit().await?;
    Ok(())
}

/// Queues a failed mail again, for the recipients that did not get it, with the same Message-ID.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] when it has not failed.
pub async fn retry(services: &Services, ctx: &Ctx, id: MessageId) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    let (status, to) = status_in(&mut tx, ctx, id).await?;
    if status != MessageStatus::Failed {
        return Err(Problem::Conflict { what: "Only a failed mail can be tried again.".into() }.into());
    }
    let row = tx.one(sql!("SELECT recipients FROM email_message WHERE tenant_id = $1 AND id = $2"), args![ctx.tenant().uuid(), id.uuid()]).await?;
    let mut recipients: Recipients = from_json(row.str("recipients")?, "email_message.recipients")?;
    let refused = std::mem::take(&mut recipients.refused);
    if !refused.is_empty() {
        recipients.remaining = Some(refused);
    }
    let changed = tx
        .execute(
            sql!(
                "UPDATE email_message SET status = 'queued', attempts = 0, next_attempt_micros = $3, finished_micros = NULL,
                     recipients = $4
                 WHERE tenant_id = $1 AND id = $2 AND status = 'failed'"
            ),
            args![ctx.tenant().uuid(), id.uuid(), now, to_json(&recipients, "email_message.recipients")?],
        )
        .await?;
    if changed == 0 {
        return Err(Problem::Conflict { what: "Only a failed mail can be tried again.".into() }.into());
    }
    record(&mut tx, services, ctx, "email.message.retried", id, to).await?;
    tx.commit().await?;
    services.db.notify(super::OUTBOX).await?;
    Ok(())
}

async fn status_in(tx: &mut Tx, ctx: &Ctx, id: MessageId) -> Result<(MessageStatus, String), Fault> {
    let row = tx
        .optional(sql!("SELECT status, to_line FROM email_message WHERE tenant_id = $1 AND id = $2"), args![ctx.tenant().uuid(), id.uuid()])
        .await?
        .ok_or(Problem::NotFound)?;
    Ok((read_status(&row)?, row.text("to_line")?))
}

async fn record(tx: &mut Tx, services: &Services, ctx: &Ctx, action: &'static str, id: MessageId, name: String) -> Result<(), Fault> {
    let event = audit::Event { action, subject_kind: "email_message", subject_id: id.to_string(), subject_name: name, changes: Vec::new() };
    audit::record(tx, services, ctx, event).await
}

/// How the mails of a request stand.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn progress(services: &Services, ctx: &Ctx, id: SendId) -> Result<SendProgress, Fault> {
    let known = services
        .db
        .read_optional(sql!("SELECT total FROM email_send WHERE tenant_id = $1 AND id = $2"), args![ctx.tenant().uuid(), id.uuid()])
        .await?
        .ok_or(Problem::NotFound)?;
    let rows = services
        .db
        .read_all(
            sql!("SELECT status, count(*) AS mails FROM email_message WHERE tenant_id = $1 AND send_id = $2 GROUP BY status"),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?;
    let mut progress = SendProgress { total: known.int("total")?, ..SendProgress::default() };
    for row in &rows {
        let mails = row.int("mails")?;
        match read_status(row)? {
            MessageStatus::Queued | MessageStatus::Sending => progress.waiting += mails,
            MessageStatus::Submitted => progress.submitted += mails,
            MessageStatus::Failed => progress.failed += mails,
            MessageStatus::Cancelled => progress.cancelled += mails,
        }
    }
    Ok(progress)
}
