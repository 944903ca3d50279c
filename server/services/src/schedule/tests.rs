use jiff::{Timestamp, tz::TimeZone};
use model::email::schedule::{MonthDay, Recurrence, WallTime, Weekdays};
use proptest::prelude::*;

use super::*;

fn time(text: &str) -> WallTime {
    text.parse().unwrap()
}

fn daily(text: &str) -> Recurrence {
    Recurrence::Daily { time: time(text) }
}

fn cron(text: &str) -> Recurrence {
    Recurrence::Cron { expression: text.parse().unwrap() }
}

fn micros(utc: &str) -> i64 {
    utc.parse::<Timestamp>().unwrap().as_microsecond()
}

/// The runs after a moment, as people read them.
fn check(zone: &str, rule: &Recurrence, after: &str, expected: &[&str]) {
    let found = Zone::find(zone).unwrap();
    let shown: Vec<_> = runs(rule, &found, micros(after))
        .take(expected.len())
        .map(|run| run.shown(&found))
        .map(|run| format!("{} {}{}", run.text, run.offset, if run.note.is_empty() { "" } else { " *" }))
        .collect();
    assert_eq!(shown, expected, "{zone} {rule:?} after {after}");
}

#[test]
fn half_past_nine_stays_half_past_nine() {
    // The example of the spec: the clocks go back in the UK on 27 October 2019, and forward in March.
    check(
        "Europe/London",
        &daily("09:30"),
        "2019-10-26T00:00:00Z",
        &["2019-10-26 09:30:00 UTC+01:00", "2019-10-27 09:30:00 UTC+00:00", "2019-10-28 09:30:00 UTC+00:00"],
    );
    check("Europe/London", &daily("09:30"), "2020-03-28T00:00:00Z", &["2020-03-28 09:30:00 UTC+00:00", "2020-03-29 09:30:00 UTC+01:00"]);
    check("Europe/London", &daily("09:30"), "2026-10-24T08:30:00Z", &["2026-10-25 09:30:00 UTC+00:00", "2026-10-26 09:30:00 UTC+00:00"]);
    check(
        "America/New_York",
        &daily("09:30"),
        "2026-03-07T00:00:00Z",
        &["2026-03-07 09:30:00 UTC-05:00", "2026-03-08 09:30:00 UTC-04:00", "2026-03-09 09:30:00 UTC-04:00"],
    );
    check("America/New_York", &daily("09:30"), "2026-10-31T00:00:00Z", &["2026-10-31 09:30:00 UTC-04:00", "2026-11-01 09:30:00 UTC-05:00"]);
    check("Australia/Lord_Howe", &daily("09:30"), "2026-04-03T12:00:00Z", &["2026-04-04 09:30:00 UTC+11:00", "2026-04-05 09:30:00 UTC+10:30"]);
    check("Africa/Casablanca", &daily("09:30"), "2026-02-14T00:00:00Z", &["2026-02-14 09:30:00 UTC+01:00", "2026-02-15 09:30:00 UTC+00:00"]);
    check("Africa/Casablanca", &daily("09:30"), "2026-03-21T00:00:00Z", &["2026-03-21 09:30:00 UTC+00:00", "2026-03-22 09:30:00 UTC+01:00"]);
}

#[test]
fn a_time_that_the_clock_skips_runs_once_at_the_first_moment_after() {
    check(
        "Europe/London",
        &daily("01:30"),
        "2026-03-28T00:00:00Z",
        &["2026-03-28 01:30:00 UTC+00:00", "2026-03-29 02:00:00 UTC+01:00 *", "2026-03-30 01:30:00 UTC+01:00"],
    );
    check("Europe/London", &daily("01:00"), "2026-03-28T12:00:00Z", &["2026-03-29 02:00:00 UTC+01:00 *", "2026-03-30 01:00:00 UTC+01:00"]);
    check("Europe/London", &daily("02:00"), "2026-03-28T12:00:00Z", &["2026-03-29 02:00:00 UTC+01:00", "2026-03-30 02:00:00 UTC+01:00"]);
    check("America/New_York", &daily("02:15"), "2026-03-07T12:00:00Z", &["2026-03-08 03:00:00 UTC-04:00 *", "2026-03-09 02:15:00 UTC-04:00"]);
    check(
        "Australia/Lord_Howe",
        &daily("02:15"),
        "2026-10-02T12:00:00Z",
        &["2026-10-03 02:15:00 UTC+10:30", "2026-10-04 02:30:00 UTC+11:00 *", "2026-10-05 02:15:00 UTC+11:00"],
    );
    check("Africa/Casablanca", &daily("02:30"), "2026-03-21T12:00:00Z", &["2026-03-22 03:00:00 UTC+01:00 *", "2026-03-23 02:30:00 UTC+01:00"]);
    // Samoa had no 30 December 2011.
    check(
        "Pacific/Apia",
        &daily("09:30"),
        "2011-12-29T00:00:00Z",
        &["2011-12-29 09:30:00 UTC-10:00", "2011-12-31 00:00:00 UTC+14:00 *", "2011-12-31 09:30:00 UTC+14:00", "2012-01-01 09:30:00 UTC+14:00"],
    );
    // Several times that are skipped together make one run, and it is the run of the first time after as well.
    check(
        "Europe/London",
        &cron("*/30 * * * *"),
        "2026-03-29T00:15:00Z",
        &["2026-03-29 00:30:00 UTC+00:00", "2026-03-29 02:00:00 UTC+01:00 *", "2026-03-29 02:30:00 UTC+01:00"],
    );
}

