//! The engine on a real database: new and known keys, bad rows, documents with lines, references, dry run, resuming, undo.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

use async_trait::async_trait;
use std::sync::Arc;
use zhike_exchange::{
    mapping::Mapping,
    record,
    run::{self, Report, Runner},
    undo,
};
use zhike_kernel::{Currency, Door, Error, Result, SystemClock, Value, Values};
use zhike_store::{
    Ctx, Db, Field, FieldKind, Hooks, House, Migration, Query, Record, RecordType, Registry, Tx, binds, db::Durability,
    field::Search, migrate,
};

const FIXED: &str =
    "id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT";

struct NoNegative;
#[async_trait]
impl Hooks for NoNegative {
    async fn check(&self, _: &Tx, _: &Ctx, _: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("quantity").and_then(Value::int).is_some_and(|q| q < 0) {
            return Err(Error::field("quantity", "error-negative"));
        }
        Ok(())
    }
}

fn types() -> Vec<RecordType> {
    let mut party = RecordType::new(
        "party",
        "party_party",
        "/parties",
        1,
        vec![
            Field::new("name", FieldKind::Text).required().search(Search::Name),
            Field::new("number", FieldKind::Number).computed(),
            Field::new("external_key", FieldKind::Text)
                .unique()
                .search(Search::Code),
            Field::new("city", FieldKind::Text),
            Field::new("phone", FieldKind::Phone).search(Search::Phone),
            Field::new("parent_id", FieldKind::Ref("party")),
            Field::new("currency", FieldKind::Currency),
            Field::new("since", FieldKind::Date),
        ],
    );
    party.number = Some(("party", "C-"));
    let product = RecordType::new(
        "product",
        "catalog_product",
        "/products",
        2,
        vec![
            Field::new("sku", FieldKind::Text).required().unique(),
            Field::new("name", FieldKind::Text).required(),
        ],
    );
    let mut order = RecordType::new(
        "order",
        "order_order",
        "/orders",
        4,
        vec![
            Field::new("external_key", FieldKind::Text),
            Field::new("party_id", FieldKind::Ref("party")).required(),
            Field::new("ordered_on", FieldKind::Date).required(),
        ],
    );
    order.lines = Some("order_line");
    let mut line = RecordType::new(
        "order_line",
        "order_line",
        "/lines",
        5,
        vec![
            Field::new("order_id", FieldKind::Ref("order")).required(),
            Field::new("position", FieldKind::Int),
            Field::new("product_id", FieldKind::Ref("product")),
            Field::new("quantity", FieldKind::Quantity).required(),
            Field::new("unit_price", FieldKind::Money { currency: None }),
        ],
    );
    line.parent = Some(("order", "order_id"));
    line.hooks = Arc::new(NoNegative);
    vec![party, product, order, line]
}

struct Place {
    ctx: Ctx,
    dir: tempfile::TempDir,
}

impl Place {
    async fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("t.db").display());
        let db = Db::open(&url, Durability::Normal).await.unwrap();
        let table = |name: &str, rest: &str| -> &'static str {
            Box::leak(format!("CREATE TABLE {name} ({FIXED}, {rest})").into_boxed_str())
        };
        let up: &'static [&'static str] = Box::leak(Box::new([
            table(
                "party_party",
                "name TEXT, number TEXT, external_key TEXT, city TEXT, phone TEXT, parent_id BIGINT REFERENCES party_party (id), currency TEXT, since TEXT",
            ),
            "CREATE UNIQUE INDEX party_key ON party_party (external_key) WHERE archived_at IS NULL",
            table("catalog_product", "sku TEXT, name TEXT"),
            "CREATE UNIQUE INDEX product_sku ON catalog_product (sku) WHERE archived_at IS NULL",
            table(
                "order_order",
                "external_key TEXT, party_id BIGINT REFERENCES party_party (id), ordered_on TEXT",
            ),
            "CREATE INDEX order_key ON order_order (external_key)",
            table(
                "order_line",
                "order_id BIGINT REFERENCES order_order (id), position BIGINT, product_id BIGINT REFERENCES catalog_product (id), quantity BIGINT, unit_price BIGINT",
            ),
            "CREATE INDEX line_order ON order_line (order_id)",
        ]));
        let mut steps = migrate::OWN.to_vec();
        steps.push(Migration { name: "test_0001", up });
        steps.extend_from_slice(record::MIGRATIONS);
        migrate::run(&db, &steps).await.unwrap();
        let house = Arc::new(House {
            db,
            registry: Registry::build(types(), vec![], vec![], Default::default()).unwrap(),
            clock: Arc::new(SystemClock),
            zone: jiff::tz::TimeZone::UTC,
            currency: Currency::CNY,
            data: dir.path().to_path_buf(),
        });
        Place {
            ctx: Ctx::system(&house, Door::Cli),
            dir,
        }
    }
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }
    async fn import(&self, toml: &str) -> Report {
        self.run(toml, false).await
    }
    async fn run(&self, toml: &str, dry: bool) -> Report {
        let mapping = Mapping::parse(toml).unwrap();
        run::import_file(&self.ctx, &mapping, self.dir.path(), dry, &mut |_| {})
            .await
            .unwrap()
    }
    async fn number(&self, sql: &str) -> i64 {
        self.ctx.db().number(sql, binds![]).await.unwrap()
    }
    async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.ctx.db().all(sql, binds![]).await.unwrap();
        rows.iter()
            .map(|r| r.opt_text(0).unwrap().unwrap_or_default())
            .collect()
    }
    async fn errors(&self, report: &Report) -> Vec<(i64, String, String, String)> {
        let list = record::errors(self.ctx.db(), report.import, 0, 100).await.unwrap();
        list.into_iter().map(|e| (e.row, e.column, e.code, e.value)).collect()
    }
}

