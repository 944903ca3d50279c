//! "Require a second factor": the tenant's rule, and who does not follow it yet.

use ::store::Tx;
use model::{
    Problem,
    auth::{GRACE_DAYS_MAX, SecurityPolicy},
    ids::TenantId,
};

use super::{
    recent,
    store::{self, PolicyRow},
};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    clock::DAY,
};

/// People without one that are shown at most.
const LISTED: i64 = 200;

/// From when on somebody needs a second factor: the grace period runs from the rule, or from the account where that is younger.
pub(super) fn due_micros(since: i64, account_created: i64, grace_days: i64) -> i64 {
    since.max(account_created) + grace_days * DAY
}

/// Whether the tenant requires one, now or soon.
pub(super) async fn requires(tx: &mut Tx, tenant: TenantId) -> Result<bool, Fault> {
    Ok(store::policy_in(tx, tenant).await?.is_some_and(|policy| policy.required))
}

/// The rule, and who has no second factor. For holders of `tenant.write`.
///
/// # Errors
/// [`Fault::Store`].
pub async fn security_policy(services: &Services, ctx: &Ctx) -> Result<SecurityPolicy, Fault> {
    let policy = store::policy(&services.db, ctx.tenant()).await?.unwrap_or(PolicyRow { grace_days: 7, ..PolicyRow::default() });
    let without = store::unprotected(&services.db, ctx.tenant(), LISTED, ctx.zone()).await?;
    let people = store::count_active(&services.db, ctx.tenant()).await?;
    let due = |created: i64| policy.required.then(|| ctx.zone().stamp(due_micros(policy.since_micros, created, policy.grace_days)));
    Ok(SecurityPolicy {
        required: policy.required,
        grace_days: u32::try_from(policy.grace_days).unwrap_or(0),
        since: policy.required.then(|| ctx.zone().stamp(policy.since_micros)),
        people: u32::try_from(people).unwrap_or(u32::MAX),
        without: without.into_iter().map(|(person, created)| model::auth::Unprotected { due: due(created), ..person }).collect(),
    })
}

/// Changes the rule. Turning it on begins the grace period; changing its length keeps the beginning. For holders of `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `grace_days`; [`Problem::Conflict`] for an API token; [`Problem::Forbidden`] when the caller has not confirmed who they are.
pub async fn set_security_policy(services: &Services, ctx: &Ctx, required: bool, grace_days: u32) -> Result<(), Fault> {
    if grace_days > GRACE_DAYS_MAX {
        let message = format!("The grace period is 0 to {GRACE_DAYS_MAX} days.");
        return Err(Problem::field("grace_days", message).into());
    }
    recent::require(services, ctx).await?;
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::policy_in(&mut tx, ctx.tenant()).await?.unwrap_or_default();
    let since_micros = if before.required && required { before.since_micros } else { services.now() };
    let after = PolicyRow { required, grace_days: i64::from(grace_days), since_micros };
    let told = |policy: &PolicyRow| {
        let word = if policy.required { "yes" } else { "no" };
        [("second_factor_required", word.to_owned()), ("grace_days", policy.grace_days.to_string())]
    };
    let changes = audit::diff(&told(&before), &told(&after));
    if changes.is_empty() {
        return Ok(());
    }
    store::put_policy(&mut tx, ctx.tenant(), after).await?;
    let event = Event {
        action: "tenant.security.updated",
        subject_kind: "tenant",
        subject_id: ctx.tenant().to_string(),
        subject_name: ctx.tenant_name().to_owned(),
        changes,
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}
