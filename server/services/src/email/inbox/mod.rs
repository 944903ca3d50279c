//! Conversations as people read them.

mod body;
mod links;
mod read;

use std::collections::HashMap;

use store::{Args, Row, Statement, args, sql};

use model::{
    Problem,
    email::{
        send::MessageStatus,
        thread::{AttachmentRow, InboxFilter, MailKind, MailSource, Thread, ThreadMail, ThreadRow},
    },
    ids::{AssetId, AttachmentId, InboundId, MessageId, ThreadId},
    page::{DEFAULT_PAGE, Page},
};

pub use body::{attachment, html_of, raw_of};
pub use links::revoke_link;
pub use read::{mark_read, mark_unread};

use super::{
    attachment::{INBOUND, SEND, StoredAttachment},
    bulk::dollar,
    content::{Content, Recipients, Templates, from_json},
    search,
    sending::{KEPT_BACK, Source, filter_id},
};
use crate::{Ctx, Fault, Services, clock::Zone, cursor};

/// Most mails of a conversation on its page.
const MAX_MAILS: usize = 200;

const ROW: &str = "SELECT t.id, t.asset_id, a.name AS asset_name, t.subject, t.participants, t.snippet, t.mails, t.unread, t.has_attachments,
    t.last_micros FROM email_thread t JOIN email_asset a ON a.id = t.asset_id WHERE t.tenant_id = $1";

fn read_row(row: &Row, zone: &Zone) -> Result<ThreadRow, Fault> {
    Ok(ThreadRow {
        id: row.parse("id")?,
        asset: row.parse("asset_id")?,
        asset_name: row.text("asset_name")?,
        subject: row.text("subject")?,
        participants: row.text("participants")?,
        snippet: row.text("snippet")?,
        last: zone.stamp(row.int("last_micros")?),
        mails: row.int("mails")?,
        unread: row.int("unread")?,
        has_attachments: row.flag("has_attachments")?,
    })
}

/// One page of conversations, the one with the newest mail first. `search` finds words of received mails: all of them must
/// stand in one mail, each from its beginning.
///
/// # Errors
/// [`Problem::NotFound`] when the asset is no id; [`Problem::Invalid`] on `after`.
pub async fn list(services: &Services, ctx: &Ctx, filter: &InboxFilter) -> Result<Page<ThreadRow>, Fault> {
    let mut args: Args = args![ctx.tenant().uuid(), i64::from(DEFAULT_PAGE) + 1];
    let mut parts = vec![ROW];
    if let Some(asset) = filter_id::<AssetId>(&filter.asset)? {
        parts.extend([" AND t.asset_id = ", dollar(args.push(asset.uuid()))]);
    }
    if filter.unread {
        parts.push(" AND t.unread > 0");
    }
    if !filter.search.trim().is_empty() {
        let Some(query) = search::query(services.db.dialect(), &filter.search) else { return Ok(Page::default()) };
        let query = dollar(args.push(query));
        parts.extend([
            " AND t.id IN (SELECT thread_id FROM email_search WHERE tenant_id = $1 AND ",
            search::matches(services.db.dialect()),
            query,
            search::matches_end(services.db.dialect()),
            ")",
        ]);
    }
    if let Some([last, id]) = cursor::decode::<2>(&filter.after)? {
        let last = last.parse::<i64>().map_err(|_| Problem::field("after", "This link to a further page is not valid any more."))?;
        let (last, id) = (dollar(args.push(last)), dollar(args.push(id)));
        parts.extend([" AND (t.last_micros, t.id) < (", last, ", ", id, ")"]);
    }
    parts.push(" ORDER BY t.last_micros DESC, t.id DESC LIMIT $2");
    let rows = services.db.read_all(Statement::assembled(&parts), args).await?;
    let shown = rows.iter().take(DEFAULT_PAGE as usize);
    let next = match shown.clone().next_back() {
        Some(last) if rows.len() > DEFAULT_PAGE as usize => Some(cursor::encode([last.int("last_micros")?.to_string(), last.text("id")?])),
        _ => None,
    };
    Ok(Page { items: shown.map(|row| read_row(row, ctx.zone())).collect::<Result<_, _>>()?, next })
}

