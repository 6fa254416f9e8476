//! `zhike value attribution`: which channels led to conversions.

use super::input::Input;
use super::output::{Cell, Format, Report, Small};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use zhike_value::attribution::{self as methods, Journey};

#[derive(Args)]
pub(crate) struct Attribution {
    /// Journeys: CSV, XLSX or Parquet; - is standard input.
    #[arg(long, default_value = "-")]
    input: String,
    /// Column with the channels of a journey in order, “search > mail > search”; rows are journeys then.
    #[arg(long, conflicts_with_all = ["customer", "channel", "date"])]
    path: Option<String>,
    /// With --path: column with the conversions of such journeys.
    #[arg(long)]
    conversions: Option<String>,
    /// With --path: column with the journeys that ended without one.
    #[arg(long)]
    nulls: Option<String>,
    /// Column that names the customer; rows are touches then.
    #[arg(long, requires = "channel", requires = "date")]
    customer: Option<String>,
    /// Column with the channel of a touch.
    #[arg(long)]
    channel: Option<String>,
    /// Column with the day of a touch.
    #[arg(long)]
    date: Option<String>,
    /// Column that is 1 (or a number of conversions) on the touch that ended in a conversion; what follows is a new
    /// journey.
    #[arg(long)]
    converted: Option<String>,
    /// How days are written, if not as 2017-03-01.
    #[arg(long)]
    date_format: Option<String>,
    /// Days (with --path: touches) after which a touch counts half, for the decay method.
    #[arg(long, default_value_t = 7.0)]
    half_life: f64,
    /// How many touches the Markov chain remembers.
    #[arg(long, default_value_t = 1)]
    order: usize,
    /// Table, CSV or JSON.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Channels by name, numbered as they come.
#[derive(Default)]
struct Channels {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Channels {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

pub(super) fn run(what: &Attribution) -> Result<()> {
    if what.half_life.is_nan() || what.half_life <= 0.0 {
        bail!("--half-life must be above zero");
    }
    if !(1..=4).contains(&what.order) {
        bail!("--order must be 1 to 4: a longer memory needs more journeys than anybody has");
    }
    let input = Input::open(&what.input)?;
    let mut channels = Channels::default();
    let journeys = match (&what.path, &what.customer) {
        (Some(path), _) => paths(what, &input, path, &mut channels)?,
        (None, Some(customer)) => touches(what, &input, customer, &mut channels)?,
        (None, None) => bail!("say --path (a row per journey), or --customer, --channel and --date (a row per touch)"),
    };
    let n = channels.names.len();
    let total: f64 = journeys.iter().map(|j| j.conversions).sum();
    if n == 0 || total <= 0.0 {
        bail!("{} holds no journey with a conversion", input.name());
    }
    let markov = methods::markov(n, &journeys, what.order);
    let removal = markov.as_ref().map(|m| m.removal.clone()).unwrap_or_default();
    let methods = [
        ("first", methods::first(n, &journeys)),
        ("last", methods::last(n, &journeys)),
        ("linear", methods::linear(n, &journeys)),
        ("decay", methods::decay(n, &journeys, what.half_life)),
        ("u_shape", methods::u_shape(n, &journeys)),
        ("markov", markov.map(|m| m.conversions).unwrap_or_default()),
        ("shapley", methods::shapley(n, &journeys)),
    ];
    // The channel that the chain needs most first, ties by name.
    let mut order: Vec<usize> = (0..n).collect();
    let weight = |c: usize| methods[5].1.get(c).or(methods[1].1.get(c)).copied().unwrap_or(0.0);
    order.sort_by(|a, b| {
        weight(*b)
            .total_cmp(&weight(*a))
            .then_with(|| channels.names[*a].cmp(&channels.names[*b]))
    });
    let mut titles = vec!["channel"];
    titles.extend(methods.iter().map(|m| m.0));
    titles.push("removal_effect");
    let rows: Vec<Vec<Cell>> = order
        .iter()
        .map(|c| {
            let mut row = vec![Cell::from(channels.names[*c].as_str())];
            row.extend(methods.iter().map(|m| Cell::from(m.1.get(*c).copied())));
            row.push(removal.get(*c).copied().into());
            row
        })
        .collect();
    let objects: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            titles
                .iter()
                .zip(row)
                .map(|(t, c)| ((*t).to_owned(), c.json()))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
        .collect();
    let without: f64 = journeys.iter().map(|j| j.nulls).sum();
    Report {
        figures: vec![
            ("conversions", total.into()),
            ("journeys without", without.into()),
            ("channels", n.into()),
        ],
        tables: vec![Small { titles, rows }],
        notes: vec![
            "each column adds up to the conversions; none of them says what would not have happened without the channel: that needs a control group".into(),
        ],
        json: json!({"conversions": total, "without": without, "channels": objects}),
    }
    .print(what.format)
}

/// A row is a journey.
fn paths(what: &Attribution, input: &Input, path: &str, channels: &mut Channels) -> Result<Vec<Journey>> {
    let conversions = what
        .conversions
        .as_deref()
        .ok_or_else(|| anyhow!("--path needs --conversions"))?;
    let mut wanted = vec![input.column(path)?, input.column(conversions)?];
    if let Some(nulls) = &what.nulls {
        wanted.push(input.column(nulls)?);
    }
    let mut journeys = Vec::new();
    input.each(&wanted, |line| {
        let touched: Vec<usize> = line.key(0)?.split('>').map(|c| channels.place(c.trim())).collect();
        let last = touched.len() - 1;
        journeys.push(Journey {
            ages: (0..touched.len()).map(|i| (last - i) as f64).collect(),
            channels: touched,
            conversions: line.amount(1)?,
            nulls: if what.nulls.is_some() { line.amount(2)? } else { 0.0 },
        });
        Ok(())
    })?;
    Ok(journeys)
}

/// A row is a touch; the touches of a customer up to a conversion are a journey.
fn touches(what: &Attribution, input: &Input, customer: &str, channels: &mut Channels) -> Result<Vec<Journey>> {
    let (Some(channel), Some(date)) = (&what.channel, &what.date) else {
        bail!("--customer needs --channel and --date");
    };
    let converted = what
        .converted
        .as_deref()
        .ok_or_else(|| anyhow!("--customer needs --converted"))?;
    let wanted = [
        input.column(customer)?,
        input.column(channel)?,
        input.column(date)?,
        input.column(converted)?,
    ];
    let mut own: BTreeMap<String, Vec<(i32, usize, f64)>> = BTreeMap::new();
    input.each(&wanted, |line| {
        let channel = channels.place(line.key(1)?);
        let day = line.day(2, what.date_format.as_deref())?;
        let conversions = match line.maybe(3)? {
            Some(v) if v < 0.0 => return Err(line.bad(3, "is below zero; it is 1 where a conversion followed, else 0")),
            v => v.unwrap_or(0.0),
        };
        own.entry(line.key(0)?.to_owned())
            .or_default()
            .push((day, channel, conversions));
        Ok(())
    })?;
    let mut journeys = Vec::new();
    for touches in own.values_mut() {
        // Touches of one day stay in the order of the file.
        touches.sort_by_key(|t| t.0);
        for journey in touches.split_inclusive(|t| t.2 > 0.0) {
            let Some(end) = journey.last() else { continue };
            journeys.push(Journey {
                channels: journey.iter().map(|t| t.1).collect(),
                ages: journey.iter().map(|t| f64::from(end.0 - t.0)).collect(),
                conversions: end.2,
                nulls: if end.2 > 0.0 { 0.0 } else { 1.0 },
            });
        }
    }
    Ok(journeys)
}
