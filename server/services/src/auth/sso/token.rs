//! ID tokens: signature, addressee, times and nonce (OpenID Connect Core section 3.1.3.7).

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use crate::clock::SECOND;

use super::discovery::ALGORITHMS;

/// How far the clocks of provider and server may be apart.
const SKEW_SECONDS: i64 = 120;
/// Longest token that is looked at, in bytes.
const LONGEST: usize = 64 * 1024;
/// Keys tried for a token that names none.
const TRIED: usize = 10;

/// Why a token proves nothing. For the log and the owners' test; the person who signs in is told less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenProblem {
    #[error("the ID token has no readable form, or an algorithm that is not accepted here (RS256, ES256, PS256 and EdDSA are)")]
    Form,
    #[error("no key of the provider has signed the ID token")]
    Signature,
    #[error("the ID token is of another issuer")]
    Issuer,
    #[error("the ID token is for another client")]
    Audience,
    #[error("the ID token has expired, or was made before the sign-in began or in the future: compare the clocks")]
    Time,
    #[error("the ID token belongs to another sign-in")]
    Nonce,
}

/// What a token has to agree with.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    pub nonce: &'a str,
    pub now_micros: i64,
    /// When the sign-in began.
    pub began_micros: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Raw {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    // Numbers with fractions are allowed (RFC 7519 section 2).
    exp: f64,
    iat: f64,
    nonce: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What a token that proves something says.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    pub subject: String,
    pub rest: Map<String, Value>,
}

/// The header of a token with an accepted algorithm.
pub(super) fn header(token: &str) -> Result<Header, TokenProblem> {
    if token.len() > LONGEST || token.split('.').count() != 3 {
        return Err(TokenProblem::Form);
    }
    // `none` does not parse: the library has no such algorithm.
    let header = decode_header(token).map_err(|_| TokenProblem::Form)?;
    // Nothing critical is understood here (RFC 7515 section 4.1.11).
    if header.crit.is_some() || !ALGORITHMS.contains(&name_of(header.alg)) {
        return Err(TokenProblem::Form);
    }
    Ok(header)
}

fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "RS256",
        Algorithm::ES256 => "ES256",
        Algorithm::PS256 => "PS256",
        Algorithm::EdDSA => "EdDSA",
        _ => "",
    }
}

/// Whether a key is one that may sign ID tokens.
pub(super) fn is_usable(key: &Jwk) -> bool {
    [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].into_iter().any(|algorithm| fits(key, algorithm)) || fits(key, Algorithm::PS256)
}

/// Whether a key is of the kind that an algorithm needs, and is not meant for something else.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::PS256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_)));
    kind && signs && key.common.key_algorithm.as_ref().is_none_or(|own| own.to_string() == name_of(algorithm))
}

/// Verifies a token.
///
/// # Errors
/// [`TokenProblem`].
pub(super) fn verify(token: &str, header: &Header, keys: &[Jwk], expected: &Expected<'_>) -> Result<Claims, TokenProblem> {
    let named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
    let mut fitting = keys.iter().filter(named).filter(|key| fits(key, header.alg)).take(TRIED);
    let raw = fitting.find_map(|key| signed(token, header.alg, key)).ok_or(TokenProblem::Signature)?;
    judge(raw, expected)
}

/// The claims when this key has signed them; nothing else is looked at here.
fn signed(token: &str, algorithm: Algorithm, key: &Jwk) -> Option<Raw> {
    let key = DecodingKey::from_jwk(key).ok()?;
    let mut validation = Validation::new(algorithm);
    // Judged by us: the library would read the machine's clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode(token, &key, &validation).ok().map(|data| data.claims)
}

