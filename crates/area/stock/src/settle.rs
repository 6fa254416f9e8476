//! What an order reserves, lets go, takes and brings back.

use crate::{
    ledger::{self, Item, Level, Move},
    share,
};
use std::collections::{BTreeMap, BTreeSet};
use zhike_contract::{Claim, Demand};
use zhike_kernel::{Error, Result, Value};
use zhike_store::{Ctx, Query, Tx, binds, event::Change, event::Event};

/// What a line has of the stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Has {
    product: i64,
    wanted: i64,
    reserved: i64,
    issued: i64,
    waiting: i64,
}

async fn read_needs(tx: &Tx, order: i64) -> Result<BTreeMap<i64, Has>> {
    let sql = "SELECT line_id, product_id, wanted, reserved, issued, waiting FROM stock_need WHERE order_id = $1";
    let mut out = BTreeMap::new();
    for row in tx.all(sql, binds![order]).await? {
        let has = Has {
            product: row.int(1)?,
            wanted: row.int(2)?,
            reserved: row.int(3)?,
            issued: row.int(4)?,
            waiting: row.int(5)?,
        };
        out.insert(row.int(0)?, has);
    }
    Ok(out)
}

async fn keep(tx: &Tx, demand: &Demand, line: i64, before: &Has, has: &Has) -> Result<()> {
    if before == has {
        return Ok(());
    }
    if has.wanted == 0 && has.reserved == 0 && has.issued == 0 {
        tx.exec("DELETE FROM stock_need WHERE line_id = $1", binds![line])
            .await?;
    } else {
        let sql = "INSERT INTO stock_need (line_id, order_id, party_id, product_id, wanted, reserved, issued, waiting) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8) \
                   ON CONFLICT (line_id) DO UPDATE SET product_id = excluded.product_id, wanted = excluded.wanted, \
                   reserved = excluded.reserved, issued = excluded.issued, waiting = excluded.waiting";
        let values = binds![
            line,
            demand.order,
            demand.party,
            has.product,
            has.wanted,
            has.reserved,
            has.issued,
            has.waiting
        ];
        tx.exec(sql, values).await?;
    }
    for (product, change) in [(before.product, -before.waiting), (has.product, has.waiting)] {
        wait(tx, product, change).await?;
    }
    Ok(())
}

pub(crate) async fn wait(tx: &Tx, product: i64, change: i64) -> Result<()> {
    if change != 0 && product != 0 {
        let sql = "UPDATE stock_item SET waiting = waiting + $1 WHERE product_id = $2 AND archived_at IS NULL";
        tx.exec(sql, binds![change, product]).await?;
    }
    Ok(())
}

/// From which places a line has what it reserved.
async fn reserved_at(tx: &Tx, line: i64) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT warehouse_id, CAST(SUM(quantity) AS BIGINT) FROM stock_move WHERE line_id = $1 AND kind IN ('reservation','release') \
               AND archived_at IS NULL GROUP BY warehouse_id HAVING SUM(quantity) > 0 ORDER BY warehouse_id";
    tx.all(sql, binds![line])
        .await?
        .iter()
        .map(|r| Ok((r.int(0)?, r.int(1)?)))
        .collect()
}

/// The work on one order: what lies where changes as its lines are served.
struct Work<'a> {
    tx: &'a Tx,
    ctx: &'a Ctx,
    order: i64,
    levels: BTreeMap<i64, Vec<Level>>,
    moves: Vec<Move>,
}

