//! The page of the groups: which there are, what sets them apart, how far they can be trusted, and how to keep them.

use super::report::{Group, Report};
use super::{INDICATORS, NAME, WITHIN, latest, read, settings, words};
use crate::kept::{self, Kept};
use crate::pages::{money, share};
use maud::{Markup, Render, html};
use std::collections::HashMap;
use zhike_contract::{NewSegment, Segments};
use zhike_kernel::{Error, Result};
use zhike_value::cluster::{STABLE, Tried};
use zhike_web::ui::{self, Hue, Kpi, Tone};
use zhike_web::{Answer, Fields, Form, Screen, Visit, answer};

/// `GET /value/clusters`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("cluster-title"), "clusters").crumb(loc.t("nav-value"), "/value");
    let running = kept::running(visit.db(), NAME, visit.now().0).await?;
    let Some(run) = latest(visit.db()).await? else {
        return screen.show(html! { div.page {
            @if running { (ui::callout(Tone::Info, loc.t("cluster-running"))) }
            (ui::empty("users-group", &loc.t("cluster-none"), &loc.t("cluster-none-text"), html! {
                @if visit.may("value.refresh") && !running { (crate::pages::run_again(&visit, true)) }
            }))
        } });
    };
    let r = &run.report;
    let seen = read::seen(&visit.ctx).await?;
    let main = html! { div.page { div.stack.l {
        @if running { (ui::callout(Tone::Info, loc.t("cluster-running"))) }
        (head(&visit, &run))
        @if r.refused {
            (ui::callout(Tone::Warn, loc.tv("cluster-refused", &[("n", r.customers.into()), ("least", super::compute::LEAST.into())])))
        } @else {
            (verdict(&visit, r))
            (figures(&visit, r))
            (groups(&visit, r, &seen))
            (table(&visit, r))
            div.g2 { (tried(&visit, r)) (trust(&visit)) }
        }
    } } };
    screen.show(main)
}

fn int(visit: &Visit, n: usize) -> String {
    visit.loc.int(i64::try_from(n).unwrap_or(0))
}

fn head(visit: &Visit, run: &Kept<Report>) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    html! { div.row.wrap.xs style="gap:6px" {
        span.chip { (loc.tv("cluster-customers", &[("n", r.customers.into()), ("days", WITHIN.into())])) }
        span.chip { (loc.tv("cluster-as-of", &[("to", r.to.to_string().into())])) }
        span.dim { (loc.tv("lifetime-version", &[("facts", run.facts.as_str().into()), ("code", run.code.as_str().into())])) }
        span.dim { (loc.stamp(run.finished)) }
    } }
}

/// How far groups are set apart: the words of Kaufman and Rousseeuw (1990).
fn strength(silhouette: f64) -> &'static str {
    match silhouette {
        s if s > 0.7 => "strong",
        s if s > 0.5 => "reasonable",
        s if s > 0.25 => "weak",
        _ => "none",
    }
}

fn verdict(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let Some(t) = r.taken() else { return html! {} };
    let word = strength(t.silhouette);
    let args = [
        ("silhouette", loc.number(t.silhouette, 2).into()),
        ("stability", loc.number(t.stability, 2).into()),
        ("k", r.k.into()),
    ];
    let firm = t.stability >= STABLE;
    let tone = if firm && matches!(word, "strong" | "reasonable") {
        Tone::Info
    } else {
        Tone::Warn
    };
    ui::callout(
        tone,
        html! { (loc.tv(&format!("cluster-verdict-{word}"), &args)) @if !loc.is_zh() { " " } (loc.tv(if firm { "cluster-stable" } else { "cluster-unstable" }, &args)) },
    )
}

fn figures(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let taken = r.taken();
    let by = match (r.chosen, r.proposed) {
        (true, Some(k)) => loc.tv("cluster-by-house", &[("k", k.into())]),
        _ => loc.t("cluster-by-proposal"),
    };
    ui::kpis(&[
        Kpi::new(loc.t("cluster-groups"), int(visit, r.k)).note(by),
        Kpi::new(
            loc.t("cluster-silhouette"),
            loc.number(taken.map_or(0.0, |t| t.silhouette), 2),
        )
        .note(loc.t("cluster-silhouette-note")),
        Kpi::new(
            loc.t("cluster-stability"),
            loc.number(taken.map_or(0.0, |t| t.stability), 2),
        )
        .note(loc.t("cluster-stability-note")),
        Kpi::new(loc.t("cluster-explained"), share(visit, taken.map(|t| t.explained), 0))
            .note(loc.t("cluster-explained-note")),
    ])
}

