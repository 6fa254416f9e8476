//! Tests of the BG/NBD model. Reference values: mpmath 1.4.1 with 40 digits.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::predict::by_quadrature;
use super::*;
use crate::random::SplitMix64;

/// The paper's parameters for CDNOW.
const PAPER: Params = Params {
    r: 0.243,
    alpha: 4.414,
    a: 0.793,
    b: 2.426,
};

fn history(x: u32, t_x: f64, t: f64) -> History {
    History { x, t_x, t }
}

fn close(value: f64, expected: f64, relative: f64) {
    assert!(
        (value - expected).abs() <= relative * expected.abs(),
        "{value} against {expected}"
    );
}

/// Customers that buy and drop out as the model says, seen in days for a year.
fn population(n: u32) -> Vec<History> {
    let mut rng = SplitMix64::new(11);
    (0..n)
        .map(|_| {
            let rate = 0.02 * -rng.unit().ln();
            let dropout = rng.unit().powf(1.5);
            let t = (100.0 + 265.0 * rng.unit()).floor();
            let (mut x, mut now) = (0, 0.0);
            loop {
                let next = now - rng.unit().ln() / rate;
                if next >= t {
                    break;
                }
                (x, now) = (x + 1, next);
                if rng.unit() < dropout {
                    break;
                }
            }
            history(x, now.floor(), t)
        })
        .collect()
}

#[test]
fn conditional_values_of_the_paper_and_beyond() {
    for (x, t_x, t, horizon, alive, expected) in [
        (2, 30.43, 38.86, 39.0, 0.726_578_570_080_673, 1.226_028_174_767_14),
        (0, 0.0, 38.86, 39.0, 1.0, 0.195_098_052_011_263),
        (400, 510.0, 520.0, 39.0, 0.185_586_487_833_479, 5.368_812_931_148_49),
        (400, 38.0, 38.86, 39.0, 0.140_962_202_698_944, 38.810_927_379_838_1),
        (3, 1.5, 520.0, 39.0, 2.691_810_564_898_84e-6, 6.365_498_266_683_68e-7),
        (3, 519.0, 520.0, 520.0, 0.847_255_841_482_377, 2.203_038_857_536_81),
        (2, 30.43, 38.86, 4_000.0, 0.726_578_570_080_673, 17.928_906_805_007_6),
    ] {
        let h = history(x, t_x, t);
        close(p_alive(&PAPER, &h), alive, 1e-11);
        close(expected_purchases(&PAPER, &h, horizon), expected, 1e-10);
        close(by_quadrature(&PAPER, &h, horizon) * alive, expected, 1e-10);
    }
}

#[test]
fn purchases_to_come_are_discounted() {
    let delta = 1.15_f64.ln() / 52.0;
    let h = history(2, 30.43, 38.86);
    close(residual_purchases(&PAPER, &h, delta), 5.169_553_93, 1e-8);
    // δ ∫ e^(−δt) E[Y(t)] dt as a sum over quarters of a week, far enough out.
    let step = 0.25;
    for h in [h, history(0, 0.0, 38.86), history(40, 500.0, 520.0)] {
        let sum: f64 = (0..16_000)
            .map(|i| {
                let (from, to) = (f64::from(i) * step, f64::from(i + 1) * step);
                let more = expected_purchases(&PAPER, &h, to) - expected_purchases(&PAPER, &h, from);
                more * (-delta * (from + step / 2.0)).exp()
            })
            .sum();
        close(residual_purchases(&PAPER, &h, delta), sum, 1e-4);
    }
    assert_eq!(residual_purchases(&PAPER, &h, 0.0), f64::INFINITY);
}

#[test]
fn the_truth_of_a_simulation_is_found_again() {
    use crate::fit::Parameters;
    let fit = fit(&group(&crate::simulate::bgnbd(&PAPER, 30_000, 40.0..80.0, 5))).unwrap();
    assert_eq!(fit.warnings, []);
    let errors = fit.standard_errors.clone().unwrap();
    for (i, (found, truth)) in fit.params.to_array().into_iter().zip(PAPER.to_array()).enumerate() {
        assert!((found - truth).abs() < 4.0 * errors[i], "{i}: {found} ± {}", errors[i]);
        assert!(errors[i] < 0.2 * truth, "{i}: ± {}", errors[i]);
    }
}

