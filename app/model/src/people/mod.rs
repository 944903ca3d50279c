//! Roles, and what each may do.

mod capability;
pub mod profile;
mod role;

pub use capability::{Capability, CapabilitySet};
pub use role::Role;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{TokenId, UserId},
    time::Stamp,
};

/// A user as lists show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Name as the person writes it.
    pub name: String,
    /// Sign-in address, lower-cased.
    pub email: String,
    /// Role.
    pub role: Role,
    /// May sign in.
    pub active: bool,
    /// When the account was made.
    pub created: Stamp,
    /// Last sign-in, if any.
    pub last_seen: Option<Stamp>,
}

/// An API token as lists show it; the token itself is shown once, when made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Id.
    pub id: TokenId,
    /// Name given by its maker.
    pub name: String,
    /// First characters, to tell tokens apart.
    pub prefix: String,
    /// What it may do at most; its user's role bounds it further.
    pub capabilities: Vec<Capability>,
    /// When it was made.
    pub created: Stamp,
    /// Last use, if any.
    pub last_used: Option<Stamp>,
}

/// A token just made: the only moment its text exists outside the caller's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// The row.
    pub token: ApiToken,
    /// The secret to copy now.
    pub secret: String,
}
