//! The workbench of saved analyses: facts and records as sheets that are filtered, joined, grouped and kept. What a reader may
//! not see is not on the bench: rows by whose they are, columns by permission. Columns have names of our own (`c0`, `c1` …), so no
//! word of a person ever stands in a query; the one query that people write themselves runs apart ([`Bench::query`]).

mod cells;
pub mod fact;
mod keep;
mod sheet;
mod written;

pub(crate) use cells::{batch, number_of};
pub use keep::Writer;
pub use sheet::{Measure, Measured, Sheet};
pub use written::Column;

use crate::manifest::Manifest;
use crate::session::session;
use datafusion::arrow::array::{Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field as Kept, Schema};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::{DataFrame, SessionContext};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use zhike_kernel::{Error, Result, money::mul_div};
use zhike_store::Field;

/// Columns on one bench at most.
const COLUMNS: usize = 4_000;

/// Whose rows and which columns there are to see.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Only rows owned by these users or of their customers; none: all rows.
    pub owners: Option<Vec<i64>>,
    /// Their customers, when rows are narrowed.
    pub parties: Vec<i64>,
    /// Permissions that the reader lacks.
    pub lacks: Vec<&'static str>,
    /// Only amounts of this currency.
    pub currency: String,
}

/// Facts and what is made of them, for one reader.
pub struct Bench {
    pub(crate) ctx: SessionContext,
    sight: Sight,
    version: String,
    folder: PathBuf,
    columns: AtomicUsize,
    tables: AtomicUsize,
    files: Mutex<Vec<PathBuf>>,
}

impl Bench {
    /// Opens the facts as they are now.
    pub async fn open(data: &Path, memory_limit: usize, sight: Sight) -> Result<Bench> {
        let manifest = Manifest::read(data)?;
        let ctx = session(data, memory_limit, &manifest).await?;
        ctx.register_udf(create_udf(
            "mul_div",
            vec![DataType::Int64, DataType::Int64, DataType::Int64],
            DataType::Int64,
            Volatility::Immutable,
            Arc::new(scaled),
        ));
        if sight.owners.is_some() {
            let schema = Arc::new(Schema::new(vec![Kept::new("id", DataType::Int64, false)]));
            let ids = Int64Array::from(sight.parties.clone());
            let seen = RecordBatch::try_new(schema, vec![Arc::new(ids)]).map_err(Error::broken)?;
            ctx.register_batch("seen", seen).map_err(Error::broken)?;
        }
        Ok(Bench {
            ctx,
            sight,
            version: manifest.version(),
            folder: Manifest::folder(data).join("spill"),
            columns: AtomicUsize::new(0),
            tables: AtomicUsize::new(0),
            files: Mutex::default(),
        })
    }

    /// The version of these facts.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A name for a new column.
    pub(crate) fn column(&self) -> Result<&'static str> {
        name(self.columns.fetch_add(1, Ordering::Relaxed))
            .ok_or_else(|| Error::invalid("error-analysis-columns").with("most", COLUMNS))
    }

    /// A field of a new column.
    pub(crate) fn field(&self, kind: zhike_store::FieldKind) -> Result<Field> {
        Ok(Field::new(self.column()?, kind))
    }

    /// Gives a frame a name that queries of ours can use.
    pub(crate) fn table(&self, frame: DataFrame) -> Result<String> {
        let name = format!("t{}", self.tables.fetch_add(1, Ordering::Relaxed));
        self.ctx
            .register_table(name.as_str(), frame.into_view())
            .map_err(Error::broken)?;
        Ok(name)
    }

    /// Runs a query of ours.
    pub(crate) async fn sql(&self, text: &str) -> Result<DataFrame> {
        self.ctx.sql(text).await.map_err(said)
    }

    /// A file that goes with the bench.
    pub(crate) fn file(&self) -> Result<PathBuf> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        std::fs::create_dir_all(&self.folder).map_err(Error::broken)?;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = self
            .folder
            .join(format!("bench-{}-{number}.parquet", std::process::id()));
        let mut files = self.files.lock().unwrap_or_else(|p| p.into_inner());
        files.push(path.clone());
        Ok(path)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        for file in self.files.lock().unwrap_or_else(|p| p.into_inner()).drain(..) {
            // One that was never written is as good.
            let _ = std::fs::remove_file(file);
        }
    }
}

/// The name of a column by its number; the same few for the life of the process.
pub fn name(number: usize) -> Option<&'static str> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| (0..COLUMNS).map(|i| format!("c{i}")).collect());
    names.get(number).map(String::as_str)
}

/// What went wrong, for who asked: too much memory, or what the engine says.
pub(crate) fn said(e: DataFusionError) -> Error {
    if matches!(e.find_root(), DataFusionError::ResourcesExhausted(_)) {
        return Error::refused("error-analysis-memory");
    }
    Error::invalid("error-analysis-query").with("why", e.strip_backtrace())
}

/// `a × b ÷ c`, rounded as the house rounds; nothing where one is missing or the divisor is none.
fn scaled(args: &[ColumnarValue]) -> Result<ColumnarValue, DataFusionError> {
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let wrong = || DataFusionError::Internal("mul_div takes three whole numbers".into());
    let number = |i: usize| {
        let array = arrays.get(i).and_then(|a| a.as_any().downcast_ref::<Int64Array>());
        array.ok_or_else(wrong)
    };
    let (a, b, c) = (number(0)?, number(1)?, number(2)?);
    let out: Int64Array = a
        .iter()
        .zip(b.iter())
        .zip(c.iter())
        .map(|((a, b), c)| mul_div(a?, b?, c.filter(|c| *c != 0)?))
        .collect();
    Ok(ColumnarValue::Array(Arc::new(out)))
}
