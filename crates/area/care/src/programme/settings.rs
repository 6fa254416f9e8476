//! What is assumed of the programme: cost, uplift, budget and goal.

use crate::words::hundredths;
use serde::{Deserialize, Serialize};
use zhike_kernel::{Currency, Error, Result};
use zhike_store::{Ctx, Event, Query, setting};
use zhike_value::enrol::Terms;

const NAME: &str = "care.programme";
/// The event of changed settings.
pub const CHANGED: &str = "care.programme_changed.v1";

/// The settings of the house. Amounts are minor units a year, uplifts parts per million of the margin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Cost of an enrolled customer.
    pub cost: i64,
    /// Part of the margin that enrolling adds to a gold customer.
    pub uplift_gold: i64,
    /// To a regular one.
    pub uplift_regular: i64,
    /// To one of the last tier.
    pub uplift_low: i64,
    /// What the programme may cost.
    pub budget: i64,
    /// What it is to bring after its cost.
    pub goal: i64,
    /// Counts changes, so that two people do not overwrite one another.
    pub version: i64,
}

impl Settings {
    /// Of a new house.
    pub fn fresh(currency: Currency) -> Settings {
        Settings {
            cost: hundredths(currency, 200_000),
            uplift_gold: 80_000,
            uplift_regular: 50_000,
            uplift_low: 20_000,
            budget: hundredths(currency, 10_000_000),
            goal: hundredths(currency, 5_000_000),
            version: 0,
        }
    }

    /// As the proposal asks for them.
    pub fn terms(&self) -> Terms {
        Terms {
            cost: self.cost,
            uplift: [self.uplift_gold, self.uplift_regular, self.uplift_low],
            budget: self.budget,
        }
    }

    /// Refuses what makes no sense.
    pub fn check(&self) -> Result<()> {
        let rate = |value: i64| (0..=1_000_000).contains(&value);
        let fits = [
            ("cost", self.cost > 0),
            ("uplift_gold", rate(self.uplift_gold)),
            ("uplift_regular", rate(self.uplift_regular)),
            ("uplift_low", rate(self.uplift_low)),
            ("budget", self.budget >= 0),
            ("goal", self.goal >= 0),
        ];
        match fits.iter().find(|f| !f.1) {
            Some(("cost", _)) => Err(Error::field("cost", "error-care-positive")),
            Some((name, _)) if name.starts_with("uplift") => Err(Error::field(name, "error-programme-rate")),
            Some((name, _)) => Err(Error::field(name, "error-programme-amount")),
            None => Ok(()),
        }
    }
}

/// As they are kept.
pub async fn load(q: &dyn Query, currency: Currency) -> Result<Settings> {
    let kept = setting::get(q, NAME).await?;
    Ok(kept
        .and_then(|t| serde_json::from_str(&t).ok())
        .unwrap_or_else(|| Settings::fresh(currency)))
}

/// Keeps them; the customers are proposed anew.
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
        record_type: "enrolment",
        note: Some(NAME.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}
