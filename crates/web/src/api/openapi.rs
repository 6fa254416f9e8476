//! The OpenAPI 3.1 description, made from the registry and the table of routes: what is not there is not described, and
//! what is there is.

use super::schema;
use crate::{
    answer::{Answer, json},
    locale::Locale,
    routes::{PUBLIC, RouteInfo, SIGNED_IN},
    takes::Takes,
    visit::Visit,
};
use axum::http::StatusCode;
use serde_json::{Map, Value as Json, json as j};
use std::sync::Arc;
use zhike_kernel::Arg;
use zhike_store::{RecordType, Registry};

/// `GET /api/v1/openapi.json`.
pub async fn show(visit: Visit) -> Answer {
    let document = build(visit.registry(), &visit.app.table, &visit.loc);
    json(StatusCode::OK, &document)
}

/// The description.
pub fn build(registry: &Registry, table: &[RouteInfo], loc: &Locale) -> Json {
    let mut paths = Map::new();
    for route in table.iter().filter(|r| r.path.starts_with("/api/")) {
        let operation = match generic(registry, route) {
            Some((ty, action)) => typed(&ty, action, loc),
            None => other(route, loc),
        };
        let operation = finish(operation, route, loc);
        let path = paths.entry(route.path.clone()).or_insert_with(|| j!({}));
        if let Some(map) = path.as_object_mut() {
            map.insert(route.method.to_lowercase(), operation);
        }
    }
    j!({
        "openapi": "3.1.0",
        "info": {"title": loc.t("api-title"), "version": "1", "description": loc.t("api-about")},
        "servers": [{"url": "/"}],
        "security": [{"bearerAuth": []}],
        "paths": paths,
        "components": {
            "schemas": schema::all(registry, loc),
            "parameters": schema::parameters(loc),
            "headers": schema::headers(loc),
            "responses": schema::responses(loc),
            "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer", "description": loc.t("api-token")}},
        },
    })
}

/// The type and the action of a route that every type has.
fn generic(registry: &Registry, route: &RouteInfo) -> Option<(Arc<RecordType>, &'static str)> {
    let rest = route.path.strip_prefix(super::BASE)?;
    registry.types().find_map(|ty| {
        let action = match (route.method, rest.strip_prefix(ty.path)?) {
            ("GET", "") => "list",
            ("POST", "") => "create",
            ("POST", "/bulk") => "bulk",
            ("GET", "/export") => "export",
            ("GET", "/{id}") => "read",
            ("PATCH", "/{id}") => "change",
            ("DELETE", "/{id}") => "archive",
            ("POST", "/{id}/restore") => "restore",
            ("GET", "/{id}/events") => "events",
            _ => return None,
        };
        Some((ty.clone(), action))
    })
}

fn reference(kind: &str, name: &str) -> Json {
    j!({"$ref": format!("#/components/{kind}/{name}")})
}

fn content(schema: Json) -> Json {
    j!({"application/json": {"schema": schema}})
}

fn with_etag(words: String, schema: Json) -> Json {
    j!({"description": words, "headers": {"ETag": reference("headers", "ETag")}, "content": content(schema)})
}

/// An operation on a type.
fn typed(ty: &RecordType, action: &str, loc: &Locale) -> Map<String, Json> {
    let name = schema::name(ty);
    let args: [(&str, Arg); 2] = [
        ("one", loc.t(&format!("{}-one", ty.name)).into()),
        ("many", loc.t(&format!("{}-many", ty.name)).into()),
    ];
    let record = || reference("schemas", &name);
    let parameter = |name: &str| reference("parameters", name);
    let fine = || loc.t("api-answer-fine");
    let plain = |schema: Json| j!({"200": {"description": fine(), "content": content(schema)}});
    let one = || j!({"200": with_etag(fine(), record())});
    let body = |schema: Json| j!({"required": true, "content": content(schema)});
    let (parameters, request, mut answers): (Vec<Json>, Option<Json>, Json) = match action {
        "list" => {
            let mut all: Vec<Json> = ["filter", "q", "sort", "fields", "limit", "cursor", "archived"]
                .into_iter()
                .map(parameter)
                .collect();
            all.extend(schema::conditions(ty, loc));
            let page = j!({
                "type": "object", "required": ["data", "next", "previous"],
                "properties": {
                    "data": {"type": "array", "items": record()},
                    "next": {"type": ["string", "null"]}, "previous": {"type": ["string", "null"]},
                },
            });
            (all, None, plain(page))
        }
        "create" => {
            let mut new = with_etag(loc.t("api-answer-made"), record());
            if let Some(headers) = new.get_mut("headers").and_then(Json::as_object_mut) {
                headers.insert("Location".into(), reference("headers", "Location"));
                headers.insert(
                    "Idempotency-Replayed".into(),
                    reference("headers", "Idempotency-Replayed"),
                );
            }
            (
                vec![parameter("Idempotency-Key")],
                Some(body(reference("schemas", &format!("{name}New")))),
                j!({"201": new}),
            )
        }
        "bulk" => (
            vec![parameter("Idempotency-Key")],
            Some(body(j!({
                "type": "object", "required": ["ids", "set"], "additionalProperties": false,
                "properties": {
                    "ids": {"type": "array", "minItems": 1, "maxItems": 1000, "items": reference("schemas", "Target")},
                    "set": reference("schemas", &format!("{name}Change")),
                },
            }))),
            plain(reference("schemas", "BulkResult")),
        ),
        "export" => (
            ["format", "filter", "q", "sort", "archived"]
                .into_iter()
                .map(parameter)
                .chain(schema::conditions(ty, loc))
                .collect(),
            None,
            j!({"200": {"description": fine(), "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"schema": {"type": "string", "format": "binary"}},
            }}}),
        ),
        "read" => {
            let mut answers = one();
            if let Some(map) = answers.as_object_mut() {
                map.insert("304".into(), j!({"description": loc.t("api-answer-same")}));
            }
            (vec![parameter("If-None-Match")], None, answers)
        }
        "change" => (
            vec![parameter("If-Match")],
            Some(body(reference("schemas", &format!("{name}Change")))),
            one(),
        ),
        "archive" => (vec![parameter("If-Match")], None, one()),
        "restore" => (vec![parameter("Idempotency-Key")], None, one()),
        _ => (
            vec![parameter("limit")],
            None,
            plain(j!({
                "type": "object", "required": ["data"],
                "properties": {"data": {"type": "array", "items": reference("schemas", "Event")}},
            })),
        ),
    };
    if let Some(map) = answers.as_object_mut() {
        if matches!(action, "change" | "archive") {
            map.insert("428".into(), reference("responses", "Problem"));
        }
        if action != "list" && action != "events" && action != "export" && action != "read" {
            map.insert("409".into(), reference("responses", "Problem"));
        }
    }
    let mut operation = Map::new();
    operation.insert("operationId".into(), format!("{action}_{}", ty.name).into());
    operation.insert("tags".into(), j!([ty.name]));
    operation.insert("summary".into(), loc.tv(&format!("api-op-{action}"), &args).into());
    operation.insert("parameters".into(), parameters.into());
    if let Some(request) = request {
        operation.insert("requestBody".into(), request);
    }
    operation.insert("responses".into(), answers);
    operation
}

