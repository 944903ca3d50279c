//! Signing in with a password, and changing it.

use ::store::{SecretText, Tx};
use model::{Problem, auth::SignInMethod, email::address::normalise, people::Capability};

use super::{
    factors, history, notice, password, policy,
    recognise::Account,
    second_step::{self, Ticket},
    sessions, sso, store, throttle,
};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services,
    audit::{self, Event},
    ctx::Proof,
    people,
};

/// A sign-in that worked.
pub struct SignedIn {
    /// The value for the session cookie; it exists nowhere else.
    pub cookie_secret: SecretText,
    /// Who signed in.
    pub principal: Principal,
    /// When the session ends at the latest, in microseconds UTC: the cookie's lifetime.
    pub expires_micros: i64,
    /// The organisation requires a second factor, now or soon, and there is none: the person is to be led to setting one up.
    pub lead_to_factors: bool,
}

/// What a right password leads to.
#[expect(clippy::large_enum_variant, reason = "made once for each sign-in and taken apart at once")]
pub enum Entered {
    /// There is no second factor: signed in.
    In(SignedIn),
    /// There is one, and it comes next.
    SecondStep(Ticket),
}

/// The same sentence for every reason, so that it does not tell which addresses have accounts.
fn refused() -> Problem {
    Problem::field("email", "The address or the password is not right.")
}

/// Takes address and password. Attempts are counted per account and per network address before the password is looked at.
///
/// # Errors
/// [`Problem::Invalid`] on `email` with one sentence for an unknown address, a wrong password and an account that was shut
/// out, with another one where single sign-on is the only way in; [`Problem::Busy`] after too many attempts, whether the password is right or not.
pub async fn sign_in(services: &Services, email: &str, secret: SecretText, info: &RequestInfo) -> Result<Entered, Fault> {
    let keys = throttle::keys_of_sign_in(email, &info.remote_address);
    throttle::count(services, &keys).await?;
    let account = store::account_by_email(services, &normalise(email)).await?;
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let again = secret.duplicate();
    let verdict = password::verify(services, secret, stored).await?;
    if !verdict.matches {
        tracing::info!(request = %info.request_id, "sign-in refused");
        note_refusal(services, account, info).await?;
        return Err(refused().into());
    }
    let Some(account) = account else { return Err(refused().into()) };
    // Only whoever knows the password is told.
    if !sso::password_admits(services, account.tenant, account.role).await? {
        return Err(sso::only_way_in("email").into());
    }
    let rehashed = if verdict.outdated { Some(password::hash(services, again).await?) } else { None };
    let mut tx = services.db.write().await?;
    throttle::succeeded(&mut tx, &keys, services.now()).await?;
    let mut account = account;
    if let Some(hash) = rehashed {
        let old = account.password_hash.as_deref().unwrap_or_default();
        if store::replace_hash(&mut tx, account.tenant, account.user, old, &hash).await? {
            account.password_hash = Some(hash);
        }
    }
    if factors::has_any(&mut tx, account.tenant, account.user).await? {
        let ticket = second_step::issue(&mut tx, services, &account).await?;
        tx.commit().await?;
        return Ok(Entered::SecondStep(ticket));
    }
    // Holds the row: whoever is shutting the account out or setting its password comes before or after, not in between.
    if !store::note_sign_in(&mut tx, &account, services.now()).await? {
        return Err(refused().into());
    }
    let signed_in = open_session_by(&mut tx, services, account, info, SignInMethod::Password).await?;
    tx.commit().await?;
    Ok(Entered::In(signed_in))
}

/// Signs somebody in who has just chosen their password with an invitation, in the caller's transaction; `None` when no active account has the
/// address.
pub(crate) async fn enter(tx: &mut Tx, services: &Services, email: &str, info: &RequestInfo) -> Result<Option<SignedIn>, Fault> {
    let Some(account) = store::account_in(tx, &normalise(email)).await? else { return Ok(None) };
    if !store::note_sign_in(tx, &account, services.now()).await? {
        return Ok(None);
    }
    open_session_by(tx, services, account, info, SignInMethod::Password).await.map(Some)
}

