//! A certificate authority for one test.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// Signs certificates that only the test trusts (through `SSL_CERT_FILE`).
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

/// A certificate and its key, as PEM files.
pub struct Certificate {
    /// Chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority and writes its certificate to `folder`.
    ///
    /// # Errors
    /// From the file system.
    pub fn create(folder: &Path) -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Switchboard test authority");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        std::fs::write(folder.join("authority.pem"), issuer.pem())?;
        Ok(Self { issuer, folder: folder.to_owned() })
    }

    /// What to put in `SSL_CERT_FILE`.
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// Signs a certificate for `host`.
    ///
    /// # Errors
    /// From the file system.
    pub fn issue(&self, host: &str) -> Result<Certificate> {
        let key_pair = KeyPair::generate()?;
        let signed = CertificateParams::new(vec![host.to_owned()])?.signed_by(&key_pair, &self.issuer)?;
        let certificate = self.folder.join(format!("{host}.pem"));
        let key = self.folder.join(format!("{host}.key"));
        std::fs::write(&certificate, signed.pem())?;
        std::fs::write(&key, key_pair.serialize_pem())?;
        Ok(Certificate { certificate, key })
    }
}
