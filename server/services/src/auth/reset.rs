//! A new password by a link: sent by mail to whoever says they forgot theirs, or made by somebody who manages people.
//!
//! Asking by mail answers the same, and does the same work, whether anybody has the address: it writes a job, and the job finds out.

use ::store::{
    SecretText, Tx,
    jobs::{self, NewJob},
};
use model::{
    Problem,
    email::address::normalise,
    ids::{TenantId, UserId},
};

use super::{fingerprint, notice, password, recent, recognise::Account, sso, store, throttle};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services,
    audit::{self, Event},
    clock::MINUTE,
    error::chain,
    people::{
        self,
        post_office::{self, Letter},
        rules,
    },
};

/// How long a link works.
const LIFETIME_MICROS: i64 = 30 * MINUTE;
/// Queue of what was asked for.
const QUEUE: &str = "auth.reset";
/// Tries to hand the mail over.
const MAX_ATTEMPTS: i64 = 5;

/// Told to whoever holds a link, or may make one, where passwords are for owners alone.
const NO_PASSWORD: &str = "This organisation signs in with single sign-on only, so a password would open nothing. Sign in with its account.";

/// The link is unknown, used or stale: one sentence for all.
fn gone() -> Problem {
    Problem::field("password", "This link does not work any more: it was used, or it is older than half an hour. Ask for a new one.")
}