impl Work<'_> {
    fn push(&mut self, product: i64, line: i64, kind: &'static str, warehouse: i64, quantity: i64) {
        let (on_hand, reserved) = ledger::effect(kind, quantity);
        let all = self.levels.entry(product).or_default();
        match all.iter_mut().find(|l| l.warehouse == warehouse) {
            Some(level) => {
                level.on_hand += on_hand;
                level.reserved += reserved;
            }
            None => all.push(Level {
                warehouse,
                on_hand,
                reserved,
            }),
        }
        self.moves.push(Move {
            product,
            warehouse,
            kind,
            quantity,
            order: Some(self.order),
            line: Some(line),
        });
    }

    async fn release(&mut self, line: i64, has: &mut Has, back: i64) -> Result<()> {
        if back <= 0 {
            return Ok(());
        }
        let taken = reserved_at(self.tx, line).await?;
        for (warehouse, part) in share::give_back(&taken, back) {
            self.push(has.product, line, "release", warehouse, -part);
            has.reserved -= part;
        }
        Ok(())
    }

    /// Reserves up to `wanted`; what is missing.
    fn reserve(&mut self, line: i64, has: &mut Has, wanted: i64) -> i64 {
        let places = self.levels.get(&has.product).cloned().unwrap_or_default();
        let mut left = wanted;
        for (warehouse, part) in share::take(&places, wanted) {
            self.push(has.product, line, "reservation", warehouse, part);
            has.reserved += part;
            left -= part;
        }
        left
    }

    /// A product that may fall below zero is taken from its first place.
    async fn first_place(&self, product: i64) -> Result<i64> {
        if let Some(level) = self.levels.get(&product).and_then(|l| l.first()) {
            return Ok(level.warehouse);
        }
        let sql =
            "SELECT id FROM stock_warehouse WHERE archived_at IS NULL ORDER BY position IS NULL, position, id LIMIT 1";
        match self.tx.one(sql, vec![]).await? {
            Some(row) => row.int(0),
            None => Err(Error::refused("error-stock-no-place")),
        }
    }

    async fn too_little(&self, product: i64, wanted: i64, free: i64) -> Result<Error> {
        Ok(Error::refused("error-stock-short")
            .with("product", ledger::name(self.tx, self.ctx, "product", product).await?)
            .with("wanted", ledger::words(wanted))
            .with("free", ledger::words(free)))
    }

    /// Keeps the goods of a line.
    async fn hold(&mut self, item: &Item, line: i64, has: &mut Has, partial: bool) -> Result<()> {
        let target = has.wanted - has.issued;
        let beyond = has.reserved - target.max(0);
        self.release(line, has, beyond).await?;
        let missing = target - has.reserved;
        if missing > 0 && item.stocked {
            let left = self.reserve(line, has, missing);
            if left > 0 && item.allow_negative {
                let place = self.first_place(item.product).await?;
                self.push(item.product, line, "reservation", place, left);
                has.reserved += left;
            } else if left > 0 && !partial {
                return Err(self.too_little(item.product, missing, missing - left).await?);
            }
        }
        has.waiting = (target - has.reserved).max(0);
        Ok(())
    }

    /// As much of a line's goods leaves as is missing to what has left by now; what did not arrive and is in the house
    /// again comes back.
    async fn leave(&mut self, item: &Item, line: i64, has: &mut Has, left: i64) -> Result<()> {
        let mut rest = left - has.issued;
        if rest == 0 {
            return Ok(());
        }
        has.issued = left;
        if !item.stocked {
            return Ok(());
        }
        if rest < 0 {
            let place = self.last_place(item.product, line).await?;
            self.push(item.product, line, "return", place, -rest);
            return Ok(());
        }
        for (warehouse, quantity) in reserved_at(self.tx, line).await? {
            let part = quantity.min(rest);
            if part > 0 {
                self.push(item.product, line, "release", warehouse, -part);
                self.push(item.product, line, "issue", warehouse, -part);
                has.reserved -= part;
                rest -= part;
            }
        }
        let places = self.levels.get(&item.product).cloned().unwrap_or_default();
        for (warehouse, part) in share::take(&places, rest) {
            self.push(item.product, line, "issue", warehouse, -part);
            rest -= part;
        }
        if rest > 0 && !item.allow_negative {
            return Err(self.too_little(item.product, left, left - rest).await?);
        }
        if rest > 0 {
            let place = self.first_place(item.product).await?;
            self.push(item.product, line, "issue", place, -rest);
        }
        Ok(())
    }

    /// All the goods of a line leave; nothing is kept for it any longer.
    async fn issue(&mut self, item: &Item, line: i64, has: &mut Has) -> Result<()> {
        has.waiting = 0;
        let all = has.wanted;
        if all > has.issued {
            self.leave(item, line, has, all).await?;
        }
        let over = has.reserved;
        self.release(line, has, over).await
    }

    /// The place from which a line's goods left last.
    async fn last_place(&self, product: i64, line: i64) -> Result<i64> {
        let sql = "SELECT warehouse_id FROM stock_move WHERE line_id = $1 AND kind = 'issue' AND archived_at IS NULL ORDER BY id DESC LIMIT 1";
        match self.tx.one(sql, binds![line]).await? {
            Some(row) => row.int(0),
            None => self.first_place(product).await,
        }
    }

    /// The goods of a line come back.
    async fn take_back(&mut self, item: &Item, line: i64, has: &mut Has) -> Result<()> {
        // What came back counts below zero among what was issued.
        let rest = has.wanted + has.issued;
        if rest <= 0 {
            return Ok(());
        }
        has.issued -= rest;
        if item.stocked {
            let place = self.first_place(item.product).await?;
            self.push(item.product, line, "return", place, rest);
        }
        Ok(())
    }
}

