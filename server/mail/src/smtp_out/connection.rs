use std::{future::Future, io, net::SocketAddr, time::Duration};

use lettre::transport::smtp::{
    Error as LettreError,
    authentication::{Credentials as LettreCredentials, Mechanism},
    client::AsyncSmtpConnection,
    commands::{Ehlo, Quit},
    extension::ClientId,
    response::Response,
};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::{
    Phase, Redactor, Reply, Route, Security, SendError, Timeouts, TlsSettings,
    dialogue::{Dialogue, connect_tcp},
    transport::{Socket, Transport},
};

/// What the server said it can do (EHLO keywords this client acts on).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) pipelining: bool,
    pub(super) eight_bit_mime: bool,
    pub(super) smtp_utf8: bool,
    /// RFC 1870: present with the limit in bytes; `Some(0)` names no limit.
    pub(super) size: Option<u64>,
}

/// An open, signed-in SMTP connection that carries one mail after another.
///
/// Dropping it closes the socket at once; [`Connection::quit`] says goodbye first. Every method is bounded by the
/// route's [`Timeouts`]; after a time-out or a lost line the connection is no longer reusable.
pub struct Connection {
    pub(super) inner: AsyncSmtpConnection,
    pub(super) capabilities: Capabilities,
    pub(super) timeouts: Timeouts,
    pub(super) redactor: Redactor,
    pub(super) needs_reset: bool,
    pub(super) broken: bool,
}

impl Connection {
    /// Looks the host up, connects, encrypts as the route says, greets, and signs in when there are credentials.
    ///
    /// Errors: `Connect` (address, TCP), `Tls` (handshake, certificate, STARTTLS not offered), `Timeout`, `Auth`,
    /// `Unsupported` (no AUTH mechanism in common: PLAIN and LOGIN), `Temporary`/`Permanent` (greeting or EHLO
    /// refused), `Lost`.
    pub async fn open(route: &Route, tls: &TlsSettings) -> Result<Self, SendError> {
        let addresses = resolve(route).await?;
        Self::open_at(route, &addresses, tls).await
    }

    /// The same, with the addresses already known: tried in turn.
    pub async fn open_at(route: &Route, addresses: &[SocketAddr], tls: &TlsSettings) -> Result<Self, SendError> {
        let redactor = Redactor::new(route.credentials.as_ref());
        let hello = client_id(&route.helo_name)?;
        let transport = open_transport(route, addresses, tls, &redactor).await?;
        let limits = route.timeouts;
        let mut inner = within(limits.command, Phase::Greeting, async {
            AsyncSmtpConnection::connect_with_transport(Box::new(transport), &hello)
                .await
                .map_err(|error| explain(&error, Phase::Greeting, &redactor))
        })
        .await?;
        if let Some(credentials) = &route.credentials {
            within(limits.command, Phase::Auth, sign_in(&mut inner, credentials, &redactor)).await?;
        }
        let mut connection = Self { inner, capabilities: Capabilities::default(), timeouts: limits, redactor, needs_reset: false, broken: false };
        connection.learn_capabilities(&hello).await?;
        Ok(connection)
    }

    /// Whether another mail may be sent over it, as far as is known without asking the server.
    pub fn is_reusable(&self) -> bool {
        !self.broken && !self.inner.has_broken()
    }

    /// Says QUIT and closes. A server that does not answer in time is simply left.
    pub async fn quit(mut self) {
        if self.is_reusable() {
            let limit = self.timeouts.command.min(Duration::from_secs(5));
            let _ = timeout(limit, self.inner.command(Quit)).await;
        }
    }

    /// The second EHLO: lettre keeps of the first only what it acts on itself, and a server may offer more after AUTH.
    async fn learn_capabilities(&mut self, hello: &ClientId) -> Result<(), SendError> {
        let response = within(self.timeouts.command, Phase::Greeting, async {
            self.inner.command(Ehlo::new(hello.clone())).await.map_err(|error| explain(&error, Phase::Greeting, &self.redactor))
        })
        .await?;
        self.capabilities = capabilities(&response);
        Ok(())
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("capabilities", &self.capabilities).field("reusable", &self.is_reusable()).finish_non_exhaustive()
    }
}

async fn resolve(route: &Route) -> Result<Vec<SocketAddr>, SendError> {
    within(route.timeouts.connect, Phase::Resolve, async {
        let found = tokio::net::lookup_host((route.host.as_str(), route.port))
            .await
            .map_err(|error| SendError::Connect { what: format!("no address for {}: {error}", route.host) })?;
        Ok(found.collect())
    })
    .await
}

