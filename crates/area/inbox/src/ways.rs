//! By which way an answer goes: the one the customer wrote by, or another that the customer prefers; and what the gate says.

use crate::{Ports, mailbox};
use maud::{Markup, html};
use zhike_contract::{
    Channel,
    gate::{Ask, Class, Verdict},
};
use zhike_kernel::Result;
use zhike_store::{Ctx, Record};
use zhike_web::{Visit, ui};

/// Ways of written words, in the order in which they are offered.
const WRITTEN: [Channel; 5] = [
    Channel::Email,
    Channel::Sms,
    Channel::Chat,
    Channel::Fax,
    Channel::Portal,
];

/// The ways that are set up.
pub(crate) async fn ready(ctx: &Ctx, ports: &Ports) -> Result<Vec<Channel>> {
    let mut out = vec![];
    if mailbox::all(ctx).await?.iter().any(|m| m.account.is_some()) {
        out.push(Channel::Email);
    }
    for carrier in &ports.carriers {
        let channel = carrier.channel();
        if WRITTEN.contains(&channel) && !out.contains(&channel) && carrier.ready(ctx).await? {
            out.push(channel);
        }
    }
    Ok(out)
}

/// How a conversation is answered when nobody says otherwise: as it came, if that can carry words; else by mail.
pub(crate) fn usual(ready: &[Channel], came: &str) -> Channel {
    let came = Channel::of(came).filter(|c| ready.contains(c));
    came.unwrap_or(Channel::Email)
}

/// The field with the ways, and below it what the customer's wishes say of the one that is chosen.
pub(crate) async fn choose(ports: &Ports, visit: &Visit, talk: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let ready = ready(&visit.ctx, ports).await?;
    let came = usual(&ready, talk.text("channel"));
    let Some(party) = talk.int("party_id") else {
        return Ok(html! {});
    };
    let own = came.word() == talk.text("channel") && !talk.text("address").is_empty();
    let ask = Ask {
        party,
        class: Class::Service,
        topic: String::new(),
        channel: came,
        address: own.then(|| talk.text("address").to_owned()),
        at: visit.now(),
        may_change: true,
        may_wait: true,
        agreed: talk.int("unanswered_since").is_some(),
    };
    let said = ports.gate.ask(&visit.ctx, &ask).await?;
    let (chosen, tone, words) = match said.verdict {
        Verdict::Allowed => (came, None, String::new()),
        Verdict::Later(at) => (
            came,
            Some(ui::Tone::Customer),
            loc.tv("inbox-way-later", &[("at", loc.stamp(at).into())]),
        ),
        Verdict::Elsewhere(other, _) => {
            let names = [came, other].map(|c| loc.t(&format!("channel-{}", c.word())));
            let [asked, instead] = names;
            let words = loc.tv("inbox-way-else", &[("asked", asked.into()), ("other", instead.into())]);
            let chosen = if ready.contains(&other) { other } else { came };
            (chosen, Some(ui::Tone::Customer), words)
        }
        Verdict::Withheld => (came, Some(ui::Tone::Warn), loc.t("inbox-way-none")),
    };
    let why = said.reasons.first().filter(|_| tone.is_some());
    let why = why.map(|r| zhike_web::gate::sentence(loc, r));
    let choices: Vec<ui::Choice> = WRITTEN
        .iter()
        // The portal reads only who came by it.
        .filter(|c| **c == came || (ready.contains(c) && **c != Channel::Portal))
        .map(|c| ui::Choice::new(c.word(), loc.t(&format!("channel-{}", c.word()))))
        .collect();
    Ok(html! {
        @if let Some(tone) = tone { (ui::callout(tone, html! { (words) @if let Some(why) = why { " " span.sm { (why) } } })) }
        @if choices.len() > 1 || chosen != Channel::Email {
            (ui::Field::new("channel", loc.t("inbox-way")).select(&choices, chosen.word(), None))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answered_as_it_came_if_that_can_be() {
        let ready = [Channel::Email, Channel::Sms];
        assert_eq!(usual(&ready, "sms"), Channel::Sms);
        assert_eq!(usual(&ready, "phone"), Channel::Email);
        assert_eq!(usual(&[], "sms"), Channel::Email);
    }
}
