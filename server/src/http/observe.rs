//! One line of log and one count for each request; what went wrong inside becomes an answer with a reference.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use futures::FutureExt;
use model::Problem;

use super::{SharedEdge, answer::refuse, headers::secure, routes::pattern};

/// The reference of a request, made here: none is taken from outside.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The tenant a request turned out to belong to, put into the answer's extensions for the log.
#[derive(Clone, Copy, Debug)]
pub struct LoggedTenant(pub model::ids::TenantId);

/// The outermost layer.
pub async fn observe(State(edge): State<SharedEdge>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = edge.services.entropy.uuid(edge.services.now()).to_string();
    let route = pattern(request.uri().path());
    let method = method_name(request.method());
    let headers = HeaderMap::from_iter(request.headers().get(header::ACCEPT).map(|accept| (header::ACCEPT, accept.clone())));
    request.extensions_mut().insert(RequestId(id.clone()));
    // Nothing of the request is used after a panic, and what use cases share is behind locks that survive one.
    let mut answer = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::error!(request_id = %id, route, "a panic ended the request");
            refuse(&Problem::Internal { reference: id.clone() }, &headers)
        }
    };
    secure(answer.headers_mut(), edge.secure);
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert("x-request-id", value);
    }
    let status = answer.status().as_u16();
    let took = started.elapsed();
    metrics::counter!("http_requests_total", "method" => method, "route" => route, "status" => status.to_string()).increment(1);
    metrics::histogram!("http_request_seconds", "route" => route).record(took.as_secs_f64());
    let tenant = answer.extensions().get::<LoggedTenant>().map(|tenant| tenant.0.to_string()).unwrap_or_default();
    let millis = took.as_secs_f64() * 1000.0;
    tracing::info!(method, route, status, ms = (millis * 10.0).round() / 10.0, request_id = %id, tenant, "request");
    answer
}

/// The usual methods by name; the rest as one, so that callers cannot make labels.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
