//! Saves a batch of drafts: new ones together, those that are there one by one; a row that is refused costs only itself.

use super::{find::Finder, of_row};
use crate::{
    mapping::Mode,
    plan::{Cell, Draft, RowError},
};
use std::collections::{HashMap, HashSet};
use zhike_kernel::{Error, Result, Stamp, Value, Values};
use zhike_store::{Bind, Ctx, Query, RecordType, Source as Place, Tx, field::Storage, read, write};

/// What became of a draft. Ids of a dry run that no longer exist are not positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Made.
    New(i64),
    /// Changed.
    Changed(i64),
    /// Was there and says the same.
    Same(i64),
    /// Refused.
    Failed,
}

/// How drafts are saved.
pub struct Way<'a> {
    /// Their type.
    pub ty: &'a RecordType,
    /// Where the fields came from, for error lists.
    pub cells: &'a [Cell],
    /// Fields that recognise a record.
    pub key: &'a [&'static str],
    /// Create, update or both.
    pub mode: Mode,
    /// Unknown keys are nobody's fault (they failed before).
    pub quiet: bool,
}

type Key = Vec<Value>;

/// Saves; one outcome per draft, in order.
pub async fn save(
    ctx: &Ctx,
    tx: &Tx,
    finder: &mut Finder,
    way: &Way<'_>,
    drafts: Vec<Draft>,
    errors: &mut Vec<RowError>,
) -> Result<Vec<Outcome>> {
    save_but(ctx, tx, finder, way, drafts, errors, &HashSet::new()).await
}

/// As [`save`], but records of these ids are left as they are.
pub async fn save_but(
    ctx: &Ctx,
    tx: &Tx,
    finder: &mut Finder,
    way: &Way<'_>,
    mut drafts: Vec<Draft>,
    errors: &mut Vec<RowError>,
    leave: &HashSet<i64>,
) -> Result<Vec<Outcome>> {
    let mut out = vec![Outcome::Failed; drafts.len()];
    let there = match way.key.is_empty() {
        true => HashMap::new(),
        false => existing(tx, way, &drafts).await?,
    };
    // Which draft a key was first seen in: later ones are merged into it.
    let mut first: HashMap<Key, usize> = HashMap::new();
    let mut same_as: HashMap<usize, usize> = HashMap::new();
    let (mut news, mut olds): (Vec<usize>, Vec<(usize, i64)>) = (vec![], vec![]);
    for i in 0..drafts.len() {
        let Some(draft) = drafts.get(i) else { continue };
        let fail = |code| row_error(way, draft, way.key.last().copied().unwrap_or(""), code);
        let Some(key) = key_of(way, draft) else {
            if way.key.is_empty() {
                news.push(i);
            } else {
                errors.push(fail("error-import-no-key"));
            }
            continue;
        };
        if let Some(earlier) = first.get(&key).copied() {
            if way.mode == Mode::Create {
                errors.push(fail("error-import-duplicate"));
            } else {
                let values = draft.values.clone();
                same_as.insert(i, earlier);
                if let Some(to) = drafts.get_mut(earlier) {
                    to.values.extend(values);
                }
            }
            continue;
        }
        let phantom = matches!(way.key, [one] if draft.values.get(*one).and_then(Value::text).is_some_and(|t| finder.is_phantom(way.ty.name, one, t)));
        match (there.get(&key).map(Vec::as_slice), way.mode) {
            (Some([_, _, ..]), _) => errors.push(fail("error-import-ambiguous")),
            (Some([id]), Mode::Update | Mode::Upsert) => olds.push((i, *id)),
            (Some(_), Mode::Create) => errors.push(fail("error-import-duplicate")),
            _ if phantom && way.mode == Mode::Create => errors.push(fail("error-import-duplicate")),
            _ if phantom => {
                if let Some(o) = out.get_mut(i) {
                    *o = Outcome::Same(-1);
                }
            }
            (_, Mode::Update) if way.quiet => {}
            (_, Mode::Update) => errors.push(fail("error-import-not-there")),
            _ => news.push(i),
        }
        first.insert(key, i);
    }
    insert(ctx, tx, finder, way, &drafts, &news, &mut out, errors).await?;
    update(ctx, tx, way, &drafts, &olds, leave, &mut out, errors).await?;
    for (later, earlier) in same_as {
        let became = match out.get(earlier) {
            Some(Outcome::New(id) | Outcome::Changed(id)) => Outcome::Changed(*id),
            Some(Outcome::Same(id)) => Outcome::Same(*id),
            _ => Outcome::Failed,
        };
        if became == Outcome::Failed
            && let Some(d) = drafts.get(later)
        {
            errors.push(row_error(
                way,
                d,
                way.key.last().copied().unwrap_or(""),
                "error-import-twice",
            ));
        }
        if let Some(o) = out.get_mut(later) {
            *o = became;
        }
    }
    Ok(out)
}

