//! Server functions of the links of received files.

use leptos::prelude::*;
use model::{Problem, ids::AttachmentId};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// Ends the link of a received file for good; the file itself stays.
///
/// **Needs** `email.manage`. [`Problem::NotFound`] when there is no such file, or its link was ended before.
#[server(name = RevokeLink, prefix = "/api", endpoint = "email/revoke_link")]
pub async fn revoke_link(
    /// The file.
    id: AttachmentId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::EmailManage).await?;
    services::email::inbox::revoke_link(&services, &ctx, id).await.map_err(shell::told(&ctx))
}
