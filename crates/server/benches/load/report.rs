//! The table: kept as JSON beside the data, so that parts can be measured one at a time, and written into the document.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One measured line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Group.
    pub part: String,
    /// What was measured.
    pub what: String,
    /// Ours.
    pub ours: String,
    /// The bare limit in the same run.
    pub bare: String,
    /// Ours to bare.
    pub ratio: String,
    /// Milliseconds with one connection.
    pub alone: String,
    /// Milliseconds, half of the answers.
    pub p50: String,
    /// Milliseconds, ninety-nine of a hundred.
    pub p99: String,
    /// Processor time of the server for one request.
    pub cpu: String,
    /// What was promised.
    pub budget: String,
    /// Was it kept?
    pub met: String,
}

impl Row {
    /// A plain figure.
    pub fn plain(part: &str, what: &str, ours: String) -> Row {
        Row {
            part: part.into(),
            what: what.into(),
            ours,
            ..Row::default()
        }
    }
    /// A rate.
    pub fn rate(part: &str, what: &str, rate: f64, unit: &str) -> Row {
        Row::plain(part, what, format!("{rate:.0} {unit}"))
    }
    /// The promise, and whether it is kept.
    pub fn budget(mut self, words: &str, met: bool) -> Row {
        self.budget = words.into();
        self.met = if met { "yes" } else { "**no**" }.into();
        self
    }
}

/// All lines of this and earlier runs on the same data.
#[derive(Default)]
pub struct Results {
    file: PathBuf,
    rows: Vec<Row>,
}

impl Results {
    /// What is known about the data in a folder.
    pub fn of(folder: &Path) -> Results {
        let file = folder.join("results.json");
        let rows = std::fs::read_to_string(&file)
            .ok()
            .and_then(|t| serde_json::from_str(&t).ok())
            .unwrap_or_default();
        Results { file, rows }
    }

    /// Enters a line, in the place of the same one of an earlier run, and prints it.
    pub fn put(&mut self, row: Row) {
        println!(
            "  {:<70} {:>16} {:>14} {:>5} | alone {:>7} p50 {:>7} p99 {:>7} cpu {:>7} {} {}",
            row.what, row.ours, row.bare, row.ratio, row.alone, row.p50, row.p99, row.cpu, row.budget, row.met
        );
        match self.rows.iter_mut().find(|r| r.part == row.part && r.what == row.what) {
            Some(old) => *old = row,
            None => self.rows.push(row),
        }
        if let Ok(text) = serde_json::to_string_pretty(&self.rows) {
            let _ = std::fs::write(&self.file, text);
        }
    }

    /// Writes the table between the marks of the document.
    pub fn write(&self, document: &Path, key: &str, head: &str) -> Result<()> {
        let (open, close) = (format!("<!-- {key} -->"), format!("<!-- /{key} -->"));
        let text = std::fs::read_to_string(document).with_context(|| format!("cannot read {}", document.display()))?;
        let (before, rest) = text
            .split_once(&open)
            .context("the document has no place for this table")?;
        let (_, after) = rest
            .split_once(&close)
            .context("the document's place for this table does not end")?;
        let mut table = format!("{head}\n");
        let mut parts: Vec<&str> = vec![];
        for row in &self.rows {
            if !parts.contains(&row.part.as_str()) {
                parts.push(&row.part);
            }
        }
        for part in parts {
            let rows: Vec<&Row> = self.rows.iter().filter(|r| r.part == part).collect();
            if rows.iter().any(|r| !r.p50.is_empty()) {
                table.push_str(&format!("\n**{part}**\n\n| | ours | bare | ratio | alone p50 ms | p50 ms | p99 ms | CPU µs | budget | met |\n|---|---|---|---|---|---|---|---|---|---|\n"));
                for r in rows {
                    table.push_str(&format!(
                        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                        r.what, r.ours, r.bare, r.ratio, r.alone, r.p50, r.p99, r.cpu, r.budget, r.met
                    ));
                }
            } else {
                table.push_str(&format!(
                    "\n**{part}**\n\n| | measured | budget | met |\n|---|---|---|---|\n"
                ));
                for r in rows {
                    table.push_str(&format!("| {} | {} | {} | {} |\n", r.what, r.ours, r.budget, r.met));
                }
            }
        }
        std::fs::write(document, format!("{before}{open}\n{table}{close}{after}"))?;
        Ok(())
    }
}
