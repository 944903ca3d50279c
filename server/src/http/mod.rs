//! HTTP: what is served, in which order a request passes what guards it.
//!
//! From the outside in: observe (request id, log, metrics, panics, headers), compress, time and size limits, CSRF, then the route. Who is
//! asking is found out by the routes that need it ([`caller`]), once.

mod answer;
mod api;
pub mod caller;
mod csrf;
mod downloads;
mod events;
mod files;
mod flash;
mod form;
mod headers;
mod limits;
pub mod listen;
mod mail_files;
mod media;
mod messages;
mod observe;
mod openapi;
mod pages;
mod people_files;
mod profiles;
pub mod routes;
mod sso;
mod system;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Extensions, HeaderMap, StatusCode, Version},
    middleware::{from_fn, from_fn_with_state},
    routing::{any, delete, get, post, put},
};
use metrics_exporter_prometheus::PrometheusHandle;
use services::Services;
use store::SecretText;
use tokio_util::sync::CancellationToken;
use tower_http::compression::{
    CompressionLayer, CompressionLevel,
    predicate::{DefaultPredicate, Predicate},
};

use crate::{assets::Assets, config::Network};

pub use csrf::EXEMPT as CSRF_EXEMPT;
pub use events::OpenPages;

/// What every request works with.
pub struct Edge {
    /// Use cases.
    pub services: Services,
    /// The console's files.
    pub assets: Assets,
    /// Session cookies are for https only.
    pub secure: bool,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Lets other machines read `/metrics`.
    pub metrics_token: Option<SecretText>,
    /// The counters.
    pub metrics: PrometheusHandle,
    /// The pages that hear live events.
    pub open_pages: Arc<OpenPages>,
    /// Ends what would otherwise stay open.
    pub shutdown: CancellationToken,
}

/// The shared form of [`Edge`].
pub type SharedEdge = Arc<Edge>;

/// Files go out as they are.
fn may_be_compressed(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<files::Verbatim>().is_none()
}

/// The whole service. Every route here stands in [`routes::REST`] too.
pub fn router(edge: SharedEdge) -> Router {
    Router::new()
        .route("/healthz", get(system::healthz))
        .route("/readyz", get(system::readyz))
        .route("/metrics", get(system::metrics))
        .route("/openapi.json", get(openapi::document))
        .route(events::EVENTS, get(events::events))
        .route(downloads::AUDIT_CSV, get(downloads::audit_csv))
        .route(people_files::PEOPLE_CSV, get(people_files::people_csv))
        .route(people_files::IMPORT_TEMPLATE, get(people_files::import_template))
        .route(people_files::IMPORT_PROBLEMS, get(people_files::import_problems))
        .route(downloads::AUDIT_JSON, get(downloads::audit_json))
        .route(downloads::LOG_CSV, get(downloads::log_csv))
        .route(mail_files::ATTACHMENT, get(mail_files::attachment))
        .route(mail_files::INBOUND_HTML, get(mail_files::inbound_html))
        .route(mail_files::INBOUND_RAW, get(mail_files::inbound_raw))
        .route(mail_files::MESSAGE_HTML, get(mail_files::message_html))
        .route(media::MEDIA, get(media::fetch))
        .route(messages::MESSAGES, post(messages::send))
        .route(profiles::PROFILES, post(profiles::create))
        .route(profiles::PROFILES, put(profiles::update))
        .route(profiles::PROFILES, get(profiles::get_many))
        .route(profiles::PROFILES, delete(profiles::delete_many))
        .route(profiles::PROFILE, get(profiles::get_one))
        .route(profiles::PROFILE, delete(profiles::delete_one))
        .route(profiles::STATUS, get(profiles::status))
        .route(profiles::PROFILES_SLASH, post(profiles::create))
        .route(profiles::PROFILES_SLASH, put(profiles::update))
        .route(profiles::PROFILES_SLASH, get(profiles::get_many))
        .route(profiles::PROFILES_SLASH, delete(profiles::delete_many))
        .route(profiles::STATUS_SLASH, get(profiles::status_of_none))
        .route(downloads::PROFILES_CSV, get(downloads::profiles_csv))
        .route(sso::START, get(sso::start))
        .route(sso::CALLBACK, get(sso::callback))
        .route(sso::TEST, get(sso::test))
        .route("/api/{*path}", post(api::call).fallback(answer::method_not_allowed))
        .fallback(any(pages::answer))
        .with_state(Arc::clone(&edge))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(&edge), csrf::check))
        .layer(from_fn(limits::enforce))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(DefaultPredicate::new().and(may_be_compressed)))
        .layer(from_fn_with_state(edge, observe::observe))
}
