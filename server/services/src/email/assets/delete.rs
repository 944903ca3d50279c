//! Deleting an asset with everything that hangs on it.

use ::store::{Tx, args, sql};
use model::{Problem, email::asset::AssetDependents, ids::AssetId};

use super::{record, store};
use crate::{Ctx, Fault, Services, email::cleanup};

/// What goes when the asset is deleted.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn dependents(services: &Services, ctx: &Ctx, id: AssetId) -> Result<AssetDependents, Fault> {
    store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let row = services
        .db
        .read_one(
            sql!(
                "SELECT
                     (SELECT count(*) FROM email_message WHERE tenant_id = $1 AND asset_id = $2 AND status IN ('queued', 'sending')) AS queued,
                     (SELECT count(*) FROM email_message WHERE tenant_id = $1 AND asset_id = $2 AND status NOT IN ('queued', 'sending')) AS finished,
                     (SELECT count(*) FROM email_raw WHERE asset_id = $2 AND tenant_id = $1) AS inbound,
                     (SELECT count(*) FROM email_thread WHERE tenant_id = $1 AND asset_id = $2) AS threads,
                     (SELECT count(*) FROM email_schedule WHERE tenant_id = $1 AND asset_id = $2 AND status IN ('active', 'paused')) AS schedules"
            ),
            args![ctx.tenant().uuid(), id.uuid()],
        )
        .await?;
    Ok(AssetDependents {
        queued_messages: row.int("queued")?,
        finished_messages: row.int("finished")?,
        inbound_mails: row.int("inbound")?,
        threads: row.int("threads")?,
        schedules: row.int("schedules")?,
    })
}

/// Deletes an asset and its mails, conversations and log lines, in one transaction. The files go afterwards, as jobs.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Conflict`] while mails wait to be sent and `cancel_queued` is not given.
pub async fn delete(services: &Services, ctx: &Ctx, id: AssetId, cancel_queued: bool) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    let asset = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let waiting = tx
        .one(sql!("SELECT count(*) AS mails FROM email_message WHERE asset_id = $1 AND status IN ('queued', 'sending')"), args![id.uuid()])
        .await?
        .int("mails")?;
    if waiting > 0 && !cancel_queued {
        let what = format!("{waiting} mails of this asset wait to be sent. Delete it with them, or wait until they are sent.");
        return Err(Problem::Conflict { what }.into());
    }
    let files = blobs_of(&mut tx, id).await?;
    cleanup::remove_at(services, &mut tx, &files, services.now()).await?;
    delete_rows(&mut tx, id).await?;
    record(&mut tx, services, ctx, "email.asset.deleted", id, &asset.name, crate::audit::diff(&asset.audited(), &[])).await?;
    tx.commit().await?;
    Ok(())
}

/// The ids of the asset's files.
async fn blobs_of(tx: &mut Tx, id: AssetId) -> Result<Vec<String>, Fault> {
    let rows = tx
        .all(
            sql!(
                "SELECT blob FROM email_raw WHERE asset_id = $1 AND blob IS NOT NULL
                 UNION ALL SELECT f.blob FROM email_attachment f JOIN email_inbound i ON i.id = f.owner_id
                     WHERE f.owner_kind = 'inbound' AND i.asset_id = $1
                 UNION ALL SELECT f.blob FROM email_attachment f JOIN email_send s ON s.id = f.owner_id
                     WHERE f.owner_kind = 'send' AND s.asset_id = $1"
            ),
            args![id.uuid()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.text("blob")).collect::<Result<Vec<_>, _>>()?)
}

/// Children before parents.
async fn delete_rows(tx: &mut Tx, id: AssetId) -> Result<(), Fault> {
    let statements = [
        sql!("DELETE FROM email_search WHERE mail_id IN (SELECT id FROM email_inbound WHERE asset_id = $1)"),
        sql!(
            "DELETE FROM media_link WHERE owner_kind = 'email_attachment' AND owner_id IN
             (SELECT f.id FROM email_attachment f JOIN email_inbound i ON i.id = f.owner_id WHERE f.owner_kind = 'inbound' AND i.asset_id = $1)"
        ),
        sql!("DELETE FROM email_attachment WHERE owner_kind = 'inbound' AND owner_id IN (SELECT id FROM email_inbound WHERE asset_id = $1)"),
        sql!("DELETE FROM email_attachment WHERE owner_kind = 'send' AND owner_id IN (SELECT id FROM email_send WHERE asset_id = $1)"),
        sql!("DELETE FROM email_receipt WHERE message_id IN (SELECT id FROM email_message WHERE asset_id = $1)"),
        sql!("DELETE FROM email_message WHERE asset_id = $1"),
        sql!("DELETE FROM email_send WHERE asset_id = $1"),
        sql!("DELETE FROM email_inbound WHERE asset_id = $1"),
        sql!("DELETE FROM email_raw_waiting WHERE raw_id IN (SELECT id FROM email_raw WHERE asset_id = $1)"),
        sql!("DELETE FROM email_raw WHERE asset_id = $1"),
        sql!("DELETE FROM email_thread WHERE asset_id = $1"),
        sql!("DELETE FROM debuglog_line WHERE asset_id = $1"),
        sql!("DELETE FROM email_asset WHERE id = $1"),
    ];
    for statement in statements {
        tx.execute(statement, args![id.uuid()]).await?;
    }
    Ok(())
}
