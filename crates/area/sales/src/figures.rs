//! What the board counts and sums over many deals.

use crate::{
    ask::Ask,
    cohort::{Cohort, Sums},
    rules,
    stages::{Kind, Stage},
};
use std::{collections::HashMap, sync::Arc};
use zhike_kernel::Result;
use zhike_store::{Query as _, memo};
use zhike_value::funnel::Funnel;
use zhike_web::Visit;

/// What stands in the head of a column.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Deals.
    pub count: i64,
    /// What they are worth.
    pub amount: Sums,
    /// The same by the chance of their stages.
    pub weighted: Sums,
}

/// Counts and sums of all columns: open stages as they are, closed ones within the period.
pub async fn heads(visit: &Visit, ask: &Ask, all: &[Stage]) -> Result<HashMap<i64, Head>> {
    let mut heads: HashMap<i64, Head> = HashMap::new();
    for open in [true, false] {
        let ids: Vec<String> = all
            .iter()
            .filter(|s| (s.kind == Kind::Open) == open)
            .map(|s| s.id.to_string())
            .collect();
        if ids.is_empty() {
            continue;
        }
        let mut sql = Ask::sql(&visit.ctx);
        sql.text = format!(
            "SELECT t.stage_id, t.currency, count(*), CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM sales_deal t \
             WHERE t.stage_id IN ({}) AND ",
            ids.join(",")
        );
        if !open {
            let (from, to) = (sql.bind(ask.from.to_string()), sql.bind(ask.to.to_string()));
            sql.text
                .push_str(&format!("t.closed_on >= {from} AND t.closed_on <= {to} AND "));
        }
        ask.present(&visit.ctx, &mut sql)?;
        sql.text.push_str(" GROUP BY t.stage_id, t.currency");
        for row in visit.db().all(&sql.text, sql.binds).await? {
            let stage = row.int(0)?;
            let chance = all.iter().find(|s| s.id == stage).map_or(0, |s| s.probability);
            let (currency, amount) = (row.opt_text(1)?, row.int(3)?);
            let head = heads.entry(stage).or_default();
            head.count += row.int(2)?;
            head.amount.add(currency.as_deref(), amount, visit.house.currency);
            head.weighted.add(
                currency.as_deref(),
                rules::weighted(amount, chance),
                visit.house.currency,
            );
        }
    }
    Ok(heads)
}

/// Everything on the board that is counted over many deals.
pub struct Figures {
    /// Without its members.
    pub cohort: Cohort,
    /// Its funnel.
    pub funnel: Funnel,
    /// By stage.
    pub heads: HashMap<i64, Head>,
}

/// The figures of a board, kept until something happens.
pub async fn figures(visit: &Visit, ask: &Ask) -> Result<Arc<Figures>> {
    let key = format!("board {} {} {} {}", ask.query(), ask.from, ask.to, visit.today());
    let make = async {
        let mut cohort = Cohort::read(&visit.ctx, ask).await?;
        let funnel = cohort.funnel();
        cohort.members.clear();
        let heads = heads(visit, ask, &cohort.all).await?;
        Ok(Figures { cohort, funnel, heads })
    };
    memo::figures(&visit.ctx, &key, make).await
}
