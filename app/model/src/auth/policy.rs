//! The tenant's rule about second factors.

use serde::{Deserialize, Serialize};

use crate::{ids::UserId, time::Stamp};

/// Longest grace period an owner can give, in days.
pub const GRACE_DAYS_MAX: u32 = 30;

/// The rule, and who does not follow it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityPolicy {
    /// Everybody who signs in with a password needs a second factor.
    pub required: bool,
    /// Days that people have to set one up, 0 to [`GRACE_DAYS_MAX`].
    pub grace_days: u32,
    /// Since when it is required.
    pub since: Option<Stamp>,
    /// Active people.
    pub people: u32,
    /// Those without one, by name; at most 200.
    pub without: Vec<Unprotected>,
}

/// Somebody without a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unprotected {
    /// Who.
    pub user: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Last sign-in, if any.
    pub last_seen: Option<Stamp>,
    /// From when on they cannot go on without one; nothing while none is required.
    pub due: Option<Stamp>,
}
