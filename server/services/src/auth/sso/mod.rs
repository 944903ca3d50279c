//! Signing in at the tenant's own OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC
//! 9700).
//!
//! A sign-in under way is one row, found by the hash of its `state` and taken away by whoever comes back with it, right or
//! wrong. It belongs to the browser that holds the cookie: the code verifier and the nonce are derived from the cookie's secret
//! and the state, so neither stands in the database, and a code that somebody else brings along is worth nothing.

mod account;
mod discovery;
mod exchange;
mod token;

#[cfg(test)]
mod tests;

pub use discovery::{ProviderProblem, Providers};

pub(crate) use discovery::discover;

use std::time::Duration;

use ::store::SecretText;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{
    Problem,
    auth::sso::{SsoEntrance, SsoRefusal},
    email::address::{check_email_address, domain_of},
    ids::TenantId,
    people::Role,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{SignedIn, fingerprint, store, throttle};
use crate::{
    Ctx, Fault, RequestInfo, Services,
    clock::MINUTE,
    http::Url,
    tenant::{
        domains,
        sso::store::{self as settings, SsoRow, StoredTest},
    },
};

use account::Verdict;
use discovery::Provider;
use exchange::Person;

/// A sign-in at the provider has to end within this time.
pub const PATIENCE_MICROS: i64 = 10 * MINUTE;
/// Everything that is asked of the provider at the end of a sign-in, together.
const PROVIDER_PATIENCE: Duration = Duration::from_secs(25);

/// Why nobody was signed in: for the person, and in more words for the log and the owners' test.
#[derive(Debug)]
pub struct Refused {
    /// For the page.
    pub why: SsoRefusal,
    /// For those who may know.
    pub detail: String,
}

impl Refused {
    fn new(why: SsoRefusal, detail: impl Into<String>) -> Self {
        Self { why, detail: detail.into() }
    }
}

/// What can come of a step: a refusal has a page of its own, everything else is as everywhere.
#[derive(Debug, thiserror::Error)]
pub enum SsoFault {
    /// Nobody is signed in.
    #[error("refused: {}", .0.detail)]
    Refused(Refused),
    /// As everywhere.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Refused> for SsoFault {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser goes.
    pub location: String,
    /// For the browser's cookie.
    pub cookie_secret: SecretText,
}

/// What the browser brings back from the provider, and its cookie.
pub struct Return<'a> {
    /// From the path.
    pub slug: &'a str,
    /// `state`.
    pub state: &'a str,
    /// `code`; empty when there is none.
    pub code: &'a str,
    /// `error`; empty when there is none.
    pub error: &'a str,
    /// `iss` (RFC 9207); empty when there is none.
    pub iss: &'a str,
    /// The browser's cookie; empty when there is none.
    pub cookie: &'a str,
}

/// How a sign-in ended.
pub enum Finished {
    /// Somebody is signed in, and wanted to go there.
    SignedIn(Box<SignedIn>, String),
    /// It was an owner's test: what it found is stored with the settings.
    Tested,
}

/// A sign-in under way.
pub(super) struct Underway {
    pub tenant: TenantId,
    pub browser_hash: String,
    pub issuer: String,
    pub client: String,
    pub next: String,
    pub trial: bool,
    pub created_micros: i64,
    pub expires_micros: i64,
}

/// Whether a password is enough for somebody of this role: not where single sign-on is the only way in, except for owners, so
/// that a provider that fails shuts nobody out for good.
///
/// # Errors
/// [`Fault::Store`] and [`Fault::Stored`] only.
pub(crate) async fn password_admits(services: &Services, tenant: TenantId, role: Role) -> Result<bool, Fault> {
    Ok(only_way(services, tenant, role).await?.is_none())
}

/// The organisation in the address of the single sign-on that is the only way in for this role; `None` where a password is enough.
///
/// # Errors
/// As [`password_admits`].
pub(crate) async fn only_way(services: &Services, tenant: TenantId, role: Role) -> Result<Option<String>, Fault> {
    if role == Role::Owner {
        return Ok(None);
    }
    Ok(settings::find(&services.db, tenant).await?.filter(|sso| sso.active && sso.only_sso).map(|sso| sso.slug))
}

/// The refusal where [`password_admits`] says no.
pub(super) fn only_way_in(field: &str) -> Problem {
    Problem::field(field, "Your organisation signs in with single sign-on: use “Single sign-on” below.")
}

