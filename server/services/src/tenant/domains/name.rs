//! One domain: from what a person types to what is stored, and back.

use std::net::IpAddr;

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

/// Names that can never be the domain of a mailbox (RFC 6761, 6762, 7686, 9476; `arpa` is infrastructure, RFC 3172). Their
/// relative `example` (RFC 2606) stays allowed: documentation, demonstrations and tests live there. Public suffixes such as
/// `co.uk` are not told from others: that takes a list which changes weekly, and nobody has an address there.
const RESERVED: &[&str] = &["localhost", "local", "test", "invalid", "onion", "alt", "arpa"];

/// The stored form of a domain: lower-case A-labels (RFC 5891 section 4, by UTS 46 without deviations).
///
/// # Errors
/// A sentence that names the entry and the cure.
pub(super) fn parse(typed: &str) -> Result<String, String> {
    let text = typed.trim();
    let text = text.strip_prefix('@').unwrap_or(text);
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.contains('*') {
        return Err(format!("{typed}: there are no wildcards here. Every domain counts exactly as it stands, so enter each one."));
    }
    if text.contains("://") || text.contains('/') {
        return Err(format!("{typed}: enter the domain alone, without https:// and without a path."));
    }
    if text.contains('@') {
        return Err(format!("{typed}: enter only what stands after the @."));
    }
    if text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() || text.starts_with('[') {
        return Err(format!("{typed} is an IP address; enter a domain such as example.com."));
    }
    let ascii = to_ascii(text).ok_or_else(|| format!("{typed} is not a domain; enter one such as example.com."))?;
    match ascii.rsplit_once('.') {
        None if RESERVED.contains(&ascii.as_str()) => Err(reserved(typed)),
        None => Err(format!("{typed} is not a full domain; enter one such as example.com.")),
        Some((_, top)) if RESERVED.contains(&top) => Err(reserved(typed)),
        Some((_, top)) if top.bytes().all(|byte| byte.is_ascii_digit()) => Err(format!("{typed} is not a domain; enter one such as example.com.")),
        Some(_) => Ok(ascii),
    }
}

fn reserved(typed: &str) -> String {
    format!("{typed} is reserved: no mailbox can have this domain. Remove it.")
}

/// A-labels, lower-case; `None` when the text is no host name.
pub(super) fn to_ascii(text: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify).ok()?;
    Some(ascii.into_owned())
}

/// U-labels for people; the A-labels where they do not decode.
pub(super) fn shown(ascii: &str) -> String {
    let (text, good) = Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::Check);
    if good.is_ok() { text.into_owned() } else { ascii.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_lowered_and_encoded() {
        let check = |typed: &str, stored: &str| assert_eq!(parse(typed).as_deref(), Ok(stored), "{typed}");
        check("connect.com", "connect.com");
        check(" Connect.COM. ", "connect.com");
        check("@connect.com", "connect.com");
        check("abc.connect.com", "abc.connect.com");
        check("Köln.example", "xn--kln-sna.example");
        check("xn--kln-sna.example", "xn--kln-sna.example");
        check("XN--KLN-SNA.example", "xn--kln-sna.example");
        check("faß.example", "xn--fa-hia.example");
        check("例え.example", "xn--r8jz45g.example");
        check("co.uk", "co.uk");
        check("acme.example", "acme.example");
    }

    #[test]
    fn what_is_no_domain_is_refused_with_the_cure() {
        let check = |typed: &str, words: &str| {
            let refused = parse(typed).expect_err(typed);
            assert!(refused.contains(words), "{typed}: {refused}");
        };
        check("*.connect.com", "no wildcards");
        check("https://connect.com", "without https://");
        check("connect.com/path", "without a path");
        check("ann@connect.com", "after the @");
        check("192.0.2.1", "IP address");
        check("[192.0.2.1]", "IP address");
        check("2001:db8::1", "IP address");
        check("1.2.3", "not a domain");
        check("connect", "not a full domain");
        check("", "not a");
        check("a..example", "not a domain");
        check("-a.example", "not a domain");
        check("a_b.example", "not a domain");
        check("xn--zzzzzz99999.example", "not a domain");
        check(&format!("{}.example", "a".repeat(64)), "not a domain");
        check("localhost", "reserved");
        check("office.localhost", "reserved");
        check("printer.local", "reserved");
        check("x.invalid", "reserved");
        check("x.test", "reserved");
        check("x.onion", "reserved");
        check("1.0.0.10.in-addr.arpa", "reserved");
    }

    #[test]
    fn people_read_their_own_letters() {
        let check = |ascii: &str, expected: &str| assert_eq!(shown(ascii), expected);
        check("xn--kln-sna.example", "köln.example");
        check("acme.example", "acme.example");
        check("xn--zzzzzz99999.example", "xn--zzzzzz99999.example");
    }
}
