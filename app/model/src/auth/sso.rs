//! Signing in at a tenant's own provider, as seen by whoever does it.

use serde::{Deserialize, Serialize};

/// Why nobody was signed in. The word stands in the address of the page that tells it; the sentence tells nothing about
/// accounts that the person in front of the page has not proved to be theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SsoRefusal {
    /// No such organisation, or its single sign-on is off.
    Unknown,
    /// Used before, too old, begun in another browser, or not for this organisation.
    Stale,
    /// The provider said no, or the person went back.
    Denied,
    /// The provider does not answer, or not as it should.
    Provider,
    /// What the provider sent proves nothing.
    Proof,
    /// The provider has not verified the address, or tells none.
    Unverified,
    /// The tenant's list of email domains.
    Domain,
    /// In none of the listed groups.
    Group,
    /// Shut out, not known here, or known elsewhere.
    NotAdmitted,
}

impl SsoRefusal {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Unknown, Self::Stale, Self::Denied, Self::Provider, Self::Proof, Self::Unverified, Self::Domain, Self::Group, Self::NotAdmitted];

    /// In the address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::Denied => "denied",
            Self::Provider => "provider",
            Self::Proof => "proof",
            Self::Unverified => "unverified",
            Self::Domain => "domain",
            Self::Group => "group",
            Self::NotAdmitted => "not_admitted",
        }
    }

    /// The refusal of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }

    /// What happened, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unknown => "There is no single sign-on at this address",
            Self::Stale => "This sign-in is no longer good",
            Self::Denied => "The provider did not sign you in",
            Self::Provider => "The provider does not answer as it should",
            Self::Proof => "The provider's answer could not be verified",
            Self::Unverified => "Your email address is not verified",
            Self::Domain => crate::tenant::domains::NOT_ADMITTED,
            Self::Group => "None of your groups may sign in here",
            Self::NotAdmitted => "This account may not sign in here",
        }
    }

    /// What to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "Check the address you were given, or sign in with your password.",
            Self::Stale => "It took too long, was used already, or was begun in another browser. Start again.",
            Self::Denied => "You were not signed in there, or went back. Start again.",
            Self::Provider => "Try again shortly. If it stays so, tell the owners of your organisation's console.",
            Self::Proof => "Nobody was signed in. Start again; if it stays so, tell the owners of your organisation's console.",
            Self::Unverified => "The provider has to confirm your email address before you can sign in here. Ask those who run it.",
            Self::Domain => "Ask an owner of your organisation's console to allow the domain of your email address.",
            Self::Group => "Ask those who run the provider to add you to a group that an owner has listed here.",
            Self::NotAdmitted => "Ask an owner of your organisation's console to let you in.",
        }
    }
}

/// What the page before a sign-in shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoEntrance {
    /// Stands in the address.
    pub slug: String,
    /// Words on the button.
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back() {
        for one in SsoRefusal::ALL {
            assert_eq!(SsoRefusal::of(one.word()), Some(*one));
        }
        assert_eq!(SsoRefusal::of("<script>"), None);
    }
}
