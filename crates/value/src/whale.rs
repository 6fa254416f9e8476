//! The whale curve: customers from the most to the least profitable, and what they add up to.
//!
//! The curve climbs while customers earn money, peaks, and falls where customers cost more than they
//! bring (Kaplan & Narayanan 2001). Beside it stand the actual figures for the "20/80/30" rule of thumb:
//! the share of the best 20 %, the loss of the last 30 %, and how much of the first the second eats.
//! The rule itself is never assumed. Ties are broken by id, so two runs give the same curve.

use crate::profit::narrow;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// Customers in order of profit. Build it once, ask it for the curve and the tiers.
pub struct Ranking {
    /// Profit (reversed), id, place in the input.
    order: Vec<(Reverse<i64>, i64, usize)>,
    top: usize,
    bottom: usize,
}

/// One point of the curve: the best `customers` together earned `cumulative` minor units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// How many of the best customers.
    pub customers: usize,
    /// Their profit together, minor units.
    pub cumulative: i64,
    /// `customers` as a part of all, 0 to 1.
    pub customer_share: f64,
    /// `cumulative` as a part of the total; `None` when the total is not positive.
    pub profit_share: Option<f64>,
}

/// A run of customers on the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// How many customers.
    pub customers: usize,
    /// Their profit together, minor units.
    pub amount: i64,
    /// `amount` as a part of the total; `None` when the total is not positive.
    pub share: Option<f64>,
}

/// The curve and its figures. Amounts are minor units; shares are parts of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Whale {
    /// Points for drawing, from (0, 0) to the last customer; exact at 20 %, 70 %, 80 %, 100 % and the peak.
    pub points: Vec<Point>,
    /// How many customers.
    pub customers: usize,
    /// How many of them lost money.
    pub loss_makers: usize,
    /// Profit of all.
    pub total: i64,
    /// The highest point; the first one if it is reached twice.
    pub peak: Point,
    /// `(peak − total) / total`: the part of the profit that the rest eats. `None` when total ≤ 0.
    pub erosion: Option<f64>,
    /// The best 20 %, rounded up.
    pub top: Part,
    /// Everybody between.
    pub middle: Part,
    /// The last 30 %, rounded up (never overlapping the best 20 %).
    pub bottom: Part,
    /// Loss of the last 30 % / profit of the best 20 % (the rule of thumb says one half); 0 when the last
    /// 30 % earn money, `None` when the best 20 % do not.
    pub offset: Option<f64>,
    /// The fewest customers that together reach 80 % of the total; `None` when total ≤ 0.
    pub makes_80_percent: Option<usize>,
}

/// Where a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Among the best 20 % and profitable.
    Gold,
    /// Neither.
    Regular,
    /// Among the last 30 %.
    Low,
}

/// A customer that stands elsewhere than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The customer.
    pub id: i64,
    /// The earlier tier.
    pub from: Tier,
    /// The tier now.
    pub to: Tier,
}

/// What changed between two tierings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// Counts of customers in both: `table[from][to]`, in the order gold, regular, low.
    pub table: [[usize; 3]; 3],
    /// Those in both that changed, by id.
    pub moved: Vec<Moved>,
    /// Only in the later one.
    pub joined: usize,
    /// Only in the earlier one.
    pub left: usize,
}

impl Ranking {
    /// Ranks `(id, profit in minor units)`: profit descending, ties by id ascending.
    #[must_use]
    pub fn new(profits: &[(i64, i64)]) -> Self {
        let mut order: Vec<_> = profits
            .iter()
            .enumerate()
            .map(|(place, (id, profit))| (Reverse(*profit), *id, place))
            .collect();
        order.sort_unstable();
        let top = (order.len() * 2).div_ceil(10);
        let bottom = (order.len() * 3).div_ceil(10).min(order.len() - top);
        Self { order, top, bottom }
    }

