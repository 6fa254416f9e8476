//! One record over the API: made (with its lines), read, changed, put away and taken out again, and its history.

use super::{
    list::MOST,
    once::{Begun, Reply, begin},
    sent::{Sent, etag, if_match, none_match, problem, version_wanted},
    value,
};
use crate::{
    answer::{Answer, json},
    input::Fields,
    records::personal,
    visit::Visit,
};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value as Json};
use zhike_kernel::{Error, Filter, Kind, Result, Value, Values};
use zhike_store::{Ctx, Field, List, Query, Record, RecordType, Source, Tx, event, list, read, write};

/// `POST /api/v1/{path}`.
pub async fn create(visit: Visit, name: &'static str, sent: Sent) -> Answer {
    let ty = super::of(&visit, name)?;
    let mut body = sent.object()?;
    let lines = take_lines(&ty, &mut body)?;
    let (tx, once) = match begin(&visit, &sent).await? {
        Begun::Again(response) => return Ok(*response),
        Begun::New(tx, once) => (tx, once),
    };
    let ctx = &visit.ctx;
    let parent = parent(ctx, &tx, &ty, &body).await?;
    let values = value::read(ctx, &ty, parent.as_ref(), &body)?;
    let id = write::create(ctx, &tx, &ty, values).await?;
    let all = super::seeing_all(ctx);
    if let Some(lines) = lines {
        add_lines(&all, &tx, &ty, id, lines).await?;
    }
    ty.hooks.whole(&tx, ctx, id).await?;
    let record = read::need(&all, &tx, &ty, id).await?;
    look(ctx, &tx, &ty, &record).await?;
    let reply = Reply {
        status: StatusCode::CREATED,
        body: whole(&all, &tx, &ty, &record).await?,
        etag: Some(etag(record.version)),
        location: Some(format!("{}{}", super::BASE, ty.url(id))),
    };
    once.finish(tx, reply).await
}

/// Keeps in the log that an answer shows personal data whole.
async fn look(ctx: &Ctx, tx: &Tx, ty: &RecordType, record: &Record) -> Result<()> {
    let fields: Vec<&Field> = ty.fields.iter().collect();
    if let Some(event) = personal::event(ctx, ty, &[(record.id, &record.values)], &fields) {
        tx.emit(ctx.registry().listeners(), event).await?;
    }
    Ok(())
}

/// The same outside of a transaction.
async fn look_at(visit: &Visit, ty: &RecordType, record: &Record) -> Result<()> {
    let fields: Vec<&Field> = ty.fields.iter().collect();
    personal::note(visit, ty, &[(record.id, &record.values)], &fields).await
}

/// The parent named in a body: it must be in sight, and its currency is that of the line.
async fn parent(ctx: &Ctx, tx: &Tx, ty: &RecordType, body: &Map<String, Json>) -> Result<Option<Record>> {
    let Some((parent, column)) = ty.parent else {
        return Ok(None);
    };
    let id = match body.get(column) {
        Some(Json::Number(n)) => n.as_i64(),
        Some(Json::String(s)) => s.trim().parse().ok(),
        // That it is missing or no id is said by the reading of the body.
        _ => None,
    };
    let Some(id) = id else { return Ok(None) };
    let found = read::find(ctx, tx, ctx.registry().get(parent)?, id).await?;
    found
        .map(Some)
        .ok_or_else(|| Error::field(column, "error-not-a-record"))
}

fn take_lines(ty: &RecordType, body: &mut Map<String, Json>) -> Result<Option<Vec<Map<String, Json>>>> {
    if ty.lines.is_none() {
        return Ok(None);
    }
    let wrong = || Error::field("lines", "error-json-kind");
    match body.remove("lines") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(lines)) => lines
            .into_iter()
            .map(|line| match line {
                Json::Object(map) => Ok(map),
                _ => Err(wrong()),
            })
            .collect::<Result<_>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}

/// The type of the lines and the column with the parent's id.
fn line_type(ctx: &Ctx, ty: &RecordType) -> Result<Option<(std::sync::Arc<RecordType>, &'static str)>> {
    let Some(name) = ty.lines else { return Ok(None) };
    let lines = ctx.registry().get(name)?.clone();
    Ok(lines.parent.map(|(_, column)| (lines, column)))
}

