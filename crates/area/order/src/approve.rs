//! Orders before their approvers: which are asked about, and that none is confirmed by a person before it was agreed to.

use async_trait::async_trait;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use zhike_contract::{
    Approvable, Approvals, Outcome, Subject,
    approvals::{LINE, pick},
};
use zhike_kernel::{Error, Result, Value, Values, line::MILLI, money::mul_div};
use zhike_store::{Ctx, Field, FieldKind, Hooks, Query, Record, Tx, binds, read, registry::Saved};
use zhike_web::{
    Answer, Form, Json as Body, Routes, Visit,
    answer::{go_saying, json as answer},
    ui,
};

/// What is agreed on.
const FIELDS: [&str; 9] = [
    "number",
    "party_id",
    "kind",
    "ordered_on",
    "required_on",
    "currency",
    "net",
    "tax",
    "total",
];

/// The order, as approvals see it.
pub(crate) struct Subjects;

/// What was taken off the prices, and what is left over the costs, in parts per million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Inside {
    discount: Option<i64>,
    margin: Option<i64>,
    cost: Option<i64>,
}

fn share(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| mul_div(part, 1_000_000, whole)).flatten()
}

/// Of the lines: (quantity, price before anything was taken off, net, cost).
fn inside(lines: &[(i64, i64, i64, Option<i64>)]) -> Inside {
    let gross = lines
        .iter()
        .try_fold(0_i64, |sum, l| sum.checked_add(mul_div(l.0, l.1, MILLI)?));
    let net = lines.iter().try_fold(0_i64, |sum, l| sum.checked_add(l.2));
    // One line without a cost makes the whole unknown.
    let cost = lines.iter().try_fold(0_i64, |sum, l| sum.checked_add(l.3?));
    let (Some(gross), Some(net)) = (gross, net) else {
        return Inside::default();
    };
    Inside {
        discount: share(gross.saturating_sub(net), gross),
        margin: cost.and_then(|c| share(net.saturating_sub(c), net)),
        cost,
    }
}

async fn lines(ctx: &Ctx, q: &dyn Query, order: i64) -> Result<Vec<Record>> {
    let sql =
        "SELECT id FROM order_line WHERE order_id = $1 AND archived_at IS NULL ORDER BY position IS NULL, position, id";
    let ids: Vec<i64> = q
        .all(sql, binds![order])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect::<Result<_>>()?;
    let mut found = read::find_many(ctx, q, ctx.registry().get("order_line")?, &ids).await?;
    found.sort_by_key(|l| ids.iter().position(|id| *id == l.id));
    Ok(found)
}

#[async_trait]
impl Approvable for Subjects {
    fn subject(&self) -> &'static str {
        "order"
    }
    fn lines(&self) -> Option<&'static str> {
        Some("order_line")
    }
    fn extra(&self) -> Vec<Field> {
        vec![
            Field::new("discount_rate", FieldKind::Rate),
            Field::new("margin_rate", FieldKind::Rate).needs("cost.view"),
        ]
    }
    async fn look(&self, ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Subject> {
        // Whoever asks sees the order; what it costs is looked at by the house alone.
        let house = Ctx::system(&ctx.house, ctx.door);
        let order = read::need(&house, q, house.registry().get("order")?, id).await?;
        let lines = lines(&house, q, id).await?;
        let facts: Vec<_> = lines
            .iter()
            .map(|l| {
                let int = |n: &str| l.int(n).unwrap_or(0);
                // A price that was typed in below the list's takes off as much as a discount does.
                let price = int("unit_price").max(int("list_price"));
                (int("quantity"), price, int("net"), l.int("cost"))
            })
            .collect();
        let inside = inside(&facts);
        let mut fields = pick(&order, &FIELDS);
        let mut values: Values = order.values.clone();
        // The sum of the record counts lines without a cost as free.
        values.insert("cost".to_owned(), inside.cost.into());
        for (name, value) in [("discount_rate", inside.discount), ("margin_rate", inside.margin)] {
            values.insert(name.to_owned(), value.into());
            if let Some(map) = fields.as_object_mut() {
                map.insert(name.to_owned(), value.into());
            }
        }
        Ok(Subject {
            title: order.text("number").to_owned(),
            party: order.int("party_id"),
            owner: order.int("owner_id"),
            values,
            frozen: json!({"fields": fields, "lines": lines.iter().map(|l| pick(l, &LINE)).collect::<Vec<_>>()}),
        })
    }
    /// Nothing follows by itself: whoever wanted to confirm it may now.
    async fn decided(&self, _ctx: &Ctx, _tx: &Tx, _id: i64, _outcome: Outcome) -> Result<()> {
        Ok(())
    }
}

/// Which record it guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Order,
    Line,
}

/// The hooks of orders and lines, and around them: by no door does a person or a program have a confirmed sale that a flow wants
/// to see and nobody agreed to.
pub(crate) struct Guarded {
    pub(crate) of: Of,
    pub(crate) inner: Arc<dyn Hooks>,
    pub(crate) approvals: Arc<dyn Approvals>,
}

