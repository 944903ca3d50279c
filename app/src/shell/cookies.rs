//! The cookies of the console: names and attributes in one place.

use http::{HeaderValue, header::SET_COOKIE};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use model::Problem;
use services::{
    Services,
    access::NewVisit,
    auth::{OperatorSignedIn, SignedIn, Ticket},
};
use ui::{THEME_COOKIE, Theme};

use super::server::RequestState;

/// Name of the session's cookie. The `__Host-` prefix binds it to https and to this host (RFC 6265bis section 4.1.3.2), so no other
/// host of the domain can plant one.
pub const fn session_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-switchboard" } else { "switchboard" }
}

/// Name of the cookie that holds the ticket between the two steps of a sign-in.
pub const fn step_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-step" } else { "step" }
}

/// Name of a visitor's cookie. It stands beside the session's and wins over it while it is there, so that a visitor's own session is still
/// there when they come back.
pub const fn visit_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-switchboard_visit" } else { "switchboard_visit" }
}

/// Name of the cookie of the operators' console.
pub const fn operator_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-switchboard_operator" } else { "switchboard_operator" }
}

/// Name of the cookie that carries a plain post's outcome to the next page.
pub const fn flash_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-flash" } else { "flash" }
}

/// Name of the cookie that binds a sign-in at somebody else's provider to this browser.
pub const fn sso_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-sso" } else { "sso" }
}

/// A `Set-Cookie` value: this host alone, not readable by script, not sent along with other sites' posts.
pub fn cookie(name: &str, value: &str, max_age_seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// Adds a `Set-Cookie` header to the answer of the running server function.
fn set(text: &str) {
    if let (Some(answer), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(text)) {
        answer.append_header(SET_COOKIE, value);
    }
}

/// Hands the browser its new session.
pub fn begin_session(services: &Services, signed_in: &SignedIn) {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    let seconds = (signed_in.expires_micros - services.now()) / services::clock::SECOND;
    set(&cookie(session_cookie_name(secure), signed_in.cookie_secret.expose(), seconds.max(0), secure));
}

/// Hands the browser its ticket to the second step.
pub fn begin_step(services: &Services, ticket: &Ticket) {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    let seconds = (ticket.expires_micros - services.now()) / services::clock::SECOND;
    set(&cookie(step_cookie_name(secure), ticket.cookie_secret.expose(), seconds.max(0), secure));
}

/// Takes the ticket away.
pub fn end_step() {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    set(&cookie(step_cookie_name(secure), "", 0, secure));
}

/// The ticket that the browser of the running request holds.
pub fn step_ticket() -> Option<String> {
    let secure = RequestState::current()?.secure;
    let parts = use_context::<http::request::Parts>()?;
    let lines = parts.headers.get_all(http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == step_cookie_name(secure) && !value.is_empty()).map(|(_, value)| value.to_owned())
}

/// Hands the browser its visit.
pub fn begin_visit(services: &Services, visit: &NewVisit) {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    let seconds = (visit.expires_micros - services.now()) / services::clock::SECOND;
    set(&cookie(visit_cookie_name(secure), visit.cookie_secret.expose(), seconds.max(0), secure));
}

/// Takes the visitor's cookie away: what the browser was signed in as before counts again.
pub fn end_visit() {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    set(&cookie(visit_cookie_name(secure), "", 0, secure));
}

/// Hands the browser its operator's session.
pub fn begin_operator(services: &Services, signed_in: &OperatorSignedIn) {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    let seconds = (signed_in.expires_micros - services.now()) / services::clock::SECOND;
    set(&cookie(operator_cookie_name(secure), signed_in.cookie_secret.expose(), seconds.max(0), secure));
}

/// Takes the operator's cookie away.
pub fn end_operator() {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    set(&cookie(operator_cookie_name(secure), "", 0, secure));
}

/// Takes the session's cookie away.
pub fn end_session() {
    let secure = RequestState::current().is_some_and(|state| state.secure);
    set(&cookie(session_cookie_name(secure), "", 0, secure));
}

/// Remembers a theme for a year.
///
/// # Errors
/// [`Problem::Invalid`] on `theme` for a word that is no theme.
pub fn remember_theme(theme: &str) -> Result<(), Problem> {
    if Theme::from_name(theme).name() != theme {
        return Err(Problem::field("theme", "A theme is system, light or dark."));
    }
    // Readable by script, unlike the others: with the WASM the page itself writes it.
    set(&format!("{THEME_COOKIE}={theme}; Path=/; Max-Age=31536000; SameSite=Lax"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_for_this_host_and_not_for_script() {
        assert_eq!(cookie("switchboard", "x", 60, false), "switchboard=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        assert_eq!(cookie("__Host-switchboard", "x", 60, true), "__Host-switchboard=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
    }
}