#[test]
fn a_time_that_the_clock_shows_twice_runs_the_first_time_only() {
    check("Europe/London", &daily("01:30"), "2026-10-24T12:00:00Z", &["2026-10-25 01:30:00 UTC+01:00 *", "2026-10-26 01:30:00 UTC+00:00"]);
    // Asked between the two.
    check("Europe/London", &daily("01:30"), "2026-10-25T00:45:00Z", &["2026-10-26 01:30:00 UTC+00:00"]);
    check("America/New_York", &daily("01:30"), "2026-10-31T12:00:00Z", &["2026-11-01 01:30:00 UTC-04:00 *", "2026-11-02 01:30:00 UTC-05:00"]);
    check("Australia/Lord_Howe", &daily("01:45"), "2026-04-04T00:00:00Z", &["2026-04-05 01:45:00 UTC+11:00 *", "2026-04-06 01:45:00 UTC+10:30"]);
    check("Africa/Casablanca", &daily("02:30"), "2026-02-14T12:00:00Z", &["2026-02-15 02:30:00 UTC+01:00 *", "2026-02-16 02:30:00 UTC+00:00"]);
    check("Europe/London", &cron("*/30 * * * *"), "2026-10-25T00:15:00Z", &["2026-10-25 01:30:00 UTC+01:00 *", "2026-10-25 02:00:00 UTC+00:00"]);
}

#[test]
fn zones_without_changes_never_move() {
    for (zone, offset) in [("UTC", "UTC+00:00"), ("Asia/Kolkata", "UTC+05:30"), ("America/Phoenix", "UTC-07:00")] {
        let found = Zone::find(zone).unwrap();
        let rule = daily("02:30");
        let year: Vec<_> = runs(&rule, &found, micros("2026-01-01T12:00:00Z")).take(365).map(|run| run.shown(&found)).collect();
        assert!(year.iter().all(|run| run.offset == offset && run.text.ends_with(" 02:30:00") && run.note.is_empty()), "{zone}");
        assert_eq!(year.len(), 365);
    }
}

#[test]
fn weeks_months_and_single_days() {
    let days = Weekdays::default().with(1).with(5);
    check(
        "Europe/London",
        &Recurrence::Weekly { days, time: time("09:30") },
        "2026-10-23T08:30:00Z",
        &["2026-10-26 09:30:00 UTC+00:00", "2026-10-30 09:30:00 UTC+00:00", "2026-11-02 09:30:00 UTC+00:00"],
    );
    let monthly = |day| Recurrence::Monthly { day, time: time("23:45") };
    check(
        "America/New_York",
        &monthly(MonthDay::Day(31)),
        "2028-01-01T12:00:00Z",
        &["2028-01-31 23:45:00 UTC-05:00", "2028-02-29 23:45:00 UTC-05:00", "2028-03-31 23:45:00 UTC-04:00", "2028-04-30 23:45:00 UTC-04:00"],
    );
    check("UTC", &monthly(MonthDay::Last), "2027-02-01T00:00:00Z", &["2027-02-28 23:45:00 UTC+00:00", "2027-03-31 23:45:00 UTC+00:00"]);
    check("UTC", &monthly(MonthDay::Day(5)), "2027-02-05T23:45:00Z", &["2027-03-05 23:45:00 UTC+00:00"]);
    let once = Recurrence::Once { date: "2026-03-29".parse().unwrap(), time: time("01:30") };
    let london = Zone::find("Europe/London").unwrap();
    let all: Vec<_> = runs(&once, &london, micros("2020-01-01T00:00:00Z")).map(|run| run.at_micros).collect();
    assert_eq!(all, [micros("2026-03-29T01:00:00Z")]);
    assert_eq!(next(&once, &london, all[0]), None, "not again at its own moment");
}