fn error(row: i64, column: &str, code: &str, value: &str) -> (i64, String, String, String) {
    (row, column.into(), code.into(), value.into())
}

const PARTIES: &str = "[[step]]\nfile='p.csv'\ninto='party'\nkey='external_key'\n[step.columns]\nexternal_key='No'\nname='Name'\ncity='City'\ncurrency='Cur'\nsince='Since'\nparent_id='Parent'";

#[tokio::test]
async fn makes_changes_and_leaves_and_says_what_is_wrong() {
    let p = Place::new().await;
    p.write("p.csv", "No,Name,City,Cur,Since,Parent\n1,青禾,苏州,CNY,2026-01-02,\n2,Blue,Leeds,GBP,2026-02-30,\n3,,X,EUR,,\n4,Red,X,XXQ,,\n5,Kid,X,,,1\n6,Lost,X,,,99\n7,short\n");
    let r = p.import(PARTIES).await;
    assert_eq!((r.created, r.updated, r.failed), (3, 0, 5));
    assert_eq!(
        p.errors(&r).await,
        [
            error(3, "Since", "error-not-a-date", "2026-02-30"),
            error(5, "Cur", "error-not-a-currency", "XXQ"),
            error(8, "", "error-import-ragged", ""),
            error(4, "Name", "error-required", ""),
            error(7, "Parent", "error-import-unknown-ref", "99"),
        ]
    );
    assert_eq!(
        p.texts("SELECT p.name FROM party_party c JOIN party_party p ON p.id = c.parent_id")
            .await,
        ["青禾"]
    );
    // Again, with one city changed: an empty cell takes nothing away.
    p.write(
        "p.csv",
        "No,Name,City,Cur,Since,Parent\n1,青禾,杭州,CNY,,\n5,Kid,X,,,1\n8,New,,,,\n8,New again,Y,,,\n",
    );
    let r = p.import(PARTIES).await;
    assert_eq!((r.created, r.updated, r.skipped, r.failed), (1, 2, 1, 0));
    assert_eq!(
        p.texts("SELECT city || since FROM party_party WHERE external_key = '1'")
            .await,
        ["杭州2026-01-02"]
    );
    assert_eq!(
        p.texts("SELECT name FROM party_party WHERE external_key = '8'").await,
        ["New again"]
    );
    assert_eq!(
        p.texts("SELECT number FROM party_party ORDER BY id LIMIT 1").await,
        ["C-000001"]
    );
}

#[tokio::test]
async fn one_bad_row_among_many_costs_only_itself() {
    let p = Place::new().await;
    p.write("first.csv", "No,Name\n500,Old\n");
    let create = |file: &str| {
        format!("[[step]]\nfile='{file}'\ninto='party'\nmode='create'\n[step.columns]\nexternal_key='No'\nname='Name'")
    };
    p.import(&create("first.csv")).await;
    let mut text = String::from("No,Name\n");
    for i in 0..2500 {
        text.push_str(&format!("{i},Firm {i}\n"));
    }
    p.write("many.csv", &text);
    let r = p.import(&create("many.csv")).await;
    assert_eq!((r.created, r.failed), (2499, 1));
    assert_eq!(p.errors(&r).await, [error(502, "No", "error-taken", "500")]);
}

fn order_lines(mode: &str) -> String {
    format!(
        "[[step]]\nrows=[{{sku='A',name='Apple'}},{{sku='B',name='Beer'}}]\ninto='product'\nkey='sku'\n\
         [[step]]\nfile='l.csv'\ninto='party'\nkey='external_key'\ndistinct=true\nmode='upsert'\n[step.columns]\nexternal_key='Cust'\nname='Cust'\n\
         [[step]]\nfile='l.csv'\ninto='order_line'\n{mode}\n[step.columns]\nposition='Pos'\nproduct_id={{column='Sku',ref='sku'}}\nquantity='Qty'\nunit_price='Price'\n\
         [step.parent]\nkey='external_key'\ncolumns={{external_key='Order',party_id={{column='Cust',ref='external_key'}},ordered_on='Day'}}"
    )
}

