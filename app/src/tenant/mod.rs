//! Room `tenant`: the organisation's own settings.

mod api;
mod domains;
mod domains_api;
mod keys_api;
mod keys_page;
mod mail_api;
mod mail_page;
mod media;
mod media_api;
mod page;
mod records;
mod security;
mod security_api;
mod sso;
mod sso_api;

pub use api::{GetRecords, GetTenant, ListZones, UpdateRecords, UpdateTenant};
pub use domains::DomainsPage;
pub use domains_api::{GetDomains, PreviewDomains, UpdateDomains};
pub use keys_api::{EndProfileKey, GetProfileKeys, RevealProfileKey, RotateProfileKey};
pub use keys_page::KeysPage;
pub use mail_api::{GetSystemMail, SetSystemMail};
pub use mail_page::SystemMailPage;
pub use media::MediaPage;
pub use media_api::{GetMedia, UpdateMedia};
pub use page::TenantPage;
pub use records::RecordsPage;
pub use security::SecurityPage;
pub use security_api::{GetSecurityPolicy, SetSecurityPolicy};
pub use sso::SsoSettingsPage;
pub use sso_api::{GetSso, RemoveSso, SaveSso};

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
        PageEntry::new("/tenant/sign-in", WRITE),
        PageEntry::new("/tenant/domains", READ),
        PageEntry::new("/tenant/keys", KEY),
        PageEntry::new(MEDIA, READ),
        PageEntry::new("/tenant/mail", READ),
        PageEntry::new("/tenant/records", READ),
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
        Endpoint::new("/api/tenant/list_zones", READ),
        Endpoint::new("/api/tenant/get_records", READ),
        Endpoint::new("/api/tenant/update_records", WRITE),
        Endpoint::new("/api/tenant/get_domains", READ),
        Endpoint::new("/api/tenant/preview_domains", WRITE),
        Endpoint::new("/api/tenant/update_domains", WRITE),
        Endpoint::new("/api/tenant/get_sso", WRITE),
        Endpoint::new("/api/tenant/save_sso", WRITE),
        Endpoint::new("/api/tenant/remove_sso", WRITE),
        Endpoint::new("/api/tenant/get_media", READ),
        Endpoint::new("/api/tenant/update_media", WRITE),
    ],
};

/// Exists where the operator has switched secure media handling on.
const MEDIA: &str = "/tenant/media";

/// The pages of the settings, as tabs: address, label and who sees it. Each is a page of its own, so that what somebody may not see is never sent.
const TABS: &[(&str, &str, Guard)] = &[
    ("/tenant", "Organisation", READ),
    ("/tenant/security", "Security", WRITE),
    ("/tenant/sign-in", "Single sign-on", WRITE),
    ("/tenant/domains", "Email domains", READ),
    ("/tenant/access", "Access", crate::access::HELP_DESK),
    ("/tenant/keys", "Keys", KEY),
    (MEDIA, "Inbound media", READ),
    ("/tenant/mail", "System mail", READ),
    ("/tenant/records", "Reports and audit log", READ),
];

/// The tabs at the head of every settings page; `current` is the page's own address.
#[component]
pub(crate) fn SettingsTabs(current: &'static str) -> impl IntoView {
    let me = use_me().get_untracked();
    let (held, secure_media) = (me.as_ref().map(|me| me.capabilities), me.is_some_and(|me| me.secure_media));
    let shown = |(href, _, guard): &&(&str, &str, Guard)| guard.admits(held) && (*href != MEDIA || secure_media);
    let items = TABS.iter().filter(shown).map(|(href, label, _)| Tab::new(*label, *href, *href == current)).collect::<Vec<_>>();
    view! { <Tabs label="Parts of the settings" items=items/> }
}
