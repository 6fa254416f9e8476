//! The models by name, the histories they read, and fits written to and read from JSON.

use super::input::Input;
use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use zhike_value::fit::{Fit, Parameters};
use zhike_value::gamma_gamma::Spend;
use zhike_value::history::History;
use zhike_value::{bgbb, bgnbd, gamma_gamma, pareto_nbd, sbg};

/// A model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Model {
    /// Buying without a contract; drop-out after a repeat purchase. Columns x,t_x,T.
    Bgnbd,
    /// The same; drop-out after the first purchase too. Columns x,t_x,T.
    Mbgnbd,
    /// Buying without a contract; drop-out at any time. Columns x,t_x,T.
    ParetoNbd,
    /// Amount per purchase. Columns x,m.
    GammaGamma,
    /// Contracts with renewals. Columns renewals,lost or period,customers.
    Sbg,
    /// Buying on occasions. Columns x,t_x,n.
    Bgbb,
}

impl Model {
    /// As in `--model`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Model::Bgnbd => "bgnbd",
            Model::Mbgnbd => "mbgnbd",
            Model::ParetoNbd => "pareto-nbd",
            Model::GammaGamma => "gamma-gamma",
            Model::Sbg => "sbg",
            Model::Bgbb => "bgbb",
        }
    }

    /// Names of its parameters, in order.
    pub(super) fn parameters(self) -> Vec<&'static str> {
        match self {
            Model::Bgnbd | Model::Mbgnbd => bgnbd::Params::NAMES.to_vec(),
            Model::ParetoNbd => pareto_nbd::Params::NAMES.to_vec(),
            Model::GammaGamma => gamma_gamma::Params::NAMES.to_vec(),
            Model::Sbg => sbg::Params::NAMES.to_vec(),
            Model::Bgbb => bgbb::Params::NAMES.to_vec(),
        }
    }
}

