//! The next product of a customer: five ways to rank what they do not have yet, and which of them foresaw best.
//!
//! A customer is what they bought (each product with the number of orders) and the group of peers they belong to (their
//! industry). Popularity ranks by how many customers have a product; peers by the share within the group, drawn towards
//! the share of all where the group is small; alike by the products of similar customers ([`crate::recommend`]); basket
//! by the rules of what is ordered together ([`crate::basket`]); the blend joins the last three and popularity by the
//! sum of `1 / (60 + place)` (reciprocal rank fusion, Cormack, Clarke and Büttcher 2009), which needs no tuning.
//!
//! A way is judged by what customers bought later that was new to them. Which way is taken must be decided on other
//! times than those on which it is reported: see [`choose`].

use crate::basket::{self, Rule};
use crate::recommend::{Neighbours, neighbours};
use crate::uplift::wilson;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// Neighbours kept of each product.
const KEEP: usize = 200;
/// Rules with a larger corrected probability of chance are none.
const CHANCE: f64 = 0.05;
/// As if so many customers of the usual mixture stood in every group of peers.
const PEERS: f64 = 10.0;
/// The constant of reciprocal rank fusion.
const FUSION: f64 = 60.0;
/// Places of each list that the fusion looks at.
const DEPTH: usize = 200;

/// A way to rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// What most customers have.
    Popular,
    /// What most of the same group have.
    Peers,
    /// What similar customers have.
    Alike,
    /// What is ordered together with what the customer has.
    Basket,
    /// All of them together.
    Blend,
}

impl Way {
    /// All of them; the first is the one to beat.
    pub const ALL: [Way; 5] = [Way::Popular, Way::Peers, Way::Alike, Way::Basket, Way::Blend];

    /// Its word in translation keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Way::Popular => "popular",
            Way::Peers => "peers",
            Way::Alike => "alike",
            Way::Basket => "basket",
            Way::Blend => "blend",
        }
    }
}

/// What is known of a customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holder {
    /// Group of peers.
    pub group: u32,
    /// Products with the number of orders that held them, sorted by product.
    pub own: Vec<(u32, f64)>,
}

impl Holder {
    fn has(&self, product: u32) -> bool {
        self.own.binary_search_by_key(&product, |o| o.0).is_ok()
    }
}

/// A product for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Next {
    /// The product.
    pub product: u32,
    /// Its score; only the order means something.
    pub score: f64,
}

/// Why a product: what each way knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The strongest rule from a product of the customer's own.
    pub basket: Option<Rule>,
    /// The product of the customer's own that similar customers share most, with the similarity.
    pub alike: Option<(u32, f64)>,
    /// Customers of the group with the product, and all of the group.
    pub peers: (u32, u32),
    /// Customers with the product, and all.
    pub all: (u32, u32),
}

/// Everything that the ways learn from.
#[derive(Clone, Debug)]
pub struct Basis {
    products: usize,
    customers: u32,
    having: Vec<u32>,
    groups: HashMap<u32, (Vec<u32>, u32)>,
    near: Neighbours,
    rules: Vec<Vec<Rule>>,
    found: Vec<Rule>,
}

impl Basis {
    /// Learns from customers and orders; products are counted from 0 to `products` − 1. A pair of products is looked at
    /// when both stand in at least `fewest` orders.
    #[must_use]
    pub fn of(customers: &[Holder], baskets: &[Vec<u32>], products: usize, fewest: u32) -> Basis {
        let mut having = vec![0_u32; products];
        let mut groups: HashMap<u32, (Vec<u32>, u32)> = HashMap::new();
        for c in customers {
            let group = groups.entry(c.group).or_insert_with(|| (vec![0; products], 0));
            group.1 += 1;
            for (product, _) in &c.own {
                let at = *product as usize;
                if at < products {
                    having[at] += 1;
                    group.0[at] += 1;
                }
            }
        }
        let own: Vec<Vec<(u32, f64)>> = customers.iter().map(|c| c.own.clone()).collect();
        let found: Vec<Rule> = basket::rules(&basket::count(baskets, fewest))
            .into_iter()
            .filter(|r| r.q < CHANCE && r.lift > 1.0)
            .collect();
        let mut rules: Vec<Vec<Rule>> = vec![vec![]; products];
        for rule in &found {
            if let Some(list) = rules.get_mut(rule.from as usize) {
                list.push(*rule);
            }
        }
        Basis {
            products,
            customers: u32::try_from(customers.len()).unwrap_or(u32::MAX),
            having,
            groups,
            near: neighbours(&own, products, KEEP),
            rules,
            found,
        }
    }

