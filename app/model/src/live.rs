//! Live events: what an open page is told while it stands there. Kinds only; a page that cares asks for the content itself, with its own
//! rights.

use std::fmt;

/// Something of a tenant that may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Name or time zone of the tenant.
    TenantChanged,
    /// Who may be in the tenant, or is in it now: cross-launches, help-desk access.
    AccessChanged,
    /// Scheduled mail: a run was made, or somebody changed a schedule.
    SchedulesChanged,
    /// A session of the tenant ended; each open page finds out whether it was its own.
    SessionEnded,
}

impl Kind {
    /// Every kind. A place in this list is also the number that pages count a kind under.
    pub const ALL: [Self; 4] = [Self::TenantChanged, Self::AccessChanged, Self::SchedulesChanged, Self::SessionEnded];

    /// The word on the wire: the name of the server-sent event.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TenantChanged => "tenant.changed",
            Self::AccessChanged => "access.changed",
            Self::SchedulesChanged => "schedules.changed",
            Self::SessionEnded => "session.ended",
        }
    }

    /// Its place in [`Kind::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Sent in place of an event when the same person opened more pages than are told at once: this one asks again when it is looked at.
pub const SUPERSEDED: &str = "superseded";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_at_its_own_place_under_its_own_word() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), place, "{kind}");
            assert!(Kind::ALL.iter().filter(|other| other.word() == kind.word()).count() == 1 && kind.word() != SUPERSEDED, "{kind}");
        }
    }
}
