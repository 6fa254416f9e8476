//! Workbooks (XLSX). A sheet stands in memory as a whole, so its size is limited.

use super::{Fault, Options, Row, Rows, Shape, Source, unreadable};
use calamine::{Data, DataType, Range, Reader, Xlsx, open_workbook};
use csv::StringRecord;
use std::path::Path;
use zhike_kernel::{Error, Result};

/// Largest workbook, in bytes.
const MOST_BYTES: u64 = 200 * 1024 * 1024;
/// Most rows of a sheet.
const MOST_ROWS: usize = 1_000_000;
/// Most cells of a sheet.
const MOST_CELLS: usize = 30_000_000;

/// The cells of a sheet and how far they have been read.
pub struct Cells {
    range: Range<Data>,
    at: usize,
    first: usize,
}

/// Opens a workbook.
pub fn open(path: &Path, options: &Options) -> Result<Source> {
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MOST_BYTES {
        return Err(Error::invalid("error-import-workbook-large").with("most", 200_i64));
    }
    let mut book: Xlsx<_> = open_workbook(path).map_err(|e: calamine::XlsxError| unreadable(e))?;
    let sheets = book.sheet_names();
    let name = match options.sheet.as_deref().filter(|s| !s.is_empty()) {
        Some(name) => sheets
            .iter()
            .find(|s| *s == name)
            .ok_or_else(|| Error::invalid("error-import-no-sheet").with("name", name))?,
        None => sheets.first().ok_or_else(|| Error::invalid("error-import-empty"))?,
    }
    .clone();
    let told = book.worksheet_cells_reader(&name).map_err(unreadable)?.dimensions();
    let rows = usize::try_from(told.end.0.saturating_sub(told.start.0)).unwrap_or(usize::MAX);
    let columns = usize::try_from(told.end.1.saturating_sub(told.start.1)).unwrap_or(usize::MAX);
    let large = || Error::invalid("error-import-sheet-large").with("most", MOST_ROWS);
    if rows > MOST_ROWS || rows.saturating_mul(columns) > MOST_CELLS {
        return Err(large());
    }
    let range = book.worksheet_range(&name).map_err(unreadable)?;
    if range.height() > MOST_ROWS {
        return Err(large());
    }
    let first = range.start().map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0));
    let filled = |row: &[Data]| row.iter().rposition(|c| !c.is_empty()).map_or(0, |i| i + 1);
    let widest = range.rows().take(30).map(filled).max().unwrap_or(0);
    if widest == 0 {
        return Err(Error::invalid("error-import-empty"));
    }
    let header = range.rows().take(30).position(|r| filled(r) * 2 > widest).unwrap_or(0);
    let mut source = Source {
        headers: vec![],
        notices: vec![],
        shape: Shape {
            kind: "xlsx",
            sheets,
            ..Shape::default()
        },
        rows: Rows::Sheet(Cells {
            range,
            at: header,
            first,
        }),
    };
    let mut row = Row::default();
    if !source.raw(&mut row)? {
        return Err(Error::invalid("error-import-empty"));
    }
    source.title(&row);
    Ok(source)
}

impl Cells {
    /// The next row.
    pub fn next(&mut self, row: &mut Row) -> bool {
        let width = self.range.width();
        if self.at >= self.range.height() {
            return false;
        }
        let mut cells = StringRecord::with_capacity(256, width);
        for i in 0..width {
            match self.range.get((self.at, i)) {
                Some(Data::Error(e)) => {
                    row.fault = Some(Fault {
                        code: "error-import-formula",
                        args: vec![("value", e.to_string().into())],
                        column: Some(i),
                    });
                    cells.push_field("");
                }
                Some(data) => cells.push_field(&text(data)),
                None => cells.push_field(""),
            }
        }
        row.cells = cells;
        row.number = u64::try_from(self.first + self.at + 1).unwrap_or(u64::MAX);
        self.at += 1;
        true
    }
}

/// A cell as a person reads it.
fn text(data: &Data) -> String {
    match data {
        Data::Int(i) => i.to_string(),
        // 12 digits are what people see in a cell; more would show how binary fractions look.
        Data::Float(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
        Data::Float(f) => {
            let rounded = format!("{f:.9}");
            rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => s.clone(),
        Data::Bool(b) => if *b { "yes" } else { "no" }.to_owned(),
        Data::DateTime(at) if at.is_datetime() => {
            let (y, m, d, h, min, s, _) = at.to_ymd_hms_milli();
            if (h, min, s) == (0, 0, 0) {
                format!("{y:04}-{m:02}-{d:02}")
            } else {
                format!("{y:04}-{m:02}-{d:02} {h:02}:{min:02}:{s:02}")
            }
        }
        Data::DateTime(at) => at.as_f64().to_string(),
        Data::Error(_) | Data::Empty => String::new(),
    }
}
