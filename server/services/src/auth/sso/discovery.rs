//! What a provider says about itself (OpenID Connect Discovery 1.0), and its keys, kept for an hour.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;

use crate::{
    Services,
    clock::HOUR,
    http::{Call, HttpError, Url},
};

use super::token::is_usable;

/// A description or a set of keys at most, in bytes.
const LIMIT: usize = 256 * 1024;
/// Keys looked at in one set.
const MOST_KEYS: usize = 50;
/// How long a description and keys are good without asking again.
const GOOD_MICROS: i64 = HOUR;
/// Providers remembered at once.
const MOST_PROVIDERS: usize = 200;

/// Signature algorithms that are accepted: asymmetric ones alone, so neither `none` nor a secret that several share.
pub(super) const ALGORITHMS: &[&str] = &["RS256", "ES256", "PS256", "EdDSA"];

/// What is wrong with a provider: a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderProblem {
    /// It cannot be reached.
    #[error("the provider cannot be used: {0}")]
    Http(#[from] HttpError),
    /// Another status than 200.
    #[error("the provider answers {1} at {0}")]
    Status(String, u16),
    /// No JSON of the right form.
    #[error("the provider's answer at {0} is not what OpenID Connect asks for")]
    Form(String),
    /// It calls itself something else.
    #[error("the provider calls itself {0}; enter the issuer exactly so")]
    Issuer(String),
    /// One of its addresses.
    #[error("the provider's {0} is not an https address")]
    Endpoint(&'static str),
    /// Something it lacks.
    #[error("the provider does not offer {0}, which is needed here")]
    Lacks(&'static str),
}

/// The part of a provider's description that is used.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) issuer: String,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) jwks: Url,
    pub(super) userinfo: Option<Url>,
    /// The client secret goes into the form instead of `Authorization`.
    pub(super) secret_in_form: bool,
    /// It names itself in every answer (RFC 9207).
    pub(super) names_itself: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    response_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Clone)]
struct Known {
    provider: Arc<Provider>,
    keys: Arc<Vec<Jwk>>,
    at_micros: i64,
}

/// Providers by issuer. Clones share what they know; every process has its own.
#[derive(Clone, Default)]
pub struct Providers(Arc<Mutex<HashMap<String, Known>>>);

impl Providers {
    fn known(&self, issuer: &str, since: i64) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(issuer).filter(|known| known.at_micros > since).cloned()
    }

    fn keep(&self, issuer: &str, new: Known) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PROVIDERS && !known.contains_key(issuer) {
            known.clear();
        }
        known.insert(issuer.to_owned(), new);
    }
}

/// Asks a provider for its description and its keys, and remembers both.
///
/// # Errors
/// [`ProviderProblem`].
pub(crate) async fn discover(services: &Services, issuer: &str) -> Result<Arc<Provider>, ProviderProblem> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let address = Url::parse(&format!("{base}/.well-known/openid-configuration")).map_err(|_| ProviderProblem::Endpoint("issuer"))?;
    let document: Document = fetch(services, address.clone()).await?;
    let provider = Arc::new(judge(document, issuer, &address)?);
    let keys = Arc::new(fetch_keys(services, &provider).await?);
    services.providers.keep(issuer, Known { provider: Arc::clone(&provider), keys, at_micros: services.now() });
    Ok(provider)
}

/// The provider, from memory when it was asked within the hour.
pub(super) async fn provider(services: &Services, issuer: &str) -> Result<Arc<Provider>, ProviderProblem> {
    match services.providers.known(issuer, services.now() - GOOD_MICROS) {
        Some(known) => Ok(known.provider),
        None => discover(services, issuer).await,
    }
}

/// The keys that may have signed a token that names `kid`. A name that is not known makes the provider be asked again, once:
/// it may have changed its keys.
pub(super) async fn keys(services: &Services, provider: &Provider, kid: Option<&str>) -> Result<Arc<Vec<Jwk>>, ProviderProblem> {
    let known = services.providers.known(&provider.issuer, services.now() - GOOD_MICROS);
    if let Some(known) = &known
        && kid.is_none_or(|kid| known.keys.iter().any(|key| key.common.key_id.as_deref() == Some(kid)))
    {
        return Ok(Arc::clone(&known.keys));
    }
    let keys = Arc::new(fetch_keys(services, provider).await?);
    let new = Known { provider: Arc::new(provider.clone()), keys: Arc::clone(&keys), at_micros: services.now() };
    services.providers.keep(&provider.issuer, new);
    Ok(keys)
}

async fn fetch_keys(services: &Services, provider: &Provider) -> Result<Vec<Jwk>, ProviderProblem> {
    // One key of a kind that we do not know must not hide the others.
    #[derive(Deserialize)]
    struct Loose {
        keys: Vec<serde_json::Value>,
    }
    let loose: Loose = fetch(services, provider.jwks.clone()).await?;
    let parsed = loose.keys.into_iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key).ok());
    let keys: Vec<Jwk> = parsed.filter(is_usable).collect();
    if keys.is_empty() { Err(ProviderProblem::Lacks("a key for RS256, ES256, PS256 or EdDSA")) } else { Ok(keys) }
}

