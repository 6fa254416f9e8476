//! Texts that stand in the name service: what a domain says about who sends its mail.

use crate::Trouble;
use domain::{
    base::{Name, Rtype, iana::Rcode},
    rdata::Txt,
    resolv::stub::{
        StubResolver,
        conf::{ResolvConf, ServerConf, Transport},
    },
};
use std::{net::SocketAddr, time::Duration};

/// All questions about one name together may take so long.
const WAIT: Duration = Duration::from_secs(6);

/// Whom we ask: the machine's own name servers, or this one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names(pub Option<SocketAddr>);

impl Names {
    /// The texts of a name; none if it has none or is not there.
    ///
    /// # Errors
    /// No name server answered, or it could not answer.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, Trouble> {
        let name: Name<Vec<u8>> = name
            .parse()
            .map_err(|_| Trouble::Broken(format!("{name} is no name")))?;
        let conf = match self.0 {
            Some(server) => {
                let mut conf = ResolvConf::new();
                conf.servers.push(ServerConf::new(server, Transport::UdpTcp));
                conf.finalize();
                conf
            }
            None => ResolvConf::default(),
        };
        let resolver = StubResolver::from_conf(conf);
        let unreached = |e: std::io::Error| Trouble::Unreachable("DNS".into(), e.to_string());
        let answer = tokio::time::timeout(WAIT, resolver.query((name, Rtype::TXT)))
            .await
            .map_err(|_| Trouble::Late)?
            .map_err(unreached)?;
        let message = answer.into_message();
        match message.header().rcode() {
            Rcode::NOERROR => {}
            Rcode::NXDOMAIN => return Ok(vec![]),
            other => return Err(Trouble::Broken(format!("DNS: {other}"))),
        }
        let broken = |e: &dyn std::fmt::Display| Trouble::Broken(format!("DNS: {e}"));
        let mut out = vec![];
        for record in message.answer().map_err(|e| broken(&e))?.limit_to_in::<Txt<_>>() {
            let record = record.map_err(|e| broken(&e))?;
            let whole: Vec<u8> = record.data().iter().flatten().copied().collect();
            out.push(String::from_utf8_lossy(&whole).into_owned());
        }
        Ok(out)
    }
}
