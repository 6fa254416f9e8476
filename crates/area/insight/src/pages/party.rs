//! The value of one customer on the customer's page, and of one product on the product's.

use super::{money, ppm, words};
use crate::read::{self, Line};
use crate::result::{self, Run};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_lake::query::Period;
use zhike_lake::{Lake, MEMORY};
use zhike_store::{Query as _, Record, binds};
use zhike_web::Visit;
use zhike_web::ui::{self, Choice, Field};

/// Ratings by hand shown.
const RATINGS: i64 = 10;

/// The tab `value` of a customer.
pub async fn tab(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let run = result::latest(visit.db()).await?;
    let line = read::one(visit.db(), party.id).await?.filter(|l| l.rank > 0);
    let rail = html! { (by_hand(visit, party).await?) };
    let main = match (&run, &line) {
        (Some(run), Some(line)) => html! {
            (ui::kpis(&[
                ui::Kpi::new(loc.t("value-profit"), money(visit, line.profit)).note(loc.tv("value-place", &[("rank", line.rank.into()), ("n", run.outcome.whale.customers.into())])),
                ui::Kpi::new(loc.t("party-tier"), html! { @if let Some(t) = ui::Tier::parse(&line.tier) { (ui::tier(loc, t)) } }),
                ui::Kpi::new(loc.t("value-grade"), ui::grade(&line.grade)).note(loc.tv("value-points", &[("n", loc.number(crate::model::float(line.score) / 100.0, 1).into())])),
                ui::Kpi::new(loc.t("value-orders"), loc.int(line.orders)).note(rhythm(visit, line)),
            ]))
            (ui::card(loc.t("value-waterfall")).note(loc.tv("value-days", &[("from", run.from.to_string().into()), ("to", run.to.to_string().into())]))
                .body(html! {
                    (waterfall(visit, line))
                    @if visit.may("cost.view") { (said(visit, line)) } @else { p.xs.mut style="margin-top:8px" { (loc.t("value-cost-hidden")) } }
                }))
            (super::lifetime_party::card(visit, party.id).await?)
            (crate::churn::card(visit, party.id).await?)
            (crate::cluster::card(visit, party.id).await?)
            @if visit.may("cost.view") {
                (ui::card(loc.t("value-months")).note(loc.t("value-months-note")).body(months(visit, run, party.id).await?))
            }
            (ui::card(loc.t("value-contributions")).note(loc.t("value-contributions-note")).flush(contributions(visit, line)))
        },
        (Some(run), None) if newer(visit, party, run).await? => ui::empty(
            "chart-dots",
            &loc.t("value-party-newer"),
            &loc.tv("value-party-newer-text", &[("at", loc.stamp(run.finished).into())]),
            html! { @if visit.may("value.refresh") { (super::run_again(visit, false)) } },
        ),
        (None, _) => super::nothing(visit),
        _ => ui::empty(
            "chart-dots",
            &loc.t("value-party-none"),
            &loc.t("value-party-none-text"),
            html! {},
        ),
    };
    Ok(ui::two_columns(main, rail))
}

/// Came the customer, or one of its orders, after the analysis?
async fn newer(visit: &Visit, party: &Record, run: &Run) -> Result<bool> {
    if party.created_at > run.finished {
        return Ok(true);
    }
    let sql = "SELECT count(*) FROM order_order WHERE party_id = $1 AND updated_at > $2 AND archived_at IS NULL";
    Ok(visit.db().number(sql, binds![party.id, run.finished.0]).await? > 0)
}

fn rhythm(visit: &Visit, line: &Line) -> String {
    let loc = &visit.loc;
    match (line.rhythm, line.last) {
        (Some(days), Some(last)) => loc.tv(
            "value-rhythm",
            &[("days", days.into()), ("last", loc.date_iso(last).into())],
        ),
        (None, Some(last)) => loc.tv("value-last", &[("last", loc.date_iso(last).into())]),
        _ => String::new(),
    }
}

