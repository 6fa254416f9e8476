//! The page of customer value: the whale curve, the products, how far the ratings agree, and how it was computed.

use super::{money, notes, nothing, run_again, share, units, words};
use crate::read::{self, Agreement, Seen};
use crate::result::{self, Run};
use crate::{job, period};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_web::ui::{self, Hue, Size, Tone};
use zhike_web::{Answer, Form, Screen, Visit, answer};

/// Products shown at each end of the chart.
const ENDS: usize = 4;
/// Disagreements shown.
const SHOWN: usize = 3;

/// `GET /value`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let running = job::progress(visit.db(), visit.now().0).await?;
    let failed = result::failure(visit.db()).await?;
    let Some(run) = result::latest(visit.db()).await? else {
        let main = html! {
            (progress(&visit, running))
            @if let Some(text) = &failed { div.page { (broke(&visit, text)) } }
            (nothing(&visit))
        };
        return Screen::new(&visit, loc.t("nav-value"), "value").show(main);
    };
    let seen = read::seen(&visit.ctx, &run).await?;
    let agreement = read::agreement(&visit.ctx).await?;
    let apart = read::disagreements(&visit.ctx, None, SHOWN).await?;
    let choice = period::chosen(visit.db()).await?;
    let seconds = (run.finished.0 - run.started.0).max(0) / 100_000;
    let actions = html! {
        span.xs.dim.nw.hide-s {
            (loc.tv("value-made", &[("at", loc.stamp(run.finished).into()),
                ("seconds", format!("{}.{}", seconds / 10, seconds % 10).into())]))
        }
        (ui::btn(loc.t("lifetime-title")).icon("hourglass").href("/value/lifetime"))
        @if visit.may("value.refresh") { (run_again(&visit, false)) }
    };
    let main = html! {
        (progress(&visit, running))
        div.page {
            @if let Some(text) = &failed { (broke(&visit, text)) }
            (head(&visit, &run, choice))
            div.stack.l { (notes(&visit, &run, &seen)) }
            div.g-value style="margin-top:16px" {
                (curve(&visit, &seen))
                (ratings(&visit, &agreement, &apart))
            }
            div.g-value style="margin-top:16px" {
                @if visit.may("cost.view") { (products(&visit).await?) }
                (books(&visit, &run))
            }
        }
    };
    Screen::new(&visit, loc.t("nav-value"), "value")
        .actions(actions)
        .charts()
        .show(main)
}

fn broke(visit: &Visit, text: &str) -> Markup {
    ui::callout(
        Tone::Bad,
        html! { (visit.loc.t("value-failed")) " " span.dim { (text) } },
    )
}

/// Period and steps.
fn head(visit: &Visit, run: &Run, choice: &str) -> Markup {
    let loc = &visit.loc;
    let days = [("from", run.from.to_string().into()), ("to", run.to.to_string().into())];
    let steps = ["lines", "cost", "delivery", "service", "credit", "customers", "rank"];
    html! {
        div.row.wrap style="gap:6px;margin-bottom:14px" {
            span.dim.xs { (loc.t("value-period")) }
            @for word in period::CHOICES {
                @if visit.may("value.refresh") {
                    form method="post" action="/value/refresh" {
                        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("period", word))
                        button.chip.on[word == choice] type="submit" aria-pressed=(word == choice) { (loc.t(&format!("value-period-{word}"))) }
                    }
                } @else if word == choice { span.chip.on { (loc.t(&format!("value-period-{word}"))) } }
            }
            span.xs.mut { (loc.tv("value-days", &days)) }
        }
        div.row.wrap.xs style="gap:6px;margin-bottom:14px" aria-label=(loc.t("value-steps")) {
            span.dim { (loc.t("value-steps")) }
            @for (i, step) in steps.iter().enumerate() {
                @if i > 0 { (ui::icon_class("chevron-right", "s dim")) }
                @match *step {
                    "service" | "credit" if visit.may("model.view") => a.chip href="/value/assumptions" { (loc.t(&format!("value-step-{step}"))) },
                    _ => span.chip { (loc.t(&format!("value-step-{step}"))) },
                }
            }
        }
    }
}

