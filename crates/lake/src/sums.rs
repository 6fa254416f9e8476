//! Sums by a column of any Parquet file, computed by DataFusion: the quick way of the tools on the command line, taken where
//! the types of the columns leave no doubt. Whatever is doubtful is read row by row instead, which also says what is wrong.

use crate::session::bare;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::prelude::ParquetReadOptions;
use futures::StreamExt;
use std::fs::File;
use std::io::Error;
use std::path::Path;
use zhike_kernel::Result as Told;

/// Decimals that the sums keep.
const SCALE: i8 = 4;

/// For each value of the column `by` the sum of the column `what` in ten-thousandths, in no order. `None` where that cannot be
/// told exactly from the types alone: `what` is no whole number and no decimal of up to four places, `by` is neither text
/// nor whole number, something is absent, or a sum is beyond what can be counted.
///
/// # Errors
/// A file that cannot be read.
pub async fn sums(path: &Path, by: &str, what: &str) -> Told<Option<Vec<i64>>> {
    let broken = zhike_kernel::Error::broken;
    let Some(text) = plain(path, by, what).map_err(broken)? else {
        return Ok(None);
    };
    let ctx = bare(crate::MEMORY)?;
    let file = path.to_string_lossy();
    let frame = ctx
        .read_parquet(file.as_ref(), ParquetReadOptions::default().file_extension(""))
        .await
        .map_err(zhike_kernel::Error::broken)?;
    ctx.register_table("rows", frame.into_view())
        .map_err(zhike_kernel::Error::broken)?;
    let name = |column: &str| format!("\"{}\"", column.replace('"', "\"\""));
    let key = if text { format!("btrim({})", name(by)) } else { name(by) };
    let sql = format!(
        "SELECT {key} AS k, sum(arrow_cast({}, 'Decimal128(38, {SCALE})')) AS s FROM rows GROUP BY 1",
        name(what)
    );
    let frame = ctx.sql(&sql).await.map_err(zhike_kernel::Error::broken)?;
    let mut batches = frame.execute_stream().await.map_err(zhike_kernel::Error::broken)?;
    let mut out = vec![];
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(zhike_kernel::Error::broken)?;
        let (keys, amounts) = (batch.column(0), batch.column(1).as_primitive_opt::<Decimal128Type>());
        let Some(amounts) = amounts else { return Ok(None) };
        let nameless = text && (0..keys.len()).any(|row| empty(keys.as_ref(), row));
        if nameless || keys.null_count() > 0 || amounts.null_count() > 0 {
            return Ok(None);
        }
        for amount in amounts.values() {
            match i64::try_from(*amount) {
                Ok(amount) => out.push(amount),
                Err(_) => return Ok(None),
            }
        }
    }
    Ok(Some(out))
}

fn empty(keys: &dyn Array, row: usize) -> bool {
    match keys.data_type() {
        DataType::Utf8 => keys.as_string::<i32>().value(row).is_empty(),
        DataType::LargeUtf8 => keys.as_string::<i64>().value(row).is_empty(),
        DataType::Utf8View => keys.as_string_view().value(row).is_empty(),
        _ => false,
    }
}

/// Whether the two columns can be summed in this way; if so, whether the key is a text.
fn plain(path: &Path, by: &str, what: &str) -> Result<Option<bool>, Error> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?).map_err(Error::other)?;
    let schema = builder.schema();
    let (Ok(key), Ok(value)) = (schema.index_of(by), schema.index_of(what)) else {
        return Ok(None);
    };
    let text = matches!(
        schema.field(key).data_type(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    );
    let exact = match schema.field(value).data_type() {
        DataType::Decimal128(_, scale) => (0..=SCALE).contains(scale),
        kind => kind.is_integer(),
    };
    // Only columns without structure stand at the same place among the leaves of the file.
    let flat = schema.fields().iter().all(|f| !f.data_type().is_nested());
    let full = builder.metadata().row_groups().iter().all(|group| {
        [key, value].iter().all(|at| {
            let statistics = group.columns().get(*at).and_then(|c| c.statistics());
            statistics.and_then(|s| s.null_count_opt()) == Some(0)
        })
    });
    let known = text || schema.field(key).data_type().is_integer();
    Ok((known && exact && flat && full).then_some(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use datafusion::arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, StringArray};
    use datafusion::arrow::record_batch::RecordBatch;
    use datafusion::parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    #[tokio::test]
    async fn sums_are_exact_or_left_to_the_careful_reader() {
        let cents = Decimal128Array::from(vec![1_050, -25, 10])
            .with_precision_and_scale(12, 2)
            .unwrap();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("Customer", Arc::new(StringArray::from(vec!["甲", " 甲 ", "b"]))),
            ("cents", Arc::new(cents)),
            ("whole", Arc::new(Int64Array::from(vec![5, 6, i64::MAX]))),
            ("float", Arc::new(Float64Array::from(vec![0.1, 0.2, 0.3]))),
            ("gap", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let path = std::env::temp_dir().join(format!("zhike-sums-{}.parquet", std::process::id()));
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let mut found = sums(&path, "Customer", "cents").await.unwrap().unwrap();
        found.sort_unstable();
        assert_eq!(found, [1_000, 102_500]);
        // Beyond what can be counted; no exact number; something absent.
        for doubtful in ["whole", "float", "gap", "nowhere"] {
            assert_eq!(sums(&path, "Customer", doubtful).await.unwrap(), None, "{doubtful}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
