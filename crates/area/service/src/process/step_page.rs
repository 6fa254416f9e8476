//! One step of a draft: who, in which time, with which form, for which cases; and others for some cases.

use super::{Act, Alarm, Ask, Definition, Kind, Step, Turn, Way, Who, edit, page};
use axum::extract::Path;
use maud::{Markup, html};
use serde_json::Value as Json;
use zhike_kernel::{Error, Result, Role};
use zhike_store::{Query as _, Record, read};
use zhike_web::{
    Answer, Fields, Form, Query, Routes, Screen, Visit,
    answer::go_saying,
    records::condition::{self, Condition},
    ui::{self, Choice, Field},
};

/// Empty rows of the form's editor.
const EMPTY: usize = 2;

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(
            "/processes/{id}/step/{n}",
            "process.edit",
            |visit: Visit, Path((id, n)): Path<(i64, usize)>| Box::pin(show(visit, id, n)),
        )
        .post(
            "/processes/{id}/step/{n}",
            "process.edit",
            |visit: Visit, Path((id, n)): Path<(i64, usize)>, Form(f): Form| Box::pin(save(visit, id, n, f)),
        )
        .get(
            "/processes/{id}/step/{n}/turn/{k}",
            "process.edit",
            |visit: Visit, Path((id, n, k)): Path<(i64, usize, usize)>| Box::pin(turn(visit, id, n, k)),
        )
        .post(
            "/processes/{id}/step/{n}/turn/{k}",
            "process.edit",
            |visit: Visit, Path((id, n, k)): Path<(i64, usize, usize)>, Query(q): Query, Form(f): Form| {
                Box::pin(save_turn(visit, id, n, k, q, f))
            },
        )
}

async fn read_step(visit: &Visit, id: i64, n: usize) -> Result<(Record, Definition, Step)> {
    let ty = visit.registry().get("process")?.clone();
    let record = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let def = Definition::read(record.text("draft"))?;
    let step = def.steps.get(n).cloned().ok_or_else(Error::missing)?;
    Ok((record, def, step))
}

/// The fields that say who.
async fn who_fields(visit: &Visit, who: &Who) -> Result<Markup> {
    let loc = &visit.loc;
    let ways: Vec<Choice> = Way::ALL
        .iter()
        .map(|w| Choice::new(w.word(), loc.t(&format!("process-way-{}", w.word()))))
        .collect();
    let users = visit.app.identity.users().await?;
    let people: Vec<Choice> = users
        .iter()
        .filter(|u| u.active)
        .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect();
    let roles: Vec<Choice> = Role::ALL
        .iter()
        .map(|r| Choice::new(r.name(), loc.t(&format!("role-{}", r.name()))))
        .collect();
    let name = visit.ctx.name_of("t");
    let sql = format!("SELECT t.id, {name} FROM identity_team t WHERE t.archived_at IS NULL ORDER BY t.id LIMIT 200");
    let mut teams = vec![];
    for row in visit.db().all(&sql, vec![]).await? {
        teams.push(Choice::new(row.int(0)?.to_string(), row.text(1)?));
    }
    let text = |id: Option<i64>| id.map(|i| i.to_string()).unwrap_or_default();
    Ok(html! {
        div.form-grid {
            (Field::new("way", loc.t("process-who")).select(&ways, who.way.word(), None))
            (Field::new("user", loc.t("process-person")).hint(loc.t("process-person-hint")).select(&people, &text(who.user), Some("—")))
            (Field::new("role", loc.t("process-role")).hint(loc.t("process-role-hint")).select(&roles, who.role.as_deref().unwrap_or(""), Some("—")))
            (Field::new("team", loc.t("process-team")).select(&teams, &text(who.team), Some("—")))
        }
    })
}

fn read_who(f: &Fields) -> Result<Who> {
    let role = f.filled("role").map(str::to_owned);
    if role.as_deref().is_some_and(|r| Role::parse(r).is_none()) {
        return Err(Error::field("role", "error-not-a-choice"));
    }
    Ok(Who {
        way: Way::of(f.get("way").unwrap_or("")).ok_or_else(|| Error::field("way", "error-not-a-choice"))?,
        user: f.int("user"),
        role,
        team: f.int("team"),
    })
}

fn form_rows(visit: &Visit, step: &Step) -> Markup {
    let loc = &visit.loc;
    let kinds: Vec<Choice> = Kind::ALL
        .iter()
        .map(|k| Choice::new(k.word(), loc.t(&format!("process-field-{}", k.word()))))
        .collect();
    let blank = Ask::default();
    let rows: Vec<&Ask> = step.fields.iter().chain(std::iter::repeat_n(&blank, EMPTY)).collect();
    html! {
        @for (i, f) in rows.iter().enumerate() {
            div.form-grid.three style="border-top:1px solid var(--line);padding-top:10px" {
                (ui::hidden(&format!("key{i}"), &f.key))
                (Field::new(format!("label{i}"), loc.t("process-label")).text(&f.label))
                (Field::new(format!("label_en{i}"), loc.t("process-label-en")).text(&f.label_en))
                (Field::new(format!("kind{i}"), loc.t("process-field-kind")).select(&kinds, f.kind.word(), None))
                (Field::new(format!("choices{i}"), loc.t("process-choices")).hint(loc.t("process-choices-hint")).text(&f.choices.join("; ")))
                (Field::new(format!("required{i}"), loc.t("process-required")).switch(f.required))
            }
        }
    }
}

