//! What an analysis leaves behind beside its tables: the curve, the sums, the reconciliation, with what made them.

use crate::assume::Assumptions;
use crate::profit::{Customer, Ledger};
use serde::{Deserialize, Serialize};
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Query, Row, binds};
use zhike_value::profit::Components;
use zhike_value::whale::Whale;

/// The stored result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which period was asked for.
    pub choice: String,
    /// Version of the evaluation model.
    pub model: i64,
    /// Order lines in the facts.
    pub lines: u64,
    /// Lines in other currencies, left out.
    pub foreign: Vec<(String, i64)>,
    /// Sums over the customers.
    pub totals: Totals,
    /// The books.
    pub ledger: Ledger,
    /// What the customers add up to.
    pub customers: Ledger,
    /// What belongs to no customer.
    pub unallocated: Ledger,
    /// Products sold.
    pub products: usize,
    /// The curve.
    pub whale: Whale,
    /// The assumptions it was made with.
    pub assumptions: Assumptions,
}

impl Outcome {
    /// The books less the customers less what belongs to none: nothing, or something was written meanwhile.
    pub fn difference(&self) -> Ledger {
        self.ledger.less(&self.customers).less(&self.unallocated)
    }
}

/// Sums over customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Components.
    pub parts: Components,
    /// The assumed part of the product cost.
    pub assumed_cost: i64,
    /// Revenue whose cost is assumed.
    pub assumed_revenue: i64,
    /// Orders.
    pub orders: i64,
}

impl Totals {
    /// Of these customers.
    pub fn of(customers: &[Customer]) -> Totals {
        Totals {
            parts: customers.iter().map(|c| c.parts).sum(),
            assumed_cost: customers.iter().map(|c| c.assumed_cost).sum(),
            assumed_revenue: customers.iter().map(|c| c.assumed_revenue).sum(),
            orders: customers.iter().map(|c| c.orders).sum(),
        }
    }

    /// The part of the net revenue whose cost is assumed, parts per million.
    pub fn assumed_ppm(&self) -> Option<i64> {
        let net = self.parts.net_revenue();
        (net > 0)
            .then(|| zhike_kernel::money::mul_div(self.assumed_revenue, 1_000_000, net))
            .flatten()
    }
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Id.
    pub id: i64,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// When it began.
    pub started: Stamp,
    /// When it ended.
    pub finished: Stamp,
    /// Version of the facts.
    pub facts: String,
    /// What it found.
    pub outcome: Outcome,
}

/// The latest finished run.
pub async fn latest(q: &dyn Query) -> Result<Option<Run>> {
    let sql = "SELECT id, from_on, to_on, started_at, finished_at, facts_version, result FROM insight_run \
               WHERE kind = 'value' AND state = 'done' ORDER BY id DESC LIMIT 1";
    q.one(sql, binds![]).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Run> {
    let day = |i| row.text(i)?.parse::<Date>().map_err(Error::broken);
    Ok(Run {
        id: row.int(0)?,
        from: day(1)?,
        to: day(2)?,
        started: Stamp(row.int(3)?),
        finished: Stamp(row.int(4)?),
        facts: row.opt_text(5)?.unwrap_or_default(),
        outcome: serde_json::from_str(&row.text(6)?).map_err(Error::broken)?,
    })
}

/// The error of the last run, if it failed.
pub async fn failure(q: &dyn Query) -> Result<Option<String>> {
    let sql = "SELECT state, error FROM insight_run WHERE kind = 'value' ORDER BY id DESC LIMIT 1";
    let Some(row) = q.one(sql, binds![]).await? else {
        return Ok(None);
    };
    Ok(if row.text(0)? == "failed" {
        row.opt_text(1)?
    } else {
        None
    })
}