const LINES: &str = "Order,Cust,Day,Pos,Sku,Qty,Price\n10,c1,2026-01-01,1,A,2,1.50\n11,c2,2026-01-02,1,B,1,3\n10,c1,2026-01-01,2,B,-4,3\n12,c1,2026-13-01,1,A,1,1\n12,c1,2026-13-01,2,B,1,1\n11,c2,2026-01-02,2,Z,1,3\n10,c1,2026-01-01,3,A,5,1.40\n";

#[tokio::test]
async fn lines_find_their_document_wherever_they_stand() {
    let p = Place::new().await;
    p.write("l.csv", LINES);
    let r = p.import(&order_lines("key='position'")).await;
    assert_eq!(
        p.errors(&r).await,
        [
            error(5, "Day", "error-not-a-date", "2026-13-01"),
            error(6, "", "error-import-whole", "12"),
            error(7, "Sku", "error-import-unknown-ref", "Z"),
            error(4, "Qty", "error-negative", "-4"),
        ]
    );
    assert_eq!(p.number("SELECT count(*) FROM order_order").await, 2);
    assert_eq!(p.number("SELECT count(*) FROM order_line").await, 3);
    assert_eq!(
        p.number(
            "SELECT count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id WHERE o.external_key = '10'"
        )
        .await,
        2
    );
    // The corrected file again: nothing is there twice.
    p.write(
        "l.csv",
        &LINES
            .replace("-4", "4")
            .replace("2026-13", "2026-12")
            .replace(",Z,", ",A,"),
    );
    let r = p.import(&order_lines("key='position'")).await;
    assert_eq!(r.failed, 0);
    assert_eq!(p.number("SELECT count(*) FROM order_line").await, 7);
}

#[tokio::test]
async fn lines_without_a_key_are_not_added_to_what_is_there() {
    let p = Place::new().await;
    p.write(
        "l.csv",
        "Order,Cust,Day,Pos,Sku,Qty,Price\n10,c1,2026-01-01,1,A,2,1.50\n",
    );
    p.import(&order_lines("")).await;
    let r = p.import(&order_lines("")).await;
    assert_eq!(p.errors(&r).await, [error(2, "", "error-import-lines-there", "10")]);
    assert_eq!(p.number("SELECT count(*) FROM order_line").await, 1);
}

fn many_lines(orders: usize, each: usize) -> String {
    let mut text = String::from("Order,Cust,Day,Pos,Sku,Qty,Price\n");
    for o in 0..orders {
        for l in 1..=each {
            text.push_str(&format!(
                "{o},c{},2026-01-01,{l},{},2,1.50\n",
                o % 50,
                if l % 2 == 0 { "A" } else { "B" }
            ));
        }
    }
    text
}

