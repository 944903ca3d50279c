//! Room `tenant`: the organisation's own settings.

mod api;
mod page;

pub use api::{GetTenant, UpdateTenant};
pub use page::TenantPage;

use leptos::prelude::*;
use model::people::Capability;
use ui::{Icon, Tab, Tabs};

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room, use_me};

const READ: Guard = Guard::Capability(Capability::TenantRead);

/// The room.
pub const ROOM: Room = Room {
    word: "tenant",
    navigation: Some(Navigation { section: "Organisation", href: "/tenant", label: "Settings", icon: Icon::Settings, keys: "g s", guard: READ }),
    pages: &[PageEntry::new("/tenant", READ)],
    endpoints: &[Endpoint::new("/api/tenant/get", READ), Endpoint::new("/api/tenant/update", Guard::Capability(Capability::TenantWrite))],
};

/// The pages of the settings, as tabs: address, label and who sees it. Each is a page of its own, so that what somebody may not see is never sent.
const TABS: &[(&str, &str, Guard)] = &[("/tenant", "Organisation", READ)];

/// The tabs at the head of every settings page; `current` is the page's own address.
#[component]
fn SettingsTabs(current: &'static str) -> impl IntoView {
    let held = use_me().get_untracked().map(|me| me.capabilities);
    let items =
        TABS.iter().filter(|(_, _, guard)| guard.admits(held)).map(|(href, label, _)| Tab::new(*label, *href, *href == current)).collect::<Vec<_>>();
    view! { <Tabs label="Parts of the settings" items=items/> }
}
