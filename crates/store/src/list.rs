//! Lists: filtered, sorted, paged by key, only the columns that are shown.
//!
//! Records without a value in the sorted field come last in both directions, ordered by id: they are a second part of
//! the list, so that each part walks an index on both databases.

use crate::{
    Bind, Ctx, Query,
    field::{Field, Storage},
    filter_sql::{Sql, fixed},
    read::joins,
    registry::RecordType,
};
use zhike_kernel::{Error, Filter, Result, Value, Values};

/// What is asked.
#[derive(Clone, Debug)]
pub struct List {
    /// Conditions.
    pub filter: Filter,
    /// Field to sort by (a declared one, `id`, `created_at` or `updated_at`).
    pub sort: String,
    /// Greatest first.
    pub descending: bool,
    /// Fields to read.
    pub columns: Vec<String>,
    /// Rows a page.
    pub limit: usize,
    /// Where to go on; from [`Page::next`] or [`Page::previous`].
    pub cursor: Option<String>,
    /// Archived records instead of the present ones.
    pub archived: bool,
    /// Only these ids.
    pub ids: Option<Vec<i64>>,
}

impl List {
    /// The fresh list of a type.
    pub fn of(ty: &RecordType) -> List {
        List {
            filter: Filter::default(),
            sort: ty.order.0.to_owned(),
            descending: ty.order.1,
            columns: ty
                .fields
                .iter()
                .filter(|f| f.default_column)
                .map(|f| f.name.to_owned())
                .collect(),
            limit: 50,
            cursor: None,
            archived: false,
            ids: None,
        }
    }
}

/// A row of a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Id.
    pub id: i64,
    /// Version.
    pub version: i64,
    /// The fields asked for.
    pub values: Values,
}

/// One page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Rows.
    pub lines: Vec<Line>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Cursor of the page before.
    pub previous: Option<String>,
}

/// A place in a list: the sorted value, the id, and which way to read from there.
#[derive(Clone, Debug, PartialEq)]
struct Cursor {
    key: Value,
    id: i64,
    back: bool,
}

impl Cursor {
    fn write(&self) -> String {
        let json = serde_json::json!([self.key.json(), self.id, self.back]).to_string();
        json.bytes().map(|b| format!("{b:02x}")).collect()
    }
    fn read(text: &str) -> Option<Cursor> {
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                std::str::from_utf8(pair)
                    .ok()
                    .and_then(|p| u8::from_str_radix(p, 16).ok())
            })
            .collect();
        let json: serde_json::Value = serde_json::from_slice(&bytes?).ok()?;
        Some(Cursor {
            key: Value::from_json(json.get(0)?)?,
            id: json.get(1)?.as_i64()?,
            back: json.get(2)?.as_bool()?,
        })
    }
}

/// One page of a list.
pub async fn page(ctx: &Ctx, q: &dyn Query, ty: &RecordType, list: &List) -> Result<Page> {
    ctx.require(&ty.permission("view"))?;
    let sort = fixed(&list.sort).map_or_else(|| ty.need(&list.sort).cloned(), Ok)?;
    ctx.may_ask(&sort)?;
    if !sort.sortable {
        return Err(Error::invalid("error-no-such-sort").with("field", list.sort.as_str()));
    }
    let cursor = match &list.cursor {
        None => None,
        Some(text) => Some(Cursor::read(text).ok_or_else(|| Error::invalid("error-cursor"))?),
    };
    let back = cursor.as_ref().is_some_and(|c| c.back);
    let want = list.limit.clamp(1, 1_000) + 1;
    let mut keyed: Vec<(Value, Line)> = vec![];
    // Read forwards the part with values comes first, read backwards the part without.
    let never_empty = fixed(&list.sort).is_some();
    for without in if back { [true, false] } else { [false, true] } {
        if keyed.len() >= want || (without && never_empty) {
            continue;
        }
        let start = match &cursor {
            None => None,
            Some(c) if (c.key == Value::Null) == without => Some(c),
            // The cursor lies in the other part: this one is either wholly behind or wholly ahead.
            Some(_) if without == back => continue,
            Some(_) => None,
        };
        let part = Part {
            sort: &sort,
            without,
            start,
            back,
            limit: want - keyed.len(),
        };
        keyed.extend(read_part(ctx, q, ty, list, &part).await?);
    }
    let more = keyed.len() == want;
    keyed.truncate(want - 1);
    if back {
        keyed.reverse();
    }
    let at = |row: Option<&(Value, Line)>, back| {
        row.map(|(key, line)| {
            Cursor {
                key: key.clone(),
                id: line.id,
                back,
            }
            .write()
        })
    };
    Ok(Page {
        next: if more || back { at(keyed.last(), false) } else { None },
        previous: if (back && more) || (!back && cursor.is_some()) {
            at(keyed.first(), true)
        } else {
            None
        },
        lines: keyed.into_iter().map(|(_, line)| line).collect(),
    })
}

