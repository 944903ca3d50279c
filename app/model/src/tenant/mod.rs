//! The tenant as settings pages show it.

mod media;
mod profile_key;

pub use media::{Expiry, ExpiryUnit, LONGEST_HOURS, MediaHandling, SHORTEST_HOURS};
pub use profile_key::{DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS, ProfileKey, ProfileKeys, check_overlap};
pub mod domains;
pub mod sso;

use serde::{Deserialize, Serialize};

use crate::{ids::TenantId, time::Stamp};

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Id.
    pub id: TenantId,
    /// Name.
    pub name: String,
    /// IANA zone.
    pub time_zone: String,
    /// When it was made.
    pub created: Stamp,
}

/// A time zone to choose, as it is at the moment of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneChoice {
    /// IANA name.
    pub name: String,
    /// `now 14:05, UTC+01:00, changes on 25 October`, or `… no daylight saving`.
    pub about: String,
    /// Abbreviations in use, for finding it: `BST GMT`.
    pub words: String,
}

/// In which zone reports are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportsIn {
    /// UTC, whatever the tenant's zone.
    #[default]
    Utc,
    /// The tenant's zone.
    Tenant,
}

impl ReportsIn {
    /// The word it is stored and posted as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::Tenant => "tenant",
        }
    }

    /// The choice with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Utc, Self::Tenant].into_iter().find(|choice| choice.word() == word)
    }
}

/// Fewest days that audit entries are kept.
pub const LEAST_AUDIT_DAYS: i64 = 30;
/// Most days that audit entries are kept, short of for ever: a hundred years.
pub const MOST_AUDIT_DAYS: i64 = 36_525;

/// How reports are written and how long the audit log is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Zone of reports.
    pub reports_in: ReportsIn,
    /// The tenant's zone, for the words of the choice.
    pub time_zone: String,
    /// How many days audit entries are kept; `None` for ever.
    pub audit_days: Option<i64>,
}

/// How long to keep audit entries, as typed: empty for ever, else whole days.
///
/// # Errors
/// A sentence with the cure.
pub fn check_audit_days(text: &str) -> Result<Option<i64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(days @ LEAST_AUDIT_DAYS..=MOST_AUDIT_DAYS) => Ok(Some(days)),
        _ => Err(format!("Enter whole days from {LEAST_AUDIT_DAYS} to {MOST_AUDIT_DAYS}, or leave it empty to keep entries for ever.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audit_entries_are_kept_a_month_or_longer() {
        let check = |text: &str, expected: Option<Option<i64>>| assert_eq!(check_audit_days(text).ok(), expected, "{text:?}");
        check("", Some(None));
        check("  ", Some(None));
        check("30", Some(Some(30)));
        check(" 365 ", Some(Some(365)));
        check("36525", Some(Some(36_525)));
        check("29", None);
        check("0", None);
        check("-30", None);
        check("36526", None);
        check("30.5", None);
        check("a month", None);
        check("99999999999999999999", None);
    }

    #[test]
    fn a_choice_is_found_by_its_word_alone() {
        let check = |word: &str, expected: Option<ReportsIn>| assert_eq!(ReportsIn::from_word(word), expected, "{word}");
        check("utc", Some(ReportsIn::Utc));
        check("tenant", Some(ReportsIn::Tenant));
        check("UTC", None);
        check("", None);
    }
}
