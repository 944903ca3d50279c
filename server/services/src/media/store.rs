//! SQL of links.

use ::store::{Db, Statement, Tx, args, sql};
use model::{
    ids::{MediaLinkId, TenantId},
    media::MediaChannel,
};
use uuid::Uuid;

use crate::Fault;

/// Writes a link's row; its arguments come from [`NewLink::args`](super::NewLink::args).
pub(crate) const INSERT: Statement = sql!(
    "INSERT INTO media_link (id, tenant_id, channel, owner_kind, owner_id, blob, name, mimetype, expires_micros, created_micros, revoked_micros)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)"
);

/// A link that was not taken back, of a tenant that is not shut out.
pub(super) struct LinkRow {
    pub tenant: TenantId,
    pub channel: MediaChannel,
    pub blob: String,
    pub name: String,
    pub mimetype: String,
    pub expires_micros: Option<i64>,
}

/// By its id alone: whoever has the address has the link, whichever tenant it belongs to.
pub(super) async fn find(db: &Db, link: MediaLinkId) -> Result<Option<LinkRow>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT l.tenant_id, l.channel, l.blob, l.name, l.mimetype, l.expires_micros
                 FROM media_link l JOIN tenant t ON t.id = l.tenant_id
                 WHERE l.id = $1 AND l.revoked_micros IS NULL AND t.active = 1"
            ),
            args![link.uuid()],
        )
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(LinkRow {
        tenant: row.parse("tenant_id")?,
        channel: MediaChannel::from_word(row.str("channel")?).ok_or(Fault::Stored { place: "media_link.channel" })?,
        blob: row.text("blob")?,
        name: row.text("name")?,
        mimetype: row.text("mimetype")?,
        expires_micros: row.opt_int("expires_micros")?,
    }))
}

pub(super) async fn revoke(tx: &mut Tx, tenant: TenantId, owner_kind: &'static str, owner: Uuid, now: i64) -> Result<Option<String>, Fault> {
    let row = tx
        .optional(
            sql!(
                "UPDATE media_link SET revoked_micros = $4
                 WHERE tenant_id = $1 AND owner_kind = $2 AND owner_id = $3 AND revoked_micros IS NULL RETURNING name"
            ),
            args![tenant.uuid(), owner_kind, owner, now],
        )
        .await?;
    Ok(row.map(|row| row.text("name")).transpose()?)
}
