//! The sales funnel of a cohort of deals: how many reach each stage, how long they stay, where they leak.
//!
//! Take the deals that entered in one period and follow each to the as-of day. A jump forward counts as
//! passing the skipped stages in no time, and a win as passing all that were left. A deal that went back
//! is counted where it stands, and in the stages ahead of it that it had reached as "went back". Deals
//! still open are not forgotten: how long they have stayed so far enters the median by the Kaplan–Meier
//! estimate (1958), because the closed deals alone would show the quick ones only. METHODS A3 "Funnel".

use crate::profit::narrow;
use serde::{Deserialize, Serialize};

/// One step in the history of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Day number.
    pub day: i32,
    /// Where to.
    pub to: Place,
}

/// Where a deal stands. A stage after a win or a loss means that it was opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A stage, counted from 0; numbers beyond the last mean the last.
    Stage(usize),
    /// Closed as won.
    Won,
    /// Closed as lost.
    Lost,
}

/// A deal and its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deal<'a> {
    /// Day on which it entered stage 0.
    pub entered: i32,
    /// Its value in minor units: what was agreed if won, what is expected otherwise.
    pub value: i64,
    /// Steps in order. A day before the step ahead of it counts as the same day.
    pub steps: &'a [Step],
}

/// A stage of the funnel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Deals that reached it: `still_in + moved_on + lost + went_back`.
    pub entered: usize,
    /// Open deals standing here.
    pub still_in: usize,
    /// Value of those.
    pub still_in_value: i64,
    /// Deals beyond it now: in a later stage, lost in one, or won.
    pub moved_on: usize,
    /// Deals lost here.
    pub lost: usize,
    /// Value of those.
    pub lost_value: i64,
    /// Deals that had reached it and now stand, or were lost, in an earlier stage.
    pub went_back: usize,
    /// `moved_on / (moved_on + lost)`; `None` while nothing was decided.
    pub conversion: Option<f64>,
    /// Kaplan–Meier median of the days spent here; `None` when fewer than half left it.
    pub median_days: Option<i64>,
    /// The part of all lost deals that were lost here; `None` without losses.
    pub leak_share: Option<f64>,
}

/// The whole funnel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Funnel {
    /// One per stage.
    pub stages: Vec<Stage>,
    /// Deals counted: those that entered by the as-of day.
    pub deals: usize,
    /// Of these still open.
    pub open: usize,
    /// Of these won.
    pub won: usize,
    /// Of these lost.
    pub lost: usize,
    /// Deals opened again after a win or a loss.
    pub reopened: usize,
    /// Value of open deals, minor units.
    pub open_value: i64,
    /// Value of won deals, minor units.
    pub won_value: i64,
    /// `won / (won + lost)`.
    pub win_rate: Option<f64>,
    /// Average value of a won deal, minor units.
    pub average_won_value: Option<f64>,
    /// Average days from entry to the win.
    pub average_cycle_days: Option<f64>,
    /// Median days from entry to the win.
    pub median_cycle_days: Option<f64>,
    /// `open × win rate × average won value / average cycle days`: minor units a day.
    pub velocity: Option<f64>,
}

/// Time spent, and whether it ended (or is only known to be at least that long).
type Stay = (i64, bool);

