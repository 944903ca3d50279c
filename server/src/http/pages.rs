//! The console's pages, and its files.

use std::{borrow::Cow, sync::Arc};

use app::shell::{
    Guard, RequestState,
    cookies::{cookie, visit_cookie_name},
    document, local_path, page_guard,
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use leptos::{nonce::Nonce, prelude::provide_context};
use model::Problem;
use services::auth;

use super::{SharedEdge, answer, flash, form, headers::content_security_policy, observe::LoggedTenant};

/// Where somebody sets up a second factor.
const ENROL: &str = "/account?tab=security";
/// Where a visitor finds themselves whose visit has ended.
pub const VISIT_ENDED: &str = "/visit-ended";

/// Whatever no other route has: a file of the web build, else a page.
pub async fn answer(State(edge): State<SharedEdge>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let status = if page_guard(request.uri().path()).is_some() { StatusCode::METHOD_NOT_ALLOWED } else { StatusCode::NOT_FOUND };
        let mut refusal = answer::refuse(&Problem::NotFound, request.headers());
        *refusal.status_mut() = status;
        return refusal;
    }
    if let Some(file) = edge.assets.answer(request.uri().path().trim_start_matches('/'), request.headers()).await {
        return file;
    }
    let (parts, _) = request.into_parts();
    let headers = parts.headers.clone();
    match page(&edge, parts).await {
        Ok(answer) => answer,
        Err(problem) => answer::refuse(&problem, &headers),
    }
}

async fn page(edge: &SharedEdge, mut parts: Parts) -> Result<Response, Problem> {
    let mut state = edge.request_state(&parts, None).await?;
    let visit_over = state.principal.is_none() && edge.visit_cookie(&parts.headers).is_some();
    if visit_over && !matches!(page_guard(parts.uri.path()), None | Some(Guard::Public)) {
        return Ok(answer::see_other(VISIT_ENDED));
    }
    if let Some(elsewhere) = redirect(&parts, &state) {
        return Ok(answer::see_other(&elsewhere));
    }
    let mut tenant = None;
    if let Some(principal) = state.principal.as_deref() {
        tenant = Some(LoggedTenant(principal.tenant()));
        let me = auth::me_of(&edge.services, principal).await.map_err(|fault| fault.into_problem(&state.info.request_id))?;
        state.me = Some(Arc::new(me));
    }
    let left = flash::take(&edge.services, &parts.headers, edge.secure).await;
    state.flash = left.as_ref().and_then(|(flash, _)| flash.clone()).map(Arc::new);
    parts.extensions.insert(state.clone());
    let mut response = render(edge, state, parts).await;
    if let Some((_, gone)) = left
        && let Ok(cookie) = HeaderValue::from_str(&gone)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    // From here on the browser is whoever it was before the visit.
    let gone = cookie(visit_cookie_name(edge.secure), "", 0, edge.secure);
    if visit_over && let Ok(gone) = HeaderValue::from_str(&gone) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    if let Some(tenant) = tenant {
        response.extensions_mut().insert(tenant);
    }
    Ok(response)
}

/// Pages for signed-in people lead to the sign-in page and back; the sign-in page leads on when somebody is signed in already; whoever has to
/// set up a second factor first is led there.
fn redirect(parts: &Parts, state: &RequestState) -> Option<String> {
    let signed_in = state.principal.is_some();
    let path = parts.uri.path();
    if path == "/sign-in" && signed_in {
        let query = form::fields(parts.uri.query().unwrap_or_default());
        return Some(local_path(form::field(&query, "next").unwrap_or("/")).into_owned());
    }
    if matches!(page_guard(path), None | Some(Guard::Public)) {
        return None;
    }
    if let Some(principal) = state.principal.as_deref() {
        // Nothing but the own account is open until there is a second factor.
        return (principal.must_enrol() && path != "/account").then(|| ENROL.to_owned());
    }
    let here = parts.uri.path_and_query().map_or(Cow::Borrowed("/"), |whole| local_path(whole.as_str()));
    let mut target = String::from("/sign-in");
    if here != "/" {
        target.push_str("?next=");
        form::escape_into(&mut target, &here);
    }
    Some(target)
}

async fn render(edge: &SharedEdge, state: RequestState, parts: Parts) -> Response {
    let nonce: Arc<str> = URL_SAFE_NO_PAD.encode(edge.services.entropy.bytes::<16>()).into();
    let build = edge.assets.build();
    let for_page = Arc::clone(&nonce);
    let context = move || {
        provide_context(state.clone());
        // In place of the one leptos drew: the header and the tags have to say the same.
        provide_context(Nonce::from_value(Arc::clone(&for_page)));
    };
    let handler = leptos_axum::render_app_async_with_context(context, move || document(build.clone()));
    let mut response = handler(Request::from_parts(parts, Body::empty())).await.into_response();
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
