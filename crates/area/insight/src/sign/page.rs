//! The page of signs: for an outcome, how much more often it came after a fact than without it, and whether that held later.

use super::report::{Asked, FALSE_PART, Report, Sign, Verdict};
use super::{FACTS, NAME, PLAY, WINDOW, latest};
use crate::kept::{self, Kept};
use crate::model::float;
use maud::{Markup, Render, html};
use zhike_value::precede::{LEAST_CAME, LEAST_ROWS, Lift};
use zhike_web::ui::{self, Hue, Tab, Tone};
use zhike_web::{Answer, Query, Screen, Visit};

/// `GET /value/signs?of=`.
pub async fn show(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("sign-title"), "signs").crumb(loc.t("nav-value"), "/value");
    let running = kept::running(visit.db(), NAME, visit.now().0).await?;
    let Some(run) = latest(visit.db()).await? else {
        return screen.show(html! { div.page {
            @if running { (ui::callout(Tone::Info, loc.t("sign-running"))) }
            (ui::empty("bulb", &loc.t("sign-none"), &loc.t("sign-none-text"), html! {
                @if visit.may("value.refresh") && !running { (crate::pages::run_again(&visit, true)) }
            }))
        } });
    };
    let r = &run.report;
    let asked = r
        .asked
        .iter()
        .find(|a| Some(a.outcome.as_str()) == q.get("of"))
        .or(r.asked.first());
    let tabs: Vec<Tab> = r
        .asked
        .iter()
        .map(|a| Tab {
            href: format!("/value/signs?of={}", a.outcome),
            label: loc.t(&format!("sign-of-{}", a.outcome)),
            active: asked.is_some_and(|x| x.outcome == a.outcome),
            ..Tab::default()
        })
        .collect();
    screen.show(html! {
        @if !tabs.is_empty() { (ui::tabs(loc, &loc.t("sign-title"), &tabs)) }
        div.page { div.stack.l {
            @if running { (ui::callout(Tone::Info, loc.t("sign-running"))) }
            (head(&visit, &run))
            @match asked {
                None => (ui::callout(Tone::Warn, loc.tv("sign-refused", &[("days", i64::from((r.to - r.from).get_days()).into())]))),
                Some(asked) => {
                    (summary(&visit, asked))
                    (table(&visit, asked))
                    (trust(&visit, asked))
                }
            }
        } }
    })
}

fn head(visit: &Visit, run: &Kept<Report>) -> Markup {
    let loc = &visit.loc;
    let r = &run.report;
    html! { div.row.wrap.xs style="gap:6px" {
        span.chip { (loc.tv("value-days", &[("from", r.from.to_string().into()), ("to", r.to.to_string().into())])) }
        span.dim { (loc.tv("lifetime-version", &[("facts", run.facts.as_str().into()), ("code", run.code.as_str().into())])) }
        span.dim { (loc.stamp(run.finished)) }
    } }
}

fn part(came: usize, of: usize) -> f64 {
    let n = |n: usize| float(i64::try_from(n).unwrap_or(0));
    n(came) / n(of.max(1))
}

fn span(days: &[zhike_kernel::Date]) -> String {
    match (days.first(), days.last()) {
        (Some(a), Some(b)) if a != b => format!("{a} – {b}"),
        (Some(a), _) => a.to_string(),
        _ => String::new(),
    }
}

/// What was asked, and how many signs held.
fn summary(visit: &Visit, a: &Asked) -> Markup {
    let loc = &visit.loc;
    let held = a.signs.iter().filter(|s| s.verdict() == Verdict::Holds).count();
    let found = a
        .signs
        .iter()
        .filter(|s| matches!(s.verdict(), Verdict::Holds | Verdict::Lost | Verdict::Unproved));
    let args = [
        ("ahead", a.ahead.into()),
        ("rows", a.rows.0.into()),
        ("days", a.found_on.len().into()),
        ("share", loc.percent(part(a.rows.1, a.rows.0), 1).into()),
        ("later", a.later_rows.0.into()),
        ("later_days", a.later_on.len().into()),
        (
            "later_share",
            loc.percent(part(a.later_rows.1, a.later_rows.0), 1).into(),
        ),
        ("found_on", span(&a.found_on).into()),
        ("later_on", span(&a.later_on).into()),
        ("facts", FACTS.len().into()),
        ("found", found.count().into()),
        ("held", held.into()),
    ];
    html! {
        (ui::callout(if held > 0 { Tone::Info } else { Tone::Warn }, loc.tv(if held > 0 { "sign-held" } else { "sign-none-held" }, &args)))
        p.sm.mut style="margin:0" { (loc.tv(&format!("sign-means-{}", a.outcome), &args)) @if !loc.is_zh() { " " } (loc.tv("sign-asked", &args)) }
    }
}

