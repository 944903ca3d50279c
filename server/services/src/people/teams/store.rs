//! SQL of teams.

use std::collections::HashMap;

use ::store::{Args, Db, Row, Statement, Tx, args, sql};
use model::{
    ids::{TeamId, TenantId, UserId},
    people::{Team, TeamName},
};

use crate::{Fault, email::bulk::dollar, people::store::UserRow};

/// Ids per statement of [`of_users`]; the last list is filled up, so that there are few statements.
const CHUNK: usize = 50;

fn read(row: &Row) -> Result<Team, Fault> {
    Ok(Team {
        id: row.parse("id")?,
        name: row.text("name")?,
        lead: row.opt_parse("lead_id")?,
        lead_name: row.opt_text("lead_name")?.unwrap_or_default(),
        members: row.int("members")?,
    })
}

fn read_name(row: &Row) -> Result<TeamName, Fault> {
    Ok(TeamName { id: row.parse("id")?, name: row.text("name")? })
}

pub(super) async fn all(db: &Db, tenant: TenantId, limit: i64) -> Result<Vec<Team>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT t.id, t.name, t.lead_id, u.name AS lead_name,
                        (SELECT count(*) FROM people_team_member m WHERE m.team_id = t.id AND m.tenant_id = t.tenant_id) AS members
                 FROM people_team t LEFT JOIN people_user u ON u.id = t.lead_id AND u.tenant_id = t.tenant_id
                 WHERE t.tenant_id = $1 ORDER BY t.name_key LIMIT $2"
            ),
            args![tenant.uuid(), limit],
        )
        .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn find(db: &Db, tenant: TenantId, team: TeamId) -> Result<Option<Team>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT t.id, t.name, t.lead_id, u.name AS lead_name,
                        (SELECT count(*) FROM people_team_member m WHERE m.team_id = t.id AND m.tenant_id = t.tenant_id) AS members
                 FROM people_team t LEFT JOIN people_user u ON u.id = t.lead_id AND u.tenant_id = t.tenant_id
                 WHERE t.tenant_id = $1 AND t.id = $2"
            ),
            args![tenant.uuid(), team.uuid()],
        )
        .await?;
    found.as_ref().map(read).transpose()
}

pub(in crate::people) async fn find_in(tx: &mut Tx, tenant: TenantId, team: TeamId) -> Result<Option<Team>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT t.id, t.name, t.lead_id, u.name AS lead_name,
                        (SELECT count(*) FROM people_team_member m WHERE m.team_id = t.id AND m.tenant_id = t.tenant_id) AS members
                 FROM people_team t LEFT JOIN people_user u ON u.id = t.lead_id AND u.tenant_id = t.tenant_id
                 WHERE t.tenant_id = $1 AND t.id = $2"
            ),
            args![tenant.uuid(), team.uuid()],
        )
        .await?;
    found.as_ref().map(read).transpose()
}

pub(super) async fn members(db: &Db, tenant: TenantId, team: TeamId, limit: i64) -> Result<Vec<UserRow>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT u.id, u.name, u.email, u.role, u.active, u.invited, u.contact_center, u.interact, u.password_hash, u.created_micros,
                        u.last_seen_micros, u.role_id, r.name AS own_role_name, r.capabilities AS own_role_capabilities
                 FROM people_team_member m JOIN people_user u ON u.id = m.user_id AND u.tenant_id = m.tenant_id
                     LEFT JOIN people_role r ON r.id = u.role_id AND r.tenant_id = u.tenant_id
                 WHERE m.tenant_id = $1 AND m.team_id = $2 ORDER BY lower(u.name), u.id LIMIT $3"
            ),
            args![tenant.uuid(), team.uuid(), limit],
        )
        .await?;
    rows.iter().map(UserRow::read).collect()
}

