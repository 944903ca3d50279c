//! Starting points for roles of a tenant's own: the administrator roles of spec contact-center-connector, Table 1.
//!
//! That table says who may change connectors; a template says what such a person may do with everything that exists. None holds what
//! only owners may.

use super::{Capability, CapabilitySet, Role, own_role::RESERVED};

/// How much an administrator of the table may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Read and write everything but what only owners may.
    Full,
    /// As [`Access::Full`], without what concerns people, audit and decrypted logs.
    Service,
    /// Looks, changes nothing.
    Read,
}

/// Where the administrator comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The organisation itself.
    Inside,
    /// Another organisation that works for it: as inside.
    External,
    /// The help desk or a partner: the profile key and decrypted logs are not theirs (spec tenant-settings).
    Visiting,
}

/// A starting point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleTemplate {
    /// The word in addresses.
    pub word: &'static str,
    /// Its name in the table.
    pub name: &'static str,
    access: Access,
    origin: Origin,
}

impl RoleTemplate {
    /// Every row of the table, in its order.
    pub const ALL: &'static [Self] = &[
        Self::new("full", "Full administrator", Access::Full, Origin::Inside),
        Self::new("service", "Contact Center Service administrator", Access::Service, Origin::Inside),
        Self::new("external-full", "External Admin with full administrator role", Access::Full, Origin::External),
        Self::new("external-service", "External Admin with Contact Center Specific administrator role", Access::Service, Origin::External),
        Self::new("help-desk-full", "Help desk administrator with full administrator role", Access::Full, Origin::Visiting),
        Self::new("partner-full", "Partner full administrator", Access::Full, Origin::Visiting),
        Self::new("read-only", "Read-only administrator", Access::Read, Origin::Inside),
        Self::new("external-read-only", "External Admin with Read only administrator Role", Access::Read, Origin::External),
        Self::new("help-desk-basic", "Help desk administrator (Basic)", Access::Read, Origin::Visiting),
        Self::new("partner-read-only", "Partner read-only administrator", Access::Read, Origin::Visiting),
    ];

    const fn new(word: &'static str, name: &'static str, access: Access, origin: Origin) -> Self {
        Self { word, name, access, origin }
    }

    /// From the word in an address.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word == word)
    }

    /// What a role begun with it holds.
    pub fn capabilities(self) -> CapabilitySet {
        let base = match self.access {
            Access::Full => Role::FullAccess,
            Access::Service => Role::LimitedAccess,
            Access::Read => Role::ReadOnly,
        };
        let visiting = [Capability::TenantProfileKey, Capability::DebugLogDecrypt];
        let refused = |one: Capability| RESERVED.contains(&one) || (self.origin == Origin::Visiting && visiting.contains(&one));
        base.capabilities().iter().filter(|one| !refused(*one)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::check_role;

    #[test]
    fn every_template_makes_a_role() {
        for template in RoleTemplate::ALL {
            assert!(check_role(template.name, template.capabilities()).is_empty(), "{}", template.name);
            assert_eq!(RoleTemplate::find(template.word), Some(*template));
        }
        assert_eq!(RoleTemplate::find("king"), None);
    }

    #[test]
    fn full_administrators_change_and_the_others_look() {
        let check = |word: &str, manages: bool, people: bool, key: bool| {
            let held = RoleTemplate::find(word).unwrap().capabilities();
            let found = (held.has(Capability::EmailManage), held.has(Capability::PeopleWrite), held.has(Capability::TenantProfileKey));
            assert_eq!(found, (manages, people, key), "{word}");
        };
        check("full", true, true, true);
        check("service", true, false, true);
        check("external-full", true, true, true);
        check("external-service", true, false, true);
        check("help-desk-full", true, true, false);
        check("partner-full", true, true, false);
        check("read-only", false, false, false);
        check("external-read-only", false, false, false);
        check("help-desk-basic", false, false, false);
        check("partner-read-only", false, false, false);
    }
}