/// A GET of JSON.
async fn fetch<T: for<'de> Deserialize<'de>>(services: &Services, address: Url) -> Result<T, ProviderProblem> {
    let shown = address.to_string();
    let answer = services.http.send(Call::get(address, LIMIT)).await?;
    if answer.status != 200 {
        return Err(ProviderProblem::Status(shown, answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|_| ProviderProblem::Form(shown))
}

/// Takes of a description what is used, or says what is missing.
fn judge(document: Document, issuer: &str, address: &Url) -> Result<Provider, ProviderProblem> {
    // Whoever answers for another issuer could sign for that one's people (Discovery section 4.3).
    if document.issuer != issuer {
        return Err(ProviderProblem::Issuer(document.issuer.chars().take(200).collect()));
    }
    let has = |list: &Option<Vec<String>>, wanted: &str| list.as_ref().is_some_and(|list| list.iter().any(|one| one == wanted));
    if document.response_types_supported.is_some() && !has(&document.response_types_supported, "code") {
        return Err(ProviderProblem::Lacks("the authorization code flow"));
    }
    // Providers from before RFC 8414 do not tell; they are sent the challenge all the same.
    if document.code_challenge_methods_supported.is_some() && !has(&document.code_challenge_methods_supported, "S256") {
        return Err(ProviderProblem::Lacks("PKCE with S256"));
    }
    let algorithms = &document.id_token_signing_alg_values_supported;
    if algorithms.is_some() && !ALGORITHMS.iter().any(|one| has(algorithms, one)) {
        return Err(ProviderProblem::Lacks("ID tokens signed with RS256, ES256, PS256 or EdDSA"));
    }
    let methods = &document.token_endpoint_auth_methods_supported;
    let secret_in_form = methods.is_some() && !has(methods, "client_secret_basic") && has(methods, "client_secret_post");
    let endpoint = |text: &str, name: &'static str| endpoint(text, name, address);
    Ok(Provider {
        issuer: issuer.to_owned(),
        authorization: endpoint(&document.authorization_endpoint, "authorization endpoint")?,
        token: endpoint(&document.token_endpoint, "token endpoint")?,
        jwks: endpoint(&document.jwks_uri, "jwks_uri")?,
        userinfo: document.userinfo_endpoint.map(|text| endpoint(&text, "userinfo endpoint")).transpose()?,
        secret_in_form,
        names_itself: document.authorization_response_iss_parameter_supported,
    })
}

/// https, or what the issuer itself is reached over: without TLS that is a host the operator allowed.
fn endpoint(text: &str, name: &'static str, issuer: &Url) -> Result<Url, ProviderProblem> {
    let url = Url::parse(text).map_err(|_| ProviderProblem::Endpoint(name))?;
    let plain = url.scheme() == "http" && issuer.scheme() == "http" && url.host_str() == issuer.host_str();
    let clean = url.username().is_empty() && url.password().is_none() && url.fragment().is_none() && url.has_host();
    if clean && (url.scheme() == "https" || plain) { Ok(url) } else { Err(ProviderProblem::Endpoint(name)) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn judged(change: impl FnOnce(&mut Value)) -> Result<Provider, ProviderProblem> {
        let mut document = json!({
            "issuer": "https://login.example", "authorization_endpoint": "https://login.example/auth", "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://keys.example/jwks", "response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["RS256", "HS256"],
            "code_challenge_methods_supported": ["S256"],
        });
        change(&mut document);
        let address = Url::parse("https://login.example/.well-known/openid-configuration").unwrap();
        judge(serde_json::from_value(document).unwrap(), "https://login.example", &address)
    }

    #[test]
    fn a_sound_description_is_taken() {
        let provider = judged(|_| ()).unwrap();
        assert_eq!(provider.token.as_str(), "https://login.example/token");
        assert!(!provider.secret_in_form && !provider.names_itself && provider.userinfo.is_none());
        assert!(judged(|one| one["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"])).unwrap().secret_in_form);
        assert!(
            !judged(|one| one["token_endpoint_auth_methods_supported"] = json!(["client_secret_post", "client_secret_basic"]))
                .unwrap()
                .secret_in_form
        );
    }

    #[test]
    fn what_is_missing_or_unsafe_is_named() {
        let check = |change: fn(&mut Value), words: &str| {
            let refused = judged(change).expect_err(words).to_string();
            assert!(refused.contains(words), "{refused}");
        };
        check(|one| one["issuer"] = json!("https://login.example/"), "calls itself https://login.example/");
        check(|one| one["token_endpoint"] = json!("http://login.example/token"), "token endpoint is not an https");
        check(|one| one["authorization_endpoint"] = json!("javascript:alert(1)"), "authorization endpoint is not an https");
        check(|one| one["jwks_uri"] = json!("https://ann:x@keys.example/"), "jwks_uri is not an https");
        check(|one| one["response_types_supported"] = json!(["id_token"]), "authorization code flow");
        check(|one| one["code_challenge_methods_supported"] = json!(["plain"]), "PKCE");
        check(|one| one["id_token_signing_alg_values_supported"] = json!(["HS256", "none"]), "ID tokens signed");
    }

    #[test]
    fn plain_addresses_belong_to_a_plain_issuer_of_the_same_host() {
        let issuer = Url::parse("http://127.0.0.1:4000/").unwrap();
        assert!(endpoint("http://127.0.0.1:4000/token", "x", &issuer).is_ok());
        assert!(endpoint("http://127.0.0.2:4000/token", "x", &issuer).is_err());
        assert!(endpoint("https://elsewhere.example/token", "x", &issuer).is_ok());
    }
}
