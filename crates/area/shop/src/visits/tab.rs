//! Visits on the customer's page, and what was looked at most on the page of a box.

use super::forget;
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use zhike_kernel::{Result, Stamp};
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{
    Answer, Fields, Place, Tab, Visit,
    answer::{go_saying, json as answer},
    ui,
};

/// Shown on the page, and told to programs at once.
const SHOWN: i64 = 12;
const MOST: i64 = 200;
const MONTH: i64 = 30 * 86_400;

/// The pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("party", "web-visits", Place::Rail, 70, "party.view", |v, r| {
            Box::pin(card(v, r))
        }),
        Tab::new("message_box", "visits", Place::Tab, 10, "message_box.view", |v, r| {
            Box::pin(of_box(v, r))
        }),
    ]
}

struct Seen {
    id: i64,
    at: Stamp,
    path: String,
    title: String,
    referrer: String,
    site: String,
}

async fn seen(visit: &Visit, party: i64, before: Option<i64>, most: i64) -> Result<Vec<Seen>> {
    let sql = "SELECT v.id, v.at, v.path, v.title, v.referrer, w.name FROM shop_visit v JOIN shop_visitor w ON w.id = v.visitor_id \
               WHERE w.party_id = $1 AND w.archived_at IS NULL AND v.id < $2 ORDER BY v.id DESC LIMIT $3";
    let rows = visit
        .db()
        .all(sql, binds![party, before.unwrap_or(i64::MAX), most])
        .await?;
    rows.iter()
        .map(|r| {
            Ok(Seen {
                id: r.int(0)?,
                at: Stamp(r.int(1)?),
                path: r.text(2)?,
                title: r.text(3)?,
                referrer: r.text(4)?,
                site: r.text(5)?,
            })
        })
        .collect()
}

/// What the customer looked at; nothing where nobody agreed.
async fn card(visit: &Visit, party: &Record) -> Result<Markup> {
    let visits = seen(visit, party.id, None, SHOWN).await?;
    let Some(last) = visits.first() else {
        return Ok(html! {});
    };
    let loc = &visit.loc;
    let sql = "SELECT count(*) FROM shop_visit v JOIN shop_visitor w ON w.id = v.visitor_id WHERE w.party_id = $1 AND w.archived_at IS NULL AND v.at > $2";
    let recent = visit
        .db()
        .number(sql, binds![party.id, visit.now().plus_seconds(-MONTH).0])
        .await?;
    let may = visit.may("consent.edit");
    let forget = html! { @if may { (ui::btn(loc.t("visits-forget")).small().ghost().opens("visits-forget")) } };
    let sure = html! {
        form.stack data-stay method="post" action={ "/parties/" (party.id) "/web-visits/forget" } {
            (ui::hidden("csrf", &visit.csrf))
            p { (loc.t("visits-forget-sure")) }
            div.btn-row.end { (ui::btn(loc.t("visits-forget")).danger().submit()) }
        }
    };
    let card = ui::card(loc.t("visits-title"))
        .note(loc.tv("visits-recent", &[("n", recent.into()), ("site", last.site.as_str().into())]))
        .actions(forget)
        .flush(html! {
            ul.list #web-visits { @for v in &visits {
                li style="padding:6px 14px;font-size:13.5px" {
                    span style="overflow-wrap:anywhere" title=(v.path) { (if v.title.is_empty() { &v.path } else { &v.title }) }
                    span.dim.xs { " · " (loc.relative(v.at, visit.now())) }
                }
            } }
        });
    Ok(html! { (card) @if may { (ui::dialog("visits-forget", &loc.t("visits-forget"), sure)) } })
}

