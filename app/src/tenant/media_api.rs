//! Server functions of the setting for inbound media.

use leptos::prelude::*;
use model::{Problem, tenant::MediaHandling};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// How links to inbound media are made.
///
/// **Needs** `tenant.read`. [`Problem::NotFound`] where the operator has not switched secure media handling on.
#[server(name = GetMedia, prefix = "/api", endpoint = "tenant/get_media")]
pub async fn get_media() -> Result<MediaHandling, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantRead).await?;
    services::tenant::get_media(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Changes it for links made from now on.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] an `expiry` outside 4 hours to 7 days and an unknown `unit`, with
/// [`Problem::NotFound`] as [`GetMedia`].
#[server(name = UpdateMedia, prefix = "/api", endpoint = "tenant/update_media")]
pub async fn update_media(
    /// New links are short-lived.
    #[server(default)]
    enabled: bool,
    /// A whole number of the unit.
    expiry: String,
    /// `hours` or `days`.
    unit: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::update_media(&services, &ctx, enabled, &expiry, &unit).await.map_err(shell::told(&ctx))
}
