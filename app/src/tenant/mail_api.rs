//! Server functions of system mail.

use leptos::prelude::*;
use model::{Problem, people::SystemMail};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// Which email asset system mail leaves from, and which there are.
///
/// **Needs** `tenant.read`.
#[server(name = GetSystemMail, prefix = "/api", endpoint = "tenant/system_mail")]
pub async fn system_mail() -> Result<SystemMail, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantRead).await?;
    services::people::post_office::system_mail(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Chooses it.
///
/// **Needs** `tenant.write`. [`Problem::NotFound`] for an asset of another tenant.
#[server(name = SetSystemMail, prefix = "/api", endpoint = "tenant/set_system_mail")]
pub async fn set_system_mail(
    /// Id of an email asset; empty for the oldest active one.
    #[server(default)]
    asset: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    let asset = if asset.is_empty() { None } else { Some(asset.parse().map_err(|_| Problem::NotFound)?) };
    services::people::post_office::choose_asset(&services, &ctx, asset).await.map_err(shell::told(&ctx))
}
