//! Passkeys: added and removed by their holder, used as the second step or instead of a password.

use model::{
    FieldProblem, Problem,
    auth::{PASSKEY_NAME_MAX_CHARS, Passkey, SignInMethod},
    ids::{PasskeyId, UserId},
};

use super::{
    factors, fingerprint, history, recent,
    second_step::{enter, holder, over},
    sign_in::SignedIn,
    sso, store, throttle,
    webauthn::{self, Holder, RelyingParty},
};
use crate::{Ctx, Fault, RequestInfo, Services, audit, clock::MINUTE};

/// How long a browser may take to answer a challenge.
const CHALLENGE_MICROS: i64 = 5 * MINUTE;

/// Passkeys of one person.
const MAX_PASSKEYS: i64 = 20;

/// What challenges are for: an answer to one is no answer to another.
const REGISTER: &str = "register";
const SECOND: &str = "second";
const ALONE: &str = "alone";

/// This installation as browsers see it, or why there can be no passkeys here.
pub(super) fn relying_party(services: &Services) -> Result<RelyingParty, String> {
    RelyingParty::of(&services.settings.public_url)
}

fn party(services: &Services) -> Result<RelyingParty, Problem> {
    relying_party(services).map_err(|why| Problem::field("passkey", why))
}

async fn challenge(services: &Services, purpose: &str, user: Option<UserId>) -> Result<String, Fault> {
    let challenge = services.entropy.secret();
    store::put_challenge(&services.db, &fingerprint(&challenge), purpose, user, services.now() + CHALLENGE_MICROS).await?;
    Ok(challenge)
}

fn stale() -> Problem {
    Problem::field("passkey", "This took too long. Try again.")
}

/// The caller's passkeys, oldest first.
pub(super) async fn list(services: &Services, ctx: &Ctx, user: UserId) -> Result<Vec<Passkey>, Fault> {
    let rows = store::passkeys(&services.db, ctx.tenant(), user).await?;
    let shown = rows.into_iter().map(|row| Passkey {
        id: row.id,
        name: row.name,
        synced: row.synced,
        created: ctx.zone().stamp(row.created_micros),
        last_used: ctx.zone().stamp_opt(row.last_used_micros),
    });
    Ok(shown.collect())
}

/// What the caller's browser makes a passkey with, as JSON.
///
/// # Errors
/// [`Problem::Invalid`] on `passkey` when there can be none here; [`Problem::Conflict`] for an API token; [`Problem::Forbidden`] when the caller has
/// not confirmed who they are.
pub async fn registration_options(services: &Services, ctx: &Ctx) -> Result<String, Fault> {
    let party = party(services)?;
    let user = recent::require(services, ctx).await?;
    let known: Vec<String> = store::passkeys(&services.db, ctx.tenant(), user).await?.into_iter().map(|row| row.credential_id).collect();
    let challenge = challenge(services, REGISTER, Some(user)).await?;
    let id = user.uuid();
    let holder = Holder { handle: id.as_bytes(), email: ctx.email(), name: ctx.name() };
    Ok(webauthn::creation_options(&party, &challenge, &holder, &known).to_string())
}

fn check_passkey_name(name: &str) -> Result<&str, Problem> {
    let name = name.trim();
    let sentence = if name.is_empty() {
        "Enter a name for the passkey, such as the device it is on.".to_owned()
    } else if name.chars().count() > PASSKEY_NAME_MAX_CHARS {
        format!("The name is longer than {PASSKEY_NAME_MAX_CHARS} characters; shorten it.")
    } else if name.chars().any(char::is_control) {
        "The name holds control characters; type it again.".to_owned()
    } else {
        return Ok(name);
    };
    Err(Problem::Invalid { fields: vec![FieldProblem { field: "name".into(), message: sentence }] })
}

