//! Orders of which something can be invoiced.

use super::figures;
use maud::{Markup, html};
use zhike_kernel::{Currency, Result};
use zhike_store::{Query as _, binds, filter_sql::Sql, read};
use zhike_web::{Visit, ui};

/// Orders shown.
const MOST: i64 = 200;

/// An order of which something can be invoiced.
pub(crate) struct Due {
    pub order: i64,
    pub number: String,
    pub party: i64,
    /// Below zero: to be given back.
    pub amount: i64,
    pub currency: String,
}

/// The orders in sight of which something can be invoiced, oldest first.
pub(crate) async fn due_orders(visit: &Visit) -> Result<Vec<Due>> {
    if !visit.may("order.view") {
        return Ok(vec![]);
    }
    let column = if figures::by_shipment(visit.db()).await? {
        "by_shipment"
    } else {
        "by_order"
    };
    let mut sql = Sql::new(visit.db().dialect());
    sql.binds = binds![MOST];
    sql.text = format!(
        "SELECT o.id, o.number, o.party_id, d.{column}, d.currency FROM billing_order_due d JOIN order_order o ON o.id = d.order_id \
         WHERE d.{column} <> 0 AND "
    );
    sql.scope(visit.registry(), visit.registry().get("order")?, "o", &visit.actor)?;
    sql.text.push_str(" ORDER BY d.order_id LIMIT $1");
    let mut out = vec![];
    for row in visit.db().all(&sql.text, sql.binds).await? {
        out.push(Due {
            order: row.int(0)?,
            number: row.text(1)?,
            party: row.int(2)?,
            amount: row.int(3)?,
            currency: row.text(4)?,
        });
    }
    Ok(out)
}

impl Due {
    /// The list, to be ticked.
    pub(crate) async fn draw(visit: &Visit, due: &[Due]) -> Result<Markup> {
        let loc = &visit.loc;
        let parties: Vec<i64> = due.iter().map(|d| d.party).collect();
        let names = read::titles(visit.db(), visit.registry(), "party", &parties, visit.latin).await?;
        let may = visit.may("invoice.create");
        let table = html! {
            div.tbl-wrap { table.tbl.plain {
                thead { tr {
                    @if may { th scope="col" { span.vh { (loc.t("to-invoice-choose")) } } }
                    th scope="col" { (loc.t("invoice-order_id")) }
                    th scope="col" { (loc.t("invoice-party_id")) }
                    th.r scope="col" { (loc.t("credit_note-amount")) }
                } }
                tbody data-rows { @for d in due {
                    @let c = Currency::parse(&d.currency).unwrap_or(visit.house.currency);
                    tr {
                        @if may { td { input.check type="checkbox" name="order" value=(d.order) checked aria-label=(d.number); } }
                        td { a.link.num href={ "/orders/" (d.order) "/shipments" } { (d.number) } }
                        td { a.link href={ "/parties/" (d.party) "/money" } { (names.get(&d.party).map_or("—", String::as_str)) } }
                        td.r { (ui::money_full(loc, d.amount, c)) }
                    }
                } }
            } }
        };
        Ok(html! {
            form method="post" action="/to-invoice" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::card(loc.t("to-invoice-orders")).note(loc.t("to-invoice-orders-note"))
                    .actions(html! { @if may { (ui::btn(loc.t("to-invoice-make")).icon("receipt").primary().small().submit()) } }).flush(table))
            }
        })
    }
}