fn key_of(way: &Way<'_>, draft: &Draft) -> Option<Key> {
    if way.key.is_empty() {
        return None;
    }
    way.key
        .iter()
        .map(|k| draft.values.get(*k).filter(|v| !v.is_empty()).cloned())
        .collect()
}

/// Records that are there, by key. Their first key field narrows the query, the others are compared here.
async fn existing(tx: &Tx, way: &Way<'_>, drafts: &[Draft]) -> Result<HashMap<Key, Vec<i64>>> {
    let mut out: HashMap<Key, Vec<i64>> = HashMap::new();
    let Some((head, rest)) = way.key.split_first() else {
        return Ok(out);
    };
    let mut wanted: Vec<&Value> = drafts
        .iter()
        .filter_map(|d| d.values.get(*head))
        .filter(|v| !v.is_empty())
        .collect();
    wanted.sort();
    wanted.dedup();
    let storages: Vec<Storage> = way
        .key
        .iter()
        .map(|k| Ok(way.ty.need(k)?.storage()))
        .collect::<Result<_>>()?;
    let columns: String = rest.iter().map(|k| format!(", t.{k}")).collect();
    for chunk in wanted.chunks(500) {
        let marks: Vec<String> = (1..=chunk.len()).map(|i| format!("${i}")).collect();
        let sql = format!(
            "SELECT t.id, t.{head}{columns} FROM {} t WHERE t.{head} IN ({}) AND t.archived_at IS NULL ORDER BY t.id",
            way.ty.table,
            marks.join(",")
        );
        let storage = storages.first().copied().unwrap_or(Storage::Text);
        let binds: Vec<Bind> = chunk.iter().map(|v| write::bind(storage, v)).collect();
        for row in tx.all(&sql, binds).await? {
            let key: Key = storages
                .iter()
                .enumerate()
                .map(|(i, s)| row.value(i + 1, *s))
                .collect::<Result<_>>()?;
            out.entry(key).or_default().push(row.int(0)?);
        }
    }
    Ok(out)
}

