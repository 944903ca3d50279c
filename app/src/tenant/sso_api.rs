//! Server functions of single sign-on's settings.

use leptos::prelude::*;
use model::{
    Problem,
    tenant::sso::{SsoForm, SsoPageData},
};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// The settings of single sign-on, without the client secret.
///
/// **Needs** `tenant.write`.
#[server(name = GetSso, prefix = "/api", endpoint = "tenant/get_sso")]
pub async fn get_sso() -> Result<SsoPageData, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::sso::get(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Saves them after asking the provider for its own description. An empty client secret keeps the stored one.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] naming every field that does not fit; on `issuer` with what is wrong with the
/// provider; on `client_secret` when the issuer changed and no secret was typed.
#[server(name = SaveSso, prefix = "/api", endpoint = "tenant/save_sso")]
pub async fn save_sso(#[server(flatten)] form: SsoForm) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::sso::save(&services, &ctx, form).await.map_err(shell::told(&ctx))
}

/// Takes single sign-on away with its settings.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] on `issuer` when there is none.
#[server(name = RemoveSso, prefix = "/api", endpoint = "tenant/remove_sso")]
pub async fn remove_sso() -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::tenant::sso::remove(&services, &ctx).await.map_err(shell::told(&ctx))
}