struct Part<'a> {
    sort: &'a Field,
    without: bool,
    start: Option<&'a Cursor>,
    back: bool,
    limit: usize,
}

async fn read_part(
    ctx: &Ctx,
    q: &dyn Query,
    ty: &RecordType,
    list: &List,
    part: &Part<'_>,
) -> Result<Vec<(Value, Line)>> {
    let mut sql = Sql::new(q.dialect());
    let fields: Vec<Field> = list
        .columns
        .iter()
        .map(|c| fixed(c).map_or_else(|| ty.need(c).cloned(), Ok))
        .collect::<Result<_>>()?;
    let columns: Vec<String> = fields.iter().map(|f| sql.column(f)).collect();
    let raw = sql.column(part.sort);
    let key = if part.sort.storage() == Storage::Text {
        q.dialect().text_order(&raw)
    } else {
        raw.clone()
    };
    conditions(ctx, ty, list, &mut sql)?;
    // An extension that leads is walked by its own index, which ends in its own key.
    let own_id = match part.sort.source {
        crate::field::Source::Extension(i) if !part.without => ty
            .extensions
            .get(i)
            .map_or("t.id".to_owned(), |(_, key)| format!("e{i}.{key}")),
        _ => "t.id".to_owned(),
    };
    let fixed_key = fixed(part.sort.name).is_some() || part.sort.required;
    if part.without {
        sql.text.push_str(&format!(" AND {raw} IS NULL"));
    } else if !fixed_key {
        sql.text.push_str(&format!(" AND {raw} IS NOT NULL"));
    }
    let down = if part.without {
        part.back
    } else {
        list.descending != part.back
    };
    if let Some(start) = part.start {
        let sign = if down { "<" } else { ">" };
        let id = sql.bind(start.id);
        if part.without || part.sort.name == "id" {
            sql.text.push_str(&format!(" AND t.id {sign} {id}"));
        } else {
            let bind = match part.sort.storage() {
                Storage::Int => Bind::from(start.key.int()),
                Storage::Text => Bind::from(start.key.text()),
                Storage::Bool => Bind::from(start.key.truth()),
            };
            let at = sql.bind(bind);
            sql.text
                .push_str(&format!(" AND ({key}, {own_id}) {sign} ({at}, {id})"));
        }
    }
    let direction = if down { "DESC" } else { "ASC" };
    let order = if part.without || part.sort.name == "id" {
        format!("t.id {direction}")
    } else {
        format!("{key} {direction}, {own_id} {direction}")
    };
    let limit = sql.bind(i64::try_from(part.limit).unwrap_or(i64::MAX));
    let text = format!(
        "SELECT t.id, t.version, {raw}{}{} FROM {} t{} WHERE {} ORDER BY {order} LIMIT {limit}",
        if columns.is_empty() { "" } else { ", " },
        columns.join(", "),
        ty.table,
        joins_for(ty, &sql, part),
        sql.text
    );
    q.all(&text, sql.binds)
        .await?
        .iter()
        .map(|row| {
            let key = if part.without {
                Value::Null
            } else {
                row.value(2, part.sort.storage())?
            };
            let mut values = Values::new();
            for (i, field) in fields.iter().enumerate() {
                values.insert(field.name.to_owned(), row.value(i + 3, field.storage())?);
            }
            Ok((
                key,
                Line {
                    id: row.int(0)?,
                    version: row.int(1)?,
                    values,
                },
            ))
        })
        .collect()
}

