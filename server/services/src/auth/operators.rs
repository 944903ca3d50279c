//! Operators' sessions: a cookie and a table of their own, the same brake on guessing as for people.

use ::store::SecretText;
use model::{Problem, email::address::normalise};

use super::{fingerprint, password, throttle};
use crate::{
    Fault, RequestInfo, Services,
    clock::{HOUR, MINUTE},
    operator::{Pass, store},
};

/// An operator's session that nobody used for this long ends.
const IDLE_MICROS: i64 = 2 * HOUR;
/// It ends at the latest after this long: a working day.
pub(crate) const ABSOLUTE_MICROS: i64 = 12 * HOUR;
/// "Last used" is written at most this often.
const TOUCH_EVERY_MICROS: i64 = MINUTE;
/// Longest stored `User-Agent`, in characters.
const USER_AGENT_CHARS: usize = 200;

/// A sign-in that worked.
pub struct OperatorSignedIn {
    /// The value for the operators' cookie; it exists nowhere else.
    pub cookie_secret: SecretText,
    /// When the session ends at the latest, in microseconds UTC.
    pub expires_micros: i64,
}

/// Signs an operator in.
///
/// # Errors
/// [`Problem::Invalid`] on `email` with one sentence for every reason; [`Problem::Busy`] after too many attempts.
pub async fn sign_in_operator(services: &Services, email: &str, secret: SecretText, info: &RequestInfo) -> Result<OperatorSignedIn, Fault> {
    let keys = keys(email, &info.remote_address);
    throttle::count(services, &keys).await?;
    let account = store::by_email(&services.db, &normalise(email)).await?.filter(|account| account.active);
    let again = secret.duplicate();
    let verdict = password::verify(services, secret, account.as_ref().map(|account| account.password_hash.clone())).await?;
    let Some(account) = account.filter(|_| verdict.matches) else {
        tracing::info!(request = %info.request_id, "operator sign-in refused");
        return Err(refused().into());
    };
    let rehashed = if verdict.outdated { Some(password::hash(services, again).await?) } else { None };
    let now = services.now();
    let secret = services.entropy.secret();
    let user_agent: String = info.user_agent.chars().take(USER_AGENT_CHARS).collect();
    let session = store::NewSession {
        id: services.entropy.uuid(now),
        operator: account.id,
        secret_hash: &fingerprint(&secret),
        remote_address: &info.remote_address,
        user_agent: &user_agent,
        now,
        expires_micros: now + ABSOLUTE_MICROS,
    };
    let mut tx = services.db.write().await?;
    throttle::succeeded(&mut tx, &keys, now).await?;
    // Holds the row: whoever is shutting the account out or setting its password comes before or after, not in between.
    if !store::note_sign_in(&mut tx, &account, rehashed.as_deref(), now).await? {
        return Err(refused().into());
    }
    store::insert_session(&mut tx, &session).await?;
    tx.commit().await?;
    tracing::info!(operator = %account.email, request = %info.request_id, "an operator signed in");
    Ok(OperatorSignedIn { cookie_secret: SecretText::from(secret), expires_micros: session.expires_micros })
}

fn refused() -> Problem {
    Problem::field("email", "The address or the password is not right.")
}

/// As for people, but an operator's address is counted on its own: the same address may have an account in a tenant.
fn keys(email: &str, remote_address: &str) -> Vec<throttle::Key> {
    let mut keys = throttle::keys_of_sign_in(email, remote_address);
    if let Some(account) = keys.last_mut() {
        account.text = format!("operator:{}", account.text);
    }
    keys
}

/// Finds the operator who holds this cookie; `None` when the session has ended or the account is shut out.
///
/// # Errors
/// [`Fault::Store`].
pub async fn recognise_operator(services: &Services, secret: &str, info: RequestInfo) -> Result<Option<Pass>, Fault> {
    let now = services.now();
    let Some(found) = store::session_by_secret(&services.db, &fingerprint(secret), now, now - IDLE_MICROS).await? else { return Ok(None) };
    if now - found.last_seen_micros >= TOUCH_EVERY_MICROS
        && let Err(fault) = store::touch_session(services, found.session, &info.remote_address, now).await
    {
        // Not being able to note the last use must not turn a reader away.
        tracing::warn!(error = %crate::error::chain(&fault), "the last use was not noted");
    }
    Ok(Some(Pass::new(found, info)))
}

/// Ends the operator's session. Visits that it began go on: each has an end of its own.
///
/// # Errors
/// [`Fault::Store`].
pub async fn sign_out_operator(services: &Services, pass: &Pass) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    store::end_session(&mut tx, pass.session(), services.now()).await?;
    tx.commit().await?;
    Ok(())
}