/// See [`zhike_contract::Stock::settle`].
pub(crate) async fn settle(ctx: &Ctx, tx: &Tx, demand: &Demand) -> Result<()> {
    let mut products: Vec<i64> = demand.needs.iter().map(|n| n.product).collect();
    if demand.claim == Claim::Nothing {
        products.clear();
    }
    products.extend(read_needs(tx, demand.order).await?.values().map(|h| h.product));
    let items = ledger::items(tx, &products, true).await?;
    if items.is_empty() {
        return Ok(());
    }
    // Read again: another one may have served this order while we waited for the rows.
    let before = read_needs(tx, demand.order).await?;
    let kept: Vec<i64> = items.keys().copied().collect();
    let mut work = Work {
        tx,
        ctx,
        order: demand.order,
        levels: ledger::levels(tx, &kept).await?,
        moves: vec![],
    };
    let named: BTreeSet<i64> = match demand.claim {
        Claim::Nothing => BTreeSet::new(),
        _ => demand.needs.iter().map(|n| n.line).collect(),
    };
    let mut after: BTreeMap<i64, Has> = BTreeMap::new();
    for (line, has) in &before {
        let mut has = *has;
        let gone = !named.contains(line);
        let other = demand.needs.iter().any(|n| n.line == *line && n.product != has.product);
        if gone || other {
            let all = has.reserved;
            work.release(*line, &mut has, all).await?;
            (has.wanted, has.waiting) = (has.issued.max(0), 0);
        }
        after.insert(*line, has);
    }
    for need in demand.needs.iter().filter(|n| named.contains(&n.line)) {
        let Some(item) = items.get(&need.product) else { continue };
        let mut has = after.get(&need.line).copied().unwrap_or_default();
        has.product = need.product;
        has.wanted = need.quantity;
        match demand.claim {
            Claim::Reserve { partial } => {
                work.leave(item, need.line, &mut has, need.left).await?;
                work.hold(item, need.line, &mut has, partial).await?;
            }
            Claim::Issue => work.issue(item, need.line, &mut has).await?,
            Claim::TakeBack => work.take_back(item, need.line, &mut has).await?,
            Claim::Nothing => {}
        }
        after.insert(need.line, has);
    }
    for (line, has) in &after {
        let old = before.get(line).copied().unwrap_or_default();
        keep(tx, demand, *line, &old, has).await?;
    }
    let moves = std::mem::take(&mut work.moves);
    if moves.is_empty() {
        return Ok(());
    }
    ledger::book(tx, ctx, &moves).await?;
    tell(tx, ctx, demand.order, demand.party, &moves).await?;
    let freed = moves.iter().any(|m| matches!(m.kind, "release" | "return"));
    if freed {
        crate::waiting::serve(tx, ctx, &items.into_values().collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// One event for all movements of an order.
pub(crate) async fn tell(tx: &Tx, ctx: &Ctx, order: i64, party: Option<i64>, moves: &[Move]) -> Result<()> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for m in moves {
        *sums.entry(m.kind).or_default() += m.quantity.abs();
    }
    let note: Vec<String> = sums.iter().map(|(k, q)| format!("{k} {}", ledger::words(*q))).collect();
    let changes = sums
        .iter()
        .map(|(kind, quantity)| {
            let change = Change {
                from: Value::Null,
                to: (*quantity).into(),
            };
            ((*kind).to_owned(), change)
        })
        .collect();
    let event = Event {
        kind: crate::MOVED.to_owned(),
        record_type: "order",
        record: order,
        party,
        changes,
        note: Some(note.join(", ")),
        at: None,
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}
