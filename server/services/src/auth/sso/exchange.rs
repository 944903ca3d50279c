//! From the code to the person: token endpoint, ID token, and the userinfo endpoint where the token is short of claims.

use ::store::SecretText;
use base64::{Engine, engine::general_purpose::STANDARD};
use model::{auth::sso::SsoRefusal, email::address::check_email_address};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Services,
    http::{AUTHORIZATION, Answer, Call, HeaderValue, Url},
    tenant::sso::store::SsoRow,
};

use super::{Refused, Return, SsoFault, Underway, derived, discovery, discovery::Provider, redirect_uri, token};

/// An answer of the token or userinfo endpoint at most, in bytes.
const LIMIT: usize = 256 * 1024;
/// Groups looked at.
const MOST_GROUPS: usize = 1000;

/// Somebody the provider vouches for.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The provider's own name for them; never another's.
    pub subject: String,
    /// Lower-case; the provider has verified it.
    pub email: String,
    /// As they call themselves; empty when the provider does not tell.
    pub name: String,
    /// What the group claim lists.
    pub groups: Vec<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// Trades the code in, verifies who it was, and reads what is told about them.
pub(super) async fn ask(services: &Services, sso: &SsoRow, provider: &Provider, underway: &Underway, back: &Return<'_>) -> Result<Person, SsoFault> {
    let cookie = SecretText::from(back.cookie);
    let tokens = trade(services, sso, provider, &cookie, back).await?;
    let header = token::header(&tokens.id_token).map_err(proof)?;
    let keys = discovery::keys(services, provider, header.kid.as_deref()).await.map_err(|why| Refused::new(SsoRefusal::Provider, why.to_string()))?;
    let expected = token::Expected {
        issuer: &sso.issuer,
        client: &sso.client,
        nonce: &derived("nonce", &cookie, back.state),
        now_micros: services.now(),
        began_micros: underway.created_micros,
    };
    let claims = token::verify(&tokens.id_token, &header, &keys, &expected).map_err(proof)?;
    let mut told = claims.rest;
    let short = !told.contains_key("email") || (!sso.group_claim.is_empty() && !told.contains_key(&sso.group_claim));
    if let (true, Some(userinfo), Some(access)) = (short, &provider.userinfo, tokens.access_token) {
        let more = userinfo_of(services, userinfo, &SecretText::from(access), &claims.subject).await?;
        for (name, value) in more {
            // What is signed counts before what is not.
            told.entry(name).or_insert(value);
        }
    }
    Ok(read(claims.subject, &told, &sso.group_claim)?)
}

fn proof(why: token::TokenProblem) -> Refused {
    Refused::new(SsoRefusal::Proof, why.to_string())
}

/// RFC 6749 section 4.1.3.
async fn trade(services: &Services, sso: &SsoRow, provider: &Provider, cookie: &SecretText, back: &Return<'_>) -> Result<Tokens, SsoFault> {
    let redirect = redirect_uri(services, &sso.slug);
    let verifier = derived("verifier", cookie, back.state);
    let secret = sso.unsealed_secret(services)?;
    let mut fields =
        vec![("grant_type", "authorization_code"), ("code", back.code), ("redirect_uri", redirect.as_str()), ("code_verifier", verifier.as_str())];
    let in_header = match &secret {
        Some(_) if !provider.secret_in_form => true,
        Some(secret) => {
            fields.extend([("client_id", sso.client.as_str()), ("client_secret", secret.expose())]);
            false
        }
        None => {
            fields.push(("client_id", sso.client.as_str()));
            false
        }
    };
    let mut call = Call::form(provider.token.clone(), &fields, LIMIT);
    if let (true, Some(secret)) = (in_header, &secret) {
        call = call.with(AUTHORIZATION, basic(&sso.client, secret)?);
    }
    let answer = send(services, call, "token endpoint").await?;
    if answer.status != 200 {
        // RFC 6749 section 5.2: a word that says what is wrong with the settings or the code.
        #[derive(Deserialize)]
        struct Error {
            error: String,
        }
        let error = serde_json::from_slice(&answer.body).map_or_else(|_| String::new(), |told: Error| told.error);
        let error: String = error.chars().filter(|sign| sign.is_ascii_graphic()).take(60).collect();
        let why = if error == "invalid_grant" { SsoRefusal::Stale } else { SsoRefusal::Provider };
        return Err(Refused::new(why, format!("the token endpoint answered {} {error:?}", answer.status)).into());
    }
    let broken = |_| Refused::new(SsoRefusal::Provider, "the token endpoint gave no ID token");
    Ok(serde_json::from_slice(&answer.body).map_err(broken)?)
}

