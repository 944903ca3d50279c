//! The rows of parsed mails, in one transaction per batch.

use store::{Args, StoreError, Tx, args, sql};

use mail::parse::{MailKind as Kind, Mailbox};
use model::{
    email::thread::MailKind,
    ids::{AssetId, InboundId, ThreadId},
    media::MediaChannel,
};

use super::{
    bounce,
    load::Loaded,
    thread::{self, Addition, Found, Recent},
};
use crate::{
    Fault, Services,
    clock::SECOND,
    debuglog,
    email::{assets::store::StoredConfirmation, attachment, content::to_json, search, snippet},
    media,
};

/// Rows gathered over the batch and written many at a time.
#[derive(Default)]
struct Rows {
    inbound: Vec<Args>,
    attachments: Vec<Args>,
    links: Vec<Args>,
    lifetimes: media::Lifetimes,
    words: Vec<Args>,
    log: Vec<Args>,
}

/// Stores parsed mails. Those that another worker stored meanwhile are passed over.
pub(super) async fn store(services: &Services, mails: &[Loaded]) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let (mut rows, mut recent) = (Rows::default(), Recent::new());
    for mail in mails {
        let mine = tx.execute(sql!("DELETE FROM email_raw_waiting WHERE raw_id = $1"), args![mail.raw]).await?;
        if mine == 1 {
            add(&mut tx, services, mail, &mut rows, &mut recent).await?;
        }
    }
    let stored = rows.inbound.len() as u64;
    write(&mut tx, rows).await?;
    tx.commit().await?;
    metrics::counter!("email_parsed_total").increment(stored);
    Ok(())
}

/// Removes the files of a mail that was not stored.
pub(super) async fn drop_files(services: &Services, mail: &Loaded) {
    for file in &mail.files {
        drop(services.blobs.remove(&file.blob).await);
    }
}

async fn write(tx: &mut Tx, rows: Rows) -> Result<(), StoreError> {
    tx.execute_many(
        sql!(
            "INSERT INTO email_inbound (id, tenant_id, asset_id, thread_id, raw_id, message_id_header, reference_headers, from_name,
                 from_address, reply_to, to_line, cc_line, subject, text_body, html_body, kind, kind_detail, damage, unread,
                 sent_micros, received_micros)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"
        ),
        rows.inbound,
    )
    .await?;
    tx.execute_many(attachment::INSERT, rows.attachments).await?;
    tx.execute_many(media::INSERT, rows.links).await?;
    tx.execute_many(sql!("INSERT INTO email_search (mail_id, thread_id, tenant_id, words) VALUES ($1, $2, $3, $4)"), rows.words).await?;
    tx.execute_many(debuglog::INSERT, rows.log).await?;
    Ok(())
}

async fn add(tx: &mut Tx, services: &Services, loaded: &Loaded, rows: &mut Rows, recent: &mut Recent) -> Result<(), Fault> {
    let (mail, at) = (&loaded.mail, loaded.received_micros);
    let id = InboundId::new(services.entropy.uuid(at));
    let html = mail.html.as_deref().unwrap_or_default();
    let text = match &mail.text {
        Some(text) => text.clone(),
        None => mail::html::to_text(html),
    };
    let thread = place(tx, services, loaded, &text, recent).await?;
    if let Some(message_id) = &mail.message_id {
        recent.insert((loaded.tenant, loaded.asset, message_id.clone()), thread);
    }
    let (kind, kind_detail) = kind_of(loaded);
    let from = mail.from.clone().unwrap_or_default();
    let (to_line, cc_line) = (line(&mail.to), line(&mail.cc));
    rows.words.push(args![
        id.uuid(),
        thread.uuid(),
        loaded.tenant.uuid(),
        search::words_of([mail.subject.as_str(), from.name.as_deref().unwrap_or_default(), &from.address, &to_line, &cc_line, &text]),
    ]);
    add_files(tx, services, loaded, id, rows).await?;
    log(services, loaded, id, kind, rows)?;
    bounce::mark(tx, services, loaded.tenant, loaded.asset, &mail.kind, at).await?;
    note_on_asset(tx, loaded).await?;
    let references: Vec<&String> = mail.references.iter().rev().take(50).rev().collect();
    rows.inbound.push(args![
        id.uuid(),
        loaded.tenant.uuid(),
        loaded.asset.uuid(),
        thread.uuid(),
        loaded.raw,
        mail.message_id.as_deref().unwrap_or_default(),
        to_json(&references, "email_inbound.reference_headers")?,
        from.name.as_deref().unwrap_or_default(),
        from.address.as_str(),
        mail.reply_to.as_ref().map(|mailbox| mailbox.address.as_str()).unwrap_or_default(),
        to_line,
        cc_line,
        mail.subject.as_str(),
        text,
        html,
        kind.word(),
        kind_detail,
        to_json(&mail.damage, "email_inbound.damage")?,
        1_i64,
        mail.date_unix_seconds.and_then(|seconds| seconds.checked_mul(SECOND)),
        at,
    ]);
    Ok(())
}

