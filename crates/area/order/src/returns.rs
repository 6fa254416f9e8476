//! Returns: only what was shipped comes back, and not twice; each line of a return belongs to a line of its order. The
//! amounts of a part are that part of the line's amounts, the last part is what is left of them.

use crate::{deliver::words, lines, shipment::progress, totals};
use zhike_kernel::{Error, Result, Value, Values, line, money::mul_div};
use zhike_store::{Ctx, Query, Record, Tx, binds, write};
use zhike_web::Visit;

/// Fields of a line that a return takes over.
const KEPT: [&str; 8] = [
    "position",
    "product_id",
    "description",
    "unit_price",
    "tax_rate",
    "unit_cost",
    "unit",
    "options",
];

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

/// A return of all that was shipped and has not come back yet: a draft with negative quantities, to be cut down by hand.
pub(crate) async fn make(visit: &Visit, order: &Record) -> Result<i64> {
    if order.text("kind") != "sale" {
        return Err(Error::refused("error-order-no-return"));
    }
    let sold = lines::read_lines(visit, order.id).await?;
    let ctx: &Ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    // Two clicks at once wait for each other here.
    totals::lock(&tx, &[order.id]).await?;
    let far = progress::of(&tx, order.id).await?;
    if far.iter().all(|l| l.left <= 0) {
        return Err(Error::refused("error-order-no-return"));
    }
    let known = progress::by_id(&far);
    let mut rows = vec![];
    for line in &sold {
        let Some(left) = known.get(&line.id).map(|l| l.returnable()).filter(|q| *q > 0) else {
            continue;
        };
        let mut row: Values = KEPT.iter().map(|k| ((*k).to_owned(), line.get(k).clone())).collect();
        row.insert("quantity".to_owned(), (-left).into());
        row.insert("returns_line_id".to_owned(), line.id.into());
        // What was sold untaxed comes back untaxed, whatever the product says today.
        row.insert("tax_rate".to_owned(), line.int("tax_rate").unwrap_or(0).into());
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(Error::refused("error-order-all-back"));
    }
    let head = Values::from([
        ("party_id".to_owned(), order.get("party_id").clone()),
        ("owner_id".to_owned(), order.get("owner_id").clone()),
        ("kind".to_owned(), "return".into()),
        ("currency".to_owned(), order.get("currency").clone()),
        ("ordered_on".to_owned(), visit.today().into()),
        ("returns_id".to_owned(), order.id.into()),
        ("channel".to_owned(), order.get("channel").clone()),
    ]);
    let new = write::create(ctx, &tx, ctx.registry().get("order")?, head).await?;
    for row in &mut rows {
        row.insert("order_id".to_owned(), new.into());
    }
    ctx.require("order_line.create")?;
    write::insert_many(ctx, &tx, ctx.registry().get("order_line")?, rows, None).await?;
    tx.commit().await?;
    Ok(new)
}

/// From which order a return takes back, if it is one that says so.
async fn taken_from(q: &dyn Query, order: i64) -> Result<Option<i64>> {
    let sql = "SELECT returns_id FROM order_order WHERE id = $1 AND kind = 'return'";
    Ok(q.one(sql, binds![order])
        .await?
        .map(|r| r.opt_int(0))
        .transpose()?
        .flatten())
}

