//! Lists over the API: conditions, search, order, fields and place from the address.

use super::value;
use crate::{
    answer::{Answer, json},
    input::Fields,
    records::personal,
    visit::Visit,
};
use axum::http::StatusCode;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use zhike_kernel::{Error, FieldError, Filter, Op, Result, Stamp, Value};
use zhike_store::{Field, FieldKind, List, RecordType, field, filter_sql::fixed, list, search};

/// Names in the address that are no fields.
const RESERVED: [&str; 8] = ["filter", "q", "sort", "fields", "limit", "cursor", "archived", "format"];
/// Records of one page at most.
pub(super) const MOST: i64 = 200;
/// Matches of a search that are looked at.
const MATCHES: i64 = 1_000;
/// The word for "whoever asks" in a condition on a user.
const ME: &str = "me";

/// `GET /api/v1/{path}`.
pub async fn list(visit: Visit, name: &'static str, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let (mut asked, shown) = ask(&visit, &ty, &q)?;
    if let Some(words) = q.filled("q") {
        asked.ids = Some(search::ids(&visit.ctx, visit.db(), &ty, words, MATCHES).await?);
    }
    let page = list::page(&visit.ctx, visit.db(), &ty, &asked).await?;
    let data: Vec<Json> = page
        .lines
        .iter()
        .map(|line| {
            let mut map = Map::new();
            map.insert("id".into(), line.id.into());
            map.insert("version".into(), line.version.into());
            value::put(&visit.ctx, &mut map, shown.iter(), &line.values);
            map.into()
        })
        .collect();
    let rows: Vec<_> = page.lines.iter().map(|l| (l.id, &l.values)).collect();
    personal::note(&visit, &ty, &rows, &shown.iter().collect::<Vec<_>>()).await?;
    json(
        StatusCode::OK,
        &serde_json::json!({"data": data, "next": page.next, "previous": page.previous}),
    )
}

/// `GET /api/v1/{path}/export`: all that the same list would show page by page, as a file.
pub async fn export(visit: Visit, name: &'static str, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let xlsx = match q.filled("format") {
        None | Some("csv") => false,
        Some("xlsx") => true,
        Some(_) => return Err(Error::field("format", "error-not-a-choice").into()),
    };
    let (mut asked, _) = ask(&visit, &ty, &q)?;
    if let Some(words) = q.filled("q") {
        asked.ids = Some(search::ids(&visit.ctx, visit.db(), &ty, words, MATCHES).await?);
    }
    let words = q.without(&["format", "fields", "limit", "cursor"]);
    crate::records::export::send(visit, ty, asked, &words, xlsx).await
}

/// The list that an address asks for, and the fields it shows.
fn ask(visit: &Visit, ty: &RecordType, q: &Fields) -> Result<(List, Vec<Field>)> {
    let (order, down) = match q.filled("sort") {
        None => ty.order,
        Some(text) => text.strip_prefix('-').map_or((text, false), |name| (name, true)),
    };
    let limit = match q.filled("limit") {
        None => 50,
        Some(text) => match text.parse::<i64>() {
            Ok(n) if (1..=MOST).contains(&n) => n,
            _ => {
                return Err(Error::fields(vec![FieldError {
                    field: "limit".into(),
                    code: "error-limit",
                    args: vec![("most", MOST.into())],
                }]));
            }
        },
    };
    let shown: Vec<Field> = match q.filled("fields") {
        None => ty
            .fields
            .iter()
            .cloned()
            .chain(["created_at", "updated_at"].into_iter().filter_map(fixed))
            .collect(),
        Some(names) => {
            let names: Vec<&str> = names.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
            let unknown: Vec<&str> = names
                .iter()
                .copied()
                .filter(|n| !matches!(*n, "id" | "version") && known(ty, n).is_none())
                .collect();
            if !unknown.is_empty() {
                return Err(value::no_such_fields(&unknown));
            }
            names
                .into_iter()
                .filter(|n| *n != "id")
                .filter_map(|n| known(ty, n))
                .collect()
        }
    };
    // An amount needs its currency, shown or not.
    let columns: BTreeSet<&str> = shown
        .iter()
        .flat_map(|f| match f.kind {
            FieldKind::Money { currency } => [Some(f.name), currency],
            _ => [Some(f.name), None],
        })
        .flatten()
        .collect();
    let list = List {
        filter: conditions(visit, ty, q)?,
        sort: order.to_owned(),
        descending: down,
        columns: columns.into_iter().map(str::to_owned).collect(),
        limit: usize::try_from(limit).unwrap_or(50),
        cursor: q.filled("cursor").map(str::to_owned),
        archived: matches!(q.get("archived"), Some("true" | "1" | "yes")),
        ids: None,
    };
    Ok((list, shown))
}

