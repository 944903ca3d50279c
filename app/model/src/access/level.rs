//! How far a visitor gets.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::people::{Capability as C, CapabilitySet, Role};

/// The three levels of the spec (tenant-settings, "Help Desk"), from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Can only view.
    ReadOnly,
    /// Uses the application completely.
    Full,
    /// The same, and decrypts logs.
    FullWithDecrypt,
}

/// What a visitor sees who can only view. Written out, so that a new capability is not given away by accident.
const VIEW: &[C] = &[C::TenantRead, C::PeopleRead, C::ProfileRead, C::EmailRead, C::EmailInbox, C::DebugLogRead, C::AuditRead];

/// What no visitor ever holds, whatever is granted.
///
/// Deciding about the help desk is the owners' alone, and so are the tenant's settings (spec: "Only account owners can make changes to tenant
/// settings"). The rest would outlast the visit, which switching it off has to end: accounts and their passwords, roles, tokens, the
/// profile key (spec: "Only the tenant Owner, Full Access Users, and Limited Access Users"), an account of the visitor's own (there is
/// none), and the way on into other tenants.
const NEVER: &[C] =
    &[C::TenantHelpDesk, C::TenantWrite, C::TenantProfileKey, C::PeopleWrite, C::PeopleRoles, C::AccountOwn, C::TokenOwn, C::AccessCustomers];

impl Access {
    /// From least to most.
    pub const ALL: &'static [Self] = &[Self::ReadOnly, Self::Full, Self::FullWithDecrypt];

    /// The stored word, also on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Full => "full",
            Self::FullWithDecrypt => "full-with-decrypt",
        }
    }

    /// For people, alone on a line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ReadOnly => "Read-only",
            Self::Full => "Full",
            Self::FullWithDecrypt => "Full with decrypt",
        }
    }

    /// For people, within a sentence before "access".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Full => "full",
            Self::FullWithDecrypt => "full (with decrypt)",
        }
    }

    /// The levels that somebody granted this one may ask for, from least to most.
    pub fn and_less(self) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |level| *level <= self)
    }

    /// What a visitor may do. `decrypt` is the tenant's own option that lets everybody of the help desk decrypt.
    pub fn capabilities(self, decrypt: bool) -> CapabilitySet {
        let view: CapabilitySet = VIEW.iter().copied().collect();
        let never: CapabilitySet = NEVER.iter().copied().collect();
        let level = match self {
            Self::ReadOnly => view,
            Self::Full | Self::FullWithDecrypt => Role::FullAccess.capabilities().without(never),
        };
        if decrypt || self == Self::FullWithDecrypt {
            level.with(C::DebugLogDecrypt)
        } else {
            level.without(CapabilitySet::EMPTY.with(C::DebugLogDecrypt))
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no access `{0}`; it is read-only, full or full-with-decrypt")]
pub struct UnknownAccess(pub String);

impl FromStr for Access {
    type Err = UnknownAccess;

    fn from_str(text: &str) -> Result<Self, UnknownAccess> {
        Self::ALL.iter().copied().find(|level| level.word() == text).ok_or_else(|| UnknownAccess(text.to_owned()))
    }
}

impl Serialize for Access {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Access {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_visitor_ever_holds_what_would_outlast_the_visit() {
        for level in Access::ALL {
            for decrypt in [false, true] {
                let held = level.capabilities(decrypt);
                for never in NEVER {
                    assert!(!held.has(*never), "{level} holds {never}");
                }
            }
        }
    }

    #[test]
    fn decryption_comes_with_the_level_or_with_the_tenants_option() {
        let check = |level: Access, option: bool, expected: bool| {
            assert_eq!(level.capabilities(option).has(C::DebugLogDecrypt), expected, "{level} {option}");
            assert!(level.capabilities(option).has(C::DebugLogRead), "{level}: logs are seen");
        };
        check(Access::ReadOnly, false, false);
        check(Access::Full, false, false);
        check(Access::FullWithDecrypt, false, true);
        check(Access::ReadOnly, true, true);
        check(Access::Full, true, true);
        check(Access::FullWithDecrypt, true, true);
    }

    #[test]
    fn read_only_changes_nothing_and_full_uses_the_application() {
        let changes = [C::EmailManage, C::EmailSend, C::ProfileWrite];
        for one in changes {
            assert!(!Access::ReadOnly.capabilities(false).has(one), "{one}");
            assert!(Access::Full.capabilities(false).has(one), "{one}");
        }
        let full = Access::Full.capabilities(false);
        assert!(Access::ReadOnly.capabilities(false).without(full) == CapabilitySet::EMPTY, "full sees what read-only sees");
    }

    #[test]
    fn levels_are_ordered_and_read_back() {
        assert_eq!(Access::Full.and_less().collect::<Vec<_>>(), [Access::ReadOnly, Access::Full]);
        for level in Access::ALL {
            assert_eq!(level.word().parse(), Ok(*level));
        }
        assert!("Full".parse::<Access>().is_err());
        assert_eq!(Access::FullWithDecrypt.min(Access::ReadOnly), Access::ReadOnly);
    }
}
