//! The profile API, in the shape of the reference's Profile API v2. Its callers prove themselves with the tenant's profile key in the header
//! `key` (or `secretKey`, which the reference writes for some of the calls); no session and no token counts here.

use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use serde::Serialize;
use services::{
    Ctx,
    people::profiles::api::{self, Code, Operation, Refusal},
};

use super::{SharedEdge, form, limits, observe::LoggedTenant};

/// Create, update, and many at once.
pub const PROFILES: &str = "/resources/v2/customerprofile";
/// The same with the slash that is left when somebody puts an empty id behind it.
pub const PROFILES_SLASH: &str = "/resources/v2/customerprofile/";
/// One customer.
pub const PROFILE: &str = "/resources/v2/customerprofile/{customer_id}";
/// The outcome of a request.
pub const STATUS: &str = "/resources/v2/profile/status/{transid}";

/// The outcome of no request at all.
pub const STATUS_SLASH: &str = "/resources/v2/profile/status/";

/// `POST`: adds up to 100 customers.
pub async fn create(State(edge): State<SharedEdge>, request: Request) -> Response {
    change(&edge, request, Operation::Create).await
}

/// `PUT`: adds and replaces attributes of up to 1000 customers.
pub async fn update(State(edge): State<SharedEdge>, request: Request) -> Response {
    change(&edge, request, Operation::Update).await
}

/// `GET ?customerId=1&customerId=2`
pub async fn get_many(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ids = ids_of(&parts);
    look_up(&edge, &parts, ids).await
}

/// `GET /{customer_id}`
pub async fn get_one(State(edge): State<SharedEdge>, path: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match path {
        Ok(Path(id)) => look_up(&edge, &parts, vec![id]).await,
        Err(_) => answer(&edge, &parts, |_| async { Err::<(), _>(no_text("customerId")) }).await,
    }
}

/// `DELETE ?customerId=1&customerId=2`
pub async fn delete_many(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let services = &edge.services;
    let ids = ids_of(&parts);
    answer(&edge, &parts, |ctx| async move { api::accept_deletion(services, &ctx, ids).await }).await
}

/// `DELETE /{customer_id}`
pub async fn delete_one(State(edge): State<SharedEdge>, path: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let services = &edge.services;
    let id = path.map(|Path(id)| id).map_err(|_| no_text("customerId"));
    answer(&edge, &parts, |ctx| async move { api::accept_deletion(services, &ctx, vec![id?]).await }).await
}

/// `GET`: how a request fared.
pub async fn status(State(edge): State<SharedEdge>, path: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let services = &edge.services;
    let transid = path.map(|Path(transid)| transid).map_err(|_| no_text("transid"));
    answer(&edge, &parts, |ctx| async move { api::status(services, &ctx, &transid?).await }).await
}

/// `GET` without a transaction id.
pub async fn status_of_none(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let services = &edge.services;
    answer(&edge, &parts, |ctx| async move { api::status(services, &ctx, "").await }).await
}

async fn change(edge: &SharedEdge, request: Request, operation: Operation) -> Response {
    let (parts, body) = request.into_parts();
    let services = &edge.services;
    answer(edge, &parts, |ctx| async move {
        let body = body.collect().await.map_err(|error| Refusal::from_problem(&limits::unreadable(PROFILES, &error)))?.to_bytes();
        api::accept(services, &ctx, operation, &body).await
    })
    .await
}

async fn look_up(edge: &SharedEdge, parts: &Parts, ids: Vec<String>) -> Response {
    let query = form::fields(parts.uri.query().unwrap_or_default());
    let (services, links) = (&edge.services, form::field(&query, "showinwardlinks"));
    answer(edge, parts, |ctx| async move { api::get(services, &ctx, &ids, links).await }).await
}

fn ids_of(parts: &Parts) -> Vec<String> {
    let query = form::fields(parts.uri.query().unwrap_or_default());
    query.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case("customerId")).map(|(_, value)| value).collect()
}

/// Recognises the key, does the work, and answers in the API's form.
async fn answer<T, W, F>(edge: &SharedEdge, parts: &Parts, work: W) -> Response
where
    T: Serialize,
    W: FnOnce(Ctx) -> F,
    F: Future<Output = Result<T, Refusal>>,
{
    let ctx = match api::admit(&edge.services, key_of(&parts.headers), edge.request_info(parts)).await {
        Ok(ctx) => ctx,
        Err(refusal) => return refuse(&refusal),
    };
    let tenant = LoggedTenant(ctx.tenant());
    let mut response = match work(ctx).await {
        Ok(reply) => Json(reply).into_response(),
        Err(refusal) => refuse(&refusal),
    };
    response.extensions_mut().insert(tenant);
    response
}

/// What stands in the header; a value that is no text is as good as a wrong key.
fn key_of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("key").or_else(|| headers.get("secretkey"))?;
    Some(value.to_str().unwrap_or("?"))
}

fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(refusal)).into_response();
    if let Some(seconds) = refusal.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn no_text(parameter: &str) -> Refusal {
    Refusal::new(Code::Parameter, format!("`{parameter}` is UTF-8 in percent-encoding.")).at(parameter)
}
