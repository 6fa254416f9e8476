//! By which way an answer goes: the one the customer wrote by, or another that the customer prefers; and what the gate says.

use crate::{Ports, mailbox};
use maud::{Markup, html};
use zhike_contract::{
    Channel,
    gate::{Answer as Said, Ask, Class, Verdict},
};
use zhike_kernel::{Result, Stamp};
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

/// The way that is offered, and what the gate says of it.
pub(crate) struct Picked {
    pub channel: Channel,
    pub said: Said,
    /// As it came.
    pub came: Channel,
    /// The customer named it before all others.
    pub preferred: bool,
}

/// The question of an answer in a conversation by this way.
pub(crate) fn ask(talk: &Record, party: i64, channel: Channel, at: Stamp) -> Ask {
    let own = channel.word() == talk.text("channel") && !talk.text("address").is_empty();
    Ask {
        party,
        class: Class::Service,
        topic: String::new(),
        channel,
        // The address they wrote from is the one they want the answer at.
        address: own.then(|| talk.text("address").to_owned()),
        at,
        may_change: false,
        may_wait: true,
        agreed: talk.int("unanswered_since").is_some(),
    }
}

/// The dearest of the ways that the customer named and that we have, if the gate lets it through; else the way it came.
pub(crate) async fn pick(ctx: &Ctx, ports: &Ports, talk: &Record, party: i64) -> Result<Picked> {
    let ready = ready(ctx, ports).await?;
    let came = usual(&ready, talk.text("channel"));
    for channel in ports.gate.ranked(ctx, ctx.db(), party, Class::Service).await? {
        // The portal reads only who came by it.
        if !ready.contains(&channel) || (channel == Channel::Portal && came != channel) {
            continue;
        }
        let said = ports.gate.ask(ctx, &ask(talk, party, channel, ctx.now())).await?;
        if matches!(said.verdict, Verdict::Allowed | Verdict::Later(_)) {
            return Ok(Picked {
                channel,
                said,
                came,
                preferred: true,
            });
        }
    }
    let asked = Ask {
        may_change: true,
        ..ask(talk, party, came, ctx.now())
    };
    Ok(Picked {
        channel: came,
        said: ports.gate.ask(ctx, &asked).await?,
        came,
        preferred: false,
    })
}

/// The field with the ways, and below it what the customer's wishes say of the one that is chosen.
pub(crate) async fn choose(ports: &Ports, visit: &Visit, talk: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let ready = ready(&visit.ctx, ports).await?;
    let Some(party) = talk.int("party_id") else {
        // Nothing is known of a stranger but the way they came.
        return Ok(html! {});
    };
    let picked = pick(&visit.ctx, ports, talk, party).await?;
    let (came, said) = (picked.came, &picked.said);
    let name = |c: Channel| loc.t(&format!("channel-{}", c.word()));
    let (chosen, tone, words) = match said.verdict {
        Verdict::Allowed => (picked.channel, None, String::new()),
        Verdict::Later(at) => (
            picked.channel,
            Some(ui::Tone::Customer),
            loc.tv("inbox-way-later", &[("at", loc.stamp(at).into())]),
        ),
        Verdict::Elsewhere(other, _) => {
            let words = loc.tv(
                "inbox-way-else",
                &[("asked", name(came).into()), ("other", name(other).into())],
            );
            let chosen = if ready.contains(&other) { other } else { came };
            (chosen, Some(ui::Tone::Customer), words)
        }
        Verdict::Withheld => (came, Some(ui::Tone::Warn), loc.t("inbox-way-none")),
    };
    let why = said.reasons.first().filter(|_| tone.is_some());
    let why = why.map(|r| zhike_web::gate::sentence(loc, r));
    let choices: Vec<ui::Choice> = WRITTEN
        .iter()
        .filter(|c| **c == came || (ready.contains(c) && **c != Channel::Portal))
        .map(|c| ui::Choice::new(c.word(), name(*c)))
        .collect();
    let wrote = talk.text("channel");
    let key = match chosen.word() == wrote {
        true => "inbox-way-wanted",
        false => "inbox-way-preferred",
    };
    let args = [
        ("way", name(chosen).into()),
        ("came", loc.t(&format!("channel-{wrote}")).into()),
    ];
    let hint = picked.preferred.then(|| loc.tv(key, &args));
    let field = ui::Field::new("channel", loc.t("inbox-way"));
    let field = match &hint {
        Some(words) => field.hint(words),
        None => field,
    };
    Ok(html! {
        @if let Some(tone) = tone { (ui::callout(tone, html! { (words) @if let Some(why) = why { " " span.sm { (why) } } })) }
        @if choices.len() > 1 || chosen != Channel::Email { (field.select(&choices, chosen.word(), None)) }
        @else if let Some(words) = hint { p.sm.mut { (words) } }
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
