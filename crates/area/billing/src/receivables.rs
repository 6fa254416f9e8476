//! The page `/receivables`: who owes how much for how long, days sales outstanding, what is late.

use crate::{
    ageing::{self, Age, CLASSES},
    rules,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value as Any, json};
use std::collections::HashMap;
use zhike_kernel::{Currency, Result};
use zhike_store::{Query as _, binds, filter_sql::Sql, read};
use zhike_web::{
    Screen, Visit,
    answer::{Answer, json as json_answer},
    ui,
};

/// Customers in the table.
const CUSTOMERS: i64 = 200;
/// Customers in an answer to a program.
const API: i64 = 10_000;
/// Late invoices shown.
const LATE: i64 = 50;

async fn names(visit: &Visit, ids: impl Iterator<Item = i64>) -> Result<HashMap<i64, String>> {
    let ids: Vec<i64> = ids.collect();
    read::titles(visit.db(), visit.registry(), "party", &ids, visit.latin).await
}

/// `GET /receivables`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let totals = ageing::totals(&visit).await?;
    let rows = ageing::by_party(&visit, CUSTOMERS).await?;
    let body = if totals.is_empty() {
        ui::empty(
            "cash",
            &loc.t("receivables-none"),
            &loc.t("receivables-none-text"),
            html! {},
        )
    } else {
        let names = names(&visit, rows.iter().map(|r| r.party)).await?;
        html! {
            @for t in &totals { (ageing::bar(&visit, t)) }
            (dso(&visit).await?)
            (ui::card(loc.t("ageing-title")).note(note(&visit, rows.len())).flush(table(&visit, &rows, &totals, &names)))
            (late(&visit).await?)
        }
    };
    let actions = html! {
        (ui::btn(loc.t("invoice-many")).icon("receipt").href("/invoices"))
        @if visit.may("payment.create") { (ui::btn(loc.t("payment-new")).primary().icon("plus").href("/payments/new").key("C")) }
    };
    Screen::new(&visit, loc.t("nav-invoice"), "invoice")
        .actions(actions)
        .show(ui::page_body(body))
}

fn note(visit: &Visit, rows: usize) -> String {
    let most = usize::try_from(CUSTOMERS).unwrap_or(0);
    if rows < most {
        visit.loc.t("ageing-note")
    } else {
        visit.loc.tv("ageing-note-most", &[("n", CUSTOMERS.into())])
    }
}

fn table(visit: &Visit, rows: &[Age], totals: &[Age], names: &HashMap<i64, String>) -> Markup {
    let loc = &visit.loc;
    let money = |v: i64, c: Currency| html! { @if v == 0 { span.dim { "—" } } @else { (ui::money(loc, v, c)) } };
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("invoice-party_id")) }
                @for key in CLASSES { th.r scope="col" { (loc.t(key)) } }
                th.r scope="col" { (loc.t("party-receivable")) }
            } }
            tbody data-rows {
                @for r in rows { tr {
                    td { a.link href={ "/parties/" (r.party) "/money" } { (names.get(&r.party).map_or("—", String::as_str)) } }
                    @for v in r.classes { td.r { (money(v, r.currency)) } }
                    td.r { (money(r.total(), r.currency)) }
                } }
            }
            tfoot {
                @for t in totals { tr {
                    th scope="row" { (loc.tv("ageing-all", &[("currency", t.currency.code().into())])) }
                    @for v in t.classes { td.r { b { (money(v, t.currency)) } } }
                    td.r { b { (money(t.total(), t.currency)) } }
                } }
            }
        }
    }
}

async fn dso(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let (tenths, open, invoiced) = ageing::dso(visit).await?;
    let c = visit.house.currency;
    let value = match tenths {
        Some(t) => loc.tv("dso-days", &[("n", zhike_kernel::number::write_scaled(t, 1).into())]),
        None => "—".to_owned(),
    };
    let words = loc.tv(
        "dso-definition",
        &[
            ("open", loc.money_full(open, c).into()),
            ("invoiced", loc.money_full(invoiced, c).into()),
        ],
    );
    Ok(html! {
        (ui::card(loc.t("dso-title")).body(html! { p.b.num style="font-size:22px" { (value) } p.sm.mut { (words) } }))
    })
}

