//! The pages of a made-up record type, over HTTP, on a real database.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::{
    area::{Place, Tab},
    locale::{Catalog, Lang},
    visit::{self, App},
};
use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    middleware::from_fn_with_state,
    response::Response,
};
use jiff::tz::TimeZone;
use maud::html;
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt;
use zhike_contract::{Identity, SignedIn, UserLine};
use zhike_kernel::{Actor, Currency, Filter, FixedClock, Op, Reach, Role, Stamp, Value};
use zhike_store::{
    BuiltIn, Ctx, Db, Field, FieldKind, House, Migration, Query as _, Registry, Scope, Search, db::Durability, event,
    migrate,
};

const TEXTS: &str = "thing-one = Thing\nthing-many = Things\nthing-name = Name\nthing-status = Status\n\
    thing-status-open = Open\nthing-status-done = Done\nthing-amount = Amount\nthing-code = Code\nthing-owner_id = Owner\n\
    thing-due_on = Due\nthing-other_id = Other\nthing-note = Note\nthing-roles = Roles\nthing-roles-buyer = Buyer\n\
    thing-roles-maker = Maker\nthing-tab-extra = Extra\nthing-view-late = Late things\nthing-active = Active\nrole-administrator = Administrator\nrole-salesperson = Salesperson\n";

const TABLE: Migration = Migration {
    name: "thing_0001",
    up: &[
        "CREATE TABLE thing_thing (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT, name TEXT NOT NULL, status TEXT, code TEXT, amount BIGINT, owner_id BIGINT, due_on TEXT, \
         other_id BIGINT, roles TEXT, active BOOLEAN, note TEXT)",
    ],
};

fn thing() -> RecordType {
    let mut ty = RecordType::new(
        "thing",
        "thing_thing",
        "/things",
        900,
        vec![
            Field::new("number", FieldKind::Number).search(Search::Code),
            Field::new("name", FieldKind::Text).required().search(Search::Name),
            Field::new("status", FieldKind::Choice(&["open", "done"]))
                .default("open")
                .column(),
            Field::new("code", FieldKind::Text).unique(),
            Field::new("amount", FieldKind::Money { currency: None }).column(),
            Field::new("owner_id", FieldKind::User).column(),
            Field::new("due_on", FieldKind::Date).column(),
            Field::new("other_id", FieldKind::Ref("thing")),
            Field::new("roles", FieldKind::Many(&["buyer", "maker"])),
            Field::new("active", FieldKind::Bool),
            Field::new("note", FieldKind::Long),
        ],
    );
    ty.title = "name";
    ty.number = Some(("thing", "T-"));
    ty.scope = Scope::Owner("owner_id");
    ty.views = vec![
        BuiltIn::new(
            "late",
            Filter::field("due_on", Op::Lt, "today").and(Filter::is("owner_id", "me")),
        )
        .sort("amount", true)
        .columns(&["due_on", "nowhere"]),
        BuiltIn::new("elsewhere", Filter::is("nowhere", 1)),
    ];
    ty
}

/// Sessions `admin` (user 1) and `sales` (user 2, sees only the own).
struct People;

#[async_trait]
impl Identity for People {
    async fn by_session(&self, secret: &str) -> Result<Option<SignedIn>> {
        let (user, name, role, reach) = match secret {
            "admin" => (1, "周启明", Role::Administrator, Reach::All),
            "sales" => (2, "林珊", Role::Manager, Reach::Own),
            _ => return Ok(None),
        };
        Ok(Some(SignedIn {
            actor: Arc::new(Actor {
                user: Some(user),
                name: name.into(),
                role,
                reach,
                team: vec![],
                read_only: false,
                only: vec![],
            }),
            language: Some("en".into()),
            session: Some(user),
        }))
    }
    async fn by_token(&self, _: &str) -> Result<Option<SignedIn>> {
        Ok(None)
    }
    async fn users(&self) -> Result<Arc<Vec<UserLine>>> {
        let line = |id, name: &str| UserLine {
            id,
            name: name.into(),
            name_latin: None,
            active: true,
        };
        Ok(Arc::new(vec![line(1, "周启明"), line(2, "林珊")]))
    }
}

