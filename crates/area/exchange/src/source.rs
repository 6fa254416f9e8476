//! Opens a file of rows (CSV, also packed with gzip or zstd; XLSX), finds out how it is written, and hands out its rows
//! one by one with the line they stand on. Nothing here panics on any bytes, and a row that cannot be read says why.

mod decode;
mod sheet;
mod sniff;

use csv::StringRecord;
use std::{
    collections::HashMap,
    io::Read,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use zhike_kernel::{Error, Result, error::Args};

/// Longest cell, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// Longest row, in bytes: beyond it a quotation mark was surely never closed.
const LONGEST_ROW: u64 = 16 * 1024 * 1024;

/// What the mapping says about how the file is written; the rest is found out.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Name of the encoding (`utf-8`, `gb18030`, `windows-1252`, …).
    pub encoding: Option<String>,
    /// What stands between cells.
    pub delimiter: Option<char>,
    /// The sheet of a workbook; the first one otherwise.
    pub sheet: Option<String>,
}

/// A remark about the file as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Translation key.
    pub code: &'static str,
    /// Its arguments.
    pub args: Args,
}

/// How the file is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// `csv`, `xlsx` or `rows` (written in the mapping itself).
    pub kind: &'static str,
    /// Encoding of a text file.
    pub encoding: String,
    /// What stands between cells of a text file.
    pub delimiter: Option<char>,
    /// `gz`, `zst` or nothing.
    pub packed: &'static str,
    /// The line of the column titles.
    pub header_line: u64,
    /// Sheets of a workbook.
    pub sheets: Vec<String>,
}

/// Why a row cannot be taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Translation key; its mend is the key with `-mend`.
    pub code: &'static str,
    /// Arguments of the sentence.
    pub args: Args,
    /// The column, if it is one cell's fault.
    pub column: Option<usize>,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Line of the file (row of the sheet), counted from 1.
    pub number: u64,
    /// Its cells.
    pub cells: StringRecord,
    /// Why it cannot be taken.
    pub fault: Option<Fault>,
}

impl Row {
    /// A cell, trimmed; empty when there is none.
    pub fn get(&self, i: usize) -> &str {
        self.cells.get(i).unwrap_or("").trim()
    }
}

enum Rows {
    Csv {
        reader: Box<csv::Reader<Box<dyn Read + Send>>>,
        since: Arc<AtomicU64>,
        ended: bool,
    },
    Sheet(sheet::Cells),
    Fixed(std::vec::IntoIter<Vec<String>>, u64),
}

/// An open file.
pub struct Source {
    /// Column titles; repeated ones are told apart as `name (2)`.
    pub headers: Vec<String>,
    /// Remarks.
    pub notices: Vec<Notice>,
    /// How it is written.
    pub shape: Shape,
    rows: Rows,
}

fn unreadable(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error {
        source: Some(Box::new(e)),
        ..Error::invalid("error-import-file")
    }
}

impl Source {
    /// Opens a file and reads as far as the column titles.
    pub fn open(path: &Path, options: &Options) -> Result<Source> {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        if name.ends_with(".xlsx") {
            return sheet::open(path, options);
        }
        if name.ends_with(".xls") {
            return Err(Error::invalid("error-import-old-excel"));
        }
        let (encoding, packed) = decode::inspect(path, options.encoding.as_deref())?;
        let sample = decode::sample(path, &encoding)?;
        let found = sniff::look(&sample, options.delimiter);
        let since = Arc::new(AtomicU64::new(0));
        let guarded: Box<dyn Read + Send> = Box::new(Guard {
            inner: decode::open(path, &encoding)?,
            since: since.clone(),
            returned: false,
        });
        let reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .delimiter(u8::try_from(found.delimiter).unwrap_or(b','))
            .buffer_capacity(64 * 1024)
            .from_reader(guarded);
        let mut source = Source {
            headers: vec![],
            notices: vec![],
            shape: Shape {
                kind: "csv",
                encoding: encoding.name.to_lowercase(),
                delimiter: Some(found.delimiter),
                packed,
                header_line: 1,
                sheets: vec![],
            },
            rows: Rows::Csv {
                reader: Box::new(reader),
                since,
                ended: false,
            },
        };
        let mut row = Row::default();
        for _ in 0..=found.header {
            if !source.raw(&mut row)? {
                return Err(Error::invalid("error-import-empty"));
            }
        }
        source.title(&row);
        Ok(source)
    }

    /// Rows that stand in the mapping itself.
    pub fn fixed(headers: Vec<String>, rows: Vec<Vec<String>>) -> Source {
        Source {
            headers,
            notices: vec![],
            shape: Shape {
                kind: "rows",
                ..Shape::default()
            },
            rows: Rows::Fixed(rows.into_iter(), 0),
        }
    }

    fn title(&mut self, row: &Row) {
        self.shape.header_line = row.number;
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (i, cell) in row.cells.iter().enumerate() {
            let plain = cell.trim().replace(['\0', '\n', '\r'], " ");
            let plain: String = plain.chars().take(120).collect();
            let name = if plain.is_empty() { format!("#{}", i + 1) } else { plain };
            let times = seen.entry(name.clone()).or_insert(0);
            *times += 1;
            if *times > 1 {
                self.notices.push(Notice {
                    code: "exchange-warn-twice",
                    args: vec![
                        ("column", name.clone().into()),
                        ("name", format!("{name} ({times})").into()),
                    ],
                });
                self.headers.push(format!("{name} ({times})"));
            } else {
                self.headers.push(name);
            }
        }
        while self.headers.last().is_some_and(|h| h.starts_with('#')) {
            self.headers.pop();
        }
    }

