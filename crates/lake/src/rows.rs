//! Reads the rows of one month from the database, in chunks by key, and writes them as facts.

use crate::changes::day_number;
use crate::manifest::Month;
use crate::packed::{self, Cells};
use crate::table::{Column, MonthWriter, Table};
use std::collections::HashMap;
use std::path::Path;
use zhike_kernel::Result;
use zhike_store::{Query, Row, binds};
use zhike_value::profit::allocate;

/// Orders a chunk; about four times as many lines.
const ORDERS: i64 = 12_500;
/// Rows a chunk of the other tables.
const ROWS: i64 = 50_000;

/// Which order heads count.
const COUNTS: &str = "o.archived_at IS NULL AND o.status NOT IN ('draft', 'cancelled')";

/// What facts need to know of the whole.
pub(crate) struct Context<'a> {
    pub q: &'a dyn Query,
    pub data: &'a Path,
    pub generation: u64,
    /// Product → category.
    pub categories: &'a HashMap<i64, i64>,
}

/// Writes a month of a table.
pub(crate) async fn write_month(of: &Context<'_>, table: Table, month: &str) -> Result<Option<Month>> {
    let mut writer = MonthWriter::new(of.data, table, month, of.generation);
    match table {
        Table::OrderLine => orders(of, month, &mut writer).await?,
        Table::PaymentDelay => delays(of, month, &mut writer).await?,
        Table::ServiceUse => services(of, month, &mut writer).await?,
    }
    writer.finish()
}

/// The fixed part of a query over a month: days between `$1` and `$2`.
fn days(month: &str) -> (String, String) {
    (format!("{month}-01"), format!("{month}-31"))
}

struct Head {
    party: i64,
    owner: Option<i64>,
    day: i32,
    kind: i8,
    freight: i64,
    currency: String,
}

async fn orders(of: &Context<'_>, month: &str, writer: &mut MonthWriter) -> Result<()> {
    let (from, to) = days(month);
    let heads_sql = format!(
        "SELECT o.id, o.party_id, o.owner_id, o.ordered_on, o.kind, o.freight, o.currency FROM order_order o \
         WHERE o.ordered_on >= $1 AND o.ordered_on <= $2 AND (o.ordered_on, o.id) > ($3, $4) AND {COUNTS} \
         ORDER BY o.ordered_on, o.id LIMIT {ORDERS}"
    );
    let lines_sql = format!(
        "SELECT {} FROM order_line l \
         WHERE l.archived_at IS NULL AND l.order_id IN (SELECT o.id FROM order_order o \
         WHERE o.ordered_on >= $1 AND o.ordered_on <= $2 AND (o.ordered_on, o.id) > ($3, $4) AND (o.ordered_on, o.id) <= ($5, $6) \
         AND {COUNTS})",
        packed::select(&[
            "l.id",
            "l.order_id",
            "l.product_id",
            "l.quantity",
            "l.net",
            "l.discount",
            "l.cost"
        ])
    );
    let mut after = (String::new(), 0_i64);
    loop {
        let binds = binds![from.as_str(), to.as_str(), after.0.as_str(), after.1];
        let rows = of.q.all(&heads_sql, binds).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        let until = (last.text(3)?, last.int(0)?);
        let mut heads: HashMap<i64, Head> = HashMap::with_capacity(rows.len());
        for row in &rows {
            if let (id, Some(head)) = (row.int(0)?, head(row)?) {
                heads.insert(id, head);
            }
        }
        let binds = binds![
            from.as_str(),
            to.as_str(),
            after.0.as_str(),
            after.1,
            until.0.as_str(),
            until.1
        ];
        let text = match of.q.one(&lines_sql, binds).await? {
            Some(row) => row.opt_text(0)?.unwrap_or_default(),
            None => String::new(),
        };
        let mut lines: Vec<Line> = packed::rows(&text).map(line).collect::<Result<_>>()?;
        lines.sort_unstable_by_key(|l| (l.order, l.id));
        writer.push(order_columns(&heads, &lines, of.categories))?;
        after = until;
    }
}

