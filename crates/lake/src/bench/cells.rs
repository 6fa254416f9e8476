//! Values as columns and back: a day is its number, everything else what the field keeps.

use crate::changes::{day_number, day_of};
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field as Kept, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use std::sync::Arc;
use zhike_kernel::{Error, Result, Value};
use zhike_store::field::Storage;
use zhike_store::{Field, FieldKind};

/// How a field is kept in a column.
pub(crate) fn kept(field: &Field) -> DataType {
    match field.storage() {
        _ if field.kind == FieldKind::Date => DataType::Int32,
        Storage::Int => DataType::Int64,
        Storage::Text => DataType::Utf8,
        Storage::Bool => DataType::Boolean,
    }
}

/// The columns of some fields.
pub(crate) fn schema(fields: &[Field]) -> SchemaRef {
    let columns: Vec<Kept> = fields.iter().map(|f| Kept::new(f.name, kept(f), true)).collect();
    Arc::new(Schema::new(columns))
}

/// The number of a day, if this is the text of one as it is kept.
pub(crate) fn number_of(value: &Value) -> Option<i32> {
    let text = value.text()?;
    let number = day_number(text)?;
    (day_of(number)?.to_string() == text).then_some(number)
}

/// Rows as a batch; each row has the values of the fields in their order.
pub(crate) fn batch(fields: &[Field], rows: &[Vec<Value>]) -> Result<RecordBatch> {
    let column = |(i, field): (usize, &Field)| -> ArrayRef {
        let values = rows.iter().map(|row| row.get(i).unwrap_or(&Value::Null));
        match kept(field) {
            DataType::Int32 => Arc::new(values.map(number_of).collect::<Int32Array>()),
            DataType::Int64 => Arc::new(values.map(Value::int).collect::<Int64Array>()),
            DataType::Boolean => Arc::new(values.map(Value::truth).collect::<BooleanArray>()),
            _ => Arc::new(values.map(|v| v.text().map(str::to_owned)).collect::<StringArray>()),
        }
    };
    let columns: Vec<ArrayRef> = fields.iter().enumerate().map(column).collect();
    RecordBatch::try_new(schema(fields), columns).map_err(Error::broken)
}

/// The rows of a batch, as values of the fields.
pub(crate) fn values(batch: &RecordBatch, fields: &[Field], out: &mut Vec<Vec<Value>>) -> Result<()> {
    let mut columns: Vec<Vec<Value>> = vec![];
    for (i, field) in fields.iter().enumerate() {
        let array = batch
            .columns()
            .get(i)
            .ok_or_else(|| Error::broken("a column is missing"))?;
        let array = cast(array, &kept(field)).map_err(Error::broken)?;
        let wrong = || Error::broken("a column has another type");
        let any = array.as_any();
        columns.push(match kept(field) {
            DataType::Int32 => {
                let days = any.downcast_ref::<Int32Array>().ok_or_else(wrong)?;
                let day = |n: Option<i32>| n.and_then(day_of).map_or(Value::Null, Value::from);
                days.iter().map(day).collect()
            }
            DataType::Int64 => {
                let numbers = any.downcast_ref::<Int64Array>().ok_or_else(wrong)?;
                numbers.iter().map(Value::from).collect()
            }
            DataType::Boolean => {
                let truths = any.downcast_ref::<BooleanArray>().ok_or_else(wrong)?;
                truths.iter().map(Value::from).collect()
            }
            _ => {
                let texts = any.downcast_ref::<StringArray>().ok_or_else(wrong)?;
                texts.iter().map(|t| t.map(str::to_owned).into()).collect()
            }
        });
    }
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    for _ in 0..batch.num_rows() {
        out.push(columns.iter_mut().map(|c| c.next().unwrap_or_default()).collect());
    }
    Ok(())
}
