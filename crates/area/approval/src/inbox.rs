//! The page “Approvals”: mine to do, what I asked for, what I did; and who stands in for me.

use crate::{
    kept::{self, Inbox, Request},
    people,
    port::Subjects,
};
use axum::extract::Path;
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Date, Error, Result};
use zhike_store::{Event, Query as _, Tx, binds, field::parse_date};
use zhike_web::{
    Fields, Form, Query, Screen, Visit,
    answer::{Answer, go},
    records::show::hue as state_hue,
    ui::{self, Choice},
};

/// Requests a page.
const MOST: i64 = 50;

pub(crate) fn me(visit: &Visit) -> Result<i64> {
    visit.actor.user.ok_or_else(Error::unknown)
}

/// The colour of a request's or task's state.
pub(crate) fn hue(state: &str) -> ui::Hue {
    match state {
        "approved" => ui::Hue::Green,
        "rejected" => ui::Hue::Red,
        "returned" | "void" | "waiting" => ui::Hue::Amber,
        other => state_hue(other),
    }
}

/// `GET /approvals?box=`.
pub(crate) async fn page(visit: Visit, Query(q): Query) -> Answer {
    show(&visit, &q, None).await
}

async fn show(visit: &Visit, q: &Fields, problem: Option<&Error>) -> Answer {
    let loc = &visit.loc;
    let user = me(visit)?;
    let which = Inbox::parse(q.get("box").unwrap_or(""));
    let stands = people::stands_for(visit.db(), user, visit.today()).await?;
    let found = kept::inbox(visit.db(), which, user, &stands, q.int("before"), MOST).await?;
    let open = kept::to_do(visit.db(), user, &stands).await?;
    let tabs: Vec<ui::Tab> = Inbox::ALL
        .iter()
        .map(|b| ui::Tab {
            href: format!("/approvals?box={}", b.name()),
            label: loc.t(&format!("approval-box-{}", b.name())),
            count: (*b == Inbox::Todo && open > 0).then_some(open),
            active: *b == which,
        })
        .collect();
    let names = visit.app.identity.names(visit.latin).await?;
    let older = (i64::try_from(found.len()) == Ok(MOST))
        .then(|| found.last().map(|r| r.id))
        .flatten();
    let body = html! {
        @if found.is_empty() {
            (ui::empty("clipboard-check", &loc.t(&format!("approval-none-{}", which.name())), &loc.t("approval-none-text"), html! {}))
        } @else { (table(visit, &found, &names)) }
        @if let Some(id) = older {
            div.row { (ui::btn(loc.t("web-next")).small().href(format!("/approvals?box={}&before={id}", which.name()))) }
        }
    };
    let actions = html! {
        @if visit.may("approval_flow.view") { (ui::btn(loc.t("nav-approval_flow")).icon("settings").href("/approval-flows").wide_only()) }
    };
    let main = html! {
        (ui::tabs(loc, &loc.t("approval-boxes"), &tabs))
        (ui::page_body(html! {
            (ui::card("").flush(body))
            (deputies(visit, user, &names, problem).await?)
        }))
    };
    Screen::new(visit, loc.t("nav-approval"), "approval")
        .actions(actions)
        .show(main)
}

fn table(visit: &Visit, found: &[Request], names: &HashMap<i64, String>) -> Markup {
    let loc = &visit.loc;
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("approval-what")) }
                th scope="col" { (loc.t("approval-flow")) }
                th scope="col" { (loc.t("approval-asked-by")) }
                th scope="col" { (loc.t("approval-asked-at")) }
                th scope="col" { (loc.t("approval-state")) }
            } }
            tbody data-rows {
                @for r in found {
                    tr {
                        td { a.link href={ "/approvals/" (r.id) } { (loc.t(&format!("{}-one", r.subject))) " " (r.title) } }
                        td { (r.flows(visit.latin)) }
                        td { (r.asked_by.and_then(|u| names.get(&u)).map_or("—", String::as_str)) }
                        td.num { (loc.relative(r.asked_at, visit.now())) }
                        td { (ui::badge(hue(&r.state), &loc.t(&format!("approval-state-{}", r.state)))) }
                    }
                }
            }
        }
    }
}

/// Choices of people who can sign in.
pub(crate) async fn persons(visit: &Visit, without: i64) -> Result<Vec<Choice>> {
    let all = visit.app.identity.users().await?;
    Ok(all
        .iter()
        .filter(|u| u.active && u.id != without)
        .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect())
}

