//! Takes a file in, piece by piece, onto the disk, and guesses what it holds.

use super::{types, with_labels};
use crate::{
    guess,
    mapping::Mapping,
    record,
    source::{Options, Row, Source},
};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::Field};
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;
use zhike_kernel::{Error, Result};
use zhike_store::RecordType;
use zhike_web::{Answer, Fields, Visit, answer};

/// Largest file, in bytes.
pub const MOST: usize = 500 * 1024 * 1024;
/// Endings of files that are read.
pub const ENDINGS: [&str; 9] = [
    ".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".csv.zst", ".tsv.zst", ".xlsx", ".xls",
];

/// What came in.
pub struct Received {
    /// Other fields of the form.
    pub fields: Fields,
    /// Folder within the data folder, name of the file in it, and its name as it was called.
    pub file: Option<(String, String, String)>,
}

/// What the disk said, in words: a full one is not our fault.
pub fn broken(e: std::io::Error) -> Error {
    use std::io::ErrorKind;
    if matches!(e.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        Error::refused("error-disk-full")
    } else {
        Error::broken(e)
    }
}

/// The name under which a file of this name is kept: only its ending is believed.
pub fn kept_name(name: &str) -> Result<String> {
    let lower = name.to_lowercase();
    ENDINGS
        .iter()
        .filter(|e| lower.ends_with(*e))
        .max_by_key(|e| e.len())
        .map(|e| format!("data{e}"))
        .ok_or_else(|| Error::invalid("error-import-ending").with("name", name))
}

/// A new folder for one import.
pub async fn folder(visit: &Visit) -> Result<(String, PathBuf)> {
    let all = visit.house.data.join("imports");
    tokio::fs::create_dir_all(&all).await.map_err(broken)?;
    for n in 0..100 {
        let name = format!("imports/{}-{}", visit.now().0 + n, visit.actor.user.unwrap_or(0));
        let path = visit.house.data.join(&name);
        match tokio::fs::create_dir(&path).await {
            Ok(()) => return Ok((name, path)),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(broken(e)),
        }
    }
    Err(Error::broken("no free folder"))
}

/// Reads a multipart form; its file goes straight to the disk.
pub async fn receive(visit: &Visit, mut request: Request) -> Result<Received> {
    let bad = |_| Error::invalid("error-request");
    DefaultBodyLimit::max(MOST + 1024 * 1024).apply(&mut request);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Error::invalid("error-request"))?;
    let mut received = Received {
        fields: Fields::default(),
        file: None,
    };
    while let Some(field) = form.next_field().await.map_err(bad)? {
        let name = field.name().unwrap_or("").to_owned();
        match field.file_name().map(str::to_owned) {
            Some(called) if !called.is_empty() && received.file.is_none() => {
                let called: String = called
                    .rsplit(['/', '\\'])
                    .next()
                    .unwrap_or("")
                    .chars()
                    .take(200)
                    .collect();
                let kept = kept_name(&called)?;
                let (folder, path) = folder(visit).await?;
                let mut field = field;
                if let Err(e) = store(&mut field, &path.join(&kept)).await {
                    let _ = tokio::fs::remove_dir_all(&path).await;
                    // A browser shows an answer only when all that it sends was taken.
                    while e.code == "error-disk-full" && matches!(field.chunk().await, Ok(Some(_))) {}
                    return Err(e);
                }
                received.file = Some((folder, kept, called));
            }
            Some(_) => {}
            None => {
                let text = field.text().await.map_err(bad)?;
                received.fields.0.push((name, text));
            }
        }
    }
    Ok(received)
}

async fn store(field: &mut Field<'_>, path: &Path) -> Result<()> {
    let mut file = tokio::fs::File::create(path).await.map_err(broken)?;
    let mut size = 0;
    while let Some(bytes) = field.chunk().await.map_err(|_| Error::invalid("error-import-upload"))? {
        size += bytes.len();
        if size > MOST {
            return Err(Error::invalid("error-import-large").with("most", 500_i64));
        }
        file.write_all(&bytes).await.map_err(broken)?;
    }
    file.flush().await.map_err(broken)?;
    file.sync_all().await.map_err(broken)
}

/// The first rows of a file.
pub fn samples(source: &mut Source, most: usize) -> Result<Vec<Row>> {
    let mut rows = vec![];
    let mut row = Row::default();
    while rows.len() < most && source.next(&mut row)? {
        rows.push(std::mem::take(&mut row));
    }
    Ok(rows)
}

