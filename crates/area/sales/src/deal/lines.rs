//! The products of a deal: the tab with its form.

use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Currency, Result};
use zhike_store::{Query as _, Record, binds, read, write};
use zhike_web::{
    Answer, Fields, Form, Routes, Visit, answer,
    ui::{self, Field},
};

/// What the tab posts to.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .post(
            "/deals/{id}/line",
            "deal.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(add(visit, id, f)),
        )
        .post(
            "/deals/{id}/line/{line}/remove",
            "deal.edit",
            |visit: Visit, Path((id, line)): Path<(i64, i64)>, Form(f): Form| Box::pin(remove(visit, id, line, f)),
        )
}

/// The tab.
pub(crate) async fn tab(visit: &Visit, deal: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let currency = Currency::parse(deal.text("currency")).unwrap_or(visit.house.currency);
    let sql = "SELECT id, version, product_id, description, quantity, unit_price, amount FROM sales_deal_line \
               WHERE deal_id = $1 AND archived_at IS NULL ORDER BY position, id";
    let rows = visit.db().all(sql, binds![deal.id]).await?;
    let mut products = vec![];
    for row in &rows {
        products.extend(row.opt_int(2)?);
    }
    let names = read::titles(visit.db(), visit.registry(), "product", &products, visit.latin).await?;
    let may = visit.may("deal.edit") && deal.archived_at.is_none();
    let mut total = 0_i64;
    let mut lines = vec![];
    for row in &rows {
        let what = match row.opt_int(2)?.and_then(|p| names.get(&p).cloned()) {
            Some(name) => name,
            None => row.opt_text(3)?.unwrap_or_default(),
        };
        total = total.saturating_add(row.int(6)?);
        lines.push((row.int(0)?, row.int(1)?, what, row.int(4)?, row.int(5)?, row.int(6)?));
    }
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("deal_line-product_id")) }
                @for key in ["quantity", "unit_price", "amount"] { th.r scope="col" { (loc.t(&format!("deal_line-{key}"))) } }
                th {}
            } }
            tbody {
                @for (id, version, what, quantity, price, amount) in &lines { tr {
                    td { (what) } td.r { (ui::qty(loc, *quantity)) } td.r { (ui::money_full(loc, *price, currency)) } td.r { (ui::money_full(loc, *amount, currency)) }
                    td.r { @if may {
                        form method="post" action={ "/deals/" (deal.id) "/line/" (id) "/remove" } style="margin:0" {
                            (ui::hidden("version", &version.to_string())) (ui::icon_btn("trash", loc.t("deal-line-remove")).small().submit())
                        }
                    } }
                } }
                @if lines.is_empty() { tr { td.dim colspan="5" { (loc.t("deal-lines-none")) } } }
                @else { tr { td { b { (loc.t("sales-sum")) } } td {} td {} td.r { b { (ui::money_full(loc, total, currency)) } } td {} } }
            }
        } }
        @if may {
            form.row.wrap method="post" action={ "/deals/" (deal.id) "/line" } style="gap:10px;align-items:flex-end;padding:14px" {
                (Field::new("product_id", loc.t("deal_line-product_id")).combobox(loc, "/lookup/product", "", ""))
                (Field::new("description", loc.t("deal_line-description")).text(""))
                (Field::new("quantity", loc.t("deal_line-quantity")).number("1"))
                (Field::new("unit_price", loc.t("deal_line-unit_price")).hint(loc.t("deal-line-price")).number(""))
                (ui::btn(loc.t("deal-line-add")).small().icon("plus").submit())
            }
        }
    })
}

async fn add(visit: Visit, id: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("deal_line")?.clone();
    let deals = visit.registry().get("deal")?.clone();
    let deal = read::need(&visit.ctx, visit.db(), &deals, id).await?;
    let input: Vec<(String, String)> = ["product_id", "description", "quantity", "unit_price"]
        .iter()
        .map(|n| ((*n).to_owned(), f.get(n).unwrap_or("").to_owned()))
        .collect();
    // Amounts are typed in the deal's currency.
    let mut values = write::read_input(&visit.ctx, &ty, Some(&deal), &input)?;
    values.insert("deal_id".into(), id.into());
    let tx = visit.ctx.begin().await?;
    write::create(&visit.ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    answer::go(&visit, &format!("/deals/{id}/lines"))
}

async fn remove(visit: Visit, id: i64, line: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("deal_line")?.clone();
    let tx = visit.ctx.begin().await?;
    write::archive(&visit.ctx, &tx, &ty, line, f.need_int("version")?, true).await?;
    tx.commit().await?;
    answer::go(&visit, &format!("/deals/{id}/lines"))
}
