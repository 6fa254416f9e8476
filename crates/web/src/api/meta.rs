//! What a program must know before it asks: who it is, what there is; and the search over all types.

use super::{list::MOST, value};
use crate::{
    answer::{Answer, json},
    input::Fields,
    visit::Visit,
};
use axum::http::StatusCode;
use serde_json::{Map, Value as Json};
use zhike_kernel::{Error, Result};
use zhike_store::{Field, FieldKind, RecordType, Source, search as index};

/// The actions every type knows.
const ACTIONS: [&str; 6] = ["view", "create", "edit", "archive", "export", "import"];

/// The word for a kind of field.
pub(super) fn kind(field: &Field) -> &'static str {
    match field.kind {
        FieldKind::Text => "text",
        FieldKind::Long => "long",
        FieldKind::Email => "email",
        FieldKind::Phone => "phone",
        FieldKind::Url => "url",
        FieldKind::Int => "int",
        FieldKind::Quantity => "quantity",
        FieldKind::Money { .. } => "money",
        FieldKind::Rate => "rate",
        FieldKind::Date => "date",
        FieldKind::Stamp => "stamp",
        FieldKind::Bool => "bool",
        FieldKind::Choice(_) => "choice",
        FieldKind::Many(_) => "many",
        FieldKind::Ref(_) => "ref",
        FieldKind::User => "user",
        FieldKind::Number => "number",
        FieldKind::Currency => "currency",
    }
}

fn field(visit: &Visit, ty: &RecordType, f: &Field) -> Json {
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| map.insert(key.into(), value);
    put("name", f.name.into());
    put("kind", kind(f).into());
    put("label", visit.loc.t(&ty.label(f.name)).into());
    put("required", f.required.into());
    put("writable", (f.editable && f.source == Source::Own).into());
    put("filterable", f.filterable.into());
    put("sortable", f.sortable.into());
    put("unique", f.unique.into());
    put("personal", f.personal.into());
    put("hidden", (!visit.sees(f)).into());
    put("default", f.default.into());
    match f.kind {
        FieldKind::Choice(words) | FieldKind::Many(words) => {
            let choices: Vec<Json> = words
                .iter()
                .map(|w| {
                    let label = visit.loc.t(&format!("{}-{}-{w}", ty.name, f.name));
                    serde_json::json!({"value": w, "label": label})
                })
                .collect();
            put("choices", choices.into());
        }
        FieldKind::Ref(of) => {
            put("of", of.into());
        }
        FieldKind::User => {
            put("of", "user".into());
        }
        FieldKind::Money { currency } => {
            put("currency", currency.into());
        }
        _ => {}
    }
    map.into()
}

fn allowed(visit: &Visit, ty: &RecordType) -> Vec<&'static str> {
    ACTIONS.into_iter().filter(|a| visit.may(&ty.permission(a))).collect()
}

/// `GET /api/v1/types`: those that the reader may view.
pub async fn types(visit: Visit) -> Answer {
    let data: Vec<Json> = visit
        .registry()
        .types()
        .filter(|ty| visit.may(&ty.permission("view")))
        .map(|ty| {
            let ty = &ty.seen_by(&visit.actor);
            let fields: Vec<Json> = ty.fields.iter().map(|f| field(&visit, ty, f)).collect();
            let relations: Vec<Json> = ty
                .relations
                .iter()
                .map(|r| {
                    let fields: Vec<Json> = r
                        .fields
                        .iter()
                        .map(|f| serde_json::json!({"name": f.name, "kind": kind(f)}))
                        .collect();
                    serde_json::json!({"name": r.name, "fields": fields})
                })
                .collect();
            serde_json::json!({
                "name": ty.name,
                "label": visit.loc.t(&format!("{}-one", ty.name)),
                "plural": visit.loc.t(&format!("{}-many", ty.name)),
                "path": format!("{}{}", super::BASE, ty.path),
                "title": ty.title,
                "parent": ty.parent.map(|(of, field)| serde_json::json!({"of": of, "field": field})),
                "lines": ty.lines,
                "order": format!("{}{}", if ty.order.1 { "-" } else { "" }, ty.order.0),
                "may": allowed(&visit, ty),
                "fields": fields,
                "relations": relations,
            })
        })
        .collect();
    json(StatusCode::OK, &serde_json::json!({"data": data}))
}

/// `GET /api/v1/me`.
pub async fn me(visit: Visit) -> Answer {
    let may: Map<String, Json> = visit
        .registry()
        .types()
        .map(|ty| (ty.name.to_owned(), allowed(&visit, ty).into()))
        .collect();
    json(
        StatusCode::OK,
        &serde_json::json!({
            "id": visit.actor.user, "name": visit.actor.name, "role": visit.actor.role.name(),
            "reach": visit.actor.reach.name(), "read_only": visit.actor.read_only, "language": visit.loc.lang.code(),
            "zone": visit.loc.zone.iana_name(), "currency": visit.house.currency.code(), "may": may,
        }),
    )
}

/// `GET /api/v1/search?q=…&types=party,deal`.
pub async fn search(visit: Visit, q: Fields) -> Answer {
    let words = q.filled("q").ok_or_else(|| Error::field("q", "error-required"))?;
    let limit = q.int("limit").unwrap_or(10).clamp(1, MOST);
    let asked: Option<Vec<&str>> = q
        .filled("types")
        .map(|t| t.split(',').map(str::trim).filter(|t| !t.is_empty()).collect());
    if let Some(unknown) = asked.iter().flatten().find(|name| visit.registry().get(name).is_err()) {
        return Err(Error::field("types", "error-no-such-type")
            .with("type", *unknown)
            .into());
    }
    let types: Vec<_> = visit
        .registry()
        .types()
        .filter(|ty| index::is_indexed(ty) && asked.as_ref().is_none_or(|a| a.contains(&ty.name)))
        .cloned()
        .collect();
    let mut data = vec![];
    for ty in types {
        let found = index::find(&visit.ctx, &ty, words, usize::try_from(limit).unwrap_or(10)).await?;
        for line in found {
            let text = |name: &str| -> Result<Json> { Ok(value::of(&visit.ctx, ty.need(name)?, &line.values)) };
            data.push(serde_json::json!({
                "type": ty.name, "id": line.id, "version": line.version, "title": text(ty.title)?,
                "subtitle": ty.subtitle.map(text).transpose()?, "number": ty.number.map(|_| text("number")).transpose()?,
                "path": format!("{}{}", super::BASE, ty.url(line.id)),
            }));
        }
    }
    json(StatusCode::OK, &serde_json::json!({"data": data}))
}
