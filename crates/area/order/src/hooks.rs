//! What happens when an order or a line is written.

use crate::{Ports, amend, credit, deliver, priced, returns, rules, settings, shipment, spoken, totals};
use async_trait::async_trait;
use zhike_kernel::{Date, Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, registry::Saved};

pub(crate) struct OrderHooks(pub(crate) Ports);

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn day(values: &Values, name: &str) -> Option<Date> {
    text(values, name).parse().ok()
}

#[async_trait]
impl Hooks for OrderHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        match old {
            None => begin(tx, ctx, new).await?,
            Some(old) => {
                if ctx.door.by_hand() && amend::counts(old.text("status")) {
                    amend::begin(tx, ctx, old.id).await?;
                }
                change(tx, ctx, old, new).await?;
                // What was drafted weeks ago must still go together on the day it is ordered.
                if ctx.door.by_hand() && old.text("status") == "draft" && text(new, "status") == "confirmed" {
                    priced::check_order(&self.0.pricing, tx, ctx, old.id).await?;
                    credit::check(&self.0, tx, ctx, old, new).await?;
                    self.promise(tx, ctx, old.id, new).await?;
                }
            }
        }
        if int(new, "freight").is_some_and(|f| f < 0) {
            return Err(Error::field("freight", "error-order-price"));
        }
        if int(new, "returns_id").is_some() && text(new, "kind") != "return" {
            return Err(Error::field("returns_id", "error-order-returns"));
        }
        let days = rules::Days {
            ordered: day(new, "ordered_on"),
            required: day(new, "required_on"),
            shipped: day(new, "shipped_on"),
            delivered: day(new, "delivered_on"),
        };
        let wrong = rules::days(text(new, "status"), &days, ctx.door.by_hand().then(|| ctx.today()));
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(wrong))
        }
    }

    /// Only a draft may still be empty.
    async fn whole(&self, tx: &Tx, ctx: &Ctx, id: i64) -> Result<()> {
        let heads = totals::heads(tx, &[id]).await?;
        let promised = heads
            .get(&id)
            .is_some_and(|h| !matches!(h.status.as_str(), "draft" | "cancelled"));
        if promised && ctx.door.by_hand() && lines_of(tx, id).await? == 0 {
            return Err(Error::field("status", "error-order-start-empty"));
        }
        if promised && ctx.door.by_hand() && heads.get(&id).is_some_and(|h| h.kind == "sale") {
            credit::check_new(&self.0, tx, ctx, id).await?;
            amend::begin(tx, ctx, id).await?;
            self.0.billing.order_moved(ctx, tx, id).await?;
        }
        if let Some(head) = heads
            .get(&id)
            .filter(|h| promised && h.kind == "return" && ctx.door.by_hand())
        {
            returns::verify(tx, id, head.returns, true).await?;
        }
        Ok(())
    }

    /// Confirming keeps the goods, shipping takes them, cancelling lets them go.
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        // What left or came back before its stock was kept stays as it is.
        let moved = |r: &&Saved| {
            r.old
                .as_ref()
                .is_some_and(|old| match r.new.get("status").and_then(Value::text) {
                    Some("delivered") => old.text("kind") == "return",
                    Some(_) => true,
                    None => old.text("status") == "confirmed" && r.new.contains_key("partial"),
                })
        };
        let orders: Vec<i64> = rows.iter().filter(moved).map(|r| r.id).collect();
        for row in rows.iter().filter(|_| ctx.door.by_hand()) {
            goods_follow(tx, ctx, row).await?;
        }
        deliver::settle(&self.0.stock, tx, ctx, &orders).await?;
        for row in rows.iter().filter(|r| ctx.door.by_hand() && r.old.is_some()) {
            amend::note(tx, ctx, row).await?;
            self.0.billing.order_moved(ctx, tx, row.id).await?;
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        let under_way = record.text("status") == "confirmed" && ctx.door.by_hand();
        if under_way && shipment::progress::of(tx, record.id).await?.iter().any(|l| l.left > 0) {
            return Err(Error::refused("error-order-some-left"));
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, _away: bool) -> Result<()> {
        if record.text("status") != "confirmed" {
            return Ok(());
        }
        deliver::settle(&self.0.stock, tx, ctx, &[record.id]).await
    }
}

