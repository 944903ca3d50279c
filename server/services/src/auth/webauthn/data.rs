//! The binary parts: authenticator data, public keys, signatures.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm},
};

/// ES256, EdDSA with Ed25519, RS256 (IANA COSE algorithms), in the order they are asked for: every platform has one of them.
pub(super) const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Longest credential id (section 7.1 step 25).
const CREDENTIAL_ID_BYTES: usize = 1023;
/// Longest public key: RSA with 8192 bits.
const PUBLIC_KEY_BYTES: usize = 1200;

/// `authenticatorData` (section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AuthenticatorData {
    /// SHA-256 of the host that the passkey is for.
    pub party_hash: [u8; 32],
    /// Somebody touched the device.
    pub present: bool,
    /// The device checked who (fingerprint, PIN).
    pub verified: bool,
    /// It is kept in several places.
    pub synced: bool,
    /// Grows with each use on devices that count; 0 on others.
    pub sign_count: u32,
    /// Of a new passkey: its id.
    pub credential_id: Option<Vec<u8>>,
}

impl AuthenticatorData {
    /// Reads it; what follows the credential id is not needed. `None` when it is cut off.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (party_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (&[flags], rest) = rest.split_first_chunk::<1>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let flag = |bit: u8| flags >> bit & 1 == 1;
        let credential_id = if flag(6) {
            let (_aaguid, rest) = rest.split_first_chunk::<16>()?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes(*length));
            Some(rest.get(..length).filter(|id| (1..=CREDENTIAL_ID_BYTES).contains(&id.len()))?.to_vec())
        } else {
            None
        };
        Some(Self {
            party_hash: *party_hash,
            present: flag(0),
            verified: flag(2),
            synced: flag(4),
            sign_count: u32::from_be_bytes(*count),
            credential_id,
        })
    }
}

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

fn verifier(algorithm: i64) -> Option<&'static dyn VerificationAlgorithm> {
    match algorithm {
        -7 => Some(&ECDSA_P256_SHA256_ASN1),
        -8 => Some(&ED25519),
        -257 => Some(&RSA_PKCS1_2048_8192_SHA256),
        _ => None,
    }
}

/// Whether this is a public key (SubjectPublicKeyInfo, DER) of an algorithm that was asked for.
pub(super) fn is_key(algorithm: i64, public_key: &[u8]) -> bool {
    let parsed = verifier(algorithm).filter(|_| public_key.len() <= PUBLIC_KEY_BYTES);
    parsed.is_some_and(|verifier| aws_lc_rs::signature::ParsedPublicKey::new(verifier, public_key).is_ok())
}

/// Whether the holder of the key signed the message.
pub(super) fn signed(algorithm: i64, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    verifier(algorithm).is_some_and(|verifier| UnparsedPublicKey::new(verifier, public_key).verify(message, signature).is_ok())
}
