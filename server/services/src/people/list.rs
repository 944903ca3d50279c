//! The list of people: filters, order, paging, and the same as a file.

use std::future::Future;

use ::store::{Args, Db, Statement};
use model::{
    ids::TenantId,
    page::{DEFAULT_PAGE, MAX_PAGE, Page},
    people::{Licence, PeopleFilter, PersonStatus, User},
};

use super::{store::UserRow, teams};
use crate::{
    Ctx, Fault, Services,
    audit::{self, Event},
    cursor,
    email::bulk::dollar,
    export::CsvChunks,
};

/// The columns the list sorts by. Each key is one expression that is text on both databases or a number on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Name,
    Email,
    Role,
    Created,
    LastSeen,
}

impl Sort {
    fn of(word: &str) -> Self {
        match word {
            "email" => Self::Email,
            "role" => Self::Role,
            "created" => Self::Created,
            "last_seen" => Self::LastSeen,
            _ => Self::Name,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Name => "lower(name)",
            Self::Email => "email",
            Self::Role => "role",
            // Ids are UUIDs of version 7, but a moved clock must not reorder what the page shows as a date.
            Self::Created => "created_micros",
            Self::LastSeen => "coalesce(last_seen_micros, 0)",
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Created | Self::LastSeen)
    }
}

/// Accounts of the tenant, [`DEFAULT_PAGE`] at a time. Sorts by `name` (the default), `email`, `role`, `created` or `last_seen`; searches name and
/// address. A filter that names nothing known finds nobody.
///
/// # Errors
/// [`Problem::Invalid`](model::Problem::Invalid) on `after` when it is no cursor of this list.
pub async fn list_users(services: &Services, ctx: &Ctx, filter: &PeopleFilter) -> Result<Page<User>, Fault> {
    page(services, ctx, filter, DEFAULT_PAGE).await
}

async fn page(services: &Services, ctx: &Ctx, filter: &PeopleFilter, rows: u32) -> Result<Page<User>, Fault> {
    let mut found = read(&services.db, ctx.tenant(), filter, i64::from(rows) + 1).await?;
    let shown = usize::try_from(rows).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| more).map(|(user, key)| cursor::encode([key.clone(), user.id.to_string()]));
    let ids: Vec<_> = found.iter().map(|(user, _)| user.id).collect();
    let mut names = teams::store::of_users(&services.db, ctx.tenant(), &ids).await?;
    let items = found
        .into_iter()
        .map(|(user, _)| {
            let teams = names.remove(&user.id).unwrap_or_default();
            user.shown(ctx.zone(), teams)
        })
        .collect();
    Ok(Page { items, next })
}

/// Users with the text of their sort key, for the cursor.
async fn read(db: &Db, tenant: TenantId, filter: &PeopleFilter, rows: i64) -> Result<Vec<(UserRow, String)>, Fault> {
    let sort = Sort::of(&filter.sort);
    let key = sort.key();
    let (beyond, order) = if filter.descending == "true" { ("<", "DESC") } else { (">", "ASC") };
    let mut args = Args::new();
    let mut parts: Vec<&'static str> = vec![
        "SELECT id, name, email, role, active, invited, contact_center, interact, password_hash, created_micros, last_seen_micros, role_id,
             (SELECT r.name FROM people_role r WHERE r.tenant_id = people_user.tenant_id AND r.id = people_user.role_id) AS own_role_name,
             (SELECT r.capabilities FROM people_role r WHERE r.tenant_id = people_user.tenant_id AND r.id = people_user.role_id) AS own_role_capabilities,
             CAST(",
        key,
        " AS TEXT) AS sort_key FROM people_user WHERE tenant_id = ",
        dollar(args.push(tenant.uuid())),
        " AND deleted_micros IS NULL",
    ];
    narrow(&mut parts, &mut args, filter);
    if let Some([last_key, last_id]) = cursor::decode::<2>(&filter.after)? {
        let last_key = if sort.is_number() { args.push(last_key.parse::<i64>().map_err(|_| cursor::stale())?) } else { args.push(last_key) };
        parts.extend([" AND (", key, ", id) ", beyond, " (", dollar(last_key), ", ", dollar(args.push(last_id)), ")"]);
    }
    parts.extend([" ORDER BY ", key, " ", order, ", id ", order, " LIMIT ", dollar(args.push(rows))]);
    let rows = db.read_all(Statement::assembled(&parts), args).await?;
    rows.iter().map(|row| Ok((UserRow::read(row)?, row.text("sort_key")?))).collect()
}

