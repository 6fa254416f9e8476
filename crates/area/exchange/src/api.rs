//! Imports over the API: a file (or text) with a mapping or without one, its progress, its errors, resuming, undo.

use crate::{
    job,
    mapping::{Mapping, Step},
    page::{self, result_go_on, result_take_back, upload},
    record::{self, Import},
};
use axum::{
    extract::{FromRequest, Path, Request},
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result, Stamp};
use zhike_web::{Answer, Fields, Json, Query, Routes, Visit, answer};

/// Routes of the API.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/imports", "import.view", list)
        .post("/api/v1/imports", "import.view", create)
        .reads::<Asked>()
        .files(&["multipart/form-data"])
        .get("/api/v1/imports/{id}", "import.view", show)
        .get("/api/v1/imports/{id}/errors", "import.view", errors)
        .post("/api/v1/imports/{id}/resume", "import.view", resume)
        .post("/api/v1/imports/{id}/undo", "import.view", undo)
}

fn json_of(visit: &Visit, i: &Import) -> serde_json::Value {
    let at = |t: Option<i64>| t.map(|t| Stamp(t).rfc3339());
    serde_json::json!({
        "id": i.id, "name": i.name, "type": i.record_type, "file": i.file_name, "state": i.state, "dry_run": i.dry_run,
        "rows_done": i.done, "rows_total": i.rows_total, "created": i.created, "updated": i.updated, "skipped": i.skipped,
        "failed": i.failed, "undone": i.undone, "kept": i.kept, "ignored_columns": i.ignored, "reason": page::reason(&visit.loc, i),
        "created_at": at(Some(i.created_at)), "finished_at": at(i.finished_at),
        "mapping": serde_json::from_str::<serde_json::Value>(&i.mapping).unwrap_or_default(),
    })
}

