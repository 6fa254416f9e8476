//! Takes a file in: piece by piece onto the disk, hashed on the way, refused when it is too large or of no kind we keep.

use super::{as_json, kinds, owner, tell};
use crate::{
    answer::{Answer, go_saying, json},
    visit::Visit,
};
use axum::{
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, multipart::Field},
    http::{StatusCode, header},
};
use sha2::{Digest, Sha256};
use std::path::{Path as FilePath, PathBuf};
use tokio::io::AsyncWriteExt;
use zhike_kernel::{Error, Result};
use zhike_store::{
    FieldKind, Record, RecordType,
    attachment::{self, Attachment, NewAttachment},
};

fn broken(e: std::io::Error) -> Error {
    if e.kind() == std::io::ErrorKind::StorageFull {
        Error::refused("error-disk-full")
    } else {
        Error::broken(e)
    }
}

/// Where the contents of a hash lie.
pub(super) fn place(data: &FilePath, hash: &str) -> Option<PathBuf> {
    // A hash is hex; nothing else becomes a path.
    let good = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let two = hash.get(..2).filter(|_| good)?;
    Some(data.join("files").join(two).join(hash))
}

/// Keeps contents that came by another way than a form (the parts of a letter); their hash in hex. The same contents are
/// kept once.
pub async fn keep(data: &FilePath, bytes: &[u8]) -> Result<String> {
    let hash = crate::seal::hex(&Sha256::digest(bytes));
    let to = place(data, &hash).ok_or_else(|| Error::broken("a hash that is none"))?;
    if tokio::fs::try_exists(&to).await.map_err(broken)? {
        return Ok(hash);
    }
    let folder = to.parent().ok_or_else(Error::missing)?;
    tokio::fs::create_dir_all(folder).await.map_err(broken)?;
    // Whole or not at all: written beside, then renamed.
    let part = folder.join(format!("{hash}.{}", crate::seal::nonce()));
    let mut file = tokio::fs::File::create(&part).await.map_err(broken)?;
    file.write_all(bytes).await.map_err(broken)?;
    file.sync_all().await.map_err(broken)?;
    tokio::fs::rename(&part, &to).await.map_err(broken)?;
    Ok(hash)
}

/// Contents that were kept.
pub async fn contents(data: &FilePath, hash: &str) -> Result<Vec<u8>> {
    let at = place(data, hash).ok_or_else(Error::missing)?;
    tokio::fs::read(&at).await.map_err(|_| Error::missing())
}

/// Takes contents away for good. Whoever calls it has made sure that nothing else has the same.
pub async fn forget(data: &FilePath, hash: &str) -> Result<()> {
    let at = place(data, hash).ok_or_else(|| Error::broken("a hash that is none"))?;
    match tokio::fs::remove_file(&at).await {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(broken(e)),
        _ => Ok(()),
    }
}

/// `POST /attachments/{type}/{record}`: a file of a form, or (for programs) a link as JSON.
pub(super) async fn upload(visit: Visit, Path((ty, record)): Path<(String, i64)>, mut request: Request) -> Answer {
    let (ty, record) = owner(&visit, &ty, record, true).await?;
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("")
        .to_owned();
    if visit.api && kind.starts_with("application/json") {
        let bytes = axum::body::to_bytes(request.into_body(), 64 * 1024).await;
        let bytes = bytes.map_err(|_| Error::invalid("error-payload"))?;
        let body: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| Error::invalid("error-request"))?;
        let text = |name: &str| body.get(name).and_then(|v| v.as_str()).unwrap_or("").to_owned();
        let made = link(&visit, &ty, &record, &text("url"), &text("name")).await?;
        return json(StatusCode::CREATED, &as_json(&made));
    }
    DefaultBodyLimit::max(kinds::MOST + 1024 * 1024).apply(&mut request);
    let bad = |_| Error::invalid("error-request");
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Error::invalid("error-request"))?;
    let mut made = None;
    while let Some(field) = form.next_field().await.map_err(bad)? {
        let called = called(&field);
        if called.is_empty() || made.is_some() {
            continue;
        }
        made = Some(store(&visit, &ty, &record, field, &called).await?);
    }
    let made = made.ok_or_else(|| Error::field("file", "error-required"))?;
    if visit.api {
        return json(StatusCode::CREATED, &as_json(&made));
    }
    go_saying(
        &visit,
        &format!("{}/files", ty.url(record.id)),
        &visit.loc.t("files-added"),
        None,
    )
}

