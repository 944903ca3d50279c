//! DNS, TCP and TLS.
use std::net::SocketAddr;

use super::{CertificateFacts, Finding, Outcome, Probe};
use crate::smtp_out::{
    Security, TrustProblem,
    dialogue::{Dialogue, connect_tcp},
    transport::Socket,
};

/// A certificate that ends sooner than this deserves a warning.
const EXPIRY_WARNING_DAYS: i64 = 14;

impl Probe<'_> {
    pub(super) async fn look_up(&mut self) -> Finding {
        let host = self.route.host.as_str();
        match self.dns.lookup_ip(host).await {
            Ok(addresses) if addresses.is_empty() => Finding::failed(format!("{host} has no address. Check the spelling of the SMTP server.")),
            Ok(addresses) => {
                self.addresses = addresses.iter().map(|ip| SocketAddr::new(*ip, self.route.port)).collect();
                let list: Vec<String> = addresses.iter().take(8).map(ToString::to_string).collect();
                Finding::ok(format!("{host} has the address {}.", list.join(", ")))
            }
            Err(error) => Finding::failed(format!("{host} could not be looked up: {error}. Check the spelling of the SMTP server.")),
        }
    }

    pub(super) async fn connect(&mut self) -> Finding {
        let port = self.route.port;
        match connect_tcp(&self.addresses).await {
            Ok(socket) => {
                let peer = socket.peer_addr().map_or_else(|_| "the server".to_owned(), |peer| peer.to_string());
                self.socket = Some(socket);
                Finding::ok(format!("Connected to {peer}."))
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Finding::failed(format!("The server refuses connections on port {port}. Check the port: 587 and 465 are usual, 25 rarely works."))
            }
            Err(error) => Finding::failed(format!("Port {port} could not be reached: {error}. Check the host, the port and the firewall.")),
        }
    }

    pub(super) async fn encrypt(&mut self) -> Finding {
        let Some(socket) = self.socket.take() else {
            return Finding::failed("There is no connection to encrypt.");
        };
        match self.route.security {
            Security::None => {
                self.dialogue = Some(Dialogue::new(Socket::Plain(socket)));
                Finding::new(
                    Outcome::Warning,
                    "The route is set to no encryption: mail and password travel readable. Choose STARTTLS or SSL/TLS \
                     unless the server is on this machine.",
                )
            }
            Security::Tls => self.handshake(socket, Vec::new()).await,
            Security::StartTls => match self.ask_for_tls(socket).await {
                Ok((socket, words)) => self.handshake(socket, words).await,
                Err(finding) => finding,
            },
        }
    }

    async fn ask_for_tls(&mut self, socket: tokio::net::TcpStream) -> Result<(tokio::net::TcpStream, Vec<String>), Finding> {
        let lost = |error: std::io::Error| {
            Finding::failed(format!("No SMTP conversation before STARTTLS: {error}. If the port is 465, choose SSL/TLS instead."))
        };
        let mut dialogue = Dialogue::new(Socket::Plain(socket));
        let greeting = dialogue.reply().await.map_err(lost)?;
        if !greeting.is_positive() {
            return Err(Finding::failed("The server turns us away in its greeting.").words(greeting.lines));
        }
        let hello = format!("EHLO {}", self.hello().map_err(Finding::failed)?);
        let ehlo = dialogue.command(&hello).await.map_err(lost)?;
        if !ehlo.is_positive() {
            return Err(Finding::failed("The server refuses EHLO.").words(ehlo.lines));
        }
        if !ehlo.texts().any(|keyword| keyword.trim().eq_ignore_ascii_case("STARTTLS")) {
            return Err(Finding::failed(
                "The server does not offer STARTTLS. Choose the port it offers it on (usually 587), or SSL/TLS on port \
                 465. If it should offer it, something between here and there is taking it away; nothing was sent.",
            )
            .words(ehlo.lines));
        }
        let answer = dialogue.command("STARTTLS").await.map_err(lost)?;
        if answer.code != 220 {
            return Err(Finding::failed("The server offers STARTTLS but refuses it.").words(answer.lines));
        }
        let words = greeting.lines.into_iter().chain(answer.lines).collect();
        let socket = dialogue.into_tcp().map_err(|error| Finding::failed(format!("STARTTLS is not safe here: {error}.")))?;
        Ok((socket, words))
    }

    async fn handshake(&mut self, socket: tokio::net::TcpStream, words: Vec<String>) -> Finding {
        let host = self.route.host.as_str();
        let (stream, recorder) = match self.tls.inspect(host, socket).await {
            Ok(agreed) => agreed,
            Err(what) => {
                return Finding::failed(format!("The TLS handshake failed: {what}. Check whether the security setting fits the port.")).words(words);
            }
        };
        let session = stream.get_ref().1;
        let protocol = match session.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        };
        let problem = recorder.problem();
        let facts = session
            .peer_certificates()
            .and_then(|chain| chain.first())
            .and_then(|leaf| CertificateFacts::read(leaf, host, protocol, problem.is_none()));
        let mut finding = match problem {
            Some(problem) => Finding::failed(untrusted(&problem, host, facts.as_ref())),
            None => {
                self.encrypted = true;
                // STARTTLS has used up the greeting, so it must not be waited for again.
                self.greeting_words.clone_from(&words);
                self.dialogue = Some(Dialogue::new(Socket::Tls(Box::new(stream))));
                trusted(protocol, facts.as_ref(), self.now_unix_seconds)
            }
        };
        finding.certificate = facts;
        finding.words(words)
    }

    /// The argument of EHLO, or a sentence that says why there is none.
    pub(super) fn hello(&self) -> Result<String, String> {
        crate::smtp_out::client_id(&self.route.helo_name).map(|id| id.to_string()).map_err(|error| error.to_string())
    }
}

