//! Server functions of the tenant's settings.

use leptos::prelude::*;
use model::{
    Problem,
    tenant::{Records, Tenant, ZoneChoice},
};

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

/// Every time zone to choose from, with its time, its offset and its next change now.
///
/// **Needs** `tenant.read`.
#[server(name = ListZones, prefix = "/api", endpoint = "tenant/list_zones")]
pub async fn list_zones() -> Result<Vec<ZoneChoice>, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantRead).await?;
    services::tenant::list_zones(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// In which zone reports are written, and how long the audit log is kept.
///
/// **Needs** `tenant.read`.
#[server(name = GetRecords, prefix = "/api", endpoint = "tenant/get_records")]
pub async fn get_records() -> Result<Records, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantRead).await?;
    services::tenant::get_records(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Changes them.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] on `reports_in` and `audit_days`.
#[server(name = UpdateRecords, prefix = "/api", endpoint = "tenant/update_records")]
pub async fn update_records(
    /// `utc` or `tenant`.
    reports_in: String,
    /// 30 to 36525 days; empty keeps entries for ever.
    #[server(default)]
    audit_days: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::update_records(&services, &ctx, &reports_in, &audit_days).await.map_err(shell::told(&ctx))
}
