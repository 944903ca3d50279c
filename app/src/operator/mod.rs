//! Hall `operator`: the console of the installation's help desk. It has sessions and a page of its own, and opens nothing but the tenants that
//! allow it.

mod api;
mod page;

pub use api::{Launch, ListTenants, OperatorHere, OperatorSignIn, OperatorSignOut};
pub use page::OperatorPage;

use crate::shell::{Endpoint, Guard, PageEntry, Room};

/// The hall: it stands in no tenant's navigation.
pub const ROOM: Room = Room {
    word: "operator",
    navigation: None,
    // Public: for whoever is not signed in it is the sign-in page.
    pages: &[PageEntry::new("/operator", Guard::Public)],
    endpoints: &[
        Endpoint::new("/api/operator/here", Guard::Public),
        Endpoint::new("/api/operator/sign_in", Guard::Public),
        Endpoint::new("/api/operator/sign_out", Guard::Operator),
        Endpoint::new("/api/operator/list_tenants", Guard::Operator),
        Endpoint::new("/api/operator/launch", Guard::Operator),
    ],
};
