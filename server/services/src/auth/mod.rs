//! Signing in: passwords, sessions, API tokens, throttling, and the first run.
//!
//! Secrets that callers hold (session cookies, API tokens, the first-run link) are 256 random bits; the database has only
//! their SHA-256, which is enough for secrets that cannot be guessed. Passwords can be, so they are hashed with Argon2id.

mod factors;
mod first_run;
mod history;
mod launch;
mod notice;
mod operators;
mod passkeys;
mod password;
mod policy;
mod recent;
mod recognise;
mod reset;
mod second_step;
mod sessions;
mod sign_in;
pub mod sso;
mod store;
mod sweep;
mod throttle;
mod totp;
mod webauthn;

#[cfg(test)]
mod tests;

pub use factors::{confirm_totp, new_recovery_codes, remove_totp, reset_factors, security, start_totp};
pub use first_run::{create_owner, first_run, first_run_link, first_run_open};
pub use history::{own_history, person_history};
pub use operators::{OperatorSignedIn, recognise_operator, sign_in_operator, sign_out_operator};
pub use passkeys::{add_passkey, passkey_options, passkey_sign_in, registration_options, remove_passkey, rename_passkey};
pub use password::PasswordCost;
pub use policy::{security_policy, set_security_policy};
pub use recent::confirm_identity;
pub use recognise::{Credential, me, me_of, recognise, still_recognised};
pub use reset::{ask_for_reset, finish_reset, reset_link, reset_link_for, reset_open, send_due_mail};
pub use second_step::{Ticket, second_step, second_step_open};
pub use sessions::{list_sessions, revoke_other_sessions, revoke_session, sign_out};
pub use sign_in::{Entered, SignedIn, change_password, sign_in};
pub use sweep::sweep;

pub(crate) use factors::forget as forget_factors;
pub(crate) use launch::open_owner_session;
pub(crate) use operators::ABSOLUTE_MICROS as OPERATOR_SESSION_MICROS;
pub(crate) use password::{hash as hash_password, judge as judge_password};
pub(crate) use sessions::current as current_session;
pub(crate) use sign_in::enter;
pub(crate) use store::{account_by_email, end_pending, end_sessions_of};
pub(crate) use throttle::count_wrong_key;
pub(crate) use throttle::{count as count_failure, keys_of_media_key, refuse_while_blocked};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// What is stored of a 256-bit secret: its SHA-256 as URL-safe text. No salt and no stretching, because there is nothing to
/// guess; looking it up in an index leaks nothing useful about the secret by timing, for the same reason.
pub(crate) fn fingerprint(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}
