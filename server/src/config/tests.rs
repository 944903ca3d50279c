//! What is accepted, what is refused, and in which words.

use std::path::Path;

use super::{raw::Raw, *};

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let file = (!file.is_empty()).then(|| (Path::new("switchboard.toml"), file.to_owned()));
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_raw(&Raw::read(file, environment)?)
}

fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn nothing_given_is_a_working_configuration() {
    let config = load("", &[]).unwrap();
    assert_eq!(config.database_url.expose(), "sqlite://data/switchboard.db");
    assert_eq!(config.http_addr.to_string(), "127.0.0.1:3000");
    assert_eq!(config.smtp_addr.map(|addr| addr.to_string()).as_deref(), Some("127.0.0.1:2525"));
    assert_eq!(config.key_file, Path::new("data/secret.key"));
    assert_eq!(config.blob_dir, Path::new("data/blobs"));
    assert!(!config.secure());
}

#[test]
fn the_environment_wins_over_the_file() {
    let config = load("http_addr = \"127.0.0.1:4000\"\ndata_dir = \"/srv/sb\"", &[("SWITCHBOARD_HTTP_ADDR", "127.0.0.1:0")]).unwrap();
    assert_eq!(config.http_addr.port(), 0);
    assert_eq!(config.database_url.expose(), "sqlite:///srv/sb/switchboard.db");
}

#[test]
fn lists_are_lists_in_the_file_and_commas_in_the_environment() {
    let config = load("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]", &[("SWITCHBOARD_DNS_SERVERS", "127.0.0.1:5353, 9.9.9.9")]).unwrap();
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!(config.dns_servers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["127.0.0.1:5353", "9.9.9.9:53"]);
}

#[test]
fn own_hosts_and_networks_may_be_reached_from_inside() {
    let config = load("", &[("SWITCHBOARD_OUTBOUND_ALLOW", "10.1.0.0/16, login.acme.internal")]).unwrap();
    assert_eq!(config.outbound_allow.len(), 2);
    let refusal = refusal("outbound_allow = [\"https://login.acme.internal/\"]", &[]);
    assert!(refusal.contains("a host name, an IP address, or a network"), "{refusal}");
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known_one() {
    assert_eq!(refusal("http_adr = \"x\"", &[]), "there is no setting `http_adr` (in switchboard.toml); the nearest is `http_addr`");
    assert_eq!(refusal("", &[("SWITCHBOARD_PUBLIC_URI", "x")]), "there is no variable SWITCHBOARD_PUBLIC_URI; the nearest is SWITCHBOARD_PUBLIC_URL");
}

#[test]
fn values_that_do_not_fit_are_named() {
    let check = |file: &str, environment: &[(&str, &str)], words: &str| {
        let refusal = refusal(file, environment);
        assert!(refusal.contains(words), "{refusal:?} does not say {words:?}");
    };
    check("http_addr = 3000", &[], "the key http_addr in switchboard.toml does not fit");
    check("", &[("SWITCHBOARD_HTTP_ADDR", "3000")], "the variable SWITCHBOARD_HTTP_ADDR does not fit: it is an IP address and a port");
    check("", &[("SWITCHBOARD_PUBLIC_URL", "https://x.example/console")], "no path");
    check("", &[("SWITCHBOARD_INBOUND_DOMAIN", "not a domain")], "host name");
    check("", &[("DATABASE_URL", "mysql://x")], "it is sqlite://PATH or postgres://");
    check("", &[("SWITCHBOARD_MEDIA_URL", "s3://bucket")], "file:PATH");
    check("smtp_tls_cert_file = \"a\"", &[], "smtp_tls_key_file");
    check("log_format = \"xml\"", &[], "`text` or `json`");
    check("this is no toml", &[], "not valid TOML");
}

#[test]
fn a_password_in_the_file_is_refused_without_repeating_it() {
    let refusal = refusal("database_url = \"postgres://sb:hunter2@db/sb\"", &[]);
    assert!(refusal.contains("DATABASE_URL"), "{refusal}");
    assert!(!refusal.contains("hunter2"), "{refusal}");
    assert!(load("", &[("DATABASE_URL", "postgres://sb:hunter2@db/sb")]).is_ok());
}

#[test]
fn https_makes_cookies_secure() {
    assert!(load("", &[("SWITCHBOARD_PUBLIC_URL", "https://desk.example/")]).unwrap().secure());
}

#[test]
fn the_schema_lists_exactly_the_known_keys() {
    let schema = Config::schema();
    let mut listed: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let mut known: Vec<_> = KEYS.iter().map(|key| key.name.to_owned()).collect();
    listed.sort();
    known.sort();
    assert_eq!(listed, known);
    for key in KEYS {
        let text = schema["properties"][key.name]["description"].as_str().unwrap();
        assert!(text.starts_with(&format!("[{}]", key.env)), "{}: {text}", key.name);
    }
}
