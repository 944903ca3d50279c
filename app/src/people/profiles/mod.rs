//! Customers' profiles: a part of the room `people` with an entry of its own in the navigation, because people who may not see
//! colleagues still look customers up.

mod api;
mod form;
mod list;
mod new;
mod page;

pub use api::{CreateProfile, DeleteProfile, GetProfile, ListProfiles, UpdateProfile};
pub use list::CustomersPage;
pub use new::NewCustomerPage;
pub use page::CustomerPage;

use leptos::prelude::GetUntracked;
use model::people::Capability;
use ui::Icon;

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room, use_me};

const READ: Guard = Guard::Capability(Capability::ProfileRead);
const WRITE: Guard = Guard::Capability(Capability::ProfileWrite);

/// The part of the room.
pub const CUSTOMERS: Room = Room {
    word: "people",
    navigation: Some(Navigation { section: "", href: "/people/profiles", label: "Customers", icon: Icon::User, keys: "g c", guard: READ }),
    pages: &[
        PageEntry::new("/people/profiles", READ),
        PageEntry::new("/people/profiles/new", WRITE),
        PageEntry::new("/people/profiles/:profile", READ),
    ],
    endpoints: &[
        Endpoint::new("/api/people/list_profiles", READ),
        Endpoint::new("/api/people/get_profile", READ),
        Endpoint::new("/api/people/create_profile", WRITE),
        Endpoint::new("/api/people/update_profile", WRITE),
        Endpoint::new("/api/people/delete_profile", WRITE),
    ],
};

/// The reason why somebody may only look; empty for those who may change.
fn cannot_write() -> &'static str {
    let may = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::ProfileWrite));
    if may { "" } else { "Your role looks customers up but does not change them." }
}
