//! Room `audit`: who changed or read what, and when.

mod api;
mod page;

pub use api::{ListAudit, VerifyAudit};
pub use page::AuditPage;

use model::people::Capability;
use ui::Icon;

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room};

const READ: Guard = Guard::Capability(Capability::AuditRead);

/// The room.
pub const ROOM: Room = Room {
    word: "audit",
    navigation: Some(Navigation { section: "Organisation", href: "/audit", label: "Audit log", icon: Icon::Shield, keys: "g l", guard: READ }),
    pages: &[PageEntry::new("/audit", READ)],
    endpoints: &[Endpoint::new("/api/audit/list", READ), Endpoint::new("/api/audit/verify", READ)],
};
