//! Tests of the Pareto/NBD model. Reference values: mpmath 1.4.1 with 40 digits, by direct integration.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::fit::Parameters;
use crate::simulate;

/// The paper's parameters for CDNOW.
const PAPER: Params = Params {
    r: 0.553,
    alpha: 10.578,
    s: 0.606,
    beta: 11.669,
};

/// The published continuous rate: 15 % a year, in weeks.
fn delta() -> f64 {
    1.15_f64.ln() / 52.0
}

fn history(x: u32, t_x: f64, t: f64) -> History {
    History { x, t_x, t }
}

fn close(value: f64, expected: f64, relative: f64) {
    assert!(
        (value - expected).abs() <= relative * expected.abs(),
        "{value} against {expected}"
    );
}

#[test]
fn scales_far_apart_come_to_an_end() {
    // The search tries such parameters; α and β differ by more than the digits there are.
    let groups = group(&[
        History {
            x: 0,
            t_x: 0.0,
            t: 40.0,
        },
        History {
            x: 3,
            t_x: 20.0,
            t: 40.0,
        },
    ]);
    for (alpha, beta) in [(1e18, 1e-8), (1e-8, 1e18), (1e25, 1e-25)] {
        let p = Params {
            r: 0.5,
            alpha,
            s: 0.7,
            beta,
        };
        let (value, _) = log_likelihood(&p, &groups);
        assert!(value < 0.0, "{value}");
    }
}

#[test]
fn conditional_values_of_the_paper_and_beyond() {
    let slow = Params {
        alpha: 0.05,
        beta: 40.0,
        ..PAPER
    };
    let fast = Params {
        alpha: 40.0,
        beta: 0.05,
        ..PAPER
    };
    // (x, t_x, T, horizon), log-likelihood, P(alive), E[Y], DERT.
    for (p, (x, t_x, t, horizon), value, alive, expected, residual) in [
        (
            PAPER,
            (2, 30.43, 38.86, 39.0),
            -9.554_283_245_150_406,
            0.869_167_559_153_011_2,
            1.455_123_193_257_602,
            6.501_730_537_564_229,
        ),
        (
            PAPER,
            (0, 0.0, 38.86, 39.0),
            -0.521_046_294_080_890_3,
            0.295_286_604_616_894_1,
            0.107_081_468_215_308_8,
            0.478_457_669_514_607_9,
        ),
        (
            PAPER,
            (400, 510.0, 520.0, 39.0),
            -515.305_092_426_899_5,
            0.243_216_687_138_259_2,
            7.007_724_469_243_002,
            52.638_995_877_259_01,
        ),
        (
            PAPER,
            (400, 38.0, 38.86, 39.0),
            436.306_162_696_213_7,
            0.372_544_414_252_009_7,
            97.855_104_453_447_32,
            437.232_753_782_987_5,
        ),
        (
            PAPER,
            (3, 1.5, 520.0, 39.0),
            -8.821_959_225_335_271,
            1.128_809_027_133_54e-6,
            2.884_956_982_065_255e-7,
            2.167_054_931_333_611e-6,
        ),
        (
            PAPER,
            (3, 519.0, 520.0, 520.0),
            -22.515_161_953_868_04,
            0.998_855_944_130_717_6,
            2.782_987_691_536_055,
            1.917_574_760_114_218,
        ),
        (
            slow,
            (400, 510.0, 520.0, 39.0),
            -509.460_293_373_942_5,
            0.228_399_815_902_319_7,
            6.721_196_685_198_688,
            50.901_345_830_078_16,
        ),
        (
            slow,
            (0, 0.0, 38.86, 39.0),
            -3.247_567_495_778_57,
            0.429_516_987_793_095_7,
            0.209_588_794_562_208_7,
            1.045_112_687_331_221,
        ),
        (
            slow,
            (2, 0.5, 520.0, 39.0),
            -5.561_172_372_892_305,
            1.002_297_719_341_341e-6,
            1.879_915_909_040_392e-7,
            1.423_708_519_470_324e-6,
        ),
        (
            fast,
            (400, 510.0, 520.0, 39.0),
            -539.715_226_546_249_9,
            0.308_258_857_703_456_2,
            8.411_168_199_213_933,
            62.957_844_319_895_14,
        ),
        (
            fast,
            (0, 0.0, 38.86, 39.0),
            -0.016_424_989_473_351_56,
            0.012_362_587_513_279_33,
            0.002_693_662_143_276_214,
            0.011_303_599_421_256_25,
        ),
        (
            fast,
            (2, 0.5, 520.0, 39.0),
            -9.240_209_836_137_122,
            2.411_772_641_595_856e-5,
            4.194_381_636_576_616e-6,
            3.139_507_139_073_693e-5,
        ),
    ] {
        let h = history(x, t_x, t);
        let one = Group {
            history: h,
            weight: 1.0,
        };
        close(log_likelihood(&p, &[one]).0, value, 1e-11);
        close(p_alive(&p, &h), alive, 1e-10);
        close(expected_purchases(&p, &h, horizon), expected, 1e-10);
        close(residual_purchases(&p, &h, delta()), residual, 1e-10);
    }
}

