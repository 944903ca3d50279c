//! Server functions of people.

use leptos::prelude::*;
use model::{
    Problem,
    ids::{TeamId, UserId},
    page::Page,
    people::{BulkOutcome, LicenceCount, PeopleFilter, RoleChoice, User, Work},
};

#[cfg(feature = "ssr")]
use {
    crate::shell,
    model::people::{Capability, Licences},
    services::{
        ctx::secret,
        people::{BulkChange, UserForm},
    },
};

/// One page of the tenant's people. Sorts by `name`, `email`, `role`, `created` or `last_seen`; searches name and address; narrows by role, status,
/// team and licence.
///
/// **Needs** `people.read`. Refuses with [`Problem::Invalid`] a cursor it did not hand out.
#[server(name = ListUsers, prefix = "/api", endpoint = "people/list")]
pub async fn list(
    /// Every part is optional.
    #[server(flatten)]
    filter: PeopleFilter,
) -> Result<Page<User>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    services::people::list_users(&services, &ctx, &filter).await.map_err(shell::told(&ctx))
}

/// One person.
///
/// **Needs** `people.read`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = GetUser, prefix = "/api", endpoint = "people/get")]
pub async fn get(
    /// Which.
    id: UserId,
) -> Result<User, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    services::people::get_user(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Adds somebody who may sign in at once. For scripts; people are better invited and choose their own password.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `name`, `email`, `role` (more than the caller's) or `password`.
#[server(name = CreateUser, prefix = "/api", endpoint = "people/create")]
pub async fn create(
    /// As the person writes it.
    name: String,
    /// Sign-in address.
    email: String,
    /// What they may do.
    role: RoleChoice,
    /// To be told to them, and changed by them.
    password: String,
) -> Result<UserId, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    let form = UserForm { name, email, role, password: secret(password) };
    services::people::create_user(&services, &ctx, form).await.map_err(shell::told(&ctx))
}

/// Changes somebody. A new password ends their sessions.
///
/// **Needs** `people.write`. Refuses as [`CreateUser`] does, and with [`Problem::NotFound`] for somebody of another tenant.
#[server(name = UpdateUser, prefix = "/api", endpoint = "people/update")]
pub async fn update(
    /// Whom.
    id: UserId,
    /// As the person writes it.
    name: String,
    /// Sign-in address.
    email: String,
    /// What they may do.
    role: RoleChoice,
    /// Empty keeps the present one.
    #[server(default)]
    password: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    let form = UserForm { name, email, role, password: secret(password) };
    services::people::update_user(&services, &ctx, id, form).await.map_err(shell::told(&ctx))
}

/// Gives somebody exactly these licences and teams.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `contact_center` or `interact` when all of them are assigned, and with
/// [`Problem::NotFound`] for a person or team of another tenant.
#[server(name = AssignUser, prefix = "/api", endpoint = "people/assign")]
pub async fn assign(
    /// Whom.
    id: UserId,
    /// Holds a Contact Center licence.
    #[server(default)]
    contact_center: bool,
    /// Holds an Interact licence.
    #[server(default)]
    interact: bool,
    /// Every team they are in.
    #[server(default)]
    teams: Vec<TeamId>,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    let licences = Licences { contact_center, interact };
    services::people::assign(&services, &ctx, id, licences, &teams).await.map_err(shell::told(&ctx))
}

/// Shuts somebody out at once, or lets them in again.
///
/// **Needs** `people.write`. Refuses with [`Problem::Conflict`] the last active owner and who has not accepted an invitation, with
/// [`Problem::Forbidden`] oneself.
#[server(name = SetActive, prefix = "/api", endpoint = "people/set_active")]
pub async fn set_active(
    /// Whom.
    id: UserId,
    /// May sign in.
    active: bool,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::set_active(&services, &ctx, id, active).await.map_err(shell::told(&ctx))
}

/// Does one thing to many people. Whom it cannot be done to is told in the answer; the others are changed.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `ids`, `verb`, `team` or `licence`, and with [`Problem::NotFound`] when one of them is of
/// another tenant: then nobody is changed.
#[server(name = ChangeMany, prefix = "/api", endpoint = "people/bulk")]
pub async fn bulk(
    /// Whom; at most 200.
    #[server(default)]
    ids: Vec<UserId>,
    /// `deactivate`, `reactivate`, `join` a team, `give` or `take` a licence.
    #[server(default)]
    verb: String,
    /// The team to join.
    #[server(default)]
    team: String,
    /// The licence to give or take.
    #[server(default)]
    licence: String,
) -> Result<BulkOutcome, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    let change = BulkChange::read(&verb, &team, &licence)?;
    services::people::bulk(&services, &ctx, &ids, change).await.map_err(shell::told(&ctx))
}

/// What hangs on somebody who is about to be deleted, and who could take it over.
///
/// **Needs** `people.write`. [`Problem::NotFound`] for somebody of another tenant.
#[server(name = GetWork, prefix = "/api", endpoint = "people/work")]
pub async fn work(
    /// Whose.
    id: UserId,
) -> Result<Work, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::work_of(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Deletes somebody; what they led goes to the heir. Their name stays in the audit log.
///
/// **Needs** `people.write`. Refuses with [`Problem::Conflict`] the last active owner, with [`Problem::Forbidden`] oneself, with [`Problem::Invalid`] on
/// `heir`.
#[server(name = DeleteUser, prefix = "/api", endpoint = "people/delete")]
pub async fn delete(
    /// Whom.
    id: UserId,
    /// Id of who takes over; empty for nobody.
    #[server(default)]
    heir: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::delete_user(&services, &ctx, id, &heir).await.map_err(shell::told(&ctx))
}

/// How many of each licence are assigned, and of how many.
///
/// **Needs** `people.read`.
#[server(name = ListLicences, prefix = "/api", endpoint = "people/licences")]
pub async fn licences() -> Result<Vec<LicenceCount>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    services::people::licence_counts(&services, &ctx).await.map_err(shell::told(&ctx))
}
