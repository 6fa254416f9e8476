//! Any Parquet file as rows of text: for the tools on the command line, which take CSV and Parquet alike.

use datafusion::arrow::array::{Array, AsArray, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fmt::Write;
use std::fs::File;
use std::io::Error;
use std::path::Path;

/// Names of the columns of a Parquet file.
pub fn columns(path: &Path) -> Result<Vec<String>, Error> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?).map_err(Error::other)?;
    Ok(builder.schema().fields().iter().map(|f| f.name().clone()).collect())
}

/// Reads columns of numbers row by row. `false`, and nothing or not all was read, where a column is not of numbers or a cell is
/// absent: then [`each_row`] is the way.
///
/// # Errors
/// A file that is none or broken.
pub fn each_number(path: &Path, wanted: &[usize], mut each: impl FnMut(&[f64]) -> bool) -> Result<bool, Error> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?).map_err(Error::other)?;
    let fields = builder.schema().fields();
    let numbers = |at: &usize| fields.get(*at).is_some_and(|f| f.data_type().is_numeric());
    if !wanted.iter().all(numbers) {
        return Ok(false);
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let place = places(wanted);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(8192)
        .build()
        .map_err(Error::other)?;
    let mut cells = vec![0.0; wanted.len()];
    for batch in reader {
        let batch = batch.map_err(Error::other)?;
        let mut columns: Vec<Float64Array> = vec![];
        for column in batch.columns() {
            let column = cast(column, &DataType::Float64).map_err(Error::other)?;
            if column.null_count() > 0 {
                return Ok(false);
            }
            columns.push(column.as_primitive::<Float64Type>().clone());
        }
        for row in 0..batch.num_rows() {
            for (cell, at) in cells.iter_mut().zip(&place) {
                *cell = columns[*at].value(row);
            }
            if !each(&cells) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Where each wanted column stands among those read: the reader gives them in the order of the file, each once.
fn places(wanted: &[usize]) -> Vec<usize> {
    let mut in_file = wanted.to_vec();
    in_file.sort_unstable();
    in_file.dedup();
    wanted
        .iter()
        .filter_map(|w| in_file.iter().position(|c| c == w))
        .collect()
}

/// Reads the columns at these places row by row and hands their cells over with the number of the row, counted from
/// 1. An absent value is an empty text; days read `2017-03-01`, moments `2017-03-01T12:30:00`.
///
/// # Errors
/// A file that is none or broken, and what `each` refuses.
pub fn each_row<E: From<Error>>(
    path: &Path,
    wanted: &[usize],
    mut each: impl FnMut(u64, &[&str]) -> Result<(), E>,
) -> Result<(), E> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?).map_err(Error::other)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let reader = builder.with_projection(mask).build().map_err(Error::other)?;
    let place = places(wanted);
    let options = FormatOptions::default().with_display_error(false);
    let mut texts: Vec<String> = vec![String::new(); wanted.len()];
    let mut number = 0;
    for batch in reader {
        let batch = batch.map_err(Error::other)?;
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &options))
            .collect::<Result<_, _>>()
            .map_err(Error::other)?;
        for row in 0..batch.num_rows() {
            number += 1;
            for (text, column) in texts.iter_mut().zip(&columns) {
                text.clear();
                write!(text, "{}", column.value(row)).map_err(Error::other)?;
            }
            let cells: Vec<&str> = place.iter().map(|p| texts[*p].as_str()).collect();
            each(number, &cells)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};
    use datafusion::arrow::record_batch::RecordBatch;
    use datafusion::parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    #[test]
    fn cells_come_in_the_order_asked_for() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "customer",
                Arc::new(StringArray::from(vec![Some("甲"), None, Some("c")])),
            ),
            ("day", Arc::new(Date32Array::from(vec![Some(17_226), Some(0), None]))),
            (
                "amount",
                Arc::new(Float64Array::from(vec![Some(29.33), Some(-1.0), None])),
            ),
            ("n", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let path = std::env::temp_dir().join(format!("zhike-sheet-{}.parquet", std::process::id()));
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        assert_eq!(super::columns(&path).unwrap(), ["customer", "day", "amount", "n"]);
        let mut seen = Vec::new();
        each_row::<Error>(&path, &[2, 0, 1, 0], |number, cells| {
            seen.push(format!("{number}: {}", cells.join("|")));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, ["1: 29.33|甲|2017-03-01|甲", "2: -1.0||1970-01-01|", "3: |c||c"]);
        let mut numbers = vec![];
        let whole = each_number(&path, &[3, 3], |cells| {
            numbers.extend_from_slice(cells);
            true
        });
        assert!(whole.unwrap());
        assert_eq!(numbers, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
        for doubtful in [&[0][..], &[2], &[3, 1]] {
            assert!(!each_number(&path, doubtful, |_| true).unwrap());
        }
        std::fs::write(&path, "no Parquet").unwrap();
        assert!(super::columns(&path).is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
