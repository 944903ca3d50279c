//! Hall `auth`: first run, signing in and out, a forgotten password. Sessions and second factors stand on the account page.

mod api;
mod first_run;
mod forgot;
pub mod passkeys;
mod person;
mod reset_api;
mod second_step;
mod sign_in;
mod sso;

pub use api::{
    FindSso, FinishFirstRun, FinishSecondStep, FirstRunOpen, GetSsoEntrance, PasskeyOptions, PasskeySignIn, SecondStepOpen, SignIn, SignOut,
};
pub use first_run::FirstRunPage;
pub use forgot::{ForgotPage, ResetPage};
pub use person::{HistoryTable, PersonSignIns, may_see_sign_ins};
pub use reset_api::{ForgotPassword, PersonHistory, ResetFactors, ResetLink, ResetOpen, ResetPassword};
pub use second_step::SecondStepPage;
pub use sign_in::SignInPage;
pub use sso::SsoPage;

use model::people::Capability;

use crate::shell::{Endpoint, Guard, PageEntry, Room};

const PEOPLE: Guard = Guard::Capability(Capability::PeopleWrite);

/// The hall: it stands in no navigation.
pub const ROOM: Room = Room {
    word: "auth",
    navigation: None,
    pages: &[
        PageEntry::new("/sign-in", Guard::Public),
        PageEntry::new("/sign-in/second", Guard::Public),
        PageEntry::new("/forgot", Guard::Public),
        PageEntry::new("/reset/:token", Guard::Public),
        PageEntry::new("/sign-in/sso", Guard::Public),
        PageEntry::new("/sign-in/sso/:organisation", Guard::Public),
        PageEntry::new("/first-run/:token", Guard::Public),
    ],
    endpoints: &[
        Endpoint::new("/api/auth/sign_in", Guard::Public),
        Endpoint::new("/api/auth/second_step_open", Guard::Public),
        Endpoint::new("/api/auth/second_step", Guard::Public),
        Endpoint::new("/api/auth/passkey_options", Guard::Public),
        Endpoint::new("/api/auth/passkey_sign_in", Guard::Public),
        Endpoint::new("/api/auth/forgot_password", Guard::Public),
        Endpoint::new("/api/auth/reset_open", Guard::Public),
        Endpoint::new("/api/auth/reset_password", Guard::Public),
        Endpoint::new("/api/auth/person_history", PEOPLE),
        Endpoint::new("/api/auth/reset_factors", PEOPLE),
        Endpoint::new("/api/auth/reset_link", PEOPLE),
        Endpoint::new("/api/auth/find_sso", Guard::Public),
        Endpoint::new("/api/auth/sso_entrance", Guard::Public),
        Endpoint::new("/api/auth/first_run_open", Guard::Public),
        Endpoint::new("/api/auth/finish_first_run", Guard::Public),
        Endpoint::new("/api/auth/sign_out", Guard::Capability(Capability::AccountOwn)),
    ],
};
