//! Who is in a segment: its condition, how many, the members, and what can be done with it.

use super::flow;
use crate::owned;
use maud::{Markup, html};
use zhike_kernel::{Result, Values};
use zhike_store::{List, Record, list};
use zhike_web::{
    Answer, Fields, Visit, answer,
    input::percent_encode,
    records::{
        self,
        condition::{self, Condition},
    },
    ui::{self, Kpi, Tone},
};

/// The tab.
pub(super) async fn members(visit: &Visit, segment: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let party = flow::party(&visit.ctx)?;
    let frozen = segment.text("kind") == "frozen";
    let is = Condition::read(segment.text("condition"));
    let words = is.words(visit, &party).await?;
    let asked = match flow::list(&visit.ctx, segment) {
        Ok(list) => list,
        // It asks for what these eyes may not see, or what is no longer there.
        Err(e) => {
            let wrong: Vec<String> = e.fields.iter().map(|f| loc.field_error(f)).collect();
            return Ok(html! {
                (ui::callout(Tone::Warn, html! { (loc.t("segment-unreadable")) " " (wrong.join(" ")) }))
                @if !frozen { (asks(visit, segment, &is, &words).await?) }
            });
        }
    };
    let many = list::count(&visit.ctx, visit.db(), &party, &asked, i64::MAX).await?;
    let all = list::count(&visit.ctx, visit.db(), &party, &List::of(&party), i64::MAX).await?;
    let query = Fields::parse(visit.uri.split_once('?').map_or("", |u| u.1));
    let asked = List {
        cursor: query.filled("cursor").map(str::to_owned),
        ..asked
    };
    let page = list::page(&visit.ctx, visit.db(), &party, &asked).await?;
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let names = records::names(visit, &party, &rows).await?;
    let columns = flow::columns(&party);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let here = format!("/segments/{}/members", segment.id);
    let step = |cursor: &str| format!("{here}?cursor={}", percent_encode(cursor));
    let share = if all > 0 {
        many.saturating_mul(1_000_000) / all
    } else {
        0
    };
    Ok(html! {
        (ui::kpis(&[
            Kpi::new(loc.t("segment-customers"), html! { span.num #segment-count { (loc.int(many)) } })
                .note(loc.tv("segment-of-all", &[("share", loc.percent_ppm(share).into()), ("all", loc.int(all).into())]))
                .href(format!("/parties?set=segment-{}", segment.id)),
        ]))
        @if frozen {
            (ui::callout(Tone::Info, html! {
                (loc.tv("segment-frozen-text", &[("day", segment.text("frozen_on").into()), ("members", segment.int("members").unwrap_or(0).into())]))
                " " (words)
            }))
        } @else { (asks(visit, segment, &is, &words).await?) }
        @if page.lines.is_empty() && asked.cursor.is_none() {
            (ui::card(loc.t("segment-tab-members")).body(ui::empty("users-group", &loc.t("segment-none"), &loc.t("segment-none-text"), html! {})))
        } @else {
            (ui::card(loc.t("segment-tab-members"))
                .note(loc.t("segment-by-name"))
                .flush(html! {
                    (records::table(visit, &party, &columns, &page.lines, &names))
                    div.btn-row style="padding:10px 14px" {
                        @if let Some(cursor) = &page.previous { (ui::btn(loc.t("web-previous")).small().href(step(cursor))) }
                        @if let Some(cursor) = &page.next { (ui::btn(loc.t("web-next")).small().href(step(cursor))) }
                        (ui::btn(loc.t("segment-in-list")).small().icon("list").href(format!("/parties?set=segment-{}", segment.id)))
                        @if visit.may("gate.view") {
                            (ui::btn(loc.t("segment-simulate")).small().icon("shield-check").href(format!("/gate/simulate?set=segment-{}", segment.id)))
                        }
                    }
                }))
        }
    })
}

/// The condition: its editor for who may change it, else its words.
async fn asks(visit: &Visit, segment: &Record, is: &Condition, words: &str) -> Result<Markup> {
    let loc = &visit.loc;
    let edits = visit.may("segment.edit") && owned::may_change(&visit.ctx, segment) && segment.archived_at.is_none();
    let body = if edits {
        let action = format!("/segments/{}/set-condition?version={}", segment.id, segment.version);
        let here = format!("/segments/{}/members", segment.id);
        condition::editor(visit, flow::party(&visit.ctx)?.as_ref(), is, &action, &here).await?
    } else {
        html! { p { (words) } p.sm.mut { (loc.t("owned-look-only")) } }
    };
    Ok(html! { (ui::card(loc.t("segment-who")).body(body)) })
}

/// Buttons at the top.
pub(super) fn actions(visit: &Visit, segment: &Record) -> Markup {
    let loc = &visit.loc;
    let frozen = segment.text("kind") == "frozen";
    let mine = visit.may("segment.edit") && owned::may_change(&visit.ctx, segment) && segment.archived_at.is_none();
    html! {
        @if mine && !frozen {
            form data-stay method="post" action={ "/segments/" (segment.id) "/freeze" } style="margin:0" {
                (ui::hidden("version", &segment.version.to_string()))
                (ui::btn(loc.t("segment-freeze")).icon("lock").submit())
            }
        }
        @if visit.may("segment.create") {
            form data-stay method="post" action={ "/segments/" (segment.id) "/copy" } style="margin:0" {
                (ui::btn(loc.t("segment-copy")).icon("copy").submit())
            }
        }
    }
}

/// `POST /segments/{id}/set-condition`.
pub(super) async fn set_condition(visit: Visit, id: i64, q: Fields, f: Fields) -> Answer {
    let version = q.need_int("version")?;
    let edit = |is: Condition, ty: &zhike_store::RecordType| is.edited(&visit, ty, &f);
    flow::change(&visit.ctx, id, version, edit).await?;
    answer::go(&visit, &format!("/segments/{id}/members"))
}

/// `POST /segments/{id}/freeze`.
pub(super) async fn freeze(visit: Visit, id: i64, f: Fields) -> Answer {
    let many = flow::freeze(&visit.ctx, id, f.need_int("version")?).await?;
    let said = visit.loc.tv(
        "segment-said-frozen",
        &[("members", i64::try_from(many).unwrap_or(i64::MAX).into())],
    );
    answer::go_saying(&visit, &format!("/segments/{id}"), &said, None)
}

/// `POST /segments/{id}/copy`.
pub(super) async fn copy(visit: Visit, id: i64) -> Answer {
    let new = flow::copy(&visit.ctx, id).await?;
    answer::go_saying(
        &visit,
        &format!("/segments/{new}"),
        &visit.loc.t("segment-said-copied"),
        None,
    )
}
