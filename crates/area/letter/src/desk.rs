//! The desk where letters are made: what waits, the batches on it, and the field for the code of an answer.

use crate::{Ports, api, code, flow};
use axum::extract::Path;
use maud::{Markup, Render, html};
use zhike_contract::Channel;
use zhike_kernel::{Date, Error, Result};
use zhike_store::{Query as _, Record, read};
use zhike_web::{Answer, Form, Query, Screen, Visit, answer::go_saying, ui};

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

/// The colour of a batch's state.
pub(crate) fn hue(state: &str) -> ui::Hue {
    match state {
        "open" | "printing" => ui::Hue::Amber,
        "posted" => ui::Hue::Green,
        "returned" => ui::Hue::Red,
        _ => ui::Hue::Grey,
    }
}

/// `GET /letters/desk?code=`.
pub(crate) async fn page(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let typed = q.filled("code").unwrap_or("");
    let (mut found, mut wrong) = (None, None);
    if !typed.is_empty() {
        match flow::by_code(&visit.ctx, typed).await {
            Ok(letter) => found = Some(letter),
            Err(e) => wrong = Some(e.fields.first().map_or_else(|| loc.error(&e), |f| loc.field_error(f))),
        }
    }
    let actions = html! {
        (ui::btn(loc.t("letter_batch-many")).small().icon("printer").href("/letter-batches"))
        (ui::btn(loc.t("letter-many")).small().icon("list").href("/letters"))
    };
    let answer = match &found {
        Some(letter) => answer_card(&visit, letter).await?,
        None => html! {},
    };
    let body = html! { div.stack.l {
        @if !zhike_paper::available() { (ui::callout(ui::Tone::Bad, loc.t("error-paper-none"))) }
        (waiting(&visit).await?)
        @if visit.may(flow::ANSWER) {
            (ui::card(loc.t("letter-code-card")).note(loc.t("letter-code-text")).body(html! {
                form.row.wrap method="get" action="/letters/desk" style="gap:8px 14px;align-items:flex-start" {
                    div style="flex:0 1 260px" { (ui::Field::new("code", loc.t("letter-code")).error(wrong).attr("autocomplete", "off").attr("maxlength", "20").text(typed)) }
                    div style="padding-top:22px" { (ui::btn(loc.t("letter-code-find")).icon("search").submit()) }
                }
            }))
            (answer)
        }
        (batches(&visit).await?)
    } };
    Screen::new(&visit, loc.t("nav-letter"), "letter")
        .actions(actions)
        .show(ui::page_body(body))
}

async fn waiting(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let (n, since, later) = flow::waiting(&visit.ctx).await?;
    if n == 0 {
        let text = match later {
            0 => loc.t("letter-none-text"),
            n => loc.tv("letter-later", &[("n", n.into())]),
        };
        return Ok(ui::card(loc.t("letter-waiting"))
            .body(ui::empty("mail", &loc.t("letter-none"), &text, html! {}))
            .render());
    }
    let since = since.map(|s| loc.date_iso(loc.day_of(s))).unwrap_or_default();
    let words = loc.tv("letter-waiting-text", &[("n", n.into()), ("since", since.into())]);
    let make = if flow::sees_all(&visit.ctx).is_ok() {
        html! { form method="post" action="/letters/desk/make" style="margin:0" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::btn(loc.t("letter-make")).primary().icon("printer").submit())
        } }
    } else {
        html! { p.sm.mut { (loc.t("error-letter-sight")) } }
    };
    Ok(ui::card(loc.t("letter-waiting"))
        .body(html! { div.stack {
            p { (words) }
            @if later > 0 { p.sm.mut { (loc.tv("letter-later", &[("n", later.into())])) } }
            @if n > flow::MOST { p.sm.mut { (loc.tv("letter-many-at-once", &[("n", flow::MOST.into())])) } }
            div.btn-row { (make) }
        } })
        .render())
}

async fn batches(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, number, state, letters, made_on, posted_on FROM letter_batch WHERE archived_at IS NULL \
               ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, id DESC LIMIT 20";
    let rows = visit.db().all(sql, vec![]).await?;
    let day = |text: Option<String>| {
        text.and_then(|t| t.parse::<Date>().ok())
            .map_or_else(|| "—".into(), |d| loc.date_iso(d))
    };
    let body = if rows.is_empty() {
        ui::empty(
            "printer",
            &loc.t("letter-no-batch"),
            &loc.t("letter-no-batch-text"),
            html! {},
        )
    } else {
        html! { div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("field-number")) }
                th scope="col" { (loc.t("letter_batch-state")) }
                th.r scope="col" { (loc.t("letter_batch-letters")) }
                th scope="col" { (loc.t("letter_batch-made_on")) }
                th scope="col" { (loc.t("letter_batch-posted_on")) }
            } }
            tbody data-rows { @for r in &rows {
                @let state = r.text(2)?;
                tr {
                    td { a.link.num href={ "/letter-batches/" (r.int(0)?) } { (r.text(1)?) } }
                    td { (ui::badge(hue(&state), &loc.t(&format!("letter_batch-state-{state}")))) }
                    td.r.num { (loc.int(r.int(3)?)) }
                    td.num { (day(r.opt_text(4)?)) }
                    td.num { (day(r.opt_text(5)?)) }
                }
            } }
        } } }
    };
    Ok(ui::card(loc.t("letter_batch-many")).flush(body).render())
}

