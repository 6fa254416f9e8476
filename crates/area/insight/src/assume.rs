//! What is assumed where the books say nothing: what an order, a visit, a minute on the telephone costs, what money costs
//! in a year, and the margin of goods whose cost is unknown. Everything computed from it is marked as assumed.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Currency, Error, Result, Value};
use zhike_store::{Change, Ctx, Event, Query, Tx, binds};
use zhike_value::profit::share_of;

/// The event of a changed assumption.
pub const CHANGED: &str = "value.assumptions_changed.v1";

/// One number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of the house's currency.
    Amount,
    /// Parts per million.
    Rate,
}

/// All names, with their unit and the value that a new house begins with (amounts in hundredths).
pub const NAMES: [(&str, Unit, i64); 8] = [
    ("order", Unit::Amount, 16_000),
    ("line", Unit::Amount, 2_500),
    ("visit", Unit::Amount, 58_000),
    ("call_minute", Unit::Amount, 180),
    ("complaint", Unit::Amount, 40_000),
    ("money", Unit::Rate, 65_000),
    ("margin", Unit::Rate, 300_000),
    ("discount", Unit::Rate, 100_000),
];

/// The assumptions of the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumptions {
    /// Handling an order.
    pub order: i64,
    /// Handling a line of an order.
    pub line: i64,
    /// A visit.
    pub visit: i64,
    /// A minute on the telephone.
    pub call_minute: i64,
    /// A complaint.
    pub complaint: i64,
    /// What money costs in a year, parts per million.
    pub money: i64,
    /// Margin of goods whose cost is unknown and whose category has none, parts per million.
    pub margin: i64,
    /// What money in a year is worth less than money today, for lifetime values, parts per million.
    #[serde(default = "discount")]
    pub discount: i64,
}

/// Of analyses kept before there were lifetime values.
fn discount() -> i64 {
    100_000
}

impl Assumptions {
    /// What a new house begins with.
    pub fn fresh(currency: Currency) -> Assumptions {
        let mut all = Assumptions {
            order: 0,
            line: 0,
            visit: 0,
            call_minute: 0,
            complaint: 0,
            money: 0,
            margin: 0,
            discount: 0,
        };
        for (name, unit, value) in NAMES {
            let value = match unit {
                Unit::Rate => value,
                Unit::Amount if currency.decimals() == 0 => value / 100,
                Unit::Amount => value,
            };
            all.set(name, value);
        }
        all
    }

    /// By name.
    pub fn get(&self, name: &str) -> Option<i64> {
        Some(match name {
            "order" => self.order,
            "line" => self.line,
            "visit" => self.visit,
            "call_minute" => self.call_minute,
            "complaint" => self.complaint,
            "money" => self.money,
            "margin" => self.margin,
            "discount" => self.discount,
            _ => return None,
        })
    }

    /// By name; other names change nothing.
    pub fn set(&mut self, name: &str, value: i64) {
        match name {
            "order" => self.order = value,
            "line" => self.line = value,
            "visit" => self.visit = value,
            "call_minute" => self.call_minute = value,
            "complaint" => self.complaint = value,
            "money" => self.money = value,
            "margin" => self.margin = value,
            "discount" => self.discount = value,
            _ => {}
        }
    }
}

/// Reads them; what was never said is as in a new house.
pub async fn load(q: &dyn Query, currency: Currency) -> Result<Assumptions> {
    let mut all = Assumptions::fresh(currency);
    for row in q.all("SELECT name, value FROM insight_assumption", binds![]).await? {
        all.set(&row.text(0)?, row.int(1)?);
    }
    Ok(all)
}

