use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Why [`TlsSettings`] could not be built.
#[derive(Debug, Error)]
pub enum TlsSettingsError {
    /// No certificate authority was found on this machine.
    #[error("no certificate authorities found; install the package ca-certificates or set SSL_CERT_FILE{details}")]
    NoRoots {
        /// What the loader met, or nothing.
        details: String,
    },
    /// The cryptography library refused its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Library(String),
}

/// Whom to trust. Built once and shared by sending and probing: loading the authorities costs milliseconds.
#[derive(Clone)]
pub struct TlsSettings {
    config: Arc<ClientConfig>,
    verifier: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl TlsSettings {
    /// The machine's authorities; `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them.
    pub fn from_system() -> Result<Self, TlsSettingsError> {
        let loaded = rustls_native_certs::load_native_certs();
        let details = loaded.errors.iter().map(|error| format!("; {error}")).collect::<String>();
        Self::with_roots(loaded.certs).map_err(|error| match error {
            TlsSettingsError::NoRoots { .. } => TlsSettingsError::NoRoots { details },
            other => other,
        })
    }

    /// Exactly these authorities (DER). Certificates that cannot be read are skipped.
    pub fn with_roots(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> Result<Self, TlsSettingsError> {
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(TlsSettingsError::NoRoots { details: String::new() });
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(|error| TlsSettingsError::Library(error.to_string()))?;
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsSettingsError::Library(error.to_string()))?
            .with_webpki_verifier(Arc::clone(&verifier))
            .with_no_client_auth();
        Ok(Self { config: Arc::new(config), verifier, provider })
    }

    /// The same trust for another protocol: TLS 1.2 and 1.3, the same authorities, no ALPN.
    pub fn client_config(&self) -> ClientConfig {
        ClientConfig::clone(&self.config)
    }

    pub(crate) async fn handshake(&self, host: &str, socket: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let name = server_name(host)?;
        TlsConnector::from(Arc::clone(&self.config)).connect(name, socket).await.map_err(|error| explain_handshake(&error))
    }

    /// A handshake that goes through whatever the certificate is, and tells what was wrong with it.
    ///
    /// Only for looking: the caller must send nothing over a stream whose recorder holds a problem.
    pub(crate) async fn inspect(&self, host: &str, socket: TcpStream) -> Result<(TlsStream<TcpStream>, Arc<TrustRecorder>), String> {
        let name = server_name(host)?;
        let recorder = Arc::new(TrustRecorder { inner: Arc::clone(&self.verifier), problem: Mutex::new(None) });
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.map_err(|error| explain_handshake(&error))?;
        Ok((stream, recorder))
    }
}

fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(host.to_owned()).map_err(|_| format!("\"{host}\" is not a name a certificate can carry"))
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TrustProblem {
    /// It carries other names.
    Name,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// No authority we trust signed it.
    UnknownIssuer,
    /// Anything else, in the library's words.
    Other(String),
}

impl TrustProblem {
    fn of(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => match error {
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::Name,
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
                // An authority of the same name but another key is not the one we trust either.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
                other => Self::Other(other.to_string()),
            },
            other => Self::Other(other.to_string()),
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Self::Name => "the certificate was issued for other names".into(),
            Self::Expired => "the certificate has expired".into(),
            Self::NotYetValid => "the certificate is not valid yet".into(),
            Self::UnknownIssuer => "the certificate is not signed by an authority this machine trusts".into(),
            Self::Other(what) => format!("the certificate was not accepted ({what})"),
        }
    }
}

fn explain_handshake(error: &std::io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(inner @ rustls::Error::InvalidCertificate(_)) => TrustProblem::of(inner).words(),
        Some(rustls::Error::InvalidMessage(_)) => {
            "the server did not answer with TLS; the port and the security setting may not belong together".into()
        }
        Some(other) => other.to_string(),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => "the server closed the connection during the TLS handshake".into(),
        None => error.to_string(),
    }
}

/// Checks a certificate as usual, writes the verdict down, and lets the handshake finish so that it can be shown.
/// Signatures are still verified: the peer does own the certificate it shows.
#[derive(Debug)]
pub(crate) struct TrustRecorder {
    inner: Arc<WebPkiServerVerifier>,
    problem: Mutex<Option<TrustProblem>>,
}

impl TrustRecorder {
    pub(crate) fn problem(&self) -> Option<TrustProblem> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for TrustRecorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Err(error) = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(TrustProblem::of(&error));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