#[tokio::test]
async fn a_dry_run_finds_the_same_and_leaves_nothing() {
    let p = Place::new().await;
    let text = many_lines(700, 3)
        .replacen(",A,2,", ",A,-2,", 1)
        .replacen(",B,", ",Q,", 1);
    p.write("l.csv", &text);
    let dry = p.run(&order_lines(""), true).await;
    for table in ["party_party", "catalog_product", "order_order", "order_line", "event"] {
        assert_eq!(p.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(p.number("SELECT count(*) FROM search_index").await, 0);
    let wet = p.run(&order_lines(""), false).await;
    assert_eq!(wet.created, 2 + 50 + 700 + 2100 - 2);
    assert_eq!((dry.created, dry.failed, dry.rows), (wet.created, 2, wet.rows));
    assert_eq!(p.errors(&dry).await, p.errors(&wet).await);
    assert_eq!(
        p.errors(&wet).await,
        [
            error(2, "Sku", "error-import-unknown-ref", "Q"),
            error(3, "Qty", "error-negative", "-2")
        ]
    );
}

#[tokio::test]
async fn a_large_dry_run_knows_what_it_would_have_made() {
    let p = Place::new().await;
    p.write("l.csv", &many_lines(5_100, 2).replacen(",B,", ",Q,", 1));
    let dry = p.run(&order_lines(""), true).await;
    for table in ["party_party", "catalog_product", "order_order", "order_line", "event"] {
        assert_eq!(p.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(dry.created, 2 + 50 + 5_100 + 10_200 - 1);
    assert_eq!(p.errors(&dry).await, [error(2, "Sku", "error-import-unknown-ref", "Q")]);
}

#[tokio::test]
async fn goes_on_where_it_was_killed() {
    let p = Place::new().await;
    p.write("l.csv", &many_lines(900, 4));
    let mapping = Mapping::parse(&order_lines("")).unwrap();
    let id = record::start(&p.ctx, &mapping, p.dir.path(), false).await.unwrap();
    // A new runner for every batch: nothing is carried over in memory.
    let mut turns = 0;
    while Runner::load(&p.ctx, id).await.unwrap().step().await.unwrap() {
        turns += 1;
    }
    assert!(turns > 8, "{turns}");
    assert_eq!(p.number("SELECT count(*) FROM party_party").await, 50);
    assert_eq!(p.number("SELECT count(*) FROM order_order").await, 900);
    assert_eq!(p.number("SELECT count(*) FROM order_line").await, 3600);
    let import = record::find(p.ctx.db(), id).await.unwrap().unwrap();
    assert_eq!(
        (import.state.as_str(), import.failed, import.created),
        ("done", 0, 2 + 50 + 900 + 3600)
    );
    assert_eq!(import.done, import.rows_total);
    assert_eq!(Runner::load(&p.ctx, id).await.err().unwrap().code, "error-import-state");
}

#[tokio::test]
async fn two_workers_at_one_import_do_not_double_it() {
    let p = Place::new().await;
    p.write("l.csv", &many_lines(600, 2));
    let mapping = Mapping::parse(&order_lines("")).unwrap();
    let id = record::start(&p.ctx, &mapping, p.dir.path(), false).await.unwrap();
    let mut a = Runner::load(&p.ctx, id).await.unwrap();
    a.step().await.unwrap();
    let mut b = Runner::load(&p.ctx, id).await.unwrap();
    b.step().await.unwrap();
    assert_eq!(a.step().await.unwrap_err().code, "error-stale");
    while b.step().await.unwrap() {}
    assert_eq!(p.number("SELECT count(*) FROM order_line").await, 1200);
}

#[tokio::test]
async fn undo_takes_the_whole_import_back_but_keeps_what_was_changed_since() {
    let p = Place::new().await;
    p.write("p.csv", "No,Name,City,Cur,Since,Parent\nold,Old,Here,,,\n");
    p.import(PARTIES).await;
    p.write(
        "p.csv",
        "No,Name,City,Cur,Since,Parent\nold,Old,There,,,\na,A,,,,\nb,B,,,,a\n",
    );
    let r = p.import(PARTIES).await;
    assert_eq!((r.created, r.updated), (2, 1));
    let ty = p.ctx.registry().get("party").unwrap().clone();
    let done = undo::run(&p.ctx, r.import, &mut |_, _| {}).await.unwrap();
    assert_eq!(done.kept, 0);
    assert_eq!(p.texts("SELECT name || city FROM party_party").await, ["OldHere"]);
    assert_eq!(
        record::find(p.ctx.db(), r.import).await.unwrap().unwrap().state,
        "undone"
    );

    p.write("l.csv", &many_lines(300, 3));
    let r = p.import(&order_lines("")).await;
    let c0 = p.number("SELECT id FROM party_party WHERE external_key = 'c0'").await;
    let tx = p.ctx.begin().await.unwrap();
    let changes = Values::from([("city".to_owned(), "Leeds".into())]);
    zhike_store::write::update(&p.ctx, &tx, &ty, c0, 1, changes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    undo::run(&p.ctx, r.import, &mut |_, _| {}).await.unwrap();
    assert_eq!(p.number("SELECT count(*) FROM order_line").await, 0);
    assert_eq!(p.number("SELECT count(*) FROM order_order").await, 0);
    assert_eq!(p.texts("SELECT name FROM party_party ORDER BY id").await, ["Old", "c0"]);
    let kept = undo::kept(&p.ctx, r.import, 10).await.unwrap();
    assert_eq!(
        kept.iter().map(|k| (k.0, k.2.as_str())).collect::<Vec<_>>(),
        [("party", "c0")]
    );
}

#[tokio::test]
async fn a_missing_file_or_column_stops_before_anything_is_written() {
    let p = Place::new().await;
    let mapping = Mapping::parse(&order_lines("")).unwrap();
    let e = run::import_file(&p.ctx, &mapping, p.dir.path(), false, &mut |_| {})
        .await
        .unwrap_err();
    assert_eq!(e.code, "error-import-file");
    p.write("l.csv", "Order,Cust\n1,2\n");
    let e = run::import_file(&p.ctx, &mapping, p.dir.path(), false, &mut |_| {})
        .await
        .unwrap_err();
    assert_eq!(e.code, "error-import-no-column");
    assert_eq!(p.number("SELECT count(*) FROM catalog_product").await, 0);
    assert_eq!(p.texts("SELECT state FROM exchange_import").await, ["failed", "failed"]);
}
