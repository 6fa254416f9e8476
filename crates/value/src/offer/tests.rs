//! Ways by hand, and tastes that are known.

use super::*;
use crate::random::SplitMix64;

fn holder(group: u32, own: &[u32]) -> Holder {
    Holder {
        group,
        own: own.iter().map(|p| (*p, 1.0)).collect(),
    }
}

#[test]
fn shares_and_places_by_hand() {
    let all = [
        holder(0, &[0, 1]),
        holder(0, &[0, 1]),
        holder(0, &[0]),
        holder(1, &[2, 3]),
        holder(1, &[2]),
    ];
    let basis = Basis::of(&all, &[], 4, 1);
    let popular = basis.rank(Way::Popular, &holder(1, &[2]), 9, &|_| true);
    assert_eq!(
        popular.iter().map(|n| n.product).collect::<Vec<_>>(),
        [0, 1, 3],
        "{popular:?}"
    );
    // (0 of 2 + 10 · 3/5) / 12 against (1 of 2 + 10 · 1/5) / 12.
    let peers = basis.rank(Way::Peers, &holder(1, &[2]), 9, &|_| true);
    assert_eq!((peers[0].product, peers[0].score), (0, 0.5));
    assert!((peers.iter().find(|n| n.product == 3).unwrap().score - 0.25).abs() < 1e-12);
    assert!(basis.rank(Way::Popular, &holder(1, &[2]), 9, &|p| p == 3).len() == 1);
    let why = basis.why(&holder(0, &[0]), 1);
    assert_eq!((why.peers, why.all, why.alike.unwrap().0), ((2, 3), (2, 5), 0));
    // One customer buys 3 (popular: third place) and 0 (owned already).
    let score = judge(
        &basis,
        Way::Popular,
        &[holder(0, &[0]), holder(0, &[1])],
        &[vec![3, 0], vec![]],
        2,
        &|_| true,
    );
    let s = score.unwrap();
    assert_eq!((s.customers, s.judged, s.hit_rate, s.recall), (1, 2, 0.0, 0.0));
    assert!((s.reciprocal - 1.0 / 3.0).abs() < 1e-12, "{s:?}");
    assert_eq!(s.taken, [0, 0]);
}

/// Six groups with tastes of their own: whoever knows the groups must beat popularity.
#[test]
fn tastes_of_groups_are_recovered() {
    let mut rng = SplitMix64::new(3);
    let (products, groups) = (60_u32, 6_u32);
    let mut draw = |group: u32| -> u32 {
        if rng.unit() < 0.75 {
            group * 10 + (rng.unit() * 10.0) as u32
        } else {
            (rng.unit() * f64::from(products)) as u32
        }
    };
    let (mut early, mut later, mut baskets) = (vec![], vec![], vec![]);
    for c in 0..900_u32 {
        let group = c % groups;
        let mut first: Vec<u32> = (0..4).map(|_| draw(group)).collect();
        first.sort_unstable();
        first.dedup();
        baskets.push(first.clone());
        early.push(holder(group, &first));
        later.push((0..2).map(|_| draw(group)).collect::<Vec<u32>>());
    }
    let basis = Basis::of(&early, &baskets, products as usize, 5);
    let scores: Vec<Score> = Way::ALL
        .iter()
        .map(|w| judge(&basis, *w, &early, &later, 10, &|_| true).unwrap())
        .collect();
    let by = |way: Way| scores.iter().find(|s| s.way == way).unwrap();
    assert!(by(Way::Peers).hit_range.0 > by(Way::Popular).hit_range.1, "{scores:?}");
    assert!(
        by(Way::Alike).reciprocal > 1.5 * by(Way::Popular).reciprocal,
        "{scores:?}"
    );
    assert!(
        by(Way::Blend).reciprocal > 1.5 * by(Way::Popular).reciprocal,
        "{scores:?}"
    );
    assert_ne!(choose(&scores), Way::Popular);
    // Without any taste nothing is far from popularity.
    let flat: Vec<Holder> = (0..900)
        .map(|c| holder(c % groups, &[(rng.unit() * 60.0) as u32]))
        .collect();
    let then: Vec<Vec<u32>> = (0..900).map(|_| vec![(rng.unit() * 60.0) as u32]).collect();
    let basis = Basis::of(&flat, &[], products as usize, 5);
    let chance = |w| judge(&basis, w, &flat, &then, 10, &|_| true).unwrap().hit_rate;
    assert!((chance(Way::Peers) - chance(Way::Popular)).abs() < 0.06);
}