async fn show(visit: Visit, id: i64, n: usize) -> Answer {
    let loc = &visit.loc;
    let (record, _, step) = read_step(&visit, id, n).await?;
    let case = visit.registry().get("case")?.clone();
    let mut turns = vec![];
    for (k, t) in step.turns.iter().enumerate() {
        let when = Condition::from_json(&t.when)
            .unwrap_or_default()
            .words(&visit, &case)
            .await?;
        let who = match &t.who {
            Some(w) => Some(page::who(&visit, w).await?),
            None => None,
        };
        turns.push((k, when, who, t.minutes.map(|m| page::time(&visit, m))));
    }
    let when = Condition::from_json(&step.when)
        .unwrap_or_default()
        .words(&visit, &case)
        .await?;
    let at = format!("/processes/{id}/step/{n}");
    let main = html! {
        form.stack.l data-stay method="post" action=(at) {
            (ui::hidden("version", &record.version.to_string()))
            (ui::card(loc.t("process-step")).body(html! {
                div.form-grid {
                    (Field::new("name", loc.t("process-name")).required(true).text(&step.name))
                    (Field::new("name_en", loc.t("process-name-en")).text(&step.name_en))
                    (Field::new("act", loc.t("process-act")).select(&page::acts(&visit), step.act.word(), None))
                    @if step.act != Act::Verdict { (Field::new("minutes", loc.t("process-minutes")).hint(loc.t("process-minutes-hint")).number(&step.minutes.to_string())) }
                    (Field::new("alarm_handler", loc.t("process-alarm-handler")).number(&step.alarm.handler.to_string()))
                    (Field::new("alarm_manager", loc.t("process-alarm-manager")).number(&step.alarm.manager.to_string()))
                }
                @if step.act != Act::Verdict { (who_fields(&visit, &step.who).await?) }
            }))
            @if step.act == Act::Work { (ui::card(loc.t("process-form")).body(form_rows(&visit, &step))) }
            (ui::submit_row(loc, Some(&format!("/processes/{id}")), &loc.t("web-save")))
        }
        (ui::card(loc.t("process-only-if-title")).actions(ui_btn(loc.t("process-edit"), &format!("{at}/turn/0"))).body(html! { p { @if step.when.is_null() { (loc.t("process-always")) } @else { (when) } } }))
        (ui::card(loc.t("process-turns")).actions(ui_btn(loc.t("process-turn-add"), &format!("{at}/turn/{}", step.turns.len() + 1))).body(html! {
            p.sm.mut { (loc.t("process-turns-text")) }
            @for (k, when, who, minutes) in &turns { div.row.wrap style="padding:6px 0;gap:6px 14px" {
                a.link href={ (at) "/turn/" (k + 1) } { (when) } " → "
                @if let Some(w) = who { span { (w) } } @if let Some(m) = minutes { span { (m) } }
            } }
        }))
    };
    Screen::new(&visit, step.title(visit.latin), "service_setup")
        .crumb(loc.t("process-many"), "/processes")
        .crumb(
            zhike_web::records::show::title(&visit, &visit.registry().get("process")?.clone(), id, &record.values),
            format!("/processes/{id}"),
        )
        .show(ui::page_body(main))
}

fn ui_btn(words: String, href: &str) -> Markup {
    html! { (ui::btn(words).small().href(href)) }
}

fn read_fields(step: &Step, f: &Fields) -> Result<Vec<Ask>> {
    let mut out: Vec<Ask> = vec![];
    for i in 0..step.fields.len() + EMPTY {
        let text = |name: &str| f.filled(&format!("{name}{i}")).unwrap_or("").to_owned();
        let label = text("label");
        if label.is_empty() {
            continue;
        }
        let choices = text("choices")
            .split([';', '；'])
            .map(|c| c.trim().to_owned())
            .filter(|c| !c.is_empty())
            .collect();
        let mut key = text("key");
        if key.is_empty() {
            key = edit::field_key(&out, &text("label_en"));
        }
        out.push(Ask {
            key,
            label,
            label_en: text("label_en"),
            kind: Kind::of(&text("kind")).unwrap_or_default(),
            required: f.get(&format!("required{i}")).is_some(),
            choices,
        });
    }
    Ok(out)
}

