//! Teams.

use serde::{Deserialize, Serialize};

use super::User;
use crate::ids::{TeamId, UserId};

/// A team by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamName {
    /// Id.
    pub id: TeamId,
    /// Name.
    pub name: String,
}

/// A team as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Id.
    pub id: TeamId,
    /// Name; no two teams of a tenant share it, whatever its case.
    pub name: String,
    /// Who leads it.
    pub lead: Option<UserId>,
    /// Their name; empty when nobody leads it.
    pub lead_name: String,
    /// How many people are in it.
    pub members: i64,
}

/// A team with its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamDetail {
    /// The team.
    pub team: Team,
    /// Its members by name; at most 200 are listed.
    pub members: Vec<User>,
}
