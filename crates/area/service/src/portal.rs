//! The portal's pieces: the customer's complaints and questions, and a new one.

use crate::case::link;
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Door, Error, Kind, Result, Values};
use zhike_store::{Ctx, Query as _, Record, binds, read, tries, write};
use zhike_web::{
    Answer, Fields, Form, GUEST, Place, Routes, Tab, Visit,
    answer::{html as answer_html, html_with, see_other, status},
    portal::{self, PORTAL},
    ui::{self, Choice, Field, Hue, Tone},
};

/// Cases of one account within a quarter of an hour.
const OFTEN: i64 = 10;
/// What a guest may begin.
const KINDS: [&str; 3] = ["complaint", "enquiry", "return"];

pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new(PORTAL, "told", Place::Head, 10, GUEST, |v, p| Box::pin(told(v, p))),
        Tab::new(PORTAL, "cases", Place::Tab, 40, GUEST, |v, p| Box::pin(list(v, p))).icon("message-report"),
    ]
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/portal/complain", GUEST, page)
        .post("/portal/complain", GUEST, take)
        .get("/portal/cases/{id}", GUEST, open)
}

/// Solutions that wait for the customer's word.
async fn told(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, number, subject FROM service_case WHERE party_id = $1 AND status IN ('told', 'no_answer') AND archived_at IS NULL ORDER BY id LIMIT 5";
    let rows = visit.db().all(sql, binds![party.id]).await?;
    let mut all = vec![];
    for r in &rows {
        let words = loc.tv(
            "portal-told",
            &[("number", r.text(1)?.into()), ("subject", r.text(2)?.into())],
        );
        all.push(html! { (words) " " a.link href={ "/portal/cases/" (r.int(0)?) } { (loc.t("portal-judge")) } });
    }
    Ok(html! { @for line in &all { (ui::callout(Tone::Info, line)) } })
}

async fn list(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let new = ui::btn(loc.t("portal-complain"))
        .primary()
        .icon("plus")
        .href("/portal/complain");
    let sql = "SELECT id, number, subject, opened_on, status FROM service_case WHERE party_id = $1 AND archived_at IS NULL \
               ORDER BY opened_on DESC, id DESC LIMIT 100";
    let rows = visit.db().all(sql, binds![party.id]).await?;
    if rows.is_empty() {
        return Ok(ui::empty(
            "message",
            &loc.t("portal-cases-none"),
            &loc.t("portal-cases-none-text"),
            html! { (new) },
        ));
    }
    let mut lines = vec![];
    for r in &rows {
        let status = r.text(4)?;
        let hue = match status.as_str() {
            "told" | "no_answer" => Hue::Amber,
            "satisfied" | "done" => Hue::Green,
            _ => Hue::Blue,
        };
        lines.push(html! { tr {
            td { a.link href={ "/portal/cases/" (r.int(0)?) } { b { (r.text(1)?) } } div.sm { (r.text(2)?) } }
            td.num { (r.text(3)?) }
            td { (ui::badge(hue, &loc.t(&format!("portal-case-{status}")))) }
        } });
    }
    Ok(html! {
        div.btn-row { (new) }
        section.card { div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("case-one")) } th scope="col" { (loc.t("case-opened_on")) } th scope="col" { (loc.t("case-status")) } } }
            tbody { @for l in &lines { (l) } }
        } } }
    })
}

/// `GET /portal/cases/{id}`: to the customer's page of the case.
async fn open(visit: Visit, Path(id): Path<String>) -> Answer {
    let party = visit.need_guest()?.party;
    let house = Ctx::system(&visit.house, Door::Page);
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let tx = house.begin().await?;
    let case = read::need(&house, &tx, house.registry().get("case")?, id).await?;
    if case.int("party_id") != Some(party) || case.archived_at.is_some() {
        return Err(Error::missing().into());
    }
    let link = link::of_case(&tx, id).await?;
    tx.commit().await?;
    see_other(&format!(
        "{}?lang={}",
        link::path(&visit.app.secret, &link),
        visit.loc.lang.code()
    ))
}

