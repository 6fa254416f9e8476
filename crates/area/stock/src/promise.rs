//! When goods can leave, and why then; pure. First what lies free, then what is expected and not yet spoken for, then what
//! can be bought or made.

use std::collections::{BTreeMap, HashMap};
use zhike_contract::{LinePromise, Need, Part, Promise, Reason, ReasonArg};
use zhike_kernel::Date;

/// What is known of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Supply {
    /// Kept in stock; else made to order.
    pub stocked: bool,
    /// Ready for the next order.
    pub free: i64,
    /// What other orders wait for.
    pub waiting: i64,
    /// Expected goods (day, quantity), in any order; what is late is expected today.
    pub incoming: Vec<(Date, i64)>,
    /// Calendar days until more of it can be had.
    pub lead_days: Option<i64>,
    /// How much can be made on a working day.
    pub capacity: Option<i64>,
    /// May be sold below zero.
    pub allow_negative: bool,
}

/// What is left of a product's supply while the lines of an order are served one after the other.
struct Left<'a> {
    supply: &'a Supply,
    free: i64,
    incoming: Vec<(Date, i64)>,
    queue: i64,
}

impl<'a> Left<'a> {
    fn new(supply: &'a Supply, today: Date) -> Left<'a> {
        let mut incoming: Vec<(Date, i64)> = supply
            .incoming
            .iter()
            .map(|(day, q)| ((*day).max(today), (*q).max(0)))
            .collect();
        incoming.sort_unstable();
        let mut before = supply.waiting.max(0);
        if supply.stocked {
            // Who waits already gets it first.
            for (_, quantity) in &mut incoming {
                let part = (*quantity).min(before);
                *quantity -= part;
                before -= part;
            }
        }
        Left {
            supply,
            free: supply.free.max(0),
            incoming,
            queue: before,
        }
    }
}

fn days_later(day: Date, days: i64) -> Option<Date> {
    day.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// The `n`-th working day (Monday to Friday) after a day; the day itself for none.
pub(crate) fn working_days(day: Date, n: i64) -> Option<Date> {
    let mut out = days_later(day, n.checked_div(5)?.checked_mul(7)?)?;
    let mut left = n % 5;
    let free = |d: Date| d.weekday().to_monday_zero_offset() >= 5;
    if n > 0 && left == 0 {
        // Whole weeks from a weekend end on the weekend; the work was done on the Friday before.
        while free(out) {
            out = out.yesterday().ok()?;
        }
    }
    while left > 0 {
        out = out.tomorrow().ok()?;
        if !free(out) {
            left -= 1;
        }
    }
    Some(out)
}

fn say(code: &str, args: &[(&str, ReasonArg)]) -> Reason {
    let mut reason = Reason::new(code, true);
    for (name, arg) in args {
        reason.args.insert((*name).to_owned(), arg.clone());
    }
    reason
}

fn day(d: Date) -> ReasonArg {
    ReasonArg::Text(d.to_string())
}

/// The promise for the lines of an order. `own` is what a line has reserved already.
pub(crate) fn promise(
    today: Date,
    needs: &[Need],
    own: &HashMap<i64, i64>,
    supplies: &BTreeMap<i64, Supply>,
) -> Promise {
    let mut left: BTreeMap<i64, Left> = supplies.iter().map(|(id, s)| (*id, Left::new(s, today))).collect();
    let lines: Vec<LinePromise> = needs
        .iter()
        .map(|need| match left.get_mut(&need.product) {
            None => unknown(today, need),
            Some(l) if l.supply.stocked => from_stock(today, need, own.get(&need.line).copied().unwrap_or(0), l),
            Some(l) => made(today, need, l),
        })
        .collect();
    let mut on = lines.iter().map(|l| l.on).max().flatten();
    if lines.iter().any(|l| l.on.is_none()) {
        on = None;
    }
    Promise { lines, on }
}

/// Nobody counts this product: it does not hold the order up.
fn unknown(today: Date, need: &Need) -> LinePromise {
    LinePromise {
        need: need.clone(),
        parts: vec![Part {
            on: today,
            quantity: need.quantity,
        }],
        on: Some(today),
        ready: need.quantity,
        short: false,
        reasons: vec![say("stock-why-not-kept", &[])],
    }
}

fn add(parts: &mut Vec<Part>, on: Date, quantity: i64) {
    match parts.iter_mut().find(|p| p.on == on) {
        Some(part) => part.quantity += quantity,
        None => parts.push(Part { on, quantity }),
    }
}

fn finish(need: &Need, mut parts: Vec<Part>, left: i64, ready: i64, short: bool, reasons: Vec<Reason>) -> LinePromise {
    parts.sort_unstable_by_key(|p| p.on);
    let on = parts.last().map(|p| p.on).filter(|_| left == 0);
    LinePromise {
        need: need.clone(),
        parts,
        on,
        ready,
        short,
        reasons,
    }
}

fn from_stock(today: Date, need: &Need, own: i64, l: &mut Left) -> LinePromise {
    let (mut parts, mut reasons) = (vec![], vec![]);
    let kept = own.clamp(0, need.quantity);
    let here = l.free.min(need.quantity - kept);
    l.free -= here;
    let ready = kept + here;
    let mut left = need.quantity - ready;
    if kept > 0 {
        reasons.push(say("stock-why-reserved", &[("quantity", ReasonArg::Quantity(kept))]));
    }
    if here > 0 {
        reasons.push(say("stock-why-free", &[("quantity", ReasonArg::Quantity(here))]));
    }
    if ready > 0 {
        add(&mut parts, today, ready);
    }
    if ready == 0 && need.quantity > 0 {
        reasons.push(say("stock-why-none", &[]));
    }
    let short = left > 0 && !l.supply.allow_negative;
    if left > 0 && l.supply.waiting > 0 {
        let waiting = ReasonArg::Quantity(l.supply.waiting);
        reasons.push(say("stock-why-queue", &[("quantity", waiting)]));
    }
    let lead = l.supply.lead_days.and_then(|d| Some((d, days_later(today, d)?)));
    // What is expected later than new goods could be had is not waited for.
    let in_time = |on: Date| lead.is_none_or(|(_, bought)| on <= bought);
    for (on, quantity) in l.incoming.iter_mut().filter(|i| in_time(i.0)) {
        let part = (*quantity).min(left);
        if part > 0 {
            *quantity -= part;
            left -= part;
            add(&mut parts, *on, part);
            reasons.push(say(
                "stock-why-incoming",
                &[("quantity", ReasonArg::Quantity(part)), ("day", day(*on))],
            ));
        }
    }
    if left > 0 {
        match lead {
            Some((days, on)) => {
                reasons.push(say(
                    "stock-why-lead",
                    &[
                        ("quantity", ReasonArg::Quantity(left)),
                        ("days", ReasonArg::Int(days)),
                        ("day", day(on)),
                    ],
                ));
                add(&mut parts, on, left);
                left = 0;
            }
            None => reasons.push(say("stock-why-unknown", &[("quantity", ReasonArg::Quantity(left))])),
        }
    }
    finish(need, parts, left, ready, short, reasons)
}

fn made(today: Date, need: &Need, l: &mut Left) -> LinePromise {
    let (mut parts, mut reasons) = (vec![], vec![]);
    let before = l.queue;
    l.queue = l.queue.saturating_add(need.quantity);
    let after = match l.supply.capacity {
        Some(capacity) if capacity > 0 => {
            let days = l.queue / capacity + i64::from(l.queue % capacity != 0);
            reasons.push(say(
                "stock-why-capacity",
                &[
                    ("capacity", ReasonArg::Quantity(capacity)),
                    ("queue", ReasonArg::Quantity(before)),
                    ("days", ReasonArg::Int(days)),
                ],
            ));
            working_days(today, days)
        }
        Some(_) => None,
        None => l.supply.lead_days.map(|_| today),
    };
    let on = match (after, l.supply.lead_days) {
        (Some(ready), Some(days)) => {
            let on = days_later(ready, days);
            if let Some(on) = on {
                reasons.push(say(
                    "stock-why-made-lead",
                    &[("days", ReasonArg::Int(days)), ("day", day(on))],
                ));
            }
            on
        }
        (Some(ready), None) => {
            reasons.push(say("stock-why-made", &[("day", day(ready))]));
            Some(ready)
        }
        (None, _) => None,
    };
    let left = match on {
        Some(on) => {
            add(&mut parts, on, need.quantity);
            0
        }
        None => {
            reasons.push(say(
                "stock-why-unknown",
                &[("quantity", ReasonArg::Quantity(need.quantity))],
            ));
            need.quantity
        }
    };
    finish(need, parts, left, 0, false, reasons)
}

#[cfg(test)]
#[path = "promise_tests.rs"]
mod tests;
