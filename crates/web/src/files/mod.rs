//! Files and links on records of any type: taking them in, showing them, handing them out. Whoever sees the record sees
//! them; whoever may change it adds and takes away. An area shows them with [`tab`] and [`gallery`].

pub mod along;
pub mod kinds;
mod serve;
mod take;

pub use serve::hand_out;
pub use take::{contents, forget, keep};

use crate::{
    answer::{Answer, go_saying, json},
    input::{Fields, Form},
    routes::{Routes, SIGNED_IN},
    ui,
    visit::Visit,
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Error, Result};
use zhike_store::{
    EventKind, Record, RecordType, Tx,
    attachment::{self, Attachment},
    event::Event,
    read,
};

/// What a field for files offers to choose.
pub(crate) const ACCEPT: &str = "image/png,image/jpeg,image/gif,image/webp,video/mp4,video/webm,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.odt,.ods,.odp,.txt,.csv,.zip,.dwg,.step";

/// Events written here.
pub(crate) fn events() -> Vec<EventKind> {
    ["attachment.added.v1", "attachment.removed.v1", "attachment.restored.v1"]
        .map(|name| EventKind {
            name: name.into(),
            reason: "read on the timeline and in the audit",
        })
        .into()
}

/// Routes of pages and API.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/files/{id}", SIGNED_IN, serve::show)
        .post("/files/{id}/remove", SIGNED_IN, |visit: Visit, Path(id): Path<i64>| {
            remove(visit, id)
        })
        .post("/files/{id}/restore", SIGNED_IN, |visit: Visit, Path(id): Path<i64>| {
            restore(visit, id)
        })
        .post(
            "/api/v1/files/{id}/restore",
            SIGNED_IN,
            |visit: Visit, Path(id): Path<i64>| restore(visit, id),
        )
        .post("/files/{id}/first", SIGNED_IN, |visit: Visit, Path(id): Path<i64>| {
            first(visit, id)
        })
        .post("/attachments/{type}/{record}", SIGNED_IN, take::upload)
        .post(
            "/attachments/{type}/{record}/link",
            SIGNED_IN,
            |visit: Visit, Path((ty, record)): Path<(String, i64)>, Form(f): Form| link(visit, ty, record, f),
        )
        .get(
            "/api/v1/attachments/{type}/{record}",
            SIGNED_IN,
            |visit: Visit, Path((ty, record)): Path<(String, i64)>| list(visit, ty, record),
        )
        .post("/api/v1/attachments/{type}/{record}", SIGNED_IN, take::upload)
        .files(&["multipart/form-data"])
        .get("/api/v1/files/{id}", SIGNED_IN, serve::show)
        .delete("/api/v1/files/{id}", SIGNED_IN, |visit: Visit, Path(id): Path<i64>| {
            remove(visit, id)
        })
}

/// The record, if it is in sight; for writing, if it may be changed.
async fn owner(visit: &Visit, ty: &str, record: i64, writing: bool) -> Result<(std::sync::Arc<RecordType>, Record)> {
    let ty = visit.registry().get(ty)?.clone();
    visit.require(&ty.permission(if writing { "edit" } else { "view" }))?;
    let record = read::need(&visit.ctx, visit.db(), &ty, record).await?;
    if writing && record.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    Ok((ty, record))
}

async fn found(visit: &Visit, id: i64, writing: bool) -> Result<(std::sync::Arc<RecordType>, Record, Attachment)> {
    let one = attachment::find(visit.db(), id).await?.ok_or_else(Error::missing)?;
    let (ty, record) = owner(visit, &one.record_type, one.record, writing).await?;
    Ok((ty, record, one))
}

