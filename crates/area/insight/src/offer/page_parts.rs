//! Parts of the page of next products: the test, what customers with many products are worth, the rules, what is assumed.

use super::read::{self, Held};
use super::report::{Report, Test};
use super::{HOLDING, TESTED};
use crate::model::float;
use crate::pages::{money, words};
use maud::{Markup, Render, html};
use zhike_kernel::Result;
use zhike_value::offer::Way;
use zhike_web::Visit;
use zhike_web::ui::{self, Hue, Tone};

/// How the ways did in a time that they did not know.
pub(super) fn accuracy(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let (Some(chosen), Some(tested)) = (&r.chosen, &r.tested) else {
        return ui::card(loc.t("offer-test"))
            .body(html! { p.sm.mut { (loc.t("offer-untested")) } })
            .render();
    };
    let places = i64::try_from(TESTED).unwrap_or(0);
    let said = verdict(visit, r.way, tested);
    ui::card(loc.t("offer-test"))
        .note(loc.tv(
            "offer-test-note",
            &[("from", tested.known_to.to_string().into()), ("to", tested.to.to_string().into())],
        ))
        .body(html! {
            (said)
            div.tbl-wrap { table.tbl.plain.dense {
                thead { tr {
                    th scope="col" { (loc.t("offer-way")) }
                    th.r scope="col" { (loc.tv("offer-head-hit", &[("n", places.into())])) }
                    th.r.hide-s scope="col" { (loc.t("lifetime-interval")) }
                    th.r scope="col" { (loc.tv("offer-head-recall", &[("n", places.into())])) }
                    th.r scope="col" { (loc.t("offer-head-mrr")) }
                    th.r.hide-s scope="col" { (loc.t("offer-head-mrr-before")) }
                } }
                tbody { @for way in Way::ALL { @if let Some(s) = tested.of(way) { tr {
                    th scope="row" { (loc.t(&format!("offer-way-{}", way.name()))) @if way == r.way { " " (ui::badge(Hue::Green, &loc.t("lifetime-taken"))) } }
                    td.r.num { (loc.percent(s.hit_rate, 1)) }
                    td.r.num.hide-s { (loc.percent(s.hit_range.0, 0)) " – " (loc.percent(s.hit_range.1, 0)) }
                    td.r.num { (loc.percent(s.recall, 1)) }
                    td.r.num { (loc.number(s.reciprocal, 3)) }
                    td.r.num.hide-s { @match chosen.of(way) { Some(c) => (loc.number(c.reciprocal, 3)), None => span.dim { "—" } } }
                } } } }
            } }
            @if let Some(s) = tested.of(r.way) {
                p.sm style="margin:10px 0 0" { (loc.tv("offer-first-place", &[
                    ("n", s.judged.into()),
                    ("share", loc.percent(s.taken.first().map_or(0.0, |t| float(i64::try_from(*t).unwrap_or(0))) / float(i64::try_from(s.judged.max(1)).unwrap_or(1)), 1).into()),
                ])) }
            }
        })
        .foot(html! { span.xs.dim { (loc.t("offer-choice")) } })
        .render()
}

/// Better than popularity, or not: said as it is.
fn verdict(visit: &Visit, way: Way, tested: &Test) -> Markup {
    let loc = &visit.loc;
    let (Some(own), Some(floor)) = (tested.of(way), tested.of(Way::Popular)) else {
        return html! {};
    };
    let args = [
        ("customers", own.customers.into()),
        ("own", loc.percent(own.hit_rate, 1).into()),
        ("popular", loc.percent(floor.hit_rate, 1).into()),
        ("way", loc.t(&format!("offer-way-{}", way.name())).into()),
    ];
    let (tone, key) = if way == Way::Popular {
        (Tone::Warn, "offer-popular-taken")
    } else if own.hit_rate > floor.hit_rate && own.reciprocal > floor.reciprocal {
        (Tone::Info, "offer-better")
    } else {
        (Tone::Warn, "offer-no-better")
    };
    ui::callout(tone, loc.tv(key, &args))
}

