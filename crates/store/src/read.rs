//! Reading one record, or the names of many.

use crate::{
    Bind, Ctx, Query,
    field::Storage,
    filter_sql::{Sql, column},
    registry::{RecordType, Registry},
};
use std::collections::HashMap;
use zhike_kernel::{Error, Result, Stamp, Value, Values};

/// A record as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Id.
    pub id: i64,
    /// Its version; every write sends it back.
    pub version: i64,
    /// Made.
    pub created_at: Stamp,
    /// Changed last.
    pub updated_at: Stamp,
    /// Put away.
    pub archived_at: Option<Stamp>,
    /// Its fields.
    pub values: Values,
}

impl Record {
    /// A field's value.
    pub fn get(&self, field: &str) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }
    /// A field's integer.
    pub fn int(&self, field: &str) -> Option<i64> {
        self.get(field).int()
    }
    /// A field's text, empty when there is none.
    pub fn text(&self, field: &str) -> &str {
        self.get(field).text().unwrap_or("")
    }
    /// A field's day.
    pub fn date(&self, field: &str) -> Option<zhike_kernel::Date> {
        self.text(field).parse().ok()
    }
}

/// Joins of the extensions that are needed.
pub(crate) fn joins(ty: &RecordType, needed: &[usize]) -> String {
    needed
        .iter()
        .filter_map(|i| {
            ty.extensions
                .get(*i)
                .map(|(table, key)| format!(" LEFT JOIN {table} e{i} ON e{i}.{key} = t.id"))
        })
        .collect()
}

/// One record with all its fields, if the actor may see it; archived ones too.
pub async fn find(ctx: &Ctx, q: &dyn Query, ty: &RecordType, id: i64) -> Result<Option<Record>> {
    ctx.require(&ty.permission("view"))?;
    let mut found = find_many(ctx, q, ty, &[id]).await?;
    Ok(found.pop())
}

/// One record, or the refusal that it is not there.
pub async fn need(ctx: &Ctx, q: &dyn Query, ty: &RecordType, id: i64) -> Result<Record> {
    find(ctx, q, ty, id).await?.ok_or_else(Error::missing)
}

/// Several records that the actor may see, in order of their ids.
pub async fn find_many(ctx: &Ctx, q: &dyn Query, ty: &RecordType, ids: &[i64]) -> Result<Vec<Record>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let all: Vec<usize> = (0..ty.extensions.len()).collect();
    let columns: Vec<String> = ty.fields.iter().map(column).collect();
    let mut sql = Sql::new(q.dialect());
    sql.text = format!(
        "SELECT t.id, t.version, t.created_at, t.updated_at, t.archived_at{}{} FROM {} t{} WHERE ",
        if columns.is_empty() { "" } else { ", " },
        columns.join(", "),
        ty.table,
        joins(ty, &all),
    );
    sql.among("t.id", ids);
    sql.text.push_str(" AND ");
    sql.scope(ctx.registry(), ty, "t", &ctx.actor)?;
    sql.text.push_str(" ORDER BY t.id");
    q.all(&sql.text, sql.binds)
        .await?
        .iter()
        .map(|row| {
            let mut values = Values::new();
            for (i, field) in ty.fields.iter().enumerate() {
                values.insert(field.name.to_owned(), row.value(i + 5, field.storage())?);
            }
            Ok(Record {
                id: row.int(0)?,
                version: row.int(1)?,
                created_at: Stamp(row.int(2)?),
                updated_at: Stamp(row.int(3)?),
                archived_at: row.opt_int(4)?.map(Stamp),
                values,
            })
        })
        .collect()
}

/// Names of records, whoever asks: a reference shows the name of what it points to; in Latin letters, where there are
/// any, for a reader who prefers them.
pub async fn titles(
    q: &dyn Query,
    registry: &Registry,
    ty: &str,
    ids: &[i64],
    latin: bool,
) -> Result<HashMap<i64, String>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut out = HashMap::new();
    if ids.is_empty() {
        return Ok(out);
    }
    let ty = registry.get(ty)?;
    // Rows without a name of their own (an allocation is called by its amount) have none to tell.
    if ty.field(ty.title).is_some_and(|f| f.storage() != Storage::Text) {
        return Ok(out);
    }
    let title = match ty.latin().filter(|_| latin) {
        Some(other) => format!("COALESCE(NULLIF(t.{other}, ''), t.{})", ty.title),
        None => format!("t.{}", ty.title),
    };
    for chunk in ids.chunks(500) {
        let mut sql = Sql::new(q.dialect());
        sql.text = format!("SELECT t.id, {title} FROM {} t WHERE ", ty.table);
        sql.among("t.id", chunk);
        for row in q.all(&sql.text, sql.binds).await? {
            out.insert(row.int(0)?, row.opt_text(1)?.unwrap_or_default());
        }
    }
    Ok(out)
}

/// Ids by the value of a text field, for resolving references and keys of an import; archived records are left out.
pub async fn ids_by(
    q: &dyn Query,
    ty: &RecordType,
    field: &str,
    values: &[String],
) -> Result<HashMap<String, Vec<i64>>> {
    let field = ty.need(field)?;
    let mut out: HashMap<String, Vec<i64>> = HashMap::new();
    for chunk in values.chunks(500) {
        let marks: Vec<String> = (1..=chunk.len()).map(|i| format!("${i}")).collect();
        let sql = format!(
            "SELECT t.{f}, t.id FROM {} t WHERE t.{f} IN ({}) AND t.archived_at IS NULL ORDER BY t.id",
            ty.table,
            marks.join(","),
            f = field.name
        );
        let binds: Vec<Bind> = chunk.iter().map(|v| Bind::from(v.as_str())).collect();
        for row in q.all(&sql, binds).await? {
            out.entry(row.text(0)?).or_default().push(row.int(1)?);
        }
    }
    Ok(out)
}