fn list_of(number: i64) -> String {
    format!("/parties?f=cluster:is:{number}&sort=-revenue&cols=tier,revenue,last_order_on,churn_risk,owner_id")
}

fn groups(visit: &Visit, r: &Report, seen: &HashMap<i64, i64>) -> Markup {
    html! { div.g2 { @for g in &r.groups { (group(visit, r, g, seen.get(&g.number).copied().unwrap_or(0))) } } }
}

fn group(visit: &Visit, r: &Report, g: &Group, seen: i64) -> Markup {
    let loc = &visit.loc;
    let part = crate::model::float(i64::try_from(g.customers).unwrap_or(0))
        / crate::model::float(i64::try_from(r.customers).unwrap_or(1).max(1));
    let all: i64 = r.groups.iter().map(|g| g.sales).sum();
    let of_sales = (all > 0).then(|| crate::model::float(g.sales) / crate::model::float(all));
    let whole = i64::try_from(g.customers).unwrap_or(0);
    html! { (ui::card(format!("{} · {}", g.number, words::name(loc, g)))
    .id(format!("cluster-{}", g.number))
    .body(html! {
        p.sm style="margin:0 0 8px" { (loc.tv("cluster-has", &[
            ("n", g.customers.into()), ("part", loc.percent(part, 0).into()), ("sales", share(visit, of_sales, 0).into())])) }
        ul.sm style="margin:0 0 10px;padding-left:18px" { @for (column, z) in &g.marks {
            @if let Some(what) = INDICATORS.get(*column) { li {
                (loc.tv("cluster-mark", &[
                    ("what", loc.t(&format!("cluster-what-{what}")).into()),
                    ("value", words::value(visit, what, g.medians.get(*column).copied().unwrap_or(0.0)).into()),
                    ("all", words::value(visit, what, r.medians.get(*column).copied().unwrap_or(0.0)).into()),
                    ("z", format!("{}{}", if *z > 0.0 { "+" } else { "−" }, loc.number(z.abs(), 1)).into()),
                ]))
            } }
        } }
        div.row.wrap style="gap:6px" {
            (ui::btn(if seen == whole { loc.t("cluster-list") } else { loc.tv("cluster-list-own", &[("n", seen.into())]) }).small().icon("list").href(list_of(g.number)))
            @if visit.may("segment.create") { @for (frozen, key, icon) in [("", "cluster-live", "users-group"), ("1", "cluster-frozen", "lock")] {
                form data-stay method="post" action={ "/value/clusters/" (g.number) "/segment" } style="margin:0" {
                    (ui::hidden("csrf", &visit.csrf)) (ui::hidden("frozen", frozen))
                    (ui::btn(loc.t(key)).small().icon(icon).submit())
                }
            } }
        }
    })) }
}

/// Every indicator of every group, its median, and how far the groups differ in it.
fn table(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let mut order: Vec<(usize, f64)> = r.apart.iter().copied().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    ui::card(loc.t("cluster-table"))
        .note(loc.t("cluster-table-note"))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("cluster-indicator")) }
                @for g in &r.groups { th.r scope="col" { a href={ "#cluster-" (g.number) } title=(words::name(loc, g)) { (g.number) } } }
                th.r scope="col" { (loc.t("cluster-all")) } th.r scope="col" { (loc.t("cluster-apart")) }
            } }
            tbody { @for (column, apart) in &order { @if let Some(what) = INDICATORS.get(*column) { tr {
                th scope="row" { (loc.t(&format!("cluster-what-{what}"))) }
                @for g in &r.groups {
                    @let marked = g.marks.iter().any(|m| m.0 == *column);
                    @let text = words::value(visit, what, g.medians.get(*column).copied().unwrap_or(0.0));
                    td.r.num.nw { @if marked { b { (text) } } @else { (text) } }
                }
                td.r.num.nw.mut { (words::value(visit, what, r.medians.get(*column).copied().unwrap_or(0.0))) }
                td.r.num { (loc.percent(*apart, 0)) }
            } } } }
            tfoot { tr { th scope="row" { (loc.t("cluster-sales")) }
                @for g in &r.groups { td.r.nw { (money(visit, g.sales)) } }
                td.r.nw { (money(visit, r.groups.iter().map(|g| g.sales).sum())) } td {}
            } }
        } } })
        .foot(html! { span.xs.dim { (loc.t("cluster-table-means")) } })
        .render()
}

