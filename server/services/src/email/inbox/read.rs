//! Read and unread.

use store::{args, sql};

use model::{Problem, ids::ThreadId};

use crate::{Ctx, Fault, Services};

/// Marks every mail of a conversation as read.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Forbidden`] for a visitor who can only view.
pub async fn mark_read(services: &Services, ctx: &Ctx, id: ThreadId) -> Result<(), Fault> {
    ctx.unless_viewing()?;
    let (tenant, thread) = (ctx.tenant().uuid(), id.uuid());
    let mut tx = services.db.write().await?;
    let found = tx.execute(sql!("UPDATE email_thread SET unread = 0 WHERE tenant_id = $1 AND id = $2"), args![tenant, thread]).await?;
    if found == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.execute(sql!("UPDATE email_inbound SET unread = 0 WHERE tenant_id = $1 AND thread_id = $2 AND unread = 1"), args![tenant, thread]).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks the newest received mail of a conversation as unread, so that it is looked at again.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] when nothing was received in it; [`Problem::Forbidden`] for a visitor who can only view.
pub async fn mark_unread(services: &Services, ctx: &Ctx, id: ThreadId) -> Result<(), Fault> {
    ctx.unless_viewing()?;
    let (tenant, thread) = (ctx.tenant().uuid(), id.uuid());
    let mut tx = services.db.write().await?;
    let known = tx.optional(sql!("SELECT id FROM email_thread WHERE tenant_id = $1 AND id = $2"), args![tenant, thread]).await?;
    known.ok_or(Problem::NotFound)?;
    let marked = tx
        .execute(
            sql!(
                "UPDATE email_inbound SET unread = 1 WHERE tenant_id = $1 AND id = (
                     SELECT id FROM email_inbound WHERE tenant_id = $1 AND thread_id = $2 ORDER BY received_micros DESC, id DESC LIMIT 1)"
            ),
            args![tenant, thread],
        )
        .await?;
    if marked == 0 {
        return Err(Problem::Conflict { what: "Nothing was received in this conversation, so there is nothing to read again.".into() }.into());
    }
    tx.execute(
        sql!(
            "UPDATE email_thread SET unread = (SELECT count(*) FROM email_inbound WHERE tenant_id = $1 AND thread_id = $2 AND unread = 1)
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![tenant, thread],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
