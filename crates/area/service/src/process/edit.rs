//! Changing a process's draft, and publishing it as a new version.

use super::{Ask, Definition, Step, problems};
use serde_json::Value as Json;
use zhike_kernel::{Error, Result, Value, Values, error::FieldError};
use zhike_store::{Ctx, Query as _, Record, Tx, binds, read, write};
use zhike_web::{Visit, records::condition::Condition};

/// A draft, read at a version.
pub(crate) struct Draft {
    pub record: Record,
    pub def: Definition,
}

/// Reads it.
pub(crate) async fn draft(ctx: &Ctx, tx: &Tx, id: i64, version: i64) -> Result<Draft> {
    let ty = ctx.registry().get("process")?.clone();
    let record = read::need(ctx, tx, &ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    let def = Definition::read(record.text("draft"))?;
    Ok(Draft { record, def })
}

/// Keeps it. Its event can be undone like any other change.
pub(crate) async fn keep(ctx: &Ctx, tx: &Tx, draft: Draft) -> Result<i64> {
    ctx.require("process.edit")?;
    let text = draft.def.write();
    if text.len() > 200_000 {
        return Err(Error::field("definition", "error-form-long"));
    }
    let changes = Values::from([("draft".to_owned(), text.into()), ("changed".to_owned(), true.into())]);
    let version = draft.record.version;
    let ty = ctx.registry().get("process")?.clone();
    write::update_from(ctx, tx, &ty, draft.record, version, changes).await
}

/// Changes the draft that stands at a version.
pub(crate) async fn change(
    ctx: &Ctx,
    id: i64,
    version: i64,
    edit: impl FnOnce(&mut Definition) -> Result<()>,
) -> Result<i64> {
    let tx = ctx.begin().await?;
    let mut draft = draft(ctx, &tx, id, version).await?;
    edit(&mut draft.def)?;
    let new = keep(ctx, &tx, draft).await?;
    tx.commit().await?;
    Ok(new)
}

/// Can a condition be asked of a case?
pub(crate) fn known(visit: &Visit, when: &Json) -> bool {
    let Ok(ty) = visit.registry().get("case") else {
        return false;
    };
    Condition::from_json(when).is_some_and(|c| c.check(visit, ty).is_ok())
}

/// Publishes the draft: new cases take it, running ones keep theirs. The new number.
pub(crate) async fn publish(visit: &Visit, id: i64, version: i64) -> Result<i64> {
    let ctx = &visit.ctx;
    ctx.require("process.edit")?;
    let tx = ctx.begin().await?;
    let draft = draft(ctx, &tx, id, version).await?;
    let wrong = problems(&draft.def, draft.record.text("kind"), &|when| known(visit, when));
    if !wrong.is_empty() {
        let fields = wrong.into_iter().map(|(step, code)| FieldError {
            field: step
                .and_then(|i| draft.def.steps.get(i))
                .map_or_else(|| "definition".to_owned(), |s| s.key.clone()),
            code,
            args: vec![],
        });
        return Err(Error::fields(fields.collect()));
    }
    let number = draft.record.int("published").unwrap_or(0) + 1;
    let sql =
        "INSERT INTO service_process_version (process_id, number, body, published_at, user_id) VALUES ($1,$2,$3,$4,$5)";
    tx.exec(sql, binds![id, number, draft.def.write(), tx.at.0, tx.user])
        .await?;
    let changes = Values::from([
        ("published".to_owned(), Value::from(number)),
        ("changed".to_owned(), false.into()),
    ]);
    let ty = ctx.registry().get("process")?.clone();
    write::update_from(ctx, &tx, &ty, draft.record, version, changes).await?;
    tx.commit().await?;
    Ok(number)
}

/// How many open cases run on each version: (version, cases).
pub(crate) async fn running(visit: &Visit, id: i64) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT process_version, count(*) FROM service_case WHERE process_id = $1 AND status IN ('new','working','told') AND archived_at IS NULL \
               GROUP BY process_version ORDER BY process_version DESC";
    let rows = visit.db().all(sql, binds![id]).await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}

/// A key that no step of the process has.
pub(crate) fn fresh_key(def: &Definition, name: &str) -> String {
    let base: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect::<String>()
        .trim_matches('_')
        .chars()
        .take(24)
        .collect();
    let base = if base.is_empty() { "step".to_owned() } else { base };
    let mut key = base.clone();
    let mut n = 2;
    while def.place(&key).is_some() {
        key = format!("{base}_{n}");
        n += 1;
    }
    key
}

/// The same for a field of a form.
pub(crate) fn field_key(fields: &[Ask], name: &str) -> String {
    let steps = fields.iter().map(|f| Step {
        key: f.key.clone(),
        ..Step::default()
    });
    let def = Definition {
        steps: steps.collect(),
        ..Definition::default()
    };
    let key = fresh_key(&def, name);
    if key.starts_with("step") {
        key.replacen("step", "field", 1)
    } else {
        key
    }
}
