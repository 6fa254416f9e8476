//! Who owned a record, from whom to whom, and why.

use zhike_kernel::{Result, Stamp};
use zhike_store::{Query, binds};

/// One change of hands as people read it.
pub(crate) struct Past {
    /// When.
    pub at: Stamp,
    /// Who did it.
    pub actor: String,
    /// From whom.
    pub from: Option<i64>,
    /// To whom.
    pub to: Option<i64>,
    /// `claimed`, `released`, `assigned`, `recycled`, or `edited` where no pool had to do with it.
    pub why: String,
    /// Words.
    pub note: Option<String>,
}

/// Who owned a record, newest first. The log knows every change; the pools know the reason of theirs.
pub(crate) async fn history(q: &dyn Query, what: &str, record: i64) -> Result<Vec<Past>> {
    let mut out = vec![];
    let pools = q
        .all(
            "SELECT at, from_id, to_id, why, note FROM sales_ownership WHERE subject = $1 AND record_id = $2 ORDER BY id DESC LIMIT 200",
            binds![what, record],
        )
        .await?;
    let mut known = vec![];
    for row in &pools {
        let hands = (row.opt_int(1)?, row.opt_int(2)?);
        known.push((row.int(0)?, row.text(3)?, row.opt_text(4)?, hands));
    }
    for event in zhike_store::event::of_record(q, what, record, 500).await? {
        let moved = format!("{what}.changed.v1");
        if event.kind != moved && event.kind != "lead.assigned.v1" {
            continue;
        }
        let Some(change) = event.changes.get("owner_id") else {
            continue;
        };
        let hands = (change.from.int(), change.to.int());
        let pool = known.iter().find(|k| k.0 == event.at.0 && k.3 == hands);
        out.push(Past {
            at: event.at,
            actor: event.actor.clone(),
            from: change.from.int(),
            to: change.to.int(),
            why: match (pool, event.kind == moved) {
                (Some(k), true) => k.1.clone(),
                (_, false) => "rule".to_owned(),
                _ => "edited".to_owned(),
            },
            note: pool.and_then(|k| k.2.clone()),
        });
    }
    Ok(out)
}
