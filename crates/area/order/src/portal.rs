//! The portal's piece: the customer's orders and where their goods are.

use maud::{Markup, html};
use std::collections::BTreeMap;
use zhike_kernel::{Currency, Result};
use zhike_store::{Query as _, Record, binds, ids};
use zhike_web::{Place, Tab, Visit, portal::PORTAL, ui};

pub(crate) fn tab() -> Tab {
    Tab::new(PORTAL, "orders", Place::Tab, 20, zhike_web::GUEST, |v, p| {
        Box::pin(list(v, p))
    })
    .icon("package")
}

/// Parcels of each order, as a customer cares for them.
async fn parcels(visit: &Visit, orders: &[i64]) -> Result<BTreeMap<i64, Vec<String>>> {
    let sql = format!(
        "SELECT order_id, status, carrier, tracking FROM order_shipment WHERE {} AND status NOT IN ('draft', 'picked', 'cancelled') \
         AND archived_at IS NULL ORDER BY id",
        visit.db().dialect().among("order_id", "$1")
    );
    let mut out: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for r in visit.db().all(&sql, vec![ids(orders)]).await? {
        let status = visit.loc.t(&format!("shipment-status-{}", r.text(1)?));
        let by = [r.opt_text(2)?, r.opt_text(3)?]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        let line = if by.is_empty() {
            status
        } else {
            format!("{status} · {by}")
        };
        out.entry(r.int(0)?).or_default().push(line);
    }
    Ok(out)
}

async fn list(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, number, ordered_on, status, total, currency, kind FROM order_order WHERE party_id = $1 AND archived_at IS NULL \
               AND status <> 'draft' ORDER BY ordered_on DESC, id DESC LIMIT 100";
    let rows = visit.db().all(sql, binds![party.id]).await?;
    if rows.is_empty() {
        return Ok(ui::empty(
            "box",
            &loc.t("portal-orders-none"),
            &loc.t("portal-orders-none-text"),
            html! {},
        ));
    }
    let orders: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    let parcels = parcels(visit, &orders).await?;
    let mut lines = vec![];
    for r in &rows {
        let currency = r
            .opt_text(5)?
            .and_then(|c| Currency::parse(&c))
            .unwrap_or(visit.house.currency);
        lines.push(html! { tr {
            td { b { (r.text(1)?) } @if r.text(6)? == "return" { " " (ui::badge(ui::Hue::Grey, &loc.t("order-kind-return"))) } }
            td.num { (r.text(2)?) }
            td { (loc.t(&format!("order-status-{}", r.text(3)?)))
                @for p in parcels.get(&r.int(0)?).into_iter().flatten() { div.sm.mut { (p) } } }
            td.r { (ui::money_full(loc, r.opt_int(4)?.unwrap_or(0), currency)) }
        } });
    }
    Ok(html! { section.card { div.tbl-wrap { table.tbl.plain {
        thead { tr { th scope="col" { (loc.t("field-number")) } th scope="col" { (loc.t("order-ordered_on")) } th scope="col" { (loc.t("order-status")) } th.r scope="col" { (loc.t("order-total")) } } }
        tbody { @for l in &lines { (l) } }
    } } } })
}
