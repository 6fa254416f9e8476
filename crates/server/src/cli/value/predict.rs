//! `zhike value predict`: what a fitted model says of each customer.

use super::input::Input;
use super::model::{Model, Saved, histories, records, spends, tenures};
use super::output::{Cell, Format, List};
use super::summary::Unit;
use anyhow::{Result, bail};
use clap::Args;
use zhike_value::history::History;
use zhike_value::{bgbb, bgnbd, gamma_gamma, mbgnbd, npv, pareto_nbd, sbg};

#[derive(Args)]
pub(crate) struct Predict {
    /// The model.
    #[arg(long, value_enum)]
    model: Model,
    /// The fit: a file that `fit --format json` wrote, or the JSON itself.
    #[arg(long, value_name = "JSON")]
    params: String,
    /// Histories, as `summary` writes them: CSV, XLSX or Parquet; - is standard input.
    #[arg(long, default_value = "-")]
    input: String,
    /// How far to look ahead, in the time unit of the fit (renewals, occasions); gamma-gamma needs none.
    #[arg(long)]
    horizon: Option<f64>,
    /// Also all purchases to come (DERT), discounted at this rate a year (0.15 is 15 %); for sbg and bgbb per period.
    #[arg(long)]
    discount: Option<f64>,
    /// The time unit of the fit, which the yearly discount needs.
    #[arg(long, value_enum, default_value = "weeks")]
    unit: Unit,
    /// Table, CSV or JSON; without it a table on a terminal and CSV in a pipe.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// A figure of a history that asks for a horizon or a rate.
type OverTime = Box<dyn Fn(&History, f64) -> f64>;

/// P(alive), E[Y(horizon)], DERT at a continuous rate.
pub(super) struct Buying {
    pub(super) alive: Box<dyn Fn(&History) -> f64>,
    pub(super) expected: OverTime,
    pub(super) residual: OverTime,
}

/// The three for a model of buying without a contract.
pub(super) fn buying(model: Model, saved: &Saved) -> Result<Buying> {
    Ok(match model {
        Model::Bgnbd => bgnbd_of(saved.params()?),
        Model::Mbgnbd => mbgnbd_of(saved.params()?),
        Model::ParetoNbd => pareto_of(saved.params()?),
        _ => bail!(
            "{} does not say how often somebody buys; take bgnbd, mbgnbd or pareto-nbd",
            model.name()
        ),
    })
}

pub(super) fn bgnbd_of(p: bgnbd::Params) -> Buying {
    Buying {
        alive: Box::new(move |h| bgnbd::p_alive(&p, h)),
        expected: Box::new(move |h, t| bgnbd::expected_purchases(&p, h, t)),
        residual: Box::new(move |h, d| bgnbd::residual_purchases(&p, h, d)),
    }
}

pub(super) fn mbgnbd_of(p: mbgnbd::Params) -> Buying {
    Buying {
        alive: Box::new(move |h| mbgnbd::p_alive(&p, h)),
        expected: Box::new(move |h, t| mbgnbd::expected_purchases(&p, h, t)),
        residual: Box::new(move |h, d| mbgnbd::residual_purchases(&p, h, d)),
    }
}

pub(super) fn pareto_of(p: pareto_nbd::Params) -> Buying {
    Buying {
        alive: Box::new(move |h| pareto_nbd::p_alive(&p, h)),
        expected: Box::new(move |h, t| pareto_nbd::expected_purchases(&p, h, t)),
        residual: Box::new(move |h, d| pareto_nbd::residual_purchases(&p, h, d)),
    }
}

pub(super) fn run(what: &Predict) -> Result<()> {
    if what.discount.is_some_and(|d| d.is_nan() || d <= 0.0) {
        bail!("--discount must be above zero: without one the purchases to come have no finite sum");
    }
    let saved = Saved::read(&what.params, what.model)?;
    let input = Input::open(&what.input)?;
    if what.model == Model::GammaGamma {
        return amounts(what, &saved.params()?, &input);
    }
    let horizon = match what.horizon {
        Some(h) if h > 0.0 && h.is_finite() => h,
        Some(h) => bail!("--horizon {h} must be above zero"),
        None => bail!("say --horizon: how far to look ahead, in the time unit of the fit"),
    };
    match what.model {
        Model::Sbg => renewals(what, whole(horizon)?, &saved.params()?, &input),
        Model::Bgbb => occasions(what, whole(horizon)?, &saved.params()?, &input),
        _ => purchases(what, horizon, &buying(what.model, &saved)?, &input),
    }
}

/// Titles with DERT behind them if it was asked for.
fn titles(what: &Predict, own: &[&'static str]) -> Vec<&'static str> {
    let mut titles = own.to_vec();
    titles.extend(what.discount.map(|_| "dert"));
    titles
}

fn purchases(what: &Predict, horizon: f64, model: &Buying, input: &Input) -> Result<()> {
    let all = histories(input)?;
    let own = ["customer", "x", "t_x", "T", "p_alive", "expected_purchases"];
    let mut list = List::new(what.format, &titles(what, &own))?;
    for (customer, h) in all.customers.iter().zip(&all.histories) {
        let mut row: Vec<Cell> = vec![
            customer.as_str().into(),
            h.x.into(),
            h.t_x.into(),
            h.t.into(),
            (model.alive)(h).into(),
            (model.expected)(h, horizon).into(),
        ];
        row.extend(what.discount.map(|annual| {
            let delta = npv::continuous(annual, what.unit.per_year());
            Cell::from((model.residual)(h, delta))
        }));
        list.row(&row)?;
    }
    list.end()
}

fn amounts(what: &Predict, p: &gamma_gamma::Params, input: &Input) -> Result<()> {
    if what.discount.is_some() {
        bail!("gamma-gamma knows amounts, not when they come; take npv for both together");
    }
    // The list of those with amounts is checked by reading it as for a fit; all customers get an expectation.
    let (_, left_out) = spends(input)?;
    let wanted = [
        input.one_of(&["x", "frequency"])?,
        input.one_of(&["m", "zbar", "monetary_value"])?,
    ];
    let customer = input.find(&["customer", "id", "customer_id"]);
    let columns: Vec<usize> = wanted.into_iter().chain(customer).collect();
    let mut list = List::new(what.format, &["customer", "x", "m", "expected_amount"])?;
    let mut row = 0u32;
    input.each(&columns, |line| {
        row += 1;
        let (x, mean) = (line.count(0)?, line.maybe(1)?.filter(|m| *m > 0.0));
        let known = if mean.is_some() { f64::from(x) } else { 0.0 };
        let name = if customer.is_some() {
            line.text(2).to_owned()
        } else {
            row.to_string()
        };
        list.row(&[
            name.into(),
            x.into(),
            mean.into(),
            gamma_gamma::expected_amount(p, known, mean.unwrap_or(0.0)).into(),
        ])
    })?;
    list.end()?;
    if left_out > 0 {
        super::note(&format!(
            "{left_out} customer(s) without a repeat purchase or amount got the mean of the population"
        ));
    }
    Ok(())
}

/// A horizon of whole periods.
fn whole(horizon: f64) -> Result<u32> {
    if horizon.fract() != 0.0 || horizon > 100_000.0 {
        bail!("--horizon {horizon} must be a whole number of periods");
    }
    Ok(horizon as u32)
}

fn renewals(what: &Predict, horizon: u32, p: &sbg::Params, input: &Input) -> Result<()> {
    let (names, tenures) = tenures(input)?;
    let mut list = List::new(
        what.format,
        &titles(what, &["customer", "renewals", "p_stays", "expected_renewals"]),
    )?;
    for (name, t) in names.iter().zip(&tenures) {
        let (mut stays, mut expected) = (1.0, 0.0);
        for ahead in 1..=horizon {
            stays *= sbg::retention(p, t.renewals + ahead);
            expected += stays;
        }
        // Who has left does not come back.
        let here = if t.lost { 0.0 } else { 1.0 };
        let mut row: Vec<Cell> = vec![
            name.as_str().into(),
            t.renewals.into(),
            (here * stays).into(),
            (here * expected).into(),
        ];
        row.extend(
            what.discount
                .map(|d| Cell::from(sbg::residual_lifetime(p, t.renewals, d).map(|v| here * v))),
        );
        list.row(&row)?;
    }
    list.end()
}

fn occasions(what: &Predict, horizon: u32, p: &bgbb::Params, input: &Input) -> Result<()> {
    let (names, records) = records(input)?;
    let own = ["customer", "x", "t_x", "n", "p_alive", "expected_purchases"];
    let mut list = List::new(what.format, &titles(what, &own))?;
    for (name, r) in names.iter().zip(&records) {
        let mut row: Vec<Cell> = vec![
            name.as_str().into(),
            r.x.into(),
            r.last.into(),
            r.occasions.into(),
            bgbb::p_alive(p, r).into(),
            bgbb::expected_purchases(p, r, horizon).into(),
        ];
        row.extend(what.discount.map(|d| Cell::from(bgbb::residual_purchases(p, r, d))));
        list.row(&row)?;
    }
    list.end()
}
