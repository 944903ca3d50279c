//! Files of received and of sent mail.

use std::collections::HashMap;

use store::{Args, Row, Statement, args, sql};
use uuid::Uuid;

use mail::html::{Cleaned, Remote};
use model::{
    Problem,
    email::thread::AttachmentRow,
    ids::{AttachmentId, TenantId},
};

use crate::{Ctx, Fault, Services};

/// `email_attachment.owner_kind` of a received mail.
pub(super) const INBOUND: &str = "inbound";
/// `email_attachment.owner_kind` of a send request.
pub(super) const SEND: &str = "send";
/// `email_attachment.owner_kind` of a schedule; each run has copies of its own.
pub(super) const SCHEDULE: &str = "schedule";

/// A file as it is stored.
#[derive(Clone, Debug)]
pub(super) struct StoredAttachment {
    pub id: AttachmentId,
    pub owner: Uuid,
    pub name: String,
    pub mimetype: String,
    pub content_id: String,
    pub inline: bool,
    pub size_bytes: i64,
    pub blob: String,
}

impl StoredAttachment {
    pub fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parse("id")?,
            owner: row.parse("owner_id")?,
            name: row.text("name")?,
            mimetype: row.text("mimetype")?,
            content_id: row.text("content_id")?,
            inline: row.flag("is_inline")?,
            size_bytes: row.int("size_bytes")?,
            blob: row.text("blob")?,
        })
    }

    pub fn shown(&self) -> AttachmentRow {
        AttachmentRow {
            id: self.id,
            name: self.name.clone(),
            mimetype: self.mimetype.clone(),
            size_bytes: self.size_bytes,
            inline: self.inline,
            link: None,
        }
    }
}

/// A file about to be stored; its bytes are in the blob store already.
pub(super) struct NewAttachment<'a> {
    pub id: Uuid,
    pub tenant: TenantId,
    pub owner_kind: &'static str,
    pub owner: Uuid,
    pub position: usize,
    pub name: &'a str,
    pub mimetype: &'a str,
    pub content_id: &'a str,
    pub inline: bool,
    pub size_bytes: i64,
    pub blob: &'a str,
}

/// Writes a file's row; its arguments come from [`NewAttachment::args`].
pub(super) const INSERT: Statement = sql!(
    "INSERT INTO email_attachment (id, tenant_id, owner_kind, owner_id, position, name, mimetype, content_id, is_inline,
         size_bytes, blob)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
);

impl NewAttachment<'_> {
    /// The arguments of [`INSERT`].
    pub fn args(self) -> Args {
        args![
            self.id,
            self.tenant.uuid(),
            self.owner_kind,
            self.owner,
            i64::try_from(self.position).unwrap_or(i64::MAX),
            self.name,
            self.mimetype,
            self.content_id,
            self.inline,
            self.size_bytes,
            self.blob,
        ]
    }
}

/// Files of one mail or request, in their order.
pub(super) async fn of_owner(services: &Services, ctx: &Ctx, kind: &'static str, owner: Uuid) -> Result<Vec<StoredAttachment>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT id, owner_id, name, mimetype, content_id, is_inline, size_bytes, blob FROM email_attachment
                 WHERE tenant_id = $1 AND owner_kind = $2 AND owner_id = $3 ORDER BY position LIMIT 500"
            ),
            args![ctx.tenant().uuid(), kind, owner],
        )
        .await?;
    rows.iter().map(StoredAttachment::read).collect()
}

/// One file of the tenant.
pub(super) async fn find(services: &Services, ctx: &Ctx, id: AttachmentId) -> Result<StoredAttachment, Fault> {
    let row = services
        .db
        .read_optional(
            sql!(
                "SELECT id, owner_id, name, mimetype, content_id, is_inline, size_bytes, blob FROM email_attachment
                 WHERE tenant_id = $1 AND id = $2"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?
        .ok_or(Problem::NotFound)?;
    StoredAttachment::read(&row)
}

/// HTML as it may be shown: cleaned, `cid:` images pointing at the mail's own files.
pub(super) fn clean_html(html: &str, attachments: &[StoredAttachment], remote: Remote) -> Cleaned {
    let by_cid: HashMap<&str, String> = attachments
        .iter()
        .filter(|file| !file.content_id.is_empty())
        .map(|file| (file.content_id.as_str(), format!("/email/attachments/{}", file.id)))
        .collect();
    mail::html::clean_with(html, remote, &|cid| by_cid.get(cid).cloned())
}
