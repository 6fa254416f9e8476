//! What a customer may want next: products like those they have, by who buys what.
//!
//! Two products are alike when the same customers buy them: the cosine of their columns in a table of customers × products.
//! A customer who buys a little of everything says less about what goes together, so each purchase is weighted by
//! `ln(M/(1+m))` for a customer with m of the M products, times the root of how often (tf-idf, as the Python package `implicit`
//! does). Of each product only the nearest are kept. A score is the sum over what the customer has; each recommendation names the
//! product that spoke for it most.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Products like one another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    /// Of each product its nearest, the nearest first: (product, similarity).
    pub nearest: Vec<Vec<(u32, f64)>>,
}

/// A product to offer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The product.
    pub product: u32,
    /// Its score; only the order means something.
    pub score: f64,
    /// The product of the customer's own that speaks for it most.
    pub because: u32,
}

/// Builds the table of neighbours. `customers` hold (product, how often), products counted from 0 to `products` − 1; `keep`
/// nearest are kept of each.
#[must_use]
pub fn neighbours(customers: &[Vec<(u32, f64)>], products: usize, keep: usize) -> Neighbours {
    let known = |o: &&(u32, f64)| (o.0 as usize) < products;
    let focus: Vec<f64> = customers
        .iter()
        .map(|own| {
            (products as f64 / (1.0 + own.iter().filter(known).count() as f64))
                .ln()
                .max(0.0)
        })
        .collect();
    // Customers of each product with their weights, and the lengths of the columns.
    let mut columns: Vec<Vec<(u32, f64)>> = vec![Vec::new(); products];
    let mut lengths = vec![0.0; products];
    for (customer, own) in (0u32..).zip(customers) {
        for (product, times) in own.iter().filter(known) {
            let weight = times.sqrt() * focus[customer as usize];
            columns[*product as usize].push((customer, weight));
            lengths[*product as usize] += weight * weight;
        }
    }
    let mut sums = vec![0.0; products];
    let mut touched: Vec<usize> = Vec::new();
    let nearest = (0..products)
        .map(|product| {
            for (customer, weight) in &columns[product] {
                let part = weight * focus[*customer as usize];
                for (other, times) in customers[*customer as usize].iter().filter(known) {
                    let other = *other as usize;
                    if sums[other] == 0.0 {
                        touched.push(other);
                    }
                    sums[other] += part * times.sqrt();
                }
            }
            let mut near: Vec<(u32, f64)> = touched
                .drain(..)
                .filter_map(|other| {
                    let sum = std::mem::take(&mut sums[other]);
                    let cosine = sum / (lengths[product] * lengths[other]).sqrt();
                    (other != product && cosine > 0.0).then_some((other as u32, cosine))
                })
                .collect();
            near.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            near.truncate(keep);
            near
        })
        .collect();
    Neighbours { nearest }
}

impl Neighbours {
    /// The best `most` products that the customer does not have and that `allowed` lets through (in stock, not opted out …).
    #[must_use]
    pub fn offers(&self, own: &[(u32, f64)], most: usize, allowed: impl Fn(u32) -> bool) -> Vec<Offer> {
        let mut scores: HashMap<u32, (f64, f64, u32)> = HashMap::new();
        for (product, times) in own {
            let Some(near) = self.nearest.get(*product as usize) else {
                continue;
            };
            for (other, similarity) in near {
                let part = times.sqrt() * similarity;
                let entry = scores.entry(*other).or_insert((0.0, 0.0, *product));
                entry.0 += part;
                if part > entry.1 {
                    (entry.1, entry.2) = (part, *product);
                }
            }
        }
        let mut offers: Vec<Offer> = scores
            .into_iter()
            .filter(|(product, _)| own.iter().all(|o| o.0 != *product) && allowed(*product))
            .map(|(product, (score, _, because))| Offer {
                product,
                score,
                because,
            })
            .collect();
        offers.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.product.cmp(&b.product)));
        offers.truncate(most);
        offers
    }
}

/// How offers did against what was bought next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hits {
    /// Part of the customers with at least one offer among what they bought.
    pub hit_rate: f64,
    /// Mean part of what they bought that was among the offers.
    pub recall: f64,
}

/// Judges lists of offers against what each customer bought that was new to them; customers who bought nothing new are left
/// out. `None` when nobody did.
#[must_use]
pub fn hits(offered: &[Vec<u32>], bought: &[Vec<u32>]) -> Option<Hits> {
    let (mut customers, mut hit, mut recall) = (0.0, 0.0, 0.0);
    for (offers, new) in offered.iter().zip(bought).filter(|(_, new)| !new.is_empty()) {
        let right = new.iter().filter(|p| offers.contains(p)).count() as f64;
        customers += 1.0;
        hit += f64::from(u8::from(right > 0.0));
        recall += right / new.len() as f64;
    }
    (customers > 0.0).then(|| Hits {
        hit_rate: hit / customers,
        recall: recall / customers,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    fn customers() -> Vec<Vec<(u32, f64)>> {
        // Two tastes: 0, 1, 2 and 3, 4, 5; product 6 is everybody's, and one customer buys everything.
        (0..40u32)
            .map(|c| {
                let base = if c % 2 == 0 { 0 } else { 3 };
                vec![(base + c / 2 % 3, 1.0), (base + (c / 2 + 1) % 3, 4.0), (6, 1.0)]
            })
            .chain([(0..7).map(|p| (p, 1.0)).collect()])
            .collect()
    }

    #[test]
    fn taste_is_found_and_owned_products_are_not_offered() {
        let n = neighbours(&customers(), 8, 5);
        let offers = n.offers(&[(0, 1.0), (6, 1.0)], 2, |_| true);
        assert_eq!(
            offers.iter().map(|o| o.product).collect::<Vec<_>>(),
            [1, 2],
            "{offers:?}"
        );
        let own = n.offers(&[(0, 1.0)], 9, |p| p != 1);
        assert_eq!(own[0].product, 6, "what all buy goes with everything: {own:?}");
        assert_eq!((own[1].product, own[1].because), (2, 0), "{own:?}");
        assert!(own.iter().all(|o| o.product != 0 && o.product != 1), "{own:?}");
        // The customer of everything says next to nothing about what goes together.
        let across = n.nearest[0].iter().find(|(p, _)| *p == 3).map_or(0.0, |p| p.1);
        assert!(across < 0.05, "{across}");
        assert!(
            n.offers(&[(7, 1.0), (99, 1.0)], 3, |_| true).is_empty(),
            "nobody bought 7, and there is no 99"
        );
        // The cosine is symmetric and at most one.
        for (product, near) in (0u32..).zip(&n.nearest) {
            for (other, s) in near {
                let back = n.nearest[*other as usize].iter().find(|(p, _)| *p == product);
                assert!(back.is_none_or(|b| (b.1 - s).abs() < 1e-12) && *s <= 1.0 + 1e-12);
            }
        }
    }

    #[test]
    fn hits_by_hand() {
        let h = hits(&[vec![1, 2], vec![1, 2], vec![3]], &[vec![2, 5], vec![4], vec![]]).unwrap();
        assert_eq!((h.hit_rate, h.recall), (0.5, 0.25));
        assert_eq!(hits(&[vec![1]], &[vec![]]), None);
    }
}
