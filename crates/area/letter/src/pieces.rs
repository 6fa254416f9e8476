//! A batch and a letter on their pages: papers to print, what is in the batch, and how it ends.

use crate::{code, desk, flow};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_paper::LabelSheet;
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{Place, Tab, Visit, ui};

/// The pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("letter_batch", "print", Place::Head, 10, flow::PRINT, |v, r| {
            Box::pin(async move { Ok(print(v, r)) })
        }),
        Tab::new("letter_batch", "letters", Place::Tab, -10, "letter.view", |v, r| {
            Box::pin(letters(v, r))
        }),
        Tab::new("letter", "state", Place::Head, 10, "letter.view", |v, r| {
            Box::pin(async move { Ok(head(v, r)) })
        })
        .shows(&["code", "state", "body", "recipient", "address"]),
        Tab::new("letter", "answer", Place::Rail, 10, flow::ANSWER, |v, r| {
            Box::pin(desk::answer_card(v, r))
        }),
    ]
}

/// A step that is asked about before it is done.
fn step(visit: &Visit, of: (&str, i64, i64), to: &str, button: ui::Btn, more: &Markup) -> Markup {
    let loc = &visit.loc;
    let (path, id, version) = of;
    let name = format!("{to}-{id}");
    let form = html! {
        form.stack method="post" action={ (path) "/" (id) "/" (to) } {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &version.to_string()))
            p { (loc.t(&format!("letter-{to}-text"))) }
            (more)
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t(&format!("letter-{to}"))).primary().submit()) }
        }
    };
    html! { (button.opens(&name)) (ui::dialog(&name, &loc.t(&format!("letter-{to}")), form)) }
}

fn print(visit: &Visit, batch: &Record) -> Markup {
    let loc = &visit.loc;
    let state = batch.text("state");
    if flow::sees_all(&visit.ctx).is_err() {
        return html! { (ui::callout(ui::Tone::Info, loc.t("error-letter-sight"))) };
    }
    if state == "emptied" {
        return html! { (ui::callout(ui::Tone::Info, loc.t("letter-emptied-note"))) };
    }
    let of = ("/letter-batches", batch.id, batch.version);
    let sheets: Vec<ui::Choice> = LabelSheet::ALL
        .iter()
        .map(|s| ui::Choice::new(s.word, loc.t(&format!("letter-sheet-{}", s.word))))
        .collect();
    html! { div.stack {
        @if !zhike_paper::available() { (ui::callout(ui::Tone::Bad, loc.t("error-paper-none"))) }
        @else {
            (ui::card(loc.t("letter-print")).note(loc.t("letter-print-text")).body(html! { div.stack {
                div.btn-row { (ui::btn(loc.t("letter-print-letters")).icon("printer").href(format!("/letter-batches/{}/pdf", batch.id)).attr("target", "_blank")) }
                form.row.wrap method="get" action={ "/letter-batches/" (batch.id) "/labels" } target="_blank" style="gap:8px 14px;align-items:flex-end" {
                    div style="flex:1 1 220px" { (ui::Field::new("sheet", loc.t("letter-sheet")).select(&sheets, "3x8", None)) }
                    div style="flex:0 1 160px" { (ui::Field::new("skip", loc.t("letter-skip")).number("0")) }
                    (ui::btn(loc.t("letter-print-labels")).icon("tag").submit())
                }
            } }))
        }
        @if state == "open" {
            (ui::callout(ui::Tone::Warn, loc.t("letter-open-note")))
            div.btn-row.wrap {
                (step(visit, of, "posted", ui::btn(loc.t("letter-posted")).primary().icon("check"), &html! {}))
                (step(visit, of, "emptied", ui::btn(loc.t("letter-emptied")).icon("arrow-back-up"), &html! {}))
            }
        }
    } }
}

async fn letters(visit: &Visit, batch: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id FROM letter_letter WHERE batch_id = $1 AND archived_at IS NULL ORDER BY id";
    let rows = visit.db().all(sql, binds![batch.id]).await?;
    let ids: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    let ty = visit.registry().get("letter")?.clone();
    let mut all = read::find_many(&visit.ctx, visit.db(), &ty, &ids).await?;
    all.sort_by_key(|l| l.id);
    let unseen = i64::try_from(ids.len() - all.len()).unwrap_or(0);
    let parties: Vec<i64> = all.iter().filter_map(|l| l.int("party_id")).collect();
    let names = read::titles(visit.db(), visit.registry(), "party", &parties, visit.latin).await?;
    let may = visit.may(flow::PRINT);
    let table = html! { div.tbl-wrap { table.tbl.plain {
        thead { tr {
            th scope="col" { (loc.t("letter-code")) }
            th scope="col" { (loc.t("letter-party_id")) }
            th scope="col" { (loc.t("letter-subject")) }
            th scope="col" { (loc.t("letter-state")) }
            th scope="col" { span.vh { (loc.t("letter-taken-out")) } }
        } }
        tbody data-rows { @for l in &all {
            @let party = l.int("party_id").unwrap_or(0);
            tr {
                td { a.link.num href={ "/letters/" (l.id) } { (code::shown(l.text("code"))) } }
                td { a.link href={ "/parties/" (party) } { (names.get(&party).map_or("—", String::as_str)) } }
                td style="white-space:normal" { (l.text("subject")) }
                td { (ui::badge(desk::hue(l.text("state")), &loc.t(&format!("letter-state-{}", l.text("state"))))) }
                td.r { @if may && l.text("state") == "printing" {
                    form method="post" action={ "/letters/" (l.id) "/taken-out" } style="margin:0" {
                        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &l.version.to_string())) (ui::hidden("batch", &batch.id.to_string()))
                        (ui::btn(loc.t("letter-taken-out")).small().icon("arrow-back-up").submit())
                    }
                } }
            }
        } }
    } } };
    Ok(html! {
        @if unseen > 0 { (ui::callout(ui::Tone::Info, loc.tv("letter-unseen", &[("n", unseen.into())]))) }
        (ui::card(loc.t("letter-many")).flush(table))
    })
}

fn head(visit: &Visit, letter: &Record) -> Markup {
    let loc = &visit.loc;
    let state = letter.text("state");
    let of = ("/letters", letter.id, letter.version);
    let why = html! { (ui::Field::new("why", loc.t("letter-trouble")).text("")) };
    html! { div.stack {
        div { (ui::badge(desk::hue(state), &loc.t(&format!("letter-state-{state}")))) }
        (ui::card(letter.text("subject")).body(html! {
            div.stack {
                p.sm.mut { (letter.text("recipient")) }
                p.pre { (letter.text("body")) }
            }
        }))
        div.btn-row.wrap {
            @if zhike_paper::available() && visit.may(flow::ANSWER) { (ui::btn(loc.t("letter-print-one")).icon("printer").href(format!("/letters/{}/pdf", letter.id)).attr("target", "_blank")) }
            @if state == "printing" && visit.may(flow::PRINT) { (step(visit, of, "taken-out", ui::btn(loc.t("letter-taken-out")).icon("arrow-back-up"), &html! {})) }
            @if state == "posted" && visit.may(flow::ANSWER) { (step(visit, of, "returned", ui::btn(loc.t("letter-returned")).icon("mail-opened"), &why)) }
        }
    } }
}
