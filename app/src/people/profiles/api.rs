//! Server functions of customers' profiles.

use leptos::prelude::*;
use model::{
    Problem,
    ids::ProfileId,
    page::Page,
    people::profile::{Profile, ProfileForm, ProfileRow},
};

#[cfg(feature = "ssr")]
use {
    crate::shell,
    model::{page::PageRequest, people::Capability},
    services::people::profiles,
};

/// Customers by name; searches name, address, number and customer id.
///
/// **Needs** `people.profiles_read`. Refuses with [`Problem::Invalid`] a cursor it did not hand out.
#[server(name = ListProfiles, prefix = "/api", endpoint = "people/list_profiles")]
pub async fn list_profiles(
    /// Cursor; empty for the first page.
    #[server(default)]
    after: String,
    /// Part of a name, address, number or id.
    #[server(default)]
    search: String,
) -> Result<Page<ProfileRow>, Problem> {
    let (services, ctx) = shell::authorise(Capability::ProfileRead).await?;
    let request = PageRequest { after, search, ..PageRequest::default() };
    profiles::list(&services, &ctx, &request).await.map_err(shell::told(&ctx))
}

/// One customer, with mail from and to them for whoever may read email.
///
/// **Needs** `people.profiles_read`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = GetProfile, prefix = "/api", endpoint = "people/get_profile")]
pub async fn get_profile(
    /// Which.
    id: ProfileId,
) -> Result<Profile, Problem> {
    let (services, ctx) = shell::authorise(Capability::ProfileRead).await?;
    profiles::get(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Adds a customer and answers with the profile's id.
///
/// **Needs** `people.profiles_write`. Refuses with [`Problem::Invalid`] on `customer_id` (also when it is taken) or a field.
#[server(name = CreateProfile, prefix = "/api", endpoint = "people/create_profile")]
pub async fn create_profile(
    /// The tenant's own id of the customer: 1 to 128 characters.
    customer_id: String,
    /// What is known.
    #[server(flatten)]
    form: ProfileForm,
) -> Result<ProfileId, Problem> {
    let (services, ctx) = shell::authorise(Capability::ProfileWrite).await?;
    profiles::create(&services, &ctx, &customer_id, &form).await.map_err(shell::told(&ctx))
}

/// Changes a customer; what is left out is removed.
///
/// **Needs** `people.profiles_write`. Refuses with [`Problem::Invalid`] on a field, with [`Problem::Conflict`] when it was changed since
/// `version`.
#[server(name = UpdateProfile, prefix = "/api", endpoint = "people/update_profile")]
pub async fn update_profile(
    /// Which.
    id: ProfileId,
    /// As the page read it.
    version: i64,
    /// What is known.
    #[server(flatten)]
    form: ProfileForm,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::ProfileWrite).await?;
    profiles::update(&services, &ctx, id, version, &form).await.map_err(shell::told(&ctx))
}

/// Removes a customer for good; mail stays.
///
/// **Needs** `people.profiles_write`. [`Problem::NotFound`] when there is none in this tenant.
#[server(name = DeleteProfile, prefix = "/api", endpoint = "people/delete_profile")]
pub async fn delete_profile(
    /// Which.
    id: ProfileId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::ProfileWrite).await?;
    profiles::delete(&services, &ctx, id).await.map_err(shell::told(&ctx))
}
