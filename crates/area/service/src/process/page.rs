//! A process on its page: the steps in order, what stands against publishing, for which cases it is; and its buttons.

use super::{Act, Definition, Step, Way, Who, edit, problems, step_page};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Record, read, write};
use zhike_web::{
    Answer, Fields, Form, Place, Query, Routes, Tab, Visit,
    answer::{go, go_saying},
    records::condition::{self, Condition},
    ui::{self, Choice, Field, Tone},
};

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .post(
            "/processes/{id}/do/{what}",
            "process.edit",
            |visit: Visit, Path((id, what)): Path<(i64, String)>, Form(f): Form| Box::pin(act(visit, id, what, f)),
        )
        .post(
            "/processes/{id}/set-condition",
            "process.edit",
            |visit: Visit, Path(id): Path<i64>, Query(q): Query, Form(f): Form| {
                Box::pin(set_condition(visit, id, q, f))
            },
        )
        .and(step_page::routes())
}

/// Its pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    let view = "process.view";
    vec![
        Tab::new("process", "steps", Place::Tab, -10, view, |v, r| Box::pin(steps(v, r))),
        Tab::new("process", "condition", Place::Tab, 20, view, |v, r| {
            Box::pin(for_which(v, r))
        }),
        Tab::new("process", "running", Place::Rail, 10, view, |v, r| {
            Box::pin(running(v, r))
        }),
    ]
}

/// Who does it, in words.
pub(crate) async fn who(visit: &Visit, who: &Who) -> Result<String> {
    let loc = &visit.loc;
    let way = loc.t(&format!("process-way-{}", who.way.word()));
    let role = who.role.as_deref().map(|r| loc.t(&format!("role-{r}")));
    let team = match who.team {
        Some(id) => read::titles(visit.db(), visit.registry(), "team", &[id], visit.latin)
            .await?
            .remove(&id),
        None => None,
    };
    let person = match who.user.filter(|_| who.way == Way::Person) {
        Some(id) => visit.app.identity.names(visit.latin).await?.remove(&id),
        None => None,
    };
    let group = matches!(who.way, Way::Role | Way::Round | Way::Least);
    let more: Vec<String> = [person, role.filter(|_| group), team.filter(|_| group)]
        .into_iter()
        .flatten()
        .collect();
    Ok(if more.is_empty() {
        way
    } else {
        format!("{way}: {}", more.join(" · "))
    })
}

/// Business minutes in words.
pub(crate) fn time(visit: &Visit, minutes: i64) -> String {
    let (h, m) = (minutes / 60, minutes % 60);
    match (h, m) {
        (0, _) => visit.loc.tv("case-minutes-m", &[("m", m.into())]),
        (_, 0) => visit.loc.tv("case-minutes-h", &[("h", h.into())]),
        _ => visit.loc.tv("case-minutes-hm", &[("h", h.into()), ("m", m.into())]),
    }
}

fn button(visit: &Visit, record: &Record, what: &str, at: usize, icon: &str) -> Markup {
    html! { form data-stay method="post" action={ "/processes/" (record.id) "/do/" (what) } style="margin:0" {
        (ui::hidden("version", &record.version.to_string())) (ui::hidden("at", &at.to_string()))
        (ui::icon_btn(icon, visit.loc.t(&format!("process-do-{what}"))).small().submit())
    } }
}

async fn row(visit: &Visit, record: &Record, def: &Definition, i: usize, step: &Step, may: bool) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("case")?.clone();
    let when = match Condition::from_json(&step.when).filter(|_| !step.when.is_null()) {
        Some(c) => Some(c.words(visit, &ty).await?),
        None => None,
    };
    let title = step.title(visit.latin).to_owned();
    Ok(html! { tr {
        td.num { (i + 1) }
        td {
            @if may { a.link href={ "/processes/" (record.id) "/step/" (i) } { b { (title) } } } @else { b { (title) } }
            div.xs.mut { (loc.t(&format!("process-act-{}", step.act.word()))) @if !step.fields.is_empty() { " · " (loc.tv("process-fields-n", &[("n", step.fields.len().into())])) } }
            @if let Some(when) = &when { div.xs { (loc.t("process-only-if")) " " (when) } }
        }
        td { (who(visit, &step.who).await?) @if !step.turns.is_empty() { div.xs.mut { (loc.tv("process-turns-n", &[("n", step.turns.len().into())])) } } }
        td {
            @if step.act == Act::Verdict { (loc.tv("process-days", &[("n", def.no_answer_days.into())])) }
            @else { (time(visit, step.minutes)) div.xs.mut { (loc.tv("process-alarm", &[("m", step.alarm.manager.into())])) } }
        }
        td.r { @if may { div.btn-row {
            @if i > 0 { (button(visit, record, "up", i, "arrow-up")) }
            @if i + 1 < def.steps.len() { (button(visit, record, "down", i, "arrow-down")) }
            (button(visit, record, "remove", i, "trash"))
        } } }
    } })
}

