//! Lists behind the figures: customers in order of profit, products in order of profit.

use super::{money, notes, nothing, ppm};
use crate::measure::{pieces, read::Brief};
use crate::read::{self, Part};
use crate::result;
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_web::ui::{self, Tab};
use zhike_web::{Answer, Query, Screen, Visit};

/// Rows a page.
const ROWS: usize = 50;

/// A pair of numbers as it stands in an address: `12~34`.
pub(crate) fn pair_of(text: Option<&str>) -> Option<(i64, i64)> {
    let (a, b) = text?.split_once('~')?;
    Some((a.parse().ok()?, b.parse().ok()?))
}

/// `GET /value/customers`.
pub async fn customers(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("value-customers"), "value").crumb(loc.t("nav-value"), "/value");
    let Some(run) = result::latest(visit.db()).await? else {
        return screen.show(nothing(&visit));
    };
    let part = Part::parse(q.get("part"));
    let word = Part::ALL.iter().find(|p| p.0 == part).map_or("all", |p| p.1);
    let mut lines = read::customers(&visit.ctx, &run, part, q.int("after").unwrap_or(0), ROWS + 1).await?;
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let next = lines
        .last()
        .filter(|_| more)
        .map(|l| format!("/value/customers?part={word}&after={}", l.rank));
    let seen = read::seen(&visit.ctx, &run).await?;
    let decided = pieces::of_lines(&visit, &lines).await?;
    let tabs: Vec<Tab> = Part::ALL
        .iter()
        .map(|(p, key)| Tab {
            href: format!("/value/customers?part={key}"),
            label: loc.t(&format!("value-part-{key}")),
            active: *p == part,
            ..Tab::default()
        })
        .collect();
    screen.show(html! {
        (ui::tabs(loc, &loc.t("value-customers"), &tabs))
        div.page {
            div.stack.l style="margin-bottom:14px" {
                (notes(&visit, &run, &seen))
                @if !visit.may("cost.view") { (ui::callout(ui::Tone::Quiet, loc.t("value-cost-hidden"))) }
            }
            section.card { div.tbl-wrap { (customer_table(&visit, part, &lines, &decided)) } }
            (pager(&visit, q.int("after").is_some().then(|| format!("/value/customers?part={word}")), next))
        }
    })
}

fn customer_table(visit: &Visit, part: Part, lines: &[read::Line], decided: &HashMap<i64, Brief>) -> Markup {
    let loc = &visit.loc;
    // What is subtracted on the way from revenue to profit is not for every role.
    let open = visit.may("cost.view");
    // What to do is asked of the best and of those at the end.
    let asked = open && visit.may("measure.view") && matches!(part, Part::Top | Part::Bottom | Part::Loss);
    let heads: &[&str] = if open {
        &[
            "profit",
            "revenue",
            "discount",
            "returns",
            "product_cost",
            "delivery",
            "service",
            "credit",
        ]
    } else {
        &["profit", "revenue", "discount", "returns"]
    };
    html! {
        table.tbl {
            thead { tr {
                th.r scope="col" { (loc.t("value-rank")) }
                th scope="col" { (loc.t("party-one")) }
                th.hide-s[asked] scope="col" { (loc.t("party-tier")) }
                th.hide-s scope="col" { (loc.t("value-grade")) }
                @if asked { th scope="col" { (loc.t("measure-one")) } }
                @for key in heads { th.r.hide-s[*key != "profit"] scope="col" { (loc.t(&format!("value-{key}"))) } }
                @if open { th.r.hide-s scope="col" { (loc.t("value-assumed-part")) } }
            } }
            tbody data-rows {
                @for c in lines { tr {
                    td.r.num { (loc.int(c.rank)) }
                    td.fold { span.name { (ui::co(c.party, &c.name, ui::Size::Small)) a href={ "/parties/" (c.party) "/value" } { (c.name) } } }
                    td.hide-s[asked] { @if let Some(t) = ui::Tier::parse(&c.tier) { (ui::tier(loc, t)) } }
                    td.hide-s { (ui::grade(&c.grade)) }
                    @if asked { td { (pieces::cell(visit, part, c, decided.get(&c.party))) } }
                    td.r { b { (money(visit, c.profit)) } }
                    @for amount in [c.parts.revenue, -c.parts.discount, -c.parts.returns, -c.parts.product_cost, -c.parts.delivery, -c.parts.service, -c.parts.credit].into_iter().take(if open { 7 } else { 3 }) {
                        td.r.hide-s { @if amount == 0 { span.dim { "0" } } @else { span.num title=(loc.money_full(amount, visit.house.currency)) { (super::words(visit, amount)) } } }
                    }
                    @if open { td.r.num.hide-s { @if c.assumed_revenue != 0 { (ppm(visit, zhike_kernel::money::mul_div(c.assumed_revenue, 1_000_000, c.parts.net_revenue()))) } @else { span.dim { "–" } } } }
                } }
                @if lines.is_empty() { tr { td colspan="14" { span.mut { (loc.t("value-customers-none")) } } } }
            }
        }
    }
}

