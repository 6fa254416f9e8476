//! The area behind its own routes, on a database of its own: merging, duplicates, sight, telephones, groups.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use crate::{
    area,
    duplicates::{self, Asked},
};
use async_trait::async_trait;
use axum::{body::Body, http::Request, middleware::from_fn_with_state};
use std::sync::Arc;
use tower::ServiceExt;
use zhike_contract::{Identity, SignedIn, UserLine};
use zhike_kernel::{Actor, Clock, Currency, Door, FixedClock, Reach, Result, Role, Stamp, Value, Values};
use zhike_store::{
    Ctx, Db, Field, FieldKind, House, Query, RecordType, Registry, binds, db::Durability, migrate, search, write,
};
use zhike_web::{App, Catalog, Lang, visit};

/// Session secrets here are `USER ROLE`.
struct Doorman;

#[async_trait]
impl Identity for Doorman {
    async fn by_session(&self, secret: &str) -> Result<Option<SignedIn>> {
        let Some((user, role)) = secret.split_once('-') else {
            return Ok(None);
        };
        let role = Role::parse(role).unwrap();
        let actor = Actor {
            user: user.parse().ok(),
            name: format!("User {user}"),
            role,
            reach: if role == Role::Administrator {
                Reach::All
            } else {
                Reach::Own
            },
            team: vec![],
            read_only: false,
            only: vec![],
        };
        Ok(Some(SignedIn {
            actor: Arc::new(actor),
            language: None,
            session: Some(1),
        }))
    }
    async fn by_token(&self, _: &str) -> Result<Option<SignedIn>> {
        Ok(None)
    }
    async fn users(&self) -> Result<Arc<Vec<UserLine>>> {
        let line = |id: i64| UserLine {
            id,
            name: format!("User {id}"),
            name_latin: None,
            active: true,
        };
        Ok(Arc::new(vec![line(1), line(2)]))
    }
}

struct Test {
    app: Arc<App>,
    router: axum::Router,
    _folder: tempfile::TempDir,
}

const ADMIN: &str = "1-administrator";
const SELLER: &str = "2-salesperson";

impl Test {
    async fn new() -> Test {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(
            &format!("sqlite:{}", folder.path().join("t.db").display()),
            Durability::Normal,
        )
        .await
        .unwrap();
        let area = area();
        let mut steps = migrate::OWN.to_vec();
        steps.extend(area.migrations.iter().copied());
        steps.push(zhike_store::Migration {
            name: "order_0001",
            up: &["CREATE TABLE order_order (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
                   archived_at BIGINT, name TEXT, party_id BIGINT)"],
        });
        migrate::run(&db, &steps).await.unwrap();
        let order = RecordType {
            pages: false,
            party: Some("party_id"),
            ..RecordType::new(
                "order",
                "order_order",
                "/orders",
                4,
                vec![
                    Field::new("name", FieldKind::Text),
                    Field::new("party_id", FieldKind::Ref("party")),
                ],
            )
        };
        let mut types = area.types.clone();
        types.push(order);
        let registry = Registry::build(types, vec![], area.events.clone(), Default::default()).unwrap();
        let now: jiff::Timestamp = "2026-06-30T02:00:00Z".parse().unwrap();
        let house = Arc::new(House {
            db,
            registry,
            clock: Arc::new(FixedClock::at(Stamp(now.as_microsecond()))) as Arc<dyn Clock>,
            zone: jiff::tz::TimeZone::UTC,
            currency: Currency::CNY,
            data: folder.path().to_owned(),
        });
        let mut texts = zhike_web::texts();
        texts.extend(
            area.texts
                .iter()
                .map(|(code, text)| (Lang::parse(code).unwrap(), *text)),
        );
        let party = house.registry.get("party").unwrap().clone();
        let routes = area.routes.and(zhike_web::records::routes(&party));
        let app = Arc::new(App {
            house,
            catalog: Arc::new(Catalog::new(&texts).unwrap()),
            nav: area.nav,
            tabs: area.tabs,
            around: Default::default(),
            guests: Arc::new(zhike_contract::NoGuests),
            table: routes.table.clone(),
            identity: Arc::new(Doorman),
            secret: [7; 32],
            secure: false,
            notice: None,
            company: "House".into(),
            nudge: Arc::default(),
            kept: zhike_web::kept::Kept::default(),
        });
        let router = routes
            .into_router()
            .layer(from_fn_with_state(app.clone(), visit::enter))
            .with_state(app.clone());
        Test {
            app,
            router,
            _folder: folder,
        }
    }

