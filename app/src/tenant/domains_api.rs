//! Server functions of the allowed email domains.

use leptos::prelude::*;
use model::{
    Problem,
    tenant::domains::{AllowedDomains, Outside},
};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// The allowed email domains, and which present people are outside of them.
///
/// **Needs** `tenant.read`. People are named to holders of `people.read` only.
#[server(name = GetDomains, prefix = "/api", endpoint = "tenant/get_domains")]
pub async fn get_domains() -> Result<AllowedDomains, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantRead).await?;
    services::tenant::domains::get(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Whom a list would leave outside. Saves nothing.
///
/// **Needs** `tenant.write`. Refuses as [`UpdateDomains`] does.
#[server(name = PreviewDomains, prefix = "/api", endpoint = "tenant/preview_domains")]
pub async fn preview_domains(
    /// Parted by commas, semicolons or white space.
    #[server(default)]
    domains: String,
) -> Result<Outside, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::domains::preview(&services, &ctx, &domains).await.map_err(shell::told(&ctx))
}

/// Replaces the list; an empty one admits every domain. Present people stay.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] on `domains` naming the entry that is no domain, stands there twice, or is
/// reserved.
#[server(name = UpdateDomains, prefix = "/api", endpoint = "tenant/update_domains")]
pub async fn update_domains(
    /// Parted by commas, semicolons or white space.
    #[server(default)]
    domains: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::domains::update(&services, &ctx, &domains).await.map_err(shell::told(&ctx))
}