/// Finds the sign-in name for an address by its domain: the one tenant that lists the domain and has single sign-on. It asks
/// for no account, so the answer tells nothing about accounts; a domain that two tenants list leads nowhere, so neither can take
/// the other's people in.
///
/// # Errors
/// [`Problem::Invalid`] on `email`; [`Problem::Busy`] after too many attempts.
pub async fn find(services: &Services, email: &str, info: &RequestInfo) -> Result<String, Fault> {
    check_email_address(email).map_err(|why| Problem::field("email", why.to_string()))?;
    throttle::count(services, &throttle::keys_of_sso(&info.remote_address)).await?;
    let nowhere = || Problem::field("email", "There is no single sign-on for this address. Use your organisation's own link, or your password.");
    let domain = domains::stored_form(&domain_of(email)).ok_or_else(nowhere)?;
    match settings::slugs_of_domain(&services.db, &domain).await?.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(nowhere().into()),
    }
}

/// What the page before a sign-in shows.
///
/// # Errors
/// [`Problem::Invalid`] on `organisation` when there is no such single sign-on, or it is off.
pub async fn entrance(services: &Services, slug: &str) -> Result<SsoEntrance, Fault> {
    let unknown = || Problem::field("organisation", format!("{}.", SsoRefusal::Unknown.title()));
    let sso = settings::find_by_slug(&services.db, slug).await?.filter(|sso| sso.active).ok_or_else(unknown)?;
    Ok(SsoEntrance { slug: sso.slug, label: sso.label })
}

/// Begins a sign-in. `cookie` is what the browser holds of an earlier one, so that two tabs do not disturb each other.
///
/// # Errors
/// [`SsoFault::Refused`] with [`SsoRefusal::Unknown`] or [`SsoRefusal::Provider`]; [`Problem::Busy`] after too many attempts that
/// came to nothing.
pub async fn begin(services: &Services, slug: &str, next: &str, cookie: &str, info: &RequestInfo) -> Result<Begun, SsoFault> {
    let sso = settings::find_by_slug(&services.db, slug).await?.filter(|sso| sso.active);
    let sso = sso.ok_or_else(|| Refused::new(SsoRefusal::Unknown, "no such sign-in name"))?;
    throttle::count(services, &throttle::keys_of_sso(&info.remote_address)).await?;
    start(services, &sso, next, cookie, false).await
}

/// Begins an owner's test of the stored settings, whether they are switched on or not. For holders of `tenant.write`.
///
/// # Errors
/// [`Problem::Invalid`] on `issuer` before anything was saved; [`SsoFault::Refused`] with [`SsoRefusal::Provider`].
pub async fn begin_test(services: &Services, ctx: &Ctx, cookie: &str) -> Result<Begun, SsoFault> {
    let sso = settings::find(&services.db, ctx.tenant()).await?;
    let sso = sso.ok_or_else(|| Fault::from(Problem::field("issuer", "Save the provider before testing it.")))?;
    start(services, &sso, "", cookie, true).await
}

async fn start(services: &Services, sso: &SsoRow, next: &str, cookie: &str, trial: bool) -> Result<Begun, SsoFault> {
    let provider = ask_provider(services, &sso.issuer).await?;
    let state = services.entropy.secret();
    let secret = if is_secret(cookie) { SecretText::from(cookie) } else { SecretText::from(services.entropy.secret()) };
    let now = services.now();
    let row = Underway {
        tenant: sso.tenant,
        browser_hash: fingerprint(secret.expose()),
        issuer: sso.issuer.clone(),
        client: sso.client.clone(),
        next: next.chars().take(2000).collect(),
        trial,
        created_micros: now,
        expires_micros: now + PATIENCE_MICROS,
    };
    store::insert_underway(services, &fingerprint(&state), &row).await?;
    let location = authorization(services, sso, &provider, &secret, &state);
    Ok(Begun { location, cookie_secret: secret })
}

/// Ends a sign-in: takes its row, asks the provider who it was, and opens a session.
///
/// # Errors
/// [`SsoFault::Refused`] with the page to show.
pub async fn finish(services: &Services, back: &Return<'_>, info: &RequestInfo) -> Result<Finished, SsoFault> {
    let stale = |detail: &str| Refused::new(SsoRefusal::Stale, detail);
    // Whatever follows, this state is spent.
    let underway = store::take_underway(services, &fingerprint(back.state)).await?.ok_or_else(|| stale("no such state, or used before"))?;
    let same_browser: bool = fingerprint(back.cookie).as_bytes().ct_eq(underway.browser_hash.as_bytes()).into();
    if !same_browser {
        return Err(stale("another browser").into());
    }
    let sso = settings::find_by_slug(&services.db, back.slug).await?.filter(|sso| sso.tenant == underway.tenant);
    let sso = sso.ok_or_else(|| stale("begun for another organisation"))?;
    if !sso.active && !underway.trial {
        return Err(Refused::new(SsoRefusal::Unknown, "switched off").into());
    }
    if (&sso.issuer, &sso.client) != (&underway.issuer, &underway.client) {
        return Err(stale("the settings were changed meanwhile").into());
    }
    let now = services.now();
    let ended = if underway.expires_micros > now { answered(services, &sso, &underway, back).await } else { Err(stale("expired").into()) };
    if underway.trial {
        return tested(services, &sso, ended).await;
    }
    let person = match ended {
        Ok(person) => person,
        Err(SsoFault::Refused(refused)) => {
            tracing::info!(request = %info.request_id, tenant = %sso.tenant, why = refused.why.word(), detail = refused.detail, "single sign-on refused");
            return Err(refused.into());
        }
        Err(fault) => return Err(fault),
    };
    let signed_in = account::admit(services, &sso, &person, info).await?;
    Ok(Finished::SignedIn(Box::new(signed_in), underway.next))
}

