//! A device with one passkey, in software, for tests.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::data::sha256;

/// Everything before the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480).
const P256_HEAD: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03,
    0x42, 0x00,
];

/// The device, with what a test may bend.
pub(in crate::auth) struct Device {
    key: EcdsaKeyPair,
    /// Id of its passkey.
    pub id: Vec<u8>,
    /// As browsers write it.
    pub origin: String,
    /// Host.
    pub party: String,
    /// Bits of the flags: 0 present, 2 verified.
    pub flags: u8,
    /// Its count.
    pub count: u32,
    /// The handle it keeps.
    pub handle: Option<Vec<u8>>,
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    /// A new one for this site.
    pub fn new(origin: &str, party: &str, id: &[u8]) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, id: id.to_vec(), origin: origin.into(), party: party.into(), flags: 0b101, count: 0, handle: None }
    }

    /// The public key as browsers hand it over.
    pub fn public_key(&self) -> Vec<u8> {
        [P256_HEAD, self.key.public_key().as_ref()].concat()
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        serde_json::to_vec(&json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })).unwrap()
    }

    fn head(&self, more: u8) -> Vec<u8> {
        [&sha256(self.party.as_bytes())[..], &[self.flags | more], &self.count.to_be_bytes()].concat()
    }

    /// Answers `navigator.credentials.create`.
    pub fn create(&self, challenge: &str) -> Value {
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data = [&self.head(1 << 6)[..], &[0; 16], &length, &self.id].concat();
        json!({ "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "response": {
            "clientDataJSON": encode(self.client_data("webauthn.create", challenge)),
            "authenticatorData": encode(data),
            "publicKey": encode(self.public_key()),
            "publicKeyAlgorithm": -7,
            "attestationObject": "",
        } })
    }

    /// Answers `navigator.credentials.get`.
    pub fn get(&mut self, challenge: &str) -> Value {
        self.count += u32::from(self.count > 0);
        let (client, data) = (self.client_data("webauthn.get", challenge), self.head(0));
        let message = [&data[..], &sha256(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        json!({ "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "response": {
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(signature.as_ref()),
            "userHandle": self.handle.as_ref().map(encode),
        } })
    }
}
