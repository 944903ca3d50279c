//! Teams: a name, members, and somebody who leads.

pub(super) mod store;

use ::store::Tx;
use model::{
    Problem,
    auth::check_name,
    email::address::normalise,
    ids::{TeamId, UserId},
    people::{Team, TeamDetail, TeamName},
};

use super::store::{self as people_store, UserRow};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    tenant,
};

/// Teams a tenant may have; bounds the lists that offer all of them.
const MAX_TEAMS: i64 = 500;

/// Members that the page of a team lists.
const LISTED_MEMBERS: i64 = 200;

/// Every team of the tenant by name.
///
/// # Errors
/// [`Fault::Store`].
pub async fn list_teams(services: &Services, ctx: &Ctx) -> Result<Vec<Team>, Fault> {
    store::all(&services.db, ctx.tenant(), MAX_TEAMS).await
}

/// One team with its members.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn get_team(services: &Services, ctx: &Ctx, id: TeamId) -> Result<TeamDetail, Fault> {
    let team = store::find(&services.db, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let members = store::members(&services.db, ctx.tenant(), id, LISTED_MEMBERS).await?;
    let here = vec![TeamName { id, name: team.name.clone() }];
    Ok(TeamDetail { members: members.into_iter().map(|user| user.shown(ctx.zone(), here.clone())).collect(), team })
}

/// Adds a team without members. For holders of `people.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `name`, also when another team has it; [`Problem::Conflict`] beyond 500 teams.
pub async fn create_team(services: &Services, ctx: &Ctx, name: &str) -> Result<TeamId, Fault> {
    checked(name)?;
    let now = services.now();
    let id = TeamId::new(services.entropy.uuid(now));
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    if store::count(&mut tx, ctx.tenant()).await? >= MAX_TEAMS {
        let what = format!("There are {MAX_TEAMS} teams already; delete those that nobody needs.");
        return Err(Problem::Conflict { what }.into());
    }
    store::insert(&mut tx, ctx.tenant(), id, name.trim(), now).await?;
    record(&mut tx, services, ctx, "people.team.created", id, name.trim(), audit::diff(&[], &[("name", name.trim().to_owned())])).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes name and lead; `lead` is the id of a member, empty for nobody. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`]; [`Problem::Invalid`] on `name` or on `lead` when that person is no member.
pub async fn update_team(services: &Services, ctx: &Ctx, id: TeamId, name: &str, lead: &str) -> Result<(), Fault> {
    checked(name)?;
    let lead: Option<UserId> = if lead.trim().is_empty() { None } else { Some(lead.trim().parse().map_err(|_| Problem::NotFound)?) };
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let mut lead_name = String::new();
    if let Some(lead) = lead {
        let person = people_store::find_in(&mut tx, ctx.tenant(), lead).await?.ok_or(Problem::NotFound)?;
        if !store::is_member(&mut tx, ctx.tenant(), id, lead).await? {
            return Err(Problem::field("lead", format!("{} is not in this team; add them first.", person.name)).into());
        }
        lead_name = person.name;
    }
    let changes = audit::diff(&[("name", before.name), ("lead", before.lead_name)], &[("name", name.trim().to_owned()), ("lead", lead_name)]);
    if changes.is_empty() && lead == before.lead {
        return Ok(());
    }
    store::update(&mut tx, ctx.tenant(), id, name.trim(), lead, services.now()).await?;
    record(&mut tx, services, ctx, "people.team.updated", id, name.trim(), changes).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a team; its members stay people. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`].
pub async fn delete_team(services: &Services, ctx: &Ctx, id: TeamId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let before = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    store::delete(&mut tx, ctx.tenant(), id).await?;
    let changes = audit::diff(&[("name", before.name.clone()), ("members", before.members.to_string())], &[]);
    record(&mut tx, services, ctx, "people.team.deleted", id, &before.name, changes).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts the person with this address into a team. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`] for the team; [`Problem::Invalid`] on `email` when nobody of the tenant has it.
pub async fn add_member(services: &Services, ctx: &Ctx, id: TeamId, email: &str) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let team = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let nobody = || Problem::field("email", "Nobody in your organisation has this address; invite them first.");
    let person = store::by_email(&mut tx, ctx.tenant(), &normalise(email)).await?.ok_or_else(nobody)?;
    if join_in(&mut tx, services, ctx, &person, &TeamName { id, name: team.name }).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// Takes somebody out of a team; who led it does not lead it any more. For holders of `people.write`.
///
/// # Errors
/// [`Problem::NotFound`] for the team or when the person is not in it.
pub async fn remove_member(services: &Services, ctx: &Ctx, id: TeamId, user: UserId) -> Result<(), Fault> {
    let mut tx = services.db.write().await?;
    tenant::store::lock(&mut tx, ctx.tenant()).await?;
    let team = store::find_in(&mut tx, ctx.tenant(), id).await?.ok_or(Problem::NotFound)?;
    let person = people_store::find_in(&mut tx, ctx.tenant(), user).await?.ok_or(Problem::NotFound)?;
    if !store::remove(&mut tx, ctx.tenant(), id, user, services.now()).await? {
        return Err(Problem::NotFound.into());
    }
    let changes = audit::diff(&[("member", person.name)], &[]);
    record(&mut tx, services, ctx, "people.team.left", id, &team.name, changes).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds somebody in the caller's transaction; false when they are in the team already.
pub(super) async fn join_in(tx: &mut Tx, services: &Services, ctx: &Ctx, person: &UserRow, team: &TeamName) -> Result<bool, Fault> {
    if !store::add(tx, ctx.tenant(), team.id, person.id).await? {
        return Ok(false);
    }
    let changes = audit::diff(&[], &[("member", person.name.clone())]);
    record(tx, services, ctx, "people.team.joined", team.id, &team.name, changes).await?;
    Ok(true)
}

/// Makes `wanted` the teams of somebody, in the caller's transaction that holds the tenant's lock; whether that changed anything.
///
/// # Errors
/// [`Problem::NotFound`] for a team of nobody's.
pub(super) async fn set_in(tx: &mut Tx, services: &Services, ctx: &Ctx, person: &UserRow, wanted: &[TeamId]) -> Result<bool, Fault> {
    let present = store::of_user(tx, ctx.tenant(), person.id).await?;
    let mut changed = false;
    for id in wanted {
        let team = store::find_in(tx, ctx.tenant(), *id).await?.ok_or(Problem::NotFound)?;
        if !present.iter().any(|known| known.id == *id) {
            changed |= join_in(tx, services, ctx, person, &TeamName { id: *id, name: team.name }).await?;
        }
    }
    for team in present.iter().filter(|team| !wanted.contains(&team.id)) {
        store::remove(tx, ctx.tenant(), team.id, person.id, services.now()).await?;
        let changes = audit::diff(&[("member", person.name.clone())], &[]);
        record(tx, services, ctx, "people.team.left", team.id, &team.name, changes).await?;
        changed = true;
    }
    Ok(changed)
}

fn checked(name: &str) -> Result<(), Problem> {
    let mut problems = Vec::new();
    check_name("name", "team", name, &mut problems);
    Problem::unless_empty(problems)
}

async fn record(
    tx: &mut Tx,
    services: &Services,
    ctx: &Ctx,
    action: &'static str,
    id: TeamId,
    name: &str,
    changes: Vec<audit::Change>,
) -> Result<(), Fault> {
    let event = Event { action, subject_kind: "team", subject_id: id.to_string(), subject_name: name.to_owned(), changes };
    audit::record(tx, services, ctx, event).await
}
