//! Outgoing HTTP to addresses that people type: the one factory of clients (no other place makes one).
//!
//! What an address leads to is decided where the connection is made: names are resolved by our [`Dns`], the answer is filtered,
//! and exactly what is left is connected to, for every hop of a redirect anew. So a name that changes its mind between a check
//! and a call (DNS rebinding) gains nothing. `https` reaches the public internet and the operator's exceptions; plain `http`
//! reaches the exceptions alone. No proxy, no cookies, no compression; times, redirects and sizes are bounded.

mod address;
mod network;

#[cfg(test)]
mod tests;

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use mail::{
    dns::{Dns, DnsError},
    smtp_out::TlsSettings,
};
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_LENGTH, LOCATION},
    redirect::Policy,
};

pub use address::{Allowed, NotAllowable, is_public};
pub use network::{Network, NoNetwork};
pub use reqwest::{
    Method, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};

use address::Exceptions;

/// Time for a connection with its TLS handshake.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Time for a call with its redirects and its body, unless the caller says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections kept for the next call to the same host.
const IDLE_CONNECTIONS: usize = 2;

/// Why a call did not come about or did not end well: sentences without a full stop, for the person who typed the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No http or https address, or one with a name and password in it.
    #[error("this is not an https address")]
    Address,
    /// Plain http to a host that is no exception.
    #[error("{0} is only reached over https")]
    Plain(String),
    /// It resolves to private, local or reserved addresses.
    #[error("{0} is inside a private or reserved network; the operator can allow it with SWITCHBOARD_OUTBOUND_ALLOW")]
    Private(String),
    /// The name has no address.
    #[error("the name {0} is not found")]
    Name(String),
    /// No connection, or one that broke.
    #[error("{0} does not answer as a web server should ({1})")]
    Connection(String, String),
    /// No whole answer in time.
    #[error("{0} did not answer in time")]
    Timeout(String),
    /// More bytes than the caller takes.
    #[error("the answer of {0} is larger than {1} bytes")]
    TooLarge(String, usize),
    /// More redirects than the caller follows, or one without an address.
    #[error("{0} redirects too often or to nowhere")]
    Redirects(String),
    /// The client could not be made: TLS refused its settings.
    #[error("outgoing HTTP cannot be set up: {0}")]
    Setup(String),
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method. Redirects are followed for GET alone.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// Headers; `Authorization` does not travel along a redirect to another origin.
    pub headers: HeaderMap,
    /// Body, if any.
    pub body: Option<Vec<u8>>,
    /// Bytes of the answer's body at most.
    pub limit: usize,
    /// Redirects at most.
    pub redirects: u8,
    /// Time for everything.
    pub patience: Duration,
}

impl Call {
    /// A GET that follows no redirect and takes `limit` bytes.
    pub fn get(url: Url, limit: usize) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: None, limit, redirects: 0, patience: PATIENCE }
    }

    /// A POST of a form.
    pub fn form(url: Url, fields: &[(&str, &str)], limit: usize) -> Self {
        let mut body = Url::clone(&url);
        body.set_query(None);
        body.query_pairs_mut().extend_pairs(fields);
        let body = body.query().unwrap_or_default().as_bytes().to_vec();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, kind)]);
        Self { method: Method::POST, body: Some(body), headers, ..Self::get(url, limit) }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

/// The guarded client. Clones share their connections.
#[derive(Clone)]
pub struct Http(Arc<Guarded>);

struct Guarded {
    secure: Client,
    plain: Client,
    exceptions: Exceptions,
}

