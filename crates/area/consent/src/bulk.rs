//! Many at once: what the gate would say of each of many customers, read in chunks and decided by the same rules.

use crate::{
    gate,
    load::{Book, Loaded, book},
    rules::{Question, Said},
};
use zhike_contract::{Channel, gate::Class};
use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Query};

/// So many are read at once.
pub(crate) const CHUNK: usize = 2_000;

/// Asks for each of some parties, in their order; who is not there is left out.
pub(crate) async fn decide(
    ctx: &Ctx,
    q: &dyn Query,
    parties: &[i64],
    ask: &Question<'_>,
    book: Option<&Book>,
) -> Result<Vec<(i64, Said)>> {
    let mut out = Vec::with_capacity(parties.len());
    for chunk in parties.chunks(CHUNK) {
        let loaded = Loaded::read_with(ctx, q, chunk, ask.at, &[], book).await?;
        for party in chunk {
            if let Some(known) = loaded.of(*party) {
                out.push((*party, gate::said(&loaded, known, ask)));
            }
        }
    }
    Ok(out)
}

/// What would be sent to all of them.
#[derive(Clone, Debug)]
pub struct Ask {
    /// By what right.
    pub class: Class,
    /// Kind of information.
    pub topic: String,
    /// The channel wanted.
    pub channel: Channel,
    /// When.
    pub at: Stamp,
}

/// How many the gate answers how: verdict, deciding rule, how many.
pub type Line = (&'static str, &'static str, i64);

/// Counts what the gate would say.
pub(crate) async fn tally(ctx: &Ctx, parties: &[i64], ask: &Ask) -> Result<Vec<Line>> {
    let mut out: Vec<Line> = vec![];
    let ask = &Question {
        class: ask.class,
        topic: &ask.topic,
        channel: ask.channel,
        address: None,
        at: ask.at,
        may_change: true,
        may_wait: true,
        agreed: false,
    };
    let book = book(ctx.db()).await?;
    for chunk in parties.chunks(CHUNK) {
        for (_, said) in decide(ctx, ctx.db(), chunk, ask, book.as_ref()).await? {
            let (verdict, rule) = (said.verdict.word(), said.rule());
            match out.iter_mut().find(|t| t.0 == verdict && t.1 == rule) {
                Some(line) => line.2 += 1,
                None => out.push((verdict, rule, 1)),
            }
        }
    }
    out.sort_by_key(|t| std::cmp::Reverse(t.2));
    Ok(out)
}
