//! Roles of a tenant's own: made, changed, handed out, taken away.
//!
//! Nobody makes, changes or gives a role that holds more than they hold themselves, and none holds what only owners may
//! ([`model::people::RESERVED`]). What a role may do is read at each request, so a change counts from the next one on.

pub(crate) mod store;

use ::store::Tx;
use model::{
    FieldProblem, Problem,
    ids::{RoleId, UserId},
    people::{
        ALWAYS, Capability, CapabilitySet, Explanation, OwnRole, Position, Role, RoleChoice, RoleRow, TokenVerdicts, check_role, explain,
        explain_token,
    },
};

use super::{rules, store as people};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    tenant,
};

/// Roles one tenant may have: bounds the matrix page, and nobody keeps more apart.
const MAX_ROLES: i64 = 100;

/// What the form of a role holds.
#[derive(Clone, Debug)]
pub struct RoleForm {
    /// Name, unique in the tenant.
    pub name: String,
    /// What its people may do; [`ALWAYS`] and what these need is added.
    pub capabilities: Vec<Capability>,
}

impl RoleForm {
    /// The name and the set, checked; also that the caller holds all of it.
    fn checked(&self, ctx: &Ctx) -> Result<(String, CapabilitySet), Problem> {
        let given: CapabilitySet = self.capabilities.iter().copied().chain([ALWAYS]).collect();
        let set = given.with_needs();
        let mut problems = check_role(&self.name, set);
        if problems.iter().all(|problem| problem.field != "capabilities") && !ctx.capabilities().covers(set) {
            let beyond: Vec<_> = set.iter().filter(|one| !ctx.may(*one)).map(Capability::label).collect();
            let message = format!("You do not hold this yourself, so you cannot put it into a role: {}.", beyond.join(", "));
            problems.push(FieldProblem { field: "capabilities".into(), message });
        }
        Problem::unless_empty(problems)?;
        Ok((self.name.trim().to_owned(), set))
    }
}

/// The tenant's own roles by name, with how many people have each. For holders of `people.read`.
///
/// # Errors
/// [`Fault::Store`].
pub async fn list_roles(services: &Services, ctx: &Ctx) -> Result<Vec<RoleRow>, Fault> {
    store::all(&services.db, ctx.tenant(), MAX_ROLES).await
}

/// One of them.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn get_role(services: &Services, ctx: &Ctx, id: RoleId) -> Result<RoleRow, Fault> {
    let all = store::all(&services.db, ctx.tenant(), MAX_ROLES).await?;
    Ok(all.into_iter().find(|row| row.role.id == id).ok_or(Problem::NotFound)?)
}

/// Makes a role. For holders of `people.roles`.
///
/// # Errors
/// [`Problem::Invalid`] on `name` (also when it is taken, or a built-in role's) or `capabilities` (reserved, or more than the caller holds);
/// [`Problem::Conflict`] beyond 100 roles.
pub async fn create_role(services: &Services, ctx: &Ctx, form: RoleForm) -> Result<RoleId, Fault> {
    let (name, capabilities) = form.checked(ctx)?;
    let now = services.now();
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    if store::count(&mut tx, ctx.tenant()).await? >= MAX_ROLES {
        return Err(Problem::Conflict { what: format!("There are {MAX_ROLES} roles already; delete one that nobody needs.") }.into());
    }
    let role = OwnRole { id: RoleId::new(services.entropy.uuid(now)), name, capabilities };
    store::insert(&mut tx, ctx.tenant(), &role, now).await?;
    audit::record(&mut tx, services, ctx, about("people.role.created", &role, audit::diff(&[], &audited(&role)))).await?;
    tx.commit().await?;
    Ok(role.id)
}

