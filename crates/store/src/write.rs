//! Writing records: check, number, save with the version, log, index: one way for form, inline edit, bulk, API, import and job.

use crate::check::{alone, references, required, unique};
use crate::{
    Bind, Ctx, Query, Tx, binds,
    event::{Change, Event},
    field::{Field, FieldKind, Source, Storage},
    numbering, read,
    read::Record,
    registry::{RecordType, Saved},
    search,
};
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result, Stamp, Value, Values};

/// Adds `($a,$b,…)` for the row `i` of a many-row insert.
pub fn group(sql: &mut String, i: usize, width: usize) {
    sql.push_str(if i > 0 { ",(" } else { "(" });
    for k in 1..=width {
        if k > 1 {
            sql.push(',');
        }
        sql.push('$');
        sql.push_str(&(i * width + k).to_string());
    }
    sql.push(')');
}

/// A value as the database takes it; nothing keeps its type, which PostgreSQL wants.
pub fn bind(storage: Storage, value: &Value) -> Bind {
    match storage {
        Storage::Int => Bind::from(value.int()),
        Storage::Text => Bind::from(value.text().map(str::to_owned)),
        Storage::Bool => Bind::from(value.truth()),
    }
}

pub(crate) fn own(ty: &RecordType) -> impl Iterator<Item = &Field> {
    ty.fields.iter().filter(|f| f.source == Source::Own)
}

fn party_of(ty: &RecordType, id: i64, values: &Values) -> Option<i64> {
    match ty.party {
        Some("id") => Some(id),
        Some(field) => values.get(field).and_then(Value::int),
        None => None,
    }
}

/// Creates one record.
pub async fn create(ctx: &Ctx, tx: &Tx, ty: &RecordType, values: Values) -> Result<i64> {
    ctx.require(&ty.permission("create"))?;
    let ids = insert_many(ctx, tx, ty, vec![values], None).await?;
    ids.first().copied().ok_or_else(Error::missing)
}

/// Creates many records at once. `born` gives the instants at which they came to be in the world (imports keep original
/// dates). The caller has the permission checked.
pub async fn insert_many(
    ctx: &Ctx,
    tx: &Tx,
    ty: &RecordType,
    mut rows: Vec<Values>,
    born: Option<&[Option<Stamp>]>,
) -> Result<Vec<i64>> {
    for (i, row) in rows.iter_mut().enumerate() {
        for field in own(ty) {
            if let Some(default) = field.default
                && row.get(field.name).is_none_or(|v| *v == Value::Null)
                && let Ok(value) = field.parse(default, ctx.house.currency)
            {
                row.insert(field.name.to_owned(), value);
            }
        }
        ty.hooks.check(tx, ctx, None, row).await.map_err(|e| e.at_row(i))?;
        required(ty, row).map_err(|e| e.at_row(i))?;
    }
    references(ctx, tx, ty, &rows, None).await?;
    if rows.len() == 1 {
        for row in &rows {
            unique(tx, ty, row, None).await?;
        }
    }
    if let Some((series, prefix)) = ty.number {
        let without = rows
            .iter()
            .filter(|r| r.get("number").is_none_or(Value::is_empty))
            .count();
        let mut numbers = numbering::take(tx, series, prefix, without).await?.into_iter();
        for row in rows.iter_mut().filter(|r| r.get("number").is_none_or(Value::is_empty)) {
            row.insert("number".to_owned(), numbers.next().into());
        }
    }
    let ids = insert_rows(tx, ty, &rows, born).await?;
    let events = ids
        .iter()
        .zip(&rows)
        .enumerate()
        .map(|(i, (id, row))| Event {
            kind: format!("{}.created.v1", ty.name),
            record_type: ty.name,
            record: *id,
            party: party_of(ty, *id, row),
            changes: created(ty, row),
            note: None,
            at: born.and_then(|b| b.get(i).copied().flatten()),
        })
        .collect();
    tx.emit_many(ctx.registry().listeners(), events).await?;
    if search::is_indexed(ty) {
        let documents: Vec<(i64, String)> = ids
            .iter()
            .zip(&rows)
            .map(|(id, row)| (*id, search::document(ty, row)))
            .collect();
        search::put_many(tx, ty, &documents).await?;
    }
    let saved: Vec<Saved> = ids
        .iter()
        .zip(rows)
        .map(|(id, new)| Saved {
            id: *id,
            old: None,
            new,
        })
        .collect();
    ty.hooks.saved(tx, ctx, &saved).await?;
    Ok(ids)
}