async fn save(visit: Visit, id: i64, n: usize, f: Fields) -> Answer {
    let version = f.need_int("version")?;
    edit::change(&visit.ctx, id, version, |def| {
        let step = def.steps.get_mut(n).ok_or_else(Error::missing)?;
        step.name = f
            .filled("name")
            .ok_or_else(|| Error::field("name", "error-required"))?
            .to_owned();
        step.name_en = f.filled("name_en").unwrap_or("").to_owned();
        step.act = Act::of(f.get("act").unwrap_or("")).ok_or_else(|| Error::field("act", "error-not-a-choice"))?;
        if f.get("minutes").is_some() {
            step.minutes = f.need_int("minutes")?;
        }
        step.alarm = Alarm {
            handler: f.need_int("alarm_handler")?,
            manager: f.need_int("alarm_manager")?,
        };
        if f.get("way").is_some() {
            step.who = read_who(&f)?;
        }
        if f.get("label0").is_some() {
            step.fields = read_fields(step, &f)?;
        }
        Ok(())
    })
    .await?;
    go_saying(&visit, &format!("/processes/{id}"), &visit.loc.t("process-kept"), None)
}

/// The condition of a step (0), or what is otherwise for some cases (1 and on).
async fn turn(visit: Visit, id: i64, n: usize, k: usize) -> Answer {
    let loc = &visit.loc;
    let (record, _, step) = read_step(&visit, id, n).await?;
    let case = visit.registry().get("case")?.clone();
    if k > step.turns.len() + 1 {
        return Err(Error::missing().into());
    }
    let turn = k.checked_sub(1).and_then(|i| step.turns.get(i).cloned());
    let when = if k == 0 {
        step.when.clone()
    } else {
        turn.as_ref().map(|t| t.when.clone()).unwrap_or_default()
    };
    let at = format!("/processes/{id}/step/{n}/turn/{k}");
    let action = format!("{at}?version={}", record.version);
    let is = Condition::from_json(&when).unwrap_or_default();
    let title = loc.t(if k == 0 {
        "process-only-if-title"
    } else {
        "process-turn"
    });
    let main = html! {
        (ui::card(loc.t("condition-title")).body(html! {
            p.sm.mut { (loc.t(if k == 0 { "process-only-if-text" } else { "process-turn-text" })) }
            (condition::editor(&visit, &case, &is, &action, &at).await?)
        }))
        @if let Some(t) = &turn {
            (ui::card(loc.t("process-turn")).body(html! { form.stack data-stay method="post" action=(action) {
                (ui::hidden("act", "turn"))
                (Field::new("other", loc.t("process-turn-who")).switch(t.who.is_some()))
                (who_fields(&visit, t.who.as_ref().unwrap_or(&Who::default())).await?)
                (Field::new("minutes", loc.t("process-minutes")).hint(loc.t("process-turn-minutes")).number(&t.minutes.map(|m| m.to_string()).unwrap_or_default()))
                div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) }
            } form data-stay method="post" action=(action) style="margin-top:8px" { (ui::hidden("act", "drop")) (ui::btn(loc.t("process-turn-drop")).small().danger().submit()) } }))
        }
        div.row { (ui::btn(loc.t("web-back")).ghost().href(format!("/processes/{id}/step/{n}"))) }
    };
    Screen::new(&visit, title, "service_setup")
        .crumb(loc.t("process-many"), "/processes")
        .crumb(step.title(visit.latin), format!("/processes/{id}/step/{n}"))
        .show(ui::page_body(main))
}

async fn save_turn(visit: Visit, id: i64, n: usize, k: usize, q: Fields, f: Fields) -> Answer {
    let version = q.need_int("version")?;
    let case = visit.registry().get("case")?.clone();
    let mut dropped = false;
    edit::change(&visit.ctx, id, version, |def| {
        let step = def.steps.get_mut(n).ok_or_else(Error::missing)?;
        let Some(i) = k.checked_sub(1) else {
            let new = Condition::from_json(&step.when)
                .unwrap_or_default()
                .edited(&visit, &case, &f)?;
            step.when = if new.is_everything() { Json::Null } else { new.json() };
            return Ok(());
        };
        match f.get("act") {
            Some("drop") if i < step.turns.len() => {
                step.turns.remove(i);
                dropped = true;
            }
            Some("turn") => {
                let t = step.turns.get_mut(i).ok_or_else(Error::missing)?;
                t.who = f.get("other").map(|_| read_who(&f)).transpose()?;
                t.minutes = f.filled("minutes").map(|_| f.need_int("minutes")).transpose()?;
            }
            _ => {
                if i == step.turns.len() {
                    step.turns.push(Turn::default());
                }
                let t = step.turns.get_mut(i).ok_or_else(Error::missing)?;
                t.when = Condition::from_json(&t.when)
                    .unwrap_or_default()
                    .edited(&visit, &case, &f)?
                    .json();
            }
        }
        Ok(())
    })
    .await?;
    let to = if dropped {
        format!("/processes/{id}/step/{n}")
    } else {
        format!("/processes/{id}/step/{n}/turn/{k}")
    };
    go_saying(&visit, &to, &visit.loc.t("process-kept"), None)
}
