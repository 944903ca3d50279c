//! The rows of an accepted request, as one batch.

use store::{Batch, args, sql};

use super::{Prepared, PreparedMail, Source};
use crate::{
    Ctx, Fault, Services, debuglog,
    email::{OUTBOX, attachment, bulk, content::to_json, snippet},
};

/// All rows of a request. The order of the statements is the same for every request, so that a group commit of many
/// requests puts the same rows of all of them into one statement.
pub(super) fn batch(services: &Services, ctx: &Ctx, prepared: &Prepared) -> Result<Batch, Fault> {
    let (tenant, asset, send) = (ctx.tenant(), prepared.asset.id, prepared.accepted.send);
    let now = prepared.accepted.at_micros;
    let mut batch = Batch::new().with(
        sql!(
            "INSERT INTO email_send (id, tenant_id, asset_id, thread_id, source, actor, subject, content, total, idempotency_key,
                 created_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        args![
            send.uuid(),
            tenant.uuid(),
            asset.uuid(),
            prepared.thread.map(|thread| thread.uuid()),
            prepared.source.word(),
            ctx.actor(),
            prepared.content.subject.as_str(),
            to_json(&prepared.content, "email_send.content")?,
            i64::try_from(prepared.mails.len()).unwrap_or(i64::MAX),
            prepared.idempotency_key.clone(),
            now,
        ],
    );
    match prepared.mails.as_slice() {
        [only] => batch.push(
            sql!(
                "INSERT INTO email_message (id, tenant_id, asset_id, send_id, position, thread_id, message_id_header, recipients, to_line,
                     subject, status, attempts, next_attempt_micros, last_reply, correlation_id, accepted_micros)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
            ),
            message_row(prepared, ctx, 0, only)?.into(),
        ),
        many => {
            let rows = many.iter().enumerate().map(|(position, mail)| message_row(prepared, ctx, position, mail));
            let statements = bulk::statements(
                "INSERT INTO email_message (id, tenant_id, asset_id, send_id, position, thread_id, message_id_header, recipients, to_line,
                     subject, status, attempts, next_attempt_micros, last_reply, correlation_id, accepted_micros) VALUES ",
                "",
                "",
                rows.collect::<Result<Vec<_>, Fault>>()?,
            );
            for (statement, args) in statements {
                batch.push(statement, args);
            }
        }
    }
    push_log(&mut batch, services, ctx, prepared)?;
    push_files(&mut batch, services, ctx, prepared);
    push_thread(&mut batch, ctx, prepared);
    Ok(batch.wake(OUTBOX))
}

fn message_row(prepared: &Prepared, ctx: &Ctx, position: usize, mail: &PreparedMail) -> Result<Vec<store::Value>, Fault> {
    let now = prepared.accepted.at_micros;
    Ok(vec![
        mail.id.uuid().into(),
        ctx.tenant().uuid().into(),
        prepared.asset.id.uuid().into(),
        prepared.accepted.send.uuid().into(),
        i64::try_from(position).unwrap_or(i64::MAX).into(),
        prepared.thread.map(|thread| thread.uuid()).into(),
        mail.message_id_header.as_str().into(),
        to_json(&mail.recipients, "email_message.recipients")?.into(),
        mail.to_line.as_str().into(),
        mail.subject.as_str().into(),
        "queued".into(),
        0_i64.into(),
        now.into(),
        "".into(),
        mail.correlation_id.as_str().into(),
        now.into(),
    ])
}

/// One line for the request: the body of its first mail is sealed once, however many mails there are.
fn push_log(batch: &mut Batch, services: &Services, ctx: &Ctx, prepared: &Prepared) -> Result<(), Fault> {
    let (mail_id, detail) = match prepared.mails.as_slice() {
        [only] => (only.id.uuid(), format!("Accepted for {}, {} bytes.", only.to_line, prepared.wire.len())),
        many => (prepared.accepted.send.uuid(), format!("Accepted as {} mails, the first of {} bytes.", many.len(), prepared.wire.len())),
    };
    let line = debuglog::NewLine {
        tenant: ctx.tenant(),
        asset: prepared.asset.id,
        mail_id,
        direction: debuglog::OUTBOUND,
        step: "accepted",
        detail,
        at_micros: prepared.accepted.at_micros,
    };
    let body = (prepared.source != Source::System).then_some(prepared.wire.as_slice());
    batch.push(debuglog::INSERT, debuglog::row(services, line, body)?);
    Ok(())
}

fn push_files(batch: &mut Batch, services: &Services, ctx: &Ctx, prepared: &Prepared) {
    for (position, file) in prepared.content.attachments.iter().enumerate() {
        let row = attachment::NewAttachment {
            id: services.entropy.uuid(prepared.accepted.at_micros),
            tenant: ctx.tenant(),
            owner_kind: attachment::SEND,
            owner: prepared.accepted.send.uuid(),
            position,
            name: &file.name,
            mimetype: &file.mimetype,
            content_id: &file.content_id,
            inline: !file.content_id.is_empty(),
            size_bytes: file.size_bytes,
            blob: &file.blob,
        };
        batch.push(attachment::INSERT, row.args());
    }
}

fn push_thread(batch: &mut Batch, ctx: &Ctx, prepared: &Prepared) {
    let Some(thread) = prepared.thread else { return };
    let text = if prepared.content.text.is_empty() { mail::html::to_text(&prepared.content.html) } else { prepared.content.text.clone() };
    batch.push(
        sql!(
            "UPDATE email_thread SET mails = mails + 1, last_micros = $3, snippet = $4,
                 has_attachments = CASE WHEN $5 = 1 THEN 1 ELSE has_attachments END
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![
            ctx.tenant().uuid(),
            thread.uuid(),
            prepared.accepted.at_micros,
            snippet(&text),
            prepared.content.attachments.iter().any(|file| file.content_id.is_empty()),
        ],
    );
}
