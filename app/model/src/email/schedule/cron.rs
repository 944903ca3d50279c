//! Cron expressions of five fields: minute, hour, day of month, month, day of week. They match wall-clock times; which moment that is in a
//! zone is decided by the server.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Longest expression, in characters.
const LONGEST: usize = 200;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A parsed expression. As text it reads back as it was typed, with single spaces.
///
/// As in the cron of Unix, a day has to fit both the day of month and the day of week when one of them begins with `*`, and either of them
/// when both are narrowed. `L` as a day of month is the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    /// Bits 1 to 31.
    days: u64,
    last_day: bool,
    months: u64,
    /// Bit 0 is Sunday.
    weekdays: u64,
    either: bool,
}

/// Why a text is no expression: a sentence that names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadCron(String);

/// What one of the five fields may hold.
struct Kind {
    name: &'static str,
    from: u8,
    to: u8,
    /// Three-letter words for `first` and the numbers after it.
    words: &'static [&'static str],
    first: u8,
}

const MINUTE: Kind = Kind { name: "minute", from: 0, to: 59, words: &[], first: 0 };
const HOUR: Kind = Kind { name: "hour", from: 0, to: 23, words: &[], first: 0 };
const DAY: Kind = Kind { name: "day of month", from: 1, to: 31, words: &[], first: 0 };
const MONTH: Kind = Kind { name: "month", from: 1, to: 12, words: &MONTHS, first: 1 };
const WEEKDAY: Kind = Kind { name: "day of week", from: 0, to: 7, words: &WEEKDAYS, first: 0 };

impl Kind {
    fn number(&self, text: &str) -> Result<u8, BadCron> {
        let word = text.to_ascii_lowercase();
        let named = self.words.iter().position(|known| *known == word).and_then(|position| u8::try_from(position).ok());
        let number = named.map(|position| position + self.first).or_else(|| text.parse().ok().filter(|_| is_digits(text)));
        number.filter(|number| (self.from..=self.to).contains(number)).ok_or_else(|| self.refused(text))
    }

    fn refused(&self, text: &str) -> BadCron {
        let shown: String = text.chars().take(20).collect();
        let words = match self.words {
            [first, .., last] => format!(", or a word from {} to {}", first.to_uppercase(), last.to_uppercase()),
            _ => String::new(),
        };
        let to = if self.to == 7 { 6 } else { self.to };
        BadCron(format!("“{shown}” is no {}: write a number from {} to {to}{words}.", self.name, self.from))
    }

    /// One field: a list of `*`, `a`, `a-b`, each with an optional `/step`.
    fn set(&self, text: &str) -> Result<u64, BadCron> {
        text.split(',').try_fold(0, |set, part| Ok(set | self.part(part)?))
    }

