//! A connection to a mail server, safe or (in one's own house only) open.

use crate::Trouble;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, pki_types::ServerName},
};

/// How the connection is made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (ports 993, 465).
    Always,
    /// Agreed upon in the open, before any name is told (143, 587); no agreement, no sign-in.
    Starttls,
    /// Not at all: for a server on the same machine.
    Open,
}

impl Tls {
    /// The words in the database: `tls`, `starttls`, `none`.
    pub fn of(word: &str) -> Tls {
        match word {
            "none" => Tls::Open,
            "starttls" => Tls::Starttls,
            _ => Tls::Always,
        }
    }
}

pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + fmt::Debug + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + fmt::Debug + Send> Wire for T {}

/// Whichever it became.
pub(crate) type Line = Box<dyn Wire>;

/// Time for a connection and for each answer.
pub(crate) const WAIT: Duration = Duration::from_secs(30);

pub(crate) async fn late<T>(work: impl Future<Output = T>) -> Result<T, Trouble> {
    tokio::time::timeout(WAIT, work).await.map_err(|_| Trouble::Late)
}

pub(crate) async fn open(host: &str, port: u16) -> Result<TcpStream, Trouble> {
    late(TcpStream::connect((host, port)))
        .await?
        .map_err(|e| Trouble::Unreachable(format!("{host}:{port}"), e.to_string()))
}

pub(crate) async fn secure(line: Line, host: &str) -> Result<Line, Trouble> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|e| Trouble::Unsafe(e.to_string()))?;
    let safe = late(TlsConnector::from(Arc::new(config)).connect(name, line))
        .await?
        .map_err(|e| Trouble::Unsafe(e.to_string()))?;
    Ok(Box::new(safe))
}
