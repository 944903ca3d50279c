//! What a plain form post leaves for the next page, carried by the browser in a sealed cookie: no memory here, so it works with several
//! processes, and nobody can read or forge it. What people typed and is too long for a cookie lies sealed in the blob store for as long.

use app::shell::{
    Flash,
    cookies::{cookie as cookie_text, flash_cookie_name},
};
use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use services::{Services, clock::SECOND, error::chain, file};

use super::caller::cookie;

/// Seconds until it is stale.
const LIFETIME_SECONDS: i64 = 300;
/// Longest cookie value; browsers keep 4096 bytes with name and attributes.
const LONGEST: usize = 3000;
/// Longest answer that is carried over.
const LONGEST_ANSWER: usize = 1024;
/// Most bytes that are kept of what was typed, as JSON: the text of a mail and more. Longer ones hold pictures, which a form without script
/// cannot have.
const LARGEST_KEPT: usize = 512 * 1024;
/// What the sealed text is for: it opens nowhere else.
const PURPOSE: &str = "http/flash";
/// The same for what lies in the blob store.
const KEPT_PURPOSE: &str = "http/flash/kept";

#[derive(Serialize, Deserialize)]
struct Sealed {
    until_micros: i64,
    flash: Flash,
    /// Where what was typed lies, when it is too long for the cookie.
    #[serde(default)]
    kept: Option<String>,
}

/// The `Set-Cookie` value that carries `flash`. What is too long goes by parts: first what was typed, then the answer. What somebody typed who is
/// `known` goes into the blob store instead; others do not fill it.
pub async fn leave(services: &Services, mut flash: Flash, known: bool, secure: bool) -> Option<String> {
    if flash.answer.as_ref().is_some_and(|answer| answer.len() > LONGEST_ANSWER) {
        flash.answer = None;
    }
    let mut kept = None;
    let mut text = seal(services, &flash, &kept)?;
    if text.len() > LONGEST {
        let typed = std::mem::take(&mut flash.kept);
        if known {
            kept = put(services, &typed).await;
        }
        text = seal(services, &flash, &kept)?;
    }
    if text.len() > LONGEST {
        flash.answer = None;
        text = seal(services, &flash, &kept)?;
    }
    (text.len() <= LONGEST).then(|| cookie_text(flash_cookie_name(secure), &text, LIFETIME_SECONDS, secure))
}

fn seal(services: &Services, flash: &Flash, kept: &Option<String>) -> Option<String> {
    let sealed = Sealed { until_micros: services.now() + LIFETIME_SECONDS * SECOND, flash: flash.clone(), kept: kept.clone() };
    let plain = serde_json::to_vec(&sealed).ok()?;
    match services.secrets.seal(&plain, PURPOSE, services.entropy.bytes()) {
        Ok(sealed) => Some(URL_SAFE_NO_PAD.encode(sealed)),
        Err(error) => {
            tracing::error!(error = %chain(&error), "a form's outcome could not be sealed");
            None
        }
    }
}

/// Puts what was typed into the blob store, sealed; its name there.
async fn put(services: &Services, typed: &[(String, String)]) -> Option<String> {
    let plain = serde_json::to_vec(typed).ok().filter(|plain| plain.len() <= LARGEST_KEPT)?;
    let sealed = services.secrets.seal(&plain, KEPT_PURPOSE, services.entropy.bytes());
    let until = services.now() + (LIFETIME_SECONDS + 60) * SECOND;
    let outcome = match sealed {
        Ok(sealed) => file::keep_until(services, sealed, until).await,
        Err(error) => Err(error.into()),
    };
    outcome.inspect_err(|fault| tracing::error!(error = %chain(fault), "what was typed into a refused form could not be kept")).ok()
}

/// What [`put`] kept; `None` when it is gone already.
async fn fetch(services: &Services, blob: &str) -> Option<Vec<(String, String)>> {
    let sealed = services.blobs.read(blob).await.ok()?;
    let plain = services.secrets.unseal(&sealed, KEPT_PURPOSE).ok()?;
    serde_json::from_slice(plain.expose()).ok()
}

/// What the last post left, and the `Set-Cookie` value that takes it away. A cookie that does not open counts as none.
pub async fn take(services: &Services, headers: &HeaderMap, secure: bool) -> Option<(Option<Flash>, String)> {
    let name = flash_cookie_name(secure);
    let text = cookie(headers, name).filter(|text| !text.is_empty())?;
    let gone = cookie_text(name, "", 0, secure);
    let open = || {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = services.secrets.unseal(&sealed, PURPOSE).ok()?;
        serde_json::from_slice::<Sealed>(plain.expose()).ok()
    };
    let Some(mut sealed) = open().filter(|sealed| sealed.until_micros >= services.now()) else { return Some((None, gone)) };
    if let Some(blob) = &sealed.kept {
        sealed.flash.kept = fetch(services, blob).await.unwrap_or_default();
    }
    Some((Some(sealed.flash), gone))
}
