//! The profile key (spec tenant-settings: "identify and authenticate with Profile APIs").

use serde::{Deserialize, Serialize};

use crate::{Problem, ids::ProfileKeyId, time::Stamp};

/// Longest time, in hours, that a replaced key goes on working.
pub const MAX_OVERLAP_HOURS: u32 = 7 * 24;
/// What the form suggests: time to change a nightly job.
pub const DEFAULT_OVERLAP_HOURS: u32 = 24;

/// A key as the settings page shows it, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileKey {
    /// Id.
    pub id: ProfileKeyId,
    /// First characters, to tell keys apart.
    pub prefix: String,
    /// When it was made.
    pub created: Stamp,
    /// By whom, as the audit log writes it.
    pub created_by: String,
    /// Last use, to the hour; `None` when it was never used.
    pub last_used: Option<Stamp>,
    /// When it stops working; `None` for the present key.
    pub ends: Option<Stamp>,
}

/// The present key and those it replaced that still work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileKeys {
    /// The one to use.
    pub present: ProfileKey,
    /// Replaced ones, newest first.
    pub replaced: Vec<ProfileKey>,
}

/// How long the replaced key goes on working, in hours, as typed.
///
/// # Errors
/// [`Problem::Invalid`] on `overlap_hours` when it is no whole number from 0 to [`MAX_OVERLAP_HOURS`].
pub fn check_overlap(typed: &str) -> Result<u32, Problem> {
    let hours = typed.trim().parse::<u32>().ok().filter(|hours| *hours <= MAX_OVERLAP_HOURS);
    hours.ok_or_else(|| Problem::field("overlap_hours", format!("Enter a whole number of hours from 0 to {MAX_OVERLAP_HOURS} (7 days).")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overlap_is_none_to_seven_days() {
        let check = |typed: &str, expected: Option<u32>| assert_eq!(check_overlap(typed).ok(), expected, "{typed}");
        check("0", Some(0));
        check(" 24 ", Some(24));
        check("168", Some(168));
        check("169", None);
        check("-1", None);
        check("1.5", None);
        check("", None);
        check("4294967296", None);
    }
}