/// The log of a new record keeps its name and number only; the record itself keeps the rest.
fn created(ty: &RecordType, row: &Values) -> BTreeMap<String, Change> {
    [Some(ty.title), ty.number.map(|_| "number")]
        .into_iter()
        .flatten()
        .filter_map(|name| {
            Some((
                name.to_owned(),
                Change {
                    from: Value::Null,
                    to: row.get(name)?.clone(),
                },
            ))
        })
        .collect()
}

async fn insert_rows(tx: &Tx, ty: &RecordType, rows: &[Values], born: Option<&[Option<Stamp>]>) -> Result<Vec<i64>> {
    let fields: Vec<&Field> = own(ty).collect();
    let width = fields.len() + 3;
    let names: Vec<&str> = fields.iter().map(|f| f.name).collect();
    let mut ids = Vec::with_capacity(rows.len());
    let each = (20_000 / width).clamp(1, 500);
    for (c, chunk) in rows.chunks(each).enumerate() {
        let mut sql = format!(
            "INSERT INTO {} (version, created_at, updated_at{}{}) VALUES ",
            ty.table,
            if names.is_empty() { "" } else { ", " },
            names.join(", ")
        );
        let mut binds: Vec<Bind> = Vec::with_capacity(chunk.len() * width);
        for (i, row) in chunk.iter().enumerate() {
            group(&mut sql, i, width);
            let at = born
                .and_then(|b| b.get(c * each + i).copied().flatten())
                .unwrap_or(tx.at);
            binds.extend(binds![1_i64, at.0, tx.at.0]);
            binds.extend(
                fields
                    .iter()
                    .map(|f| bind(f.storage(), row.get(f.name).unwrap_or(&Value::Null))),
            );
        }
        sql.push_str(" RETURNING id");
        let mut new: Vec<i64> = tx
            .all(&sql, binds)
            .await?
            .iter()
            .map(|r| r.int(0))
            .collect::<Result<_>>()?;
        // Both databases give ids in the order of the rows, though neither promises to return them so.
        new.sort_unstable();
        ids.extend(new);
    }
    Ok(ids)
}

/// Changes a record that stands at `version`. Fields that stay as they are cost nothing; without any change nothing is
/// written. The new version.
pub async fn update(ctx: &Ctx, tx: &Tx, ty: &RecordType, id: i64, version: i64, changes: Values) -> Result<i64> {
    ctx.require(&ty.permission("edit"))?;
    let old = read::find(ctx, tx, ty, id).await?.ok_or_else(Error::missing)?;
    update_from(ctx, tx, ty, old, version, changes).await
}

