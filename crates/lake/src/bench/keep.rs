//! Sheets in files: records on their way into a sheet, and results that are kept. Both are Parquet, so neither fills the memory.

use super::{Bench, Sheet, cells, said};
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field as Kept, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::prelude::{ParquetReadOptions, ident};
use futures::StreamExt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zhike_kernel::{Error, Result, Value};
use zhike_store::{Field, FieldKind};

fn open(path: &Path, schema: Arc<Schema>) -> Result<ArrowWriter<File>> {
    let level = ZstdLevel::try_new(1).map_err(Error::broken)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .build();
    let file = File::create(path).map_err(Error::broken)?;
    ArrowWriter::try_new(file, schema, Some(properties)).map_err(Error::broken)
}

/// Rows on their way into a sheet.
pub struct Writer {
    fields: Vec<Field>,
    path: PathBuf,
    file: ArrowWriter<File>,
}

impl Bench {
    /// Begins a sheet of records.
    pub fn writer(&self, kinds: &[FieldKind]) -> Result<Writer> {
        let fields = kinds.iter().map(|k| self.field(*k)).collect::<Result<Vec<Field>>>()?;
        let path = self.file()?;
        Ok(Writer {
            file: open(&path, cells::schema(&fields))?,
            path,
            fields,
        })
    }

    /// The sheet of what was written.
    pub async fn written(&self, writer: Writer) -> Result<Sheet> {
        writer.file.close().map_err(Error::broken)?;
        let path = writer.path.to_string_lossy().into_owned();
        let frame = self
            .ctx
            .read_parquet(path, ParquetReadOptions::default())
            .await
            .map_err(said)?;
        let names: Vec<&str> = writer.fields.iter().map(|f| f.name).collect();
        let frame = frame.select_columns(&names).map_err(said)?;
        Ok(Sheet {
            frame,
            fields: writer.fields,
        })
    }

    /// A result that was kept; `kinds` tell what its columns are.
    pub async fn kept(&self, path: &Path, kinds: &[FieldKind]) -> Result<Sheet> {
        let path = path.to_string_lossy().into_owned();
        let frame = self
            .ctx
            .read_parquet(path, ParquetReadOptions::default())
            .await
            .map_err(said)?;
        let names: Vec<String> = frame.schema().fields().iter().map(|f| f.name().clone()).collect();
        if names.len() != kinds.len() {
            return Err(Error::broken("a kept result has other columns"));
        }
        let (mut fields, mut read) = (vec![], vec![]);
        for (kind, name) in kinds.iter().zip(&names) {
            let field = self.field(*kind)?;
            read.push(datafusion::prelude::cast(ident(name), cells::kept(&field)).alias(field.name));
            fields.push(field);
        }
        let frame = frame.select(read).map_err(said)?;
        Ok(Sheet { frame, fields })
    }
}

impl Writer {
    /// Adds rows.
    pub fn push(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        let batch = cells::batch(&self.fields, rows)?;
        self.file.write(&batch).map_err(Error::broken)
    }
}

impl Sheet {
    /// Keeps at most so many rows in a file, under the names given; how many, and whether some were left out. Days are days there, for
    /// other tools.
    pub async fn keep(&self, path: &Path, names: &[String], most: usize) -> Result<(u64, bool)> {
        let columns: Vec<Kept> = self
            .fields
            .iter()
            .zip(names)
            .map(|(field, name)| {
                let kind = match field.kind {
                    FieldKind::Date => DataType::Date32,
                    _ => cells::kept(field),
                };
                Kept::new(name, kind, true)
            })
            .collect();
        let schema = Arc::new(Schema::new(columns));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::broken)?;
        }
        let new = path.with_extension("new");
        let mut file = open(&new, schema.clone())?;
        let frame = self.frame.clone().limit(0, Some(most + 1)).map_err(said)?;
        let mut stream = frame.execute_stream().await.map_err(said)?;
        let (mut rows, mut cut) = (0_usize, false);
        while let Some(batch) = stream.next().await {
            let mut batch = batch.map_err(said)?;
            if rows + batch.num_rows() > most {
                batch = batch.slice(0, most - rows);
                cut = true;
            }
            rows += batch.num_rows();
            let mut arrays: Vec<ArrayRef> = vec![];
            for (array, field) in batch.columns().iter().zip(schema.fields()) {
                arrays.push(cast(array, field.data_type()).map_err(Error::broken)?);
            }
            file.write(&RecordBatch::try_new(schema.clone(), arrays).map_err(Error::broken)?)
                .map_err(Error::broken)?;
            if cut {
                break;
            }
        }
        file.close().map_err(Error::broken)?;
        std::fs::rename(&new, path).map_err(Error::broken)?;
        Ok((u64::try_from(rows).unwrap_or(u64::MAX), cut))
    }
}
