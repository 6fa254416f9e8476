//! Whom to enrol in a programme of managed relationships: gold customers first, regular ones by how much they may still grow, until
//! the budget is used; everybody else serves themselves.
//!
//! The benefit of enrolling a customer is a part of the margin of a year (the uplift of the tier, stated or measured); it must
//! be more than the programme costs a customer. What people decided stands and uses the budget first.

use crate::profit::{narrow, share_of};
use crate::whale::Tier;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A customer who may be enrolled. Amounts are minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id.
    pub id: i64,
    /// Its tier.
    pub tier: Tier,
    /// Margin a year.
    pub margin: i64,
    /// How much more a year it may become: what regular customers are ordered by.
    pub growth: i64,
    /// What people decided: enrolled, or not.
    pub decided: Option<bool>,
}

/// What is assumed of the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Cost of an enrolled customer a year, minor units.
    pub cost: i64,
    /// Part of the margin that enrolling adds, parts per million: gold, regular, low.
    pub uplift: [i64; 3],
    /// What the programme may cost a year, minor units.
    pub budget: i64,
}

/// Why somebody is proposed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Gold, and worth more than it costs.
    Gold,
    /// Regular, with room to grow, and worth more than it costs.
    Growth,
    /// Would cost more than it brings.
    Costs,
    /// Worth it, but the budget is used.
    Budget,
    /// Regular and not growing.
    Still,
    /// Of the last tier: serves itself.
    Low,
}

impl Why {
    /// The word kept in the database and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Why::Gold => "gold",
            Why::Growth => "growth",
            Why::Costs => "costs",
            Why::Budget => "budget",
            Why::Still => "still",
            Why::Low => "low",
        }
    }
}

/// What is proposed for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The customer.
    pub id: i64,
    /// What enrolling brings a year.
    pub benefit: i64,
    /// The benefit less the cost.
    pub net: i64,
    /// Enrol?
    pub enrol: bool,
    /// Why, or why not.
    pub why: Why,
}

/// The place of a tier among the uplifts.
#[must_use]
pub fn place(tier: Tier) -> usize {
    match tier {
        Tier::Gold => 0,
        Tier::Regular => 1,
        Tier::Low => 2,
    }
}

/// What enrolling a customer of so much margin brings a year; nothing for who leaves none.
#[must_use]
pub fn benefit(margin: i64, tier: Tier, terms: &Terms) -> i64 {
    share_of(margin.max(0), terms.uplift[place(tier)])
}