/// From revenue to profit, step by step.
fn waterfall(visit: &Visit, line: &Line) -> Markup {
    let loc = &visit.loc;
    let p = &line.parts;
    let known = p.product_cost - line.assumed_cost;
    let steps = [
        ("revenue", p.revenue, true),
        ("discount", -p.discount, false),
        ("returns", -p.returns, false),
        ("known-cost", -known, false),
        ("assumed-cost", -line.assumed_cost, false),
        ("delivery", -p.delivery, false),
        ("service", -p.service, false),
        ("credit", -p.credit, false),
    ];
    let mut at = 0_i64;
    let mut bars = vec![];
    for (key, amount, whole) in steps {
        let from = if whole { 0 } else { at };
        at = if whole { amount } else { at + amount };
        let open = matches!(key, "revenue" | "discount" | "returns") || visit.may("cost.view");
        if open && (amount != 0 || whole) {
            bars.push((key, from.min(at), from.max(at), amount));
        }
    }
    bars.push(("profit", line.profit.min(0), line.profit.max(0), line.profit));
    let low = bars.iter().map(|b| b.1).min().unwrap_or(0).min(0);
    let high = bars.iter().map(|b| b.2).max().unwrap_or(0).max(low + 1);
    let percent = |v: i64| 100.0 * crate::model::float(v - low) / crate::model::float(high - low);
    let color = |key: &str, amount: i64| match key {
        "revenue" => "var(--c6)",
        "profit" if amount >= 0 => "var(--c1)",
        "assumed-cost" => "color-mix(in srgb,var(--c4) 45%,transparent)",
        _ if amount < 0 => "var(--c4)",
        _ => "var(--c2)",
    };
    html! {
        table.tbl.plain.dense { tbody { @for (key, from, to, amount) in bars { tr {
            th scope="row" { (loc.t(&format!("value-{key}"))) }
            td style="width:60%" { span style="position:relative;display:block;height:14px" {
                span style={ "position:absolute;top:0;bottom:0;border-radius:3px;min-width:2px;left:" (format!("{:.2}", percent(from))) "%;width:"
                    (format!("{:.2}", percent(to) - percent(from))) "%;background:" (color(key, amount)) } {}
            } }
            td.r { @if key == "profit" { b { (money(visit, amount)) } } @else { span.num title=(loc.money_full(amount, visit.house.currency)) { (words(visit, amount)) } } }
        } } } }
    }
}

/// What of it is assumed.
fn said(visit: &Visit, line: &Line) -> Markup {
    let loc = &visit.loc;
    let part = zhike_kernel::money::mul_div(line.assumed_revenue, 1_000_000, line.parts.net_revenue());
    html! { p.xs.mut style="margin-top:8px" {
        @if line.assumed_revenue != 0 { (loc.tv("value-assumed", &[("share", ppm(visit, part).into())])) } @else { (loc.t("value-assumed-none")) }
        " " (loc.t("value-assumed-service"))
    } }
}

/// Twelve months of what was left after goods and freight.
async fn months(visit: &Visit, run: &Run, party: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let lake = Lake::open(&visit.house.data, MEMORY).await?;
    let end = i64::from(run.to.year()) * 12 + i64::from(run.to.month()) - 1;
    let first = zhike_kernel::Date::new(
        i16::try_from((end - 11) / 12).unwrap_or(1970),
        i8::try_from((end - 11) % 12 + 1).unwrap_or(1),
        1,
    );
    let period = Period {
        from: first.unwrap_or(run.from),
        to: run.to,
        currency: visit.house.currency.code().to_owned(),
    };
    let margin = run.outcome.assumptions.margin;
    let mut bars = vec![0_i64; 12];
    lake.months(&period, Some(party), |m| {
        let b = &m.bought;
        let assumed = b.unknown_revenue - zhike_value::profit::share_of(b.unknown_revenue, margin);
        let place = usize::try_from(m.month - (end - 11)).ok();
        if let Some(slot) = place.and_then(|p| bars.get_mut(p)) {
            *slot += b.sold - b.returned - b.known_cost - assumed - b.freight;
        }
    })
    .await?;
    let x: Vec<String> = (end - 11..=end)
        .map(|m| format!("{}-{:02}", m / 12, m % 12 + 1))
        .collect();
    let whole: Vec<i64> = bars.iter().map(|b| super::units(visit, *b)).collect();
    Ok(html! {
        (ui::spark(&loc.t("value-months"), &whole))
        details.sm { summary { (loc.t("value-months-table")) }
            table.tbl.plain.dense { tbody { @for (month, amount) in x.iter().zip(&bars) { tr { td.num { (month) } td.r { (money(visit, *amount)) } } } } }
        }
    })
}

