//! Operators: accounts of the installation, and what their console shows.

use serde::{Deserialize, Serialize};

use crate::{access::Access, ids::TenantId, time::Stamp};

/// The operator who is signed in at the operators' console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorMe {
    /// Sign-in address.
    pub email: String,
    /// The most they may ask for.
    pub access: Access,
}

/// An operator, as the command line lists them. Moments are in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Sign-in address, lower-cased.
    pub email: String,
    /// The most they may ask for.
    pub access: Access,
    /// May sign in.
    pub active: bool,
    /// Last sign-in, if any.
    pub last_seen: Option<Stamp>,
}

/// A tenant that allows the help desk at the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTenant {
    /// Whom to enter.
    pub id: TenantId,
    /// Name.
    pub name: String,
    /// Everybody of the help desk may decrypt logs there.
    pub decrypt: bool,
    /// When its permission ends, in its own zone; `None` for no end.
    pub until: Option<Stamp>,
}