    fn ctx(&self) -> Ctx {
        Ctx::system(&self.app.house, Door::Cli)
    }

    async fn make(&self, ty: &str, values: &[(&str, Value)]) -> Result<i64> {
        let ctx = self.ctx();
        let ty = ctx.registry().get(ty)?.clone();
        let values: Values = values.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let tx = ctx.begin().await?;
        let id = write::create(&ctx, &tx, &ty, values).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn party(&self, name: &str, more: &[(&str, Value)]) -> i64 {
        let mut values = vec![("name", Value::from(name))];
        values.extend(more.iter().cloned());
        self.make("party", &values).await.unwrap()
    }

    async fn ask(&self, who: &str, lang: &str, method: &str, path: &str, body: &str) -> (u16, String) {
        let kind = if body.starts_with('{') {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", format!("zhike_session={who}"))
            .header("accept-language", lang)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", kind)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        for word in text.split(['>', '<', '"', ' ']) {
            let raw = ["party-", "relation-", "web-", "records-", "event-party"]
                .iter()
                .any(|p| word.starts_with(p));
            assert!(!raw || !self.looks_like_key(word), "a key without its sentence: {word}");
        }
        (status, text)
    }

    /// Ids and classes of the pages begin like keys, too; those with a dot or digits are none.
    fn looks_like_key(&self, word: &str) -> bool {
        !matches!(word, "party-timeline") && word.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '_')
    }

    async fn get(&self, path: &str) -> String {
        let (status, text) = self.ask(ADMIN, "en", "GET", path, "").await;
        assert_eq!(status, 200, "{path}: {text}");
        text
    }

    async fn post(&self, path: &str, body: &str, expect: u16) -> String {
        let (status, text) = self.ask(ADMIN, "en", "POST", path, body).await;
        assert_eq!(status, expect, "{path}: {text}");
        text
    }

    async fn number(&self, sql: &str, id: i64) -> i64 {
        self.app.house.db.number(sql, binds![id]).await.unwrap()
    }

    async fn column(&self, column: &str, id: i64) -> Option<String> {
        let sql = format!("SELECT {column} FROM party_party WHERE id = $1");
        self.app
            .house
            .db
            .one(&sql, binds![id])
            .await
            .unwrap()
            .unwrap()
            .opt_text(0)
            .unwrap()
    }
}

