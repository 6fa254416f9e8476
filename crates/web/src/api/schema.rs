//! The schemas of the OpenAPI description: one for reading and two for writing each type, and what all share.

use super::{list::MOST, meta::kind};
use crate::locale::Locale;
use serde_json::{Map, Value as Json, json as j};
use zhike_kernel::{Currency, Op};
use zhike_store::{Field, FieldKind, RecordType, Registry, Source};

/// The schema's name: `order_line` is `OrderLine`.
pub(super) fn name(ty: &RecordType) -> String {
    ty.name
        .split('_')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}

/// All schemas.
pub(super) fn all(registry: &Registry, loc: &Locale) -> Map<String, Json> {
    let mut out = shared(loc);
    for ty in registry.types() {
        let lines = ty.lines.and_then(|l| registry.get(l).ok());
        out.insert(name(ty), read(ty, lines.map(|l| &**l), loc));
        out.insert(format!("{}Change", name(ty)), change(ty, loc));
        out.insert(format!("{}New", name(ty)), new(ty, lines.map(|l| &**l), loc));
    }
    out
}

fn read(ty: &RecordType, lines: Option<&RecordType>, loc: &Locale) -> Json {
    let mut properties = Map::new();
    let instant = |nullable: bool| {
        let kind = if nullable { j!(["string", "null"]) } else { j!("string") };
        j!({"type": kind, "format": "date-time", "readOnly": true})
    };
    properties.insert(
        "id".into(),
        j!({"type": "integer", "format": "int64", "readOnly": true}),
    );
    properties.insert(
        "version".into(),
        j!({"type": "integer", "format": "int64", "readOnly": true}),
    );
    for f in &ty.fields {
        let mut schema = field(ty, f, loc, false);
        if let Some(map) = schema.as_object_mut()
            && (!f.editable || f.source != Source::Own)
        {
            map.insert("readOnly".into(), true.into());
        }
        properties.insert(f.name.into(), schema);
    }
    for (key, about) in [("hidden", "api-about-hidden"), ("masked", "api-about-masked")] {
        let names = j!({"type": "array", "items": {"type": "string"}, "readOnly": true, "description": loc.t(about)});
        properties.insert(key.into(), names);
    }
    properties.insert("created_at".into(), instant(false));
    properties.insert("updated_at".into(), instant(false));
    properties.insert("archived_at".into(), instant(true));
    if let Some(lines) = lines {
        let items = j!({"$ref": format!("#/components/schemas/{}", name(lines))});
        properties.insert("lines".into(), j!({"type": "array", "items": items}));
    }
    j!({
        "type": "object", "title": loc.t(&format!("{}-one", ty.name)), "required": ["id", "version"], "properties": properties,
    })
}

fn writable(ty: &RecordType) -> impl Iterator<Item = &Field> {
    ty.fields.iter().filter(|f| f.editable && f.source == Source::Own)
}

fn change(ty: &RecordType, loc: &Locale) -> Json {
    let properties: Map<String, Json> = writable(ty)
        .map(|f| (f.name.to_owned(), field(ty, f, loc, true)))
        .collect();
    j!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn new(ty: &RecordType, lines: Option<&RecordType>, loc: &Locale) -> Json {
    let mut schema = change(ty, loc);
    let required: Vec<&str> = writable(ty)
        .filter(|f| f.required && f.default.is_none() && f.kind != FieldKind::Number)
        .map(|f| f.name)
        .collect();
    if let Some(lines) = lines {
        let mut line = change(lines, loc);
        if let Some((_, column)) = lines.parent
            && let Some(properties) = line.get_mut("properties").and_then(Json::as_object_mut)
        {
            properties.remove(column);
        }
        if let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) {
            properties.insert("lines".into(), j!({"type": "array", "items": line}));
        }
    }
    if let Some(map) = schema.as_object_mut() {
        map.insert("required".into(), required.into());
    }
    schema
}