/// New records together; when the database or a rule refuses, halves, until the row is found.
#[allow(clippy::too_many_arguments, reason = "one batch's working state")]
async fn insert(
    ctx: &Ctx,
    tx: &Tx,
    finder: &mut Finder,
    way: &Way<'_>,
    drafts: &[Draft],
    news: &[usize],
    out: &mut [Outcome],
    errors: &mut Vec<RowError>,
) -> Result<()> {
    let (mut real, mut made_up): (Vec<usize>, Vec<usize>) = (vec![], vec![]);
    for i in news {
        if drafts.get(*i).is_some_and(|d| d.phantom) {
            made_up.push(*i);
        } else {
            real.push(*i);
        }
    }
    for i in made_up {
        let Some(draft) = drafts.get(i) else { continue };
        let missing = way
            .ty
            .fields
            .iter()
            .filter(|f| f.source == Place::Own && f.required && f.name != "number" && f.default.is_none());
        let missing: Vec<&str> = missing
            .filter(|f| draft.values.get(f.name).is_none_or(Value::is_empty))
            .map(|f| f.name)
            .collect();
        if missing.is_empty() {
            finder.would_be(way.ty, &draft.values);
            set(out, i, Outcome::New(-1));
        }
        errors.extend(missing.into_iter().map(|f| row_error(way, draft, f, "error-required")));
    }
    let mut open: Vec<&[usize]> = if real.is_empty() { vec![] } else { vec![&real] };
    while let Some(part) = open.pop() {
        let rows: Vec<Values> = part
            .iter()
            .filter_map(|i| drafts.get(*i))
            .map(|d| d.values.clone())
            .collect();
        let born: Vec<Option<Stamp>> = part.iter().filter_map(|i| drafts.get(*i)).map(|d| d.born).collect();
        tx.ddl("SAVEPOINT zhike_rows").await?;
        match write::insert_many(ctx, tx, way.ty, rows, Some(&born)).await {
            Ok(ids) => {
                tx.ddl("RELEASE SAVEPOINT zhike_rows").await?;
                for (i, id) in part.iter().zip(ids) {
                    set(out, *i, Outcome::New(id));
                    if let Some(d) = drafts.get(*i) {
                        finder.would_be(way.ty, &d.values);
                    }
                }
            }
            Err(e) if of_row(&e) => {
                tx.ddl("ROLLBACK TO SAVEPOINT zhike_rows").await?;
                match part {
                    [one] => refuse(way, drafts, *one, &e, errors),
                    many => {
                        let (a, b) = many.split_at(many.len() / 2);
                        open.push(b);
                        open.push(a);
                    }
                }
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "one batch's working state")]
async fn update(
    ctx: &Ctx,
    tx: &Tx,
    way: &Way<'_>,
    drafts: &[Draft],
    olds: &[(usize, i64)],
    leave: &HashSet<i64>,
    out: &mut [Outcome],
    errors: &mut Vec<RowError>,
) -> Result<()> {
    let mut ids: Vec<i64> = olds.iter().map(|o| o.1).filter(|id| !leave.contains(id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut records: HashMap<i64, zhike_store::Record> = HashMap::new();
    for chunk in ids.chunks(500) {
        records.extend(
            read::find_many(ctx, tx, way.ty, chunk)
                .await?
                .into_iter()
                .map(|r| (r.id, r)),
        );
    }
    for (i, id) in olds {
        let Some(draft) = drafts.get(*i) else { continue };
        if leave.contains(id) || draft.phantom {
            set(out, *i, Outcome::Same(*id));
            continue;
        }
        let Some(record) = records.remove(id) else {
            refuse(way, drafts, *i, &Error::missing(), errors);
            continue;
        };
        let mut values = draft.values.clone();
        values.retain(|name, _| !way.cells.iter().any(|c| c.only_new && c.field.name == name));
        if values.iter().all(|(k, v)| record.get(k) == v) {
            set(out, *i, Outcome::Same(*id));
            continue;
        }
        let version = record.version;
        tx.ddl("SAVEPOINT zhike_rows").await?;
        match write::update_from(ctx, tx, way.ty, record, version, values).await {
            Ok(now) => {
                tx.ddl("RELEASE SAVEPOINT zhike_rows").await?;
                set(
                    out,
                    *i,
                    if now == version {
                        Outcome::Same(*id)
                    } else {
                        Outcome::Changed(*id)
                    },
                );
            }
            Err(e) if of_row(&e) => {
                tx.ddl("ROLLBACK TO SAVEPOINT zhike_rows").await?;
                refuse(way, drafts, *i, &e, errors);
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn set(out: &mut [Outcome], i: usize, outcome: Outcome) {
    if let Some(o) = out.get_mut(i) {
        *o = outcome;
    }
}

fn refuse(way: &Way<'_>, drafts: &[Draft], i: usize, e: &Error, errors: &mut Vec<RowError>) {
    let Some(draft) = drafts.get(i) else { return };
    if e.fields.is_empty() {
        let mut error = row_error(way, draft, "", e.code);
        error.args = e.args.clone();
        errors.push(error);
    }
    for field in &e.fields {
        let mut error = row_error(way, draft, &field.field, field.code);
        error.args = field.args.clone();
        errors.push(error);
    }
}

fn row_error(way: &Way<'_>, draft: &Draft, field: &str, code: &'static str) -> RowError {
    let cell = way.cells.iter().position(|c| c.field.name == field);
    let text = cell
        .and_then(|i| draft.refs.iter().find(|r| r.0 == i))
        .map(|r| r.1.clone());
    let value = text.unwrap_or_else(|| match draft.values.get(field) {
        Some(Value::Text(t)) => t.clone(),
        Some(Value::Int(n)) => way.ty.field(field).map_or_else(
            || n.to_string(),
            |f| f.write(&Value::Int(*n), zhike_kernel::Currency::CNY),
        ),
        Some(Value::Bool(b)) => b.to_string(),
        _ => String::new(),
    });
    RowError {
        row: draft.row,
        field: field.to_owned(),
        column: cell
            .and_then(|i| way.cells.get(i))
            .map(|c| c.title.clone())
            .unwrap_or_default(),
        code,
        value: value.chars().take(200).collect(),
        args: vec![],
    }
}