async fn open_transport(route: &Route, addresses: &[SocketAddr], tls: &TlsSettings, redactor: &Redactor) -> Result<Transport, SendError> {
    let limits = route.timeouts;
    let socket = within(limits.connect, Phase::Connect, async {
        connect_tcp(addresses).await.map_err(|error| SendError::Connect { what: format!("{} port {}: {error}", route.host, route.port) })
    })
    .await?;
    let handshake = async |socket| {
        within(limits.connect, Phase::Tls, async { tls.handshake(&route.host, socket).await.map_err(|what| SendError::Tls { what }) }).await
    };
    match route.security {
        Security::None => Ok(Transport::new(Socket::Plain(socket), Vec::new())),
        Security::Tls => Ok(Transport::new(Socket::Tls(Box::new(handshake(socket).await?)), Vec::new())),
        Security::StartTls => {
            let (socket, greeting) = within(limits.command, Phase::Greeting, start_tls(route, socket, redactor)).await?;
            Ok(Transport::new(Socket::Tls(Box::new(handshake(socket).await?)), greeting))
        }
    }
}

/// Greeting, EHLO, STARTTLS in plain text; nothing heard here is trusted later except the wording of the greeting.
async fn start_tls(route: &Route, socket: tokio::net::TcpStream, redactor: &Redactor) -> Result<(tokio::net::TcpStream, Vec<u8>), SendError> {
    let lost = |error: io::Error| SendError::Lost { step: Phase::Greeting, what: error.to_string() };
    let mut dialogue = Dialogue::new(Socket::Plain(socket));
    let greeting = dialogue.reply().await.map_err(lost)?;
    if !greeting.is_positive() {
        return Err(SendError::refused(greeting.to_reply(redactor)));
    }
    let hello = client_id(&route.helo_name)?;
    let ehlo = dialogue.command(&format!("EHLO {hello}")).await.map_err(lost)?;
    if !ehlo.is_positive() {
        return Err(SendError::refused(ehlo.to_reply(redactor)));
    }
    if !ehlo.texts().any(|keyword| keyword.trim().eq_ignore_ascii_case("STARTTLS")) {
        return Err(SendError::Tls { what: "the server does not offer STARTTLS".into() });
    }
    let answer = dialogue.command("STARTTLS").await.map_err(lost)?;
    if answer.code != 220 {
        return Err(SendError::Tls { what: format!("the server refused STARTTLS: {}", answer.to_reply(redactor)) });
    }
    let socket = dialogue.into_tcp().map_err(|error| SendError::Tls { what: error.to_string() })?;
    Ok((socket, format!("{}\r\n", greeting.lines.join("\r\n")).into_bytes()))
}

async fn sign_in(inner: &mut AsyncSmtpConnection, credentials: &super::Credentials, redactor: &Redactor) -> Result<(), SendError> {
    const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];
    if inner.server_info().get_auth_mechanism(MECHANISMS).is_none() {
        return Err(SendError::Unsupported {
            what: "a user name and password are set, but the server offers neither AUTH PLAIN nor AUTH LOGIN".into(),
        });
    }
    let secret = LettreCredentials::new(credentials.username.clone(), credentials.password.expose_secret().to_owned());
    match inner.auth(MECHANISMS, &secret).await {
        Ok(_) => Ok(()),
        Err(error) => Err(match explain(&error, Phase::Auth, redactor) {
            SendError::Temporary { reply } | SendError::Permanent { reply } => SendError::Auth { reply },
            other => other,
        }),
    }
}

fn capabilities(ehlo: &Response) -> Capabilities {
    let mut found = Capabilities::default();
    for line in ehlo.message().skip(1) {
        let mut words = line.split_ascii_whitespace();
        let Some(keyword) = words.next() else { continue };
        match keyword.to_ascii_uppercase().as_str() {
            "PIPELINING" => found.pipelining = true,
            "8BITMIME" => found.eight_bit_mime = true,
            "SMTPUTF8" => found.smtp_utf8 = true,
            "SIZE" => found.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0)),
            _ => {}
        }
    }
    found
}

/// The EHLO argument: a domain, or an address literal when the name is an IP address (RFC 5321 section 4.1.3).
pub(crate) fn client_id(helo_name: &str) -> Result<ClientId, SendError> {
    use std::net::IpAddr;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match helo_name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Ok(ClientId::Ipv4(address)),
        Ok(IpAddr::V6(address)) => Ok(ClientId::Ipv6(address)),
        Err(_) if !helo_name.is_empty() && helo_name.len() <= 255 && helo_name.chars().all(fits) => Ok(ClientId::Domain(helo_name.to_owned())),
        Err(_) => Err(SendError::Unsupported { what: "our own host name for EHLO is not a domain name".into() }),
    }
}

/// Runs one step under its time limit.
pub(super) async fn within<T>(limit: Duration, step: Phase, work: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
    match timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(SendError::Timeout { step, seconds: limit.as_secs().max(1) }),
    }
}

/// lettre's error in our terms; a negative reply keeps the server's words.
pub(super) fn explain(error: &LettreError, step: Phase, redactor: &Redactor) -> SendError {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let what = redactor.scrub(&cause);
    match error.status() {
        Some(code) => SendError::refused(Reply::new(u16::from(code), [what.as_str()], redactor)),
        None if error.is_client() => SendError::Unsupported { what },
        None => SendError::Lost { step, what },
    }
}

pub(super) fn reply_of(response: &Response, redactor: &Redactor) -> Reply {
    Reply::new(u16::from(response.code()), response.message(), redactor)
}
