//! What to do about a customer, proposed from what the customer costs. Nothing is decided by it: it is a first word with its
//! reason.

use crate::read::Part;
use serde::Serialize;
use zhike_value::profit::Components;

/// A proposal and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Keep, convert or let go.
    pub decision: &'static str,
    /// By which means.
    pub action: &'static str,
    /// What the greatest cost beside the goods takes, minor units; for who is sold below cost, what the goods cost too much.
    pub takes: i64,
    /// What would be left of the profit without it.
    pub left: i64,
}

/// Of the best, to keep them; of those who cost more than they bring, what costs most beside the goods, and whether doing away
/// with it would be enough. Nobody else has one.
///
/// Goods sold below their cost are a matter of the price whatever else costs. Otherwise the greatest of discount, delivery,
/// service, credit and returned goods is proposed to be worked on; when the customer would cost more than they bring even
/// without it, to let go.
pub fn propose(part: Part, parts: &Components) -> Option<Proposal> {
    let profit = parts.profit();
    if profit >= 0 {
        return (part == Part::Top).then_some(Proposal {
            decision: "keep",
            action: "care",
            takes: 0,
            left: profit,
        });
    }
    let margin = parts.net_revenue() - parts.product_cost;
    if margin < 0 {
        return Some(Proposal {
            decision: "convert",
            action: "price",
            takes: -margin,
            left: profit - margin,
        });
    }
    let costs = [
        ("minimum_order", parts.delivery),
        ("self_service", parts.service),
        ("price", parts.discount),
        ("terms", parts.credit),
        ("returns", parts.returns),
    ];
    let (action, takes) = costs.into_iter().rev().max_by_key(|c| c.1)?;
    let left = profit + takes;
    let decision = if left >= 0 { "convert" } else { "let_go" };
    Some(Proposal {
        decision,
        action,
        takes,
        left,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(revenue: i64, product_cost: i64, delivery: i64, service: i64) -> Components {
        Components {
            revenue,
            product_cost,
            delivery,
            service,
            ..Components::default()
        }
    }

    #[test]
    fn the_greatest_cost_beside_the_goods_is_proposed() {
        let of = |part, p: &Components| propose(part, p).map(|f| (f.decision, f.action, f.takes, f.left));
        let good = parts(1_000, 600, 50, 20);
        assert_eq!(of(Part::Top, &good), Some(("keep", "care", 0, 330)));
        assert_eq!(of(Part::Middle, &good), None);
        let served = parts(1_000, 700, 100, 350);
        assert_eq!(of(Part::Loss, &served), Some(("convert", "self_service", 350, 200)));
        let carried = parts(1_000, 700, 350, 100);
        assert_eq!(of(Part::Bottom, &carried), Some(("convert", "minimum_order", 350, 200)));
        // Even without the service nothing is left.
        let hopeless = parts(100, 90, 200, 350);
        assert_eq!(of(Part::Loss, &hopeless), Some(("let_go", "self_service", 350, -190)));
        let below = parts(1_000, 1_200, 10, 900);
        assert_eq!(of(Part::Loss, &below), Some(("convert", "price", 200, -910)));
    }
}
