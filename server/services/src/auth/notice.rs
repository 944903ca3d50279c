//! A mail to somebody whose account was entered with a browser that it had not been entered with before.

use ::store::{
    Tx,
    jobs::{self, NewJob},
};
use model::auth::SignInMethod;

use super::{recognise::Account, store};
use crate::{
    Fault, Principal, RequestInfo, Services,
    people::post_office::{self, Letter},
};

/// Queue of what is to be told.
pub(super) const QUEUE: &str = "auth.notice";

/// Writes a job when this browser is new to the account, in the transaction of the sign-in and before its line of history. The first sign-in of
/// all is nothing to tell.
pub(super) async fn note(tx: &mut Tx, services: &Services, account: &Account, info: &RequestInfo, method: SignInMethod) -> Result<(), Fault> {
    let (seen, same) = store::browsers_seen(tx, account.tenant, account.user, &info.user_agent).await?;
    if seen == 0 || same > 0 {
        return Ok(());
    }
    let now = services.now();
    let payload = serde_json::json!({
        "tenant": account.tenant, "user": account.user, "at_micros": now,
        "remote_address": info.remote_address, "user_agent": info.user_agent, "method": method.label(),
    });
    let job = NewJob {
        id: services.entropy.uuid(now).to_string(),
        queue: QUEUE,
        payload: payload.to_string(),
        run_at_micros: now,
        unique_key: None,
        now_micros: now,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

#[derive(serde::Deserialize)]
struct Entered {
    tenant: model::ids::TenantId,
    user: model::ids::UserId,
    at_micros: i64,
    remote_address: String,
    user_agent: String,
    method: String,
}

/// Sends the mail of a job, if the account is still there and its organisation has an address to send from.
pub(super) async fn answer(services: &Services, payload: &str) -> Result<(), Fault> {
    let entered: Entered = serde_json::from_str(payload).map_err(|_| Fault::Stored { place: "job.payload" })?;
    let Some(account) = store::account_by_id(&services.db, entered.tenant, entered.user).await? else { return Ok(()) };
    let zone = account.zone()?;
    let at = zone.stamp(entered.at_micros).text;
    let browser = if entered.user_agent.is_empty() { "a program that does not name itself" } else { entered.user_agent.as_str() };
    let letter = Letter::with_link(
        &account.email,
        "New sign-in to your account",
        &[
            &format!("Your account at {} was signed in to with a browser that it had not been used with before.", account.tenant_name),
            &format!("{at} ({}), from {}, with {browser}. How: {}.", zone.name(), entered.remote_address, entered.method.to_lowercase()),
        ],
        "See where you are signed in",
        &format!("{}/account?tab=sessions", services.settings.public_url),
        &["If it was not you, end that session there and change your password."],
    );
    post_office::send(services, &Principal::system(account.tenant, zone), letter).await?;
    Ok(())
}
