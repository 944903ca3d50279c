//! The email room: addresses, mail out and what leaves later, conversations, the debug log.

use tests::organisation::Kind::{Asset, Attachment, LogLine, Message, Schedule, Send, Thread};

use super::ID;
use crate::call::{
    Call,
    Field::{self, Empty, Filter, Id, Value},
    changes, reads, upload,
};

// Arguments that several take.
const ADDRESS: (&str, Field) = ("email_address", Value("support@betatown.example"));
const HOST: (&str, Field) = ("smtp_host", Value("127.0.0.1"));
const PORT: (&str, Field) = ("smtp_port", Value("9"));
const TO: (&str, Field) = ("to", Value("bob@peer.example"));
const WHEN: (&str, Field) = ("when", Value("repeat"));
const REPEATS: (&str, Field) = ("repeats", Value("daily"));
const TIME: (&str, Field) = ("time", Value("09:30"));
const DATE: (&str, Field) = ("date", Empty);
const ZONE: (&str, Field) = ("zone", Empty);
const MON: (&str, Field) = ("mon", Empty);
const TUE: (&str, Field) = ("tue", Empty);
const WED: (&str, Field) = ("wed", Empty);
const THU: (&str, Field) = ("thu", Empty);
const FRI: (&str, Field) = ("fri", Empty);
const SAT: (&str, Field) = ("sat", Empty);
const SUN: (&str, Field) = ("sun", Empty);
const DAY: (&str, Field) = ("day", Empty);
const CRON: (&str, Field) = ("cron", Empty);
const MISSED: (&str, Field) = ("missed", Empty);
const NO_TLS: (&str, Field) = ("security", Value("none"));

