//! The built-in roles as data.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Capability as C, CapabilitySet};

/// A built-in role (spec tenant-settings: Owner, Full access, Limited access; the rest for the contact centre's floor).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, tenant settings included.
    Owner,
    /// Everything but tenant settings.
    FullAccess,
    /// Day-to-day administration without people.
    LimitedAccess,
    /// Reads and answers, sees logs.
    Supervisor,
    /// Reads and answers.
    Agent,
    /// Looks, changes nothing.
    ReadOnly,
}

impl Role {
    /// From most to least.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::FullAccess, Self::LimitedAccess, Self::Supervisor, Self::Agent, Self::ReadOnly];

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::FullAccess => "full_access",
            Self::LimitedAccess => "limited_access",
            Self::Supervisor => "supervisor",
            Self::Agent => "agent",
            Self::ReadOnly => "read_only",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::FullAccess => "Full access",
            Self::LimitedAccess => "Limited access",
            Self::Supervisor => "Supervisor",
            Self::Agent => "Agent",
            Self::ReadOnly => "Read-only",
        }
    }

    /// What the role may do.
    pub fn capabilities(self) -> CapabilitySet {
        let words: &[C] = match self {
            Self::Owner => C::ALL,
            Self::FullAccess => &[
                C::AccountOwn,
                C::TenantRead,
                C::TenantProfileKey,
                C::PeopleRead,
                C::PeopleWrite,
                C::ProfileRead,
                C::ProfileWrite,
                C::TokenOwn,
                C::EmailRead,
                C::EmailManage,
                C::EmailSend,
                C::EmailInbox,
                C::DebugLogRead,
                C::DebugLogDecrypt,
                C::AuditRead,
                C::AccessCustomers,
            ],
            Self::LimitedAccess => &[
                C::AccountOwn,
                C::TenantRead,
                C::TenantProfileKey,
                C::PeopleRead,
                C::ProfileRead,
                C::ProfileWrite,
                C::TokenOwn,
                C::EmailRead,
                C::EmailManage,
                C::EmailSend,
                C::EmailInbox,
                C::DebugLogRead,
            ],
            Self::Supervisor => {
                &[C::AccountOwn, C::PeopleRead, C::ProfileRead, C::ProfileWrite, C::EmailRead, C::EmailSend, C::EmailInbox, C::DebugLogRead]
            }
            Self::Agent => &[C::AccountOwn, C::ProfileRead, C::EmailRead, C::EmailSend, C::EmailInbox],
            Self::ReadOnly => &[C::AccountOwn, C::TenantRead, C::PeopleRead, C::ProfileRead, C::EmailRead, C::EmailInbox],
        };
        words.iter().copied().collect()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// The text names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no role `{0}`")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.iter().copied().find(|role| role.word() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_changes_tenant_settings() {
        for role in Role::ALL {
            assert_eq!(role.capabilities().has(C::TenantWrite), *role == Role::Owner, "{role}");
            assert_eq!(role.capabilities().has(C::TenantHelpDesk), *role == Role::Owner, "{role}");
        }
    }

    #[test]
    fn owners_full_and_limited_access_see_the_profile_key() {
        for role in Role::ALL {
            assert_eq!(role.capabilities().has(C::TenantProfileKey), matches!(role, Role::Owner | Role::FullAccess | Role::LimitedAccess), "{role}");
        }
    }

    #[test]
    fn everybody_manages_the_own_account() {
        assert!(Role::ALL.iter().all(|role| role.capabilities().has(C::AccountOwn)));
    }
}
