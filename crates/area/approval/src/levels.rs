//! The levels of a flow: who is asked, one after the other.

use crate::{
    editor::{form, levels, need, number},
    hooks::ids,
    inbox::persons,
    port::Subjects,
    schema::{MODES, ROLES, WHO},
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Record, RecordType, write};
use zhike_web::{
    Fields, Form, Visit,
    answer::{Answer, go},
    ui::{self, Choice},
};

pub(crate) async fn steps(
    visit: &Visit,
    flow: &Record,
    may: bool,
    typed: &Fields,
    problem: Option<&Error>,
) -> Result<Markup> {
    let loc = &visit.loc;
    let all = levels(visit, flow.id).await?;
    let names = visit.app.identity.names(visit.latin).await?;
    let who = |l: &Record| match l.text("who") {
        "role" => loc.t(&format!("role-{}", l.text("role"))),
        "persons" => ids(l.text("persons"))
            .iter()
            .map(|id| names.get(id).cloned().unwrap_or_else(|| format!("#{id}")))
            .collect::<Vec<_>>()
            .join(" · "),
        _ => loc.t("approval_level-who-manager"),
    };
    let list = html! {
        @if all.is_empty() { (ui::callout(ui::Tone::Warn, loc.t("approval-levels-none"))) }
        @for (i, l) in all.iter().enumerate() {
            div.row.wrap {
                b.num { (i + 1) } " " span { @if !l.text("name").is_empty() { (l.text("name")) " · " } (who(l)) } " "
                (ui::badge(ui::Hue::Blue, &loc.t(&format!("approval_level-mode-{}", l.text("mode")))))
                span.sp {}
                @if may {
                    form method="post" action={ "/approval-flows/" (flow.id) "/levels/" (l.id) "/remove" } style="margin:0" {
                        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &l.version.to_string()))
                        (ui::btn(loc.t("approval-level-remove")).icon("trash").small().ghost().submit())
                    }
                }
            }
        }
    };
    let error = |field: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == field));
        found.map(|f| loc.field_error(f))
    };
    let words = |name: &str, words: &[&str]| {
        words
            .iter()
            .map(|w| Choice::new(*w, loc.t(&format!("approval_level-{name}-{w}"))))
            .collect::<Vec<_>>()
    };
    let roles: Vec<Choice> = ROLES
        .iter()
        .map(|r| Choice::new(*r, loc.t(&format!("role-{r}"))))
        .collect();
    let people = persons(visit, 0).await?;
    let chosen: Vec<&str> = typed.all("person").collect();
    let add = html! {
        form.stack method="post" action={ "/approval-flows/" (flow.id) "/levels" } {
            (ui::hidden("csrf", &visit.csrf))
            div.form-grid {
                (ui::Field::new("level_name", loc.t("approval_level-name")).text(typed.get("level_name").unwrap_or("")))
                (ui::Field::new("who", loc.t("approval_level-who")).select(&words("who", WHO), typed.get("who").unwrap_or("role"), None))
                (ui::Field::new("role", loc.t("approval_level-role")).error(error("role")).hint(loc.t("approval-role-hint")).select(&roles, typed.get("role").unwrap_or("manager"), Some("")))
                (ui::Field::new("mode", loc.t("approval_level-mode")).select(&words("mode", MODES), typed.get("mode").unwrap_or("any"), None))
            }
            fieldset.field {
                legend.lab { (loc.t("approval_level-persons")) }
                p.hint { (loc.t("approval-persons-hint")) }
                @if let Some(e) = error("persons") { span.err { (e) } }
                div.row.wrap { @for p in &people { label.row { input.check type="checkbox" name="person" value=(p.value) checked[chosen.contains(&p.value.as_str())]; span { (p.label) } } } }
            }
            div.btn-row.end { (ui::btn(loc.t("approval-level-add")).icon("plus").submit()) }
        }
    };
    Ok(html! {
        (ui::card(loc.t("approval-levels")).note(loc.t("approval-levels-note")).body(html! { div.stack { (list) } }))
        @if may { (ui::card(loc.t("approval-level-add")).body(add)) }
    })
}

/// `POST /approval-flows/{id}/levels`.
pub(crate) async fn add_level(visit: Visit, Path(id): Path<String>, subjects: Subjects, Form(f): Form) -> Answer {
    let flow = need(&visit, &id).await?;
    let ty: &RecordType = visit.registry().get("approval_level")?;
    let text = |name: &str| Value::from(f.filled(name).map(str::to_owned));
    let people: Vec<&str> = f.all("person").collect();
    let values = Values::from([
        ("flow_id".to_owned(), flow.id.into()),
        ("name".to_owned(), text("level_name")),
        ("who".to_owned(), text("who")),
        ("role".to_owned(), text("role")),
        ("persons".to_owned(), people.join(" ").into()),
        ("mode".to_owned(), text("mode")),
    ]);
    let tx = visit.ctx.begin().await?;
    match write::create(&visit.ctx, &tx, ty, values).await {
        Ok(_) => tx.commit().await?,
        Err(e) if !e.fields.is_empty() => {
            drop(tx);
            let mut answer = form(&visit, &subjects, Some(&flow), &f, Some(&e)).await?;
            *answer.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(answer);
        }
        Err(e) => return Err(e.into()),
    }
    go(&visit, &format!("/approval-flows/{}", flow.id))
}

/// `POST /approval-flows/{id}/levels/{level}/remove`.
pub(crate) async fn remove_level(visit: Visit, Path((id, level)): Path<(String, String)>, Form(f): Form) -> Answer {
    let flow = need(&visit, &id).await?;
    let ty = visit.registry().get("approval_level")?.clone();
    let tx = visit.ctx.begin().await?;
    write::archive(&visit.ctx, &tx, &ty, number(&level)?, f.need_int("version")?, true).await?;
    tx.commit().await?;
    go(&visit, &format!("/approval-flows/{}", flow.id))
}
