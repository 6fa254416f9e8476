//! The funnel in a few figures, for other areas: the same computation as the funnel page, of the first pipeline.

use crate::{ask::Ask, cohort::Cohort};
use async_trait::async_trait;
use jiff::ToSpan;
use zhike_contract::{Funnel, FunnelStage, FunnelSummary};
use zhike_kernel::Result;
use zhike_store::Ctx;
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
