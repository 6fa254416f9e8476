//! Many rows on their way into a table, a few hundred a statement.

use zhike_kernel::{Error, Result};
use zhike_store::{Bind, Tx, write};

/// Rows a statement.
const ROWS: usize = 500;

/// Collects rows and writes them.
pub struct Batch {
    head: String,
    width: usize,
    rows: usize,
    binds: Vec<Bind>,
}

impl Batch {
    /// For these columns of a table.
    pub fn new(table: &str, columns: &[&str]) -> Batch {
        Batch {
            head: format!("INSERT INTO {table} ({}) VALUES ", columns.join(", ")),
            width: columns.len(),
            rows: 0,
            binds: vec![],
        }
    }

    /// One more row; written when there are enough.
    pub async fn push(&mut self, tx: &Tx, row: Vec<Bind>) -> Result<()> {
        self.rows += 1;
        self.binds.extend(row);
        if self.rows >= ROWS {
            self.write(tx).await?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub async fn write(&mut self, tx: &Tx) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut sql = self.head.clone();
        for i in 0..self.rows {
            write::group(&mut sql, i, self.width);
        }
        let written = tx.exec(&sql, std::mem::take(&mut self.binds)).await?;
        if usize::try_from(written).ok() != Some(self.rows) {
            return Err(Error::broken("rows were lost on their way into a table"));
        }
        self.rows = 0;
        Ok(())
    }
}
