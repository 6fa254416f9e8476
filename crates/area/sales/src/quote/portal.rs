//! The portal's piece: quotes that were sent to the customer and can be opened.

use super::link;
use maud::{Markup, html};
use zhike_kernel::{Currency, Result};
use zhike_store::{Query as _, Record, binds};
use zhike_web::{GUEST, Place, Tab, Visit, portal::PORTAL, ui};

pub(crate) fn tab() -> Tab {
    Tab::new(PORTAL, "quotes", Place::Tab, 10, GUEST, |v, p| Box::pin(list(v, p))).icon("file-text")
}

async fn list(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, number, quoted_on, valid_until_on, status, total, currency FROM sales_quote q WHERE party_id = $1 AND archived_at IS NULL \
               AND EXISTS (SELECT 1 FROM sales_quote_link l WHERE l.quote_id = q.id AND l.revoked_at IS NULL) \
               ORDER BY quoted_on DESC, id DESC LIMIT 50";
    let rows = visit.db().all(sql, binds![party.id]).await?;
    let mut lines = vec![];
    for r in &rows {
        let links = link::of_quote(visit.db(), r.int(0)?).await?;
        let Some(open) = links.iter().find(|l| !l.revoked) else {
            continue;
        };
        let currency = r
            .opt_text(6)?
            .and_then(|c| Currency::parse(&c))
            .unwrap_or(visit.house.currency);
        lines.push(html! { tr {
            td { a.link href=(link::address(&visit.app.secret, open)) { b { (r.text(1)?) } } }
            td.num { (r.opt_text(2)?.unwrap_or_default()) }
            td.num { (r.opt_text(3)?.unwrap_or_default()) }
            td { (loc.t(&format!("quote-status-{}", r.text(4)?))) }
            td.r { (ui::money_full(loc, r.opt_int(5)?.unwrap_or(0), currency)) }
        } });
    }
    if lines.is_empty() {
        return Ok(ui::empty(
            "file-text",
            &loc.t("portal-quotes-none"),
            &loc.t("portal-quotes-none-text"),
            html! {},
        ));
    }
    Ok(html! { section.card { div.tbl-wrap { table.tbl.plain {
        thead { tr {
            th scope="col" { (loc.t("field-number")) } th scope="col" { (loc.t("quote-quoted_on")) } th scope="col" { (loc.t("quote-valid_until_on")) }
            th scope="col" { (loc.t("quote-status")) } th.r scope="col" { (loc.t("quote-total")) }
        } }
        tbody { @for l in &lines { (l) } }
    } } } })
}