    fn part(&self, part: &str) -> Result<u64, BadCron> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u8>().ok().filter(|number| is_digits(step) && (1..=self.to).contains(number));
                (range, step.ok_or_else(|| BadCron(format!("The step of “{part}” ({}) is a number from 1 to {}.", self.name, self.to)))?)
            }
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.from, if self.to == 7 { 6 } else { self.to }),
            Some((from, to)) => (self.number(from)?, self.number(to)?),
            // `5/15` is `5-59/15`, as most readers take it.
            None if part.contains('/') => (self.number(range)?, self.to),
            None => (self.number(range)?, self.number(range)?),
        };
        if from > to {
            return Err(BadCron(format!("The range “{range}” ({}) begins after its end.", self.name)));
        }
        Ok((from..=to).step_by(usize::from(step)).fold(0, |set, number| set | 1 << number))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl FromStr for Cron {
    type Err = BadCron;

    fn from_str(typed: &str) -> Result<Self, BadCron> {
        if typed.chars().count() > LONGEST {
            return Err(BadCron(format!("A cron expression has at most {LONGEST} characters.")));
        }
        let fields: Vec<&str> = typed.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            let count = fields.len();
            return Err(BadCron(format!(
                "A cron expression has five fields: minute, hour, day of month, month, day of week. This has {count}. Example: 30 9 * * 1-5"
            )));
        };
        let plain: Vec<&str> = day.split(',').filter(|part| !part.eq_ignore_ascii_case("l")).collect();
        let last_day = plain.len() < day.split(',').count();
        let sundays = WEEKDAY.set(weekday)?;
        Ok(Self {
            text: fields.join(" "),
            minutes: MINUTE.set(minute)?,
            hours: HOUR.set(hour)?,
            days: plain.iter().try_fold(0, |set, part| Ok(set | DAY.part(part)?))?,
            last_day,
            months: MONTH.set(month)?,
            // 7 is Sunday too.
            weekdays: (sundays & 0b111_1111) | (sundays >> 7 & 1),
            either: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }
}

impl TryFrom<String> for Cron {
    type Error = BadCron;

    fn try_from(text: String) -> Result<Self, BadCron> {
        text.parse()
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> Self {
        cron.text
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn has(set: u64, number: u8) -> bool {
    set >> number & 1 == 1
}

fn members(set: u64) -> Vec<u8> {
    (0..64).filter(|number| has(set, *number)).collect()
}

impl Cron {
    /// Whether a day fits. `weekday` counts from Sunday, 0; `length` is the number of days of its month.
    pub fn fits_day(&self, month: u8, day: u8, weekday: u8, length: u8) -> bool {
        let by_date = has(self.days, day) || (self.last_day && day == length);
        let by_weekday = has(self.weekdays, weekday);
        has(self.months, month) && if self.either { by_date || by_weekday } else { by_date && by_weekday }
    }

    /// The times of a day that fits, as hour and minute, in order.
    pub fn times(&self) -> impl Iterator<Item = (u8, u8)> {
        let minutes = members(self.minutes);
        members(self.hours).into_iter().flat_map(move |hour| minutes.clone().into_iter().map(move |minute| (hour, minute)))
    }

    /// The expression in words, such as `At 09:30, on Monday to Friday`.
    pub fn words(&self) -> String {
        let months = match self.months {
            0b1_1111_1111_1110 => String::new(),
            some => format!(" in {}", listed(some, |number| long_month(number).to_owned())),
        };
        format!("{}, {}{months}", self.time_words(), self.day_words())
    }

    fn time_words(&self) -> String {
        let (minutes, hours) = (members(self.minutes), members(self.hours));
        if minutes.len() * hours.len() <= 6 {
            let times: Vec<_> = self.times().map(|(hour, minute)| format!("{hour:02}:{minute:02}")).collect();
            return format!("At {}", and(&times));
        }
        let step = minutes.get(1).copied().unwrap_or(60);
        let even = minutes.first() == Some(&0) && 60 % u16::from(step) == 0 && minutes.len() == usize::from(60 / step.max(1));
        let minute_words = match minutes.as_slice() {
            [only] => format!("At minute {only}"),
            all if all.len() == 60 => "Every minute".to_owned(),
            _ if even => format!("Every {step} minutes"),
            _ => format!("At minutes {}", listed(self.minutes, |number| number.to_string())),
        };
        match hours.len() {
            24 if minutes.len() == 1 => format!("{minute_words} of every hour"),
            24 => minute_words,
            1 => format!("{minute_words} of hour {}", listed(self.hours, |number| number.to_string())),
            _ => format!("{minute_words} of hours {}", listed(self.hours, |number| number.to_string())),
        }
    }

    fn day_words(&self) -> String {
        let mut dates = Vec::new();
        if self.days != 0 {
            dates.push(format!("day {}", listed(self.days, |number| number.to_string())));
        }
        if self.last_day {
            dates.push("the last day".to_owned());
        }
        let dates = format!("on {} of the month", and(&dates));
        // Sunday ends the week in words: `Monday to Friday`, `Saturday and Sunday`.
        let week = (self.weekdays & 0b111_1110) | (self.weekdays & 1) << 7;
        let weekdays = format!("on {}", listed(week, |number| long_weekday(number % 7).to_owned()));
        match (self.days == 0xffff_fffe, self.weekdays == 0b111_1111) {
            (true, true) => "every day".to_owned(),
            (true, false) if !self.either => weekdays,
            (false, true) if !self.either => dates,
            _ if self.either => format!("{dates} or {weekdays}"),
            _ => format!("{dates} when it is {}", weekdays.trim_start_matches("on ")),
        }
    }
}

/// `1, 2 and 5 to 7`.
fn listed(set: u64, word: impl Fn(u8) -> String) -> String {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for number in members(set) {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => runs.push((number, number)),
        }
    }
    let mut parts = Vec::new();
    for (from, to) in runs {
        match to - from {
            0 => parts.push(word(from)),
            1 => parts.extend([word(from), word(to)]),
            _ => parts.push(format!("{} to {}", word(from), word(to))),
        }
    }
    and(&parts)
}

/// `a, b and c`.
pub(super) fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn long_month(number: u8) -> &'static str {
    const LONG: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    LONG.get(usize::from(number).wrapping_sub(1)).copied().unwrap_or_default()
}

/// Sunday is 0.
pub(super) fn long_weekday(number: u8) -> &'static str {
    const LONG: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    LONG.get(usize::from(number)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_are_said_in_words() {
        let check = |text: &str, expected: &str| assert_eq!(text.parse::<Cron>().unwrap().words(), expected, "{text}");
        check("30 9 * * *", "At 09:30, every day");
        check("30 9 * * 1-5", "At 09:30, on Monday to Friday");
        check("30 9 * * MON,sat,7", "At 09:30, on Monday, Saturday and Sunday");
        check("0 9,17 1,15 * *", "At 09:00 and 17:00, on day 1 and 15 of the month");
        check("0 9 13 * 5", "At 09:00, on day 13 of the month or on Friday");
        check("0 9 */2 * 5", "At 09:00, on day 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29 and 31 of the month when it is Friday");
        check("0 9 L 2,12 *", "At 09:00, on the last day of the month in February and December");
        check("* * * * *", "Every minute, every day");
        check("*/15 * * * *", "Every 15 minutes, every day");
        check("5 * * * *", "At minute 5 of every hour, every day");
        check("*/15 9-17 * JUN-aug 1-5", "Every 15 minutes of hours 9 to 17, on Monday to Friday in June to August");
        check("1,2,3,50 4,6 * * 0", "At minutes 1 to 3 and 50 of hours 4 and 6, on Sunday");
        check("  0   0\t29 2  * ", "At 00:00, on day 29 of the month in February");
    }

    #[test]
    fn a_bad_field_is_named() {
        let check = |text: &str, part: &str| {
            let why = text.parse::<Cron>().unwrap_err().to_string();
            assert!(why.contains(part), "{text}: {why}");
        };
        check("", "This has 0");
        check("30 9 * *", "This has 4");
        check("0 30 9 * * *", "This has 6");
        check("60 9 * * *", "“60” is no minute: write a number from 0 to 59.");
        check("0 24 * * *", "“24” is no hour");
        check("0 9 0 * *", "“0” is no day of month");
        check("0 9 * 13 *", "“13” is no month: write a number from 1 to 12, or a word from JAN to DEC.");
        check("0 9 * * 8", "“8” is no day of week");
        check("0 9 * * fry", "or a word from SUN to SAT");
        check("0 17-9 * * *", "begins after its end");
        check("*/0 * * * *", "a number from 1 to 59");
        check("*/ * * * *", "a number from 1 to 59");
        check("+5 * * * *", "“+5” is no minute");
        check(", * * * *", "“” is no minute");
        check(&"1".repeat(300), "at most 200 characters");
    }

    #[test]
    fn days_fit_by_either_rule() {
        let fits = |text: &str, month, day, weekday, length| text.parse::<Cron>().unwrap().fits_day(month, day, weekday, length);
        assert!(fits("0 9 13 * 5", 3, 13, 1, 31) && fits("0 9 13 * 5", 3, 14, 5, 31) && !fits("0 9 13 * 5", 3, 14, 1, 31));
        assert!(fits("0 9 * * 7", 3, 14, 0, 31) && !fits("0 9 * * 7", 3, 14, 1, 31));
        assert!(fits("0 9 L * *", 2, 28, 3, 28) && !fits("0 9 L * *", 2, 28, 3, 29));
        assert!(!fits("0 9 31 * *", 4, 30, 3, 30));
    }

    #[test]
    fn it_reads_back_as_text() {
        let cron: Cron = "30  9 * * 1-5".parse().unwrap();
        assert_eq!(cron.to_string(), "30 9 * * 1-5");
        assert_eq!(serde_json::from_str::<Cron>("\"30 9 * * 1-5\"").unwrap(), cron);
        assert_eq!(serde_json::to_string(&cron).unwrap(), "\"30 9 * * 1-5\"");
    }

    proptest! {
        #[test]
        fn nothing_breaks_the_reader(text in "[-*/, 0-9a-zA-ZäL]{0,40}") {
            if let Ok(cron) = text.parse::<Cron>() {
                prop_assert!(cron.times().count() > 0);
                prop_assert!(!cron.words().is_empty());
                prop_assert_eq!(cron.to_string().parse::<Cron>().unwrap(), cron);
            }
        }
    }
}
