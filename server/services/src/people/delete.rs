//! Deleting somebody, and what becomes of what they had.

use ::store::{Tx, args, sql};
use model::{
    Problem,
    ids::{TenantId, UserId},
    people::{Role, Work, WorkItem},
};

use super::{
    invitations, rules,
    store::{self, UserRow},
    teams,
};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    auth,
    email::schedules::{self, Maker},
    tenant,
};

/// Heirs that the page offers.
const HEIRS: i64 = 200;

/// What hangs on somebody, and who could take it over. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn work_of(services: &Services, ctx: &Ctx, id: UserId) -> Result<Work, Fault> {
    let user = store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let schedules = schedules::count_made_by(&services.db, ctx.tenant(), &maker(&user)).await?;
    let row = services
        .db
        .read_one(
            sql!(
                "SELECT (SELECT count(*) FROM auth_session WHERE tenant_id = $1 AND user_id = $2 AND revoked_micros IS NULL
                             AND expires_micros > $3) AS sessions,
                        (SELECT count(*) FROM people_token WHERE tenant_id = $1 AND user_id = $2 AND revoked_micros IS NULL) AS tokens,
                        (SELECT count(*) FROM people_team WHERE tenant_id = $1 AND lead_id = $2) AS led,
                        (SELECT count(*) FROM people_team_member WHERE tenant_id = $1 AND user_id = $2) AS joined"
            ),
            args![ctx.tenant().uuid(), id.uuid(), services.now()],
        )
        .await?;
    let item = |what: &str, count: Option<i64>, fate: &str, moves: bool| WorkItem { what: what.into(), count, fate: fate.into(), moves };
    let items = vec![
        item("Teams they lead", Some(row.int("led")?), "Go to whom you choose, or have no lead until you name one.", true),
        item("Schedules they made", Some(schedules), "Go on under the name of whom you choose; with nobody chosen, those that run are paused.", true),
        item("Teams they are in", Some(row.int("joined")?), "They leave them; the teams stay.", false),
        item("Sessions", Some(row.int("sessions")?), "End at once.", false),
        item("API tokens", Some(row.int("tokens")?), "Stop working at once. A script needs a token of somebody else.", false),
        item("Sent mail and other work", None, "Stays. It belongs to your organisation, under the name of who made it.", false),
        item("Audit log", None, "Stays as it is, with their name and address.", false),
    ];
    Ok(Work { items, heirs: heirs(services, ctx.tenant(), id).await? })
}

async fn heirs(services: &Services, tenant: TenantId, except: UserId) -> Result<Vec<(UserId, String)>, Fault> {
    let rows = services
        .db
        .read_all(
            sql!("SELECT id, name, email FROM people_user WHERE tenant_id = $1 AND id <> $2 AND active = 1 ORDER BY lower(name), id LIMIT $3"),
            args![tenant.uuid(), except.uuid(), HEIRS],
        )
        .await?;
    rows.iter().map(|row| Ok((row.parse("id")?, format!("{} <{}>", row.str("name")?, row.str("email")?)))).collect()
}

/// Deletes somebody: they are signed out everywhere, their tokens stop, their address is free again; their name stays where they did something.
/// The teams they led and the schedules they made go to `heir` (the id of an active person); without one (empty) the teams have no lead and
/// schedules that run are paused. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Forbidden`] for the own account or one that may do more than the caller; [`Problem::Conflict`] for the last
/// active owner; [`Problem::Invalid`] on `heir` when that is nobody who is active, or the person themselves.
pub async fn delete_user(services: &Services, ctx: &Ctx, id: UserId, heir: &str) -> Result<(), Fault> {
    let heir: Option<UserId> = if heir.trim().is_empty() { None } else { Some(heir.trim().parse().map_err(|_| Problem::NotFound)?) };
    let now = services.now();
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let user = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    rules::may_change(ctx, &user)?;
    if user.active && user.role == Role::Owner {
        rules::another_owner_stays(&mut tx, ctx, id).await?;
    }
    if ctx.user() == Some(id) {
        return Err(Problem::Forbidden { why: "You cannot delete yourself; ask somebody else to.".into() }.into());
    }
    let heir = check_heir(&mut tx, ctx, &user, heir).await?;
    let mut changes = audit::diff(&[("name", user.name.clone()), ("email", user.email.clone()), ("role", user.position().label().to_owned())], &[]);
    let led = teams::store::led_by(&mut tx, ctx.tenant(), id).await?;
    for team in &led {
        teams::store::hand_over(&mut tx, ctx.tenant(), team.id, heir.as_ref().map(|heir| heir.id), now).await?;
    }
    if !led.is_empty() {
        let names: Vec<_> = led.iter().map(|team| team.name.as_str()).collect();
        let to = heir.as_ref().map_or("nobody", |heir| heir.name.as_str());
        changes.extend(audit::diff(&[("leads", names.join(", "))], &[("leads", format!("handed to {to}"))]));
    }
    let made = schedules::leave(&mut tx, ctx.tenant(), &maker(&user), heir.as_ref().map(maker).as_ref(), now).await?;
    if made > 0 {
        let to = heir.as_ref().map_or_else(|| "paused".to_owned(), |heir| format!("handed to {}", heir.name));
        changes.extend(audit::diff(&[("schedules", made.to_string())], &[("schedules", to)]));
    }
    teams::store::leave_all(&mut tx, ctx.tenant(), id).await?;
    let tokens = revoke_tokens(&mut tx, ctx.tenant(), id, now).await?;
    if tokens > 0 {
        changes.extend(audit::diff(&[("tokens", tokens.to_string())], &[("tokens", "0".into())]));
    }
    auth::end_sessions_of(&mut tx, ctx.tenant(), id, None, now).await?;
    auth::forget_factors(&mut tx, ctx.tenant(), id).await?;
    invitations::store::end(&mut tx, ctx.tenant(), id, "revoked", now).await?;
    store::bury(&mut tx, ctx.tenant(), id, now).await?;
    let event = Event { action: "people.user.deleted", subject_kind: "user", subject_id: id.to_string(), subject_name: user.name.clone(), changes };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// The person as their schedules remember them.
fn maker(user: &UserRow) -> Maker<'_> {
    Maker { user: user.id, name: &user.name, email: &user.email }
}

async fn check_heir(tx: &mut Tx, ctx: &Ctx, user: &UserRow, heir: Option<UserId>) -> Result<Option<UserRow>, Fault> {
    let Some(heir) = heir else { return Ok(None) };
    let heir = store::find_in(tx, ctx.tenant(), heir).await?.ok_or(Problem::NotFound)?;
    if heir.id == user.id {
        return Err(Problem::field("heir", "Choose somebody else: this person is being deleted.").into());
    }
    if !heir.active {
        return Err(Problem::field("heir", format!("{} is not active; choose somebody who is.", heir.name)).into());
    }
    Ok(Some(heir))
}

async fn revoke_tokens(tx: &mut Tx, tenant: TenantId, user: UserId, now: i64) -> Result<u64, Fault> {
    let update = sql!("UPDATE people_token SET revoked_micros = $3 WHERE tenant_id = $1 AND user_id = $2 AND revoked_micros IS NULL");
    Ok(tx.execute(update, args![tenant.uuid(), user.uuid(), now]).await?)
}
