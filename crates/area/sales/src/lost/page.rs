//! The page “Lost business”: lost customers, proposals, rejected prospects, lost deals, and what came of winning back.

use super::{
    others,
    report::{self, Cause},
};
use crate::view;
use jiff::ToSpan;
use maud::{Markup, html};
use zhike_kernel::{Currency, Filter, Op, Result, Value, Values};
use zhike_store::{List, Record, list, list::Line};
use zhike_web::{
    Answer, Fields, Screen, Visit,
    records::{self, Names},
    ui::{self, Field, Kpi},
};

/// Rows that are shown at once.
pub(super) const MOST: usize = 100;
const TABS: [&str; 5] = ["customers", "proposed", "prospects", "deals", "report"];

/// `GET /lost?tab=`.
pub(super) async fn show(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let tab = TABS
        .into_iter()
        .find(|t| Some(*t) == q.get("tab"))
        .unwrap_or("customers");
    let tabs: Vec<ui::Tab> = TABS
        .iter()
        .map(|t| ui::Tab {
            href: format!("/lost?tab={t}"),
            label: loc.t(&format!("loss-tab-{t}")),
            count: None,
            active: *t == tab,
        })
        .collect();
    let (body, export) = match tab {
        "proposed" => (proposed(&visit, &q).await?, "/losses/export?view=proposed".to_owned()),
        "prospects" => (
            others::prospects(&visit).await?,
            "/leads/export?view=rejected".to_owned(),
        ),
        "deals" => others::deals(&visit).await?,
        "report" => (win_back(&visit).await?, String::new()),
        _ => (customers(&visit, &q).await?, "/losses/export?view=lost".to_owned()),
    };
    let actions = html! {
        @if visit.may("loss.create") && tab == "customers" { (ui::btn(loc.t("loss-mark")).icon("plus").primary().key("C").href("/losses/new")) }
        @if visit.may("loss.export") && !export.is_empty() { (ui::btn(loc.t("loss-export")).icon("table-export").href(export).wide_only()) }
    };
    let main = html! {
        (ui::tabs(loc, &loc.t("nav-loss"), &tabs))
        (ui::page_body(html! { div.stack.l { (body) } }))
    };
    Screen::new(&visit, loc.t("nav-loss"), "loss")
        .actions(actions)
        .show(main)
}

struct Losses {
    lines: Vec<Line>,
    names: Names,
    next: Option<String>,
}

