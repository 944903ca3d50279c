//! Links to files that customers sent (spec tenant-settings, "Secure handling of Inbound media files").

use serde::{Deserialize, Serialize};

use crate::time::Stamp;

/// The header that carries a key once a link has expired; its name is the spec's.
pub const API_KEY_HEADER: &str = "x-imi-connect-media-api-key";

/// The kind of channel a file came through. It decides which credentials open its link after the expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaChannel {
    /// An attachment of a received mail.
    Email,
}

impl MediaChannel {
    /// All.
    pub const ALL: &'static [Self] = &[Self::Email];

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
        }
    }

    /// From the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}

/// A link as pages and scripts show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLink {
    /// The whole address.
    pub url: String,
    /// When it stops working without a key; `None` for a persistent public link.
    pub expires: Option<Stamp>,
    /// That moment has passed.
    pub expired: bool,
}
