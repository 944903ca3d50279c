//! When a schedule runs: a wall-clock time and how it comes back. The zone stands beside it; together they make moments, on the server.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::cron::{Cron, and, long_weekday};

/// A time of day by the clock on the wall, to the minute. As text `09:30`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WallTime {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// A date by the calendar on the wall. As text `2026-10-25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WallDate {
    /// 1 to 9998.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// The text is no time or date of the expected form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this does not read as a wall-clock time or date")]
pub struct Unreadable;

/// One or two digits, nothing else.
fn digits(text: &str) -> Option<u8> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

impl FromStr for WallTime {
    type Err = Unreadable;

    /// `9:30` is taken for `09:30`, and whole minutes with seconds (`09:30:00`) for what they are.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim();
        let text = text.strip_suffix(":00").filter(|rest| rest.contains(':')).unwrap_or(text);
        let (hour, minute) = text.split_once(':').ok_or(Unreadable)?;
        let (hour, minute) = (digits(hour).ok_or(Unreadable)?, digits(minute).filter(|_| minute.len() == 2).ok_or(Unreadable)?);
        if hour > 23 || minute > 59 { Err(Unreadable) } else { Ok(Self { hour, minute }) }
    }
}

impl FromStr for WallDate {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut parts = text.trim().split('-');
        let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return Err(Unreadable) };
        let year: i16 = year.parse().ok().filter(|_| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())).ok_or(Unreadable)?;
        let (month, day) = (digits(month).ok_or(Unreadable)?, digits(day).ok_or(Unreadable)?);
        let well = (1..=9998).contains(&year) && (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        if well { Ok(Self { year, month, day }) } else { Err(Unreadable) }
    }
}

/// Days of a month of the Gregorian calendar.
fn days_in_month(year: i16, month: u8) -> u8 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl fmt::Display for WallDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

macro_rules! by_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = Unreadable;

            fn try_from(text: String) -> Result<Self, Unreadable> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}

by_text!(WallTime, WallDate);

/// Some days of the week, one bit each; bit 0 is Sunday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(u8);

impl Weekdays {
    /// The set with this day in it; Sunday is 0.
    #[must_use]
    pub const fn with(self, day: u8) -> Self {
        Self(self.0 | 1 << (day % 7))
    }

    /// Whether the day is in it; Sunday is 0.
    pub const fn has(self, day: u8) -> bool {
        self.0 >> (day % 7) & 1 == 1
    }

    /// Whether no day is in it.
    pub const fn is_empty(self) -> bool {
        self.0 & 0b111_1111 == 0
    }
}

/// A day of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthDay {
    /// 1 to 31; a month that is shorter has it on its last day.
    Day(u8),
    /// The last one.
    Last,
}

impl MonthDay {
    /// The day in a month of this many days.
    pub fn within(self, length: u8) -> u8 {
        match self {
            Self::Day(day) => day.min(length),
            Self::Last => length,
        }
    }

    /// As the form posts it: a number, or `last`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim() {
            "last" => Some(Self::Last),
            number => digits(number).filter(|day| (1..=31).contains(day)).map(Self::Day),
        }
    }

    /// As the form posts it.
    pub fn word(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Last => "last".into(),
        }
    }
}

/// How a schedule comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "repeats", rename_all = "snake_case")]
pub enum Recurrence {
    /// Once.
    Once {
        /// On this day.
        date: WallDate,
        /// At this time.
        time: WallTime,
    },
    /// Every day.
    Daily {
        /// At this time.
        time: WallTime,
    },
    /// On some days of each week.
    Weekly {
        /// On these days.
        days: Weekdays,
        /// At this time.
        time: WallTime,
    },
    /// On one day of each month.
    Monthly {
        /// On this day.
        day: MonthDay,
        /// At this time.
        time: WallTime,
    },
    /// By a cron expression.
    Cron {
        /// The expression.
        expression: Cron,
    },
}