#[tokio::test]
async fn a_merge_moves_everything_and_its_undo_moves_it_back() {
    let t = Test::new().await;
    let one = t
        .party("青禾乳业（苏州）有限公司", &[("roles", "customer".into())])
        .await;
    let two = t
        .party(
            "青禾乳业(苏州)有限公司",
            &[
                ("phone", "0512-62881234".into()),
                ("roles", "supplier".into()),
                ("external_key", "K2".into()),
            ],
        )
        .await;
    let order = t
        .make("order", &[("name", "S-1".into()), ("party_id", two.into())])
        .await
        .unwrap();
    let child = t.party("青禾包装", &[("parent_id", two.into())]).await;
    let preview = t.get(&format!("/party/{one}/merge?other={two}")).await;
    assert!(preview.contains("0512-****1234"), "{preview}");
    let body = format!("{{\"other\":{two},\"version\":1,\"other_version\":1,\"take\":{{\"name\":\"other\"}}}}");
    let done: serde_json::Value =
        serde_json::from_str(&t.post(&format!("/api/v1/parties/{one}/merge"), &body, 200).await).unwrap();
    let at = "SELECT party_id FROM order_order WHERE id = $1";
    let above = "SELECT parent_id FROM party_party WHERE id = $1";
    assert_eq!((t.number(at, order).await, t.number(above, child).await), (one, one));
    assert_eq!(t.column("name", one).await.as_deref(), Some("青禾乳业(苏州)有限公司"));
    assert_eq!(t.column("phone_key", one).await.as_deref(), Some("62881234"));
    assert_eq!(t.column("roles", one).await.as_deref(), Some("customer supplier"));
    assert_eq!(t.column("external_key", one).await.as_deref(), Some("K2"));
    let ty = t.app.house.registry.get("party").unwrap().clone();
    assert_eq!(
        search::ids(&t.ctx(), &t.app.house.db, &ty, "青禾乳业", 10)
            .await
            .unwrap(),
        [one]
    );
    let old = t.get(&format!("/parties/{two}")).await;
    assert!(
        old.contains("This record was merged into") && old.contains(&format!("href=\"/parties/{one}\"")),
        "{old}"
    );
    let past = t.get(&format!("/parties/{one}/timeline")).await;
    assert!(
        past.contains("into another record") && past.contains("Undo merge"),
        "{past}"
    );

    let undo = format!("/api/v1/merges/{}/undo", done["id"]);
    let ctx = t.ctx();
    let rename = async |name: &str| {
        let tx = ctx.begin().await.unwrap();
        let version = t.number("SELECT version FROM party_party WHERE id = $1", one).await;
        let values = [("name".to_owned(), Value::from(name))].into();
        write::update(&ctx, &tx, &ty, one, version, values).await.unwrap();
        tx.commit().await.unwrap();
    };
    rename("青禾").await;
    let refused = t.post(&undo, "{}", 409).await;
    assert!(
        refused.contains("error-party-merge-changed") && refused.contains("Name"),
        "{refused}"
    );
    rename("青禾乳业(苏州)有限公司").await;
    t.post(&undo, "{}", 200).await;
    assert_eq!((t.number(at, order).await, t.number(above, child).await), (two, two));
    assert_eq!(t.column("name", one).await.as_deref(), Some("青禾乳业（苏州）有限公司"));
    assert_eq!(t.column("phone", one).await, None);
    assert_eq!(t.column("roles", one).await.as_deref(), Some("customer"));
    assert_eq!(t.column("external_key", two).await.as_deref(), Some("K2"));
    assert_eq!(
        t.number(
            "SELECT count(*) FROM party_party WHERE id = $1 AND archived_at IS NULL AND merged_into IS NULL",
            two
        )
        .await,
        1
    );
    assert_eq!(
        search::ids(&t.ctx(), &t.app.house.db, &ty, "青禾乳业", 10)
            .await
            .unwrap(),
        [two, one]
    );
    t.post(&undo, "{}", 409).await;
}

#[tokio::test]
async fn merging_within_a_group_leaves_no_circle() {
    let t = Test::new().await;
    let top = t.party("Top", &[]).await;
    let middle = t.party("Middle", &[("parent_id", top.into())]).await;
    let low = t.party("Low", &[("parent_id", middle.into())]).await;
    t.post(
        &format!("/api/v1/parties/{low}/merge"),
        &format!("{{\"other\":{top},\"version\":1,\"other_version\":1}}"),
        409,
    )
    .await;
    t.post(
        &format!("/api/v1/parties/{low}/merge"),
        &format!("{{\"other\":{low},\"version\":1,\"other_version\":1}}"),
        409,
    )
    .await;
    t.post(
        &format!("/api/v1/parties/{low}/merge"),
        "{\"other\":999,\"version\":1,\"other_version\":1}",
        404,
    )
    .await;
    let done = t
        .post(
            &format!("/api/v1/parties/{low}/merge"),
            &format!("{{\"other\":{middle},\"version\":1,\"other_version\":1}}"),
            200,
        )
        .await;
    let above = "SELECT parent_id FROM party_party WHERE id = $1";
    assert_eq!(t.number(above, low).await, top);
    let version = t.number("SELECT version FROM party_party WHERE id = $1", middle).await;
    let path = format!("/parties/{middle}/restore");
    t.post(&path, &format!("version={version}"), 409).await;
    let done: serde_json::Value = serde_json::from_str(&done).unwrap();
    t.post(&format!("/party-merges/{}/undo", done["id"]), "", 303).await;
    assert_eq!(
        (t.number(above, low).await, t.number(above, middle).await),
        (middle, top)
    );
}