fn known(ty: &RecordType, name: &str) -> Option<Field> {
    fixed(name).or_else(|| ty.field(name).cloned())
}

/// `filter=` and all `field=value` and `field.op=value`, as one condition.
fn conditions(visit: &Visit, ty: &RecordType, q: &Fields) -> Result<Filter> {
    let mut parts = vec![];
    if let Some(text) = q.filled("filter") {
        let tree = serde_json::from_str(text)
            .ok()
            .and_then(|json| Filter::from_json(&json))
            .ok_or_else(|| Error::field("filter", "error-filter"))?;
        parts.push(typed(visit, &ty.fields, ty, tree)?);
    }
    for (name, text) in q.0.iter().filter(|(k, _)| !RESERVED.contains(&k.as_str())) {
        parts.push(simple(visit, ty, name, text)?);
    }
    Ok(Filter::All(parts))
}

fn simple(visit: &Visit, ty: &RecordType, name: &str, text: &str) -> Result<Filter> {
    let (field, op) = match name.split_once('.') {
        None => (name, Op::Is),
        Some((field, op)) => (
            field,
            Op::parse(op).ok_or_else(|| Error::field(name, "error-filter-op"))?,
        ),
    };
    let declared = known(ty, field).ok_or_else(|| value::no_such_fields(&[field]))?;
    let values = match op {
        Op::Empty | Op::Filled => vec![],
        Op::In => text.split(',').map(|t| Value::from(t.trim())).collect(),
        _ => vec![Value::from(text)],
    };
    if values.iter().any(Value::is_empty) {
        return Err(Error::field(field, "error-required"));
    }
    condition(visit, &declared, op, values)
}

/// The values of a tree, which are as the API writes them, as the store keeps them.
fn typed(visit: &Visit, fields: &[Field], ty: &RecordType, tree: Filter) -> Result<Filter> {
    let each = |parts: Vec<Filter>| {
        parts
            .into_iter()
            .map(|p| typed(visit, fields, ty, p))
            .collect::<Result<Vec<_>>>()
    };
    Ok(match tree {
        Filter::All(parts) => Filter::All(each(parts)?),
        Filter::Any(parts) => Filter::Any(each(parts)?),
        Filter::None(part) => Filter::None(Box::new(typed(visit, fields, ty, *part)?)),
        Filter::Exists { relation, filter } => {
            let Some(known) = ty.relations.iter().find(|r| r.name == relation) else {
                return Err(value::no_such_fields(&[&relation]));
            };
            Filter::Exists {
                filter: Box::new(typed(visit, &known.fields, ty, *filter)?),
                relation,
            }
        }
        Filter::Field { field, op, values } => {
            let declared = fields.iter().find(|f| f.name == field).cloned();
            let declared = declared
                .or_else(|| fixed(&field))
                .ok_or_else(|| value::no_such_fields(&[&field]))?;
            condition(visit, &declared, op, values)?
        }
    })
}

fn condition(visit: &Visit, field: &Field, op: Op, values: Vec<Value>) -> Result<Filter> {
    // A word within a set: "is" means "is one of them".
    let op = match (field.kind, op) {
        (FieldKind::Many(_), Op::Is) => Op::Has,
        (_, op) => op,
    };
    if !matches!(op, Op::In | Op::Empty | Op::Filled) && values.len() != 1 {
        return Err(Error::field(field.name, "error-filter-value"));
    }
    let values = values
        .into_iter()
        .map(|v| stored(visit, field, op, v))
        .collect::<Result<_, _>>()
        .map_err(|e| Error::fields(vec![e]))?;
    Ok(Filter::Field {
        field: field.name.to_owned(),
        op,
        values,
    })
}

fn stored(visit: &Visit, field: &Field, op: Op, value: Value) -> Result<Value, FieldError> {
    let text = match (&value, field.kind) {
        (Value::Null | Value::Bool(_), _) => return Ok(value),
        (Value::Int(i), _) => i.to_string(),
        (Value::Text(t), FieldKind::User) if t == ME => return Ok(visit.actor.user.unwrap_or(0).into()),
        (Value::Text(t), _) if matches!(op, Op::Has | Op::Begins) => return Ok(t.as_str().into()),
        // Looked for as they are, even when they would not pass as an address.
        (Value::Text(t), FieldKind::Email | FieldKind::Phone | FieldKind::Url) => return Ok(t.as_str().into()),
        (Value::Text(t), FieldKind::Stamp) => {
            let day = field::parse_date(t).filter(|_| !t.contains(['T', ':']));
            if let Some(day) = day {
                return Ok(Stamp::start_of(day, &visit.loc.zone).into());
            }
            t.clone()
        }
        (Value::Text(t), _) => t.clone(),
    };
    field.parse(&text, visit.house.currency)
}