/// Ties a line of a return to a line of its order, when whoever wrote it did not say to which: the same product, still to
/// come back. Its price is then that of the order.
pub(crate) async fn tie(tx: &Tx, new: &mut Values) -> Result<()> {
    let Some(order) = int(new, "order_id") else {
        return Ok(());
    };
    if int(new, "quantity").unwrap_or(0) >= 0 && int(new, "returns_line_id").is_none() {
        return Ok(());
    }
    let Some(from) = taken_from(tx, order).await? else {
        if int(new, "returns_line_id").is_some() {
            return Err(Error::field("returns_line_id", "error-order-returns"));
        }
        return Ok(());
    };
    if int(new, "returns_line_id").is_none() {
        let (product, said) = (int(new, "product_id"), text(new, "description").to_owned());
        let far = progress::of(tx, from).await?;
        let same = |l: &&progress::Line| l.product == product && (product.is_some() || l.description == said);
        let best = far.iter().filter(same).max_by_key(|l| (l.returnable(), -l.id));
        match best {
            Some(line) => new.insert("returns_line_id".to_owned(), line.id.into()),
            None => return Err(Error::field("product_id", "error-return-line")),
        };
    }
    let sql = "SELECT order_id, unit_price, tax_rate, unit_cost, unit, product_id FROM order_line WHERE id = $1";
    let row = tx.one(sql, binds![int(new, "returns_line_id")]).await?;
    let row = row.ok_or_else(|| Error::field("returns_line_id", "error-not-a-record"))?;
    if row.int(0)? != from || (int(new, "product_id").is_some() && int(new, "product_id") != row.opt_int(5)?) {
        return Err(Error::field("returns_line_id", "error-return-line"));
    }
    // Nobody gets back more than was paid for it.
    if let (Some(asked), Some(sold)) = (int(new, "unit_price"), row.opt_int(1)?)
        && asked > sold
    {
        return Err(Error::field("unit_price", "error-return-price"));
    }
    for (name, value) in [
        ("unit_price", Value::from(row.opt_int(1)?)),
        ("tax_rate", Some(row.opt_int(2)?.unwrap_or(0)).into()),
        ("unit_cost", row.opt_int(3)?.into()),
        ("unit", row.opt_text(4)?.into()),
        ("product_id", row.opt_int(5)?.into()),
    ] {
        if new.get(name).is_none_or(Value::is_empty) {
            new.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

/// Gives a line of a return its part of the amounts of the line that it takes back, unless somebody wrote another price
/// or another discount.
pub(crate) async fn share(tx: &Tx, old: Option<&Record>, new: &mut Values) -> Result<()> {
    let Some(line_id) = int(new, "returns_line_id") else {
        return Ok(());
    };
    let sql = "SELECT quantity, unit_price, tax_rate, net, tax FROM order_line WHERE id = $1";
    let Some(row) = tx.one(sql, binds![line_id]).await? else {
        return Ok(());
    };
    let whole = row.int(0)?;
    let same = int(new, "unit_price") == Some(row.int(1)?)
        && int(new, "tax_rate").unwrap_or(0) == row.opt_int(2)?.unwrap_or(0);
    let by_hand = match old {
        Some(old) => new.get("discount").unwrap_or(&Value::Null) != old.get("discount"),
        None => int(new, "discount").is_some_and(|d| d != 0),
    };
    if !same || by_hand {
        return Ok(());
    }
    let sql = "SELECT CAST(COALESCE(SUM(l.quantity), 0) AS BIGINT), CAST(COALESCE(SUM(l.net), 0) AS BIGINT), CAST(COALESCE(SUM(l.tax), 0) AS BIGINT) \
               FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE l.returns_line_id = $1 AND l.id <> $2 \
               AND o.status <> 'cancelled' AND o.archived_at IS NULL AND l.archived_at IS NULL";
    let others = tx.one(sql, binds![line_id, old.map_or(0, |o| o.id)]).await?;
    let (gone, net, tax) = match &others {
        Some(r) => (-r.int(0)?, -r.int(1)?, -r.int(2)?),
        None => (0, 0, 0),
    };
    let quantity = int(new, "quantity").unwrap_or(0).saturating_abs();
    let of = |all: i64, done: i64| line::part(all, whole, gone, done, quantity);
    let (Some(net), Some(tax)) = (of(row.int(3)?, net), of(row.int(4)?, tax)) else {
        return Err(Error::field("quantity", "error-too-large"));
    };
    let gross = mul_div(quantity, row.int(1)?, line::MILLI).unwrap_or(net);
    let discount = Some(net - gross).filter(|d| *d < 0);
    new.insert("discount".to_owned(), discount.into());
    new.insert("net".to_owned(), (-net).into());
    new.insert("tax".to_owned(), (-tax).into());
    Ok(())
}

/// Refuses a return of more than was shipped and has not come back. With `said`, it must say what it takes back from.
pub(crate) async fn verify(tx: &Tx, order: i64, from: Option<i64>, said: bool) -> Result<()> {
    let Some(from) = from else {
        return if said {
            Err(Error::refused("error-return-of"))
        } else {
            Ok(())
        };
    };
    totals::lock(tx, &[from]).await?;
    let far = progress::of(tx, from).await?;
    if let Some(line) = far.iter().find(|l| l.returning > l.left) {
        let sql = "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM order_line WHERE order_id = $1 AND returns_line_id = $2 AND archived_at IS NULL";
        let mine = -tx.number(sql, binds![order, line.id]).await?;
        if mine > 0 {
            let mut e = Error::field("quantity", "error-return-more");
            for field in &mut e.fields {
                let most = (line.left - (line.returning - mine)).max(0);
                field.args.push(("most", words(most).into()));
            }
            return Err(e);
        }
    }
    Ok(())
}
