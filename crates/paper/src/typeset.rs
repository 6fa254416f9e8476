//! The typesetter: typst as a library, with a desk of four things on it: the template, the data, the logo, the fonts.

use crate::{Labels, Letterhead, Letters, Sheet, failed, fonts};
use serde_json::json;
use std::sync::OnceLock;
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;
use zhike_kernel::Result;

const TEMPLATE: &str = include_str!("sheet.typ");
const LETTERS: &str = include_str!("letters.typ");
const LABELS: &str = include_str!("labels.typ");

/// The fonts of this machine, read once when the first sheet is set.
struct Case {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// Families in the order in which a letter is looked for.
    families: Vec<String>,
}

fn case() -> &'static Case {
    static CASE: OnceLock<Case> = OnceLock::new();
    CASE.get_or_init(|| {
        let mut fonts = vec![];
        if let Some(found) = fonts::cjk() {
            let files = [Some(&found.regular), found.bold.as_ref()];
            fonts.extend(files.into_iter().flatten().filter_map(face));
        }
        if fonts.is_empty() {
            // Without a font for Chinese at least Latin letters are set.
            fonts.extend(typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data))));
        }
        let mut families: Vec<String> = vec![];
        for font in &fonts {
            let family = font.info().family.to_string();
            if !families.contains(&family) && !family.contains("Math") && !family.contains("Mono") {
                families.push(family);
            }
        }
        let mut book = FontBook::new();
        fonts.iter().for_each(|f| book.push(f.info().clone()));
        Case {
            book: LazyHash::new(book),
            fonts,
            families,
        }
    })
}

/// The face for simplified Chinese of a file that may hold several.
fn face(path: &std::path::PathBuf) -> Option<Font> {
    let data = Bytes::new(std::fs::read(path).ok()?);
    // In Noto's collections it is the third; looking at each would read every table of all of them.
    let third = Font::new(data.clone(), 2).filter(|f| f.info().family.ends_with("SC"));
    third.or_else(|| {
        let all: Vec<Font> = Font::iter(data).collect();
        let simplified = all.iter().find(|f| f.info().family.ends_with("SC")).cloned();
        simplified.or_else(|| all.into_iter().next())
    })
}

struct Desk {
    library: LazyHash<Library>,
    main: Source,
    files: Vec<(FileId, Bytes)>,
}

fn id(name: &str) -> Result<FileId> {
    let path = VirtualPath::new(name).map_err(|_| failed("a path"))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &case().book
    }
    fn main(&self) -> FileId {
        self.main.id()
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            Ok(self.main.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|f| f.0 == id).map(|f| f.1.clone());
        found.ok_or(FileError::AccessDenied)
    }
    fn font(&self, index: usize) -> Option<Font> {
        case().fonts.get(index).cloned()
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        // A sheet bears the days that its data says.
        None
    }
}

pub(crate) fn pdf(sheet: &Sheet) -> Result<Vec<u8>> {
    let head = &sheet.head;
    let logo = picture(head);
    let data = json!({
        "lang": if sheet.zh { "zh" } else { "en" },
        "fonts": case().families,
        "name": head.name_in(sheet.zh),
        "address": lines(head.address_in(sheet.zh)),
        "contact": lines(&head.contact),
        "tax": [sheet.tax_label, head.tax_number],
        "bank": [sheet.bank_label, head.bank],
        "logo": logo.as_ref().map(|l| l.0.as_str()),
        "title": sheet.title,
        "number": sheet.number,
        "to_title": sheet.to_title,
        "to": sheet.to,
        "facts": sheet.facts,
        "columns": sheet.columns,
        "rows": sheet.rows.iter().map(|row| row.iter().map(|cell| lines(cell)).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "sums": sheet.sums,
        "blocks": sheet.blocks.iter().map(|b| json!({"title": b.title, "lines": lines(&b.text)})).collect::<Vec<_>>(),
        "signatures": sheet.signatures,
        "page": sheet.page,
        "mark": sheet.mark,
    });
    set(TEMPLATE, &data, logo, &sheet.number)
}

/// Letters for window envelopes, one after the other.
pub(crate) fn letters(mail: &Letters) -> Result<Vec<u8>> {
    let head = &mail.head;
    let logo = picture(head);
    let all = mail.letters.iter().map(|l| {
        let sender: Vec<&str> = [head.name_in(l.zh)]
            .into_iter()
            .chain(head.address_in(l.zh).lines())
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .collect();
        json!({
            "lang": if l.zh { "zh" } else { "en" },
            "name": head.name_in(l.zh),
            "address": lines(head.address_in(l.zh)),
            "contact": lines(&head.contact),
            "sender": sender.join(" · "),
            "to": l.to,
            "facts": l.facts,
            "subject": l.subject,
            "paragraphs": paragraphs(&l.text),
            "ask": l.ask,
            "code": l.code,
            "page": l.page,
        })
    });
    let data = json!({
        "fonts": case().families,
        "logo": logo.as_ref().map(|l| l.0.as_str()),
        "letters": all.collect::<Vec<_>>(),
    });
    set(LETTERS, &data, logo, &mail.number)
}

/// Addresses on a sheet of labels.
pub(crate) fn labels(all: &Labels) -> Result<Vec<u8>> {
    let s = all.sheet;
    let mm = |tenths: u32| f64::from(tenths) / 10.0;
    let data = json!({
        "fonts": case().families,
        "columns": s.columns, "rows": s.rows,
        "width": mm(s.width), "height": mm(s.height),
        "left": mm(s.left), "top": mm(s.top),
        "across": mm(s.across), "down": mm(s.down),
        "skip": all.skip % (s.columns * s.rows).max(1),
        "labels": all.labels,
    });
    set(LABELS, &data, None, &all.number)
}

/// Paragraphs as lines.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let mut out: Vec<Vec<&str>> = vec![vec![]];
    for line in text.lines().map(str::trim_end) {
        match (line.is_empty(), out.last_mut()) {
            (false, Some(last)) => last.push(line),
            _ => out.push(vec![]),
        }
    }
    out.retain(|p| !p.is_empty());
    out
}

type Picture = Option<(String, Vec<u8>)>;

fn picture(head: &Letterhead) -> Picture {
    head.logo.as_ref().map(|l| (format!("logo.{}", l.kind), l.bytes()))
}

/// Sets a template with its data.
fn set(template: &str, data: &serde_json::Value, logo: Picture, name: &str) -> Result<Vec<u8>> {
    let mut files = vec![(id("data.json")?, Bytes::from_string(data.to_string()))];
    if let Some((name, bytes)) = logo {
        files.push((id(&name)?, Bytes::new(bytes)));
    }
    let desk = Desk {
        library: LazyHash::new(Library::default()),
        main: Source::new(id("main.typ")?, template.to_owned()),
        files,
    };
    let first = |all: &[typst::diag::SourceDiagnostic]| {
        all.first()
            .map_or_else(|| "no reason".to_owned(), |d| d.message.to_string())
    };
    let set = typst::compile::<PagedDocument>(&desk)
        .output
        .map_err(|e| failed(first(&e)))?;
    let options = PdfOptions {
        ident: Smart::Custom(name.to_owned()),
        creator: Smart::Custom(Some("Zhike".to_owned())),
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&set, &options).map_err(|e| failed(first(&e)))?;
    // What it remembers of this sheet serves no other one.
    typst::comemo::evict(2);
    Ok(bytes)
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}