pub const CALLS: &[Call] = &[
    reads(
        "/api/email/list_assets",
        &[("page.after", Empty), ("page.limit", Empty), ("page.sort", Empty), ("page.descending", Empty), ("page.search", Empty)],
    ),
    reads("/api/email/get_asset", &[ID]),
    changes(
        "/api/email/create_asset",
        &[
            ("name", Value("Second")),
            ("email_address", Value("second@betatown.example")),
            HOST,
            PORT,
            NO_TLS,
            ("username", Empty),
            ("password", Empty),
            ("from_name", Empty),
            ("max_connections", Empty),
        ],
    ),
    changes(
        "/api/email/update_asset",
        &[
            ID,
            ("version", Value("1")),
            ("name", Value("Office")),
            ADDRESS,
            HOST,
            PORT,
            NO_TLS,
            ("username", Empty),
            ("password", Empty),
            ("from_name", Empty),
            ("max_connections", Empty),
        ],
    ),
    changes("/api/email/set_asset_active", &[ID, ("active", Value("true"))]),
    reads("/api/email/asset_dependents", &[ID]),
    // Before its mail goes.
    changes("/api/email/revoke_link", &[("id", Id(Attachment))]),
    changes("/api/email/delete_asset", &[ID, ("cancel_queued", Value("true"))]),
    changes(
        "/api/email/test_connection",
        &[
            ID,
            ("name", Value("Office")),
            ADDRESS,
            HOST,
            PORT,
            NO_TLS,
            ("username", Empty),
            ("password", Empty),
            ("from_name", Empty),
            ("max_connections", Empty),
        ],
    ),
    changes("/api/email/test_stored_connection", &[ID]),
    changes("/api/email/send_test_mail", &[ID]),
    // An answer leaves from its conversation's asset, so the two are tried one at a time.
    upload(
        "/api/email/compose",
        &[
            ("asset", Id(Asset)),
            TO,
            ("cc", Empty),
            ("bcc", Empty),
            ("subject", Value("Hello")),
            ("text", Value("Hello.")),
            ("html", Empty),
            ("thread", Empty),
            ("when", Empty),
            DATE,
            ("time", Empty),
            ZONE,
            ("repeats", Empty),
            MON,
            TUE,
            WED,
            THU,
            FRI,
            SAT,
            SUN,
            DAY,
            CRON,
            MISSED,
        ],
    ),
    upload(
        "/api/email/compose",
        &[
            ("asset", Empty),
            TO,
            ("cc", Empty),
            ("bcc", Empty),
            ("subject", Value("Re: Hello")),
            ("text", Value("Hello.")),
            ("html", Empty),
            ("thread", Id(Thread)),
            ("when", Empty),
            DATE,
            ("time", Empty),
            ZONE,
            ("repeats", Empty),
            MON,
            TUE,
            WED,
            THU,
            FRI,
            SAT,
            SUN,
            DAY,
            CRON,
            MISSED,
        ],
    ),
    // The same with a time makes a schedule.
    upload(
        "/api/email/compose",
        &[
            ("asset", Id(Asset)),
            TO,
            ("cc", Empty),
            ("bcc", Empty),
            ("subject", Value("Later")),
            ("text", Value("Hello.")),
            ("html", Empty),
            ("thread", Empty),
            WHEN,
            REPEATS,
            TIME,
            DATE,
            ZONE,
            MON,
            TUE,
            WED,
            THU,
            FRI,
            SAT,
            SUN,
            DAY,
            CRON,
            MISSED,
        ],
    ),
    reads(
        "/api/email/list_schedules",
        &[("filter.asset", Filter(Asset)), ("filter.status", Empty), ("filter.search", Empty), ("filter.after", Empty)],
    ),
    reads("/api/email/get_schedule", &[("id", Id(Schedule)), ("after", Empty)]),
    reads("/api/email/preview_schedule", &[WHEN, REPEATS, TIME, DATE, ZONE, MON, TUE, WED, THU, FRI, SAT, SUN, DAY, CRON, MISSED]),
    changes(
        "/api/email/reschedule",
        &[("id", Id(Schedule)), ("version", Value("1")), WHEN, REPEATS, TIME, DATE, ZONE, MON, TUE, WED, THU, FRI, SAT, SUN, DAY, CRON, MISSED],
    ),
    upload(
        "/api/email/change_schedule_mail",
        &[
            ("id", Id(Schedule)),
            ("version", Value("2")),
            ("remove_files", Empty),
            ("asset", Id(Asset)),
            TO,
            ("cc", Empty),
            ("bcc", Empty),
            ("subject", Value("Later")),
            ("text", Value("Hello.")),
            ("html", Empty),
            ("thread", Empty),
        ],
    ),
    changes("/api/email/set_schedule_paused", &[("id", Id(Schedule)), ("paused", Value("true"))]),
    changes("/api/email/run_schedule", &[("id", Id(Schedule))]),
    changes("/api/email/delete_schedule", &[("id", Id(Schedule))]),
    reads("/api/email/schedule_zones", &[]),
    reads("/api/email/schedules_in_zone", &[]),
    reads(
        "/api/email/list_messages",
        &[
            ("filter.asset", Filter(Asset)),
            ("filter.status", Empty),
            ("filter.search", Empty),
            ("filter.send", Filter(Send)),
            ("filter.after", Empty),
        ],
    ),
    reads("/api/email/get_message", &[("id", Id(Message))]),
    changes("/api/email/cancel_message", &[("id", Id(Message))]),
    changes("/api/email/retry_message", &[("id", Id(Message))]),
    reads("/api/email/send_progress", &[("id", Id(Send))]),
    reads("/api/email/list_threads", &[("filter.asset", Filter(Asset)), ("filter.search", Empty), ("filter.unread", Empty), ("filter.after", Empty)]),
    reads("/api/email/get_thread", &[("id", Id(Thread))]),
    // Read and unread are two statements.
    changes("/api/email/mark_thread", &[("id", Id(Thread)), ("unread", Value("true"))]),
    changes("/api/email/mark_thread", &[("id", Id(Thread)), ("unread", Empty)]),
    // A search for the id of a mail finds the lines of that mail.
    reads("/api/email/list_log", &[("asset", Filter(Asset)), ("search", Filter(Message)), ("step", Empty), ("after", Empty)]),
    reads("/api/email/decrypt_log", &[("id", Id(LogLine))]),
];