/// Whom the provider vouches for.
async fn answered(services: &Services, sso: &SsoRow, underway: &Underway, back: &Return<'_>) -> Result<Person, SsoFault> {
    let provider = ask_provider(services, &sso.issuer).await?;
    // Before anything else of the answer is believed (RFC 9207 section 2.4).
    let named = if back.iss.is_empty() { !provider.names_itself } else { back.iss == sso.issuer };
    if !named {
        return Err(Refused::new(SsoRefusal::Proof, "the answer is of another provider").into());
    }
    if !back.error.is_empty() || back.code.is_empty() {
        let error: String = back.error.chars().filter(|sign| sign.is_ascii_graphic()).take(60).collect();
        return Err(Refused::new(SsoRefusal::Denied, format!("the provider answered with the error {error:?}")).into());
    }
    let asked = exchange::ask(services, sso, &provider, underway, back);
    let timeout = || Refused::new(SsoRefusal::Provider, "the provider took too long");
    tokio::time::timeout(PROVIDER_PATIENCE, asked).await.map_err(|_| timeout())?
}

async fn ask_provider(services: &Services, issuer: &str) -> Result<std::sync::Arc<Provider>, Refused> {
    discovery::provider(services, issuer).await.map_err(|why| Refused::new(SsoRefusal::Provider, why.to_string()))
}

/// Notes what an owner's test found; nobody is signed in and nothing else is changed.
async fn tested(services: &Services, sso: &SsoRow, ended: Result<Person, SsoFault>) -> Result<Finished, SsoFault> {
    let now = services.now();
    let test = match ended {
        Err(SsoFault::Fault(fault)) => return Err(fault.into()),
        Err(SsoFault::Refused(refused)) => {
            let sentence = format!("{}: {}.", refused.why.title(), refused.detail);
            StoredTest { at_micros: now, good: false, sentence, email: String::new(), groups: Vec::new() }
        }
        Ok(person) => {
            let (good, sentence) = match account::foresee(services, sso, &person).await? {
                Ok(Verdict::Known(role)) => (true, format!("It works: {} has an account and would sign in as {role}.", person.email)),
                Ok(Verdict::New(role)) => (true, format!("It works: {} would get an account as {role}.", person.email)),
                Err(refused) => (false, format!("The provider answers well, but the sign-in would be refused: {}.", refused.detail)),
            };
            StoredTest { at_micros: now, good, sentence, email: person.email, groups: person.groups }
        }
    };
    settings::set_last_test(services, sso.tenant, &test).await?;
    Ok(Finished::Tested)
}

/// Where the browser is sent (Core section 3.1.2.1, RFC 7636 section 4.3).
fn authorization(services: &Services, sso: &SsoRow, provider: &Provider, secret: &SecretText, state: &str) -> String {
    let mut url = Url::clone(&provider.authorization);
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &sso.client)
        .append_pair("redirect_uri", &redirect_uri(services, &sso.slug))
        .append_pair("scope", &sso.scopes)
        .append_pair("state", state)
        .append_pair("nonce", &derived("nonce", secret, state))
        .append_pair("code_challenge", &fingerprint(&derived("verifier", secret, state)))
        .append_pair("code_challenge_method", "S256");
    url.into()
}

/// Where the provider sends the browser back to: an address per tenant, so that one provider's answer is never taken for another's.
fn redirect_uri(services: &Services, slug: &str) -> String {
    format!("{}/sign-in/sso/{slug}/callback", services.settings.public_url)
}

/// A value of this sign-in that only the browser's secret gives: 43 characters, as a code verifier may have.
fn derived(what: &str, secret: &SecretText, state: &str) -> String {
    // Secret and state have one length each, so the parts cannot run into each other.
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("switchboard sso {what}\n{}\n{state}", secret.expose()).as_bytes()))
}

/// Whether a cookie's value has the form of one of our secrets.
fn is_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
