//! `zhike value fit`: a model and how well it is determined.

use super::input::Input;
use super::model::{Model, Written, histories, quick, records, spends, tenures};
use super::output::{Cell, Format, Report, Small};
use anyhow::{Result, anyhow};
use clap::Args;
use std::collections::HashMap;
use zhike_value::history::{Group, History};
use zhike_value::{bgbb, bgnbd, gamma_gamma, mbgnbd, pareto_nbd, sbg};

#[derive(Args)]
pub(crate) struct Fit {
    /// The model.
    #[arg(long, value_enum)]
    model: Model,
    /// Histories, as `summary` writes them: CSV, XLSX or Parquet; - is standard input.
    #[arg(long, default_value = "-")]
    input: String,
    /// Table, CSV or JSON; `--format json` is what `predict` and `npv` read.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Weights by x, t_x and T; the times by their bits.
type Counted = HashMap<(u32, u64, u64), f64>;

fn count(counted: &mut Counted, h: History, weight: f64) {
    // A zero below zero is a zero.
    let bits = |time: f64| (time + 0.0).to_bits();
    *counted.entry((h.x, bits(h.t_x), bits(h.t))).or_default() += weight;
}

/// Histories counted; weights of the file are kept.
fn groups(input: &Input) -> Result<Vec<Group>> {
    let mut counted = Counted::new();
    if !quick(input, &mut |h, weight| count(&mut counted, h, weight))? {
        counted.clear();
        let all = histories(input)?;
        for (history, weight) in all.histories.into_iter().zip(all.weights) {
            count(&mut counted, history, weight);
        }
    }
    let mut groups: Vec<Group> = counted
        .into_iter()
        .map(|((x, t_x, t), weight)| Group {
            history: History {
                x,
                t_x: f64::from_bits(t_x),
                t: f64::from_bits(t),
            },
            weight,
        })
        .collect();
    groups.sort_unstable_by(|p, q| {
        let (p, q) = (p.history, q.history);
        p.x.cmp(&q.x).then(p.t_x.total_cmp(&q.t_x)).then(p.t.total_cmp(&q.t))
    });
    Ok(groups)
}

pub(super) fn run(what: &Fit) -> Result<()> {
    let input = Input::open(&what.input)?;
    let failed = |e: zhike_value::fit::FitError| anyhow!("{}: {e}", input.name());
    let name = input.name();
    let mut figures: Vec<(&'static str, Cell)> = Vec::new();
    let mut notes = Vec::new();
    let written = match what.model {
        Model::Bgnbd | Model::Mbgnbd | Model::ParetoNbd => {
            let groups = groups(&input)?;
            let repeaters: f64 = groups.iter().filter(|g| g.history.x > 0).map(|g| g.weight).sum();
            figures.push(("repeat buyers", Cell::heads(repeaters)));
            match what.model {
                Model::Bgnbd => Written::new(what.model, &bgnbd::fit(&groups).map_err(failed)?, groups.len(), name),
                Model::Mbgnbd => Written::new(what.model, &mbgnbd::fit(&groups).map_err(failed)?, groups.len(), name),
                _ => Written::new(
                    what.model,
                    &pareto_nbd::fit(&groups).map_err(failed)?,
                    groups.len(),
                    name,
                ),
            }
        }
        Model::GammaGamma => {
            let (spends, left_out) = spends(&input)?;
            let fit = gamma_gamma::fit(&spends).map_err(failed)?;
            figures.push(("left out: no repeat purchase or amount", Cell::Count(left_out)));
            figures.push(("correlation of x and m", gamma_gamma::correlation(&spends).into()));
            figures.push((
                "mean amount of the population",
                gamma_gamma::expected_amount(&fit.params, 0.0, 0.0).into(),
            ));
            Written::new(what.model, &fit, spends.len(), name)
        }
        Model::Sbg => {
            let (_, tenures) = tenures(&input)?;
            let fit = sbg::fit(&tenures).map_err(failed)?;
            figures.push(("retention at the first renewal", sbg::retention(&fit.params, 1).into()));
            figures.push(("retention at the tenth renewal", sbg::retention(&fit.params, 10).into()));
            Written::new(what.model, &fit, tenures.len(), name)
        }
        Model::Bgbb => {
            let (_, records) = records(&input)?;
            let records = bgbb::group(&records);
            Written::new(what.model, &bgbb::fit(&records).map_err(failed)?, records.len(), name)
        }
    };
    let mut all = vec![
        ("model", Cell::from(written.model)),
        ("customers", Cell::heads(written.n)),
        ("distinct histories", written.distinct.into()),
        ("log-likelihood", written.log_likelihood.into()),
    ];
    all.extend(figures);
    let errors = written.standard_errors.as_ref();
    let rows = written
        .params
        .0
        .iter()
        .enumerate()
        .map(|(i, (name, value))| {
            let error = errors.and_then(|e| e.0.get(i)).map(|e| e.1);
            vec![Cell::from(*name), (*value).into(), error.into()]
        })
        .collect();
    if written.warnings.is_empty() {
        notes.push("no warnings".to_owned());
    }
    notes.extend(written.warnings.iter().map(|w| format!("warning: {}", w.text)));
    Report {
        figures: all,
        tables: vec![Small {
            titles: vec!["parameter", "estimate", "standard_error"],
            rows,
        }],
        notes,
        json: serde_json::to_value(&written)?,
    }
    .print(what.format)
}
