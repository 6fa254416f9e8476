//! Data quality: what part of the data is bad, and which analyses may be trusted with it.
//!
//! A check counts how many of the records it looks at are bad (a missing cost, no next step, a stale
//! date). Each analysis names the checks it needs, with the largest part that may be bad and the fewest
//! records it can do with. The limits in [`RULES`] are house rules, not science: a company may bring its own.

use serde::{Deserialize, Serialize};

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable name of the check, such as `line_cost`.
    pub name: String,
    /// Records that fail.
    pub bad: u64,
    /// Records looked at.
    pub total: u64,
}

/// How far data may be trusted; the best sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Within the limit.
    Good,
    /// Above the limit, at most twice of it: read with care.
    Fair,
    /// Further above, or too few records.
    Poor,
    /// Not checked, or nothing to check.
    Unknown,
}

/// What an analysis needs of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Name of the check.
    pub check: &'static str,
    /// The part that may be bad, parts per million.
    pub max_bad_ppm: u64,
    /// The fewest records.
    pub min_total: u64,
}

/// An analysis and what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Stable name of the analysis.
    pub analysis: &'static str,
    /// All of these.
    pub needs: &'static [Need],
}

/// Whether an analysis may be trusted, and what stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The analysis.
    pub analysis: &'static str,
    /// The worst of its needs.
    pub trust: Trust,
    /// The needs that are not met, with the trust of each.
    pub unmet: Vec<(Need, Trust)>,
}

const fn need(check: &'static str, max_bad_ppm: u64, min_total: u64) -> Need {
    Need {
        check,
        max_bad_ppm,
        min_total,
    }
}

/// The rules that ship: analysis → checks.
pub const RULES: &[Rule] = &[
    Rule {
        analysis: "profit",
        needs: &[need("line_cost", 20_000, 1), need("order_customer", 10_000, 1)],
    },
    Rule {
        analysis: "whale_curve",
        needs: &[
            need("line_cost", 20_000, 100),
            need("order_customer", 10_000, 100),
            need("cost_to_serve", 100_000, 1),
        ],
    },
    Rule {
        analysis: "rating",
        needs: &[
            need("rating_indicators", 100_000, 50),
            need("duplicate_customers", 20_000, 50),
        ],
    },
    Rule {
        analysis: "rating_agreement",
        needs: &[need("manual_rating", 800_000, 100)],
    },
    Rule {
        analysis: "funnel",
        needs: &[
            need("deal_stage_history", 50_000, 50),
            need("deal_value", 50_000, 50),
            need("deal_close_date", 100_000, 50),
        ],
    },
    Rule {
        analysis: "rfm",
        needs: &[need("order_customer", 10_000, 200), need("order_date", 10_000, 200)],
    },
    Rule {
        analysis: "lifetime",
        needs: &[
            need("order_customer", 10_000, 500),
            need("order_date", 5_000, 500),
            need("duplicate_customers", 20_000, 200),
        ],
    },
];

impl Check {
    /// The bad part in parts per million, rounded down; `None` when nothing was looked at.
    #[must_use]
    pub fn bad_ppm(&self) -> Option<u64> {
        let ppm = (u128::from(self.bad) * 1_000_000).checked_div(u128::from(self.total))?;
        Some(u64::try_from(ppm).unwrap_or(u64::MAX))
    }

    /// Trust in the data of the check alone: good up to 2 % bad, fair up to 10 %.
    #[must_use]
    pub fn trust(&self) -> Trust {
        match self.bad_ppm() {
            None => Trust::Unknown,
            Some(0..=20_000) => Trust::Good,
            Some(20_001..=100_000) => Trust::Fair,
            Some(_) => Trust::Poor,
        }
    }
}

impl Need {
    /// How far the checks meet this need.
    #[must_use]
    pub fn trust(&self, checks: &[Check]) -> Trust {
        let Some(check) = checks.iter().find(|c| c.name == self.check) else {
            return Trust::Unknown;
        };
        match check.bad_ppm() {
            None => Trust::Unknown,
            Some(_) if check.total < self.min_total => Trust::Poor,
            Some(ppm) if ppm <= self.max_bad_ppm => Trust::Good,
            Some(ppm) if ppm <= self.max_bad_ppm.saturating_mul(2) => Trust::Fair,
            Some(_) => Trust::Poor,
        }
    }
}

/// Judges every analysis of `rules` by the checks.
#[must_use]
pub fn verdicts(checks: &[Check], rules: &[Rule]) -> Vec<Verdict> {
    rules
        .iter()
        .map(|rule| {
            let judged = rule.needs.iter().map(|need| (*need, need.trust(checks)));
            let unmet: Vec<_> = judged.filter(|(_, trust)| *trust != Trust::Good).collect();
            let trust = unmet.iter().map(|(_, trust)| *trust).max().unwrap_or(Trust::Good);
            Verdict {
                analysis: rule.analysis,
                trust,
                unmet,
            }
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    fn check(name: &str, bad: u64, total: u64) -> Check {
        Check {
            name: name.to_owned(),
            bad,
            total,
        }
    }

    #[test]
    fn shares_and_trust_of_one_check() {
        assert_eq!(check("x", 1, 3).bad_ppm(), Some(333_333));
        assert_eq!(check("x", 0, 0).bad_ppm(), None);
        let trust =
            [(0, 0), (2, 100), (3, 100), (10, 100), (11, 100)].map(|(bad, total)| check("x", bad, total).trust());
        assert_eq!(
            trust,
            [Trust::Unknown, Trust::Good, Trust::Fair, Trust::Fair, Trust::Poor]
        );
    }

    #[test]
    fn an_analysis_is_as_good_as_its_worst_need() {
        let of = |checks: &[Check], name: &str| {
            verdicts(checks, RULES)
                .into_iter()
                .find(|v| v.analysis == name)
                .unwrap()
        };
        let good = [check("line_cost", 1, 1_000), check("order_customer", 0, 1_000)];
        assert_eq!(of(&good, "profit").trust, Trust::Good);
        assert_eq!(of(&good, "profit").unmet, []);
        assert_eq!(of(&good, "whale_curve").trust, Trust::Unknown);
        let fair = [check("line_cost", 30, 1_000), check("order_customer", 0, 1_000)];
        assert_eq!(
            (of(&fair, "profit").trust, of(&fair, "profit").unmet.len()),
            (Trust::Fair, 1)
        );
        let few = [
            check("rating_indicators", 0, 10),
            check("duplicate_customers", 0, 1_000),
        ];
        assert_eq!(of(&few, "rating").trust, Trust::Poor);
    }
}
