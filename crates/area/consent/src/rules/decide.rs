//! The verdict: the first moment on the channel asked for; else another channel that the customer named; else nothing.

use super::{
    Allow, Case, Question, Why,
    hold::{address_of, closure, holds, valid},
};
use zhike_contract::gate::{Channel, Class, Verdict};
use zhike_kernel::Stamp;

/// So far the first allowed moment is sought.
pub(crate) const HORIZON_DAYS: i64 = 400;

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub verdict: Verdict,
    /// The deciding rule first.
    pub reasons: Vec<Why>,
    pub address: Option<String>,
}

impl Said {
    /// The rule that decided.
    pub(crate) fn rule(&self) -> &'static str {
        self.reasons.first().map_or("", |r| r.rule)
    }
}

/// One channel, looked at for itself.
struct Weighed<'a> {
    /// The first moment, were the way not closed.
    first: Option<Stamp>,
    /// What was in the way.
    whys: Vec<Why>,
    closed: Option<Why>,
    address: Option<&'a str>,
}

fn weigh<'a>(case: &Case<'a>, q: &Question<'a>, channel: Channel) -> Weighed<'a> {
    let address = address_of(case, q, channel);
    let closed = closure(case, q.class, channel, address);
    let most = q.at.plus_seconds(HORIZON_DAYS * 86_400);
    let mut whys: Vec<Why> = vec![];
    let mut t = q.at;
    let first = loop {
        let mut held = holds(case, q, channel, address, t, most);
        if held.is_empty() {
            break Some(t);
        }
        // Whatever lasts longest decides; what never ends before all.
        held.sort_by_key(|h| std::cmp::Reverse(h.until.map_or(i64::MAX, |u| u.0)));
        let last = held.first().map(|h| (h.until, h.why.clone()));
        for hold in held {
            if !whys.iter().any(|w| w.rule == hold.why.rule) {
                whys.push(hold.why);
            }
        }
        match last {
            Some((Some(until), _)) if until > t && until <= most => t = until,
            Some((None, why)) => {
                // The rule that closes it for good decides, though it came into play last.
                whys.retain(|w| w.rule != why.rule);
                whys.insert(0, why);
                break None;
            }
            _ => {
                whys.insert(0, Why::new("gate-no-time").with("days", HORIZON_DAYS));
                break None;
            }
        }
    };
    Weighed {
        first,
        whys,
        closed,
        address,
    }
}

fn said(verdict: Verdict, reasons: Vec<Why>, address: Option<&str>) -> Said {
    Said {
        verdict,
        reasons,
        address: address.map(str::to_owned),
    }
}

/// Why it is allowed at all.
fn right(case: &Case<'_>, q: &Question<'_>, channel: Channel, at: Stamp) -> Why {
    match q.class {
        Class::Law => Why::new("gate-ok-law"),
        Class::Safety => Why::new("gate-ok-safety"),
        Class::Contract => Why::new("gate-ok-contract"),
        Class::Service if q.agreed => Why::new("gate-ok-agreed"),
        Class::Service => Why::new("gate-ok-service"),
        Class::Promotion => {
            let found = valid(case, q.topic, channel, case.calendar.today(at));
            let why = Why::new("gate-ok-consent");
            match found {
                Some(c) => why.with("day", c.given.to_string()).with("consent", c.id),
                None => why.with("day", "none"),
            }
        }
    }
}

/// Another channel, in the customer's order, on which it could go.
fn other<'a>(case: &Case<'a>, q: &Question<'a>, wait: bool) -> Option<(Channel, Stamp, Option<&'a str>)> {
    let named = &case.wish.channels.as_ref()?.value;
    named
        .iter()
        .filter(|w| w.channel.0 != q.channel && w.allow != Allow::No)
        .find_map(|w| {
            let channel = w.channel.0;
            let weighed = weigh(case, q, channel);
            let at = weighed.first.filter(|at| wait || *at == q.at)?;
            weighed.closed.is_none().then_some((channel, at, weighed.address))
        })
}

/// May it go? See the module's text and [`super`].
pub(crate) fn decide(case: &Case<'_>, q: &Question<'_>) -> Said {
    let own = weigh(case, q, q.channel);
    let (mut whys, mut passed) = (own.whys, None);
    let mut first = own.first;
    if let Some(closed) = own.closed {
        // The law cannot be refused, nor can what a contract in force asks; but the customer chooses the way.
        let stands = match q.class {
            Class::Law | Class::Safety => q.may_change && q.may_wait && other(case, q, true).is_some(),
            Class::Contract => other(case, q, true).is_some(),
            Class::Service | Class::Promotion => true,
        };
        if stands {
            whys.insert(0, closed);
            first = None;
        } else {
            passed = Some(Why {
                rule: "gate-closed-but-due",
                ..closed
            });
        }
    }
    let mine = |rest: Vec<Why>| {
        let at = first.unwrap_or(q.at);
        let mut all = vec![right(case, q, q.channel, at)];
        all.extend(passed.clone());
        all.extend(rest);
        all
    };
    match first {
        Some(at) if at == q.at => return said(Verdict::Allowed, mine(vec![]), own.address),
        Some(at) if q.may_wait => {
            whys.extend(passed);
            return said(Verdict::Later(at), whys, own.address);
        }
        _ => {}
    }
    if q.may_change
        && let Some((channel, at, address)) = other(case, q, q.may_wait)
    {
        return said(Verdict::Elsewhere(channel, at), whys, address);
    }
    if let Some(at) = first {
        whys.push(Why::new("gate-may-not-wait").with("at", at.0));
    }
    said(Verdict::Withheld, whys, own.address)
}
