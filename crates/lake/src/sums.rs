//! Sums by a column of any Parquet file, computed by DataFusion: the quick way of the tools on the command line, taken where
//! the types of the columns leave no doubt. Whatever is doubtful is read row by row instead, which also says what is wrong.

use crate::session::bare;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::parquet::file::statistics::Statistics;
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
    let Some(Plain { text, scale }) = plain(path, by, what).map_err(broken)? else {
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
    let amount = match scale {
        Some(_) => name(what),
        None => format!("arrow_cast({}, 'Decimal128(38, {SCALE})')", name(what)),
    };
    let sql = format!("SELECT {key} AS k, sum({amount}) AS s FROM rows GROUP BY 1");
    let scale = scale.unwrap_or(SCALE);
    let up = 10_i64.pow(u32::try_from(SCALE - scale).unwrap_or(0));
    let frame = ctx.sql(&sql).await.map_err(zhike_kernel::Error::broken)?;
    let mut batches = frame.execute_stream().await.map_err(zhike_kernel::Error::broken)?;
    let mut out = vec![];
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(zhike_kernel::Error::broken)?;
        let (keys, amounts) = (batch.column(0), batch.column(1));
        let nameless = text && (0..keys.len()).any(|row| empty(keys.as_ref(), row));
        if nameless || keys.null_count() > 0 || amounts.null_count() > 0 {
            return Ok(None);
        }
        let sums: Option<Vec<i64>> = if let Some(whole) = amounts.as_primitive_opt::<Int64Type>() {
            whole.values().iter().map(|v| v.checked_mul(up)).collect()
        } else if let Some(decimals) = amounts.as_primitive_opt::<Decimal128Type>() {
            let scaled = |v: &i128| i64::try_from(v.checked_mul(i128::from(up))?).ok();
            decimals.values().iter().map(scaled).collect()
        } else {
            None
        };
        match sums {
            Some(sums) => out.extend(sums),
            None => return Ok(None),
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

/// How the two columns are summed.
struct Plain {
    /// The key is a text.
    text: bool,
    /// Decimal places of the amounts where they can be added up as they are: decimals, and whole numbers of which all together
    /// stay within 64 bits, as the file's own statistics say. Others are widened first, which takes twice as long.
    scale: Option<i8>,
}

/// Do all the whole numbers of a column together stay within 64 bits, whichever are added up?
fn small(metadata: &ParquetMetaData, column: usize) -> bool {
    let all = metadata.row_groups().iter().try_fold(0_i128, |sum, group| {
        let rows = i128::from(group.num_rows());
        let (low, high): (i64, i64) = match group.columns().get(column)?.statistics()? {
            Statistics::Int32(s) => (i64::from(*s.min_opt()?), i64::from(*s.max_opt()?)),
            Statistics::Int64(s) => (*s.min_opt()?, *s.max_opt()?),
            _ => return None,
        };
        let most = i128::from(low).abs().max(i128::from(high).abs());
        sum.checked_add(most.checked_mul(rows)?)
    });
    all.is_some_and(|all| all < i128::from(i64::MAX))
}

/// Whether the two columns can be summed in this way, and how.
fn plain(path: &Path, by: &str, what: &str) -> Result<Option<Plain>, Error> {
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
    let scale = match schema.field(value).data_type() {
        DataType::Decimal128(_, scale) => Some(*scale),
        // Unsigned numbers stand in the statistics as signed ones.
        kind if kind.is_signed_integer() && small(builder.metadata(), value) => Some(0),
        _ => None,
    };
    Ok((known && exact && flat && full).then_some(Plain { text, scale }))
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
            ("small", Arc::new(Int64Array::from(vec![7, -9, i64::from(i32::MAX)]))),
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
        let mut found = sums(&path, "Customer", "small").await.unwrap().unwrap();
        found.sort_unstable();
        assert_eq!(found, [-20_000, i64::from(i32::MAX) * 10_000]);
        // Beyond what can be counted; no exact number; something absent.
        for doubtful in ["whole", "float", "gap", "nowhere"] {
            assert_eq!(sums(&path, "Customer", doubtful).await.unwrap(), None, "{doubtful}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
