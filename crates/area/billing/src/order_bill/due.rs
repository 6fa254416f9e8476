//! Which part of each line of an order is to be invoiced; pure. Each part takes its share of the line's amounts, the last
//! one what is left of them: all invoices together are the order, to the cent.

use std::collections::BTreeMap;
use zhike_contract::Billable;
use zhike_kernel::line;

/// What of a line is invoiced already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    pub quantity: i64,
    pub net: i64,
    pub tax: i64,
}

/// A part of a line to be invoiced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub line: i64,
    pub quantity: i64,
    pub net: i64,
    pub tax: i64,
}

impl Part {
    fn is_something(&self) -> bool {
        self.quantity != 0 || self.net != 0 || self.tax != 0
    }
}

/// What is to be invoiced: of what was ordered, or of what has left. Lines that were invoiced and ordered away again are
/// given back.
pub(crate) fn due(lines: &[Billable], done: &BTreeMap<i64, Done>, by_shipment: bool) -> Option<Vec<Part>> {
    let mut out = vec![];
    for l in lines {
        let target = if by_shipment {
            l.left.min(l.quantity)
        } else {
            l.quantity
        };
        let d = done.get(&l.line).copied().unwrap_or_default();
        let quantity = target - d.quantity;
        let part = if quantity > 0 {
            Part {
                line: l.line,
                quantity,
                net: line::part(l.net, l.quantity, d.quantity, d.net, quantity)?,
                tax: line::part(l.tax, l.quantity, d.quantity, d.tax, quantity)?,
            }
        } else if target >= l.quantity {
            // Invoiced in full: only what the line was changed by since.
            Part {
                line: l.line,
                quantity,
                net: l.net.checked_sub(d.net)?,
                tax: l.tax.checked_sub(d.tax)?,
            }
        } else {
            continue;
        };
        out.push(part);
    }
    let there = |id: &i64| lines.iter().any(|l| l.line == *id);
    out.extend(done.iter().filter(|(id, _)| !there(id)).map(|(id, d)| Part {
        line: *id,
        quantity: -d.quantity,
        net: -d.net,
        tax: -d.tax,
    }));
    out.retain(Part::is_something);
    Some(out)
}

/// What parts come to.
pub(crate) fn sum(parts: &[Part]) -> i64 {
    parts
        .iter()
        .fold(0, |all: i64, p| all.saturating_add(p.net).saturating_add(p.tax))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(quantity: i64, left: i64, net: i64, tax: i64) -> Billable {
        Billable {
            line: 1,
            product: None,
            description: String::new(),
            unit: String::new(),
            quantity,
            left,
            net,
            tax,
        }
    }

    fn add(done: &mut BTreeMap<i64, Done>, parts: &[Part]) {
        for p in parts {
            let d = done.entry(p.line).or_default();
            (d.quantity, d.net, d.tax) = (d.quantity + p.quantity, d.net + p.net, d.tax + p.tax);
        }
    }

    #[test]
    fn a_line_ordered_away_is_given_back() {
        let mut done = BTreeMap::new();
        let first = due(&[line(3_000, 0, 9_994, 1_299)], &done, false).unwrap();
        add(&mut done, &first);
        assert_eq!(sum(&due(&[], &done, false).unwrap()), -11_293);
        // Fewer and cheaper: the difference.
        assert_eq!(
            sum(&due(&[line(1_000, 0, 3_331, 433)], &done, false).unwrap()),
            3_764 - 11_293
        );
        assert_eq!(due(&[line(3_000, 3_000, 9_994, 1_299)], &done, true).unwrap(), []);
    }

    proptest! {
        #[test]
        fn all_parts_together_are_the_line(
            quantity in 1_i64..100_000, net in 0_i64..10_000_000, tax in 0_i64..2_000_000, cuts in prop::collection::vec(0_i64..100_000, 0..6)
        ) {
            let mut done = BTreeMap::new();
            let mut left: Vec<i64> = cuts.into_iter().map(|c| c.min(quantity)).collect();
            left.sort_unstable();
            left.push(quantity);
            let mut before = 0;
            for l in left {
                let parts = due(&[line(quantity, l, net, tax)], &done, true).unwrap();
                let now: i64 = parts.iter().map(|p| p.quantity).sum();
                prop_assert_eq!(now, l - before);
                before = l;
                add(&mut done, &parts);
            }
            prop_assert_eq!(done.get(&1).copied().unwrap_or_default(), Done { quantity, net, tax });
        }
    }
}
