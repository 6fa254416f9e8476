//! Files that go along with what is being written: they come with the form itself, or lie on records already. They are on no
//! record of their own until whoever takes the form puts them there.

use super::{kinds, owner, take};
use crate::{
    input::{Fields, whole},
    ui,
    visit::Visit,
};
use axum::{
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::header,
};
use maud::{Markup, html};
use zhike_kernel::{Arg, Error, Result, error::FieldError};
use zhike_store::{
    Query, Tx,
    attachment::{self, Attachment, NewAttachment},
};

/// Files of one letter.
pub const MOST: usize = 10;
/// Bytes of all of them: in a letter they grow by a third, and many servers take no more than 25 MB.
pub const BYTES: usize = 15 * 1024 * 1024;

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Along {
    /// `picture`, `video` or `document`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Content type.
    pub media: String,
    /// Bytes.
    pub size: i64,
    /// Hash of the contents.
    pub hash: String,
}

impl From<Attachment> for Along {
    fn from(a: Attachment) -> Along {
        Along {
            kind: a.kind,
            name: a.name,
            media: a.media,
            size: a.size,
            hash: a.hash,
        }
    }
}

/// A form with files, or one without: what was typed, and what came along under the name `file`.
pub async fn with_form(visit: &Visit, mut request: Request) -> Result<(Fields, Vec<Along>)> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|k| k.as_bytes().starts_with(b"multipart/")) {
        return Ok((whole(request).await?, vec![]));
    }
    // What is too much is said by us, with the limit: the frame is wider.
    DefaultBodyLimit::max(kinds::MOST + 1024 * 1024).apply(&mut request);
    let bad = |_| Error::invalid("error-request");
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Error::invalid("error-request"))?;
    let (mut fields, mut files, mut typed) = (Fields::default(), vec![], 0);
    while let Some(mut field) = form.next_field().await.map_err(bad)? {
        let name = field.name().unwrap_or("").to_owned();
        if field.file_name().is_none() {
            let mut text = vec![];
            while let Some(piece) = field.chunk().await.map_err(bad)? {
                typed += piece.len();
                if typed > crate::input::MOST {
                    return Err(Error::invalid("error-payload"));
                }
                text.extend_from_slice(&piece);
            }
            let text = String::from_utf8(text).map_err(|_| Error::invalid("error-request"))?;
            fields.0.push((name, text));
            continue;
        }
        // A field for files that was left empty comes as a file without a name.
        let called = take::called(&field);
        if called.is_empty() || name != "file" {
            continue;
        }
        let (known, hash, size) = take::receive(&visit.house.data, &mut field, &called)
            .await
            .map_err(|e| on_field(e, &called))?;
        files.push(Along {
            kind: known.kind.to_owned(),
            name: called,
            media: known.media.to_owned(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            hash,
        });
        bounded(&files)?;
    }
    Ok((fields, files))
}

fn wrong(code: &'static str, arg: (&'static str, Arg)) -> Error {
    Error::fields(vec![FieldError {
        field: "file".into(),
        code,
        args: vec![arg],
    }])
}

fn too_large() -> Error {
    wrong("error-along-large", ("most", (BYTES / 1024 / 1024).into()))
}

/// The refusal of one file of several says which.
fn on_field(e: Error, called: &str) -> Error {
    match e.code {
        "error-file-kind" => wrong("error-along-kind", ("name", called.into())),
        "error-file-large" => too_large(),
        _ => e,
    }
}

/// Not too many, and together not too large.
pub fn bounded(files: &[Along]) -> Result<()> {
    if files.len() > MOST {
        return Err(wrong("error-along-many", ("most", MOST.into())));
    }
    let all: i64 = files.iter().map(|f| f.size).sum();
    if usize::try_from(all).unwrap_or(usize::MAX) > BYTES {
        return Err(too_large());
    }
    Ok(())
}

/// Files that lie on records which the visitor may see, by their ids.
pub async fn chosen(visit: &Visit, ids: &[i64]) -> Result<Vec<Along>> {
    let mut out: Vec<Along> = vec![];
    for id in ids.iter().take(MOST + 1) {
        let none = || Error::field("files", "error-not-a-record");
        let one = attachment::find(visit.db(), *id).await?.ok_or_else(none)?;
        owner(visit, &one.record_type, one.record, false)
            .await
            .map_err(|_| none())?;
        // A link is words: it is written, not enclosed.
        if one.hash.is_empty() {
            return Err(none());
        }
        if !out.iter().any(|o| o.hash == one.hash && o.name == one.name) {
            out.push(one.into());
        }
    }
    bounded(&out)?;
    Ok(out)
}

/// Puts them on a record.
pub async fn put(tx: &Tx, record_type: &str, record: i64, files: &[Along]) -> Result<()> {
    for f in files {
        let new = NewAttachment {
            record_type,
            record,
            kind: &f.kind,
            name: &f.name,
            media: &f.media,
            size: f.size,
            hash: &f.hash,
            url: "",
            user: tx.user,
        };
        attachment::add(tx, &new).await?;
    }
    Ok(())
}

/// Those that a record has.
pub async fn of(q: &dyn Query, record_type: &str, record: i64) -> Result<Vec<Along>> {
    let all = attachment::of_record(q, record_type, record).await?;
    Ok(all
        .into_iter()
        .filter(|a| !a.hash.is_empty())
        .map(Along::from)
        .collect())
}

/// The field of a form that takes files along. Its form is sent as `multipart/form-data` and read by [`with_form`].
pub fn field(visit: &Visit, id: &str) -> Markup {
    let loc = &visit.loc;
    let hint = loc.tv(
        "files-along-hint",
        &[("n", MOST.into()), ("most", (BYTES / 1024 / 1024).into())],
    );
    let too_large = loc.tv("error-along-large", &[("most", (BYTES / 1024 / 1024).into())]);
    ui::Field::new("file", loc.t("files-along"))
        .id(id)
        .hint(hint)
        .attr("multiple", "")
        .attr("data-most", BYTES.to_string())
        .attr("data-too-large", too_large)
        .file(super::ACCEPT)
}

/// Files as chips that are opened by a click.
pub fn chips(files: &[&Attachment]) -> Markup {
    html! {
        @if !files.is_empty() {
            div.row.wrap { @for f in files { a.chip href={ "/files/" (f.id) } { (ui::icon("paperclip")) " " (f.name) } } }
        }
    }
}
