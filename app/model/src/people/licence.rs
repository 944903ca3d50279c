//! Licences: which parts of the product somebody has a seat in.

use serde::{Deserialize, Serialize};

/// A part of the product with seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// Handling contacts.
    ContactCenter,
    /// An own Interact widget.
    Interact,
}

impl Licence {
    /// In the order of pages.
    pub const ALL: &'static [Self] = &[Self::ContactCenter, Self::Interact];

    /// The stored word, which is also the name of the form field.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ContactCenter => "contact_center",
            Self::Interact => "interact",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ContactCenter => "Contact Center",
            Self::Interact => "Interact",
        }
    }

    /// Reads the word or the label, whatever its case.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL.iter().copied().find(|one| one.word().eq_ignore_ascii_case(text) || one.label().eq_ignore_ascii_case(text))
    }
}

/// The licences of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licences {
    /// Contact Center.
    pub contact_center: bool,
    /// Interact.
    pub interact: bool,
}

impl Licences {
    /// Whether `one` is held.
    pub const fn has(self, one: Licence) -> bool {
        match one {
            Licence::ContactCenter => self.contact_center,
            Licence::Interact => self.interact,
        }
    }

    /// The same with `one` held or not.
    #[must_use]
    pub const fn with(self, one: Licence, held: bool) -> Self {
        match one {
            Licence::ContactCenter => Self { contact_center: held, ..self },
            Licence::Interact => Self { interact: held, ..self },
        }
    }

    /// Those held here and not in `before`.
    #[must_use]
    pub const fn beyond(self, before: Self) -> Self {
        Self { contact_center: self.contact_center && !before.contact_center, interact: self.interact && !before.interact }
    }

    /// Labels, parted by commas; empty for none.
    pub fn words(self) -> String {
        let held: Vec<_> = Licence::ALL.iter().filter(|one| self.has(**one)).map(|one| one.label()).collect();
        held.join(", ")
    }
}

/// How many of a licence are given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceCount {
    /// Which.
    pub licence: Licence,
    /// Held by people of the tenant, invited and deactivated ones among them.
    pub assigned: i64,
    /// How many there are; `None` for as many as one likes.
    pub total: Option<i64>,
}

impl LicenceCount {
    /// `3 of 5`, or `3` without a limit.
    pub fn words(&self) -> String {
        match self.total {
            Some(total) => format!("{} of {total}", self.assigned),
            None => self.assigned.to_string(),
        }
    }

    /// Whether another one can be assigned.
    pub fn is_free(&self) -> bool {
        self.total.is_none_or(|total| self.assigned < total)
    }

    /// Why no further one can be assigned.
    pub fn refusal(licence: Licence, total: i64) -> String {
        let label = licence.label();
        match total {
            0 => format!("Your organisation has no {label} licence; ask your operator for one."),
            1 => format!("The only {label} licence is assigned; take it from somebody or ask your operator for more."),
            _ => format!("All {total} {label} licences are assigned; take one from somebody or ask your operator for more."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_labels_are_read() {
        let check = |text: &str, expected: Option<Licence>| assert_eq!(Licence::read(text), expected, "{text}");
        check("contact_center", Some(Licence::ContactCenter));
        check(" Contact Center ", Some(Licence::ContactCenter));
        check("INTERACT", Some(Licence::Interact));
        check("", None);
        check("voice", None);
    }

    #[test]
    fn what_is_new_is_what_was_not_held() {
        let both = Licences { contact_center: true, interact: true };
        let one = Licences::default().with(Licence::Interact, true);
        assert_eq!(both.beyond(one), Licences { contact_center: true, interact: false });
        assert_eq!(one.beyond(both), Licences::default());
        assert_eq!((both.words().as_str(), Licences::default().words().as_str()), ("Contact Center, Interact", ""));
    }

    #[test]
    fn counts_say_when_nothing_is_left() {
        let count = |assigned, total| LicenceCount { licence: Licence::Interact, assigned, total };
        assert!(count(5, None).is_free() && count(4, Some(5)).is_free());
        assert!(!count(5, Some(5)).is_free() && !count(7, Some(5)).is_free());
        assert_eq!((count(5, None).words(), count(7, Some(5)).words()), ("5".to_owned(), "7 of 5".to_owned()));
    }
}