/// How many agreed, and what was looked at most.
async fn of_box(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if record.get("visits").truth() != Some(true) {
        return Ok(ui::empty(
            "eye",
            &loc.t("visits-off"),
            &loc.t("visits-off-text"),
            html! {},
        ));
    }
    let since = visit.now().plus_seconds(-MONTH).0;
    let sql = "SELECT v.path, MAX(v.title), count(*), count(DISTINCT v.visitor_id) FROM shop_visit v JOIN shop_visitor w ON w.id = v.visitor_id \
               WHERE w.box_id = $1 AND v.at > $2 GROUP BY v.path ORDER BY count(*) DESC, v.path LIMIT 50";
    let rows = visit.db().all(sql, binds![record.id, since]).await?;
    let sql = "SELECT count(*) FROM shop_visitor WHERE box_id = $1 AND archived_at IS NULL";
    let agreed = visit.db().number(sql, binds![record.id]).await?;
    let base = match zhike_web::site::address(visit.db()).await? {
        base if base.is_empty() => format!("https://{}", loc.t("box-your-host")),
        base => base,
    };
    let snippet = format!(
        "<script async src=\"{base}/embed/visits.js\" data-box=\"{}\"></script>",
        record.text("token")
    );
    Ok(html! {
        div.stack.l style="padding:14px" {
            p { (loc.t("visits-embed")) }
            textarea.textarea #visits-snippet readonly rows="3" aria-label=(loc.t("box-snippet")) style="font-family:monospace;width:100%" { (snippet) }
            p.sm.mut { (loc.t("visits-banner")) }
            p.sm.mut { (loc.t("box-policy")) " " code style="overflow-wrap:anywhere" { "script-src " (base) "; connect-src " (base) } }
            p { (loc.tv("visits-agreed", &[("n", agreed.into())])) }
            @if rows.is_empty() { p.mut { (loc.t("visits-none")) } } @else {
                div.tbl-wrap { table.tbl.plain {
                    thead { tr { th scope="col" { (loc.t("visits-page")) } th.r scope="col" { (loc.t("visits-times")) } th.r scope="col" { (loc.t("visits-visitors")) } } }
                    tbody data-rows { @for r in &rows { tr {
                        td.wrap { (r.text(1)?) " " span.mut style="overflow-wrap:anywhere" { (r.text(0)?) } }
                        td.r { (loc.int(r.int(2)?)) } td.r { (loc.int(r.int(3)?)) }
                    } } }
                } }
            }
        }
    })
}

/// `GET /api/v1/parties/{id}/web-visits?before=`.
pub(super) async fn api(visit: Visit, id: i64, q: Fields) -> Answer {
    let party = read::need(&visit.ctx, visit.db(), visit.registry().get("party")?, id).await?;
    let before = q.filled("before").and_then(|t| t.parse().ok());
    let found = seen(&visit, party.id, before, MOST).await?;
    let next = found.last().map(|v| v.id).filter(|_| found.len() as i64 == MOST);
    let data: Vec<Json> = found
        .iter()
        .map(|v| json!({"id": v.id, "at": v.at.rfc3339(), "path": v.path, "title": v.title, "referrer": v.referrer, "site": v.site}))
        .collect();
    answer(StatusCode::OK, &json!({"data": data, "next": next}))
}

async fn forget_all(visit: &Visit, id: i64) -> Result<usize> {
    let ctx = &visit.ctx;
    ctx.require("consent.edit")?;
    let party = read::need(ctx, visit.db(), visit.registry().get("party")?, id).await?;
    let tx = ctx.begin().await?;
    let ids = forget::of_party(&tx, party.id).await?;
    // Whoever may see the customer may do what the customer asks for.
    let house = zhike_store::Ctx {
        actor: ctx.actor.clone(),
        ..zhike_store::Ctx::system(&ctx.house, ctx.door)
    };
    forget::visitors(&house, &tx, &ids).await?;
    tx.commit().await?;
    Ok(ids.len())
}

/// `DELETE /api/v1/parties/{id}/web-visits`.
pub(super) async fn api_forget(visit: Visit, id: i64) -> Answer {
    let n = forget_all(&visit, id).await?;
    answer(StatusCode::OK, &json!({"visitors": n}))
}

/// `POST /parties/{id}/web-visits/forget`.
pub(super) async fn page_forget(visit: Visit, id: i64) -> Answer {
    forget_all(&visit, id).await?;
    go_saying(
        &visit,
        &format!("/parties/{id}"),
        &visit.loc.t("visits-forgotten"),
        None,
    )
}
