//! Moments as a person reads them. The server formats them in the tenant's zone; the browser only shows them.

use serde::{Deserialize, Serialize};

/// A moment, formatted by the server (spec tenant-settings: `YYYY-MM-DD HH:mm:ss`, 24-hour).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// `2019-09-25T13:33:00.538+01:00`: with the tenant's offset, milliseconds.
    pub iso: String,
    /// `2019-09-25 13:33:00` in the tenant's zone.
    pub text: String,
}
