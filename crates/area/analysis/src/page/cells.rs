//! Values of a result as people see them: tables, charts, words.

use crate::chain::{Col, Kind, Step};
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Result, Stamp, Value};
use zhike_store::{FieldKind, read};
use zhike_web::{Visit, records::show, ui};

/// Points of a drawn curve.
const POINTS: usize = 160;

/// Names behind ids.
#[derive(Default)]
pub(crate) struct Names {
    users: HashMap<i64, String>,
    refs: BTreeMap<String, HashMap<i64, String>>,
}

/// Reads the names that these rows need.
pub(crate) async fn named(visit: &Visit, cols: &[Col], rows: &[Vec<Value>]) -> Result<Names> {
    let mut names = Names::default();
    for (i, col) in cols.iter().enumerate() {
        let ids = || rows.iter().filter_map(|r| r.get(i)).filter_map(Value::int);
        match &col.kind {
            Kind::User if names.users.is_empty() => names.users = visit.app.identity.names(visit.latin).await?,
            Kind::Ref(of) if visit.registry().get(of).is_ok() => {
                let found = read::titles(
                    visit.db(),
                    visit.registry(),
                    of,
                    &ids().collect::<Vec<_>>(),
                    visit.latin,
                )
                .await?;
                names.refs.entry(of.clone()).or_default().extend(found);
            }
            _ => {}
        }
    }
    Ok(names)
}

/// A value in words; empty for nothing.
pub(crate) fn text(visit: &Visit, col: &Col, value: &Value, names: &Names) -> String {
    let loc = &visit.loc;
    let name = |found: Option<&String>, id: i64| {
        found
            .filter(|n| !n.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("#{id}"))
    };
    match (value, &col.kind) {
        (Value::Null, _) => String::new(),
        (Value::Int(n), Kind::Money) => loc.money_full(*n, visit.house.currency),
        (Value::Int(n), Kind::Quantity) => loc.qty(*n),
        (Value::Int(n), Kind::Rate) => loc.percent_ppm(*n),
        (Value::Int(n), Kind::Stamp) => loc.stamp(Stamp(*n)),
        (Value::Int(n), Kind::User) => name(names.users.get(n), *n),
        (Value::Int(n), Kind::Ref(of)) => name(names.refs.get(of).and_then(|r| r.get(n)), *n),
        (Value::Int(n), _) => loc.int(*n),
        (Value::Bool(yes), _) => loc.t(if *yes { "records-yes" } else { "records-no" }),
        (Value::Text(word), _) => worded(visit, col, word),
    }
}

/// A word of a choice, or a text as it is.
fn worded(visit: &Visit, col: &Col, word: &str) -> String {
    let like = col.like.as_ref().and_then(|(ty, field)| {
        let ty = visit.registry().get(ty).ok()?;
        Some((ty, ty.field(field)?))
    });
    match like {
        Some((ty, field)) => match field.kind {
            FieldKind::Choice(_) => show::choice(visit, ty, field, word),
            FieldKind::Many(_) => {
                let words: Vec<String> = word.split(' ').map(|w| show::choice(visit, ty, field, w)).collect();
                words.join(if visit.loc.is_zh() { "、" } else { ", " })
            }
            _ => show::coded(visit, ty, field, word),
        },
        None => word.to_owned(),
    }
}

fn cell(visit: &Visit, col: &Col, value: &Value, names: &Names) -> Markup {
    let words = text(visit, col, value, names);
    match (value, &col.kind) {
        (Value::Null, _) => html! { span.dim { "—" } },
        (Value::Int(n), Kind::Money) => ui::money_full(&visit.loc, *n, visit.house.currency),
        (Value::Int(id), Kind::Ref(of)) => match visit.registry().get(of) {
            Ok(ty) if ty.pages => html! { a.link href=(ty.url(*id)) { (words) } },
            _ => html! { (words) },
        },
        (_, kind) if kind.is_number() => html! { span.num { (words) } },
        _ => html! { (words) },
    }
}

/// Rows as a table.
pub(crate) fn table(visit: &Visit, cols: &[Col], rows: &[Vec<Value>], names: &Names) -> Markup {
    html! {
        div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { @for col in cols { th.r[col.kind.is_number()] scope="col" title=(col.name) { (col.label.words(visit)) } } } }
            tbody data-rows { @for row in rows { tr {
                @for (col, value) in cols.iter().zip(row) { td.r[col.kind.is_number()] { (cell(visit, col, value, names)) } }
            } } }
        } }
    }
}

/// A number as charts take it: whole units, shares in per cent.
fn drawn(visit: &Visit, col: &Col, value: &Value) -> Json {
    let Some(n) = value.int() else { return Json::Null };
    let scale: i32 = match col.kind {
        Kind::Money => i32::try_from(visit.house.currency.decimals()).unwrap_or(2),
        Kind::Rate => 4,
        Kind::Quantity => 3,
        _ => 0,
    };
    #[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "only for drawing")]
    let n = n as f64;
    json!(n / 10_f64.powi(scale))
}

