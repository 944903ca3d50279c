//! The debug log of an asset: every step of every mail.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AssetId, LogId},
    time::Stamp,
};

/// One line of the debug log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Id.
    pub id: LogId,
    /// When, in the tenant's zone (spec tenant-settings).
    pub at: Stamp,
    /// The mail it is about: id of the message or the inbound mail.
    pub mail: String,
    /// `outbound` or `inbound`.
    pub direction: String,
    /// `accepted`, `attempt`, `submitted`, `retry`, `failed`, `received`, `parsed`, …
    pub step: String,
    /// A sentence; never a body or a secret.
    pub detail: String,
    /// An encrypted body is kept with this line.
    pub has_body: bool,
}

/// Filters of the debug log; every one stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct LogFilter {
    /// The asset.
    pub asset: String,
    /// Words in the detail, or the id of a mail.
    pub search: String,
    /// Exact step; empty for all.
    pub step: String,
    /// Cursor.
    pub after: String,
}

/// A decrypted body with the line it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecryptedLine {
    /// The asset.
    pub asset: AssetId,
    /// The line.
    pub line: LogLine,
    /// The body as it went over the wire, at most 1 MB, as text.
    pub body: String,
}