/// As [`update`], for a record that was just read in this transaction; the caller has the permission checked.
pub async fn update_from(
    ctx: &Ctx,
    tx: &Tx,
    ty: &RecordType,
    old: Record,
    version: i64,
    changes: Values,
) -> Result<i64> {
    if old.version != version {
        return Err(Error::stale());
    }
    if old.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let mut new = old.values.clone();
    for (name, value) in changes {
        let field = ty.need(&name)?;
        if field.source == Source::Own {
            new.insert(name, value);
        }
    }
    ty.hooks.check(tx, ctx, Some(&old), &mut new).await?;
    required(ty, &new)?;
    let changed: Vec<&Field> = own(ty).filter(|f| new.get(f.name) != old.values.get(f.name)).collect();
    if changed.is_empty() {
        return Ok(version);
    }
    references(ctx, tx, ty, std::slice::from_ref(&new), Some(&old)).await?;
    if changed.iter().any(|f| alone(f)) {
        unique(tx, ty, &new, Some(old.id)).await?;
    }
    let mut sql = format!("UPDATE {} SET version = version + 1, updated_at = $1", ty.table);
    let mut binds = binds![tx.at.0];
    let mut log = BTreeMap::new();
    let mut only = Values::new();
    for field in &changed {
        let to = new.get(field.name).cloned().unwrap_or_default();
        binds.push(bind(field.storage(), &to));
        sql.push_str(&format!(", {} = ${}", field.name, binds.len()));
        log.insert(
            field.name.to_owned(),
            Change {
                from: old.get(field.name).clone(),
                to: to.clone(),
            },
        );
        only.insert(field.name.to_owned(), to);
    }
    binds.extend(binds![old.id, version]);
    sql.push_str(&format!(
        " WHERE id = ${} AND version = ${}",
        binds.len() - 1,
        binds.len()
    ));
    if tx.exec(&sql, binds).await? != 1 {
        return Err(Error::stale());
    }
    let event = Event {
        kind: format!("{}.changed.v1", ty.name),
        record_type: ty.name,
        record: old.id,
        party: party_of(ty, old.id, &new),
        changes: log,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    if changed.iter().any(|f| f.search != crate::field::Search::No) {
        search::put(tx, ty, old.id, &new).await?;
    }
    ty.hooks
        .saved(
            tx,
            ctx,
            &[Saved {
                id: old.id,
                old: Some(old),
                new: only,
            }],
        )
        .await?;
    Ok(version + 1)
}

/// Puts a record away, or takes it out again.
pub async fn archive(ctx: &Ctx, tx: &Tx, ty: &RecordType, id: i64, version: i64, away: bool) -> Result<i64> {
    ctx.require(&ty.permission("archive"))?;
    let record = read::need(ctx, tx, ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    if record.archived_at.is_some() == away {
        return Ok(version);
    }
    if away {
        ty.hooks.archiving(tx, ctx, &record).await?;
        for veto in &ty.vetoes {
            veto.archiving(tx, ctx, &record).await?;
        }
    } else {
        unique(tx, ty, &record.values, Some(id)).await?;
    }
    let sql = format!(
        "UPDATE {} SET version = version + 1, updated_at = $1, archived_at = $2 WHERE id = $3 AND version = $4",
        ty.table
    );
    if tx
        .exec(&sql, binds![tx.at.0, away.then_some(tx.at.0), id, version])
        .await?
        != 1
    {
        return Err(Error::stale());
    }
    let event = Event {
        kind: format!("{}.{}.v1", ty.name, if away { "archived" } else { "restored" }),
        record_type: ty.name,
        record: id,
        party: party_of(ty, id, &record.values),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    if search::is_indexed(ty) {
        if away {
            search::remove(tx, ty, id).await?
        } else {
            search::put(tx, ty, id, &record.values).await?
        }
    }
    ty.hooks.archived(tx, ctx, &record, away).await?;
    Ok(version + 1)
}

/// Reads what a form, a file or the API says into values, all complaints at once. Unknown and read-only names are refused.
/// Money is read in the currency given among the input, else in that of `old`, else in the house's.
pub fn read_input(ctx: &Ctx, ty: &RecordType, old: Option<&Record>, input: &[(String, String)]) -> Result<Values> {
    let mut values = Values::new();
    let mut wrong = vec![];
    for (name, text) in input {
        if let Some(field) = ty.field(name).filter(|f| f.source == Source::Own && !ctx.sees(f)) {
            return Err(crate::sight::hidden(field));
        }
        let Some(field) = ty.field(name).filter(|f| f.editable && f.source == Source::Own) else {
            return Err(Error::invalid("error-no-such-field").with("field", name.as_str()));
        };
        let currency = currency_for(ctx, field, |n| {
            input
                .iter()
                .find(|(k, _)| k == n)
                .map(|(_, v)| v.clone())
                .or_else(|| old.map(|o| o.text(n).to_owned()))
        });
        match field.parse(text, currency) {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if wrong.is_empty() {
        Ok(values)
    } else {
        Err(Error::fields(wrong))
    }
}

/// The currency in which a money field is read or shown.
pub fn currency_for(ctx: &Ctx, field: &Field, get: impl Fn(&str) -> Option<String>) -> zhike_kernel::Currency {
    match field.kind {
        FieldKind::Money { currency: Some(name) } => get(name)
            .and_then(|c| zhike_kernel::Currency::parse(&c))
            .unwrap_or(ctx.house.currency),
        _ => ctx.house.currency,
    }
}