/// One conversation with its newest mails, oldest of them first.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn thread(services: &Services, ctx: &Ctx, id: ThreadId) -> Result<Thread, Fault> {
    let row = services
        .db
        .read_optional(Statement::assembled(&[ROW, " AND t.id = $2"]), args![ctx.tenant().uuid(), id.uuid()])
        .await?
        .ok_or(Problem::NotFound)?;
    let row = read_row(&row, ctx.zone())?;
    let mut mails = received(services, ctx, id).await?;
    let newest = mails.iter().max_by_key(|(at, _)| *at).map(|(_, mail)| (mail.reply_to.clone(), mail.shown.from_address.clone()));
    let mut all: Vec<(i64, ThreadMail)> = mails.drain(..).map(|(at, mail)| (at, mail.shown)).collect();
    all.extend(sent(services, ctx, id).await?);
    all.sort_by_key(|(at, _)| *at);
    let left_out = all.len().saturating_sub(MAX_MAILS);
    let mails: Vec<ThreadMail> = all.into_iter().skip(left_out).map(|(_, mail)| mail).collect();
    let asset = super::assets::get(services, ctx, row.asset).await?;
    let reply_to = match newest {
        Some((reply_to, from)) => {
            if reply_to.is_empty() {
                from
            } else {
                reply_to
            }
        }
        None => mails.last().map(|mail| mail.to.clone()).unwrap_or_default(),
    };
    Ok(Thread {
        earlier: row.mails.saturating_sub(i64::try_from(mails.len()).unwrap_or(0)).max(0),
        reply_to,
        reply_subject: reply_subject(&row.subject),
        reply_from: asset.email_address,
        row,
        mails,
    })
}

/// `Re: ` once, whatever language's prefix stands there already in front of it.
pub(super) fn reply_subject(subject: &str) -> String {
    const PREFIXES: &[&str] = &["re:", "aw:", "sv:", "antw:", "odp:", "rif:", "res:", "vs:"];
    let mut bare = subject.trim();
    while let Some(prefix) = PREFIXES.iter().find(|prefix| bare.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))) {
        bare = bare.get(prefix.len()..).unwrap_or_default().trim_start();
    }
    format!("Re: {bare}")
}

struct Received {
    reply_to: String,
    shown: ThreadMail,
}

async fn received(services: &Services, ctx: &Ctx, id: ThreadId) -> Result<Vec<(i64, Received)>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT id, from_name, from_address, reply_to, to_line, cc_line, subject, text_body, html_body, kind, damage, unread,
                     received_micros FROM email_inbound
                 WHERE tenant_id = $1 AND thread_id = $2 ORDER BY received_micros DESC, id DESC LIMIT 200"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?;
    let files = files_of_thread(services, ctx, INBOUND, id).await?;
    let mut links = links::of_thread(services, ctx, id).await?;
    rows.iter().map(|row| read_received(row, ctx.zone(), &files, &mut links)).collect()
}

fn read_received(row: &Row, zone: &Zone, files: &Files, links: &mut links::Links) -> Result<(i64, Received), Fault> {
    let id: InboundId = row.parse("id")?;
    let files = files.get(&id.uuid()).map(Vec::as_slice).unwrap_or_default();
    let html = row.str("html_body")?;
    let (from_name, from_address) = (row.text("from_name")?, row.text("from_address")?);
    let at = row.int("received_micros")?;
    let blocked = super::attachment::clean_html(html, files, mail::html::Remote::Block).blocked_remote_count;
    let shown = ThreadMail {
        source: MailSource::Inbound { id },
        from_name: if from_name.is_empty() { from_address.clone() } else { from_name },
        from_address,
        to: row.text("to_line")?,
        cc: row.text("cc_line")?,
        subject: row.text("subject")?,
        at: zone.stamp(at),
        text: row.text("text_body")?,
        has_html: !html.trim().is_empty(),
        blocked_remote: u32::try_from(blocked).unwrap_or(u32::MAX),
        attachments: files.iter().map(|file| AttachmentRow { link: links.remove(&file.id), ..file.shown() }).collect(),
        kind: MailKind::from_word(row.str("kind")?).ok_or(Fault::Stored { place: "email_inbound.kind" })?,
        damage: from_json(row.str("damage")?, "email_inbound.damage")?,
        unread: row.flag("unread")?,
    };
    Ok((at, Received { reply_to: row.text("reply_to")?, shown }))
}