/// Proposes, in the order of the input. What people decided is not proposed anew, but its proposal tells what would be
/// proposed of the customer alone (budget aside).
#[must_use]
pub fn propose(candidates: &[Candidate], terms: &Terms) -> Vec<Proposal> {
    let alone = |c: &Candidate| {
        let benefit = benefit(c.margin, c.tier, terms);
        let net = benefit.saturating_sub(terms.cost);
        let why = match c.tier {
            Tier::Low => Why::Low,
            _ if net <= 0 => Why::Costs,
            Tier::Gold => Why::Gold,
            Tier::Regular if c.growth > 0 => Why::Growth,
            Tier::Regular => Why::Still,
        };
        Proposal {
            id: c.id,
            benefit,
            net,
            enrol: matches!(why, Why::Gold | Why::Growth),
            why,
        }
    };
    let mut out: Vec<Proposal> = candidates.iter().map(alone).collect();
    let spent: i128 = candidates
        .iter()
        .map(|c| i128::from(if c.decided == Some(true) { terms.cost } else { 0 }))
        .sum();
    let mut left = terms.budget.saturating_sub(narrow(spent));
    let mut order: Vec<usize> = (0..out.len())
        .filter(|i| out[*i].enrol && candidates[*i].decided.is_none())
        .collect();
    // Gold by what is left of the benefit, regular by growth.
    order.sort_by_key(|i| {
        let (c, p) = (&candidates[*i], &out[*i]);
        let first = if c.tier == Tier::Gold { p.net } else { c.growth };
        (place(c.tier), Reverse(first), Reverse(p.net), c.id)
    });
    for i in order {
        if left >= terms.cost {
            left -= terms.cost;
        } else {
            out[i].enrol = false;
            out[i].why = Why::Budget;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TERMS: Terms = Terms {
        cost: 1_000,
        uplift: [100_000, 50_000, 20_000],
        budget: 3_000,
    };

    fn one(id: i64, tier: Tier, margin: i64, growth: i64) -> Candidate {
        Candidate {
            id,
            tier,
            margin,
            growth,
            decided: None,
        }
    }

    #[test]
    fn gold_first_then_growth_until_the_budget_is_used() {
        let all = [
            one(1, Tier::Regular, 100_000, 500),
            one(2, Tier::Gold, 50_000, 0),
            one(3, Tier::Regular, 60_000, 9_000),
            one(4, Tier::Gold, 9_999, 0),
            one(5, Tier::Gold, 20_000, 0),
            one(6, Tier::Low, 900_000, 900),
            one(7, Tier::Regular, 100_000, 0),
            one(8, Tier::Regular, 20_000, 7_000),
        ];
        let got: Vec<(i64, i64, bool, Why)> = propose(&all, &TERMS)
            .iter()
            .map(|p| (p.benefit, p.net, p.enrol, p.why))
            .collect();
        assert_eq!(
            got,
            [
                (5_000, 4_000, false, Why::Budget),
                (5_000, 4_000, true, Why::Gold),
                (3_000, 2_000, true, Why::Growth),
                (1_000, 0, false, Why::Costs),
                (2_000, 1_000, true, Why::Gold),
                (18_000, 17_000, false, Why::Low),
                (5_000, 4_000, false, Why::Still),
                (1_000, 0, false, Why::Costs),
            ]
        );
        // Who was enrolled by people uses the budget first, who was refused leaves it.
        let mut by_hand = all;
        by_hand[5].decided = Some(true);
        by_hand[1].decided = Some(false);
        let got: Vec<bool> = propose(&by_hand, &TERMS).iter().map(|p| p.enrol).collect();
        assert_eq!(got, [false, true, true, false, true, false, false, false]);
        assert!(propose(&all, &Terms { budget: 999, ..TERMS }).iter().all(|p| !p.enrol));
    }

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let tier = prop_oneof![Just(Tier::Gold), Just(Tier::Regular), Just(Tier::Low)];
        let decided = prop_oneof![4 => Just(None), 1 => any::<bool>().prop_map(Some)];
        let one = (tier, -1_000_i64..200_000, -500_i64..5_000, decided);
        prop::collection::vec(one, 0..40).prop_map(|all| {
            (0..)
                .zip(all)
                .map(|(id, (tier, margin, growth, decided))| Candidate {
                    id,
                    tier,
                    margin,
                    growth,
                    decided,
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_budget_holds_and_gold_comes_first(all in candidates(), budget in 0_i64..30_000) {
            let terms = Terms { budget, ..TERMS };
            let got = propose(&all, &terms);
            let new: Vec<(&Candidate, &Proposal)> = all.iter().zip(&got).filter(|(c, _)| c.decided.is_none()).collect();
            let by_hand = all.iter().filter(|c| c.decided == Some(true)).count();
            let proposed = new.iter().filter(|(_, p)| p.enrol).count();
            let cost = |n: usize| i64::try_from(n).unwrap_or(i64::MAX) * terms.cost;
            prop_assert!(proposed == 0 || cost(by_hand + proposed) <= budget);
            prop_assert!(new.iter().all(|(_, p)| !p.enrol || p.net > 0));
            let gold_left = new.iter().any(|(c, p)| c.tier == Tier::Gold && p.why == Why::Budget);
            prop_assert!(!gold_left || new.iter().all(|(c, p)| c.tier == Tier::Gold || !p.enrol));
            // More money takes nobody out.
            let more = propose(&all, &Terms { budget: budget + 2_500, ..terms });
            prop_assert!(got.iter().zip(&more).all(|(a, b)| !a.enrol || b.enrol));
            // The order of the input does not matter.
            let mut turned = all.clone();
            turned.reverse();
            let mut again = propose(&turned, &terms);
            again.reverse();
            prop_assert_eq!(got, again);
        }
    }
}