#[test]
fn the_pole_at_one_and_the_far_ends_do_no_harm() {
    let h = history(2, 30.43, 38.86);
    for (a, b, expected) in [
        (1.000_000_1, 2.4, 1.098_436_353_844_33),
        (1.5, 1e7, 2.021_466_919_904_93),
        (50.0, 900.0, 1.720_988_902_837_98),
        (0.01, 0.02, 1.979_343_021_680_46),
    ] {
        close(expected_purchases(&Params { a, b, ..PAPER }, &h, 39.0), expected, 1e-9);
    }
    let grid = [1e-3, 0.03, 1.0, 30.0, 1e3];
    for r in grid {
        for a in grid {
            for b in grid {
                let p = Params { r, alpha: 4.4, a, b };
                for h in [
                    history(0, 0.0, 520.0),
                    history(400, 519.0, 520.0),
                    history(3, 1.0, 520.0),
                ] {
                    let (alive, next) = (p_alive(&p, &h), expected_purchases(&p, &h, 39.0));
                    assert!(
                        (0.0..=1.0).contains(&alive) && next.is_finite() && next >= 0.0,
                        "{p:?} {h:?} {next}"
                    );
                    assert!(
                        expected_purchases(&p, &h, 40.0) >= next * (1.0 - 1e-9),
                        "grows with the horizon"
                    );
                }
            }
        }
    }
}

#[test]
fn the_gradient_is_that_of_the_likelihood() {
    let groups = group(&population(300));
    let at = [PAPER.r, PAPER.alpha, PAPER.a, PAPER.b];
    let params = |v: [f64; 4]| Params {
        r: v[0],
        alpha: v[1],
        a: v[2],
        b: v[3],
    };
    let (_, slope) = log_likelihood(&PAPER, &groups);
    for i in 0..4 {
        let step = 1e-5 * at[i];
        let (mut up, mut down) = (at, at);
        up[i] += step;
        down[i] -= step;
        let by_difference =
            (log_likelihood(&params(up), &groups).0 - log_likelihood(&params(down), &groups).0) / (2.0 * step);
        close(slope[i], by_difference, 1e-6);
    }
}

#[test]
fn groups_fit_as_their_customers_and_any_time_unit_does() {
    let people = population(4_000);
    let groups = group(&people);
    assert!(groups.len() < people.len());
    let single: Vec<Group> = people
        .iter()
        .rev()
        .map(|h| Group {
            history: *h,
            weight: 1.0,
        })
        .collect();
    let (one, other) = (fit(&groups).unwrap(), fit(&single).unwrap());
    assert_eq!(one.warnings, []);
    for (p, q) in [
        (one.params.r, other.params.r),
        (one.params.alpha, other.params.alpha),
        (one.params.a, other.params.a),
        (one.params.b, other.params.b),
    ] {
        close(p, q, 1e-7);
    }
    let weeks: Vec<Group> = groups
        .iter()
        .map(|g| Group {
            history: history(g.history.x, g.history.t_x / 7.0, g.history.t / 7.0),
            ..*g
        })
        .collect();
    let in_weeks = fit(&weeks).unwrap();
    close(in_weeks.params.alpha * 7.0, one.params.alpha, 1e-6);
    let purchases: f64 = groups.iter().map(|g| g.weight * f64::from(g.history.x)).sum();
    close(
        in_weeks.log_likelihood - one.log_likelihood,
        purchases * 7.0_f64.ln(),
        1e-9,
    );
    // Made with rates of mean 0.02 (r = 1) and drop-out chances of mean 0.4 (a = 2/3, b = 1).
    close(one.params.r / one.params.alpha, 0.02, 0.1);
    close(one.params.a / (one.params.a + one.params.b), 0.4, 0.1);
    let errors = one.standard_errors.clone().unwrap();
    assert!(
        (one.params.r - 1.0).abs() < 4.0 * errors[0] && errors[0] < 0.2,
        "{one:?}"
    );
}

#[test]
fn odd_populations_get_a_named_warning_and_usable_predictions() {
    let of = |list: &[History]| fit(&group(list)).unwrap();
    let nobody = of(&[history(0, 0.0, 10.0), history(0, 0.0, 20.0)]);
    assert_eq!(nobody.warnings, [Warning::NobodyRepeats]);
    assert!(expected_purchases(&nobody.params, &history(0, 0.0, 20.0), 10.0) < 1e-6);

    // Everybody buys up to the end: no drop-out to be seen.
    let steady: Vec<History> = (1..40).map(|x| history(x, 51.9, 52.0)).collect();
    let steady = of(&steady);
    assert!(steady.warnings.contains(&Warning::NoDropout), "{steady:?}");
    let h = history(20, 51.9, 52.0);
    assert!(p_alive(&steady.params, &h) > 0.999);
    close(expected_purchases(&steady.params, &h, 52.0), 20.0, 0.1);

    let one = of(&[history(3, 40.0, 52.0)]);
    assert!(!one.warnings.is_empty(), "{one:?}");
    assert!(expected_purchases(&one.params, &history(3, 40.0, 52.0), 52.0).is_finite());
}

#[test]
fn impossible_histories_are_refused() {
    assert_eq!(fit(&[]), Err(FitError::Empty));
    assert_eq!(fit(&group(&[history(0, 0.0, 0.0)])), Err(FitError::Empty));
    assert_eq!(fit(&group(&[history(1, 9.0, 8.0)])), Err(FitError::Invalid(0)));
    assert_eq!(
        fit(&[Group {
            history: history(1, 2.0, 8.0),
            weight: f64::NAN
        }]),
        Err(FitError::Invalid(0))
    );
}
