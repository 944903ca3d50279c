//! Mail that leaves later, or again and again: what the form takes, and what pages show (spec tenant-settings, "Daylight Saving").

pub mod cron;
mod form;
mod rule;

use serde::{Deserialize, Serialize};

pub use form::{CheckedSchedule, ScheduleForm, When};
pub use rule::{MonthDay, Recurrence, Unreadable, WallDate, WallTime, Weekdays};

use super::thread::AttachmentRow;
use crate::{
    ids::{AssetId, MessageId, ScheduleId},
    page::Page,
    time::Stamp,
};

/// Failed runs in a row after which a schedule stops by itself.
pub const MAX_FAILURES: i64 = 3;

/// Lines of a schedule's history that are kept: nearly three years of a daily one, most of a day of one that runs every minute.
pub const KEPT_RUNS: i64 = 1000;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All, in the order shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stored and posted word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// For people.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// From the stored word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// Where a schedule stands.
    ScheduleStatus {
        /// It runs when its time comes.
        Active = "active", "Active";
        /// A person stopped it for now.
        Paused = "paused", "Paused";
        /// It has run for the last time.
        Finished = "finished", "Finished";
        /// It stopped by itself, because its runs failed.
        Failed = "failed", "Stopped after failures";
    }
}

words! {
    /// What happens to a run whose time passed while the server was down.
    Missed {
        /// It runs once as soon as possible, however many were missed.
        RunOnce = "run_once", "Send once, as soon as possible";
        /// It is left out; the history says so.
        Skip = "skip", "Leave it out";
    }
}

words! {
    /// What came of one run.
    RunOutcome {
        /// A mail was accepted.
        Sent = "sent", "Sent";
        /// A mail was accepted late, for one or more runs that were missed.
        CaughtUp = "caught_up", "Sent late";
        /// The run was missed and left out.
        Skipped = "skipped", "Left out";
        /// No mail was made; the sentence says why.
        Failed = "failed", "Failed";
        /// A person asked for it.
        Manual = "manual", "Sent by hand";
    }
}

words! {
    /// What happens to schedules when the tenant's zone changes.
    Rezone {
        /// 09:30 stays 09:30, in the new zone.
        KeepWallClock = "keep_wall_clock_in_new_zone", "Keep the time on the clock";
        /// They stay in the zone they have, and so at the same moments.
        KeepZone = "keep_zone", "Keep the zone";
    }
}

/// A moment at which a schedule will run, in the schedule's zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTime {
    /// `2026-10-25T09:30:00.000+00:00`.
    pub iso: String,
    /// `2026-10-25 09:30:00`.
    pub text: String,
    /// `UTC+00:00`.
    pub offset: String,
    /// A sentence when the clocks change over this run; empty otherwise.
    pub note: String,
}

/// What a form would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulePreview {
    /// The rule in words, zone included.
    pub words: String,
    /// The next five runs, or fewer when there are no more.
    pub runs: Vec<RunTime>,
}

/// Filters of the list; every one stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleFilter {
    /// Asset id; empty for all.
    pub asset: String,
    /// Word of [`ScheduleStatus`]; empty for all.
    pub status: String,
    /// Part of a recipient's address or of the subject.
    pub search: String,
    /// Cursor.
    pub after: String,
}

/// A schedule in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// Id.
    pub id: ScheduleId,
    /// The asset it sends from.
    pub asset: AssetId,
    /// Name of the asset; empty when it was deleted.
    pub asset_name: String,
    /// Recipients in To, joined.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The rule in words.
    pub words: String,
    /// IANA zone of its times.
    pub zone: String,
    /// Where it stands.
    pub status: ScheduleStatus,
    /// Why it stands there, when it was not a person's choice; empty otherwise.
    pub note: String,
    /// The next run, in the schedule's zone.
    pub next: Option<RunTime>,
    /// The last run, in the tenant's zone.
    pub last: Option<Stamp>,
}

/// A schedule on its own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleDetail {
    /// The row.
    pub row: ScheduleRow,
    /// To be posted with a change.
    pub version: i64,
    /// The timing as the form has it.
    pub form: ScheduleForm,
    /// Recipients in Cc, joined.
    pub cc: String,
    /// Recipients in Bcc, joined.
    pub bcc: String,
    /// Plain text.
    pub text: String,
    /// HTML for the editor, pictures inside as `data:` addresses; empty when there is none.
    pub html: String,
    /// Files, inline pictures left out.
    pub attachments: Vec<AttachmentRow>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created: Stamp,
    /// The next five runs; empty while it does not run.
    pub upcoming: Vec<RunTime>,
    /// What came of its runs, newest first.
    pub runs: Page<ScheduleRun>,
}

/// One line of a schedule's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRun {
    /// When it ran, in the tenant's zone.
    pub at: Stamp,
    /// When it should have run, in the schedule's zone; `None` when a person asked for it.
    pub due: Option<RunTime>,
    /// What came of it.
    pub outcome: RunOutcome,
    /// A sentence; empty when there is nothing to say.
    pub sentence: String,
    /// The mail it made, while it exists.
    pub message: Option<MessageId>,
}

/// What the form that changes a schedule's mail posts besides the mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailChange {
    /// The schedule.
    pub id: String,
    /// The version that the change is based on.
    pub version: String,
    /// Any text means yes.
    pub remove_files: String,
}

/// What a page that writes mail made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// `messages` or `schedules`: the folder of its page.
    pub kind: String,
    /// Id of the mail or of the schedule.
    pub id: String,
}

/// Schedules that a change of the tenant's zone has to decide about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZonedSchedules {
    /// The tenant's present zone.
    pub zone: String,
    /// How many active and paused schedules are in it.
    pub count: i64,
    /// The first of them by their next run.
    pub first: Vec<ScheduleRow>,
}