struct Site {
    router: Router,
    house: Arc<House>,
    folder: std::path::PathBuf,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Got {
    status: StatusCode,
    head: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Got {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    fn has(&self, words: &str) -> bool {
        self.text().contains(words)
    }
    fn header(&self, name: &str) -> &str {
        self.head.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

async fn site() -> Site {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("zhike-records-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let url = format!("sqlite:{}", folder.join("db").display());
    let db = Db::open(&url, Durability::Normal).await.unwrap();
    let mut steps = migrate::OWN.to_vec();
    steps.push(TABLE);
    migrate::run(&db, &steps).await.unwrap();
    let registry = Registry::build(vec![thing()], vec![], events(), Default::default()).unwrap();
    let house = Arc::new(House {
        db,
        registry,
        clock: Arc::new(FixedClock::at(Stamp(1_795_500_000_000_000))),
        zone: TimeZone::fixed(jiff::tz::offset(8)),
        currency: Currency::CNY,
        data: folder.clone(),
    });
    let mut files = Catalog::WEB.to_vec();
    files.extend([(Lang::En, TEXTS), (Lang::ZhCn, TEXTS)]);
    let extra = Tab::new("thing", "extra", Place::Tab, 1, "thing.view", |visit, record| {
        Box::pin(async move {
            let more = related(
                visit,
                "thing",
                Filter::is("other_id", record.id),
                &["name", "amount"],
                5,
            )
            .await?;
            Ok(html! { p { "extra of " (record.id) } (more) })
        })
    });
    let app = Arc::new(App {
        house: house.clone(),
        catalog: Arc::new(Catalog::new(&files).unwrap()),
        nav: vec![],
        tabs: vec![extra],
        around: Default::default(),
        guests: Arc::new(zhike_contract::NoGuests),
        table: vec![],
        identity: Arc::new(People),
        secret: [7; 32],
        secure: false,
        notice: None,
        company: "Test".into(),
        nudge: Arc::default(),
        kept: crate::kept::Kept::default(),
    });
    let router = routes(&thing())
        .and(shared())
        .router
        .layer(from_fn_with_state(app.clone(), visit::enter))
        .with_state(app);
    Site { router, house, folder }
}

impl Site {
    async fn send(&self, who: &str, request: axum::http::request::Builder, body: &str) -> Got {
        let request = request
            .header("cookie", format!("{}={who}", visit::SESSION))
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response: Response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if parts.status.is_server_error() {
            // The cause is in the log only.
            panic!("{} {:?}", parts.status, parts.headers.get("hx-trigger"));
        }
        Got {
            status: parts.status,
            head: parts.headers,
            body: axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }
    async fn get(&self, path: &str) -> Got {
        self.send("admin", Request::get(path), "").await
    }
    async fn part(&self, path: &str) -> Got {
        self.send("admin", Request::get(path).header("hx-request", "true"), "")
            .await
    }
    async fn post(&self, path: &str, body: &str) -> Got {
        self.send("admin", Request::post(path), body).await
    }
    async fn post_part(&self, path: &str, body: &str) -> Got {
        self.send("admin", Request::post(path).header("hx-request", "true"), body)
            .await
    }
    /// Makes a thing; its id.
    async fn make(&self, body: &str) -> i64 {
        let got = self.post("/things", body).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text());
        got.header("location").trim_start_matches("/things/").parse().unwrap()
    }
    async fn record(&self, id: i64) -> zhike_store::Record {
        let ctx = Ctx::system(&self.house, zhike_kernel::Door::Job);
        let ty = self.house.registry.get("thing").unwrap();
        zhike_store::read::need(&ctx, &self.house.db, ty, id).await.unwrap()
    }
}

/// The address in the toast's undo button.
fn undo_of(got: &Got) -> String {
    let json: serde_json::Value = serde_json::from_str(got.header("hx-trigger")).unwrap();
    json["toast"]["undo"].as_str().unwrap_or("").to_owned()
}

#[tokio::test]
async fn a_list_begins_empty_then_shows_filters_sorts_and_pages() {
    let site = site().await;
    let empty = site.get("/things").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.has("No Things yet") && empty.has("New thing") && empty.has("data-new"));
    site.make("name=%E9%9D%92%E7%A6%BE%E4%B9%B3%E4%B8%9A&amount=1200&due_on=2026-12-01")
        .await;
    site.make("name=Acme&amount=300&status=done&owner_id=2").await;
    let list = site.get("/things").await;
    assert!(list.has("青禾乳业") && list.has("Acme") && list.has("¥1,500") && list.has("2 shown, 2 in all"));
    let part = site.part("/things?q=qhry").await;
    assert!(part.text().starts_with("<div id=\"list\">"), "{}", part.text());
    assert!(part.has("青禾乳业") && !part.has("Acme"));
    let done = site.part("/things?f=status:in:done&f=owner_id:is:me").await;
    assert!(done.has("Nothing matches") && done.has("Clear filters"));
    let done = site.part("/things?f=status:in:done").await;
    assert!(done.has("Acme") && !done.has("青禾乳业") && done.has("<b>Done</b>"));
    let wrong = site.part("/things?f=amount:ge:lots").await;
    assert!(wrong.has("Amount: Not a number") && wrong.has("Acme"));
    let sorted = site.part("/things?sort=-amount").await;
    let text = sorted.text();
    assert!(text.find("青禾乳业") < text.find("Acme"));
    assert!(text.contains("aria-sort=\"descending\""));
    // The small forms turn into the usual address.
    let added = site.get("/things?q=x&ff=status&fo=in&fv=open&fv=done").await;
    assert_eq!(added.header("location"), "/things?q=x&f=status%3Ain%3Aopen%2Cdone");
    let columns = site.get("/things?f=status:in:done&col=&col=note&col=code").await;
    assert_eq!(
        columns.header("location"),
        "/things?f=status%3Ain%3Adone&cols=note%2Ccode"
    );
    let form = site.part("/things/filter/owner_id").await;
    assert!(form.has("name=\"fv\"") && form.has(">Me<") && form.has("林珊"));
}

#[tokio::test]
async fn pages_follow_one_another_and_back() {
    let site = site().await;
    for i in 0..60 {
        site.make(&format!("name=Thing{i:02}")).await;
    }
    let first = site.part("/things?sort=name").await;
    assert!(first.has("Thing00") && first.has("Thing49") && !first.has("Thing50"));
    let next = link(&first.text(), "rel=\"next\"");
    let second = site.part(&next).await;
    assert!(second.has("Thing50") && second.has("Thing59") && !second.has("Thing49"));
    let back = site.part(&link(&second.text(), "rel=\"prev\"")).await;
    assert!(back.has("Thing00") && !back.has("Thing50"));
}

/// The address of the link with this mark.
fn link(text: &str, mark: &str) -> String {
    let before = text.split(mark).next().unwrap();
    let href = before.rsplit("href=\"").next().unwrap();
    href.split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn a_form_comes_back_with_what_was_typed_and_what_is_wrong() {
    let site = site().await;
    let form = site.get("/things/new?note=hello").await;
    assert!(form.has("hello") && form.has("<option value=\"1\" selected>周启明</option>"));
    let wrong = site.post("/things", "name=&amount=lots&note=kept").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.has("aria-invalid=\"true\"")
            && wrong.has("value=\"lots\"")
            && wrong.has("kept")
            && wrong.has("Amount: Not a number")
    );
    let id = site
        .make("name=One&roles=&roles=maker&roles=buyer&active=yes&code=A")
        .await;
    let record = site.record(id).await;
    assert_eq!(record.text("roles"), "buyer maker");
    assert_eq!(record.get("active"), &Value::Bool(true));
    assert_eq!(record.text("number"), "T-000001");
    let taken = site.post("/things", "name=Two&code=A").await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.has("This is already taken."));
    let edit = site.get(&format!("/things/{id}/edit")).await;
    assert!(edit.has("name=\"version\" value=\"1\"") && edit.has("value=\"One\""));
    let saved = site.post(&format!("/things/{id}"), "version=1&name=Uno").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(site.record(id).await.text("name"), "Uno");
}

#[tokio::test]
async fn who_comes_second_sees_both_sides_and_keeps_only_the_own_change() {
    let site = site().await;
    let id = site.make("name=One&amount=100&note=old").await;
    let at = format!("/things/{id}");
    site.post(&at, "version=1&name=One&amount=250&note=theirs").await;
    let second = site.post(&at, "version=1&name=One&amount=100&note=mine").await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    let text = second.text();
    assert!(
        text.contains("Keep mine") && text.contains("Take theirs") && text.contains("mine") && text.contains("theirs")
    );
    assert!(text.contains("周启明") && text.contains("name=\"version\" value=\"2\""));
    assert!(
        !text.contains("name=\"amount\""),
        "what was not touched is not sent again"
    );
    site.post(&at, "version=2&note=mine").await;
    let record = site.record(id).await;
    assert_eq!((record.text("note"), record.int("amount")), ("mine", Some(25_000)));
}

#[tokio::test]
async fn a_cell_is_edited_where_it_stands_and_undone() {
    let site = site().await;
    let id = site.make("name=One&amount=100").await;
    let cell = format!("/things/{id}/cell/amount");
    let editor = site.part(&cell).await;
    assert!(editor.has("name=\"value\" value=\"100.00\"") && editor.has("name=\"version\" value=\"1\""));
    let wrong = site.post_part(&cell, "version=1&value=lots").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("value=\"lots\"") && wrong.has("Not a number"));
    let saved = site.post_part(&cell, "version=1&value=250").await;
    assert_eq!(saved.status, StatusCode::OK);
    assert!(saved.has("¥250"));
    let stale = site.post_part(&cell, "version=1&value=300").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.has("changed “Amount” to “¥250.00”") && stale.has("name=\"version\" value=\"2\""));
    let undo = undo_of(&saved);
    assert!(undo.starts_with("/undo/event/"));
    assert_eq!(site.get(&undo).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(site.post_part(&undo, "").await.status, StatusCode::OK);
    assert_eq!(site.record(id).await.int("amount"), Some(10_000));
    assert_eq!(site.post_part(&undo, "").await.status, StatusCode::CONFLICT);
    assert_eq!(
        site.part(&format!("/things/{id}/cell/number")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn many_are_changed_at_once_and_all_of_it_is_undone() {
    let site = site().await;
    let a = site.make("name=A&owner_id=2").await;
    let b = site.make("name=B&owner_id=1").await;
    let c = site.make("name=C&owner_id=2&status=done").await;
    let form = site.part("/things/bulk/owner_id").await;
    assert!(form.has("name=\"ids\"") && form.has("林珊"));
    let body = format!("action=set&field=owner_id&value=1&ids={a},{b}&query=");
    let done = site.post_part("/things/bulk", &body).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.text().starts_with("<div id=\"list\">"));
    assert!(
        done.header("hx-trigger").contains("One record changed"),
        "the second one was so already"
    );
    assert_eq!(site.record(a).await.int("owner_id"), Some(1));
    let log = event::of_record(&site.house.db, "thing", a, 5).await.unwrap();
    assert!(log.first().unwrap().batch.is_some());
    assert_eq!(site.post_part(&undo_of(&done), "").await.status, StatusCode::OK);
    assert_eq!(site.record(a).await.int("owner_id"), Some(2));
    // Everything that the filter shows, and nothing else.
    let all = site
        .post_part("/things/bulk", "action=archive&all=1&ids=&query=f%3Dstatus:in:open")
        .await;
    assert!(all.header("hx-trigger").contains("2 records archived"));
    assert!(site.record(c).await.archived_at.is_none() && site.record(b).await.archived_at.is_some());
    assert_eq!(site.post_part(&undo_of(&all), "").await.status, StatusCode::OK);
    assert!(site.record(b).await.archived_at.is_none());
    let wrong = site
        .post_part("/things/bulk", &format!("action=set&field=amount&value=lots&ids={a}"))
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_refused_is_named_and_the_rest_is_done() {
    let site = site().await;
    let a = site.make("name=A").await;
    let b = site.make("name=B").await;
    let version = site.record(a).await.version;
    site.post(&format!("/things/{a}/archive"), &format!("version={version}"))
        .await;
    let body = format!("action=set&field=status&value=done&ids={a},{b}");
    let got = site.post_part("/things/bulk", &body).await;
    assert!(got.has("One record was left as it is") && got.has("This is archived"));
    assert_eq!(site.record(b).await.text("status"), "done");
}

#[tokio::test]
async fn a_record_has_tabs_history_and_an_archive() {
    let site = site().await;
    let id = site.make("name=One&amount=100").await;
    let other = site.make(&format!("name=Second&other_id={id}")).await;
    let at = format!("/things/{id}");
    let page = site.get(&at).await;
    assert!(
        page.has("T-000001") && page.has("class=\"editable") && page.has(&format!("{at}/extra")) && page.has("Extra")
    );
    let extra = site.get(&format!("{at}/extra")).await;
    assert!(extra.has(&format!("extra of {id}")) && extra.has(&format!("/things/{other}")));
    assert!(
        site.get(&format!("/things/{other}"))
            .await
            .has(&format!("href=\"{at}\"")),
        "a reference is a link"
    );
    site.post(&at, "version=1&amount=250").await;
    let history = site.get(&format!("{at}/history")).await;
    assert!(
        history.has("created One") && history.has("changed One") && history.has("¥100.00") && history.has("¥250.00")
    );
    assert!(history.has("on a page") && history.has("/undo/event/"));
    site.post(&format!("{at}/archive"), "version=2").await;
    let archived = site.get(&at).await;
    assert!(archived.has("Archived on") && archived.has("Restore") && !archived.has("class=\"editable"));
    assert!(!site.part("/things").await.has(">One<") && site.part("/things?archived=1").await.has(">One<"));
    site.post(&format!("{at}/restore"), "version=3").await;
    assert!(site.record(id).await.archived_at.is_none());
    for missing in ["/things/999", "/things/abc", "/things/1/nothing"] {
        assert_eq!(site.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn nobody_sees_what_is_not_for_them() {
    let site = site().await;
    let id = site.make("name=Secret&owner_id=1").await;
    let mine = site.make("name=Mine&owner_id=2").await;
    let get = |path: String| {
        let site = &site;
        async move { site.send("sales", Request::get(path), "").await }
    };
    assert_eq!(get(format!("/things/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(format!("/things/{mine}")).await.status, StatusCode::OK);
    for path in [
        "/things",
        "/things?q=secret",
        "/search?q=secret",
        "/lookup/thing?q=secret",
        "/things/export?format=csv",
    ] {
        assert!(!get(path.into()).await.has("Secret"), "{path}");
    }
    let body = format!("action=set&field=status&value=done&ids={id}");
    site.send("sales", Request::post("/things/bulk"), &body).await;
    assert_eq!(site.record(id).await.text("status"), "open");
    let log = event::of_record(&site.house.db, "thing", id, 1).await.unwrap();
    let undo = format!("/undo/event/{}", log.first().unwrap().id);
    assert_ne!(
        site.send("sales", Request::post(undo), "").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(site.record(id).await.archived_at.is_none());
    let nobody = site.send("nobody", Request::get("/things"), "").await;
    assert_eq!(nobody.header("location"), "/sign-in?next=/things");
}

#[tokio::test]
async fn a_view_is_saved_shared_changed_and_taken_away() {
    let site = site().await;
    site.make("name=Opened").await;
    site.make("name=Finished&status=done").await;
    let saved = site
        .post(
            "/things/views",
            "name=Ready&query=f%3Dstatus:in:done%26cols%3Dcode%26sort%3D-name",
        )
        .await;
    let at = saved.header("location").to_owned();
    assert_eq!(at, "/things?view=1");
    let shown = site.part(&at).await;
    assert!(shown.has("Finished") && !shown.has("Opened") && shown.has("Ready") && shown.has(">Code<"));
    let bare = site.part("/things?view=1&edited=1").await;
    assert!(bare.has("Opened"), "a filter taken away stays away");
    let theirs = site.send("sales", Request::get("/things?view=1"), "").await;
    assert!(!theirs.has("Ready"));
    site.post(
        "/things/views/1",
        "version=1&name=Ready&shared=1&query=view%3D1%26edited%3D1%26f%3Dstatus:in:done",
    )
    .await;
    assert!(site.send("sales", Request::get("/things"), "").await.has("Ready"));
    // Whoever saw it before that change neither overwrites nor deletes it.
    let late = site.post("/things/views/1", "version=1&name=Mine&query=").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let late = site.post("/things/views/1/delete", "version=1").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    site.post("/things/views/1/delete", "version=2").await;
    assert!(!site.get("/things").await.has("Ready"));
    assert_eq!(
        site.post("/things/views", "name=&query=").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_type_brings_views_of_its_own() {
    let site = site().await;
    site.make("name=Early&due_on=2026-11-01&owner_id=1").await;
    site.make("name=Later&due_on=2027-01-01&owner_id=1").await;
    site.make("name=Foreign&due_on=2026-11-01&owner_id=2").await;
    let page = site.part("/things").await;
    assert!(page.has("/things?view=late") && page.has("Late things") && page.has("Later"));
    assert!(
        !page.has("view=elsewhere"),
        "a view of a field that is not there is not offered"
    );
    let late = site.part("/things?view=late").await;
    assert!(late.has(">Early<") && !late.has("Later") && !late.has("Foreign"));
    assert!(late.has("today") && late.has("Me"), "its conditions are chips");
    let without = site.part("/things?view=late&edited=1&f=due_on:lt:today").await;
    assert!(without.has(">Early<") && without.has("Foreign") && !without.has("Later"));
}

#[tokio::test]
async fn the_page_after_a_form_says_what_was_done_and_undoes_it() {
    let site = site().await;
    let id = site.make("name=One&amount=100").await;
    let at = format!("/things/{id}");
    let said = |got: &Got| {
        let text = got.header("set-cookie").split(';').next().unwrap().to_owned();
        crate::input::Fields::parse(&text).get("toast").unwrap().to_owned()
    };
    let saved = site.post(&at, "version=1&amount=250").await;
    let toast: serde_json::Value = serde_json::from_str(&said(&saved)).unwrap();
    assert_eq!(toast["text"], "Saved");
    assert_eq!(
        site.post_part(toast["undo"].as_str().unwrap(), "").await.status,
        StatusCode::OK
    );
    assert_eq!(site.record(id).await.int("amount"), Some(10_000));
    let away = site.post(&format!("{at}/archive"), "version=3").await;
    let toast: serde_json::Value = serde_json::from_str(&said(&away)).unwrap();
    assert_eq!(toast["text"], "Archived");
    assert_eq!(
        site.post_part(toast["undo"].as_str().unwrap(), "").await.status,
        StatusCode::OK
    );
    assert!(site.record(id).await.archived_at.is_none());
}

#[tokio::test]
async fn search_and_lookup_know_pinyin_single_characters_and_numbers() {
    let site = site().await;
    let id = site.make("name=%E9%9D%92%E7%A6%BE%E4%B9%B3%E4%B8%9A").await;
    for query in ["%E7%A6%BE", "qhry", "T-000001", "qinghe"] {
        let hits = site.part(&format!("/search?q={query}")).await;
        assert!(
            hits.has("role=\"option\"") && hits.has(&format!("/things/{id}")),
            "{query}: {}",
            hits.text()
        );
        let options = site.part(&format!("/lookup/thing?q={query}")).await;
        assert!(options.has(&format!("data-value=\"{id}\"")), "{query}");
    }
    assert!(site.part("/lookup/thing?q=").await.has("青禾乳业"));
    assert!(site.part("/lookup/user?q=ls").await.has("林珊"));
    assert!(site.part("/search?q=new").await.has("/things/new"));
    assert!(site.get("/search?q=qhry").await.has("<!DOCTYPE html>"));
    assert_eq!(site.part("/lookup/nothing?q=").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_export_holds_everything_asked_for_and_is_kept_in_the_log() {
    let site = site().await;
    let ctx = Ctx::system(&site.house, zhike_kernel::Door::Job);
    let ty = site.house.registry.get("thing").unwrap().clone();
    let tx = ctx.begin().await.unwrap();
    let rows = (0..1_200)
        .map(|i| [("name".to_owned(), Value::Text(format!("=Row{i}")))].into())
        .collect();
    zhike_store::write::insert_many(&ctx, &tx, &ty, rows, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    site.make("name=Plain&amount=-12.5&status=done&owner_id=2").await;
    let csv = site.get("/things/export?format=csv").await;
    let text = csv.text();
    assert!(text.starts_with("\u{feff}Number,Name,"));
    assert_eq!(text.lines().count(), 1_202);
    assert!(text.contains("'=Row1199") && text.contains(",-12.50,林珊,"));
    assert!(csv.header("content-disposition").contains("things-2026-11-2"));
    let some = site.get("/things/export?format=csv&f=status:in:done").await;
    assert_eq!(some.text().lines().count(), 2);
    let excel = site.get("/things/export?format=xlsx&f=status:in:done").await;
    assert!(excel.body.starts_with(b"PK"));
    assert_eq!(
        std::fs::read_dir(site.folder.join("tmp")).unwrap().count(),
        0,
        "no file is left"
    );
    let notes = site
        .house
        .db
        .all(
            "SELECT note FROM event WHERE kind = 'export.made.v1' ORDER BY id",
            vec![],
        )
        .await
        .unwrap();
    assert_eq!(notes.len(), 3);
    assert_eq!(notes.last().unwrap().text(0).unwrap(), "1 xlsx f=status%3Ain%3Adone");
}
