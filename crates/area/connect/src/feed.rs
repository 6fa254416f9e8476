//! What happened in the house, for programs: events in order behind a cursor, as far as the asker may see them.

use axum::http::StatusCode;
use serde_json::{Map, Value as Any, json};
use std::collections::{BTreeMap, BTreeSet};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Dialect, Logged, Query as _, event, read};
use zhike_web::{
    Query, Visit,
    answer::{Answer, json as json_answer},
};

/// Events looked at in one go.
const PIECE: i64 = 500;
/// For so long a gap in the numbers may be a change that is still being written.
const SETTLE_SECONDS: i64 = 60;

/// Events after a cursor that nothing can slip in before any more. On PostgreSQL numbers are given before the change is
/// made true, so one may appear later than its follower: a young gap is waited for.
pub(crate) async fn settled(ctx: &Ctx, after: i64, limit: i64) -> Result<Vec<Logged>> {
    let mut found = event::since(ctx.db(), after, limit).await?;
    if ctx.db().dialect() == Dialect::Postgres {
        let now = ctx.now();
        let mut last = after;
        let gap = found.iter().position(|e| {
            let next = e.id == last + 1;
            last = e.id;
            !next && e.at.plus_seconds(SETTLE_SECONDS) > now
        });
        if let Some(at) = gap {
            found.truncate(at);
        }
    }
    Ok(found)
}

/// Patterns such as `invoice.*` or `payment.created.v1`, by commas or spaces; none: everything.
pub(crate) fn fits(patterns: &str, kind: &str) -> bool {
    let mut any = false;
    for p in patterns.split([',', ' ', '\n', '\r']).filter(|p| !p.is_empty()) {
        any = true;
        let hit = match p.strip_suffix('*') {
            Some(start) => kind.starts_with(start),
            None => kind == p || kind.strip_suffix(".v1") == Some(p),
        };
        if hit {
            return true;
        }
    }
    !any
}

/// Is every pattern one that some event of this house fits?
pub(crate) fn known(ctx: &Ctx, patterns: &str) -> Result<()> {
    for p in patterns.split([',', ' ', '\n', '\r']).filter(|p| !p.is_empty()) {
        if !ctx.registry().events().iter().any(|e| fits(p, &e.name)) {
            return Err(Error::field("kinds", "error-event-kind"));
        }
    }
    Ok(())
}

/// An event in the form in which it leaves the house: which record, and which of its fields changed.
pub(crate) fn told(ctx: &Ctx, e: &Logged) -> Any {
    let path = ctx.registry().get(&e.record_type).ok().map(|t| t.path);
    let changed: Vec<&String> = e.changes.keys().collect();
    json!({"id": e.id, "type": e.kind, "timestamp": e.at.rfc3339(), "record_type": e.record_type, "record_id": e.record,
        "party_id": e.party, "actor": e.actor, "door": e.door, "changed": changed,
        "url": path.map(|p| format!("/api/v1{p}/{}", e.record))})
}

/// The changes that the asker may see: no personal data, nothing hidden.
fn changes(ctx: &Ctx, e: &Logged) -> Any {
    let mut out = Map::new();
    if let Ok(ty) = ctx.registry().get(&e.record_type) {
        for (name, change) in &e.changes {
            if ty.field(name).is_some_and(|f| !f.personal && ctx.sees(f)) {
                out.insert(
                    name.clone(),
                    json!({"from": change.from.json(), "to": change.to.json()}),
                );
            }
        }
    }
    Any::Object(out)
}

/// The events whose record the asker sees.
async fn seen(ctx: &Ctx, all: &[Logged]) -> Result<BTreeSet<i64>> {
    let mut records: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for e in all {
        records.entry(&e.record_type).or_default().insert(e.record);
    }
    let mut visible: BTreeSet<(&str, i64)> = BTreeSet::new();
    for (name, ids) in &records {
        match ctx.registry().get(name) {
            Ok(ty) if ctx.actor.may(&ty.permission("view")) => {
                let ids: Vec<i64> = ids.iter().copied().collect();
                for record in read::find_many(ctx, ctx.db(), ty, &ids).await? {
                    visible.insert((name, record.id));
                }
            }
            Ok(_) => {}
            // Settings and the like: what the audit shows.
            Err(_) if ctx.actor.may("audit.view") => visible.extend(ids.iter().map(|id| (*name, *id))),
            Err(_) => {}
        }
    }
    Ok(all
        .iter()
        .filter(|e| visible.contains(&(e.record_type.as_str(), e.record)))
        .map(|e| e.id)
        .collect())
}

/// `GET /api/v1/events?after=&limit=&kinds=`. `after=now` answers with the cursor of the present.
pub(crate) async fn api(visit: Visit, Query(q): Query) -> Answer {
    let mut ctx = visit.ctx.clone();
    // The right to the feed opens what the user may see anyway.
    ctx.actor = crate::inbound::whole(&visit.ctx);
    let limit = q.int("limit").unwrap_or(100);
    if !(1..=PIECE).contains(&limit) {
        return Err(Error::field("limit", "error-event-limit").into());
    }
    let kinds = q.get("kinds").unwrap_or("");
    known(&ctx, kinds)?;
    if q.get("after") == Some("now") {
        let last = ctx.db().number("SELECT max(id) FROM event", vec![]).await?;
        return json_answer(StatusCode::OK, &json!({"events": [], "next": last, "more": false}));
    }
    let mut cursor = match q.filled("after") {
        None => 0,
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|n| *n >= 0)
            .ok_or_else(|| Error::field("after", "error-event-after"))?,
    };
    let most = usize::try_from(limit).unwrap_or(100);
    let mut out: Vec<Any> = vec![];
    let mut more = true;
    // A few pieces at most, so that a narrow question does not read the whole log in one request.
    for _ in 0..10 {
        let piece = settled(&ctx, cursor, PIECE).await?;
        more = piece.len() == usize::try_from(PIECE).unwrap_or(0);
        let asked: Vec<Logged> = piece.iter().filter(|e| fits(kinds, &e.kind)).cloned().collect();
        let visible = seen(&ctx, &asked).await?;
        let mut full = false;
        for e in &piece {
            if out.len() == most {
                (full, more) = (true, true);
                break;
            }
            cursor = e.id;
            if visible.contains(&e.id) {
                let mut one = told(&ctx, e);
                one["changes"] = changes(&ctx, e);
                out.push(one);
            }
        }
        if full || !more {
            break;
        }
    }
    json_answer(StatusCode::OK, &json!({"events": out, "next": cursor, "more": more}))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn kinds_by_name_or_beginning() {
        assert!(fits("", "x.y.v1") && fits("*", "x.y.v1"));
        assert!(fits("invoice.*, payment.created", "payment.created.v1"));
        assert!(fits("payment.created.v1", "payment.created.v1"));
        assert!(!fits("invoice.*", "payment.created.v1"));
        assert!(!fits("payment.creat", "payment.created.v1"));
    }
}
