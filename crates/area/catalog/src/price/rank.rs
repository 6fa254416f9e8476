//! Which entry of the price books makes the price. Pure.
//!
//! Among the entries that fit, the order is: the book's priority; then a book for this customer before one for a tier,
//! for a channel, for everybody; then one with a period before one without; then the larger quantity break; then the newer.

use std::cmp::Ordering;
use zhike_contract::{Reason, ReasonArg};

/// An entry with its book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub id: i64,
    pub book: String,
    pub active: bool,
    pub priority: i64,
    pub party: Option<i64>,
    pub tier: Option<String>,
    pub channel: Option<String>,
    /// Later of the first days of book and entry.
    pub from_on: Option<String>,
    /// Earlier of the last days of book and entry.
    pub until_on: Option<String>,
    pub currency: String,
    pub from_quantity: i64,
    pub price: Option<i64>,
    pub discount_rate: Option<i64>,
}

/// What the entries are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub party: Option<i64>,
    pub tier: Option<String>,
    pub channel: String,
    pub on: String,
    pub quantity: i64,
    pub currency: String,
}

/// Why an entry does not fit, if it does not.
fn unfit(entry: &Entry, case: &Case) -> Option<&'static str> {
    let other = |mine: &Option<String>, theirs: Option<&str>| mine.as_deref().is_some_and(|m| Some(m) != theirs);
    if !entry.active {
        Some("price-unfit-inactive")
    } else if entry.currency != case.currency {
        Some("price-unfit-currency")
    } else if entry.party.is_some() && entry.party != case.party {
        Some("price-unfit-party")
    } else if other(&entry.tier, case.tier.as_deref()) {
        Some("price-unfit-tier")
    } else if other(&entry.channel, Some(&case.channel)) {
        Some("price-unfit-channel")
    } else if entry.from_on.as_deref().is_some_and(|d| case.on.as_str() < d) {
        Some("price-unfit-early")
    } else if entry.until_on.as_deref().is_some_and(|d| case.on.as_str() > d) {
        Some("price-unfit-late")
    } else if case.quantity < entry.from_quantity {
        Some("price-unfit-quantity")
    } else {
        None
    }
}

/// How closely a book is meant for the one who asks.
fn closeness(e: &Entry) -> (bool, bool, bool) {
    (e.party.is_some(), e.tier.is_some(), e.channel.is_some())
}

fn strength(a: &Entry, b: &Entry) -> (Ordering, &'static str) {
    let dated = |e: &Entry| e.from_on.is_some() || e.until_on.is_some();
    let steps = [
        (a.priority.cmp(&b.priority), "price-weaker-priority"),
        (closeness(a).cmp(&closeness(b)), "price-weaker-close"),
        (dated(a).cmp(&dated(b)), "price-weaker-period"),
        (a.from_quantity.cmp(&b.from_quantity), "price-weaker-break"),
        (a.id.cmp(&b.id), "price-weaker-older"),
    ];
    steps
        .into_iter()
        .find(|s| s.0 != Ordering::Equal)
        .unwrap_or((Ordering::Equal, "price-weaker-older"))
}

fn told(code: &str, e: &Entry, won: bool) -> Reason {
    let mut reason = Reason::new(code, won).with("book", ReasonArg::Text(e.book.clone()));
    if let Some(price) = e.price {
        reason = reason.with("price", ReasonArg::Money(price));
    }
    if let Some(rate) = e.discount_rate {
        reason = reason.with("rate", ReasonArg::Rate(rate));
    }
    if e.from_quantity > 0 {
        reason = reason.with("from", ReasonArg::Quantity(e.from_quantity));
    }
    for (name, day) in [("since", &e.from_on), ("until", &e.until_on)] {
        if let Some(day) = day {
            reason = reason.with(name, ReasonArg::Text(day.clone()));
        }
    }
    reason
}

