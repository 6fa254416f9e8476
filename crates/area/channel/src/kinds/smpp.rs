//! A message centre by SMPP 3.4 or 5.0. The line is kept open by a service (`crate::smpp`); what is sent waits in its outbox.

use super::{Entry, Kind, Out, Sent, Setup, Shape, Tools, template::spread};
use crate::{
    account::{self, Account},
    smpp::outbox,
};
use async_trait::async_trait;
use zhike_contract::Channel;
use zhike_kernel::{Error, Result};
use zhike_store::Ctx;

pub(crate) struct Smpp;

const ENTRIES: &[Entry] = &[
    Entry::new("line", "host", Shape::Line).required(),
    Entry::new("line", "port", Shape::Line).usual("2775"),
    Entry::new("line", "login", Shape::Line).required(),
    Entry::new("line", "password", Shape::Secret).required(),
    Entry::new("line", "system_type", Shape::Line),
    Entry::new("line", "version", Shape::Choice(&["3.4", "5.0"])).usual("3.4"),
    Entry::new("line", "window", Shape::Line).usual("10"),
    Entry::new("words", "country", Shape::Line).usual("86"),
    Entry::new("words", "number", Shape::Choice(&["digits", "national", "as-is"])).usual("digits"),
    Entry::new("words", "alphabet", Shape::Choice(&["auto", "ucs2"])).usual("auto"),
    Entry::new("words", "long", Shape::Choice(&["udh", "payload"])).usual("udh"),
    Entry::new("words", "source_ton", Shape::Line),
    Entry::new("words", "source_npi", Shape::Line),
    Entry::new("words", "dest_ton", Shape::Line).usual("1"),
    Entry::new("words", "dest_npi", Shape::Line).usual("1"),
];

#[async_trait]
impl Kind for Smpp {
    fn word(&self) -> &'static str {
        "smpp"
    }
    fn channel(&self) -> Channel {
        Channel::Sms
    }
    fn entries(&self) -> &'static [Entry] {
        ENTRIES
    }
    fn fits(&self, _account: &Account, address: &str) -> bool {
        account::key(Channel::Sms, address).len() >= 5
    }
    fn fit(&self, setup: &Setup) -> Result<()> {
        let host = setup.get("host");
        if host.contains([' ', '/', ':', '@']) {
            return Err(Error::field("host", "error-channel-host"));
        }
        if setup.get("port").parse::<u16>().ok().is_none_or(|p| p == 0) {
            return Err(Error::field("port", "error-channel-port"));
        }
        for (name, most) in [("login", 15_usize), ("password", 8), ("system_type", 12)] {
            let value = setup.get(name);
            if value.len() > most || !value.is_ascii() {
                return Err(Error::field(name, "error-channel-octets").with("n", most.to_string()));
            }
        }
        if setup
            .get("window")
            .parse::<u32>()
            .ok()
            .is_none_or(|n| !(1..=100).contains(&n))
        {
            return Err(Error::field("window", "error-channel-window"));
        }
        for name in ["source_ton", "source_npi", "dest_ton", "dest_npi"] {
            let value = setup.get(name);
            if !value.is_empty() && value.parse::<u8>().is_err() {
                return Err(Error::field(name, "error-channel-octet"));
            }
        }
        Ok(())
    }

    async fn send(&self, ctx: &Ctx, tools: &Tools, account: &Account, out: &Out) -> Sent {
        let setup = &account.setup;
        let number = spread(&out.to, setup.get("country"), setup.get("number"));
        let number: String = number.chars().filter(char::is_ascii_digit).collect();
        if number.is_empty() || number.len() > 20 {
            return Sent::Never("no number".into());
        }
        match outbox::lay(ctx, account.id, &tools.bell, &number, out).await {
            Ok(sent) => sent,
            Err(e) => Sent::Sick("late", e.to_string()),
        }
    }
}