impl Recurrence {
    /// Whether it runs no more than once.
    pub const fn is_once(&self) -> bool {
        matches!(self, Self::Once { .. })
    }

    /// In words, without the zone: `Every day at 09:30`.
    pub fn words(&self) -> String {
        match self {
            Self::Once { date, time } => format!("Once, on {date} at {time}"),
            Self::Daily { time } => format!("Every day at {time}"),
            Self::Weekly { days, time } => {
                // The week begins on Monday.
                let named: Vec<_> = (1..=7).filter(|day| days.has(*day)).map(|day| long_weekday(day % 7).to_owned()).collect();
                format!("Every {} at {time}", and(&named))
            }
            Self::Monthly { day: MonthDay::Last, time } => format!("On the last day of every month at {time}"),
            Self::Monthly { day: MonthDay::Day(day @ 29..), time } => {
                format!("On day {day} of every month, or its last day when it is shorter, at {time}")
            }
            Self::Monthly { day: MonthDay::Day(day), time } => format!("On day {day} of every month at {time}"),
            Self::Cron { expression } => expression.words(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_dates_are_read_strictly() {
        let time =
            |text: &str, expected: Option<&str>| assert_eq!(text.parse::<WallTime>().ok().map(|t| t.to_string()).as_deref(), expected, "{text}");
        time("09:30", Some("09:30"));
        time("9:30", Some("09:30"));
        time("23:59:00", Some("23:59"));
        time("00:00", Some("00:00"));
        time("24:00", None);
        time("09:60", None);
        time("9:3", None);
        time("9.30", None);
        time("9:30 pm", None);
        time("09:30:15", None);
        time("", None);
        let date =
            |text: &str, expected: Option<&str>| assert_eq!(text.parse::<WallDate>().ok().map(|d| d.to_string()).as_deref(), expected, "{text}");
        date("2026-10-25", Some("2026-10-25"));
        date("2028-02-29", Some("2028-02-29"));
        date("2027-02-29", None);
        date("2026-13-01", None);
        date("26-10-25", None);
        date("2026-10-25-1", None);
        date("25/10/2026", None);
    }

    #[test]
    fn rules_are_said_in_words_and_read_back() {
        let time = WallTime { hour: 9, minute: 30 };
        let weekend = Weekdays::default().with(6).with(0);
        let check = |rule: Recurrence, words: &str| {
            assert_eq!(rule.words(), words);
            let text = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<Recurrence>(&text).unwrap(), rule, "{text}");
        };
        check(Recurrence::Once { date: "2026-10-25".parse().unwrap(), time }, "Once, on 2026-10-25 at 09:30");
        check(Recurrence::Daily { time }, "Every day at 09:30");
        check(Recurrence::Weekly { days: weekend, time }, "Every Saturday and Sunday at 09:30");
        check(Recurrence::Monthly { day: MonthDay::Day(31), time }, "On day 31 of every month, or its last day when it is shorter, at 09:30");
        check(Recurrence::Monthly { day: MonthDay::Day(1), time }, "On day 1 of every month at 09:30");
        check(Recurrence::Monthly { day: MonthDay::Last, time }, "On the last day of every month at 09:30");
        check(Recurrence::Cron { expression: "30 9 * * 1-5".parse().unwrap() }, "At 09:30, on Monday to Friday");
    }

    #[test]
    fn a_day_that_a_month_lacks_is_its_last() {
        assert_eq!(
            (MonthDay::Day(31).within(28), MonthDay::Day(31).within(31), MonthDay::Last.within(30), MonthDay::Day(5).within(30)),
            (28, 31, 30, 5)
        );
        assert_eq!(MonthDay::from_word("last").map(MonthDay::word).as_deref(), Some("last"));
        assert_eq!((MonthDay::from_word("32"), MonthDay::from_word("0"), MonthDay::from_word("")), (None, None, None));
    }
}
