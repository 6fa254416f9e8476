//! The one place that makes a DataFusion session: bounded memory, spilling to a folder, two partitions.

use crate::manifest::Manifest;
use crate::table::Table;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use std::path::Path;
use std::sync::Arc;
use zhike_kernel::{Error, Result};

/// Memory that queries may take before they spill, unless told otherwise: 512 MB.
pub const MEMORY: usize = 512 << 20;

/// The facts, open for questions.
pub struct Lake {
    pub(crate) ctx: SessionContext,
    version: String,
    lines: u64,
}

impl Lake {
    /// Opens the facts as the manifest names them now; later refreshes do not disturb it.
    pub async fn open(data: &Path, memory_limit: usize) -> Result<Lake> {
        let manifest = Manifest::read(data)?;
        Ok(Lake {
            ctx: session(data, memory_limit, &manifest).await?,
            version: manifest.version(),
            lines: manifest.rows(Table::OrderLine.name()),
        })
    }

    /// The version of these facts.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Order lines in them.
    pub fn lines(&self) -> u64 {
        self.lines
    }
}

/// A session with the tables of a manifest.
pub(crate) async fn session(data: &Path, memory_limit: usize, manifest: &Manifest) -> Result<SessionContext> {
    let spill = Manifest::folder(data).join("spill");
    std::fs::create_dir_all(&spill).map_err(Error::broken)?;
    let runtime = RuntimeEnvBuilder::new().with_temp_file_path(spill);
    let ctx = bounded(runtime, memory_limit)?;
    for table in Table::ALL {
        register(&ctx, data, table, manifest).await?;
    }
    Ok(ctx)
}

/// A session without tables, for a file that is no part of the facts; it spills to the folder for temporary files.
pub(crate) fn bare(memory_limit: usize) -> Result<SessionContext> {
    bounded(RuntimeEnvBuilder::new(), memory_limit)
}

fn bounded(runtime: RuntimeEnvBuilder, memory_limit: usize) -> Result<SessionContext> {
    let runtime = runtime
        .with_memory_pool(Arc::new(FairSpillPool::new(memory_limit)))
        .build_arc()
        .map_err(Error::broken)?;
    let config = SessionConfig::new().with_target_partitions(2);
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

async fn register(ctx: &SessionContext, data: &Path, table: Table, manifest: &Manifest) -> Result<()> {
    let schema = table.schema();
    let files: Vec<String> = manifest
        .files(table.name())
        .iter()
        .map(|f| Manifest::folder(data).join(f).to_string_lossy().into_owned())
        .collect();
    if files.is_empty() {
        ctx.register_batch(table.name(), RecordBatch::new_empty(schema))
            .map_err(Error::broken)?;
        return Ok(());
    }
    let options = ParquetReadOptions::default().schema(&schema);
    let frame = ctx.read_parquet(files, options).await.map_err(Error::broken)?;
    ctx.register_table(table.name(), frame.into_view())
        .map_err(Error::broken)?;
    Ok(())
}
