//! What is wrong with each line: checked once before anything is added, and again, as far as the world may have changed, when it is.

use std::collections::{HashMap, HashSet};

use ::store::{Args, Db, Statement};
use model::{
    FieldProblem,
    auth::check_name,
    email::address::{check_email_address, domain_of, normalise},
    ids::TeamId,
    people::{ImportProblem, Licence, LicenceCount, Licences, OwnRole, Position, Role, RoleChoice, Team, parse_licences},
};

use super::parse::Line;
use crate::{
    Ctx, Fault, Services,
    email::bulk::dollar,
    people::{licences, roles, rules, teams},
};

/// Longest value that a problem quotes, in characters.
const QUOTED_CHARS: usize = 80;
/// Addresses per look-up.
const CHUNK: usize = 100;

/// A line with what it means.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub line: i64,
    pub email: String,
    pub name: String,
    pub role: RoleChoice,
    pub licences: Licences,
    pub teams: Vec<TeamId>,
    pub problems: Vec<ImportProblem>,
}

impl Checked {
    fn refuse(&mut self, column: &str, value: &str, message: impl Into<String>) {
        self.problems.push(problem(column, value, message));
    }
}

pub(super) fn problem(column: &str, value: &str, message: impl Into<String>) -> ImportProblem {
    let quoted: String = value.chars().take(QUOTED_CHARS).collect();
    let value = if quoted.len() < value.len() { format!("{quoted}…") } else { quoted };
    ImportProblem { column: column.into(), value, message: message.into() }
}

/// Checks every line against the rules, the other lines and what is there.
pub(super) async fn check(services: &Services, ctx: &Ctx, lines: Vec<Line>) -> Result<Vec<Checked>, Fault> {
    let known: HashMap<String, TeamId> =
        teams::list_teams(services, ctx).await?.into_iter().map(|team: Team| (teams::store::key(&team.name), team.id)).collect();
    let own: Vec<OwnRole> = roles::list_roles(services, ctx).await?.into_iter().map(|row| row.role).collect();
    let mut checked: Vec<Checked> = lines.into_iter().map(|line| read(ctx, line, &known, &own)).collect();
    domains(services, ctx, &mut checked).await?;
    duplicates(&mut checked);
    let emails: Vec<&str> = checked.iter().map(|line| line.email.as_str()).collect();
    let taken = taken(&services.db, &emails).await?;
    for line in checked.iter_mut().filter(|line| taken.contains(&line.email)) {
        let email = line.email.clone();
        line.refuse("email", &email, TAKEN);
    }
    let mut room = Room::of(&licences::licence_counts(services, ctx).await?);
    for line in checked.iter_mut().filter(|line| line.problems.is_empty()) {
        line.problems = room.take(line.licences);
    }
    Ok(checked)
}

/// Of an address that somebody has.
pub(super) const TAKEN: &str = "There is already an account with this address; remove the line.";

/// What the line says by itself.
fn read(ctx: &Ctx, line: Line, known: &HashMap<String, TeamId>, own: &[OwnRole]) -> Checked {
    let mut read = Checked {
        line: line.line,
        email: normalise(&line.email),
        name: line.name.trim().to_owned(),
        role: Role::Agent.into(),
        licences: Licences::default(),
        teams: Vec::new(),
        problems: Vec::new(),
    };
    if line.surplus > 0 {
        read.refuse("", "", format!("This line has {} more cells than the header; put cells with a delimiter in quotes.", line.surplus));
    }
    if let Err(why) = check_email_address(&line.email) {
        read.refuse("email", &line.email, why.to_string());
    }
    if !read.name.is_empty() {
        let mut problems: Vec<FieldProblem> = Vec::new();
        check_name("name", "person", &line.name, &mut problems);
        for wrong in problems {
            read.refuse("name", &line.name, wrong.message);
        }
    }
    // Without one, an agent.
    let position = if line.role.is_empty() { Some(Role::Agent.into()) } else { role(&line.role, own) };
    match position {
        Some(position) => {
            read.role = position.choice();
            if let Err(problem) = rules::may_give(ctx, position) {
                read.refuse("role", &line.role, problem.message());
            }
        }
        None => {
            let roles: Vec<_> = Role::ALL.iter().map(|role| role.word()).chain(own.iter().map(|role| role.name.as_str())).collect();
            read.refuse("role", &line.role, format!("There is no such role. Write one of: {}.", roles.join(", ")));
        }
    }
    match parse_licences(&line.licences) {
        Ok(licences) => read.licences = licences,
        Err(word) => {
            let words: Vec<_> = Licence::ALL.iter().map(|one| one.word()).collect();
            read.refuse("licences", &word, format!("There is no such licence. Write {}, parted by |.", words.join(" or ")));
        }
    }
    for name in line.teams.split(['|', ',', ';']).map(str::trim).filter(|name| !name.is_empty()) {
        match known.get(&teams::store::key(name)) {
            Some(id) if read.teams.contains(id) => {}
            Some(id) => read.teams.push(*id),
            None => read.refuse("teams", name, "There is no team of this name. Add it under Teams, or correct the name."),
        }
    }
    read
}

/// The role of this word or label, or one of the tenant's own of this name, whatever its case: what an export writes, an import reads.
fn role(text: &str, own: &[OwnRole]) -> Option<Position> {
    let text = text.trim();
    let same = |name: &str| name.eq_ignore_ascii_case(text);
    match Role::ALL.iter().copied().find(|role| same(role.word()) || same(role.label())) {
        Some(role) => Some(role.into()),
        None => own.iter().find(|role| same(&role.name)).map(|role| Position { role: roles::store::BASE, own: Some(role.clone()) }),
    }
}

