//! What orders say on other pages: a customer's orders and months, a product's buyers.

use crate::schema;
use jiff::ToSpan;
use maud::{Markup, html};
use std::collections::BTreeMap;
use zhike_kernel::{Currency, Date, Filter, Op, Result, Value};
use zhike_store::{Query as _, Record, binds, filter_sql::Sql, read};
use zhike_web::{Visit, records, ui};

/// Buyers shown.
const BUYERS: i64 = 20;
/// Orders shown.
const ORDERS: usize = 20;

/// The first days of the twelve months that end with this one, oldest first, as `2026-01`.
fn months(today: Date) -> Vec<String> {
    let first = today.first_of_month();
    (0..12_i64)
        .rev()
        .map(|n| {
            let month = first.checked_sub(n.months()).unwrap_or(first);
            month.strftime("%Y-%m").to_string()
        })
        .collect()
}

/// The tab `orders` of a party.
pub(crate) async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let months = months(visit.today());
    let from = format!("{}-01", months.first().map_or("", String::as_str));
    let mut sql = Sql::new(visit.db().dialect());
    sql.binds = binds![party.id, from];
    sql.text = format!(
        "SELECT substr(o.ordered_on, 1, 7), o.currency, CAST(COALESCE(SUM(o.net), 0) AS BIGINT), count(*) FROM order_order o \
         WHERE o.party_id = $1 AND o.ordered_on >= $2 AND o.status IN ({}) AND o.archived_at IS NULL AND ",
        schema::COUNTED
    );
    sql.scope(visit.registry(), visit.registry().get("order")?, "o", &visit.actor)?;
    sql.text.push_str(" GROUP BY substr(o.ordered_on, 1, 7), o.currency");
    let mut by_currency: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in visit.db().all(&sql.text, sql.binds).await? {
        let (month, code, net) = (row.text(0)?, row.text(1)?, row.int(2)?);
        let all = by_currency.entry(code).or_insert_with(|| vec![0; months.len()]);
        if let Some(place) = months.iter().position(|m| *m == month).and_then(|i| all.get_mut(i)) {
            *place += net;
        }
    }
    let filter = Filter::Field {
        field: "party_id".to_owned(),
        op: Op::Is,
        values: vec![Value::Int(party.id)],
    };
    let columns = ["number", "ordered_on", "status", "kind", "total", "owner_id"];
    let list = records::related(visit, "order", filter, &columns, ORDERS).await?;
    let new = visit.may("order.create").then(|| {
        ui::btn(loc.t("order-new"))
            .icon("plus")
            .small()
            .href(format!("/orders/new?party_id={}", party.id))
    });
    let actions = html! { @if let Some(new) = new { (new) } };
    Ok(html! {
        @if !by_currency.is_empty() {
            (ui::kpis(&by_currency.iter().map(|(code, values)| year(visit, code, values)).collect::<Vec<_>>()))
        }
        (ui::card(loc.t("party-tab-orders")).actions(actions).flush(list))
    })
}

fn year(visit: &Visit, code: &str, values: &[i64]) -> ui::Kpi {
    let loc = &visit.loc;
    let c = Currency::parse(code).unwrap_or(visit.house.currency);
    let label = loc.t("order-year-net");
    let unit = 10_i64.pow(c.decimals());
    let whole: Vec<i64> = values.iter().map(|v| v / unit).collect();
    ui::Kpi::new(label.clone(), ui::money(loc, values.iter().sum(), c)).note(ui::spark(&label, &whole))
}

/// The tab `buyers` of a product: who bought most of it in the last twelve months.
pub(crate) async fn buyers(visit: &Visit, product: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let from = visit.today().checked_sub(1.years()).unwrap_or(visit.today());
    let mut sql = Sql::new(visit.db().dialect());
    sql.binds = binds![product.id, from.to_string(), BUYERS];
    sql.text = format!(
        "SELECT o.party_id, o.currency, CAST(COALESCE(SUM(l.net), 0) AS BIGINT) AS bought, CAST(COALESCE(SUM(l.quantity), 0) AS BIGINT), \
         MAX(o.ordered_on), count(DISTINCT o.id) FROM order_line l JOIN order_order o ON o.id = l.order_id \
         WHERE l.product_id = $1 AND o.ordered_on >= $2 AND l.archived_at IS NULL AND o.archived_at IS NULL AND o.status IN ({}) AND ",
        schema::COUNTED
    );
    sql.scope(visit.registry(), visit.registry().get("order")?, "o", &visit.actor)?;
    sql.text
        .push_str(" GROUP BY o.party_id, o.currency ORDER BY bought DESC, o.party_id LIMIT $3");
    let mut rows = vec![];
    for row in visit.db().all(&sql.text, sql.binds).await? {
        let currency = Currency::parse(&row.text(1)?).unwrap_or(visit.house.currency);
        rows.push((
            row.int(0)?,
            currency,
            row.int(2)?,
            row.int(3)?,
            row.text(4)?,
            row.int(5)?,
        ));
    }
    if rows.is_empty() {
        return Ok(ui::empty(
            "users",
            &loc.t("product-buyers-none"),
            &loc.t("product-buyers-none-text"),
            html! {},
        ));
    }
    let parties: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let names = read::titles(visit.db(), visit.registry(), "party", &parties, visit.latin).await?;
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("order-party_id")) }
                th.r scope="col" { (loc.t("order_line-net")) }
                th.r scope="col" { (loc.t("order_line-quantity")) }
                th.r scope="col" { (loc.t("order-many")) }
                th scope="col" { (loc.t("product-buyers-last")) }
            } }
            tbody data-rows {
                @for (party, c, net, quantity, last, orders) in &rows {
                    tr {
                        td { a.link href={ "/parties/" (party) } { (names.get(party).map_or("—", String::as_str)) } }
                        td.r { (ui::money(loc, *net, *c)) }
                        td.r { (ui::qty(loc, *quantity)) }
                        td.r.num { (loc.int(*orders)) }
                        td.num { (last) }
                    }
                }
            }
        }
    };
    Ok(html! {
        (ui::card(loc.t("product-tab-buyers")).note(loc.t("product-buyers-note")).flush(table))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_months_end_with_this_one() {
        let m = months("2026-03-31".parse().unwrap_or_default());
        assert_eq!(m.len(), 12);
        assert_eq!(m.first().map(String::as_str), Some("2025-04"));
        assert_eq!(m.last().map(String::as_str), Some("2026-03"));
    }
}
