//! Levels of the plan, and whom it spares.

use super::rules;
use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Error, Result, Value, Values, error::FieldError};
use zhike_store::{Ctx, Field, FieldKind, Hooks, Query, Record, RecordType, Scope, Tx, binds, read};

const REASONS: &[&str] = &["dispute", "agreement", "other"];

/// Level and block.
pub(crate) fn types() -> Vec<RecordType> {
    let level = RecordType {
        icon: "list-details",
        order: ("days", false),
        hooks: Arc::new(LevelHooks),
        ..RecordType::new(
            "dunning_level",
            "billing_dunning_level",
            "/dunning-levels",
            62,
            vec![
                Field::new("name", FieldKind::Text)
                    .required()
                    .column()
                    .aliases(&["level", "级别"]),
                Field::new("name_latin", FieldKind::Text).unsorted(),
                Field::new("days", FieldKind::Int)
                    .required()
                    .column()
                    .aliases(&["days overdue", "逾期天数"]),
                Field::new("letter", FieldKind::Long).required(),
                Field::new("letter_latin", FieldKind::Long).required(),
                Field::new(
                    "fee",
                    FieldKind::Money {
                        currency: Some("currency"),
                    },
                )
                .column()
                .unsorted(),
                Field::new("currency", FieldKind::Currency).unsorted(),
            ],
        )
    };
    let block = RecordType {
        icon: "shield-check",
        title: "number",
        number: Some(("dunning_block", "DB-")),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("updated_at", true),
        hooks: Arc::new(BlockHooks),
        ..RecordType::new(
            "dunning_block",
            "billing_dunning_block",
            "/dunning-blocks",
            63,
            vec![
                Field::new("number", FieldKind::Number).column(),
                Field::new("party_id", FieldKind::Ref("party"))
                    .required()
                    .column()
                    .unsorted()
                    .aliases(&["customer", "客户"]),
                Field::new("invoice_id", FieldKind::Ref("invoice")).column().unsorted(),
                Field::new("reason", FieldKind::Choice(REASONS))
                    .required()
                    .column()
                    .unsorted(),
                Field::new("until_on", FieldKind::Date).column(),
                Field::new("note", FieldKind::Long),
            ],
        )
    };
    vec![level, block]
}

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

struct LevelHooks;

#[async_trait]
impl Hooks for LevelHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let days = new.get("days").and_then(Value::int).unwrap_or(0);
        if !(1..=3_650).contains(&days) {
            return Err(Error::field("days", "error-dunning-days"));
        }
        let sql = "SELECT count(*) FROM billing_dunning_level WHERE days = $1 AND id <> $2 AND archived_at IS NULL";
        if tx.number(sql, binds![days, old.map_or(0, |o| o.id)]).await? > 0 {
            return Err(Error::field("days", "error-dunning-same-days"));
        }
        for field in ["letter", "letter_latin"] {
            if let Some(name) = rules::unknown(text(new, field)) {
                return Err(Error::fields(vec![FieldError {
                    field: field.to_owned(),
                    code: "error-dunning-place",
                    args: vec![("name", name.into())],
                }]));
            }
        }
        if new.get("fee").and_then(Value::int).is_some_and(|f| f < 0) {
            return Err(Error::field("fee", "error-dunning-fee"));
        }
        if text(new, "currency").is_empty() {
            new.insert("currency".to_owned(), ctx.house.currency.code().into());
        }
        Ok(())
    }
}

struct BlockHooks;

#[async_trait]
impl Hooks for BlockHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        if let Some(invoice) = new.get("invoice_id").and_then(Value::int) {
            let invoice = read::find(ctx, tx, ctx.registry().get("invoice")?, invoice).await?;
            let invoice = invoice.ok_or_else(|| Error::field("invoice_id", "error-not-a-record"))?;
            if new.get("party_id") != Some(invoice.get("party_id")) {
                return Err(Error::field("invoice_id", "error-allocation-party"));
            }
        }
        Ok(())
    }
}
