//! "Send a test mail to me": through the ordinary outbox, so that it proves the ordinary way.

use model::{
    Problem,
    ids::{AssetId, MessageId, SendId},
};

use super::store;
use crate::{
    Ctx, Fault, Services,
    email::accept::{self, Mail, SendRequest, Source},
};

/// Queues a test mail to the signed-in user's own address.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] when the asset is switched off or the caller has no address.
pub async fn send_test_mail(services: &Services, ctx: &Ctx, id: AssetId) -> Result<(SendId, MessageId), Fault> {
    let asset = store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if ctx.email().is_empty() {
        return Err(Problem::field("asset", "A test mail goes to the address of the signed-in person; sign in to send one.").into());
    }
    let at = ctx.zone().stamp(services.now()).text;
    let request = SendRequest {
        source: Source::Test,
        mails: vec![Mail { to: vec![ctx.email().to_owned()], ..Mail::default() }],
        subject: format!("Test mail from {}", asset.name),
        text: format!(
            "This mail was sent at {at} ({}) from {} through {} port {}.\n\nIt arrived, so this asset can send mail.\n",
            ctx.zone().name(),
            asset.email_address,
            asset.smtp_host,
            asset.smtp_port,
        ),
        ..SendRequest::from_asset(id)
    };
    let accepted = accept::submit(services, ctx, request).await?;
    accepted.only().ok_or(Fault::Stored { place: "email_message" })
}
