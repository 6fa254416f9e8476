//! Proposing whom to enrol, after each value analysis and every night. Whatever people decided stands.

use super::{gain, settings, types::HOLDS};
use crate::batch::Batch;
use crate::level::compute::{a_year, days};
use async_trait::async_trait;
use std::collections::HashMap;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Result, money::mul_div};
use zhike_store::{Ctx, Query, Tx, binds};
use zhike_value::enrol::{Candidate, Proposal, propose};
use zhike_value::whale::Tier;

/// Name of the job.
pub const NAME: &str = "care.programme";
/// Customers read at once.
const CHUNK: usize = 50_000;
/// Growth that is counted at most: the double.
const MOST_GROWTH: i64 = 1_000_000;
const COLUMNS: [&str; 10] = [
    "party_id",
    "cmr",
    "cmr_on",
    "cmr_advised",
    "why",
    "tier",
    "margin",
    "growth",
    "benefit",
    "net",
];

/// The job.
pub struct Programme;

#[async_trait]
impl Job for Programme {
    fn name(&self) -> &'static str {
        NAME
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        run.beat(ctx, 0, 2).await?;
        refresh(ctx).await?;
        run.beat(ctx, 1, 2).await?;
        Box::pin(gain::refresh(ctx)).await?;
        Ok(Outcome::Done)
    }
}

fn tier(word: &str) -> Option<Tier> {
    match word {
        "gold" => Some(Tier::Gold),
        "regular" => Some(Tier::Regular),
        "low" => Some(Tier::Low),
        _ => None,
    }
}

/// Word of a tier.
pub fn word(tier: Tier) -> &'static str {
    match tier {
        Tier::Gold => "gold",
        Tier::Regular => "regular",
        Tier::Low => "low",
    }
}

/// What a customer may still grow a year: the margin times the growth of the last half year, between nothing and the double.
pub fn growth(margin: i64, growth: Option<i64>) -> i64 {
    let rate = growth.unwrap_or(0).clamp(0, MOST_GROWTH);
    mul_div(margin.max(0), rate, 1_000_000).unwrap_or(0)
}

/// The customers of the last value analysis who are still ours, in order of id; nobody's decision yet.
async fn candidates(ctx: &Ctx, days: i64) -> Result<Vec<Candidate>> {
    let sql = format!(
        "SELECT c.party_id, c.tier, c.revenue - c.discount - c.returns - c.product_cost, c.growth FROM insight_customer c \
         JOIN party_party t ON t.id = c.party_id WHERE c.run_id IS NOT NULL AND c.tier IS NOT NULL AND t.archived_at IS NULL \
         AND t.status NOT IN ('lost', 'rejected') AND c.party_id > $1 ORDER BY c.party_id LIMIT {CHUNK}"
    );
    let (mut all, mut after) = (vec![], 0_i64);
    loop {
        let rows = ctx.db().all(&sql, binds![after]).await?;
        for row in &rows {
            after = row.int(0)?;
            let Some(tier) = tier(&row.text(1)?) else { continue };
            let margin = a_year(row.int(2)?, days);
            all.push(Candidate {
                id: after,
                tier,
                margin,
                growth: growth(margin, row.opt_int(3)?),
                decided: None,
            });
        }
        if rows.len() < CHUNK {
            return Ok(all);
        }
    }
}

/// What holds for each customer on the day: decision, since when.
async fn held(ctx: &Ctx, q: &dyn Query) -> Result<HashMap<i64, (String, String)>> {
    let sql = format!("SELECT party_id, decision, since_on FROM care_enrolment WHERE {HOLDS} ORDER BY since_on, id");
    let mut all = HashMap::new();
    for row in q.all(&sql, binds![ctx.today().to_string()]).await? {
        all.insert(row.int(0)?, (row.text(1)?, row.text(2)?));
    }
    Ok(all)
}

/// Proposes anew.
pub async fn refresh(ctx: &Ctx) -> Result<()> {
    let Some(days) = days(ctx.db()).await? else {
        return Ok(());
    };
    let terms = settings::load(ctx.db(), ctx.house.currency).await?.terms();
    let mut found = candidates(ctx, days).await?;
    let tx = ctx.begin().await?;
    let held = held(ctx, &tx).await?;
    for c in &mut found {
        c.decided = held.get(&c.id).map(|h| h.0 == "enrolled");
    }
    let proposals = propose(&found, &terms);
    replace(&tx, &found, &proposals, held).await?;
    tx.commit().await?;
    ctx.db().maintain("ANALYZE care_programme").await
}

async fn replace(
    tx: &Tx,
    found: &[Candidate],
    proposals: &[Proposal],
    mut held: HashMap<i64, (String, String)>,
) -> Result<()> {
    tx.exec("DELETE FROM care_programme", binds![]).await?;
    let mut batch = Batch::new("care_programme", &COLUMNS);
    for (c, p) in found.iter().zip(proposals) {
        let (now, on) = held.remove(&c.id).unzip();
        let advised = if p.enrol { "enrolled" } else { "self_service" };
        let row = binds![
            c.id,
            now,
            on,
            advised,
            p.why.word(),
            word(c.tier),
            c.margin,
            c.growth,
            p.benefit,
            p.net
        ];
        batch.push(tx, row).await?;
    }
    let mut rest: Vec<_> = held.into_iter().collect();
    rest.sort_unstable();
    for (party, (now, on)) in rest {
        let none = None::<String>;
        let row = binds![
            party,
            now,
            on,
            none.clone(),
            none.clone(),
            none,
            0_i64,
            0_i64,
            0_i64,
            0_i64
        ];
        batch.push(tx, row).await?;
    }
    batch.write(tx).await
}

#[cfg(test)]
mod tests {
    use super::growth;

    #[test]
    fn growth_counts_between_nothing_and_the_double() {
        let of = |rate: Option<i64>| growth(1_000, rate);
        assert_eq!(
            [of(Some(250_000)), of(Some(-250_000)), of(Some(9_000_000)), of(None)],
            [250, 0, 1_000, 0]
        );
        assert_eq!(growth(-1_000, Some(500_000)), 0);
    }
}