/// An order that comes into a state by hand takes its shipments along.
async fn goods_follow(tx: &Tx, ctx: &Ctx, row: &Saved) -> Result<()> {
    let Some(old) = row.old.as_ref().filter(|o| o.text("kind") == "sale") else {
        return Ok(());
    };
    let on = |field: &str| day(&row.new, field).or_else(|| old.date(field)).unwrap_or(ctx.today());
    match (old.text("status"), text(&row.new, "status")) {
        ("confirmed", "shipped") => shipment::ship_rest(ctx, tx, row.id, on("shipped_on")).await,
        ("shipped", "delivered") => shipment::deliver_all(ctx, tx, row.id, on("delivered_on")).await,
        (_, "cancelled") => shipment::drop_drafts(ctx, tx, row.id).await,
        _ => Ok(()),
    }
}

impl OrderHooks {
    /// The day that is promised when nobody promised one: when the goods are there, but not before the customer wants them.
    async fn promise(&self, tx: &Tx, ctx: &Ctx, order: i64, new: &mut Values) -> Result<()> {
        if text(new, "kind") != "sale" || !text(new, "promised_on").is_empty() {
            return Ok(());
        }
        let required = day(new, "required_on");
        let needs = deliver::needs(tx, order).await?;
        let ready = self.0.stock.promise(ctx, tx, &needs).await?.on;
        new.insert("promised_on".to_owned(), ready.max(required).into());
        Ok(())
    }
}

async fn total_of(tx: &Tx, order: i64) -> Result<i64> {
    tx.number("SELECT total FROM order_order WHERE id = $1", binds![order])
        .await
}

async fn lines_of(tx: &Tx, order: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM order_line WHERE order_id = $1 AND archived_at IS NULL";
    tx.number(sql, binds![order]).await
}

async fn begin(tx: &Tx, ctx: &Ctx, new: &mut Values) -> Result<()> {
    if new.get("ordered_on").is_none_or(Value::is_empty) {
        new.insert("ordered_on".to_owned(), ctx.today().into());
    }
    if ctx.door.by_hand() && new.get("owner_id").is_none_or(Value::is_empty) {
        new.insert("owner_id".to_owned(), ctx.actor.user.into());
    }
    if new.get("currency").is_none_or(Value::is_empty) {
        let party = match int(new, "party_id").filter(|_| ctx.door.by_hand()) {
            Some(party) => read::find(ctx, tx, ctx.registry().get("party")?, party).await?,
            None => None,
        };
        let currency = party.map(|p| p.text("currency").to_owned()).filter(|c| !c.is_empty());
        let currency = currency.unwrap_or_else(|| ctx.house.currency.code().to_owned());
        new.insert("currency".to_owned(), currency.into());
    }
    for sum in ["net", "tax", "total", "cost"] {
        new.insert(sum.to_owned(), Value::Int(0));
    }
    if text(new, "status") == "draft" {
        let days = rules::Days {
            shipped: day(new, "shipped_on"),
            delivered: day(new, "delivered_on"),
            ..rules::Days::default()
        };
        new.insert("status".to_owned(), rules::status_by_days(&days).into());
    }
    if ctx.door == Door::Page && !rules::open_for_lines(text(new, "status")) {
        return Err(Error::field("status", "error-order-start"));
    }
    Ok(())
}