async fn list(visit: Visit, Query(query): Query) -> Answer {
    let imports = record::list(&visit.ctx, query.int("before"), 50).await?;
    let next = imports.last().filter(|_| imports.len() == 50).map(|i| i.id);
    let data: Vec<_> = imports.iter().map(|i| json_of(&visit, i)).collect();
    answer::json(StatusCode::OK, &serde_json::json!({ "data": data, "next": next }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(rename = "type")]
    into: Option<String>,
    mapping: Option<serde_json::Value>,
    content: String,
    #[serde(default)]
    file_name: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

/// A whole mapping, or a single step.
fn mapping_of(text: &str, kept: &str) -> Result<Mapping> {
    let wrong = |detail: String| Error::invalid("error-import-mapping").with("detail", detail);
    let mut mapping = match serde_json::from_str::<Step>(text) {
        Ok(step) => Mapping {
            name: String::new(),
            steps: vec![step],
        },
        Err(_) => serde_json::from_str::<Mapping>(text).map_err(|e| wrong(e.to_string()))?,
    };
    for step in &mut mapping.steps {
        if step.rows.is_empty() {
            step.file = Some(kept.to_owned());
        }
    }
    // What goes in is read back in the same way later: refuse now what would be refused then.
    Mapping::parse(&mapping.json())
}

async fn create(visit: Visit, request: Request) -> Answer {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("")
        .to_owned();
    let (fields, folder, kept, called) = if kind.starts_with("multipart/") {
        let received = upload::receive(&visit, request).await?;
        let Some((folder, kept, called)) = received.file else {
            return Err(Error::field("file", "error-required").into());
        };
        (received.fields, folder, kept, called)
    } else {
        let Json(asked) = Json::<Asked>::from_request(request, &visit.app).await?;
        let called = asked.file_name.clone().unwrap_or_else(|| "data.csv".into());
        let kept = upload::kept_name(&called)?;
        let (folder, path) = upload::folder(&visit).await?;
        if let Err(e) = tokio::fs::write(path.join(&kept), asked.content.as_bytes()).await {
            let _ = tokio::fs::remove_dir_all(&path).await;
            return Err(upload::broken(e).into());
        }
        let mut fields = Fields::default();
        fields.0.extend(asked.into.map(|t| ("type".to_owned(), t)));
        fields
            .0
            .extend(asked.mapping.map(|m| ("mapping".to_owned(), m.to_string())));
        fields
            .0
            .push(("dry_run".into(), if asked.dry_run { "true" } else { "" }.into()));
        (fields, folder, kept, called)
    };
    let dir = visit.house.data.join(&folder);
    match begin(&visit, &fields, &folder, &kept, &called).await {
        Ok(import) => {
            let body = json_of(&visit, &import).to_string();
            let place = format!("/api/v1/imports/{}", import.id);
            Ok((
                StatusCode::ACCEPTED,
                [
                    (header::CONTENT_TYPE, "application/json".to_owned()),
                    (header::LOCATION, place),
                ],
                body,
            )
                .into_response())
        }
        Err(e) => {
            let _ = tokio::fs::remove_dir_all(&dir).await;
            Err(e.into())
        }
    }
}

/// Nobody looks on who could choose: what a file may be, but need not be, is asked.
fn doubt(guessed: &upload::Guessed) -> Error {
    let mut names: Vec<&str> = guessed.mapping.steps.iter().map(|s| s.into.as_str()).collect();
    names.extend(
        guessed
            .also
            .iter()
            .copied()
            .filter(|n| guessed.mapping.steps.iter().all(|s| s.into != *n)),
    );
    let mut error = Error::field("type", "error-import-which");
    for field in &mut error.fields {
        field.args.push(("types", names.join(", ").into()));
    }
    error.with("types", names.join(", "))
}

async fn begin(visit: &Visit, fields: &Fields, folder: &str, kept: &str, called: &str) -> Result<Import> {
    let dir = visit.house.data.join(folder);
    let mut mapping = match fields.filled("mapping") {
        Some(text) => mapping_of(text, kept)?,
        None => {
            let told = match fields.filled("type") {
                Some(name) => Some(page::allowed(visit, name)?),
                None => None,
            };
            let guessed = upload::guess_mapping(visit, &dir, kept, told.as_deref())?;
            if !guessed.also.is_empty() {
                return Err(doubt(&guessed));
            }
            guessed.mapping
        }
    };
    if mapping.name.is_empty() || mapping.name == kept {
        called.clone_into(&mut mapping.name);
    }
    let house = &visit.house;
    let mut files = BTreeMap::new();
    for step in &mapping.steps {
        page::allowed(visit, &step.into)?;
        let source = crate::run::open(step, &dir)?;
        crate::plan::Plan::fit(&house.registry, step, &source.headers, house.currency, &house.zone)?;
        if let Some(file) = &step.file {
            files.insert(file.clone(), source.headers);
        }
    }
    let into = mapping.steps.first().map_or("", |s| s.into.as_str());
    let dry = fields.filled("dry_run").is_some_and(|v| v != "false" && v != "0");
    let tx = visit.begin().await?;
    let id = record::insert(
        &tx,
        &visit.ctx,
        &mapping.name,
        into,
        &mapping.json(),
        folder,
        called,
        dry,
    )
    .await?;
    record::ignore(&tx, id, &crate::ignored::of_mapping(&mapping, &files)).await?;
    job::push_import(&tx, id).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    record::need(&visit.ctx, id).await
}

async fn show(visit: Visit, Path(id): Path<i64>) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    answer::json(StatusCode::OK, &json_of(&visit, &import))
}

async fn errors(visit: Visit, Path(id): Path<i64>, Query(query): Query) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    let list = record::errors(visit.db(), import.id, query.int("after").unwrap_or(0), 500).await?;
    let next = list.last().filter(|_| list.len() == 500).map(|e| e.id);
    let data: Vec<_> = list
        .iter()
        .map(|e| {
            serde_json::json!({
                "row": e.row, "column": e.column, "field": e.field, "code": e.code, "value": e.value,
                "detail": page::sentence(&visit.loc, &e.code, &e.args), "mend": page::mend(&visit.loc, &e.code),
            })
        })
        .collect();
    answer::json(
        StatusCode::OK,
        &serde_json::json!({ "data": data, "next": next, "failed": import.failed, "kept": import.stored }),
    )
}

async fn resume(visit: Visit, Path(id): Path<i64>, Query(query): Query) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    result_go_on(&visit, &import, query.get("real").is_some()).await?;
    answer::json(
        StatusCode::ACCEPTED,
        &json_of(&visit, &record::need(&visit.ctx, id).await?),
    )
}

async fn undo(visit: Visit, Path(id): Path<i64>) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    result_take_back(&visit, &import).await?;
    answer::json(
        StatusCode::ACCEPTED,
        &json_of(&visit, &record::need(&visit.ctx, id).await?),
    )
}