async fn steps(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let def = Definition::read(record.text("draft"))?;
    let may = visit.may("process.edit") && record.archived_at.is_none();
    let changed = record.get("changed").truth() == Some(true);
    let mut rows = vec![];
    for (i, step) in def.steps.iter().enumerate() {
        rows.push(row(visit, record, &def, i, step, may).await?);
    }
    let wrong = if changed {
        problems(&def, record.text("kind"), &|w| edit::known(visit, w))
    } else {
        vec![]
    };
    let state = html! {
        @if changed {
            (ui::callout(if wrong.is_empty() { Tone::Info } else { Tone::Warn }, html! {
                (loc.t(if wrong.is_empty() { "process-unpublished" } else { "process-not-yet" }))
                @if !wrong.is_empty() { ul { @for (i, code) in &wrong { li { @if let Some(s) = i.and_then(|i| def.steps.get(i)) { b { (s.title(visit.latin)) } ": " } (loc.t(code)) } } } }
            }))
            @if may && wrong.is_empty() { form data-stay method="post" action={ "/processes/" (record.id) "/do/publish" } {
                (ui::hidden("version", &record.version.to_string())) (ui::btn(loc.t("process-publish")).icon("check").primary().submit())
            } }
        } @else { p.sm.mut style="padding:0 2px" { (loc.tv("process-is-published", &[("n", record.int("published").unwrap_or(0).into())])) } }
    };
    let table = html! { table.tbl.plain {
        thead { tr { th { "#" } th scope="col" { (loc.t("process-step")) } th scope="col" { (loc.t("process-who")) } th scope="col" { (loc.t("process-time")) } th { span.vh { (loc.t("process-step")) } } } }
        tbody data-rows { @for row in &rows { (row) } }
    } };
    let add = html! { @if may { form.row.wrap data-stay method="post" action={ "/processes/" (record.id) "/do/add" } style="gap:10px;align-items:flex-end;padding:14px" {
        (ui::hidden("version", &record.version.to_string()))
        (Field::new("name", loc.t("process-name")).required(true).text(""))
        (Field::new("name_en", loc.t("process-name-en")).text(""))
        (Field::new("act", loc.t("process-act")).select(&acts(visit), "work", None))
        (ui::btn(loc.t("process-do-add")).icon("plus").small().submit())
    } } };
    Ok(html! {
        (state)
        (ui::card(loc.t("process-steps")).flush(html! { (table) (add) }))
        @if may { (ui::card(loc.t("process-rules")).body(rules(visit, record, &def))) }
    })
}

/// Choices of what a step is.
pub(crate) fn acts(visit: &Visit) -> Vec<Choice> {
    Act::ALL
        .iter()
        .map(|a| Choice::new(a.word(), visit.loc.t(&format!("process-act-{}", a.word()))))
        .collect()
}

fn rules(visit: &Visit, record: &Record, def: &Definition) -> Markup {
    let loc = &visit.loc;
    let steps: Vec<Choice> = def
        .steps
        .iter()
        .map(|s| Choice::new(s.key.clone(), s.title(visit.latin)))
        .collect();
    html! { form.stack data-stay method="post" action={ "/processes/" (record.id) "/do/rules" } {
        (ui::hidden("version", &record.version.to_string()))
        div.form-grid {
            (Field::new("again", loc.t("process-again")).hint(loc.t("process-again-hint")).select(&steps, &def.again, None))
            (Field::new("no_answer_days", loc.t("process-no-answer")).hint(loc.t("process-no-answer-hint")).number(&def.no_answer_days.to_string()))
            (Field::new("warn_days", loc.t("process-warn")).number(&def.warn_days.to_string()))
            (Field::new("halve", loc.t("process-halve")).switch(def.halve))
        }
        div.btn-row { (ui::btn(loc.t("web-save")).submit()) }
    } }
}

