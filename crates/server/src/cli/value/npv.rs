//! `zhike value npv`: what customers are worth today.
//!
//! Without `--params`: constant margin, service and retention, for one customer from the command line or for each row
//! of a file. With the fit of a model of buying: what each customer's purchases to come leave, with an interval from
//! parameters drawn by how well the fits determined them.

use super::input::Input;
use super::model::{Model, Saved, histories};
use super::output::{Cell, Format, List, Report, Small};
use super::predict::{Buying, bgnbd_of, buying, mbgnbd_of, pareto_of};
use super::summary::Unit;
use anyhow::{Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use zhike_value::fit::interval;
use zhike_value::history::History;
use zhike_value::npv::{Customer, Timing, continuous, of_purchases};
use zhike_value::{gamma_gamma, sbg};

#[derive(Args)]
pub(crate) struct Npv {
    /// Customers: with --params the histories that `summary` writes; without it columns customer, margin, service,
    /// retention, acquisition. Left out for one customer told by the flags.
    #[arg(long)]
    input: Option<String>,
    /// Margin per period before service.
    #[arg(long)]
    margin: Option<f64>,
    /// Cost of serving: per period, with --params per purchase.
    #[arg(long, default_value_t = 0.0)]
    service: f64,
    /// Chance to stay from one period to the next, for instance 0.8.
    #[arg(long)]
    retention: Option<f64>,
    /// Cost of winning the customer, paid today.
    #[arg(long, default_value_t = 0.0)]
    acquisition: f64,
    /// Discount: per period, with --params a year (0.1 is 10 %).
    #[arg(long)]
    discount: f64,
    /// By how much retention would rise, for the factor by which the value does.
    #[arg(long, default_value_t = 0.05)]
    rise: f64,
    /// Also the value of the first so many payments.
    #[arg(long)]
    periods: Option<u32>,
    /// The model of --params: bgnbd, mbgnbd, pareto-nbd, or sbg (whose retention grows with age).
    #[arg(long, value_enum, default_value = "bgnbd")]
    model: Model,
    /// The fit of the model: a file that `fit --format json` wrote, or the JSON itself.
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// The fit of gamma-gamma, for the amount per purchase.
    #[arg(long, value_name = "JSON")]
    spend: Option<String>,
    /// Part of an amount that is margin.
    #[arg(long, default_value_t = 1.0)]
    margin_rate: f64,
    /// Time unit of the fit.
    #[arg(long, value_enum, default_value = "weeks")]
    unit: Unit,
    /// This customer only.
    #[arg(long)]
    customer: Option<String>,
    /// Interval from so many draws of the parameters; 0 for none.
    #[arg(long, default_value_t = 0)]
    draws: usize,
    /// Part of the draws inside the interval.
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    /// Seed of the draws: the same seed gives the same interval everywhere.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Table, CSV or JSON.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(what: &Npv) -> Result<()> {
    if !what.discount.is_finite() || what.discount <= -1.0 {
        bail!("--discount {} makes no sense; 0.1 is 10 %", what.discount);
    }
    match (&what.params, &what.input) {
        (Some(params), _) if what.model == Model::Sbg => contract(what, params),
        (Some(params), Some(input)) => modelled(what, params, input),
        (Some(_), None) => bail!("--params needs --input: the histories of the customers"),
        (None, Some(input)) => formula(what, input),
        (None, None) => one(what),
    }
}

/// One customer by the formula.
fn one(what: &Npv) -> Result<()> {
    let (Some(margin), Some(retention)) = (what.margin, what.retention) else {
        bail!("say --margin and --retention, or give a file with --input, or a fit with --params");
    };
    let customer = Customer {
        margin,
        service: what.service,
        retention,
        acquisition: what.acquisition,
        discount: what.discount,
    };
    let no_value = || {
        anyhow!(
            "retention {retention} and discount {} give no finite value: it needs 0 ≤ r ≤ 1 and r < 1 + d",
            what.discount
        )
    };
    let mut table = Vec::new();
    let mut out = serde_json::Map::new();
    for (name, timing) in [("start", Timing::Start), ("end", Timing::End)] {
        let value = customer.value(timing).ok_or_else(no_value)?;
        let first = what.periods.and_then(|n| customer.value_of(n, timing));
        let factor = customer.retention_factor(what.rise, timing);
        out.insert(
            format!("paid_at_{name}"),
            json!({"npv": value, "npv_of_periods": first, "factor_of_rise": factor}),
        );
        table.push(vec![name.into(), value.into(), first.into(), factor.into()]);
    }
    Report {
        figures: vec![
            ("margin per period", margin.into()),
            ("service per period", what.service.into()),
            ("retention", retention.into()),
            ("discount per period", what.discount.into()),
            ("acquisition", what.acquisition.into()),
        ],
        tables: vec![Small {
            titles: vec!["paid_at", "npv", "npv_of_periods", "factor_of_rise"],
            rows: table,
        }],
        notes: vec![
            "paid at start: the first payment is today's and certain; at end: it needs one retention and is discounted once"
                .into(),
format!("factor of rise: what the value before acquisition is multiplied by when retention rises by {}", what.rise),
        ],
        json: json!({"customer": customer, "periods": what.periods, "rise": what.rise, "values": out}),
    }
    .print(what.format)
}

/// Each row of a file by the formula.
fn formula(what: &Npv, input: &str) -> Result<()> {
    let input = Input::open(input)?;
    let mut wanted = vec![
        input.one_of(&["customer", "id"])?,
        input.column("margin")?,
        input.column("retention")?,
    ];
    let mut extra = |name: &str| {
        input.find(&[name]).map(|column| {
            wanted.push(column);
            wanted.len() - 1
        })
    };
    let (service, acquisition) = (extra("service"), extra("acquisition"));
    let mut list = List::new(what.format, &["customer", "npv_start", "npv_end"])?;
    input.each(&wanted, |line| {
        if what.customer.as_deref().is_some_and(|c| c != line.text(0)) {
            return Ok(());
        }
        let or = |at: Option<usize>, usual: f64| at.map_or(Ok(usual), |at| line.number(at));
        let customer = Customer {
            margin: line.number(1)?,
            service: or(service, what.service)?,
            retention: line.number(2)?,
            acquisition: or(acquisition, what.acquisition)?,
            discount: what.discount,
        };
        let (Some(start), Some(end)) = (customer.value(Timing::Start), customer.value(Timing::End)) else {
            return Err(line.bad(2, "gives no finite value; it needs 0 ≤ r ≤ 1 and r < 1 + discount"));
        };
        list.row(&[line.text(0).into(), start.into(), end.into()])
    })?;
    list.end()
}

/// A new contract whose retention grows with age.
fn contract(what: &Npv, params: &str) -> Result<()> {
    let margin = what
        .margin
        .ok_or_else(|| anyhow!("say --margin: what a period leaves before service"))?;
    let saved = Saved::read(params, Model::Sbg)?;
    let p: sbg::Params = saved.params()?;
    let periods = |p: &sbg::Params| {
        sbg::lifetime(p, what.discount)
            .ok_or_else(|| anyhow!("--discount must be above zero: without one the lifetime has no finite value"))
    };
    let value = |lifetime: f64| (margin - what.service) * lifetime - what.acquisition;
    let lifetime = periods(&p)?;
    let mut figures: Vec<(&'static str, Cell)> = vec![
        ("discounted lifetime in periods", lifetime.into()),
        ("npv, paid at start", value(lifetime).into()),
    ];
    let mut range = None;
    if what.draws > 0 {
        let drawn: Vec<sbg::Params> = saved.draws(what.draws, what.seed)?;
        let mut values = drawn
            .iter()
            .map(|p| periods(p).map(value))
            .collect::<Result<Vec<f64>>>()?;
        range = interval(&mut values, what.level);
        figures.push(("low", range.map(|r| r.0).into()));
        figures.push(("high", range.map(|r| r.1).into()));
    }
    Report {
        figures,
        tables: vec![],
        notes: vec!["of a new customer; the first period is paid at once".into()],
        json: json!({"lifetime": lifetime, "npv": value(lifetime), "low": range.map(|r| r.0), "high": range.map(|r| r.1)}),
    }
    .print(what.format)
}

/// Each customer by the fitted models.
fn modelled(what: &Npv, params: &str, input: &str) -> Result<()> {
    let spend = what
        .spend
        .as_deref()
        .ok_or_else(|| anyhow!("say --spend: the fit of gamma-gamma, for the amount per purchase"))?;
    if what.discount <= 0.0 {
        bail!("--discount must be above zero: without one the purchases to come have no finite sum");
    }
    let (saved, spend) = (Saved::read(params, what.model)?, Saved::read(spend, Model::GammaGamma)?);
    let delta = continuous(what.discount, what.unit.per_year());
    let model = buying(what.model, &saved)?;
    let amounts: gamma_gamma::Params = spend.params()?;
    let drawn = if what.draws > 0 {
        draws(what, &saved, &spend)?
    } else {
        vec![]
    };
    let input = Input::open(input)?;
    let all = histories(&input)?;
    let mut titles = vec!["customer", "p_alive", "dert", "amount", "npv"];
    if !drawn.is_empty() {
        titles.extend(["low", "high"]);
    }
    let mut list = List::new(what.format, &titles)?;
    let mut found = false;
    let each = all.customers.iter().zip(&all.histories).zip(&all.means);
    for ((name, h), mean) in each {
        if what.customer.as_deref().is_some_and(|c| c != name) {
            continue;
        }
        found = true;
        let mean = mean.filter(|m| *m > 0.0);
        let value = |model: &Buying, p: &gamma_gamma::Params| {
            let known = if mean.is_some() { f64::from(h.x) } else { 0.0 };
            let amount = gamma_gamma::expected_amount(p, known, mean.unwrap_or(0.0))?;
            let residual = residual(model, h, delta);
            let value = of_purchases(residual, amount, what.margin_rate, what.service, what.acquisition);
            Some((residual, amount, value))
        };
        let Some((dert, amount, npv)) = value(&model, &amounts) else {
            bail!("the mean amount of customer {name} is infinite (q ≤ 1): the value is not given");
        };
        let mut row: Vec<Cell> = vec![
            name.as_str().into(),
            (model.alive)(h).into(),
            dert.into(),
            amount.into(),
            npv.into(),
        ];
        if !drawn.is_empty() {
            let mut values: Vec<f64> = drawn.iter().filter_map(|(m, p)| value(m, p).map(|v| v.2)).collect();
            let range = interval(&mut values, what.level);
            row.extend([range.map(|r| r.0).into(), range.map(|r| r.1).into()]);
        }
        list.row(&row)?;
    }
    if let (Some(customer), false) = (&what.customer, found) {
        bail!("{} has no customer {customer}", input.name());
    }
    list.end()
}

fn residual(model: &Buying, h: &History, delta: f64) -> f64 {
    (model.residual)(h, delta)
}

/// Both models drawn, each by its own fit.
fn draws(what: &Npv, saved: &Saved, spend: &Saved) -> Result<Vec<(Buying, gamma_gamma::Params)>> {
    let buying: Vec<Buying> = match what.model {
        Model::Mbgnbd => saved.draws(what.draws, what.seed)?.into_iter().map(mbgnbd_of).collect(),
        Model::ParetoNbd => saved.draws(what.draws, what.seed)?.into_iter().map(pareto_of).collect(),
        _ => saved.draws(what.draws, what.seed)?.into_iter().map(bgnbd_of).collect(),
    };
    let amounts: Vec<gamma_gamma::Params> = spend.draws(what.draws, what.seed.wrapping_add(1))?;
    Ok(buying.into_iter().zip(amounts).collect())
}