/// Back to the start and on.
pub(super) fn pager(visit: &Visit, start: Option<String>, next: Option<String>) -> Markup {
    let loc = &visit.loc;
    html! {
        div.row style="margin-top:12px" {
            @if let Some(href) = start { (ui::btn(loc.t("value-first-page")).small().href(href)) }
            span.sp {}
            @if let Some(href) = next { (ui::btn(loc.t("web-next")).small().href(href).attr("rel", "next")) }
        }
    }
}

/// `GET /value/products`.
pub async fn products(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("value-products"), "value").crumb(loc.t("nav-value"), "/value");
    let Some(run) = result::latest(visit.db()).await? else {
        return screen.show(nothing(&visit));
    };
    let worst = q.get("order") == Some("worst");
    let word = if worst { "worst" } else { "best" };
    let mut lines = read::products(&visit.ctx, worst, pair_of(q.get("after")), ROWS + 1).await?;
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let next = lines
        .last()
        .filter(|_| more)
        .map(|l| format!("/value/products?order={word}&after={}~{}", l.profit, l.product));
    let tabs: Vec<Tab> = ["best", "worst"]
        .iter()
        .map(|key| Tab {
            href: format!("/value/products?order={key}"),
            label: loc.t(&format!("value-products-{key}")),
            active: *key == word,
            ..Tab::default()
        })
        .collect();
    screen.show(html! {
        (ui::tabs(loc, &loc.t("value-products"), &tabs))
        div.page {
            div.stack.l style="margin-bottom:14px" { (super::assumed(&visit, &run.outcome.totals)) }
            section.card { div.tbl-wrap { table.tbl {
                thead { tr {
                    th scope="col" { (loc.t("product-one")) }
                    @for key in ["quantity", "buyers", "net-revenue", "product_cost", "delivery", "profit", "margin", "assumed-part"] {
                        th.r.hide-s[!matches!(key, "profit" | "margin")] scope="col" { (loc.t(&format!("value-{key}"))) }
                    }
                } }
                tbody data-rows {
                    @for p in &lines { tr {
                        td.fold { span.name { a href={ "/products/" (p.product) "/value" } { (p.name) } span.sub { (p.sku) } } }
                        td.r.hide-s { (ui::qty(loc, p.quantity)) }
                        td.r.num.hide-s { (loc.int(p.customers)) }
                        @for amount in [p.net, p.cost, p.delivery] { td.r.hide-s { (money(&visit, amount)) } }
                        td.r { b { (money(&visit, p.profit)) } }
                        td.r.num { (ppm(&visit, (p.net > 0).then(|| zhike_kernel::money::mul_div(p.profit, 1_000_000, p.net)).flatten())) }
                        td.r.hide-s { @if p.assumed != 0 { (money(&visit, p.assumed)) } @else { span.dim { "–" } } }
                    } }
                    @if lines.is_empty() { tr { td colspan="9" { span.mut { (loc.t("value-products-none")) } } } }
                }
            } } }
            p.sm.mut style="margin-top:10px" { (loc.t("value-products-note")) }
            (pager(&visit, q.get("after").is_some().then(|| format!("/value/products?order={word}")), next))
        }
    })
}
