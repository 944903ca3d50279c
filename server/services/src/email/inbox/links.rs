//! The links of received files.

use std::collections::HashMap;

use store::{args, sql};

use model::{
    Problem,
    ids::{AttachmentId, ThreadId},
    media::MediaLink,
};

use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    media,
};

/// Links by their file.
pub(super) type Links = HashMap<AttachmentId, MediaLink>;

/// The links of every received file of a conversation that still lead somewhere.
pub(super) async fn of_thread(services: &Services, ctx: &Ctx, id: ThreadId) -> Result<Links, Fault> {
    let rows = services
        .db
        .read_all(
            sql!(
                "SELECT l.id AS link_id, l.owner_id, l.expires_micros FROM media_link l
                 WHERE l.tenant_id = $1 AND l.owner_kind = 'email_attachment' AND l.revoked_micros IS NULL AND l.owner_id IN
                     (SELECT f.id FROM email_attachment f JOIN email_inbound i ON i.id = f.owner_id
                      WHERE f.owner_kind = 'inbound' AND f.tenant_id = $1 AND i.thread_id = $2)
                 LIMIT 5000"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.parse("owner_id")?, media::shown(services, ctx, row)?))).collect()
}

/// Ends the link of a received file for good; the file stays where people who read mail find it. For holders of `email.manage`.
///
/// # Errors
/// [`Problem::NotFound`] when the tenant has no such file, or its link was ended before.
pub async fn revoke_link(services: &Services, ctx: &Ctx, id: AttachmentId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let name = media::revoke(&mut tx, services, ctx, media::EMAIL_ATTACHMENT, id.uuid()).await?.ok_or(Problem::NotFound)?;
    let event = Event {
        action: "media.link.revoked",
        subject_kind: "attachment",
        subject_id: id.to_string(),
        subject_name: name,
        changes: vec![audit::secret("link", true, false)],
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}
