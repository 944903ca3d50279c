//! Server functions of people.

use leptos::prelude::*;
use model::{
    Problem,
    ids::UserId,
    page::Page,
    people::{Role, User},
};

#[cfg(feature = "ssr")]
use {
    crate::shell,
    model::{page::PageRequest, people::Capability},
    services::{ctx::secret, people::UserForm},
};

/// One page of the tenant's people. Sorts by `name`, `email`, `created` or `last_seen`; searches name and address.
///
/// **Needs** `people.read`. Refuses with [`Problem::Invalid`] a cursor it did not hand out.
#[server(name = ListUsers, prefix = "/api", endpoint = "people/list")]
pub async fn list(
    /// Cursor; empty for the first page.
    #[server(default)]
    after: String,
    /// Column; empty for `name`.
    #[server(default)]
    sort: String,
    /// Largest or newest first.
    #[server(default)]
    descending: bool,
    /// Words in name and address.
    #[server(default)]
    search: String,
) -> Result<Page<User>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    let request = PageRequest { after, limit: 0, sort, descending, search };
    services::people::list_users(&services, &ctx, &request).await.map_err(shell::told(&ctx))
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

/// Adds somebody who may sign in at once.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `name`, `email`, `role` (more than the caller's) or `password`.
#[server(name = CreateUser, prefix = "/api", endpoint = "people/create")]
pub async fn create(
    /// As the person writes it.
    name: String,
    /// Sign-in address.
    email: String,
    /// What they may do.
    role: Role,
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
    role: Role,
    /// Empty keeps the present one.
    #[server(default)]
    password: String,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    let form = UserForm { name, email, role, password: secret(password) };
    services::people::update_user(&services, &ctx, id, form).await.map_err(shell::told(&ctx))
}

/// Shuts somebody out at once, or lets them in again.
///
/// **Needs** `people.write`. Refuses with [`Problem::Conflict`] the last active owner and oneself.
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
