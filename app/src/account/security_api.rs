//! Server functions of the own second factors. What changes them asks for a proof of the last ten minutes and for a session: an API token
//! is refused with [`Problem::Conflict`].

use leptos::prelude::*;
use model::{
    Problem,
    auth::{Security, SignInEvent},
    ids::PasskeyId,
};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability, services::ctx::secret};

/// Password, app, passkeys and recovery codes of the own account.
///
/// **Needs** `account.own`.
#[server(name = GetSecurity, prefix = "/api", endpoint = "account/security")]
pub async fn security() -> Result<Security, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::security(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// The own sign-ins of the last 90 days, newest first.
///
/// **Needs** `account.own`.
#[server(name = SignInHistory, prefix = "/api", endpoint = "account/sign_in_history")]
pub async fn sign_in_history() -> Result<Vec<SignInEvent>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::own_history(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Proves again who it is; that counts for ten minutes.
///
/// **Needs** `account.own`. Refuses with [`Problem::Invalid`] on `password`, with [`Problem::Busy`] after too many tries.
#[server(name = ConfirmIdentity, prefix = "/api", endpoint = "account/confirm_identity")]
pub async fn confirm_identity(
    /// Password, code of the app or recovery code.
    password: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::confirm_identity(&services, &ctx, secret(password)).await.map_err(shell::told(&ctx))
}

/// Makes a secret for an authenticator app; [`GetSecurity`] shows it until it is confirmed.
///
/// **Needs** `account.own`. Refuses with [`Problem::Conflict`] when there is an app already.
#[server(name = StartTotp, prefix = "/api", endpoint = "account/start_totp")]
pub async fn start_totp() -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::start_totp(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Takes the app's first code; from then on it is asked for. Answers with recovery codes when there were none.
///
/// **Needs** `account.own`. Refuses with [`Problem::Invalid`] on `code`.
#[server(name = ConfirmTotp, prefix = "/api", endpoint = "account/confirm_totp")]
pub async fn confirm_totp(
    /// Six digits.
    code: String,
) -> Result<Vec<String>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::confirm_totp(&services, &ctx, &code).await.map_err(shell::told(&ctx))
}

/// Takes the app off, if there is one.
///
/// **Needs** `account.own`.
#[server(name = RemoveTotp, prefix = "/api", endpoint = "account/remove_totp")]
pub async fn remove_totp() -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::remove_totp(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Puts new recovery codes in the place of the old ones; the answer is the only place they ever stand.
///
/// **Needs** `account.own`. Refuses with [`Problem::Conflict`] without a second factor.
#[server(name = NewRecoveryCodes, prefix = "/api", endpoint = "account/new_recovery_codes")]
pub async fn new_recovery_codes() -> Result<Vec<String>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::new_recovery_codes(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// What the browser makes a passkey with, as JSON for `PublicKeyCredential.parseCreationOptionsFromJSON`.
///
/// **Needs** `account.own`. Refuses with [`Problem::Invalid`] on `passkey` where there can be none.
#[server(name = NewPasskeyOptions, prefix = "/api", endpoint = "account/passkey_options")]
pub async fn new_passkey_options() -> Result<String, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::registration_options(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// Adds the passkey that the browser made. Answers with recovery codes when there were none.
///
/// **Needs** `account.own`. Refuses with [`Problem::Invalid`] on `name` or `passkey`.
#[server(name = AddPasskey, prefix = "/api", endpoint = "account/add_passkey")]
pub async fn add_passkey(
    /// 1 to 60 characters.
    name: String,
    /// What the browser answered, as JSON.
    answer: String,
) -> Result<Vec<String>, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::add_passkey(&services, &ctx, &name, &answer).await.map_err(shell::told(&ctx))
}

/// Gives one of the own passkeys another name.
///
/// **Needs** `account.own`. Refuses with [`Problem::Invalid`] on `name`, with [`Problem::NotFound`] when it is not the caller's.
#[server(name = RenamePasskey, prefix = "/api", endpoint = "account/rename_passkey")]
pub async fn rename_passkey(
    /// Which.
    passkey: PasskeyId,
    /// 1 to 60 characters.
    name: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::rename_passkey(&services, &ctx, passkey, &name).await.map_err(shell::told(&ctx))
}

/// Removes one of the own passkeys.
///
/// **Needs** `account.own`. Refuses with [`Problem::NotFound`] when it is not the caller's.
#[server(name = RemovePasskey, prefix = "/api", endpoint = "account/remove_passkey")]
pub async fn remove_passkey(
    /// Which.
    passkey: PasskeyId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::remove_passkey(&services, &ctx, passkey).await.map_err(shell::told(&ctx))
}
