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

/// Filters of the audit page; every one stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Words in actor, subject name or action.
    pub search: String,
    /// Exact action, or its beginning up to a dot.
    pub action: String,
    /// `YYYY-MM-DD` in the tenant's zone, inclusive; empty for none.
    pub from: String,
    /// `YYYY-MM-DD` in the tenant's zone, inclusive; empty for none.
    pub until: String,
    /// Cursor.
    pub after: String,
}