async fn domains(services: &Services, ctx: &Ctx, lines: &mut [Checked]) -> Result<(), Fault> {
    // A file has many people of few domains.
    let mut known: HashMap<String, Result<(), String>> = HashMap::new();
    for line in lines.iter_mut().filter(|line| !line.problems.iter().any(|problem| problem.column == "email")) {
        let domain = domain_of(&line.email);
        let verdict = match known.get(&domain) {
            Some(verdict) => verdict.clone(),
            None => {
                let verdict = rules::admitted(services, ctx.tenant(), &line.email).await?;
                known.insert(domain, verdict.clone());
                verdict
            }
        };
        if let Err(why) = verdict {
            let email = line.email.clone();
            line.refuse("email", &email, why);
        }
    }
    Ok(())
}

/// The second line with an address is the wrong one.
fn duplicates(lines: &mut [Checked]) {
    let mut first: HashMap<String, i64> = HashMap::new();
    for line in lines.iter_mut().filter(|line| !line.email.is_empty()) {
        let email = line.email.clone();
        match first.get(&email) {
            Some(earlier) => {
                let message = format!("Line {earlier} has the same address; remove one of the two.");
                line.refuse("email", &email, message);
            }
            None => drop(first.insert(email, line.line)),
        }
    }
}

/// Which of these addresses have an account, in any tenant: an address signs in to one only.
async fn taken(db: &Db, emails: &[&str]) -> Result<HashSet<String>, Fault> {
    let mut taken = HashSet::new();
    for chunk in emails.chunks(CHUNK) {
        let (statement, args) = taken_statement(chunk);
        for row in db.read_all(statement, args).await? {
            taken.insert(row.text("email")?);
        }
    }
    Ok(taken)
}

/// [`taken`] inside a transaction, for at most a batch of addresses.
pub(super) async fn taken_in(tx: &mut ::store::Tx, emails: &[&str]) -> Result<HashSet<String>, Fault> {
    let mut taken = HashSet::new();
    for chunk in emails.chunks(CHUNK) {
        let (statement, args) = taken_statement(chunk);
        for row in tx.all(statement, args).await? {
            taken.insert(row.text("email")?);
        }
    }
    Ok(taken)
}

/// One size of list, filled up with its last entry, so that there is one statement.
fn taken_statement(emails: &[&str]) -> (Statement, Args) {
    let mut args = Args::new();
    let mut parts = vec!["SELECT email FROM people_user WHERE email IN ("];
    let fill = emails.last().into_iter().cycle();
    for (index, email) in emails.iter().chain(fill).take(CHUNK).enumerate() {
        parts.push(if index == 0 { "" } else { ", " });
        parts.push(dollar(args.push(*email)));
    }
    parts.push(")");
    (Statement::assembled(&parts), args)
}

/// What is left of each licence while lines are gone through.
pub(super) struct Room(Vec<LicenceCount>);

impl Room {
    pub(super) fn of(counts: &[LicenceCount]) -> Self {
        Self(counts.to_vec())
    }

    /// Takes the licences of one line, all or none; what is wrong when one is used up.
    pub(super) fn take(&mut self, wanted: Licences) -> Vec<ImportProblem> {
        let lacking = self.0.iter().filter(|count| wanted.has(count.licence) && !count.is_free());
        let problems: Vec<_> = lacking
            .map(|count| problem("licences", count.licence.word(), LicenceCount::refusal(count.licence, count.total.unwrap_or_default())))
            .collect();
        if problems.is_empty() {
            for count in self.0.iter_mut().filter(|count| wanted.has(count.licence)) {
                count.assigned += 1;
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use model::ids::RoleId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn roles_are_read_by_word_and_label() {
        let night = OwnRole { id: RoleId::new(Uuid::from_u128(7)), name: "Night shift".into(), capabilities: Default::default() };
        let check = |text: &str, expected: Option<RoleChoice>| {
            assert_eq!(role(text, std::slice::from_ref(&night)).map(|found| found.choice()), expected, "{text}");
        };
        check("full_access", Some(Role::FullAccess.into()));
        check(" Full Access ", Some(Role::FullAccess.into()));
        check("OWNER", Some(Role::Owner.into()));
        check(" night SHIFT", Some(RoleChoice::Own(night.id)));
        check("boss", None);
    }

    #[test]
    fn the_last_licence_goes_to_the_first_line() {
        let mut room = Room::of(&[LicenceCount { licence: Licence::Interact, assigned: 1, total: Some(2) }]);
        let wanted = Licences { contact_center: false, interact: true };
        assert!(room.take(wanted).is_empty());
        assert_eq!(room.take(wanted).len(), 1);
        assert!(room.take(Licences::default()).is_empty());
    }

    #[test]
    fn the_later_of_two_lines_is_the_wrong_one() {
        let line = |line, email: &str| Checked {
            line,
            email: email.into(),
            name: String::new(),
            role: Role::Agent.into(),
            licences: Licences::default(),
            teams: Vec::new(),
            problems: Vec::new(),
        };
        let mut lines = vec![line(2, "a@x.example"), line(3, "b@x.example"), line(4, "a@x.example")];
        duplicates(&mut lines);
        let wrong: Vec<_> = lines.iter().map(|line| line.problems.len()).collect();
        assert_eq!(wrong, [0, 0, 1]);
        assert!(lines[2].problems[0].message.starts_with("Line 2 "));
    }
}
