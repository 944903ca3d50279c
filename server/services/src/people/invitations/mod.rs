//! Invitations: a person is added, not active yet, and gets a link that lets them choose a password.
//!
//! The link's secret is 256 random bits, of which only the hash is stored. Whoever has the link is taken for the person, so it is shown once or
//! mailed once, ends after a week, and is good for one use.

mod accept;
mod mailing;
pub(super) mod store;

pub use accept::{AcceptForm, accept_invitation, invitation_state};

pub(super) use mailing::{QUEUE, enqueue, send_due};

use ::store::Tx;
use model::{
    FieldProblem, Problem,
    auth::check_name,
    email::address::{check_email_address, normalise},
    ids::{InvitationId, TeamId, UserId},
    people::{INVITATION_DAYS, Invitation, Invited, Licences, RoleChoice},
};

use super::{
    licences, post_office, roles, rules,
    store::{self as people_store, UserRow},
    teams,
};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    auth,
    clock::DAY,
    tenant,
};

/// How long a link can be accepted.
pub(super) const LIFETIME_MICROS: i64 = INVITATION_DAYS * DAY;

/// Whom to invite, and as what.
#[derive(Clone, Debug)]
pub struct InviteForm {
    /// Name; empty takes the part before the `@` until the person says their own.
    pub name: String,
    /// Sign-in address.
    pub email: String,
    /// Role: a built-in one, or one of the tenant's own.
    pub role: RoleChoice,
    /// Licences.
    pub licences: Licences,
    /// Teams.
    pub teams: Vec<TeamId>,
    /// The link goes out by mail; else it is shown to the caller.
    pub by_mail: bool,
}

/// Adds somebody who may sign in once they have accepted. For holders of `people.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `name`, `email` (no address, in use, or outside of the allowed domains), `role` (more than the caller holds),
/// `contact_center` or `interact` (none left), or `by` (mail without an active email asset); [`Problem::NotFound`] for a team of nobody's.
pub async fn invite(services: &Services, ctx: &Ctx, form: InviteForm) -> Result<Invited, Fault> {
    let mut problems = Vec::new();
    if !form.name.trim().is_empty() {
        check_name("name", "person", &form.name, &mut problems);
    }
    if let Err(why) = check_email_address(&form.email) {
        problems.push(FieldProblem { field: "email".into(), message: why.to_string() });
    } else if let Err(why) = rules::admitted(services, ctx.tenant(), &form.email).await? {
        problems.push(FieldProblem { field: "email".into(), message: why });
    }
    Problem::unless_empty(problems)?;
    if let RoleChoice::BuiltIn(role) = form.role {
        rules::may_give(ctx, role)?;
    }
    can_be_mailed(services, ctx, form.by_mail).await?;
    let now = services.now();
    let email = normalise(&form.email);
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let position = roles::resolve(&mut tx, ctx, form.role, "role").await?;
    rules::may_give(ctx, position.clone())?;
    let row = UserRow {
        id: UserId::new(services.entropy.uuid(now)),
        name: name_of(&form.name, &email),
        email,
        role: position.role,
        own_role: position.own,
        active: false,
        invited: true,
        licences: form.licences,
        password_hash: None,
        created_micros: now,
        last_seen_micros: None,
    };
    licences::ensure_free(&mut tx, ctx.tenant(), form.licences).await?;
    let link = add_in(&mut tx, services, ctx, &row, &form.teams, form.by_mail).await?;
    tx.commit().await?;
    Ok(Invited { id: row.id, link })
}

/// The name that stands in lists until the person says their own.
pub(super) fn name_of(name: &str, email: &str) -> String {
    match name.trim() {
        "" => email.split('@').next().unwrap_or_default().to_owned(),
        name => name.to_owned(),
    }
}

/// Writes somebody who is invited, with teams, invitation and audit entry, in the caller's transaction; the link when it does not go by mail.
/// Fields and licences have been checked.
pub(super) async fn add_in(
    tx: &mut Tx,
    services: &Services,
    ctx: &Ctx,
    row: &UserRow,
    teams: &[TeamId],
    by_mail: bool,
) -> Result<Option<String>, Fault> {
    people_store::insert(tx, ctx.tenant(), row).await?;
    roles::store::give(tx, ctx.tenant(), row.id, &row.position()).await?;
    let after =
        [("name", row.name.clone()), ("email", row.email.clone()), ("role", row.position().label().to_owned()), ("licences", row.licences.words())];
    record(tx, services, ctx, "people.user.invited", row, audit::diff(&[], &after)).await?;
    teams::set_in(tx, services, ctx, row, teams).await?;
    open(tx, services, ctx, row.id, by_mail).await
}

