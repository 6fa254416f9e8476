//! Tests of the lifetime models together: which is taken, how well its values are known, when none is.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::fit::interval;
use crate::history::group;
use crate::simulate;

const TRUE: bgnbd::Params = bgnbd::Params {
    r: 0.9,
    alpha: 9.0,
    a: 0.7,
    b: 6.0,
};
const AMOUNTS: gamma_gamma::Params = gamma_gamma::Params {
    p: 4.0,
    q: 3.5,
    gamma: 900.0,
};

fn customers(n: usize) -> (Vec<History>, Vec<u32>) {
    simulate::halves(&TRUE, true, n, 60.0, 11).into_iter().unzip()
}

#[test]
fn the_model_that_foresees_best_is_taken_and_it_beats_the_plain_guess() {
    let (histories, came) = customers(6_000);
    let contest = super::contest(&histories, &came, 60.0);
    let best = contest.winner().unwrap();
    let of = |c: &Candidate| c.calibration.as_ref().unwrap().root_mean_square;
    for other in &contest.candidates {
        assert!(of(best) <= of(other) * 1.01, "{:?} {:?}", best.model, other.model);
    }
    assert!(best.calibration.as_ref().unwrap().bias.unwrap().abs() < 0.05);
    assert!(of(best) < contest.plain.as_ref().unwrap().root_mean_square);
    // Order of the customers does not matter.
    let (mut turned, mut after) = (histories.clone(), came.clone());
    turned.reverse();
    after.reverse();
    let again = super::contest(&turned, &after, 60.0);
    assert_eq!(again.best, contest.best);
}

#[test]
fn the_interval_is_that_of_drawn_parameters() {
    let (histories, _) = customers(4_000);
    let purchases: Vec<u32> = histories.iter().map(|h| h.x.max(1)).collect();
    let spends = simulate::gamma_gamma(&AMOUNTS, &purchases, 5);
    let groups = group(&histories);
    let buying = Buying::fit(Model::Mbgnbd, &groups).unwrap();
    let money = Spending::fit(&spends).unwrap();
    let known = Known::of(&buying, &money).unwrap();
    let delta = crate::npv::continuous(0.1, 52.0);
    let h = History {
        x: 6,
        t_x: 48.0,
        t: 60.0,
    };
    let outlook = buying.outlook(&h, 52.0, delta);
    let found = turnover(&money, &outlook, h.x, Some(420.0)).unwrap();
    assert!((found.value - found.amount * outlook.residual).abs() < 1e-9);
    let deviation = known.deviation(&found.slope.unwrap());

    let p = bgnbd::Params::from_array(buying.numbers());
    let g = gamma_gamma::Params::from_array(money.numbers());
    let some = fit::draws(&p, buying.log_covariance.as_deref().unwrap(), 800, 1).unwrap();
    let others = fit::draws(&g, money.log_covariance.as_deref().unwrap(), 800, 2).unwrap();
    let mut values: Vec<f64> = some
        .iter()
        .zip(&others)
        .map(|(p, g)| {
            mbgnbd::residual_purchases(p, &h, delta) * gamma_gamma::expected_amount(g, f64::from(h.x), 420.0).unwrap()
        })
        .collect();
    let (low, high) = interval(&mut values, 0.95).unwrap();
    let width = (high / low).ln();
    assert!(
        (2.0 * 1.96 * deviation / width - 1.0).abs() < 0.12,
        "{deviation} against {width}"
    );
    // Two equal customers together are known as well as each: what is unknown is common to them.
    assert!(deviation > 0.0 && deviation < 0.5);
}

#[test]
fn what_the_data_cannot_carry_is_refused_by_name() {
    let clock = |median| Some(Clockwork { customers: 50, median });
    assert_eq!(refusal(0, 0, 100.0, None), Some(Refusal::Nothing));
    assert_eq!(refusal(90, 80, 20.0, None), Some(Refusal::Short));
    assert_eq!(refusal(90, 39, 100.0, None), Some(Refusal::FewRepeats));
    assert_eq!(refusal(90, 80, 100.0, clock(0.1)), Some(Refusal::Contract));
    assert_eq!(refusal(90, 80, 100.0, clock(0.9)), None);
    // Rent on the first of each month, and purchases by chance.
    let monthly = clockwork((0..30).map(|_| (12, 365.0, 12.0 * 30.4 * 30.4 + 4.0))).unwrap();
    assert!(monthly.median < 0.1 && monthly.customers == 30, "{monthly:?}");
    let chance = clockwork((0..30).map(|_| (4, 40.0, 4.0 * 100.0 + 3.0 * 90.0))).unwrap();
    assert!(chance.median > 0.8, "{chance:?}");
    assert_eq!(clockwork([(2, 10.0, 60.0)]), None);
}

#[test]
fn at_a_boundary_there_is_a_value_but_no_interval() {
    // Nobody drops out: all buy at random until the end.
    let steady = bgnbd::Params {
        a: 1e-3,
        b: 1e3,
        ..TRUE
    };
    let histories = simulate::bgnbd(&steady, 800, 50.0..60.0, 4);
    let buying = Buying::fit(Model::Bgnbd, &group(&histories)).unwrap();
    assert!(buying.warnings.contains(&Warning::NoDropout), "{buying:?}");
    let outlook = buying.outlook(&histories[0], 52.0, 0.002);
    assert!(outlook.residual > 0.0 && outlook.slope.is_none());
}