/// The name of a file without its folders, as it may be shown.
pub(super) fn called(field: &Field<'_>) -> String {
    let whole = field.file_name().unwrap_or("");
    let last = whole.rsplit(['/', '\\']).next().unwrap_or("");
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Takes the contents in: what it is, its hash, its size.
pub(super) async fn receive(
    data: &FilePath,
    field: &mut Field<'_>,
    name: &str,
) -> Result<(kinds::Known, String, usize)> {
    let folder = data.join("files");
    tokio::fs::create_dir_all(&folder).await.map_err(broken)?;
    let part = folder.join(format!("part-{:032x}", rand::random::<u128>()));
    let done = write(field, &part, name).await;
    let (known, hash, size) = match done {
        Ok(done) => done,
        Err(e) => {
            let _ = tokio::fs::remove_file(&part).await;
            return Err(e);
        }
    };
    let to = place(data, &hash).ok_or_else(|| Error::broken("no place for a file"))?;
    if let Some(parent) = to.parent() {
        tokio::fs::create_dir_all(parent).await.map_err(broken)?;
    }
    tokio::fs::rename(&part, &to).await.map_err(broken)?;
    Ok((known, hash, size))
}

async fn store(
    visit: &Visit,
    ty: &RecordType,
    record: &Record,
    mut field: Field<'_>,
    name: &str,
) -> Result<Attachment> {
    let (known, hash, size) = receive(&visit.house.data, &mut field, name).await?;
    let new = NewAttachment {
        record_type: ty.name,
        record: record.id,
        kind: known.kind,
        name,
        media: known.media,
        size: i64::try_from(size).unwrap_or(i64::MAX),
        hash: &hash,
        url: "",
        user: visit.actor.user,
    };
    enter(visit, ty, record, &new).await
}

async fn enter(visit: &Visit, ty: &RecordType, record: &Record, new: &NewAttachment<'_>) -> Result<Attachment> {
    let tx = visit.ctx.begin().await?;
    let id = attachment::add(&tx, new).await?;
    tell(visit, &tx, ty, record, "added", new.name).await?;
    let made = attachment::find(&tx, id).await?.ok_or_else(Error::missing)?;
    tx.commit().await?;
    Ok(made)
}

fn too_large(most: usize) -> Error {
    Error::invalid("error-file-large").with("most", most / 1024 / 1024)
}

/// Writes the pieces and recognises the file by the first of them.
async fn write(field: &mut Field<'_>, part: &FilePath, name: &str) -> Result<(kinds::Known, String, usize)> {
    let mut file = tokio::fs::File::create(part).await.map_err(broken)?;
    let (mut hash, mut size, mut head, mut known) = (Sha256::new(), 0_usize, Vec::new(), None);
    let refused = || Error::invalid("error-file-kind");
    while let Some(bytes) = field.chunk().await.map_err(|_| Error::invalid("error-request"))? {
        size += bytes.len();
        hash.update(&bytes);
        file.write_all(&bytes).await.map_err(broken)?;
        if known.is_none() {
            head.extend_from_slice(&bytes);
            if head.len() >= 16 {
                known = Some(kinds::recognise(name, &head).ok_or_else(refused)?);
            }
        }
        let most = known.as_ref().map_or(kinds::MOST, |k| k.most);
        if size > most {
            return Err(too_large(most));
        }
    }
    if size == 0 {
        return Err(Error::field("file", "error-required"));
    }
    let known = match known {
        Some(known) => known,
        None => kinds::recognise(name, &head).ok_or_else(refused)?,
    };
    file.flush().await.map_err(broken)?;
    file.sync_all().await.map_err(broken)?;
    let hash: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok((known, hash, size))
}

/// Enters a link.
pub(super) async fn link(visit: &Visit, ty: &RecordType, record: &Record, url: &str, name: &str) -> Result<Attachment> {
    let field = zhike_store::Field::new("url", FieldKind::Url).required();
    let value = field
        .parse(url, visit.house.currency)
        .map_err(|e| Error::fields(vec![e]))?;
    let Some(url) = value.text() else {
        return Err(Error::field("url", "error-required"));
    };
    let name: String = if name.trim().is_empty() { url } else { name.trim() }
        .chars()
        .take(200)
        .collect();
    let new = NewAttachment {
        record_type: ty.name,
        record: record.id,
        kind: "link",
        name: &name,
        media: "",
        size: 0,
        hash: "",
        url,
        user: visit.actor.user,
    };
    enter(visit, ty, record, &new).await
}
