//! `zhike value funnel`: deals through the stages.

use super::input::{self, Input};
use super::output::{Format, Report, Small};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use serde_json::json;
use std::collections::HashMap;
use zhike_value::funnel::{Deal, Place, Step, funnel};

#[derive(Args)]
pub(crate) struct Funnel {
    /// Steps of deals, one a row: CSV, XLSX or Parquet; - is standard input.
    #[arg(long, default_value = "-")]
    input: String,
    /// Column that names the deal.
    #[arg(long)]
    deal: String,
    /// Column with the day of the step; the first step of a deal is its entry.
    #[arg(long)]
    date: String,
    /// Column with the stage that the deal came to (or the words for won and lost).
    #[arg(long)]
    stage: String,
    /// Column with the value of the deal; its last entry counts.
    #[arg(long)]
    value: Option<String>,
    /// Names of the stages in their order, with commas between.
    #[arg(long, value_delimiter = ',', required = true)]
    stages: Vec<String>,
    /// The word for a deal that was won.
    #[arg(long, default_value = "Won")]
    won: String,
    /// The word for a deal that was lost.
    #[arg(long, default_value = "Lost")]
    lost: String,
    /// Last day that is looked at.
    #[arg(long)]
    end: String,
    /// How days are written, if not as 2017-03-01.
    #[arg(long)]
    date_format: Option<String>,
    /// Table, CSV (the stages) or JSON.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

struct Own {
    entered: i32,
    value: i64,
    steps: Vec<Step>,
}

fn read(what: &Funnel, input: &Input) -> Result<Vec<Own>> {
    let mut wanted = vec![
        input.column(&what.deal)?,
        input.column(&what.date)?,
        input.column(&what.stage)?,
    ];
    if let Some(value) = &what.value {
        wanted.push(input.column(value)?);
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut deals: Vec<Own> = Vec::new();
    input.each(&wanted, |line| {
        let day = line.day(1, what.date_format.as_deref())?;
        let word = line.text(2);
        let to = if word == what.won {
            Place::Won
        } else if word == what.lost {
            Place::Lost
        } else if let Some(stage) = what.stages.iter().position(|s| s.trim() == word) {
            Place::Stage(stage)
        } else {
            return Err(line.bad(
                2,
                "is no stage; name all of them in order with --stages, and --won and --lost",
            ));
        };
        let place = *places.entry(line.key(0)?.to_owned()).or_insert_with(|| {
            deals.push(Own {
                entered: day,
                value: 0,
                steps: vec![],
            });
            deals.len() - 1
        });
        let deal = &mut deals[place];
        if let Some(last) = deal.steps.last()
            && day < last.day
        {
            return Err(line.bad(1, "lies before the step above it; sort the file by day"));
        }
        deal.steps.push(Step { day, to });
        if what.value.is_some() && !line.text(3).is_empty() {
            deal.value = line.exact(3)?;
        }
        Ok(())
    })?;
    Ok(deals)
}

pub(super) fn run(what: &Funnel) -> Result<()> {
    let end =
        input::day(&what.end, None).ok_or_else(|| anyhow!("--end “{}” is no day; write it as 2017-12-31", what.end))?;
    let input = Input::open(&what.input)?;
    let own = read(what, &input)?;
    if own.is_empty() {
        bail!("{} holds no row", input.name());
    }
    let deals: Vec<Deal<'_>> = own
        .iter()
        .map(|d| Deal {
            entered: d.entered,
            value: d.value,
            steps: &d.steps,
        })
        .collect();
    let f = funnel(what.stages.len(), &deals, end);
    let money = |v: i64| v as f64 / 10_000.0;
    let scaled = |v: Option<f64>| v.map(|v| v / 10_000.0);
    let stages: Vec<serde_json::Value> = what
        .stages
        .iter()
        .zip(&f.stages)
        .map(|(name, s)| {
            json!({
                "stage": name.trim(), "entered": s.entered, "still_in": s.still_in, "moved_on": s.moved_on,
                "lost": s.lost, "went_back": s.went_back, "conversion": s.conversion,
                "median_days": s.median_days, "leak_share": s.leak_share
            })
        })
        .collect();
    Report {
        figures: vec![
            ("deals", f.deals.into()),
            ("open", f.open.into()),
            ("won", f.won.into()),
            ("lost", f.lost.into()),
            ("opened again", f.reopened.into()),
            ("win rate", f.win_rate.into()),
            ("value of open deals", money(f.open_value).into()),
            ("value of won deals", money(f.won_value).into()),
            ("average value of a won deal", scaled(f.average_won_value).into()),
            ("days from entry to win: mean", f.average_cycle_days.into()),
            ("days from entry to win: median", f.median_cycle_days.into()),
            ("velocity per day", scaled(f.velocity).into()),
        ],
        tables: vec![Small {
            titles: vec![
                "stage",
                "entered",
                "still_in",
                "moved_on",
                "lost",
                "went_back",
                "conversion",
                "median_days",
                "leak_share",
            ],
            rows: what
                .stages
                .iter()
                .zip(&f.stages)
                .map(|(name, s)| {
                    vec![
                        name.trim().into(),
                        s.entered.into(),
                        s.still_in.into(),
                        s.moved_on.into(),
                        s.lost.into(),
                        s.went_back.into(),
                        s.conversion.into(),
                        s.median_days.into(),
                        s.leak_share.into(),
                    ]
                })
                .collect(),
        }],
        notes: vec![],
        json: json!({
            "deals": f.deals, "open": f.open, "won": f.won, "lost": f.lost, "reopened": f.reopened,
            "win_rate": f.win_rate, "open_value": money(f.open_value), "won_value": money(f.won_value),
            "average_won_value": scaled(f.average_won_value), "average_cycle_days": f.average_cycle_days,
            "median_cycle_days": f.median_cycle_days, "velocity": scaled(f.velocity), "stages": stages,
        }),
    }
    .print(what.format)
}