#[test]
fn far_parameters_and_the_pole_at_one_do_no_harm() {
    let h = history(2, 30.43, 38.86);
    let near = |s| expected_purchases(&Params { s, ..PAPER }, &h, 39.0);
    close(near(1.0), near(1.0 + 1e-9), 1e-8);
    close(near(1.0), near(1.0 - 1e-9), 1e-8);
    let grid = [1e-3, 0.03, 1.0, 30.0, 1e3];
    for (r, alpha) in grid.iter().flat_map(|r| grid.map(|a| (*r, a))) {
        for (s, beta) in grid.iter().flat_map(|s| grid.map(|b| (*s, b))) {
            let p = Params { r, alpha, s, beta };
            for h in [
                history(0, 0.0, 520.0),
                history(400, 519.0, 520.0),
                history(3, 1.0, 520.0),
                history(1, 7.0, 7.0),
            ] {
                let (value, slope) = log_likelihood(
                    &p,
                    &[Group {
                        history: h,
                        weight: 1.0,
                    }],
                );
                assert!(value.is_finite() && slope.iter().all(|s| s.is_finite()), "{p:?} {h:?}");
                let (alive, next) = (p_alive(&p, &h), expected_purchases(&p, &h, 39.0));
                assert!(
                    (0.0..=1.0).contains(&alive) && next.is_finite() && next >= 0.0,
                    "{p:?} {h:?} {next}"
                );
                assert!(
                    expected_purchases(&p, &h, 40.0) >= next * (1.0 - 1e-12),
                    "grows with the horizon"
                );
                let ahead = residual_purchases(&p, &h, 0.003);
                assert!(ahead.is_finite() && ahead >= 0.0, "{p:?} {h:?} {ahead}");
            }
        }
    }
}

#[test]
fn the_gradient_is_that_of_the_likelihood() {
    let groups = group(&simulate::pareto_nbd(&PAPER, 300, 20.0..80.0, 3));
    for (alpha, beta) in [(10.578, 11.669), (30.0, 2.0), (2.0, 30.0), (5.0, 5.0 + 1e-4)] {
        let at = [PAPER.r, alpha, PAPER.s, beta];
        let (_, slope) = log_likelihood(&Params::from_array(at), &groups);
        for i in 0..4 {
            // Five points: the error is of fourth order.
            let step = 1e-3 * at[i];
            let value = |by: f64| {
                let mut moved = at;
                moved[i] += by * step;
                log_likelihood(&Params::from_array(moved), &groups).0
            };
            let by_difference = (8.0 * (value(1.0) - value(-1.0)) - (value(2.0) - value(-2.0))) / (12.0 * step);
            assert!(
                (slope[i] - by_difference).abs() <= 1e-7 * by_difference.abs().max(1.0),
                "{i}: {} against {by_difference}",
                slope[i]
            );
        }
    }
}

#[test]
fn the_truth_of_a_simulation_is_found_again() {
    let fit = fit(&group(&simulate::pareto_nbd(&PAPER, 20_000, 50.0..100.0, 5))).unwrap();
    assert_eq!(fit.warnings, []);
    let errors = fit.standard_errors.clone().unwrap();
    for (i, (found, truth)) in fit.params.to_array().into_iter().zip(PAPER.to_array()).enumerate() {
        assert!((found - truth).abs() < 4.0 * errors[i], "{i}: {found} ± {}", errors[i]);
        assert!(errors[i] < 0.2 * truth, "{i}: ± {}", errors[i]);
    }
    assert!(fit.gradient < 1e-7);
}

#[test]
fn groups_fit_as_their_customers_and_any_time_unit_does() {
    // Whole days, so that customers share histories.
    let people: Vec<History> = simulate::pareto_nbd(&PAPER, 3_000, 100.0..300.0, 5)
        .iter()
        .map(|h| history(h.x, h.t_x.floor(), h.t.floor()))
        .collect();
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
    for (p, q) in one.params.to_array().into_iter().zip(other.params.to_array()) {
        close(p, q, 1e-6);
    }
    let weeks: Vec<Group> = groups
        .iter()
        .map(|g| Group {
            history: history(g.history.x, g.history.t_x / 7.0, g.history.t / 7.0),
            ..*g
        })
        .collect();
    let in_weeks = fit(&weeks).unwrap();
    close(in_weeks.params.alpha * 7.0, one.params.alpha, 1e-5);
    close(in_weeks.params.beta * 7.0, one.params.beta, 1e-5);
    let purchases: f64 = groups.iter().map(|g| g.weight * f64::from(g.history.x)).sum();
    close(
        in_weeks.log_likelihood - one.log_likelihood,
        purchases * 7.0_f64.ln(),
        1e-9,
    );
}

#[test]
fn odd_populations_get_a_named_warning_and_usable_predictions() {
    let nobody = fit(&group(&[history(0, 0.0, 10.0), history(0, 0.0, 20.0)])).unwrap();
    assert_eq!(nobody.warnings, [Warning::NobodyRepeats]);
    let steady: Vec<History> = (1..60).map(|x| history(x, 51.9, 52.0)).collect();
    let steady = fit(&group(&steady)).unwrap();
    assert!(steady.warnings.contains(&Warning::NoDropout), "{steady:?}");
    close(
        expected_purchases(&steady.params, &history(20, 51.9, 52.0), 52.0),
        20.0,
        0.15,
    );
    let one = fit(&group(&[history(3, 40.0, 52.0)])).unwrap();
    assert!(one.standard_errors.is_none(), "{one:?}");
    assert_eq!(fit(&[]).unwrap_err(), FitError::Empty);
    assert_eq!(fit(&group(&[history(1, 9.0, 8.0)])).unwrap_err(), FitError::Invalid(0));
}