/// A field's schema; `input` also takes whole numbers for amounts and a word for several.
fn field(ty: &RecordType, f: &Field, loc: &Locale, input: bool) -> Json {
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| {
        map.insert(key.into(), value);
    };
    let mut types = vec!["string"];
    match f.kind {
        FieldKind::Text | FieldKind::Number => put("maxLength", 400.into()),
        FieldKind::Long => put("maxLength", 20_000.into()),
        FieldKind::Email => put("format", "email".into()),
        FieldKind::Phone => {}
        FieldKind::Url => put("format", "uri".into()),
        FieldKind::Int => {
            types = vec!["integer"];
            put("format", "int64".into());
        }
        FieldKind::Quantity | FieldKind::Money { .. } | FieldKind::Rate => {
            if input {
                types.push("integer");
            }
            let (decimals, about) = match f.kind {
                FieldKind::Quantity => (3, "api-about-quantity"),
                FieldKind::Rate => (4, "api-about-rate"),
                _ => (2, "api-about-money"),
            };
            put("pattern", format!("^-?[0-9]+(\\.[0-9]{{1,{decimals}}})?$").into());
            put("description", loc.t(about).into());
        }
        FieldKind::Date => put("format", "date".into()),
        FieldKind::Stamp => put("format", "date-time".into()),
        FieldKind::Bool => types = vec!["boolean"],
        FieldKind::Choice(words) => {
            let mut all: Vec<Json> = words.iter().map(|w| (*w).into()).collect();
            if !f.required {
                all.push(Json::Null);
            }
            put("enum", all.into());
        }
        FieldKind::Many(words) => {
            types = vec!["array"];
            put("items", j!({"type": "string", "enum": words}));
            put("uniqueItems", true.into());
        }
        FieldKind::Ref(of) => {
            types = vec!["integer"];
            put("format", "int64".into());
            put("x-of", of.into());
        }
        FieldKind::User => {
            types = vec!["integer"];
            put("format", "int64".into());
            put("x-of", "user".into());
        }
        FieldKind::Currency => {
            let mut all: Vec<Json> = Currency::codes().map(Json::from).collect();
            if !f.required {
                all.push(Json::Null);
            }
            put("enum", all.into());
        }
    }
    // A new document may come without its number, which the series then gives.
    if !f.required && (input || !matches!(f.kind, FieldKind::Many(_))) {
        types.push("null");
    }
    let kinds = match types.as_slice() {
        [one] => j!(one),
        several => j!(several),
    };
    put("type", kinds);
    put("title", loc.t(&ty.label(f.name)).into());
    put("x-kind", kind(f).into());
    if let (true, Some(default)) = (input, f.default) {
        put(
            "default",
            if f.kind == FieldKind::Bool {
                (default == "yes").into()
            } else {
                default.into()
            },
        );
    }
    map.into()
}

/// The conditions of a list's address, one for each field: `field=…`; `field.op=…` works likewise.
pub(super) fn conditions<'a>(ty: &'a RecordType, loc: &'a Locale) -> impl Iterator<Item = Json> + 'a {
    ty.fields.iter().filter(|f| f.filterable).map(|f| {
        j!({
            "name": f.name, "in": "query", "required": false, "schema": {"type": "string"},
            "description": loc.t(&ty.label(f.name)),
        })
    })
}

