//! Settings as text, before they mean anything: from the file and the environment.

use std::{collections::BTreeMap, path::Path};

use schemars::JsonSchema;

use super::{
    ConfigError,
    keys::{KEYS, is_unknown_variable, nearest},
};

/// `switchboard.toml`. Every key is optional; the variable named in brackets wins over the file.
#[derive(JsonSchema)]
#[schemars(title = "switchboard.toml", deny_unknown_fields, rename_all = "snake_case")]
#[expect(dead_code, reason = "read by the schema alone: values are taken as text by their names, so that each can be refused with a sentence")]
pub struct FileSchema {
    /// [DATABASE_URL] `sqlite://PATH` or `postgres://USER@HOST/NAME`. Default: `sqlite://<data_dir>/switchboard.db`. A password belongs
    /// into the variable or into `database_url_file`.
    database_url: Option<String>,
    /// [SWITCHBOARD_DATABASE_URL_FILE] A file that holds the database URL.
    database_url_file: Option<String>,
    /// [SWITCHBOARD_DATA_DIR] Folder of everything kept on disk. Default: `data`.
    data_dir: Option<String>,
    /// [SWITCHBOARD_HTTP_ADDR] Address and port of the console and the API. Default: `127.0.0.1:3000`; port 0 takes a free one.
    http_addr: Option<String>,
    /// [SWITCHBOARD_SMTP_ADDR] Address and port that take forwarded mail, or `off`. Default: `127.0.0.1:2525`.
    smtp_addr: Option<String>,
    /// [SWITCHBOARD_PUBLIC_URL] Where people reach the console; `https://…` makes cookies secure. Default: `http://<http_addr>`.
    public_url: Option<String>,
    /// [SWITCHBOARD_INBOUND_DOMAIN] Domain of the forwarding addresses. Default: `inbound.localhost`.
    inbound_domain: Option<String>,
    /// [SWITCHBOARD_MAIL_HOST_NAME] Name of this machine in SMTP. Default: the inbound domain.
    mail_host_name: Option<String>,
    /// [SWITCHBOARD_SMTP_TLS_CERT_FILE] Certificate chain (PEM) for STARTTLS. Default: a self-signed one.
    smtp_tls_cert_file: Option<String>,
    /// [SWITCHBOARD_SMTP_TLS_KEY_FILE] Its private key (PEM).
    smtp_tls_key_file: Option<String>,
    /// [SWITCHBOARD_KEY_FILE] Keys that encrypt secrets at rest. Default: `<data_dir>/secret.key`, made at the first start.
    key_file: Option<String>,
    /// [SWITCHBOARD_MEDIA_URL] Where files are kept: `file:PATH`. Default: `file:<data_dir>/blobs`.
    media_url: Option<String>,
    /// [SWITCHBOARD_DNS_SERVERS] Name servers, `IP` or `IP:PORT`. Default: those of the system. Commas in the variable.
    dns_servers: Option<Vec<String>>,
    /// [SWITCHBOARD_TRUSTED_PROXIES] Reverse proxies whose `X-Forwarded-For` is believed, as addresses or networks. Commas in the variable.
    trusted_proxies: Option<Vec<String>>,
    /// [SWITCHBOARD_OUTBOUND_ALLOW] Hosts, addresses and networks of your own that outgoing HTTP (single sign-on) may reach although they are
    /// private, and without TLS too. Default: none, so that only public https addresses are reached. Commas in the variable.
    outbound_allow: Option<Vec<String>>,
    /// [SWITCHBOARD_METRICS_TOKEN_FILE] A file with the bearer token for `/metrics` from other machines. Without it only this machine may read them.
    metrics_token_file: Option<String>,
    /// [SWITCHBOARD_LOG_FORMAT] `text` or `json`. Default: `text`.
    log_format: Option<String>,
    /// [SWITCHBOARD_LOG_LEVEL] `error`, `warn`, `info`, `debug`, or a filter such as `info,services=debug`. Default: `info`.
    log_level: Option<String>,
    /// [SWITCHBOARD_WEB_DIR] Folder of a web build to serve instead of the one inside the binary.
    web_dir: Option<String>,
}

/// Where a setting was found, for sentences.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its text; lists are joined by commas.
    pub text: String,
    /// `the variable X` or `the key x in FILE`.
    pub place: String,
}

/// All settings that were given.
#[derive(Clone, Debug, Default)]
pub struct Raw(BTreeMap<&'static str, Found>);

impl Raw {
    /// Reads the file (when there is one) and lays the environment over it.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that cannot be read or is no TOML, for an unknown key or variable, and for a value that is no text.
    pub fn read(file: Option<(&Path, String)>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut raw = Self::default();
        if let Some((path, text)) = file {
            raw.take_file(path, &text)?;
        }
        for (name, text) in environment {
            if is_unknown_variable(&name) {
                let nearest = nearest(&name, KEYS.iter().map(|key| key.env));
                return Err(ConfigError::UnknownVariable { name, nearest });
            }
            // An empty variable is one that somebody cleared: it counts as not given.
            if let Some(key) = KEYS.iter().find(|key| key.env == name).filter(|_| !text.is_empty()) {
                raw.0.insert(key.name, Found { text, place: format!("the variable {name}") });
            }
        }
        Ok(raw)
    }

    fn take_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let file = path.display().to_string();
        let table: toml::Table =
            text.parse().map_err(|why: toml::de::Error| ConfigError::NotToml { file: file.clone(), why: why.message().to_owned() })?;
        for (name, value) in table {
            let Some(key) = KEYS.iter().find(|key| key.name == name) else {
                let nearest = nearest(&name, KEYS.iter().map(|key| key.name));
                return Err(ConfigError::UnknownKey { name, file, nearest });
            };
            let place = format!("the key {name} in {file}");
            let text = as_text(&value)
                .ok_or_else(|| ConfigError::Value { place: place.clone(), why: "it is a text in quotes, or a list of them".into() })?;
            self.0.insert(key.name, Found { text, place });
        }
        Ok(())
    }

    /// A setting, if it was given.
    pub fn get(&self, name: &'static str) -> Option<&Found> {
        self.0.get(name)
    }
}

fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(items) => Some(items.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>()?.join(",")),
        _ => None,
    }
}
