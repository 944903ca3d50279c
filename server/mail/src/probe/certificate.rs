use serde::Serialize;
use x509_parser::{extensions::GeneralName, parse_x509_certificate, x509::X509Name};

/// Names beyond this many are left out.
const MAX_NAMES: usize = 100;

/// What a server's certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateFacts {
    /// Agreed protocol, e.g. `TLS 1.3`.
    pub protocol: String,
    /// Host names and IP addresses it was issued for (subject alternative names; else the common name).
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// From when it holds.
    pub begins_unix_seconds: i64,
    /// Until when it holds.
    pub expires_unix_seconds: i64,
    /// Whether one of the names is the host's.
    pub name_matches: bool,
    /// Whether chain, time and name were all accepted.
    pub trusted: bool,
}

impl CertificateFacts {
    pub(super) fn read(der: &[u8], host: &str, protocol: &str, trusted: bool) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let mut names: Vec<String> = certificate
            .subject_alternative_name()
            .ok()
            .flatten()
            .map(|san| san.value.general_names.iter().filter_map(name_of).take(MAX_NAMES).collect())
            .unwrap_or_default();
        if names.is_empty() {
            names.extend(common_name(certificate.subject()));
        }
        Some(Self {
            protocol: protocol.to_owned(),
            name_matches: names.iter().any(|name| covers(name, host)),
            names,
            issuer: common_name(certificate.issuer()).unwrap_or_else(|| tidy(&certificate.issuer().to_string())),
            begins_unix_seconds: certificate.validity().not_before.timestamp(),
            expires_unix_seconds: certificate.validity().not_after.timestamp(),
            trusted,
        })
    }

    pub(super) fn names_in_words(&self) -> String {
        if self.names.is_empty() {
            return "no name at all".into();
        }
        let mut words = self.names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        if self.names.len() > 5 {
            words.push_str(&format!(" and {} more", self.names.len() - 5));
        }
        words
    }
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(tidy(name)),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(std::net::IpAddr::from);
            let sixteen = || <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from);
            four.or_else(|_| sixteen()).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    name.iter_common_name().next().and_then(|cn| cn.as_str().ok()).map(tidy)
}

fn tidy(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(255).collect()
}

/// RFC 6125 section 6.4.3: a wildcard stands for exactly one label, the leftmost. Only for showing; rustls decides.
fn covers(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((_, rest))) => parent.eq_ignore_ascii_case(rest),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn wildcards_stand_for_one_label() {
        assert!(covers("*.example.org", "smtp.example.org"));
        assert!(covers("SMTP.example.org", "smtp.EXAMPLE.org"));
        assert!(!covers("*.example.org", "a.b.example.org"));
        assert!(!covers("*.example.org", "example.org"));
        assert!(!covers("mail.example.org", "smtp.example.org"));
    }
}
