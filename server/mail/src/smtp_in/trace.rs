//! The `Received` header every message gets in front (RFC 5321 §4.4).

use std::net::{IpAddr, SocketAddr};

/// What the header tells.
pub(super) struct Trace<'a> {
    pub helo: &'a str,
    pub remote: SocketAddr,
    pub host_name: &'a str,
    /// EHLO rather than HELO.
    pub extended: bool,
    pub tls: bool,
    pub smtputf8: bool,
    pub recipients: &'a [String],
    /// RFC 5322 date and time.
    pub timestamp: &'a str,
}

impl Trace<'_> {
    /// Appends the header with its CRLF. Text of the client's choice is cut down to what cannot break a header.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let address = match self.remote.ip().to_canonical() {
            IpAddr::V4(address) => format!("[{address}]"),
            IpAddr::V6(address) => format!("[IPv6:{address}]"),
        };
        let helo: String = self.helo.chars().take(255).map(|c| if is_host(c) { c } else { '?' }).collect();
        let (host_name, protocol) = (self.host_name, self.protocol());
        let recipient = match self.recipients {
            // A second name here would tell one recipient about another.
            [only] if only.chars().all(is_address) => format!("\r\n\tfor <{only}>"),
            _ => String::new(),
        };
        let timestamp = self.timestamp;
        out.extend_from_slice(
            format!("Received: from {helo} ({address})\r\n\tby {host_name} with {protocol}{recipient};\r\n\t{timestamp}\r\n").as_bytes(),
        );
    }

    /// The registered names of RFC 3848 and RFC 6531 §4.3.
    fn protocol(&self) -> &'static str {
        match (self.smtputf8, self.tls, self.extended) {
            (true, true, _) => "UTF8SMTPS",
            (true, false, _) => "UTF8SMTP",
            (false, true, _) => "ESMTPS",
            (false, false, true) => "ESMTP",
            (false, false, false) => "SMTP",
        }
    }
}

fn is_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']')
}

fn is_address(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.@[]:".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_header_no_client_can_break() {
        let check = |helo: &str, remote: &str, flags: (bool, bool, bool), recipients: &[&str], expected: &str| {
            let recipients: Vec<String> = recipients.iter().map(ToString::to_string).collect();
            let (extended, tls, smtputf8) = flags;
            let mut out = Vec::new();
            Trace {
                helo,
                remote: remote.parse().unwrap(),
                host_name: "mx.test",
                extended,
                tls,
                smtputf8,
                recipients: &recipients,
                timestamp: "Wed, 25 Sep 2019 13:33:00 +0100",
            }
            .write(&mut out);
            let expected = format!("{expected};\r\n\tWed, 25 Sep 2019 13:33:00 +0100\r\n");
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(
            "a.test",
            "192.0.2.1:25",
            (true, false, false),
            &["b@y.test"],
            "Received: from a.test ([192.0.2.1])\r\n\tby mx.test with ESMTP\r\n\tfor <b@y.test>",
        );
        check(
            "a (x)\u{fc};",
            "[2001:db8::1]:25",
            (true, true, false),
            &["b@y.test", "c@y.test"],
            "Received: from a??x??? ([IPv6:2001:db8::1])\r\n\tby mx.test with ESMTPS",
        );
        check(
            "[192.0.2.1]",
            "[::ffff:192.0.2.1]:25",
            (false, false, true),
            &["a b>@y.test"],
            "Received: from [192.0.2.1] ([192.0.2.1])\r\n\tby mx.test with UTF8SMTP",
        );
    }
}