/// Letters and digits of a path with one sign between its words.
fn words(path: &str, sign: &str) -> String {
    let rest = path.strip_prefix(super::BASE).unwrap_or(path);
    rest.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(sign)
}

/// An operation of an area's own.
fn other(route: &RouteInfo, loc: &Locale) -> Map<String, Json> {
    let method = route.method.to_lowercase();
    let key = format!("api-{method}-{}", words(&route.path, "-"));
    let summary = if loc.has(&key) { loc.t(&key) } else { route.path.clone() };
    let mut operation = Map::new();
    let id = words(&route.path.replace('{', "{by_"), "_");
    operation.insert("operationId".into(), format!("{method}_{id}").into());
    let tag = words(&route.path, "/");
    operation.insert("tags".into(), j!([tag.split('/').next().unwrap_or("")]));
    operation.insert("summary".into(), summary.into());
    let mut parameters = vec![];
    if route.method == "POST" && route.path.starts_with("/api/v1/undo/") {
        parameters.push(reference("parameters", "Idempotency-Key"));
    }
    if route.path == "/api/v1/search" {
        parameters.extend(["q", "types", "limit"].map(|p| reference("parameters", p)));
    }
    operation.insert("parameters".into(), parameters.into());
    let read = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_else(|_| j!({}));
    // What is described by hand, or else what the handler's own types tell.
    let body = match (route.schemas, route.takes) {
        (Some((body, _)), _) => Some(read(body)),
        (None, Takes::Json(shape)) => Some(shape()),
        (None, Takes::Nothing | Takes::Form | Takes::Raw) => None,
    };
    let mut kinds = body.map_or_else(|| j!({}), content);
    for kind in route.files {
        kinds[*kind] = j!({"schema": {"type": "string", "format": "binary"}});
    }
    if kinds != j!({}) {
        operation.insert("requestBody".into(), j!({"required": true, "content": kinds}));
    }
    let told = route.schemas.map_or_else(|| j!({}), |(_, answer)| read(answer));
    operation.insert(
        "responses".into(),
        j!({"200": {"description": loc.t("api-answer-fine"), "content": content(told)}}),
    );
    operation
}

/// What every operation has: its path's variables, its permission and the usual refusals.
fn finish(mut operation: Map<String, Json>, route: &RouteInfo, loc: &Locale) -> Json {
    let mut parameters: Vec<Json> = variables(&route.path)
        .map(|name| {
            let schema = if name == "id" || name.ends_with("_id") {
                j!({"type": "integer", "format": "int64", "minimum": 1})
            } else {
                j!({"type": "string"})
            };
            j!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .collect();
    if let Some(Json::Array(more)) = operation.remove("parameters") {
        parameters.extend(more);
    }
    operation.insert("parameters".into(), parameters.into());
    operation.insert("x-permission".into(), route.permission.as_str().into());
    let words = match route.permission.as_str() {
        PUBLIC => loc.t("api-permission-public"),
        SIGNED_IN => loc.t("api-permission-signed-in"),
        other => loc.tv("api-permission", &[("permission", other.into())]),
    };
    operation.insert("description".into(), words.into());
    let mut codes = vec!["422", "500"];
    if route.permission == PUBLIC {
        operation.insert("security".into(), j!([]));
    } else {
        codes.extend(["401", "403"]);
    }
    if route.path.contains('{') {
        codes.push("404");
    }
    if let Some(Json::Object(answers)) = operation.get_mut("responses") {
        for code in codes {
            answers.entry(code).or_insert_with(|| reference("responses", "Problem"));
        }
    }
    operation.into()
}

/// The names in braces.
fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.trim_start_matches('*'))
}

#[cfg(test)]
#[path = "openapi_tests.rs"]
mod tests;
