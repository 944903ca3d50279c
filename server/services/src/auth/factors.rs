//! Second factors of an account: an app that shows codes, recovery codes, and what the account's page shows of all.
//!
//! Recovery codes are 75 random bits, more than the 64 that NIST SP 800-63B-4 section 4.2.1.1 asks for; too many to try, so a plain hash that
//! names the account is kept of them.

use ::store::Tx;
use model::{
    Problem,
    auth::{RECOVERY_CODES, Security, TotpSetup},
    ids::{TenantId, UserId},
};

use super::{
    fingerprint,
    passkeys::{self, relying_party},
    policy, recent, sessions, store, throttle, totp,
};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Change, Event},
    people,
};

/// Letters of a recovery code, in three groups of five.
const CODE_LETTERS: usize = 15;

/// What proved the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Used {
    /// A code of the app.
    Totp,
    /// A recovery code, which is gone now.
    Recovery,
}

fn secret_place(user: UserId) -> String {
    format!("auth_totp/secret/{user}")
}

/// The hash of a recovery code however it was typed: case, gaps and the digits that look like letters do not matter.
fn code_hash(user: UserId, typed: &str) -> Option<String> {
    let letters = typed.chars().filter(|c| c.is_alphanumeric()).take(CODE_LETTERS + 1).map(|c| match c.to_ascii_lowercase() {
        '0' => 'o',
        '1' => 'l',
        other => other,
    });
    let letters: String = letters.collect();
    (letters.chars().count() == CODE_LETTERS).then(|| fingerprint(&format!("{user}:{letters}")))
}

