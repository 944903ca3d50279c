//! Accounts: list, add, change, shut out.

use ::store::{SecretText, Tx};
use model::{
    FieldProblem, Problem,
    auth::check_name,
    email::address::{check_email_address, normalise},
    ids::{TeamId, TenantId, UserId},
    people::{Licences, Position, Role, RoleChoice, User},
};

use super::{
    licences, roles, rules,
    store::{self, UserRow},
    teams,
};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    auth,
    tenant::domains,
};

/// What the form of an account holds.
pub struct UserForm {
    /// Name as the person writes it.
    pub name: String,
    /// Sign-in address; compared and stored lower-cased.
    pub email: String,
    /// Role: a built-in one, or one of the tenant's own.
    pub role: RoleChoice,
    /// The new password. On a change, empty keeps the present one.
    pub password: SecretText,
}

impl UserForm {
    fn check(&self, ctx: &Ctx, password_needed: bool) -> Result<(), Problem> {
        let mut problems = Vec::new();
        check_name("name", "person", &self.name, &mut problems);
        if let Err(why) = check_email_address(&self.email) {
            problems.push(FieldProblem { field: "email".into(), message: why.to_string() });
        }
        if password_needed || !self.password.is_empty() {
            let refused = auth::judge_password(&self.password, &self.email, &[self.name.as_str(), ctx.tenant_name()]);
            problems.extend(refused.map(|message| FieldProblem { field: "password".into(), message }));
        }
        Problem::unless_empty(problems)
    }
}

/// One account of the tenant.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn get_user(services: &Services, ctx: &Ctx, id: UserId) -> Result<User, Fault> {
    let user = store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let teams = teams::store::of_users(&services.db, ctx.tenant(), &[id]).await?.remove(&id).unwrap_or_default();
    Ok(user.shown(ctx.zone(), teams))
}

