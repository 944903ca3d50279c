//! Asking again who it is, before second factors are changed: a browser left open must not be enough to take an account over.

use ::store::SecretText;
use model::{Problem, ids::UserId};

use super::{factors, password, sessions, store, throttle};
use crate::{Ctx, Fault, Services, clock::MINUTE, people};

/// How long a proof counts.
const RECENT_MICROS: i64 = 10 * MINUTE;

/// Whether the caller signed in, or confirmed who they are, within the last ten minutes. An API token never did.
pub(super) async fn is_recent(services: &Services, ctx: &Ctx) -> Result<bool, Fault> {
    let Some(session) = sessions::current(ctx) else { return Ok(false) };
    Ok(services.now() - store::proved_micros(&services.db, ctx.tenant(), session).await? < RECENT_MICROS)
}

/// First line of whatever changes second factors; gives the caller.
///
/// # Errors
/// [`Problem::Conflict`] for an API token and background work; [`Problem::Forbidden`] when the last proof is older than ten minutes.
pub(super) async fn require(services: &Services, ctx: &Ctx) -> Result<UserId, Fault> {
    let (Some(user), Some(_)) = (ctx.user(), sessions::current(ctx)) else {
        return Err(Problem::Conflict { what: "An API token cannot do this; sign in to the console.".into() }.into());
    };
    if is_recent(services, ctx).await? {
        return Ok(user);
    }
    Err(Problem::Forbidden { why: "Confirm that it is you first, under Account, Security; that counts for ten minutes.".into() }.into())
}

/// Confirms who the caller is: by the password, by a code from the app, or by a recovery code.
///
/// # Errors
/// [`Problem::Conflict`] for an API token; [`Problem::Invalid`] on `password` when it is none of them; [`Problem::Busy`] after too many tries.
pub async fn confirm_identity(services: &Services, ctx: &Ctx, typed: SecretText) -> Result<(), Fault> {
    let (Some(user), Some(session)) = (ctx.user(), sessions::current(ctx)) else {
        return Err(Problem::Conflict { what: "An API token cannot do this; sign in to the console.".into() }.into());
    };
    let keys = throttle::keys_of_password_change(user);
    throttle::count(services, &keys).await?;
    let row = people::store::find(&services.db, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    let code = typed.duplicate();
    let by_password = password::verify(services, typed, row.password_hash).await?.matches;
    let mut tx = services.db.write().await?;
    if !by_password && factors::use_up(&mut tx, services, ctx.tenant(), user, code.expose()).await?.is_none() {
        return Err(Problem::field("password", "This is neither your password nor a code that counts now.").into());
    }
    throttle::succeeded(&mut tx, &keys, services.now()).await?;
    store::note_proof(&mut tx, ctx.tenant(), user, session, services.now()).await?;
    tx.commit().await?;
    Ok(())
}
