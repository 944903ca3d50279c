//! Mutations come from our own pages or from scripts with a token, not from other sites' pages.
//!
//! Browsers say where a request comes from (`Sec-Fetch-Site`, else `Origin`); that is checked on every method but GET and HEAD. A request
//! without a cookie has no authority that another site could borrow, so scripts pass.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use model::Problem;

use super::{SharedEdge, answer::refuse};

/// Paths that other sites may post to; each proves its caller in another way.
pub const EXEMPT: &[&str] = &["/v2/messages"];

/// Lets the request pass or answers 403.
pub async fn check(State(edge): State<SharedEdge>, request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD);
    if harmless || EXEMPT.contains(&request.uri().path()) || is_ours(request.headers(), &edge.services.settings.public_url) {
        return next.run(request).await;
    }
    let why = "This request came from another site. Open the console and try again there.".into();
    refuse(&Problem::Forbidden { why }, request.headers())
}

/// Whether the headers show that no other site's page is behind the request.
fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::AUTHORIZATION).is_some_and(|value| value.starts_with("Bearer ")) && !headers.contains_key(header::COOKIE) {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match text(header::ORIGIN) {
        Some(origin) => origin == public_url || text(header::HOST).is_some_and(|host| origin.split_once("://").is_some_and(|(_, rest)| rest == host)),
        // No browser of today leaves both out of a post; without a cookie there is nothing to misuse.
        None => !headers.contains_key(header::COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn other_sites_are_turned_away() {
        let check = |pairs: &[(&'static str, &'static str)], expected: bool| {
            let headers = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
            assert_eq!(is_ours(&headers, "https://desk.example"), expected, "{pairs:?}");
        };
        check(&[("sec-fetch-site", "same-origin"), ("cookie", "s=1")], true);
        check(&[("sec-fetch-site", "none"), ("cookie", "s=1")], true);
        check(&[("sec-fetch-site", "cross-site"), ("cookie", "s=1")], false);
        check(&[("sec-fetch-site", "same-site"), ("cookie", "s=1")], false);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("origin", "https://desk.example"), ("cookie", "s=1")], true);
        check(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000"), ("cookie", "s=1")], true);
        check(&[("origin", "https://evil.example"), ("host", "desk.example"), ("cookie", "s=1")], false);
        check(&[("origin", "null"), ("cookie", "s=1")], false);
        check(&[("cookie", "s=1")], false);
        check(&[], true);
        check(&[("authorization", "Bearer x"), ("sec-fetch-site", "cross-site")], true);
        check(&[("authorization", "Bearer x"), ("sec-fetch-site", "cross-site"), ("cookie", "s=1")], false);
    }

    #[test]
    fn the_exceptions_are_these() {
        assert_eq!(EXEMPT, ["/v2/messages"]);
    }
}