impl Http {
    /// A client that resolves with `dns`, trusts whom `tls` trusts, and also reaches the operator's exceptions.
    ///
    /// # Errors
    /// [`HttpError::Setup`].
    pub fn new(dns: &Dns, tls: &TlsSettings, allowed: Vec<Allowed>) -> Result<Self, HttpError> {
        let exceptions = Exceptions(allowed);
        let client = |plain: bool| {
            let names = Names { dns: dns.clone(), exceptions: exceptions.clone(), plain };
            Client::builder()
                .tls_backend_preconfigured(tls.client_config())
                .dns_resolver(names)
                .https_only(!plain)
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .connect_timeout(CONNECT_PATIENCE)
                .pool_max_idle_per_host(IDLE_CONNECTIONS)
                .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|error| HttpError::Setup(error.to_string()))
        };
        let (secure, plain) = (client(false)?, client(true)?);
        Ok(Self(Arc::new(Guarded { secure, plain, exceptions })))
    }

    /// Makes a call. Whatever status comes back is an answer.
    ///
    /// # Errors
    /// [`HttpError`], each with a sentence.
    pub async fn send(&self, call: Call) -> Result<Answer, HttpError> {
        let host = host_of(&call.url);
        tokio::time::timeout(call.patience, self.follow(call)).await.map_err(|_| HttpError::Timeout(host))?
    }

    async fn follow(&self, mut call: Call) -> Result<Answer, HttpError> {
        loop {
            let host = host_of(&call.url);
            let response = self.hop(&call).await?;
            let elsewhere = response.status().is_redirection().then(|| response.headers().get(LOCATION).cloned()).flatten();
            let Some(elsewhere) = elsewhere.filter(|_| call.method == Method::GET && call.redirects > 0) else {
                if response.status().is_redirection() && call.method == Method::GET {
                    return Err(HttpError::Redirects(host));
                }
                return read(response, &host, call.limit).await;
            };
            let target = elsewhere.to_str().ok().and_then(|text| call.url.join(text).ok()).ok_or(HttpError::Redirects(host))?;
            if target.origin() != call.url.origin() {
                call.headers.remove(AUTHORIZATION);
            }
            call.url = target;
            call.redirects -= 1;
        }
    }

    /// One request to one server.
    async fn hop(&self, call: &Call) -> Result<Response, HttpError> {
        let host = host_of(&call.url);
        self.check_address(&call.url)?;
        let client = if call.url.scheme() == "https" { &self.0.secure } else { &self.0.plain };
        let mut request = client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        request.send().await.map_err(|error| explain(&error, &host))
    }

    /// What can be said of an address without a look-up: its scheme, and an IP address in the place of a name, which no resolver sees.
    ///
    /// # Errors
    /// [`HttpError::Address`], [`HttpError::Plain`], [`HttpError::Private`].
    pub fn check_address(&self, url: &Url) -> Result<(), HttpError> {
        let host = host_of(url);
        if !matches!(url.scheme(), "https" | "http") || host.is_empty() || !url.username().is_empty() || url.password().is_some() {
            return Err(HttpError::Address);
        }
        let exceptions = &self.0.exceptions;
        let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let excepted = exceptions.name(&host) || literal.is_some_and(|address| exceptions.address(address));
        if excepted {
            return Ok(());
        }
        match literal {
            Some(address) if !is_public(address) => Err(HttpError::Private(host)),
            // A name may still resolve into an excepted network: that is for the connection to find out.
            None => Ok(()),
            Some(_) if url.scheme() == "http" => Err(HttpError::Plain(host)),
            Some(_) => Ok(()),
        }
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// The body, up to the limit.
async fn read(mut response: Response, host: &str, limit: usize) -> Result<Answer, HttpError> {
    let too_large = || HttpError::TooLarge(host.to_owned(), limit);
    let announced = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > limit) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error, host))? {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status().as_u16(), headers: std::mem::take(response.headers_mut()), body })
}

/// The resolver's own refusal where there is one, else the innermost cause in a few words.
fn explain(error: &reqwest::Error, host: &str) -> HttpError {
    if error.is_timeout() {
        return HttpError::Timeout(host.to_owned());
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut innermost = String::from("connection failed");
    while let Some(inner) = cause {
        if let Some(own) = inner.downcast_ref::<HttpError>() {
            return own.clone();
        }
        innermost = inner.to_string();
        cause = inner.source();
    }
    HttpError::Connection(host.to_owned(), innermost)
}

/// Resolves names to the addresses that may be connected to, and to no others.
struct Names {
    dns: Dns,
    exceptions: Exceptions,
    /// For plain http: the exceptions alone.
    plain: bool,
}

impl Names {
    async fn find(dns: Dns, exceptions: Exceptions, plain: bool, host: String) -> Result<Addrs, HttpError> {
        let found = match dns.lookup_ip(&host).await {
            Ok(found) => found,
            Err(DnsError::Timeout) => return Err(HttpError::Timeout(host)),
            Err(_) => return Err(HttpError::Name(host)),
        };
        let by_name = exceptions.name(&host);
        let may = |address: &IpAddr| by_name || exceptions.address(*address) || (!plain && is_public(*address));
        let good: Vec<SocketAddr> = found.iter().filter(|address| may(address)).map(|address| SocketAddr::new(*address, 0)).collect();
        if good.is_empty() {
            let public = found.iter().any(|address| is_public(*address));
            return Err(if plain && public { HttpError::Plain(host) } else { HttpError::Private(host) });
        }
        Ok(Box::new(good.into_iter()))
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let found = Self::find(self.dns.clone(), self.exceptions.clone(), self.plain, name.as_str().to_owned());
        Box::pin(async move { found.await.map_err(|why| Box::new(why) as Box<dyn Error + Send + Sync>) })
    }
}