    /// Ids and profits from best to worst.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (i64, i64)> + '_ {
        self.order.iter().map(|(Reverse(profit), id, _)| (*id, *profit))
    }

    /// The tier of each customer, in the order of the input.
    ///
    /// Gold is the best 20 % by rank, low the last 30 %, regular the rest; who earned nothing is never
    /// gold but regular. A loss maker ranked above the last 30 % stays regular: tiers are ranks, the
    /// curve shows the losses.
    #[must_use]
    pub fn tiers(&self) -> Vec<Tier> {
        let mut tiers = vec![Tier::Regular; self.order.len()];
        for (Reverse(profit), _, place) in &self.order[..self.top] {
            if *profit > 0 {
                tiers[*place] = Tier::Gold;
            }
        }
        for (_, _, place) in &self.order[self.order.len() - self.bottom..] {
            tiers[*place] = Tier::Low;
        }
        tiers
    }

    /// The curve with about `max_points` points (at least 8, so that the marks always fit).
    #[must_use]
    pub fn curve(&self, max_points: usize) -> Whale {
        let n = self.order.len();
        let (mut running, mut best, mut peak_at, mut loss_makers) = (0i128, 0i128, 0usize, 0usize);
        for (place, (Reverse(profit), _, _)) in self.order.iter().enumerate() {
            running += i128::from(*profit);
            loss_makers += usize::from(*profit < 0);
            if running > best {
                (best, peak_at) = (running, place + 1);
            }
        }
        let total = running;
        let share = |amount: i128| (total > 0).then(|| amount as f64 / total as f64);
        let mut wanted = vec![0, self.top, n - self.bottom, (n * 8).div_ceil(10), peak_at, n];
        let even = max_points.max(8) - wanted.len();
        wanted.extend((1..=even).map(|step| n * step / (even + 1)));
        wanted.sort_unstable();
        wanted.dedup();

        let mut points = Vec::with_capacity(wanted.len());
        let (mut at, mut sum, mut top_sum, mut upper_sum, mut makes_80) = (0usize, 0i128, 0i128, 0i128, None);
        for mark in wanted {
            while at < mark {
                sum += i128::from(self.order[at].0.0);
                at += 1;
                if makes_80.is_none() && total > 0 && sum * 5 >= total * 4 {
                    makes_80 = Some(at);
                }
            }
            if at == self.top {
                top_sum = sum;
            }
            if at == n - self.bottom {
                upper_sum = sum;
            }
            points.push(Point {
                customers: at,
                cumulative: narrow(sum),
                customer_share: if n == 0 { 0.0 } else { at as f64 / n as f64 },
                profit_share: share(sum),
            });
        }
        let part = |customers, amount| Part {
            customers,
            amount: narrow(amount),
            share: share(amount),
        };
        let bottom_sum = total - upper_sum;
        Whale {
            customers: n,
            loss_makers,
            total: narrow(total),
            peak: Point {
                customers: peak_at,
                cumulative: narrow(best),
                customer_share: if n == 0 { 0.0 } else { peak_at as f64 / n as f64 },
                profit_share: share(best),
            },
            erosion: share(best - total),
            top: part(self.top, top_sum),
            middle: part(n - self.top - self.bottom, upper_sum - top_sum),
            bottom: part(self.bottom, bottom_sum),
            offset: (top_sum > 0).then(|| (-bottom_sum).max(0) as f64 / top_sum as f64),
            makes_80_percent: makes_80,
            points,
        }
    }
}

/// The curve of `(id, profit in minor units)`, see [`Ranking::curve`].
#[must_use]
pub fn whale(profits: &[(i64, i64)], max_points: usize) -> Whale {
    Ranking::new(profits).curve(max_points)
}

/// The tier of each customer in the order of the input, see [`Ranking::tiers`].
#[must_use]
pub fn tiers(profits: &[(i64, i64)]) -> Vec<Tier> {
    Ranking::new(profits).tiers()
}

/// Who moved between two tierings, each a list of `(id, tier)` in any order with every id once.
#[must_use]
pub fn moves(before: &[(i64, Tier)], after: &[(i64, Tier)]) -> Moves {
    let sorted = |list: &[(i64, Tier)]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    let (before, after) = (sorted(before), sorted(after));
    let mut result = Moves::default();
    let mut later = after.iter().peekable();
    for (id, from) in &before {
        while later.next_if(|(other, _)| other < id).is_some() {
            result.joined += 1;
        }
        let Some((_, to)) = later.next_if(|(other, _)| other == id) else {
            result.left += 1;
            continue;
        };
        result.table[*from as usize][*to as usize] += 1;
        if from != to {
            result.moved.push(Moved {
                id: *id,
                from: *from,
                to: *to,
            });
        }
    }
    result.joined += later.count();
    result
}

#[cfg(test)]
mod tests;