#[tokio::test]
async fn duplicates_are_found_and_judged() {
    let t = Test::new().await;
    let one = t.party("ACME Tools Ltd.", &[]).await;
    let two = t
        .party("Acme Tools Limited", &[("phone", "0512-62881234".into())])
        .await;
    let three = t.party("Other Works", &[("phone", "(0512) 6288 1234".into())]).await;
    let list = t.get("/parties/duplicates").await;
    assert!(
        list.contains(&format!("/party/{one}/merge?other={two}")) && !list.contains("Other Works"),
        "{list}"
    );
    let list = t.get("/parties/duplicates?by=phone").await;
    assert!(list.contains(&format!("/party/{two}/merge?other={three}")), "{list}");
    for by in ["email", "tax"] {
        assert!(
            t.get(&format!("/parties/duplicates?by={by}"))
                .await
                .contains("No duplicates")
        );
    }
    t.post(&format!("/party/{one}/not-duplicate"), &format!("other={two}"), 303)
        .await;
    assert!(t.get("/parties/duplicates").await.contains("No duplicates"));
    let hint = t.get("/parties/similar?name=acme%20tools").await;
    assert!(hint.contains("ACME Tools Ltd.") && hint.contains("Same name"), "{hint}");
    // Whoever may not see them is told that there are some.
    let (_, hint) = t
        .ask(SELLER, "zh-CN", "GET", "/parties/similar?name=acme%20tools", "")
        .await;
    assert!(hint.contains("另有 2 条归别人负责") && !hint.contains("ACME"), "{hint}");
    let asked = Asked {
        phone: "+86 512 62881234".into(),
        ..Asked::default()
    };
    let (found, hidden) = duplicates::similar(&t.ctx(), &asked).await.unwrap();
    assert_eq!(
        (found.iter().map(|f| f.0.id).collect::<Vec<_>>(), hidden),
        (vec![two, three], 0)
    );
}

