//! `POST /api/<room>/<verb>`: server functions for the console, for scripts, and for plain forms.

use app::shell::{Flash, ROOMS, RequestState, Typed, endpoint_guard, local_path};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use leptos::prelude::provide_context;
use model::Problem;
use server_fn::error::SERVER_FN_ERROR_HEADER;

use super::{SharedEdge, answer, caller::admit, flash, form, limits, observe::LoggedTenant, pages::VISIT_ENDED};

const FORM: &str = "application/x-www-form-urlencoded";
/// Largest answer of a server function, in bytes; they are pages of lists, never files.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A post by a browser without script: what to do with the outcome.
struct Plain {
    /// What was posted, if it was a URL-encoded form.
    fields: Vec<(String, String)>,
    /// Where to go when it is done.
    next: String,
    /// Where the form stands.
    back: String,
}

/// Runs a server function.
pub async fn call(State(edge): State<SharedEdge>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let wants_page = answer::wants_page(&parts.headers);
    let plain = wants_page.then(|| Plain::of(&parts));
    let outcome = run(&edge, &path, parts.clone(), body, plain).await;
    match outcome {
        Ok(answer) => answer,
        Err(problem) => answer::refuse(&problem, &parts.headers),
    }
}

async fn run(edge: &SharedEdge, path: &str, mut parts: Parts, body: Body, plain: Option<Plain>) -> Result<Response, Problem> {
    let endpoint = ROOMS.iter().flat_map(|room| room.endpoints).find(|endpoint| endpoint.path == path).ok_or(Problem::NotFound)?;
    let state = edge.request_state(&parts, Some(endpoint.path)).await?;
    let tenant = state.principal.as_deref().map(|principal| LoggedTenant(principal.tenant()));
    let (mut plain, known) = (plain, tenant.is_some());
    let answer = match admit(endpoint_guard(path).ok_or(Problem::NotFound)?, &state) {
        Ok(()) => {
            let body = prepare(path, &mut parts, body, plain.as_mut()).await?;
            serve(state, parts, body).await?
        }
        Err(Problem::Unauthenticated) if plain.is_some() => {
            let visited = edge.visit_cookie(&parts.headers).is_some();
            return Ok(answer::see_other(if visited { VISIT_ENDED } else { "/sign-in" }));
        }
        Err(problem) => return Err(problem),
    };
    let mut answer = match plain {
        Some(plain) => plain.finish(edge, endpoint.path, answer, known).await,
        None => answer.into_response(),
    };
    if let Some(tenant) = tenant {
        answer.extensions_mut().insert(tenant);
    }
    Ok(answer)
}

/// Turns JSON into a form, and remembers the fields of a plain form. Uploads pass through untouched; their functions tell what was typed.
async fn prepare(path: &str, parts: &mut Parts, body: Body, plain: Option<&mut Plain>) -> Result<Body, Problem> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // The function answers with its value; what becomes of it is decided here.
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if kind == "multipart/form-data" {
        return Ok(body);
    }
    let bytes = body.collect().await.map_err(|error| limits::unreadable(path, &error))?.to_bytes();
    let form = match kind.as_str() {
        "application/json" => form::from_json(&bytes).map_err(|why| Problem::field("", why.to_string()))?,
        FORM | "" => String::from_utf8(bytes.to_vec()).map_err(|_| Problem::field("", "The form is not UTF-8."))?,
        _ => return Err(Problem::field("", format!("Send application/json or {FORM}."))),
    };
    if let Some(plain) = plain {
        plain.fields = form::fields(&form);
    }
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Body::from(form))
}

/// What a server function answered.
struct Answer {
    headers: HeaderMap,
    /// JSON.
    body: Bytes,
    problem: Option<Problem>,
    /// What was typed into a form with files.
    typed: Vec<(String, String)>,
}

async fn serve(state: RequestState, mut parts: Parts, body: Body) -> Result<Answer, Problem> {
    let reference = state.info.request_id.clone();
    parts.extensions.insert(state.clone());
    let request = Request::from_parts(parts, body);
    let typed = Typed::default();
    let context = {
        let typed = typed.clone();
        move || {
            provide_context(state.clone());
            provide_context(typed.clone());
        }
    };
    let response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    let (mut parts, body) = response.into_parts();
    let failed = parts.headers.remove(SERVER_FN_ERROR_HEADER).is_some();
    let body = http_body_util::Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|_| {
        tracing::error!(reference, "the answer of a server function is larger than allowed");
        Problem::Internal { reference: reference.clone() }
    })?;
    let body = body.to_bytes();
    let ok = parts.status.is_success() || parts.status.is_redirection();
    let problem = match (failed || !ok, serde_json::from_slice(&body)) {
        (false, _) => None,
        (true, Ok(Problem::Internal { reference: known })) if known.is_empty() => Some(Problem::Internal { reference }),
        (true, Ok(problem)) => Some(problem),
        // The framework's own refusals are plain text.
        (true, Err(_)) => Some(Problem::Internal { reference }),
    };
    Ok(Answer { headers: parts.headers, body, problem, typed: typed.take() })
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(problem) = self.problem {
            *response.status_mut() = answer::status(&problem);
            answer::retry_after(&problem, response.headers_mut());
            // Whatever the reference was filled in with is told to the caller too.
            *response.body_mut() = Body::from(serde_json::to_vec(&problem).unwrap_or_default());
        }
        response
    }
}

