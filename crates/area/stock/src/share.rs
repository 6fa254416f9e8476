//! From which places goods are taken; pure.

use crate::ledger::Level;

/// Takes up to `wanted` from what is free: all from one place where that is possible (the first such), else from one
/// place after the other. Never more than is free anywhere.
pub(crate) fn take(levels: &[Level], wanted: i64) -> Vec<(i64, i64)> {
    let free = |l: &Level| l.on_hand.saturating_sub(l.reserved).max(0);
    if wanted <= 0 {
        return vec![];
    }
    if let Some(one) = levels.iter().find(|l| free(l) >= wanted) {
        return vec![(one.warehouse, wanted)];
    }
    let mut left = wanted;
    let mut out = vec![];
    for level in levels {
        let part = free(level).min(left);
        if part > 0 {
            out.push((level.warehouse, part));
            left -= part;
        }
    }
    out
}

/// What is free in all places together.
pub(crate) fn free(levels: &[Level]) -> i64 {
    levels.iter().map(|l| l.on_hand.saturating_sub(l.reserved).max(0)).sum()
}

/// Gives back up to `back` of what was taken, the last place first.
pub(crate) fn give_back(taken: &[(i64, i64)], back: i64) -> Vec<(i64, i64)> {
    let mut left = back;
    let mut out = vec![];
    for (warehouse, quantity) in taken.iter().rev() {
        let part = (*quantity).min(left);
        if part > 0 {
            out.push((*warehouse, part));
            left -= part;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(warehouse: i64, on_hand: i64, reserved: i64) -> Level {
        Level {
            warehouse,
            on_hand,
            reserved,
        }
    }

    #[test]
    fn one_place_is_better_than_two() {
        let levels = [level(1, 3, 0), level(2, 10, 2), level(3, 20, 0)];
        assert_eq!(take(&levels, 8), [(2, 8)]);
        assert_eq!(take(&levels, 25), [(1, 3), (2, 8), (3, 14)]);
        assert_eq!(take(&levels, 0), []);
    }

    #[test]
    fn the_last_place_gets_back_first() {
        assert_eq!(give_back(&[(1, 3), (2, 8)], 9), [(2, 8), (1, 1)]);
        assert_eq!(give_back(&[(1, 3)], 9), [(1, 3)]);
    }

    proptest! {
        #[test]
        fn never_more_than_is_free(
            rows in prop::collection::vec((-50_i64..100, 0_i64..60), 0..6), wanted in -5_i64..400
        ) {
            let levels: Vec<Level> = (1..).zip(&rows).map(|(i, (h, r))| level(i, *h, *r)).collect();
            let taken = take(&levels, wanted);
            let sum: i64 = taken.iter().map(|t| t.1).sum();
            prop_assert_eq!(sum, wanted.max(0).min(free(&levels)));
            for (warehouse, quantity) in &taken {
                let l = levels.iter().find(|l| l.warehouse == *warehouse).unwrap();
                prop_assert!(*quantity > 0 && *quantity <= l.on_hand - l.reserved);
            }
            let back: i64 = give_back(&taken, sum).iter().map(|t| t.1).sum();
            prop_assert_eq!(back, sum);
        }
    }
}
