//! Which email domains people of a tenant may have (spec tenant-settings, Email Domains).

use serde::{Deserialize, Serialize};

/// The refusal of an address outside the list, as the spec has it.
pub const NOT_ADMITTED: &str = "User domain not in allowed list";

/// Domains in one list at most.
pub const MOST_DOMAINS: usize = 200;

/// One domain of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedDomain {
    /// As it is stored and compared: lower-case A-labels, `xn--kln-sna.example`.
    pub ascii: String,
    /// As people read it: `köln.example`.
    pub shown: String,
}

/// Somebody whose address is outside the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideUser {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
}

/// Whom a list leaves outside. They keep their accounts: a list decides who comes in, not who goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// How many active people.
    pub count: u64,
    /// The first of them by name.
    pub some: Vec<OutsideUser>,
    /// The reader is one of them.
    pub you: bool,
}

/// The list and whom it leaves outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedDomains {
    /// Sorted; empty admits every domain.
    pub domains: Vec<AllowedDomain>,
    /// Present people outside of it.
    pub outside: Outside,
}