#[test]
fn cron_follows_the_calendar_and_may_never_come() {
    check("Europe/London", &cron("30 9 * * 1-5"), "2026-10-23T12:00:00Z", &["2026-10-26 09:30:00 UTC+00:00", "2026-10-27 09:30:00 UTC+00:00"]);
    check("UTC", &cron("0 9 31 * *"), "2026-02-01T00:00:00Z", &["2026-03-31 09:00:00 UTC+00:00", "2026-05-31 09:00:00 UTC+00:00"]);
    check("UTC", &cron("0 0 29 2 *"), "2096-03-01T00:00:00Z", &["2104-02-29 00:00:00 UTC+00:00", "2108-02-29 00:00:00 UTC+00:00"]);
    check("UTC", &cron("0 0 L 2 *"), "2027-01-01T00:00:00Z", &["2027-02-28 00:00:00 UTC+00:00", "2028-02-29 00:00:00 UTC+00:00"]);
    assert_eq!(next(&cron("0 0 30 2 *"), &Zone::utc(), micros("2026-01-01T00:00:00Z")), None);
}

#[test]
fn missed_runs_are_counted_up_to_a_bound() {
    let rule = cron("0 * * * *");
    let (from, until) = (micros("2026-01-01T00:00:00Z"), micros("2026-01-01T05:00:00Z"));
    assert_eq!(count_between(&rule, &Zone::utc(), from, until, 100), 5);
    assert_eq!(count_between(&rule, &Zone::utc(), from, until, 3), 3);
    assert_eq!(count_between(&rule, &Zone::utc(), from, from, 3), 0);
}

const ZONES: &[&str] = &[
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
    "Asia/Kolkata",
    "America/Phoenix",
    "America/Santiago",
    "Asia/Tehran",
    "Antarctica/Troll",
];

fn any_time() -> impl Strategy<Value = WallTime> {
    // Mostly at night, where clocks change.
    prop_oneof![3 => 0_u8..4, 1 => 0_u8..24].prop_flat_map(|hour| (0_u8..60).prop_map(move |minute| WallTime { hour, minute }))
}

fn any_rule() -> impl Strategy<Value = Recurrence> {
    prop_oneof![
        any_time().prop_map(|time| Recurrence::Daily { time }),
        (1_u8..128, any_time()).prop_map(|(bits, time)| {
            let days = (0..7).filter(|day| bits >> day & 1 == 1).fold(Weekdays::default(), Weekdays::with);
            Recurrence::Weekly { days, time }
        }),
        (1_u8..=31, any_time()).prop_map(|(day, time)| Recurrence::Monthly { day: MonthDay::Day(day), time }),
        any_time().prop_map(|time| Recurrence::Monthly { day: MonthDay::Last, time }),
        prop_oneof!["\\*/7 0-3 \\* \\* \\*", "(0|15|30),45 [0-3] \\* \\* \\*", "5 \\*/2 1,15,L \\* [0-6]"].prop_map(|text| cron(&text)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn moments_grow_and_no_wall_clock_occurrence_has_two(
        zone in prop::sample::select(ZONES), rule in any_rule(), start in 1_262_304_000_i64..2_000_000_000,
    ) {
        let found = Zone::find(zone).unwrap();
        let mut after = start * 1_000_000;
        let all: Vec<_> = runs(&rule, &found, after).take(60).collect();
        let mut seen = std::collections::BTreeSet::new();
        for run in &all {
            prop_assert!(run.at_micros > after, "{zone} {rule:?}");
            prop_assert_eq!(next(&rule, &found, after), Some(*run), "asking again from the last run gives the same");
            let local = Timestamp::from_microsecond(run.at_micros).unwrap().to_zoned(TimeZone::get(zone).unwrap()).datetime();
            prop_assert!(seen.insert(run.wall), "{zone} {rule:?}: {} twice", run.wall);
            match run.change {
                Change::Skipped => prop_assert!(local > run.wall, "{zone}: {local} for {}", run.wall),
                _ => prop_assert_eq!(local, run.wall),
            }
            after = run.at_micros;
        }
        prop_assert_eq!(all.len(), 60);
    }
}