/// The files of a mail, each with the link that leads to it.
async fn add_files(tx: &mut Tx, services: &Services, loaded: &Loaded, mail: InboundId, rows: &mut Rows) -> Result<(), Fault> {
    let (tenant, at, now) = (loaded.tenant, loaded.received_micros, services.now());
    for (position, (file, stored)) in loaded.mail.attachments.iter().zip(&loaded.files).enumerate() {
        let row = attachment::NewAttachment {
            id: services.entropy.uuid(at),
            tenant,
            owner_kind: attachment::INBOUND,
            owner: mail.uuid(),
            position,
            name: &file.name,
            mimetype: &file.mimetype,
            content_id: file.content_id.as_deref().unwrap_or_default(),
            inline: file.inline,
            size_bytes: stored.size_bytes,
            blob: &stored.blob,
        };
        let link = media::NewLink {
            id: services.entropy.uuid(now),
            tenant,
            channel: MediaChannel::Email,
            owner_kind: media::EMAIL_ATTACHMENT,
            owner: row.id,
            blob: &stored.blob,
            name: &file.name,
            mimetype: &file.mimetype,
            expires_micros: rows.lifetimes.expiry(tx, tenant, now).await?,
            now,
        };
        rows.links.push(link.args());
        rows.attachments.push(row.args());
    }
    Ok(())
}

/// Finds or makes the conversation.
async fn place(tx: &mut Tx, services: &Services, loaded: &Loaded, text: &str, recent: &Recent) -> Result<ThreadId, Fault> {
    let mail = &loaded.mail;
    let from = mail.from.clone().unwrap_or_default();
    let participant: String = from.name.filter(|name| !name.is_empty()).unwrap_or(from.address).replace(',', " ").chars().take(100).collect();
    let mut addition = Addition {
        subject: &mail.subject,
        participant: &participant,
        snippet: snippet(text),
        has_attachments: mail.attachments.iter().any(|file| !file.inline),
        at_micros: loaded.received_micros,
    };
    let found = thread::find(tx, loaded.tenant, loaded.asset, &thread::named(mail), recent).await?;
    let new = ThreadId::new(services.entropy.uuid(loaded.received_micros));
    match &found {
        Found::Thread(thread) => {
            thread::extend(tx, *thread, loaded.tenant, &addition).await?;
            return Ok(*thread);
        }
        Found::Sent { message, subject } => {
            addition.subject = subject;
            thread::create(tx, new, loaded.tenant, loaded.asset, &addition, Some(*message)).await?;
        }
        Found::None => thread::create(tx, new, loaded.tenant, loaded.asset, &addition, None).await?,
    }
    Ok(new)
}

/// The first forwarded mail proves the rule; a provider's question is kept for the asset's page.
async fn note_on_asset(tx: &mut Tx, loaded: &Loaded) -> Result<(), Fault> {
    let Some(asked) = &loaded.mail.forwarding_confirmation else {
        tx.execute(
            sql!("UPDATE email_asset SET forwarding_seen_micros = $2 WHERE id = $1 AND forwarding_seen_micros IS NULL"),
            args![loaded.asset.uuid(), loaded.received_micros],
        )
        .await?;
        return Ok(());
    };
    let stored = StoredConfirmation {
        provider: asked.provider.clone(),
        code: asked.code.clone(),
        link: asked.link.clone().filter(|link| link.starts_with("https://")),
    };
    tx.execute(
        sql!("UPDATE email_asset SET confirmation = $2, confirmation_micros = $3 WHERE id = $1"),
        args![loaded.asset.uuid(), to_json(&stored, "email_asset.confirmation")?, loaded.received_micros],
    )
    .await?;
    Ok(())
}

fn kind_of(loaded: &Loaded) -> (MailKind, String) {
    if loaded.mail.forwarding_confirmation.is_some() {
        return (MailKind::ForwardingConfirmation, String::new());
    }
    match &loaded.mail.kind {
        Kind::Normal => (MailKind::Normal, String::new()),
        Kind::AutoReply { why } => (MailKind::AutoReply, why.clone()),
        Kind::Loop { why } => (MailKind::Loop, why.clone()),
        Kind::Bounce { final_recipient, status, diagnostic, .. } => {
            let parts: Vec<&str> = [final_recipient, status, diagnostic].into_iter().filter_map(Option::as_deref).collect();
            (MailKind::Bounce, parts.join(" "))
        }
    }
}

fn line(mailboxes: &[Mailbox]) -> String {
    let shown = mailboxes.iter().take(100).map(|mailbox| match &mailbox.name {
        Some(name) if !name.is_empty() => format!("{name} <{}>", mailbox.address),
        _ => mailbox.address.clone(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn log(services: &Services, loaded: &Loaded, id: InboundId, kind: MailKind, rows: &mut Rows) -> Result<(), Fault> {
    let mail = &loaded.mail;
    let line = |asset: AssetId, step, detail, at_micros| debuglog::NewLine {
        tenant: loaded.tenant,
        asset,
        mail_id: id.uuid(),
        direction: debuglog::INBOUND,
        step,
        detail,
        at_micros,
    };
    let from = if loaded.envelope_from.is_empty() { "the null sender" } else { &loaded.envelope_from };
    let received = format!("{} bytes from {from}, handed over by {}.", loaded.size_bytes, loaded.remote_address);
    let parsed = format!(
        "{}, {} attachments, {} notes about damage.",
        kind.label(),
        mail.attachments.iter().filter(|file| !file.inline).count(),
        mail.damage.len()
    );
    rows.log.push(debuglog::row(services, line(loaded.asset, "received", received, loaded.received_micros), Some(&loaded.wire))?);
    rows.log.push(debuglog::row(services, line(loaded.asset, "parsed", parsed, services.now()), None)?);
    Ok(())
}