/// The funnel of `deals` through `stage_count` stages as it stood at the end of the day `as_of`. Later
/// steps are ignored, deals that entered later are left out.
#[must_use]
pub fn funnel(stage_count: usize, deals: &[Deal<'_>], as_of: i32) -> Funnel {
    let mut result = Funnel {
        stages: vec![Stage::default(); stage_count],
        ..Funnel::default()
    };
    if stage_count == 0 {
        return result;
    }
    let mut stays: Vec<Vec<Stay>> = vec![Vec::new(); stage_count];
    let mut cycles: Vec<i64> = Vec::new();
    let mut days_in = vec![0i64; stage_count];
    let (mut open_value, mut won_value) = (0i128, 0i128);
    for deal in deals.iter().filter(|deal| deal.entered <= as_of) {
        let walk = walk(deal, as_of, &mut days_in);
        result.deals += 1;
        result.reopened += usize::from(walk.reopened);
        let open = matches!(walk.end, Place::Stage(_));
        let won = walk.end == Place::Won;
        match walk.end {
            Place::Stage(_) => {
                result.open += 1;
                open_value += i128::from(deal.value);
            }
            Place::Won => {
                result.won += 1;
                won_value += i128::from(deal.value);
                cycles.push(i64::from(walk.last_day) - i64::from(deal.entered));
            }
            Place::Lost => result.lost += 1,
        }
        let reached = if won { stage_count - 1 } else { walk.furthest };
        for (at, stage) in result.stages.iter_mut().enumerate().take(reached + 1) {
            stage.entered += 1;
            if won || at < walk.stage {
                stage.moved_on += 1;
            } else if at > walk.stage {
                stage.went_back += 1;
            } else if open {
                stage.still_in += 1;
                stage.still_in_value = stage.still_in_value.saturating_add(deal.value);
            } else {
                stage.lost += 1;
                stage.lost_value = stage.lost_value.saturating_add(deal.value);
            }
            // An open deal may still come back to a stage it stepped back from, not to one behind it.
            stays[at].push((days_in[at], !open || at < walk.stage));
        }
    }
    for (stage, stays) in result.stages.iter_mut().zip(&mut stays) {
        stage.conversion = ratio(stage.moved_on, stage.moved_on + stage.lost);
        stage.leak_share = ratio(stage.lost, result.lost);
        stage.median_days = median_stay(stays);
    }
    result.open_value = narrow(open_value);
    result.won_value = narrow(won_value);
    result.win_rate = ratio(result.won, result.won + result.lost);
    if result.won > 0 {
        let won = result.won as f64;
        let cycle = cycles.iter().map(|days| *days as f64).sum::<f64>() / won;
        let average = won_value as f64 / won;
        cycles.sort_unstable();
        let (low, high) = (cycles[(cycles.len() - 1) / 2], cycles[cycles.len() / 2]);
        result.average_won_value = Some(average);
        result.average_cycle_days = Some(cycle);
        result.median_cycle_days = Some((low + high) as f64 / 2.0);
        result.velocity = result
            .win_rate
            .filter(|_| cycle > 0.0)
            .map(|rate| result.open as f64 * rate * average / cycle);
    }
    result
}

/// Kaplan–Meier median: the first day by which half have left. `None` when it was not reached.
#[must_use]
pub fn median_stay(stays: &mut [Stay]) -> Option<i64> {
    stays.sort_unstable();
    let mut at_risk = stays.len();
    let mut staying = 1.0;
    for same in stays.chunk_by(|a, b| a.0 == b.0) {
        let left = same.iter().filter(|(_, ended)| *ended).count();
        staying *= 1.0 - left as f64 / at_risk as f64;
        // A hair of room, because one half as a product of fractions may come out a bit above.
        if staying <= 0.5 + 1e-12 {
            return Some(same[0].0);
        }
        at_risk -= same.len();
    }
    None
}

/// What became of one deal.
struct Walk {
    /// Won, lost, or the stage.
    end: Place,
    /// The last stage it stood in.
    stage: usize,
    /// The furthest stage it reached.
    furthest: usize,
    /// Day of the last step.
    last_day: i32,
    reopened: bool,
}

/// Follows one deal and adds up the days it spent in each stage (time while closed counts nowhere).
fn walk(deal: &Deal<'_>, as_of: i32, days_in: &mut [i64]) -> Walk {
    days_in.fill(0);
    let last = days_in.len() - 1;
    let mut walk = Walk {
        end: Place::Stage(0),
        stage: 0,
        furthest: 0,
        last_day: deal.entered,
        reopened: false,
    };
    for step in deal.steps.iter().take_while(|step| step.day <= as_of) {
        let day = step.day.max(walk.last_day);
        if let Place::Stage(_) = walk.end {
            days_in[walk.stage] += i64::from(day) - i64::from(walk.last_day);
        }
        if let Place::Stage(to) = step.to {
            walk.reopened |= !matches!(walk.end, Place::Stage(_));
            walk.stage = to.min(last);
            walk.furthest = walk.furthest.max(walk.stage);
        }
        walk.end = step.to;
        walk.last_day = day;
    }
    if let Place::Stage(_) = walk.end {
        days_in[walk.stage] += i64::from(as_of) - i64::from(walk.last_day);
    }
    walk
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn to(day: i32, stage: usize) -> Step {
        Step {
            day,
            to: Place::Stage(stage),
        }
    }

    fn end(day: i32, to: Place) -> Step {
        Step { day, to }
    }

    fn deal(value: i64, steps: &[Step]) -> Deal<'_> {
        Deal {
            entered: 0,
            value,
            steps,
        }
    }

    #[test]
    fn four_deals_by_hand() {
        let won = [to(10, 1), to(30, 2), end(40, Place::Won)];
        let lost = [to(4, 1), end(9, Place::Lost)];
        let open = [to(20, 1)];
        let deals = [deal(1_000, &won), deal(500, &lost), deal(800, &open), deal(300, &[])];
        let f = funnel(3, &deals, 50);
        assert_eq!((f.deals, f.open, f.won, f.lost), (4, 2, 1, 1));
        assert_eq!((f.open_value, f.won_value), (1_100, 1_000));
        let counts: Vec<_> = f
            .stages
            .iter()
            .map(|s| (s.entered, s.still_in, s.moved_on, s.lost))
            .collect();
        assert_eq!(counts, [(4, 1, 3, 0), (3, 1, 1, 1), (1, 0, 1, 0)]);
        assert_eq!(f.stages[1].conversion, Some(0.5));
        assert_eq!(f.stages[1].leak_share, Some(1.0));
        assert_eq!((f.stages[1].still_in_value, f.stages[1].lost_value), (800, 500));
        // Stays in stage 0: 4, 10, 20 ended, 50 open: S falls to .75, .5.
        assert_eq!(f.stages[0].median_days, Some(10));
        assert_eq!(
            (f.win_rate, f.average_cycle_days, f.median_cycle_days),
            (Some(0.5), Some(40.0), Some(40.0))
        );
        assert_eq!(f.velocity, Some(2.0 * 0.5 * 1_000.0 / 40.0));
    }

    #[test]
    fn skipped_stages_count_as_passed_in_no_time() {
        let jump = [to(6, 2), end(8, Place::Lost)];
        let quick = [end(5, Place::Won)];
        let f = funnel(4, &[deal(1, &jump), deal(1, &quick)], 10);
        let counts: Vec<_> = f.stages.iter().map(|s| (s.entered, s.moved_on, s.lost)).collect();
        assert_eq!(counts, [(2, 2, 0), (2, 2, 0), (2, 1, 1), (1, 1, 0)]);
        assert_eq!((f.stages[1].median_days, f.stages[3].median_days), (Some(0), Some(0)));
    }

    #[test]
    fn a_deal_that_went_back_is_counted_where_it_stands() {
        let back = [to(2, 1), to(5, 2), to(9, 0)];
        let f = funnel(3, &[deal(1, &back)], 20);
        let counts: Vec<_> = f.stages.iter().map(|s| (s.entered, s.still_in, s.went_back)).collect();
        assert_eq!(counts, [(1, 1, 0), (1, 0, 1), (1, 0, 1)]);
        assert_eq!(
            f.stages[1].median_days, None,
            "it may come back: the stay has not ended"
        );
        let mut days = [0; 3];
        walk(&deal(1, &back), 20, &mut days);
        assert_eq!(days, [13, 3, 4]);
    }

    #[test]
    fn a_deal_opened_again_counts_once_and_rests_while_closed() {
        let steps = [to(5, 1), end(10, Place::Lost), to(100, 1), end(110, Place::Won)];
        let f = funnel(2, &[deal(7, &steps)], 200);
        assert_eq!(
            (f.won, f.lost, f.reopened, f.average_cycle_days),
            (1, 0, 1, Some(110.0))
        );
        assert_eq!(f.stages[1].median_days, Some(15));
        let before = funnel(2, &[deal(7, &steps)], 50);
        assert_eq!(
            (before.won, before.lost, before.reopened),
            (0, 1, 0),
            "as it stood on day 50"
        );
    }

    #[test]
    fn open_deals_are_censored_not_forgotten() {
        assert_eq!(
            median_stay(&mut [(1, true), (2, true), (30, false), (40, false), (50, false)]),
            None
        );
        assert_eq!(median_stay(&mut [(1, true), (5, false), (6, true), (7, true)]), Some(6));
        assert_eq!(median_stay(&mut []), None);
        // Freireich's 6-mercaptopurine patients: the published median is 23 weeks.
        let (ended, open) = (
            [6, 6, 6, 7, 10, 13, 16, 22, 23],
            [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
        );
        let mut weeks: Vec<Stay> = ended
            .iter()
            .map(|w| (*w, true))
            .chain(open.iter().map(|w| (*w, false)))
            .collect();
        assert_eq!(median_stay(&mut weeks), Some(23));
    }

    #[test]
    fn nothing_gives_nothing() {
        let f = funnel(2, &[], 5);
        assert_eq!(
            (f.deals, f.win_rate, f.velocity, f.stages[0].conversion),
            (0, None, None, None)
        );
        assert_eq!(funnel(0, &[deal(1, &[])], 5).stages, []);
        assert_eq!(funnel(2, &[deal(1, &[])], -1).deals, 0, "entered after the day");
    }

    proptest! {
        #[test]
        fn every_deal_is_somewhere(
            histories in prop::collection::vec(
                prop::collection::vec((0i32..60, 0usize..6), 0..8),
                0..40,
            ),
            as_of in 0i32..80,
        ) {
            let place = |p| match p { 4 => Place::Won, 5 => Place::Lost, stage => Place::Stage(stage) };
            let steps: Vec<Vec<Step>> = histories
                .iter()
                .map(|h| {
                    let mut steps: Vec<Step> = h.iter().map(|(day, p)| Step { day: *day, to: place(*p) }).collect();
                    steps.sort_by_key(|s| s.day);
                    steps
                })
                .collect();
            let deals: Vec<Deal<'_>> = steps.iter().map(|s| deal(1, s)).collect();
            let f = funnel(4, &deals, as_of);
            prop_assert_eq!(f.open + f.won + f.lost, f.deals);
            prop_assert_eq!(f.stages.iter().map(|s| s.still_in).sum::<usize>(), f.open);
            prop_assert_eq!(f.stages.iter().map(|s| s.lost).sum::<usize>(), f.lost);
            prop_assert_eq!(f.stages[3].moved_on, f.won);
            prop_assert!(f.stages.windows(2).all(|w| w[0].entered >= w[1].entered));
            for s in &f.stages {
                prop_assert_eq!(s.entered, s.still_in + s.moved_on + s.lost + s.went_back);
            }
        }
    }
}