async fn late(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let today = visit.today();
    let mut sql = Sql::new(visit.db().dialect());
    sql.binds = binds![today.to_string(), LATE];
    let (day, open, owed) = (ageing::DAY, ageing::OPEN, ageing::OWED);
    sql.text = format!(
        "SELECT i.id, i.number, i.party_id, {day}, {open}, i.currency FROM {owed} \
         WHERE i.status = 'open' AND i.archived_at IS NULL AND i.open > 0 AND i.due_on < $1 AND {day} < $1 AND "
    );
    sql.scope(visit.registry(), visit.registry().get("invoice")?, "i", &visit.actor)?;
    sql.text.push_str(&format!(" ORDER BY {day}, i.id LIMIT $2"));
    let mut rows = vec![];
    for r in visit.db().all(&sql.text, sql.binds).await? {
        let c = Currency::parse(&r.text(5)?).unwrap_or(visit.house.currency);
        rows.push((r.int(0)?, r.text(1)?, r.int(2)?, r.text(3)?, r.int(4)?, c));
    }
    if rows.is_empty() {
        return Ok(ui::callout(ui::Tone::Good, loc.t("receivables-none-late")));
    }
    let names = names(visit, rows.iter().map(|r| r.2)).await?;
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("invoice-one")) }
                th scope="col" { (loc.t("invoice-party_id")) }
                th scope="col" { (loc.t("invoice-due_on")) }
                th.r scope="col" { (loc.t("ageing-days")) }
                th.r scope="col" { (loc.t("invoice-open")) }
            } }
            tbody data-rows {
                @for (id, number, party, due, open, c) in &rows { tr {
                    td { a.link.num href={ "/invoices/" (id) } { (number) } }
                    td { (names.get(party).map_or("—", String::as_str)) }
                    td.num { (due) }
                    td.r.num.red { (loc.int(rules::days_late(due.parse().ok(), today))) }
                    td.r { (ui::money_full(loc, *open, *c)) }
                } }
            }
        }
    };
    Ok(html! { (ui::card(loc.t("receivables-late")).note(loc.t("receivables-late-note")).flush(table)) })
}

/// `GET /api/v1/receivables/ageing`.
pub(crate) async fn api(visit: Visit) -> Answer {
    let rows = ageing::by_party(&visit, API).await?;
    let totals = ageing::totals(&visit).await?;
    let names = names(&visit, rows.iter().map(|r| r.party)).await?;
    let (tenths, _, _) = ageing::dso(&visit).await?;
    let one = |a: &Age| -> serde_json::Map<String, Any> {
        let text = |v: i64| zhike_kernel::number::write_scaled(v, a.currency.decimals());
        let [not_due, to_30, to_60, to_90, more] = a.classes.map(text);
        [
            ("currency", Any::from(a.currency.code())),
            ("not_due", not_due.into()),
            ("days_1_30", to_30.into()),
            ("days_31_60", to_60.into()),
            ("days_61_90", to_90.into()),
            ("days_over_90", more.into()),
            ("total", text(a.total()).into()),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect()
    };
    let customers: Vec<Any> = rows
        .iter()
        .map(|a| {
            let mut map = one(a);
            map.insert("party_id".into(), a.party.into());
            map.insert("name".into(), names.get(&a.party).cloned().into());
            Any::Object(map)
        })
        .collect();
    let totals: Vec<Any> = totals.iter().map(|a| Any::Object(one(a))).collect();
    json_answer(
        StatusCode::OK,
        &json!({"as_of": visit.today().to_string(), "customers": customers, "totals": totals,
            "dso_days": tenths.map(|t| zhike_kernel::number::write_scaled(t, 1))}),
    )
}
