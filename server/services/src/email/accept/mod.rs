//! Accepting a send request: check it, keep its files, commit its rows. Accepted means committed.

mod check;
mod rows;
mod within;

pub(super) use check::{file_name, mimetype};
pub(crate) use within::{Ready, ready};
pub(super) use within::{make_ready, rehearse};

use std::sync::Arc;

use store::{args, sql};

use model::{
    Problem,
    email::send::MAX_MIME_BYTES,
    ids::{AssetId, MessageId, SendId, ThreadId},
};

use super::{
    assets::store::{self as asset_store, AssetRow},
    content::{Content, Recipients, StoredFile, Templates, from_json},
    render,
    template::Substitutions,
};
use crate::{Ctx, Fault, Services};

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A person, on the compose page or in a conversation.
    Compose,
    /// The message API.
    Api,
    /// "Send a test mail to me".
    Test,
    /// A run of a schedule.
    Schedule,
    /// The system itself, to one person: its text is for that person alone, so it stands in no list and no log.
    System,
}

impl Source {
    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::Api => "api",
            Self::Test => "test",
            Self::Schedule => "schedule",
            Self::System => "system",
        }
    }
}

/// A file to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// File name.
    pub name: String,
    /// Type; empty means `application/octet-stream`.
    pub mimetype: String,
    /// Content-ID for an image inside the HTML; empty for an ordinary attachment.
    pub content_id: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// One mail of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// Addresses in To.
    pub to: Vec<String>,
    /// Values for this mail.
    pub substitutions: Substitutions,
    /// The caller's reference.
    pub correlation_id: String,
}

/// The conversation a mail answers in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The conversation, of the same asset.
    pub thread: ThreadId,
    /// Message-ID of the mail that is answered, without angle brackets; empty when it had none.
    pub in_reply_to: String,
    /// Message-IDs of the conversation, oldest first.
    pub references: Vec<String>,
}

/// A send request, before it is checked.
#[derive(Clone, Debug)]
pub struct SendRequest {
    /// The asset that sends.
    pub asset: AssetId,
    /// Where it came from.
    pub source: Source,
    /// Name beside the sender's address; `None` takes the asset's.
    pub from_name: Option<String>,
    /// Reply-To; empty for none.
    pub reply_to: String,
    /// The mails.
    pub mails: Vec<Mail>,
    /// Each mail also goes to these, shown.
    pub cc: Vec<String>,
    /// And to these, hidden.
    pub bcc: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Plain text; empty for none.
    pub text: String,
    /// HTML; empty for none.
    pub html: String,
    /// Whether `$(name)` is filled.
    pub templated: bool,
    /// Values for all mails.
    pub substitutions: Substitutions,
    /// Files.
    pub attachments: Vec<File>,
    /// The conversation this answers.
    pub answers: Option<Answer>,
    /// The caller's opaque text.
    pub callback_data: String,
    /// A second request with the same key is answered like the first and sends nothing.
    pub idempotency_key: Option<String>,
    /// Fingerprint of the request; with a key only.
    pub fingerprint: String,
}

impl SendRequest {
    /// An empty request of an asset.
    pub fn from_asset(asset: AssetId) -> Self {
        Self {
            asset,
            source: Source::Compose,
            from_name: None,
            reply_to: String::new(),
            mails: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            templated: false,
            substitutions: Substitutions::new(),
            attachments: Vec::new(),
            answers: None,
            callback_data: String::new(),
            idempotency_key: None,
            fingerprint: String::new(),
        }
    }
}

/// An accepted request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Id of the request.
    pub send: SendId,
    /// When it was accepted, microseconds UTC.
    pub at_micros: i64,
    /// Its mails, in the order of the request.
    pub messages: Vec<AcceptedMessage>,
}

/// An accepted mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedMessage {
    /// Id.
    pub id: MessageId,
    /// Addresses in To, joined.
    pub to: String,
    /// The caller's reference.
    pub correlation_id: String,
}

impl Accepted {
    /// The request and the mail, when there is just one.
    pub fn only(&self) -> Option<(SendId, MessageId)> {
        match self.messages.as_slice() {
            [message] => Some((self.send, message.id)),
            _ => None,
        }
    }
}

