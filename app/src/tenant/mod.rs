//! Room `tenant`: the organisation's own settings.

mod api;
mod keys_api;
mod keys_page;
mod mail_api;
mod mail_page;
mod page;
mod security;
mod security_api;

pub use api::{GetTenant, UpdateTenant};
pub use keys_api::{EndProfileKey, GetProfileKeys, RevealProfileKey, RotateProfileKey};
pub use keys_page::KeysPage;
pub use mail_api::{GetSystemMail, SetSystemMail};
pub use mail_page::SystemMailPage;
pub use page::TenantPage;
pub use security::SecurityPage;
pub use security_api::{GetSecurityPolicy, SetSecurityPolicy};

use leptos::prelude::*;
use model::people::Capability;
use ui::{Icon, Tab, Tabs};

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room, use_me};

const READ: Guard = Guard::Capability(Capability::TenantRead);
const WRITE: Guard = Guard::Capability(Capability::TenantWrite);
const KEY: Guard = Guard::Capability(Capability::TenantProfileKey);

/// The room.
pub const ROOM: Room = Room {
    word: "tenant",
    navigation: Some(Navigation { section: "Organisation", href: "/tenant", label: "Settings", icon: Icon::Settings, keys: "g s", guard: READ }),
    pages: &[
        PageEntry::new("/tenant", READ),
        PageEntry::new("/tenant/security", WRITE),
        PageEntry::new("/tenant/keys", KEY),
        PageEntry::new("/tenant/mail", READ),
    ],
    endpoints: &[
        Endpoint::new("/api/tenant/get", READ),
        Endpoint::new("/api/tenant/update", WRITE),
        Endpoint::new("/api/tenant/security", WRITE),
        Endpoint::new("/api/tenant/set_security", WRITE),
        Endpoint::new("/api/tenant/profile_keys", KEY),
        Endpoint::new("/api/tenant/reveal_profile_key", KEY),
        Endpoint::new("/api/tenant/rotate_profile_key", WRITE),
        Endpoint::new("/api/tenant/end_profile_key", WRITE),
        Endpoint::new("/api/tenant/system_mail", READ),
        Endpoint::new("/api/tenant/set_system_mail", WRITE),
    ],
};

/// The pages of the settings, as tabs: address, label and who sees it. Each is a page of its own, so that what somebody may not see is never sent.
const TABS: &[(&str, &str, Guard)] = &[
    ("/tenant", "Organisation", READ),
    ("/tenant/security", "Security", WRITE),
    ("/tenant/keys", "Keys", KEY),
    ("/tenant/mail", "System mail", READ),
];

/// The tabs at the head of every settings page; `current` is the page's own address.
#[component]
fn SettingsTabs(current: &'static str) -> impl IntoView {
    let held = use_me().get_untracked().map(|me| me.capabilities);
    let items =
        TABS.iter().filter(|(_, _, guard)| guard.admits(held)).map(|(href, label, _)| Tab::new(*label, *href, *href == current)).collect::<Vec<_>>();
    view! { <Tabs label="Parts of the settings" items=items/> }
}
