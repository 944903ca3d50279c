//! What the form of a schedule posts, and its rules.

use serde::{Deserialize, Serialize};

use super::{Missed, MonthDay, Recurrence, WallDate, WallTime, Weekdays, cron::Cron};
use crate::FieldProblem;

/// When a mail is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// Once, later.
    Later,
    /// Again and again.
    Repeat,
}

/// The fields of a schedule. Times and days are those of the clock and the calendar on the wall, in `zone`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleForm {
    /// `now`, `later` or `repeat`; empty means `now`.
    pub when: String,
    /// `YYYY-MM-DD`, for `later`.
    pub date: String,
    /// `HH:MM`, 24-hour.
    pub time: String,
    /// IANA zone; empty for the tenant's.
    pub zone: String,
    /// `daily`, `weekly`, `monthly` or `cron`, for `repeat`.
    pub repeats: String,
    /// Any text means yes, for `weekly`.
    pub mon: String,
    /// Likewise.
    pub tue: String,
    /// Likewise.
    pub wed: String,
    /// Likewise.
    pub thu: String,
    /// Likewise.
    pub fri: String,
    /// Likewise.
    pub sat: String,
    /// Likewise.
    pub sun: String,
    /// 1 to 31 or `last`, for `monthly`.
    pub day: String,
    /// Five fields, for `cron`.
    pub cron: String,
    /// Word of [`Missed`]; empty for `run_once`.
    pub missed: String,
}

/// A form that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSchedule {
    /// How it comes back.
    pub rule: Recurrence,
    /// As typed; whether there is such a zone is known to the server.
    pub zone: String,
    /// What happens to missed runs.
    pub missed: Missed,
}

impl ScheduleForm {
    /// When the mail is to leave.
    ///
    /// # Errors
    /// The problem of the field `when`.
    pub fn when(&self) -> Result<When, FieldProblem> {
        match self.when.as_str() {
            "" | "now" => Ok(When::Now),
            "later" => Ok(When::Later),
            "repeat" => Ok(When::Repeat),
            _ => Err(problem("when", "Choose when to send: now, later, or repeatedly.")),
        }
    }

