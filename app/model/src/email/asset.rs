//! Email assets: one support address, the SMTP route its mail leaves by, and the address its mail is forwarded to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::address::check_email_address;
use crate::{FieldProblem, auth::check_name, ids::AssetId, time::Stamp};

/// How the SMTP connection is secured (spec email-channel: "SSL or STARTTLS if required, otherwise leave it as None").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// No encryption.
    None,
    /// Upgrade after EHLO (RFC 3207); refused when the server does not offer it.
    #[default]
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Ssl,
}

impl Security {
    /// In the order of the form.
    pub const ALL: &'static [Self] = &[Self::None, Self::StartTls, Self::Ssl];

    /// The stored and posted word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "start_tls",
            Self::Ssl => "ssl",
        }
    }

    /// As the spec writes it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::StartTls => "STARTTLS",
            Self::Ssl => "SSL",
        }
    }

    /// The usual port.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Ssl => 465,
        }
    }
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// The text names no kind of security.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("security is none, start_tls or ssl")]
pub struct UnknownSecurity;

impl FromStr for Security {
    type Err = UnknownSecurity;

    fn from_str(text: &str) -> Result<Self, UnknownSecurity> {
        Self::ALL.iter().copied().find(|one| one.word() == text).ok_or(UnknownSecurity)
    }
}

/// What the asset form posts. The password is write-only: empty on an edit means "keep the one that is set".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssetForm {
    /// A user-friendly name.
    pub name: String,
    /// The support address customers write to.
    pub email_address: String,
    /// Host name or IP address of the SMTP server.
    pub smtp_host: String,
    /// Port as typed.
    pub smtp_port: String,
    /// Word of [`Security`].
    pub security: String,
    /// User name; empty for no authentication.
    pub username: String,
    /// New password; empty keeps the present one.
    pub password: String,
    /// Name shown beside the address in outgoing mail.
    pub from_name: String,
    /// Connections at once, 1 to 32, as typed; empty means 4.
    pub max_connections: String,
}

/// An [`AssetForm`] that passed [`AssetForm::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedAsset {
    /// Trimmed.
    pub name: String,
    /// Lower-cased.
    pub email_address: String,
    /// Trimmed, lower-cased.
    pub smtp_host: String,
    /// 1 to 65535.
    pub smtp_port: u16,
    /// Kind.
    pub security: Security,
    /// Trimmed; empty for none.
    pub username: String,
    /// Trimmed.
    pub from_name: String,
    /// 1 to 32.
    pub max_connections: u16,
}

/// Connections at once when the form leaves it empty.
pub const DEFAULT_CONNECTIONS: u16 = 4;

impl AssetForm {
    /// Checks every field at once.
    ///
    /// # Errors
    /// All refused fields in the order of the form.
    pub fn check(&self) -> Result<CheckedAsset, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut refuse = |field: &str, message: &str| problems.push(FieldProblem { field: field.into(), message: message.into() });
        if let Err(why) = check_email_address(&self.email_address) {
            refuse("email_address", &why.to_string());
        }
        let smtp_host = self.smtp_host.trim().to_lowercase();
        if let Some(why) = check_smtp_host(&smtp_host) {
            refuse("smtp_host", why);
        }
        let smtp_port = self.smtp_port.trim().parse::<u16>().ok().filter(|port| *port > 0);
        if smtp_port.is_none() {
            refuse("smtp_port", "The port is a number from 1 to 65535; 587 for STARTTLS, 465 for SSL.");
        }
        let security = if self.security.is_empty() { Some(Security::default()) } else { self.security.parse().ok() };
        if security.is_none() {
            refuse("security", "Choose None, STARTTLS or SSL.");
        }
        if self.username.chars().any(char::is_control) || self.username.len() > 320 {
            refuse("username", "The user name has at most 320 characters and no line breaks.");
        }
        if self.username.trim().is_empty() && !self.password.is_empty() {
            refuse("username", "A password needs a user name; enter it, or leave both empty for a server without authentication.");
        }
        if self.password.len() > 1024 || self.password.contains(['\r', '\n', '\0']) {
            refuse("password", "The password has at most 1024 bytes and no line breaks.");
        }
        if self.from_name.chars().any(char::is_control) || self.from_name.chars().count() > 120 {
            refuse("from_name", "The sender's name has at most 120 characters and no line breaks.");
        }
        let connections = match self.max_connections.trim() {
            "" => Some(DEFAULT_CONNECTIONS),
            typed => typed.parse().ok().filter(|n| (1..=32).contains(n)),
        };
        if connections.is_none() {
            refuse("max_connections", "Connections at once is a number from 1 to 32.");
        }
        check_name("name", "asset", &self.name, &mut problems);
        let order = ["name", "email_address", "from_name", "smtp_host", "smtp_port", "security", "username", "password", "max_connections"];
        problems.sort_by_key(|problem| order.iter().position(|field| *field == problem.field));
        match (smtp_port, security, connections) {
            (Some(smtp_port), Some(security), Some(max_connections)) if problems.is_empty() => Ok(CheckedAsset {
                name: self.name.trim().to_owned(),
                email_address: super::address::normalise(&self.email_address),
                smtp_host,
                smtp_port,
                security,
                username: self.username.trim().to_owned(),
                from_name: self.from_name.trim().to_owned(),
                max_connections,
            }),
            _ => Err(problems),
        }
    }
}

