//! The columns of the three fact tables and the writer of one month's file.

use crate::manifest::{Manifest, Month};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Int8Array, Int32Array, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zhike_kernel::{Error, Result};

/// A fact table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// Lines of orders that count (no drafts, nothing cancelled or put away).
    OrderLine,
    /// Invoices with what was paid on which day, and what is still open.
    PaymentDelay,
    /// Visits, calls, complaints.
    ServiceUse,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 3] = [Table::OrderLine, Table::PaymentDelay, Table::ServiceUse];

    /// Name in queries and folders.
    pub fn name(self) -> &'static str {
        match self {
            Table::OrderLine => "order_line",
            Table::PaymentDelay => "payment_delay",
            Table::ServiceUse => "service_use",
        }
    }

    /// The column with the id of the record whose change rewrites a month.
    pub fn key(self) -> &'static str {
        match self {
            Table::OrderLine => "order_id",
            Table::PaymentDelay => "invoice_id",
            Table::ServiceUse => "use_id",
        }
    }

    /// The column whose month decides the folder, days since 1970.
    pub fn day(self) -> &'static str {
        match self {
            Table::OrderLine => "ordered_on",
            Table::PaymentDelay => "due_on",
            Table::ServiceUse => "used_on",
        }
    }

    /// The columns.
    pub fn schema(self) -> SchemaRef {
        let not_null = |name: &str, kind| Field::new(name, kind, false);
        let nullable = |name: &str, kind| Field::new(name, kind, true);
        Arc::new(Schema::new(match self {
            Table::OrderLine => vec![
                not_null("line_id", DataType::Int64),
                not_null("order_id", DataType::Int64),
                not_null("party_id", DataType::Int64),
                nullable("product_id", DataType::Int64),
                nullable("category_id", DataType::Int64),
                nullable("owner_id", DataType::Int64),
                not_null("ordered_on", DataType::Int32),
                // 1 for a sale, -1 for a return: amounts are positive, their product with it is what counts.
                not_null("kind", DataType::Int8),
                // 1 on the first line of an order: its sum counts orders.
                not_null("first", DataType::Int8),
                not_null("quantity_milli", DataType::Int64),
                not_null("net", DataType::Int64),
                not_null("discount", DataType::Int64),
                nullable("cost", DataType::Int64),
                not_null("cost_known", DataType::Boolean),
                not_null("freight_share", DataType::Int64),
                not_null("currency", DataType::Utf8),
            ],
            Table::PaymentDelay => vec![
                not_null("party_id", DataType::Int64),
                not_null("invoice_id", DataType::Int64),
                not_null("amount", DataType::Int64),
                not_null("due_on", DataType::Int32),
                nullable("paid_on", DataType::Int32),
                not_null("open", DataType::Boolean),
                not_null("currency", DataType::Utf8),
            ],
            Table::ServiceUse => vec![
                not_null("use_id", DataType::Int64),
                not_null("party_id", DataType::Int64),
                not_null("used_on", DataType::Int32),
                not_null("kind", DataType::Utf8),
                not_null("minutes", DataType::Int64),
            ],
        }))
    }
}

/// A column being filled.
pub(crate) enum Column {
    Long(Vec<i64>),
    MaybeLong(Vec<Option<i64>>),
    Day(Vec<i32>),
    MaybeDay(Vec<Option<i32>>),
    Small(Vec<i8>),
    Truth(Vec<bool>),
    Word(Vec<String>),
}

impl From<Column> for ArrayRef {
    fn from(column: Column) -> ArrayRef {
        match column {
            Column::Long(v) => Arc::new(Int64Array::from(v)),
            Column::MaybeLong(v) => Arc::new(Int64Array::from(v)),
            Column::Day(v) => Arc::new(Int32Array::from(v)),
            Column::MaybeDay(v) => Arc::new(Int32Array::from(v)),
            Column::Small(v) => Arc::new(Int8Array::from(v)),
            Column::Truth(v) => Arc::new(BooleanArray::from(v)),
            Column::Word(v) => Arc::new(StringArray::from(v)),
        }
    }
}

/// Writes the file of a month: under another name first, so that a half-written file is never taken for facts.
pub(crate) struct MonthWriter {
    schema: SchemaRef,
    writer: Option<ArrowWriter<File>>,
    folder: PathBuf,
    file: String,
    rows: u64,
}

impl MonthWriter {
    /// A writer for `month` (`2026-11`) of a table.
    pub fn new(data: &Path, table: Table, month: &str, generation: u64) -> MonthWriter {
        MonthWriter {
            schema: table.schema(),
            writer: None,
            folder: Manifest::folder(data),
            file: format!("{}/month={month}/part-{generation}.parquet", table.name()),
            rows: 0,
        }
    }

    /// Adds rows.
    pub fn push(&mut self, columns: Vec<Column>) -> Result<()> {
        let arrays: Vec<ArrayRef> = columns.into_iter().map(ArrayRef::from).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(Error::broken)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.rows += u64::try_from(batch.num_rows()).unwrap_or(0);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let path = self.folder.join(format!("{}.new", self.file));
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(Error::broken)?;
                }
                let level = ZstdLevel::try_new(1).map_err(Error::broken)?;
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(level))
                    .build();
                let file = File::create(path).map_err(Error::broken)?;
                let new = ArrowWriter::try_new(file, self.schema.clone(), Some(properties)).map_err(Error::broken)?;
                self.writer.insert(new)
            }
        };
        writer.write(&batch).map_err(Error::broken)
    }

    /// Ends the file and gives it its name. A month without rows has no file.
    pub fn finish(self) -> Result<Option<Month>> {
        let Some(writer) = self.writer else { return Ok(None) };
        writer.close().map_err(Error::broken)?;
        let new = self.folder.join(format!("{}.new", self.file));
        std::fs::rename(new, self.folder.join(&self.file)).map_err(Error::broken)?;
        Ok(Some(Month {
            files: vec![self.file],
            rows: self.rows,
        }))
    }
}