fn tried(visit: &Visit, r: &Report) -> Markup {
    let loc = &visit.loc;
    let edits = visit.may("value.edit");
    let mark = |t: &Tried| {
        html! {
            @if t.k == r.k { " " (ui::badge(Hue::Green, &loc.t("lifetime-taken"))) }
            @if Some(t.k) == r.proposed { " " (ui::badge(Hue::Blue, &loc.t("cluster-proposed"))) }
        }
    };
    ui::card(loc.t("cluster-tried"))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { @for key in ["groups", "silhouette", "stability", "explained"] { th.r scope="col" { (loc.t(&format!("cluster-{key}"))) } } @if edits { th {} } } }
            tbody { @for t in &r.tried { tr {
                td.r.num.nw { (t.k) (mark(t)) }
                td.r.num { (loc.number(t.silhouette, 3)) } td.r.num { (loc.number(t.stability, 2)) } td.r.num { (loc.percent(t.explained, 0)) }
                @if edits { td.r { @if t.k != r.k { (choice(visit, t.k, r.proposed)) } } }
            } } }
        } } })
        .foot(html! { span.xs.dim { (loc.tv("cluster-criterion", &[("stable", loc.number(STABLE, 2).into())])) } })
        .render()
}

fn choice(visit: &Visit, k: usize, proposed: Option<usize>) -> Markup {
    // Taking the proposed number means to follow the proposal from now on.
    let value = if Some(k) == proposed {
        String::new()
    } else {
        k.to_string()
    };
    html! { form data-stay method="post" action="/value/clusters/number" style="margin:0" {
        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("k", &value))
        (ui::btn(visit.loc.t("cluster-take")).small().ghost().submit())
    } }
}

fn trust(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    let list = |of: &str, n: usize| {
        html! { ul.sm style="margin:4px 0 10px;padding-left:18px" { @for i in 1..=n { li { (loc.tv(&format!("cluster-{of}-{i}"), &[("days", WITHIN.into())])) } } } }
    };
    ui::card(loc.t("lifetime-assumes"))
        .body(html! { (list("assumes", 4)) b.sm { (loc.t("lifetime-distrust")) } (list("distrust", 3)) })
        .render()
}

/// `POST /value/clusters/number`.
pub async fn choose(visit: Visit, Form(form): Form) -> Answer {
    let k = match form.filled("k") {
        None => None,
        Some(text) => Some(
            text.parse::<i64>()
                .map_err(|_| Error::field("k", "error-not-a-number"))?,
        ),
    };
    let tx = visit.ctx.begin().await?;
    settings::choose(&visit.ctx, &tx, k).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer::go_saying(&visit, "/value/clusters", &visit.loc.t("cluster-saved"), None)
}

/// `POST /value/clusters/{number}/segment`.
pub async fn keep(visit: Visit, number: i64, form: Fields, segments: &dyn Segments) -> Answer {
    let frozen = form.filled("frozen").is_some();
    let id = as_segment(&visit, number, frozen, segments).await?;
    let said = visit.loc.t(if frozen {
        "cluster-kept-frozen"
    } else {
        "cluster-kept-live"
    });
    answer::go_saying(&visit, &format!("/segments/{id}"), &said, None)
}

/// Keeps a group as a segment of the reader; its id.
pub async fn as_segment(visit: &Visit, number: i64, frozen: bool, segments: &dyn Segments) -> Result<i64> {
    let run = latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let group = run.report.group(number).ok_or_else(Error::missing)?;
    let loc = &visit.loc;
    let note = loc.tv(
        "cluster-note",
        &[
            ("number", number.into()),
            ("facts", run.facts.as_str().into()),
            ("to", run.report.to.to_string().into()),
        ],
    );
    let new = NewSegment {
        name: words::name(loc, group),
        name_latin: loc.is_zh().then(|| words::in_english(loc, group)),
        field: "cluster",
        value: number,
        note: Some(note),
        frozen,
    };
    segments.keep(&visit.ctx, &new).await
}