/// Whether the account has a second factor. Recovery codes alone are none.
pub(super) async fn has_any(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<bool, Fault> {
    let confirmed = store::totp_in(tx, tenant, user).await?.is_some_and(|totp| totp.confirmed_micros.is_some());
    Ok(confirmed || store::count_passkeys(tx, tenant, user).await? > 0)
}

/// Uses a typed code up, in the caller's transaction: a code of the app or a recovery code. `None` when it is neither, or was used before; of
/// parallel uses of one code exactly one succeeds.
pub(super) async fn use_up(tx: &mut Tx, services: &Services, tenant: TenantId, user: UserId, typed: &str) -> Result<Option<Used>, Fault> {
    let now = services.now();
    if let Some(digits) = totp::digits(typed) {
        let Some(row) = store::totp_in(tx, tenant, user).await?.filter(|row| row.confirmed_micros.is_some()) else { return Ok(None) };
        let secret = services.secrets.unseal(&row.sealed, &secret_place(user))?;
        let Some(step) = totp::matching_step(secret.expose(), &digits, now, row.last_step) else { return Ok(None) };
        return Ok(store::use_step(tx, tenant, user, step).await?.then_some(Used::Totp));
    }
    let Some(hash) = code_hash(user, typed) else { return Ok(None) };
    Ok(store::use_code(tx, tenant, user, &hash, now).await?.then_some(Used::Recovery))
}

/// The security of the caller's account.
///
/// # Errors
/// [`Problem::NotFound`] for background work, which is nobody.
pub async fn security(services: &Services, ctx: &Ctx) -> Result<Security, Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let recent = recent::is_recent(services, ctx).await?;
    let row = people::store::find(&services.db, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    let app = store::totp(&services.db, ctx.tenant(), user).await?;
    let totp = app.as_ref().and_then(|app| app.confirmed_micros);
    let pending = match app.filter(|app| app.confirmed_micros.is_none() && recent) {
        Some(app) => setup(services, ctx, user, &app.sealed)?,
        None => None,
    };
    let passkeys = passkeys::list(services, ctx, user).await?;
    let policy = store::policy(&services.db, ctx.tenant()).await?.filter(|policy| policy.required);
    let due = policy.filter(|_| totp.is_none() && passkeys.is_empty());
    let due = due.map(|policy| policy::due_micros(policy.since_micros, row.created_micros, policy.grace_days));
    Ok(Security {
        password: row.password_hash.is_some(),
        recent,
        totp: ctx.zone().stamp_opt(totp),
        pending,
        passkeys,
        no_passkeys: relying_party(services).err().unwrap_or_default(),
        recovery_left: u32::try_from(store::codes_left(&services.db, ctx.tenant(), user).await?).unwrap_or(0),
        due: ctx.zone().stamp_opt(due),
        overdue: due.is_some_and(|due| due <= services.now()),
    })
}

fn setup(services: &Services, ctx: &Ctx, user: UserId, sealed: &[u8]) -> Result<Option<TotpSetup>, Fault> {
    let secret = services.secrets.unseal(sealed, &secret_place(user))?;
    let uri = totp::address(secret.expose(), &format!("Switchboard {}", ctx.tenant_name()), ctx.email());
    let letters = totp::base32(secret.expose());
    let groups: Vec<String> = letters.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    // A name is at most 120 characters, so the address fits.
    Ok(totp::picture(&uri).map(|qr| TotpSetup { secret: groups.join(" "), uri, qr }))
}

/// Makes a secret for an app. It counts for nothing until [`confirm_totp`].
///
/// # Errors
/// [`Problem::Conflict`] for an API token, and when there is an app already; [`Problem::Forbidden`] when the caller has not confirmed who they are.
pub async fn start_totp(services: &Services, ctx: &Ctx) -> Result<(), Fault> {
    let user = recent::require(services, ctx).await?;
    let secret = services.entropy.bytes::<{ totp::SECRET_BYTES }>();
    let sealed = services.secrets.seal(&secret, &secret_place(user), services.entropy.bytes())?;
    let mut tx = services.db.write().await?;
    if !store::put_totp(&mut tx, ctx.tenant(), user, &sealed, services.now()).await? {
        return Err(Problem::Conflict { what: "There is an authenticator app already; remove it first.".into() }.into());
    }
    tx.commit().await?;
    Ok(())
}

/// Takes the first code of the app; from then on it is asked for. Other sessions end. Gives recovery codes when there are none yet, the only
/// time they are shown.
///
/// # Errors
/// [`Problem::Invalid`] on `code`; [`Problem::Busy`] after too many wrong ones; as [`start_totp`].
pub async fn confirm_totp(services: &Services, ctx: &Ctx, code: &str) -> Result<Vec<String>, Fault> {
    let wrong = || Problem::field("code", "This code is not right. Check the clock of the device, and type the code it shows now.");
    let digits = totp::digits(code).ok_or_else(wrong)?;
    let user = recent::require(services, ctx).await?;
    let keys = throttle::keys_of_second_step(user);
    throttle::count(services, &keys).await?;
    let now = services.now();
    let mut tx = services.db.write().await?;
    let row = store::totp_in(&mut tx, ctx.tenant(), user).await?.filter(|row| row.confirmed_micros.is_none()).ok_or_else(wrong)?;
    let secret = services.secrets.unseal(&row.sealed, &secret_place(user))?;
    let step = totp::matching_step(secret.expose(), &digits, now, row.last_step).ok_or_else(wrong)?;
    if !store::use_step(&mut tx, ctx.tenant(), user, step).await? || !store::confirm_totp(&mut tx, ctx.tenant(), user, now).await? {
        return Err(wrong().into());
    }
    throttle::succeeded(&mut tx, &keys, now).await?;
    let codes = first_codes(&mut tx, services, ctx, user).await?;
    changed(&mut tx, services, ctx, "auth.totp.added", vec![audit::secret("authenticator_app", false, true)]).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes the app off. Other sessions end.
///
/// # Errors
/// As [`start_totp`].
pub async fn remove_totp(services: &Services, ctx: &Ctx) -> Result<(), Fault> {
    let user = recent::require(services, ctx).await?;
    let mut tx = services.db.write().await?;
    if store::remove_totp(&mut tx, ctx.tenant(), user).await? {
        drop_lonely_codes(&mut tx, ctx.tenant(), user).await?;
        changed(&mut tx, services, ctx, "auth.totp.removed", vec![audit::secret("authenticator_app", true, false)]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Recovery codes stand in for a factor; without one they are nothing.
pub(super) async fn drop_lonely_codes(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<(), Fault> {
    if !has_any(tx, tenant, user).await? {
        store::remove_codes(tx, tenant, user).await?;
    }
    Ok(())
}

/// Makes recovery codes with the first factor; none when there are some.
pub(super) async fn first_codes(tx: &mut Tx, services: &Services, ctx: &Ctx, user: UserId) -> Result<Vec<String>, Fault> {
    if store::codes_left_in(tx, ctx.tenant(), user).await? > 0 { Ok(Vec::new()) } else { make_codes(tx, services, ctx, user).await }
}

async fn make_codes(tx: &mut Tx, services: &Services, ctx: &Ctx, user: UserId) -> Result<Vec<String>, Fault> {
    let now = services.now();
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| [(); 3].map(|()| services.entropy.word(CODE_LETTERS / 3)).join("-")).collect();
    let rows = codes.iter().filter_map(|code| Some((services.entropy.uuid(now), code_hash(user, code)?))).collect();
    store::put_codes(tx, ctx.tenant(), user, rows, now).await?;
    Ok(codes)
}

/// Puts new recovery codes in the place of the old ones, and shows them this once.
///
/// # Errors
/// As [`start_totp`]; [`Problem::Conflict`] also when there is no second factor that they could stand in for.
pub async fn new_recovery_codes(services: &Services, ctx: &Ctx) -> Result<Vec<String>, Fault> {
    let user = recent::require(services, ctx).await?;
    let mut tx = services.db.write().await?;
    if !has_any(&mut tx, ctx.tenant(), user).await? {
        return Err(Problem::Conflict { what: "Add an authenticator app or a passkey first; recovery codes stand in for it.".into() }.into());
    }
    let had = store::codes_left_in(&mut tx, ctx.tenant(), user).await? > 0;
    let codes = make_codes(&mut tx, services, ctx, user).await?;
    changed(&mut tx, services, ctx, "auth.recovery_codes.made", vec![audit::secret("recovery_codes", had, true)]).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Writes the entry about a changed factor of the caller and ends their other sessions, in the transaction of the change.
pub(super) async fn changed(tx: &mut Tx, services: &Services, ctx: &Ctx, action: &'static str, changes: Vec<Change>) -> Result<(), Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    store::end_sessions_of(tx, ctx.tenant(), user, sessions::current(ctx), services.now()).await?;
    store::end_pending(tx, ctx.tenant(), user).await?;
    let event = Event { action, subject_kind: "user", subject_id: user.to_string(), subject_name: ctx.name().to_owned(), changes };
    audit::record(tx, services, ctx, event).await
}

/// Takes every second factor off somebody else's account, who lost them, and ends their sessions. For owners.
///
/// # Errors
/// [`Problem::NotFound`] for somebody of another tenant; [`Problem::Forbidden`] for one's own account, for callers who are no owner, and when the
/// caller has not confirmed who they are; [`Problem::Conflict`] for an API token.
pub async fn reset_factors(services: &Services, ctx: &Ctx, user: UserId) -> Result<(), Fault> {
    let row = people::store::find(&services.db, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    if ctx.role() != model::people::Role::Owner {
        return Err(Problem::Forbidden { why: "Only owners take somebody's second factors off.".into() }.into());
    }
    let caller = recent::require(services, ctx).await?;
    if caller == user {
        return Err(Problem::Forbidden { why: "Change your own second factors under Account, Security.".into() }.into());
    }
    let mut tx = services.db.write().await?;
    let app = store::remove_totp(&mut tx, ctx.tenant(), user).await?;
    let passkeys = store::remove_passkeys(&mut tx, ctx.tenant(), user).await?;
    let codes = store::remove_codes(&mut tx, ctx.tenant(), user).await?;
    store::end_sessions_of(&mut tx, ctx.tenant(), user, None, services.now()).await?;
    store::end_pending(&mut tx, ctx.tenant(), user).await?;
    let mut changes = audit::diff(&[("passkeys", passkeys.to_string())], &[("passkeys", "0".into())]);
    changes.extend([audit::secret("authenticator_app", app, false), audit::secret("recovery_codes", codes > 0, false)]);
    let event = Event { action: "auth.factors.reset", subject_kind: "user", subject_id: user.to_string(), subject_name: row.name, changes };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes everything off that a deleted person could have signed in with besides the password: their app, passkeys and recovery codes, and what
/// waits for them.
pub(crate) async fn forget(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<(), Fault> {
    store::remove_totp(tx, tenant, user).await?;
    store::remove_passkeys(tx, tenant, user).await?;
    store::remove_codes(tx, tenant, user).await?;
    store::end_pending(tx, tenant, user).await
}

/// The code an app would show now; for tests that sign in.
#[cfg(test)]
pub(super) async fn shown_code(services: &Services, tenant: TenantId, user: UserId) -> String {
    let row = store::totp(&services.db, tenant, user).await.unwrap().unwrap();
    let secret = services.secrets.unseal(&row.sealed, &secret_place(user)).unwrap();
    totp::code(secret.expose(), totp::step_at(services.now()))
}
