//! Server functions that begin and end a session.

use leptos::prelude::*;
use model::Problem;

#[cfg(feature = "ssr")]
use {
    crate::shell,
    model::{auth::FirstRun, people::Capability},
    services::ctx::secret,
};

/// Signs in and sets the session cookie. Answers with the path to go to: `next` when it is a path on this server.
///
/// **Public.** Refuses with [`Problem::Invalid`] on `email` (the same words for an unknown address and a wrong password) and with
/// [`Problem::Busy`] after too many failures.
#[server(name = SignIn, prefix = "/api", endpoint = "auth/sign_in")]
pub async fn sign_in(
    /// Address.
    email: String,
    /// Password.
    password: String,
    /// Where the person wanted to go.
    #[server(default)]
    next: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let done = services::auth::sign_in(&services, &email, secret(password), &info).await;
    let signed_in = done.map_err(|fault| fault.into_problem(&info.request_id))?;
    shell::begin_session(&services, &signed_in);
    Ok(shell::local_path(&next).into_owned())
}

/// Ends this session and takes the cookie away. Answers with the path to go to.
///
/// **Needs** `account.own`.
#[server(name = SignOut, prefix = "/api", endpoint = "auth/sign_out")]
pub async fn sign_out() -> Result<String, Problem> {
    let (services, ctx) = shell::authorise(Capability::AccountOwn).await?;
    services::auth::sign_out(&services, &ctx).await.map_err(shell::told(&ctx))?;
    shell::end_session();
    Ok("/sign-in".into())
}

/// Whether a first-run link still opens.
///
/// **Public.**
#[server(name = FirstRunOpen, prefix = "/api", endpoint = "auth/first_run_open")]
pub async fn first_run_open(
    /// From the link.
    token: String,
) -> Result<bool, Problem> {
    let (services, info) = shell::public().await?;
    services::auth::first_run_open(&services, &token).await.map_err(|fault| fault.into_problem(&info.request_id))
}

/// Makes the first tenant and its owner, and signs the owner in. Answers with the path to go to.
///
/// **Public**, with the token from the link. Refuses with [`Problem::Invalid`] naming every bad field at once, and with
/// [`Problem::NotFound`] when the link was replaced, [`Problem::Conflict`] when there is a tenant already.
#[server(name = FinishFirstRun, prefix = "/api", endpoint = "auth/finish_first_run")]
pub async fn finish_first_run(
    /// From the link.
    token: String,
    /// Name of the organisation.
    #[server(default)]
    tenant_name: String,
    /// IANA zone; empty means UTC.
    #[server(default)]
    time_zone: String,
    /// The owner's name.
    #[server(default)]
    name: String,
    /// The owner's address.
    #[server(default)]
    email: String,
    /// The owner's password.
    #[server(default)]
    password: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let form = FirstRun { tenant_name, time_zone, name, email, password };
    let done = services::auth::first_run(&services, &token, form, &info).await;
    let signed_in = done.map_err(|fault| fault.into_problem(&info.request_id))?;
    shell::begin_session(&services, &signed_in);
    Ok("/".into())
}