/// A wrong password stands in the history of the account, if there is one; for any other address the same is done and rolled back, so that
/// timing tells nothing.
async fn note_refusal(services: &Services, account: Option<Account>, info: &RequestInfo) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    match account {
        Some(account) => {
            history::note(&mut tx, services, account.tenant, account.user, info, (SignInMethod::Password, false)).await?;
            tx.commit().await?;
        }
        None => tx.rollback().await?,
    }
    Ok(())
}

/// [`open_session_by`] for somebody whom another party vouched for.
pub(super) async fn open_session(tx: &mut Tx, services: &Services, account: Account, info: &RequestInfo) -> Result<SignedIn, Fault> {
    open_session_by(tx, services, account, info, SignInMethod::Elsewhere).await
}

/// Makes the session with its audit entry and its line of history in the caller's transaction.
pub(super) async fn open_session_by(
    tx: &mut Tx,
    services: &Services,
    account: Account,
    info: &RequestInfo,
    method: SignInMethod,
) -> Result<SignedIn, Fault> {
    let opened = sessions::open(tx, services, &account, info, method).await?;
    notice::note(tx, services, &account, info, method).await?;
    history::note(tx, services, account.tenant, account.user, info, (method, true)).await?;
    let lead_to_factors = method == SignInMethod::Password && policy::requires(tx, account.tenant).await?;
    let capabilities = account.position().capabilities();
    let principal = account.principal(Proof::Session(opened.id), capabilities, None, info.clone())?;
    let ctx = principal.clone().authorise(Capability::AccountOwn)?;
    let event = Event {
        action: "auth.session.started",
        subject_kind: "session",
        subject_id: opened.id.to_string(),
        subject_name: ctx.email().to_owned(),
        changes: audit::diff(&[], &[("method", method.label().to_owned())]),
    };
    audit::record(tx, services, &ctx, event).await?;
    Ok(SignedIn { cookie_secret: opened.secret, principal, expires_micros: opened.expires_micros, lead_to_factors })
}

/// Changes the caller's password and ends every other session of theirs: whoever knew the old one is out.
///
/// # Errors
/// [`Problem::Invalid`] on `old_password` (not the present one) or `new_password` (see [`password::judge`]); [`Problem::Busy`] after too
/// many wrong old ones; [`Problem::NotFound`] for background work; [`Problem::Conflict`] when it was changed meanwhile.
pub async fn change_password(services: &Services, ctx: &Ctx, old: SecretText, new: SecretText) -> Result<(), Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    if let Some(message) = password::judge(&new, ctx.email(), &[ctx.name(), ctx.tenant_name()]) {
        return Err(Problem::field("new_password", message).into());
    }
    let keys = throttle::keys_of_password_change(user);
    throttle::count(services, &keys).await?;
    let row = people::store::find(&services.db, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    let verdict = password::verify(services, old, row.password_hash.clone()).await?;
    if !verdict.matches {
        return Err(Problem::field("old_password", "This is not your present password.").into());
    }
    let hash = password::hash(services, new).await?;
    let now = services.now();
    let mut tx = services.db.write().await?;
    throttle::succeeded(&mut tx, &keys, now).await?;
    let old_hash = row.password_hash.unwrap_or_default();
    if !store::replace_hash(&mut tx, ctx.tenant(), user, &old_hash, &hash).await? {
        return Err(Problem::Conflict { what: "The password was changed meanwhile; try again.".into() }.into());
    }
    people::store::set_password(&mut tx, ctx.tenant(), user, &hash, now).await?;
    store::end_sessions_of(&mut tx, ctx.tenant(), user, sessions::current(ctx), now).await?;
    store::end_pending(&mut tx, ctx.tenant(), user).await?;
    let event = Event {
        action: "auth.password.changed",
        subject_kind: "user",
        subject_id: user.to_string(),
        subject_name: ctx.name().to_owned(),
        changes: vec![audit::secret("password", true, true)],
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}
