//! Signing in: passwords, sessions, API tokens, throttling, and the first run.
//!
//! Secrets that callers hold (session cookies, API tokens, the first-run link) are 256 random bits; the database has only
//! their SHA-256, which is enough for secrets that cannot be guessed. Passwords can be, so they are hashed with Argon2id.

mod first_run;
mod password;
mod recognise;
mod sessions;
mod sign_in;
mod store;
mod sweep;
mod throttle;

#[cfg(test)]
mod tests;

pub use first_run::{create_owner, first_run, first_run_link, first_run_open};
pub use password::PasswordCost;
pub use recognise::{Credential, me, recognise};
pub use sessions::{list_sessions, revoke_other_sessions, revoke_session, sign_out};
pub use sign_in::{SignedIn, change_password, sign_in};
pub use sweep::sweep;

pub(crate) use password::hash as hash_password;
pub(crate) use sessions::current as current_session;
pub(crate) use sign_in::enter;
pub(crate) use store::{account_by_email, end_sessions_of};
pub(crate) use throttle::count_wrong_key;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// What is stored of a 256-bit secret: its SHA-256 as URL-safe text. No salt and no stretching, because there is nothing to
/// guess; looking it up in an index leaks nothing useful about the secret by timing, for the same reason.
pub(crate) fn fingerprint(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}
