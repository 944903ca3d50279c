//! Passkeys: the relying party's half of WebAuthn (W3C Web Authentication level 3), without attestation.
//!
//! Browsers hand over the authenticator's data and the public key apart from the attestation object (section 5.2.1), so nothing here reads CBOR:
//! without attestation neither form is signed, and both come from the same browser. Signatures are checked by the library that TLS uses.
//! This module is pure: challenges, rows and the clock belong to its callers.

mod answer;
mod data;
#[cfg(test)]
pub(super) mod device;
#[cfg(test)]
mod tests;

pub(super) use answer::{Registered, assertion, registration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::Problem;
use serde_json::{Value, json};

/// How long a browser waits for the person, in milliseconds; the challenge lives as long.
const PATIENCE_MILLIS: u32 = 300_000;

/// Whom passkeys are bound to: this installation, as browsers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RelyingParty {
    /// `https://desk.example`, compared exactly.
    pub origin: String,
    /// `desk.example`: passkeys work for this host alone.
    pub id: String,
}

impl RelyingParty {
    /// From the address that people reach the console at.
    ///
    /// # Errors
    /// A sentence when browsers make no passkeys for such an address: it is an IP address, or not https (nor `localhost`).
    pub fn of(public_url: &str) -> Result<Self, String> {
        let (scheme, rest) = public_url.split_once("://").unwrap_or(("http", public_url));
        let authority = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority.as_str(),
        };
        if host.is_empty() || host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok() {
            return Err("Passkeys need a host name: they do not work while the console is reached at an IP address.".into());
        }
        if scheme != "https" && host != "localhost" && !host.ends_with(".localhost") {
            return Err("Passkeys need https: they do not work while the console is reached over http.".into());
        }
        Ok(Self { origin: format!("{scheme}://{authority}"), id: host.to_owned() })
    }
}

/// For whom a passkey is made.
pub(super) struct Holder<'a> {
    /// Not guessable and not personal (section 14.6.1): the id of the account.
    pub handle: &'a [u8],
    /// Address, shown when choosing between passkeys.
    pub email: &'a str,
    /// Name.
    pub name: &'a str,
}

/// What `navigator.credentials.create` is called with, as JSON (section 5.4). `known` are the credential ids of the same person.
pub(super) fn creation_options(party: &RelyingParty, challenge: &str, holder: &Holder<'_>, known: &[String]) -> Value {
    json!({
        "rp": { "id": party.id, "name": "Switchboard" },
        "user": { "id": URL_SAFE_NO_PAD.encode(holder.handle), "name": holder.email, "displayName": holder.name },
        "challenge": challenge,
        "pubKeyCredParams": data::ALGORITHMS.iter().map(|number| json!({ "type": "public-key", "alg": number })).collect::<Vec<_>>(),
        "timeout": PATIENCE_MILLIS,
        "excludeCredentials": listed(known),
        "authenticatorSelection": { "residentKey": "preferred", "userVerification": "preferred" },
        "attestation": "none",
    })
}

/// What `navigator.credentials.get` is called with, as JSON (section 5.5). With nothing in `known` the person chooses among the passkeys that
/// the device keeps for this host; `alone` when no password was asked for, so the device has to check the person.
pub(super) fn request_options(party: &RelyingParty, challenge: &str, known: &[String], alone: bool) -> Value {
    json!({
        "challenge": challenge,
        "rpId": party.id,
        "timeout": PATIENCE_MILLIS,
        "allowCredentials": listed(known),
        "userVerification": if alone { "required" } else { "preferred" },
    })
}

fn listed(known: &[String]) -> Vec<Value> {
    known.iter().map(|id| json!({ "type": "public-key", "id": id })).collect()
}

/// The one sentence for a browser's answer that does not hold: which check failed is told to the log alone.
fn refused(why: &'static str) -> Problem {
    tracing::info!(why, "a passkey was refused");
    Problem::field("passkey", "The passkey could not be used. Try again, or use another way.")
}
