//! How much may be written off an invoice: a setting of the house, changed by an administrator only.

use axum::http::StatusCode;
use maud::html;
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Currency, Error, Kind, Result, number};
use zhike_store::{Event, Query, setting};
use zhike_web::{
    Form, Json, Screen, Visit,
    answer::{Answer, go_saying, json as json_answer},
    ui,
};

/// Name of the setting.
const LIMIT: &str = "write_off_limit";
/// As long as nobody has set one: 100.00.
const USUAL: i64 = 10_000;
/// Nobody writes off more than this as a small rest.
const MOST: i64 = 100_000_000_000;

/// The limit in minor units of the house's currency.
pub(crate) async fn get(q: &dyn Query) -> Result<i64> {
    let kept = setting::get(q, LIMIT).await?;
    Ok(kept.and_then(|t| t.parse().ok()).unwrap_or(USUAL))
}

/// The same figure in a currency with other decimals.
pub(crate) fn within(limit: i64, house: Currency, other: Currency) -> i64 {
    let (from, to) = (house.decimals(), other.decimals());
    if to >= from {
        limit.saturating_mul(10_i64.saturating_pow(to - from))
    } else {
        limit / 10_i64.saturating_pow(from - to)
    }
}

async fn keep(visit: &Visit, text: &str) -> Result<i64> {
    visit.require("system.edit")?;
    let c = visit.house.currency;
    let value = number::parse_scaled(text.trim(), c.decimals(), false)
        .map_err(|_| Error::field("limit", "error-write-off-amount"))?;
    if !(0..=MOST).contains(&value) {
        return Err(Error::field("limit", "error-write-off-amount"));
    }
    let tx = visit.ctx.begin().await?;
    setting::set(&tx, LIMIT, &value.to_string()).await?;
    let event = Event {
        kind: "write_off_limit.changed.v1".into(),
        record_type: "setting",
        note: Some(number::write_scaled(value, c.decimals())),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(value)
}

fn show(visit: &Visit, typed: &str, problem: Option<&Error>) -> Answer {
    let loc = &visit.loc;
    let error = problem.and_then(|e| e.fields.first()).map(|f| loc.field_error(f));
    let field = ui::Field::new("limit", loc.t("write-off-limit"))
        .hint(loc.t("write-off-limit-hint"))
        .error(error)
        .required(true);
    let form = html! {
        form.stack method="post" action="/write-off-limit" {
            (ui::hidden("csrf", &visit.csrf))
            (field.money(typed, visit.house.currency.sign()))
            @if visit.may("system.edit") { (ui::submit_row(loc, Some("/write-offs"), &loc.t("web-save"))) }
        }
    };
    Screen::new(visit, loc.t("write-off-limit"), "write_off")
        .crumb(loc.t("write_off-many"), "/write-offs")
        .show(ui::page_body(html! { (ui::card(loc.t("write-off-limit")).body(form)) }))
}

/// `GET /write-off-limit`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let limit = get(visit.db()).await?;
    show(
        &visit,
        &number::write_scaled(limit, visit.house.currency.decimals()),
        None,
    )
}

/// `POST /write-off-limit`.
pub(crate) async fn save(visit: Visit, Form(f): Form) -> Answer {
    let typed = f.get("limit").unwrap_or("");
    match keep(&visit, typed).await {
        Ok(_) => go_saying(&visit, "/write-off-limit", &visit.loc.t("write-off-limit-saved"), None),
        Err(e) if e.kind == Kind::Invalid => {
            let mut answer = show(&visit, typed, Some(&e))?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(e) => Err(e.into()),
    }
}

/// What a program sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    limit: String,
}

fn told(visit: &Visit, limit: i64) -> Answer {
    let c = visit.house.currency;
    json_answer(
        StatusCode::OK,
        &json!({"limit": number::write_scaled(limit, c.decimals()), "currency": c.code()}),
    )
}

/// `GET /api/v1/write-off-limit`.
pub(crate) async fn api(visit: Visit) -> Answer {
    let limit = get(visit.db()).await?;
    told(&visit, limit)
}

/// `PUT /api/v1/write-off-limit`.
pub(crate) async fn api_save(visit: Visit, Json(ask): Json<Ask>) -> Answer {
    let limit = keep(&visit, &ask.limit).await?;
    told(&visit, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_same_figure_in_every_currency() {
        let (cny, jpy) = (Currency::parse("CNY").unwrap(), Currency::parse("JPY").unwrap());
        assert_eq!(within(10_050, cny, cny), 10_050);
        assert_eq!(within(10_050, cny, jpy), 100);
        assert_eq!(within(100, jpy, cny), 10_000);
        assert_eq!(within(i64::MAX, jpy, cny), i64::MAX);
    }
}
