//! Hall `auth`: first run, signing in and out. Sessions stand on the account page.

mod api;
mod first_run;
mod sign_in;

pub use api::{FinishFirstRun, FirstRunOpen, SignIn, SignOut};
pub use first_run::FirstRunPage;
pub use sign_in::SignInPage;

use model::people::Capability;

use crate::shell::{Endpoint, Guard, PageEntry, Room};

/// The hall: it stands in no navigation.
pub const ROOM: Room = Room {
    word: "auth",
    navigation: None,
    pages: &[PageEntry::new("/sign-in", Guard::Public), PageEntry::new("/first-run/:token", Guard::Public)],
    endpoints: &[
        Endpoint::new("/api/auth/sign_in", Guard::Public),
        Endpoint::new("/api/auth/first_run_open", Guard::Public),
        Endpoint::new("/api/auth/finish_first_run", Guard::Public),
        Endpoint::new("/api/auth/sign_out", Guard::Capability(Capability::AccountOwn)),
    ],
};
