//! Server functions of the profile key.

use leptos::prelude::*;
use model::{Problem, ids::ProfileKeyId, tenant::ProfileKeys};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability, services::tenant::profile_key};

/// The present profile key and the replaced ones that still work, without their texts.
///
/// **Needs** `tenant.profile_key`.
#[server(name = GetProfileKeys, prefix = "/api", endpoint = "tenant/profile_keys")]
pub async fn profile_keys() -> Result<ProfileKeys, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantProfileKey).await?;
    profile_key::list(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// The text of the present key; the audit log tells who asked.
///
/// **Needs** `tenant.profile_key`.
#[server(name = RevealProfileKey, prefix = "/api", endpoint = "tenant/reveal_profile_key")]
pub async fn reveal_profile_key() -> Result<String, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantProfileKey).await?;
    profile_key::reveal(&services, &ctx).await.map(|text| text.expose().to_owned()).map_err(shell::told(&ctx))
}

/// Makes a new key and lets the old one work on for a while.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] on `overlap_hours`, with [`Problem::Conflict`] while five replaced keys
/// still work.
#[server(name = RotateProfileKey, prefix = "/api", endpoint = "tenant/rotate_profile_key")]
pub async fn rotate_profile_key(
    /// Whole hours, 0 to 168.
    overlap_hours: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    profile_key::rotate(&services, &ctx, &overlap_hours).await.map_err(shell::told(&ctx))
}

/// Ends a replaced key now.
///
/// **Needs** `tenant.write`. [`Problem::NotFound`] when there is no such key any more, [`Problem::Conflict`] for the present one.
#[server(name = EndProfileKey, prefix = "/api", endpoint = "tenant/end_profile_key")]
pub async fn end_profile_key(
    /// Which.
    id: ProfileKeyId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    profile_key::end_now(&services, &ctx, id).await.map_err(shell::told(&ctx))
}