    /// The rule, or all refused fields in the order of the form.
    ///
    /// # Errors
    /// Problems of `when`, `date`, `time`, `repeats`, `mon` (no day chosen), `day`, `cron` and `missed`.
    pub fn check(&self) -> Result<CheckedSchedule, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let rule = self.rule(&mut problems);
        let missed = match self.missed.as_str() {
            "" => Some(Missed::RunOnce),
            word => Missed::from_word(word),
        };
        if missed.is_none() {
            problems.push(problem("missed", "Choose what happens to a run that was missed."));
        }
        match (rule, missed) {
            (Some(rule), Some(missed)) if problems.is_empty() => Ok(CheckedSchedule { rule, zone: self.zone.trim().to_owned(), missed }),
            _ => Err(problems),
        }
    }

    fn rule(&self, problems: &mut Vec<FieldProblem>) -> Option<Recurrence> {
        match self.when() {
            Err(why) => {
                problems.push(why);
                None
            }
            Ok(When::Now) => {
                problems.push(problem("when", "Choose “Send later” or “Repeat”: a schedule has a time."));
                None
            }
            Ok(When::Later) => {
                let date = self.date.parse::<WallDate>().ok();
                if date.is_none() {
                    problems.push(problem("date", "Enter a date such as 2026-10-25."));
                }
                let time = self.time(problems);
                Some(Recurrence::Once { date: date?, time: time? })
            }
            Ok(When::Repeat) => self.repeated(problems),
        }
    }

    fn repeated(&self, problems: &mut Vec<FieldProblem>) -> Option<Recurrence> {
        match self.repeats.as_str() {
            "daily" => Some(Recurrence::Daily { time: self.time(problems)? }),
            "weekly" => {
                let days = self.weekdays();
                if days.is_empty() {
                    problems.push(problem("mon", "Choose at least one day of the week."));
                }
                let time = self.time(problems)?;
                (!days.is_empty()).then_some(Recurrence::Weekly { days, time })
            }
            "monthly" => {
                let day = MonthDay::from_word(&self.day);
                if day.is_none() {
                    problems.push(problem("day", "Choose a day of the month."));
                }
                let time = self.time(problems);
                Some(Recurrence::Monthly { day: day?, time: time? })
            }
            "cron" => match self.cron.parse::<Cron>() {
                Ok(expression) => Some(Recurrence::Cron { expression }),
                Err(why) => {
                    problems.push(problem("cron", &why.to_string()));
                    None
                }
            },
            _ => {
                problems.push(problem("repeats", "Choose how it repeats: daily, weekly, monthly or by a cron expression."));
                None
            }
        }
    }

    fn time(&self, problems: &mut Vec<FieldProblem>) -> Option<WallTime> {
        let time = self.time.parse::<WallTime>().ok();
        if time.is_none() {
            problems.push(problem("time", "Enter a time of the 24-hour clock, such as 09:30."));
        }
        time
    }

    /// The days of the week by Sunday first, as [`Weekdays`] counts them.
    fn weekday_fields(&self) -> [&String; 7] {
        [&self.sun, &self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat]
    }

    fn weekdays(&self) -> Weekdays {
        (0..7).zip(self.weekday_fields()).filter(|(_, text)| !text.is_empty()).fold(Weekdays::default(), |set, (day, _)| set.with(day))
    }

    /// The form that gives a stored rule.
    pub fn of(rule: &Recurrence, zone: &str, missed: Missed) -> Self {
        let mut form = Self { zone: zone.to_owned(), missed: missed.word().to_owned(), when: "repeat".into(), ..Self::default() };
        match rule {
            Recurrence::Once { date, time } => {
                form.when = "later".into();
                (form.date, form.time) = (date.to_string(), time.to_string());
            }
            Recurrence::Daily { time } => (form.repeats, form.time) = ("daily".into(), time.to_string()),
            Recurrence::Weekly { days, time } => {
                (form.repeats, form.time) = ("weekly".into(), time.to_string());
                let fields = [&mut form.sun, &mut form.mon, &mut form.tue, &mut form.wed, &mut form.thu, &mut form.fri, &mut form.sat];
                for (_, field) in (0..7).zip(fields).filter(|(day, _)| days.has(*day)) {
                    *field = "true".into();
                }
            }
            Recurrence::Monthly { day, time } => {
                (form.repeats, form.time, form.day) = ("monthly".into(), time.to_string(), day.word());
            }
            Recurrence::Cron { expression } => (form.repeats, form.cron) = ("cron".into(), expression.to_string()),
        }
        form
    }
}

fn problem(field: &str, message: &str) -> FieldProblem {
    FieldProblem { field: field.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeat(repeats: &str) -> ScheduleForm {
        ScheduleForm { when: "repeat".into(), repeats: repeats.into(), time: "09:30".into(), zone: "Europe/London".into(), ..ScheduleForm::default() }
    }

    #[test]
    fn each_kind_reads_back_from_what_it_became() {
        let forms = [
            ScheduleForm { when: "later".into(), date: "2026-10-25".into(), ..repeat("") },
            repeat("daily"),
            ScheduleForm { mon: "true".into(), sun: "true".into(), ..repeat("weekly") },
            ScheduleForm { day: "31".into(), missed: "skip".into(), ..repeat("monthly") },
            ScheduleForm { day: "last".into(), ..repeat("monthly") },
            ScheduleForm { cron: "30 9 * * 1-5".into(), time: String::new(), ..repeat("cron") },
        ];
        for form in forms {
            let checked = form.check().unwrap();
            let again = ScheduleForm::of(&checked.rule, &checked.zone, checked.missed);
            assert_eq!(again.check().unwrap(), checked, "{form:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_field_by_field() {
        let check = |form: ScheduleForm, expected: &[&str]| {
            let fields: Vec<_> = form.check().unwrap_err().into_iter().map(|problem| problem.field).collect();
            assert_eq!(fields, expected, "{form:?}");
        };
        check(ScheduleForm::default(), &["when"]);
        check(ScheduleForm { when: "later".into(), ..ScheduleForm::default() }, &["date", "time"]);
        check(ScheduleForm { when: "repeat".into(), ..ScheduleForm::default() }, &["repeats"]);
        check(ScheduleForm { time: "25:00".into(), ..repeat("daily") }, &["time"]);
        check(ScheduleForm { time: String::new(), ..repeat("weekly") }, &["mon", "time"]);
        check(ScheduleForm { time: "x".into(), ..repeat("monthly") }, &["day", "time"]);
        check(ScheduleForm { missed: "never".into(), ..repeat("cron") }, &["cron", "missed"]);
    }
}
