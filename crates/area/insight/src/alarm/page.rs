//! The page of alarms: what is open, how far alarms were right, and when they ring.

use super::read::{self, Precision, Precisions};
use super::settings::{self, Settings};
use super::types::{CAUSES, OUTCOMES};
use crate::lifetime::{report::Past, store};
use crate::pages::{money, share};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, FieldError, Filter, Result, Value, Values, number};
use zhike_store::list::Line;
use zhike_store::{List, list};
use zhike_web::records::{self, Names};
use zhike_web::ui::{self, Field, Kpi, Tone};
use zhike_web::{Answer, Fields, Form, Query, Screen, Visit, answer};

/// Alarms shown at once.
const MOST: usize = 50;
const COLUMNS: [&str; 10] = [
    "number",
    "party_id",
    "cause",
    "risk",
    "raised_on",
    "at_stake",
    "p_alive",
    "silence_days",
    "limit_days",
    "task_id",
];

/// `GET /value/alarms`.
pub async fn show(visit: Visit, Query(q): Query) -> Answer {
    answer::html(page(&visit, &q, &Fields::default(), &[]).await?)
}

async fn page(visit: &Visit, q: &Fields, typed: &Fields, wrong: &[FieldError]) -> Result<Markup> {
    let loc = &visit.loc;
    let precision = read::precision(&visit.ctx).await?;
    let run = store::latest(visit.db()).await?;
    let past = run.as_ref().and_then(|r| r.report.past);
    let settings = settings::load(visit.db(), visit.house.currency).await?;
    let stale = run.as_ref().is_some_and(|r| r.report.to != visit.today());
    let refused = run.as_ref().is_some_and(|r| r.report.refusal.is_some());
    let main = html! { div.page { div.stack.l {
        @if stale { (ui::callout(Tone::Info, loc.t("alarm-stale"))) }
        @if refused { (ui::callout(Tone::Info, loc.t("alarm-no-model"))) }
        (figures(visit, &precision.all))
        (open(visit, q).await?)
        div.g2 {
            (judged(visit, &precision, past, settings.days))
            (form(visit, &settings, typed, wrong))
        }
    } } };
    Ok(Screen::new(visit, loc.t("nav-alarms"), "alarms")
        .crumb(loc.t("nav-value"), "/value")
        .actions(html! { (ui::btn(loc.t("alarm-all")).icon("list").href("/alarms")) })
        .markup(main))
}

fn figures(visit: &Visit, p: &Precision) -> Markup {
    let loc = &visit.loc;
    let interval = p.interval.map(|(low, high)| {
        let args = [
            ("low", loc.percent(low, 0).into()),
            ("high", loc.percent(high, 0).into()),
        ];
        loc.tv("alarm-interval", &args)
    });
    let mut items = vec![Kpi::new(loc.t("alarm-view-open"), loc.int(p.open)).href("/alarms?view=open")];
    if visit.may("profit.view") {
        items.push(Kpi::new(loc.t("alarm-at_stake"), money(visit, p.at_stake)).note(loc.t("lifetime-year")));
    }
    items.push(
        Kpi::new(loc.t("alarm-precision"), share(visit, p.precision, 0))
            .note(interval.unwrap_or_else(|| loc.t("alarm-precision-none"))),
    );
    items.push(Kpi::new(loc.t("alarm-won"), loc.int(p.won_back)).note(share(visit, p.won_back_rate, 0)));
    ui::kpis(&items)
}

async fn open(visit: &Visit, q: &Fields) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("alarm")?.seen_by(&visit.actor);
    let stake = ty.field("at_stake").is_some_and(|f| !f.hidden);
    let ask = List {
        filter: Filter::is("status", "open"),
        sort: if stake { "at_stake" } else { "raised_on" }.into(),
        descending: true,
        columns: COLUMNS
            .iter()
            .filter(|c| stake || **c != "at_stake")
            .map(|c| (*c).to_owned())
            .collect(),
        limit: MOST,
        cursor: q.filled("cursor").map(str::to_owned),
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
    if page.lines.is_empty() {
        return Ok(ui::empty(
            "alarm",
            &loc.t("alarm-none"),
            &loc.t("alarm-none-text"),
            html! {},
        ));
    }
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let names = records::names(visit, &ty, &rows).await?;
    let mut lines = vec![];
    for line in &page.lines {
        lines.push(row(visit, line, &names)?);
    }
    Ok(
        html! { (ui::card(loc.t("alarm-view-open")).note(loc.t("alarm-order")).flush(html! {
            ul data-rows style="list-style:none;margin:0;padding:0" { @for line in &lines { (line) } }
            @if let Some(next) = page.next { div.row style="padding:10px 14px" { (ui::btn(loc.t("web-next")).small().href(format!("/value/alarms?cursor={next}"))) } }
        })) },
    )
}