/// Refuses what cannot be: negative costs, rates above one.
pub fn check(name: &str, value: i64) -> Result<()> {
    let unit = NAMES.iter().find(|n| n.0 == name).map(|n| n.1);
    let fits = match unit {
        Some(Unit::Amount) => value >= 0,
        // Without a discount all purchases to come have no finite sum.
        Some(Unit::Rate) if name == "discount" => (1_000..=1_000_000).contains(&value),
        Some(Unit::Rate) => (0..=1_000_000).contains(&value),
        None => return Err(Error::invalid("error-no-such-field").with("field", name)),
    };
    if fits {
        Ok(())
    } else {
        Err(Error::field(name, "error-value-range"))
    }
}

/// Writes what changed and logs it; true if anything did.
pub async fn save(ctx: &Ctx, tx: &Tx, new: &[(String, i64)]) -> Result<bool> {
    ctx.require("value.edit")?;
    let old = load(tx, ctx.house.currency).await?;
    let mut changes = BTreeMap::new();
    for (name, value) in new {
        check(name, *value)?;
        let before = old.get(name).unwrap_or(0);
        if before == *value {
            continue;
        }
        tx.exec(
            "INSERT INTO insight_assumption (name, value) VALUES ($1,$2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            binds![name.as_str(), *value],
        )
        .await?;
        let change = Change {
            from: Value::Int(before),
            to: Value::Int(*value),
        };
        changes.insert(name.clone(), change);
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
    Ok(true)
}

/// Assumed margins of categories; a category without one has that of the category above it.
#[derive(Clone, Debug, Default)]
pub struct Margins {
    own: HashMap<i64, (Option<i64>, Option<i64>)>,
    fallback: i64,
}

impl Margins {
    /// From (category, parent, margin) and the margin of everything else.
    pub fn new(categories: impl IntoIterator<Item = (i64, Option<i64>, Option<i64>)>, fallback: i64) -> Margins {
        Margins {
            own: categories.into_iter().map(|(id, up, rate)| (id, (up, rate))).collect(),
            fallback,
        }
    }

    /// Reads them.
    pub async fn load(q: &dyn Query, fallback: i64) -> Result<Margins> {
        let sql = "SELECT id, parent_id, margin_rate FROM catalog_category WHERE archived_at IS NULL";
        let rows = q.all(sql, binds![]).await?;
        let each = rows.iter().map(|r| Ok((r.int(0)?, r.opt_int(1)?, r.opt_int(2)?)));
        Ok(Margins::new(each.collect::<Result<Vec<_>>>()?, fallback))
    }

    /// The margin of a category, parts per million.
    pub fn of(&self, category: Option<i64>) -> i64 {
        let mut at = category;
        // Sixteen levels are more than any catalogue has; a circle ends here too.
        for _ in 0..16 {
            match at.and_then(|id| self.own.get(&id)) {
                Some((_, Some(rate))) => return *rate,
                Some((up, None)) => at = *up,
                None => break,
            }
        }
        self.fallback
    }

    /// The assumed cost of so much revenue.
    pub fn cost(&self, category: Option<i64>, revenue: i64) -> i64 {
        revenue.saturating_sub(share_of(revenue, self.of(category)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_category_inherits_the_margin_of_the_one_above() {
        let margins = Margins::new(
            [(1, None, Some(250_000)), (2, Some(1), None), (3, Some(3), None)],
            400_000,
        );
        assert_eq!(margins.of(Some(2)), 250_000);
        assert_eq!(margins.cost(Some(2), 10_000), 7_500);
        assert_eq!(margins.of(Some(3)), 400_000, "a circle ends at the general margin");
        assert_eq!(margins.cost(None, 10_000), 6_000);
        assert_eq!(
            margins.cost(Some(1), -10_000),
            -7_500,
            "what came back takes its assumed cost along"
        );
    }

    #[test]
    fn rates_stay_between_nothing_and_everything() {
        assert!(check("margin", 1_000_000).is_ok());
        assert!(check("margin", 1_000_001).is_err());
        assert!(check("order", -1).is_err());
        assert!(check("unheard", 1).is_err());
        let yen = Assumptions::fresh(Currency::parse("JPY").unwrap());
        assert_eq!(yen.order, 160);
    }
}
