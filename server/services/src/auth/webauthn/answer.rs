//! What a browser answers, checked step by step.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::Problem;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::{
    RelyingParty,
    data::{ALGORITHMS, AuthenticatorData, is_key, sha256, signed},
    refused,
};

/// Longest answer of a browser, in bytes.
const ANSWER_BYTES: usize = 16 * 1024;

/// A new passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::auth) struct Registered {
    /// URL-safe base64.
    pub credential_id: String,
    /// SubjectPublicKeyInfo, DER.
    pub public_key: Vec<u8>,
    /// COSE number.
    pub algorithm: i64,
    /// Where its count stands.
    pub sign_count: i64,
    /// It is kept in several places.
    pub synced: bool,
}

/// A sign-in with a passkey whose key is to be looked up: nothing of it is proved before [`Asserted::prove`].
pub(in crate::auth) struct Asserted {
    /// Which passkey, URL-safe base64.
    pub credential_id: String,
    /// The handle it was made with, when the device kept it.
    pub user_handle: Option<Vec<u8>>,
    /// The challenge it answers.
    pub challenge: String,
    verified: bool,
    sign_count: i64,
    message: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Answer<R> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    response: R,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attestation {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    public_key: String,
    public_key_algorithm: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

fn read<'a, R: Deserialize<'a>>(text: &'a str) -> Result<Answer<R>, Problem> {
    let answer: Option<Answer<R>> = (text.len() <= ANSWER_BYTES).then(|| serde_json::from_str(text).ok()).flatten();
    answer.filter(|answer| answer.kind == "public-key").ok_or_else(|| refused("the answer does not read"))
}

fn bytes(text: &str) -> Result<Vec<u8>, Problem> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| refused("a part is not base64"))
}

/// Sections 7.1 (steps 7 to 11) and 7.2 (steps 11 to 14): made here, for this, by our own page. Gives the challenge.
fn client_data(bytes: &[u8], kind: &str, party: &RelyingParty) -> Result<String, Problem> {
    let data: ClientData = serde_json::from_slice(bytes).map_err(|_| refused("the client data does not read"))?;
    if data.kind != kind {
        return Err(refused("the answer is to another question"));
    }
    if data.origin != party.origin || data.cross_origin {
        return Err(refused("the answer comes from another site"));
    }
    Ok(data.challenge)
}

/// Sections 7.1 (steps 14 to 16) and 7.2 (steps 16 and 17).
fn authenticator_data(bytes: &[u8], party: &RelyingParty) -> Result<AuthenticatorData, Problem> {
    let data = AuthenticatorData::read(bytes).ok_or_else(|| refused("the authenticator data is cut off"))?;
    if !bool::from(data.party_hash.ct_eq(&sha256(party.id.as_bytes()))) {
        return Err(refused("the passkey is for another host"));
    }
    if !data.present {
        return Err(refused("nobody was present"));
    }
    Ok(data)
}

/// Reads a new passkey, and the challenge it answers, which the caller has to know.
///
/// # Errors
/// [`Problem::Invalid`] on `passkey` when any part does not hold.
pub(in crate::auth) fn registration(text: &str, party: &RelyingParty) -> Result<(Registered, String), Problem> {
    let answer: Answer<Attestation> = read(text)?;
    let challenge = client_data(&bytes(&answer.response.client_data)?, "webauthn.create", party)?;
    let data = authenticator_data(&bytes(&answer.response.authenticator_data)?, party)?;
    let id = data.credential_id.ok_or_else(|| refused("there is no credential"))?;
    let credential_id = URL_SAFE_NO_PAD.encode(id);
    if credential_id != answer.id.trim_end_matches('=') {
        return Err(refused("the credential has two ids"));
    }
    let (algorithm, public_key) = (answer.response.public_key_algorithm, bytes(&answer.response.public_key)?);
    if !ALGORITHMS.contains(&algorithm) || !is_key(algorithm, &public_key) {
        return Err(refused("the key is of a kind that was not asked for"));
    }
    Ok((Registered { credential_id, public_key, algorithm, sign_count: data.sign_count.into(), synced: data.synced }, challenge))
}

/// Reads a sign-in with a passkey.
///
/// # Errors
/// [`Problem::Invalid`] on `passkey` when any part that can be judged without the key does not hold.
pub(in crate::auth) fn assertion(text: &str, party: &RelyingParty) -> Result<Asserted, Problem> {
    let answer: Answer<Assertion> = read(text)?;
    let client_bytes = bytes(&answer.response.client_data)?;
    let challenge = client_data(&client_bytes, "webauthn.get", party)?;
    let mut message = bytes(&answer.response.authenticator_data)?;
    let data = authenticator_data(&message, party)?;
    message.extend_from_slice(&sha256(&client_bytes));
    Ok(Asserted {
        credential_id: answer.id.trim_end_matches('=').to_owned(),
        user_handle: answer.response.user_handle.as_deref().filter(|handle| !handle.is_empty()).map(bytes).transpose()?,
        challenge,
        verified: data.verified,
        sign_count: data.sign_count.into(),
        message,
        signature: bytes(&answer.response.signature)?,
    })
}

impl Asserted {
    /// Checks the signature and the count (section 7.2 steps 21 and 22); `alone` when the device has to have checked the person. Gives the new
    /// count. A count that does not grow means that somebody has a copy of the key.
    ///
    /// # Errors
    /// [`Problem::Invalid`] on `passkey`.
    pub fn prove(&self, algorithm: i64, public_key: &[u8], sign_count: i64, alone: bool) -> Result<i64, Problem> {
        if !signed(algorithm, public_key, &self.message, &self.signature) {
            return Err(refused("the signature is wrong"));
        }
        if alone && !self.verified {
            return Err(refused("the device did not check the person"));
        }
        if (self.sign_count > 0 || sign_count > 0) && self.sign_count <= sign_count {
            return Err(refused("the count did not grow: there may be a copy of the key"));
        }
        Ok(self.sign_count)
    }
}
