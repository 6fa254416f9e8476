//! A list as a file: CSV as a stream, Excel through a file on disk; the memory does not grow with the rows. Each export
//! is kept in the event log.

use super::{
    EXPORTED,
    ask::Ask,
    meant, personal,
    show::{self, Names, is_number, label},
};
use crate::{answer::Answer, input::Fields, visit::Visit};
use axum::{
    body::{Body, Bytes},
    http::header,
    response::IntoResponse,
};
use futures::stream::try_unfold;
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use std::{borrow::Cow, io, path::PathBuf, sync::Arc};
use tokio::io::AsyncReadExt;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Event, Field, FieldKind, List, RecordType, list};

/// Rows read at once.
const CHUNK: usize = 1_000;
/// Rows of a sheet, without its head; Excel ends at 2^20.
const SHEET: u32 = 1_048_000;

/// `GET {path}/export?format=csv|xlsx&…`.
pub async fn start(visit: Visit, name: &'static str, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let (ask, list) = meant::exactly(&visit, &ty, Ask::read(&ty, &q)).await?;
    let words = ask.query();
    send(visit, ty, list, &words, q.get("format") == Some("xlsx")).await
}

/// The file of a list; `words` tell in the log what was asked.
pub(crate) async fn send(visit: Visit, ty: Arc<RecordType>, list: List, words: &str, xlsx: bool) -> Answer {
    let fields: Vec<Field> = ty.fields.iter().filter(|f| !f.internal).cloned().collect();
    let list = List {
        columns: fields.iter().map(|f| f.name.to_owned()).collect(),
        limit: CHUNK,
        cursor: None,
        ..list
    };
    let count = list::count(&visit.ctx, visit.db(), &ty, &list, i64::MAX).await?;
    let mut words = words.to_owned();
    if count > 0
        && let Some(names) = personal::whole(&visit.ctx, &fields)
    {
        words = format!("{words} [{names}]");
    }
    note(&visit, &ty, count, &words, if xlsx { "xlsx" } else { "csv" }).await?;
    let file = format!("{}-{}", ty.path.trim_matches('/'), visit.today());
    let source = Source {
        visit,
        ty,
        fields,
        list: Some(list),
    };
    if xlsx {
        Box::pin(excel(source, &file)).await
    } else {
        Ok(csv(source, &file))
    }
}

/// The export itself is an event: who took how many, by which filter.
async fn note(visit: &Visit, ty: &RecordType, count: i64, words: &str, format: &str) -> Result<()> {
    let tx = visit.ctx.begin().await?;
    let event = Event {
        kind: EXPORTED.into(),
        record_type: ty.name,
        record: 0,
        note: Some(format!("{count} {format} {words}").trim_end().to_owned()),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

/// The records, chunk by chunk.
struct Source {
    visit: Visit,
    ty: Arc<RecordType>,
    fields: Vec<Field>,
    list: Option<List>,
}

impl Source {
    fn heads(&self) -> Vec<String> {
        self.fields
            .iter()
            .map(|f| label(&self.visit, &self.ty, f.name))
            .collect()
    }

    /// The next rows, or nothing when it is all out.
    async fn next(&mut self) -> Result<Option<Vec<Vec<String>>>> {
        let Some(ask) = self.list.take() else {
            return Ok(None);
        };
        let page = list::page(&self.visit.ctx, self.visit.db(), &self.ty, &ask).await?;
        let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
        let names = show::names(&self.visit, &self.ty, &rows).await?;
        let out = rows
            .iter()
            .map(|row| self.fields.iter().map(|f| text(&self.visit, f, row, &names)).collect())
            .collect();
        self.list = page.next.map(|cursor| List {
            cursor: Some(cursor),
            ..ask
        });
        Ok(Some(out))
    }
}

/// A value as an import reads it back; a reference by its name.
fn text(visit: &Visit, field: &Field, row: &Values, names: &Names) -> String {
    let value = row.get(field.name).unwrap_or(&Value::Null);
    match (field.kind, value) {
        _ if !visit.sees(field) => visit.loc.t("records-hidden"),
        (_, Value::Text(text)) if !visit.unmasks(field) => field.mask(text),
        (FieldKind::User | FieldKind::Ref(_), Value::Int(id)) => {
            names.get(field, *id).map_or_else(|| id.to_string(), str::to_owned)
        }
        _ => field.write(value, show::currency(visit, field, row)),
    }
}

/// Spreadsheets run a cell that begins like a formula: such text gets an apostrophe before it, numbers do not.
pub(super) fn guard(cell: &str) -> Cow<'_, str> {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if !risky || is_plain_number(cell) {
        Cow::Borrowed(cell)
    } else {
        Cow::Owned(format!("'{cell}"))
    }
}

