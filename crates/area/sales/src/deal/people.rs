//! The people who have a say in a deal: their part and where they stand.

use super::{
    model::{ROLES, STANCES},
    parts::Parts,
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{
    Form, Routes, Visit,
    ui::{self, Choice, Field, Hue},
};

const PEOPLE: Parts = Parts {
    name: "deal_person",
    fields: &["party_id", "role", "stance", "note"],
    tab: "people",
};

/// What the tab posts to.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .post(
            "/deals/{id}/person",
            "deal.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(PEOPLE.add(visit, id, f)),
        )
        .post(
            "/deals/{id}/person/{person}/remove",
            "deal.edit",
            |visit: Visit, Path((id, person)): Path<(i64, i64)>, Form(f): Form| {
                Box::pin(PEOPLE.remove(visit, id, person, f))
            },
        )
}

fn hue(stance: &str) -> Hue {
    match stance {
        "for" => Hue::Green,
        "against" => Hue::Red,
        "neutral" => Hue::Amber,
        _ => Hue::Grey,
    }
}

/// The tab.
pub(crate) async fn tab(visit: &Visit, deal: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, version, party_id, role, stance, note FROM sales_deal_person WHERE deal_id = $1 AND archived_at IS NULL ORDER BY id";
    let rows = visit.db().all(sql, binds![deal.id]).await?;
    let mut lines = vec![];
    for row in &rows {
        lines.push((
            (row.int(0)?, row.int(1)?),
            row.int(2)?,
            row.opt_text(3)?.unwrap_or_default(),
            row.opt_text(4)?.unwrap_or_default(),
            row.opt_text(5)?.unwrap_or_default(),
        ));
    }
    let ids: Vec<i64> = lines.iter().map(|l| l.1).collect();
    let names = read::titles(visit.db(), visit.registry(), "party", &ids, visit.latin).await?;
    let may = visit.may("deal.edit") && deal.archived_at.is_none();
    let words = |field: &str, all: &[&str]| -> Vec<Choice> {
        all.iter()
            .map(|w| Choice::new(*w, loc.t(&format!("deal_person-{field}-{w}"))))
            .collect()
    };
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr { @for key in ["party_id", "role", "stance", "note"] { th scope="col" { (loc.t(&format!("deal_person-{key}"))) } } th {} } }
            tbody {
                @for ((id, version), party, role, stance, note) in &lines { tr {
                    td { a.link href={ "/parties/" (party) } { (names.get(party).map_or("—", String::as_str)) } }
                    td { @if role.is_empty() { span.dim { "—" } } @else { (loc.t(&format!("deal_person-role-{role}"))) } }
                    td { @if !stance.is_empty() { (ui::badge(hue(stance), &loc.t(&format!("deal_person-stance-{stance}")))) } }
                    td { (note) }
                    td.r { @if may {
                        form method="post" action={ "/deals/" (deal.id) "/person/" (id) "/remove" } style="margin:0" {
                            (ui::hidden("version", &version.to_string())) (ui::icon_btn("trash", loc.t("deal-person-remove")).small().submit())
                        }
                    } }
                } }
                @if lines.is_empty() { tr { td.dim colspan="5" { (loc.t("deal-people-none")) } } }
            }
        } }
        @if may {
            form.row.wrap method="post" action={ "/deals/" (deal.id) "/person" } style="gap:10px;align-items:flex-end;padding:14px" {
                (Field::new("party_id", loc.t("deal_person-party_id")).combobox(loc, "/lookup/party", "", ""))
                (Field::new("role", loc.t("deal_person-role")).select(&words("role", ROLES), "", Some("—")))
                (Field::new("stance", loc.t("deal_person-stance")).select(&words("stance", STANCES), "unknown", None))
                (Field::new("note", loc.t("deal_person-note")).text(""))
                (ui::btn(loc.t("deal-person-add")).small().icon("plus").submit())
            }
        }
    })
}
