//! How much a request may bring and how long it may take.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use http_body_util::Limited;
use model::Problem;

use super::answer::refuse;

/// Largest body in bytes and longest time of a path.
struct Limit {
    path: &'static str,
    bytes: usize,
    time: Duration,
}

const MEBIBYTE: usize = 1024 * 1024;

/// What needs more than the default.
const LIMITS: &[Limit] = &[
    // Attachments, which JSON carries as base64: a third more than the mail's own limit.
    Limit { path: "/v2/messages", bytes: 16 * MEBIBYTE, time: Duration::from_secs(120) },
    Limit { path: "/api/email/compose", bytes: 16 * MEBIBYTE, time: Duration::from_secs(120) },
    Limit { path: "/api/email/change_schedule_mail", bytes: 16 * MEBIBYTE, time: Duration::from_secs(120) },
    // A thousand customers with what is known of each.
    Limit { path: "/resources/v2/customerprofile", bytes: 4 * MEBIBYTE, time: Duration::from_secs(30) },
    Limit { path: "/resources/v2/customerprofile/", bytes: 4 * MEBIBYTE, time: Duration::from_secs(30) },
    // A file of people, pasted lines beside it, and what multipart puts around them.
    Limit { path: "/api/people/check_import", bytes: 11 * MEBIBYTE, time: Duration::from_secs(120) },
    // Talks to somebody else's mail server, step by step.
    Limit { path: "/api/email/test_connection", bytes: MEBIBYTE, time: Duration::from_secs(120) },
    Limit { path: "/api/email/test_stored_connection", bytes: MEBIBYTE, time: Duration::from_secs(120) },
];

const DEFAULT: Limit = Limit { path: "", bytes: MEBIBYTE, time: Duration::from_secs(30) };

fn limit_of(path: &str) -> &'static Limit {
    LIMITS.iter().find(|limit| limit.path == path).unwrap_or(&DEFAULT)
}

/// Refuses a body that says it is too large, cuts off one that turns out to be, and gives up on answers that do not come.
pub async fn enforce(request: Request, next: Next) -> Response {
    let limit = limit_of(request.uri().path());
    let headers = HeaderMap::from_iter(request.headers().get(header::ACCEPT).map(|accept| (header::ACCEPT, accept.clone())));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > limit.bytes) {
        let mut refusal = refuse(&too_large(limit.bytes), &headers);
        // The body is not read, so nothing else can come over this connection: the caller has to know.
        refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return refusal;
    }
    let request = request.map(|body| Body::new(Limited::new(body, limit.bytes)));
    match tokio::time::timeout(limit.time, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => refuse(&Problem::Unavailable { what: "This took too long and was given up. Try again.".into() }, &headers),
    }
}

/// The refusal that names a limit.
fn too_large(bytes: usize) -> Problem {
    Problem::TooLarge { what: format!("The request is larger than {} MiB.", bytes / MEBIBYTE) }
}

/// The refusal for a body that could not be read to its end on this path.
pub fn unreadable(path: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return too_large(limit_of(path).bytes);
        }
        cause = error.source();
    }
    Problem::field("", "The request ended before it was complete.")
}
