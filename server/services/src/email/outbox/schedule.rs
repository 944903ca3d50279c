//! When a mail is tried again, and when an asset's server is left alone.

use crate::clock::{HOUR, MINUTE, SECOND};

/// Attempts before a mail is given up: with the waits below that is a little over two days (RFC 5321 section 4.5.4.1
/// asks for a give-up time of 4 to 5 days between mail servers; a submission server that is away for two days is not
/// coming back on its own, and the sender should learn it).
pub const MAX_ATTEMPTS: i64 = 21;

/// Wait after the `attempts`-th attempt failed for now, in microseconds; `None` when it is to be given up.
/// `chance` (any 64 bits) spreads it by up to a tenth either way, so that a backlog does not come back as one wave.
pub fn retry_after(attempts: i64, chance: u64) -> Option<i64> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let base = match attempts {
        ..=1 => MINUTE,
        2 => 5 * MINUTE,
        3 => 15 * MINUTE,
        4 => HOUR,
        _ => 3 * HOUR,
    };
    Some(spread(base, chance))
}

/// Why a server is left alone for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It could not be reached, or broke off.
    Connection,
    /// It refused our user name and password: asking again soon locks accounts.
    Credentials,
    /// It asked for less (421, 454).
    Throttled,
}

/// How long an asset's server is left alone after `failures` failures in a row (1 for the first), in microseconds.
pub fn hold_for(hold: Hold, failures: u32, chance: u64) -> i64 {
    let base = match (hold, failures) {
        (Hold::Connection, ..=1) => 10 * SECOND,
        (Hold::Connection, 2) => 30 * SECOND,
        (Hold::Connection, 3) => MINUTE,
        (Hold::Connection, _) => 5 * MINUTE,
        (Hold::Credentials, ..=1) => 5 * MINUTE,
        (Hold::Credentials, 2) => 15 * MINUTE,
        (Hold::Credentials, _) => 30 * MINUTE,
        (Hold::Throttled, ..=1) => 30 * SECOND,
        (Hold::Throttled, 2) => MINUTE,
        (Hold::Throttled, _) => 5 * MINUTE,
    };
    spread(base, chance)
}

/// `base` plus or minus up to a tenth.
fn spread(base: i64, chance: u64) -> i64 {
    let tenth = base / 10;
    let drawn = i64::try_from(chance % 2_000_001).unwrap_or(0) - 1_000_000;
    base + tenth / 1_000_000 * drawn + tenth % 1_000_000 * drawn / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end_after_two_days() {
        let check = |attempts, expected_minutes: Option<i64>| {
            assert_eq!(retry_after(attempts, 1_000_000).map(|wait| wait / MINUTE), expected_minutes, "{attempts}");
        };
        check(1, Some(1));
        check(2, Some(5));
        check(3, Some(15));
        check(4, Some(60));
        check(5, Some(180));
        check(20, Some(180));
        check(21, None);
        let whole: i64 = (1..).map_while(|attempts| retry_after(attempts, 1_000_000)).sum();
        assert!((48 * HOUR..52 * HOUR).contains(&whole), "{}", whole / HOUR);
    }

    #[test]
    fn chance_moves_a_wait_by_at_most_a_tenth() {
        for chance in [0, 1, 77, 2_000_000, u64::MAX] {
            let wait = retry_after(1, chance).unwrap();
            assert!((MINUTE - MINUTE / 10..=MINUTE + MINUTE / 10).contains(&wait), "{chance} {wait}");
        }
        assert_ne!(retry_after(1, 0), retry_after(1, 2_000_000));
    }
}