/// Name and secret are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(client: &str, secret: &SecretText) -> Result<HeaderValue, Refused> {
    let encode = |text: &str| -> Option<String> {
        let mut url = Url::parse("https://x.invalid/").ok()?;
        url.query_pairs_mut().append_key_only(text);
        url.query().map(str::to_owned)
    };
    let joined =
        encode(client).zip(encode(secret.expose())).map(|(client, secret)| format!("Basic {}", STANDARD.encode(format!("{client}:{secret}"))));
    let value = joined.and_then(|text| HeaderValue::from_str(&text).ok());
    let mut value = value.ok_or_else(|| Refused::new(SsoRefusal::Provider, "the client secret cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Core section 5.3: the answer counts only when it is about the same subject.
async fn userinfo_of(services: &Services, address: &Url, access: &SecretText, subject: &str) -> Result<Map<String, Value>, SsoFault> {
    let broken = |detail: &str| Refused::new(SsoRefusal::Provider, detail);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", access.expose())).map_err(|_| broken("the access token cannot be sent"))?;
    bearer.set_sensitive(true);
    let answer = send(services, Call::get(address.clone(), LIMIT).with(AUTHORIZATION, bearer), "userinfo endpoint").await?;
    if answer.status != 200 {
        return Err(broken(&format!("the userinfo endpoint answered {}", answer.status)).into());
    }
    let told: Map<String, Value> = serde_json::from_slice(&answer.body).map_err(|_| broken("the userinfo endpoint gave no JSON"))?;
    if told.get("sub").and_then(Value::as_str) != Some(subject) {
        return Err(Refused::new(SsoRefusal::Proof, "the userinfo endpoint told of somebody else").into());
    }
    Ok(told)
}

async fn send(services: &Services, call: Call, what: &str) -> Result<Answer, Refused> {
    services.http.send(call).await.map_err(|why| Refused::new(SsoRefusal::Provider, format!("the {what} cannot be used: {why}")))
}

/// The person in the claims.
fn read(subject: String, told: &Map<String, Value>, group_claim: &str) -> Result<Person, Refused> {
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let email = model::email::address::normalise(&text("email"));
    // Some providers write the flag as a text.
    let verified = matches!(told.get("email_verified"), Some(Value::Bool(true))) || text("email_verified") == "true";
    if email.is_empty() || check_email_address(&email).is_err() {
        return Err(Refused::new(SsoRefusal::Unverified, "the provider tells no email address; the scopes need email"));
    }
    if !verified {
        return Err(Refused::new(SsoRefusal::Unverified, format!("the provider does not say that {email} is verified (email_verified)")));
    }
    let whole = format!("{} {}", text("given_name"), text("family_name"));
    let name = [text("name"), whole.trim().to_owned(), text("preferred_username")].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let groups = match told.get(group_claim) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).take(MOST_GROUPS).map(str::to_owned).collect(),
        Some(Value::String(one)) if !one.is_empty() => vec![one.clone()],
        _ => Vec::new(),
    };
    Ok(Person { subject, email, name, groups })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person(told: Value) -> Result<Person, SsoRefusal> {
        let Value::Object(told) = told else { panic!("an object") };
        read("s-1".into(), &told, "groups").map_err(|refused| refused.why)
    }

    #[test]
    fn people_are_read_from_what_providers_tell() {
        let ann = person(json!({ "email": " Ann@Acme.example", "email_verified": true, "name": "Ann", "groups": ["desk", 7, "leads"] })).unwrap();
        assert_eq!((ann.email.as_str(), ann.name.as_str()), ("ann@acme.example", "Ann"));
        assert_eq!(ann.groups, ["desk", "leads"]);
        let bob = person(json!({ "email": "bob@acme.example", "email_verified": "true", "given_name": "Bob", "groups": "desk" })).unwrap();
        assert_eq!((bob.name.as_str(), bob.groups.as_slice()), ("Bob", ["desk".to_owned()].as_slice()));
    }

    #[test]
    fn an_address_that_is_not_verified_is_none() {
        let check = |told: Value| assert_eq!(person(told.clone()).map(drop), Err(SsoRefusal::Unverified), "{told}");
        check(json!({ "email": "ann@acme.example" }));
        check(json!({ "email": "ann@acme.example", "email_verified": false }));
        check(json!({ "email": "ann@acme.example", "email_verified": "yes" }));
        check(json!({ "email": "ann@acme.example", "email_verified": 1 }));
        check(json!({ "email": "ann", "email_verified": true }));
        check(json!({ "email_verified": true }));
    }

    #[test]
    fn name_and_secret_are_encoded_before_they_are_joined() {
        let header = basic("a:b", &SecretText::from("c d%")).unwrap();
        assert_eq!(header.to_str().unwrap(), format!("Basic {}", STANDARD.encode("a%3Ab:c+d%25")));
        assert!(header.is_sensitive());
    }
}
