//! What the tools say: lists (a row per customer) and reports (named figures), as an aligned table, CSV or JSON.
//!
//! Without `--format` a list is a table on a terminal and CSV in a pipe or file, so that one tool feeds the next; a
//! report is always a table. CSV and JSON carry every digit, tables round to four places.

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Map, Value};
use std::io::{BufWriter, IsTerminal, StdoutLock, Write};

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Aligned columns for reading.
    Table,
    /// Comma-separated values with a line of titles.
    Csv,
    /// JSON.
    Json,
}

/// One cell.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(String),
    Number(f64),
    Count(u64),
    Nothing,
}

impl From<&str> for Cell {
    fn from(v: &str) -> Cell {
        Cell::Text(v.to_owned())
    }
}
impl From<String> for Cell {
    fn from(v: String) -> Cell {
        Cell::Text(v)
    }
}
impl From<f64> for Cell {
    fn from(v: f64) -> Cell {
        if v.is_finite() { Cell::Number(v) } else { Cell::Nothing }
    }
}
impl Cell {
    /// A number of customers: whole unless their weights are not.
    pub(super) fn heads(v: f64) -> Cell {
        if v.fract() == 0.0 && (0.0..9e15).contains(&v) {
            Cell::Count(v as u64)
        } else {
            v.into()
        }
    }
}
impl From<Option<f64>> for Cell {
    fn from(v: Option<f64>) -> Cell {
        v.map_or(Cell::Nothing, Cell::from)
    }
}
impl From<u32> for Cell {
    fn from(v: u32) -> Cell {
        Cell::Count(v.into())
    }
}
impl From<usize> for Cell {
    fn from(v: usize) -> Cell {
        Cell::Count(v as u64)
    }
}
impl From<Option<i64>> for Cell {
    fn from(v: Option<i64>) -> Cell {
        v.map_or(Cell::Nothing, |v| Cell::Number(v as f64))
    }
}
impl From<Option<usize>> for Cell {
    fn from(v: Option<usize>) -> Cell {
        v.map_or(Cell::Nothing, Cell::from)
    }
}

impl Cell {
    fn csv(&self) -> String {
        match self {
            Cell::Text(t) if t.contains([',', '"', '\n', '\r']) => format!("\"{}\"", t.replace('"', "\"\"")),
            Cell::Text(t) => t.clone(),
            Cell::Number(v) => v.to_string(),
            Cell::Count(v) => v.to_string(),
            Cell::Nothing => String::new(),
        }
    }

    fn table(&self) -> String {
        match self {
            Cell::Text(t) => t.clone(),
            // Below a thousandth four places would show nothing.
            Cell::Number(v) if *v != 0.0 && v.abs() < 1e-3 => format!("{v:.3e}"),
            Cell::Number(v) => format!("{v:.4}"),
            Cell::Count(v) => v.to_string(),
            Cell::Nothing => "–".into(),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Cell::Text(t) => Value::from(t.as_str()),
            Cell::Number(v) => Value::from(*v),
            Cell::Count(v) => Value::from(*v),
            Cell::Nothing => Value::Null,
        }
    }
}

/// A list on its way out: CSV and JSON leave row by row, a table waits until it knows its widths.
pub(super) struct List {
    out: BufWriter<StdoutLock<'static>>,
    format: Format,
    titles: Vec<&'static str>,
    held: Vec<Vec<String>>,
    rows: u64,
}

impl List {
    pub(super) fn new(format: Option<Format>, titles: &[&'static str]) -> Result<List> {
        let usual = if std::io::stdout().is_terminal() {
            Format::Table
        } else {
            Format::Csv
        };
        let mut list = List {
            out: BufWriter::with_capacity(64 * 1024, std::io::stdout().lock()),
            format: format.unwrap_or(usual),
            titles: titles.to_vec(),
            held: vec![],
            rows: 0,
        };
        match list.format {
            Format::Csv => writeln!(list.out, "{}", titles.join(","))?,
            Format::Json => write!(list.out, "[")?,
            Format::Table => list.held.push(titles.iter().map(|t| (*t).to_owned()).collect()),
        }
        Ok(list)
    }

    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<()> {
        match self.format {
            Format::Csv => {
                let texts: Vec<String> = cells.iter().map(Cell::csv).collect();
                writeln!(self.out, "{}", texts.join(","))?;
            }
            Format::Json => {
                let object: Map<String, Value> = self
                    .titles
                    .iter()
                    .zip(cells)
                    .map(|(t, c)| ((*t).to_owned(), c.json()))
                    .collect();
                let comma = if self.rows == 0 { "" } else { "," };
                write!(self.out, "{comma}\n  {}", Value::Object(object))?;
            }
            Format::Table => self.held.push(cells.iter().map(Cell::table).collect()),
        }
        self.rows += 1;
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<()> {
        match self.format {
            Format::Csv => {}
            Format::Json => writeln!(self.out, "\n]")?,
            Format::Table => aligned(&mut self.out, &self.held)?,
        }
        Ok(self.out.flush()?)
    }
}

/// A small table printed at once.
pub(super) struct Small {
    pub(super) titles: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Named figures with tables below them. `json` is what a program gets.
pub(super) struct Report {
    pub(super) figures: Vec<(&'static str, Cell)>,
    pub(super) tables: Vec<Small>,
    /// Sentences: assumptions, warnings.
    pub(super) notes: Vec<String>,
    pub(super) json: Value,
}

impl Report {
    pub(super) fn print(self, format: Option<Format>) -> Result<()> {
        let mut out = BufWriter::new(std::io::stdout().lock());
        match format.unwrap_or(Format::Table) {
            Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&self.json)?)?,
            Format::Csv => {
                // The first table if there is one, else the figures: a file of CSV holds one table.
                match self.tables.first() {
                    Some(table) => {
                        writeln!(out, "{}", table.titles.join(","))?;
                        for row in &table.rows {
                            let texts: Vec<String> = row.iter().map(Cell::csv).collect();
                            writeln!(out, "{}", texts.join(","))?;
                        }
                    }
                    None => {
                        writeln!(out, "figure,value")?;
                        for (name, cell) in &self.figures {
                            writeln!(out, "{name},{}", cell.csv())?;
                        }
                    }
                }
            }
            Format::Table => {
                let figures: Vec<Vec<String>> = self
                    .figures
                    .iter()
                    .map(|(name, cell)| vec![(*name).to_owned(), cell.table()])
                    .collect();
                aligned(&mut out, &figures)?;
                for table in &self.tables {
                    writeln!(out)?;
                    let mut rows = vec![table.titles.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()];
                    rows.extend(table.rows.iter().map(|r| r.iter().map(Cell::table).collect()));
                    aligned(&mut out, &rows)?;
                }
                if !self.notes.is_empty() {
                    writeln!(out)?;
                }
                for note in &self.notes {
                    writeln!(out, "{note}")?;
                }
            }
        }
        Ok(out.flush()?)
    }
}

/// The first column to the left, the others to the right.
fn aligned(out: &mut impl Write, rows: &[Vec<String>]) -> Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|t| wide(t)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (c, text) in row.iter().enumerate() {
            let blanks = " ".repeat(widths[c].saturating_sub(wide(text)));
            if c == 0 {
                line.push_str(text);
                line.push_str(&blanks);
            } else {
                line.push_str("  ");
                line.push_str(&blanks);
                line.push_str(text);
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Columns on a terminal: Chinese characters take two.
fn wide(text: &str) -> usize {
    text.chars()
        .map(|c| if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}') { 2 } else { 1 })
        .sum()
}
