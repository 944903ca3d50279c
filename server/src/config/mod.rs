//! The configuration: `switchboard.toml` and the environment, checked before anything starts.

mod keys;
mod parse;
mod raw;

#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use store::SecretText;

pub use keys::{KEYS, Key};
pub use raw::FileSchema;
pub use services::http::Network;

/// Name of the file that is read when none is named.
pub const DEFAULT_FILE: &str = "switchboard.toml";

/// Why the configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{file} cannot be read: {source}")]
    Unreadable {
        /// Path.
        file: String,
        /// Cause.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{file} is not valid TOML: {why}")]
    NotToml {
        /// Path.
        file: String,
        /// From the parser.
        why: String,
    },
    /// The file has a key that does not exist.
    #[error("there is no setting `{name}` (in {file}); the nearest is `{nearest}`")]
    UnknownKey {
        /// As written.
        name: String,
        /// Path.
        file: String,
        /// The known key most like it.
        nearest: &'static str,
    },
    /// The environment has a variable that looks like ours and does not exist.
    #[error("there is no variable {name}; the nearest is {nearest}")]
    UnknownVariable {
        /// As written.
        name: String,
        /// The known variable most like it.
        nearest: &'static str,
    },
    /// A value does not fit.
    #[error("{place} does not fit: {why}")]
    Value {
        /// Which.
        place: String,
        /// What it has to be. Never repeats the value: it may be a secret.
        why: String,
    },
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// The checked configuration.
pub struct Config {
    /// May hold a password.
    pub database_url: SecretText,
    /// Folder of everything kept on disk.
    pub data_dir: PathBuf,
    /// HTTP.
    pub http_addr: SocketAddr,
    /// SMTP in; `None` when it is off.
    pub smtp_addr: Option<SocketAddr>,
    /// Without a slash at the end; `None` means "the HTTP address".
    pub public_url: Option<String>,
    /// Domain of forwarding addresses, lower-case.
    pub inbound_domain: String,
    /// Name of this machine in SMTP.
    pub mail_host_name: String,
    /// Certificate chain and key for STARTTLS.
    pub smtp_tls: Option<(PathBuf, PathBuf)>,
    /// Keys of the secret box.
    pub key_file: PathBuf,
    /// Folder of the blob store.
    pub blob_dir: PathBuf,
    /// Name servers; empty for the system's.
    pub dns_servers: Vec<SocketAddr>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Hosts and networks of the operator's own that outgoing HTTP may reach, without TLS too.
    pub outbound_allow: Vec<services::http::Allowed>,
    /// Lets other machines read `/metrics`.
    pub metrics_token: Option<SecretText>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// Filter in the syntax of `tracing_subscriber::EnvFilter`.
    pub log_level: String,
    /// A web build to serve instead of the embedded one.
    pub web_dir: Option<PathBuf>,
}

impl Config {
    /// Reads and checks everything. Without `file`, `switchboard.toml` in the working folder is read when it exists.
    ///
    /// # Errors
    /// [`ConfigError`] with the sentence to print.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or_else(|| Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Some((path, text)),
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(ConfigError::Unreadable { file: path.display().to_string(), source }),
        };
        // Variables that are no UTF-8 cannot be ours: every value here is text.
        let environment = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::from_raw(&raw::Raw::read(text, environment)?)
    }

    /// The JSON Schema of `switchboard.toml`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(FileSchema).to_value()
    }

    /// Whether session cookies are for https only.
    pub fn secure(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}
