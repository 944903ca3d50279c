//! From text to meaning, with a sentence for each value that does not fit.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use store::SecretText;

use super::{
    Config, ConfigError, LogFormat,
    raw::{Found, Raw},
};

impl Config {
    /// Gives the settings their meaning and fills in what was not given.
    pub(super) fn from_raw(raw: &Raw) -> Result<Self, ConfigError> {
        let data_dir = path(raw, "data_dir").unwrap_or_else(|| PathBuf::from("data"));
        let inbound_domain = match raw.get("inbound_domain") {
            Some(found) => domain(found)?,
            None => "inbound.localhost".into(),
        };
        let mail_host_name = raw.get("mail_host_name").map(domain).transpose()?.unwrap_or_else(|| inbound_domain.clone());
        Ok(Self {
            database_url: database_url(raw, &data_dir)?,
            http_addr: raw.get("http_addr").map(socket_address).transpose()?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000))),
            smtp_addr: match raw.get("smtp_addr") {
                Some(found) if found.text == "off" => None,
                Some(found) => Some(socket_address(found)?),
                None => Some(SocketAddr::from(([127, 0, 0, 1], 2525))),
            },
            public_url: raw.get("public_url").map(public_url).transpose()?,
            inbound_domain,
            mail_host_name,
            smtp_tls: smtp_tls(raw)?,
            key_file: path(raw, "key_file").unwrap_or_else(|| data_dir.join("secret.key")),
            blob_dir: raw.get("media_url").map(file_url).transpose()?.unwrap_or_else(|| data_dir.join("blobs")),
            dns_servers: list(raw, "dns_servers", name_server)?,
            trusted_proxies: list(raw, "trusted_proxies", |text| text.parse().map_err(|why: services::http::NoNetwork| why.to_string()))?,
            outbound_allow: list(raw, "outbound_allow", |text| text.parse().map_err(|why: services::http::NotAllowable| why.to_string()))?,
            metrics_token: raw.get("metrics_token_file").map(secret_file).transpose()?,
            log_format: match raw.get("log_format") {
                None => LogFormat::Text,
                Some(found) => match found.text.as_str() {
                    "text" => LogFormat::Text,
                    "json" => LogFormat::Json,
                    _ => return Err(refuse(found, "it is `text` or `json`")),
                },
            },
            log_level: raw.get("log_level").map(log_level).transpose()?.unwrap_or_else(|| "info".into()),
            web_dir: path(raw, "web_dir"),
            data_dir,
        })
    }
}

fn refuse(found: &Found, why: impl Into<String>) -> ConfigError {
    ConfigError::Value { place: found.place.clone(), why: why.into() }
}

fn path(raw: &Raw, name: &'static str) -> Option<PathBuf> {
    raw.get(name).map(|found| PathBuf::from(&found.text))
}

fn database_url(raw: &Raw, data_dir: &Path) -> Result<SecretText, ConfigError> {
    let (found, url) = match (raw.get("database_url_file"), raw.get("database_url")) {
        // The variable is the contract's name for it, so it wins over a file named in the file.
        (Some(found), url) if url.is_none_or(|url| !url.place.starts_with("the variable")) => (found, secret_file(found)?),
        (_, Some(found)) => {
            let from_file = !found.place.starts_with("the variable");
            if from_file && has_password(&found.text) {
                return Err(refuse(found, "a password does not belong into this file; set DATABASE_URL, or name a file in database_url_file"));
            }
            (found, SecretText::from(found.text.clone()))
        }
        _ => return Ok(SecretText::from(format!("sqlite://{}", data_dir.join("switchboard.db").display()))),
    };
    let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme));
    if known { Ok(url) } else { Err(refuse(found, "it is sqlite://PATH or postgres://USER@HOST/NAME")) }
}

/// `scheme://user:password@host`.
fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || url.contains("password=")
}

fn socket_address(found: &Found) -> Result<SocketAddr, ConfigError> {
    found.text.parse().map_err(|_| refuse(found, "it is an IP address and a port, such as 127.0.0.1:3000 or [::]:3000"))
}

fn public_url(found: &Found) -> Result<String, ConfigError> {
    let url = found.text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '\\', '"']) && host.is_ascii();
    if plain { Ok(url.to_owned()) } else { Err(refuse(found, "it is http:// or https:// with a host and perhaps a port, and no path")) }
}

fn domain(found: &Found) -> Result<String, ConfigError> {
    let text = found.text.trim_end_matches('.').to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() <= 253 && text.split('.').all(label) { Ok(text) } else { Err(refuse(found, "it is a host name such as mail.example.com")) }
}

fn smtp_tls(raw: &Raw) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
    match (raw.get("smtp_tls_cert_file"), raw.get("smtp_tls_key_file")) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some((PathBuf::from(&cert.text), PathBuf::from(&key.text)))),
        (Some(found), None) => Err(refuse(found, "it needs smtp_tls_key_file beside it")),
        (None, Some(found)) => Err(refuse(found, "it needs smtp_tls_cert_file beside it")),
    }
}

fn file_url(found: &Found) -> Result<PathBuf, ConfigError> {
    let path = found.text.strip_prefix("file:").map(|path| path.strip_prefix("//").unwrap_or(path));
    match path {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ if found.text.starts_with("s3://") => Err(refuse(found, "this release keeps files in a folder: file:PATH")),
        _ => Err(refuse(found, "it is file:PATH")),
    }
}

fn secret_file(found: &Found) -> Result<SecretText, ConfigError> {
    let text = std::fs::read_to_string(&found.text).map_err(|error| refuse(found, format!("the file cannot be read ({error})")))?;
    let text = text.trim();
    if text.is_empty() { Err(refuse(found, "the file is empty")) } else { Ok(SecretText::from(text)) }
}

fn log_level(found: &Found) -> Result<String, ConfigError> {
    let parsed: Result<tracing_subscriber::EnvFilter, _> = found.text.parse();
    match parsed {
        Ok(_) => Ok(found.text.clone()),
        Err(_) => Err(refuse(found, "it is error, warn, info, debug, trace, or a filter such as info,services=debug")),
    }
}

fn name_server(text: &str) -> Result<SocketAddr, String> {
    let whole = text.parse().or_else(|_| text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53)));
    whole.map_err(|_| "each is an IP address, with or without a port".to_owned())
}

fn list<T>(raw: &Raw, name: &'static str, one: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, ConfigError> {
    let Some(found) = raw.get(name) else { return Ok(Vec::new()) };
    let items = found.text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| one(item).map_err(|why| refuse(found, why))).collect()
}
