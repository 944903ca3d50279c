//! Randomness that is passed in: identifiers, secrets, nonces.

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

/// A source of randomness: the operating system's seed, or a test's.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<StdRng>>);

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}

impl Entropy {
    /// Seeded by the operating system.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system for a seed")]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_rng(&mut rand::rng()))))
    }

    /// The same sequence every time, for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills an array.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // A poisoned lock means another thread panicked between two draws: the generator itself is still sound.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A UUID of version 7 (RFC 9562 section 5.7): sorts by the given moment.
    pub fn uuid(&self, now_micros: i64) -> Uuid {
        let mut bytes = self.bytes::<16>();
        let millis = u64::try_from(now_micros / 1000).unwrap_or(0).to_be_bytes();
        bytes[..6].copy_from_slice(&millis[2..]);
        // Sub-millisecond order in the 12 bits that version 7 leaves free (section 6.2, method 3).
        let fraction = u16::try_from((now_micros % 1000) * 4096 / 1000).unwrap_or(0);
        bytes[6] = 0x70 | u8::try_from(fraction >> 8).unwrap_or(0);
        bytes[7] = u8::try_from(fraction & 0xff).unwrap_or(0);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Uuid::from_bytes(bytes)
    }

    /// 256 bits as URL-safe text of 43 characters: session and API tokens.
    pub fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// `n` characters of a-z and 2-7, 5 bits each: local parts of addresses, references read over the phone.
    pub fn word(&self, n: usize) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        (0..n).map(|_| char::from(LETTERS[usize::from(self.bytes::<1>()[0] & 31)])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_later_moments_sort_later() {
        let entropy = Entropy::seeded(1);
        let mut ids: Vec<_> = (0..500).map(|n| entropy.uuid(1_700_000_000_000_000 + n * 7)).collect();
        let made = ids.clone();
        ids.sort();
        assert_eq!(ids, made);
        assert_eq!(made[0].get_version_num(), 7);
    }

    #[test]
    fn secrets_are_long_and_different() {
        let entropy = Entropy::seeded(1);
        let (a, b) = (entropy.secret(), entropy.secret());
        assert_eq!((a.len(), b.len()), (43, 43));
        assert_ne!(a, b);
        assert_eq!(entropy.word(16).len(), 16);
    }
}
