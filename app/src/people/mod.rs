//! Room `people`: who may sign in, and as what.

mod api;
mod edit;
mod list;
mod new;
mod profiles;

pub use api::{CreateUser, GetUser, ListUsers, SetActive, UpdateUser};
pub use edit::UserPage;
pub use list::PeoplePage;
pub use new::NewUserPage;
pub use profiles::{CUSTOMERS, CreateProfile, CustomerPage, CustomersPage, DeleteProfile, GetProfile, ListProfiles, NewCustomerPage, UpdateProfile};

use model::people::Capability;
use ui::Icon;

use crate::shell::{Endpoint, Guard, Navigation, PageEntry, Room};

const READ: Guard = Guard::Capability(Capability::PeopleRead);
const WRITE: Guard = Guard::Capability(Capability::PeopleWrite);

/// The room.
pub const ROOM: Room = Room {
    word: "people",
    navigation: Some(Navigation { section: "Organisation", href: "/people", label: "People", icon: Icon::Users, keys: "g p", guard: READ }),
    pages: &[PageEntry::new("/people", READ), PageEntry::new("/people/new", WRITE), PageEntry::new("/people/:user", READ)],
    endpoints: &[
        Endpoint::new("/api/people/list", READ),
        Endpoint::new("/api/people/get", READ),
        Endpoint::new("/api/people/create", WRITE),
        Endpoint::new("/api/people/update", WRITE),
        Endpoint::new("/api/people/set_active", WRITE),
    ],
};
