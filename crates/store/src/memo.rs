//! Figures that take long to compute, kept until something happens in the house. Every change leaves an event, so the
//! number of the last event tells whether anything has happened since.

use crate::{Ctx, Db, Query};
use std::{
    any::Any,
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex},
};
use zhike_kernel::{Result, Stamp};

/// Several servers may commit their events in another order than they numbered them: nothing is believed for longer.
const SECONDS: i64 = 10;
/// So many figures are kept at most.
const FIGURES: usize = 200;

struct Kept {
    event: i64,
    at: Stamp,
    value: Arc<dyn Any + Send + Sync>,
}

/// What is kept of a database.
#[derive(Clone, Default)]
pub(crate) struct Memo(Arc<Mutex<HashMap<String, Kept>>>);

impl Memo {
    fn find<T: Send + Sync + 'static>(&self, key: &str, event: i64, now: Stamp) -> Option<Arc<T>> {
        let all = self.0.lock().unwrap_or_else(|p| p.into_inner());
        let kept = all.get(key)?;
        let fresh = kept.event == event && kept.at <= now && kept.at.plus_seconds(SECONDS) > now;
        fresh.then(|| kept.value.clone().downcast().ok()).flatten()
    }
    fn keep(&self, key: String, kept: Kept) {
        let mut all = self.0.lock().unwrap_or_else(|p| p.into_inner());
        if all.len() >= FIGURES {
            all.clear();
        }
        all.insert(key, kept);
    }
}

/// What `make` computes, or computed shortly before if nothing has happened since. Everything that the answer depends on
/// beside the records themselves (filters, the day) must be in `key`; whose records the actor sees is added here.
pub async fn figures<T: Send + Sync + 'static>(
    ctx: &Ctx,
    key: &str,
    make: impl Future<Output = Result<T>> + Send,
) -> Result<Arc<T>> {
    let db: &Db = ctx.db();
    let key = format!("{key} {:?}", ctx.actor.owners());
    // Read before the figures: what happens meanwhile makes them old.
    let event = db.number("SELECT max(id) FROM event", vec![]).await?;
    let now = ctx.now();
    if let Some(known) = db.memo.find(&key, event, now) {
        return Ok(known);
    }
    let value = Arc::new(make.await?);
    let kept = Kept {
        event,
        at: now,
        value: value.clone(),
    };
    db.memo.keep(key, kept);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_until_something_happens_or_ten_seconds_pass() {
        let (memo, at) = (Memo::default(), Stamp(5_000_000));
        let value: Arc<dyn Any + Send + Sync> = Arc::new(42_u32);
        memo.keep("a".into(), Kept { event: 7, at, value });
        assert_eq!(memo.find::<u32>("a", 7, at.plus_seconds(9)).as_deref(), Some(&42));
        assert!(memo.find::<u32>("a", 8, at).is_none());
        assert!(memo.find::<u32>("a", 7, at.plus_seconds(10)).is_none());
        assert!(memo.find::<u32>("b", 7, at).is_none());
        assert!(memo.find::<String>("a", 7, at).is_none());
    }
}