async fn change(tx: &Tx, ctx: &Ctx, old: &Record, new: &mut Values) -> Result<()> {
    let (from, to) = (old.text("status"), text(new, "status").to_owned());
    if from != to {
        // Goods that did not arrive are in the house again.
        let open_again = from == "shipped"
            && to == "confirmed"
            && old.text("kind") == "sale"
            && shipment::something_is_here(tx, old.id).await?;
        let fits = rules::next(from).contains(&to.as_str()) || (!ctx.door.by_hand() && rules::follows(from, &to));
        if !fits && !open_again {
            return Err(Error::refused(rules::refusal(from)));
        }
        if to == "confirmed" && ctx.door.by_hand() && lines_of(tx, old.id).await? == 0 {
            return Err(Error::refused("error-order-no-lines"));
        }
        if to == "confirmed" && ctx.door.by_hand() && text(new, "kind") == "return" {
            returns::verify(tx, old.id, int(new, "returns_id"), true).await?;
        }
        let sale = ctx.door.by_hand() && text(new, "kind") == "sale";
        if to == "cancelled" && sale && from == "confirmed" && text(new, "cancel_reason").trim().is_empty() {
            return Err(Error::field("cancel_reason", "error-order-cancel-reason"));
        }
        if to == "cancelled" && sale && shipment::progress::of(tx, old.id).await?.iter().any(|l| l.left > 0) {
            return Err(Error::refused("error-order-some-left"));
        }
        let today = || Value::from(ctx.today());
        if to == "shipped" && new.get("shipped_on").is_none_or(Value::is_empty) && ctx.door.by_hand() {
            new.insert("shipped_on".to_owned(), today());
        }
        if to == "delivered" && new.get("delivered_on").is_none_or(Value::is_empty) && ctx.door.by_hand() {
            new.insert("delivered_on".to_owned(), today());
        }
    }
    let moved = |name: &str| new.get(name) != Some(old.get(name));
    if ctx.door.by_hand() && !rules::open_for_lines(from) && (moved("party_id") || moved("kind") || moved("currency")) {
        return Err(Error::refused("error-order-locked"));
    }
    // Credit, approval and papers were all about this customer; what is taken back came from the one who had bought it.
    let bound = from != "draft" || old.int("returns_id").is_some();
    if ctx.door.by_hand() && bound && moved("party_id") {
        return Err(Error::field("party_id", "error-order-customer"));
    }
    if (moved("kind") || moved("currency")) && lines_of(tx, old.id).await? > 0 {
        return Err(Error::refused("error-order-has-lines"));
    }
    Ok(())
}

pub(crate) struct LineHooks(pub(crate) Ports);