fn curve(visit: &Visit, seen: &Seen) -> Markup {
    let loc = &visit.loc;
    let w = &seen.whale;
    let net = [("n", w.customers.into()), ("profit", words(visit, w.total).into())];
    let note = loc.tv("value-net", &net);
    let points: Vec<[f64; 2]> = w
        .points
        .iter()
        .filter_map(|p| Some([p.customer_share * 100.0, p.profit_share? * 100.0]))
        .collect();
    let said = loc.tv(
        "value-whale-said",
        &[
            ("top", share(visit, w.top.share, 0).into()),
            ("peak", share(visit, w.peak.profit_share, 0).into()),
            ("at", share(visit, Some(w.peak.customer_share), 0).into()),
        ],
    );
    // The mark stands where the box below counts to: 20 % rounded up to a whole customer.
    let top = part_of(w.top.customers, w.customers).map_or(20.0, |s| s * 100.0);
    let data = serde_json::json!({
        "pts": points, "top": top, "total": units(visit, w.total), "sign": visit.house.currency.sign(),
        "words": { "x": loc.t("value-chart-x"), "now": loc.t("value-chart-now"), "top": loc.t("value-chart-top"), "peak": loc.t("value-chart-peak") },
    });
    let lost = if w.bottom.amount < 0 {
        "value-bottom-loses"
    } else {
        "value-bottom-earns"
    };
    let makes = w.makes_80_percent.map(|n| {
        loc.tv(
            "value-makes-80",
            &[
                ("n", n.into()),
                ("share", share(visit, part_of(n, w.customers), 1).into()),
            ],
        )
    });
    ui::card(loc.t("value-whale"))
        .note(note)
        .body(html! {
            @if points.len() > 1 { (ui::chart("whale", &data, 344, &said)) }
            @else { (ui::callout(Tone::Warn, loc.t("value-no-profit"))) }
            div.g3 style="gap:10px;margin-top:10px" {
                a.callout href="/value/customers?part=top" style="background:var(--gold-soft);color:var(--gold-text)" {
                    span { b { "20%" } " " (loc.tv("value-top", &[("n", w.top.customers.into()),
                        ("amount", words(visit, w.top.amount).into()), ("share", share(visit, w.top.share, 0).into())])) }
                }
                a.callout.gray href="/value/customers?part=middle" {
                    span { b { "50%" } " " (loc.tv("value-middle", &[("n", w.middle.customers.into()), ("amount", words(visit, w.middle.amount).into())])) }
                }
                a.callout.red href="/value/customers?part=bottom" {
                    span { b { "30%" } " " (loc.tv(lost, &[("n", w.bottom.customers.into()),
                        ("amount", words(visit, w.bottom.amount.saturating_abs()).into()), ("offset", share(visit, w.offset, 0).into())])) }
                }
            }
            p.sm.mut style="margin-top:10px" {
                @if let Some(text) = makes { (text) " " }
                a.link href="/value/customers?part=loss" { (loc.tv("value-losers", &[("n", w.loss_makers.into())])) }
            }
        })
        .into_markup()
}

/// `n` of `of` as a share.
pub(super) fn part_of(n: usize, of: usize) -> Option<f64> {
    let float = |n: usize| crate::model::float(i64::try_from(n).unwrap_or(i64::MAX));
    (of > 0).then(|| float(n) / float(of))
}

trait IntoMarkup {
    fn into_markup(self) -> Markup;
}
impl IntoMarkup for ui::Card {
    fn into_markup(self) -> Markup {
        maud::Render::render(&self)
    }
}

/// The confusion matrix, as the mock-up has it: automatic down, by hand across.
pub(super) fn matrix(visit: &Visit, agreement: &Agreement) -> Markup {
    let grades = ["A", "B", "C", "D"];
    let counts: Vec<Vec<i64>> = (0..4)
        .map(|auto| {
            (0..4)
                .map(|hand| i64::try_from(agreement.table.count(auto, hand)).unwrap_or(i64::MAX))
                .collect()
        })
        .collect();
    let loc = &visit.loc;
    html! {
        (ui::confusion(loc, &grades, &counts, &loc.t("value-automatic"), &loc.t("value-manual")))
        p.sm.mut style="margin:8px 0 4px" { (kappa(visit, agreement)) }
    }
}

