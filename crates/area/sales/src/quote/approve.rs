//! How a quote is put before its approvers.

use super::read::{inside, lines};
use async_trait::async_trait;
use serde_json::json;
use zhike_contract::{
    Approvable, Outcome, Subject,
    approvals::{LINE, pick},
};
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Ctx, Field, FieldKind, Query, Tx, read, write};

/// What is agreed on: all that the customer gets to see.
const FIELDS: [&str; 11] = [
    "number",
    "party_id",
    "contact_id",
    "quoted_on",
    "valid_until_on",
    "currency",
    "language",
    "net",
    "tax",
    "total",
    "terms",
];
/// The quote, as approvals see it.
pub(crate) struct Quotes;

#[async_trait]
impl Approvable for Quotes {
    fn subject(&self) -> &'static str {
        "quote"
    }
    fn lines(&self) -> Option<&'static str> {
        Some("quote_line")
    }
    fn extra(&self) -> Vec<Field> {
        vec![
            Field::new("discount_rate", FieldKind::Rate),
            Field::new("margin_rate", FieldKind::Rate).needs("cost.view"),
            Field::new(
                "cost",
                FieldKind::Money {
                    currency: Some("currency"),
                },
            )
            .needs("cost.view"),
        ]
    }
    async fn look(&self, ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Subject> {
        // Whoever asks sees the quote; what it costs is looked at by the house alone.
        let house = Ctx::system(&ctx.house, ctx.door);
        let quote = read::need(&house, q, house.registry().get("quote")?, id).await?;
        let inside = inside(q, id).await?;
        let lines = lines(&house, q, id).await?;
        let mut fields = pick(&quote, &FIELDS);
        let extra = [
            ("discount_rate", inside.discount_rate),
            ("margin_rate", inside.margin_rate),
            ("cost", inside.cost),
        ];
        let mut values: Values = quote.values.clone();
        for (name, value) in extra {
            values.insert(name.to_owned(), value.into());
            if let Some(map) = fields.as_object_mut() {
                map.insert(name.to_owned(), value.into());
            }
        }
        Ok(Subject {
            title: quote.text("number").to_owned(),
            party: quote.int("party_id"),
            owner: quote.int("owner_id"),
            values,
            frozen: json!({"fields": fields, "lines": lines.iter().map(|l| pick(l, &LINE)).collect::<Vec<_>>()}),
        })
    }
    async fn decided(&self, ctx: &Ctx, tx: &Tx, id: i64, outcome: Outcome) -> Result<()> {
        settle(
            ctx,
            tx,
            "quote",
            id,
            if outcome == Outcome::Approved {
                "approved"
            } else {
                "draft"
            },
        )
        .await
    }
}

/// Sets the state that follows from a decision, as the house.
pub(crate) async fn settle(ctx: &Ctx, tx: &Tx, ty: &str, id: i64, status: &str) -> Result<()> {
    let house = Ctx::system(&ctx.house, ctx.door);
    let ty = house.registry().get(ty)?.clone();
    let record = read::need(&house, tx, &ty, id).await?;
    let to = Values::from([("status".to_owned(), Value::from(status))]);
    write::update(&house, tx, &ty, id, record.version, to).await.map(|_| ())
}
