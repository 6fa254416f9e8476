//! The one way by which Zhike calls other servers: with a time limit, without following redirects, and not into the own
//! network unless the configuration allows it. It knows no business.

mod address;

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};
use zhike_kernel::{Error, Result};

pub use address::is_private;

/// Time for a whole call.
pub const SECONDS: u64 = 12;
/// So much of an answer is read.
const MOST: usize = 256 * 1024;
/// Longest address, and longest one that bears what is said.
const ADDRESS: usize = 600;
const SAYING: usize = 8_000;

/// The caller; cheap to clone.
#[derive(Clone)]
pub struct Outward {
    http: Option<reqwest::Client>,
    private: bool,
}

/// What the other server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its body, at most 256 KiB of it.
    pub body: String,
}

impl Reply {
    /// Did it say yes?
    pub fn good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// An address that leads into the own network.
#[derive(Debug)]
struct Private;

impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address leads into a private network")
    }
}
impl std::error::Error for Private {}

/// Finds addresses by name and leaves out those of the own network. The connection is made to what is answered here, so
/// a name that points elsewhere a moment later changes nothing.
struct Names {
    private: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let any = !found.is_empty();
            let open: Vec<_> = found.into_iter().filter(|a| private || !is_private(a.ip())).collect();
            if open.is_empty() && any {
                return Err(Private.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

impl Outward {
    /// A caller. With `private`, addresses of the own network and calls without TLS are allowed.
    pub fn new(private: bool) -> Outward {
        let http = reqwest::Client::builder()
            .dns_resolver(Arc::new(Names { private }))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(SECONDS))
            .connect_timeout(Duration::from_secs(5))
            .user_agent("Zhike")
            .build();
        Outward {
            http: http.ok(),
            private,
        }
    }

    /// Is this an address that may be called? Names are looked up only when it is.
    pub fn judge(&self, address: &str) -> Result<()> {
        self.read(address, ADDRESS).map(|_| ())
    }

    fn read(&self, address: &str, most: usize) -> Result<Url> {
        let wrong = || Error::invalid("error-outward-address");
        let url = Url::parse(address.trim()).map_err(|_| wrong())?;
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong()),
        };
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() || address.len() > most {
            return Err(wrong());
        }
        let host = url.host_str().ok_or_else(wrong)?;
        if self.private {
            return Ok(url);
        }
        if !secure {
            return Err(Error::invalid("error-outward-plain"));
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let lower = bare.trim_end_matches('.').to_ascii_lowercase();
        let inside = match bare.parse::<IpAddr>() {
            Ok(ip) => is_private(ip),
            Err(_) => {
                lower == "localhost"
                    || [".localhost", ".local", ".internal"]
                        .iter()
                        .any(|end| lower.ends_with(end))
            }
        };
        if inside {
            return Err(Error::invalid("error-outward-private"));
        }
        Ok(url)
    }

    /// `POST` with these headers; whatever is answered. Never call it inside a transaction.
    pub async fn post(&self, address: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Reply> {
        let http = self.http.as_ref().ok_or_else(|| Error::broken("no TLS for calls"))?;
        hear(http.post(self.read(address, ADDRESS)?).body(body), headers).await
    }

    /// `GET` with these headers; the address may bear what is to be said. Never call it inside a transaction.
    pub async fn get(&self, address: &str, headers: &[(&str, &str)]) -> Result<Reply> {
        let http = self.http.as_ref().ok_or_else(|| Error::broken("no TLS for calls"))?;
        hear(http.get(self.read(address, SAYING)?), headers).await
    }
}

/// Sends a request and reads as much of the answer as is wanted.
async fn hear(mut request: reqwest::RequestBuilder, headers: &[(&str, &str)]) -> Result<Reply> {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = request.send().await.map_err(|e| words(&e))?;
    let status = answer.status().as_u16();
    let mut bytes = vec![];
    while bytes.len() < MOST {
        match answer.chunk().await.map_err(|e| words(&e))? {
            Some(piece) => bytes.extend_from_slice(&piece),
            None => break,
        }
    }
    bytes.truncate(MOST);
    Ok(Reply {
        status,
        body: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// Why a call failed, without the address: it may bear a secret.
fn words(e: &reqwest::Error) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(e);
    while let Some(now) = cause {
        if now.is::<Private>() {
            return Error::invalid("error-outward-private");
        }
        cause = now.source();
    }
    if e.is_timeout() {
        Error::refused("error-outward-time").with("seconds", i64::try_from(SECONDS).unwrap_or(0))
    } else if e.is_connect() {
        Error::refused("error-outward-connect")
    } else {
        Error::refused("error-outward-broken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_own_network_are_refused() {
        let code = |private: bool, a: &str| Outward::new(private).judge(a).err().map(|e| e.code);
        assert_eq!(code(false, "https://hooks.example.com/x?y=1"), None);
        for inside in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.1.2.3:8443/x",
            "https://192.168.0.9/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://db.internal/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::ffff:10.0.0.1]/",
        ] {
            assert_eq!(code(false, inside), Some("error-outward-private"), "{inside}");
            assert_eq!(code(true, inside), None, "{inside}");
        }
        assert_eq!(code(false, "http://hooks.example.com/"), Some("error-outward-plain"));
        for wrong in [
            "",
            "x",
            "ftp://a.example",
            "https://u:p@a.example/",
            "https://a.example/#f",
        ] {
            assert_eq!(code(true, wrong), Some("error-outward-address"), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
        let names = Names { private: false };
        let found = names.resolve("localhost".parse().unwrap()).await;
        assert!(found.is_err_and(|e| e.is::<Private>()));
        let names = Names { private: true };
        assert!(names.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