    /// Reads the next row that is not empty; false at the end.
    pub fn next(&mut self, row: &mut Row) -> Result<bool> {
        loop {
            if !self.raw(row)? {
                return Ok(false);
            }
            if row.fault.is_some() || row.cells.iter().any(|c| !c.trim().is_empty()) {
                self.judge(row);
                return Ok(true);
            }
        }
    }

    /// How many rows are left; reads them.
    pub fn count(mut self) -> Result<u64> {
        let mut row = Row::default();
        let mut n = 0;
        while self.next(&mut row)? {
            n += 1;
        }
        Ok(n)
    }

    fn raw(&mut self, row: &mut Row) -> Result<bool> {
        row.fault = None;
        match &mut self.rows {
            Rows::Csv { reader, since, ended } => {
                if *ended {
                    return Ok(false);
                }
                since.store(0, Ordering::Relaxed);
                match reader.read_record(&mut row.cells) {
                    Ok(true) => {
                        row.number = line_of(reader, &row.cells);
                        Ok(true)
                    }
                    Ok(false) => Ok(false),
                    Err(e) => {
                        row.number = reader.position().line();
                        row.cells.clear();
                        match e.kind() {
                            csv::ErrorKind::Utf8 { .. } => {
                                row.fault = Some(fault("error-import-encoding", None));
                                Ok(true)
                            }
                            csv::ErrorKind::Io(io) if io.get_ref().is_some_and(|e| e.is::<Endless>()) => {
                                // The rest of the file is inside the open quotation: there is nothing to go on with.
                                *ended = true;
                                row.fault = Some(fault("error-import-quote", None));
                                Ok(true)
                            }
                            _ => Err(unreadable(e)),
                        }
                    }
                }
            }
            Rows::Sheet(cells) => Ok(cells.next(row)),
            Rows::Fixed(rows, number) => {
                let Some(cells) = rows.next() else { return Ok(false) };
                *number += 1;
                row.number = *number;
                row.cells = StringRecord::from(cells);
                Ok(true)
            }
        }
    }

    fn judge(&self, row: &mut Row) {
        if row.fault.is_some() {
            return;
        }
        let (have, want) = (row.cells.len(), self.headers.len());
        let beyond = row.cells.iter().skip(want).any(|c| !c.trim().is_empty());
        if have < want || beyond {
            row.fault = Some(Fault {
                code: "error-import-ragged",
                args: vec![("have", have.into()), ("want", want.into())],
                column: None,
            });
            return;
        }
        let encoded = self.shape.kind == "csv" && self.shape.encoding != "utf-8";
        for (i, cell) in row.cells.iter().enumerate() {
            let code = if cell.len() > LONGEST {
                "error-import-huge"
            } else if cell.contains('\0') {
                "error-import-nul"
            } else if encoded && cell.contains('\u{fffd}') {
                "error-import-encoding"
            } else {
                continue;
            };
            row.fault = Some(fault(code, Some(i)));
            return;
        }
    }
}

fn fault(code: &'static str, column: Option<usize>) -> Fault {
    Fault {
        code,
        args: vec![],
        column,
    }
}

/// The line on which the record that was just read begins.
fn line_of(reader: &csv::Reader<Box<dyn Read + Send>>, cells: &StringRecord) -> u64 {
    let breaks: usize = cells.iter().map(|c| c.bytes().filter(|b| *b == b'\n').count()).sum();
    let after = reader.position().line();
    let begun = cells.position().map_or(1, csv::Position::line);
    // Lines between the end of the record before and this one were empty; they belong to neither.
    after.saturating_sub(1 + u64::try_from(breaks).unwrap_or(0)).max(begun)
}

#[derive(Debug)]
struct Endless;
impl std::fmt::Display for Endless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a row without end")
    }
}
impl std::error::Error for Endless {}

/// Makes every line end in `\n`, and stops a record that never ends before it fills the memory.
struct Guard {
    inner: Box<dyn Read + Send>,
    since: Arc<AtomicU64>,
    /// The last byte was a carriage return.
    returned: bool,
}

impl Read for Guard {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.since.load(Ordering::Relaxed) > LONGEST_ROW {
            return Err(std::io::Error::other(Endless));
        }
        loop {
            let n = self.inner.read(buf)?;
            self.since.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
            let Some(bytes) = buf.get_mut(..n).filter(|b| !b.is_empty()) else {
                return Ok(0);
            };
            if !self.returned && !bytes.contains(&b'\r') {
                return Ok(n);
            }
            let mut kept = 0;
            for i in 0..n {
                let b = bytes.get(i).copied().unwrap_or(0);
                let second = b == b'\n' && self.returned;
                self.returned = b == b'\r';
                if !second && let Some(to) = bytes.get_mut(kept) {
                    *to = if b == b'\r' { b'\n' } else { b };
                    kept += 1;
                }
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