async fn losses(visit: &Visit, status: &str, q: &Fields) -> Result<Losses> {
    let ty = visit.registry().get("loss")?.clone();
    let columns = [
        "number",
        "party_id",
        "status",
        "found",
        "reason_id",
        "rival_id",
        "lost_on",
        "last_order_on",
        "rhythm_days",
        "revenue",
        "tried_on",
        "task_id",
    ];
    let ask = List {
        filter: Filter::All(vec![Filter::is("status", status)]),
        sort: "revenue".into(),
        descending: true,
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        limit: MOST,
        cursor: q.filled("cursor").map(str::to_owned),
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let names = records::names(visit, &ty, &rows).await?;
    Ok(Losses {
        next: page.next,
        lines: page.lines,
        names,
    })
}

fn cell(visit: &Visit, line: &Line, names: &Names, name: &str) -> Result<Markup> {
    let ty = visit.registry().get("loss")?;
    Ok(ty
        .field(name)
        .map_or_else(|| html! {}, |f| records::cell(visit, ty, f, &line.values, names)))
}

/// The days since the last order, and how many are usual.
fn silence(visit: &Visit, line: &Line) -> Markup {
    let last = line.values.get("last_order_on").and_then(Value::text);
    let days = last
        .and_then(|d| d.parse::<zhike_kernel::Date>().ok())
        .and_then(|d| visit.today().since(d).ok())
        .map(|s| i64::from(s.get_days()));
    let usual = line.values.get("rhythm_days").and_then(Value::int);
    html! {
        @match (days, usual) {
            (Some(days), Some(usual)) => { span.num title=[last] { (visit.loc.tv("loss-silence", &[("days", days.into()), ("usual", usual.into())])) } }
            (Some(days), None) => { span.num title=[last] { (visit.loc.tv("loss-silence-only", &[("days", days.into())])) } }
            _ => { span.dim { "—" } }
        }
    }
}

fn step(line: &Line, to: &str) -> Markup {
    let version = line.version.to_string();
    html! { (ui::hidden("to", to)) (ui::hidden("version", &version)) }
}

fn more(visit: &Visit, tab: &str, next: Option<&String>) -> Markup {
    html! { @if let Some(next) = next { div.row style="padding:10px 14px" {
        (ui::btn(visit.loc.t("web-next")).small().href(format!("/lost?tab={tab}&cursor={next}")))
    } } }
}

/// A customer with what it brought and how long it is silent; what else is known, what may be done.
fn row(visit: &Visit, line: &Line, names: &Names, facts: &Markup, act: &Markup) -> Result<Markup> {
    Ok(html! {
        li.row.wrap style="gap:8px 16px;padding:10px 14px;border-bottom:1px solid var(--line);align-items:center" {
            div style="flex:1 1 240px;min-width:0" {
                div { (cell(visit, line, names, "party_id")?) }
                div.xs.mut.row.wrap style="gap:4px 12px" { (facts) }
            }
            span.sm title=(visit.loc.t("loss-silent-days")) { (silence(visit, line)) }
            span title=(visit.loc.t("loss-revenue")) { b { (cell(visit, line, names, "revenue")?) } }
            div.row.wrap style="gap:8px;align-items:flex-end" { (act) }
        }
    })
}

async fn customers(visit: &Visit, q: &Fields) -> Result<Markup> {
    let loc = &visit.loc;
    let found = losses(visit, "lost", q).await?;
    let causes = report::causes(visit).await?;
    let house = visit.house.currency;
    let sum = |of: &dyn Fn(&Cause) -> i64| causes.iter().map(of).fold(0_i64, i64::saturating_add);
    if found.lines.is_empty() && causes.is_empty() {
        return Ok(ui::empty(
            "user-off",
            &loc.t("loss-none"),
            &loc.t("loss-none-text"),
            html! {},
        ));
    }
    let mut rows = vec![];
    for line in &found.lines {
        let tried = line.values.get("tried_on").is_some_and(|v| !v.is_empty());
        let number = line.values.get("number").and_then(Value::text).unwrap_or("");
        let facts = html! {
            a.link href={ "/losses/" (line.id) } { (number) }
            (cell(visit, line, &found.names, "reason_id")?)
            @if line.values.get("rival_id").is_some_and(|v| !v.is_empty()) { span { (loc.t("loss-rival_id")) " " (cell(visit, line, &found.names, "rival_id")?) } }
            span { (loc.t("loss-lost_on")) " " (cell(visit, line, &found.names, "lost_on")?) }
        };
        let act = html! {
            @if tried { span.sm.mut { (loc.t("loss-tried")) " " (cell(visit, line, &found.names, "tried_on")?) } }
            @else if visit.may("loss.edit") {
                form data-stay method="post" action={ "/losses/" (line.id) "/step" } style="margin:0" {
                    (step(line, "win_back")) (ui::btn(loc.t("loss-win-back")).small().icon("arrow-back-up").submit())
                }
            }
        };
        rows.push(row(visit, line, &found.names, &facts, &act)?);
    }
    Ok(html! {
        (ui::kpis(&[
            Kpi::new(loc.t("loss-tab-customers"), loc.int(sum(&|c| c.lost))),
            Kpi::new(loc.t("loss-revenue"), ui::money(loc, sum(&|c| c.revenue), house)),
            Kpi::new(loc.t("loss-won-back"), loc.int(sum(&|c| c.won))).note(ui::money(loc, sum(&|c| c.revenue_won), house)).href("/lost?tab=report"),
        ]))
        (ui::card(loc.t("loss-still")).note(loc.t("loss-order-note")).flush(html! {
            ul data-rows style="list-style:none;margin:0;padding:0" { @for one in &rows { (one) } }
            @if rows.is_empty() { p.dim style="padding:14px" { (loc.t("loss-none")) } }
            (more(visit, "customers", found.next.as_ref()))
        }))
    })
}

async fn proposed(visit: &Visit, q: &Fields) -> Result<Markup> {
    let loc = &visit.loc;
    let found = losses(visit, "proposed", q).await?;
    if found.lines.is_empty() {
        let none = loc.t("loss-none-proposed");
        return Ok(ui::empty("zzz", &none, &loc.t("loss-none-proposed-text"), html! {}));
    }
    let reasons = crate::lead::reasons(visit, "customer_lost").await?;
    let rivals = crate::rival::choices(visit).await?;
    let mut rows = vec![];
    for line in &found.lines {
        let at = format!("/losses/{}/step", line.id);
        let act = html! { @if visit.may("loss.edit") {
            form.row.wrap data-stay method="post" action=(at) style="margin:0;gap:8px;align-items:flex-end" {
                (step(line, "confirm"))
                (Field::new("reason_id", loc.t("loss-reason_id")).id(format!("r-{}", line.id)).select(&reasons, "", Some("—")))
                (Field::new("rival_id", loc.t("loss-rival_id")).id(format!("v-{}", line.id)).select(&rivals, "", Some("—")))
                (ui::btn(loc.t("loss-confirm")).small().danger().submit())
            }
            form data-stay method="post" action=(at) style="margin:0" { (step(line, "refuse")) (ui::btn(loc.t("loss-refuse")).small().submit()) }
        } };
        rows.push(row(visit, line, &found.names, &html! {}, &act)?);
    }
    Ok(html! {
        (ui::callout(ui::Tone::Info, loc.t("loss-proposed-note")))
        (ui::card("").note(loc.t("loss-order-note")).flush(html! {
            ul data-rows style="list-style:none;margin:0;padding:0" { @for one in &rows { (one) } }
            (more(visit, "proposed", found.next.as_ref()))
        }))
    })
}

fn cause_row(visit: &Visit, c: &Cause, house: Currency) -> Markup {
    let loc = &visit.loc;
    html! { tr {
        td { (c.name.clone().unwrap_or_else(|| loc.t("win-loss-no-reason"))) }
        @for n in [c.lost, c.tried, c.won, c.alone] { td.r.num { (loc.int(n)) } }
        td.r.num { (view::rate(loc, c.rate(), 1)) }
        td.r { (ui::money(loc, c.revenue, house)) }
        td.r { (ui::money(loc, c.revenue_won, house)) }
    } }
}

async fn win_back(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let causes = report::causes(visit).await?;
    if causes.is_empty() {
        return Ok(ui::empty(
            "arrow-back-up",
            &loc.t("loss-none"),
            &loc.t("loss-none-text"),
            html! {},
        ));
    }
    let back = Filter::All(vec![Filter::is("status", "back")]);
    let columns = [
        "number",
        "party_id",
        "reason_id",
        "lost_on",
        "tried_on",
        "back_on",
        "revenue",
    ];
    let heads = [
        "loss-count",
        "loss-tried-many",
        "loss-won-back",
        "loss-alone",
        "loss-rate",
        "loss-revenue",
        "loss-revenue-won",
    ];
    Ok(html! {
        (ui::card(loc.t("loss-tab-report")).note(loc.t("loss-report-note")).flush(html! { div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("loss-reason_id")) } @for key in heads { th.r scope="col" { (loc.t(key)) } } } }
            tbody { @for c in &causes { (cause_row(visit, c, visit.house.currency)) } }
        } } }))
        (ui::card(loc.t("loss-view-back")).flush(records::related(visit, "loss", back, &columns, MOST).await?))
    })
}

