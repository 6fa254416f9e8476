//! Instalments of an invoice: several due days instead of one. What is paid settles the earliest first; ageing and
//! lateness count each by its own day.

use crate::{allocate::id_of, balance};
use axum::{extract::Path, http::StatusCode};
use jiff::ToSpan;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_kernel::{Currency, Date, Error, Result, number};
use zhike_store::{Ctx, Event, Migration, Query, Record, Tx, binds, ids, read};
use zhike_web::{
    Form, Json, Visit,
    answer::{Answer, go_saying, json as json_answer},
    input::Fields,
    ui,
};

/// Their table. `upto` is the sum of the amounts up to the row.
pub(crate) const TABLE: Migration = Migration {
    name: "billing_0003",
    up: &[
        "CREATE TABLE billing_instalment (id {pk}, invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), \
         position BIGINT NOT NULL, due_on TEXT NOT NULL, amount BIGINT NOT NULL, upto BIGINT NOT NULL, open BIGINT NOT NULL)",
        "CREATE INDEX billing_instalment_invoice ON billing_instalment (invoice_id, position)",
    ],
};

/// Most of them on one invoice.
const MOST: usize = 60;
const SPARE: usize = 3;

/// One of them, as asked or kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub due_on: Date,
    pub amount: i64,
}

/// Equal parts, a month between them; the last takes what cannot be divided.
pub(crate) fn split(total: i64, parts: i64, first: Date) -> Vec<Part> {
    let each = total / parts.max(1);
    (0..parts.max(1))
        .map(|i| Part {
            due_on: first.checked_add(i.months()).unwrap_or(first),
            amount: if i + 1 == parts.max(1) { total - each * i } else { each },
        })
        .collect()
}

fn many() -> Error {
    Error::refused("error-instalment-many").with("most", i64::try_from(MOST).unwrap_or(0))
}

/// Refuses what does not make up the invoice: the reader's row is named.
pub(crate) fn check(total: i64, issued: Option<Date>, parts: &[Part]) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    if total <= 0 {
        return Err(Error::refused("error-instalment-credit"));
    }
    if parts.len() > MOST {
        return Err(many());
    }
    let mut last = issued;
    for (part, row) in parts.iter().zip(1_i64..) {
        if part.amount <= 0 {
            return Err(Error::refused("error-instalment-amount").with("row", row));
        }
        if last.is_some_and(|d| part.due_on < d) {
            return Err(Error::refused("error-instalment-order").with("row", row));
        }
        last = Some(part.due_on);
    }
    let sum = parts.iter().try_fold(0_i64, |sum, p| sum.checked_add(p.amount));
    if sum != Some(total) {
        return Err(Error::refused("error-instalment-sum"));
    }
    Ok(())
}

