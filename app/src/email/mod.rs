//! Room `email`: addresses with their SMTP route, mail out, mail in, conversations, debug log (spec email-channel).

mod api;
mod asset_form;
mod asset_page;
mod assets_page;
mod compose;
mod compose_page;
mod connection;
mod forwarding;
mod inbox_page;
mod links;
mod log_page;
mod mail;
mod mail_fields;
mod message_page;
mod messages_page;
mod schedule_actions;
mod schedule_api;
mod schedule_edit;
mod schedule_overview;
mod schedule_page;
mod schedules_page;
mod thread_page;
mod when_fields;
mod zone_change;

pub use api::*;
pub use asset_page::{AssetPage, NewAssetPage};
pub use assets_page::AssetsPage;
pub use compose::{ChangeScheduleMail, Compose};
pub use compose_page::ComposePage;
pub use inbox_page::InboxPage;
pub use links::RevokeLink;
pub use log_page::LogPage;
pub use message_page::MessagePage;
pub use messages_page::MessagesPage;
pub use schedule_api::*;
pub use schedule_page::SchedulePage;
pub use schedules_page::SchedulesPage;
pub use thread_page::ThreadPage;
pub use zone_change::SchedulesOnZoneChange;

use leptos::prelude::*;
use model::people::Capability;
use ui::{Icon, Tab, Tabs};

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room};

const READ: Guard = Guard::Capability(Capability::EmailRead);
const MANAGE: Guard = Guard::Capability(Capability::EmailManage);
const SEND: Guard = Guard::Capability(Capability::EmailSend);
const INBOX: Guard = Guard::Capability(Capability::EmailInbox);
const LOG: Guard = Guard::Capability(Capability::DebugLogRead);
const DECRYPT: Guard = Guard::Capability(Capability::DebugLogDecrypt);
const ZONE: Guard = Guard::Capability(Capability::TenantWrite);

/// The room.
pub const ROOM: Room = Room {
    word: "email",
    navigation: Some(Navigation { section: "Channels", href: "/email", label: "Email", icon: Icon::Mail, keys: "g e", guard: INBOX }),
    pages: &[
        PageEntry::new("/email", INBOX),
        PageEntry::new("/email/threads/:thread", INBOX),
        PageEntry::new("/email/compose", SEND),
        PageEntry::new("/email/sent", INBOX),
        PageEntry::new("/email/messages/:message", INBOX),
        PageEntry::new("/email/schedules", INBOX),
        PageEntry::new("/email/schedules/:schedule", INBOX),
        PageEntry::new("/email/assets", READ),
        PageEntry::new("/email/assets/new", MANAGE),
        PageEntry::new("/email/assets/:asset", READ),
        PageEntry::new("/email/assets/:asset/log", LOG),
    ],
    endpoints: &[
        Endpoint::new("/api/email/list_assets", READ),
        Endpoint::new("/api/email/get_asset", READ),
        Endpoint::new("/api/email/create_asset", MANAGE),
        Endpoint::new("/api/email/update_asset", MANAGE),
        Endpoint::new("/api/email/set_asset_active", MANAGE),
        Endpoint::new("/api/email/asset_dependents", READ),
        Endpoint::new("/api/email/delete_asset", MANAGE),
        Endpoint::new("/api/email/test_connection", MANAGE),
        Endpoint::new("/api/email/test_stored_connection", MANAGE),
        Endpoint::new("/api/email/send_test_mail", MANAGE),
        Endpoint::new("/api/email/compose", SEND),
        Endpoint::new("/api/email/list_messages", INBOX),
        Endpoint::new("/api/email/get_message", INBOX),
        Endpoint::new("/api/email/cancel_message", SEND),
        Endpoint::new("/api/email/retry_message", SEND),
        Endpoint::new("/api/email/send_progress", INBOX),
        Endpoint::new("/api/email/list_schedules", INBOX),
        Endpoint::new("/api/email/get_schedule", INBOX),
        Endpoint::new("/api/email/preview_schedule", SEND),
        Endpoint::new("/api/email/reschedule", SEND),
        Endpoint::new("/api/email/change_schedule_mail", SEND),
        Endpoint::new("/api/email/set_schedule_paused", SEND),
        Endpoint::new("/api/email/run_schedule", SEND),
        Endpoint::new("/api/email/delete_schedule", SEND),
        Endpoint::new("/api/email/schedule_zones", SEND),
        Endpoint::new("/api/email/schedules_in_zone", ZONE),
        Endpoint::new("/api/email/list_threads", INBOX),
        Endpoint::new("/api/email/get_thread", INBOX),
        Endpoint::new("/api/email/mark_thread", INBOX),
        Endpoint::new("/api/email/revoke_link", MANAGE),
        Endpoint::new("/api/email/list_log", LOG),
        Endpoint::new("/api/email/decrypt_log", DECRYPT),
    ],
};

/// Which part of the room a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Inbox,
    Sent,
    Schedules,
    Assets,
}

/// The parts of the room, as tabs.
#[component]
fn RoomTabs(
    /// The one shown.
    part: Part,
) -> impl IntoView {
    let tabs = vec![
        Tab::new("Inbox", "/email", part == Part::Inbox),
        Tab::new("Sent", "/email/sent", part == Part::Sent),
        Tab::new("Scheduled", "/email/schedules", part == Part::Schedules),
        Tab::new("Addresses", "/email/assets", part == Part::Assets),
    ];
    view! { <Tabs label="Parts of email" items=tabs/> }
}
