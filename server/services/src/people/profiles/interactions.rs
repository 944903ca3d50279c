//! Mail from and to a customer, newest first.

use ::store::{args, sql};
use model::people::profile::{Direction, Interaction};

use crate::{Ctx, Fault, Services};

/// Most of each direction.
const MOST: i64 = 50;

/// Conversations that the address wrote in, and mails sent to it.
pub(super) async fn of(services: &Services, ctx: &Ctx, email: &str) -> Result<Vec<Interaction>, Fault> {
    if email.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = received(services, ctx, email).await?;
    all.extend(sent(services, ctx, email).await?);
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(all.into_iter().map(|(_, one)| one).collect())
}

async fn received(services: &Services, ctx: &Ctx, email: &str) -> Result<Vec<(i64, Interaction)>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT id, subject, snippet, last_micros FROM email_thread
                 WHERE tenant_id = $1 AND id IN (SELECT thread_id FROM email_inbound WHERE tenant_id = $1 AND lower(from_address) = lower($2))
                 ORDER BY last_micros DESC, id DESC LIMIT $3"
            ),
            args![ctx.tenant().uuid(), email, MOST],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let at = row.int("last_micros")?;
            let one = Interaction {
                href: format!("/email/threads/{}", row.str("id")?),
                direction: Direction::Received,
                subject: row.text("subject")?,
                detail: row.text("snippet")?,
                at: ctx.zone().stamp(at),
            };
            Ok((at, one))
        })
        .collect()
}

/// By receipts: they name each recipient, whoever else the mail went to.
async fn sent(services: &Services, ctx: &Ctx, email: &str) -> Result<Vec<(i64, Interaction)>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT id, subject, status, accepted_micros FROM email_message
                 WHERE tenant_id = $1 AND id IN (SELECT message_id FROM email_receipt WHERE tenant_id = $1 AND lower(recipient) = lower($2))
                 ORDER BY accepted_micros DESC, id DESC LIMIT $3"
            ),
            args![ctx.tenant().uuid(), email, MOST],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let at = row.int("accepted_micros")?;
            let one = Interaction {
                href: format!("/email/messages/{}", row.str("id")?),
                direction: Direction::Sent,
                subject: row.text("subject")?,
                detail: row.text("status")?,
                at: ctx.zone().stamp(at),
            };
            Ok((at, one))
        })
        .collect()
}
