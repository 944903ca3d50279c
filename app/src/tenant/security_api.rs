//! Server functions of the tenant's rule about second factors.

use leptos::prelude::*;
use model::{Problem, auth::SecurityPolicy};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// The rule, and who has no second factor.
///
/// **Needs** `tenant.write`.
#[server(name = GetSecurityPolicy, prefix = "/api", endpoint = "tenant/security")]
pub async fn security_policy() -> Result<SecurityPolicy, Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::auth::security_policy(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Changes the rule.
///
/// **Needs** `tenant.write`. Refuses with [`Problem::Invalid`] on `grace_days`, with [`Problem::Forbidden`] callers who have not confirmed who they are
/// within ten minutes, with [`Problem::Conflict`] API tokens.
#[server(name = SetSecurityPolicy, prefix = "/api", endpoint = "tenant/set_security")]
pub async fn set_security_policy(
    /// Everybody who signs in with a password needs a second factor.
    #[server(default)]
    required: bool,
    /// Days to set one up, 0 to 30.
    grace_days: u32,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TenantWrite).await?;
    services::auth::set_security_policy(&services, &ctx, required, grace_days).await.map_err(shell::told(&ctx))
}
