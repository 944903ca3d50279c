//! Signing in at an organisation's own provider: the ways out to it and back. They are GET routes because a browser that is sent
//! along cannot do otherwise; what they begin is bound to the browser by a cookie, and what they end is good once.

use app::shell::{
    cookies::{cookie as set_cookie, session_cookie_name, sso_cookie_name},
    local_path,
};
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use model::{Problem, auth::sso::SsoRefusal, people::Capability, tenant::sso::check_slug};
use services::{
    auth::{
        SignedIn,
        sso::{self, Begun, Finished, PATIENCE_MICROS, Return, SsoFault},
    },
    clock::SECOND,
};

use super::{Edge, SharedEdge, answer, caller::cookie, form};

/// `GET /sign-in/sso/{organisation}/start?next=`
pub const START: &str = "/sign-in/sso/{organisation}/start";
/// `GET /sign-in/sso/{organisation}/callback?state=&code=`: what an owner registers at the provider.
pub const CALLBACK: &str = "/sign-in/sso/{organisation}/callback";
/// `GET /tenant/sign-in/test`
pub const TEST: &str = "/tenant/sign-in/test";

/// Where an owner's test is told.
const SETTINGS: &str = "/tenant/sign-in";

/// Sends the browser to the provider. **Public.**
pub async fn start(State(edge): State<SharedEdge>, Path(slug): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let info = edge.request_info(&parts);
    let query = form::fields(parts.uri.query().unwrap_or_default());
    let next = local_path(form::field(&query, "next").unwrap_or("/"));
    match sso::begin(&edge.services, &slug, &next, held(&edge, &parts), &info).await {
        Ok(begun) => away(&edge, &begun),
        Err(fault) => elsewhere(&parts.headers, &slug, fault, &info.request_id),
    }
}

/// Takes the browser back from the provider. **Public**, with the state and the cookie of a sign-in under way.
pub async fn callback(State(edge): State<SharedEdge>, Path(slug): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let info = edge.request_info(&parts);
    let query = form::fields(parts.uri.query().unwrap_or_default());
    let part = |name: &str| form::field(&query, name).unwrap_or_default();
    let back = Return { slug: &slug, state: part("state"), code: part("code"), error: part("error"), iss: part("iss"), cookie: held(&edge, &parts) };
    match sso::finish(&edge.services, &back, &info).await {
        Ok(Finished::SignedIn(signed_in, next)) => signed_in_to(&edge, &signed_in, &local_path(&next)),
        Ok(Finished::Tested) => answer::see_other(SETTINGS),
        Err(fault) => elsewhere(&parts.headers, &slug, fault, &info.request_id),
    }
}

/// Sends an owner to the provider to try the stored settings; nobody is signed in by it.
///
/// **Needs** `tenant.write`.
pub async fn test(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ctx = match edge.authorise(&parts, Capability::TenantWrite).await {
        Ok(ctx) => ctx,
        Err(problem) => return answer::refuse(&problem, &parts.headers),
    };
    match sso::begin_test(&edge.services, &ctx, held(&edge, &parts)).await {
        Ok(begun) => away(&edge, &begun),
        Err(SsoFault::Refused(refused)) => answer::refuse(&Problem::Unavailable { what: format!("{}.", refused.detail) }, &parts.headers),
        Err(SsoFault::Fault(fault)) => answer::refuse(&fault.into_problem(&ctx.info().request_id), &parts.headers),
    }
}

/// The browser's secret of earlier sign-ins, if it has one.
fn held<'a>(edge: &Edge, parts: &'a Parts) -> &'a str {
    cookie(&parts.headers, sso_cookie_name(edge.secure)).unwrap_or_default()
}

fn away(edge: &Edge, begun: &Begun) -> Response {
    let cookie = set_cookie(sso_cookie_name(edge.secure), begun.cookie_secret.expose(), PATIENCE_MICROS / SECOND, edge.secure);
    with_cookie(answer::see_other(&begun.location), &cookie)
}

fn signed_in_to(edge: &Edge, signed_in: &SignedIn, next: &str) -> Response {
    let seconds = (signed_in.expires_micros - edge.services.now()) / SECOND;
    let cookie = set_cookie(session_cookie_name(edge.secure), signed_in.cookie_secret.expose(), seconds.max(0), edge.secure);
    with_cookie(answer::see_other(next), &cookie)
}

fn with_cookie(mut answer: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// The page that tells why nobody was signed in; scripts get the same as JSON.
fn elsewhere(headers: &HeaderMap, slug: &str, fault: SsoFault, reference: &str) -> Response {
    let refused = match fault {
        SsoFault::Fault(fault) => return answer::refuse(&fault.into_problem(reference), headers),
        SsoFault::Refused(refused) => refused.why,
    };
    if !answer::wants_page(headers) {
        return answer::refuse(&Problem::field("organisation", format!("{}. {}", refused.title(), refused.sentence())), headers);
    }
    // A name that is none leads to the page that asks for an address.
    let place = if check_slug(slug).is_none() && refused != SsoRefusal::Unknown { format!("/sign-in/sso/{slug}") } else { "/sign-in/sso".to_owned() };
    answer::see_other(&format!("{place}?why={}", refused.word()))
}
