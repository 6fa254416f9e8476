//! The funnel in a few figures, for other areas: the same computation as the funnel page, of the first pipeline.

use crate::{ask::Ask, cohort::Cohort};
use async_trait::async_trait;
use jiff::ToSpan;
use zhike_contract::{Funnel, FunnelStage, FunnelSummary, Pipeline, Weighted};
use zhike_kernel::Result;
use zhike_store::filter_sql::Sql;
use zhike_store::{Ctx, Query, Row};
use zhike_web::Fields;

pub(crate) struct Port;

#[async_trait]
impl Funnel for Port {
    async fn summary(&self, ctx: &Ctx, days: i64) -> Result<FunnelSummary> {
        let to = ctx.today();
        let from = to.checked_sub((days.max(1) - 1).days()).unwrap_or(to);
        let day = |d: zhike_kernel::Date| d.to_string();
        let fields = Fields(vec![
            ("period".into(), "custom".into()),
            ("from".into(), day(from)),
            ("to".into(), day(to)),
        ]);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let empty = FunnelSummary {
            from_on: from,
            to_on: to,
            deals: 0,
            won: 0,
            lost: 0,
            win_rate: None,
            median_days: None,
            stages: vec![],
        };
        let Some(ask) = Ask::read(ctx, &fields).await? else {
            return Ok(empty);
        };
        let cohort = Cohort::read(ctx, &ask).await?;
        let funnel = cohort.funnel();
        let stages = cohort
            .open
            .iter()
            .zip(&funnel.stages)
            .map(|(stage, f)| FunnelStage {
                name: stage.name.clone(),
                name_latin: stage.latin.clone(),
                entered: count(f.entered),
                passed: count(f.moved_on),
                median_days: f.median_days.and_then(|d| u32::try_from(d).ok()).map(f64::from),
            })
            .collect();
        Ok(FunnelSummary {
            deals: count(funnel.deals),
            won: count(funnel.won),
            lost: count(funnel.lost),
            win_rate: funnel.win_rate,
            median_days: funnel.median_cycle_days,
            stages,
            ..empty
        })
    }
}

#[async_trait]
impl Pipeline for Port {
    async fn weighted(&self, ctx: &Ctx) -> Result<Vec<Weighted>> {
        let mut sql = Sql::new(ctx.db().dialect());
        let currency = sql.bind(ctx.house.currency.code());
        sql.text = format!(
            "SELECT t.owner_id, t.product_id, COALESCE(p.region, ''), COALESCE(substr(t.expected_on, 1, 7), ''), s.probability, count(*), \
             CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM sales_deal t JOIN sales_stage s ON s.id = t.stage_id \
             LEFT JOIN party_party p ON p.id = t.party_id WHERE s.kind = 'open' AND t.archived_at IS NULL AND t.currency = {currency} AND "
        );
        sql.scope(ctx.registry(), ctx.registry().get("deal")?, "t", &ctx.actor)?;
        sql.text
            .push_str(" GROUP BY 1, 2, 3, 4, s.probability ORDER BY 4, 1, 2, 3, s.probability");
        let one = |r: &Row| {
            let (chance, amount) = (r.opt_int(4)?.unwrap_or(0), r.int(6)?);
            Ok(Weighted {
                owner: r.opt_int(0)?,
                product: r.opt_int(1)?,
                region: r.text(2)?,
                month: r.text(3)?,
                deals: r.int(5)?,
                amount,
                weighted: crate::rules::weighted(amount, chance),
            })
        };
        ctx.db().all(&sql.text, sql.binds).await?.iter().map(one).collect()
    }
}