/// What customers with 1, 2, … 5 and more are worth.
pub(super) fn holdings(visit: &Visit, r: &Report, all: &[Held], categories: bool) -> Markup {
    let loc = &visit.loc;
    let key = if categories { "categories" } else { "products" };
    let each = |sum: i64, n: i64| (n > 0).then(|| sum / n);
    let amount = |v: Option<i64>| html! { @match v { Some(v) => (money(visit, v)), None => span.dim { "—" } } };
    let [products, kinds] = &r.lifts;
    let lift = if categories { kinds } else { products };
    let whole = visit.actor.owners().is_none();
    ui::card(loc.t(&format!("offer-hold-{key}")))
        .note(loc.tv("offer-hold-note", &[("days", i64::from(HOLDING).into())]))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t(&format!("party-{key}_held"))) } @for head in ["customers", "profit", "revenue", "npv"] { th.r scope="col" { (loc.t(&format!("offer-hold-head-{head}"))) } } } }
            tbody { @for h in all { tr {
                th scope="row" { a.link href={ "/parties?sort=-profit&f=" (key) "_held:" (if h.held == 5 { "ge" } else { "is" }) ":" (h.held) } { (h.held) @if h.held == 5 { "+" } } }
                td.r.num { (loc.int(h.customers)) }
                td.r { (amount(each(h.profit, h.customers))) }
                td.r { (amount(each(h.net, h.customers))) }
                td.r { (amount(each(h.npv, h.valued))) }
            } } }
        } } })
        .foot(html! { span.xs.dim {
            @match lift.as_ref().filter(|_| whole) {
                Some(l) => {
                    @let whole = |v: f64| words(visit, crate::model::whole(v));
                    (loc.tv("offer-lift", &[
                        ("plain", whole(l.plain).into()), ("equal", whole(l.equal).into()),
                        ("range", l.range.map_or_else(|| loc.t("lifetime-no-range"), |(low, high)| loc.tv("lifetime-range", &[("low", whole(low).into()), ("high", whole(high).into())])).into()),
                    ])) " "
                }
                None => {}
            }
            (loc.t("offer-hold-means"))
        } })
        .render()
}

/// What is ordered together more than chance.
pub(super) async fn rules(visit: &Visit, r: &Report) -> Result<Markup> {
    let loc = &visit.loc;
    let ids: Vec<i64> = r.rules.iter().flat_map(|x| [x.0, x.1]).collect();
    let names = read::names(&visit.ctx, &ids).await?;
    let name = |id: &i64| names.get(id).cloned().unwrap_or_default();
    Ok(ui::card(loc.t("offer-rules"))
        .note(loc.t("offer-rules-note"))
        .flush(html! {
            @if r.rules.is_empty() { p.sm.mut style="padding:10px 14px;margin:0" { (loc.t("offer-rules-none")) } } @else {
                div.tbl-wrap { table.tbl.plain.dense {
                    thead { tr { th scope="col" { (loc.t("offer-rule-pair")) } th.r scope="col" { (loc.t("offer-rule-orders")) } th.r scope="col" { (loc.t("offer-rule-lift")) } } }
                    tbody { @for (a, b, both, _, lift) in &r.rules { tr {
                        td.wrap { a.link href={ "/products/" (a) } { (name(a)) } " + " a.link href={ "/products/" (b) } { (name(b)) } }
                        td.r.num { (both) }
                        td.r.num { (loc.number(*lift, 2)) }
                    } } }
                } }
            }
        })
        .render())
}

/// Assumptions, and when not to trust it.
pub(super) fn trust(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    let list = |of: &str, n: usize| {
        html! { ul.sm style="margin:4px 0 10px;padding-left:18px" { @for i in 1..=n { li { (loc.t(&format!("offer-{of}-{i}"))) } } } }
    };
    ui::card(loc.t("lifetime-assumes"))
        .body(html! {
            (list("assumes", 4))
            b.sm { (loc.t("lifetime-distrust")) }
            (list("distrust", 3))
        })
        .render()
}
