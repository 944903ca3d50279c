//! Sign-in throttling. The counts are rows, so that they survive a restart and are shared by processes.
//!
//! An attempt is counted as a failure **before** the password is looked at and taken back when it succeeds: parallel guesses
//! queue at the row, and only as many get through as the limit allows.

use std::net::{IpAddr, Ipv6Addr};

use model::{Problem, email::address::normalise, ids::UserId};

use super::store;
use crate::{
    Fault, Services,
    clock::{DAY, HOUR, MINUTE, SECOND},
};

/// Guesses at one account within [`WINDOW_MICROS`]. A person who mistypes five times waits a minute; a guesser gets some
/// thirty tries a day, within what NIST SP 800-63B section 3.2.2 allows.
const PER_EMAIL: i64 = 5;

/// Failures from one address: an office behind one address shares it, so it is wider.
const PER_ADDRESS: i64 = 50;

/// Reset mails asked for one account within [`WINDOW_MICROS`]: enough for somebody who waits for one that is late.
const RESETS_PER_EMAIL: i64 = 3;

/// Reset mails asked for from one address.
const RESETS_PER_ADDRESS: i64 = 20;

/// Failures further apart than this are forgotten while the limit was not reached.
const WINDOW_MICROS: i64 = 15 * MINUTE;

/// The first block; each further failure doubles it.
const FIRST_BLOCK_MICROS: i64 = MINUTE;

/// The longest block: an account under attack stays reachable for its owner once an hour.
const LONGEST_BLOCK_MICROS: i64 = HOUR;

/// How long a block is remembered after its end, so that waiting it out does not bring back the full number of guesses.
pub(super) const MEMORY_MICROS: i64 = DAY;

/// Wrong media access keys from one address. A key cannot be guessed; this keeps somebody from trying all the same.
const PER_MEDIA_CALLER: i64 = 20;

/// What is counted.
pub(crate) struct Key {
    pub text: String,
    pub limit: i64,
}

/// The keys of a sign-in: always the network address first, then the account, so that two transactions never wait for each
/// other crosswise.
pub(super) fn keys_of_sign_in(email: &str, remote_address: &str) -> Vec<Key> {
    let address = network(remote_address).map(|network| Key { text: format!("address:{network}"), limit: PER_ADDRESS });
    // No account has a longer address; the cut bounds the row.
    let email: String = normalise(email).chars().take(254).collect();
    address.into_iter().chain([Key { text: format!("email:{email}"), limit: PER_EMAIL }]).collect()
}

/// The key of sign-ins at a tenant's own provider: begun ones count until they end well.
pub(super) fn keys_of_sso(remote_address: &str) -> Vec<Key> {
    network(remote_address).map(|network| Key { text: format!("sso:{network}"), limit: PER_ADDRESS }).into_iter().collect()
}

/// The key of guesses at the present password by somebody who holds a session.
pub(super) fn keys_of_password_change(user: UserId) -> Vec<Key> {
    vec![Key { text: format!("password:{user}"), limit: PER_EMAIL }]
}

/// The keys of a second step: the account alone; its network address was counted with the password.
pub(super) fn keys_of_second_step(user: UserId) -> Vec<Key> {
    vec![Key { text: format!("second:{user}"), limit: PER_EMAIL }]
}

/// The keys of a sign-in with a passkey, which names no account before it is proved.
pub(super) fn keys_of_passkey(remote_address: &str) -> Vec<Key> {
    network(remote_address).map(|network| Key { text: format!("address:{network}"), limit: PER_ADDRESS }).into_iter().collect()
}

/// The keys of asking for a reset mail: they are counted and never taken back.
pub(super) fn keys_of_reset(email: &str, remote_address: &str) -> Vec<Key> {
    let keys = keys_of_sign_in(email, remote_address).into_iter();
    keys.map(|key| Key { text: format!("reset-{}", key.text), limit: if key.limit == PER_ADDRESS { RESETS_PER_ADDRESS } else { RESETS_PER_EMAIL } })
        .collect()
}

/// The key of wrong media access keys from one caller.
pub(crate) fn keys_of_media_key(remote_address: &str) -> Vec<Key> {
    let key = |network| Key { text: format!("media:{network}"), limit: PER_MEDIA_CALLER };
    network(remote_address).map(key).into_iter().collect()
}

