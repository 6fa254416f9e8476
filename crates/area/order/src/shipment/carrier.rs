//! What carriers report: pure. The reports of a shipment may come in any order and more than once; in the end it stands
//! where it would stand had they come in the order of their times. What was delivered stays delivered.

use zhike_kernel::Stamp;

/// What can be reported.
pub(crate) const KINDS: &[&str] = &["picked_up", "in_transit", "delivered", "failed", "delayed"];

/// Where in a list of states of the same instant a report stands.
fn rank(kind: &str) -> usize {
    match kind {
        "picked_up" => 0,
        "in_transit" => 1,
        "failed" => 2,
        _ => 3,
    }
}

/// A report, as far as it matters where the goods are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub kind: String,
    pub at: Stamp,
}

/// The state that a report brings a shipment into, given the reports that were there before; nothing when an earlier one
/// is only late, or tells no state.
pub(crate) fn brings(new: &Report, before: &[Report], status: &str) -> Option<&'static str> {
    let newest = before
        .iter()
        // A delay tells no state, and that it was picked up goes without saying once it is anywhere else.
        .filter(|b| !matches!(b.kind.as_str(), "delayed" | "picked_up"))
        .all(|b| (b.at, rank(&b.kind)) <= (new.at, rank(&new.kind)));
    let to = match new.kind.as_str() {
        "delivered" => "delivered",
        "in_transit" if newest => "in_transit",
        "failed" if newest => "failed",
        "picked_up" => "shipped",
        _ => return None,
    };
    match (status, to) {
        ("delivered" | "cancelled", _) => None,
        // Who is under way was picked up.
        ("shipped" | "in_transit" | "failed", "shipped") => None,
        (from, to) if from == to => None,
        _ => Some(to),
    }
}

/// Is it the latest word about a delay?
pub(crate) fn is_latest_delay(new: &Report, before: &[Report]) -> bool {
    new.kind == "delayed" && before.iter().filter(|b| b.kind == "delayed").all(|b| b.at <= new.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn play(reports: &[Report]) -> &'static str {
        let mut status = "shipped";
        let mut before: Vec<Report> = vec![];
        for r in reports {
            // Who reports twice is heard once; the same is true of the same words.
            if !before.contains(r) {
                status = brings(r, &before, status).unwrap_or(status);
                before.push(r.clone());
            }
        }
        status
    }

    fn any_report() -> impl Strategy<Value = Report> {
        (0..KINDS.len(), 0_i64..6).prop_map(|(kind, at)| Report {
            kind: KINDS[kind].to_owned(),
            at: Stamp(at),
        })
    }

    proptest! {
        #[test]
        fn the_order_in_which_reports_come_does_not_matter(
            (mut sorted, shuffled) in proptest::collection::vec(any_report(), 0..8)
                .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))
        ) {
            sorted.sort_by_key(|r| (r.at, rank(&r.kind)));
            prop_assert_eq!(play(&sorted), play(&shuffled));
            let twice: Vec<Report> = shuffled.iter().chain(&shuffled).cloned().collect();
            prop_assert_eq!(play(&twice), play(&shuffled));
        }
    }

    #[test]
    fn a_late_report_changes_nothing_and_a_delivery_always_counts() {
        let r = |kind: &str, at| Report {
            kind: kind.into(),
            at: Stamp(at),
        };
        assert_eq!(brings(&r("picked_up", 1), &[], "draft"), Some("shipped"));
        assert_eq!(brings(&r("in_transit", 2), &[r("failed", 3)], "failed"), None);
        assert_eq!(
            brings(&r("in_transit", 4), &[r("failed", 3)], "failed"),
            Some("in_transit")
        );
        assert_eq!(
            brings(&r("delivered", 2), &[r("failed", 3)], "failed"),
            Some("delivered")
        );
        assert_eq!(
            brings(&r("in_transit", 2), &[r("picked_up", 3)], "shipped"),
            Some("in_transit")
        );
        assert_eq!(brings(&r("picked_up", 4), &[r("failed", 3)], "failed"), None);
        assert_eq!(brings(&r("failed", 9), &[], "delivered"), None);
        assert_eq!(brings(&r("delayed", 9), &[], "shipped"), None);
    }
}
