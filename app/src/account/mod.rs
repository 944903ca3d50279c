//! The own account: profile, password and second factors, sessions, sign-in history, API tokens.

mod api;
mod page;
mod passkeys;
mod profile;
mod security;
mod security_api;
mod sessions;
mod tokens;

pub use api::{
    ChangePassword, CreateToken, GetMe, ListSessions, ListTokens, RevokeOtherSessions, RevokeSession, RevokeToken, SetTheme, UpdateProfile,
};
pub use page::AccountPage;
pub(crate) use security::Refused;
pub use security_api::{
    AddPasskey, ConfirmIdentity, ConfirmTotp, GetSecurity, NewPasskeyOptions, NewRecoveryCodes, RemovePasskey, RemoveTotp, RenamePasskey,
    SignInHistory, StartTotp,
};

use model::people::Capability;

use crate::shell::{Endpoint, Guard, PageEntry, Room};

const OWN: Guard = Guard::Capability(Capability::AccountOwn);
const TOKENS: Guard = Guard::Capability(Capability::TokenOwn);

/// The room: reached by the menu with the person's name.
pub const ROOM: Room = Room {
    word: "account",
    navigation: None,
    pages: &[PageEntry::new("/account", OWN)],
    endpoints: &[
        Endpoint::new("/api/account/set_theme", Guard::Public),
        Endpoint::new("/api/account/me", OWN),
        Endpoint::new("/api/account/update_profile", OWN),
        Endpoint::new("/api/account/change_password", OWN),
        Endpoint::new("/api/account/security", OWN),
        Endpoint::new("/api/account/sign_in_history", OWN),
        Endpoint::new("/api/account/confirm_identity", OWN),
        Endpoint::new("/api/account/start_totp", OWN),
        Endpoint::new("/api/account/confirm_totp", OWN),
        Endpoint::new("/api/account/remove_totp", OWN),
        Endpoint::new("/api/account/new_recovery_codes", OWN),
        Endpoint::new("/api/account/passkey_options", OWN),
        Endpoint::new("/api/account/add_passkey", OWN),
        Endpoint::new("/api/account/rename_passkey", OWN),
        Endpoint::new("/api/account/remove_passkey", OWN),
        Endpoint::new("/api/account/list_sessions", OWN),
        Endpoint::new("/api/account/revoke_session", OWN),
        Endpoint::new("/api/account/revoke_other_sessions", OWN),
        Endpoint::new("/api/account/list_tokens", TOKENS),
        Endpoint::new("/api/account/create_token", TOKENS),
        Endpoint::new("/api/account/revoke_token", TOKENS),
    ],
};