/// For secrets that cannot be guessed: only failures are counted, afterwards, so that good callers write nothing.
///
/// # Errors
/// [`Problem::Busy`] while one of the keys is blocked.
pub(crate) async fn refuse_while_blocked(services: &Services, keys: &[Key]) -> Result<(), Fault> {
    let now = services.now();
    for key in keys {
        let until = store::blocked_until_now(&services.db, &key.text).await?;
        if until > now {
            return Err(busy(until - now).into());
        }
    }
    Ok(())
}

fn busy(wait_micros: i64) -> Problem {
    let seconds = wait_micros.max(0) / SECOND + 1;
    Problem::Busy { retry_after_seconds: u32::try_from(seconds).unwrap_or(u32::MAX) }
}

/// Counts an attempt as failed, for every key up to the first that is blocked.
///
/// # Errors
/// [`Problem::Busy`] when a key is blocked; the password must then not be looked at.
pub(crate) async fn count(services: &Services, keys: &[Key]) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db.write().await?;
    for key in keys {
        let Some(failures) = store::count_failure(&mut tx, key, now, now - WINDOW_MICROS, now - MEMORY_MICROS).await? else {
            let until = store::blocked_until(&mut tx, &key.text).await?;
            tx.commit().await?;
            return Err(busy(until - now).into());
        };
        if failures >= key.limit {
            store::block(&mut tx, &key.text, now + block_micros(failures - key.limit)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Counts a wrong profile key from an address. Keys cannot be guessed; this keeps who tries from the database's time.
///
/// # Errors
/// [`Problem::Busy`] when the address is blocked.
pub(crate) async fn count_wrong_key(services: &Services, remote_address: &str) -> Result<(), Fault> {
    let key = network(remote_address).map(|network| Key { text: format!("profile_key:{network}"), limit: PER_ADDRESS });
    match key {
        Some(key) => count(services, &[key]).await,
        None => Ok(()),
    }
}

/// Takes the attempt back after a success, in the transaction of what succeeded. The account's count is cleared; the
/// address's goes back by one only, or else one good account would buy an address any number of guesses at others.
pub(super) async fn succeeded(tx: &mut ::store::Tx, keys: &[Key], now: i64) -> Result<(), Fault> {
    for key in keys {
        if key.limit == PER_ADDRESS {
            store::take_back(tx, &key.text, now).await?;
        } else {
            store::clear(tx, &key.text).await?;
        }
    }
    Ok(())
}

/// The length of the block after `beyond` failures more than the limit.
fn block_micros(beyond: i64) -> i64 {
    let doublings = u32::try_from(beyond.clamp(0, 16)).unwrap_or(16);
    (FIRST_BLOCK_MICROS << doublings).min(LONGEST_BLOCK_MICROS)
}

/// What one caller commands: a single IPv4 address, or the /64 that an IPv6 customer gets. `None` for the command line.
fn network(remote_address: &str) -> Option<String> {
    let address: IpAddr = remote_address.parse().ok()?;
    Some(match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_double_up_to_an_hour() {
        let minutes: Vec<i64> = (0..9).map(|beyond| block_micros(beyond) / MINUTE).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(block_micros(i64::MAX), HOUR);
    }

    #[test]
    fn a_caller_is_an_address_or_an_ipv6_network() {
        let check = |address: &str, expected: Option<&str>| assert_eq!(network(address).as_deref(), expected, "{address}");
        check("192.0.2.7", Some("192.0.2.7"));
        check("::ffff:192.0.2.7", Some("192.0.2.7"));
        check("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::/64"));
        check("", None);
        check("unix", None);
    }

    #[test]
    fn one_account_is_one_key_however_it_is_typed() {
        let texts = |email: &str| keys_of_sign_in(email, "192.0.2.7").into_iter().map(|key| key.text).collect::<Vec<_>>();
        assert_eq!(texts(" Ann@ACME.example"), ["address:192.0.2.7", "email:ann@acme.example"]);
        assert_eq!(texts(&"x".repeat(9000))[1].len(), "email:".len() + 254);
    }
}
