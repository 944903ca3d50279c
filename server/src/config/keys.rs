//! The names of the configuration: one list for the file, the environment and the schema.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Name in `switchboard.toml`.
    pub name: &'static str,
    /// Name in the environment, which wins over the file.
    pub env: &'static str,
}

const fn key(name: &'static str, env: &'static str) -> Key {
    Key { name, env }
}

/// Every setting there is.
pub const KEYS: &[Key] = &[
    key("database_url", "DATABASE_URL"),
    key("database_url_file", "SWITCHBOARD_DATABASE_URL_FILE"),
    key("data_dir", "SWITCHBOARD_DATA_DIR"),
    key("http_addr", "SWITCHBOARD_HTTP_ADDR"),
    key("smtp_addr", "SWITCHBOARD_SMTP_ADDR"),
    key("public_url", "SWITCHBOARD_PUBLIC_URL"),
    key("inbound_domain", "SWITCHBOARD_INBOUND_DOMAIN"),
    key("mail_host_name", "SWITCHBOARD_MAIL_HOST_NAME"),
    key("smtp_tls_cert_file", "SWITCHBOARD_SMTP_TLS_CERT_FILE"),
    key("smtp_tls_key_file", "SWITCHBOARD_SMTP_TLS_KEY_FILE"),
    key("key_file", "SWITCHBOARD_KEY_FILE"),
    key("media_url", "SWITCHBOARD_MEDIA_URL"),
    key("dns_servers", "SWITCHBOARD_DNS_SERVERS"),
    key("trusted_proxies", "SWITCHBOARD_TRUSTED_PROXIES"),
    key("outbound_allow", "SWITCHBOARD_OUTBOUND_ALLOW"),
    key("metrics_token_file", "SWITCHBOARD_METRICS_TOKEN_FILE"),
    key("log_format", "SWITCHBOARD_LOG_FORMAT"),
    key("log_level", "SWITCHBOARD_LOG_LEVEL"),
    key("web_dir", "SWITCHBOARD_WEB_DIR"),
];

/// Variables of the checkout's own tools, which the service may meet in its environment and does not read.
const TOOL_VARIABLES: &[&str] = &["SWITCHBOARD_BIN", "SWITCHBOARD_CACHE"];
const TOOL_PREFIXES: &[&str] = &["SWITCHBOARD_TEST_", "SWITCHBOARD_BENCH_", "SWITCHBOARD_BUILD_"];

/// Whether a variable looks like ours and is not known.
pub fn is_unknown_variable(name: &str) -> bool {
    name.starts_with("SWITCHBOARD_")
        && !KEYS.iter().any(|key| key.env == name)
        && !TOOL_VARIABLES.contains(&name)
        && !TOOL_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The known name that is nearest to a mistyped one.
pub fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    known.min_by_key(|name| distance(typed, name)).unwrap_or_default()
}

/// How many letters must be inserted, removed or exchanged to make one name of the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (right, above) in to.iter().zip(row.iter().skip(1)) {
            let exchanged = diagonal + usize::from(left != *right);
            before = exchanged.min(before + 1).min(above + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_letters() {
        let check = |from: &str, to: &str, expected: usize| assert_eq!(distance(from, to), expected, "{from} {to}");
        check("", "", 0);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("http_adr", "http_addr", 1);
    }

    #[test]
    fn the_nearest_name_is_found() {
        assert_eq!(nearest("htp_addr", KEYS.iter().map(|key| key.name)), "http_addr");
        assert_eq!(nearest("SWITCHBOARD_SMTP_ADRESS", KEYS.iter().map(|key| key.env)), "SWITCHBOARD_SMTP_ADDR");
    }

    #[test]
    fn only_our_own_names_are_judged() {
        let check = |name: &str, expected: bool| assert_eq!(is_unknown_variable(name), expected, "{name}");
        check("PATH", false);
        check("SWITCHBOARD_HTTP_ADDR", false);
        check("SWITCHBOARD_HTTP_PORT", true);
        check("SWITCHBOARD_TEST_POSTGRES_URL", false);
    }
}