    /// The rules that are more than chance, the highest lift first.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.found
    }

    /// The best `most` products that the customer does not have and that `allowed` lets through.
    #[must_use]
    pub fn rank(&self, way: Way, of: &Holder, most: usize, allowed: &dyn Fn(u32) -> bool) -> Vec<Next> {
        let mut scores: Vec<Next> = match way {
            Way::Popular => self.each(|p| f64::from(self.having[p])),
            Way::Peers => self.each(|p| self.share(of.group, p)),
            Way::Alike => {
                let near = self.near.offers(&of.own, usize::MAX, |_| true);
                near.into_iter()
                    .map(|o| Next {
                        product: o.product,
                        score: o.score,
                    })
                    .collect()
            }
            Way::Basket => self.together(of),
            Way::Blend => self.blend(of, allowed),
        };
        scores.retain(|n| n.score > 0.0 && !of.has(n.product) && allowed(n.product));
        scores.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.product.cmp(&b.product)));
        scores.truncate(most);
        scores
    }

    fn each(&self, score: impl Fn(usize) -> f64) -> Vec<Next> {
        (0..self.products)
            .map(|p| Next {
                product: p as u32,
                score: score(p),
            })
            .collect()
    }

    /// Share of the group that has a product, drawn towards the share of all.
    fn share(&self, group: u32, product: usize) -> f64 {
        let all = f64::from(self.having[product]) / f64::from(self.customers.max(1));
        let (have, of) = self.groups.get(&group).map_or((0, 0), |g| (g.0[product], g.1));
        (f64::from(have) + PEERS * all) / (f64::from(of) + PEERS)
    }

    /// The chance that at least one of the own products pulls another along, if they pulled independently.
    fn together(&self, of: &Holder) -> Vec<Next> {
        let mut left: HashMap<u32, f64> = HashMap::new();
        for (own, _) in &of.own {
            for rule in self.rules.get(*own as usize).into_iter().flatten() {
                *left.entry(rule.to).or_insert(1.0) *= 1.0 - rule.confidence;
            }
        }
        left.into_iter()
            .map(|(product, left)| Next {
                product,
                score: 1.0 - left,
            })
            .collect()
    }

    fn blend(&self, of: &Holder, allowed: &dyn Fn(u32) -> bool) -> Vec<Next> {
        let mut sums: HashMap<u32, f64> = HashMap::new();
        for way in [Way::Popular, Way::Peers, Way::Alike, Way::Basket] {
            for (place, next) in self.rank(way, of, DEPTH, allowed).iter().enumerate() {
                *sums.entry(next.product).or_default() += 1.0 / (FUSION + place as f64 + 1.0);
            }
        }
        sums.into_iter()
            .map(|(product, score)| Next { product, score })
            .collect()
    }

    /// What speaks for a product.
    #[must_use]
    pub fn why(&self, of: &Holder, product: u32) -> Why {
        let mut basket: Option<Rule> = None;
        let mut alike: Option<(u32, f64)> = None;
        for (own, times) in &of.own {
            let rules = self.rules.get(*own as usize).into_iter().flatten();
            for rule in rules.filter(|r| r.to == product) {
                if basket.is_none_or(|b| rule.lift > b.lift) {
                    basket = Some(*rule);
                }
            }
            let near = self.near.nearest.get(*own as usize).into_iter().flatten();
            for (_, similarity) in near.filter(|n| n.0 == product) {
                let part = times.sqrt() * similarity;
                if alike.is_none_or(|a| part > a.1) {
                    alike = Some((*own, part));
                }
            }
        }
        let at = product as usize;
        let group = self.groups.get(&of.group);
        Why {
            basket,
            alike,
            peers: group.map_or((0, 0), |g| (g.0.get(at).copied().unwrap_or(0), g.1)),
            all: (self.having.get(at).copied().unwrap_or(0), self.customers),
        }
    }
}

/// How a way did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The way.
    pub way: Way,
    /// Customers who bought something new to them.
    pub customers: usize,
    /// Part of them with one of it among the first `places`.
    pub hit_rate: f64,
    /// Its 95 % interval (Wilson).
    pub hit_range: (f64, f64),
    /// Mean part of what they bought among the first `places`.
    pub recall: f64,
    /// Mean of 1 / place of the first one right (none: 0), over the whole list.
    pub reciprocal: f64,
    /// Of all judged customers, those who bought the product of each place.
    pub taken: Vec<usize>,
    /// All judged customers, also those who bought nothing new.
    pub judged: usize,
}

/// Judges a way by what each customer bought later. Products bought later that nobody could have offered (`offered` says
/// no) are left out. `None` when nobody bought anything new.
#[must_use]
pub fn judge(
    basis: &Basis,
    way: Way,
    customers: &[Holder],
    later: &[Vec<u32>],
    places: usize,
    offered: &dyn Fn(u32) -> bool,
) -> Option<Score> {
    let (mut n, mut hits, mut recall, mut reciprocal, mut judged) = (0_usize, 0_usize, 0.0, 0.0, 0_usize);
    let mut taken = vec![0_usize; places];
    for (c, bought) in customers.iter().zip(later).filter(|(c, _)| !c.own.is_empty()) {
        judged += 1;
        let new: HashSet<u32> = bought.iter().copied().filter(|p| !c.has(*p) && offered(*p)).collect();
        if new.is_empty() {
            continue;
        }
        n += 1;
        let list = basis.rank(way, c, basis.products, offered);
        let right: Vec<usize> = (0..list.len()).filter(|i| new.contains(&list[*i].product)).collect();
        let near = right.iter().filter(|i| **i < places).count();
        for place in right.iter().filter(|i| **i < places) {
            taken[*place] += 1;
        }
        hits += usize::from(near > 0);
        recall += near as f64 / new.len() as f64;
        reciprocal += right.first().map_or(0.0, |i| 1.0 / (*i as f64 + 1.0));
    }
    (n > 0).then(|| Score {
        way,
        customers: n,
        hit_rate: hits as f64 / n as f64,
        hit_range: wilson((hits as u64, n as u64), 1.959_964),
        recall: recall / n as f64,
        reciprocal: reciprocal / n as f64,
        taken,
        judged,
    })
}

/// The way with the best mean reciprocal place; popularity when none is better.
#[must_use]
pub fn choose(scores: &[Score]) -> Way {
    let floor = scores
        .iter()
        .find(|s| s.way == Way::Popular)
        .map_or(0.0, |s| s.reciprocal);
    scores
        .iter()
        .filter(|s| s.reciprocal > floor)
        .max_by(|a, b| a.reciprocal.total_cmp(&b.reciprocal))
        .map_or(Way::Popular, |s| s.way)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests;
