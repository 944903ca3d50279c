//! Bodies, sources and files, which do not come with the conversation.

use store::{args, sql};

use mail::html::Remote;
use model::{
    Problem,
    email::thread::AttachmentRow,
    ids::{AttachmentId, InboundId},
};

use crate::{
    Ctx, Fault, Services,
    email::attachment::{INBOUND, clean_html, of_owner},
    file::{self, File},
};

/// The HTML of a received mail, cleaned, for the sandboxed frame. Empty when it has none.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn html_of(services: &Services, ctx: &Ctx, id: InboundId, allow_remote: bool) -> Result<String, Fault> {
    let row = services
        .db
        .read_optional(sql!("SELECT html_body FROM email_inbound WHERE tenant_id = $1 AND id = $2"), args![ctx.tenant().uuid(), id.uuid()])
        .await?
        .ok_or(Problem::NotFound)?;
    let files = of_owner(services, ctx, INBOUND, id.uuid()).await?;
    let remote = if allow_remote { Remote::Allow } else { Remote::Block };
    Ok(clean_html(row.str("html_body")?, &files, remote).html)
}

/// A received mail as it came, byte for byte, our Received header in front.
///
/// # Errors
/// [`Problem::NotFound`]; [`Fault::Store`] when its file cannot be read.
pub async fn raw_of(services: &Services, ctx: &Ctx, id: InboundId) -> Result<File, Fault> {
    let row = services
        .db
        .read_optional(
            sql!(
                "SELECT r.content, r.blob FROM email_inbound i JOIN email_raw r ON r.id = i.raw_id
                 WHERE i.tenant_id = $1 AND i.id = $2"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?
        .ok_or(Problem::NotFound)?;
    match row.opt_bytes("content")? {
        Some(content) => Ok(File::Memory(content)),
        None => file::open(services, row.str("blob")?).await,
    }
}

/// A file of a received or sent mail.
///
/// # Errors
/// [`Problem::NotFound`]; [`Fault::Store`] when it cannot be read.
pub async fn attachment(services: &Services, ctx: &Ctx, id: AttachmentId) -> Result<(AttachmentRow, File), Fault> {
    let stored = super::stored(services, ctx, id).await?;
    let file = file::open(services, &stored.blob).await?;
    Ok((stored.shown(), file))
}
