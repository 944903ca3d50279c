//! Server functions around a forgotten password, and what somebody who manages people does about another's sign-in.

use leptos::prelude::*;
use model::{Problem, auth::SignInEvent, ids::UserId};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability, services::ctx::secret};

/// Sends a link to choose a new password, if there is an account with this address; the answer is the same if there is none.
///
/// **Public.** Refuses with [`Problem::Busy`] after too many askings.
#[server(name = ForgotPassword, prefix = "/api", endpoint = "auth/forgot_password")]
pub async fn forgot_password(
    /// Address.
    email: String,
) -> Result<(), Problem> {
    let (services, info) = shell::public().await?;
    services::auth::ask_for_reset(&services, &email, &info).await.map_err(|fault| fault.into_problem(&info.request_id))?;
    // Beside the answer: how long it takes tells nobody anything. What is left undone, the housekeeping does.
    leptos::task::spawn(async move {
        if let Err(fault) = services::auth::send_due_mail(&services).await {
            tracing::warn!(error = %services::error::chain(&fault), "mail of sign-in waits for the next round");
        }
    });
    Ok(())
}

/// The address whose password the holder of a link may choose; `None` when the link does not work.
///
/// **Public**, with the token from the link.
#[server(name = ResetOpen, prefix = "/api", endpoint = "auth/reset_open")]
pub async fn reset_open(
    /// From the link.
    token: String,
) -> Result<Option<String>, Problem> {
    let (services, info) = shell::public().await?;
    services::auth::reset_open(&services, &token).await.map_err(|fault| fault.into_problem(&info.request_id))
}

/// Chooses a new password and ends every session of the person. Answers with the path to go to.
///
/// **Public**, with the token from the link. Refuses with [`Problem::Invalid`] on `password`, also when the link does not work any more.
#[server(name = ResetPassword, prefix = "/api", endpoint = "auth/reset_password")]
pub async fn reset_password(
    /// From the link.
    token: String,
    /// The new one.
    password: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let done = services::auth::finish_reset(&services, &token, secret(password), &info).await;
    done.map_err(|fault| fault.into_problem(&info.request_id))?;
    Ok("/sign-in?reset=done".into())
}

/// The sign-ins of one person, newest first.
///
/// **Needs** `people.write`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = PersonHistory, prefix = "/api", endpoint = "auth/person_history")]
pub async fn person_history(
    /// Whose.
    user: UserId,
) -> Result<Vec<SignInEvent>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::auth::person_history(&services, &ctx, user).await.map_err(shell::told(&ctx))
}

/// Takes every second factor off somebody's account and ends their sessions.
///
/// **Needs** `people.write`, and to be an owner. Refuses with [`Problem::NotFound`], with [`Problem::Forbidden`] the own account and callers who have not
/// confirmed who they are, with [`Problem::Conflict`] API tokens.
#[server(name = ResetFactors, prefix = "/api", endpoint = "auth/reset_factors")]
pub async fn reset_factors(
    /// Whose.
    user: UserId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::auth::reset_factors(&services, &ctx, user).await.map_err(shell::told(&ctx))
}

/// Makes a link with which somebody chooses a new password; the answer is the only place it ever stands.
///
/// **Needs** `people.write`. Refuses as [`ResetFactors`] does, and with [`Problem::Conflict`] an account that is deactivated.
#[server(name = ResetLink, prefix = "/api", endpoint = "auth/reset_link")]
pub async fn reset_link(
    /// For whom.
    user: UserId,
) -> Result<String, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::auth::reset_link(&services, &ctx, user).await.map_err(shell::told(&ctx))
}
