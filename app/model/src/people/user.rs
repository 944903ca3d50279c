//! People as lists and forms show them.

use serde::{Deserialize, Serialize};

use super::{Licences, OwnRole, Role, TeamName};
use crate::{ids::UserId, time::Stamp};

/// Most people that one bulk change takes: as many as a list shows at once.
pub const BULK_MOST: usize = crate::page::MAX_PAGE as usize;

/// Whether somebody may sign in, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// May sign in.
    Active,
    /// Was invited and has not accepted.
    Invited,
    /// Was shut out.
    Inactive,
}

impl PersonStatus {
    /// In the order of the filter.
    pub const ALL: &'static [Self] = &[Self::Active, Self::Invited, Self::Inactive];

    /// The word in addresses and files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Inactive => "inactive",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Invited => "Invited",
            Self::Inactive => "Deactivated",
        }
    }

    /// Reads [`PersonStatus::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.word() == word)
    }
}

/// A user as lists show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Name as the person writes it.
    pub name: String,
    /// Sign-in address, lower-cased.
    pub email: String,
    /// Built-in role; without meaning while `own_role` is set.
    pub role: Role,
    /// The tenant's own role in its place.
    #[serde(default)]
    pub own_role: Option<OwnRole>,
    /// May sign in.
    pub active: bool,
    /// The same with the reason.
    pub status: PersonStatus,
    /// Licences held.
    pub licences: Licences,
    /// Teams they are in, by name.
    pub teams: Vec<TeamName>,
    /// When the account was made.
    pub created: Stamp,
    /// Last sign-in, if any.
    pub last_seen: Option<Stamp>,
}

/// What the list of people asks for; every part stands in the address and may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct PeopleFilter {
    /// Cursor of the page before.
    pub after: String,
    /// `name` (also when empty), `email`, `role`, `created` or `last_seen`.
    pub sort: String,
    /// `true` for largest or newest first.
    pub descending: String,
    /// Words in name and address.
    pub search: String,
    /// Word of a role.
    pub role: String,
    /// [`PersonStatus::word`].
    pub status: String,
    /// Id of a team.
    pub team: String,
    /// Word of a licence, or `none`.
    pub licence: String,
}

/// What a change of many people did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkOutcome {
    /// Who was changed.
    pub changed: Vec<UserId>,
    /// How many were as wanted already.
    pub unchanged: u32,
    /// Whom it could not be done to, and why; nothing of theirs was changed.
    pub refused: Vec<RefusedPerson>,
}

/// Somebody whom a change of many left as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedPerson {
    /// Name.
    pub name: String,
    /// A sentence.
    pub why: String,
}

/// What hangs on somebody who is about to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Kind by kind; those with a count of 0 too, so that the page says what it looked for.
    pub items: Vec<WorkItem>,
    /// Active people who could take over what can be handed over: id and name with address; at most 200.
    pub heirs: Vec<(UserId, String)>,
}

/// One kind of thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// What it is, for people.
    pub what: String,
    /// How many; `None` where nothing is counted because all of it stays.
    pub count: Option<i64>,
    /// What becomes of it.
    pub fate: String,
    /// Can be handed over.
    pub moves: bool,
}
