//! What an invoice releases, and whether it is paid; read as the house, whoever asks.

use zhike_kernel::{Currency, Filter, Result, Value};
use zhike_store::{
    Ctx, List, Query, Record,
    attachment::{self, Attachment},
    binds, list, read,
};

/// Lines of an order that are looked at.
const LINES: usize = 500;

/// A product with its files.
pub(super) struct Good {
    pub name: String,
    pub name_latin: String,
    pub files: Vec<Attachment>,
}

/// The digital products on the order of an invoice, with the files that are handed out: documents and videos; pictures
/// are for the catalogue.
pub(super) async fn of(house: &Ctx, invoice: &Record) -> Result<Vec<Good>> {
    let Some(order) = invoice.int("order_id") else {
        return Ok(vec![]);
    };
    let ty = house.registry().get("order_line")?;
    let asked = List {
        filter: Filter::is("order_id", order),
        columns: vec!["product_id".into()],
        sort: "id".into(),
        descending: false,
        limit: LINES,
        ..List::of(ty)
    };
    let lines = list::page(house, house.db(), ty, &asked).await?.lines;
    let products = lines
        .iter()
        .filter_map(|l| l.values.get("product_id").and_then(Value::int));
    let products = crate::balance::distinct(products);
    let found = read::find_many(house, house.db(), house.registry().get("product")?, &products).await?;
    let mut out = vec![];
    for p in found.iter().filter(|p| p.text("kind") == "digital") {
        let mut files = attachment::of_record(house.db(), "product", p.id).await?;
        files.retain(|f| matches!(f.kind.as_str(), "document" | "video") && !f.hash.is_empty());
        if !files.is_empty() {
            out.push(Good {
                name: p.text("name").to_owned(),
                name_latin: p.text("name_latin").to_owned(),
                files,
            });
        }
    }
    Ok(out)
}

/// What of the order is still to be paid or to be invoiced; nothing: its files are released.
pub(super) async fn missing(house: &Ctx, invoice: &Record) -> Result<Option<(i64, Currency)>> {
    let c = Currency::parse(invoice.text("currency")).unwrap_or(house.house.currency);
    let Some(order) = invoice.int("order_id") else {
        return Ok(Some((0, c)));
    };
    if invoice.text("status") == "void" {
        return Ok(Some((0, c)));
    }
    let order = read::need(house, house.db(), house.registry().get("order")?, order).await?;
    // All invoices of the order count: none of them says which lines it is for. What was credited lowers what is owed, but
    // something must have been paid.
    let sql = "SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT), CAST(COALESCE(SUM(open), 0) AS BIGINT), CAST(COALESCE(SUM(paid), 0) AS BIGINT) \
               FROM billing_invoice WHERE order_id = $1 AND status <> 'void' AND archived_at IS NULL AND total > 0";
    let Some(row) = house.db().one(sql, binds![order.id]).await? else {
        return Ok(Some((0, c)));
    };
    let (invoiced, open, paid) = (row.int(0)?, row.int(1)?, row.int(2)?);
    let rest = (order.int("total").unwrap_or(0) - invoiced).max(0);
    let owed = open.saturating_add(rest);
    Ok(if owed > 0 || paid <= 0 { Some((owed, c)) } else { None })
}
