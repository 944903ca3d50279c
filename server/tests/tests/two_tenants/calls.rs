//! Every endpoint with every argument it takes, and which of them hold an identifier. `arguments.rs` fails when one is missing here.

use tests::organisation::Kind::{
    self, Asset, Import, Invited, LogLine, Message, Profile, ReplacedKey, Schedule, Send, Session, Team, Thread, Token, User,
};

/// What an argument holds.
#[derive(Clone, Copy, Debug)]
pub enum Field {
    /// Names one thing: another tenant's does not exist.
    Id(Kind),
    /// Names several things, as a list of one here: another tenant's does not exist.
    Ids(Kind),
    /// Narrows a list: another tenant's gives nothing. Left out otherwise.
    Filter(Kind),
    /// No identifier; a value that passes.
    Value(&'static str),
    /// No identifier; left out.
    Empty,
}

/// An endpoint.
pub struct Call {
    /// `/api/…`.
    pub path: &'static str,
    /// Every argument; `filter.asset` stands inside `filter`.
    pub fields: &'static [(&'static str, Field)],
    /// Changes nothing.
    pub reads: bool,
    /// Takes `multipart/form-data`.
    pub upload: bool,
}

const fn reads(path: &'static str, fields: &'static [(&'static str, Field)]) -> Call {
    Call { path, fields, reads: true, upload: false }
}

const fn changes(path: &'static str, fields: &'static [(&'static str, Field)]) -> Call {
    Call { path, fields, reads: false, upload: false }
}

const fn upload(path: &'static str, fields: &'static [(&'static str, Field)]) -> Call {
    Call { path, fields, reads: false, upload: true }
}

use Field::{Empty, Filter, Id, Ids, Value};

// Arguments that several take.
const ID: (&str, Field) = ("id", Id(Asset));
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
    changes("/api/auth/sign_in", &[("email", Empty), ("password", Empty), ("next", Empty)]),
    changes("/api/auth/second_step_open", &[]),
    changes("/api/auth/second_step", &[("code", Empty), ("next", Empty)]),
    changes("/api/auth/passkey_options", &[]),
    changes("/api/auth/passkey_sign_in", &[("answer", Empty), ("next", Empty)]),
    changes("/api/auth/forgot_password", &[("email", Empty)]),
    changes("/api/auth/reset_open", &[("token", Empty)]),
    changes("/api/auth/reset_password", &[("token", Empty), ("password", Empty)]),
    reads("/api/auth/person_history", &[("user", Id(User))]),
    // With a token they answer that a token cannot do this, and with another's person that there is none.
    changes("/api/auth/reset_factors", &[("user", Id(User))]),
    changes("/api/auth/reset_link", &[("user", Id(User))]),
    changes("/api/auth/sign_out", &[]),
    changes("/api/auth/first_run_open", &[("token", Empty)]),
    changes(
        "/api/auth/finish_first_run",
        &[("token", Empty), ("tenant_name", Empty), ("time_zone", Empty), ("name", Empty), ("email", Empty), ("password", Empty)],
    ),
    reads(
        "/api/people/list",
        &[
            ("after", Empty),
            ("sort", Empty),
            ("descending", Empty),
            ("search", Empty),
            ("role", Empty),
            ("status", Empty),
            ("team", Filter(Team)),
            ("licence", Empty),
        ],
    ),
    reads("/api/people/get", &[("id", Id(User))]),
    changes("/api/people/create", &[("name", Empty), ("email", Empty), ("role", Empty), ("password", Empty)]),
    changes(
        "/api/people/update",
        &[("id", Id(User)), ("name", Value("Agent")), ("email", Value("agent@betatown.example")), ("role", Value("agent")), ("password", Empty)],
    ),
    changes("/api/people/set_active", &[("id", Id(User)), ("active", Value("true"))]),
    reads("/api/people/list_profiles", &[("after", Empty), ("search", Empty)]),
    reads("/api/people/get_profile", &[("id", Id(Profile))]),
    // Customer ids are the tenant's own: the same one may be taken elsewhere.
    changes(
        "/api/people/create_profile",
        &[("customer_id", Value("crn-second")), ("name", Value("Bob")), ("email", Empty), ("msisdn", Empty), ("attributes", Empty)],
    ),
    changes(
        "/api/people/update_profile",
        &[("id", Id(Profile)), ("version", Value("1")), ("name", Value("Bob")), ("email", Empty), ("msisdn", Empty), ("attributes", Empty)],
    ),
    changes("/api/people/delete_profile", &[("id", Id(Profile))]),
    changes("/api/people/assign", &[("id", Id(User)), ("contact_center", Empty), ("interact", Empty), ("teams", Ids(Team))]),
    changes("/api/people/bulk", &[("ids", Ids(User)), ("verb", Value("join")), ("team", Id(Team)), ("licence", Empty)]),
    reads("/api/people/work", &[("id", Id(User))]),
    reads("/api/people/licences", &[]),
    changes(
        "/api/people/invite",
        &[
            ("name", Empty),
            ("email", Value("new@betatown.example")),
            ("role", Value("agent")),
            ("contact_center", Empty),
            ("interact", Empty),
            ("teams", Ids(Team)),
            ("by", Value("link")),
        ],
    ),
    reads("/api/people/invitation", &[("id", Id(Invited))]),
    changes("/api/people/renew_invitation", &[("id", Id(Invited)), ("by", Value("link"))]),
    changes("/api/people/invitation_open", &[("token", Empty)]),
    changes("/api/people/accept_invitation", &[("token", Empty), ("name", Empty), ("password", Empty)]),
    reads("/api/people/list_teams", &[]),
    reads("/api/people/get_team", &[("id", Id(Team))]),
    changes("/api/people/create_team", &[("name", Empty)]),
    changes("/api/people/update_team", &[("id", Id(Team)), ("name", Value("Team")), ("lead", Id(User))]),
    changes("/api/people/add_member", &[("id", Id(Team)), ("email", Value("agent@betatown.example"))]),
    upload("/api/people/check_import", &[("text", Empty)]),
    reads("/api/people/list_imports", &[]),
    reads("/api/people/get_import", &[("id", Id(Import)), ("after", Empty)]),
    // Refused with a conflict or not at all; the foreign one is not found.
    changes("/api/people/start_import", &[("id", Id(Import)), ("mode", Value("good")), ("send", Empty)]),
    changes("/api/tenant/set_system_mail", &[("asset", Id(Asset))]),
    reads("/api/tenant/system_mail", &[]),
    reads("/api/tenant/get", &[]),
    changes("/api/tenant/update", &[("name", Empty), ("time_zone", Empty), ("schedules", Empty)]),
    reads("/api/tenant/profile_keys", &[]),
    changes("/api/tenant/reveal_profile_key", &[]),
    changes("/api/tenant/rotate_profile_key", &[("overlap_hours", Empty)]),
    changes("/api/tenant/end_profile_key", &[("id", Id(ReplacedKey))]),
    reads("/api/tenant/security", &[]),
    changes("/api/tenant/set_security", &[("required", Empty), ("grace_days", Empty)]),
    reads("/api/audit/list", &[("search", Empty), ("action", Empty), ("from", Empty), ("until", Empty), ("after", Empty)]),
    changes("/api/account/set_theme", &[("theme", Empty)]),
    changes("/api/account/update_profile", &[("name", Empty)]),
    changes("/api/account/change_password", &[("old_password", Empty), ("new_password", Empty)]),
    reads("/api/account/security", &[]),
    reads("/api/account/sign_in_history", &[]),
    changes("/api/account/confirm_identity", &[("password", Empty)]),
    changes("/api/account/start_totp", &[]),
    changes("/api/account/confirm_totp", &[("code", Empty)]),
    changes("/api/account/remove_totp", &[]),
    changes("/api/account/new_recovery_codes", &[]),
    changes("/api/account/passkey_options", &[]),
    changes("/api/account/add_passkey", &[("name", Empty), ("answer", Empty)]),
    // Somebody's own, and made by a device only: that another's is not found is tested with the use cases.
    changes("/api/account/rename_passkey", &[("passkey", Empty), ("name", Empty)]),
    changes("/api/account/remove_passkey", &[("passkey", Empty)]),
    reads("/api/account/list_sessions", &[]),
    changes("/api/account/revoke_session", &[("id", Id(Session))]),
    changes("/api/account/revoke_other_sessions", &[]),
    reads("/api/account/list_tokens", &[]),
    changes("/api/account/create_token", &[("name", Empty), ("capabilities", Empty)]),
    changes("/api/account/revoke_token", &[("id", Id(Token))]),
    // Off comes last: what is off cannot be used for the others.
    changes("/api/email/set_asset_active", &[ID, ("active", Empty)]),
    changes("/api/people/set_active", &[("id", Id(User)), ("active", Value("false"))]),
    changes("/api/people/remove_member", &[("id", Id(Team)), ("user", Id(User))]),
    changes("/api/people/revoke_invitation", &[("id", Id(Invited))]),
    changes("/api/people/delete_team", &[("id", Id(Team))]),
    changes("/api/people/delete", &[("id", Id(User)), ("heir", Empty)]),
    changes("/api/people/discard_import", &[("id", Id(Import))]),
];
