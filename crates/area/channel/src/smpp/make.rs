//! A message as the message centre wants it: one submission for each part.

use super::{
    outbox::Lying,
    words::{self, Coding},
};
use crate::{account::Account, kinds::Setup};
use smpp_codec::{
    common::{Npi, Ton},
    pdus::SubmitSmRequest,
    tlv::{Tlv, tags},
};

fn address(setup: &Setup, name: &str, usual: u8) -> u8 {
    setup.get(name).parse().unwrap_or(usual)
}

/// The parts of a message as the centre wants them.
pub(super) fn of(account: &Account, reference: u8, lying: &Lying) -> Result<Vec<SubmitSmRequest>, String> {
    let setup = &account.setup;
    let payload = setup.get("long") == "payload";
    let made = words::parts(&lying.text, setup.get("alphabet") == "ucs2", payload);
    let (coding, all) = made.ok_or("the text is empty or too long")?;
    let sender = account.sender.as_str();
    let named = sender.chars().any(|c| !c.is_ascii_digit() && c != '+');
    let usual = match (sender.is_empty(), named) {
        (true, _) => (0, 0),
        (_, true) => (5, 0),
        _ => (1, 1),
    };
    let mut out = vec![];
    let total = all.len();
    for (i, octets) in all.into_iter().enumerate() {
        let split = total > 1;
        let octets = match split {
            true => [words::head(reference, total, i + 1), octets].concat(),
            false => octets,
        };
        let whole = payload && octets.len() > 140;
        let (short, long) = if whole { (vec![], octets) } else { (octets, vec![]) };
        let from = sender.trim_start_matches('+').to_owned();
        let mut sm = SubmitSmRequest::new(0, from, lying.address.clone(), short);
        sm.source_addr_ton = Ton::from(address(setup, "source_ton", usual.0));
        sm.source_addr_npi = Npi::from(address(setup, "source_npi", usual.1));
        sm.dest_addr_ton = Ton::from(address(setup, "dest_ton", 1));
        sm.dest_addr_npi = Npi::from(address(setup, "dest_npi", 1));
        sm.esm_class = if split { 0x40 } else { 0 };
        // A receipt for the end, good or bad.
        sm.registered_delivery = 1;
        sm.data_coding = match coding {
            Coding::Gsm => 0,
            Coding::Ucs2 => 8,
        };
        if whole {
            sm.add_tlv(Tlv::new(tags::MESSAGE_PAYLOAD, long));
        }
        // Does it fit the protocol? Better now than on the wire.
        sm.encode(&mut vec![]).map_err(|e| format!("{e:?}"))?;
        out.push(sm);
    }
    out.reverse();
    Ok(out)
}