async fn add_lines(ctx: &Ctx, tx: &Tx, ty: &RecordType, id: i64, lines: Vec<Map<String, Json>>) -> Result<()> {
    let Some((line, column)) = line_type(ctx, ty)? else {
        return Ok(());
    };
    ctx.require(&line.permission("create"))?;
    let parent = read::need(ctx, tx, ty, id).await?;
    let (mut rows, mut wrong) = (vec![], vec![]);
    for (i, body) in lines.iter().enumerate() {
        let at = |field: &str| format!("lines[{i}].{field}");
        if body.contains_key(column) {
            return Err(value::no_such_fields(&[&at(column)]));
        }
        match value::read(ctx, &line, Some(&parent), body) {
            Ok(mut row) => {
                row.insert(column.to_owned(), id.into());
                if line.field("position").is_some() && row.get("position").is_none_or(Value::is_empty) {
                    row.insert("position".to_owned(), i64::try_from(i + 1).unwrap_or(i64::MAX).into());
                }
                rows.push(row);
            }
            Err(e) if e.fields.is_empty() => return Err(e),
            Err(e) => wrong.extend(e.fields.into_iter().map(|mut f| {
                f.field = at(&f.field);
                f
            })),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    if rows.is_empty() {
        return Ok(());
    }
    // What the rules say of one line is said at that line.
    write::insert_many(ctx, tx, &line, rows, None).await.map_err(|mut e| {
        if let Some(row) = e.row {
            for wrong in &mut e.fields {
                wrong.field = format!("lines[{row}].{}", wrong.field);
            }
        }
        e
    })?;
    Ok(())
}

/// A record with its lines.
pub async fn whole(ctx: &Ctx, q: &dyn Query, ty: &RecordType, record: &Record) -> Result<Json> {
    let mut map = value::record(ctx, ty, record);
    if let Some((line, column)) = line_type(ctx, ty)? {
        let mut ids = vec![];
        let mut ask = List {
            filter: Filter::is(column, record.id),
            sort: "id".into(),
            descending: false,
            columns: vec![],
            limit: 1_000,
            ..List::of(&line)
        };
        loop {
            let page = list::page(ctx, q, &line, &ask).await?;
            ids.extend(page.lines.iter().map(|l| l.id));
            ask.cursor = page.next;
            if ask.cursor.is_none() {
                break;
            }
        }
        let mut lines = vec![];
        for chunk in ids.chunks(1_000) {
            lines.extend(read::find_many(ctx, q, &line, chunk).await?);
        }
        lines.sort_by_key(|l| (l.int("position").unwrap_or(i64::MAX), l.id));
        let lines: Vec<Json> = lines.iter().map(|l| value::record(ctx, &line, l).into()).collect();
        map.insert("lines".into(), lines.into());
    }
    Ok(map.into())
}

async fn answer(ctx: &Ctx, q: &dyn Query, ty: &RecordType, record: &Record) -> Result<Response> {
    let body = whole(ctx, q, ty, record).await?;
    Ok(Reply {
        etag: Some(etag(record.version)),
        ..Reply::plain(StatusCode::OK, body)
    }
    .into_response())
}

/// Sums and facts of other areas change without a new version: only then does the version not say it all.
fn version_says_all(ty: &RecordType) -> bool {
    ty.lines.is_none() && ty.fields.iter().all(|f| f.editable && f.source == Source::Own)
}

/// `GET /api/v1/{path}/{id}`.
pub async fn show(visit: Visit, name: &'static str, id: String, sent: Sent) -> Answer {
    let ty = super::of(&visit, name)?;
    let record = read::need(&visit.ctx, visit.db(), &ty, super::id_of(&id)?).await?;
    if version_says_all(&ty) && none_match(&sent.headers, record.version) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag(record.version))]).into_response());
    }
    look_at(&visit, &ty, &record).await?;
    Ok(answer(&visit.ctx, visit.db(), &ty, &record).await?)
}

/// 409: what is there now comes with it.
async fn stale(visit: &Visit, ty: &RecordType, id: i64) -> Answer {
    let record = read::need(&visit.ctx, visit.db(), ty, id).await?;
    look_at(visit, ty, &record).await?;
    let mut more = Map::new();
    more.insert("current".into(), whole(&visit.ctx, visit.db(), ty, &record).await?);
    let mut response = problem(visit, StatusCode::CONFLICT, &Error::stale(), more);
    if let Ok(mark) = etag(record.version).parse() {
        response.headers_mut().insert(header::ETAG, mark);
    }
    Ok(response)
}

/// What is done to a record that stands at a version.
enum Deed {
    Change(Map<String, Json>),
    Archive(bool),
}

