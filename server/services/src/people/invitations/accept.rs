//! The other end of the link: somebody says their name, chooses a password and is in.

use ::store::SecretText;
use model::{
    FieldProblem, Problem,
    auth::check_name,
    people::{Capability, InvitationState},
};

use super::store::{self, LinkRow};
use crate::{
    Fault, RequestInfo, Services,
    audit::{self, Event},
    auth::{self, SignedIn},
    people::rules,
};

/// What the page of an invitation asks for.
pub struct AcceptForm {
    /// Name as the person writes it.
    pub name: String,
    /// The password to sign in with.
    pub password: SecretText,
}

/// What a link leads to.
///
/// # Errors
/// [`Problem::NotFound`] when there never was such a link.
pub async fn invitation_state(services: &Services, token: &str) -> Result<InvitationState, Fault> {
    let link = store::by_secret(&services.db, &auth::fingerprint(token)).await?.ok_or(Problem::NotFound)?;
    if let Some(state) = closed(services, &link)? {
        return Ok(state);
    }
    if let Some(state) = elsewhere(services, &link).await? {
        return Ok(state);
    }
    Ok(InvitationState::Open { tenant_name: link.tenant_name, email: link.email, name: link.name })
}

/// Where single sign-on is the only way in, signing in there accepts the invitation, and a password would open nothing.
async fn elsewhere(services: &Services, link: &LinkRow) -> Result<Option<InvitationState>, Fault> {
    let slug = auth::sso::only_way(services, link.tenant, link.role).await?;
    Ok(slug.map(|slug| InvitationState::SingleSignOn { tenant_name: link.tenant_name.clone(), email: link.email.clone(), slug }))
}

/// Why a link cannot be used; `None` when it can.
fn closed(services: &Services, link: &LinkRow) -> Result<Option<InvitationState>, Fault> {
    Ok(match link.status.as_str() {
        "used" => Some(InvitationState::Used),
        "revoked" => Some(InvitationState::Revoked),
        "replaced" => Some(InvitationState::Replaced),
        "open" if !link.invited => Some(InvitationState::Used),
        "open" if link.expires_micros <= services.now() => Some(InvitationState::Expired),
        "open" if !link.tenant_active => Some(InvitationState::Closed),
        "open" => None,
        _ => return Err(Fault::Stored { place: "people_invitation.status" }),
    })
}

/// The sentence for a form that was open when its link ended.
fn ended(state: &InvitationState) -> Problem {
    let what = match state {
        InvitationState::Used => "This invitation has been used already. Sign in with the password that was chosen then.",
        InvitationState::Expired => "This invitation has expired. Ask for a new one.",
        InvitationState::Revoked => "This invitation was taken back.",
        InvitationState::Replaced => "There is a newer invitation for you; use its link.",
        InvitationState::SingleSignOn { .. } => {
            "This organisation signs in with single sign-on only, so no password can be chosen. Load the page again and sign in there."
        }
        InvitationState::Closed | InvitationState::Open { .. } => "This organisation is closed at the moment.",
    };
    Problem::Conflict { what: what.into() }
}

/// Accepts: the person becomes active with this name and password and is signed in. Of several calls with one link exactly one succeeds.
///
/// # Errors
/// [`Problem::NotFound`] when there never was such a link; [`Problem::Conflict`] when it was used, has expired, was revoked or replaced, its
/// tenant is closed, or single sign-on is the only way in; [`Problem::Invalid`] on `name`, `password` or `email` (outside of the domains that the
/// tenant allows by now).
pub async fn accept_invitation(services: &Services, token: &str, form: AcceptForm, info: &RequestInfo) -> Result<SignedIn, Fault> {
    let link = store::by_secret(&services.db, &auth::fingerprint(token)).await?.ok_or(Problem::NotFound)?;
    // Asked again inside the transaction; here it keeps strangers from the hashing.
    if let Some(state) = closed(services, &link)? {
        return Err(ended(&state).into());
    }
    if let Some(state) = elsewhere(services, &link).await? {
        return Err(ended(&state).into());
    }
    let mut problems = Vec::new();
    check_name("name", "person", &form.name, &mut problems);
    if let Some(message) = auth::judge_password(&form.password, &link.email, &[form.name.as_str()]) {
        problems.push(FieldProblem { field: "password".into(), message });
    }
    if let Err(message) = rules::admitted(services, link.tenant, &link.email).await? {
        problems.push(FieldProblem { field: "email".into(), message });
    }
    Problem::unless_empty(problems)?;
    let hash = auth::hash_password(services, form.password).await?;
    let (name, now) = (form.name.trim(), services.now());
    let mut tx = services.db.write().await?;
    // Whoever revokes, renews or deletes holds this lock too.
    crate::tenant::store::lock(&mut tx, link.tenant).await?;
    if !store::take(&mut tx, link.tenant, link.id, now).await? || !store::activate(&mut tx, &link, name, &hash, now).await? {
        drop(tx);
        let link = store::by_secret(&services.db, &auth::fingerprint(token)).await?.ok_or(Problem::NotFound)?;
        return Err(ended(&closed(services, &link)?.unwrap_or(InvitationState::Used)).into());
    }
    let signed_in = auth::enter(&mut tx, services, &link.email, info).await?.ok_or_else(|| ended(&InvitationState::Closed))?;
    let ctx = signed_in.principal.clone().authorise(Capability::AccountOwn)?;
    let mut changes = audit::diff(&[("name", link.name.clone())], &[("name", name.to_owned())]);
    changes.push(audit::secret("password", false, true));
    let event = Event {
        action: "people.invitation.accepted",
        subject_kind: "user",
        subject_id: link.user.to_string(),
        subject_name: name.to_owned(),
        changes,
    };
    audit::record(&mut tx, services, &ctx, event).await?;
    tx.commit().await?;
    Ok(signed_in)
}
