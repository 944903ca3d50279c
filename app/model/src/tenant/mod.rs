//! The tenant as settings pages show it.

mod profile_key;

pub use profile_key::{DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS, ProfileKey, ProfileKeys, check_overlap};

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
