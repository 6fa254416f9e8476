//! How many records a list has, for showing: exact up to a limit. That a list is longer than that is remembered for a
//! minute, so that a list of a million is not walked again for every page of it; a shorter count until something happens.

use crate::{Ctx, Query, filter_sql::Sql, list::List, list::conditions, memo, read::joins, registry::RecordType};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use zhike_kernel::{Result, Stamp};

/// For how long a long list is taken to be long.
const SECONDS: i64 = 60;
/// So many lists are remembered at most.
const LISTS: usize = 2_000;

/// The lists known to be longer than was counted, and since when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Long(Arc<Mutex<HashMap<String, Stamp>>>);

impl Long {
    fn knows(&self, key: &str, now: Stamp) -> bool {
        let known = self.0.lock().unwrap_or_else(|p| p.into_inner());
        known
            .get(key)
            .is_some_and(|at| *at <= now && at.plus_seconds(SECONDS) > now)
    }
    fn keep(&self, key: String, now: Stamp) {
        let mut known = self.0.lock().unwrap_or_else(|p| p.into_inner());
        if known.len() >= LISTS {
            known.clear();
        }
        known.insert(key, now);
    }
}

/// As [`crate::list::count`], for showing only: an answer of `most` may be a minute old.
pub async fn shown(ctx: &Ctx, ty: &RecordType, list: &List, most: i64) -> Result<i64> {
    ctx.require(&ty.permission("view"))?;
    let db = ctx.db();
    let mut sql = Sql::new(db.dialect());
    conditions(ctx, ty, list, &mut sql)?;
    let key = format!("{} {most} {} {:?}", ty.name, sql.text, sql.binds);
    if db.long.knows(&key, ctx.now()) {
        return Ok(most);
    }
    let limit = sql.bind(most);
    let text = format!(
        "SELECT count(*) FROM (SELECT 1 FROM {} t{} WHERE {} LIMIT {limit}) c",
        ty.table,
        joins(ty, &sql.joins),
        sql.text
    );
    let binds = sql.binds;
    let count = *memo::figures(ctx, &key, async { db.number(&text, binds).await }).await?;
    if count >= most {
        db.long.keep(key, ctx.now());
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_known_for_a_minute() {
        let long = Long::default();
        let at = Stamp(1_000_000);
        assert!(!long.knows("a", at));
        long.keep("a".into(), at);
        assert!(long.knows("a", at) && long.knows("a", at.plus_seconds(59)));
        assert!(!long.knows("a", at.plus_seconds(60)));
        assert!(!long.knows("a", Stamp(0)));
        assert!(!long.knows("b", at));
    }
}