/// Adds an account that may sign in at once, for scripts that set an installation up; people are better
/// [invited](super::invite) and choose their own password. For holders of `people.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `name`, `email` (also when the address has an account in any tenant, or its domain is not in the
/// tenant's list), `role` (more than the caller holds) or `password`.
pub async fn create_user(services: &Services, ctx: &Ctx, form: UserForm) -> Result<UserId, Fault> {
    form.check(ctx, true)?;
    if let RoleChoice::BuiltIn(role) = form.role {
        rules::may_give(ctx, role)?;
    }
    domains::admits(services, ctx.tenant(), &form.email).await?;
    let hash = auth::hash_password(services, form.password).await?;
    let mut tx = services.db.write().await?;
    // The role must not be deleted meanwhile.
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let position = roles::resolve(&mut tx, ctx, form.role, "role").await?;
    rules::may_give(ctx, position.clone())?;
    let user = NewUser { name: form.name.trim(), email: &form.email, role: position.role, password_hash: Some(hash) };
    let id = insert_user(&mut tx, services, ctx.tenant(), user).await?;
    roles::store::give(&mut tx, ctx.tenant(), id, &position).await?;
    let event = Event {
        action: "people.user.created",
        subject_kind: "user",
        subject_id: id.to_string(),
        subject_name: form.name.trim().to_owned(),
        changes: audit::diff(&[], &[("name", form.name.trim().to_owned()), ("email", normalise(&form.email)), ("role", position.label().to_owned())]),
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes an account; a new password also signs the person out everywhere. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] on `name`, `email`, `role` (the own one, or more than the caller holds) or
/// `password`; [`Problem::Forbidden`] when the account may do more than the caller; [`Problem::Conflict`] when it is the last
/// active owner and would cease to be one.
pub async fn update_user(services: &Services, ctx: &Ctx, id: UserId, form: UserForm) -> Result<(), Fault> {
    form.check(ctx, false)?;
    let hash = if form.password.is_empty() { None } else { Some(auth::hash_password(services, form.password).await?) };
    let now = services.now();
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    rules::may_change(ctx, &before)?;
    if before.invited && hash.is_some() {
        return Err(Problem::field("password", "They choose their own password when they accept the invitation.").into());
    }
    if normalise(&form.email) != before.email {
        domains::admits_in(&mut tx, ctx.tenant(), &form.email).await?;
    }
    let (old, new) = (before.position(), roles::resolve(&mut tx, ctx, form.role, "role").await?);
    if new.choice() != old.choice() {
        change_of_role(&mut tx, ctx, &before, &new).await?;
    }
    let (role, own_role, before_email) = (new.role, new.own.clone(), before.email.clone());
    let after = UserRow { name: form.name.trim().to_owned(), email: normalise(&form.email), role, own_role, password_hash: None, ..before };
    let mut changes = audit::diff(
        &[("name", before.name), ("email", before.email), ("role", old.label().into())],
        &[("name", after.name.clone()), ("email", after.email.clone()), ("role", new.label().into())],
    );
    if let Some(hash) = &hash {
        store::set_password(&mut tx, ctx.tenant(), id, hash, now).await?;
        auth::end_sessions_of(&mut tx, ctx.tenant(), id, auth::current_session(ctx), now).await?;
        changes.push(audit::secret("password", before.password_hash.is_some(), true));
    }
    if changes.is_empty() {
        return Ok(());
    }
    if hash.is_some() || before_email != after.email {
        // A reset link that went to the old address, or was asked for under the old password, opens nothing any more.
        auth::end_pending(&mut tx, ctx.tenant(), id).await?;
    }
    store::update(&mut tx, ctx.tenant(), &after, now).await?;
    audit::record(&mut tx, services, ctx, about("people.user.updated", &after, changes)).await?;
    tx.commit().await?;
    Ok(())
}

async fn change_of_role(tx: &mut Tx, ctx: &Ctx, before: &UserRow, next: &Position) -> Result<(), Fault> {
    if ctx.user() == Some(before.id) {
        let alone = before.role == Role::Owner && store::other_active_owners(tx, ctx.tenant(), before.id).await? == 0;
        let why = match alone {
            true => "You are the only active owner. Make somebody else an owner first; they can then change your role.",
            false => "Nobody changes their own role; ask another owner.",
        };
        return Err(Problem::field("role", why).into());
    }
    rules::may_give(ctx, next.clone())?;
    roles::store::give(tx, ctx.tenant(), before.id, next).await?;
    if before.role == Role::Owner && before.active {
        rules::another_owner_stays(tx, ctx, before.id).await?;
    }
    Ok(())
}

/// Lets an account sign in, or shuts it out: its sessions end for good, its API tokens rest until it is let in again. For
/// holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Forbidden`] for the own account or one that may do more than the caller;
/// [`Problem::Conflict`] for the last active owner, and for letting somebody in who has not accepted their invitation.
pub async fn set_active(services: &Services, ctx: &Ctx, id: UserId, active: bool) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    if set_active_in(&mut tx, services, ctx, before, active).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// [`set_active`] in the caller's transaction that holds the tenant's lock; false when it is so already. A refusal comes before anything is
/// written.
pub(super) async fn set_active_in(tx: &mut Tx, services: &Services, ctx: &Ctx, before: UserRow, active: bool) -> Result<bool, Fault> {
    let now = services.now();
    rules::may_change(ctx, &before)?;
    if before.invited {
        let what = match active {
            true => format!("{} has not accepted the invitation yet; send it again.", before.name),
            false => format!("{} has not accepted the invitation yet; take it back instead.", before.name),
        };
        return Err(Problem::Conflict { what }.into());
    }
    if before.active == active {
        return Ok(false);
    }
    if !active {
        if before.role == Role::Owner {
            rules::another_owner_stays(tx, ctx, before.id).await?;
        }
        if ctx.user() == Some(before.id) {
            return Err(Problem::Forbidden { why: "You cannot shut yourself out; ask somebody else to.".into() }.into());
        }
        auth::end_sessions_of(tx, ctx.tenant(), before.id, None, now).await?;
        auth::end_pending(tx, ctx.tenant(), before.id).await?;
    }
    let word = |active: bool| if active { "yes" } else { "no" }.to_owned();
    let changes = audit::diff(&[("active", word(before.active))], &[("active", word(active))]);
    let after = UserRow { active, ..before };
    store::update(tx, ctx.tenant(), &after, now).await?;
    let action = if active { "people.user.activated" } else { "people.user.deactivated" };
    audit::record(tx, services, ctx, about(action, &after, changes)).await?;
    Ok(true)
}

/// Gives somebody exactly these licences and teams. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`] for the person or a team; [`Problem::Forbidden`] for one who may do more than the caller; [`Problem::Invalid`] on
/// `contact_center` or `interact` when none is left.
pub async fn assign(services: &Services, ctx: &Ctx, id: UserId, wanted: Licences, wanted_teams: &[TeamId]) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    crate::tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let user = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    rules::may_change(ctx, &user)?;
    let licensed = licences::assign_in(&mut tx, services, ctx, &user, wanted).await?;
    let teamed = teams::set_in(&mut tx, services, ctx, &user, wanted_teams).await?;
    if licensed || teamed {
        tx.commit().await?;
    }
    Ok(())
}

fn about(action: &'static str, user: &UserRow, changes: Vec<audit::Change>) -> Event {
    Event { action, subject_kind: "user", subject_id: user.id.to_string(), subject_name: user.name.clone(), changes }
}

/// An account to add; its fields have been checked.
pub(crate) struct NewUser<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub role: Role,
    /// `None` for somebody who signs in elsewhere.
    pub password_hash: Option<String>,
}

/// Adds an account in the caller's transaction.
pub(crate) async fn insert_user(tx: &mut Tx, services: &Services, tenant: TenantId, user: NewUser<'_>) -> Result<UserId, Fault> {
    let now = services.now();
    let row = UserRow {
        id: UserId::new(services.entropy.uuid(now)),
        name: user.name.to_owned(),
        email: normalise(user.email),
        role: user.role,
        own_role: None,
        active: true,
        invited: false,
        licences: Licences::default(),
        password_hash: user.password_hash,
        created_micros: now,
        last_seen_micros: None,
    };
    store::insert(tx, tenant, &row).await?;
    Ok(row.id)
}
