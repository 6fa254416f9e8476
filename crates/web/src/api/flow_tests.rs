//! The API from request to answer, on a small registry and an SQLite file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "tests"
)]

use super::BASE;
use crate::{
    Routes,
    locale::Catalog,
    visit::{self, App},
};
use axum::{Router, body::Body, http::Request, middleware::from_fn_with_state};
use serde_json::{Value as Json, json};
use std::{collections::HashMap, sync::Arc};
use tower::ServiceExt;
use zhike_contract::{Identity, SignedIn, UserLine};
use zhike_kernel::{Actor, Currency, FixedClock, Result, Stamp};
use zhike_store::{Db, Field, FieldKind, House, Migration, RecordType, Registry, Scope, db::Durability, migrate};

const PRICE: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};
const STEP: Migration = Migration {
    name: "flow_0001",
    up: &[
        "CREATE TABLE doc (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         sku TEXT NOT NULL, price BIGINT, currency TEXT)",
        "CREATE TABLE doc_line (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         doc_id BIGINT NOT NULL REFERENCES doc (id), amount BIGINT, currency TEXT)",
    ],
};

struct Everybody;

#[async_trait::async_trait]
impl Identity for Everybody {
    async fn by_session(&self, _: &str) -> Result<Option<SignedIn>> {
        Ok(None)
    }
    async fn by_token(&self, secret: &str) -> Result<Option<SignedIn>> {
        let actor = Actor {
            user: Some(1),
            read_only: secret == "reader",
            only: vec![],
            ..Actor::system()
        };
        Ok(Some(SignedIn {
            actor: Arc::new(actor),
            language: None,
            session: None,
        }))
    }
    async fn users(&self) -> Result<Arc<Vec<UserLine>>> {
        Ok(Arc::new(vec![]))
    }
}

fn types() -> Vec<RecordType> {
    let doc = RecordType {
        lines: Some("doc_line"),
        order: ("id", false),
        ..RecordType::new(
            "doc",
            "doc",
            "/docs",
            1,
            vec![
                Field::new("sku", FieldKind::Text).required().unique(),
                Field::new("price", PRICE),
                Field::new("currency", FieldKind::Currency),
            ],
        )
    };
    let line = RecordType {
        parent: Some(("doc", "doc_id")),
        scope: Scope::Parent("doc", "doc_id"),
        pages: false,
        ..RecordType::new(
            "doc_line",
            "doc_line",
            "/doc-lines",
            2,
            vec![
                Field::new("doc_id", FieldKind::Ref("doc")).required(),
                Field::new("amount", PRICE).required(),
                Field::new("currency", FieldKind::Currency).computed(),
            ],
        )
    };
    vec![doc, line]
}

struct Flow {
    router: Router,
    folder: std::path::PathBuf,
}

impl Flow {
    async fn begin(name: &str) -> Flow {
        let folder = std::env::temp_dir().join(format!("zhike-flow-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("flow.db").display());
        let db = Db::open(&url, Durability::Normal).await.unwrap();
        let steps: Vec<Migration> = migrate::OWN.iter().copied().chain([STEP]).collect();
        migrate::run(&db, &steps).await.unwrap();
        let registry = Registry::build(types(), vec![], vec![], HashMap::new()).unwrap();
        let routes = registry
            .types()
            .fold(super::shared(), |all: Routes, ty| all.and(super::routes(ty)));
        let house = Arc::new(House {
            db,
            registry,
            clock: Arc::new(FixedClock::at(Stamp(1_782_784_800_000_000))),
            zone: jiff::tz::TimeZone::UTC,
            currency: Currency::CNY,
            data: folder.clone(),
        });
        let app = Arc::new(App {
            house,
            catalog: Arc::new(Catalog::new(&crate::texts()).unwrap()),
            nav: vec![],
            tabs: vec![],
            around: Default::default(),
            guests: Arc::new(zhike_contract::NoGuests),
            table: routes.table.clone(),
            identity: Arc::new(Everybody),
            secret: [7; 32],
            secure: false,
            notice: None,
            company: "Test".into(),
            nudge: Arc::default(),
            kept: crate::kept::Kept::default(),
        });
        let router = routes
            .into_router()
            .layer(from_fn_with_state(app.clone(), visit::enter))
            .with_state(app);
        Flow { router, folder }
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Json,
        headers: &[(&str, &str)],
    ) -> (u16, HashMap<String, String>, Json) {
        let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
        if !headers.iter().any(|h| h.0 == "authorization") {
            request = request.header("authorization", "Bearer writer");
        }
        for (k, v) in headers {
            request = request.header(*k, *v);
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body)).unwrap())
            .await
            .unwrap();
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_str().unwrap_or("").to_owned()))
            .collect();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, headers, serde_json::from_slice(&bytes).unwrap_or(Json::Null))
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn versions_lines_and_keys() {
    let flow = Flow::begin("versions").await;
    let body = json!({"sku": "A", "currency": "JPY", "price": 12, "lines": [{"amount": "7"}, {"amount": "8"}]});
    let key = [("idempotency-key", "k1")];
    let (status, headers, made) = flow.ask("POST", "/docs", body.clone(), &key).await;
    assert_eq!((status, headers["etag"].as_str()), (201, "\"v1\""), "{made}");
    assert_eq!(headers["location"], "/api/v1/docs/1");
    assert_eq!((&made["price"], &made["lines"][1]["doc_id"]), (&json!("12"), &json!(1)));
    let (status, again, same) = flow.ask("POST", "/docs", body, &key).await;
    assert_eq!((status, again["idempotency-replayed"].as_str()), (201, "true"));
    assert_eq!(
        (&again["location"], &again["etag"], same),
        (&headers["location"], &headers["etag"], made)
    );
    let (status, _, other) = flow.ask("POST", "/docs", json!({"sku": "B"}), &key).await;
    assert_eq!((status, &other["code"]), (409, &json!("error-idempotency-other")));

    let change = json!({"price": "13"});
    assert_eq!(flow.ask("PATCH", "/docs/1", change.clone(), &[]).await.0, 428);
    let v1 = [("if-match", "\"v1\"")];
    let (status, headers, _) = flow.ask("PATCH", "/docs/1", change.clone(), &v1).await;
    assert_eq!((status, headers["etag"].as_str()), (200, "\"v2\""));
    let (status, _, stale) = flow.ask("PATCH", "/docs/1", change, &v1).await;
    assert_eq!(
        (status, &stale["current"]["version"], &stale["current"]["price"]),
        (409, &json!(2), &json!("13"))
    );
    let (status, _, gone) = flow
        .ask("DELETE", "/docs/1", Json::Null, &[("if-match", "\"v2\"")])
        .await;
    assert_eq!((status, gone["archived_at"].is_string()), (200, true));
    assert_eq!(flow.ask("POST", "/docs/1/restore", Json::Null, &[]).await.0, 200);
    let (_, _, history) = flow.ask("GET", "/docs/1/events", Json::Null, &[]).await;
    assert_eq!(history["data"].as_array().unwrap().len(), 4);
    let reader = [("authorization", "Bearer reader"), ("if-match", "\"v4\"")];
    assert_eq!(flow.ask("PATCH", "/docs/1", json!({"sku": "Z"}), &reader).await.0, 403);
    let (status, _, wrong) = flow
        .ask("POST", "/docs", json!({"sku": "C", "lines": [{"amount": "x"}]}), &[])
        .await;
    assert_eq!((status, &wrong["errors"][0]["field"]), (422, &json!("lines[0].amount")));
    let (status, _, wrong) = flow.ask("POST", "/docs", json!({"sku": "C", "colour": 1}), &[]).await;
    assert_eq!((status, &wrong["errors"][0]["field"]), (422, &json!("colour")));
}

