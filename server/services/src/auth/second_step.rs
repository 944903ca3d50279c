//! Between the right password and the second factor: a ticket in the browser's cookie, good for a few minutes and a few tries.

use ::store::{SecretText, Tx};
use model::{
    Problem,
    auth::{SecondStep, SignInMethod},
};

use super::{
    factors::{self, Used},
    fingerprint, history,
    recognise::Account,
    sign_in::{SignedIn, open_session_by},
    store, throttle,
};
use crate::{Fault, RequestInfo, Services, clock::MINUTE};

/// How long the second step may take.
pub(super) const LIFETIME_MICROS: i64 = 10 * MINUTE;

/// Wrong codes until the password has to be typed again.
const TRIES: i64 = 5;

/// The right password was typed.
pub struct Ticket {
    /// The value for the step cookie; it exists nowhere else.
    pub cookie_secret: SecretText,
    /// When it ends, in microseconds UTC.
    pub expires_micros: i64,
}

/// The ticket is gone, used, stale or spoiled: one sentence for all.
pub(super) fn over() -> Problem {
    Problem::field("code", "This sign-in took too long or had too many tries. Start again with your password.")
}

/// Binds a ticket to the password as it is: a new one makes the ticket useless.
fn print_of(account: &Account) -> String {
    fingerprint(account.password_hash.as_deref().unwrap_or_default())
}

/// Makes a ticket in the transaction of the first step.
pub(super) async fn issue(tx: &mut Tx, services: &Services, account: &Account) -> Result<Ticket, Fault> {
    let secret = services.entropy.secret();
    let expires_micros = services.now() + LIFETIME_MICROS;
    let row = store::TicketRow { tenant: account.tenant, user: account.user, password_print: print_of(account), failures: 0 };
    store::put_ticket(tx, &fingerprint(&secret), &row, expires_micros).await?;
    Ok(Ticket { cookie_secret: SecretText::from(secret), expires_micros })
}

/// Whose ticket this is, when it is still good and the account is as it was.
pub(super) async fn holder(services: &Services, ticket: &str) -> Result<Option<Account>, Fault> {
    let Some(row) = store::ticket(&services.db, &fingerprint(ticket), services.now()).await? else { return Ok(None) };
    let account = store::account_by_id(&services.db, row.tenant, row.user).await?;
    Ok(account.filter(|account| row.failures < TRIES && print_of(account) == row.password_print))
}

/// What the second page may ask the holder of this ticket for; `None` when the ticket is over.
///
/// # Errors
/// [`Fault::Store`].
pub async fn second_step_open(services: &Services, ticket: &str) -> Result<Option<SecondStep>, Fault> {
    let Some(account) = holder(services, ticket).await? else { return Ok(None) };
    let totp = store::totp(&services.db, account.tenant, account.user).await?.is_some_and(|totp| totp.confirmed_micros.is_some());
    let passkey = !store::passkeys(&services.db, account.tenant, account.user).await?.is_empty();
    let recovery = store::codes_left(&services.db, account.tenant, account.user).await? > 0;
    Ok(Some(SecondStep { email: account.email, totp, passkey, recovery }))
}

/// Finishes a sign-in with a code from the app, or with a recovery code. Tries are counted for the ticket and for the account.
///
/// # Errors
/// [`Problem::Invalid`] on `code` when it is wrong or the ticket is over; [`Problem::Busy`] after too many tries.
pub async fn second_step(services: &Services, ticket: &str, code: &str, info: &RequestInfo) -> Result<SignedIn, Fault> {
    let account = holder(services, ticket).await?.ok_or_else(over)?;
    let keys = throttle::keys_of_second_step(account.user);
    throttle::count(services, &keys).await?;
    let hash = fingerprint(ticket);
    let mut tx = services.db.write().await?;
    let Some(used) = factors::use_up(&mut tx, services, account.tenant, account.user, code).await? else {
        store::spoil_ticket(&mut tx, &hash).await?;
        history::note(&mut tx, services, account.tenant, account.user, info, (SignInMethod::PasswordTotp, false)).await?;
        tx.commit().await?;
        return Err(Problem::field("code", "This code is not right, or was used before. Wait for the next one, or use a recovery code.").into());
    };
    let method = match used {
        Used::Totp => SignInMethod::PasswordTotp,
        Used::Recovery => SignInMethod::PasswordRecovery,
    };
    throttle::succeeded(&mut tx, &keys, services.now()).await?;
    let signed_in = enter(&mut tx, services, account, Some(ticket), info, method).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Uses the ticket up, if there is one, and opens the session.
pub(super) async fn enter(
    tx: &mut Tx,
    services: &Services,
    account: Account,
    ticket: Option<&str>,
    info: &RequestInfo,
    method: SignInMethod,
) -> Result<SignedIn, Fault> {
    if let Some(ticket) = ticket
        && !store::take_ticket(tx, &fingerprint(ticket)).await?
    {
        return Err(over().into());
    }
    // Holds the row: whoever is shutting the account out, or setting its password, comes before or after, not in between.
    let still = match ticket {
        Some(_) => store::note_sign_in(tx, &account, services.now()).await?,
        None => store::note_seen(tx, &account, services.now()).await?,
    };
    if !still {
        return Err(over().into());
    }
    open_session_by(tx, services, account, info, method).await
}
