//! The folders on a page and over the API: what lies there, what was brought in.

use super::Folder;
use crate::page::type_name;
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value as Any, json};
use std::sync::Arc;
use zhike_kernel::{Result, Stamp};
use zhike_store::{Query, binds};
use zhike_web::{
    Answer, Screen, Visit,
    answer::json as json_answer,
    ui::{self, Hue},
};

/// Files shown of a folder.
const FILES: i64 = 20;

struct Seen {
    file: String,
    state: String,
    at: Stamp,
    import: Option<i64>,
}

async fn files(q: &dyn Query, folder: &Folder) -> Result<Vec<Seen>> {
    let sql = "SELECT file, state, at, import_id FROM exchange_drop WHERE folder = $1 ORDER BY id DESC LIMIT $2";
    let key = folder.folder.to_string_lossy().into_owned();
    let rows = q.all(sql, binds![key, FILES]).await?;
    rows.iter()
        .map(|r| {
            Ok(Seen {
                file: r.text(0)?,
                state: r.text(1)?,
                at: Stamp(r.int(2)?),
                import: r.opt_int(3)?,
            })
        })
        .collect()
}

/// `GET /imports/folders`.
pub(super) async fn page(folders: Arc<Vec<Folder>>, visit: Visit) -> Answer {
    let loc = &visit.loc;
    let mut cards = vec![];
    for f in folders.iter() {
        cards.push(card(&visit, f).await?);
    }
    let body = html! {
        @if cards.is_empty() { (ui::empty("archive", &loc.t("drop-none"), &loc.t("drop-none-text"), html! {})) }
        @for c in &cards { (c) }
    };
    Screen::new(&visit, loc.t("drop-title"), "import")
        .crumb(loc.t("exchange-title"), "/imports")
        .show(ui::page_body(body))
}

async fn card(visit: &Visit, f: &Folder) -> Result<Markup> {
    let loc = &visit.loc;
    let all = files(visit.db(), f).await?;
    let hue = |state: &str| match state {
        "done" | "again" => Hue::Green,
        "failed" => Hue::Red,
        "running" | "seen" => Hue::Blue,
        _ => Hue::Grey,
    };
    let table = html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("exchange-file")) } th scope="col" { (loc.t("exchange-state")) } th scope="col" { (loc.t("exchange-when")) } } }
            tbody { @for s in &all { tr {
                td { @match s.import { Some(id) => a.link href={ "/imports/" (id) } { (s.file) }, None => (s.file) } }
                td { (ui::badge(hue(&s.state), &loc.t(&format!("drop-state-{}", s.state)))) }
                td.num { (loc.stamp(s.at)) }
            } } }
        }
    };
    let title = f.folder.display().to_string();
    let note = loc.tv(
        "drop-note",
        &[
            ("into", type_name(loc, &f.into).into()),
            ("mapping", f.mapping.as_str().into()),
        ],
    );
    let card = ui::card(title).note(note);
    Ok(if all.is_empty() {
        html! { (card.body(html! { p.mut { (loc.t("drop-empty")) } })) }
    } else {
        html! { (card.flush(table)) }
    })
}

/// `GET /api/v1/imports/folders`.
pub(super) async fn api(folders: Arc<Vec<Folder>>, visit: Visit) -> Answer {
    let mut out: Vec<Any> = vec![];
    for f in folders.iter() {
        let all: Vec<Any> = files(visit.db(), f)
            .await?
            .iter()
            .map(|s| json!({"file": s.file, "state": s.state, "seen_at": s.at.rfc3339(), "import_id": s.import}))
            .collect();
        out.push(json!({"folder": f.folder.to_string_lossy(), "type": f.into, "mapping": f.mapping, "files": all}));
    }
    json_answer(StatusCode::OK, &json!({ "folders": out }))
}
