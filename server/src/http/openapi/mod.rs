//! `GET /openapi.json`: the public REST interface.

mod profile_schemas;
mod profiles;
mod schemas;

use axum::Json;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use schemas::{Refusal, Reply, SendMessage};

/// The document. Server functions are the console's own and are not part of it.
#[derive(OpenApi)]
#[openapi(
    info(title = "Switchboard", description = "Send mail from scripts, fetch what customers sent, keep customers' profiles, and watch the service.", license(name = "AGPL-3.0-or-later")),
    paths(
        send_message,
        inbound_media,
        profiles::create_profiles,
        profiles::update_profiles,
        profiles::get_profiles,
        profiles::get_profile,
        profiles::delete_profiles,
        profiles::delete_profile,
        profiles::profile_status,
        healthz,
        readyz
    ),
    modifiers(&Keys)
)]
struct Document;

/// `Authorization: Bearer <API token>`, and the profile key.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token of a user, made on the account page or by `switchboard token create`."))
            .build();
        let key =
            ApiKeyValue::with_description("key", "The organisation's profile key, on the page of its settings. The header `secretKey` is read too.");
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        components.add_security_scheme("profileKey", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

/// Answers with the document.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

#[utoipa::path(
    post,
    path = "/v2/messages",
    summary = "Send mail",
    description = "Takes a message and answers once it is stored. It is sent soon after, in pieces of one mail each unless `multipleToRecipients` is set.",
    params((
        "Idempotency-Key" = Option<String>, Header,
        description = "1 to 200 printable characters. A second request with the same key and body gets the first answer and sends nothing."
    )),
    request_body = SendMessage,
    responses(
        (status = 201, description = "Stored; it will be sent.", body = Reply),
        (status = 400, description = "A parameter is missing (7003) or not accepted (7004), or the body is no JSON object (7000).", body = Refusal),
        (status = 401, description = "No token, or one that is revoked.", body = Refusal),
        (status = 404, description = "The token may not send mail.", body = Refusal),
        (status = 409, description = "The key was used with another body.", body = Refusal),
        (status = 413, description = "The message is larger than allowed (7535).", body = Refusal),
        (status = 503, description = "The database does not answer; try again.", body = Refusal)
    ),
    security(("token" = ["email.send"]))
)]
#[expect(dead_code, reason = "carries the description of the route; `messages::send` answers")]
fn send_message() {}

#[utoipa::path(
    get,
    path = "/media/{link}",
    summary = "Fetch a file that a customer sent",
    description = "The address stands beside each received file. A public link works for ever; a short-lived one until its expiry, and afterwards with the profile key / media access key in the header.",
    params(
        ("link" = String, Path, description = "As the address has it."),
        ("x-imi-connect-media-api-key" = Option<String>, Header, description = "The profile key / media access key; needed once the link has expired."),
        ("Range" = Option<String>, Header, description = "One range of bytes (RFC 9110).")
    ),
    responses(
        (status = 200, description = "The file.", content_type = "application/octet-stream"),
        (status = 206, description = "The part that was asked for.", content_type = "application/octet-stream"),
        (status = 304, description = "The caller has it already."),
        (status = 401, description = "The link has expired, and there was no key or a wrong one. The answer names the header.", body = Refusal),
        (status = 404, description = "No such link, or it was taken back.", body = Refusal),
        (status = 416, description = "The file has no such part."),
        (status = 429, description = "Too many wrong keys; `Retry-After` says how long to wait.", body = Refusal),
        (status = 503, description = "The database does not answer; try again.", body = Refusal)
    )
)]
#[expect(dead_code, reason = "carries the description of the route; `media::fetch` answers")]
fn inbound_media() {}

#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "The process answers.", body = String)))]
#[expect(dead_code, reason = "carries the description of the route; `system::healthz` answers")]
fn healthz() {}

#[utoipa::path(get, path = "/readyz", responses(
    (status = 200, description = "The process reaches its database.", body = String),
    (status = 503, description = "It does not.", body = Refusal)
))]
#[expect(dead_code, reason = "carries the description of the route; `system::readyz` answers")]
fn readyz() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_path_is_served() {
        for path in Document::openapi().paths.paths.keys() {
            assert!(crate::http::routes::REST.iter().any(|route| route.path == path), "{path}");
        }
    }
}
