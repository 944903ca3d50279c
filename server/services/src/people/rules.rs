//! Who may do what to whom.

use ::store::Tx;
use model::{
    Problem,
    ids::{TenantId, UserId},
    people::{Position, Role},
};

use super::store::{self, UserRow};
use crate::{Ctx, Fault, Services, tenant};

/// Whether somebody with this address may join (spec tenant-settings, "Email Domains"); the sentence to show when not.
pub(super) async fn admitted(services: &Services, tenant: TenantId, email: &str) -> Result<Result<(), String>, Fault> {
    match tenant::domains::admits(services, tenant, email).await {
        Ok(()) => Ok(Ok(())),
        Err(Fault::Refused(problem)) => Ok(Err(problem.message())),
        Err(defect) => Err(defect),
    }
}

/// Nobody hands out more than they hold: only owners make owners, and an API token of an owner makes none unless it holds
/// everything an owner does. Without this, a token for managing people would be a token for everything.
pub(super) fn may_give(ctx: &Ctx, given: impl Into<Position>) -> Result<(), Problem> {
    let position = given.into();
    if position.is_owner() && ctx.role() != Role::Owner {
        return Err(Problem::field("role", "Only owners make owners."));
    }
    if !ctx.capabilities().covers(position.capabilities()) {
        let label = position.label();
        return Err(Problem::field("role", format!("You do not hold everything that {label} may do, so you cannot give this role.")));
    }
    Ok(())
}

/// Nobody changes somebody who may do more than they: setting the password of an owner would be a way to become one.
pub(crate) fn may_change(ctx: &Ctx, target: &UserRow) -> Result<(), Problem> {
    let position = target.position();
    if position.is_owner() && ctx.role() != Role::Owner {
        return Err(Problem::Forbidden { why: "Only owners change owners.".into() });
    }
    if !ctx.capabilities().covers(position.capabilities()) {
        let why = format!("{} may do more than you, so you cannot change this account.", target.name);
        return Err(Problem::Forbidden { why });
    }
    Ok(())
}

/// A tenant without an active owner could never be mended from inside. The caller holds the tenant's lock, so that two owners
/// who demote each other at once do not both find the other still there.
pub(super) async fn another_owner_stays(tx: &mut Tx, ctx: &Ctx, target: UserId) -> Result<(), Fault> {
    if store::other_active_owners(tx, ctx.tenant(), target).await? > 0 {
        return Ok(());
    }
    let what = "This is the last active owner; make somebody else an owner first.".to_owned();
    Err(Problem::Conflict { what }.into())
}