/// The ways an answer may come by.
fn ways(visit: &Visit) -> Vec<ui::Choice> {
    [
        Channel::Letter,
        Channel::Fax,
        Channel::Phone,
        Channel::Email,
        Channel::Visit,
    ]
    .map(|c| ui::Choice::new(c.word(), visit.loc.t(&format!("channel-{}", c.word()))))
    .to_vec()
}

/// The letter that was found, and the form for its answer.
pub(crate) async fn answer_card(visit: &Visit, letter: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let party = letter.int("party_id").unwrap_or(0);
    let names = read::titles(visit.db(), visit.registry(), "party", &[party], visit.latin).await?;
    let name = names.get(&party).cloned().unwrap_or_default();
    let shown = code::shown(letter.text("code"));
    let open = letter.text("state") != "back";
    Ok(ui::card(loc.tv("letter-answer-to", &[("code", shown.into())]))
        .id("answer")
        .body(html! { div.stack {
            (ui::kv(&[
                (loc.t("letter-party_id"), html! { a.link href={ "/parties/" (party) } { (name) } }),
                (loc.t("letter-subject"), html! { a.link href={ "/letters/" (letter.id) } { (letter.text("subject")) } }),
                (loc.t("letter-state"), html! { (loc.t(&format!("letter-state-{}", letter.text("state")))) }),
            ]))
            @if open {
                form.stack method="post" action={ "/letters/" (letter.id) "/answer" } {
                    (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &letter.version.to_string()))
                    (ui::Field::new("channel", loc.t("letter-answer-way")).select(&ways(visit), "letter", None))
                    (ui::Field::new("text", loc.t("letter-answer-words")).required(true).textarea("", 4))
                    div.btn-row { (ui::btn(loc.t("letter-answer-note")).primary().icon("check").submit()) }
                }
            } @else { p.mut { (loc.t("letter-answer-back")) } }
        } })
        .render())
}

/// `POST /letters/desk/make`.
pub(crate) async fn make(ports: Ports, visit: Visit) -> Answer {
    match flow::make(&visit.ctx, &ports).await? {
        Some(id) => go_saying(
            &visit,
            &format!("/letter-batches/{id}"),
            &visit.loc.t("letter-made"),
            None,
        ),
        None => go_saying(&visit, "/letters/desk", &visit.loc.t("letter-made-none"), None),
    }
}

/// `POST /letter-batches/{id}/posted`.
pub(crate) async fn posted(ports: Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let n = flow::posted(&visit.ctx, &ports, id_of(&id)?, f.need_int("version")?).await?;
    let words = visit
        .loc
        .tv("letter-posted-said", &[("n", i64::try_from(n).unwrap_or(0).into())]);
    go_saying(&visit, &format!("/letter-batches/{id}"), &words, None)
}

/// `POST /letter-batches/{id}/emptied`.
pub(crate) async fn emptied(ports: Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let n = flow::emptied(&visit.ctx, &ports, id_of(&id)?, f.need_int("version")?).await?;
    let words = visit
        .loc
        .tv("letter-emptied-said", &[("n", i64::try_from(n).unwrap_or(0).into())]);
    go_saying(&visit, "/letters/desk", &words, None)
}

/// `POST /letters/{id}/taken-out`.
pub(crate) async fn taken_out(ports: Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = id_of(&id)?;
    flow::taken_out(&visit.ctx, &ports, id, f.need_int("version")?).await?;
    let to = match f.int("batch") {
        Some(batch) => format!("/letter-batches/{batch}"),
        None => format!("/letters/{id}"),
    };
    go_saying(&visit, &to, &visit.loc.t("letter-taken-out-said"), None)
}

/// `POST /letters/{id}/returned`.
pub(crate) async fn returned(ports: Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let why = f.get("why").unwrap_or("");
    flow::returned(&visit.ctx, &ports, id_of(&id)?, f.need_int("version")?, why).await?;
    visit.app.nudge.notify_one();
    let said = visit.loc.t("letter-returned-said");
    go_saying(&visit, &format!("/letters/{id}"), &said, None)
}

/// `POST /letters/{id}/answer`.
pub(crate) async fn answer(ports: Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let way = api::channel(f.get("channel"))?;
    let text = f.get("text").unwrap_or("");
    let version = f.need_int("version")?;
    let contact = flow::answered(&visit.ctx, &ports, id_of(&id)?, version, (way, text)).await?;
    visit.app.nudge.notify_one();
    let said = visit.loc.t("letter-answer-said");
    go_saying(&visit, &format!("/interactions/{contact}"), &said, None)
}
