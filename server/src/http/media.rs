//! `GET /media/{link}`: files that customers sent, for whoever has the address (spec tenant-settings, "Secure handling of Inbound media files").

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use model::{Problem, media::API_KEY_HEADER};
use services::{
    ctx::secret,
    file::File,
    media::{self, Fetched, Media},
};

use super::{
    SharedEdge, answer,
    files::{self, About},
};

/// The path.
pub const MEDIA: &str = "/media/{link}";

/// Shown by itself, a file may do nothing, and nothing is loaded beside it.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
/// Shared caches must not keep what one person was sent; a browser asks again each time and is told by the `ETag` that nothing changed.
const PUBLIC: &str = "private, no-cache";
const BY_KEY: &str = "no-store";

/// The file, or the part of it that was asked for. **Public**: the address cannot be guessed, and an expired one needs the key in the header.
pub async fn fetch(State(edge): State<SharedEdge>, Path(link): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let info = edge.request_info(&parts);
    let key = parts.headers.get(API_KEY_HEADER).and_then(|value| value.to_str().ok()).map(|key| secret(key.to_owned()));
    let fetched = match media::fetch(&edge.services, &link, key, &info).await {
        Ok(fetched) => fetched,
        Err(fault) => return answer::refuse(&fault.into_problem(&info.request_id), &parts.headers),
    };
    match fetched {
        Fetched::Public(media, file) => serve(&parts, &media, file, PUBLIC).await,
        Fetched::Open(media, file, seconds) => serve(&parts, &media, file, &format!("private, max-age={seconds}")).await,
        Fetched::ByKey(media, file) => serve(&parts, &media, file, BY_KEY).await,
        Fetched::KeyNeeded { given } => key_needed(given, &parts.headers),
    }
}

async fn serve(parts: &Parts, media: &Media, file: File, cache: &str) -> Response {
    let (mimetype, inline) = files::harmless(&media.mimetype);
    let about = About { name: &media.name, mimetype, inline, version: &media.version };
    let mut response = match files::serve(&parts.method, &parts.headers, file, &about).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a file cannot be read");
            return answer::refuse(
                &Problem::Unavailable { what: "The file cannot be read at the moment. Try again shortly.".into() },
                &parts.headers,
            );
        }
    };
    let headers = response.headers_mut();
    if let Ok(cache) = HeaderValue::from_str(cache) {
        headers.insert(header::CACHE_CONTROL, cache);
    }
    // What is found under the address depends on the key.
    headers.insert(header::VARY, HeaderValue::from_static(API_KEY_HEADER));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // Other consoles show these files in pages of their own; that is what a public link is for.
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// 401 that says which header is missing.
fn key_needed(given: bool, headers: &HeaderMap) -> Response<Body> {
    let message = if given {
        format!("This link has expired, and the key in the header {API_KEY_HEADER} is not the profile key / media access key of its organisation.")
    } else {
        format!("This link has expired. Send the profile key / media access key in the header {API_KEY_HEADER}.")
    };
    let mut refusal = if answer::wants_page(headers) {
        answer::page_with(StatusCode::UNAUTHORIZED, &message)
    } else {
        Json(serde_json::json!({ "code": "key_needed", "message": message, "header": API_KEY_HEADER })).into_response()
    };
    *refusal.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = refusal.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(BY_KEY));
    headers.insert(header::VARY, HeaderValue::from_static(API_KEY_HEADER));
    // RFC 9110 section 11.6.1 wants a challenge with each 401; no registered scheme is a key in a header of its own.
    headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("MediaKey realm=\"inbound media\", header=\"x-imi-connect-media-api-key\""));
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_the_header_for_scripts_and_people() {
        for given in [false, true] {
            let answer = key_needed(given, &HeaderMap::new());
            assert_eq!((answer.status().as_u16(), answer.headers()[header::CACHE_CONTROL].to_str().unwrap()), (401, "no-store"));
            let challenge = answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
            assert!(challenge.contains(API_KEY_HEADER), "{challenge}");
        }
        let people = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("text/html"))]);
        let answer = key_needed(false, &people);
        assert!(answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    }
}
