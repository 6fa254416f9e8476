//! What must hold of a product and a category; pure.

use zhike_kernel::{Values, error::FieldError};

/// The greatest assumed margin: all of the price.
const WHOLE: i64 = 1_000_000;

/// A price or cost below zero is refused.
pub(crate) fn product(new: &Values) -> Vec<FieldError> {
    ["price", "cost", "term_months"]
        .into_iter()
        .filter(|name| new.get(*name).and_then(|v| v.int()).is_some_and(|v| v < 0))
        .map(|name| wrong(name, "error-product-negative"))
        .collect()
}

/// An assumed margin lies between nothing and the whole price.
pub(crate) fn category(new: &Values) -> Vec<FieldError> {
    match new.get("margin_rate").and_then(|v| v.int()) {
        Some(rate) if !(0..=WHOLE).contains(&rate) => vec![wrong("margin_rate", "error-category-margin")],
        _ => vec![],
    }
}

fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// Would `id` stand above itself? `above` are the ids on the way up from its new parent, nearest first.
pub(crate) fn is_cycle(id: i64, above: &[i64]) -> bool {
    above.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zhike_kernel::Value;

    fn values(pairs: &[(&str, i64)]) -> Values {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), Value::Int(*v))).collect()
    }

    #[test]
    fn prices_and_costs_are_never_negative() {
        assert!(product(&values(&[("price", 0), ("cost", 0)])).is_empty());
        let wrong = product(&values(&[("price", -1), ("cost", -5)]));
        assert_eq!(
            wrong.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(),
            ["price", "cost"]
        );
    }

    #[test]
    fn a_margin_is_a_share_of_the_price() {
        assert!(category(&values(&[("margin_rate", 0)])).is_empty());
        assert!(category(&values(&[("margin_rate", WHOLE)])).is_empty());
        assert!(category(&Values::new()).is_empty());
        assert_eq!(category(&values(&[("margin_rate", WHOLE + 1)])).len(), 1);
        assert_eq!(category(&values(&[("margin_rate", -1)])).len(), 1);
    }

    #[test]
    fn nothing_stands_above_itself() {
        assert!(is_cycle(3, &[7, 3, 1]));
        assert!(!is_cycle(3, &[7, 1]));
    }
}