fn trusted(protocol: &str, facts: Option<&CertificateFacts>, now_unix_seconds: i64) -> Finding {
    let Some(facts) = facts else {
        return Finding::ok(format!("Encrypted with {protocol}; the certificate is trusted."));
    };
    let days = (facts.expires_unix_seconds - now_unix_seconds).div_euclid(86_400);
    let detail =
        format!("Encrypted with {protocol}. The certificate for {} by {} is trusted and ends in {days} days.", facts.names_in_words(), facts.issuer);
    if days < EXPIRY_WARNING_DAYS {
        return Finding::new(Outcome::Warning, format!("{detail} Ask the server's operator to renew it."));
    }
    Finding::ok(detail)
}

fn untrusted(problem: &TrustProblem, host: &str, facts: Option<&CertificateFacts>) -> String {
    let names = facts.map_or_else(|| "no readable name".to_owned(), CertificateFacts::names_in_words);
    let safe = "Nothing was sent, and the password stayed here.";
    match problem {
        TrustProblem::Name => format!(
            "The certificate is for {names}, not for {host}. Enter one of those names as the SMTP server, or ask its \
             operator for a certificate that names {host}. {safe}"
        ),
        TrustProblem::Expired => format!(
            "The certificate for {names} has expired. Ask the server's operator to renew it, and check the clock of \
             this machine. {safe}"
        ),
        TrustProblem::NotYetValid => format!("The certificate for {names} is not valid yet. Check the clock of this machine. {safe}"),
        TrustProblem::UnknownIssuer => format!(
            "The certificate for {names} is signed by {}, which this machine does not trust. If that is your own \
             authority, add it to the trusted certificates of this machine (SSL_CERT_FILE). {safe}",
            facts.map_or("an unknown authority", |facts| facts.issuer.as_str())
        ),
        TrustProblem::Other(_) => format!("The TLS handshake failed: {}. {safe}", problem.words()),
    }
}