/// Adds the conditions of the filters that are on.
fn narrow(parts: &mut Vec<&'static str>, args: &mut Args, filter: &PeopleFilter) {
    let pattern = cursor::contains(&filter.search);
    if !pattern.is_empty() {
        let pattern = dollar(args.push(pattern));
        parts.extend([" AND (lower(name) LIKE lower(", pattern, ") ESCAPE '!' OR lower(email) LIKE lower(", pattern, ") ESCAPE '!')"]);
    }
    if !filter.role.is_empty() {
        let role = dollar(args.push(filter.role.as_str()));
        parts.extend([" AND ((role_id IS NULL AND role = ", role, ") OR role_id = ", role, ")"]);
    }
    if !filter.status.is_empty() {
        parts.push(match PersonStatus::from_word(&filter.status) {
            Some(PersonStatus::Active) => " AND active = 1",
            Some(PersonStatus::Invited) => " AND active = 0 AND invited = 1",
            Some(PersonStatus::Inactive) => " AND active = 0 AND invited = 0",
            None => " AND 1 = 0",
        });
    }
    if !filter.team.is_empty() {
        let team = dollar(args.push(filter.team.as_str()));
        let member = " AND id IN (SELECT m.user_id FROM people_team_member m WHERE m.tenant_id = people_user.tenant_id AND m.team_id = ";
        parts.extend([member, team, ")"]);
    }
    if !filter.licence.is_empty() {
        parts.push(match (filter.licence.as_str(), Licence::read(&filter.licence)) {
            (_, Some(Licence::ContactCenter)) => " AND contact_center = 1",
            (_, Some(Licence::Interact)) => " AND interact = 1",
            ("none", _) => " AND contact_center = 0 AND interact = 0",
            _ => " AND 1 = 0",
        });
    }
}

/// Writes everybody who fits, in the order asked for, as CSV with a header line, chunk by chunk. The export is audited before the first byte
/// leaves.
///
/// # Errors
/// As [`list_users`]; what `write` returns, which ends the export (the reader has gone).
pub async fn export_users<W, F>(services: &Services, ctx: &Ctx, filter: &PeopleFilter, mut write: W) -> Result<(), Fault>
where
    W: FnMut(Vec<u8>) -> F + Send,
    F: Future<Output = Result<(), Fault>> + Send,
{
    let mut filter = PeopleFilter { after: String::new(), ..filter.clone() };
    audit_the_export(services, ctx, &filter).await?;
    let mut file = CsvChunks::new(&["email", "name", "role", "licences", "teams", "status", "created", "last_seen"])?;
    loop {
        let page = page(services, ctx, &filter, MAX_PAGE).await?;
        for user in &page.items {
            add(&mut file, user)?;
        }
        write(file.take()?).await?;
        match page.next {
            Some(next) => filter.after = next,
            None => return Ok(()),
        }
    }
}

/// The first five columns are those an import reads, so that a file can go from one installation to another.
fn add(file: &mut CsvChunks, user: &User) -> Result<(), Fault> {
    let licences: Vec<_> = Licence::ALL.iter().filter(|one| user.licences.has(**one)).map(|one| one.word()).collect();
    let teams: Vec<_> = user.teams.iter().map(|team| team.name.as_str()).collect();
    // A role of the tenant's own goes by its name.
    let role = if user.own_role.is_some() { user.position().label().to_owned() } else { user.role.word().to_owned() };
    file.row(&[
        &user.email,
        &user.name,
        &role,
        &licences.join("|"),
        &teams.join("|"),
        user.status.word(),
        &user.created.iso,
        user.last_seen.as_ref().map_or("", |at| at.iso.as_str()),
    ])
}

async fn audit_the_export(services: &Services, ctx: &Ctx, filter: &PeopleFilter) -> Result<(), Fault> {
    let asked =
        [("search", &filter.search), ("role", &filter.role), ("status", &filter.status), ("team", &filter.team), ("licence", &filter.licence)];
    let asked: Vec<_> = asked.into_iter().filter(|(_, value)| !value.is_empty()).map(|(field, value)| (field, value.clone())).collect();
    let mut tx = services.db.write().await?;
    let event = Event {
        action: "people.users.exported",
        subject_kind: "people",
        subject_id: String::new(),
        subject_name: String::new(),
        changes: audit::diff(&[], &asked),
    };
    audit::record(&mut tx, services, ctx, event).await?;
    tx.commit().await?;
    Ok(())
}