#[async_trait]
impl Hooks for LineHooks {
    /// Nothing is asked of the database here unless a person left the price out: imports call it for every row.
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if let Some(old) = old {
            if new.get("order_id") != Some(old.get("order_id")) {
                return Err(Error::field("order_id", "error-order-line-moved"));
            }
            if ctx.door.by_hand() {
                amend::begin_if_confirmed(tx, ctx, old.int("order_id").unwrap_or(0)).await?;
            }
            // Another product, unit or choice has another cost; it is looked up after saving.
            let moved = ["product_id", "unit", "options"]
                .iter()
                .any(|f| new.get(*f) != Some(old.get(f)));
            if moved && new.get("unit_cost") == Some(old.get("unit_cost")) {
                new.insert("unit_cost".to_owned(), Value::Null);
            }
        }
        priced::tidy(new);
        if ctx.door.by_hand() {
            if old.is_none() {
                amend::begin_if_confirmed(tx, ctx, int(new, "order_id").unwrap_or(0)).await?;
            }
            returns::tie(tx, new).await?;
            priced::price(&self.0.pricing, tx, ctx, old, new).await?;
            // Neither said nor known of the product: the company's rate. Who means 0 says 0.
            let moved = old.is_none_or(|o| new.get("product_id") != Some(o.get("product_id")));
            if moved && new.get("tax_rate").is_none_or(Value::is_empty) {
                let (rate, _) = rules::tax_rate(None, None, settings::tax_rate(tx).await?);
                new.insert("tax_rate".to_owned(), rate.into());
            }
        }
        let (Some(quantity), Some(unit_price)) = (int(new, "quantity"), int(new, "unit_price")) else {
            // The complaint that they are missing follows.
            return Ok(());
        };
        let sums = rules::line(&rules::Line {
            quantity,
            unit_price,
            discount: int(new, "discount").unwrap_or(0),
            tax_rate: int(new, "tax_rate").unwrap_or(0),
            unit_cost: int(new, "unit_cost"),
        })
        .map_err(|e| Error::fields(vec![e]))?;
        new.insert("net".to_owned(), sums.net.into());
        new.insert("tax".to_owned(), sums.tax.into());
        new.insert("cost".to_owned(), sums.cost.into());
        if ctx.door.by_hand() {
            returns::share(tx, old, new).await?;
        }
        Ok(())
    }

    /// The rules that need the order, and its totals: once for all rows.
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let of = |row: &Saved| int(&row.new, "order_id").or_else(|| row.old.as_ref().and_then(|o| o.int("order_id")));
        let mut orders: Vec<i64> = rows.iter().filter_map(of).collect();
        orders.sort_unstable();
        orders.dedup();
        totals::lock(tx, &orders).await?;
        let heads = totals::heads(tx, &orders).await?;
        for (i, row) in rows.iter().enumerate() {
            let Some(head) = of(row).and_then(|id| heads.get(&id)) else {
                return Err(Error::field("order_id", "error-not-a-record"));
            };
            if ctx.door.by_hand() && !rules::open_for_lines(&head.status) {
                return Err(Error::refused("error-order-locked"));
            }
            if let Some(quantity) = int(&row.new, "quantity") {
                rules::sign(&head.kind, quantity).map_err(|e| Error::fields(vec![e]).at_row(i))?;
            }
        }
        if ctx.door.by_hand() {
            for (order, head) in &heads {
                if head.kind == "return" {
                    returns::verify(tx, *order, head.returns, false).await?;
                } else if head.status == "confirmed" {
                    spoken::enough(tx, *order, rows).await?;
                }
            }
        }
        let new: Vec<i64> = rows.iter().filter(|r| r.old.is_none()).map(|r| r.id).collect();
        totals::currency(tx, &new).await?;
        priced::settle(&self.0.pricing, tx, ctx, rows).await?;
        totals::recompute(tx, &orders).await?;
        for (order, head) in heads
            .iter()
            .filter(|(_, h)| ctx.door.by_hand() && h.status == "confirmed" && h.kind == "sale")
        {
            // Born just now it is judged as a whole, when all its lines are there.
            if head.total != 0 && total_of(tx, *order).await? > head.total {
                credit::check_grown(&self.0, tx, ctx, *order).await?;
            }
        }
        let kept = |id: &i64| heads.get(id).is_some_and(|h| h.status == "confirmed");
        let orders: Vec<i64> = orders.into_iter().filter(kept).collect();
        deliver::settle(&self.0.stock, tx, ctx, &orders).await?;
        for order in orders.iter().filter(|_| ctx.door.by_hand()) {
            amend::keep(tx, ctx, *order).await?;
            self.0.billing.order_moved(ctx, tx, *order).await?;
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        let id = record.int("order_id").unwrap_or(0);
        let heads = totals::heads(tx, &[id]).await?;
        if ctx.door.by_hand() && heads.get(&id).is_some_and(|h| !rules::open_for_lines(&h.status)) {
            return Err(Error::refused("error-order-locked"));
        }
        let confirmed = heads.get(&id).is_some_and(|h| h.status == "confirmed");
        if confirmed && ctx.door.by_hand() {
            let lines = shipment::progress::of(tx, id).await?;
            if lines.iter().any(|l| l.id == record.id && l.left + l.planned > 0) {
                return Err(Error::refused("error-order-line-shipped"));
            }
            amend::begin(tx, ctx, id).await?;
        }
        if confirmed && record.archived_at.is_none() && ctx.door.by_hand() && lines_of(tx, id).await? == 1 {
            return Err(Error::refused("error-order-last-line"));
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        if !away {
            self.archiving(tx, ctx, record).await?;
            priced::check_lines(&self.0.pricing, tx, ctx, std::slice::from_ref(&record.values)).await?;
        }
        let orders = [record.int("order_id").unwrap_or(0)];
        totals::lock(tx, &orders).await?;
        totals::recompute(tx, &orders).await?;
        deliver::settle(&self.0.stock, tx, ctx, &orders).await?;
        let heads = totals::heads(tx, &orders).await?;
        for (order, _) in heads
            .iter()
            .filter(|(_, h)| ctx.door.by_hand() && h.status == "confirmed")
        {
            amend::keep(tx, ctx, *order).await?;
            self.0.billing.order_moved(ctx, tx, *order).await?;
        }
        Ok(())
    }
}
