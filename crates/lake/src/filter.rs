//! The filter language asked of facts. What it means is said by `zhike_kernel::filter`; a property test holds memory, both
//! databases and this equal.

use crate::bench::number_of;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::functions::expr_fn::{contains, starts_with, translate};
use datafusion::prelude::{DataFrame, Expr, SessionContext, cast, ident, lit};
use std::sync::Arc;
use zhike_kernel::{Error, Filter, Op, Result, Value, Values};
use zhike_store::field::Storage;
use zhike_store::{Field, FieldKind, filter_sql::fixed};

/// The letters whose case is ignored: those of ASCII, as both databases do.
const LARGE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";

/// A condition on a table whose columns are called as the declared fields. A day is kept as text or, as facts keep it, as
/// its number. What the databases refuse is refused here; relations are no part of facts.
pub fn expr(table: &Schema, fields: &[Field], filter: &Filter) -> Result<Expr> {
    let all = |parts: &[Filter]| {
        parts
            .iter()
            .map(|part| expr(table, fields, part))
            .collect::<Result<Vec<Expr>>>()
    };
    Ok(match filter {
        Filter::All(parts) => all(parts)?.into_iter().reduce(Expr::and).unwrap_or_else(|| lit(true)),
        Filter::Any(parts) => all(parts)?.into_iter().reduce(Expr::or).unwrap_or_else(|| lit(false)),
        Filter::None(part) => !expr(table, fields, part)?,
        Filter::Exists { relation, .. } => return Err(unknown(relation)),
        Filter::Field { field, op, values } => {
            let declared = match fixed(field) {
                Some(fixed) => fixed,
                None => fields
                    .iter()
                    .find(|f| f.name == field)
                    .cloned()
                    .ok_or_else(|| unknown(field))?,
            };
            let column = table.field_with_name(field).map_err(|_| unknown(field))?;
            if !declared.filterable {
                return Err(unknown(field));
            }
            Compared {
                numbered: declared.kind == FieldKind::Date && column.data_type().is_integer(),
                field: declared,
            }
            .with(*op, values)?
        }
    })
}

fn unknown(name: &str) -> Error {
    Error::invalid("error-no-such-field").with("field", name)
}

/// A column that is compared.
struct Compared {
    field: Field,
    /// A day that is kept as its number.
    numbered: bool,
}

impl Compared {
    fn with(&self, op: Op, values: &[Value]) -> Result<Expr> {
        let storage = self.field.storage();
        let wrong = || Error::field(self.field.name, "error-filter-value");
        let raw = || ident(self.field.name);
        let there = || raw().is_not_null();
        let first = || values.first().filter(|v| **v != Value::Null).ok_or_else(wrong);
        // Numbers of days are compared as numbers, which the files' statistics know; other words about days as text.
        let days = self.numbered && values.iter().all(|v| number_of(v).is_some());
        let column = || if self.numbered && !days { self.text() } else { raw() };
        let literal = |value: &Value| {
            let made = match storage {
                _ if days => number_of(value).map(lit),
                Storage::Int => value.int().map(lit),
                Storage::Text => value.text().map(lit),
                Storage::Bool => value.truth().map(lit),
            };
            made.ok_or_else(wrong)
        };
        let empty = || {
            if storage == Storage::Text && !self.numbered {
                raw().is_null().or(raw().eq(lit("")))
            } else {
                raw().is_null()
            }
        };
        Ok(match op {
            Op::Empty => empty(),
            Op::Filled => !empty(),
            Op::Is => there().and(column().eq(literal(first()?)?)),
            Op::Not => raw().is_null().or(column().not_eq(literal(first()?)?)),
            Op::In => {
                let list: Vec<Expr> = values.iter().take(500).map(literal).collect::<Result<_>>()?;
                if list.is_empty() {
                    lit(false)
                } else {
                    there().and(column().in_list(list, false))
                }
            }
            Op::Has | Op::Begins if storage == Storage::Text => {
                let needle = first()?.text().ok_or_else(wrong)?.to_ascii_lowercase();
                if needle.is_empty() {
                    return Ok(there());
                }
                let have = translate(self.text(), lit(LARGE), lit(SMALL));
                let find = if op == Op::Has { contains } else { starts_with };
                there().and(find(have, lit(needle)))
            }
            Op::Lt | Op::Le | Op::Gt | Op::Ge if storage != Storage::Bool => {
                let (have, want) = (column(), literal(first()?)?);
                there().and(match op {
                    Op::Lt => have.lt(want),
                    Op::Le => have.lt_eq(want),
                    Op::Gt => have.gt(want),
                    _ => have.gt_eq(want),
                })
            }
            Op::Has | Op::Begins | Op::Lt | Op::Le | Op::Gt | Op::Ge => return Err(wrong()),
        })
    }

    /// The column as text; a day as ISO text.
    fn text(&self) -> Expr {
        let column = ident(self.field.name);
        if self.numbered {
            cast(cast(column, DataType::Date32), DataType::Utf8)
        } else {
            column
        }
    }
}