#[tokio::test]
async fn walks_bulk_and_undo() {
    let flow = Flow::begin("walks").await;
    for i in 0..120 {
        let price = if i % 3 == 0 { Json::Null } else { json!(i % 7) };
        let (status, _, made) = flow
            .ask("POST", "/docs", json!({"sku": format!("S{i}"), "price": price}), &[])
            .await;
        assert_eq!(status, 201, "{made}");
    }
    for sort in ["price", "-price", "sku", "-id"] {
        let (mut there, mut back) = (vec![], vec![]);
        let (mut cursor, mut down) = (String::new(), true);
        loop {
            let (status, _, page) = flow
                .ask("GET", &format!("/docs?sort={sort}&limit=7{cursor}"), Json::Null, &[])
                .await;
            assert_eq!(status, 200, "{page}");
            let ids: Vec<i64> = page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|d| d["id"].as_i64().unwrap())
                .collect();
            if down {
                there.extend(ids);
                down = page["next"].is_string();
            } else {
                back.splice(0..0, ids);
            }
            let next = if down { &page["next"] } else { &page["previous"] };
            let Some(next) = next.as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let mut each = there.clone();
        each.sort_unstable();
        each.dedup();
        assert_eq!((there.len(), each.len()), (120, 120), "{sort}");
        assert_eq!(back, there[..back.len()], "{sort}");
        assert!(back.len() >= 113, "{sort}");
    }
    let (_, _, some) = flow
        .ask("GET", "/docs?price.ge=3.00&sku.begins=S1&fields=sku", Json::Null, &[])
        .await;
    let wanted = (0..120)
        .filter(|i| i % 3 != 0 && i % 7 >= 3 && format!("S{i}").starts_with("S1"))
        .count();
    assert_eq!(some["data"].as_array().unwrap().len(), wanted);
    let ids = json!([{"id": 1, "version": 1}, {"id": 2, "version": 1}, {"id": 3, "version": 5}]);
    let body = json!({"ids": ids, "set": {"sku": "Same"}});
    let (status, _, done) = flow.ask("POST", "/docs/bulk", body, &[]).await;
    assert_eq!((status, &done["changed"]), (200, &json!(1)), "{done}");
    assert_eq!(
        (&done["data"][1]["errors"][0]["field"], &done["data"][2]["code"]),
        (&json!("sku"), &json!("error-stale"))
    );
    let undo = format!("/undo/batch/{}", done["batch"]);
    assert_eq!(
        flow.ask("POST", &undo, Json::Null, &[]).await.2,
        json!({"done": 1, "kept": 0})
    );
    assert_eq!(flow.ask("POST", &undo, Json::Null, &[]).await.0, 409);
    assert_eq!(flow.ask("GET", "/docs/1", Json::Null, &[]).await.2["sku"], "S0");
    for path in [
        "/docs?colour=1",
        "/docs?limit=201",
        "/docs?cursor=zz",
        "/docs?filter=%7B%7D",
        "/docs?sort=colour",
    ] {
        assert_eq!(flow.ask("GET", path, Json::Null, &[]).await.0, 422, "{path}");
    }
    for path in ["/types", "/me", "/search?q=x", "/openapi.json"] {
        assert_eq!(flow.ask("GET", path, Json::Null, &[]).await.0, 200, "{path}");
    }
}
