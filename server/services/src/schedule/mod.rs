//! When a schedule runs: from wall-clock times in a zone to moments (spec tenant-settings, "Daylight Saving"). Pure: no clock, no database.
//!
//! * A job at 09:30 is at 09:30 by the clock on the wall, on both sides of a change.
//! * A time that the clock skips is run once, at the first moment after the skip. Several that are skipped together make one run.
//! * A time that the clock shows twice is run once, the first time.
//!
//! So the moments of a rule grow strictly, and no wall-clock occurrence of it has two.

#[cfg(test)]
mod tests;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};
use model::email::schedule::{Recurrence, RunTime};

use crate::clock::Zone;

/// After this many days without a run there is none: 29 February may be eight years away (1896 to 1904, 2096 to 2104).
const HORIZON_DAYS: u32 = 9 * 366;

/// What the clock does at a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// It skips the time; this is the first moment after.
    Skipped,
    /// It shows the time twice; this is the first.
    Twice,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// When, microseconds UTC.
    pub at_micros: i64,
    /// The wall-clock time of the rule.
    pub wall: DateTime,
    /// What the clock does then.
    pub change: Change,
}

impl Occurrence {
    /// As pages show it.
    pub fn shown(&self, zone: &Zone) -> RunTime {
        let note = match self.change {
            Change::None => String::new(),
            Change::Skipped => {
                format!("{} does not exist on this day: the clocks skip it. It runs at the first moment after.", self.wall.strftime("%H:%M"))
            }
            Change::Twice => format!("{} comes twice on this day: it runs the first time.", self.wall.strftime("%H:%M")),
        };
        RunTime { note, ..shown(zone, self.at_micros) }
    }
}

/// A moment in a zone, with its offset.
pub fn shown(zone: &Zone, at_micros: i64) -> RunTime {
    let stamp = zone.stamp(at_micros);
    // `2026-10-25T09:30:00.000+00:00`
    let offset = stamp.iso.get(23..).map(|offset| format!("UTC{offset}")).unwrap_or_default();
    RunTime { iso: stamp.iso, text: stamp.text, offset, note: String::new() }
}

/// The runs of a rule after a moment, in order.
pub fn runs<'a>(rule: &'a Recurrence, zone: &'a Zone, after_micros: i64) -> Runs<'a> {
    let after = Timestamp::from_microsecond(after_micros).unwrap_or(Timestamp::UNIX_EPOCH);
    // A time skipped with a whole day (Samoa, 2011) runs a day later than its date says.
    let local = after.to_zoned(zone.time_zone().clone()).date();
    let date = local.checked_sub(2.days()).unwrap_or(local);
    let mut runs = Runs { rule, zone, date: Some(date), times: Vec::new().into_iter(), last: after_micros, days_left: HORIZON_DAYS };
    if let Recurrence::Once { date, .. } = rule {
        runs.date = civil(date.year, date.month, date.day);
        runs.days_left = 1;
    }
    runs.times = times_of(rule, runs.date);
    runs
}

/// The first run after a moment; `None` when there is none any more.
pub fn next(rule: &Recurrence, zone: &Zone, after_micros: i64) -> Option<Occurrence> {
    runs(rule, zone, after_micros).next()
}

/// How many runs lie after one moment and not after another; counting ends at `most`.
pub fn count_between(rule: &Recurrence, zone: &Zone, after_micros: i64, until_micros: i64, most: usize) -> usize {
    runs(rule, zone, after_micros).take(most).take_while(|run| run.at_micros <= until_micros).count()
}

/// Names of every zone of the database, in order.
pub fn zone_names() -> Vec<String> {
    let mut names: Vec<String> = Zone::names().into_iter().filter(|name| Zone::find(name).is_ok()).collect();
    names.sort();
    names.dedup();
    names
}

/// Iterator of [`runs`].
pub struct Runs<'a> {
    rule: &'a Recurrence,
    zone: &'a Zone,
    date: Option<Date>,
    times: std::vec::IntoIter<Time>,
    last: i64,
    days_left: u32,
}

impl Iterator for Runs<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            let date = self.date?;
            for time in self.times.by_ref() {
                let Some(run) = resolve(date.to_datetime(time), self.zone.time_zone()) else { continue };
                // Not before the beginning, and not the same moment again: several skipped times share one.
                if run.at_micros > self.last {
                    self.last = run.at_micros;
                    self.days_left = self.days_left.max(HORIZON_DAYS);
                    return Some(run);
                }
            }
            self.days_left = self.days_left.saturating_sub(1);
            let more = self.days_left > 0 && !self.rule.is_once();
            self.date = if more { date.tomorrow().ok() } else { None };
            self.times = times_of(self.rule, self.date);
        }
    }
}

fn civil(year: i16, month: u8, day: u8) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The wall-clock times of a rule on a day, in order.
fn times_of(rule: &Recurrence, date: Option<Date>) -> std::vec::IntoIter<Time> {
    date.map(|date| times_on(rule, date)).unwrap_or_default().into_iter()
}

fn times_on(rule: &Recurrence, date: Date) -> Vec<Time> {
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let clock = |hour: u8, minute: u8| Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok();
    let (day, length) = (small(date.day()), small(date.days_in_month()));
    let weekday = small(date.weekday().to_sunday_zero_offset());
    let (fits, time) = match rule {
        Recurrence::Once { date: on, time } => (civil(on.year, on.month, on.day) == Some(date), time),
        Recurrence::Daily { time } => (true, time),
        Recurrence::Weekly { days, time } => (days.has(weekday), time),
        Recurrence::Monthly { day: on, time } => (on.within(length) == day, time),
        Recurrence::Cron { expression } => {
            let fits = expression.fits_day(small(date.month()), day, weekday, length);
            return if fits { expression.times().filter_map(|(hour, minute)| clock(hour, minute)).collect() } else { Vec::new() };
        }
    };
    if fits { clock(time.hour, time.minute).into_iter().collect() } else { Vec::new() }
}

/// The moment of a wall-clock time; `None` beyond the years that can be told.
fn resolve(wall: DateTime, zone: &TimeZone) -> Option<Occurrence> {
    let found = zone.to_ambiguous_timestamp(wall);
    let (at, change) = match found.offset() {
        AmbiguousOffset::Unambiguous { .. } => (found.compatible().ok()?, Change::None),
        AmbiguousOffset::Fold { .. } => (found.earlier().ok()?, Change::Twice),
        AmbiguousOffset::Gap { after, .. } => (end_of_gap(wall, zone, after)?, Change::Skipped),
    };
    Some(Occurrence { at_micros: at.as_microsecond(), wall, change })
}

/// The moment at which the clock jumps over `wall`, to the offset `after`.
fn end_of_gap(wall: DateTime, zone: &TimeZone, after: jiff::tz::Offset) -> Option<Timestamp> {
    // Reading the skipped time with the offset before lands behind the jump, with the offset after in front of it.
    let (before_jump, behind_jump) = (zone.to_ambiguous_timestamp(wall).earlier().ok()?, zone.to_ambiguous_timestamp(wall).later().ok()?);
    let jump = zone.following(before_jump).take_while(|jump| jump.timestamp() <= behind_jump).find(|jump| jump.offset() == after);
    Some(jump.map_or(behind_jump, |jump| jump.timestamp()))
}
