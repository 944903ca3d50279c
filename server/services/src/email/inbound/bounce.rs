//! Delivery reports: the mail they are about gets a receipt.

use store::{Tx, args, sql};

use mail::parse::MailKind;
use model::ids::{AssetId, MessageId, TenantId};

use crate::{Fault, Services};

/// Receipt code of the reference for a bounce.
const CODE_BOUNCE: &str = "7520";
/// And for a delivery.
const CODE_DELIVERED: &str = "7500";

/// Writes the receipt when the report names a mail of this asset. The mail stays `submitted`: the server did take it.
pub(super) async fn mark(tx: &mut Tx, services: &Services, tenant: TenantId, asset: AssetId, kind: &MailKind, at_micros: i64) -> Result<(), Fault> {
    let MailKind::Bounce { final_recipient, status, diagnostic, original_message_id: Some(original) } = kind else { return Ok(()) };
    let found = tx
        .optional(
            sql!("SELECT id, to_line FROM email_message WHERE tenant_id = $1 AND asset_id = $2 AND message_id_header = $3"),
            args![tenant.uuid(), asset.uuid(), original.as_str()],
        )
        .await?;
    let Some(row) = found else { return Ok(()) };
    let message: MessageId = row.parse("id")?;
    let recipient = match final_recipient {
        Some(address) => address.clone(),
        None => row.text("to_line")?,
    };
    // RFC 3463 section 2: class 2 is success, 4 passing, 5 for good.
    let delivered = status.as_deref().is_some_and(|status| status.starts_with("2."));
    let reply: Vec<&str> = [status.as_deref(), diagnostic.as_deref()].into_iter().flatten().collect();
    let reply = if reply.is_empty() { "A delivery report without details.".to_owned() } else { reply.join(" ") };
    let (word, code) = if delivered { ("Delivered", CODE_DELIVERED) } else { ("Bounce", CODE_BOUNCE) };
    tx.execute(
        sql!(
            "INSERT INTO email_receipt (id, tenant_id, message_id, at_micros, recipient, status, code, reply)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        args![services.entropy.uuid(at_micros), tenant.uuid(), message.uuid(), at_micros, recipient, word, code, reply.as_str()],
    )
    .await?;
    if !delivered {
        tx.execute(
            sql!("UPDATE email_message SET last_reply = $3 WHERE tenant_id = $1 AND id = $2"),
            args![tenant.uuid(), message.uuid(), format!("Bounced: {reply}")],
        )
        .await?;
    }
    Ok(())
}
