//! Server functions that begin and end a session.

use leptos::prelude::*;
use model::{
    Problem,
    auth::{SecondStep, sso::SsoEntrance},
};

#[cfg(feature = "ssr")]
use {
    crate::shell,
    model::{auth::FirstRun, people::Capability},
    services::{
        auth::{Entered, SignedIn},
        ctx::secret,
    },
    ui::ListUrl,
};

/// Takes address and password. Without a second factor this sets the session cookie; with one, a cookie for the second step. Answers with the
/// path to go to: `next` when it is a path on this server, the second step, or the setting up of a second factor.
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
    match done.map_err(|fault| fault.into_problem(&info.request_id))? {
        Entered::In(signed_in) => Ok(enter(&services, &signed_in, &next)),
        Entered::SecondStep(ticket) => {
            shell::begin_step(&services, &ticket);
            Ok(ListUrl::new("/sign-in/second", [("next", shell::local_path(&next).as_ref())]).href())
        }
    }
}

/// Hands the browser its session; where to go from here.
#[cfg(feature = "ssr")]
fn enter(services: &services::Services, signed_in: &SignedIn, next: &str) -> String {
    shell::begin_session(services, signed_in);
    shell::end_step();
    let next = shell::local_path(next);
    if signed_in.lead_to_factors { ListUrl::new("/account", [("tab", "security"), ("next", next.as_ref())]).href() } else { next.into_owned() }
}

/// What the second page of signing in may ask this browser for; `None` when its first step is over.
///
/// **Public**, with the ticket in the cookie.
#[server(name = SecondStepOpen, prefix = "/api", endpoint = "auth/second_step_open")]
pub async fn second_step_open() -> Result<Option<SecondStep>, Problem> {
    let (services, info) = shell::public().await?;
    let Some(ticket) = shell::step_ticket() else { return Ok(None) };
    services::auth::second_step_open(&services, &ticket).await.map_err(|fault| fault.into_problem(&info.request_id))
}

/// Finishes a sign-in with a code from an app or a recovery code. Answers with the path to go to.
///
/// **Public**, with the ticket in the cookie. Refuses with [`Problem::Invalid`] on `code`, and with [`Problem::Busy`] after too many tries.
#[server(name = FinishSecondStep, prefix = "/api", endpoint = "auth/second_step")]
pub async fn second_step(
    /// Six digits, or a recovery code.
    code: String,
    /// Where the person wanted to go.
    #[server(default)]
    next: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let ticket = shell::step_ticket().unwrap_or_default();
    let done = services::auth::second_step(&services, &ticket, &code, &info).await;
    let signed_in = done.map_err(|fault| fault.into_problem(&info.request_id))?;
    Ok(enter(&services, &signed_in, &next))
}

/// What a browser asks for a passkey with, as JSON for `PublicKeyCredential.parseRequestOptionsFromJSON`.
///
/// **Public.** Refuses with [`Problem::Invalid`] on `passkey` where there can be none.
#[server(name = PasskeyOptions, prefix = "/api", endpoint = "auth/passkey_options")]
pub async fn passkey_options() -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let done = services::auth::passkey_options(&services, shell::step_ticket().as_deref()).await;
    done.map_err(|fault| fault.into_problem(&info.request_id))
}

/// Signs in with a passkey, or finishes a sign-in with one. Answers with the path to go to.
///
/// **Public.** Refuses with [`Problem::Invalid`] on `passkey`, and with [`Problem::Busy`] after too many tries.
#[server(name = PasskeySignIn, prefix = "/api", endpoint = "auth/passkey_sign_in")]
pub async fn passkey_sign_in(
    /// What the browser answered, as JSON.
    answer: String,
    /// Where the person wanted to go.
    #[server(default)]
    next: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let done = services::auth::passkey_sign_in(&services, shell::step_ticket().as_deref(), &answer, &info).await;
    let signed_in = done.map_err(|fault| fault.into_problem(&info.request_id))?;
    Ok(enter(&services, &signed_in, &next))
}

/// The sign-in name of the organisation that lists the domain of an address and has single sign-on. It asks for no account.
///
/// **Public.** Refuses with [`Problem::Invalid`] on `email` when there is none, and with [`Problem::Busy`] after too many attempts.
#[server(name = FindSso, prefix = "/api", endpoint = "auth/find_sso")]
pub async fn find_sso(
    /// Address.
    #[server(default)]
    email: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    services::auth::sso::find(&services, &email, &info).await.map_err(|fault| fault.into_problem(&info.request_id))
}

/// What the page before a sign-in at an organisation's provider shows; nothing when no organisation is named.
///
/// **Public.** Refuses with [`Problem::Invalid`] on `organisation` when there is no single sign-on of this name.
#[server(name = GetSsoEntrance, prefix = "/api", endpoint = "auth/sso_entrance")]
pub async fn sso_entrance(
    /// The sign-in name; empty for none.
    #[server(default)]
    organisation: String,
) -> Result<Option<SsoEntrance>, Problem> {
    let (services, info) = shell::public().await?;
    if organisation.is_empty() {
        return Ok(None);
    }
    services::auth::sso::entrance(&services, &organisation).await.map(Some).map_err(|fault| fault.into_problem(&info.request_id))
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
