//! A result as a file: for spreadsheets, or on paper. Each export leaves an event.

use super::result::rows;
use super::{Names, cells, named, paper};
use crate::chain::{Col, Kind};
use crate::run::{Run, job, store, work};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use rust_xlsxwriter::{Format, Workbook};
use std::borrow::Cow;
use zhike_kernel::{Error, Result, Value, number};
use zhike_store::Event;
use zhike_web::{Answer, Fields, Visit, records};

/// A cell as an import reads it back: numbers in their unit, records by their name.
fn plain(visit: &Visit, col: &Col, value: &Value, names: &Names) -> String {
    match (value, &col.kind) {
        (Value::Int(n), Kind::Money | Kind::Quantity | Kind::Rate) => {
            number::write_scaled(*n, col.kind.decimals(visit.house.currency.decimals()))
        }
        (Value::Int(n), Kind::Int) => n.to_string(),
        _ => cells::text(visit, col, value, names),
    }
}

/// `GET /analyses/{id}/runs/{run}/export?format=csv|xlsx|pdf`.
pub(crate) async fn send(visit: Visit, id: i64, run: i64, q: Fields) -> Answer {
    let analysis = job::need(&visit.ctx, visit.db(), id).await?;
    let run: Run = store::find(visit.db(), id, run).await?;
    if run.state != "done" || !run.open_to(&visit.ctx) {
        return Err(Error::missing().into());
    }
    let found = rows(&visit.ctx, &run, 0, work::KEPT).await?;
    let names = named(&visit, &run.columns, &found).await?;
    let heads: Vec<String> = run.columns.iter().map(|c| c.label.words(&visit)).collect();
    let lines: Vec<Vec<String>> = found
        .iter()
        .map(|row| {
            run.columns
                .iter()
                .zip(row)
                .map(|(c, v)| plain(&visit, c, v, &names))
                .collect()
        })
        .collect();
    let known = |word: &&str| matches!(*word, "xlsx" | "pdf");
    let format = q.get("format").filter(known).unwrap_or("csv");
    let numbers: Vec<bool> = run.columns.iter().map(|c| c.kind.is_number()).collect();
    let (bytes, kind) = match format {
        "xlsx" => (
            zhike_web::blocking(move || sheet(&heads, &numbers, &lines)).await??,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        "pdf" => (
            paper::pdf(&visit, &analysis, &run, &found, &names).await?,
            "application/pdf",
        ),
        _ => (text(&heads, &lines)?, "text/csv; charset=utf-8"),
    };
    note(&visit, id, found.len(), format).await?;
    let name: String = analysis
        .text("name")
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let disposition = format!(
        "attachment; filename=\"analysis-{id}.{format}\"; filename*=UTF-8''{}.{format}",
        zhike_web::input::percent_encode(&name)
    );
    let disposition = HeaderValue::from_str(&disposition).map_err(Error::broken)?;
    Ok((
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        bytes,
    )
        .into_response())
}

/// Spreadsheets run a cell that begins like a formula: such text gets an apostrophe before it, numbers do not.
fn guard(cell: &str) -> Cow<'_, str> {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if !risky || cell.parse::<f64>().is_ok() {
        Cow::Borrowed(cell)
    } else {
        Cow::Owned(format!("'{cell}"))
    }
}

/// Rows of text as CSV, ready for Excel.
fn text(heads: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        // Without this mark Excel takes UTF-8 for something else.
        .from_writer("\u{feff}".as_bytes().to_vec());
    for row in std::iter::once(heads).chain(rows.iter().map(Vec::as_slice)) {
        writer
            .write_record(row.iter().map(|c| guard(c).into_owned()))
            .map_err(Error::broken)?;
    }
    writer.into_inner().map_err(|e| Error::broken(e.to_string()))
}

/// Rows of text as one sheet of Excel; those of number columns become numbers.
fn sheet(heads: &[String], numbers: &[bool], rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    for (c, head) in (0_u16..).zip(heads) {
        sheet
            .write_string_with_format(0, c, head, &bold)
            .map_err(Error::broken)?;
    }
    for (at, row) in (1_u32..).zip(rows) {
        for (c, (cell, number)) in (0_u16..).zip(row.iter().zip(numbers)) {
            match cell.parse::<f64>() {
                _ if cell.is_empty() => continue,
                Ok(n) if *number => sheet.write_number(at, c, n),
                _ => sheet.write_string(at, c, cell),
            }
            .map_err(Error::broken)?;
        }
    }
    book.save_to_buffer().map_err(Error::broken)
}

async fn note(visit: &Visit, id: i64, rows: usize, format: &str) -> Result<()> {
    let tx = visit.ctx.begin().await?;
    let event = Event {
        kind: records::EXPORTED.into(),
        record_type: "analysis",
        record: id,
        note: Some(format!("{rows} {format}")),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}