/// Numbers under their names, in their order.
#[derive(Clone, Debug)]
pub(super) struct Named(pub(super) Vec<(&'static str, f64)>);

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What is odd about a fit.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Odd {
    pub(super) code: Value,
    pub(super) text: String,
}

/// A fit as it is written: enough to predict, to draw intervals, and to know where it came from.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Written {
    pub(super) model: &'static str,
    pub(super) params: Named,
    pub(super) standard_errors: Option<Named>,
    pub(super) log_likelihood: f64,
    pub(super) n: f64,
    pub(super) distinct: usize,
    pub(super) gradient: f64,
    pub(super) steps: usize,
    pub(super) log_covariance: Option<Vec<f64>>,
    pub(super) warnings: Vec<Odd>,
    pub(super) input: String,
    pub(super) version: &'static str,
}

impl Written {
    pub(super) fn new<P: Parameters<N>, const N: usize>(
        model: Model,
        fit: &Fit<P>,
        distinct: usize,
        input: &str,
    ) -> Written {
        let named = |values: &[f64]| Named(P::NAMES.into_iter().zip(values.iter().copied()).collect());
        Written {
            model: model.name(),
            params: named(&fit.params.to_array()),
            standard_errors: fit.standard_errors.as_deref().map(named),
            log_likelihood: fit.log_likelihood,
            n: fit.customers,
            distinct,
            gradient: fit.gradient,
            steps: fit.steps,
            log_covariance: fit.log_covariance.clone(),
            warnings: fit
                .warnings
                .iter()
                .map(|w| Odd {
                    code: serde_json::to_value(w).unwrap_or_default(),
                    text: w.to_string(),
                })
                .collect(),
            input: input.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Parameters as they were read.
pub(super) struct Saved {
    values: Vec<f64>,
    log_covariance: Option<Vec<f64>>,
}

impl Saved {
    /// Reads what `fit --format json` wrote, from a file or from the command line itself; bare parameters do too:
    /// `{"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}`.
    pub(super) fn read(given: &str, model: Model) -> Result<Saved> {
        let text = if given.trim_start().starts_with('{') {
            given.to_owned()
        } else {
            std::fs::read_to_string(given)
                .with_context(|| format!("cannot read {given}; write it with: zhike value fit --format json"))?
        };
        let json: Value = serde_json::from_str(&text).with_context(|| format!("{given} is no JSON"))?;
        if let Some(other) = json.get("model").and_then(Value::as_str)
            && other != model.name()
            && !json["params"].is_null()
        {
            bail!("{given} holds a fit of {other}, not of {}", model.name());
        }
        let params = json.get("params").unwrap_or(&json);
        let names = model.parameters();
        let values = names
            .iter()
            .map(|name| match params.get(name).and_then(Value::as_f64) {
                Some(v) if v > 0.0 && v.is_finite() => Ok(v),
                Some(v) => Err(anyhow!("{given}: {name} is {v}; it must be above zero")),
                None => Err(anyhow!(
                    "{given} has no parameter {name}; {} needs {}",
                    model.name(),
                    names.join(", ")
                )),
            })
            .collect::<Result<Vec<f64>>>()?;
        let log_covariance = json
            .get("log_covariance")
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(Value::as_f64).collect());
        Ok(Saved { values, log_covariance })
    }

    pub(super) fn params<P: Parameters<N>, const N: usize>(&self) -> Result<P> {
        let values: [f64; N] = self
            .values
            .as_slice()
            .try_into()
            .map_err(|_| anyhow!("the number of parameters is not {N}"))?;
        Ok(P::from_array(values))
    }

    /// Parameters drawn by how well the fit determined them.
    pub(super) fn draws<P: Parameters<N>, const N: usize>(&self, count: usize, seed: u64) -> Result<Vec<P>> {
        let covariance = self.log_covariance.as_deref().unwrap_or(&[]);
        zhike_value::fit::draws(&self.params()?, covariance, count, seed).ok_or_else(|| {
            anyhow!(
                "an interval needs a fit with log_covariance, which a fit at a boundary does not have; leave out --draws"
            )
        })
    }
}

/// Customers with their histories, as far as the file has them.
pub(super) struct Histories {
    pub(super) customers: Vec<String>,
    pub(super) histories: Vec<History>,
    pub(super) means: Vec<Option<f64>>,
    pub(super) weights: Vec<f64>,
}

const X: &[&str] = &["x", "frequency"];
const T_X: &[&str] = &["t_x", "recency"];
const T: &[&str] = &["T"];
const M: &[&str] = &["m", "zbar", "monetary_value"];
const WEIGHT: &[&str] = &["weight", "weights"];
const CUSTOMER: &[&str] = &["customer", "id", "customer_id"];

/// Reads x, t_x, T (also as frequency, recency, T), and customer, m and weight where they are there.
pub(super) fn histories(input: &Input) -> Result<Histories> {
    let mut wanted = vec![input.one_of(X)?, input.one_of(T_X)?, input.one_of(T)?];
    let mut extra = |names| {
        input.find(names).map(|column| {
            wanted.push(column);
            wanted.len() - 1
        })
    };
    let (mean, weight, customer) = (extra(M), extra(WEIGHT), extra(CUSTOMER));
    let mut all = Histories {
        customers: vec![],
        histories: vec![],
        means: vec![],
        weights: vec![],
    };
    input.each(&wanted, |line| {
        let history = History {
            x: line.count(0)?,
            t_x: line.amount(1)?,
            t: line.amount(2)?,
        };
        if history.t_x > history.t {
            return Err(line.bad(
                1,
                "lies after T; the last purchase cannot come after the end of the window",
            ));
        }
        all.histories.push(history);
        all.means.push(mean.map(|at| line.maybe(at)).transpose()?.flatten());
        all.weights
            .push(weight.map(|at| weight_of(line, at)).transpose()?.unwrap_or(1.0));
        all.customers
            .push(customer.map_or_else(|| (all.histories.len()).to_string(), |at| line.text(at).to_owned()));
        Ok(())
    })?;
    Ok(all)
}

/// Counts the histories of a Parquet file whose columns are numbers and make sense; `false` where the careful reader must look.
pub(super) fn quick(input: &Input, count: &mut impl FnMut(History, f64)) -> Result<bool> {
    let mut wanted = vec![input.one_of(X)?, input.one_of(T_X)?, input.one_of(T)?];
    wanted.extend(input.find(WEIGHT));
    input.numbers(&wanted, |cells| {
        let (&[x, t_x, t], weight) = (cells.first_chunk().unwrap_or(&[-1.0; 3]), cells.get(3).unwrap_or(&1.0));
        let fits = x >= 0.0 && x.fract() == 0.0 && x <= f64::from(u32::MAX) && 0.0 <= t_x && t_x <= t && t.is_finite();
        if fits && *weight > 0.0 && weight.is_finite() {
            count(History { x: x as u32, t_x, t }, *weight);
            return true;
        }
        false
    })
}

fn weight_of(line: &super::input::Line<'_>, at: usize) -> Result<f64> {
    let weight = line.number(at)?;
    if weight <= 0.0 {
        return Err(line.bad(at, "is no weight; it must be above zero"));
    }
    Ok(weight)
}

/// Reads x and m of the customers with repeat purchases; the others are counted.
pub(super) fn spends(input: &Input) -> Result<(Vec<Spend>, u64)> {
    let mut wanted = vec![input.one_of(X)?, input.one_of(M)?];
    let weight = input.find(WEIGHT).map(|column| {
        wanted.push(column);
        2
    });
    let (mut spends, mut left_out) = (Vec::new(), 0);
    input.each(&wanted, |line| {
        let x = line.number(0)?;
        match line.maybe(1)? {
            Some(mean) if x > 0.0 && mean > 0.0 => spends.push(Spend {
                x,
                mean,
                weight: weight.map(|at| weight_of(line, at)).transpose()?.unwrap_or(1.0),
            }),
            _ => left_out += 1,
        }
        Ok(())
    })?;
    Ok((spends, left_out))
}

/// Reads x, t_x, n of customers seen on n occasions.
pub(super) fn records(input: &Input) -> Result<(Vec<String>, Vec<bgbb::Record>)> {
    let mut wanted = vec![input.one_of(X)?, input.one_of(T_X)?, input.one_of(&["n", "periods"])?];
    let mut extra = |names| {
        input.find(names).map(|column| {
            wanted.push(column);
            wanted.len() - 1
        })
    };
    let (weight, customer) = (extra(WEIGHT), extra(CUSTOMER));
    let (mut names, mut records) = (Vec::new(), Vec::new());
    input.each(&wanted, |line| {
        let record = bgbb::Record {
            x: line.count(0)?,
            last: line.count(1)?,
            occasions: line.count(2)?,
            weight: weight.map(|at| weight_of(line, at)).transpose()?.unwrap_or(1.0),
        };
        if record.last > record.occasions || record.x > record.last || (record.x == 0) != (record.last == 0) {
            return Err(line.bad(1, "does not fit: it needs x ≤ t_x ≤ n, and 0 exactly when x is 0"));
        }
        names.push(customer.map_or_else(|| (records.len() + 1).to_string(), |at| line.text(at).to_owned()));
        records.push(record);
        Ok(())
    })?;
    Ok((names, records))
}

/// Reads contracts: either renewals,lost[,weight] (a row per customer or group), or period,customers[,cohort] (how
/// many are still there after each renewal).
pub(super) fn tenures(input: &Input) -> Result<(Vec<String>, Vec<sbg::Tenure>)> {
    let (mut names, mut tenures) = (Vec::new(), Vec::new());
    if let Some(renewals) = input.find(&["renewals"]) {
        let mut wanted = vec![renewals, input.one_of(&["lost"])?];
        let mut extra = |names| {
            input.find(names).map(|column| {
                wanted.push(column);
                wanted.len() - 1
            })
        };
        let (weight, customer) = (extra(WEIGHT), extra(CUSTOMER));
        input.each(&wanted, |line| {
            let lost = match line.text(1).to_lowercase().as_str() {
                "1" | "yes" | "true" => true,
                "0" | "no" | "false" => false,
                _ => return Err(line.bad(1, "is neither 1 (the last renewal was refused) nor 0 (it still runs)")),
            };
            let renewals = line.count(0)?;
            if lost && renewals == 0 {
                return Err(line.bad(0, "cannot be 0 for a lost customer: count the renewal that was refused"));
            }
            names.push(customer.map_or_else(|| (tenures.len() + 1).to_string(), |at| line.text(at).to_owned()));
            tenures.push(sbg::Tenure {
                renewals,
                lost,
                weight: weight.map(|at| weight_of(line, at)).transpose()?.unwrap_or(1.0),
            });
            Ok(())
        })?;
        return Ok((names, tenures));
    }
    let mut wanted = vec![input.one_of(&["period"])?, input.one_of(&["customers"])?];
    if let Some(cohort) = input.find(&["cohort"]) {
        wanted.push(cohort);
    }
    let mut cohorts: Vec<(String, Vec<f64>)> = Vec::new();
    input.each(&wanted, |line| {
        let name = line.text(2);
        if cohorts.last().is_none_or(|c| c.0 != name) {
            cohorts.push((name.to_owned(), vec![]));
        }
        if let Some((_, counts)) = cohorts.last_mut() {
            if line.count(0)? as usize != counts.len() {
                return Err(line.bad(0, "is out of order; a cohort counts 0, 1, 2 … without a gap"));
            }
            let left = line.amount(1)?;
            if counts.last().is_some_and(|before| left > *before) {
                return Err(line.bad(1, "is more than the period before; nobody joins a cohort later"));
            }
            counts.push(left);
        }
        Ok(())
    })?;
    for (_, counts) in cohorts {
        tenures.extend(sbg::cohort(&counts).map_err(|e| anyhow!("{}: {e}", input.name()))?);
    }
    names.extend((1..=tenures.len()).map(|i| i.to_string()));
    Ok((names, tenures))
}
