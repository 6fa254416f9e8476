//! How far the alarms were right.

use crate::read::scope;
use serde::Serialize;
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};

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
pub async fn precision(ctx: &Ctx) -> Result<Precision> {
    let sql = format!(
        "SELECT a.status, COUNT(*), CAST(COALESCE(SUM(a.at_stake), 0) AS BIGINT) FROM insight_alarm a JOIN party_party t ON t.id = a.party_id \
         WHERE a.archived_at IS NULL AND {} GROUP BY a.status",
        scope(ctx, "t")?
    );
    let mut p = Precision::default();
    for row in ctx.db().all(&sql, binds![]).await? {
        let many = row.int(1)?;
        match row.text(0)?.as_str() {
            "open" => (p.open, p.at_stake) = (many, row.int(2)?),
            "true_alarm" => p.true_alarms = many,
            "false_alarm" => p.false_alarms = many,
            _ => p.won_back = many,
        }
    }
    let right = p.true_alarms + p.won_back;
    let found = share(right, right + p.false_alarms);
    p.precision = found.map(|f| f.0);
    p.interval = found.map(|f| f.1);
    p.won_back_rate = share(p.won_back, right).map(|f| f.0);
    Ok(p)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::share;

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        // Newcombe 1998: 81 of 263.
        let (p, (low, high)) = share(81, 263).unwrap();
        assert!((p - 0.308).abs() < 5e-4 && (low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5);
        assert_eq!(share(0, 0), None);
    }
}