fn row(visit: &Visit, line: &Line, names: &Names) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("alarm")?.seen_by(&visit.actor);
    let cell = |name: &str| {
        ty.field(name)
            .map_or_else(|| html! {}, |f| records::cell(visit, &ty, f, &line.values, names))
    };
    let int = |name: &str| line.values.get(name).and_then(Value::int).unwrap_or(0);
    let number = line.values.get("number").and_then(Value::text).unwrap_or("");
    Ok(
        html! { li.row.wrap style="gap:8px 16px;padding:10px 14px;border-bottom:1px solid var(--line);align-items:center" {
            div style="flex:1 1 240px;min-width:0" {
                div { (cell("party_id")) }
                div.xs.mut.row.wrap style="gap:4px 12px" {
                    a.link href={ "/alarms/" (line.id) } { (number) }
                    span { (cell("raised_on")) }
                    @if int("risk") > 0 { span { (loc.t("alarm-risk")) " " b.num { (loc.percent_ppm(int("risk"))) } } }
                    @else { span.num { (loc.tv("lifetime-silent-days", &[("days", int("silence_days").into()), ("limit", int("limit_days").into())])) } }
                }
            }
            @if int("at_stake") > 0 { span title=(loc.t("alarm-at_stake")) { b { (cell("at_stake")) } } }
            span title=(loc.t("alarm-p_alive")) { (cell("p_alive")) }
            @if visit.may("task.view") && int("task_id") > 0 { (ui::btn(loc.t("task-one")).small().ghost().icon("checkbox").href(format!("/tasks/{}", int("task_id")))) }
            @if visit.may("alarm.edit") { (buttons(visit, line.id, line.version, "page")) }
        } },
    )
}

fn sign(outcome: &str) -> &'static str {
    match outcome {
        "true_alarm" => "user-off",
        "false_alarm" => "x",
        _ => "arrow-back-up",
    }
}

/// One button for each outcome.
pub(super) fn buttons(visit: &Visit, id: i64, version: i64, back: &str) -> Markup {
    let loc = &visit.loc;
    html! { div.row.wrap style="gap:6px" { @for to in OUTCOMES {
        form data-stay method="post" action={ "/alarms/" (id) "/outcome" } style="margin:0" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("to", to)) (ui::hidden("version", &version.to_string())) (ui::hidden("back", back))
            (ui::btn(loc.t(&format!("alarm-say-{to}"))).icon(sign(to)).small().submit())
        }
    } } }
}

/// What came of the alarms so far by why they rang, and what would have come of alarms in the past.
fn judged(visit: &Visit, p: &Precisions, past: Option<Past>, days: i64) -> Markup {
    let loc = &visit.loc;
    let float = |n: usize| crate::model::float(i64::try_from(n).unwrap_or(0));
    let each: Vec<(&str, Precision)> = CAUSES.iter().map(|c| (*c, p.of(c))).collect();
    let count = |p: &Precision, word: &str| match word {
        "true_alarm" => p.true_alarms,
        "won_back" => p.won_back,
        _ => p.false_alarms,
    };
    let range = |p: &Precision| {
        p.interval
            .map(|(low, high)| format!("{}–{}", loc.percent(low, 0), loc.percent(high, 0)))
    };
    html! { (ui::card(loc.t("alarm-right")).body(html! {
        div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("alarm-status")) } @for (cause, _) in &each { th.r scope="col" { (loc.t(&format!("alarm-cause-{cause}"))) } } th scope="col" {} } }
            tbody {
                @for word in ["true_alarm", "won_back", "false_alarm"] { tr {
                    th scope="row" { (loc.t(&format!("alarm-status-{word}"))) }
                    @for (cause, p) in &each { td.r.num { a href={ "/alarms?view=" (word) "&f=cause:is:" (cause) } { (loc.int(count(p, word))) } } }
                    td.wrap.xs.mut { (loc.tv(&format!("alarm-means-{word}"), &[("days", days.into()), ("ahead", crate::churn::AHEAD.into())])) }
                } }
                tr {
                    th scope="row" { (loc.t("alarm-precision")) }
                    @for (_, p) in &each { td.r.num { b { (share(visit, p.precision, 0)) } @if let Some(range) = range(p) { div.xs.mut.nw { (range) } } } }
                    td.wrap.xs.mut { (loc.t("alarm-precision-means")) }
                }
                @if each.iter().any(|e| e.1.foreseen.is_some()) { tr {
                    th scope="row" { (loc.t("alarm-foreseen")) }
                    @for (_, p) in &each { td.r.num { (share(visit, p.foreseen, 0)) } }
                    td.wrap.xs.mut { (loc.t("alarm-foreseen-means")) }
                } }
            }
        } }
        @if let Some(past) = past.filter(|p| p.rang > 0) {
            p.sm style="margin:10px 0 0" { (loc.tv("alarm-past", &[
                ("rang", past.rang.into()), ("gone", past.gone.into()), ("share", loc.percent(float(past.gone) / float(past.rang), 0).into()),
                ("quiet", past.quiet.into()), ("other", loc.percent(float(past.quiet_gone) / float(past.quiet.max(1)), 0).into()),
            ])) }
        }
        p.sm style="margin:6px 0 0" { a href="/value/churn" { (loc.t("alarm-churn-test")) } }
    })) }
}

