//! From the lines of a shop to lines of an order: price of one, discount and rate are chosen so that the order comes to what
//! the shop says, to the cent. Pure.

use crate::doc::Line;
use zhike_kernel::{
    Error, Result,
    line::{self, MILLI, WHOLE},
    money::mul_div,
};

/// A line as the order keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub unit_price: i64,
    pub discount: i64,
    pub tax_rate: i64,
    /// What it comes to.
    pub net: i64,
    pub tax: i64,
}

/// The rate by which a net bears this tax: a round one if there is one.
fn rate(net: i64, tax: i64) -> Option<i64> {
    if tax == 0 {
        return Some(0);
    }
    let exact = mul_div(tax, WHOLE, net)?;
    let fits = |r: &i64| (0..=WHOLE).contains(r) && mul_div(net, *r, WHOLE) == Some(tax);
    [10_000, 1_000, 100, 1]
        .into_iter()
        .filter_map(|step| mul_div(exact, 1, step)?.checked_mul(step))
        .find(fits)
}

/// One line. The price of one is rounded up and the rest is discount, so the net is exact.
fn row(l: &Line) -> Result<Row> {
    let wrong = || Error::field("line_items", "error-shop-line");
    if l.quantity <= 0 || l.net < 0 || l.tax < 0 {
        return Err(wrong());
    }
    let before = l.before.max(l.net);
    let scaled = i128::from(before) * i128::from(MILLI);
    let unit = (scaled + i128::from(l.quantity) - 1) / i128::from(l.quantity);
    let unit_price = i64::try_from(unit).map_err(|_| wrong())?;
    let gross = mul_div(l.quantity, unit_price, MILLI).ok_or_else(wrong)?;
    let closest = || mul_div(l.tax, WHOLE, l.net).unwrap_or(0).clamp(0, WHOLE);
    let tax_rate = rate(l.net, l.tax).unwrap_or_else(closest);
    let made = line::line(&line::Line {
        quantity: l.quantity,
        unit_price,
        discount: gross - l.net,
        tax_rate,
        unit_cost: None,
    })
    .map_err(|e| Error::fields(vec![e]))?;
    Ok(Row {
        unit_price,
        discount: gross - l.net,
        tax_rate,
        net: made.net,
        tax: made.tax,
    })
}

/// All lines, and one more where the shop rounded otherwise: together they are `total`. Refused when the parts of the message
/// do not add up to it.
pub(crate) fn rows(lines: &[Line], total: i64) -> Result<Vec<(Line, Row)>> {
    let mut all = vec![];
    for l in lines.iter().filter(|l| l.quantity != 0) {
        all.push((l.clone(), row(l)?));
    }
    let sum = |all: &[(Line, Row)]| {
        all.iter()
            .fold(0_i64, |s, (_, r)| s.saturating_add(r.net).saturating_add(r.tax))
    };
    let said: i64 = lines
        .iter()
        .filter(|l| l.quantity != 0)
        .fold(0, |s, l| s.saturating_add(l.net).saturating_add(l.tax));
    let lost = i64::try_from(all.len()).unwrap_or(i64::MAX).max(2);
    if (total - said).abs() > lost {
        return Err(Error::field("total", "error-shop-sum"));
    }
    let less = total - sum(&all);
    if less > 0 {
        let more = Line {
            remote: "rounding".into(),
            name: "±".into(),
            quantity: MILLI,
            before: less,
            net: less,
            ..Line::default()
        };
        let made = row(&more)?;
        all.push((more, made));
    } else if less < 0 {
        // Taken off the dearest line, which then bears its tax as it was said.
        let at = (0..all.len()).max_by_key(|i| all.get(*i).map_or(0, |(_, r)| r.net));
        let Some((l, r)) = at.and_then(|i| all.get_mut(i)) else {
            return Err(Error::field("total", "error-shop-sum"));
        };
        let want = r.net + r.tax + less;
        let fitting = (0..=lost.saturating_mul(2)).find_map(|d| {
            let cut = Line {
                net: r.net - d,
                tax: want - (r.net - d),
                ..l.clone()
            };
            row(&cut).ok().filter(|made| made.net + made.tax == want)
        });
        *r = fitting.ok_or_else(|| Error::field("total", "error-shop-sum"))?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(quantity: i64, before: i64, net: i64, tax: i64) -> Line {
        Line {
            quantity,
            before,
            net,
            tax,
            ..Line::default()
        }
    }

    #[test]
    fn what_does_not_divide_is_discount() {
        // Three for 10.00, nineteen percent on it.
        let all = rows(&[line(3_000, 1_000, 1_000, 190)], 1_190).unwrap();
        let r = &all[0].1;
        assert_eq!((r.unit_price, r.discount, r.tax_rate), (334, 2, 190_000));
        assert_eq!((r.net, r.tax), (1_000, 190));
        // Given away.
        let free = rows(&[line(1_000, 500, 0, 0)], 0).unwrap();
        assert_eq!((free[0].1.unit_price, free[0].1.discount), (500, 500));
    }

    #[test]
    fn cents_of_rounding_are_kept_and_missing_parts_refused() {
        let more = rows(&[line(1_000, 1_000, 1_000, 190)], 1_191).unwrap();
        assert_eq!((more.len(), more[1].1.net), (2, 1));
        let less = rows(&[line(1_000, 1_000, 1_000, 190)], 1_189).unwrap();
        assert_eq!(less[0].1.net + less[0].1.tax, 1_189);
        assert!(rows(&[line(1_000, 1_000, 1_000, 190)], 2_190).is_err());
        assert!(rows(&[line(1_000, 1_000, -5, 0)], -5).is_err());
    }

    proptest! {
        #[test]
        fn an_order_comes_to_what_the_shop_says(
            parts in prop::collection::vec((1_i64..50, 0_i64..5_000_000, 0_i64..1_000, 0_i64..300_000), 1..12),
            off in -1_i64..=1,
        ) {
            let lines: Vec<Line> = parts
                .iter()
                .map(|(n, before, cut, rate)| {
                    let net = before - mul_div(*before, *cut, 1_000).unwrap();
                    line(n * 1_000, *before, net, mul_div(net, *rate, WHOLE).unwrap())
                })
                .collect();
            let total: i64 = lines.iter().map(|l| l.net + l.tax).sum::<i64>() + off;
            if let Ok(made) = rows(&lines, total) {
                prop_assert_eq!(made.iter().map(|(_, r)| r.net + r.tax).sum::<i64>(), total);
                for (l, r) in &made {
                    let again = line::line(&line::Line {
                        quantity: l.quantity, unit_price: r.unit_price, discount: r.discount, tax_rate: r.tax_rate, unit_cost: None,
                    }).unwrap();
                    prop_assert_eq!((again.net, again.tax), (r.net, r.tax));
                }
            } else {
                // Only when a cent is to be taken off what has none.
                prop_assert!(off < 0 || lines.iter().any(|l| l.net == 0));
            }
        }
    }
}