impl Plain {
    fn of(parts: &Parts) -> Self {
        // Uploads are not read here, so their `_next` stands in the address.
        let query = form::fields(parts.uri.query().unwrap_or_default());
        let next = form::field(&query, "_next").unwrap_or_default().to_owned();
        let referrer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let back = referrer.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|slash| rest.get(slash..))).unwrap_or("/");
        Self { fields: Vec::new(), next, back: local_path(back).into_owned() }
    }

    /// `303` to the next page, or back to the form, with what has to be told there.
    async fn finish(self, edge: &SharedEdge, endpoint: &'static str, answer: Answer, known: bool) -> Response {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let next = form::field(&self.fields, "_next").unwrap_or(&self.next).to_owned();
        let done = answer.problem.is_none();
        let flash = Flash {
            endpoint: endpoint.to_owned(),
            kept: if done { Vec::new() } else { self.fields.into_iter().chain(answer.typed).filter(|(name, _)| may_be_kept(name)).collect() },
            answer: (done && worth_carrying(&body)).then(|| body.clone()),
            problem: answer.problem,
        };
        let target = match (done, next.is_empty()) {
            (true, false) => local_path(&with_id(&next, &body)).into_owned(),
            _ => self.back,
        };
        let mut response = answer::see_other(&target);
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            response.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        let cookie = flash::leave(&edge.services, flash, known, edge.secure).await;
        if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// Secrets are typed again rather than carried around.
fn may_be_kept(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.starts_with('_') && name != "code" && !["password", "secret", "token"].iter().any(|word| name.contains(word))
}

/// `null` says nothing.
fn worth_carrying(body: &str) -> bool {
    !body.is_empty() && body != "null"
}

/// Puts what a function returned into the address: its id in `/email/{id}`, and any text of an object by its name in `/email/{kind}/{id}`.
/// `{answer}` alone is the path that the function returned.
fn with_id(next: &str, body: &str) -> String {
    if next == "{answer}" {
        return serde_json::from_str(body).unwrap_or_default();
    }
    if !next.contains('{') {
        return next.to_owned();
    }
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let id = [Some(&value), value.get("id"), value.get(0)].into_iter().flatten().find_map(|value| value.as_str()).unwrap_or_default();
    let mut next = put(next, "id", id);
    for (name, text) in value.as_object().into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?))) {
        next = put(&next, name, text);
    }
    next
}

fn put(next: &str, name: &str, text: &str) -> String {
    let mut escaped = String::new();
    form::escape_into(&mut escaped, text);
    next.replace(&format!("{{{name}}}"), &escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_finds_its_place() {
        let check = |next: &str, body: &str, expected: &str| assert_eq!(with_id(next, body), expected, "{next} {body}");
        check("/email/{id}", "\"0190\"", "/email/0190");
        check("/email/{id}/x", r#"{"id":"a/b"}"#, "/email/a%2Fb/x");
        check("/email/{id}", r#"["one","two"]"#, "/email/one");
        check("/email", "\"0190\"", "/email");
        check("/email/{id}", "null", "/email/");
        check("/email/{kind}/{id}", r#"{"kind":"schedules","id":"0190"}"#, "/email/schedules/0190");
        check("/email/{kind}", r#"{"kind":"a/{id}","id":"0190"}"#, "/email/a%2F%7Bid%7D");
        check("{answer}", "\"/sign-in/second?next=%2Fx\"", "/sign-in/second?next=%2Fx");
        check("{answer}", "null", "");
    }

    #[test]
    fn secrets_are_not_kept() {
        let check = |name: &str, expected: bool| assert_eq!(may_be_kept(name), expected, "{name}");
        check("email", true);
        check("new_password", false);
        check("clientSecret", false);
        check("token", false);
        check("code", false);
        check("postcode", true);
        check("_next", false);
    }

    #[test]
    fn the_way_back_is_a_path_of_ours() {
        let back = |referrer: &str| {
            let request = Request::builder().uri("/api/x/y").header(header::REFERER, referrer).body(Body::empty()).unwrap();
            Plain::of(&request.into_parts().0).back
        };
        assert_eq!(back("https://desk.example/email?tab=log"), "/email?tab=log");
        assert_eq!(back("https://desk.example"), "/");
        assert_eq!(back("https://evil.example//other.example/"), "/");
        assert_eq!(back("rubbish"), "/");
    }
}