/// The extension that is sorted by leads (an inner join), so that its index carries the order.
fn joins_for(ty: &RecordType, sql: &Sql, part: &Part<'_>) -> String {
    let text = joins(ty, &sql.joins);
    match part.sort.source {
        crate::field::Source::Extension(i) if !part.without => {
            let Some((table, _)) = ty.extensions.get(i) else {
                return text;
            };
            text.replace(&format!(" LEFT JOIN {table} e{i} "), &format!(" JOIN {table} e{i} "))
        }
        _ => text,
    }
}

pub(crate) fn conditions(ctx: &Ctx, ty: &RecordType, list: &List, sql: &mut Sql) -> Result<()> {
    sql.text.push_str(if list.archived {
        "t.archived_at IS NOT NULL AND "
    } else {
        "t.archived_at IS NULL AND "
    });
    if let Some(ids) = &list.ids {
        sql.among("t.id", ids);
        sql.text.push_str(" AND ");
    }
    sql.scope(ctx.registry(), ty, "t", &ctx.actor)?;
    if !list.filter.is_everything() {
        may_ask(ctx, ty, &list.filter)?;
        sql.text.push_str(" AND ");
        sql.filter(ty, &list.filter)?;
    }
    Ok(())
}

/// Refuses a condition on what is hidden or masked: who matches would tell it.
fn may_ask(ctx: &Ctx, ty: &RecordType, filter: &Filter) -> Result<()> {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().try_for_each(|f| may_ask(ctx, ty, f)),
        Filter::None(part) => may_ask(ctx, ty, part),
        Filter::Exists { .. } => Ok(()),
        Filter::Field { field, .. } => ty.field(field).map_or(Ok(()), |f| ctx.may_ask(f)),
    }
}

/// How many records there are, counted up to `most` (then the answer is `most`).
pub async fn count(ctx: &Ctx, q: &dyn Query, ty: &RecordType, list: &List, most: i64) -> Result<i64> {
    ctx.require(&ty.permission("view"))?;
    let mut sql = Sql::new(q.dialect());
    conditions(ctx, ty, list, &mut sql)?;
    let most = sql.bind(most);
    let text = format!(
        "SELECT count(*) FROM (SELECT 1 FROM {} t{} WHERE {} LIMIT {most}) c",
        ty.table,
        joins(ty, &sql.joins),
        sql.text
    );
    q.number(&text, sql.binds).await
}

/// Sums of whole-number fields over a list, for the foot of a table; counted over at most `most` records, else `None`.
pub async fn sums(
    ctx: &Ctx,
    q: &dyn Query,
    ty: &RecordType,
    list: &List,
    fields: &[&str],
    most: i64,
) -> Result<Option<Vec<i64>>> {
    if fields.is_empty() || count(ctx, q, ty, list, most + 1).await? > most {
        return Ok(None);
    }
    let mut sql = Sql::new(q.dialect());
    let mut columns = vec![];
    for f in fields {
        let field = ty.need(f)?.clone();
        ctx.may_ask(&field)?;
        columns.push(format!("CAST(COALESCE(SUM({}), 0) AS BIGINT)", sql.column(&field)));
    }
    conditions(ctx, ty, list, &mut sql)?;
    let text = format!(
        "SELECT {} FROM {} t{} WHERE {}",
        columns.join(", "),
        ty.table,
        joins(ty, &sql.joins),
        sql.text
    );
    let row = q.one(&text, sql.binds).await?.ok_or_else(Error::missing)?;
    (0..fields.len())
        .map(|i| row.int(i))
        .collect::<Result<Vec<_>>>()
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_address_bar() {
        let c = Cursor {
            key: Value::Text("青禾 & Co".into()),
            id: 7,
            back: true,
        };
        assert_eq!(Cursor::read(&c.write()), Some(c));
        assert_eq!(Cursor::read("zz"), None);
        assert_eq!(Cursor::read("7"), None);
    }
}
