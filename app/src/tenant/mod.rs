//! Room `tenant`: the organisation's own settings.

mod api;
mod page;

pub use api::{GetTenant, UpdateTenant};
pub use page::TenantPage;

use model::people::Capability;
use ui::Icon;

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room};

const READ: Guard = Guard::Capability(Capability::TenantRead);

/// The room.
pub const ROOM: Room = Room {
    word: "tenant",
    navigation: Some(Navigation { section: "Organisation", href: "/tenant", label: "Settings", icon: Icon::Settings, keys: "g s", guard: READ }),
    pages: &[PageEntry::new("/tenant", READ)],
    endpoints: &[Endpoint::new("/api/tenant/get", READ), Endpoint::new("/api/tenant/update", Guard::Capability(Capability::TenantWrite))],
};
