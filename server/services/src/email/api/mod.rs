//! `POST /v2/messages`: the Send Message v2 request for the email channel over SMTP assets.
//!
//! A parameter this installation does not carry out is refused by name: a caller who asked for tracking or a later sending
//! time must not believe it happened.

mod error;
mod request;

#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;
use sha2::{Digest, Sha256};

use model::{email::address::normalise, ids::AssetId};

pub use error::ApiError;
pub use request::{ApiAttachment, ApiContent, ApiRecipient, SendMessageV2};

use super::{
    accept::{self, Accepted, File, Mail, SendRequest, Source},
    assets::store as asset_store,
    template::Substitutions,
};
use crate::{Ctx, Services};

/// Longest Idempotency-Key, in characters.
const MAX_KEY_CHARS: usize = 200;

/// The answer to an accepted request (status 201).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendMessageReply {
    /// When it was accepted, in the tenant's zone; the same for a repeated Idempotency-Key.
    pub request_timestamp: String,
    /// Id of the mail; of the request when it makes several.
    pub message_id: String,
    /// The caller's reference of the first recipient; empty when none was given.
    pub correlation_id: String,
    /// `queued`: stored, and kept until the server takes or refuses it.
    pub status: &'static str,
    /// The mails, when the request makes several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<SendMessagePart>,
}

/// One mail of a request that makes several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendMessagePart {
    /// Id of the mail.
    pub message_id: String,
    /// Its recipient.
    pub to: String,
    /// The caller's reference.
    pub correlation_id: String,
}

/// Takes a Send Message v2 request. `Ok` means its mails are committed; the edge answers 201. With the same
/// `idempotency_key` the first answer is given again and nothing is sent twice.
///
/// # Errors
/// [`ApiError`] with a code of the reference (7000 no JSON, 7003 missing, 7004 not accepted, 7006 our fault, 7535 too large)
/// and the parameter it is about.
pub async fn submit_v2(services: &Services, ctx: &Ctx, body: &[u8], idempotency_key: Option<&str>) -> Result<SendMessageReply, ApiError> {
    let request = SendMessageV2::read(body)?;
    if let Some(key) = idempotency_key
        && (key.is_empty() || key.chars().count() > MAX_KEY_CHARS || key.chars().any(char::is_control))
    {
        return Err(ApiError::refused("Idempotency-Key", format!("The Idempotency-Key header has 1 to {MAX_KEY_CHARS} printable characters.")));
    }
    let from = normalise(&request.from);
    let asset = asset_store::find_by_address(&services.db, ctx.tenant(), &from).await.map_err(|fault| ApiError::from_fault(fault, ctx))?;
    let asset = asset
        .ok_or_else(|| ApiError::refused("from", "No active email asset of this tenant has this address; `from` is the address of an asset."))?;
    let fingerprint = idempotency_key.map(|_| BASE64.encode(Sha256::digest(body))).unwrap_or_default();
    let request = into_send(request, asset.id, idempotency_key, fingerprint)?;
    let accepted = accept::submit_from(services, ctx, asset, request).await.map_err(|fault| ApiError::from_fault(fault, ctx))?;
    Ok(reply(ctx, &accepted))
}

fn into_send(request: SendMessageV2, asset: AssetId, key: Option<&str>, fingerprint: String) -> Result<SendRequest, ApiError> {
    let mails = if request.multiple_to_recipients { vec![one_mail(request.to)?] } else { mail_per_address(request.to) };
    let mut attachments = Vec::with_capacity(request.content.attachments.len());
    for (position, attachment) in request.content.attachments.into_iter().enumerate() {
        attachments.push(File {
            name: attachment.name,
            mimetype: attachment.mimetype,
            content_id: attachment.cid,
            bytes: decode(&attachment.content, position)?,
        });
    }
    Ok(SendRequest {
        asset,
        source: Source::Api,
        from_name: request.from_name,
        reply_to: request.content.reply_to,
        mails,
        cc: request.cc,
        bcc: request.bcc,
        subject: request.content.subject,
        text: request.content.text,
        html: request.content.html,
        templated: true,
        substitutions: request.substitutions,
        attachments,
        answers: None,
        callback_data: request.callback_data,
        idempotency_key: key.map(str::to_owned),
        fingerprint,
    })
}

fn decode(content: &str, position: usize) -> Result<Vec<u8>, ApiError> {
    let joined: Vec<u8> = content.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64
        .decode(joined)
        .map_err(|_| ApiError::refused(format!("content.attachments[{position}].content"), "This is not Base64 (RFC 4648 section 4)."))
}

/// All recipients in one To header.
fn one_mail(to: Vec<ApiRecipient>) -> Result<Mail, ApiError> {
    if to.len() > 1 && to.iter().any(|one| !one.substitutions.is_empty()) {
        return Err(ApiError::refused("to", "With multipleToRecipients all recipients get the same mail: give substitutions at the top level."));
    }
    let correlation_id = to.iter().map(|one| one.correlation_id.as_str()).find(|id| !id.is_empty()).unwrap_or_default().to_owned();
    let substitutions = to.first().map(|one| one.substitutions.clone()).unwrap_or_default();
    Ok(Mail { to: to.into_iter().flat_map(|one| one.email).collect(), substitutions, correlation_id })
}

fn mail_per_address(to: Vec<ApiRecipient>) -> Vec<Mail> {
    let mut mails = Vec::new();
    for ApiRecipient { email, substitutions, correlation_id } in to {
        let mail = |address: String, substitutions: Substitutions| Mail { to: vec![address], substitutions, correlation_id: correlation_id.clone() };
        for address in email {
            mails.push(mail(address, substitutions.clone()));
        }
    }
    mails
}

fn reply(ctx: &Ctx, accepted: &Accepted) -> SendMessageReply {
    let part = |message: &accept::AcceptedMessage| SendMessagePart {
        message_id: message.id.to_string(),
        to: message.to.clone(),
        correlation_id: message.correlation_id.clone(),
    };
    let parts: Vec<_> = accepted.messages.iter().map(part).collect();
    let (message_id, messages) = match parts.as_slice() {
        [only] => (only.message_id.clone(), Vec::new()),
        _ => (accepted.send.to_string(), parts.clone()),
    };
    SendMessageReply {
        request_timestamp: ctx.zone().stamp(accepted.at_micros).iso,
        message_id,
        correlation_id: parts.first().map(|part| part.correlation_id.clone()).unwrap_or_default(),
        status: "queued",
        messages,
    }
}
