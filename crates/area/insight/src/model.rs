//! The evaluation model of the house: its indicators, where their values come from, and its versions.

use serde::{Deserialize, Serialize};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Event, Query, Tx, binds};
use zhike_value::rating::{Cuts, Direction, Grade, Indicator, KnockOut, Limit, Model, Rating, Scale};

/// The event of a new version.
pub const CHANGED: &str = "value.model_changed.v1";

/// The indicators there are, and which way is good unless the model says otherwise.
pub const INDICATORS: [(&str, Direction); 7] = [
    ("profit", Direction::Higher),
    ("revenue", Direction::Higher),
    ("growth", Direction::Higher),
    ("orders", Direction::Higher),
    ("recency", Direction::Lower),
    ("payment_delay", Direction::Lower),
    ("service_share", Direction::Lower),
];

/// What is kept of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The model itself.
    #[serde(flatten)]
    pub model: Model,
    /// Points of score by which a cut must be passed before yesterday's grade changes.
    #[serde(default)]
    pub hysteresis: f64,
}

/// A version.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Row.
    pub id: i64,
    /// Number, counted from 1; 0 is the one that ships.
    pub version: i64,
    /// The model.
    pub body: Body,
    /// When it was saved, microseconds.
    pub created_at: i64,
    /// By whom.
    pub user: Option<i64>,
    /// Why.
    pub note: Option<String>,
}

/// The model that ships.
pub fn shipped() -> Body {
    let weights = [400_000, 150_000, 100_000, 100_000, 100_000, 100_000, 50_000];
    let indicators = INDICATORS
        .iter()
        .zip(weights)
        .map(|((key, direction), weight_ppm)| Indicator {
            key: (*key).to_owned(),
            weight_ppm,
            direction: *direction,
            scale: Scale::Quantile,
        })
        .collect();
    Body {
        model: Model {
            indicators,
            cuts: Cuts::Quantile([0.2, 0.5, 0.8]),
            knock_outs: vec![KnockOut {
                key: "profit".to_owned(),
                limit: Limit::AtLeast(0.0),
                worst_grade: Grade::C,
            }],
        },
        hysteresis: 2.0,
    }
}

/// Refuses a model that cannot run.
pub fn check(body: &Body) -> Result<()> {
    let known = |key: &str| INDICATORS.iter().any(|i| i.0 == key);
    let keys = body.model.indicators.iter().map(|i| i.key.as_str());
    if let Some(key) = keys
        .chain(body.model.knock_outs.iter().map(|k| k.key.as_str()))
        .find(|k| !known(k))
    {
        return Err(Error::invalid("error-value-indicator").with("key", key));
    }
    if !(body.hysteresis.is_finite() && (0.0..=100.0).contains(&body.hysteresis)) {
        return Err(Error::invalid("error-value-model-hysteresis"));
    }
    body.model.check().map_err(|e| refusal(&e))
}

/// The sentence of a model that does not fit.
pub fn refusal(e: &zhike_value::rating::ModelError) -> Error {
    use zhike_value::rating::ModelError as E;
    match e {
        E::Weights | E::TooMany => Error::invalid("error-value-model-weights"),
        E::Scale(key) => Error::invalid("error-value-model-scale").with("key", key.as_str()),
        E::Cuts => Error::invalid("error-value-model-cuts"),
        E::Hysteresis => Error::invalid("error-value-model-hysteresis"),
        E::Missing(key) | E::Length(key) => Error::invalid("error-value-indicator").with("key", key.as_str()),
    }
}

/// The model in use.
pub async fn active(q: &dyn Query) -> Result<Version> {
    let found = versions(q, true, 1).await?.pop();
    Ok(found.unwrap_or_else(|| Version {
        id: 0,
        version: 0,
        body: shipped(),
        created_at: 0,
        user: None,
        note: None,
    }))
}

/// Versions, newest first.
pub async fn versions(q: &dyn Query, active: bool, limit: i64) -> Result<Vec<Version>> {
    let sql = format!(
        "SELECT id, version, body, created_at, user_id, note FROM insight_model {} ORDER BY id DESC LIMIT $1",
        if active { "WHERE active = TRUE" } else { "" }
    );
    q.all(&sql, binds![limit])
        .await?
        .iter()
        .map(|r| {
            Ok(Version {
                id: r.int(0)?,
                version: r.int(1)?,
                body: serde_json::from_str(&r.text(2)?).map_err(Error::broken)?,
                created_at: r.int(3)?,
                user: r.opt_int(4)?,
                note: r.opt_text(5)?,
            })
        })
        .collect()
}