/// Records laid out as facts are: columns called as their fields, days as numbers.
pub struct Records {
    frame: DataFrame,
    schema: Arc<Schema>,
    fields: Vec<Field>,
}

impl Records {
    /// Lays out the fields of some records.
    pub fn new(fields: &[Field], records: &[(i64, Values)]) -> Result<Records> {
        let mut all = vec![Field::new("id", FieldKind::Int)];
        all.extend(fields.iter().cloned());
        let rows: Vec<Vec<Value>> = records
            .iter()
            .map(|(id, values)| {
                let of = |field: &Field| values.get(field.name).cloned().unwrap_or_default();
                std::iter::once(Value::Int(*id)).chain(fields.iter().map(of)).collect()
            })
            .collect();
        let batch = crate::bench::batch(&all, &rows)?;
        let schema = batch.schema();
        Ok(Records {
            frame: SessionContext::new().read_batch(batch).map_err(Error::broken)?,
            schema,
            fields: fields.to_vec(),
        })
    }

    /// The ids of those that hold, ascending.
    pub async fn holding(&self, filter: &Filter) -> Result<Vec<i64>> {
        let condition = expr(&self.schema, &self.fields, filter)?;
        let frame = self.frame.clone().filter(condition).map_err(Error::broken)?;
        let frame = frame.select(vec![ident("id")]).map_err(Error::broken)?;
        let mut ids = vec![];
        for batch in frame.collect().await.map_err(Error::broken)? {
            let found = batch.column(0).as_any().downcast_ref::<Int64Array>();
            ids.extend(found.ok_or_else(|| Error::broken("not a number"))?.values());
        }
        ids.sort_unstable();
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::datatypes::Field as Kept;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("name", FieldKind::Text),
            Field::new("amount", FieldKind::Money { currency: None }),
            Field::new("active", FieldKind::Bool),
            Field::new("due_on", FieldKind::Date),
        ]
    }

    fn records() -> Vec<(i64, Values)> {
        let record = |id, name: Value, amount: Value, active: Value, due: Value| {
            let pairs = [("name", name), ("amount", amount), ("active", active), ("due_on", due)];
            (id, pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
        };
        vec![
            record(1, "Ünal 青禾".into(), (-5).into(), true.into(), "2026-02-28".into()),
            record(2, "".into(), 7.into(), false.into(), "1969-12-31".into()),
            record(3, Value::Null, Value::Null, Value::Null, Value::Null),
        ]
    }

    async fn ask(filter: Filter) -> Vec<i64> {
        Records::new(&fields(), &records())
            .unwrap()
            .holding(&filter)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn nothing_is_smaller_than_nothing_and_only_ascii_letters_lose_their_case() {
        assert_eq!(ask(Filter::default()).await, [1, 2, 3]);
        assert_eq!(ask(Filter::Any(vec![])).await, Vec::<i64>::new());
        assert_eq!(ask(Filter::field("amount", Op::Lt, 0)).await, [1]);
        assert_eq!(ask(Filter::field("amount", Op::Not, 7)).await, [1, 3]);
        assert_eq!(ask(Filter::field("name", Op::Has, "NAL 青")).await, [1]);
        assert_eq!(ask(Filter::field("name", Op::Begins, "ünal")).await, Vec::<i64>::new());
        assert_eq!(ask(Filter::field("name", Op::Has, "")).await, [1, 2]);
        assert_eq!(ask(Filter::is("active", true)).await, [1]);
        let empty = Filter::Field {
            field: "name".into(),
            op: Op::Empty,
            values: vec![],
        };
        assert_eq!(ask(empty.clone()).await, [2, 3]);
        assert_eq!(ask(Filter::None(Box::new(empty))).await, [1]);
    }

    #[tokio::test]
    async fn days_kept_as_numbers_are_compared_as_days_and_as_text() {
        assert_eq!(ask(Filter::field("due_on", Op::Lt, "1970-01-01")).await, [2]);
        assert_eq!(ask(Filter::field("due_on", Op::Begins, "2026-02")).await, [1]);
        assert_eq!(ask(Filter::field("due_on", Op::Ge, "2026-02")).await, [1]);
        assert_eq!(ask(Filter::field("due_on", Op::Not, "2026-02-28")).await, [2, 3]);
        let many = Filter::Field {
            field: "due_on".into(),
            op: Op::In,
            values: vec!["2026-02-28".into(), "soon".into()],
        };
        assert_eq!(ask(many).await, [1]);
    }

    #[test]
    fn refuses_what_the_databases_refuse() {
        let table = Schema::new(vec![Kept::new("name", DataType::Utf8, true)]);
        let code = |filter: Filter| expr(&table, &fields(), &filter).unwrap_err().code;
        assert_eq!(code(Filter::is("nothing", 1)), "error-no-such-field");
        // Declared, but these facts do not keep it.
        assert_eq!(code(Filter::is("amount", 1)), "error-no-such-field");
        assert_eq!(code(Filter::is("name", 1)), "error-fields");
        let role = Filter::Exists {
            relation: "role".into(),
            filter: Box::default(),
        };
        assert_eq!(code(role), "error-no-such-field");
    }
}