/// What is open of each, after what was paid and credited; and the next due day of their invoices.
pub(crate) async fn settle(tx: &Tx, invoices: &[i64]) -> Result<()> {
    for chunk in invoices.chunks(500) {
        let these = tx.dialect().among("invoice_id", "$1");
        let sql = format!(
            "UPDATE billing_instalment SET open = (SELECT CASE \
             WHEN i.status = 'void' OR i.paid + i.credited >= billing_instalment.upto THEN 0 \
             WHEN i.paid + i.credited <= billing_instalment.upto - billing_instalment.amount THEN billing_instalment.amount \
             ELSE billing_instalment.upto - i.paid - i.credited END \
             FROM billing_invoice i WHERE i.id = billing_instalment.invoice_id) WHERE {these}"
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
        let sql = format!(
            "UPDATE billing_invoice SET due_on = (SELECT COALESCE(MIN(CASE WHEN n.open <> 0 THEN n.due_on END), MAX(n.due_on)) \
             FROM billing_instalment n WHERE n.invoice_id = billing_invoice.id) \
             WHERE {} AND EXISTS (SELECT 1 FROM billing_instalment n WHERE n.invoice_id = billing_invoice.id)",
            tx.dialect().among("id", "$1")
        );
        tx.exec(&sql, vec![ids(chunk)]).await?;
    }
    Ok(())
}

/// Has an invoice several due days?
pub(crate) async fn any(q: &dyn Query, invoice: i64) -> Result<bool> {
    let sql = "SELECT count(*) FROM billing_instalment WHERE invoice_id = $1";
    Ok(q.number(sql, binds![invoice]).await? > 0)
}

async fn kept(q: &dyn Query, invoice: i64) -> Result<Vec<(Part, i64)>> {
    let sql = "SELECT due_on, amount, open FROM billing_instalment WHERE invoice_id = $1 ORDER BY position";
    let mut out = vec![];
    for r in q.all(sql, binds![invoice]).await? {
        let due_on = r.text(0)?.parse().map_err(Error::broken)?;
        out.push((
            Part {
                due_on,
                amount: r.int(1)?,
            },
            r.int(2)?,
        ));
    }
    Ok(out)
}

fn currency(ctx: &Ctx, invoice: &Record) -> Currency {
    Currency::parse(invoice.text("currency")).unwrap_or(ctx.house.currency)
}

/// Replaces the instalments of an invoice, all at once; none: one due day again.
pub(crate) async fn save(
    ctx: &Ctx,
    id: i64,
    version: i64,
    make: impl FnOnce(&Record, Currency) -> Result<Vec<Part>>,
) -> Result<i64> {
    ctx.require("invoice.edit")?;
    let tx = ctx.begin().await?;
    balance::lock(&tx, &[id], &[]).await?;
    let invoice = read::need(ctx, &tx, ctx.registry().get("invoice")?, id).await?;
    if version != invoice.version {
        return Err(Error::stale());
    }
    if invoice.text("status") == "void" || invoice.archived_at.is_some() {
        return Err(Error::refused("error-instalment-void"));
    }
    let parts = make(&invoice, currency(ctx, &invoice))?;
    check(invoice.int("total").unwrap_or(0), invoice.date("issued_on"), &parts)?;
    tx.exec("DELETE FROM billing_instalment WHERE invoice_id = $1", binds![id])
        .await?;
    let mut upto = 0;
    for (part, position) in parts.iter().zip(1_i64..) {
        upto += part.amount;
        tx.exec(
            "INSERT INTO billing_instalment (invoice_id, position, due_on, amount, upto, open) VALUES ($1,$2,$3,$4,$5,0)",
            binds![id, position, part.due_on.to_string(), part.amount, upto],
        )
        .await?;
    }
    tx.exec(
        "UPDATE billing_invoice SET version = version + 1, updated_at = $1 WHERE id = $2",
        binds![tx.at.0, id],
    )
    .await?;
    settle(&tx, &[id]).await?;
    let party = invoice.int("party_id");
    balance::parties(&tx, &[party.unwrap_or(0)], ctx.house.currency.code()).await?;
    let event = Event {
        kind: "invoice.instalments_set.v1".into(),
        record_type: "invoice",
        record: id,
        party,
        note: Some(parts.len().to_string()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(id)
}

fn amount(text: &str, c: Currency, row: i64) -> Result<i64> {
    number::parse_scaled(text, c.decimals(), false)
        .map_err(|_| Error::refused("error-instalment-amount").with("row", row))
}

fn day(text: &str, row: i64) -> Result<Date> {
    text.parse()
        .map_err(|_| Error::refused("error-instalment-day").with("row", row))
}

/// The rows of the form; those left empty are no rows.
fn typed(f: &Fields, c: Currency) -> Result<Vec<Part>> {
    let days: Vec<&str> = f.all("due_on").map(str::trim).collect();
    let amounts: Vec<&str> = f.all("amount").map(str::trim).collect();
    let mut parts = vec![];
    for ((d, a), row) in days.iter().zip(&amounts).zip(1_i64..) {
        if !d.is_empty() || !a.is_empty() {
            parts.push(Part {
                due_on: day(d, row)?,
                amount: amount(a, c, row)?,
            });
        }
    }
    Ok(parts)
}

/// `POST /invoices/{id}/split`: typed rows, or `parts` and `first` for equal ones a month apart.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id = save(&visit.ctx, id_of(&id)?, f.need_int("version")?, |invoice, c| {
        let Some(parts) = f.filled("parts") else {
            return typed(&f, c);
        };
        let parts: i64 = parts.parse().unwrap_or(0);
        if !(2..=i64::try_from(MOST).unwrap_or(0)).contains(&parts) {
            return Err(many());
        }
        let first = day(f.get("first").unwrap_or(""), 1)?;
        Ok(split(invoice.int("total").unwrap_or(0), parts, first))
    })
    .await?;
    go_saying(
        &visit,
        &format!("/invoices/{id}/instalments"),
        &visit.loc.t("instalment-saved"),
        None,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    due_on: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    instalments: Vec<Row>,
    version: Option<i64>,
}

/// `PUT /api/v1/invoices/{id}/instalments`.
pub(crate) async fn api_put(visit: Visit, Path(id): Path<String>, Json(ask): Json<Ask>) -> Answer {
    let id = save(&visit.ctx, id_of(&id)?, crate::said(ask.version)?, |_, c| {
        let rows = ask.instalments.iter().zip(1_i64..);
        rows.map(|(r, row)| {
            Ok(Part {
                due_on: day(&r.due_on, row)?,
                amount: amount(&r.amount, c, row)?,
            })
        })
        .collect()
    })
    .await?;
    api(visit, Path(id.to_string())).await
}

/// `GET /api/v1/invoices/{id}/instalments`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let invoice = read::need(&visit.ctx, visit.db(), visit.registry().get("invoice")?, id).await?;
    let c = currency(&visit.ctx, &invoice);
    let text = |v: i64| number::write_scaled(v, c.decimals());
    let rows: Vec<Any> = kept(visit.db(), id)
        .await?
        .iter()
        .map(|(p, open)| json!({"due_on": p.due_on.to_string(), "amount": text(p.amount), "open": text(*open)}))
        .collect();
    json_answer(
        StatusCode::OK,
        &json!({"invoice_id": id, "version": invoice.version, "currency": c.code(), "due_on": invoice.text("due_on"),
            "instalments": rows}),
    )
}

