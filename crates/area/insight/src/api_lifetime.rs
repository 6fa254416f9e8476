//! Lifetime values for programs, and the purchases they were computed from.

use crate::lifetime::{
    read::{self, Line},
    store,
};
use crate::pages::lists::pair_of;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, number};
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_value::lifetime::Fitted;
use zhike_web::{Answer, Query, Visit, answer};

const MOST: i64 = 500;

/// A fit as `zhike value fit --format json` writes it, so that `--params` and `--spend` read it.
fn fit<K>(name: &str, symbols: &[&str], fit: &Fitted<K>) -> Json {
    let named = |values: &[f64]| -> Json {
        let all = symbols.iter().zip(values).map(|(s, v)| ((*s).to_owned(), json!(v)));
        Json::Object(all.collect())
    };
    json!({
        "model": name, "params": named(&fit.params), "standard_errors": fit.standard_errors.as_deref().map(named),
        "log_covariance": fit.log_covariance, "log_likelihood": fit.log_likelihood, "n": fit.customers, "warnings": fit.warnings,
    })
}

/// `GET /api/v1/value/lifetime`.
pub async fn summary(visit: Visit) -> Answer {
    let run = store::latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let r = &run.report;
    let total = read::all(&visit.ctx, &run).await?;
    let money = visit.may("profit.view") && r.equity.is_some();
    let mut body = json!({
        "run": run.id, "from_on": r.from.to_string(), "to_on": r.to.to_string(), "facts_version": run.facts, "code_version": run.code,
        "finished_at": run.finished.rfc3339(), "currency": visit.house.currency.code(), "unit": "weeks",
        "customers": r.customers, "repeat_buyers": r.repeaters, "discount_ppm": r.discount, "refusal": r.refusal,
        "hold_out": { "last_day_before": r.split.to_string(), "weeks": r.horizon, "contest": r.contest },
        "fit": r.buying.as_ref().map(|b| fit(b.model.name(), &b.model.symbols(), b)),
        "spend": r.money.as_ref().map(|m| fit("gamma-gamma", &["p", "q", "gamma"], m)),
        "correlation": r.correlation, "without_amount": r.unknown, "alarms_tried_on_the_past": r.past,
        "seen": { "customers": total.customers, "expected": total.expected, "at_risk": total.at_risk },
    });
    if let (Some(map), true) = (body.as_object_mut(), money) {
        map.insert("totals".into(), json!(total));
        map.insert("by_tier".into(), json!(read::by_tier(&visit.ctx).await?));
        map.insert("by_year".into(), json!(read::by_year(&visit.ctx).await?));
        if visit.may("cost.view") {
            map.insert("margin_ppm".into(), json!(r.margin));
            map.insert("margin_weight".into(), json!(r.weight));
        }
    }
    answer::json(StatusCode::OK, &body)
}

fn item(visit: &Visit, line: &Line) -> Json {
    let mut item = json!(line);
    let money = visit.may("profit.view");
    if let Some(map) = item.as_object_mut() {
        let mut hidden: Vec<&str> = vec![];
        if !money {
            hidden.extend(["npv", "npv_low", "npv_high", "contribution", "at_stake"]);
        }
        if !visit.may("cost.view") {
            hidden.push("margin");
        }
        for name in &hidden {
            map.remove(*name);
        }
        if !hidden.is_empty() {
            map.insert("hidden".into(), json!(hidden));
        }
    }
    item
}

/// `GET /api/v1/value/lifetime/customers`: by value; `order=at_stake` those in doubt with the most at stake.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    visit.ctx.require("profit.view")?;
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, MOST)).unwrap_or(50);
    let stake = q.get("order") == Some("at_stake");
    let lines = if stake {
        read::by_stake(&visit.ctx, limit).await?
    } else {
        read::by_value(&visit.ctx, pair_of(q.get("after")), limit).await?
    };
    let next = lines
        .last()
        .filter(|_| !stake && lines.len() == limit)
        .and_then(|l| Some(format!("{}~{}", l.npv?, l.party_id)));
    let items: Vec<Json> = lines.iter().map(|l| item(&visit, l)).collect();
    answer::json(StatusCode::OK, &json!({ "items": items, "next": next }))
}

/// `GET /api/v1/value/lifetime/customers/{id}`.
pub async fn customer(visit: Visit, Path(id): Path<i64>) -> Answer {
    let line = read::one(&visit.ctx, id).await?.ok_or_else(Error::missing)?;
    answer::json(StatusCode::OK, &item(&visit, &line))
}

/// `GET /value/lifetime/purchases`, also under `/api/v1`: the purchases as the models see them, for `zhike value summary`.
pub async fn purchases(visit: Visit) -> Answer {
    let mut text = String::from("customer,date,amount\n");
    if let Some(run) = store::latest(visit.db()).await? {
        let lake = Lake::open(&visit.house.data, MEMORY).await?;
        let period = Period {
            from: run.report.from,
            to: run.report.to,
            currency: visit.house.currency.code().to_owned(),
        };
        let seen = read::visible(&visit.ctx).await?;
        let decimals = visit.house.currency.decimals();
        lake.purchases(&period, |party, day, net| {
            use std::fmt::Write;
            if seen.as_ref().is_none_or(|s| s.contains(&party)) {
                let _ = writeln!(text, "{party},{day},{}", number::write_scaled(net, decimals));
            }
        })
        .await?;
    }
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"purchases.csv\""),
    ];
    Ok((head, text).into_response())
}