fn head(row: &Row) -> Result<Option<Head>> {
    // A customer or a day that is missing leaves the order out; the data quality page counts such orders.
    let (Some(party), Some(day)) = (row.opt_int(1)?, day_number(&row.text(3)?)) else {
        return Ok(None);
    };
    Ok(Some(Head {
        party,
        owner: row.opt_int(2)?,
        day,
        kind: if row.opt_text(4)?.as_deref() == Some("return") {
            -1
        } else {
            1
        },
        freight: row.opt_int(5)?.unwrap_or(0),
        currency: row.opt_text(6)?.unwrap_or_default(),
    }))
}

pub(crate) struct Line {
    id: i64,
    order: i64,
    product: Option<i64>,
    quantity: i64,
    net: i64,
    discount: i64,
    cost: Option<i64>,
}

fn line(mut cells: Cells<'_>) -> Result<Line> {
    Ok(Line {
        id: cells.int()?,
        order: cells.int()?,
        product: cells.opt_int()?,
        quantity: cells.opt_int()?.unwrap_or(0),
        net: cells.opt_int()?.unwrap_or(0),
        discount: cells.opt_int()?.unwrap_or(0),
        cost: cells.opt_int()?,
    })
}

fn order_columns(heads: &HashMap<i64, Head>, lines: &[Line], categories: &HashMap<i64, i64>) -> Vec<Column> {
    let n = lines.len();
    let long = || Vec::<i64>::with_capacity(n);
    let maybe = || Vec::<Option<i64>>::with_capacity(n);
    let (mut id, mut order, mut party, mut quantity, mut net, mut discount, mut freight) =
        (long(), long(), long(), long(), long(), long(), long());
    let (mut product, mut category, mut owner, mut cost) = (maybe(), maybe(), maybe(), maybe());
    let (mut day, mut kind, mut first) = (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut known, mut currency) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for of_order in lines.chunk_by(|a, b| a.order == b.order) {
        let Some(head) = of_order.first().and_then(|l| heads.get(&l.order)) else {
            continue;
        };
        // Some houses write returns with negative amounts: the facts keep them positive, the kind carries the sign.
        let sum: i128 = of_order.iter().map(|l| i128::from(l.net)).sum();
        let sign = if head.kind < 0 && sum < 0 { -1 } else { 1 };
        let nets: Vec<i64> = of_order.iter().map(|l| l.net.saturating_mul(sign)).collect();
        let shares = allocate(head.freight, &nets);
        for (i, (line, share)) in of_order.iter().zip(shares).enumerate() {
            id.push(line.id);
            order.push(line.order);
            party.push(head.party);
            product.push(line.product);
            category.push(line.product.and_then(|p| categories.get(&p).copied()));
            owner.push(head.owner);
            day.push(head.day);
            kind.push(head.kind);
            first.push(i8::from(i == 0));
            quantity.push(line.quantity.saturating_mul(sign));
            net.push(line.net.saturating_mul(sign));
            discount.push(line.discount.saturating_mul(sign));
            cost.push(line.cost.map(|c| c.saturating_mul(sign)));
            known.push(line.cost.is_some());
            freight.push(share);
            currency.push(head.currency.clone());
        }
    }
    vec![
        Column::Long(id),
        Column::Long(order),
        Column::Long(party),
        Column::MaybeLong(product),
        Column::MaybeLong(category),
        Column::MaybeLong(owner),
        Column::Day(day),
        Column::Small(kind),
        Column::Small(first),
        Column::Long(quantity),
        Column::Long(net),
        Column::Long(discount),
        Column::MaybeLong(cost),
        Column::Truth(known),
        Column::Long(freight),
        Column::Word(currency),
    ]
}

