//! DNS questions with a time limit, behind one type that can be pointed at given name servers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Resolver, TokioResolver};

/// Time for one question with all its retries, unless [`Dns::with_timeout`] says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Answers are kept at most this long, so that "verify now" sees a record that was just changed.
const MAX_CACHED: Duration = Duration::from_secs(60);
/// "No such record" is kept at most this long: it is what people fix and then ask again.
const MAX_CACHED_NEGATIVE: Duration = Duration::from_secs(5);
const DNS_PORT: u16 = 53;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// The name does not exist or has no record of this type.
    #[error("no such DNS record")]
    NotFound,
    /// The name is not a DNS name, or the name servers cannot be reached or answer with an error.
    #[error("DNS lookup failed: {0}")]
    Resolver(String),
    /// No answer in time.
    #[error("DNS lookup timed out")]
    Timeout,
}

/// A mail exchanger of a domain (RFC 5321 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MxRecord {
    /// Lower is tried first.
    pub preference: u16,
    /// Host name without trailing dot; empty for the null MX of RFC 7505 (the domain takes no mail).
    pub exchange: String,
}

/// A resolver. Clones are cheap and share its cache. Must be used within a Tokio runtime.
#[derive(Clone)]
pub struct Dns {
    resolver: TokioResolver,
    timeout: Duration,
}

impl Dns {
    /// Asks the name servers of the system's configuration; without one those of this machine, as resolv.conf(5) says.
    /// Refuses with [`DnsError::Resolver`] when no resolver can be made.
    #[expect(clippy::disallowed_methods, reason = "the one place where a resolver is made")]
    pub fn system() -> Result<Self, DnsError> {
        match TokioResolver::builder_tokio() {
            Ok(mut builder) => {
                adjust(builder.options_mut());
                Ok(Self { resolver: builder.build().map_err(explain)?, timeout: DEFAULT_TIMEOUT })
            }
            Err(_) => Self::with_name_servers(&[SocketAddr::from((Ipv4Addr::LOCALHOST, DNS_PORT))]),
        }
    }

    /// Asks these name servers, over UDP and where needed TCP. The hosts file is still read first.
    /// Refuses with [`DnsError::Resolver`] when the list is empty.
    pub fn with_name_servers(servers: &[SocketAddr]) -> Result<Self, DnsError> {
        if servers.is_empty() {
            return Err(DnsError::Resolver("no name servers are given".to_owned()));
        }
        let on_port = |mut connection: ConnectionConfig, port| {
            connection.port = port;
            connection
        };
        let server = |address: &SocketAddr| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
            let connections = connections.map(|connection| on_port(connection, address.port())).into();
            NameServerConfig::new(address.ip(), true, connections)
        };
        let config = ResolverConfig::from_name_servers(servers.iter().map(server).collect());
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        adjust(builder.options_mut());
        Ok(Self { resolver: builder.build().map_err(explain)?, timeout: DEFAULT_TIMEOUT })
    }

    /// The same resolver with another time for each question.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The addresses of a host, IPv4 first. Also takes an address as text, and names of the hosts file.
    pub async fn lookup_ip(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return Ok(vec![address]);
        }
        let found = tokio::time::timeout(self.timeout, self.resolver.lookup_ip(host)).await;
        let mut addresses: Vec<IpAddr> = found.map_err(|_| DnsError::Timeout)?.map_err(explain)?.iter().collect();
        addresses.sort_by_key(IpAddr::is_ipv6);
        addresses.dedup();
        some(addresses)
    }

    /// The mail exchangers of a domain, best first.
    pub async fn mx(&self, domain: &str) -> Result<Vec<MxRecord>, DnsError> {
        let found = self.lookup(domain, RecordType::MX).await?;
        let mut exchangers: Vec<MxRecord> = rdata(&found)
            .filter_map(|data| match data {
                RData::MX(mx) => Some(MxRecord { preference: mx.preference, exchange: text_of(&mx.exchange) }),
                _ => None,
            })
            .collect();
        exchangers.sort();
        some(exchangers)
    }

    /// The TXT records of a name, each with its strings joined (RFC 7208 §3.3); bytes that are no UTF-8 are replaced.
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, DnsError> {
        let found = self.lookup(name, RecordType::TXT).await?;
        let texts = rdata(&found).filter_map(|data| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        });
        some(texts.collect())
    }

    /// The name this one is an alias of, without trailing dot.
    pub async fn cname(&self, name: &str) -> Result<String, DnsError> {
        let found = self.lookup(name, RecordType::CNAME).await?;
        let target = rdata(&found).find_map(|data| match data {
            RData::CNAME(target) => Some(text_of(target)),
            _ => None,
        });
        target.ok_or(DnsError::NotFound)
    }

    /// Always for the name as it stands: a domain is never to be found below the machine's own search domains.
    async fn lookup(&self, name: &str, kind: RecordType) -> Result<Lookup, DnsError> {
        let mut name = Name::from_utf8(name).map_err(|error| DnsError::Resolver(error.to_string()))?;
        name.set_fqdn(true);
        let found = tokio::time::timeout(self.timeout, self.resolver.lookup(name, kind)).await;
        found.map_err(|_| DnsError::Timeout)?.map_err(explain)
    }
}

fn adjust(options: &mut ResolverOpts) {
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.positive_max_ttl = Some(MAX_CACHED);
    options.negative_max_ttl = Some(MAX_CACHED_NEGATIVE);
}

fn rdata(found: &Lookup) -> impl Iterator<Item = &RData> {
    found.answers().iter().map(|record| &record.data)
}

fn text_of(name: &Name) -> String {
    name.to_utf8().trim_end_matches('.').to_owned()
}

fn some<T>(found: Vec<T>) -> Result<Vec<T>, DnsError> {
    if found.is_empty() { Err(DnsError::NotFound) } else { Ok(found) }
}

fn explain(error: NetError) -> DnsError {
    match error {
        error if error.is_no_records_found() => DnsError::NotFound,
        NetError::Timeout => DnsError::Timeout,
        error => DnsError::Resolver(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
