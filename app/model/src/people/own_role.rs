//! Roles of a tenant's own, and what somebody is: one of those, or a built-in role.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Capability, CapabilitySet, Role, role::UnknownRole};
use crate::{FieldProblem, auth::check_name, ids::RoleId};

/// What no role of a tenant's own may hold: only owners change the tenant (spec tenant-settings), decide on the help desk, and make roles.
pub const RESERVED: &[Capability] = &[Capability::TenantWrite, Capability::TenantHelpDesk, Capability::PeopleRoles];

/// What every role holds: without it nobody could sign out or change their password.
pub const ALWAYS: Capability = Capability::AccountOwn;

/// A role of a tenant's own: a name and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRole {
    /// Id.
    pub id: RoleId,
    /// Name, unique in the tenant.
    pub name: String,
    /// What its people may do.
    pub capabilities: CapabilitySet,
}

/// A role of a tenant's own in the list of roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRow {
    /// The role.
    pub role: OwnRole,
    /// How many people have it.
    pub people: i64,
}

/// What is wrong with a role, in the order of the form: its name, what it holds. Whether the caller holds that much is for the server to say.
pub fn check_role(name: &str, capabilities: CapabilitySet) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    check_name("name", "role", name, &mut problems);
    // Neither label nor word: a file of people names roles by either.
    if Role::ALL.iter().any(|role| [role.label(), role.word()].iter().any(|taken| taken.eq_ignore_ascii_case(name.trim()))) {
        let message = format!("{} is a built-in role; choose another name.", name.trim());
        problems.push(FieldProblem { field: "name".into(), message });
    }
    let reserved: Vec<_> = RESERVED.iter().filter(|one| capabilities.has(**one)).map(|one| one.label()).collect();
    if !reserved.is_empty() {
        let message = format!("Only owners may do this, so it cannot be part of a role: {}.", reserved.join(", "));
        problems.push(FieldProblem { field: "capabilities".into(), message });
    }
    problems
}

/// A role to give: a built-in one, or one of the tenant's own. On the wire the word of the one or the id of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoleChoice {
    /// A built-in role.
    BuiltIn(Role),
    /// One of the tenant's own.
    Own(RoleId),
}

impl From<Role> for RoleChoice {
    fn from(role: Role) -> Self {
        Self::BuiltIn(role)
    }
}

impl fmt::Display for RoleChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.word()),
            Self::Own(id) => id.fmt(f),
        }
    }
}

impl FromStr for RoleChoice {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match (text.parse::<Role>(), text.parse::<RoleId>()) {
            (Ok(role), _) => Ok(Self::BuiltIn(role)),
            (Err(_), Ok(id)) => Ok(Self::Own(id)),
            (Err(unknown), Err(_)) => Err(unknown),
        }
    }
}

impl Serialize for RoleChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoleChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What somebody is, and therefore may do: the one place where both kinds of role become capabilities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The built-in role; without meaning while `own` is set.
    pub role: Role,
    /// The tenant's own role in its place.
    pub own: Option<OwnRole>,
}

impl Position {
    /// What it may do.
    pub fn capabilities(&self) -> CapabilitySet {
        match &self.own {
            Some(own) => own.capabilities.with(ALWAYS),
            None => self.role.capabilities(),
        }
    }

    /// For people.
    pub fn label(&self) -> &str {
        self.own.as_ref().map_or(self.role.label(), |own| &own.name)
    }

    /// The built-in owner, whom the rules about the last owner are about.
    pub fn is_owner(&self) -> bool {
        self.own.is_none() && self.role == Role::Owner
    }

    /// As forms post it.
    pub fn choice(&self) -> RoleChoice {
        self.own.as_ref().map_or(RoleChoice::BuiltIn(self.role), |own| RoleChoice::Own(own.id))
    }
}

impl From<Role> for Position {
    fn from(role: Role) -> Self {
        Self { role, own: None }
    }
}

/// Whether somebody may do one thing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The thing.
    pub capability: Capability,
    /// Whether they may.
    pub allowed: bool,
    /// A sentence.
    pub why: String,
}

