//! The page of next products and of what customers hold.

use super::page_parts::{accuracy, holdings, rules, trust};
use super::read;
use super::report::Report;
use super::shown::{self, TakenUp};
use super::{NAME, latest};
use crate::kept::{self, Kept};
use crate::pages::share;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_web::ui::{self, Kpi, Size, Tone};
use zhike_web::{Answer, Screen, Visit};

/// Customers shown.
const SHOWN: usize = 12;
/// The list behind the figures.
const LIST: &str = "/parties?sort=-revenue&cols=next_product_id,products_held,categories_held,tier,owner_id";

/// `GET /value/offers`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("offer-title"), "offers").crumb(loc.t("nav-value"), "/value");
    let running = kept::running(visit.db(), NAME, visit.now().0).await?;
    let Some(run) = latest(visit.db()).await? else {
        return screen.show(html! { div.page {
            @if running { (ui::callout(Tone::Info, loc.t("offer-running"))) }
            (ui::empty("bulb", &loc.t("offer-none"), &loc.t("offer-none-text"), html! {
                @if visit.may("value.refresh") && !running { (crate::pages::run_again(&visit, true)) }
            }))
        } });
    };
    let taken = shown::taken_up(&visit.ctx).await?;
    let total = taken.last().map(|t| t.1).unwrap_or_default();
    let main = html! { div.page { div.stack.l {
        @if running { (ui::callout(Tone::Info, loc.t("offer-running"))) }
        (head(&visit, &run))
        (figures(&visit, &run.report, &total))
        (accuracy(&visit, &run.report))
        (trust(&visit))
        @if visit.may("profit.view") {
            div.g2 {
                (holdings(&visit, &run.report, &read::by_held(&visit.ctx, false).await?, false))
                (holdings(&visit, &run.report, &read::by_held(&visit.ctx, true).await?, true))
            }
        }
        div.g2 { (list(&visit).await?) div.stack.l { (taken_up(&visit, &taken)) (rules(&visit, &run.report).await?) } }
    } } };
    let actions = html! {
        (ui::btn(loc.t("suggestion-many")).icon("bulb").href("/suggestions"))
        (ui::btn(loc.t("offer-list")).icon("list").href(LIST))
    };
    screen.actions(actions).charts().show(main)
}

fn head(visit: &Visit, run: &Kept<Report>) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    html! { div.row.wrap.xs style="gap:6px" {
        span.chip { (loc.tv("value-days", &[("from", r.from.to_string().into()), ("to", r.to.to_string().into())])) }
        span.chip { (loc.tv("offer-counts", &[("customers", r.customers.into()), ("products", r.products.into())])) }
        span.chip { (loc.t(&format!("offer-way-{}", r.way.name()))) }
        span.dim { (loc.tv("lifetime-version", &[("facts", run.facts.as_str().into()), ("code", run.code.as_str().into())])) }
        span.dim { (loc.stamp(run.finished)) }
    } }
}

fn figures(visit: &Visit, r: &Report, total: &TakenUp) -> Markup {
    let loc = &visit.loc;
    let int = |n: usize| loc.int(i64::try_from(n).unwrap_or(0));
    let test = r.tested.as_ref().and_then(|t| t.of(r.way));
    let floor = r.tested.as_ref().and_then(|t| t.of(zhike_value::offer::Way::Popular));
    let beside = floor.map_or_else(
        || loc.t("offer-untested-short"),
        |f| loc.tv("offer-against", &[("rate", loc.percent(f.hit_rate, 1).into())]),
    );
    let interval = total.range.map_or_else(
        || loc.tv("offer-open", &[("n", total.open.into())]),
        |(low, high)| {
            loc.tv(
                "alarm-interval",
                &[
                    ("low", loc.percent(low, 0).into()),
                    ("high", loc.percent(high, 0).into()),
                ],
            )
        },
    );
    ui::kpis(&[
        Kpi::new(loc.t("offer-with"), int(r.offered))
            .note(loc.tv("offer-of", &[("n", r.customers.into())]))
            .href(LIST),
        Kpi::new(loc.t("offer-hit-rate"), share(visit, test.map(|t| t.hit_rate), 1)).note(beside),
        Kpi::new(loc.t("offer-taken"), share(visit, total.rate, 1))
            .note(interval)
            .href("/suggestions?view=ordered"),
        Kpi::new(loc.t("offer-closed-count"), int(r.closed)).note(loc.t("offer-closed-note")),
    ])
}

async fn list(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let lines = read::customers(&visit.ctx, None, SHOWN).await?;
    let all = html! { a.link href=(LIST) { (loc.t("offer-all")) } span.sp {} a.link href=(format!("/parties/export?{}", LIST.trim_start_matches("/parties?"))) { (loc.t("lifetime-export")) } };
    Ok(
        html! { (ui::card(loc.t("offer-customers")).note(loc.t("offer-customers-note")).flush(html! { div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("party-one")) } th scope="col" { (loc.t("party-next_product_id")) } th.r.hide-s scope="col" { (loc.t("party-products_held")) } } }
            tbody data-rows { @for l in &lines { tr {
                td { span.name { (ui::co(l.party_id, &l.name, Size::Small)) a href={ "/parties/" (l.party_id) } { (l.name) } } }
                td { a.link href={ "/products/" (l.product_id) } { (l.product) } }
                td.r.num.hide-s { (loc.int(l.products_held)) }
            } }
            @if lines.is_empty() { tr { td colspan="3" { span.mut { (loc.t("lifetime-nobody")) } } } } }
        } } }).foot(all)) },
    )
}

fn taken_up(visit: &Visit, all: &[(i64, TakenUp)]) -> Markup {
    let loc = &visit.loc;
    let many = |t: &TakenUp| t.open + t.ordered + t.declined + t.lapsed;
    html! { (ui::card(loc.t("offer-taken-title")).note(loc.tv("offer-taken-note", &[("days", shown::WITHIN.into())])).flush(html! {
        @if all.iter().all(|t| many(&t.1) == 0) { p.sm.mut style="padding:10px 14px;margin:0" { (loc.t("offer-taken-none")) } } @else {
            div.tbl-wrap { table.tbl.plain.dense {
                thead { tr { th scope="col" { (loc.t("suggestion-rank")) } @for key in ["shown", "ordered", "declined", "lapsed", "rate"] { th.r scope="col" { (loc.t(&format!("offer-head-{key}"))) } } } }
                tbody { @for (place, t) in all { tr {
                    th scope="row" { @if *place == 0 { (loc.t("offer-together")) } @else { (place) } }
                    @for n in [many(t), t.ordered, t.declined, t.lapsed] { td.r.num { (loc.int(n)) } }
                    td.r.num { (share(visit, t.rate, 0)) }
                } } }
            } }
        }
    }).foot(html! { span.xs.dim { (loc.t("offer-taken-means")) } })) }
}