async fn for_which(visit: &Visit, record: &Record) -> Result<Markup> {
    let ty = visit.registry().get("case")?.clone();
    let is = Condition::read(record.text("condition"));
    if !visit.may("process.edit") || record.archived_at.is_some() {
        return Ok(html! { p style="padding:14px" { (is.words(visit, &ty).await?) } });
    }
    let action = format!("/processes/{}/set-condition?version={}", record.id, record.version);
    let here = format!("/processes/{}/condition", record.id);
    Ok(html! { div style="padding:14px" {
        p.sm.mut { (visit.loc.t("process-condition-text")) }
        (condition::editor(visit, &ty, &is, &action, &here).await?)
    } })
}

async fn running(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = edit::running(visit, record.id).await?;
    let body = html! {
        @if all.is_empty() { p.mut { (loc.t("process-running-none")) } }
        ul.plain-list { @for (version, n) in &all { li.row {
            span.sp { (loc.tv("process-version", &[("n", (*version).into())])) } span.num { (loc.int(*n)) }
        } } }
    };
    Ok(html! { (ui::card(loc.t("process-running")).body(body)) })
}

async fn set_condition(visit: Visit, id: i64, q: Fields, f: Fields) -> Answer {
    let version = q.need_int("version")?;
    let ty = visit.registry().get("process")?.clone();
    let case = visit.registry().get("case")?.clone();
    let tx = visit.ctx.begin().await?;
    let record = read::need(&visit.ctx, &tx, &ty, id).await?;
    let new = Condition::read(record.text("condition")).edited(&visit, &case, &f)?;
    let changes = Values::from([("condition".to_owned(), new.write().into())]);
    write::update_from(&visit.ctx, &tx, &ty, record, version, changes).await?;
    tx.commit().await?;
    go(&visit, &format!("/processes/{id}/condition"))
}

async fn act(visit: Visit, id: i64, what: String, f: Fields) -> Answer {
    let version = f.need_int("version")?;
    let at = f.int("at").and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let to = format!("/processes/{id}");
    if what == "publish" {
        let n = edit::publish(&visit, id, version).await?;
        return go_saying(
            &visit,
            &to,
            &visit.loc.tv("process-is-published", &[("n", n.into())]),
            None,
        );
    }
    edit::change(&visit.ctx, id, version, |def| {
        match what.as_str() {
            "up" if at > 0 && at < def.steps.len() => def.steps.swap(at, at - 1),
            "down" if at + 1 < def.steps.len() => def.steps.swap(at, at + 1),
            "remove" if at < def.steps.len() => {
                def.steps.remove(at);
            }
            "add" => {
                let name = f
                    .filled("name")
                    .ok_or_else(|| Error::field("name", "error-required"))?
                    .to_owned();
                let name_en = f.filled("name_en").unwrap_or("").to_owned();
                let act =
                    Act::of(f.get("act").unwrap_or("")).ok_or_else(|| Error::field("act", "error-not-a-choice"))?;
                let step = Step {
                    key: edit::fresh_key(def, &name_en),
                    name,
                    name_en,
                    act,
                    minutes: 480,
                    ..Step::default()
                };
                // Plain work stands before the customer is told, all else behind.
                let before = def.steps.iter().position(|s| s.act == Act::Tell);
                match before.filter(|_| act == Act::Work) {
                    Some(i) => def.steps.insert(i, step),
                    None => def.steps.push(step),
                }
            }
            "rules" => {
                def.again = f.get("again").unwrap_or("").to_owned();
                def.no_answer_days = f.need_int("no_answer_days")?;
                def.warn_days = f.need_int("warn_days")?;
                def.halve = f.get("halve").is_some();
            }
            _ => return Err(Error::missing()),
        }
        Ok(())
    })
    .await?;
    go(&visit, &to)
}
