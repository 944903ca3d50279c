//! Which conversation a mail belongs to: the one of a mail it names in In-Reply-To or References, of the same asset. Subjects
//! decide nothing: customers change them, and strangers share them.

use std::collections::HashMap;

use store::{Args, Statement, Tx, args, sql};
use uuid::Uuid;

use mail::parse::{MailKind, ParsedMail};
use model::ids::{AssetId, TenantId, ThreadId};

use super::super::bulk::dollar;
use crate::Fault;

/// Most ids looked up per mail, the nearest ones.
const MAX_NAMED: usize = 32;

/// Conversations of mails of the same batch, which are not in the table yet.
pub(super) type Recent = HashMap<(TenantId, AssetId, String), ThreadId>;

/// What the mail's own references lead to.
pub(super) enum Found {
    /// A conversation.
    Thread(ThreadId),
    /// A mail that was sent without one, and its subject and recipients.
    Sent {
        /// The message.
        message: Uuid,
        /// Its subject.
        subject: String,
    },
    /// Nothing.
    None,
}

/// The Message-IDs a mail names, the nearest first: In-Reply-To, then References from the last, then what a bounce is about.
pub(super) fn named(mail: &ParsedMail) -> Vec<String> {
    let original = match &mail.kind {
        MailKind::Bounce { original_message_id, .. } => original_message_id.as_ref(),
        _ => None,
    };
    let all = mail.in_reply_to.iter().chain(mail.references.iter().rev()).chain(original);
    let mut named: Vec<String> = Vec::new();
    for id in all {
        if !id.is_empty() && id.len() <= 500 && !named.contains(id) {
            named.push(id.clone());
        }
        if named.len() == MAX_NAMED {
            break;
        }
    }
    named
}

/// Follows the references, within one asset of one tenant.
pub(super) async fn find(tx: &mut Tx, tenant: TenantId, asset: AssetId, named: &[String], recent: &Recent) -> Result<Found, Fault> {
    if named.is_empty() {
        return Ok(Found::None);
    }
    let inbound = lookup(
        tx,
        "SELECT message_id_header, thread_id FROM email_inbound WHERE tenant_id = $1 AND asset_id = $2 AND message_id_header IN (",
        tenant,
        asset,
        named,
    )
    .await?;
    let mut threads: HashMap<String, ThreadId> = HashMap::new();
    for row in &inbound {
        threads.insert(row.text("message_id_header")?, row.parse("thread_id")?);
    }
    let outbound = lookup(
        tx,
        "SELECT message_id_header, thread_id, id, subject FROM email_message
         WHERE tenant_id = $1 AND asset_id = $2 AND message_id_header IN (",
        tenant,
        asset,
        named,
    )
    .await?;
    for id in named {
        if let Some(thread) = threads.get(id).or_else(|| recent.get(&(tenant, asset, id.clone()))) {
            return Ok(Found::Thread(*thread));
        }
        for row in &outbound {
            if row.str("message_id_header")? != id {
                continue;
            }
            return Ok(match row.opt_parse("thread_id")? {
                Some(thread) => Found::Thread(thread),
                None => Found::Sent { message: row.parse("id")?, subject: row.text("subject")? },
            });
        }
    }
    Ok(Found::None)
}

async fn lookup(tx: &mut Tx, head: &'static str, tenant: TenantId, asset: AssetId, named: &[String]) -> Result<Vec<store::Row>, Fault> {
    // Two lengths only, so that the statements stay prepared; the list is filled up with its last id.
    let size = if named.len() == 1 { 1 } else { MAX_NAMED };
    let mut parts = vec![head];
    let mut args: Args = args![tenant.uuid(), asset.uuid()];
    for position in 0..size {
        let id = named.get(position).or(named.last()).map(String::as_str).unwrap_or_default();
        parts.push(if position == 0 { "" } else { ", " });
        parts.push(dollar(args.push(id)));
    }
    parts.push(") LIMIT 100");
    Ok(tx.all(Statement::assembled(&parts), args).await?)
}

/// A conversation about to be made or continued.
pub(super) struct Addition<'a> {
    pub subject: &'a str,
    pub participant: &'a str,
    pub snippet: String,
    pub has_attachments: bool,
    pub at_micros: i64,
}

/// Makes a conversation of one unread mail, and of the sent mail it answers.
pub(super) async fn create(
    tx: &mut Tx,
    id: ThreadId,
    tenant: TenantId,
    asset: AssetId,
    first: &Addition<'_>,
    answers: Option<Uuid>,
) -> Result<(), Fault> {
    let mails = if answers.is_some() { 2_i64 } else { 1 };
    tx.execute(
        sql!(
            "INSERT INTO email_thread (id, tenant_id, asset_id, subject, participants, snippet, mails, unread, has_attachments,
                 last_micros, created_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        args![
            id.uuid(),
            tenant.uuid(),
            asset.uuid(),
            first.subject,
            first.participant,
            first.snippet.as_str(),
            mails,
            1_i64,
            first.has_attachments,
            first.at_micros,
            first.at_micros,
        ],
    )
    .await?;
    if let Some(message) = answers {
        tx.execute(
            sql!("UPDATE email_message SET thread_id = $3 WHERE tenant_id = $1 AND id = $2 AND thread_id IS NULL"),
            args![tenant.uuid(), message, id.uuid()],
        )
        .await?;
    }
    Ok(())
}

/// Adds one unread mail to a conversation.
pub(super) async fn extend(tx: &mut Tx, id: ThreadId, tenant: TenantId, added: &Addition<'_>) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE email_thread SET mails = mails + 1, unread = unread + 1, snippet = $3,
                 has_attachments = CASE WHEN $4 = 1 THEN 1 ELSE has_attachments END,
                 last_micros = CASE WHEN last_micros < $5 THEN $5 ELSE last_micros END,
                 participants = CASE WHEN length(participants) > 300 OR (', ' || participants || ', ') LIKE ('%, ' || $6 || ', %') ESCAPE '!'
                     THEN participants ELSE participants || ', ' || $7 END
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![
            tenant.uuid(),
            id.uuid(),
            added.snippet.as_str(),
            added.has_attachments,
            added.at_micros,
            crate::cursor::escape(added.participant),
            added.participant,
        ],
    )
    .await?;
    Ok(())
}