async fn tell(visit: &Visit, tx: &Tx, ty: &RecordType, record: &Record, what: &str, name: &str) -> Result<()> {
    let event = Event {
        kind: format!("attachment.{what}.v1"),
        record_type: ty.name,
        record: record.id,
        party: match ty.party {
            Some("id") => Some(record.id),
            Some(field) => record.int(field),
            None => None,
        },
        note: Some(name.to_owned()),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await.map(|_| ())
}

fn as_json(a: &Attachment) -> serde_json::Value {
    let url = if a.kind == "link" {
        a.url.clone()
    } else {
        format!("/api/v1/files/{}", a.id)
    };
    serde_json::json!({"id": a.id, "kind": a.kind, "name": a.name, "media": a.media, "size": a.size, "sha256": a.hash, "url": url})
}

async fn list(visit: Visit, ty: String, record: i64) -> Answer {
    let (ty, record) = owner(&visit, &ty, record, false).await?;
    let all = attachment::of_record(visit.db(), ty.name, record.id).await?;
    let data: Vec<_> = all.iter().map(as_json).collect();
    json(StatusCode::OK, &serde_json::json!({"data": data}))
}

fn back(visit: &Visit, ty: &RecordType, record: i64, words: &str) -> Answer {
    go_saying(visit, &format!("{}/files", ty.url(record)), &visit.loc.t(words), None)
}

async fn remove(visit: Visit, id: i64) -> Answer {
    let (ty, record, one) = found(&visit, id, true).await?;
    let tx = visit.ctx.begin().await?;
    attachment::remove(&tx, one.id).await?;
    tell(&visit, &tx, &ty, &record, "removed", &one.name).await?;
    tx.commit().await?;
    if visit.api {
        return json(StatusCode::OK, &as_json(&one));
    }
    let to = format!("{}/files", ty.url(record.id));
    let undo = format!("/files/{id}/restore");
    go_saying(&visit, &to, &visit.loc.t("files-removed"), Some(&undo))
}

/// Brings back what was taken away.
async fn restore(visit: Visit, id: i64) -> Answer {
    let one = attachment::find_removed(visit.db(), id)
        .await?
        .ok_or_else(Error::missing)?;
    let (ty, record) = owner(&visit, &one.record_type, one.record, true).await?;
    let tx = visit.ctx.begin().await?;
    attachment::restore(&tx, one.id).await?;
    tell(&visit, &tx, &ty, &record, "restored", &one.name).await?;
    tx.commit().await?;
    if visit.api {
        return json(StatusCode::OK, &as_json(&one));
    }
    back(&visit, &ty, record.id, "files-restored")
}

async fn first(visit: Visit, id: i64) -> Answer {
    let (ty, record, one) = found(&visit, id, true).await?;
    let tx = visit.ctx.begin().await?;
    attachment::first(&tx, &one).await?;
    tell(&visit, &tx, &ty, &record, "added", &one.name).await?;
    tx.commit().await?;
    back(&visit, &ty, record.id, "records-said-saved")
}

/// A link is an address and a name; nothing is fetched from it.
async fn link(visit: Visit, ty: String, record: i64, f: Fields) -> Answer {
    let (ty, record) = owner(&visit, &ty, record, true).await?;
    take::link(
        &visit,
        &ty,
        &record,
        f.get("url").unwrap_or(""),
        f.get("name").unwrap_or(""),
    )
    .await?;
    back(&visit, &ty, record.id, "files-added")
}

/// First pictures of records, for lists: their addresses by record.
pub async fn pictures(visit: &Visit, ty: &RecordType, records: &[i64]) -> Result<HashMap<i64, String>> {
    let all = attachment::pictures(visit.db(), ty.name, records).await?;
    Ok(all.into_iter().map(|(r, id)| (r, format!("/files/{id}"))).collect())
}

/// The pictures of a record in a row; nothing when there are none.
pub async fn gallery(visit: &Visit, ty: &str, record: &Record) -> Result<Markup> {
    let all = attachment::of_record(visit.db(), ty, record.id).await?;
    let pictures: Vec<&Attachment> = all.iter().filter(|a| a.kind == "picture").take(8).collect();
    Ok(html! {
        @if !pictures.is_empty() {
            div.gallery { @for p in pictures { a href={ "/files/" (p.id) } target="_blank" { img src={ "/files/" (p.id) } alt=(p.name) loading="lazy" decoding="async"; } } }
        }
    })
}

fn size(visit: &Visit, bytes: i64) -> String {
    if bytes < 1024 * 1024 {
        format!("{} KB", visit.loc.int((bytes + 1023) / 1024))
    } else {
        format!("{} MB", visit.loc.int(bytes / (1024 * 1024)))
    }
}

/// The tab `files` of a record.
pub async fn tab(visit: &Visit, ty_name: &str, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get(ty_name)?.clone();
    let all = attachment::of_record(visit.db(), ty.name, record.id).await?;
    let write = visit.may(&ty.permission("edit")) && record.archived_at.is_none();
    let body = html! {
        @if all.is_empty() {
            (ui::empty("paperclip", &loc.t("files-none"), &loc.t("files-none-text"), html! {}))
        } @else {
            div.file-grid { @for a in &all { (tile(visit, a, write)) } }
        }
    };
    let add = ui::Field::new("file", loc.t("files-file")).hint(loc.t("files-hint"));
    let to = format!("/attachments/{}/{}", ty.name, record.id);
    Ok(html! {
        (ui::card(loc.t("files-title")).body(body))
        @if write {
            (ui::card(loc.t("files-add")).body(ui::upload(loc, &to, &visit.csrf, &add, ACCEPT, html! {})))
            (ui::card(loc.t("files-add-link")).body(html! {
                form.stack method="post" action={ (to) "/link" } {
                    (ui::hidden("csrf", &visit.csrf))
                    div.form-grid {
                        (ui::Field::new("url", loc.t("files-url")).required(true).text(""))
                        (ui::Field::new("name", loc.t("files-name")).text(""))
                    }
                    div.btn-row { (ui::btn(loc.t("files-add-link")).submit()) }
                }
            }))
        }
    })
}

fn tile(visit: &Visit, a: &Attachment, write: bool) -> Markup {
    let loc = &visit.loc;
    let at = format!("/files/{}", a.id);
    let act = |what: &str, icon: &str, words: &str| {
        html! {
            form method="post" action={ (at) "/" (what) } {
                (ui::hidden("csrf", &visit.csrf))
                (ui::icon_btn(icon, loc.t(words)).small().submit())
            }
        }
    };
    html! {
        figure.file-tile {
            @match a.kind.as_str() {
                "picture" => a href=(at) target="_blank" { img src=(at) alt=(a.name) loading="lazy" decoding="async"; },
                "video" => video src=(at) controls preload="metadata" {},
                "link" => a.file-icon href=(a.url) target="_blank" rel="noopener noreferrer" { (ui::icon("link")) },
                _ => a.file-icon href=(at) { (ui::icon("file-text")) },
            }
            figcaption.row {
                span.ell.sm title=(a.name) { (a.name) }
                span.sp {}
                @if a.size > 0 { span.xs.mut { (size(visit, a.size)) } }
                @if write {
                    @if a.kind == "picture" { (act("first", "star", "files-first")) }
                    (act("remove", "trash", "grid-remove"))
                }
            }
        }
    }
}