/// The tab `instalments` of an invoice.
pub(crate) async fn tab(visit: &Visit, invoice: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let c = currency(&visit.ctx, invoice);
    let rows = kept(visit.db(), invoice.id).await?;
    let total = invoice.int("total").unwrap_or(0);
    let may =
        visit.may("invoice.edit") && total > 0 && invoice.text("status") != "void" && invoice.archived_at.is_none();
    let today = visit.today();
    let list = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("invoice-due_on")) }
                th.r scope="col" { (loc.t("invoice-total")) }
                th.r scope="col" { (loc.t("invoice-open")) }
                th scope="col" { (loc.t("invoice-status")) }
            } }
            tbody { @for (p, open) in &rows { tr {
                td.num { (p.due_on) }
                td.r { (ui::money_full(loc, p.amount, c)) }
                td.r { (ui::money_full(loc, *open, c)) }
                td {
                    @if *open == 0 { (loc.t("invoice-status-paid")) }
                    @else if p.due_on < today { span.red { (loc.tv("invoice-late", &[("n", crate::rules::days_late(Some(p.due_on), today).into())])) } }
                    @else { (loc.t("invoice-status-open")) }
                }
            } } }
        }
    };
    Ok(html! {
        @if rows.is_empty() {
            (ui::empty("calendar-event", &loc.t("instalment-none"), &loc.t("instalment-none-text"), html! {}))
        } @else {
            (ui::card(loc.t("instalment-many")).note(loc.t("instalment-note")).flush(list))
        }
        @if may { (forms(visit, invoice, &rows, total, c)) }
    })
}

fn forms(visit: &Visit, invoice: &Record, rows: &[(Part, i64)], total: i64, c: Currency) -> Markup {
    let loc = &visit.loc;
    let action = format!("/invoices/{}/split", invoice.id);
    let text = |v: i64| number::write_scaled(v, c.decimals());
    let version = invoice.version.to_string();
    let mut lines: Vec<(String, String)> = rows
        .iter()
        .map(|(p, _)| (p.due_on.to_string(), text(p.amount)))
        .collect();
    if lines.is_empty() {
        lines.push((invoice.text("due_on").to_owned(), text(total)));
    }
    lines.extend(std::iter::repeat_n((String::new(), String::new()), SPARE));
    let split = html! {
        form.form-grid method="post" action=(action) {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &version))
            (ui::Field::new("parts", loc.t("instalment-parts")).required(true).number("3"))
            (ui::Field::new("first", loc.t("instalment-first")).required(true).date(invoice.text("due_on")))
            div.btn-row.end { (ui::btn(loc.t("instalment-split")).submit()) }
        }
    };
    let typed = html! {
        form.stack method="post" action=(action) {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &version))
            @for ((due, amount), row) in lines.iter().zip(1..) {
                div.form-grid {
                    (ui::Field::new("due_on", loc.t("invoice-due_on")).id(format!("f-due-{row}")).date(due))
                    (ui::Field::new("amount", loc.t("credit_note-amount")).id(format!("f-amount-{row}")).money(amount, c.sign()))
                }
            }
            p.hint { (loc.tv("instalment-must", &[("total", loc.money_full(total, c).into())])) }
            (ui::submit_row(loc, None, &loc.t("web-save")))
        }
    };
    html! {
        (ui::card(loc.t("instalment-equal")).body(split))
        (ui::card(loc.t("instalment-own")).note(loc.t("instalment-own-note")).body(typed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn on(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn rows_make_up_the_invoice() {
        let parts = split(10_000, 3, on("2026-01-31"));
        let got: Vec<(String, i64)> = parts.iter().map(|p| (p.due_on.to_string(), p.amount)).collect();
        let days = ["2026-01-31", "2026-02-28", "2026-03-31"];
        assert_eq!(
            got,
            [3_333, 3_333, 3_334]
                .iter()
                .zip(days)
                .map(|(a, d)| (d.to_owned(), *a))
                .collect::<Vec<_>>()
        );
        let code = |total, parts: &[Part]| check(total, Some(on("2026-01-01")), parts).map_err(|e| e.code).err();
        assert_eq!(code(10_000, &parts), None);
        assert_eq!(code(10_001, &parts), Some("error-instalment-sum"));
        assert_eq!(code(-10_000, &parts), Some("error-instalment-credit"));
        let back: Vec<Part> = parts.iter().rev().cloned().collect();
        assert_eq!(code(10_000, &back), Some("error-instalment-order"));
        assert_eq!(code(5, &[]), None);
    }

    proptest! {
        #[test]
        fn splitting_loses_nothing(total in 1_i64..i64::MAX, parts in 1_i64..60) {
            let list = split(total, parts, on("2026-01-31"));
            prop_assert_eq!(list.iter().map(|p| p.amount).sum::<i64>(), total);
            prop_assert!(total < parts || check(total, None, &list).is_ok());
        }
    }
}