async fn sent(services: &Services, ctx: &Ctx, id: ThreadId) -> Result<Vec<(i64, ThreadMail)>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT m.id, m.send_id, m.to_line, m.subject, m.status, m.recipients, m.accepted_micros, s.content, s.source
                 FROM email_message m JOIN email_send s ON s.id = m.send_id
                 WHERE m.tenant_id = $1 AND m.thread_id = $2 ORDER BY m.accepted_micros DESC, m.id DESC LIMIT 200"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?;
    let files = files_of_thread(services, ctx, SEND, id).await?;
    rows.iter().map(|row| read_sent(row, ctx.zone(), &files)).collect()
}

fn read_sent(row: &Row, zone: &Zone, files: &Files) -> Result<(i64, ThreadMail), Fault> {
    let id: MessageId = row.parse("id")?;
    let send: model::ids::SendId = row.parse("send_id")?;
    let content: Content = from_json(row.str("content")?, "email_send.content")?;
    let recipients: Recipients = from_json(row.str("recipients")?, "email_message.recipients")?;
    let mut filled = Templates::of(&content).fill(&content, &recipients.substitutions);
    if row.str("source")? == Source::System.word() {
        (filled.text, filled.html) = (KEPT_BACK.into(), String::new());
    }
    let status = MessageStatus::from_word(row.str("status")?).ok_or(Fault::Stored { place: "email_message.status" })?;
    let at = row.int("accepted_micros")?;
    let shown = ThreadMail {
        source: MailSource::Outbound { id, status },
        from_name: if content.from_name.is_empty() { content.from_address.clone() } else { content.from_name.clone() },
        from_address: content.from_address.clone(),
        to: row.text("to_line")?,
        cc: content.cc.join(", "),
        subject: row.text("subject")?,
        at: zone.stamp(at),
        text: filled.text,
        has_html: !filled.html.trim().is_empty(),
        blocked_remote: 0,
        attachments: shown_files(files.get(&send.uuid()).map(Vec::as_slice).unwrap_or_default()),
        kind: MailKind::Normal,
        damage: Vec::new(),
        unread: false,
    };
    Ok((at, shown))
}

type Files = HashMap<uuid::Uuid, Vec<StoredAttachment>>;

/// Files of all mails of a conversation, by their owner.
async fn files_of_thread(services: &Services, ctx: &Ctx, kind: &'static str, id: ThreadId) -> Result<Files, Fault> {
    let owners = match kind {
        INBOUND => "SELECT id FROM email_inbound WHERE tenant_id = $1 AND thread_id = $3",
        _ => "SELECT send_id FROM email_message WHERE tenant_id = $1 AND thread_id = $3",
    };
    let statement = Statement::assembled(&[
        "SELECT id, owner_id, name, mimetype, content_id, is_inline, size_bytes, blob FROM email_attachment
         WHERE tenant_id = $1 AND owner_kind = $2 AND owner_id IN (",
        owners,
        ") ORDER BY owner_id, position LIMIT 5000",
    ]);
    let mut files = Files::new();
    for row in services.db.read_all(statement, args![ctx.tenant().uuid(), kind, id.uuid()]).await? {
        let file = StoredAttachment::read(&row)?;
        files.entry(file.owner).or_default().push(file);
    }
    Ok(files)
}

fn shown_files(files: &[StoredAttachment]) -> Vec<AttachmentRow> {
    files.iter().map(StoredAttachment::shown).collect()
}

/// A file of a mail by its id, of this tenant.
async fn stored(services: &Services, ctx: &Ctx, id: AttachmentId) -> Result<StoredAttachment, Fault> {
    super::attachment::find(services, ctx, id).await
}
