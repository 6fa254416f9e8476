//! `zhike value rating`: an evaluation model over a file of indicators.

use super::input::Input;
use super::output::{Cell, Format, List, Report, Small};
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use zhike_value::agreement::{Confusion, Figure, Weighting};
use zhike_value::rating::{Grade, Model, Rating as Rated};

#[derive(Args)]
pub(crate) struct Rating {
    /// Customers and their indicators: CSV, XLSX or Parquet; - is standard input. An empty cell is unknown.
    #[arg(long, default_value = "-")]
    input: String,
    /// Column that names the customer.
    #[arg(long)]
    customer: String,
    /// The evaluation model as JSON (docs/value.md shows one).
    #[arg(long)]
    model: PathBuf,
    /// Column with yesterday's grades, for the hysteresis.
    #[arg(long)]
    previous: Option<String>,
    /// Points by which a score must pass a cut before the grade changes.
    #[arg(long, default_value_t = 0.0)]
    hysteresis: f64,
    /// Column with the grades that people gave: prints the agreement instead of the list.
    #[arg(long)]
    manual: Option<String>,
    /// Table, CSV or JSON; without it a list is a table on a terminal and CSV in a pipe.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

fn letter(grade: Grade) -> &'static str {
    match grade {
        Grade::A => "A",
        Grade::B => "B",
        Grade::C => "C",
        Grade::D => "D",
    }
}

fn grade(text: &str) -> Option<Grade> {
    Grade::ALL.into_iter().find(|g| letter(*g).eq_ignore_ascii_case(text))
}

pub(super) fn run(what: &Rating) -> Result<()> {
    let text = std::fs::read_to_string(&what.model).with_context(|| format!("cannot read {}", what.model.display()))?;
    let model: Model =
        serde_json::from_str(&text).with_context(|| format!("{} is no evaluation model", what.model.display()))?;
    model.check().map_err(|e| anyhow!("{}: {e}", what.model.display()))?;
    let input = Input::open(&what.input)?;
    let mut keys: Vec<&str> = model.indicators.iter().map(|i| i.key.as_str()).collect();
    for rule in &model.knock_outs {
        if !keys.contains(&rule.key.as_str()) {
            keys.push(&rule.key);
        }
    }
    let mut wanted = vec![input.column(&what.customer)?];
    for key in &keys {
        wanted.push(input.column(key)?);
    }
    let mut extra = |name: &Option<String>| -> Result<Option<usize>> {
        let Some(name) = name else { return Ok(None) };
        wanted.push(input.column(name)?);
        Ok(Some(wanted.len() - 1))
    };
    let (previous_at, manual_at) = (extra(&what.previous)?, extra(&what.manual)?);
    let mut customers: Vec<String> = Vec::new();
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); keys.len()];
    let (mut previous, mut manual) = (Vec::new(), Vec::new());
    input.each(&wanted, |line| {
        customers.push(line.key(0)?.to_owned());
        for (i, column) in columns.iter_mut().enumerate() {
            column.push(line.maybe(i + 1)?.unwrap_or(f64::NAN));
        }
        let graded = |at: usize| match line.text(at) {
            "" => Ok(None),
            text => grade(text)
                .map(Some)
                .ok_or_else(|| line.bad(at, "is no grade; there are A, B, C and D")),
        };
        if let Some(at) = previous_at {
            previous.push(graded(at)?);
        }
        if let Some(at) = manual_at {
            manual.push(graded(at)?);
        }
        Ok(())
    })?;
    if customers.is_empty() {
        bail!("{} holds no row", input.name());
    }
    let named: Vec<(&str, &[f64])> = keys.iter().copied().zip(columns.iter().map(Vec::as_slice)).collect();
    let rated = model
        .rate(&named, &previous, what.hysteresis)
        .map_err(|e| anyhow!("{e}"))?;
    for (key, missing) in keys.iter().zip(&rated.missing).filter(|(_, missing)| **missing > 0) {
        super::note(&format!(
            "{key} is unknown for {missing} customer(s) and counts as neutral there"
        ));
    }
    if manual_at.is_some() {
        return agreement(what, &rated, &manual);
    }
    let titles = [
        "customer",
        "score",
        "grade",
        "knocked_out",
        "reason_1",
        "reason_2",
        "reason_3",
    ];
    let mut list = List::new(what.format, &titles)?;
    for (i, customer) in customers.iter().enumerate() {
        let mut row: Vec<Cell> = vec![
            customer.as_str().into(),
            rated.scores[i].into(),
            letter(rated.grades[i]).into(),
            if rated.knocked_out[i] { "yes" } else { "no" }.into(),
        ];
        let mut reasons = rated.reasons(i, 3).into_iter();
        row.extend((0..3).map(|_| match reasons.next() {
            Some(r) => Cell::from(format!("{} {:+.1}", keys[r.indicator], r.points)),
            None => Cell::Nothing,
        }));
        list.row(&row)?;
    }
    list.end()
}

fn agreement(what: &Rating, rated: &Rated, manual: &[Option<Grade>]) -> Result<()> {
    let pairs = rated
        .grades
        .iter()
        .zip(manual)
        .filter_map(|(a, m)| Some((a.index(), (*m)?.index())));
    let table = Confusion::from_pairs(4, pairs);
    if table.total() == 0 {
        bail!("nobody has a grade that people gave: there is nothing to compare");
    }
    let figures = [
        ("accuracy", Figure::Accuracy),
        ("within_one", Figure::WithinOne),
        ("kappa", Figure::Kappa(Weighting::Plain)),
        ("kappa_linear", Figure::Kappa(Weighting::Linear)),
        ("kappa_quadratic", Figure::Kappa(Weighting::Quadratic)),
    ];
    let mut rows = Vec::new();
    let mut out = serde_json::Map::new();
    for (name, figure) in figures {
        let value = table.figure(figure);
        let range = table.interval(figure, 0.95, 1_000, 1);
        let (low, high) = (range.map(|r| r.low), range.map(|r| r.high));
        out.insert(name.to_owned(), json!({"value": value, "low": low, "high": high}));
        rows.push(vec![name.into(), value.into(), low.into(), high.into()]);
    }
    let counts = (0..4)
        .map(|auto| {
            let mut row = vec![Cell::from(letter(Grade::ALL[auto]))];
            row.extend((0..4).map(|manual| Cell::Count(table.count(auto, manual))));
            row
        })
        .collect();
    let confusion: Vec<Vec<u64>> = (0..4).map(|a| (0..4).map(|m| table.count(a, m)).collect()).collect();
    Report {
        figures: vec![("customers with both grades", Cell::Count(table.total()))],
        tables: vec![
            Small {
                titles: vec!["figure", "value", "low", "high"],
                rows,
            },
            Small {
                titles: vec!["automatic \\ manual", "A", "B", "C", "D"],
                rows: counts,
            },
        ],
        notes: vec!["low and high: 95 % interval from 1,000 resamples, seed 1".into()],
        json: json!({"customers": table.total(), "figures": out, "confusion": confusion}),
    }
    .print(what.format)
}
