//! Server functions of roles.

use leptos::prelude::*;
use model::{
    Problem,
    ids::{RoleId, UserId},
    people::{Capability, Explanation, RoleRow},
};

#[cfg(feature = "ssr")]
use {
    crate::shell,
    model::people::RoleChoice,
    services::people::{self, RoleForm},
};

/// The organisation's own roles by name, with how many people have each.
///
/// **Needs** `people.read`.
#[server(name = ListRoles, prefix = "/api", endpoint = "people/list_roles")]
pub async fn list_roles() -> Result<Vec<RoleRow>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    people::list_roles(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// One of them.
///
/// **Needs** `people.roles`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = GetRole, prefix = "/api", endpoint = "people/get_role")]
pub async fn get_role(
    /// Which.
    id: RoleId,
) -> Result<RoleRow, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRoles).await?;
    people::get_role(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Makes a role.
///
/// **Needs** `people.roles`. Refuses with [`Problem::Invalid`] on `name` (taken, or a built-in role's) and `capabilities` (reserved for owners,
/// or more than the caller holds).
#[server(name = CreateRole, prefix = "/api", endpoint = "people/create_role")]
pub async fn create_role(
    /// 1 to 120 characters.
    name: String,
    /// What its people may do; the own account and what these need are always part of it.
    #[server(default)]
    capabilities: Vec<Capability>,
) -> Result<RoleId, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRoles).await?;
    people::create_role(&services, &ctx, RoleForm { name, capabilities }).await.map_err(shell::told(&ctx))
}

/// Changes a role, for its people from their next request on.
///
/// **Needs** `people.roles`. Refuses as [`CreateRole`], and with [`Problem::Forbidden`] when the role holds more than the caller.
#[server(name = UpdateRole, prefix = "/api", endpoint = "people/update_role")]
pub async fn update_role(
    /// Which.
    id: RoleId,
    /// 1 to 120 characters.
    name: String,
    /// What its people may do; the own account and what these need are always part of it.
    #[server(default)]
    capabilities: Vec<Capability>,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRoles).await?;
    people::update_role(&services, &ctx, id, RoleForm { name, capabilities }).await.map_err(shell::told(&ctx))
}

/// Deletes a role.
///
/// **Needs** `people.roles`. Refuses with [`Problem::Invalid`] on `move_to` while people have the role and no good other one is named, with
/// [`Problem::Forbidden`] when the role holds more than the caller.
#[server(name = DeleteRole, prefix = "/api", endpoint = "people/delete_role")]
pub async fn delete_role(
    /// Which.
    id: RoleId,
    /// The role that its people get: a word or an id. Empty when nobody has it.
    #[server(default)]
    move_to: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRoles).await?;
    let heir = match move_to.as_str() {
        "" => None,
        text => Some(text.parse::<RoleChoice>().map_err(|_| Problem::field("move_to", "Choose a role from the list."))?),
    };
    people::delete_role(&services, &ctx, id, heir).await.map_err(shell::told(&ctx))
}

/// What somebody may do, and why; also through each of their API tokens, for those who manage people.
///
/// **Needs** `people.read`. [`Problem::NotFound`] when there is nobody like this in the tenant.
#[server(name = ExplainUser, prefix = "/api", endpoint = "people/explain")]
pub async fn explain(
    /// Whom.
    id: UserId,
) -> Result<Explanation, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    people::explain_user(&services, &ctx, id).await.map_err(shell::told(&ctx))
}
