//! Server functions of teams.

use leptos::prelude::*;
use model::{
    Problem,
    ids::{TeamId, UserId},
    people::{Team, TeamDetail},
};

#[cfg(feature = "ssr")]
use {crate::shell, model::people::Capability};

/// Every team of the tenant by name.
///
/// **Needs** `people.read`.
#[server(name = ListTeams, prefix = "/api", endpoint = "people/list_teams")]
pub async fn list_teams() -> Result<Vec<Team>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    services::people::list_teams(&services, &ctx).await.map_err(shell::told(&ctx))
}

/// One team with its members.
///
/// **Needs** `people.read`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = GetTeam, prefix = "/api", endpoint = "people/get_team")]
pub async fn get_team(
    /// Which.
    id: TeamId,
) -> Result<TeamDetail, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    services::people::get_team(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Adds a team.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `name`, with [`Problem::Conflict`] beyond 500 teams.
#[server(name = CreateTeam, prefix = "/api", endpoint = "people/create_team")]
pub async fn create_team(
    /// 1 to 120 characters, unlike every other team's.
    name: String,
) -> Result<TeamId, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::create_team(&services, &ctx, &name).await.map_err(shell::told(&ctx))
}

/// Changes name and lead of a team.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `name`, or on `lead` for who is not in the team.
#[server(name = UpdateTeam, prefix = "/api", endpoint = "people/update_team")]
pub async fn update_team(
    /// Which.
    id: TeamId,
    /// 1 to 120 characters, unlike every other team's.
    name: String,
    /// Id of a member; empty for nobody.
    #[server(default)]
    lead: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::update_team(&services, &ctx, id, &name, &lead).await.map_err(shell::told(&ctx))
}

/// Removes a team; its members stay people.
///
/// **Needs** `people.write`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = DeleteTeam, prefix = "/api", endpoint = "people/delete_team")]
pub async fn delete_team(
    /// Which.
    id: TeamId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::delete_team(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Puts somebody into a team.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `email` when nobody of the tenant has it.
#[server(name = AddMember, prefix = "/api", endpoint = "people/add_member")]
pub async fn add_member(
    /// Which team.
    id: TeamId,
    /// The person's address.
    email: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::add_member(&services, &ctx, id, &email).await.map_err(shell::told(&ctx))
}

/// Takes somebody out of a team.
///
/// **Needs** `people.write`. [`Problem::NotFound`] when they are not in it.
#[server(name = RemoveMember, prefix = "/api", endpoint = "people/remove_member")]
pub async fn remove_member(
    /// Which team.
    id: TeamId,
    /// Whom.
    user: UserId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::remove_member(&services, &ctx, id, user).await.map_err(shell::told(&ctx))
}