/// Adds the passkey that the browser made. Other sessions end. Gives recovery codes when there are none yet, the only time they are shown.
///
/// # Errors
/// [`Problem::Invalid`] on `name`, or on `passkey` when the browser's answer does not hold; [`Problem::Conflict`] when there are too many, when it is
/// known already, and for an API token; [`Problem::Forbidden`] when the caller has not confirmed who they are.
pub async fn add_passkey(services: &Services, ctx: &Ctx, name: &str, answer: &str) -> Result<Vec<String>, Fault> {
    let name = check_passkey_name(name)?;
    let party = party(services)?;
    let (made, challenge) = webauthn::registration(answer, &party)?;
    let user = recent::require(services, ctx).await?;
    let now = services.now();
    if store::take_challenge(&services.db, &fingerprint(&challenge), now).await? != Some((REGISTER.to_owned(), Some(user))) {
        return Err(stale().into());
    }
    let id = PasskeyId::new(services.entropy.uuid(now));
    let mut tx = services.db.write().await?;
    if store::count_passkeys(&mut tx, ctx.tenant(), user).await? >= MAX_PASSKEYS {
        return Err(Problem::Conflict { what: format!("There are {MAX_PASSKEYS} passkeys already; remove one first.") }.into());
    }
    if !store::insert_passkey(&mut tx, ctx.tenant(), user, id, name, &made, now).await? {
        return Err(Problem::Conflict { what: "This passkey has been added before.".into() }.into());
    }
    let codes = factors::first_codes(&mut tx, services, ctx, user).await?;
    factors::changed(&mut tx, services, ctx, "auth.passkey.added", audit::diff(&[], &[("passkey", name.to_owned())])).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Gives one of the caller's passkeys another name.
///
/// # Errors
/// [`Problem::Invalid`] on `name`; [`Problem::NotFound`] when it is not the caller's.
pub async fn rename_passkey(services: &Services, ctx: &Ctx, id: PasskeyId, name: &str) -> Result<(), Fault> {
    let name = check_passkey_name(name)?;
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let mut tx = services.db.write().await?;
    let before = store::rename_passkey(&mut tx, ctx.tenant(), user, id, name).await?.ok_or(Problem::NotFound)?;
    let changes = audit::diff(&[("passkey", before)], &[("passkey", name.to_owned())]);
    if !changes.is_empty() {
        let event = audit::Event {
            action: "auth.passkey.renamed",
            subject_kind: "user",
            subject_id: user.to_string(),
            subject_name: ctx.name().to_owned(),
            changes,
        };
        audit::record(&mut tx, services, ctx, event).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Removes one of the caller's passkeys. Other sessions end.
///
/// # Errors
/// [`Problem::NotFound`] when it is not the caller's; [`Problem::Conflict`] for an API token; [`Problem::Forbidden`] when the caller has not confirmed
/// who they are.
pub async fn remove_passkey(services: &Services, ctx: &Ctx, id: PasskeyId) -> Result<(), Fault> {
    let user = recent::require(services, ctx).await?;
    let mut tx = services.db.write().await?;
    let name = store::remove_passkey(&mut tx, ctx.tenant(), user, id).await?.ok_or(Problem::NotFound)?;
    factors::drop_lonely_codes(&mut tx, ctx.tenant(), user).await?;
    factors::changed(&mut tx, services, ctx, "auth.passkey.removed", audit::diff(&[("passkey", name)], &[])).await?;
    tx.commit().await?;
    Ok(())
}

/// What a browser asks for a passkey with, as JSON: with a ticket of the first step for its holder's passkeys, without one for any.
///
/// # Errors
/// [`Problem::Invalid`] on `passkey` when there can be none here.
pub async fn passkey_options(services: &Services, ticket: Option<&str>) -> Result<String, Fault> {
    let party = party(services)?;
    let account = match ticket {
        Some(ticket) => holder(services, ticket).await?,
        None => None,
    };
    let Some(account) = account else {
        let challenge = challenge(services, ALONE, None).await?;
        return Ok(webauthn::request_options(&party, &challenge, &[], true).to_string());
    };
    let known: Vec<String> = store::passkeys(&services.db, account.tenant, account.user).await?.into_iter().map(|row| row.credential_id).collect();
    let challenge = challenge(services, SECOND, Some(account.user)).await?;
    Ok(webauthn::request_options(&party, &challenge, &known, false).to_string())
}

/// Signs in with a passkey: as the second step with a ticket, else instead of a password, and then the device has to have checked the person.
///
/// # Errors
/// [`Problem::Invalid`] on `passkey`, in one sentence for all that can be wrong with it; [`Problem::Busy`] after too many tries.
pub async fn passkey_sign_in(services: &Services, ticket: Option<&str>, answer: &str, info: &RequestInfo) -> Result<SignedIn, Fault> {
    let party = party(services)?;
    let asserted = webauthn::assertion(answer, &party)?;
    let keys = throttle::keys_of_passkey(&info.remote_address);
    throttle::count(services, &keys).await?;
    let now = services.now();
    let taken = store::take_challenge(&services.db, &fingerprint(&asserted.challenge), now).await?.ok_or_else(stale)?;
    let unknown = || Problem::field("passkey", "This passkey belongs to no account here. Sign in with your password.");
    let passkey = store::passkey_by_credential(&services.db, &asserted.credential_id).await?.ok_or_else(unknown)?;
    // A device that keeps the handle has to say the same person.
    if asserted.user_handle.as_deref().is_some_and(|handle| handle != passkey.user.uuid().as_bytes()) {
        return Err(unknown().into());
    }
    let ticket = match taken {
        (purpose, None) if purpose == ALONE => None,
        (purpose, Some(user)) if purpose == SECOND && user == passkey.user => Some(ticket.ok_or_else(over)?),
        _ => return Err(stale().into()),
    };
    let account = match ticket {
        Some(ticket) => holder(services, ticket).await?.filter(|account| account.user == passkey.user).ok_or_else(over)?,
        None => store::account_by_id(&services.db, passkey.tenant, passkey.user).await?.ok_or_else(unknown)?,
    };
    if !sso::password_admits(services, account.tenant, account.role).await? {
        return Err(sso::only_way_in("passkey").into());
    }
    let method = if ticket.is_some() { SignInMethod::PasswordPasskey } else { SignInMethod::Passkey };
    let mut tx = services.db.write().await?;
    let proved = asserted.prove(passkey.algorithm, &passkey.public_key, passkey.sign_count, ticket.is_none());
    let count = match proved {
        Ok(count) => count,
        Err(problem) => {
            history::note(&mut tx, services, account.tenant, account.user, info, (method, false)).await?;
            tx.commit().await?;
            return Err(problem.into());
        }
    };
    if !store::use_passkey(&mut tx, &passkey, count, now).await? {
        return Err(stale().into());
    }
    throttle::succeeded(&mut tx, &keys, now).await?;
    let signed_in = enter(&mut tx, services, account, ticket, info, method).await?;
    tx.commit().await?;
    Ok(signed_in)
}