/// Changes a role, for its people from their next request on. For holders of `people.roles`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Forbidden`] when the role holds more than the caller now; [`Problem::Invalid`] as [`create_role`].
pub async fn update_role(services: &Services, ctx: &Ctx, id: RoleId, form: RoleForm) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    may_touch(ctx, &before)?;
    let (name, capabilities) = form.checked(ctx)?;
    let after = OwnRole { id, name, capabilities };
    let changes = audit::diff(&audited(&before), &audited(&after));
    if changes.is_empty() {
        return Ok(());
    }
    store::update(&mut tx, ctx.tenant(), &after, now).await?;
    audit::record(&mut tx, services, ctx, about("people.role.updated", &after, changes)).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a role; its people get the role `move_to`. For holders of `people.roles`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Forbidden`] when the role holds more than the caller; [`Problem::Invalid`] on `move_to` while people have the
/// role and none, itself, the owner's or an unknown one is named.
pub async fn delete_role(services: &Services, ctx: &Ctx, id: RoleId, move_to: Option<RoleChoice>) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let role = store::find(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    may_touch(ctx, &role)?;
    let people = store::people_of(&mut tx, ctx.tenant(), id).await?;
    let mut changes = audit::diff(&audited(&role), &[]);
    if people > 0 {
        let next = heir(&mut tx, ctx, id, people, move_to).await?;
        store::move_people(&mut tx, ctx.tenant(), id, &next, now).await?;
        let moved = [("people", people.to_string()), ("role_of_people", next.label().to_owned())];
        changes.extend(audit::diff(&[("role_of_people", role.name.clone())], &moved));
    }
    store::delete(&mut tx, ctx.tenant(), id).await?;
    audit::record(&mut tx, services, ctx, about("people.role.deleted", &role, changes)).await?;
    tx.commit().await?;
    Ok(())
}

/// Where the people of a role go that is about to be deleted.
async fn heir(tx: &mut Tx, ctx: &Ctx, id: RoleId, people: i64, move_to: Option<RoleChoice>) -> Result<Position, Fault> {
    let who = if people == 1 { "One person has".to_owned() } else { format!("{people} people have") };
    let refused = |message: String| Fault::from(Problem::field("move_to", message));
    let next = match move_to {
        None => return Err(refused(format!("{who} this role. Choose the role that they get instead."))),
        Some(RoleChoice::Own(same)) if same == id => return Err(refused("Choose another role than the one you delete.".into())),
        Some(RoleChoice::BuiltIn(Role::Owner)) => return Err(refused("Owners are made one by one; choose another role.".into())),
        Some(choice) => resolve(tx, ctx, choice, "move_to").await?,
    };
    rules::may_give(ctx, next.clone()).map_err(|problem| refused(problem.message()))?;
    Ok(next)
}

/// The role that a form names, with what it may do.
///
/// # Errors
/// [`Problem::Invalid`] on `field` when the tenant has no such role.
pub(crate) async fn resolve(tx: &mut Tx, ctx: &Ctx, choice: RoleChoice, field: &str) -> Result<Position, Fault> {
    match choice {
        RoleChoice::BuiltIn(role) => Ok(role.into()),
        RoleChoice::Own(id) => {
            let own = store::find(tx, ctx.tenant(), id).await?;
            let own = own.ok_or_else(|| Problem::field(field, "This role does not exist any more; choose another one."))?;
            Ok(Position { role: store::BASE, own: Some(own) })
        }
    }
}

/// What a person of the tenant may do, and why. Their tokens are told to those who manage people, and to themselves.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn explain_user(services: &Services, ctx: &Ctx, id: UserId) -> Result<Explanation, Fault> {
    let user = people::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let position = user.position();
    let mut tokens = Vec::new();
    if ctx.may(Capability::PeopleWrite) || ctx.user() == Some(id) {
        for token in super::tokens::tokens_of(services, ctx, id).await? {
            let verdicts = explain_token(user.active, &position, token.capabilities.iter().copied().collect());
            tokens.push(TokenVerdicts { name: token.name, prefix: token.prefix, verdicts });
        }
    }
    Ok(Explanation { person: explain(user.active, &position), tokens })
}

/// A narrow token must not reshape a role that is wider than itself.
fn may_touch(ctx: &Ctx, role: &OwnRole) -> Result<(), Problem> {
    if ctx.capabilities().covers(role.capabilities) {
        return Ok(());
    }
    Err(Problem::Forbidden { why: format!("{} may do more than you, so you cannot change this role.", role.name) })
}

fn audited(role: &OwnRole) -> [(&'static str, String); 2] {
    let words: Vec<&str> = role.capabilities.iter().map(Capability::word).collect();
    [("name", role.name.clone()), ("capabilities", words.join(" "))]
}

fn about(action: &'static str, role: &OwnRole, changes: Vec<audit::Change>) -> Event {
    Event { action, subject_kind: "role", subject_id: role.id.to_string(), subject_name: role.name.clone(), changes }
}
