//! What is done with segments: ask who is in one, change its condition, freeze it, copy it.

use crate::owned;
use std::sync::Arc;
use zhike_contract::NewSegment;
use zhike_kernel::{Error, Filter, Result, Value, Values};
use zhike_store::{Bind, Ctx, List, Record, RecordType, Tx, binds, list, read, whole, write};
use zhike_web::records::{ask::Reader, condition::Condition};

/// The type of the members, as the actor sees it.
pub(crate) fn party(ctx: &Ctx) -> Result<Arc<RecordType>> {
    Ok(ctx.registry().get("party")?.seen_by(&ctx.actor))
}

/// Who is in it, as a condition on customers.
pub(crate) fn filter(ctx: &Ctx, segment: &Record, reader: &Reader) -> Result<Filter> {
    if segment.text("kind") == "frozen" {
        return Ok(Filter::Exists {
            relation: "segment".into(),
            filter: Box::new(Filter::is("segment_id", segment.id)),
        });
    }
    Condition::read(segment.text("condition")).filter(party(ctx)?.as_ref(), reader)
}

/// Its members, as a list of customers.
pub(crate) fn list(ctx: &Ctx, segment: &Record) -> Result<List> {
    let party = party(ctx)?;
    Ok(List {
        filter: filter(ctx, segment, &Reader::of(ctx))?,
        sort: "name".into(),
        descending: false,
        columns: columns(&party),
        ..List::of(&party)
    })
}

/// What is shown of members: those of these columns that the house keeps and the reader sees.
pub(crate) fn columns(party: &RecordType) -> Vec<String> {
    [
        "name",
        "tier",
        "region",
        "industry",
        "revenue",
        "last_order_on",
        "owner_id",
    ]
    .into_iter()
    .filter(|c| party.field(c).is_some_and(|f| !f.hidden))
    .map(str::to_owned)
    .collect()
}

/// How many members these eyes see.
pub(crate) async fn count(ctx: &Ctx, segment: &Record) -> Result<i64> {
    list::count(ctx, ctx.db(), party(ctx)?.as_ref(), &list(ctx, segment)?, i64::MAX).await
}

/// Changes the condition of a live one; the new version and the event, for undo.
pub(crate) async fn change(
    ctx: &Ctx,
    id: i64,
    version: i64,
    edit: impl FnOnce(Condition, &RecordType) -> Result<Condition> + Send,
) -> Result<i64> {
    let ty = ctx.registry().get("segment")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    owned::need(ctx, &record)?;
    let new = edit(Condition::read(record.text("condition")), party(ctx)?.as_ref())?;
    let changes = Values::from([("condition".to_owned(), Value::Text(new.write()))]);
    let version = write::update(ctx, &tx, &ty, record.id, version, changes).await?;
    tx.commit().await?;
    Ok(version)
}

/// Keeps those who fit now, as far as the actor sees them; how many.
pub(crate) async fn freeze(ctx: &Ctx, id: i64, version: i64) -> Result<u64> {
    let tx = ctx.begin().await?;
    let many = freeze_in(ctx, &tx, id, version).await?;
    tx.commit().await?;
    Ok(many)
}

async fn freeze_in(ctx: &Ctx, tx: &Tx, id: i64, version: i64) -> Result<u64> {
    let ty = ctx.registry().get("segment")?.clone();
    let record = read::need(ctx, tx, &ty, id).await?;
    owned::need(ctx, &record)?;
    if record.text("kind") == "frozen" {
        return Err(Error::refused("error-segment-frozen"));
    }
    if record.version != version {
        return Err(Error::stale());
    }
    let (select, mut values) = whole::select(ctx, tx, party(ctx)?.as_ref(), &list(ctx, &record)?, &[])?;
    // Members of a freezing that was undone.
    tx.exec("DELETE FROM analysis_member WHERE segment_id = $1", binds![id])
        .await?;
    let (at, day) = (values.len() + 1, values.len() + 2);
    values.extend([Bind::from(id), Bind::from(ctx.today().to_string())]);
    let sql = format!(
        "INSERT INTO analysis_member (segment_id, party_id, added_on) \
         SELECT CAST(${at} AS BIGINT), s.id, CAST(${day} AS TEXT) FROM ({select}) s"
    );
    let many = tx.exec(&sql, values).await?;
    let changes = Values::from([
        ("kind".to_owned(), "frozen".into()),
        ("frozen_on".to_owned(), ctx.today().into()),
        ("members".to_owned(), i64::try_from(many).unwrap_or(i64::MAX).into()),
    ]);
    write::update(ctx, tx, &ty, id, version, changes).await?;
    Ok(many)
}

/// Keeps a segment that somebody found by calculation.
pub(crate) async fn keep(ctx: &Ctx, new: &NewSegment) -> Result<i64> {
    ctx.require("segment.create")?;
    let asks = serde_json::json!({ "conditions": [format!("{}:is:{}", new.field, new.value)] });
    let condition = Condition::from_json(&asks).ok_or_else(|| Error::field("condition", "error-condition"))?;
    let ty = ctx.registry().get("segment")?.clone();
    let mut values = Values::from([
        ("name".to_owned(), new.name.as_str().into()),
        ("sharing".to_owned(), "private".into()),
        ("condition".to_owned(), Value::Text(condition.write())),
    ]);
    for (field, text) in [("name_latin", &new.name_latin), ("note", &new.note)] {
        if let Some(text) = text {
            values.insert(field.to_owned(), text.as_str().into());
        }
    }
    let tx = ctx.begin().await?;
    let id = write::create(ctx, &tx, &ty, values).await?;
    if new.frozen {
        let version = read::need(ctx, &tx, &ty, id).await?.version;
        freeze_in(ctx, &tx, id, version).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// A live one with the same condition, for who asks.
pub(crate) async fn copy(ctx: &Ctx, id: i64) -> Result<i64> {
    let ty = ctx.registry().get("segment")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    let mut values = Values::from([
        ("name".to_owned(), format!("{} (2)", record.text("name")).into()),
        ("sharing".to_owned(), "private".into()),
    ]);
    for name in ["condition", "note", "price_book_id"] {
        values.insert(name.to_owned(), record.get(name).clone());
    }
    let new = write::create(ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    Ok(new)
}
