//! A call list as it is seen: how far it is, whom it has, who was put off and why.

use maud::{Markup, html};
use serde_json::Value as Any;
use zhike_contract::gate::Reason;
use zhike_kernel::{Result, Stamp};
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{Visit, records, ui};

/// How many stand where.
pub(crate) async fn progress(visit: &Visit, list: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT state, count(*) FROM voice_item WHERE list_id = $1 AND archived_at IS NULL GROUP BY state ORDER BY state";
    let rows = visit.db().all(sql, binds![list]).await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.int(1)?))).collect()
}

pub(crate) fn counts(visit: &Visit, all: &[(String, i64)]) -> Markup {
    let loc = &visit.loc;
    let of = |state: &str| all.iter().find(|c| c.0 == state).map_or(0, |c| c.1);
    let total: i64 = all.iter().map(|c| c.1).sum();
    let ended = of("done") + of("held");
    #[allow(clippy::cast_precision_loss, reason = "a share to be drawn")]
    let share = if total == 0 { 0.0 } else { ended as f64 / total as f64 };
    let words = loc.tv("call_list-progress", &[("done", ended.into()), ("total", total.into())]);
    html! {
        div.stack {
            (ui::progress(loc, share, &words))
            div.row.wrap style="gap:6px 18px" { @for state in crate::list_types::STATES {
                span.sm { span.mut { (loc.t(&format!("call_item-state-{state}"))) } " " b.num { (loc.int(of(state))) } }
            } }
        }
    }
}

/// Reasons read back, in words.
fn why(visit: &Visit, text: &str) -> String {
    let all: Vec<Any> = serde_json::from_str(text).unwrap_or_default();
    let first = all.first().and_then(|r| {
        let rule = r.get("rule")?.as_str()?.to_owned();
        let args = r.get("args").cloned().unwrap_or_default();
        Some(Reason { rule, args })
    });
    first
        .map(|r| zhike_web::gate::sentence(&visit.loc, &r))
        .unwrap_or_default()
}

/// On the list's page: how far it is, the way to work, whom it has, who was put off and why.
pub(crate) async fn head(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = progress(visit, record.id).await?;
    let left = all
        .iter()
        .filter(|c| ["open", "later"].contains(&c.0.as_str()))
        .map(|c| c.1)
        .sum::<i64>();
    let may = visit.may("call_list.edit") && record.archived_at.is_none();
    let start = html! { @if may && left > 0 {
        form method="post" action={ "/call-lists/" (record.id) "/next" } style="margin:0" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::btn(loc.t("call_list-start")).icon("phone-call").primary().submit().attr("data-press", "n").key("N"))
        }
    } };
    let ty = visit.registry().get("party")?.clone();
    let views = records::choices(visit, &ty).await?;
    Ok(html! { div.stack {
        (ui::card(loc.t("call_list-how-far")).actions(start).body(if all.is_empty() {
            html! { (ui::empty("users", &loc.t("call_list-nobody"), &loc.t("call_list-nobody-text"), html! {})) }
        } else { counts(visit, &all) }))
        @if may {
            (ui::card(loc.t("call_list-add")).body(html! { form.row.wrap data-stay method="post" action={ "/call-lists/" (record.id) "/add" } style="gap:8px 14px;align-items:flex-end" {
                (ui::hidden("csrf", &visit.csrf))
                div style="flex:1 1 200px" { (ui::Field::new("view", loc.t("call_list-view")).select(&views, "", Some(&loc.t("call_list-everybody")))) }
                (ui::btn(loc.t("call_list-add")).icon("plus").submit())
            } }))
        }
    } })
}

/// The tab with all entries.
pub(crate) async fn items(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT party_id, state, not_before, COALESCE(reason, ''), COALESCE(outcome, ''), COALESCE(note, ''), user_id FROM voice_item \
               WHERE list_id = $1 AND archived_at IS NULL ORDER BY position, id LIMIT 500";
    let rows = visit.db().all(sql, binds![record.id]).await?;
    let ids: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    let names = read::titles(visit.db(), visit.registry(), "party", &ids, visit.latin).await?;
    let users = visit.app.identity.names(visit.latin).await?;
    if rows.is_empty() {
        return Ok(ui::empty(
            "users",
            &loc.t("call_list-nobody"),
            &loc.t("call_list-nobody-text"),
            html! {},
        ));
    }
    let body = html! { div.tbl-wrap { table.tbl.plain {
        thead { tr { @for h in ["party_id", "state", "outcome", "note", "user_id"] { th scope="col" { (loc.t(&format!("call_item-{h}"))) } } } }
        tbody data-rows { @for r in &rows {
            @let (state, outcome) = (r.text(1)?, r.text(4)?);
            tr {
                td { a.link href={ "/parties/" (r.int(0)?) } { (names.get(&r.int(0)?).map_or("—", String::as_str)) } }
                td style="white-space:normal" {
                    (ui::badge(if state == "held" { ui::Hue::Jade } else if state == "done" { ui::Hue::Green } else { ui::Hue::Grey }, &loc.t(&format!("call_item-state-{state}"))))
                    @if let Some(at) = r.opt_int(2)? { " " span.num { (loc.stamp(Stamp(at))) } }
                    @let reason = why(visit, &r.text(3)?);
                    @if !reason.is_empty() { div.xs.mut { (reason) } }
                }
                td { @if !outcome.is_empty() { (loc.t(&format!("call_item-outcome-{outcome}"))) } @else { "—" } }
                td style="white-space:normal" { (r.text(5)?) }
                td { (r.opt_int(6)?.and_then(|u| users.get(&u)).map_or("—", String::as_str)) }
            }
        } }
    } } };
    Ok(html! { (ui::card(loc.t("call_item-many")).flush(body)) })
}
