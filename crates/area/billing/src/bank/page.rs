//! The pages of bank statements: the list with the upload, and one statement with its lines and proposals.

use super::{EDIT, propose};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::{Value as Any, json};
use std::collections::HashMap;
use zhike_kernel::{Currency, Error, Result, Stamp, number};
use zhike_store::{Query, Row, binds, read};
use zhike_web::{
    Screen, Visit,
    answer::{Answer, json as json_answer},
    ui,
};

/// Statements shown.
const STATEMENTS: i64 = 100;
/// Lines shown; the file may have more, which come when these are done.
const LINES: i64 = 300;

/// A line as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub id: i64,
    pub day: String,
    pub amount: i64,
    pub currency: String,
    pub reference: String,
    pub text: String,
    pub payer: String,
    pub payer_account: String,
    pub state: String,
    pub party: Option<i64>,
    pub invoice: Option<i64>,
    pub why: Option<String>,
    pub payment: Option<i64>,
}

const COLUMNS: &str = "id, booked_on, amount, currency, reference, text, payer, payer_account, state, party_id, invoice_id, why, payment_id";

fn line_of(r: &Row) -> Result<Line> {
    Ok(Line {
        id: r.int(0)?,
        day: r.text(1)?,
        amount: r.int(2)?,
        currency: r.text(3)?,
        reference: r.text(4)?,
        text: r.text(5)?,
        payer: r.text(6)?,
        payer_account: r.text(7)?,
        state: r.text(8)?,
        party: r.opt_int(9)?,
        invoice: r.opt_int(10)?,
        why: r.opt_text(11)?,
        payment: r.opt_int(12)?,
    })
}

/// One line.
pub(super) async fn line(q: &dyn Query, id: i64) -> Result<Line> {
    let sql = format!("SELECT {COLUMNS} FROM billing_bank_line WHERE id = $1");
    line_of(&q.one(&sql, binds![id]).await?.ok_or_else(Error::missing)?)
}

/// A statement with how many of its lines wait and were accepted.
struct Statement {
    id: i64,
    at: Stamp,
    file: String,
    format: String,
    account: String,
    repeated: i64,
    actor: String,
    undone: bool,
    all: i64,
    waiting: i64,
    accepted: i64,
}

async fn statements(q: &dyn Query, one: Option<i64>) -> Result<Vec<Statement>> {
    let which = if one.is_some() { "WHERE s.id = $1 " } else { "" };
    let count = |when: &str| format!("(SELECT count(*) FROM billing_bank_line l WHERE l.statement_id = s.id{when})");
    let sql = format!(
        "SELECT s.id, s.created_at, s.file, s.format, s.account, s.repeated, s.actor, s.undone_at, {}, {}, {} \
         FROM billing_bank_statement s {which}ORDER BY s.id DESC LIMIT {STATEMENTS}",
        count(""),
        count(" AND l.state = 'new'"),
        count(" AND l.state = 'accepted'")
    );
    let rows = q.all(&sql, one.map(|id| binds![id]).unwrap_or_default()).await?;
    rows.iter()
        .map(|r| {
            Ok(Statement {
                id: r.int(0)?,
                at: Stamp(r.int(1)?),
                file: r.text(2)?,
                format: r.text(3)?,
                account: r.text(4)?,
                repeated: r.int(5)?,
                actor: r.text(6)?,
                undone: r.opt_int(7)?.is_some(),
                all: r.int(8)?,
                waiting: r.int(9)?,
                accepted: r.int(10)?,
            })
        })
        .collect()
}

async fn need(visit: &Visit, id: &str) -> Result<(Statement, Vec<Line>)> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let statement = statements(visit.db(), Some(id))
        .await?
        .into_iter()
        .next()
        .ok_or_else(Error::missing)?;
    // What waits comes first.
    let sql = format!(
        "SELECT {COLUMNS} FROM billing_bank_line WHERE statement_id = $1 \
         ORDER BY CASE WHEN state = 'new' THEN 0 ELSE 1 END, booked_on, id LIMIT {LINES}"
    );
    let rows = visit.db().all(&sql, binds![id]).await?;
    Ok((statement, rows.iter().map(line_of).collect::<Result<_>>()?))
}