/// The winner among the entries, and a sentence for each of them, the winner's first. Prices of other currencies are not
/// told: they could not be compared.
pub(crate) fn choose<'a>(entries: &'a [Entry], case: &Case) -> (Option<&'a Entry>, Vec<Reason>) {
    let (mut fit, mut rest) = (vec![], vec![]);
    for entry in entries {
        match unfit(entry, case) {
            None => fit.push(entry),
            Some("price-unfit-currency") => {
                let bare = Entry {
                    price: None,
                    ..entry.clone()
                };
                let reason = told("price-unfit-currency", &bare, false);
                rest.push(reason.with("currency", ReasonArg::Text(entry.currency.clone())));
            }
            Some(code) => rest.push(told(code, entry, false)),
        }
    }
    fit.sort_by(|a, b| strength(b, a).0);
    let mut reasons = vec![];
    if let Some((best, weaker)) = fit.split_first() {
        let code = if best.price.is_some() {
            "price-won-price"
        } else {
            "price-won-discount"
        };
        reasons.push(told(code, best, true));
        reasons.extend(weaker.iter().map(|e| told(strength(best, e).1, e, false)));
    }
    reasons.extend(rest);
    (fit.first().copied(), reasons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(id: i64) -> Entry {
        Entry {
            id,
            book: format!("book {id}"),
            active: true,
            currency: "CNY".into(),
            price: Some(10_000 - id),
            ..Entry::default()
        }
    }
    fn case(quantity: i64) -> Case {
        Case {
            party: Some(7),
            tier: Some("gold".into()),
            channel: "web".into(),
            on: "2026-06-15".into(),
            quantity,
            currency: "CNY".into(),
        }
    }

    #[test]
    fn the_customer_goes_before_the_tier_the_channel_and_everybody() {
        let all = [
            entry(1),
            Entry {
                channel: Some("web".into()),
                ..entry(2)
            },
            Entry {
                tier: Some("gold".into()),
                ..entry(3)
            },
            Entry {
                party: Some(7),
                ..entry(4)
            },
        ];
        for n in 1..=all.len() {
            let (won, reasons) = choose(&all[..n], &case(1_000));
            assert_eq!(won.map(|e| e.id), Some(all[n - 1].id));
            assert_eq!(reasons.len(), n);
            assert!(reasons[1..].iter().all(|r| r.code == "price-weaker-close"));
        }
        let loud = [
            Entry {
                priority: 1,
                ..entry(1)
            },
            all[3].clone(),
        ];
        assert_eq!(choose(&loud, &case(1_000)).0.map(|e| e.id), Some(1));
    }

    #[test]
    fn days_are_inclusive() {
        let e = [Entry {
            from_on: Some("2026-06-15".into()),
            until_on: Some("2026-06-16".into()),
            ..entry(1)
        }];
        for (on, fits) in [
            ("2026-06-14", false),
            ("2026-06-15", true),
            ("2026-06-16", true),
            ("2026-06-17", false),
        ] {
            let c = Case {
                on: on.into(),
                ..case(1_000)
            };
            assert_eq!(choose(&e, &c).0.is_some(), fits, "{on}");
        }
    }

    proptest! {
        #[test]
        fn a_break_begins_exactly_at_its_quantity(mut at in proptest::collection::vec(1_i64..1_000, 1..6), q in 0_i64..1_100) {
            at.sort_unstable();
            at.dedup();
            // More is cheaper.
            let list: Vec<Entry> = (0_i64..).zip(&at).map(|(i, from)| Entry { from_quantity: *from, price: Some(1_000 - i), ..entry(i + 1) }).collect();
            let won = choose(&list, &case(q)).0.map(|e| e.from_quantity);
            prop_assert_eq!(won, at.iter().copied().filter(|f| *f <= q).max());
            let price = |q| choose(&list, &case(q)).0.and_then(|e| e.price).unwrap_or(i64::MAX);
            prop_assert!(price(q + 1) <= price(q));
        }

        #[test]
        fn currencies_are_never_mixed(codes in proptest::collection::vec(0_usize..3, 0..8), want in 0_usize..3) {
            let all = ["CNY", "EUR", "USD"];
            let list: Vec<Entry> = (1_i64..).zip(&codes).map(|(i, c)| Entry { currency: all[*c].into(), ..entry(i) }).collect();
            let c = Case { currency: all[want].into(), ..case(1_000) };
            let (won, reasons) = choose(&list, &c);
            prop_assert_eq!(won.is_some(), codes.contains(&want));
            prop_assert!(won.is_none_or(|e| e.currency == all[want]));
            prop_assert_eq!(reasons.len(), list.len());
            prop_assert!(reasons.iter().filter(|r| r.code == "price-unfit-currency").all(|r| !r.args.contains_key("price")));
        }

        #[test]
        fn the_order_of_the_entries_does_not_matter(spec in proptest::collection::vec((0_i64..3, 0_u8..8, any::<bool>(), 0_i64..3), 0..7), turn in 0_usize..7) {
            let mut list: Vec<Entry> = (1_i64..).zip(&spec).map(|(i, (p, bits, dated, from))| Entry {
                priority: *p,
                party: (bits & 1 > 0).then_some(7),
                tier: (bits & 2 > 0).then(|| "gold".into()),
                channel: (bits & 4 > 0).then(|| "web".into()),
                from_on: dated.then(|| "2026-01-01".into()),
                from_quantity: from * 1_000,
                ..entry(i)
            }).collect();
            let before = choose(&list, &case(1_500)).0.map(|e| e.id);
            if !list.is_empty() {
                let n = turn % list.len();
                list.rotate_left(n);
            }
            prop_assert_eq!(choose(&list, &case(1_500)).0.map(|e| e.id), before);
        }
    }
}
