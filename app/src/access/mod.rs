//! Room `access`: visitors from outside. What owners allow, who is inside, links that lead in, and the partner's side of them.

mod api;
mod banner;
mod customers;
mod ended;
mod launch;
mod page;
mod visits;

pub use api::{
    AcceptPartner, EndPartner, EndVisit, EnterLink, GetAccess, LaunchCustomer, LeaveVisit, ListCustomers, ListVisits, LookAtLink, PresentVisits,
    UpdateAccess,
};
pub use banner::VisitBanners;
pub use customers::Customers;
pub use ended::VisitEndedPage;
pub use launch::LaunchPage;
pub use page::AccessPage;

use model::people::Capability;

use crate::shell::{Endpoint, Guard, PageEntry, Room};

/// Owners; never a visitor.
pub const HELP_DESK: Guard = Guard::Capability(Capability::TenantHelpDesk);
const CUSTOMERS: Guard = Guard::Capability(Capability::AccessCustomers);

/// The room: its settings are a tab of the tenant's.
pub const ROOM: Room = Room {
    word: "access",
    navigation: None,
    pages: &[
        PageEntry::new("/tenant/access", HELP_DESK),
        PageEntry::new("/launch/:tenant/:token", Guard::Public),
        PageEntry::new("/visit-ended", Guard::Public),
    ],
    endpoints: &[
        Endpoint::new("/api/access/get", HELP_DESK),
        Endpoint::new("/api/access/update", HELP_DESK),
        Endpoint::new("/api/access/list_visits", HELP_DESK),
        Endpoint::new("/api/access/end_visit", HELP_DESK),
        Endpoint::new("/api/access/accept_partner", HELP_DESK),
        Endpoint::new("/api/access/end_partner", HELP_DESK),
        Endpoint::new("/api/access/present", Guard::Capability(Capability::AccountOwn)),
        Endpoint::new("/api/access/list_customers", CUSTOMERS),
        Endpoint::new("/api/access/launch", CUSTOMERS),
        Endpoint::new("/api/access/look", Guard::Public),
        Endpoint::new("/api/access/enter", Guard::Public),
        Endpoint::new("/api/access/leave", Guard::Public),
    ],
};