/// Saves a new version and puts it into use. `seen` is the version on which the change was made.
pub async fn save(ctx: &Ctx, tx: &Tx, seen: i64, body: &Body, note: Option<String>) -> Result<i64> {
    ctx.require("value.edit")?;
    check(body)?;
    let now = active(tx).await?;
    if now.version != seen {
        return Err(Error::stale());
    }
    if now.body == *body {
        return Ok(now.version);
    }
    let latest = tx.number("SELECT MAX(version) FROM insight_model", binds![]).await?;
    let text = serde_json::to_string(body).map_err(Error::broken)?;
    tx.exec("UPDATE insight_model SET active = FALSE WHERE active = TRUE", binds![])
        .await?;
    let id = tx
        .insert(
            "INSERT INTO insight_model (name, body, version, active, created_at, user_id, note) \
             VALUES ('customer', $1, $2, TRUE, $3, $4, $5) RETURNING id",
            binds![text, latest + 1, tx.at.0, tx.user, note.clone()],
        )
        .await?;
    let event = Event {
        kind: CHANGED.to_owned(),
        record_type: "value",
        record: id,
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    Ok(latest + 1)
}

/// What the indicators are computed from, one place per customer. Amounts are minor units.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Profit.
    pub profit: Vec<i64>,
    /// Revenue after discount and returns.
    pub net: Vec<i64>,
    /// Growth, parts per million; `None` where there was nothing to grow from.
    pub growth: Vec<Option<i64>>,
    /// Orders.
    pub orders: Vec<i64>,
    /// Days since the last order and the customer's own usual days between orders.
    pub silence: Vec<Option<(i64, i64)>>,
    /// Thousandths of a day late, on average.
    pub delay: Vec<Option<i64>>,
    /// Cost of service.
    pub service: Vec<i64>,
}

impl Inputs {
    /// Rates everybody. `decimals` are those of the currency: models speak of whole units.
    pub fn rate(&self, body: &Body, previous: &[Option<Grade>], decimals: u32) -> Result<Rating> {
        let columns = self.columns(decimals);
        let named: Vec<(&str, &[f64])> = INDICATORS
            .iter()
            .zip(&columns)
            .map(|((key, _), values)| (*key, values.as_slice()))
            .collect();
        body.model
            .rate(&named, previous, body.hysteresis)
            .map_err(|e| refusal(&e))
    }

    /// The columns, in the order of [`INDICATORS`].
    fn columns(&self, decimals: u32) -> [Vec<f64>; 7] {
        let unit = float(10_i64.pow(decimals));
        let money = |values: &[i64]| values.iter().map(|v| float(*v) / unit).collect::<Vec<_>>();
        let maybe = |values: &[Option<i64>], by: f64| -> Vec<f64> {
            values.iter().map(|v| v.map_or(f64::NAN, |v| float(v) / by)).collect()
        };
        let recency = self.silence.iter().map(|s| match s {
            Some((days, rhythm)) if *rhythm > 0 => float(*days) / float(*rhythm),
            _ => f64::NAN,
        });
        let share = self.service.iter().zip(&self.net).map(|(service, net)| {
            if *net > 0 {
                float(*service) / float(*net) * 100.0
            } else {
                f64::NAN
            }
        });
        [
            money(&self.profit),
            money(&self.net),
            maybe(&self.growth, 10_000.0),
            self.orders.iter().map(|v| float(*v)).collect(),
            recency.collect(),
            maybe(&self.delay, 1_000.0),
            share.collect(),
        ]
    }
}

/// A whole number for the models, which compute in fractions.
#[allow(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "beyond 2^53 minor units a model may round"
)]
pub fn float(value: i64) -> f64 {
    value as f64
}

/// A fraction as a whole number, rounded; what does not fit stops at the ends.
#[allow(
    clippy::cast_possible_truncation,
    clippy::as_conversions,
    reason = "rounded first; `as` stops at the ends"
)]
pub fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// Grade of a letter.
pub fn grade(letter: &str) -> Option<Grade> {
    Some(match letter {
        "A" => Grade::A,
        "B" => Grade::B,
        "C" => Grade::C,
        "D" => Grade::D,
        _ => return None,
    })
}

/// Letter of a grade.
pub fn letter(grade: Grade) -> &'static str {
    match grade {
        Grade::A => "A",
        Grade::B => "B",
        Grade::C => "C",
        Grade::D => "D",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_can_run_and_its_weights_are_a_whole() {
        let body = shipped();
        check(&body).unwrap();
        assert_eq!(
            body.model.indicators.iter().map(|i| i.weight_ppm).sum::<i64>(),
            1_000_000
        );
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(serde_json::from_str::<Body>(&text).unwrap(), body);
    }

    #[test]
    fn unknown_values_are_neutral_and_losses_are_held_at_c() {
        let inputs = Inputs {
            profit: vec![90_000, 50_000, 10_000, -5_000],
            net: vec![100_000, 80_000, 60_000, 500_000],
            growth: vec![None, Some(0), Some(500_000), Some(900_000)],
            orders: vec![4, 3, 2, 40],
            silence: vec![Some((10, 20)), Some((20, 20)), None, Some((1, 5))],
            delay: vec![Some(0), None, Some(9_000), Some(-1_000)],
            service: vec![1_000, 1_000, 1_000, 1_000],
        };
        let rating = inputs.rate(&shipped(), &[], 2).unwrap();
        assert_eq!(rating.missing, [0, 0, 1, 0, 1, 1, 0]);
        assert!(
            rating.grades[3] >= Grade::C,
            "who loses money is C at best: {:?}",
            rating.grades
        );
        let sum: f64 = (0..7).map(|i| rating.contribution(0, i)).sum();
        assert!((sum - (rating.scores[0] - rating.mean_score)).abs() < 1e-9);
    }

    #[test]
    fn strangers_are_refused() {
        let mut body = shipped();
        body.model.indicators[0].key = "luck".into();
        assert_eq!(check(&body).unwrap_err().code, "error-value-indicator");
        let mut body = shipped();
        body.model.cuts = Cuts::Quantile([0.8, 0.5, 0.2]);
        assert_eq!(check(&body).unwrap_err().code, "error-value-model-cuts");
    }
}