fn lift(visit: &Visit, l: Option<&Lift>) -> Markup {
    let loc = &visit.loc;
    html! { @match l {
        None => { span.dim { "—" } }
        Some(l) => { b { "×" (loc.number(l.lift, 2)) } div.xs.mut.nw { (loc.number(l.range.0, 2)) "–" (loc.number(l.range.1, 2)) } }
    } }
}

fn badge(visit: &Visit, s: &Sign) -> Markup {
    let verdict = s.verdict();
    let hue = match verdict {
        Verdict::Holds => Hue::Green,
        Verdict::Lost => Hue::Amber,
        Verdict::Unproved => Hue::Blue,
        Verdict::Chance | Verdict::Few => Hue::Grey,
    };
    ui::badge(hue, &visit.loc.t(&format!("sign-verdict-{}", verdict.word())))
}

fn table(visit: &Visit, a: &Asked) -> Markup {
    let loc = &visit.loc;
    let q = |q: Option<f64>| match q {
        None => "—".to_owned(),
        Some(q) if q < 0.001 => "< 0.001".to_owned(),
        Some(q) => loc.number(q, 3),
    };
    let share = |l: Option<&Lift>, with: bool| {
        l.map_or_else(
            || "—".to_owned(),
            |l| {
                let (came, of) = if with {
                    (l.with_came, l.with)
                } else {
                    (l.without_came, l.without)
                };
                loc.percent(part(came, of), 1)
            },
        )
    };
    ui::card(loc.t(&format!("sign-of-{}", a.outcome)))
        .note(loc.t("sign-order"))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("sign-fact")) }
                @for key in ["customers", "with", "without", "lift", "alike", "q", "later"] { th.r scope="col" { (loc.t(&format!("sign-head-{key}"))) } }
                th scope="col" { (loc.t("sign-head-verdict")) }
            } }
            tbody { @for s in &a.signs { @if let Some(fact) = FACTS.get(s.fact) { tr {
                th.wrap scope="row" style="min-width:160px" { (loc.t(&format!("sign-fact-{}", fact.name))) span.xs.mut { " · " (loc.t(&format!("sign-source-{}", fact.source))) } }
                td.r.num { @match &s.found { Some(l) => (loc.int(i64::try_from(l.with).unwrap_or(0))), None => "—" } }
                td.r.num { (share(s.found.as_ref(), true)) }
                td.r.num { (share(s.found.as_ref(), false)) }
                td.r.num { (lift(visit, s.found.as_ref())) }
                td.r.num { @match s.found.as_ref().and_then(|l| l.alike) { Some(v) => { "×" (loc.number(v, 2)) } None => "—" } }
                td.r.num.nw { (q(s.q)) }
                td.r.num { (lift(visit, s.later.as_ref())) }
                td { (badge(visit, s)) }
            } } } }
        } } })
        .foot(html! { span.xs.dim { (loc.tv("sign-table-means", &[("part", loc.percent(FALSE_PART, 0).into())])) } })
        .render()
}

fn trust(visit: &Visit, a: &Asked) -> Markup {
    let loc = &visit.loc;
    let args = [
        ("window", WINDOW.into()),
        ("play", PLAY.into()),
        ("ahead", a.ahead.into()),
        ("rows", LEAST_ROWS.into()),
        ("came", LEAST_CAME.into()),
    ];
    let list = |of: &str, n: usize| {
        html! { ul.sm style="margin:4px 0 10px;padding-left:18px" { @for i in 1..=n { li { (loc.tv(&format!("sign-{of}-{i}"), &args)) } } } }
    };
    html! { div.g2 {
        (ui::card(loc.t("lifetime-assumes")).body(html! { (list("assumes", 5)) b.sm { (loc.t("lifetime-distrust")) } (list("distrust", 4)) }))
        (ui::card(loc.t("sign-definitions")).body(html! { dl.sm style="margin:0" { @for f in FACTS {
            dt { b { (loc.t(&format!("sign-fact-{}", f.name))) } }
            dd.mut style="margin:0 0 6px" { (loc.tv(&format!("sign-define-{}", f.name), &args)) }
        } } }))
    } }
}
