//! Making an order out of what was agreed on elsewhere.

use crate::shipment::progress;
use async_trait::async_trait;
use zhike_contract::{Billable, GoodsWord, Heard, Orders};
use zhike_kernel::{Result, Values};
use zhike_store::{Ctx, Query, Tx, write};

pub(crate) struct Port;

#[async_trait]
impl Orders for Port {
    async fn make(&self, ctx: &Ctx, tx: &Tx, mut head: Values, lines: Vec<Values>) -> Result<i64> {
        head.insert("kind".to_owned(), "sale".into());
        let order = write::create(ctx, tx, ctx.registry().get("order")?, head).await?;
        ctx.require("order_line.create")?;
        let rows = lines
            .into_iter()
            .map(|mut row| {
                row.insert("order_id".to_owned(), order.into());
                row
            })
            .collect();
        write::insert_many(ctx, tx, ctx.registry().get("order_line")?, rows, None).await?;
        Ok(order)
    }

    async fn billable(&self, q: &dyn Query, order: i64) -> Result<Vec<Billable>> {
        let lines = progress::of(q, order).await?;
        Ok(lines
            .into_iter()
            .map(|l| Billable {
                line: l.id,
                product: l.product,
                description: l.description,
                unit: l.unit,
                quantity: l.quantity,
                left: l.left,
                net: l.net,
                tax: l.tax,
            })
            .collect())
    }

    async fn heard(&self, ctx: &Ctx, tx: &Tx, word: &GoodsWord) -> Result<(Heard, Option<i64>)> {
        crate::shipment::heard(ctx, tx, word).await
    }

    async fn tax_rate(&self, q: &dyn Query) -> Result<Option<i64>> {
        crate::settings::tax_rate(q).await
    }
}
