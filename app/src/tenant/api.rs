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
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] on `name`, on a `time_zone` that the zone database does not have, and on `schedules` when
/// mail is scheduled in the present zone and nothing is said about it.
#[server(name = UpdateTenant, prefix = "/api", endpoint = "tenant/update")]
pub async fn update(
    /// 1 to 120 characters.
    name: String,
    /// IANA zone.
    time_zone: String,
    /// `keep_wall_clock_in_new_zone` or `keep_zone`, for mail that is scheduled in the present zone; may be empty while there is none.
    #[server(default)]
    schedules: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::update(&services, &ctx, name, time_zone, &schedules).await.map_err(shell::told(&ctx))
}
