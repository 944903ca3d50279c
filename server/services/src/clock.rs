//! The clock that is passed in, and the formats of moments.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{Timestamp, tz::TimeZone};
use model::time::Stamp;

/// Tells the time: the machine's, or a test's.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Microseconds UTC, moved by the test that holds it.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock for tests that starts at `micros` and moves only by [`Clock::advance`].
    pub fn fixed(micros: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(micros)))
    }

    /// Microseconds since 1970 UTC.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn micros(&self) -> i64 {
        match self {
            Self::System => Timestamp::now().as_microsecond(),
            Self::Fixed(micros) => micros.load(Ordering::SeqCst),
        }
    }

    /// Moves a fixed clock; the system clock is left alone.
    pub fn advance(&self, by_micros: i64) {
        if let Self::Fixed(micros) = self {
            micros.fetch_add(by_micros, Ordering::SeqCst);
        }
    }
}

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// The zone of a tenant, resolved once per request.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Finds an IANA zone.
    ///
    /// # Errors
    /// The name as given when the zone database does not have it.
    pub fn find(name: &str) -> Result<Self, String> {
        match TimeZone::get(name) {
            Ok(zone) => Ok(Self { name: name.to_owned(), zone }),
            Err(_) => Err(name.to_owned()),
        }
    }

    /// UTC.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: TimeZone::UTC }
    }

    /// IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone's rules, for arithmetic on wall-clock times.
    pub(crate) fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Formats a moment as pages and receipts show it (spec tenant-settings).
    pub fn stamp(&self, micros: i64) -> Stamp {
        let zoned = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone());
        Stamp { iso: zoned.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(), text: zoned.strftime("%Y-%m-%d %H:%M:%S").to_string() }
    }

    /// A moment as mail headers write it (RFC 5322 section 3.3): `Wed, 25 Sep 2019 13:33:00 +0100`.
    pub fn mail_date(&self, micros: i64) -> String {
        let zoned = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone());
        zoned.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
    }

    /// [`Zone::stamp`] of an optional moment.
    pub fn stamp_opt(&self, micros: Option<i64>) -> Option<Stamp> {
        micros.map(|micros| self.stamp(micros))
    }

    /// Start of a `YYYY-MM-DD` day in this zone, in microseconds UTC; `None` when it is no date.
    pub fn day_start(&self, day: &str) -> Option<i64> {
        let date: jiff::civil::Date = day.parse().ok()?;
        Some(date.to_zoned(self.zone.clone()).ok()?.timestamp().as_microsecond())
    }

    /// Start of the day after `day`.
    pub fn day_end(&self, day: &str) -> Option<i64> {
        let date: jiff::civil::Date = day.parse().ok()?;
        Some(date.tomorrow().ok()?.to_zoned(self.zone.clone()).ok()?.timestamp().as_microsecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_in_the_zone_with_its_offset_of_that_day() {
        let check = |zone: &str, utc: &str, iso: &str, text: &str| {
            let micros = utc.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(Zone::find(zone).unwrap().stamp(micros), Stamp { iso: iso.into(), text: text.into() });
        };
        check("Europe/London", "2019-09-25T12:33:00.538Z", "2019-09-25T13:33:00.538+01:00", "2019-09-25 13:33:00");
        check("Europe/London", "2019-12-25T12:33:00.538Z", "2019-12-25T12:33:00.538+00:00", "2019-12-25 12:33:00");
        check("Asia/Kolkata", "2023-02-06T22:21:04.662Z", "2023-02-07T03:51:04.662+05:30", "2023-02-07 03:51:04");
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert_eq!(Zone::find("Europe/Atlantis").err(), Some("Europe/Atlantis".to_owned()));
    }
}