/// Checks and commits a request; when this returns, its mails survive a crash.
///
/// # Errors
/// [`Problem::NotFound`] for an asset of another tenant; [`Problem::Invalid`] with the fields of [`SendRequest`];
/// [`Problem::TooLarge`] over 10 MB; [`Problem::Conflict`] when the Idempotency-Key belongs to another request.
pub async fn submit(services: &Services, ctx: &Ctx, request: SendRequest) -> Result<Accepted, Fault> {
    let asset = asset_store::find(&services.db, ctx.tenant(), request.asset).await?.ok_or(Problem::NotFound)?;
    submit_from(services, ctx, asset, request).await
}

/// [`submit`] for an asset of the caller's tenant that was looked up already: on SQLite each look-up costs as much as the
/// mail's share of the commit.
pub(super) async fn submit_from(services: &Services, ctx: &Ctx, asset: AssetRow, request: SendRequest) -> Result<Accepted, Fault> {
    Problem::unless_empty(check::problems(&request))?;
    if let Some(key) = &request.idempotency_key
        && let Some(earlier) = earlier(services, ctx, key, &request.fingerprint).await?
    {
        return Ok(earlier);
    }
    must_be_active(&asset)?;
    let prepared = prepare(services, &asset, request)?;
    let accepted = prepared.accepted.clone();
    let (key, fingerprint) = (prepared.idempotency_key.clone(), prepared.content.fingerprint.clone());
    keep_files(services, &prepared).await?;
    match services.group.write(rows::batch(services, ctx, &prepared)?).await {
        Ok(()) => {
            metrics::counter!("email_accepted_total").increment(accepted.messages.len() as u64);
            Ok(accepted)
        }
        Err(error) => {
            // After a lost connection it is not known whether the rows are there: then the files stay.
            if !matches!(error, store::StoreError::Unreachable(_)) {
                drop_files(services, &prepared).await;
            }
            match key {
                Some(key) if error.is_conflict_on("email_send_idempotency") => {
                    earlier(services, ctx, &key, &fingerprint).await?.ok_or_else(|| error.into())
                }
                // The asset was deleted between the look and the commit.
                _ if matches!(error, store::StoreError::Reference) => Err(Problem::NotFound.into()),
                _ => Err(error.into()),
            }
        }
    }
}

fn must_be_active(asset: &AssetRow) -> Result<(), Problem> {
    if asset.active { Ok(()) } else { Err(Problem::field("asset", "This asset is switched off; switch it on to send from it.")) }
}

/// Everything that is about to be committed.
struct Prepared {
    asset: AssetRow,
    source: Source,
    content: Content,
    thread: Option<ThreadId>,
    idempotency_key: Option<String>,
    mails: Vec<PreparedMail>,
    /// The bytes of `content.attachments`, in the same order.
    files: Vec<Arc<Vec<u8>>>,
    /// The first mail as it will go over the wire, for the debug log.
    wire: Vec<u8>,
    accepted: Accepted,
}

struct PreparedMail {
    id: MessageId,
    message_id_header: String,
    recipients: Recipients,
    to_line: String,
    subject: String,
    correlation_id: String,
}

