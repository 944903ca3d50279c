//! Server functions of invitations.

use leptos::prelude::*;
use model::{
    Problem,
    ids::{TeamId, UserId},
    people::{Invitation, InvitationState, Invited, RoleChoice},
};

#[cfg(feature = "ssr")]
use {
    crate::shell,
    model::people::{Capability, Licences},
    services::{
        ctx::secret,
        people::{AcceptForm, InviteForm},
    },
};

/// Reads `mail` or `link`.
#[cfg(feature = "ssr")]
fn by_mail(by: &str) -> Result<bool, Problem> {
    match by {
        "mail" => Ok(true),
        "link" => Ok(false),
        _ => Err(Problem::field("by", "Choose how the invitation reaches them.")),
    }
}

/// Invites somebody: they choose a password by a link that is good for 7 days and one use. With `by` = `link` the answer holds it, the only place where
/// it ever stands.
///
/// **Needs** `people.write`. Refuses with [`Problem::Invalid`] on `name`, `email` (in use, or `User domain not in allowed list`), `role` (more than the
/// caller's), `contact_center` or `interact` (all assigned) or `by` (mail without an active email asset).
#[server(name = Invite, prefix = "/api", endpoint = "people/invite")]
pub async fn invite(
    /// May be empty: they say their own when they accept.
    #[server(default)]
    name: String,
    /// Sign-in address.
    email: String,
    /// What they may do.
    role: RoleChoice,
    /// Gets a Contact Center licence.
    #[server(default)]
    contact_center: bool,
    /// Gets an Interact licence.
    #[server(default)]
    interact: bool,
    /// Teams to join.
    #[server(default)]
    teams: Vec<TeamId>,
    /// `mail` or `link`.
    by: String,
) -> Result<Invited, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    let form = InviteForm { name, email, role, licences: Licences { contact_center, interact }, teams, by_mail: by_mail(&by)? };
    services::people::invite(&services, &ctx, form).await.map_err(shell::told(&ctx))
}

/// How the invitation of somebody stands; `null` when they are not invited any more.
///
/// **Needs** `people.read`. [`Problem::NotFound`] for somebody of another tenant.
#[server(name = GetInvitation, prefix = "/api", endpoint = "people/invitation")]
pub async fn invitation(
    /// Whose.
    id: UserId,
) -> Result<Option<Invitation>, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleRead).await?;
    services::people::invitation_of(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// Ends the present link of somebody and makes a new one, for another 7 days.
///
/// **Needs** `people.write`. Refuses with [`Problem::Conflict`] who has accepted, with [`Problem::Invalid`] on `by`.
#[server(name = RenewInvitation, prefix = "/api", endpoint = "people/renew_invitation")]
pub async fn renew(
    /// Whose.
    id: UserId,
    /// `mail` or `link`.
    by: String,
) -> Result<Invited, Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::renew_invitation(&services, &ctx, id, by_mail(&by)?).await.map_err(shell::told(&ctx))
}

/// Takes an invitation back; its link ends at once.
///
/// **Needs** `people.write`. Refuses with [`Problem::Conflict`] who has accepted.
#[server(name = RevokeInvitation, prefix = "/api", endpoint = "people/revoke_invitation")]
pub async fn revoke(
    /// Whose.
    id: UserId,
) -> Result<(), Problem> {
    let (services, ctx) = shell::authorise(Capability::PeopleWrite).await?;
    services::people::revoke_invitation(&services, &ctx, id).await.map_err(shell::told(&ctx))
}

/// What an invitation link leads to.
///
/// **Public**, with the token from the link. [`Problem::NotFound`] when there never was such a link.
#[server(name = InvitationOpen, prefix = "/api", endpoint = "people/invitation_open")]
pub async fn invitation_open(
    /// From the link.
    token: String,
) -> Result<InvitationState, Problem> {
    let (services, info) = shell::public().await?;
    services::people::invitation_state(&services, &token).await.map_err(|fault| fault.into_problem(&info.request_id))
}

/// Accepts an invitation and signs in. Answers with the path to go to. The link is used up.
///
/// **Public**, with the token from the link. Refuses with [`Problem::Invalid`] on `name`, `password` or `email` (the domain is not allowed any more), with
/// [`Problem::Conflict`] when the link was used, has expired, was taken back or replaced, or when single sign-on is the only way in.
#[server(name = AcceptInvitation, prefix = "/api", endpoint = "people/accept_invitation")]
pub async fn accept(
    /// From the link.
    token: String,
    /// As the person writes it.
    #[server(default)]
    name: String,
    /// To sign in with.
    #[server(default)]
    password: String,
) -> Result<String, Problem> {
    let (services, info) = shell::public().await?;
    let form = AcceptForm { name, password: secret(password) };
    let done = services::people::accept_invitation(&services, &token, form, &info).await;
    let signed_in = done.map_err(|fault| fault.into_problem(&info.request_id))?;
    shell::begin_session(&services, &signed_in);
    Ok("/".into())
}
