//! The certificate and key with which we answer, out of files.

use std::{fmt, path::Path, sync::Arc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// Why they cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKeys {
    /// The file with the certificate cannot be read.
    #[error("{0}: {1}")]
    Certificate(String, String),
    /// The file with the key cannot be read.
    #[error("{0}: {1}")]
    Key(String, String),
    /// They do not belong together, or are of no use.
    #[error("{0}")]
    Pair(String),
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Keys(pub(crate) TlsAcceptor);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Reads both, as PEM; the certificate's file may hold the chain behind it.
    ///
    /// # Errors
    /// See [`NoKeys`].
    pub fn read(certificate: &str, key: &str) -> Result<Keys, NoKeys> {
        let no_certificate = |e: &dyn fmt::Display| NoKeys::Certificate(certificate.to_owned(), e.to_string());
        let no_key = |e: &dyn fmt::Display| NoKeys::Key(key.to_owned(), e.to_string());
        let bytes = std::fs::read(Path::new(certificate)).map_err(|e| no_certificate(&e))?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes)
            .collect::<Result<_, _>>()
            .map_err(|e| no_certificate(&e))?;
        if chain.is_empty() {
            return Err(no_certificate(&"no certificate in it"));
        }
        let bytes = std::fs::read(Path::new(key)).map_err(|e| no_key(&e))?;
        let secret = PrivateKeyDer::from_pem_slice(&bytes).map_err(|e| no_key(&e))?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .map_err(|e| NoKeys::Pair(e.to_string()))?;
        Ok(Keys(TlsAcceptor::from(Arc::new(config))))
    }
}
