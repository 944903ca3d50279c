//! Server functions of the tenant's settings.

use leptos::prelude::*;
use model::{Problem, tenant::Tenant};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// The tenant's settings.
///
/// **Needs** `tenant.read`.
#[server(name = GetTenant, prefix = "/api", endpoint = "tenant/get")]
pub async fn get() -> Result<Tenant, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantRead).await?;
    services::tenant::get(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Changes them.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] on `name` and on a `time_zone` that the zone database does not have.
#[server(name = UpdateTenant, prefix = "/api", endpoint = "tenant/update")]
pub async fn update(
    /// 1 to 120 characters.
    name: String,
    /// IANA zone.
    time_zone: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::update(&services, &ctx, name, time_zone).await.map_err(shell::told(&ctx))
}