/// The teams of many people at once, each by name.
pub(in crate::people) async fn of_users(db: &Db, tenant: TenantId, users: &[UserId]) -> Result<HashMap<UserId, Vec<TeamName>>, Fault> {
    let mut found: HashMap<UserId, Vec<TeamName>> = HashMap::new();
    for chunk in users.chunks(CHUNK) {
        let size = if chunk.len() == 1 { 1 } else { CHUNK };
        let mut args: Args = args![tenant.uuid()];
        let mut parts = vec![
            "SELECT t.id, t.name, m.user_id FROM people_team_member m JOIN people_team t ON t.id = m.team_id AND t.tenant_id = m.tenant_id
             WHERE m.tenant_id = $1 AND m.user_id IN (",
        ];
        let fill = chunk.last().into_iter().cycle();
        for (index, user) in chunk.iter().chain(fill).take(size).enumerate() {
            parts.push(if index == 0 { "" } else { ", " });
            parts.push(dollar(args.push(user.uuid())));
        }
        parts.push(") ORDER BY t.name_key");
        for row in db.read_all(Statement::assembled(&parts), args).await? {
            found.entry(row.parse("user_id")?).or_default().push(read_name(&row)?);
        }
    }
    Ok(found)
}

pub(in crate::people) async fn of_user(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<Vec<TeamName>, Fault> {
    let rows = tx
        .all(
            sql!(
                "SELECT t.id, t.name FROM people_team_member m JOIN people_team t ON t.id = m.team_id AND t.tenant_id = m.tenant_id
                 WHERE m.tenant_id = $1 AND m.user_id = $2 ORDER BY t.name_key"
            ),
            args![tenant.uuid(), user.uuid()],
        )
        .await?;
    rows.iter().map(read_name).collect()
}

/// Teams that somebody leads.
pub(in crate::people) async fn led_by(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<Vec<TeamName>, Fault> {
    let rows = tx
        .all(sql!("SELECT id, name FROM people_team WHERE tenant_id = $1 AND lead_id = $2 ORDER BY name_key"), args![tenant.uuid(), user.uuid()])
        .await?;
    rows.iter().map(read_name).collect()
}

pub(super) async fn count(tx: &mut Tx, tenant: TenantId) -> Result<i64, Fault> {
    Ok(tx.one(sql!("SELECT count(*) AS teams FROM people_team WHERE tenant_id = $1"), args![tenant.uuid()]).await?.int("teams")?)
}

pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, team: TeamId, name: &str, now: i64) -> Result<(), Fault> {
    let insert = sql!(
        "INSERT INTO people_team (id, tenant_id, name, name_key, lead_id, created_micros, updated_micros) VALUES ($1, $2, $3, $4, NULL, $5, $5)"
    );
    let done = tx.execute(insert, args![team.uuid(), tenant.uuid(), name, key(name), now]).await;
    done.map(drop).map_err(name_taken)
}

pub(super) async fn update(tx: &mut Tx, tenant: TenantId, team: TeamId, name: &str, lead: Option<UserId>, now: i64) -> Result<(), Fault> {
    let update = sql!("UPDATE people_team SET name = $3, name_key = $4, lead_id = $5, updated_micros = $6 WHERE tenant_id = $1 AND id = $2");
    let done = tx.execute(update, args![tenant.uuid(), team.uuid(), name, key(name), lead.map(|lead| lead.uuid()), now]).await;
    done.map(drop).map_err(name_taken)
}

/// What two names must not share.
pub(in crate::people) fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

fn name_taken(error: ::store::StoreError) -> Fault {
    if error.is_conflict_on("people_team_name") {
        return model::Problem::field("name", "Another team has this name; choose another one.").into();
    }
    error.into()
}

pub(super) async fn delete(tx: &mut Tx, tenant: TenantId, team: TeamId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM people_team_member WHERE tenant_id = $1 AND team_id = $2"), args![tenant.uuid(), team.uuid()]).await?;
    tx.execute(sql!("DELETE FROM people_team WHERE tenant_id = $1 AND id = $2"), args![tenant.uuid(), team.uuid()]).await?;
    Ok(())
}

pub(super) async fn is_member(tx: &mut Tx, tenant: TenantId, team: TeamId, user: UserId) -> Result<bool, Fault> {
    let find = sql!("SELECT user_id FROM people_team_member WHERE tenant_id = $1 AND team_id = $2 AND user_id = $3");
    Ok(tx.optional(find, args![tenant.uuid(), team.uuid(), user.uuid()]).await?.is_some())
}

/// False when they are in it already.
pub(super) async fn add(tx: &mut Tx, tenant: TenantId, team: TeamId, user: UserId) -> Result<bool, Fault> {
    let insert = sql!("INSERT INTO people_team_member (tenant_id, team_id, user_id) VALUES ($1, $2, $3) ON CONFLICT (team_id, user_id) DO NOTHING");
    Ok(tx.execute(insert, args![tenant.uuid(), team.uuid(), user.uuid()]).await? > 0)
}

/// Takes somebody out, also as the lead; false when they are not in it.
pub(super) async fn remove(tx: &mut Tx, tenant: TenantId, team: TeamId, user: UserId, now: i64) -> Result<bool, Fault> {
    let lead = sql!("UPDATE people_team SET lead_id = NULL, updated_micros = $4 WHERE tenant_id = $1 AND id = $2 AND lead_id = $3");
    tx.execute(lead, args![tenant.uuid(), team.uuid(), user.uuid(), now]).await?;
    let member = sql!("DELETE FROM people_team_member WHERE tenant_id = $1 AND team_id = $2 AND user_id = $3");
    Ok(tx.execute(member, args![tenant.uuid(), team.uuid(), user.uuid()]).await? > 0)
}

/// Makes somebody the lead of what somebody else led; an heir who is not in the team joins it.
pub(in crate::people) async fn hand_over(tx: &mut Tx, tenant: TenantId, team: TeamId, heir: Option<UserId>, now: i64) -> Result<(), Fault> {
    if let Some(heir) = heir {
        add(tx, tenant, team, heir).await?;
    }
    let update = sql!("UPDATE people_team SET lead_id = $3, updated_micros = $4 WHERE tenant_id = $1 AND id = $2");
    tx.execute(update, args![tenant.uuid(), team.uuid(), heir.map(|heir| heir.uuid()), now]).await?;
    Ok(())
}

/// Takes somebody out of every team.
pub(in crate::people) async fn leave_all(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM people_team_member WHERE tenant_id = $1 AND user_id = $2"), args![tenant.uuid(), user.uuid()]).await?;
    Ok(())
}

pub(super) async fn by_email(tx: &mut Tx, tenant: TenantId, email: &str) -> Result<Option<UserRow>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT id, name, email, role, active, invited, contact_center, interact, password_hash, created_micros, last_seen_micros, role_id,
                     (SELECT r.name FROM people_role r WHERE r.tenant_id = $1 AND r.id = people_user.role_id) AS own_role_name,
                     (SELECT r.capabilities FROM people_role r WHERE r.tenant_id = $1 AND r.id = people_user.role_id) AS own_role_capabilities
                 FROM people_user WHERE tenant_id = $1 AND email = $2 AND deleted_micros IS NULL"
            ),
            args![tenant.uuid(), email],
        )
        .await?;
    found.as_ref().map(UserRow::read).transpose()
}
