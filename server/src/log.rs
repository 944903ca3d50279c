//! The log: structured lines on standard error.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::config::{Config, LogFormat};

/// Crates whose finer lines hold what passes through them: words of mails, bytes of connections, values of statements. No body and no secret
/// belongs into a log, whatever level somebody asks for, so these stop at warnings.
const TALKATIVE: &[&str] = &[
    "html5ever=warn",
    "markup5ever=warn",
    "ammonia=warn",
    "selectors=warn",
    "cssparser=warn",
    "mail_parser=warn",
    "rustls=warn",
    "hyper=warn",
    "hyper_util=warn",
    "sqlx=warn",
    "sqlx_core=warn",
    "sqlx_postgres=warn",
    "sqlx_sqlite=warn",
    "server_fn=warn",
    "leptos=warn",
    "leptos_axum=warn",
];

/// Starts logging. Called once, before anything that logs.
pub fn start(config: &Config) {
    // The configuration has parsed the filter already.
    let filter = EnvFilter::try_new(&config.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let quiet = TALKATIVE.iter().filter_map(|directive| directive.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let base = tracing_subscriber::registry().with(filter);
    let started = match config.log_format {
        LogFormat::Text => {
            base.with(fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).with_target(false)).try_init()
        }
        LogFormat::Json => base.with(fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(std::io::stderr)).try_init(),
    };
    if started.is_err() {
        // Somebody (a test) has set a subscriber already: theirs is used.
        tracing::debug!("the log was started before");
    }
}
