//! Refusals as answers: JSON for scripts, a small page for people.

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use model::Problem;

/// Whether the caller is a browser that shows what comes back.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accepted| accepted.contains("text/html"))
}

/// A refusal in the form the caller can use, with its status and, for "busy", `Retry-After`.
pub fn refuse(problem: &Problem, headers: &HeaderMap) -> Response<Body> {
    let mut answer = if wants_page(headers) { page(problem) } else { Json(problem).into_response() };
    *answer.status_mut() = status(problem);
    retry_after(problem, answer.headers_mut());
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The status of a problem.
pub fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Says when trying again makes sense.
pub fn retry_after(problem: &Problem, headers: &mut HeaderMap) {
    if let Problem::Busy { retry_after_seconds } = problem {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
    }
}

fn page(problem: &Problem) -> Response<Body> {
    page_with(status(problem), &problem.message())
}

/// A page for the moments in which the console itself cannot be shown. It needs nothing, not even its style sheet. The caller sets the status.
pub fn page_with(status: StatusCode, sentence: &str) -> Response<Body> {
    let sentence = escape(sentence);
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" \
         content=\"light dark\"><title>Switchboard</title></head><body><main><h1>{}</h1><p>{sentence}</p><p><a href=\"/\">Go to the console</a></p></main></body></html>",
        status.as_u16(),
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// For the routes of server functions: they are called by POST.
pub async fn method_not_allowed() -> Response<Body> {
    let body = serde_json::json!({"code": "method_not_allowed", "message": "Server functions are called by POST."});
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")], Json(body)).into_response()
}

/// `303 See Other`: after a post, the browser gets the page there.
pub fn see_other(path: &str) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    // A path that is no header value holds control characters, and `local_path` lets none through.
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    answer.headers_mut().insert(header::LOCATION, location);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_json_and_people_a_page() {
        let people = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("text/html,*/*"))]);
        let check = |headers: &HeaderMap, expected: &str| {
            let answer = refuse(&Problem::Busy { retry_after_seconds: 7 }, headers);
            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(answer.headers()[header::RETRY_AFTER], "7");
            assert!(answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with(expected));
        };
        check(&HeaderMap::new(), "application/json");
        check(&people, "text/html");
    }

    #[test]
    fn words_of_a_problem_are_no_markup() {
        assert_eq!(escape("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
