//! Pools and their rules as record types, and what is kept of a customer for them.

use crate::lead::last_position;
use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Extension, Field, FieldKind, Hooks, Query, Record, RecordType, Tx, binds, field::Search};

/// What a pool holds.
pub(crate) const SUBJECTS: &[&str] = &["party", "lead"];

struct PoolHooks;
struct PoolRuleHooks;

fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}

#[async_trait]
impl Hooks for PoolHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        for field in ["held_limit", "day_limit", "back_days"] {
            if int(new, field).is_some_and(|n| !(0..=100_000).contains(&n)) {
                return Err(Error::field(field, "error-pool-limit"));
            }
        }
        if let Some(old) = old
            && old.get("subject") != new.get("subject").unwrap_or(&Value::Null)
            && holds(tx, old.id).await?
        {
            return Err(Error::field("subject", "error-pool-not-empty"));
        }
        Ok(())
    }

    async fn archiving(&self, tx: &Tx, _ctx: &Ctx, record: &Record) -> Result<()> {
        if holds(tx, record.id).await? {
            return Err(Error::refused("error-pool-not-empty"));
        }
        Ok(())
    }
}

async fn holds(tx: &Tx, pool: i64) -> Result<bool> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM sales_party WHERE pool_id = $1 UNION ALL SELECT 1 FROM sales_lead WHERE pool_id = $2) x";
    Ok(tx.number(sql, binds![pool, pool]).await? > 0)
}

#[async_trait]
impl Hooks for PoolRuleHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        last_position(tx, "sales_pool_rule", new).await?;
        if int(new, "warn_days").is_some_and(|n| !(0..=365).contains(&n)) {
            return Err(Error::field("warn_days", "error-pool-warn"));
        }
        // A condition is about the pool's kind of record: a pool of the other kind would make nonsense of it.
        let sql = "SELECT subject FROM sales_pool WHERE id = $1";
        let subject = tx
            .one(sql, binds![int(new, "pool_id")])
            .await?
            .map(|r| r.text(0))
            .transpose()?;
        let Some(subject) = subject else { return Ok(()) };
        if old.is_some_and(|o| o.text("subject") != subject) {
            return Err(Error::field("pool_id", "error-pool-other-subject"));
        }
        new.insert("subject".into(), subject.into());
        Ok(())
    }
}

/// Both types.
pub(crate) fn types() -> Vec<RecordType> {
    let named = || {
        vec![
            Field::new("name", FieldKind::Text)
                .required()
                .column()
                .search(Search::Name),
            Field::new("name_latin", FieldKind::Text)
                .unsorted()
                .search(Search::Name),
        ]
    };
    let whole = |name| Field::new(name, FieldKind::Int).unsorted().column();
    let mut pool = named();
    pool.extend([
        Field::new("subject", FieldKind::Choice(SUBJECTS))
            .required()
            .default("party")
            .unsorted()
            .column(),
        whole("held_limit"),
        whole("day_limit"),
        whole("back_days"),
        Field::new("adopts", FieldKind::Bool).default("no").unsorted(),
        Field::new("active", FieldKind::Bool).default("yes").unsorted().column(),
    ]);
    let mut rule = named();
    rule.extend([
        Field::new("pool_id", FieldKind::Ref("pool"))
            .required()
            .unsorted()
            .column(),
        Field::new("position", FieldKind::Int).column(),
        Field::new("subject", FieldKind::Choice(SUBJECTS)).computed().unsorted(),
        whole("warn_days").default("7"),
        Field::new("active", FieldKind::Bool).default("yes").unsorted().column(),
        crate::lead::condition_field(),
    ]);
    vec![
        RecordType {
            icon: "inbox",
            order: ("name", false),
            hooks: Arc::new(PoolHooks),
            ..RecordType::new("pool", "sales_pool", "/pools", 26, pool)
        },
        RecordType {
            icon: "repeat",
            order: ("position", false),
            hooks: Arc::new(PoolRuleHooks),
            ..RecordType::new("pool_rule", "sales_pool_rule", "/pool-rules", 27, rule)
        },
    ]
}

/// What is kept of a customer: the pool it lies in, the last contact, the day it goes back.
pub(crate) fn extension() -> Extension {
    Extension {
        of: "party",
        table: "sales_party",
        key: "party_id",
        fields: vec![
            Field::new("pool_id", FieldKind::Ref("pool")),
            Field::new("last_contact_at", FieldKind::Stamp).or_never(),
            Field::new("recycle_on", FieldKind::Date),
        ],
    }
}