fn shared(loc: &Locale) -> Map<String, Json> {
    let int = || j!({"type": "integer", "format": "int64"});
    let wrong = j!({
        "type": "object", "required": ["field", "code", "detail"],
        "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}},
    });
    let ops: Vec<&str> = Op::ALL.iter().map(|o| o.name()).collect();
    let tree = |of: &str| j!({"$ref": format!("#/components/schemas/{of}")});
    let list = j!({"type": "array", "items": tree("Filter")});
    let all = [
        (
            "Problem",
            j!({
                "type": "object", "required": ["type", "title", "status", "code"], "description": loc.t("api-about-problem"),
                "properties": {
                    "type": {"type": "string", "format": "uri-reference"}, "title": {"type": "string"},
                    "status": {"type": "integer"}, "code": {"type": "string"}, "incident": {"type": "string"},
                    "errors": {"type": "array", "items": wrong.clone()}, "current": {"type": "object"},
                },
            }),
        ),
        (
            "Filter",
            j!({
                "description": loc.t("api-about-filter"),
                "anyOf": [
                    {"type": "object", "required": ["all"], "properties": {"all": list.clone()}},
                    {"type": "object", "required": ["any"], "properties": {"any": list}},
                    {"type": "object", "required": ["none"], "properties": {"none": tree("Filter")}},
                    {"type": "object", "required": ["exists"], "properties": {"exists": {"type": "string"}, "where": tree("Filter")}},
                    {"type": "object", "required": ["field", "op"], "properties": {
                        "field": {"type": "string"}, "op": {"type": "string", "enum": ops},
                        "values": {"type": "array", "items": {"type": ["string", "integer", "boolean", "null"]}},
                    }},
                ],
            }),
        ),
        (
            "Target",
            j!({"type": "object", "required": ["id", "version"], "properties": {"id": int(), "version": int()}, "additionalProperties": false}),
        ),
        (
            "BulkResult",
            j!({
                "type": "object", "required": ["batch", "changed", "data"],
                "properties": {
                    "batch": {"type": ["integer", "null"], "format": "int64"}, "changed": int(),
                    "data": {"type": "array", "items": {
                        "type": "object", "required": ["id", "result"],
                        "properties": {
                            "id": int(), "result": {"type": "string", "enum": ["changed", "unchanged", "refused"]}, "version": int(),
                            "code": {"type": "string"}, "title": {"type": "string"}, "errors": {"type": "array", "items": wrong},
                        },
                    }},
                },
            }),
        ),
        (
            "Event",
            j!({
                "type": "object", "required": ["id", "at", "kind", "changes"],
                "properties": {
                    "id": int(), "at": {"type": "string", "format": "date-time"}, "user_id": {"type": ["integer", "null"]},
                    "actor": {"type": "string"}, "door": {"type": "string"}, "kind": {"type": "string"},
                    "changes": {"type": "object", "additionalProperties": {
                        "type": "object", "required": ["from", "to"], "properties": {"from": {}, "to": {}},
                    }},
                    "batch": {"type": ["integer", "null"]}, "note": {"type": ["string", "null"]},
                },
            }),
        ),
    ];
    all.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Parameters that several operations share.
pub(super) fn parameters(loc: &Locale) -> Map<String, Json> {
    let text = j!({"type": "string"});
    let tree = j!({"$ref": "#/components/schemas/Filter"});
    let all = [
        (
            "filter",
            "query",
            false,
            j!({"content": {"application/json": {"schema": tree}}}),
        ),
        ("q", "query", false, j!({"schema": text})),
        ("sort", "query", false, j!({"schema": text, "example": "-updated_at"})),
        (
            "fields",
            "query",
            false,
            j!({"schema": text, "example": "name,created_at"}),
        ),
        (
            "limit",
            "query",
            false,
            j!({"schema": {"type": "integer", "minimum": 1, "maximum": MOST}}),
        ),
        ("cursor", "query", false, j!({"schema": text})),
        (
            "archived",
            "query",
            false,
            j!({"schema": {"type": "boolean", "default": false}}),
        ),
        ("types", "query", false, j!({"schema": text, "example": "party,deal"})),
        (
            "format",
            "query",
            false,
            j!({"schema": {"type": "string", "enum": ["csv", "xlsx"], "default": "csv"}}),
        ),
        (
            "Idempotency-Key",
            "header",
            false,
            j!({"schema": {"type": "string", "minLength": 1, "maxLength": 200}}),
        ),
        (
            "If-Match",
            "header",
            true,
            j!({"schema": {"type": "string", "pattern": "^\"v[0-9]+\"$"}, "example": "\"v3\""}),
        ),
        (
            "If-None-Match",
            "header",
            false,
            j!({"schema": text, "example": "\"v3\""}),
        ),
    ];
    all.into_iter()
        .map(|(name, place, required, mut rest)| {
            let about = loc.t(&format!("api-parameter-{}", name.to_lowercase()));
            if let Some(map) = rest.as_object_mut() {
                map.insert("name".into(), name.into());
                map.insert("in".into(), place.into());
                map.insert("required".into(), required.into());
                map.insert("description".into(), about.into());
            }
            (name.to_owned(), rest)
        })
        .collect()
}

/// Headers of answers.
pub(super) fn headers(loc: &Locale) -> Map<String, Json> {
    ["ETag", "Location", "Idempotency-Replayed"]
        .into_iter()
        .map(|name| {
            let about = loc.t(&format!("api-header-{}", name.to_lowercase()));
            (
                name.to_owned(),
                j!({"description": about, "schema": {"type": "string"}}),
            )
        })
        .collect()
}

/// Answers that several operations share.
pub(super) fn responses(loc: &Locale) -> Map<String, Json> {
    let schema = j!({"$ref": "#/components/schemas/Problem"});
    let problem = j!({
        "description": loc.t("api-about-problem"), "content": {"application/problem+json": {"schema": schema}},
    });
    [("Problem".to_owned(), problem)].into_iter().collect()
}
