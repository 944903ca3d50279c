//! TLS settings for STARTTLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Why no TLS settings could be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is no PEM file, or has nothing of the wanted kind.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The certificate and the key do not go together, or are of a kind that is not supported.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// No certificate could be made for this name.
    #[error("no certificate can be made for this host name: {0}")]
    NotMade(#[from] rcgen::Error),
}

/// Settings from a PEM file with the certificate chain, the server's own first, and a PEM file with its private key. Refuses
/// with [`TlsError::File`] or [`TlsError::Unusable`].
pub fn from_pem_files(certificates: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::File { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) })
        .map_err(failed(certificates))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(failed(key))?;
    settings(chain, key)
}

/// Settings made up on the spot, and their certificate.
pub struct SelfSigned {
    /// For [`ListenerConfig::tls`](super::ListenerConfig::tls).
    pub config: Arc<ServerConfig>,
    /// The certificate, for those who want to trust or show it.
    pub certificate: CertificateDer<'static>,
}

/// Makes a key and a certificate for `host_name` that nobody vouches for: mail servers encrypt with it all the same
/// (RFC 7435). Valid from `not_before` for `validity`. Refuses with [`TlsError::NotMade`] for an impossible name.
pub fn self_signed(host_name: &str, not_before: SystemTime, validity: Duration) -> Result<SelfSigned, TlsError> {
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new(vec![host_name.to_owned()])?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, host_name);
    parameters.not_before = not_before.into();
    parameters.not_after = not_before.checked_add(validity).unwrap_or(not_before).into();
    let certificate = parameters.self_signed(&key)?.der().clone();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    Ok(SelfSigned { config: settings(vec![certificate.clone()], key)?, certificate })
}

fn settings(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<ServerConfig>, TlsError> {
    // Named, because a process in which several crates bring a provider has no default one.
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str) -> Result<(String, String), rcgen::Error> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![name.to_owned()])?.self_signed(&key)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    #[test]
    fn reads_pem_files_and_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (certificate, key) = made("mx.test").unwrap();
        let (_, other_key) = made("mx.test").unwrap();
        let certificate_file = write("cert.pem", &certificate);
        let key_file = write("key.pem", &key);
        let other_key_file = write("other.pem", &other_key);
        let empty_file = write("empty.pem", "");
        assert!(from_pem_files(&certificate_file, &key_file).is_ok());
        let check = |certificate: &Path, key: &Path, expected: &str| {
            let error = from_pem_files(certificate, key).expect_err("refused").to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&empty_file, &key_file, "empty.pem");
        check(&certificate_file, &empty_file, "empty.pem");
        check(&folder.path().join("none.pem"), &key_file, "none.pem");
        check(&certificate_file, &other_key_file, "cannot be used");
    }

    #[test]
    fn the_made_up_certificate_has_the_name_and_the_given_time() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let made = self_signed("mx.test", start, Duration::from_secs(86_400)).unwrap();
        let (_, certificate) = x509_parser::parse_x509_certificate(&made.certificate).unwrap();
        assert_eq!(certificate.validity().not_before.timestamp(), 1_700_000_000);
        assert_eq!(certificate.validity().not_after.timestamp(), 1_700_086_400);
        let names = certificate.subject_alternative_name().unwrap().unwrap();
        assert!(format!("{names:?}").contains("DNSName(\"mx.test\")"), "{names:?}");
        assert!(self_signed("m\u{fc}ll", start, Duration::ZERO).is_err());
    }
}
