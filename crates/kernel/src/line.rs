//! The arithmetic of a line of a document: of orders, quotes and whatever is written in lines. Pure, integers only.

use crate::{error::FieldError, money::mul_div};

/// Thousandths in a whole.
pub const MILLI: i64 = 1_000;
/// Parts per million in a whole.
pub const WHOLE: i64 = 1_000_000;

/// What a line is made of: quantity in thousandths, money in minor units, rate in parts per million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Thousandths; negative on a return.
    pub quantity: i64,
    /// Price of one.
    pub unit_price: i64,
    /// Taken off the whole line, with the sign of the quantity.
    pub discount: i64,
    /// Parts per million.
    pub tax_rate: i64,
    /// Cost of one, if it is known.
    pub unit_cost: Option<i64>,
}

/// What a line amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Quantity × price − discount.
    pub net: i64,
    /// Tax on it.
    pub tax: i64,
    /// Quantity × cost.
    pub cost: Option<i64>,
}

/// A complaint about one field.
pub fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// Computes a line, or says what is wrong with it. A discount never turns the sign of the line.
pub fn line(l: &Line) -> Result<Sums, FieldError> {
    let large = || wrong("quantity", "error-too-large");
    if l.quantity == 0 {
        return Err(wrong("quantity", "error-order-zero"));
    }
    if l.unit_price < 0 {
        return Err(wrong("unit_price", "error-order-price"));
    }
    if l.unit_cost.is_some_and(|c| c < 0) {
        return Err(wrong("unit_cost", "error-order-price"));
    }
    if !(0..=WHOLE).contains(&l.tax_rate) {
        return Err(wrong("tax_rate", "error-order-rate"));
    }
    let gross = mul_div(l.quantity, l.unit_price, MILLI).ok_or_else(large)?;
    let turned = l.discount != 0 && (l.discount < 0) != (l.quantity < 0);
    if turned || l.discount.unsigned_abs() > gross.unsigned_abs() {
        return Err(wrong("discount", "error-order-discount"));
    }
    let net = gross.checked_sub(l.discount).ok_or_else(large)?;
    let tax = mul_div(net, l.tax_rate, WHOLE).ok_or_else(large)?;
    net.checked_add(tax).ok_or_else(large)?;
    let cost = match l.unit_cost {
        Some(c) => Some(mul_div(l.quantity, c, MILLI).ok_or_else(large)?),
        None => None,
    };
    Ok(Sums { net, tax, cost })
}

/// The part of an amount that belongs to `quantity` of `whole`, when for `gone` of it `done` was told before: the last part
/// is what is left, so that all parts together are the amount exactly.
pub fn part(amount: i64, whole: i64, gone: i64, done: i64, quantity: i64) -> Option<i64> {
    if gone.checked_add(quantity)? >= whole {
        return amount.checked_sub(done);
    }
    mul_div(amount, quantity, whole)
}

/// `part / whole` in parts per million, none when the whole is nothing.
pub fn share(part: i64, whole: i64) -> Option<i64> {
    mul_div(part, WHOLE, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_rounded_once_for_the_net_and_once_for_the_tax() {
        let l = Line {
            quantity: 2_500,
            unit_price: 3_333,
            discount: 100,
            tax_rate: 130_000,
            unit_cost: Some(2_000),
        };
        let want = Sums {
            net: 8_232,
            tax: 1_070,
            cost: Some(5_000),
        };
        assert_eq!(line(&l), Ok(want));
        // A third of 10.00, another, and what is left.
        assert_eq!(part(1_000, 3_000, 0, 0, 1_000), Some(333));
        assert_eq!(part(1_000, 3_000, 1_000, 333, 1_000), Some(333));
        assert_eq!(part(1_000, 3_000, 2_000, 666, 1_000), Some(334));
        assert_eq!(share(1, 3), Some(333_333));
        assert_eq!(share(1, 0), None);
    }
}