/// A share in per cent as typed.
fn percent(ppm: i64) -> String {
    let text = number::write_scaled(ppm, 4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn form(visit: &Visit, now: &Settings, typed: &Fields, wrong: &[FieldError]) -> Markup {
    let loc = &visit.loc;
    let edits = visit.may("value.edit");
    let complaint = |name: &str| wrong.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
    let shown = |name: &str, value: String| typed.get(name).map_or(value, str::to_owned);
    let field = |name: &'static str| {
        let field = Field::new(name, loc.t(&format!("alarm-set-{name}")))
            .hint(loc.t(&format!("alarm-set-{name}-hint")))
            .error(complaint(name))
            .required(true);
        if edits {
            field
        } else {
            field.attr("disabled", "disabled")
        }
    };
    let least = number::write_scaled(now.least, visit.house.currency.decimals());
    html! { (ui::card(loc.t("alarm-settings")).body(html! {
        form.stack method="post" action="/value/alarms/settings" {
            (ui::hidden("csrf", &visit.csrf))
            @if !wrong.is_empty() { (ui::form_errors(&[loc.t("error-fields")])) }
            (field("certainty").money(&shown("certainty", percent(now.certainty)), "%"))
            (field("risk").money(&shown("risk", percent(now.risk)), "%"))
            (field("least").money(&shown("least", least), visit.house.currency.sign()))
            (field("days").number(&shown("days", now.days.to_string())))
            (field("most").number(&shown("most", now.most.to_string())))
            @if edits { (ui::submit_row(loc, None, &loc.t("web-save"))) }
        }
    })) }
}

/// `POST /value/alarms/settings`.
pub async fn save(visit: Visit, Form(form): Form) -> Answer {
    let mut wrong = vec![];
    let mut read = |name: &str, places: u32| {
        let text = form.get(name).unwrap_or("").trim().trim_end_matches('%');
        number::parse_scaled(text, places, true).unwrap_or_else(|_| {
            wrong.extend(Error::field(name, "error-not-a-number").fields);
            0
        })
    };
    let new = Settings {
        certainty: read("certainty", 4),
        least: read("least", visit.house.currency.decimals()),
        days: read("days", 0),
        most: read("most", 0),
        risk: read("risk", 4),
    };
    if wrong.is_empty()
        && let Err(e) = new.check()
    {
        wrong.extend(e.fields);
    }
    if !wrong.is_empty() {
        let again = page(&visit, &Fields::default(), &form, &wrong).await?;
        return answer::html_with(axum::http::StatusCode::UNPROCESSABLE_ENTITY, again);
    }
    let tx = visit.ctx.begin().await?;
    settings::save(&visit.ctx, &tx, &new).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer::go_saying(&visit, "/value/alarms", &visit.loc.t("alarm-saved"), None)
}

/// `POST /alarms/{id}/outcome`.
pub async fn outcome(visit: Visit, Path(id): Path<i64>, Form(form): Form) -> Answer {
    let to = form.get("to").unwrap_or("");
    let done = super::outcome::note(&visit.ctx, id, form.need_int("version")?, to, form.filled("note")).await?;
    let undo = done.event.map(|e| format!("/undo/event/{e}"));
    let back = if form.get("back") == Some("alarm") {
        format!("/alarms/{id}")
    } else {
        "/value/alarms".to_owned()
    };
    let said = visit.loc.t(&format!("alarm-said-{to}"));
    answer::go_saying(&visit, &back, &said, undo.as_deref())
}
