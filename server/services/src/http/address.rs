//! Which addresses outgoing HTTP may reach.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use model::email::address::is_host_name;

use super::{Network, NoNetwork};

/// A host, address or network of the operator's own, which may be reached although it is private, and without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// By name, whatever it resolves to.
    Host(String),
    /// By address.
    Network(Network),
}

/// The text names no host, address or network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("each is a host name, an IP address, or a network such as 10.0.0.0/8")]
pub struct NotAllowable;

impl FromStr for Allowed {
    type Err = NotAllowable;

    fn from_str(text: &str) -> Result<Self, NotAllowable> {
        let parsed: Result<Network, NoNetwork> = text.parse();
        if let Ok(network) = parsed {
            return Ok(Self::Network(network));
        }
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        // A name without a dot is usual inside: `localhost`, `keycloak`.
        let sane = name.is_ascii() && is_host_name(&format!("{name}.x"));
        if sane { Ok(Self::Host(name)) } else { Err(NotAllowable) }
    }
}

/// The operator's exceptions.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions(pub Vec<Allowed>);

impl Exceptions {
    /// Whether a host is allowed by its name.
    pub fn name(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        self.0.iter().any(|one| matches!(one, Allowed::Host(name) if name.eq_ignore_ascii_case(host)))
    }

    /// Whether an address lies in an allowed network.
    pub fn address(&self, address: IpAddr) -> bool {
        self.0.iter().any(|one| matches!(one, Allowed::Network(network) if network.contains(address)))
    }
}

/// Whether an address belongs to the public internet: everything that IANA's special-purpose registries (RFC 6890) do not keep
/// for something else. Of IPv6 that is 2000::/3 without the parts that embed or tunnel IPv4, so neither mapped addresses
/// (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`), 6to4 nor Teredo lead around the table for IPv4.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    // The last one stands for 240.0.0.0/4, broadcast included.
    const RESERVED: &[([u8; 4], u32)] = &[
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 31, 196, 0], 24),
        ([192, 52, 193, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([192, 175, 48, 0], 24),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    let bits = address.to_bits();
    !RESERVED.iter().any(|(base, length)| (bits ^ u32::from_be_bytes(*base)).leading_zeros() >= *length)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    const RESERVED: &[(u128, u32)] = &[
        // IETF protocol assignments with Teredo and ORCHID, documentation (two), 6to4, direct delegation AS112.
        (0x2001 << 112, 23),
        (0x2001_0db8 << 96, 32),
        (0x3fff << 112, 20),
        (0x2002 << 112, 16),
        (0x2620_004f_8000 << 80, 48),
    ];
    let bits = address.to_bits();
    let global_unicast = bits >> 125 == 1;
    global_unicast && !RESERVED.iter().any(|(base, length)| (bits ^ base).leading_zeros() >= *length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let check = |text: &str, expected: bool| assert_eq!(is_public(text.parse().unwrap()), expected, "{text}");
        for public in ["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1"] {
            check(public, true);
        }
        for public in
            ["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.20.0.0", "223.255.255.255"]
        {
            check(public, true);
        }
        // Here, private, carrier NAT, loopback, link-local with the clouds' metadata services, documentation, benchmarks, multicast, reserved.
        for private in ["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"] {
            check(private, false);
        }
        for private in ["169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1"] {
            check(private, false);
        }
        for private in ["198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"]
        {
            check(private, false);
        }
        for public in ["2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2400:cb00::1", "2001:4860:4860::8888"] {
            check(public, true);
        }
        // Unspecified, loopback, mapped, compatible, NAT64 (both), discard, unique local with a cloud's metadata service, link-local,
        // site-local, multicast, Teredo, 6to4, documentation.
        for private in ["::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "100::1"] {
            check(private, false);
        }
        for private in ["fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2001::7f00:1", "2002:7f00:1::", "2001:db8::1", "3fff::1"] {
            check(private, false);
        }
    }

    #[test]
    fn exceptions_are_hosts_addresses_and_networks() {
        let check = |text: &str, good: bool| assert_eq!(text.parse::<Allowed>().is_ok(), good, "{text}");
        check("login.acme.internal", true);
        check("localhost", true);
        check("10.0.0.0/8", true);
        check("::1", true);
        check("10.0.0.0/40", false);
        check("https://login.acme.internal", false);
        check("a b", false);
        check("", false);
        check("*.acme.internal", false);
        let exceptions = Exceptions(vec!["Login.Acme.internal.".parse().unwrap(), "10.0.0.0/8".parse().unwrap()]);
        assert!(exceptions.name("login.acme.internal") && exceptions.name("LOGIN.acme.internal."));
        assert!(!exceptions.name("x.login.acme.internal"));
        assert!(exceptions.address([10, 1, 2, 3].into()) && !exceptions.address([11, 1, 2, 3].into()));
    }
}