async fn deputies(visit: &Visit, user: i64, names: &HashMap<i64, String>, problem: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let rows = visit
        .db()
        .all(
            "SELECT id, user_id, deputy_id, from_on, until_on FROM approval_deputy WHERE (user_id = $1 OR deputy_id = $2) AND until_on >= $3 ORDER BY from_on, id",
            binds![user, user, visit.today().to_string()],
        )
        .await?;
    let name = |id: i64| names.get(&id).cloned().unwrap_or_else(|| format!("#{id}"));
    let error = |field: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == field));
        found.map(|f| loc.field_error(f))
    };
    let mut lines = vec![];
    for row in &rows {
        lines.push((row.int(0)?, row.int(1)?, row.int(2)?, row.text(3)?, row.text(4)?));
    }
    let today = visit.today().to_string();
    Ok(html! {
        (ui::card(loc.t("approval-deputies")).note(loc.t("approval-deputies-note")).body(html! {
            @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            @for (id, who, deputy, from, until) in &lines {
                div.row.wrap {
                    span { (loc.tv("approval-stands-in", &[("deputy", name(*deputy).into()), ("who", name(*who).into()), ("from", from.as_str().into()), ("until", until.as_str().into())])) }
                    span.sp {}
                    @if *who == user {
                        form method="post" action={ "/approvals/deputy/" (id) "/end" } style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("approval-deputy-end")).small().ghost().submit()) }
                    }
                }
            }
            form.stack method="post" action="/approvals/deputy" {
                (ui::hidden("csrf", &visit.csrf))
                div.form-grid {
                    (ui::Field::new("deputy", loc.t("approval-deputy")).required(true).error(error("deputy")).select(&persons(visit, user).await?, "", Some("")))
                    (ui::Field::new("from", loc.t("approval-from")).required(true).error(error("from")).date(&today))
                    (ui::Field::new("until", loc.t("approval-until")).required(true).error(error("until")).date(""))
                }
                div.btn-row.end { (ui::btn(loc.t("approval-deputy-set")).submit()) }
            }
        }))
    })
}

/// A deputy for a time, as sent in.
pub(crate) async fn set_deputy(visit: &Visit, deputy: Option<i64>, from: &str, until: &str) -> Result<i64> {
    let user = me(visit)?;
    visit.require("approval.own")?;
    let deputy = deputy
        .filter(|d| *d != user)
        .ok_or_else(|| Error::field("deputy", "error-approval-deputy"))?;
    let day = |name: &str, text: &str| -> Result<Date> {
        parse_date(text).ok_or_else(|| Error::field(name, "error-not-a-date"))
    };
    let (from, until) = (day("from", from)?, day("until", until)?);
    if until < from || until < visit.today() {
        return Err(Error::field("until", "error-approval-days"));
    }
    let tx = visit.ctx.begin().await?;
    let there = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
    if tx.number(there, binds![deputy]).await? == 0 {
        return Err(Error::field("deputy", "error-not-a-record"));
    }
    let sql = "INSERT INTO approval_deputy (user_id, deputy_id, from_on, until_on) VALUES ($1,$2,$3,$4) RETURNING id";
    let id = tx
        .insert(sql, binds![user, deputy, from.to_string(), until.to_string()])
        .await?;
    let name = crate::port::name_of(&visit.ctx, &tx, deputy).await?;
    log(visit, &tx, user, "set", format!("{name} · {from} – {until}")).await?;
    tx.commit().await?;
    Ok(id)
}

/// Ends an own deputy.
pub(crate) async fn end_deputy(visit: &Visit, id: i64) -> Result<()> {
    let user = me(visit)?;
    visit.require("approval.own")?;
    let tx = visit.ctx.begin().await?;
    if tx
        .exec(
            "DELETE FROM approval_deputy WHERE id = $1 AND user_id = $2",
            binds![id, user],
        )
        .await?
        == 0
    {
        return Err(Error::missing());
    }
    log(visit, &tx, user, "removed", String::new()).await?;
    tx.commit().await
}

async fn log(visit: &Visit, tx: &Tx, user: i64, what: &str, note: String) -> Result<()> {
    let event = Event {
        kind: format!("approval.deputy_{what}.v1"),
        record_type: "user",
        record: user,
        note: (!note.is_empty()).then_some(note),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await.map(|_| ())
}

/// `POST /approvals/deputy`.
pub(crate) async fn deputy(visit: Visit, Form(f): Form) -> Answer {
    match set_deputy(
        &visit,
        f.int("deputy"),
        f.get("from").unwrap_or(""),
        f.get("until").unwrap_or(""),
    )
    .await
    {
        Ok(_) => go(&visit, "/approvals"),
        Err(e) if !e.fields.is_empty() => {
            let mut answer = show(&visit, &Fields::default(), Some(&e)).await?;
            *answer.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(e) => Err(e.into()),
    }
}

/// `POST /approvals/deputy/{id}/end`.
pub(crate) async fn no_deputy(visit: Visit, Path(id): Path<i64>) -> Answer {
    end_deputy(&visit, id).await?;
    go(&visit, "/approvals")
}

/// May these eyes see a request? Whoever asked, is or was asked, may see the record, or sees everything.
pub(crate) async fn visible(visit: &Visit, subjects: &Subjects, request: &Request) -> Result<bool> {
    let user = me(visit)?;
    if request.asked_by == Some(user) {
        return Ok(true);
    }
    let stands = people::stands_for(visit.db(), user, visit.today()).await?;
    let asked = kept::tasks(visit.db(), request.id).await?;
    if asked
        .iter()
        .any(|t| stands.contains(&t.task.user) || t.done_by == Some(user))
    {
        return Ok(true);
    }
    subjects.need(&request.subject)?;
    let ty = visit.registry().get(&request.subject)?;
    Ok(visit.may(&ty.permission("view"))
        && zhike_store::read::find(&visit.ctx, visit.db(), ty, request.record)
            .await?
            .is_some())
}