async fn can_be_mailed(services: &Services, ctx: &Ctx, by_mail: bool) -> Result<(), Fault> {
    if !by_mail || post_office::asset(services, ctx.tenant()).await?.is_some() {
        return Ok(());
    }
    let message = "There is no active email address to send from. Add one under Email, or make a link to copy instead.";
    Err(Problem::field("by", message).into())
}

/// Makes the invitation and, for mail, its job.
async fn open(tx: &mut Tx, services: &Services, ctx: &Ctx, user: UserId, by_mail: bool) -> Result<Option<String>, Fault> {
    let now = services.now();
    let id = InvitationId::new(services.entropy.uuid(now));
    // By mail this secret is never told to anybody: the mail gets one of its own when it is written.
    let secret = services.entropy.secret();
    let new = store::NewInvitation { id, user, secret_hash: &auth::fingerprint(&secret), by_mail, expires_micros: now + LIFETIME_MICROS, now };
    store::insert(tx, ctx.tenant(), &new).await?;
    if by_mail {
        enqueue(tx, services, ctx.tenant(), id).await?;
        return Ok(None);
    }
    Ok(Some(link(services, &secret)))
}

/// Where somebody accepts.
fn link(services: &Services, secret: &str) -> String {
    format!("{}/invitation/{secret}", services.settings.public_url)
}

/// How the invitation of somebody stands; `None` for people who are not invited any more.
///
/// # Errors
/// [`Problem::NotFound`] for nobody of this tenant.
pub async fn invitation_of(services: &Services, ctx: &Ctx, user: UserId) -> Result<Option<Invitation>, Fault> {
    people_store::find(&services.db, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    let Some(row) = store::open_of(&services.db, ctx.tenant(), user).await? else { return Ok(None) };
    Ok(Some(Invitation {
        by_mail: row.by_mail,
        mailed: ctx.zone().stamp_opt(row.mailed_micros),
        mail_problem: row.mail_problem,
        expires: ctx.zone().stamp(row.expires_micros),
        expired: row.expires_micros <= services.now(),
    }))
}

/// Ends the present link of somebody and makes a new one that is good for another week. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Forbidden`] when the person may do more than the caller; [`Problem::Conflict`] when they are not invited any
/// more; [`Problem::Invalid`] on `by` as for [`invite`].
pub async fn renew_invitation(services: &Services, ctx: &Ctx, user: UserId, by_mail: bool) -> Result<Invited, Fault> {
    can_be_mailed(services, ctx, by_mail).await?;
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let row = still_invited(&mut tx, ctx, user).await?;
    store::end(&mut tx, ctx.tenant(), user, "replaced", services.now()).await?;
    let link = open(&mut tx, services, ctx, user, by_mail).await?;
    let how = if by_mail { "mail" } else { "link" };
    record(&mut tx, services, ctx, "people.invitation.renewed", &row, audit::diff(&[], &[("by", how.to_owned())])).await?;
    tx.commit().await?;
    Ok(Invited { id: user, link })
}

/// Takes an invitation back: the link ends at once, and the person, who never was one here, goes. For holders of `people.write`.
///
/// # Errors
/// As [`renew_invitation`], without `by`.
pub async fn revoke_invitation(services: &Services, ctx: &Ctx, user: UserId) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let row = still_invited(&mut tx, ctx, user).await?;
    store::end(&mut tx, ctx.tenant(), user, "revoked", now).await?;
    teams::store::leave_all(&mut tx, ctx.tenant(), user).await?;
    for team in teams::store::led_by(&mut tx, ctx.tenant(), user).await? {
        teams::store::hand_over(&mut tx, ctx.tenant(), team.id, None, now).await?;
    }
    people_store::bury(&mut tx, ctx.tenant(), user, now).await?;
    let before = [("name", row.name.clone()), ("email", row.email.clone()), ("role", row.position().label().to_owned())];
    record(&mut tx, services, ctx, "people.invitation.revoked", &row, audit::diff(&before, &[])).await?;
    tx.commit().await?;
    Ok(())
}

async fn still_invited(tx: &mut Tx, ctx: &Ctx, user: UserId) -> Result<UserRow, Fault> {
    let row = people_store::find_in(tx, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    rules::may_change(ctx, &row)?;
    if !row.invited {
        let what = format!("{} has accepted the invitation already.", row.name);
        return Err(Problem::Conflict { what }.into());
    }
    Ok(row)
}

async fn record(tx: &mut Tx, services: &Services, ctx: &Ctx, action: &'static str, row: &UserRow, changes: Vec<audit::Change>) -> Result<(), Fault> {
    let event = Event { action, subject_kind: "user", subject_id: row.id.to_string(), subject_name: row.name.clone(), changes };
    audit::record(tx, services, ctx, event).await
}
