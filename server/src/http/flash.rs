//! What a plain form post leaves for the next page, carried by the browser in a sealed cookie: no memory here, so it works with several
//! processes, and nobody can read or forge it.

use app::shell::{
    Flash,
    cookies::{cookie as cookie_text, flash_cookie_name},
};
use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use services::Services;

use super::caller::cookie;

/// Seconds until it is stale.
const LIFETIME_SECONDS: i64 = 300;
/// Longest cookie value; browsers keep 4096 bytes with name and attributes.
const LONGEST: usize = 3000;
/// Longest answer that is carried over.
const LONGEST_ANSWER: usize = 1024;
/// What the sealed text is for: it opens nowhere else.
const PURPOSE: &str = "http/flash";

#[derive(Serialize, Deserialize)]
struct Sealed {
    until_micros: i64,
    flash: Flash,
}

/// The `Set-Cookie` value that carries `flash`. What is too long goes by parts: first what was typed, then the answer.
pub fn leave(services: &Services, mut flash: Flash, secure: bool) -> Option<String> {
    if flash.answer.as_ref().is_some_and(|answer| answer.len() > LONGEST_ANSWER) {
        flash.answer = None;
    }
    let mut text = seal(services, &flash)?;
    if text.len() > LONGEST {
        flash.kept.clear();
        text = seal(services, &flash)?;
    }
    if text.len() > LONGEST {
        flash.answer = None;
        text = seal(services, &flash)?;
    }
    (text.len() <= LONGEST).then(|| cookie_text(flash_cookie_name(secure), &text, LIFETIME_SECONDS, secure))
}

fn seal(services: &Services, flash: &Flash) -> Option<String> {
    let sealed = Sealed { until_micros: services.now() + LIFETIME_SECONDS * services::clock::SECOND, flash: flash.clone() };
    let plain = serde_json::to_vec(&sealed).ok()?;
    match services.secrets.seal(&plain, PURPOSE, services.entropy.bytes()) {
        Ok(sealed) => Some(URL_SAFE_NO_PAD.encode(sealed)),
        Err(error) => {
            tracing::error!(error = %services::error::chain(&error), "a form's outcome could not be sealed");
            None
        }
    }
}

/// What the last post left, and the `Set-Cookie` value that takes it away. A cookie that does not open counts as none.
pub fn take(services: &Services, headers: &HeaderMap, secure: bool) -> Option<(Option<Flash>, String)> {
    let name = flash_cookie_name(secure);
    let text = cookie(headers, name).filter(|text| !text.is_empty())?;
    let gone = cookie_text(name, "", 0, secure);
    let open = || {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = services.secrets.unseal(&sealed, PURPOSE).ok()?;
        serde_json::from_slice::<Sealed>(plain.expose()).ok()
    };
    let flash = open().filter(|sealed| sealed.until_micros >= services.now()).map(|sealed| sealed.flash);
    Some((flash, gone))
}
