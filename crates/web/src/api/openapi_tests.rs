//! The description holds together, whatever the types and routes are.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::{
    Routes,
    locale::{Catalog, Lang},
};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use zhike_store::{Extension, Field, FieldKind};

fn registry() -> Registry {
    let price = FieldKind::Money {
        currency: Some("currency"),
    };
    let order = RecordType {
        lines: Some("order_line"),
        ..RecordType::new(
            "order",
            "order_order",
            "/orders",
            1,
            vec![
                Field::new("number", FieldKind::Number),
                Field::new("party_id", FieldKind::Ref("party")).required(),
                Field::new("status", FieldKind::Choice(&["draft", "sent"]))
                    .required()
                    .default("draft"),
                Field::new("tags", FieldKind::Many(&["a", "b"])),
                Field::new("freight", price),
                Field::new("currency", FieldKind::Currency),
                Field::new("total", price).computed(),
            ],
        )
    };
    let line = RecordType {
        parent: Some(("order", "order_id")),
        pages: false,
        ..RecordType::new(
            "order_line",
            "order_line",
            "/order-lines",
            2,
            vec![
                Field::new("order_id", FieldKind::Ref("order")).required(),
                Field::new("quantity", FieldKind::Quantity).required(),
            ],
        )
    };
    let extension = Extension {
        of: "order",
        table: "x",
        key: "order_id",
        fields: vec![Field::new("score", FieldKind::Int)],
    };
    Registry::build(vec![order, line], vec![extension], vec![], Default::default()).unwrap()
}

fn table(registry: &Registry) -> Vec<RouteInfo> {
    async fn nothing() {}
    let mut routes = crate::api::shared().get("/orders", "order.view", nothing).post(
        "/api/v1/deals/{id}/stage/{stage}",
        "deal.edit",
        nothing,
    );
    for ty in registry.types() {
        routes = routes.and(crate::api::routes(ty));
    }
    Routes::new().and(routes).table
}

fn locale(lang: Lang) -> Locale {
    let texts = [
        (Lang::En, include_str!("../../i18n/en/api.ftl")),
        (Lang::ZhCn, include_str!("../../i18n/zh-CN/api.ftl")),
    ];
    Locale {
        lang,
        zone: TimeZone::UTC,
        catalog: Arc::new(Catalog::new(&texts).unwrap()),
    }
}

fn walk<'a>(json: &'a Json, see: &mut dyn FnMut(&'a Map<String, Json>)) {
    match json {
        Json::Object(map) => {
            see(map);
            map.values().for_each(|v| walk(v, see));
        }
        Json::Array(all) => all.iter().for_each(|v| walk(v, see)),
        _ => {}
    }
}

#[test]
fn every_api_route_is_described_once_and_no_page_is() {
    let registry = registry();
    let table = table(&registry);
    let document = build(&registry, &table, &locale(Lang::En));
    let mut described = 0;
    for methods in document["paths"].as_object().unwrap().values() {
        described += methods.as_object().unwrap().len();
    }
    let api: Vec<_> = table.iter().filter(|r| r.path.starts_with("/api/")).collect();
    assert_eq!(described, api.len());
    for route in api {
        let operation = &document["paths"][&route.path][route.method.to_lowercase()];
        assert_eq!(operation["x-permission"], route.permission, "{route:?}");
        assert!(
            operation["summary"].as_str().is_some_and(|s| !s.is_empty()),
            "{route:?}"
        );
    }
    assert_eq!(document["paths"]["/orders"], Json::Null);
}

#[test]
fn references_resolve_variables_are_declared_and_names_are_unique() {
    let registry = registry();
    let document = build(&registry, &table(&registry), &locale(Lang::En));
    let mut references = 0;
    walk(&document, &mut |map| {
        if let Some(target) = map.get("$ref").and_then(Json::as_str) {
            let pointer = target.strip_prefix('#').expect("a reference within the document");
            assert!(document.pointer(pointer).is_some(), "{target}");
            references += 1;
        }
    });
    assert!(references > 50, "{references}");
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} twice");
            assert!(
                operation["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .any(|k| k.starts_with('2'))
            );
            let mut seen = BTreeSet::new();
            for parameter in operation["parameters"].as_array().unwrap() {
                let full = match parameter["$ref"].as_str() {
                    Some(target) => document.pointer(target.trim_start_matches('#')).unwrap(),
                    None => parameter,
                };
                let place = full["in"].as_str().unwrap();
                assert!(
                    seen.insert((place, full["name"].as_str().unwrap())),
                    "{method} {path}: {full}"
                );
                assert_ne!(full.get("schema").is_some(), full.get("content").is_some(), "{full}");
            }
            for name in variables(path) {
                assert!(seen.contains(&("path", name)), "{method} {path} {name}");
            }
            let in_path = seen.iter().filter(|s| s.0 == "path").count();
            assert_eq!(in_path, variables(path).count(), "{method} {path}");
        }
    }
}

#[test]
fn writing_leaves_out_what_nobody_writes() {
    let registry = registry();
    let document = build(&registry, &table(&registry), &locale(Lang::ZhCn));
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Order"]["properties"]["total"]["readOnly"], true);
    assert_eq!(schemas["Order"]["properties"]["score"]["readOnly"], true);
    let new = &schemas["OrderNew"];
    assert_eq!(new["required"], j!(["party_id"]));
    assert_eq!(new["properties"]["total"], Json::Null);
    assert_eq!(new["properties"]["status"]["enum"], j!(["draft", "sent"]));
    assert_eq!(new["properties"]["tags"]["items"]["enum"], j!(["a", "b"]));
    assert_eq!(
        new["properties"]["lines"]["items"]["properties"]["order_id"],
        Json::Null
    );
    assert_eq!(schemas["OrderLineNew"]["required"], j!(["order_id", "quantity"]));
    let lines = &document["paths"]["/api/v1/order-lines"];
    assert_eq!(lines["get"]["x-permission"], "order_line.view");
    assert_eq!(lines["post"]["x-permission"], "order_line.create");
    assert_eq!(document["paths"]["/api/v1/openapi.json"]["get"]["security"], j!([]));
}

#[test]
fn both_languages_say_everything() {
    let keys = |text: &str| -> BTreeSet<String> {
        text.lines()
            .filter_map(|l| l.split_once(" =").map(|(k, _)| k))
            .filter(|k| !k.starts_with([' ', '#', '[']))
            .map(str::to_owned)
            .collect()
    };
    let (en, zh) = (
        keys(include_str!("../../i18n/en/api.ftl")),
        keys(include_str!("../../i18n/zh-CN/api.ftl")),
    );
    assert_eq!(en, zh);
    let registry = registry();
    let document = build(&registry, &table(&registry), &locale(Lang::En)).to_string();
    for word in [
        "\"api-op-",
        "\"api-about",
        "\"api-parameter-",
        "\"api-header-",
        "\"api-answer-",
    ] {
        assert!(!document.contains(word), "a key shows: {word}");
    }
}
