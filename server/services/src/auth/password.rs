//! Passwords: what a new one has to be, and hashing: Argon2id in a PHC string, a bounded number at a time, off the async threads.
//!
//! They are hashed and compared in Unicode's NFC (NIST SP 800-63B-4 section 3.1.1.2), so that the same characters typed on another
//! keyboard are the same password.

mod blocklist;

use std::{sync::Arc, time::Duration};

use ::store::SecretText;
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use model::{
    Problem,
    auth::{PASSWORD_MAX_BYTES, check_password},
};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::{Fault, Services};

/// How long a sign-in waits for its turn to hash before it is told to come back.
const WAIT: Duration = Duration::from_secs(10);

/// What is told to those who waited in vain: about one full queue later.
const RETRY_AFTER_SECONDS: u32 = 10;

/// What one password hash costs us, and whoever stole the database.
#[derive(Clone, Debug)]
pub struct PasswordCost(Params);

impl PasswordCost {
    /// 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's Argon2id setting.
    pub const STANDARD: Self = Self(Params::DEFAULT);

    /// As little as the algorithm allows, so that tests spend no time on it.
    #[cfg(any(test, feature = "testing"))]
    pub fn trifling() -> Self {
        Self(Params::new(Params::MIN_M_COST, Params::MIN_T_COST, Params::MIN_P_COST, None).unwrap_or(Params::DEFAULT))
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.0.clone())
    }

    /// Whether a stored hash was made with other parameters than these.
    fn differs_from(&self, stored: &PasswordHash) -> bool {
        let same = Params::try_from(stored)
            .is_ok_and(|params| (params.m_cost(), params.t_cost(), params.p_cost()) == (self.0.m_cost(), self.0.t_cost(), self.0.p_cost()));
        !same || stored.algorithm != ARGON2ID_IDENT
    }
}

/// What a password check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The password is the one.
    pub matches: bool,
    /// The stored hash should be replaced by one of today's cost.
    pub outdated: bool,
}

/// The password as it is hashed and compared. A text already composed, as nearly every one is, is not copied about.
fn composed(password: SecretText) -> SecretText {
    if is_nfc(password.expose()) { password } else { SecretText::from(password.expose().nfc().collect::<String>()) }
}

/// Why this cannot be somebody's new password, as a sentence with the cure. `email` is their address; `context` are other words that stand
/// around them, such as their name and organisation.
pub(crate) fn judge(password: &SecretText, email: &str, context: &[&str]) -> Option<String> {
    let composed = composed(password.duplicate());
    let words: Vec<&str> = context.iter().copied().chain([email]).collect();
    check_password(composed.expose(), email).or_else(|| blocklist::judge(composed.expose(), &words))
}

/// Hashes a new password into a PHC string.
///
/// # Errors
/// [`Problem::Busy`] when too many others are hashing; [`Fault::Task`] when the work is lost.
pub(crate) async fn hash(services: &Services, password: SecretText) -> Result<String, Fault> {
    let password = composed(password);
    let salt = services.entropy.bytes::<16>();
    let argon2 = services.password_cost.argon2();
    in_turn(services, move || {
        let hashed = argon2.hash_password_with_salt(password.expose().as_bytes(), &salt);
        hashed.map(|hash: PasswordHash| hash.to_string()).map_err(|_| Fault::Task { what: "hashing a password" })
    })
    .await
}

/// Compares a password with a stored hash. Without one (nobody has the address, or the account has no password) the same
/// work is done and the answer is no, so that timing does not tell which addresses have accounts.
///
/// # Errors
/// As [`hash`]; [`Fault::Stored`] when the stored hash does not read back.
pub(super) async fn verify(services: &Services, password: SecretText, stored: Option<String>) -> Result<Verdict, Fault> {
    let cost = services.password_cost.clone();
    // No account has a longer one; the cut only bounds the work, composing included.
    let too_long = password.expose().len() > PASSWORD_MAX_BYTES;
    let password = if too_long { SecretText::from("") } else { password };
    in_turn(services, move || {
        let as_typed = password.duplicate();
        let password = composed(password);
        let typed = password.expose().as_bytes();
        let Some(stored) = stored else {
            let nobody = cost.argon2().hash_password_with_salt(typed, b"nobody's account");
            return nobody.map(|_| Verdict { matches: false, outdated: false }).map_err(|_| Fault::Task { what: "hashing a password" });
        };
        let stored = PasswordHash::new(&stored).map_err(|_| Fault::Stored { place: "people_user.password_hash" })?;
        let matches = cost.argon2().verify_password(typed, &stored).is_ok() && !too_long;
        // Hashes made before passwords were composed are of the characters as they were typed.
        let differs = as_typed.expose() != password.expose();
        let old_form = !matches && !too_long && differs && cost.argon2().verify_password(as_typed.expose().as_bytes(), &stored).is_ok();
        Ok(Verdict { matches: matches || old_form, outdated: old_form || cost.differs_from(&stored) })
    })
    .await
}

/// Runs work of a core and 19 MiB on a blocking thread when its turn comes. The permit goes with the work: a caller who
/// gives up does not make room for another one while the core is still busy.
async fn in_turn<T: Send + 'static>(services: &Services, work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let turn = tokio::time::timeout(WAIT, Arc::clone(&services.hashing).acquire_owned()).await;
    let Ok(Ok(permit)) = turn else {
        return Err(Problem::Busy { retry_after_seconds: RETRY_AFTER_SECONDS }.into());
    };
    tokio::task::spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    })
    .await
    .map_err(|_| Fault::Task { what: "hashing a password" })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_cost_is_what_its_comment_says() {
        let PasswordCost(params) = PasswordCost::STANDARD;
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (19 * 1024, 2, 1));
        let hash: PasswordHash = PasswordCost::STANDARD.argon2().hash_password_with_salt(b"correct horse battery", b"salt of sixteen.").unwrap();
        assert!(hash.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[test]
    fn the_same_characters_are_the_same_password() {
        let composed = |text: &str| composed(SecretText::from(text)).expose().to_owned();
        assert_eq!(composed("cafe\u{301} au lait"), "caf\u{e9} au lait");
        assert_eq!(composed("\u{1112}\u{1161}\u{11ab}"), "\u{d55c}");
        assert_eq!(composed("plain"), "plain");
    }

    #[test]
    fn a_new_password_is_judged_by_rules_list_and_context() {
        let judged = |text: &str| judge(&SecretText::from(text), "ann@acme.example", &["Ann Smith", "Acme"]).is_some();
        assert!(judged("short") && judged("passwordpassword") && judged("ann smith acme 123"));
        assert!(!judged("seven herons at the lock gate"));
    }

    #[test]
    fn hashes_of_another_cost_or_kind_are_outdated() {
        let check = |algorithm: Algorithm, cost: PasswordCost, outdated: bool| {
            let argon2 = Argon2::new(algorithm, Version::V0x13, cost.0);
            let hash: PasswordHash = argon2.hash_password_with_salt(b"correct horse battery", b"salt of sixteen.").unwrap();
            assert_eq!(PasswordCost::trifling().differs_from(&hash), outdated, "{hash}");
        };
        check(Algorithm::Argon2id, PasswordCost::trifling(), false);
        check(Algorithm::Argon2i, PasswordCost::trifling(), true);
        check(Algorithm::Argon2id, PasswordCost::STANDARD, true);
    }
}