fn contributions(visit: &Visit, line: &Line) -> Markup {
    let loc = &visit.loc;
    html! {
        table.tbl.plain.dense { tbody { @for (key, points, unknown) in &line.reasons { tr {
            th scope="row" { (loc.t(&format!("value-indicator-{key}"))) }
            td.r.num { @if *points > 0.0 { "+" } (loc.number(*points, 1)) }
            td.sm.mut { @if *unknown { (loc.t("value-unknown")) } }
        } } } }
    }
}

/// Rating by hand: the form, and what was said before.
async fn by_hand(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if !visit.may("rating.view") {
        return Ok(html! {});
    }
    let sql = "SELECT r.grade, r.rated_on, r.note, u.name FROM insight_rating r LEFT JOIN identity_user u ON u.id = r.user_id \
               WHERE r.party_id = $1 AND r.archived_at IS NULL ORDER BY r.rated_on DESC, r.id DESC LIMIT $2";
    let mut before = vec![];
    for row in visit.db().all(sql, binds![party.id, RATINGS]).await? {
        before.push((
            row.text(0)?,
            row.text(1)?,
            row.opt_text(2)?.unwrap_or_default(),
            row.opt_text(3)?.unwrap_or_default(),
        ));
    }
    let grades: Vec<Choice> = crate::types::GRADES.iter().map(|g| Choice::new(*g, *g)).collect();
    let now = before.first().map_or("", |b| b.0.as_str());
    Ok(html! {
        (ui::card(loc.t("value-rate")).body(html! {
            @if visit.may("rating.create") && party.archived_at.is_none() {
                form.stack method="post" action={ "/value/customers/" (party.id) "/rating" } {
                    (ui::hidden("csrf", &visit.csrf))
                    (Field::new("grade", loc.t("rating-grade")).required(true).segmented(&grades, now))
                    (Field::new("note", loc.t("rating-note")).text(""))
                    (ui::submit_row(loc, None, &loc.t("value-rate-save")))
                }
            }
            @if before.is_empty() { p.sm.mut { (loc.t("value-rate-none")) } }
            ul.list { @for (grade, day, note, who) in &before {
                li.row.sm style="padding:6px 0" { (ui::grade(grade)) span.num.dim { (day) } span.ell style="flex:1" { (note) } span.dim { (who) } }
            } }
        }))
    })
}

/// The tab `value` of a product.
pub async fn product_tab(visit: &Visit, product: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let (run, line) = (
        result::latest(visit.db()).await?,
        read::product(visit.db(), product.id).await?,
    );
    let (Some(run), Some(p)) = (run, line) else {
        return Ok(ui::empty(
            "chart-dots",
            &loc.t("value-product-none"),
            &loc.t("value-product-none-text"),
            html! {},
        ));
    };
    let margin = (p.net > 0)
        .then(|| zhike_kernel::money::mul_div(p.profit, 1_000_000, p.net))
        .flatten();
    Ok(html! {
        (ui::kpis(&[
            ui::Kpi::new(loc.t("value-net-revenue"), money(visit, p.net)),
            ui::Kpi::new(loc.t("value-profit"), money(visit, p.profit)).note(ppm(visit, margin)),
            ui::Kpi::new(loc.t("value-quantity"), ui::qty(loc, p.quantity)),
            ui::Kpi::new(loc.t("value-buyers"), loc.int(p.customers)),
        ]))
        (ui::card(loc.t("value-waterfall")).note(loc.tv("value-days", &[("from", run.from.to_string().into()), ("to", run.to.to_string().into())])).body(html! {
            (ui::kv(&[
                (loc.t("value-net-revenue"), money(visit, p.net)),
                (loc.t("value-known-cost"), money(visit, p.cost - p.assumed)),
                (loc.t("value-assumed-cost"), money(visit, p.assumed)),
                (loc.t("value-delivery"), money(visit, p.delivery)),
                (loc.t("value-profit"), money(visit, p.profit)),
            ]))
            p.xs.mut { (loc.t("value-products-note")) }
        }))
    })
}
