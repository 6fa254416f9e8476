//! Who this party deals with: all relations in both directions, adding and ending one.

use super::{link, need, people::end_relation};
use crate::model::RELATIONS;
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Query, Record, binds, read, write};
use zhike_web::{
    Answer, Form, Routes, Visit,
    answer::go,
    ui::{self, Choice, Field, Hue},
};

/// Draws the tab.
pub(super) async fn draw(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let name = visit.name_of("p");
    let rows = visit
        .db()
        .all(
            &format!(
                "SELECT r.id, r.kind, r.title, r.since_on, r.until_on, CAST(1 AS BIGINT), p.id, {name}, p.kind FROM party_relation r \
                 JOIN party_party p ON p.id = r.to_id WHERE r.from_id = $1 AND r.to_id <> $2 AND r.archived_at IS NULL \
                 UNION ALL SELECT r.id, r.kind, r.title, r.since_on, r.until_on, CAST(0 AS BIGINT), p.id, {name}, p.kind \
                 FROM party_relation r JOIN party_party p ON p.id = r.from_id WHERE r.to_id = $3 AND r.from_id <> $4 \
                 AND r.archived_at IS NULL ORDER BY 1 DESC LIMIT 300"
            ),
            binds![record.id, record.id, record.id, record.id],
        )
        .await?;
    let edit = visit.may("relation.edit") && record.archived_at.is_none();
    let today = visit.today().to_string();
    let mut lines = vec![];
    for r in &rows {
        let text = |i| Ok::<_, Error>(r.opt_text(i)?.unwrap_or_default());
        let (kind, until) = (text(1)?, text(4)?);
        let way = if r.int(5)? == 1 { "kind" } else { "back" };
        let over = !until.is_empty() && until <= today;
        lines.push(html! { tr {
            td { (loc.t(&format!("relation-{way}-{kind}"))) }
            td { (link(r.int(6)?, &text(7)?, text(8)? == "person")) }
            td { (text(2)?) }
            td.num { (text(3)?) }
            td.num { @if over { (ui::badge(Hue::Grey, &until)) } @else { (until) } }
            @if edit { td.r { @if !over {
                form data-stay method="post" action={ "/party/" (record.id) "/relations/" (r.int(0)?) "/end" } {
                    (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("party-relation-end")).ghost().small().submit())
                }
            } } }
        } });
    }
    let choices: Vec<Choice> = RELATIONS
        .iter()
        .flat_map(|kind| {
            [("kind", "to"), ("back", "from")]
                .map(|(way, side)| Choice::new(format!("{side} {kind}"), loc.t(&format!("relation-{way}-{kind}"))))
        })
        .collect();
    let head = [
        "relation-kind",
        "party-one",
        "relation-title",
        "relation-since_on",
        "relation-until_on",
    ];
    Ok(html! {
        (ui::card(loc.t("party-tab-relations")).flush(html! {
            @if lines.is_empty() { p.mut style="padding:14px" { (loc.t("party-relations-none")) } }
            @else { table.tbl.plain {
                thead { tr { @for key in head { th scope="col" { (loc.t(key)) } } @if edit { th {} } } }
                tbody { @for line in &lines { (line) } }
            } }
        }))
        @if visit.may("relation.create") && record.archived_at.is_none() {
            (ui::card(loc.t("party-relation-add")).body(html! {
                form.stack.l data-stay method="post" action={ "/party/" (record.id) "/relations" } {
                    (ui::hidden("csrf", &visit.csrf))
                    (Field::new("kind", loc.t("relation-kind")).id("f-relation-kind").required(true).select(&choices, "", None))
                    (Field::new("other", loc.t("party-one")).id("f-relation-other").required(true).combobox(loc, "/lookup/party", "", ""))
                    (Field::new("title", loc.t("relation-title")).id("f-relation-title").text(""))
                    (ui::submit_row(loc, None, &loc.t("party-relation-add")))
                }
            }))
        }
    })
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/party/{id}/relations", "relation.create", add)
        .post("/party/{id}/relations/{relation}/end", "relation.edit", end)
}

async fn add(visit: Visit, Path(id): Path<String>, Form(form): Form) -> Answer {
    let record = need(&visit, &id).await?;
    let party = visit.registry().get("party")?.clone();
    let ty = visit.registry().get("relation")?.clone();
    let other = form.need_int("other")?;
    let other = read::need(&visit.ctx, visit.db(), &party, other).await?;
    let (side, kind) = form.get("kind").and_then(|k| k.split_once(' ')).unwrap_or(("", ""));
    if !RELATIONS.contains(&kind) {
        return Err(Error::field("kind", "error-not-a-choice").into());
    }
    let (from, to) = if side == "from" {
        (other.id, record.id)
    } else {
        (record.id, other.id)
    };
    let values: Values = [
        ("from_id".to_owned(), Value::Int(from)),
        ("to_id".to_owned(), to.into()),
        ("kind".to_owned(), kind.into()),
        ("title".to_owned(), form.filled("title").into()),
        ("since_on".to_owned(), visit.today().into()),
    ]
    .into();
    let tx = visit.begin().await?;
    write::create(&visit.ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    go(&visit, &format!("/parties/{}/relations", record.id))
}

async fn end(visit: Visit, Path((id, relation)): Path<(String, String)>) -> Answer {
    end_relation(&visit, &id, &relation).await?;
    go(&visit, &format!("/parties/{id}/relations"))
}