async fn page(visit: Visit) -> Answer {
    answer_html(form(&visit, &Fields::default(), None).await?)
}

async fn form(visit: &Visit, f: &Fields, problem: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let party = visit.need_guest()?.party;
    let sql = "SELECT id, number, ordered_on FROM order_order WHERE party_id = $1 AND archived_at IS NULL AND status <> 'draft' \
               ORDER BY ordered_on DESC, id DESC LIMIT 50";
    let mut orders = vec![];
    for r in visit.db().all(sql, binds![party]).await? {
        orders.push(Choice::new(
            r.int(0)?.to_string(),
            format!("{} · {}", r.text(1)?, r.text(2)?),
        ));
    }
    let kinds = KINDS.map(|k| Choice::new(k, loc.t(&format!("case-kind-{k}"))));
    let error = |name: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|w| w.field == name));
        found.map(|w| loc.field_error(w))
    };
    let typed = |name: &str| f.get(name).unwrap_or("").to_owned();
    let body = html! {
        @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
        (ui::card(loc.t("portal-complain")).body(html! {
            form.stack method="post" action="/portal/complain" novalidate {
                (Field::new("kind", loc.t("case-kind")).segmented(&kinds, f.get("kind").unwrap_or("complaint")))
                @if !orders.is_empty() { (Field::new("order_id", loc.t("case-order_id")).error(error("order_id")).select(&orders, &typed("order_id"), Some(""))) }
                (Field::new("subject", loc.t("complain-subject")).required(true).error(error("subject")).text(&typed("subject")))
                (Field::new("description", loc.t("complain-text-label")).required(true).error(error("description")).textarea(&typed("description"), 6))
                div.btn-row { (ui::btn(loc.t("complain-send")).primary().submit()) }
            }
        }))
    };
    Ok(portal::page(visit, &loc.t("portal-complain"), "cases", body))
}

async fn take(visit: Visit, Form(f): Form) -> Answer {
    match keep(&visit, &f).await {
        Ok(path) => see_other(&path),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Refused | Kind::TooMany) => {
            let page = form(&visit, &f, Some(&e)).await?;
            html_with(status(e.kind), page)
        }
        Err(e) => Err(e.into()),
    }
}

async fn keep(visit: &Visit, f: &Fields) -> Result<String> {
    let guest = visit.need_guest()?;
    let house = Ctx::system(&visit.house, Door::Page);
    let ty = house.registry().get("case")?.clone();
    let mut wrong = vec![];
    let mut values = Values::new();
    for name in ["subject", "description"] {
        match ty.need(name)?.parse(f.get(name).unwrap_or(""), visit.house.currency) {
            Ok(value) if value.is_empty() => wrong.extend(Error::field(name, "error-required").fields),
            Ok(value) => {
                values.insert(name.into(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    tries::count(&visit.ctx, "portal.case", &guest.account.to_string(), OFTEN).await?;
    let kind = f.get("kind").filter(|k| KINDS.contains(k)).unwrap_or("complaint");
    let mut put = |name: &str, value: zhike_kernel::Value| values.insert(name.into(), value);
    put("kind", kind.into());
    put("channel", "portal".into());
    put("party_id", guest.party.into());
    put("contact_name", guest.name.as_str().into());
    put("contact_email", guest.email.as_str().into());
    put("language", if visit.loc.is_zh() { "zh" } else { "en" }.into());
    let tx = house.begin().await?;
    if let Some(order) = f.int("order_id") {
        let sql = "SELECT id FROM order_order WHERE id = $1 AND party_id = $2 AND archived_at IS NULL";
        let row = tx.one(sql, binds![order, guest.party]).await?;
        let order = row
            .ok_or_else(|| Error::field("order_id", "error-not-a-choice"))?
            .int(0)?;
        put("order_id", order.into());
    }
    let ids = write::insert_many(&house, &tx, &ty, vec![values], None).await?;
    let id = ids.first().copied().ok_or_else(Error::missing)?;
    let link = link::of_case(&tx, id).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    Ok(format!(
        "{}?lang={}",
        link::path(&visit.app.secret, &link),
        visit.loc.lang.code()
    ))
}
