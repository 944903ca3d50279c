//! The clock that is passed in, and the formats of moments.

mod about;

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
            // Found in any case, kept as the database writes it.
            Ok(zone) if !zone.is_unknown() => Ok(Self { name: zone.iana_name().unwrap_or(name).to_owned(), zone }),
            _ => Err(name.to_owned()),
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

    /// `YYYY-MM-DD HH:MM`, with or without seconds, in this zone, in microseconds UTC; `None` when it is no moment. One that a change of the
    /// clock skips counts as the first after it, one that happens twice as the first.
    pub fn moment(&self, text: &str) -> Option<i64> {
        let moment: jiff::civil::DateTime = text.parse().ok()?;
        Some(moment.to_zoned(self.zone.clone()).ok()?.timestamp().as_microsecond())
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
        let check = |name: &str| assert_eq!(Zone::find(name).err(), Some(name.to_owned()));
        check("Europe/Atlantis");
        check("Etc/Unknown");
        check("");
        check(" Europe/London");
        check("Europe/London\0");
        check("../etc/passwd");
        check("+01:00");
    }

    #[test]
    fn a_zone_is_kept_as_the_database_writes_it() {
        let check = |given: &str, kept: &str| assert_eq!(Zone::find(given).unwrap().name(), kept);
        check("europe/london", "Europe/London");
        check("AMERICA/NEW_YORK", "America/New_York");
        check("utc", "UTC");
    }

    proptest::proptest! {
        #[test]
        fn the_offset_of_a_moment_leads_back_to_it(micros in 100_000_000_000_000_i64..4_000_000_000_000_000, pick in 0_usize..10_000) {
            let names = Zone::names();
            let Ok(zone) = Zone::find(&names[pick % names.len()]) else { return Ok(()) };
            let stamp = zone.stamp(micros);
            // From 1973 on: offsets before had seconds, which RFC 3339 cannot write.
            let back: Timestamp = stamp.iso.parse().unwrap();
            proptest::prop_assert_eq!(back.as_millisecond(), micros.div_euclid(1000), "{}", stamp.iso);
            proptest::prop_assert_eq!(stamp.text.len(), 19);
            proptest::prop_assert_eq!(stamp.iso.len(), "2019-09-25T13:33:00.538+01:00".len());
            proptest::prop_assert_eq!(stamp.iso[..19].replace('T', " "), stamp.text);
        }
    }
}
