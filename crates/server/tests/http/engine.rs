//! Writing under pressure: no lost update, no half record, undo that respects what came later.

use std::sync::Arc;
use zhike_kernel::{Kind, Values};
use zhike_store::{Query, binds, event, read, undo, write};
use zhike_testkit::TestApp;

fn one(field: &str, value: impl Into<zhike_kernel::Value>) -> Values {
    [(field.to_owned(), value.into())].into_iter().collect()
}

#[tokio::test]
async fn of_two_writers_with_the_same_version_one_is_told() {
    let app = TestApp::boot().await;
    let id = app
        .make("party", &[("name", "青禾".into()), ("employees", 0.into())])
        .await;
    let app = Arc::new(app);
    let mut tasks = vec![];
    for _ in 0..8 {
        let app = app.clone();
        tasks.push(async move {
            let ctx = app.ctx();
            let ty = ctx.registry().get("party").unwrap().clone();
            let (mut done, mut stale) = (0, 0);
            while done < 5 {
                let tx = ctx.begin().await.unwrap();
                let now = read::need(&ctx, &tx, &ty, id).await.unwrap();
                let next = one("employees", now.int("employees").unwrap() + 1);
                match write::update(&ctx, &tx, &ty, id, now.version, next).await {
                    Ok(_) => {
                        tx.commit().await.unwrap();
                        done += 1;
                    }
                    Err(e) if e.kind == Kind::Stale => stale += 1,
                    Err(e) => panic!("{e}"),
                }
            }
            stale
        });
    }
    let mut all = vec![];
    for task in tasks {
        all.push(tokio::spawn(task));
    }
    for task in all {
        task.await.unwrap();
    }
    let ctx = app.ctx();
    let ty = ctx.registry().get("party").unwrap().clone();
    let record = read::need(&ctx, ctx.db(), &ty, id).await.unwrap();
    assert_eq!(record.int("employees"), Some(40), "an increment was lost");
    assert_eq!(record.version, 41);
    let events = event::of_record(ctx.db(), "party", id, 100).await.unwrap();
    assert_eq!(events.len(), 41, "one event for each write");
}

#[tokio::test]
async fn a_refused_write_leaves_nothing() {
    let app = TestApp::boot().await;
    let ctx = app.ctx();
    let before = ctx
        .db()
        .number("SELECT count(*) FROM event WHERE id > $1", binds![0_i64])
        .await
        .unwrap();
    let admin = app.login("admin").await;
    admin
        .post("/parties", &[("name", ""), ("email", "not an address")])
        .await
        .expect(422);
    let tx = ctx.begin().await.unwrap();
    let ty = ctx.registry().get("party").unwrap().clone();
    write::create(&ctx, &tx, &ty, one("name", "half")).await.unwrap();
    drop(tx);
    assert_eq!(
        ctx.db()
            .number("SELECT count(*) FROM party_party WHERE id > $1", binds![0_i64])
            .await
            .unwrap(),
        0
    );
    // The sign-in stands in the log, nothing else.
    assert_eq!(
        ctx.db()
            .number("SELECT count(*) FROM event WHERE id > $1", binds![0_i64])
            .await
            .unwrap(),
        before + 1
    );
    app.stop().await;
}

#[tokio::test]
async fn an_undo_goes_back_unless_something_newer_stands_on_it() {
    let app = TestApp::boot().await;
    let id = app.make("party", &[("name", "旧名".into())]).await;
    let ctx = app.ctx();
    let ty = ctx.registry().get("party").unwrap().clone();
    let change = async |version, name: &str| {
        let tx = ctx.begin().await.unwrap();
        write::update(&ctx, &tx, &ty, id, version, one("name", name))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    change(1, "新名").await;
    let first = event::of_record(ctx.db(), "party", id, 1).await.unwrap()[0].id;
    change(2, "更新的名").await;
    let tx = ctx.begin().await.unwrap();
    let refused = undo::event(&ctx, &tx, first).await.unwrap_err();
    assert_eq!(refused.code, "error-undo-later-change");
    drop(tx);
    let second = event::of_record(ctx.db(), "party", id, 1).await.unwrap()[0].id;
    let tx = ctx.begin().await.unwrap();
    undo::event(&ctx, &tx, second).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read::need(&ctx, ctx.db(), &ty, id).await.unwrap().text("name"), "新名");
    app.stop().await;
}

#[tokio::test]
async fn numbers_are_given_once() {
    let app = Arc::new(TestApp::boot().await);
    let mut tasks = vec![];
    for i in 0..20 {
        let app = app.clone();
        tasks.push(tokio::spawn(async move {
            app.make("party", &[("name", format!("并发 {i}").into())]).await
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let rows = app
        .app
        .house
        .db
        .all("SELECT number FROM party_party ORDER BY number", vec![])
        .await
        .unwrap();
    let numbers: Vec<String> = rows.iter().map(|r| r.text(0).unwrap()).collect();
    assert_eq!(numbers.len(), 20);
    assert_eq!(numbers.first().map(String::as_str), Some("C-000001"));
    assert_eq!(numbers.last().map(String::as_str), Some("C-000020"), "{numbers:?}");
}

/// See `.cargo/config.toml`: built with STAT4, SQLite would plan each statement anew for every value.
#[tokio::test]
async fn a_prepared_statement_stays_prepared() {
    let app = TestApp::boot().await;
    let ctx = app.ctx();
    if ctx.db().dialect() == zhike_store::Dialect::Sqlite {
        let sql = "SELECT count(*) FROM pragma_compile_options WHERE compile_options LIKE $1";
        assert_eq!(ctx.db().number(sql, binds!["ENABLE_STAT4"]).await.unwrap(), 0);
        assert_eq!(ctx.db().number(sql, binds!["ENABLE_FTS5"]).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn names_stand_in_the_order_of_their_bytes_and_the_index_gives_it() {
    let app = TestApp::boot().await;
    for name in ["b", "中", "B", "ä", "a"] {
        app.make("party", &[("name", name.into())]).await;
    }
    let ctx = app.ctx();
    let db = ctx.db();
    let ty = ctx.registry().get("party").unwrap().clone();
    let ask = zhike_store::List {
        columns: vec!["name".into()],
        sort: "name".into(),
        descending: false,
        ..zhike_store::List::of(&ty)
    };
    let page = zhike_store::list::page(&ctx, db, &ty, &ask).await.unwrap();
    let names: Vec<&str> = page.lines.iter().filter_map(|l| l.values.get("name")?.text()).collect();
    assert_eq!(names, ["B", "a", "b", "ä", "中"]);
    // An index in another order than the list's would not be used: every list would sort its whole table.
    let others = match db.dialect() {
        zhike_store::Dialect::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE upper(sql) LIKE '%COLLATE%'",
        zhike_store::Dialect::Postgres => {
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema() \
             AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        }
    };
    assert_eq!(db.number(others, vec![]).await.unwrap(), 0);
}
