//! `POST /v2/messages`: sending mail from scripts, in the shape of the reference's Send Message v2 API.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use model::{Problem, people::Capability};
use services::email::api;

use super::{SharedEdge, answer, limits};

/// The path.
pub const MESSAGES: &str = "/v2/messages";

/// Takes a send request: 201 means that its mails are stored and will be sent.
///
/// **Needs** `email.send`, by `Authorization: Bearer`: a cookie is no authority here, so other sites' pages have none to borrow.
pub async fn send(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(axum::http::header::COOKIE);
    let script = HeaderMap::new();
    let ctx = match edge.authorise(&parts, Capability::EmailSend).await {
        Ok(ctx) => ctx,
        Err(problem) => return answer::refuse(&problem, &script),
    };
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return answer::refuse(&limits::unreadable(MESSAGES, &error), &script),
    };
    let key = match parts.headers.get("idempotency-key").map(|value| value.to_str()) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(_)) => {
            let problem = Problem::field("Idempotency-Key", "The Idempotency-Key header has printable ASCII characters.");
            return answer::refuse(&problem, &script);
        }
    };
    match api::submit_v2(&edge.services, &ctx, &body, key).await {
        Ok(reply) => (StatusCode::CREATED, Json(reply)).into_response(),
        Err(error) => (StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(error)).into_response(),
    }
}
