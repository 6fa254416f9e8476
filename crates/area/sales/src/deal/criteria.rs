//! What must be there before a deal leaves a stage.

use zhike_kernel::{FieldError, Value, Values};

/// What a stage may ask for.
pub(crate) const NEEDS: &[&str] = &[
    "party",
    "amount",
    "product",
    "next_step",
    "expected",
    "person",
    "competitor",
];

/// What hangs on the deal beside its own fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    /// It has lines.
    pub lines: bool,
    /// Somebody who decides is named.
    pub people: bool,
    /// A competitor is named.
    pub rivals: bool,
}

/// What is missing of what is asked; `stage` names the stage in the complaint.
pub(crate) fn missing(needs: &str, deal: &Values, beside: Beside, stage: &str) -> Vec<FieldError> {
    let there = |field: &str| deal.get(field).is_some_and(|v| !v.is_empty());
    needs
        .split(' ')
        .filter_map(|need| {
            let (field, code, met) = match need {
                "party" => ("party_id", "error-stage-needs-party", there("party_id")),
                "amount" => {
                    let amount = deal.get("amount").and_then(Value::int).unwrap_or(0);
                    ("amount", "error-stage-needs-amount", amount > 0)
                }
                "product" => (
                    "product_id",
                    "error-stage-needs-product",
                    beside.lines || there("product_id"),
                ),
                "next_step" => {
                    let set = there("next_step") && there("next_step_on");
                    ("next_step", "error-stage-needs-next_step", set)
                }
                "expected" => ("expected_on", "error-stage-needs-expected", there("expected_on")),
                "person" => ("party_id", "error-stage-needs-person", beside.people),
                "competitor" => (
                    "competitor",
                    "error-stage-needs-competitor",
                    beside.rivals || there("competitor"),
                ),
                _ => return None,
            };
            (!met).then(|| FieldError {
                field: field.to_owned(),
                code,
                args: vec![("stage", stage.into())],
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_asked_for_is_told_at_once() {
        let mut deal = Values::new();
        let codes = |deal: &Values, beside| -> Vec<&'static str> {
            missing("amount product next_step person", deal, beside, "报价")
                .iter()
                .map(|e| e.code)
                .collect()
        };
        assert_eq!(codes(&deal, Beside::default()).len(), 4);
        deal.insert("amount".into(), 100.into());
        deal.insert("next_step".into(), "call".into());
        let beside = Beside {
            lines: true,
            people: true,
            rivals: false,
        };
        assert_eq!(codes(&deal, beside), ["error-stage-needs-next_step"]);
        deal.insert("next_step_on".into(), "2026-07-01".into());
        assert!(codes(&deal, beside).is_empty());
        assert!(missing("", &Values::new(), Beside::default(), "x").is_empty());
    }
}
