//! Sliders on the page of lifetime value: retention, margin, discount. Computed at the server, kept nowhere.

use super::{money, words};
use crate::lifetime::{
    read::{self, Sums},
    store::{self, Run},
    what_if::{self, Ask, DISCOUNT, MARGIN, Now, RETENTION},
};
use axum::http::StatusCode;
use maud::{Markup, Render, html};
use zhike_kernel::{Error, Result};
use zhike_web::{Answer, Fields, Query, Visit, answer, ui};

/// Where the customers that the reader sees stand.
fn now(run: &Run, total: &Sums) -> Option<Now> {
    Some(Now {
        equity: total.npv,
        contribution: total.contribution,
        margin: run.report.margin?,
        discount: run.report.discount,
    })
}

/// The card.
pub(super) fn card(visit: &Visit, run: &Run, total: &Sums) -> Markup {
    let loc = &visit.loc;
    let Some(now) = now(run, total).filter(|_| visit.may("profit.view") && visit.may("cost.view")) else {
        return html! {};
    };
    let still = Ask {
        retention: 0,
        margin: 0,
        discount: now.discount,
    };
    let sliders = [
        ("retention", RETENTION, 0_i64),
        ("margin", MARGIN, 0),
        ("discount", DISCOUNT, now.discount),
    ];
    ui::card(loc.t("whatif-title"))
        .note(loc.t("whatif-note"))
        .body(html! {
            form #what-if hx-get="/value/lifetime/what-if" hx-trigger="input changed delay:150ms, change" hx-target="#what-if-result" hx-swap="outerHTML" method="get" action="/value/lifetime/what-if" {
                @for (name, (least, most), value) in sliders { div style="margin-bottom:10px" {
                    label.sm for={ "what-" (name) } { (loc.t(&format!("whatif-{name}"))) }
                    div.row style="gap:10px" {
                        input.range id={ "what-" (name) } type="range" name=(name) min=(least / 10_000) max=(most / 10_000) step="0.5"
                            value=(crate::model::float(value) / 10_000.0) aria-describedby="what-if-result" style="--p:0%";
                    }
                } }
            }
            (result(visit, &now, &still))
        })
        .foot(html! { span.xs.dim { (loc.t("whatif-assumes")) } })
        .render()
}

fn result(visit: &Visit, now: &Now, ask: &Ask) -> Markup {
    let loc = &visit.loc;
    let points = |ppm: i64| format!("{}{}", if ppm > 0 { "+" } else { "" }, loc.percent_ppm(ppm));
    let moved = [
        ("retention", points(ask.retention)),
        ("margin", points(ask.margin)),
        ("discount", loc.percent_ppm(ask.discount)),
    ];
    html! { div #what-if-result aria-live="polite" {
        p.sm.mut style="margin:0 0 6px" { @for (i, (name, value)) in moved.iter().enumerate() { @if i > 0 { " · " } (loc.t(&format!("whatif-short-{name}"))) " " b.num { (value) } } }
        @match what_if::then(now, ask) {
            Some(then) => {
                div.row.wrap style="gap:8px 18px;align-items:baseline" {
                    span style="font-size:22px;font-weight:600" { (money(visit, then.equity)) }
                    span.num style=(if then.difference < 0 { "color:var(--red)" } else { "color:var(--jade)" }) {
                        @if then.difference > 0 { "+" } (words(visit, then.difference))
                    }
                }
                p.xs.dim style="margin:6px 0 0" { (loc.tv("whatif-said", &[
                    ("now", words(visit, now.equity).into()),
                    ("before", loc.percent(then.retention_now, 1).into()),
                    ("after", loc.percent(then.retention, 1).into()),
                    ("year", words(visit, then.contribution).into()),
                ])) }
            }
            None => { (ui::callout(ui::Tone::Quiet, loc.t("whatif-nothing"))) }
        }
    } }
}

/// What was asked: per cent in the address; beyond the sliders' ends is refused.
fn asked(q: &Fields, usual: i64) -> Result<Ask> {
    let one = |name: &str, usual: i64, (least, most): (i64, i64)| -> Result<i64> {
        let Some(text) = q.filled(name) else { return Ok(usual) };
        let ppm = zhike_kernel::number::parse_scaled(text.trim().trim_end_matches('%'), 4, false)
            .map_err(|_| Error::field(name, "error-not-a-number"))?;
        if (least..=most).contains(&ppm) {
            Ok(ppm)
        } else {
            Err(Error::field(name, "error-value-range"))
        }
    };
    Ok(Ask {
        retention: one("retention", 0, RETENTION)?,
        margin: one("margin", 0, MARGIN)?,
        discount: one("discount", usual, DISCOUNT)?,
    })
}

async fn stands(visit: &Visit) -> Result<Option<Now>> {
    visit.ctx.require("profit.view")?;
    visit.ctx.require("cost.view")?;
    let Some(run) = store::latest(visit.db()).await? else {
        return Ok(None);
    };
    let total = read::all(&visit.ctx, &run).await?;
    Ok(now(&run, &total))
}

/// `GET /value/lifetime/what-if`.
pub async fn show(visit: Visit, Query(q): Query) -> Answer {
    let Some(now) = stands(&visit).await? else {
        return answer::html(
            html! { div #what-if-result { (ui::callout(ui::Tone::Quiet, visit.loc.t("whatif-nothing"))) } },
        );
    };
    let ask = asked(&q, now.discount)?;
    answer::html(result(&visit, &now, &ask))
}

/// `GET /api/v1/value/what-if`.
pub async fn api(visit: Visit, Query(q): Query) -> Answer {
    let now = stands(&visit).await?.ok_or_else(Error::missing)?;
    let ask = asked(&q, now.discount)?;
    let body = serde_json::json!({ "now": now, "asked": ask, "then": what_if::then(&now, &ask) });
    answer::json(StatusCode::OK, &body)
}