/// `GET /bank`.
pub(crate) async fn list(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let all = statements(visit.db(), None).await?;
    let file = ui::Field::new("file", loc.t("bank-file"))
        .hint(loc.t("bank-file-hint"))
        .required(true);
    let upload = html! {
        form.stack method="post" action="/bank" enctype="multipart/form-data" {
            (ui::hidden("csrf", &visit.csrf))
            (file.file(".csv,.txt,.xml,text/csv,text/xml,application/xml"))
            div.btn-row.end { (ui::btn(loc.t("bank-import")).icon("upload").primary().submit()) }
        }
    };
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("bank-file")) }
                th scope="col" { (loc.t("bank-account")) }
                th.r scope="col" { (loc.t("bank-lines")) }
                th.r scope="col" { (loc.t("bank-waiting")) }
                th.r scope="col" { (loc.t("bank-state-accepted")) }
                th scope="col" { (loc.t("bank-when")) }
            } }
            tbody data-rows { @for s in &all { tr {
                td { a.link href={ "/bank/" (s.id) } { (s.file) } @if s.undone { " " span.dim { (loc.t("bank-state-undone")) } } }
                td { (s.account) }
                td.r.num { (loc.int(s.all)) }
                td.r.num { (loc.int(s.waiting)) }
                td.r.num { (loc.int(s.accepted)) }
                td { (loc.stamp(s.at)) " " (s.actor) }
            } } }
        }
    };
    let body = html! {
        @if visit.may(EDIT) { (ui::card(loc.t("bank-import")).body(upload)) }
        @if all.is_empty() { (ui::empty("file-import", &loc.t("bank-none"), &loc.t("bank-none-text"), html! {})) }
        @else { (ui::card(loc.t("nav-bank")).flush(table)) }
    };
    Screen::new(&visit, loc.t("nav-bank"), "bank").show(ui::page_body(body))
}

/// `GET /bank/{id}`.
pub(crate) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let loc = &visit.loc;
    let (s, lines) = need(&visit, &id).await?;
    let parties: Vec<i64> = lines.iter().filter_map(|l| l.party).collect();
    let names = read::titles(visit.db(), visit.registry(), "party", &parties, visit.latin).await?;
    let invoices: Vec<i64> = lines.iter().filter_map(|l| l.invoice).collect();
    let numbers = read::titles(visit.db(), visit.registry(), "invoice", &invoices, false).await?;
    let may = visit.may(EDIT) && !s.undone;
    let post = |what: &str, button: Markup| {
        html! { form.row method="post" action={ "/bank/" (s.id) "/" (what) } style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (button) } }
    };
    let certain = lines
        .iter()
        .any(|l| l.state == "new" && l.why.as_deref().is_some_and(propose::sure));
    let actions = html! {
        @if may && certain { (post("sure", html! { (ui::btn(loc.t("bank-sure")).icon("checks").primary().submit()) })) }
        @if may { (post("undo", html! { (ui::btn(loc.t("bank-undo")).icon("arrow-back-up").danger().submit()) })) }
    };
    let body = html! {
        @if s.undone { (ui::callout(ui::Tone::Warn, loc.t("bank-was-undone"))) }
        @if s.repeated > 0 { (ui::callout(ui::Tone::Info, loc.tv("bank-repeated", &[("n", s.repeated.into())]))) }
        (ui::kpis(&[
            ui::Kpi::new(loc.t("bank-lines"), loc.int(s.all)),
            ui::Kpi::new(loc.t("bank-waiting"), loc.int(s.waiting)),
            ui::Kpi::new(loc.t("bank-state-accepted"), loc.int(s.accepted)),
        ]))
        @for l in &lines { (row(&visit, s.id, l, &names, &numbers, may)) }
        @if s.all > LINES { (ui::callout(ui::Tone::Quiet, loc.tv("bank-more", &[("n", LINES.into())]))) }
    };
    Screen::new(&visit, s.file.clone(), "bank")
        .crumb(loc.t("nav-bank"), "/bank")
        .actions(actions)
        .show(ui::page_body(body))
}