#[tokio::test]
async fn a_telephone_is_masked_until_asked_for_and_the_asking_is_kept() {
    let t = Test::new().await;
    let id = t
        .party(
            "Anna Berg",
            &[
                ("kind", "person".into()),
                ("phone", "15800006631".into()),
                ("owner_id", 1.into()),
            ],
        )
        .await;
    let page = t.get(&format!("/parties/{id}/timeline")).await;
    assert!(page.contains("158****6631") && !page.contains("15800006631"), "{page}");
    let shown = t.post(&format!("/party/{id}/reveal/phone"), "", 200).await;
    assert!(shown.contains("tel:15800006631"), "{shown}");
    t.post(&format!("/party/{id}/reveal/email"), "", 404).await;
    let page = t.get(&format!("/parties/{id}/timeline")).await;
    assert!(page.contains("looked at contact details of Anna Berg"), "{page}");
    let (status, _) = t
        .ask(SELLER, "en", "POST", &format!("/party/{id}/reveal/phone"), "")
        .await;
    assert_eq!(status, 404);
    let (status, _) = t.ask(SELLER, "en", "GET", &format!("/party/{id}/timeline"), "").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn people_relations_and_the_group_are_shown_in_both_languages() {
    let t = Test::new().await;
    let top = t.party("青禾集团", &[("owner_id", 2.into())]).await;
    let firm = t.party("青禾乳业", &[("parent_id", top.into())]).await;
    let form = "name=%E5%BC%A0%20%E4%B8%89&job_title=Buyer&phone=13900001111&email=zhang%40qinghe.example";
    t.post(&format!("/party/{firm}/people"), form, 303).await;
    let row = t
        .app
        .house
        .db
        .one("SELECT id, to_id FROM party_relation WHERE from_id = $1", binds![firm])
        .await
        .unwrap()
        .unwrap();
    let (relation, person) = (row.int(0).unwrap(), row.int(1).unwrap());
    for lang in ["en", "zh-CN"] {
        for (id, tab, word) in [
            (firm, "people", "张三"),
            (person, "relations", "青禾乳业"),
            (firm, "hierarchy", "青禾集团"),
            (person, "people", "button"),
            (person, "timeline", "张三"),
        ] {
            let (status, page) = t.ask(ADMIN, lang, "GET", &format!("/parties/{id}/{tab}"), "").await;
            assert!(status == 200 && page.contains(word), "{lang} {tab}: {page}");
        }
    }
    t.post(&format!("/party/{firm}/people/{relation}/end"), "", 303).await;
    let page = t.get(&format!("/parties/{firm}/people")).await;
    assert!(page.contains("Nobody is known here yet."), "{page}");
    t.post(
        &format!("/party/{firm}/relations"),
        &format!("kind=from%20supplies&other={top}&title=Milk"),
        303,
    )
    .await;
    let page = t.get(&format!("/parties/{firm}/relations")).await;
    assert!(page.contains("Supplied by") && page.contains("Milk"), "{page}");
    // The group's hidden members are said and not summed.
    let (_, page) = t
        .ask(SELLER, "en", "GET", &format!("/parties/{top}/hierarchy"), "")
        .await;
    assert!(page.contains("1 company of the group is not yours to see"), "{page}");
}

#[tokio::test]
async fn rules_hold_whichever_way_a_party_is_written() {
    let t = Test::new().await;
    let top = t.party("Top", &[]).await;
    let low = t
        .party(
            "Low",
            &[("parent_id", top.into()), ("roles", "prospect customer".into())],
        )
        .await;
    let refused = async |id: i64, field: &str, value: Value| {
        let ctx = t.ctx();
        let tx = ctx.begin().await.unwrap();
        let ty = ctx.registry().get("party").unwrap().clone();
        let e = write::update(&ctx, &tx, &ty, id, 1, [(field.to_owned(), value)].into())
            .await
            .unwrap_err();
        e.fields.first().map_or(e.code, |f| f.code)
    };
    assert_eq!(refused(top, "parent_id", low.into()).await, "error-party-cycle");
    assert_eq!(refused(top, "parent_id", top.into()).await, "error-party-cycle");
    assert_eq!(
        refused(top, "kind", "person".into()).await,
        "error-party-has-subsidiaries"
    );
    assert_eq!(refused(top, "payment_days", Value::Int(-1)).await, "error-party-range");
    let anna = t.party("Anna", &[("kind", "person".into())]).await;
    assert_eq!(
        refused(top, "parent_id", anna.into()).await,
        "error-party-parent-person"
    );
    let relation = t
        .make("relation", &[("from_id", top.into()), ("to_id", top.into())])
        .await
        .unwrap_err();
    assert_eq!(relation.fields[0].code, "error-relation-self");
    let open = "SELECT count(*) FROM party_role WHERE party_id = $1 AND since_on = '2026-06-30' AND until_on IS NULL";
    assert_eq!(t.number(open, low).await, 2);
    let e = t.make("party", &[("city", "Suzhou".into())]).await.unwrap_err();
    assert_eq!(
        (e.fields[0].field.as_str(), e.fields[0].code),
        ("name", "error-required")
    );
    let port = crate::port().terms(&t.app.house.db, top).await.unwrap().unwrap();
    assert_eq!(
        (port.payment_days, port.currency.as_str(), port.owner),
        (30, "CNY", None)
    );
}

#[tokio::test]
async fn a_customer_is_handed_over() {
    let t = Test::new().await;
    let id = t.party("Acme", &[("owner_id", 2.into())]).await;
    let path = format!("/party/{id}/owner");
    let (status, _) = t.ask(SELLER, "en", "POST", &path, "version=1&owner_id=77").await;
    assert_eq!(status, 422);
    let (status, _) = t.ask(SELLER, "en", "POST", &path, "version=9&owner_id=1").await;
    assert_eq!(status, 409);
    let (status, _) = t.ask(SELLER, "en", "POST", &path, "version=1&owner_id=1").await;
    assert_eq!(status, 303);
    let (status, _) = t.ask(SELLER, "en", "GET", &format!("/parties/{id}"), "").await;
    assert_eq!(status, 404);
}