/// What somebody may do when signed in, capability by capability.
pub fn explain(active: bool, position: &Position) -> Vec<Verdict> {
    let (held, label) = (position.capabilities(), position.label());
    let kind = if position.own.is_some() { "The organisation's own role" } else { "The built-in role" };
    let verdict = |capability: &Capability| {
        let granted = held.has(*capability);
        let why = match (active, granted) {
            (false, _) => "The account is deactivated, so it may do nothing.".to_owned(),
            (true, true) if position.own.is_some() && *capability == ALWAYS => "Every role allows this.".to_owned(),
            (true, true) => format!("{kind} {label} allows it."),
            (true, false) if position.own.is_some() && RESERVED.contains(capability) => {
                "Only owners may; no role of the organisation's own can.".to_owned()
            }
            (true, false) => format!("{kind} {label} does not allow it."),
        };
        Verdict { capability: *capability, allowed: active && granted, why }
    };
    Capability::ALL.iter().map(verdict).collect()
}

/// What somebody's API token may do: what it was given, and no more than its user.
pub fn explain_token(active: bool, position: &Position, given: CapabilitySet) -> Vec<Verdict> {
    let token = |verdict: Verdict| match (verdict.allowed, given.has(verdict.capability)) {
        (true, true) => Verdict { why: format!("The token was given it, and {} allows it.", position.label()), ..verdict },
        (true, false) => Verdict { allowed: false, why: "The token is bound to less than its user may.".into(), ..verdict },
        (false, true) if active => Verdict { why: format!("The token was given it, but {} does not allow it.", position.label()), ..verdict },
        (false, _) => verdict,
    };
    explain(active, position).into_iter().map(token).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn own(words: &[Capability]) -> Position {
        let role = OwnRole { id: RoleId::new(Uuid::from_u128(7)), name: "Night shift".into(), capabilities: words.iter().copied().collect() };
        Position { role: Role::ReadOnly, own: Some(role) }
    }

    #[test]
    fn a_role_of_ones_own_counts_instead_of_the_built_in_one() {
        let position = own(&[Capability::EmailSend]);
        assert_eq!(position.capabilities().iter().collect::<Vec<_>>(), [Capability::AccountOwn, Capability::EmailSend]);
        assert_eq!(position.label(), "Night shift");
        assert!(!Position { role: Role::Owner, ..position }.is_owner());
        assert!(Position::from(Role::Owner).is_owner());
    }

    #[test]
    fn every_verdict_agrees_with_the_check() {
        let positions = Role::ALL.iter().map(|role| Position::from(*role)).chain([own(&[]), own(&[Capability::EmailInbox])]);
        for position in positions {
            for verdict in explain(true, &position) {
                assert_eq!(verdict.allowed, position.capabilities().has(verdict.capability), "{position:?} {verdict:?}");
            }
            let given = CapabilitySet::EMPTY.with(Capability::EmailSend).with(Capability::EmailInbox);
            for verdict in explain_token(true, &position, given) {
                assert_eq!(verdict.allowed, position.capabilities().and(given).has(verdict.capability), "{position:?} {verdict:?}");
            }
            assert!(explain(false, &position).iter().all(|verdict| !verdict.allowed && verdict.why.contains("deactivated")));
            assert!(explain_token(false, &position, given).iter().all(|verdict| !verdict.allowed));
        }
    }

    #[test]
    fn what_is_reserved_is_the_owners_alone() {
        for role in Role::ALL {
            assert_eq!(RESERVED.iter().any(|one| role.capabilities().has(*one)), *role == Role::Owner, "{role}");
        }
        let check = |name: &str, words: &[Capability], fields: &[&str]| {
            let found: Vec<_> = check_role(name, words.iter().copied().collect()).into_iter().map(|one| one.field).collect();
            assert_eq!(found, fields, "{name} {words:?}");
        };
        check("Night shift", &[Capability::EmailSend], &[]);
        check("", &[], &["name"]);
        check(" full ACCESS ", &[], &["name"]);
        check("Full_Access", &[], &["name"]);
        for one in RESERVED {
            check("Almost owner", &[*one], &["capabilities"]);
        }
    }

    #[test]
    fn a_choice_is_a_word_or_an_id() {
        let id = RoleId::new(Uuid::from_u128(7));
        for choice in [RoleChoice::Own(id), RoleChoice::BuiltIn(Role::Agent)] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
            assert_eq!(serde_json::from_str::<RoleChoice>(&serde_json::to_string(&choice).unwrap()).unwrap(), choice);
        }
        assert!("king".parse::<RoleChoice>().is_err());
    }
}
