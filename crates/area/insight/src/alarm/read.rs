//! How far the alarms were right.

use crate::read::scope;
use serde::Serialize;
use serde_json::json;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};
use zhike_web::Visit;

/// Alarms by what came of them, of the customers that may be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Precision {
    /// Not judged yet.
    pub open: i64,
    /// At stake in these.
    pub at_stake: i64,
    /// Were true.
    pub true_alarms: i64,
    /// Were false.
    pub false_alarms: i64,
    /// Were true, and the customer came back after somebody had cared.
    pub won_back: i64,
    /// (true + won back) / judged.
    pub precision: Option<f64>,
    /// Its 95 % interval (Wilson 1927).
    pub interval: Option<(f64, f64)>,
    /// won back / (true + won back).
    pub won_back_rate: Option<f64>,
    /// Mean risk that the model saw in the judged ones: what the precision should be.
    pub foreseen: Option<f64>,
}

impl Precision {
    /// How many were judged.
    pub fn judged(&self) -> i64 {
        self.true_alarms + self.won_back + self.false_alarms
    }
}

/// All alarms, and by why they rang.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Precisions {
    /// Together.
    pub all: Precision,
    /// By cause.
    pub by_cause: Vec<(String, Precision)>,
}

impl Precisions {
    /// Those of a cause.
    pub fn of(&self, cause: &str) -> Precision {
        let found = self.by_cause.iter().find(|c| c.0 == cause);
        found.map(|c| c.1).unwrap_or_default()
    }
    /// As programs see it.
    pub fn api(&self, visit: &Visit) -> serde_json::Value {
        let shown = |p: &Precision| {
            let mut out = json!(p);
            if !visit.may("profit.view")
                && let Some(map) = out.as_object_mut()
            {
                map.remove("at_stake");
            }
            out
        };
        let mut out = shown(&self.all);
        if let Some(map) = out.as_object_mut() {
            let causes = super::types::CAUSES.iter();
            let by: serde_json::Map<_, _> = causes.map(|c| ((*c).to_owned(), shown(&self.of(c)))).collect();
            map.insert("by_cause".to_owned(), by.into());
        }
        out
    }
}

/// Share of `n` that are `k`, with Wilson's interval.
pub fn share(k: i64, n: i64) -> Option<(f64, (f64, f64))> {
    const Z: f64 = 1.959_964;
    let (k, m) = (crate::model::float(k), crate::model::float(n));
    (n > 0).then(|| {
        let p = k / m;
        let centre = (p + Z * Z / (2.0 * m)) / (1.0 + Z * Z / m);
        let away = Z * (p * (1.0 - p) / m + Z * Z / (4.0 * m * m)).sqrt() / (1.0 + Z * Z / m);
        (p, ((centre - away).max(0.0), (centre + away).min(1.0)))
    })
}

/// As it stands now.
pub async fn precision(ctx: &Ctx) -> Result<Precisions> {
    let sql = format!(
        "SELECT a.cause, a.status, COUNT(*), CAST(COALESCE(SUM(a.at_stake), 0) AS BIGINT), CAST(COALESCE(SUM(a.risk), 0) AS BIGINT), \
         COUNT(a.risk) FROM insight_alarm a JOIN party_party t ON t.id = a.party_id \
         WHERE a.archived_at IS NULL AND {} GROUP BY a.cause, a.status ORDER BY a.cause, a.status",
        scope(ctx, "t")?
    );
    let mut found = Precisions::default();
    let mut all = Sum::default();
    let mut causes: Vec<(String, Sum)> = vec![];
    for row in ctx.db().all(&sql, binds![]).await? {
        let cause = row.text(0)?;
        if causes.last().is_none_or(|c| c.0 != cause) {
            causes.push((cause, Sum::default()));
        }
        let counts = [row.int(2)?, row.int(3)?, row.int(4)?, row.int(5)?];
        let status = row.text(1)?;
        all.add(&status, counts);
        if let Some((_, sum)) = causes.last_mut() {
            sum.add(&status, counts);
        }
    }
    found.all = all.told();
    found.by_cause = causes.into_iter().map(|(cause, sum)| (cause, sum.told())).collect();
    Ok(found)
}

/// Counts on their way.
#[derive(Clone, Copy, Default)]
struct Sum {
    counts: Precision,
    risk: i64,
    with_risk: i64,
}

impl Sum {
    fn add(&mut self, status: &str, [many, stake, risk, with_risk]: [i64; 4]) {
        let p = &mut self.counts;
        match status {
            "open" => {
                p.open += many;
                p.at_stake += stake;
                return;
            }
            "true_alarm" => p.true_alarms += many,
            "false_alarm" => p.false_alarms += many,
            _ => p.won_back += many,
        }
        self.risk += risk;
        self.with_risk += with_risk;
    }
    fn told(self) -> Precision {
        let p = self.counts;
        let right = p.true_alarms + p.won_back;
        let found = share(right, p.judged());
        let float = crate::model::float;
        Precision {
            precision: found.map(|f| f.0),
            interval: found.map(|f| f.1),
            won_back_rate: share(p.won_back, right).map(|f| f.0),
            foreseen: (self.with_risk > 0).then(|| float(self.risk) / float(self.with_risk) / 1e6),
            ..p
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Sum, share};

    #[test]
    fn what_came_is_held_against_what_was_foreseen() {
        let mut sum = Sum::default();
        sum.add("open", [4, 900, 3_200_000, 4]);
        sum.add("true_alarm", [2, 0, 1_500_000, 2]);
        sum.add("false_alarm", [1, 0, 600_000, 1]);
        sum.add("won_back", [1, 0, 700_000, 1]);
        let p = sum.told();
        assert_eq!((p.open, p.at_stake, p.judged()), (4, 900, 4));
        assert_eq!(
            (p.precision, p.foreseen, p.won_back_rate),
            (Some(0.75), Some(0.7), Some(1.0 / 3.0))
        );
    }

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        // Newcombe 1998: 81 of 263.
        let (p, (low, high)) = share(81, 263).unwrap();
        assert!((p - 0.308).abs() < 5e-4 && (low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5);
        assert_eq!(share(0, 0), None);
    }
}
