//! Server functions of the own account.

use leptos::prelude::*;
use model::{
    Problem,
    auth::{Me, Session},
    ids::{SessionId, TokenId},
    people::{ApiToken, Capability, NewToken},
};

#[cfg(feature = "ssr")]
use {crate::shell, services::ctx::secret};

/// Remembers the theme in a cookie: `light`, `dark` or `system`.
///
/// **Public**: the sign-in page has a theme too. Refuses other words with [`Problem::Invalid`].
#[server(name = SetTheme, prefix = "/api", endpoint = "account/set_theme")]
pub async fn set_theme(
    /// The word.
    theme: String,
) -> Result<(), Problem> {
    shell::public().await?;
    shell::remember_theme(&theme)
}

/// Who is signed in, with which capabilities and in which time zone.
///
/// **Needs** `account.own`.
#[server(name = GetMe, prefix = "/api", endpoint = "account/me")]
pub async fn me() -> Result<Me, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::me(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Changes the own name.
///
/// **Needs** `account.own`. Refuses a bad name with [`Problem::Invalid`].
#[server(name = UpdateProfile, prefix = "/api", endpoint = "account/update_profile")]
pub async fn update_profile(
    /// 1 to 120 characters.
    name: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::people::rename_self(&services, &ctx, &name).await.map_err(shell::told(&ctx))
}

/// Changes the own password and ends every other session.
///
/// **Needs** `account.own`. Refuses with [`Problem::Invalid`] on `old_password` or `new_password`, with [`Problem::Busy`] after too many
/// failures.
#[server(name = ChangePassword, prefix = "/api", endpoint = "account/change_password")]
pub async fn change_password(
    /// The present one.
    old_password: String,
    /// The new one.
    new_password: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::change_password(&services, &ctx, secret(old_password), secret(new_password)).await.map_err(shell::told(&ctx))
}

/// Every browser the person is signed in with.
///
/// **Needs** `account.own`.
#[server(name = ListSessions, prefix = "/api", endpoint = "account/list_sessions")]
pub async fn list_sessions() -> Result<Vec<Session>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::list_sessions(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Ends one session.
///
/// **Needs** `account.own`. [`Problem::NotFound`] when it is not one of the caller's.
#[server(name = RevokeSession, prefix = "/api", endpoint = "account/revoke_session")]
pub async fn revoke_session(
    /// Which.
    id: SessionId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::revoke_session(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Ends every session but this one.
///
/// **Needs** `account.own`.
#[server(name = RevokeOtherSessions, prefix = "/api", endpoint = "account/revoke_other_sessions")]
pub async fn revoke_other_sessions() -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::revoke_other_sessions(&services, &ctx).await.map(|_| ()).map_err(shell::told(&ctx))
}

/// The own API tokens, without their secrets.
///
/// **Needs** `token.own`.
#[server(name = ListTokens, prefix = "/api", endpoint = "account/list_tokens")]
pub async fn list_tokens() -> Result<Vec<ApiToken>, Problem> {
    let (services, ctx) = shell::authorise(Capability::TokenOwn).await?;
    services::people::list_tokens(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Makes an API token; the answer is the only place its secret ever stands.
///
/// **Needs** `token.own`. Refuses with [`Problem::Invalid`] a bad name, an empty choice, and capabilities that the caller lacks.
#[server(name = CreateToken, prefix = "/api", endpoint = "account/create_token")]
pub async fn create_token(
    /// To tell it apart.
    name: String,
    /// What it may do at most.
    #[server(default)]
    capabilities: Vec<Capability>,
) -> Result<NewToken, Problem> {
    let (services, ctx) = shell::authorise(Capability::TokenOwn).await?;
    services::people::create_token(&services, &ctx, name, capabilities).await.map_err(shell::told(&ctx))
}

/// Makes an own API token useless, at once.
///
/// **Needs** `token.own`. [`Problem::NotFound`] when it is not one of the caller's.
#[server(name = RevokeToken, prefix = "/api", endpoint = "account/revoke_token")]
pub async fn revoke_token(
    /// Which.
    id: TokenId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::TokenOwn).await?;
    services::people::revoke_token(&services, &ctx, id).await.map_err(shell::told(&ctx))
}