fn judge(raw: Raw, expected: &Expected<'_>) -> Result<Claims, TokenProblem> {
    if raw.iss != expected.issuer {
        return Err(TokenProblem::Issuer);
    }
    let (among, alone) = match &raw.aud {
        Audience::One(one) => (one == expected.client, true),
        Audience::Many(many) => (many.iter().any(|one| one == expected.client), many.len() == 1),
    };
    let authorised = match &raw.azp {
        Some(azp) => azp == expected.client,
        None => alone,
    };
    if !among || !authorised {
        return Err(TokenProblem::Audience);
    }
    let seconds = |micros: i64| (micros / SECOND) as f64;
    let skew = SKEW_SECONDS as f64;
    let (now, began) = (seconds(expected.now_micros), seconds(expected.began_micros));
    // Written so that a NaN passes none of them.
    let timely = raw.exp > now - skew && raw.iat < now + skew && raw.iat > began - skew;
    if !timely {
        return Err(TokenProblem::Time);
    }
    let nonce = raw.nonce.unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(TokenProblem::Nonce);
    }
    // Core section 2: at most 255 characters; an empty one names nobody.
    if raw.sub.is_empty() || raw.sub.len() > 255 {
        return Err(TokenProblem::Form);
    }
    Ok(Claims { subject: raw.sub, rest: raw.rest })
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_740_830_400;

    fn expected() -> Expected<'static> {
        let now_micros = NOW * SECOND;
        Expected { issuer: "https://login.example", client: "sb", nonce: "n-1", now_micros, began_micros: now_micros - 30 * SECOND }
    }

    fn judged(change: impl FnOnce(&mut Value)) -> Result<Claims, TokenProblem> {
        let mut claims = json!({
            "iss": "https://login.example", "sub": "s-1", "aud": "sb", "exp": NOW + 600, "iat": NOW, "nonce": "n-1", "email": "ann@acme.example",
        });
        change(&mut claims);
        judge(serde_json::from_value(claims).unwrap(), &expected())
    }

    #[test]
    fn a_token_for_us_now_is_taken() {
        let claims = judged(|_| ()).unwrap();
        assert_eq!((claims.subject.as_str(), claims.rest["email"].as_str()), ("s-1", Some("ann@acme.example")));
        assert!(judged(|one| one["aud"] = json!(["sb"])).is_ok());
        assert!(judged(|one| (one["aud"], one["azp"]) = (json!(["other", "sb"]), json!("sb"))).is_ok());
        assert!(judged(|one| one["exp"] = json!(NOW as f64 - 60.5)).is_ok(), "within the skew");
    }

    #[test]
    fn a_token_for_others_or_another_time_is_not() {
        let check = |change: fn(&mut Value), problem: TokenProblem| assert_eq!(judged(change).map(drop), Err(problem));
        check(|one| one["iss"] = json!("https://login.example/"), TokenProblem::Issuer);
        check(|one| one["aud"] = json!("other"), TokenProblem::Audience);
        check(|one| one["aud"] = json!([]), TokenProblem::Audience);
        check(|one| one["aud"] = json!(["other", "sb"]), TokenProblem::Audience);
        check(|one| (one["aud"], one["azp"]) = (json!(["other", "sb"]), json!("other")), TokenProblem::Audience);
        check(|one| one["azp"] = json!("other"), TokenProblem::Audience);
        check(|one| one["exp"] = json!(NOW - 121), TokenProblem::Time);
        check(|one| one["iat"] = json!(NOW + 121), TokenProblem::Time);
        check(|one| one["iat"] = json!(NOW - 151), TokenProblem::Time);
        check(|one| one["nonce"] = json!("n-2"), TokenProblem::Nonce);
        check(|one| drop(one.as_object_mut().unwrap().remove("nonce")), TokenProblem::Nonce);
        check(|one| one["sub"] = json!(""), TokenProblem::Form);
    }

    #[test]
    fn unsigned_and_shared_secret_tokens_are_refused_by_their_header() {
        let token = |header: Value| format!("{}.e30.x", URL_SAFE_NO_PAD.encode(header.to_string()));
        let check = |value: Value, good: bool| assert_eq!(header(&token(value.clone())).is_ok(), good, "{value}");
        check(json!({ "alg": "RS256" }), true);
        check(json!({ "alg": "ES256", "kid": "1" }), true);
        check(json!({ "alg": "PS256" }), true);
        check(json!({ "alg": "EdDSA" }), true);
        check(json!({ "alg": "none" }), false);
        check(json!({ "alg": "None" }), false);
        check(json!({ "alg": "HS256" }), false);
        check(json!({ "alg": "RS512" }), false);
        check(json!({ "alg": "RS256", "crit": ["b64"] }), false);
        check(json!({}), false);
        assert!(header("e30.e30").is_err() && header("").is_err());
    }

    #[test]
    fn a_key_signs_only_what_it_is_for() {
        let check = |key: Value, algorithm: Algorithm, expected: bool| {
            let parsed: Jwk = serde_json::from_value(key.clone()).unwrap();
            assert_eq!(fits(&parsed, algorithm), expected, "{key}");
        };
        let rsa = || json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
        let with = |mut key: Value, name: &str, value: &str| {
            key[name] = json!(value);
            key
        };
        check(rsa(), Algorithm::RS256, true);
        check(rsa(), Algorithm::PS256, true);
        check(rsa(), Algorithm::ES256, false);
        check(with(rsa(), "use", "enc"), Algorithm::RS256, false);
        check(with(rsa(), "use", "sig"), Algorithm::RS256, true);
        check(with(rsa(), "alg", "PS256"), Algorithm::RS256, false);
        check(json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }), Algorithm::ES256, true);
        check(json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }), Algorithm::ES256, false);
        check(json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }), Algorithm::EdDSA, true);
        check(json!({ "kty": "oct", "k": "AA" }), Algorithm::RS256, false);
    }
}
