//! When an alarm rings, and for whom it is worth it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zhike_kernel::{Currency, Error, Result, Value};
use zhike_store::{Change, Ctx, Event, Query, Tx, binds};

/// The event of changed settings.
pub const CHANGED: &str = "value.alarms_changed.v1";

/// The settings of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Part of a customer's own gaps that the silence must exceed, parts per million.
    pub certainty: i64,
    /// Least amount at stake in twelve months, minor units.
    pub least: i64,
    /// Days after which an alarm without an order is a true one.
    pub days: i64,
    /// New alarms a day at most, those with the most at stake.
    pub most: i64,
    /// Learnt risk from which on an alarm rings, parts per million.
    #[serde(default = "fresh_risk")]
    pub risk: i64,
}

/// More likely gone than not, with some distance.
fn fresh_risk() -> i64 {
    600_000
}

impl Settings {
    /// Of a new house.
    pub fn fresh(_: Currency) -> Settings {
        Settings {
            certainty: 950_000,
            least: 0,
            days: 90,
            most: 50,
            risk: fresh_risk(),
        }
    }

    fn pairs(&self) -> [(&'static str, i64); 5] {
        [
            ("certainty", self.certainty),
            ("least", self.least),
            ("days", self.days),
            ("most", self.most),
            ("risk", self.risk),
        ]
    }

    /// Refuses what makes no sense.
    pub fn check(&self) -> Result<()> {
        let fits = [
            ("certainty", (500_000..=999_000).contains(&self.certainty)),
            ("least", self.least >= 0),
            ("days", (7..=730).contains(&self.days)),
            ("most", (1..=1_000).contains(&self.most)),
            ("risk", (50_000..=990_000).contains(&self.risk)),
        ];
        match fits.iter().find(|f| !f.1) {
            Some((name, _)) => Err(Error::field(name, "error-value-range")),
            None => Ok(()),
        }
    }
}

/// Reads them.
pub async fn load(q: &dyn Query, currency: Currency) -> Result<Settings> {
    let mut all = Settings::fresh(currency);
    let sql = "SELECT name, value FROM insight_assumption WHERE name LIKE 'alarm%'";
    for row in q.all(sql, binds![]).await? {
        let value = row.int(1)?;
        match row.text(0)?.as_str() {
            "alarm_certainty" => all.certainty = value,
            "alarm_least" => all.least = value,
            "alarm_days" => all.days = value,
            "alarm_most" => all.most = value,
            "alarm_risk" => all.risk = value,
            _ => {}
        }
    }
    Ok(all)
}

/// Keeps them, logs what changed and asks for a new look; true if anything did.
pub async fn save(ctx: &Ctx, tx: &Tx, new: &Settings) -> Result<bool> {
    ctx.require("value.edit")?;
    new.check()?;
    let old = load(tx, ctx.house.currency).await?;
    let mut changes = BTreeMap::new();
    for ((name, before), (_, value)) in old.pairs().into_iter().zip(new.pairs()) {
        if before == value {
            continue;
        }
        tx.exec(
            "INSERT INTO insight_assumption (name, value) VALUES ($1,$2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            binds![format!("alarm_{name}"), value],
        )
        .await?;
        let change = Change {
            from: Value::Int(before),
            to: Value::Int(value),
        };
        changes.insert(format!("alarm_{name}"), change);
    }
    if changes.is_empty() {
        return Ok(false);
    }
    let event = Event {
        kind: CHANGED.to_owned(),
        record_type: "value",
        changes,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    for job in [crate::lifetime::NAME, crate::churn::NAME] {
        zhike_jobs::push(tx, job, Some(&format!("{job}:asked")), &serde_json::json!({})).await?;
    }
    Ok(true)
}
