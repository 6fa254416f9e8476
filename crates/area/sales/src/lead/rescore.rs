//! After the indicators changed, all leads that somebody works on get their points anew.

use super::{model::LIVE, score};
use async_trait::async_trait;
use zhike_jobs::{Job, Outcome, Run};
use zhike_kernel::{Filter, Op, Result, Value};
use zhike_store::{Ctx, List, binds, event::Wake, list};

const NAME: &str = "lead.rescore";
/// Seconds after the first change.
const AFTER: i64 = 5;
/// Leads a transaction.
const CHUNK: usize = 300;

/// What it listens to.
pub(crate) fn listeners() -> Vec<(&'static str, &'static str, Wake)> {
    [
        "lead_indicator.created.v1",
        "lead_indicator.changed.v1",
        "lead_indicator.archived.v1",
        "lead_indicator.restored.v1",
    ]
    .into_iter()
    .map(|kind| (kind, NAME, Wake::OnceAfter(AFTER)))
    .collect()
}

/// The job.
pub(crate) struct Rescore;

#[async_trait]
impl Job for Rescore {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, ctx: &Ctx, run: &Run) -> Result<Outcome> {
        let indicators = score::indicators(ctx, ctx.db()).await?;
        let ty = ctx.registry().get("lead")?.clone();
        let mut after = 0;
        let mut done = 0;
        loop {
            let live = Filter::Field {
                field: "status".into(),
                op: Op::In,
                values: LIVE.iter().map(|w| Value::from(*w)).collect(),
            };
            let ask = List {
                filter: Filter::All(vec![live, Filter::field("id", Op::Gt, after)]),
                sort: "id".into(),
                descending: false,
                columns: ty.fields.iter().map(|f| f.name.to_owned()).collect(),
                limit: CHUNK,
                ..List::of(&ty)
            };
            let lines = list::page(ctx, ctx.db(), &ty, &ask).await?.lines;
            let Some(last) = lines.last() else { break };
            after = last.id;
            let tx = ctx.begin().await?;
            for line in &lines {
                let (sum, why) = score::score(&indicators, &line.values);
                let why = score::write(&why);
                let same = line.values.get("score").and_then(Value::int) == Some(sum)
                    && line.values.get("score_why").and_then(Value::text) == Some(why.as_str());
                if !same {
                    // A figure derived from the model: the lead itself has not changed, its version stays.
                    tx.exec(
                        "UPDATE sales_lead SET score = $1, score_why = $2 WHERE id = $3",
                        binds![sum, why, line.id],
                    )
                    .await?;
                }
            }
            tx.commit().await?;
            done += i64::try_from(lines.len()).unwrap_or(0);
            run.beat(ctx, done, 0).await?;
        }
        Ok(Outcome::Done)
    }
}
