//! From which margin on a customer counts as good, from which number on customers are many, and which level follows from both.

use crate::words::hundredths;
use serde::{Deserialize, Serialize};
use zhike_kernel::{Currency, Error, Result};
use zhike_store::{Ctx, Event, Query, setting};
use zhike_value::kotler::{Cuts, KOTLER, Level, Peers, Table};

/// Under which name they are kept.
pub const NAME: &str = "care.levels";
/// The event of changed settings.
pub const CHANGED: &str = "care.settings_changed.v1";
/// Who counts as "such a customer".
pub const AMONG: [&str; 4] = ["margin", "industry", "region", "all"];
/// Customers at most, as a cut.
const MOST: i64 = 10_000_000;

/// The settings of the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// From this margin a year on it is medium, minor units.
    pub medium: i64,
    /// From this margin a year on it is high, minor units.
    pub high: i64,
    /// From so many such customers on they are a medium number.
    pub several: i64,
    /// From so many such customers on they are many.
    pub many: i64,
    /// Who counts as such a customer: `margin`, `industry`, `region`, `all`.
    pub among: String,
    /// Levels by margin (low, medium, high) and number (few, medium, many).
    pub table: Vec<Vec<String>>,
    /// Counts changes, so that two people do not overwrite one another.
    pub version: i64,
}

impl Settings {
    /// Of a new house.
    pub fn fresh(currency: Currency) -> Settings {
        let row = |r: &[Level; 3]| r.iter().map(|l| l.word().to_owned()).collect();
        Settings {
            medium: hundredths(currency, 5_000_000),
            high: hundredths(currency, 20_000_000),
            several: 20,
            many: 100,
            among: "margin".to_owned(),
            table: KOTLER.iter().map(row).collect(),
            version: 0,
        }
    }

    /// The cuts.
    pub fn cuts(&self) -> Cuts {
        Cuts {
            medium: self.medium,
            high: self.high,
            several: self.several,
            many: self.many,
        }
    }

    /// Whose number is counted.
    pub fn peers(&self) -> Peers {
        match self.among.as_str() {
            "all" => Peers::All,
            "industry" | "region" => Peers::Group,
            _ => Peers::Margin,
        }
    }

    /// The table; what cannot be read is as Kotler has it.
    pub fn levels(&self) -> Table {
        let mut table = KOTLER;
        for (row, words) in table.iter_mut().zip(&self.table) {
            for (level, word) in row.iter_mut().zip(words) {
                *level = Level::parse(word).unwrap_or(*level);
            }
        }
        table
    }

    /// Refuses what makes no sense.
    pub fn check(&self) -> Result<()> {
        if self.medium < 1 {
            return Err(Error::field("medium", "error-care-positive"));
        }
        if self.high <= self.medium {
            return Err(Error::field("high", "error-care-order"));
        }
        if !(2..=MOST).contains(&self.several) {
            return Err(Error::field("several", "error-care-several"));
        }
        if self.many <= self.several || self.many > MOST {
            return Err(Error::field("many", "error-care-order"));
        }
        if !AMONG.contains(&self.among.as_str()) {
            return Err(Error::field("among", "error-not-a-choice"));
        }
        let full = self.table.len() == 3 && self.table.iter().all(|r| r.len() == 3);
        if !full || self.table.iter().flatten().any(|w| Level::parse(w).is_none()) {
            return Err(Error::field("table", "error-care-table"));
        }
        Ok(())
    }
}

/// As they are kept.
pub async fn load(q: &dyn Query, currency: Currency) -> Result<Settings> {
    let kept = setting::get(q, NAME).await?;
    Ok(kept
        .and_then(|t| serde_json::from_str(&t).ok())
        .unwrap_or_else(|| Settings::fresh(currency)))
}

/// Keeps them; the levels are recommended anew.
pub async fn keep(ctx: &Ctx, new: &Settings) -> Result<()> {
    ctx.require("care.edit")?;
    new.check()?;
    let tx = ctx.begin().await?;
    if load(&tx, ctx.house.currency).await?.version != new.version {
        return Err(Error::stale());
    }
    let kept = Settings {
        version: new.version + 1,
        ..new.clone()
    };
    setting::keep(&tx, NAME, &kept).await?;
    let event = Event {
        kind: CHANGED.to_owned(),
        record_type: "care_rule",
        note: Some(NAME.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_new_house_begins_with_kotlers_table() {
        let fresh = Settings::fresh(Currency::CNY);
        assert_eq!((fresh.check().is_ok(), fresh.levels()), (true, KOTLER));
        assert_eq!(Settings::fresh(Currency::parse("JPY").unwrap()).high, 200_000);
    }

    #[test]
    fn cuts_stand_in_order_and_every_field_has_a_level() {
        let with = |change: fn(&mut Settings)| {
            let mut s = Settings::fresh(Currency::CNY);
            change(&mut s);
            s.check().map_err(|e| e.fields[0].field.clone())
        };
        assert_eq!(with(|s| s.medium = 0), Err("medium".to_owned()));
        assert_eq!(with(|s| s.high = s.medium), Err("high".to_owned()));
        assert_eq!(with(|s| s.several = 1), Err("several".to_owned()));
        assert_eq!(with(|s| s.many = s.several), Err("many".to_owned()));
        assert_eq!(with(|s| s.among = "shoe size".into()), Err("among".to_owned()));
        assert_eq!(with(|s| s.table[1][1] = "closer".into()), Err("table".to_owned()));
        assert_eq!(
            with(|s| {
                s.table.pop();
            }),
            Err("table".to_owned())
        );
    }
}
