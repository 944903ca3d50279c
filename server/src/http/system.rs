//! For those who run the service.

use std::time::Duration;

use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use model::Problem;

use super::{SharedEdge, answer, caller::Peer};

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Longer than this the database does not answer: who asks for readiness gives up soon, and takes silence for a broken process.
const PING_PATIENCE: Duration = Duration::from_secs(2);

/// `GET /readyz`: the process answers and reaches its database.
pub async fn readyz(State(edge): State<SharedEdge>) -> Response {
    match tokio::time::timeout(PING_PATIENCE, edge.services.db.ping()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(_)) | Err(_) => {
            let problem = Problem::Unavailable { what: "The database does not answer.".into() };
            (StatusCode::SERVICE_UNAVAILABLE, Json(problem)).into_response()
        }
    }
}

/// `GET /metrics` in the Prometheus text format: for this machine, and for whoever has the token of the configuration. For others it does
/// not exist.
pub async fn metrics(State(edge): State<SharedEdge>, request: Request) -> Response {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let by_token = match (&edge.metrics_token, bearer) {
        (Some(token), Some(given)) => same(token.expose(), given),
        _ => false,
    };
    // A proxy on this machine speaks for others.
    let proxied = request.headers().contains_key("x-forwarded-for") || request.headers().contains_key("forwarded");
    let local = request.extensions().get::<Peer>().is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    if !by_token && (proxied || !local) {
        return answer::refuse(&Problem::NotFound, request.headers());
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], edge.metrics.render()).into_response()
}

/// Compares without telling by the time it takes where the difference is.
fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_compared_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd"));
        assert!(!same("abc", "ab"));
    }
}
