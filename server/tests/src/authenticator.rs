//! An authenticator app: computes codes from the secret that the console shows (RFC 6238), written apart from the service's own.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// An app with one account in it.
pub struct Authenticator {
    secret: Vec<u8>,
}

impl Authenticator {
    /// From the secret as it is typed: base32 in groups.
    ///
    /// # Errors
    /// When it is not base32.
    pub fn typed(secret: &str) -> Result<Self> {
        let mut bytes = Vec::new();
        let (mut bits, mut held) = (0_u32, 0_u32);
        for letter in secret.chars().filter(|c| !c.is_whitespace()) {
            let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).context("a letter that is not base32")?;
            bits = bits << 5 | u32::try_from(value)?;
            held += 5;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xff)?);
            }
        }
        Ok(Self { secret: bytes })
    }

    /// The code shown now, or `later` steps of 30 seconds from now.
    ///
    /// # Errors
    /// When the machine's clock is before 1970.
    #[expect(clippy::disallowed_methods, reason = "the server under test reads the machine's clock too")]
    pub fn code(&self, later: u64) -> Result<String> {
        let step = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 30 + later;
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.secret)?;
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let offset = usize::from(digest[19] & 15);
        let word = u32::from_be_bytes([digest[offset] & 0x7f, digest[offset + 1], digest[offset + 2], digest[offset + 3]]);
        Ok(format!("{:06}", word % 1_000_000))
    }
}
