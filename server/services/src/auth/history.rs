//! The history of sign-ins: when, from where, with what, and whether it worked.

use ::store::Tx;
use model::{
    Problem,
    auth::{SignInEvent, SignInMethod},
    ids::{TenantId, UserId},
};

use super::store;
use crate::{Ctx, Fault, RequestInfo, Services, clock::DAY, people};

/// How long a line is kept.
pub(super) const KEPT_MICROS: i64 = 90 * DAY;

/// Lines shown at most; the newest ones.
const LISTED: i64 = 200;

/// Writes a line in the transaction of what it tells about.
pub(super) async fn note(
    tx: &mut Tx,
    services: &Services,
    tenant: TenantId,
    user: UserId,
    info: &RequestInfo,
    (method, succeeded): (SignInMethod, bool),
) -> Result<(), Fault> {
    let now = services.now();
    let attempt = store::Attempt { id: services.entropy.uuid(now), tenant, user, method, succeeded, info, now };
    store::note_attempt(tx, &attempt).await
}

/// The caller's own history of the last 90 days, newest first, at most 200 lines.
///
/// # Errors
/// [`Problem::NotFound`] for background work, which is nobody.
pub async fn own_history(services: &Services, ctx: &Ctx) -> Result<Vec<SignInEvent>, Fault> {
    list(services, ctx, ctx.user().ok_or(Problem::NotFound)?).await
}

/// The same of another person of the tenant. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such person in this tenant.
pub async fn person_history(services: &Services, ctx: &Ctx, user: UserId) -> Result<Vec<SignInEvent>, Fault> {
    people::store::find(&services.db, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    list(services, ctx, user).await
}

async fn list(services: &Services, ctx: &Ctx, user: UserId) -> Result<Vec<SignInEvent>, Fault> {
    store::attempts(&services.db, ctx.tenant(), user, services.now() - KEPT_MICROS, LISTED, ctx.zone()).await
}