async fn act(visit: &Visit, tx: &Tx, ty: &RecordType, id: i64, version: i64, deed: &Deed) -> Result<()> {
    let ctx = &visit.ctx;
    match deed {
        Deed::Change(body) => {
            let old = read::need(ctx, tx, ty, id).await?;
            if old.version != version {
                return Err(Error::stale());
            }
            let moved = parent(ctx, tx, ty, body).await?;
            let values: Values = value::read(ctx, ty, moved.as_ref().or(Some(&old)), body)?;
            write::update_from(ctx, tx, ty, old, version, values).await?;
        }
        Deed::Archive(away) => {
            write::archive(ctx, tx, ty, id, version, *away).await?;
        }
    }
    Ok(())
}

async fn do_it(visit: &Visit, name: &'static str, id: &str, sent: &Sent, deed: Deed) -> Answer {
    let ty = super::of(visit, name)?;
    let id = super::id_of(id)?;
    let Some(version) = if_match(&sent.headers) else {
        read::need(&visit.ctx, visit.db(), &ty, id).await?;
        return Ok(version_wanted(visit));
    };
    let tx = visit.ctx.begin().await?;
    match act(visit, &tx, &ty, id, version, &deed).await {
        Err(e) if e.kind == Kind::Stale => {
            tx.rollback().await?;
            return stale(visit, &ty, id).await;
        }
        done => done?,
    }
    let all = super::seeing_all(&visit.ctx);
    let record = read::need(&all, &tx, &ty, id).await?;
    look(&visit.ctx, &tx, &ty, &record).await?;
    let response = answer(&all, &tx, &ty, &record).await?;
    tx.commit().await?;
    Ok(response)
}

/// `PATCH /api/v1/{path}/{id}`.
pub async fn change(visit: Visit, name: &'static str, id: String, sent: Sent) -> Answer {
    let body = sent.object()?;
    do_it(&visit, name, &id, &sent, Deed::Change(body)).await
}

/// `DELETE /api/v1/{path}/{id}`.
pub async fn archive(visit: Visit, name: &'static str, id: String, sent: Sent) -> Answer {
    do_it(&visit, name, &id, &sent, Deed::Archive(true)).await
}

/// `POST /api/v1/{path}/{id}/restore`. A version may be named, but need not.
pub async fn restore(visit: Visit, name: &'static str, id: String, sent: Sent) -> Answer {
    let ty = super::of(&visit, name)?;
    let id = super::id_of(&id)?;
    let (tx, once) = match begin(&visit, &sent).await? {
        Begun::Again(response) => return Ok(*response),
        Begun::New(tx, once) => (tx, once),
    };
    let old = read::need(&visit.ctx, &tx, &ty, id).await?;
    let version = if_match(&sent.headers).unwrap_or(old.version);
    match act(&visit, &tx, &ty, id, version, &Deed::Archive(false)).await {
        Err(e) if e.kind == Kind::Stale => {
            tx.rollback().await?;
            return stale(&visit, &ty, id).await;
        }
        done => done?,
    }
    let record = read::need(&visit.ctx, &tx, &ty, id).await?;
    look(&visit.ctx, &tx, &ty, &record).await?;
    let reply = Reply {
        etag: Some(etag(record.version)),
        ..Reply::plain(StatusCode::OK, whole(&visit.ctx, &tx, &ty, &record).await?)
    };
    once.finish(tx, reply).await
}

/// `GET /api/v1/{path}/{id}/events`: newest first.
pub async fn events(visit: Visit, name: &'static str, id: String, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let record = read::need(&visit.ctx, visit.db(), &ty, super::id_of(&id)?).await?;
    let limit = q.int("limit").unwrap_or(50).clamp(1, MOST);
    let events = event::of_record(visit.db(), ty.name, record.id, limit).await?;
    let data: Vec<Json> = events
        .iter()
        .map(|e| {
            let changes: Map<String, Json> = e
                .changes
                .iter()
                .map(|(name, c)| {
                    let shown = |v: &Value| match ty.field(name) {
                        None => v.json(),
                        Some(field) if !visit.sees(field) => visit.loc.t("records-hidden").into(),
                        // A log is not the place to look numbers up.
                        Some(field) if field.personal => v.text().map(|t| field.mask(t)).into(),
                        Some(field) => {
                            let currency = write::currency_for(&visit.ctx, field, |n| Some(record.text(n).to_owned()));
                            value::show(field, v, currency)
                        }
                    };
                    (
                        name.clone(),
                        serde_json::json!({"from": shown(&c.from), "to": shown(&c.to)}),
                    )
                })
                .collect();
            serde_json::json!({
                "id": e.id, "at": e.at.rfc3339(), "user_id": e.user, "actor": e.actor, "door": e.door, "kind": e.kind,
                "changes": changes, "batch": e.batch, "note": e.note,
            })
        })
        .collect();
    json(StatusCode::OK, &serde_json::json!({"data": data}))
}