/// A sentence when `host` is neither a host name nor an IP address.
pub fn check_smtp_host(host: &str) -> Option<&'static str> {
    if host.is_empty() {
        return Some("Enter the SMTP server, for example smtp.example.com.");
    }
    if host.contains("://") || host.contains('/') {
        return Some("Enter the host name alone, without http:// or a path.");
    }
    if host.parse::<std::net::IpAddr>().is_ok() || host == "localhost" || super::address::is_host_name(host) {
        return None;
    }
    Some("This is not a host name such as smtp.example.com; the port has its own field.")
}

/// An asset as pages and the API show it. The password never leaves the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Id.
    pub id: AssetId,
    /// Name.
    pub name: String,
    /// Support address.
    pub email_address: String,
    /// Where a forwarding rule must send its mail.
    pub forwarding_address: String,
    /// Sender's name.
    pub from_name: String,
    /// SMTP server.
    pub smtp_host: String,
    /// Port.
    pub smtp_port: u16,
    /// Security.
    pub security: Security,
    /// User name.
    pub username: String,
    /// When the password was set, if one is.
    pub password_set: Option<Stamp>,
    /// Connections at once.
    pub max_connections: u16,
    /// Sends and receives; an inactive asset refuses both.
    pub active: bool,
    /// Raised by each edit; an edit of an older one is refused.
    pub version: i64,
    /// When it was made.
    pub created: Stamp,
    /// First forwarded mail seen, if any: the forwarding rule works.
    pub forwarding_seen: Option<Stamp>,
    /// A provider asks to confirm the forwarding rule.
    pub confirmation: Option<Confirmation>,
}

/// A forwarding confirmation that arrived (spec email-channel: the OTP that Gmail sends).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// `Gmail`, or the sender's domain.
    pub provider: String,
    /// The code to type there, if the mail holds one.
    pub code: Option<String>,
    /// The link to open, if the mail holds one.
    pub link: Option<String>,
    /// When it arrived.
    pub received: Stamp,
}

/// What goes when an asset is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetDependents {
    /// Mails waiting to be sent.
    pub queued_messages: i64,
    /// Mails sent or failed.
    pub finished_messages: i64,
    /// Received mails.
    pub inbound_mails: i64,
    /// Conversations.
    pub threads: i64,
    /// Schedules that send from it and still run: they stay, and their runs fail until another address is chosen.
    pub schedules: i64,
}

/// One step of the connection test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeStep {
    /// `DNS`, `TCP`, `TLS`, `EHLO`, `AUTH`, `MAIL FROM`.
    pub name: String,
    /// How it went.
    pub outcome: ProbeOutcome,
    /// Milliseconds it took.
    pub millis: u64,
    /// A sentence, with the cure when it failed.
    pub detail: String,
    /// The server's own lines, secrets redacted.
    pub server_words: Vec<String>,
}

/// How a step of the connection test went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// As it should be.
    Ok,
    /// Works, with something to know.
    Warning,
    /// Does not work.
    Failed,
    /// Not reached, or not needed.
    Skipped,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> AssetForm {
        AssetForm {
            name: "Support".into(),
            email_address: "Support@Acme.example".into(),
            smtp_host: "smtp.acme.example".into(),
            smtp_port: "587".into(),
            security: "start_tls".into(),
            ..AssetForm::default()
        }
    }

    #[test]
    fn a_good_form_is_normalised() {
        let checked = form().check().unwrap();
        assert_eq!(checked.email_address, "support@acme.example");
        assert_eq!((checked.smtp_port, checked.security, checked.max_connections), (587, Security::StartTls, DEFAULT_CONNECTIONS));
    }

    #[test]
    fn every_bad_field_is_named_in_form_order() {
        let check = |edit: fn(&mut AssetForm), expected: &[&str]| {
            let mut form = form();
            edit(&mut form);
            let fields: Vec<_> = form.check().err().unwrap_or_default().into_iter().map(|p| p.field).collect();
            assert_eq!(fields, expected);
        };
        check(|f| f.name.clear(), &["name"]);
        check(|f| f.smtp_port = "70000".into(), &["smtp_port"]);
        check(|f| f.smtp_port = "0".into(), &["smtp_port"]);
        check(|f| f.smtp_host = "https://smtp.acme.example".into(), &["smtp_host"]);
        check(|f| f.smtp_host = "smtp.acme.example:587".into(), &["smtp_host"]);
        check(|f| f.password = "secret".into(), &["username"]);
        check(|f| f.max_connections = "99".into(), &["max_connections"]);
        check(|f| *f = AssetForm::default(), &["name", "email_address", "smtp_host", "smtp_port"]);
    }
}