fn is_plain_number(cell: &str) -> bool {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(rest)
}

fn csv_lines<'a>(rows: impl Iterator<Item = &'a Vec<String>>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![]);
    for row in rows {
        writer
            .write_record(row.iter().map(|c| guard(c).into_owned()))
            .map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|e| io::Error::other(e.to_string()))
}

fn attachment(file: &str, kind: &str, body: Body) -> axum::response::Response {
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
        ],
        body,
    )
        .into_response()
}

fn csv(source: Source, file: &str) -> axum::response::Response {
    let stream = try_unfold((source, true), |(mut source, first)| async move {
        let Some(rows) = source.next().await.map_err(|e| {
            tracing::error!(error = %e, "export");
            io::Error::other("export")
        })?
        else {
            return Ok::<_, io::Error>(None);
        };
        let mut bytes = vec![];
        if first {
            // Without this mark Excel takes UTF-8 for something else.
            bytes.extend_from_slice("\u{feff}".as_bytes());
            bytes.extend(csv_lines([source.heads()].iter())?);
        }
        bytes.extend(csv_lines(rows.iter())?);
        Ok(Some((Bytes::from(bytes), (source, false))))
    });
    attachment(
        &format!("{file}.csv"),
        "text/csv; charset=utf-8",
        Body::from_stream(stream),
    )
}

fn broken(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::broken(e)
}

/// A file that goes when nobody needs it any more.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn excel(mut source: Source, file: &str) -> Answer {
    let folder = source.visit.house.data.join("tmp");
    tokio::fs::create_dir_all(&folder).await.map_err(broken)?;
    let unique = format!("export-{}-{:016x}.xlsx", std::process::id(), rand::random::<u64>());
    let gone = Gone(folder.join(unique));
    let mut book = Workbook::new();
    book.set_tempdir(&folder).map_err(broken)?;
    let heads = source.heads();
    let mut at = SHEET + 1;
    let mut sheets = 0;
    while let Some(rows) = source.next().await? {
        for row in rows
            .iter()
            .map(Some)
            .chain((sheets == 0 && rows.is_empty()).then_some(None))
        {
            if at > SHEET {
                let sheet = book.add_worksheet_with_constant_memory().map_err(broken)?;
                let bold = Format::new().set_bold();
                for (c, head) in (0u16..).zip(&heads) {
                    sheet.write_string_with_format(0, c, head, &bold).map_err(broken)?;
                }
                at = 1;
                sheets += 1;
            }
            if let (Some(row), Ok(sheet)) = (row, book.worksheet_from_index(sheets - 1)) {
                write_row(sheet, at, &source.fields, row)?;
                at += 1;
            }
        }
    }
    let path = gone.0.clone();
    crate::blocking(move || book.save(&path)).await?.map_err(broken)?;
    let opened = tokio::fs::File::open(&gone.0).await.map_err(broken)?;
    let stream = try_unfold((opened, gone), |(mut opened, gone)| async move {
        let mut bytes = vec![0; 64 * 1024];
        let n = opened.read(&mut bytes).await?;
        bytes.truncate(n);
        Ok::<_, io::Error>((n > 0).then_some((Bytes::from(bytes), (opened, gone))))
    });
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(attachment(&format!("{file}.xlsx"), kind, Body::from_stream(stream)))
}

fn write_row(sheet: &mut Worksheet, at: u32, fields: &[Field], row: &[String]) -> Result<()> {
    for (c, (field, text)) in (0u16..).zip(fields.iter().zip(row)) {
        if text.is_empty() {
            continue;
        }
        match text.parse::<f64>() {
            Ok(number) if is_number(field) => sheet.write_number(at, c, number),
            _ => sheet.write_string(at, c, text),
        }
        .map_err(broken)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_made_harmless_and_a_number_is_left_alone() {
        for cell in [
            "=1+1", "+86 138", "-cmd", "@SUM(A1)", "\tx", "\rx", "＝1", "-1-1", "-", "+",
        ] {
            assert_eq!(guard(cell), format!("'{cell}"), "{cell:?}");
        }
        for cell in ["-12.50", "+3", "0.5", "青禾", "", "a=b", "1-2"] {
            assert_eq!(guard(cell), cell);
        }
    }

    #[test]
    fn lines_are_quoted_where_needed_and_end_as_windows_wants() {
        let rows = [vec!["青禾, 乳业".to_owned(), "=A1".to_owned(), "say \"x\"".to_owned()]];
        let bytes = csv_lines(rows.iter()).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\"青禾, 乳业\",'=A1,\"say \"\"x\"\"\"\r\n"
        );
    }
}