/// Takes note that somebody forgot the password of this address. The mail follows if there is such an account, and nobody is told whether.
///
/// # Errors
/// [`Problem::Busy`] after too many askings for the address or from the network address.
pub async fn ask_for_reset(services: &Services, email: &str, info: &RequestInfo) -> Result<(), Fault> {
    throttle::count(services, &throttle::keys_of_reset(email, &info.remote_address)).await?;
    let now = services.now();
    // No account has a longer address; the cut bounds the row.
    let email: String = normalise(email).chars().take(254).collect();
    let payload = serde_json::json!({ "email": email, "remote_address": info.remote_address, "request_id": info.request_id });
    let mut tx = services.db.write().await?;
    let job = NewJob {
        id: services.entropy.uuid(now).to_string(),
        queue: QUEUE,
        payload: payload.to_string(),
        run_at_micros: now,
        unique_key: None,
        now_micros: now,
    };
    jobs::enqueue(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

/// Hands over the mail that sign-in has to send: reset links and notices. How many that were. To be run after each asking, and now and then for
/// what a process left behind.
///
/// # Errors
/// [`Fault::Store`] when the database does not answer; what fails is tried again later.
pub async fn send_due_mail(services: &Services) -> Result<usize, Fault> {
    let mut done = 0;
    for queue in [QUEUE, notice::QUEUE] {
        let due = jobs::claim(&services.db, queue, &services.settings.process_name, 10, services.now(), MINUTE).await?;
        done += due.len();
        for job in &due {
            let outcome = if queue == QUEUE { answer(services, &job.payload).await } else { notice::answer(services, &job.payload).await };
            let mut tx = services.db.write().await?;
            match outcome {
                Ok(()) => jobs::complete(&mut tx, job).await?,
                Err(why) if job.attempt >= MAX_ATTEMPTS => jobs::fail(&mut tx, job, &chain(&why)).await?,
                Err(why) => jobs::retry(&mut tx, job, services.now() + MINUTE, &chain(&why)).await?,
            };
            tx.commit().await?;
        }
    }
    Ok(done)
}

/// Makes a link and sends it, if there is such an account and its organisation has an address to send from.
async fn answer(services: &Services, payload: &str) -> Result<(), Fault> {
    let asked: serde_json::Value = serde_json::from_str(payload).map_err(|_| Fault::Stored { place: "job.payload" })?;
    let text = |name: &str| asked.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let Some(account) = store::account_by_email(services, &text("email")).await? else { return Ok(()) };
    if post_office::asset(services, account.tenant).await?.is_none() {
        tracing::warn!(tenant = %account.tenant, "a reset link was asked for, and the organisation has no address to send it from");
        return Ok(());
    }
    let info = RequestInfo { remote_address: text("remote_address"), request_id: text("request_id"), ..RequestInfo::default() };
    let mut ctx = Principal::system(account.tenant, account.zone()?);
    ctx.came_from(info);
    if let Some(slug) = sso::only_way(services, account.tenant, account.role).await? {
        let link = format!("{}/sign-in/sso/{slug}", services.settings.public_url);
        post_office::send(services, &ctx, no_password(&account, &link)).await?;
        return Ok(());
    }
    let link = make_link(services, &ctx, &Target::of(&account), "mail").await?;
    post_office::send(services, &ctx, letter(&account, &link)).await?;
    Ok(())
}

/// To somebody whose password would open nothing.
fn no_password(account: &Account, link: &str) -> Letter {
    let who = format!("Somebody, probably you, asked for a new password for {} at {}.", account.email, account.tenant_name);
    Letter::with_link(
        &account.email,
        "Sign in with single sign-on",
        &[&who, "Your organisation signs in with single sign-on only, so there is no password to choose here. Sign in with its account:"],
        "Sign in with single sign-on",
        link,
        &["If you forgot the password of that account, whoever runs it can help. If it was not you, do nothing."],
    )
}

fn letter(account: &Account, link: &str) -> Letter {
    let who = format!("Somebody, probably you, asked for a new password for {} at {}.", account.email, account.tenant_name);
    Letter::with_link(
        &account.email,
        "Choose a new password",
        &[&who, "This link lets you choose one. It works once, within half an hour, and signs you out everywhere."],
        "Choose a new password",
        link,
        &["If it was not you, do nothing: your password stays as it is."],
    )
}

/// Whose password is to be chosen.
struct Target {
    tenant: TenantId,
    user: UserId,
    name: String,
}

impl Target {
    fn of(account: &Account) -> Self {
        Self { tenant: account.tenant, user: account.user, name: account.name.clone() }
    }
}

/// Makes a link that works once, and its audit entry.
async fn make_link(services: &Services, ctx: &Ctx, target: &Target, way: &str) -> Result<String, Fault> {
    let secret = services.entropy.secret();
    let now = services.now();
    let mut tx = services.db.write().await?;
    store::put_reset(&mut tx, target.tenant, target.user, &fingerprint(&secret), now, now + LIFETIME_MICROS).await?;
    record(&mut tx, services, ctx, "auth.password.reset_asked", target, audit::diff(&[], &[("link", way.to_owned())])).await?;
    tx.commit().await?;
    Ok(format!("{}/reset/{secret}", services.settings.public_url))
}

async fn record(
    tx: &mut Tx,
    services: &Services,
    ctx: &Ctx,
    action: &'static str,
    target: &Target,
    changes: Vec<audit::Change>,
) -> Result<(), Fault> {
    let event = Event { action, subject_kind: "user", subject_id: target.user.to_string(), subject_name: target.name.clone(), changes };
    audit::record(tx, services, ctx, event).await
}

/// Makes a link for somebody, to be given to them in a safe way. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`] for somebody of another tenant; [`Problem::Forbidden`] when they may do more than the caller, and when the caller has not
/// confirmed who they are; [`Problem::Conflict`] when they are deactivated or sign in with single sign-on only, and for an API token.
pub async fn reset_link(services: &Services, ctx: &Ctx, user: UserId) -> Result<String, Fault> {
    let row = people::store::find(&services.db, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    rules::may_change(ctx, &row)?;
    recent::require(services, ctx).await?;
    if !row.active {
        return Err(Problem::Conflict { what: "This account is deactivated; activate it first.".into() }.into());
    }
    if !sso::password_admits(services, ctx.tenant(), row.role).await? {
        return Err(Problem::Conflict { what: NO_PASSWORD.into() }.into());
    }
    make_link(services, ctx, &Target { tenant: ctx.tenant(), user, name: row.name }, "copied").await
}

/// For the command line: a link for the account with this address.
///
/// # Errors
/// [`Problem::Invalid`] on `email` when no active account has it, or it signs in with single sign-on only.
pub async fn reset_link_for(services: &Services, email: &str) -> Result<String, Fault> {
    let account = store::account_by_email(services, &normalise(email)).await?;
    let account = account.ok_or_else(|| Problem::field("email", "No active account has this address."))?;
    if !sso::password_admits(services, account.tenant, account.role).await? {
        return Err(Problem::field("email", NO_PASSWORD).into());
    }
    let ctx = Principal::system(account.tenant, account.zone()?);
    make_link(services, &ctx, &Target::of(&account), "command line").await
}

async fn target(services: &Services, secret: &str) -> Result<Option<Account>, Fault> {
    match store::reset(&services.db, &fingerprint(secret), services.now()).await? {
        Some((tenant, user)) => store::account_by_id(&services.db, tenant, user).await,
        None => Ok(None),
    }
}

/// The address whose password the holder of this link may choose; `None` when the link does not work (any more).
///
/// # Errors
/// [`Fault::Store`].
pub async fn reset_open(services: &Services, secret: &str) -> Result<Option<String>, Fault> {
    Ok(target(services, secret).await?.map(|account| account.email))
}

/// Sets the new password, uses the link up and ends every session of the person. A second factor is still asked for at the next sign-in.
///
/// # Errors
/// [`Problem::Invalid`] on `password`: too easily guessed, the link does not work any more, or single sign-on has become the only way in since it
/// was made. Of parallel uses of a link one succeeds.
pub async fn finish_reset(services: &Services, secret: &str, new: SecretText, info: &RequestInfo) -> Result<(), Fault> {
    let account = target(services, secret).await?.ok_or_else(gone)?;
    if !sso::password_admits(services, account.tenant, account.role).await? {
        return Err(Problem::field("password", NO_PASSWORD).into());
    }
    if let Some(message) = password::judge(&new, &account.email, &[account.name.as_str(), account.tenant_name.as_str()]) {
        return Err(Problem::field("password", message).into());
    }
    let hash = password::hash(services, new).await?;
    let now = services.now();
    let mut ctx = Principal::system(account.tenant, account.zone()?);
    ctx.came_from(info.clone());
    let mut tx = services.db.write().await?;
    if !store::take_reset(&mut tx, &fingerprint(secret)).await? {
        return Err(gone().into());
    }
    people::store::set_password(&mut tx, account.tenant, account.user, &hash, now).await?;
    store::end_sessions_of(&mut tx, account.tenant, account.user, None, now).await?;
    store::end_pending(&mut tx, account.tenant, account.user).await?;
    // Whoever guessed before has nothing to do with whoever holds the link.
    for key in throttle::keys_of_sign_in(&account.email, "") {
        store::clear(&mut tx, &key.text).await?;
    }
    let changes = vec![audit::secret("password", account.password_hash.is_some(), true)];
    record(&mut tx, services, &ctx, "auth.password.reset", &Target::of(&account), changes).await?;
    tx.commit().await?;
    Ok(())
}
