//! `switchboard.toml` and the environment.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::switchboard::{Database, Setup};

use crate::fresh;

/// A start that has to be refused, with what the sentence has to name. Nothing may have been made by then.
fn check(setup: Setup, expected: &[&str]) -> Result<()> {
    for command in [&["migrate"][..], &["serve"], &["doctor"]] {
        let printed = setup.refused(command, "")?;
        for word in expected {
            ensure!(printed.contains(word), "{command:?} does not name {word}:\n{printed}");
        }
        ensure!(printed.lines().filter(|line| line.starts_with("switchboard: ")).count() == 1, "one sentence:\n{printed}");
        ensure!(!printed.contains("hunter2"), "a value that may be a secret is repeated:\n{printed}");
    }
    ensure!(!setup.folder.join("switchboard.db").exists(), "a refused start made a database");
    Ok(())
}

#[test]
fn unknown_and_bad_variables_are_named() -> Result<()> {
    let table: &[(&str, &str, &[&str])] = &[
        ("SWITCHBOARD_HTTP_PORT", "3000", &["SWITCHBOARD_HTTP_PORT", "SWITCHBOARD_HTTP_ADDR"]),
        ("SWITCHBOARD_SMPT_ADDR", "127.0.0.1:1", &["SWITCHBOARD_SMPT_ADDR", "SWITCHBOARD_SMTP_ADDR"]),
        ("SWITCHBOARD_HTTP_ADDR", "3000", &["SWITCHBOARD_HTTP_ADDR", "127.0.0.1:3000"]),
        ("SWITCHBOARD_SMTP_ADDR", "localhost:25", &["SWITCHBOARD_SMTP_ADDR"]),
        ("SWITCHBOARD_PUBLIC_URL", "desk.example", &["SWITCHBOARD_PUBLIC_URL", "https://"]),
        ("SWITCHBOARD_PUBLIC_URL", "https://desk.example/console", &["SWITCHBOARD_PUBLIC_URL"]),
        ("SWITCHBOARD_INBOUND_DOMAIN", "in bound", &["SWITCHBOARD_INBOUND_DOMAIN"]),
        ("SWITCHBOARD_MEDIA_URL", "ftp://x", &["SWITCHBOARD_MEDIA_URL", "file:"]),
        ("SWITCHBOARD_DNS_SERVERS", "dns.example", &["SWITCHBOARD_DNS_SERVERS"]),
        ("SWITCHBOARD_TRUSTED_PROXIES", "10.0.0.0/99", &["SWITCHBOARD_TRUSTED_PROXIES"]),
        ("SWITCHBOARD_METRICS_TOKEN_FILE", "/nowhere/token", &["SWITCHBOARD_METRICS_TOKEN_FILE"]),
        ("SWITCHBOARD_LOG_FORMAT", "xml", &["SWITCHBOARD_LOG_FORMAT", "text", "json"]),
        ("SWITCHBOARD_SMTP_TLS_CERT_FILE", "/nowhere/cert", &["SWITCHBOARD_SMTP_TLS_CERT_FILE", "smtp_tls_key_file"]),
        ("DATABASE_URL", "mysql://root:hunter2@127.0.0.1/x", &["DATABASE_URL", "sqlite://", "postgres://"]),
    ];
    for (name, value, expected) in table {
        let (_folder, setup) = fresh(Database::Sqlite)?;
        check(setup.with(name, *value), expected).with_context(|| format!("{name}={value}"))?;
    }
    Ok(())
}

#[test]
fn unknown_and_bad_keys_of_the_file_are_named() -> Result<()> {
    let table: &[(&str, &[&str])] = &[
        ("htp_addr = \"127.0.0.1:1\"", &["htp_addr", "http_addr", "switchboard.toml"]),
        ("[http]\naddr = \"127.0.0.1:1\"", &["`http`", "switchboard.toml"]),
        ("log_format = \"xml\"", &["log_format", "switchboard.toml", "json"]),
        ("log_format = 1", &["log_format", "switchboard.toml"]),
        ("dns_servers = [\"127.0.0.1\", \"x\"]", &["dns_servers"]),
        ("trusted_proxies = [\"proxy.example\"]", &["trusted_proxies"]),
        ("this is no toml", &["switchboard.toml", "TOML"]),
    ];
    for (text, expected) in table {
        let (_folder, setup) = fresh(Database::Sqlite)?;
        std::fs::write(setup.folder.join("switchboard.toml"), text)?;
        check(setup, expected).with_context(|| (*text).to_owned())?;
    }
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let printed = setup.refused(&["--config", "elsewhere.toml", "migrate"], "")?;
    ensure!(printed.contains("elsewhere.toml"), "{printed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_wins_over_the_file() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    std::fs::write(setup.folder.join("switchboard.toml"), "http_addr = \"127.0.0.1:1\"\nlog_format = \"json\"\ninbound_domain = \"file.example\"\n")?;
    let server = setup.serve().await?;
    server.browser()?.get("/healthz").await?;
    let log = server.process.output();
    let line =
        log.lines().find(|line| line.contains("\"route\":\"/healthz\"")).with_context(|| format!("the file's log format is not used:\n{log}"))?;
    let line: Value = serde_json::from_str(line)?;
    ensure!(line["status"] == 200 && line["request_id"].as_str().is_some_and(|id| id.len() == 36), "{line}");
    Ok(())
}

#[test]
fn the_schema_names_every_key() -> Result<()> {
    let (_folder, setup) = fresh(Database::Sqlite)?;
    let schema: Value = serde_json::from_str(&setup.run(&["config", "schema"], "")?)?;
    ensure!(schema["additionalProperties"] == false, "the schema lets unknown keys pass");
    let properties = schema["properties"].as_object().context("properties")?;
    let documented = [
        "DATABASE_URL",
        "SWITCHBOARD_DATA_DIR",
        "SWITCHBOARD_HTTP_ADDR",
        "SWITCHBOARD_SMTP_ADDR",
        "SWITCHBOARD_PUBLIC_URL",
        "SWITCHBOARD_INBOUND_DOMAIN",
        "SWITCHBOARD_KEY_FILE",
        "SWITCHBOARD_MEDIA_URL",
    ];
    for variable in documented {
        let described =
            properties.values().any(|property| property["description"].as_str().is_some_and(|text| text.starts_with(&format!("[{variable}]"))));
        ensure!(described, "{variable} is not in the schema");
    }
    let keys: Vec<_> = server::config::KEYS.iter().map(|key| key.name).collect();
    let mut named: Vec<_> = properties.keys().map(String::as_str).collect();
    let mut expected = keys.clone();
    named.sort_unstable();
    expected.sort_unstable();
    assert_eq!(named, expected);
    Ok(())
}
