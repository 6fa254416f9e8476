//! What every record must satisfy before it is saved: what is required is there, what is unique is free, what is pointed
//! to exists and is in sight.

use crate::{
    Bind, Ctx, Query, Tx,
    field::{Field, FieldKind},
    filter_sql::Sql,
    read::Record,
    registry::RecordType,
    write::{bind, own},
};
use zhike_kernel::{Error, Result, Value, Values, error::FieldError};

impl Field {
    /// The complaint that it must be filled.
    pub fn missing(&self) -> FieldError {
        FieldError {
            field: self.name.to_owned(),
            code: "error-required",
            args: vec![],
        }
    }

    /// A whole error for this field alone.
    pub fn error(&self, code: &'static str) -> Error {
        Error::field(self.name, code)
    }
}

pub(crate) fn required(ty: &RecordType, row: &Values) -> Result<()> {
    let missing: Vec<FieldError> = own(ty)
        .filter(|f| f.required && f.name != "number" && row.get(f.name).is_none_or(Value::is_empty))
        .map(Field::missing)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(missing))
    }
}

/// What a person or a program points to must be there, present and in sight. Imports resolve references by themselves;
/// what stays as it was is not asked about.
pub(crate) async fn references(
    ctx: &Ctx,
    tx: &Tx,
    ty: &RecordType,
    rows: &[Values],
    old: Option<&Record>,
) -> Result<()> {
    if !ctx.door.by_hand() {
        return Ok(());
    }
    for field in own(ty).filter(|f| !f.beyond_sight) {
        let of = match field.kind {
            FieldKind::Ref(of) => of,
            FieldKind::User => "user",
            _ => continue,
        };
        let before = old.and_then(|o| o.int(field.name));
        let mut ids: Vec<i64> = rows
            .iter()
            .filter_map(|r| r.get(field.name)?.int())
            .filter(|id| Some(*id) != before)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        // A house without the area that keeps that type has nothing to compare with.
        let Ok(other) = ctx.registry().get(of) else {
            continue;
        };
        for chunk in ids.chunks(500) {
            let mut sql = Sql::new(tx.dialect());
            sql.text = format!(
                "SELECT count(*) FROM {} t WHERE t.archived_at IS NULL AND ",
                other.table
            );
            sql.among("t.id", chunk);
            sql.text.push_str(" AND ");
            sql.scope(ctx.registry(), other, "t", &ctx.actor)?;
            let found = tx.number(&sql.text, sql.binds).await?;
            if usize::try_from(found).ok() != Some(chunk.len()) {
                return Err(field.error("error-not-a-record"));
            }
        }
    }
    Ok(())
}

/// Whether no two records may have the same: what is declared so, and the number of a document that somebody typed.
pub(crate) fn alone(field: &Field) -> bool {
    field.unique || field.kind == FieldKind::Number
}

pub(crate) async fn unique(tx: &Tx, ty: &RecordType, row: &Values, id: Option<i64>) -> Result<()> {
    for field in own(ty).filter(|f| alone(f)) {
        let Some(value) = row.get(field.name).filter(|v| !v.is_empty()) else {
            continue;
        };
        let sql = format!(
            "SELECT id FROM {} WHERE {} = $1 AND archived_at IS NULL AND id <> $2 LIMIT 1",
            ty.table, field.name
        );
        if tx
            .one(&sql, vec![bind(field.storage(), value), Bind::from(id.unwrap_or(0))])
            .await?
            .is_some()
        {
            return Err(field.error("error-taken"));
        }
    }
    Ok(())
}
