//! The audit log as pages and exports show it.

use serde::{Deserialize, Serialize};

use crate::{ids::AuditId, time::Stamp};

/// One change, or one reading of something secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Id; later entries sort after earlier ones.
    pub id: AuditId,
    /// When.
    pub at: Stamp,
    /// Who: a name and address, `token NAME of ADDRESS`, or `system`.
    pub actor: String,
    /// From which network address; empty for the command line and background work.
    pub remote_address: String,
    /// What, `room.thing.verb` (`email.asset.created`).
    pub action: String,
    /// On which thing: its kind and id.
    pub subject: String,
    /// The thing's name at that moment.
    pub subject_name: String,
    /// Field by field, before and after, secrets as `•••`.
    pub changes: Vec<Change>,
}

/// One field's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Field.
    pub field: String,
    /// Before; `None` when it did not exist.
    pub before: Option<String>,
    /// After; `None` when it is gone.
    pub after: Option<String>,
}

/// Whether the chain of the log holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainVerdict {
    /// Every entry is what it was, where it was.
    pub holds: bool,
    /// How many entries there are; or the first one at which the chain does not hold.
    pub sentence: String,
}

/// Filters of the audit page; every one stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Words in actor, subject name or action.
    pub search: String,
    /// Exact action, or its beginning up to a dot.
    pub action: String,
    /// A part of the actor's name, address or token.
    pub actor: String,
    /// A part of the subject's kind, id or name.
    pub subject: String,
    /// `YYYY-MM-DD` in the tenant's zone, inclusive; empty for none.
    pub from: String,
    /// `YYYY-MM-DD` in the tenant's zone, inclusive; empty for none.
    pub until: String,
    /// Cursor.
    pub after: String,
}

impl AuditFilter {
    /// The filters by the names they have in an address, without the cursor.
    pub fn named(&self) -> [(&'static str, &str); 6] {
        [
            ("search", &self.search),
            ("action", &self.action),
            ("actor", &self.actor),
            ("subject", &self.subject),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }

    /// Reads the filters from an address by the names they have there.
    pub fn read(mut part: impl FnMut(&str) -> String) -> Self {
        Self {
            search: part("search"),
            action: part("action"),
            actor: part("actor"),
            subject: part("subject"),
            from: part("from"),
            until: part("until"),
            after: part("after"),
        }
    }
}
