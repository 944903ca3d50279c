//! Links: made, shown, taken back.

use std::collections::HashMap;

use ::store::{Args, Row, SecretBox, Tx, args};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{
    ids::{MediaLinkId, TenantId},
    media::{MediaChannel, MediaLink},
};
use uuid::Uuid;

use super::store;
use crate::{Ctx, Fault, Services, tenant};

/// `media_link.owner_kind` of a file of a received mail.
pub(crate) const EMAIL_ATTACHMENT: &str = "email_attachment";

/// Bytes of the signature in an address: 128 bits cannot be guessed (RFC 2104 section 5).
const SIGNATURE: usize = 16;

/// How long the links of each tenant live that are made in one transaction; asked once per tenant.
#[derive(Default)]
pub(crate) struct Lifetimes(HashMap<TenantId, Option<i64>>);

impl Lifetimes {
    /// When a link made at `now` stops working without a key; `None` for never.
    pub(crate) async fn expiry(&mut self, tx: &mut Tx, tenant: TenantId, now: i64) -> Result<Option<i64>, Fault> {
        let lifetime = match self.0.get(&tenant) {
            Some(known) => *known,
            None => {
                let asked = tenant::media::lifetime(tx, tenant).await?;
                self.0.insert(tenant, asked);
                asked
            }
        };
        Ok(lifetime.map(|micros| now + micros))
    }
}

/// A link about to be stored with its file.
pub(crate) struct NewLink<'a> {
    pub id: Uuid,
    pub tenant: TenantId,
    pub channel: MediaChannel,
    pub owner_kind: &'static str,
    pub owner: Uuid,
    pub blob: &'a str,
    pub name: &'a str,
    pub mimetype: &'a str,
    pub expires_micros: Option<i64>,
    pub now: i64,
}

impl NewLink<'_> {
    /// The arguments of [`INSERT`](super::INSERT).
    pub(crate) fn args(self) -> Args {
        args![
            self.id,
            self.tenant.uuid(),
            self.channel.word(),
            self.owner_kind,
            self.owner,
            self.blob,
            self.name,
            self.mimetype,
            self.expires_micros,
            self.now,
        ]
    }
}

/// A link as pages show it; the row has `link_id` and `expires_micros`.
pub(crate) fn shown(services: &Services, ctx: &Ctx, row: &Row) -> Result<MediaLink, Fault> {
    let expires = row.opt_int("expires_micros")?;
    Ok(MediaLink {
        url: format!("{}/media/{}", services.settings.public_url, token(&services.secrets, row.parse("link_id")?)?),
        expires: ctx.zone().stamp_opt(expires),
        expired: expires.is_some_and(|at| at <= services.now()),
    })
}

/// Ends the link of a file for good; its name, or `None` when there is none that still works. The caller writes the audit entry.
pub(crate) async fn revoke(tx: &mut Tx, services: &Services, ctx: &Ctx, owner_kind: &'static str, owner: Uuid) -> Result<Option<String>, Fault> {
    store::revoke(tx, ctx.tenant(), owner_kind, owner, services.now()).await
}

/// The last part of a link's address: its id and a signature over it, 43 URL-safe characters.
pub(super) fn token(secrets: &SecretBox, id: MediaLinkId) -> Result<String, Fault> {
    let signature = secrets.sign(&signed_text(id))?;
    let mut bytes = id.uuid().as_bytes().to_vec();
    bytes.extend(signature.iter().take(SIGNATURE));
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The id in an address, when this installation signed it. The database is not asked about anything else.
pub(super) fn read(secrets: &SecretBox, token: &str) -> Option<MediaLinkId> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, signature) = bytes.split_first_chunk::<16>()?;
    let id = MediaLinkId::new(Uuid::from_bytes(*id));
    (signature.len() == SIGNATURE && secrets.signed(&signed_text(id), signature)).then_some(id)
}

fn signed_text(id: MediaLinkId) -> Vec<u8> {
    format!("media_link/{id}").into_bytes()
}
