//! Capabilities: the single words that every server function and route asks for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $label:literal;)*) => {
        /// One thing a person or token may do. The word is what scripts write and what is stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Capability { $($(#[$doc])* $name,)* }

        impl Capability {
            /// Every capability, in the order of the matrix page.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stored word, `room.verb`.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it lets somebody do, for people.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

capabilities! {
    /// See the own account, sessions and preferences.
    AccountOwn = "account.own", "Manage the own account and sessions";
    /// See the tenant's settings.
    TenantRead = "tenant.read", "See tenant settings";
    /// Change the tenant's settings (spec tenant-settings: owners only).
    TenantWrite = "tenant.write", "Change tenant settings";
    /// See and copy the profile key (spec tenant-settings: Owner, Full access and Limited access).
    TenantProfileKey = "tenant.profile_key", "See and copy the profile key";
    /// Decide whether the help desk may enter (spec tenant-settings: owners only; never a visitor of the help desk or a partner).
    TenantHelpDesk = "tenant.help_desk", "Decide on help-desk access";
    /// List users.
    PeopleRead = "people.read", "See people";
    /// Add, edit and remove users.
    PeopleWrite = "people.write", "Manage people";
    /// Make, change and hand out roles of the tenant's own.
    PeopleRoles = "people.roles", "Manage roles";
    /// Look customers up.
    ProfileRead = "people.profiles_read", "See customer profiles";
    /// Add, change and remove customer profiles.
    ProfileWrite = "people.profiles_write", "Change customer profiles";
    /// Make and revoke own API tokens.
    TokenOwn = "token.own", "Make and revoke own API tokens";
    /// See email assets and their settings.
    EmailRead = "email.read", "See email assets";
    /// Create, change and delete email assets.
    EmailManage = "email.manage", "Manage email assets";
    /// Send mail and reply.
    EmailSend = "email.send", "Send and answer email";
    /// Read received and sent mail.
    EmailInbox = "email.inbox", "Read email";
    /// See the debug log, bodies hidden.
    DebugLogRead = "debuglog.read", "See debug logs";
    /// Decrypt bodies in the debug log; every use is audited.
    DebugLogDecrypt = "debuglog.decrypt", "Decrypt debug logs";
    /// Read and export the audit log.
    AuditRead = "audit.read", "Read the audit log";
    /// See the customers of the own organisation, and enter theirs. Never held by a visitor: nobody goes on from one tenant to the next.
    AccessCustomers = "access.customers", "Enter customers' organisations";
}

impl Capability {
    /// The room it belongs to, as a heading of the matrix page.
    pub fn room(self) -> &'static str {
        match self.word().split_once('.').map_or("", |(room, _)| room) {
            "account" => "Own account",
            "tenant" => "Organisation",
            "people" => "People",
            "token" => "API tokens",
            "email" => "Email",
            "debuglog" => "Debug log",
            "audit" => "Audit log",
            "access" => "Customers' organisations",
            // A new room is found under its own word until it gets a heading here.
            other => other,
        }
    }

    /// What it is of no use without: a role that holds it holds these too.
    pub const fn needs(self) -> &'static [Self] {
        match self {
            Self::TenantWrite | Self::TenantProfileKey | Self::TenantHelpDesk => &[Self::TenantRead],
            Self::PeopleWrite | Self::PeopleRoles => &[Self::PeopleRead],
            Self::ProfileWrite => &[Self::ProfileRead],
            Self::EmailManage | Self::EmailSend => &[Self::EmailRead],
            Self::DebugLogDecrypt => &[Self::DebugLogRead],
            _ => &[],
        }
    }

    /// Every capability under the heading of its room, rooms in the order of their first capability.
    pub fn by_room() -> Vec<(&'static str, Vec<Self>)> {
        let mut rooms: Vec<(&'static str, Vec<Self>)> = Vec::new();
        for one in Self::ALL {
            match rooms.iter_mut().find(|(room, _)| *room == one.room()) {
                Some((_, list)) => list.push(*one),
                None => rooms.push((one.room(), vec![*one])),
            }
        }
        rooms
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no capability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no capability `{0}`")]
pub struct UnknownCapability(pub String);

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(text: &str) -> Result<Self, UnknownCapability> {
        Self::ALL.iter().copied().find(|one| one.word() == text).ok_or_else(|| UnknownCapability(text.to_owned()))
    }
}

impl Serialize for Capability {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Capability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of capabilities, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CapabilitySet(u64);

impl CapabilitySet {
    /// Nothing.
    pub const EMPTY: Self = Self(0);

    /// Holds every capability.
    pub fn all() -> Self {
        Capability::ALL.iter().copied().collect()
    }

    /// Whether `one` is in the set.
    pub const fn has(self, one: Capability) -> bool {
        self.0 & (1 << one as u64) != 0
    }

    /// The set with `one` in it.
    #[must_use]
    pub const fn with(self, one: Capability) -> Self {
        Self(self.0 | (1 << one as u64))
    }

    /// Whether everything in `other` is in this set.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The set with everything that what is in it needs.
    #[must_use]
    pub fn with_needs(self) -> Self {
        self.iter().flat_map(Capability::needs).copied().fold(self, Self::with)
    }

    /// What both hold.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The set with nothing in it that `other` holds.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// In the order of [`Capability::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.iter().copied().filter(move |one| self.has(*one))
    }
}

impl FromIterator<Capability> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = Capability>>(all: I) -> Self {
        all.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl Serialize for CapabilitySet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for CapabilitySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Capability>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_parse_back() {
        for one in Capability::ALL {
            assert_eq!(one.word().parse::<Capability>().as_ref(), Ok(one));
        }
    }

    #[test]
    fn what_is_needed_needs_nothing_more_and_the_built_in_roles_hold_it() {
        for one in Capability::ALL {
            let set = CapabilitySet::EMPTY.with(*one).with_needs();
            assert_eq!(set.with_needs(), set, "{one}");
        }
        for role in crate::people::Role::ALL {
            assert_eq!(role.capabilities().with_needs(), role.capabilities(), "{role}");
        }
    }

    #[test]
    fn every_capability_stands_under_one_heading() {
        let rooms = Capability::by_room();
        assert_eq!(rooms.iter().map(|(_, list)| list.len()).sum::<usize>(), Capability::ALL.len());
        let unnamed: Vec<_> = rooms.iter().map(|(room, _)| *room).filter(|room| room.starts_with(char::is_lowercase)).collect();
        assert!(unnamed.is_empty(), "these rooms need a heading in `Capability::room`: {unnamed:?}");
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = CapabilitySet::EMPTY.with(Capability::EmailSend);
        assert!(set.has(Capability::EmailSend));
        assert!(!set.has(Capability::EmailRead));
        assert_eq!(CapabilitySet::all().iter().count(), Capability::ALL.len());
        assert_eq!(CapabilitySet::all().without(set).iter().count(), Capability::ALL.len() - 1);
        assert_eq!(set.without(set), CapabilitySet::EMPTY);
    }
}