/// Weighted kappa with its interval, in words.
pub(super) fn kappa(visit: &Visit, agreement: &Agreement) -> String {
    let loc = &visit.loc;
    match (agreement.kappa, agreement.interval) {
        (Some(k), Some(i)) => loc.tv(
            "value-kappa",
            &[
                ("kappa", loc.number(k, 2).into()),
                ("low", loc.number(i.low, 2).into()),
                ("high", loc.number(i.high, 2).into()),
                ("within", share(visit, agreement.within_one, 1).into()),
            ],
        ),
        (Some(k), None) => loc.tv("value-kappa-only", &[("kappa", loc.number(k, 2).into())]),
        (None, _) => loc.t("value-kappa-none"),
    }
}

fn ratings(visit: &Visit, agreement: &Agreement, apart: &[read::Apart]) -> Markup {
    let loc = &visit.loc;
    if agreement.table.total() == 0 {
        return ui::card(loc.t("value-agreement"))
            .body(html! { (ui::empty("star", &loc.t("value-agreement-none"), &loc.t("value-agreement-none-text"), html! {})) })
            .into_markup();
    }
    let n = i64::try_from(agreement.disagree()).unwrap_or(i64::MAX);
    ui::card(loc.t("value-agreement"))
        .actions(html! {
            (ui::badge(Hue::Green, &loc.tv("value-agree", &[("share", share(visit, agreement.accuracy, 1).into())])))
        })
        .body(html! {
            (matrix(visit, agreement))
            ul.list {
                @for (_, line) in apart {
                    li.row.sm style="padding:6px 0" {
                        (ui::co(line.party, &line.name, Size::Small))
                        span.ell style="flex:1" { a href={ "/parties/" (line.party) "/value" } { (line.name) } " " span.dim { (why(visit, line)) } }
                        (ui::grade(&line.grade)) (ui::icon_class("arrows-left-right", "s dim")) (ui::grade(line.manual.as_deref().unwrap_or("–")))
                    }
                }
            }
        })
        .foot(html! {
            a.link href="/value/disagreements" { (loc.tv("value-disagree", &[("n", n.into())])) }
            span.sp {}
            @if visit.may("model.view") { a.link href="/value/model" { (loc.t("value-model")) } }
        })
        .into_markup()
}

/// The two strongest reasons of a score, in words.
pub(super) fn why(visit: &Visit, line: &read::Line) -> String {
    let loc = &visit.loc;
    let said = line
        .reasons
        .iter()
        .filter(|r| r.2 || r.1.abs() >= 0.05)
        .take(2)
        .map(|(key, points, unknown)| {
            let name = loc.t(&format!("value-indicator-{key}"));
            if *unknown {
                loc.tv("value-reason-unknown", &[("name", name.into())])
            } else {
                let sign = if *points > 0.0 { "+" } else { "" };
                format!("{name} {sign}{}", loc.number(*points, 1))
            }
        });
    said.collect::<Vec<_>>().join(" · ")
}

async fn products(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let mut rows = read::products(&visit.ctx, false, None, ENDS * 2).await?;
    let worst = read::products(&visit.ctx, true, None, ENDS).await?;
    for p in worst.into_iter().rev().filter(|p| p.profit < 0) {
        if !rows.iter().any(|r| r.product == p.product) {
            rows.push(p);
        }
    }
    let data = serde_json::json!({
        "rows": rows.iter().map(|p| serde_json::json!({ "n": p.name, "rev": units(visit, p.net), "p": units(visit, p.profit) })).collect::<Vec<_>>(),
        "sign": visit.house.currency.sign(),
        "words": { "rev": loc.t("value-revenue"), "p": loc.t("value-left") },
    });
    let best = rows
        .iter()
        .filter(|p| p.net > 0)
        .max_by_key(|p| zhike_kernel::money::mul_div(p.profit, 1_000_000, p.net));
    let finding = best.map(|p| {
        let margin = zhike_kernel::money::mul_div(p.profit, 1_000_000, p.net);
        loc.tv(
            "value-product-best",
            &[
                ("name", p.name.as_str().into()),
                ("share", super::ppm(visit, margin).into()),
            ],
        )
    });
    Ok(ui::card(loc.t("value-products"))
        .body(html! {
            @if rows.is_empty() { p.mut { (loc.t("value-products-none")) } }
            @else { (ui::chart("products", &data, 292, &loc.t("value-products-said"))) }
            @if let Some(text) = finding { p.sm.mut style="margin-top:6px" { (text) } }
        })
        .foot(html! { a.link href="/value/products" { (loc.t("value-products-all")) } })
        .into_markup())
}