type Names = HashMap<i64, String>;

fn row(visit: &Visit, statement: i64, l: &Line, names: &Names, numbers: &Names, may: bool) -> Markup {
    let loc = &visit.loc;
    let c = Currency::parse(&l.currency).unwrap_or(visit.house.currency);
    let of = |id: Option<i64>, all: &Names| id.and_then(|id| all.get(&id)).cloned().unwrap_or_default();
    let (party, invoice) = (of(l.party, names), of(l.invoice, numbers));
    let base = format!("/bank/{statement}/lines/{}", l.id);
    let waiting = may && l.amount > 0 && matches!(l.state.as_str(), "new" | "left");
    let body = html! {
        div.stack {
            p { b { (ui::money_full(loc, l.amount, c)) } " " (l.payer) " " span.dim.num { (l.payer_account) } }
            @if !l.text.is_empty() { p.sm { (l.text) } }
            @if let Some(why) = &l.why { p.sm.mut { (loc.t(&format!("bank-why-{why}"))) ": " (party) " " (invoice) } }
            @if let Some(payment) = l.payment { p.sm { a.link href={ "/payments/" (payment) "/allocation" } { (loc.t("bank-payment")) } } }
            @if waiting {
                form.form-grid method="post" action={ (base) "/accept" } {
                    (ui::hidden("csrf", &visit.csrf))
                    (ui::Field::new("invoice", loc.t("bank-invoice")).id(format!("f-invoice-{}", l.id)).hint(loc.t("bank-invoice-hint")).text(&invoice))
                    (ui::Field::new("party_id", loc.t("invoice-party_id")).id(format!("f-party-{}", l.id))
                        .combobox(loc, "/lookup/party", &l.party.map(|p| p.to_string()).unwrap_or_default(), &party))
                    div.btn-row.end {
                        @if l.state == "new" { (ui::btn(loc.t("bank-leave")).ghost().small().submit().attr("formaction", format!("{base}/leave"))) }
                        (ui::btn(loc.t("bank-accept")).small().primary().submit())
                    }
                }
            }
        }
    };
    html! { (ui::card(format!("{} {}", l.day, l.reference)).note(loc.t(&format!("bank-state-{}", l.state))).body(body)) }
}

fn told(s: &Statement) -> Any {
    json!({"id": s.id, "file": s.file, "format": s.format, "account": s.account, "repeated": s.repeated,
        "undone": s.undone, "lines": s.all, "waiting": s.waiting, "accepted": s.accepted, "created_at": s.at.rfc3339()})
}

/// `GET /api/v1/bank`.
pub(crate) async fn api_list(visit: Visit) -> Answer {
    let all: Vec<Any> = statements(visit.db(), None).await?.iter().map(told).collect();
    json_answer(StatusCode::OK, &json!({ "statements": all }))
}

/// `GET /api/v1/bank/{id}`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let (s, lines) = need(&visit, &id).await?;
    let rows: Vec<Any> = lines
        .iter()
        .map(|l| {
            let c = Currency::parse(&l.currency).unwrap_or(visit.house.currency);
            json!({"id": l.id, "day": l.day, "amount": number::write_scaled(l.amount, c.decimals()), "currency": l.currency,
                "reference": l.reference, "text": l.text, "payer": l.payer, "payer_account": l.payer_account, "state": l.state,
                "party_id": l.party, "invoice_id": l.invoice, "why": l.why, "payment_id": l.payment})
        })
        .collect();
    let mut out = told(&s);
    out["entries"] = rows.into();
    json_answer(StatusCode::OK, &out)
}