fn prepare(services: &Services, asset: &AssetRow, request: SendRequest) -> Result<Prepared, Fault> {
    let now = services.now();
    let send = SendId::new(services.entropy.uuid(now));
    let mut files = Vec::with_capacity(request.attachments.len());
    let mut stored = Vec::with_capacity(request.attachments.len());
    for file in request.attachments {
        stored.push(StoredFile {
            name: check::file_name(&file.name),
            mimetype: check::mimetype(&file.mimetype),
            content_id: file.content_id,
            blob: services.entropy.uuid(now).to_string(),
            size_bytes: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
        });
        files.push(Arc::new(file.bytes));
    }
    let thread = request.answers.as_ref().map(|answer| answer.thread);
    let (in_reply_to, references) = request.answers.map(|answer| (answer.in_reply_to, answer.references)).unwrap_or_default();
    // Made once here rather than for each mail on its way out.
    let text = if request.text.trim().is_empty() { mail::html::to_text(&request.html) } else { request.text };
    let content = Content {
        loop_address: asset.forwarding_address.clone(),
        from_name: request.from_name.unwrap_or_else(|| asset.from_name.clone()),
        from_address: asset.email_address.clone(),
        reply_to: request.reply_to.trim().to_owned(),
        cc: request.cc,
        bcc: request.bcc,
        subject: request.subject,
        text,
        html: request.html,
        templated: request.templated,
        substitutions: request.substitutions,
        attachments: stored,
        in_reply_to,
        references,
        callback_data: request.callback_data,
        fingerprint: request.fingerprint,
    };
    let templates = Templates::of(&content);
    check::placeholders(&content, &templates, &request.mails)?;
    let domain = model::email::address::domain_of(&asset.email_address);
    let mut mails = Vec::with_capacity(request.mails.len());
    for (position, mail) in request.mails.into_iter().enumerate() {
        // A microsecond apart, so that ids sort in the order of the request.
        let id = MessageId::new(services.entropy.uuid(now.saturating_add(i64::try_from(position).unwrap_or(0))));
        let filled = templates.fill(&content, &mail.substitutions);
        check::filled(&filled)?;
        mails.push(PreparedMail {
            id,
            message_id_header: format!("{}@{domain}", id.uuid().simple()),
            to_line: mail.to.join(", "),
            subject: filled.subject,
            correlation_id: mail.correlation_id,
            recipients: Recipients { to: mail.to, substitutions: mail.substitutions, ..Recipients::default() },
        });
    }
    let accepted = Accepted { send, at_micros: now, messages: mails.iter().map(PreparedMail::accepted).collect() };
    let wire = match mails.first() {
        Some(first) => render::bytes(&render::Wire {
            content: &content,
            templates: &templates,
            recipients: &first.recipients,
            message_id_header: &first.message_id_header,
            date_micros: now,
            files: &files,
        })?,
        None => Vec::new(),
    };
    if wire.len() > MAX_MIME_BYTES {
        let what = format!("The mail has {} MB with its attachments; at most {} MB are sent.", wire.len() / 1_048_576, MAX_MIME_BYTES / 1_048_576);
        return Err(Problem::TooLarge { what }.into());
    }
    Ok(Prepared {
        asset: asset.clone(),
        source: request.source,
        content,
        thread,
        idempotency_key: request.idempotency_key,
        mails,
        files,
        wire,
        accepted,
    })
}

impl PreparedMail {
    fn accepted(&self) -> AcceptedMessage {
        AcceptedMessage { id: self.id, to: self.to_line.clone(), correlation_id: self.correlation_id.clone() }
    }
}

async fn keep_files(services: &Services, prepared: &Prepared) -> Result<(), Fault> {
    for (file, bytes) in prepared.content.attachments.iter().zip(&prepared.files) {
        services.blobs.put(&file.blob, bytes.as_ref().clone()).await?;
    }
    Ok(())
}

/// The rows were not committed, so nobody knows of the files. What a crash leaves here is only space.
async fn drop_files(services: &Services, prepared: &Prepared) {
    for file in &prepared.content.attachments {
        if let Err(error) = services.blobs.remove(&file.blob).await {
            tracing::warn!(error = %crate::error::chain(&error), "a file of a refused request stays behind");
        }
    }
}

/// The request that was accepted under this key.
async fn earlier(services: &Services, ctx: &Ctx, key: &str, fingerprint: &str) -> Result<Option<Accepted>, Fault> {
    let Some(row) = services
        .db
        .read_optional(
            sql!("SELECT id, content, created_micros FROM email_send WHERE tenant_id = $1 AND idempotency_key = $2"),
            args![ctx.tenant().uuid(), key],
        )
        .await?
    else {
        return Ok(None);
    };
    let content: Content = from_json(row.str("content")?, "email_send.content")?;
    if content.fingerprint != fingerprint {
        return Err(Problem::Conflict { what: "This Idempotency-Key was used for another request; take a new one for each request.".into() }.into());
    }
    let send: SendId = row.parse("id")?;
    let rows = services
        .db
        .read_all(
            sql!("SELECT id, to_line, correlation_id FROM email_message WHERE tenant_id = $1 AND send_id = $2 ORDER BY position LIMIT 100"),
            args![ctx.tenant().uuid(), send.uuid()],
        )
        .await?;
    let messages = rows
        .iter()
        .map(|row| Ok(AcceptedMessage { id: row.parse("id")?, to: row.text("to_line")?, correlation_id: row.text("correlation_id")? }))
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok(Some(Accepted { send, at_micros: row.int("created_micros")?, messages }))
}
