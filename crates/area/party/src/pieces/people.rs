//! The people of an organisation: who works there, adding one, letting one go.

use super::{contact, link, need};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Query, Record, binds, read, write};
use zhike_web::{
    Answer, Form, Routes, Visit,
    answer::go,
    records::show,
    ui::{self, Field},
};

/// Fields of the short form.
const FORM: [&str; 4] = ["name", "job_title", "phone", "email"];

struct Person {
    relation: i64,
    title: String,
    id: i64,
    name: String,
    phone: String,
    email: String,
}

async fn employed(visit: &Visit, party: i64) -> Result<Vec<Person>> {
    let rows = visit
        .db()
        .all(
            &format!(
                "SELECT r.id, COALESCE(r.title, p.job_title), p.id, {}, p.phone, p.email FROM party_relation r \
                 JOIN party_party p ON p.id = r.to_id WHERE r.from_id = $1 AND r.kind = 'employs' AND r.archived_at IS NULL \
                 AND p.archived_at IS NULL AND (r.until_on IS NULL OR r.until_on > $2) ORDER BY p.name, r.id LIMIT 200",
                visit.name_of("p")
            ),
            binds![party, visit.today().to_string()],
        )
        .await?;
    rows.iter()
        .map(|r| {
            let text = |i| Ok::<_, Error>(r.opt_text(i)?.unwrap_or_default());
            Ok(Person {
                relation: r.int(0)?,
                title: text(1)?,
                id: r.int(2)?,
                name: text(3)?,
                phone: text(4)?,
                email: text(5)?,
            })
        })
        .collect()
}

/// Draws the tab.
pub(super) async fn draw(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if record.text("kind") == "person" {
        return Ok(ui::empty(
            "user-circle",
            &loc.t("party-people-person"),
            &loc.t("party-people-person-text"),
            html! {},
        ));
    }
    let ty = visit.registry().get("party")?.clone();
    let people = employed(visit, record.id).await?;
    let edit = visit.may("party.edit") && record.archived_at.is_none();
    let label = |name: &str| show::label(visit, &ty, name);
    let list = html! {
        @if people.is_empty() { p.mut style="padding:14px" { (loc.t("party-people-none")) } }
        @else { table.tbl.plain {
            thead { tr { @for name in FORM { th scope="col" { (label(name)) } } @if edit { th {} } } }
            tbody { @for p in &people { tr {
                td { (link(p.id, &p.name, true)) }
                td { (p.title) }
                td { (contact(visit, p.id, "phone", &p.phone)) }
                td { (contact(visit, p.id, "email", &p.email)) }
                @if edit { td.r {
                    form data-stay method="post" action={ "/party/" (record.id) "/people/" (p.relation) "/end" } {
                        (ui::hidden("csrf", &visit.csrf))
                        (ui::btn(loc.t("party-people-end")).ghost().small().icon("user-off").submit())
                    }
                } }
            } } }
        } }
    };
    Ok(html! {
        (ui::card(loc.t("party-tab-people")).flush(list))
        @if edit && visit.may("party.create") {
            (ui::card(loc.t("party-people-add")).body(html! {
                form.stack.l data-stay method="post" action={ "/party/" (record.id) "/people" } {
                    (ui::hidden("csrf", &visit.csrf))
                    (Field::new("name", label("name")).id("f-person-name").required(true).text(""))
                    (Field::new("job_title", label("job_title")).id("f-person-title").text(""))
                    (Field::new("phone", label("phone")).id("f-person-phone").phone(""))
                    (Field::new("email", label("email")).id("f-person-email").email(""))
                    (ui::submit_row(loc, None, &loc.t("party-people-add")))
                }
            }))
        }
    })
}

pub(super) fn routes() -> Routes {
    Routes::new().post("/party/{id}/people", "party.create", add).post(
        "/party/{id}/people/{relation}/end",
        "party.edit",
        end,
    )
}

async fn add(visit: Visit, Path(id): Path<String>, Form(form): Form) -> Answer {
    let company = need(&visit, &id).await?;
    let party = visit.registry().get("party")?.clone();
    let relation = visit.registry().get("relation")?.clone();
    let input: Vec<(String, String)> = FORM
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), form.filled(name)?.to_owned())))
        .collect();
    let mut person = write::read_input(&visit.ctx, &party, None, &input)?;
    person.insert("kind".into(), "person".into());
    // Whoever sees the company sees its people.
    person.insert("owner_id".into(), company.get("owner_id").clone());
    let title = person.get("job_title").cloned().unwrap_or_default();
    let tx = visit.begin().await?;
    let person = write::create(&visit.ctx, &tx, &party, person).await?;
    let values: Values = [
        ("from_id".to_owned(), Value::Int(company.id)),
        ("to_id".to_owned(), person.into()),
        ("kind".to_owned(), "employs".into()),
        ("title".to_owned(), title),
        ("since_on".to_owned(), visit.today().into()),
    ]
    .into();
    write::create(&visit.ctx, &tx, &relation, values).await?;
    tx.commit().await?;
    go(&visit, &format!("/parties/{}/people", company.id))
}

async fn end(visit: Visit, Path((id, relation)): Path<(String, String)>) -> Answer {
    end_relation(&visit, &id, &relation).await?;
    go(&visit, &format!("/parties/{id}/people"))
}

/// Ends a relation of a party today. It stays in the history.
pub(super) async fn end_relation(visit: &Visit, party: &str, relation: &str) -> Result<()> {
    let party = need(visit, party).await?;
    let ty = visit.registry().get("relation")?.clone();
    let id = relation.parse::<i64>().map_err(|_| Error::missing())?;
    let tx = visit.begin().await?;
    let row = tx
        .one(
            "SELECT from_id, to_id FROM party_relation WHERE id = $1 AND archived_at IS NULL",
            binds![id],
        )
        .await?
        .ok_or_else(Error::missing)?;
    if row.int(0)? != party.id && row.int(1)? != party.id {
        return Err(Error::missing());
    }
    let old = read::need(&visit.ctx, &tx, &ty, id).await?;
    let version = old.version;
    let mut values: Values = [("until_on".to_owned(), Value::from(visit.today()))].into();
    if old.date("since_on").is_some_and(|since| since > visit.today()) {
        values.insert("since_on".into(), visit.today().into());
    }
    visit.require("relation.edit")?;
    write::update_from(&visit.ctx, &tx, &ty, old, version, values).await?;
    tx.commit().await
}