/// What a number is measured in, for charts.
fn unit(col: &Col) -> &'static str {
    match col.kind {
        Kind::Money => "money",
        Kind::Rate => "percent",
        _ => "number",
    }
}

/// The chart that the last step asks for; none for a table.
pub(crate) fn chart(
    visit: &Visit,
    steps: &[Step],
    cols: &[Col],
    rows: &[Vec<Value>],
    names: &Names,
    height: u32,
) -> Option<Markup> {
    let Some(Step::Chart { kind, x, y }) = steps.last() else {
        return None;
    };
    let place = |name: &str| cols.iter().position(|c| c.name == name);
    let sign = visit.house.currency.sign();
    match kind.as_str() {
        "bars" | "lines" => {
            let (at, axis) = place(x).and_then(|i| Some((i, cols.get(i)?)))?;
            let series: Vec<(usize, &Col)> = y
                .iter()
                .filter_map(|n| place(n))
                .filter_map(|i| Some((i, cols.get(i)?)))
                .collect();
            let labels: Vec<String> = rows
                .iter()
                .map(|r| r.get(at).map_or_else(String::new, |v| text(visit, axis, v, names)))
                .collect();
            let lines: Vec<Json> = series
                .iter()
                .map(|(i, col)| {
                    let values: Vec<Json> = rows
                        .iter()
                        .map(|r| drawn(visit, col, r.get(*i).unwrap_or(&Value::Null)))
                        .collect();
                    json!({ "n": col.label.words(visit), "v": values })
                })
                .collect();
            let data = json!({ "x": labels, "series": lines, "unit": series.first().map_or("number", |s| unit(s.1)), "sign": sign });
            let what: Vec<String> = series.iter().map(|s| s.1.label.words(visit)).collect();
            let said = visit.loc.tv(
                "analysis-chart-said",
                &[("what", what.join(", ").into()), ("by", axis.label.words(visit).into())],
            );
            Some(ui::chart(kind, &data, height, &said))
        }
        "whale" => whale(visit, cols, rows, height),
        "number" => Some(total(visit, cols, rows, y, names)),
        _ => None,
    }
}

/// The first row's numbers, large.
pub(crate) fn total(visit: &Visit, cols: &[Col], rows: &[Vec<Value>], y: &[String], names: &Names) -> Markup {
    let kpis: Vec<ui::Kpi> = y
        .iter()
        .filter_map(|name| cols.iter().position(|c| c.name == *name))
        .filter_map(|i| {
            let (col, value) = (cols.get(i)?, rows.first()?.get(i)?);
            Some(ui::Kpi::new(
                col.label.words(visit),
                html! { span.num { (text(visit, col, value, names)) } },
            ))
        })
        .collect();
    ui::kpis(&kpis)
}

fn whale(visit: &Visit, cols: &[Col], rows: &[Vec<Value>], height: u32) -> Option<Markup> {
    let [rows_at, total_at, sum_at] = crate::chain::model::WHALE_DRAWN.map(|n| cols.iter().position(|c| c.name == n));
    let (rows_at, total_at, sum_at) = (rows_at?, total_at?, sum_at?);
    let percent = |row: &Vec<Value>, i: usize| {
        let col = cols.get(i)?;
        drawn(visit, col, row.get(i)?).as_f64()
    };
    let step = rows.len().div_ceil(POINTS).max(1);
    let last = rows.len().saturating_sub(1);
    let mut points = vec![[0.0, 0.0]];
    let kept = rows.iter().enumerate().filter(|(i, _)| i % step == 0 || *i == last);
    points.extend(kept.filter_map(|(_, row)| Some([percent(row, rows_at)?, percent(row, total_at)?])));
    if points.len() < 3 {
        return None;
    }
    let whole = drawn(visit, cols.get(sum_at)?, rows.last()?.get(sum_at)?);
    let data = json!({ "pts": points, "top": 20, "total": whole, "sign": visit.house.currency.sign() });
    let said = visit.loc.tv("analysis-whale-said", &[("n", rows.len().into())]);
    Some(ui::chart("whale", &data, height, &said))
}

/// Rows for programs: whole numbers as they are kept, by the names of their columns.
pub(crate) fn json_rows(cols: &[Col], rows: &[Vec<Value>]) -> Vec<Json> {
    let one = |row: &Vec<Value>| -> Json {
        let pairs = cols.iter().zip(row).map(|(c, v)| (c.name.clone(), v.json()));
        Json::Object(pairs.collect())
    };
    rows.iter().map(one).collect()
}