/// The books against the customers.
fn books(visit: &Visit, run: &Run) -> Markup {
    let loc = &visit.loc;
    if visit.actor.owners().is_some() || !visit.may("cost.view") {
        return html! {};
    }
    let o = &run.outcome;
    let (rest, gap) = (&o.unallocated, o.difference());
    let rows = [
        (
            "revenue",
            o.ledger.revenue,
            o.customers.revenue,
            rest.revenue,
            gap.revenue,
        ),
        (
            "discount",
            o.ledger.discount,
            o.customers.discount,
            rest.discount,
            gap.discount,
        ),
        (
            "returns",
            o.ledger.returns,
            o.customers.returns,
            rest.returns,
            gap.returns,
        ),
        (
            "product_cost",
            o.ledger.product_cost,
            o.customers.product_cost,
            rest.product_cost,
            gap.product_cost,
        ),
        (
            "delivery",
            o.ledger.delivery,
            o.customers.delivery,
            rest.delivery,
            gap.delivery,
        ),
    ];
    let agrees = gap == crate::profit::Ledger::default();
    ui::card(loc.t("value-books"))
        .actions(html! {
            @if agrees { (ui::badge_icon(Hue::Green, "check", &loc.t("value-books-agree"))) }
            @else { (ui::badge_icon(Hue::Amber, "alert-triangle", &loc.t("value-books-differ"))) }
        })
        .flush(html! {
            table.tbl.plain.dense {
                thead { tr { th scope="col" {} @for key in ["ledger", "customers", "unallocated", "difference"] { th.r scope="col" { (loc.t(&format!("value-books-{key}"))) } } } }
                tbody { @for (key, ledger, customers, rest, gap) in rows { tr {
                    th scope="row" { (loc.t(&format!("value-{key}"))) }
                    td.r { (money(visit, ledger)) } td.r { (money(visit, customers)) } td.r { (money(visit, rest)) } td.r { (money(visit, gap)) }
                } } }
            }
        })
        .foot(html! { span.xs.dim { (loc.tv("value-facts", &[("lines", i64::try_from(o.lines).unwrap_or(i64::MAX).into()), ("version", run.facts.as_str().into()), ("model", o.model.into())])) } })
        .into_markup()
}

/// How far the analysis is; asks again until it is done.
fn progress(visit: &Visit, running: Option<i64>) -> Markup {
    let Some(percent) = running else { return html! {} };
    let text = visit.loc.tv("value-running", &[("percent", percent.into())]);
    html! {
        div.page #value-progress hx-get="/value/progress" hx-trigger="load delay:2s" hx-swap="outerHTML" {
            (ui::progress(&visit.loc, crate::model::float(percent) / 100.0, &text))
        }
    }
}

/// `GET /value/progress`: the bar, or back to the page when it is done.
pub async fn watch(visit: Visit) -> Answer {
    match job::progress(visit.db(), visit.now().0).await? {
        Some(percent) => answer::html(progress(&visit, Some(percent))),
        None => answer::go(&visit, "/value"),
    }
}

/// `POST /value/refresh`.
pub async fn refresh(visit: Visit, Form(form): Form) -> Answer {
    let tx = visit.ctx.begin().await?;
    if let Some(word) = form.filled("period") {
        period::choose(&tx, word).await?;
    }
    job::ask(&tx).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer::go(&visit, "/value")
}