/// The card beside a customer: lost since when and why, or the way to say so.
pub(super) async fn beside(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if party.archived_at.is_some() || !party.text("roles").split(' ').any(|r| r == "customer") {
        return Ok(html! {});
    }
    let live = Filter::is("party_id", party.id).and(Filter::Field {
        field: "status".into(),
        op: Op::In,
        values: vec!["lost".into(), "proposed".into()],
    });
    let ty = visit.registry().get("loss")?.clone();
    let ask = List {
        filter: live,
        columns: ["status", "reason_id", "lost_on"].map(str::to_owned).to_vec(),
        limit: 1,
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
    let Some(line) = page.lines.first() else {
        return Ok(html! { @if visit.may("loss.create") {
            p.sm { a.link href={ "/losses/new?party_id=" (party.id) } { (loc.t("loss-mark")) } }
        } });
    };
    let names = records::names(visit, &ty, &[&line.values]).await?;
    let words = |name: &str| {
        ty.field(name)
            .map_or_else(|| html! {}, |f| records::cell(visit, &ty, f, &line.values, &names))
    };
    let body = ui::kv(&[
        (loc.t("loss-status"), words("status")),
        (loc.t("loss-reason_id"), words("reason_id")),
        (loc.t("loss-lost_on"), words("lost_on")),
    ]);
    Ok(html! { (ui::card(loc.t("loss-one")).actions(ui_link(visit, line.id)).body(body)) })
}

/// The button on a loss that opens a task, for whom and until when one chooses.
pub(super) async fn try_again(visit: &Visit, loss: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if loss.archived_at.is_some() || loss.text("status") != "lost" {
        return Ok(html! {});
    }
    let people: Vec<ui::Choice> = visit
        .app
        .identity
        .users()
        .await?
        .iter()
        .filter(|u| u.active)
        .map(|u| ui::Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect();
    let due = visit.today().checked_add(7.days()).unwrap_or(visit.today());
    let form = html! {
        form.stack data-stay method="post" action={ "/losses/" (loss.id) "/step" } {
            (ui::hidden("to", "win_back")) (ui::hidden("version", &loss.version.to_string())) (ui::hidden("back", "loss"))
            (Field::new("assignee", loc.t("loss-assignee")).select(&people, "", Some(&loc.t("loss-owner"))))
            (Field::new("due", loc.t("loss-due")).date(&due.to_string()))
            (Field::new("note", loc.t("loss-note")).textarea("", 2))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("loss-win-back")).primary().submit()) }
        }
    };
    Ok(html! {
        (ui::btn(loc.t("loss-win-back")).icon("arrow-back-up").opens("loss-try"))
        (ui::dialog("loss-try", &loc.t("loss-win-back"), form))
    })
}

fn ui_link(visit: &Visit, id: i64) -> Markup {
    html! { (ui::btn(visit.loc.t("loss-open")).small().href(format!("/losses/{id}"))) }
}