/// Rows as the guess wants them.
pub fn cells(rows: &[Row]) -> Vec<Vec<String>> {
    rows.iter()
        .filter(|r| r.fault.is_none())
        .map(|r| r.cells.iter().map(str::to_owned).collect())
        .collect()
}

/// What a file is taken for.
pub struct Guessed {
    /// The mapping.
    pub mapping: Mapping,
    /// Types that it could be as well; with the first in doubt, it stands among them.
    pub also: Vec<&'static str>,
}

/// Guesses the mapping of a file into a type.
pub fn guess_into(visit: &Visit, dir: &Path, file: &str, ty: &RecordType, options: &Options) -> Result<Mapping> {
    let mut source = Source::open(&dir.join(file), options)?;
    let rows = cells(&samples(&mut source, 50)?);
    Ok(made(visit, file, &source.headers, &rows, ty))
}

fn made(visit: &Visit, file: &str, headers: &[String], rows: &[Vec<String>], ty: &RecordType) -> Mapping {
    let parent = ty.parent.and_then(|(p, _)| visit.registry().get(p).ok());
    with_labels(&visit.loc, |labels| {
        guess::guess(file, headers, rows, ty, parent.map(AsRef::as_ref), labels)
    })
}

/// The lines of a document, when the file has what they need: products and quantities would be lost otherwise.
fn lines_of(visit: &Visit, file: &str, headers: &[String], rows: &[Vec<String>], ty: &RecordType) -> Option<Mapping> {
    let lines = super::allowed(visit, ty.lines?).ok()?;
    let mapping = made(visit, file, headers, rows, &lines);
    let step = mapping.steps.first()?;
    let column = lines.parent.map(|p| p.1);
    let needed = lines
        .fields
        .iter()
        .filter(|f| f.required && f.default.is_none() && guess::fillable(f) && Some(f.name) != column);
    let all = step.parent.is_some() && needed.clone().all(|f| step.columns.contains_key(f.name));
    all.then_some(mapping)
}

/// Guesses the mapping of a file: into the type that is told, or into the one that fits best.
pub fn guess_mapping(visit: &Visit, dir: &Path, file: &str, told: Option<&RecordType>) -> Result<Guessed> {
    let mut source = Source::open(&dir.join(file), &Options::default())?;
    let rows = cells(&samples(&mut source, 50)?);
    let headers = &source.headers;
    if let Some(ty) = told {
        let mapping =
            lines_of(visit, file, headers, &rows, ty).unwrap_or_else(|| made(visit, file, headers, &rows, ty));
        return Ok(Guessed { mapping, also: vec![] });
    }
    let types = types(visit);
    let guesses = types
        .iter()
        .filter(|ty| guess::likely(ty.name))
        .map(|ty| {
            let parent = ty.parent.and_then(|(p, _)| visit.registry().get(p).ok());
            (
                ty.as_ref(),
                parent.map(AsRef::as_ref),
                made(visit, file, headers, &rows, ty),
            )
        })
        .collect();
    let ranked = with_labels(&visit.loc, |labels| guess::choose(headers, &rows, guesses, labels))
        .ok_or_else(|| Error::forbidden("import"))?;
    Ok(Guessed {
        mapping: ranked.mapping,
        also: ranked.also,
    })
}

/// The upload of the page.
pub async fn page(visit: Visit, request: Request) -> Answer {
    let received = receive(&visit, request).await?;
    let Some((folder, kept, called)) = received.file else {
        return Err(Error::field("file", "error-required").into());
    };
    let told = match received.fields.filled("type") {
        Some(name) => Some(super::allowed(&visit, name)?),
        None => None,
    };
    let dir = visit.house.data.join(&folder);
    let made = guess_mapping(&visit, &dir, &kept, told.as_deref());
    let Guessed { mut mapping, also } = match made {
        Ok(guessed) => guessed,
        Err(e) => {
            let _ = tokio::fs::remove_dir_all(&dir).await;
            return Err(e.into());
        }
    };
    mapping.name.clone_from(&called);
    let into = mapping.steps.first().map_or("", |s| s.into.as_str());
    let tx = visit.begin().await?;
    let id = record::insert(&tx, &visit.ctx, &called, into, &mapping.json(), &folder, &called, false).await?;
    tx.commit().await?;
    let unsure = match also.as_slice() {
        [] => String::new(),
        also => format!("?also={}", also.join(",")),
    };
    answer::go(&visit, &format!("/imports/{id}/match{unsure}"))
}
