//! How long links to inbound media work (spec tenant-settings, "Secure handling of Inbound media files").

use serde::{Deserialize, Serialize};

use crate::FieldProblem;

/// Shortest expiry, in hours.
pub const SHORTEST_HOURS: u32 = 4;
/// Longest expiry, in hours: seven days.
pub const LONGEST_HOURS: u32 = 7 * 24;

/// What the number of the expiry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryUnit {
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
}

impl ExpiryUnit {
    /// All, in the order of the form.
    pub const ALL: &'static [Self] = &[Self::Hours, Self::Days];

    /// The stored and posted word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Hours => "Hours",
            Self::Days => "Days",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }

    const fn hours(self) -> u32 {
        match self {
            Self::Hours => 1,
            Self::Days => 24,
        }
    }
}

/// A time after which a link needs a key: 4 hours to 7 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// How many of the unit.
    pub amount: u32,
    /// The unit it was chosen in.
    pub unit: ExpiryUnit,
}

impl Expiry {
    /// What a tenant starts with (spec tenant-settings: 12 hours).
    pub const DEFAULT: Self = Self { amount: 12, unit: ExpiryUnit::Hours };

    /// Reads the two fields of the form.
    ///
    /// # Errors
    /// A [`FieldProblem`] on `expiry` when it is no whole number or lies outside 4 hours to 7 days, on `unit` for another word.
    pub fn parse(amount: &str, unit: &str) -> Result<Self, FieldProblem> {
        let refused = |field: &str, message: &str| Err(FieldProblem { field: field.into(), message: message.into() });
        let Some(unit) = ExpiryUnit::from_word(unit) else { return refused("unit", "Choose Hours or Days.") };
        let Ok(amount) = amount.trim().parse::<u32>() else {
            return refused("expiry", "Enter a whole number of hours or days, such as 12.");
        };
        let expiry = Self { amount, unit };
        match expiry.hours() {
            Some(hours) if (SHORTEST_HOURS..=LONGEST_HOURS).contains(&hours) => Ok(expiry),
            Some(hours) if hours < SHORTEST_HOURS => refused("expiry", "The shortest expiry is 4 hours. Choose 4 hours to 7 days."),
            _ => refused("expiry", "The longest expiry is 7 days. Choose 4 hours to 7 days."),
        }
    }

    /// In hours; `None` beyond what a number holds.
    pub const fn hours(self) -> Option<u32> {
        self.amount.checked_mul(self.unit.hours())
    }
}

/// The setting as its page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaHandling {
    /// New links are short-lived.
    pub enabled: bool,
    /// How long they work.
    pub expiry: Expiry,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_hours_to_seven_days() {
        let check = |amount: &str, unit: &str, hours: Option<u32>| {
            assert_eq!(Expiry::parse(amount, unit).ok().and_then(Expiry::hours), hours, "{amount} {unit}");
        };
        check("4", "hours", Some(4));
        check(" 12 ", "hours", Some(12));
        check("168", "hours", Some(168));
        check("1", "days", Some(24));
        check("7", "days", Some(168));
        check("3", "hours", None);
        check("169", "hours", None);
        check("8", "days", None);
        check("0", "days", None);
        check("4294967295", "days", None);
        check("-5", "hours", None);
        check("1.5", "days", None);
        check("", "hours", None);
        check("5", "weeks", None);
        assert_eq!(Expiry::DEFAULT.hours(), Some(12));
    }

    #[test]
    fn a_refusal_stands_at_its_field() {
        let check = |amount: &str, unit: &str, field: &str, part: &str| {
            let problem = Expiry::parse(amount, unit).unwrap_err();
            assert_eq!(problem.field, field);
            assert!(problem.message.contains(part), "{}", problem.message);
        };
        check("3", "hours", "expiry", "shortest expiry is 4 hours");
        check("8", "days", "expiry", "longest expiry is 7 days");
        check("many", "days", "expiry", "whole number");
        check("5", "", "unit", "Hours or Days");
    }
}