impl Guarded {
    async fn open(&self, tx: &Tx, ctx: &Ctx, order: i64) -> Result<bool> {
        Ok(self.approvals.wanted(ctx, tx, "order", order).await?
            && !self.approvals.agreed(ctx, tx, "order", order).await?)
    }
    /// The order as it stands after lines came, changed or went.
    async fn stands(&self, tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
        if !ctx.door.by_hand() {
            return Ok(());
        }
        let sql = "SELECT 1 FROM order_order WHERE id = $1 AND status = 'confirmed' AND kind = 'sale'";
        if tx.one(sql, binds![order]).await?.is_some() && self.open(tx, ctx, order).await? {
            return Err(Error::refused("error-order-approval-stands"));
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for Guarded {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        self.inner.check(tx, ctx, old, new).await?;
        let text = |v: &Values, n: &str| v.get(n).and_then(Value::text).unwrap_or("").to_owned();
        let confirmed = |o: &&Record| o.text("status") == "draft" && text(new, "status") == "confirmed";
        let Some(old) = old.filter(|o| self.of == Of::Order && confirmed(o)) else {
            return Ok(());
        };
        if ctx.door.by_hand() && text(new, "kind") == "sale" && self.open(tx, ctx, old.id).await? {
            return Err(Error::refused("error-order-approval"));
        }
        Ok(())
    }
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        self.inner.saved(tx, ctx, rows).await?;
        if self.of == Of::Line {
            let of = |row: &Saved| {
                let new = row.new.get("order_id").and_then(Value::int);
                new.or_else(|| row.old.as_ref().and_then(|o| o.int("order_id")))
            };
            let orders: BTreeSet<i64> = rows.iter().filter_map(of).collect();
            for order in orders {
                self.stands(tx, ctx, order).await?;
            }
        }
        Ok(())
    }
    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        self.inner.archiving(tx, ctx, record).await
    }
    async fn whole(&self, tx: &Tx, ctx: &Ctx, id: i64) -> Result<()> {
        self.inner.whole(tx, ctx, id).await?;
        match self.of {
            Of::Order => self.stands(tx, ctx, id).await,
            Of::Line => Ok(()),
        }
    }
    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        self.inner.archived(tx, ctx, record, away).await?;
        match self.of {
            Of::Order => Ok(()),
            Of::Line => self.stands(tx, ctx, record.int("order_id").unwrap_or(0)).await,
        }
    }
}

/// What the button posts to.
pub(crate) fn routes(approvals: &Arc<dyn Approvals>) -> Routes {
    let (a, b) = (approvals.clone(), approvals.clone());
    Routes::new()
        .post(
            "/orders/{id}/approval",
            "order.edit",
            move |visit: Visit, Path(id): Path<i64>, Form(f): Form| {
                let approvals = a.clone();
                async move {
                    ask(&visit, &approvals, id, f.need_int("version")?, f.filled("note")).await?;
                    let said = visit.loc.t("order-approval-asked");
                    go_saying(&visit, &format!("/orders/{id}"), &said, None)
                }
            },
        )
        .post(
            "/api/v1/orders/{id}/approval",
            "order.edit",
            move |visit: Visit, Path(id): Path<i64>, Body(s): Body<Sent>| {
                let approvals = b.clone();
                async move { by_program(visit, approvals, id, s).await }
            },
        )
}

/// A question, as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    version: i64,
    note: Option<String>,
}

async fn by_program(visit: Visit, approvals: Arc<dyn Approvals>, id: i64, s: Sent) -> Answer {
    let request = ask(&visit, &approvals, id, s.version, s.note.as_deref()).await?;
    answer(StatusCode::OK, &json!({"id": id, "approval": request}))
}

/// Puts a draft before its approvers; refused when no flow wants to see it.
async fn ask(visit: &Visit, approvals: &Arc<dyn Approvals>, id: i64, version: i64, note: Option<&str>) -> Result<i64> {
    let ctx = &visit.ctx;
    ctx.require("order.edit")?;
    let tx = ctx.begin().await?;
    let order = read::need(ctx, &tx, ctx.registry().get("order")?, id).await?;
    if order.version != version {
        return Err(Error::stale());
    }
    if order.archived_at.is_some() || order.text("status") != "draft" || order.text("kind") != "sale" {
        return Err(Error::refused("error-order-approval-draft"));
    }
    // What was asked before and is no longer the same is void.
    approvals.touched(ctx, &tx, "order", id).await?;
    let request = approvals
        .ask(ctx, &tx, "order", id, note)
        .await?
        .ok_or_else(|| Error::refused("error-order-approval-free"))?;
    tx.commit().await?;
    Ok(request)
}

/// The button on a draft that a flow wants to see.
pub(crate) async fn button(visit: &Visit, approvals: &Arc<dyn Approvals>, order: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let (ctx, q) = (&visit.ctx, visit.db());
    if order.archived_at.is_some() || order.text("status") != "draft" || order.text("kind") != "sale" {
        return Ok(html! {});
    }
    if !approvals.wanted(ctx, q, "order", order.id).await? || approvals.agreed(ctx, q, "order", order.id).await? {
        return Ok(html! {});
    }
    let form = html! {
        form.stack data-stay method="post" action={ "/orders/" (order.id) "/approval" } {
            (ui::hidden("version", &order.version.to_string()))
            p.sm.mut { (loc.t("order-approval-why")) }
            (ui::Field::new("note", loc.t("order-approval-note")).id("approval-note").textarea("", 2))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("order-approval-ask")).primary().submit()) }
        }
    };
    Ok(html! {
        (ui::btn(loc.t("order-approval-ask")).icon("clipboard-check").opens("order-approval"))
        (ui::dialog("order-approval", &loc.t("order-approval-ask"), form))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discount_and_margin_are_of_the_whole_order() {
        // Two pieces at 100.00 with 20.00 off, costing 120.00; one at 50.00 costing 30.00.
        let lines = [
            (2_000, 10_000, 18_000, Some(12_000)),
            (1_000, 5_000, 5_000, Some(3_000)),
        ];
        let found = inside(&lines);
        assert_eq!((found.discount, found.margin), (Some(80_000), Some(347_826)));
        let unknown = inside(&[(1_000, 5_000, 5_000, None)]);
        assert_eq!((unknown.discount, unknown.margin, unknown.cost), (Some(0), None, None));
        assert_eq!(
            inside(&[]),
            Inside {
                cost: Some(0),
                ..Inside::default()
            }
        );
    }
}
