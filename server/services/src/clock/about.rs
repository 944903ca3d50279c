//! What a person chooses a zone by: its time now, its offset, when that changes, what it is called for short.

use jiff::Timestamp;

use super::Zone;

impl Zone {
    /// Names of every zone of the database.
    pub fn names() -> Vec<String> {
        jiff::tz::db().available().map(|name| name.to_string()).collect()
    }

    /// The zone at a moment: `now 14:05, UTC+01:00, changes on 25 October`, or `now 19:35, UTC+05:30, no daylight saving`.
    pub fn about(&self, micros: i64) -> String {
        let now = moment(micros);
        let here = now.to_zoned(self.zone.clone());
        let note = match self.next_change(now) {
            None => "no daylight saving".to_owned(),
            // The day as the old offset has it: clocks change during it.
            Some(at) => {
                let day = here.offset().to_datetime(at).date();
                // Within a year a day and a month say enough.
                let form = if at.as_second() - now.as_second() < YEAR_SECONDS { "%-d %B" } else { "%-d %B %Y" };
                format!("changes on {}", day.strftime(form))
            }
        };
        format!("now {}, UTC{}, {note}", here.strftime("%H:%M"), here.strftime("%:z"))
    }

    /// The abbreviations that are in use from a moment on, for finding the zone: `GMT BST`. Numbers are none.
    pub fn abbreviations(&self, micros: i64) -> String {
        let now = moment(micros);
        let mut words = vec![self.zone.to_offset_info(now).abbreviation().to_owned()];
        words.extend(self.zone.following(now).take(2).map(|change| change.abbreviation().to_owned()));
        words.retain(|word| word.chars().all(char::is_alphabetic));
        words.dedup();
        words.truncate(2);
        words.join(" ")
    }

    /// When the offset is another one next; a change of the abbreviation alone is none.
    fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let offset = self.zone.to_offset(now);
        self.zone.following(now).take(CHANGES_LOOKED_AT).find(|change| change.offset() != offset).map(|change| change.timestamp())
    }
}

/// Changes that are looked at for one of the offset; rules repeat for ever.
const CHANGES_LOOKED_AT: usize = 8;
const YEAR_SECONDS: i64 = 360 * 24 * 60 * 60;

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_tells_its_time_its_offset_and_its_next_change() {
        let check = |zone: &str, utc: &str, expected: &str| {
            let micros = utc.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(Zone::find(zone).unwrap().about(micros), expected, "{zone} {utc}");
        };
        check("Europe/London", "2026-08-01T13:05:00Z", "now 14:05, UTC+01:00, changes on 25 October");
        check("Europe/London", "2026-10-25T00:59:59Z", "now 01:59, UTC+01:00, changes on 25 October");
        check("Europe/London", "2026-10-25T01:00:00Z", "now 01:00, UTC+00:00, changes on 28 March");
        check("America/New_York", "2026-08-01T13:05:00Z", "now 09:05, UTC-04:00, changes on 1 November");
        check("Australia/Lord_Howe", "2026-08-01T13:05:00Z", "now 23:35, UTC+10:30, changes on 4 October");
        check("Asia/Kolkata", "2026-08-01T14:05:00Z", "now 19:35, UTC+05:30, no daylight saving");
        check("Asia/Kathmandu", "2026-08-01T14:05:00Z", "now 19:50, UTC+05:45, no daylight saving");
        check("UTC", "2026-08-01T14:05:00Z", "now 14:05, UTC+00:00, no daylight saving");
        // Still ahead when Samoa skipped a day: a change of the offset need not be daylight saving.
        check("Pacific/Apia", "2011-12-30T09:59:00Z", "now 23:59, UTC-10:00, changes on 30 December");
    }

    #[test]
    fn every_zone_of_the_database_can_be_chosen_and_found_by_its_abbreviation() {
        let now = "2026-08-01T13:05:00Z".parse::<Timestamp>().unwrap().as_microsecond();
        let names = Zone::names();
        assert!(names.len() > 500, "{}", names.len());
        let found: Vec<_> = names.iter().filter_map(|name| Zone::find(name).ok()).collect();
        assert!(found.len() + 2 > names.len(), "{} of {}", found.len(), names.len());
        for zone in &found {
            let about = zone.about(now);
            assert!(about.starts_with("now ") && about.contains(", UTC") && !about.contains("  "), "{}: {about}", zone.name());
        }
        let words = |name: &str| Zone::find(name).unwrap().abbreviations(now);
        assert_eq!((words("Europe/London"), words("America/New_York"), words("Asia/Tokyo")), ("BST GMT".into(), "EDT EST".into(), "JST".into()));
        assert_eq!(words("America/Sao_Paulo"), "", "a number is no name");
    }
}