async fn delays(of: &Context<'_>, month: &str, writer: &mut MonthWriter) -> Result<()> {
    let (from, to) = days(month);
    let heads_sql = format!(
        "SELECT o.id, o.party_id, o.due_on, o.total - o.credited, o.currency FROM billing_invoice o \
         WHERE o.due_on >= $1 AND o.due_on <= $2 AND o.id > $3 AND o.archived_at IS NULL AND o.status <> 'void' \
         ORDER BY o.id LIMIT {ORDERS}"
    );
    let paid_sql = "SELECT a.invoice_id, a.amount, p.received_on FROM billing_allocation a \
         JOIN billing_payment p ON p.id = a.payment_id JOIN billing_invoice o ON o.id = a.invoice_id \
         WHERE a.archived_at IS NULL AND p.archived_at IS NULL AND o.due_on >= $1 AND o.due_on <= $2 \
         AND o.id > $3 AND o.id <= $4 ORDER BY a.invoice_id, a.id";
    let mut after = 0_i64;
    loop {
        let rows = of.q.all(&heads_sql, binds![from.as_str(), to.as_str(), after]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        let until = last.int(0)?;
        let mut paid: HashMap<i64, Vec<(i64, i32)>> = HashMap::new();
        for row in
            of.q.all(paid_sql, binds![from.as_str(), to.as_str(), after, until])
                .await?
        {
            if let Some(day) = day_number(&row.text(2)?) {
                paid.entry(row.int(0)?).or_default().push((row.int(1)?, day));
            }
        }
        let (mut party, mut invoice, mut amount) = (vec![], vec![], vec![]);
        let (mut due, mut paid_on, mut open, mut currency) = (vec![], vec![], vec![], vec![]);
        for row in &rows {
            let (id, Some(owes), Some(day)) = (row.int(0)?, row.opt_int(1)?, day_number(&row.text(2)?)) else {
                continue;
            };
            let parts = paid.remove(&id).unwrap_or_default();
            let rest = row.opt_int(3)?.unwrap_or(0) - parts.iter().map(|p| p.0).sum::<i64>();
            let all = parts.into_iter().map(|(a, d)| (a, Some(d)));
            for (part, when) in all.chain((rest != 0).then_some((rest, None))) {
                party.push(owes);
                invoice.push(id);
                amount.push(part);
                due.push(day);
                paid_on.push(when);
                open.push(when.is_none());
                currency.push(row.opt_text(4)?.unwrap_or_default());
            }
        }
        writer.push(vec![
            Column::Long(party),
            Column::Long(invoice),
            Column::Long(amount),
            Column::Day(due),
            Column::MaybeDay(paid_on),
            Column::Truth(open),
            Column::Word(currency),
        ])?;
        after = until;
    }
}

async fn services(of: &Context<'_>, month: &str, writer: &mut MonthWriter) -> Result<()> {
    let (from, to) = days(month);
    let sql = format!(
        "SELECT o.id, o.party_id, o.used_on, o.kind, o.minutes FROM insight_service_use o \
         WHERE o.used_on >= $1 AND o.used_on <= $2 AND o.id > $3 AND o.archived_at IS NULL ORDER BY o.id LIMIT {ROWS}"
    );
    let mut after = 0_i64;
    loop {
        let rows = of.q.all(&sql, binds![from.as_str(), to.as_str(), after]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.int(0)?;
        let (mut id, mut party, mut day, mut kind, mut minutes) = (vec![], vec![], vec![], vec![], vec![]);
        for row in &rows {
            let (Some(used), Some(on)) = (row.opt_int(1)?, day_number(&row.text(2)?)) else {
                continue;
            };
            id.push(row.int(0)?);
            party.push(used);
            day.push(on);
            kind.push(row.opt_text(3)?.unwrap_or_default());
            minutes.push(row.opt_int(4)?.unwrap_or(0));
        }
        writer.push(vec![
            Column::Long(id),
            Column::Long(party),
            Column::Day(day),
            Column::Word(kind),
            Column::Long(minutes),
        ])?;
    }
}
