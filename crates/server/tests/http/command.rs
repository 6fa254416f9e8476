//! The command line as an administrator uses it: the real program, its words and its exit code.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};
use zhike_exchange::source::{Options, Row, Source};
use zhike_store::{Db, Dialect, Query, binds, db::Durability};
use zhike_testkit::{Client, PASSWORD, TestApp};

/// What the program said, and whether it was content.
struct Said {
    good: bool,
    text: String,
}

impl Said {
    #[track_caller]
    fn good(self) -> String {
        assert!(self.good, "{}", self.text);
        self.text
    }
    /// It refused, and said why in all of these words.
    #[track_caller]
    fn bad(self, words: &[&str]) {
        assert!(!self.good, "it did not refuse: {}", self.text);
        for word in words {
            assert!(self.text.contains(word), "it does not say {word:?}: {}", self.text);
        }
        assert!(!self.text.contains("panicked"), "{}", self.text);
    }
}

/// Runs `zhike` on a house.
fn zhike(url: &str, data: &Path, arguments: &[&str], input: &str) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zhike"))
        .args(["--database", url, "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    Said {
        good: out.status.success(),
        text: format!(
            "{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        ),
    }
}

fn on(app: &TestApp, arguments: &[&str]) -> Said {
    zhike(app.app.house.db.url(), &app.data, arguments, "")
}

/// Everything that stands in a database: table → its rows.
async fn contents(db: &Db) -> BTreeMap<String, Vec<String>> {
    let tables = match db.dialect() {
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'",
        Dialect::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let mut all = BTreeMap::new();
    for row in db.all(tables, vec![]).await.unwrap() {
        let table = row.text(0).unwrap();
        let sql = match db.dialect() {
            Dialect::Sqlite => {
                let columns = db
                    .all("SELECT name FROM pragma_table_info($1)", binds![table.as_str()])
                    .await
                    .unwrap();
                let quoted: Vec<String> = columns
                    .iter()
                    .map(|c| format!("quote(\"{}\")", c.text(0).unwrap()))
                    .collect();
                format!("SELECT {} FROM \"{table}\"", quoted.join(" || ',' || "))
            }
            Dialect::Postgres => format!("SELECT CAST(t AS TEXT) FROM \"{table}\" t"),
        };
        let rows = db.all(&sql, vec![]).await.unwrap();
        let mut rows: Vec<String> = rows.iter().map(|r| r.text(0).unwrap()).collect();
        rows.sort();
        all.insert(table, rows);
    }
    all
}

/// A second place for a house: an address of a database that holds nothing, and how to take it away.
struct Place {
    url: String,
    server: Option<(String, String)>,
}

impl Place {
    async fn fresh(app: &TestApp, name: &str) -> Place {
        if app.app.house.db.dialect() == Dialect::Sqlite {
            return Place {
                url: format!("sqlite:{}", app.data.join(name).join("zhike.db").display()),
                server: None,
            };
        }
        let server = std::env::var("ZHIKE_TEST_PG").unwrap();
        let name = format!("zhike_{name}_{}", std::process::id());
        let db = Db::open(&server, Durability::Normal).await.unwrap();
        db.maintain(&format!("CREATE DATABASE {name}")).await.unwrap();
        db.close().await;
        Place {
            url: format!("{}/{name}", server.rsplit_once('/').unwrap().0),
            server: Some((server, name)),
        }
    }
    async fn remove(self) {
        if let Some((server, name)) = self.server {
            let db = Db::open(&server, Durability::Normal).await.unwrap();
            db.maintain(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .await
                .unwrap();
            db.close().await;
        }
    }
}

#[tokio::test]
async fn a_backup_put_back_elsewhere_holds_the_same_and_is_never_put_over_a_house() {
    let app = TestApp::boot().await;
    let party = app.make("party", &[("name", "青禾乳业 'quoted'".into())]).await;
    let waiting = app.data.join("imports/1-1");
    std::fs::create_dir_all(&waiting).unwrap();
    std::fs::write(waiting.join("data.csv"), "客户名称\n远湖\n").unwrap();
    let kept = app.data.join("backup");
    let folder = kept.to_str().unwrap();
    on(&app, &["backup", folder]).good();
    on(&app, &["backup", folder]).bad(&["is there already", "new folder"]);
    let place = Place::fresh(&app, "restored").await;
    let data = app.data.join("restored");
    // Facts of another house must not survive.
    std::fs::create_dir_all(data.join("facts")).unwrap();
    std::fs::write(data.join("facts/manifest.json"), "{}").unwrap();
    zhike(&place.url, &data, &["restore", folder], "").good();
    let db = Db::open(&place.url, Durability::Normal).await.unwrap();
    let (before, after) = (contents(&app.app.house.db).await, contents(&db).await);
    db.close().await;
    assert!(
        before.len() > 30 && before["party_party"].len() == 1,
        "{party} is there"
    );
    for (table, rows) in &before {
        assert_eq!(after.get(table), Some(rows), "{table}");
    }
    assert_eq!(before.len(), after.len());
    let file = std::fs::read_to_string(data.join("imports/1-1/data.csv")).unwrap();
    assert_eq!(file, "客户名称\n远湖\n");
    assert!(!data.join("facts").exists());
    // The program works with it, and does not put a backup over it.
    let users = zhike(&place.url, &data, &["user", "list"], "").good();
    assert!(users.contains("admin"), "{users}");
    let word = if place.server.is_some() {
        "not empty"
    } else {
        "move it away"
    };
    zhike(&place.url, &data, &["restore", folder], "").bad(&[word, "nothing is lost"]);
    place.remove().await;
    app.stop().await;
}

#[tokio::test]
async fn a_backup_that_does_not_fit_is_refused_before_anything_is_written() {
    let app = TestApp::boot().await;
    let postgres = app.app.house.db.dialect() == Dialect::Postgres;
    let kept = app.data.join("backup");
    let folder = kept.to_str().unwrap();
    let place = Place::fresh(&app, "refused").await;
    let data = app.data.join("refused");
    let restore = |from: &str| zhike(&place.url, &data, &["restore", from], "");
    restore("/nowhere/at/all").bad(&["no folder that `zhike backup` wrote"]);
    // Of the other kind of database.
    std::fs::create_dir_all(&kept).unwrap();
    let other = if postgres { "zhike.db" } else { "zhike.dump" };
    std::fs::write(kept.join(other), "x").unwrap();
    restore(folder).bad(&["is a backup of", "--database"]);
    std::fs::remove_dir_all(&kept).unwrap();
    // No database at all.
    std::fs::create_dir_all(&kept).unwrap();
    let own = kept.join(if postgres { "zhike.dump" } else { "zhike.db" });
    std::fs::write(
        &own,
        "this is no database, but long enough to be looked at as one. ".repeat(200),
    )
    .unwrap();
    restore(folder).bad(&[if postgres { "cannot be read" } else { "damaged" }]);
    std::fs::remove_dir_all(&kept).unwrap();
    // Made by a newer program.
    let newer = "INSERT INTO schema_step (name, at) VALUES ($1,$2)";
    if postgres {
        let ctx = app.ctx();
        let tx = ctx.begin().await.unwrap();
        tx.exec(newer, binds!["future_0001", 1_i64]).await.unwrap();
        tx.commit().await.unwrap();
        std::fs::create_dir_all(&kept).unwrap();
        let dumped = Command::new("pg_dump")
            .args(["--format=custom", "--file"])
            .arg(&own)
            .arg(app.app.house.db.url())
            .status();
        assert!(dumped.unwrap().success());
    } else {
        on(&app, &["backup", folder]).good();
        let db = Db::open(&format!("sqlite:{}", own.display()), Durability::Normal)
            .await
            .unwrap();
        db.maintain("INSERT INTO schema_step (name, at) VALUES ('future_0001', 1)")
            .await
            .unwrap();
        db.close().await;
    }
    restore(folder).bad(&["newer version", "future_0001"]);
    if postgres {
        let db = Db::open(&place.url, Durability::Normal).await.unwrap();
        assert!(contents(&db).await.is_empty(), "something was written");
        db.close().await;
    } else {
        let left: Vec<_> = std::fs::read_dir(&data).map_or(vec![], |d| d.flatten().map(|e| e.file_name()).collect());
        assert!(left.is_empty(), "something was written: {left:?}");
    }
    place.remove().await;
    app.stop().await;
}

#[tokio::test]
async fn the_doctor_calls_a_healthy_house_healthy_and_names_what_is_not_with_its_mend() {
    let app = TestApp::boot().await;
    let url = app.app.house.db.url();
    let said = on(&app, &["doctor"]).good();
    assert!(said.contains("all is well") && !said.contains("WRONG"), "{said}");
    assert!(said.contains("none has failed"), "{said}");
    // A job that failed for good is no illness, but it is said.
    let ctx = app.ctx();
    let tx = ctx.begin().await.unwrap();
    let id = zhike_jobs::push(&tx, "nothing.at.all", None, &serde_json::json!({}))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    let said = on(&app, &["doctor"]).good();
    assert!(
        said.contains("1 failed for good") && said.contains("/jobs"),
        "{id}: {said}"
    );
    // A data folder that cannot be: a file stands in its way.
    std::fs::write(app.data.join("file"), "x").unwrap();
    zhike(url, &app.data.join("file/below"), &["doctor"], "").bad(&["WRONG  data folder", "make it", "to mend"]);
    // A database that does not answer, and an address that is none.
    let nobody = "postgres://nobody:secret@127.0.0.1:1/nothing";
    let said = zhike(nobody, &app.data, &["doctor"], "");
    assert!(!said.text.contains("secret"), "it tells the password: {}", said.text);
    said.bad(&["WRONG  database", "check address, name and password"]);
    zhike("mysql://x/y", &app.data, &["doctor"], "").bad(&["WRONG  database"]);
    // A newer schema.
    let tx = ctx.begin().await.unwrap();
    tx.exec(
        "INSERT INTO schema_step (name, at) VALUES ($1,$2)",
        binds!["future_0001", 1_i64],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    on(&app, &["doctor"]).bad(&["WRONG  schema", "future_0001", "start the newer version"]);
    on(&app, &["user", "list"]).bad(&["newer version of Zhike"]);
    app.stop().await;
}

#[tokio::test]
async fn an_export_holds_what_was_asked_for_in_the_language_that_was_asked_for() {
    let app = TestApp::boot().await;
    for (name, city) in [("青禾乳业", "苏州"), ("=SUM(A1)", "苏州"), ("远湖印染", "上海")] {
        app.make("party", &[("name", name.into()), ("city", city.into())]).await;
    }
    let file = |name: &str| app.data.join(name).to_str().unwrap().to_owned();
    let filter = "f=city:is:苏州&sort=name";
    for (name, language, title) in [
        ("a.csv", "en", "Name"),
        ("b.csv", "zh-CN", "名称"),
        ("c.xlsx", "en", "Name"),
    ] {
        let to = file(name);
        on(
            &app,
            &["export", "party", &to, "--language", language, "--filter", filter],
        )
        .good();
        let mut source = Source::open(Path::new(&to), &Options::default()).unwrap();
        let at = source.headers.iter().position(|h| h == title);
        let at = at.unwrap_or_else(|| panic!("{name}: no column {title} in {:?}", source.headers));
        let (mut names, mut row) = (vec![], Row::default());
        while source.next(&mut row).unwrap() {
            assert!(row.fault.is_none(), "{name}: {row:?}");
            names.push(row.get(at).trim_start_matches('\'').to_owned());
        }
        names.sort();
        assert_eq!(names, ["=SUM(A1)", "青禾乳业"], "{name}");
    }
    let csv = std::fs::read_to_string(file("a.csv")).unwrap();
    assert!(
        !csv.contains(",=SUM") && !csv.contains("\n=SUM"),
        "a formula for a spreadsheet: {csv}"
    );
    on(&app, &["export", "party", &file("a.pdf")]).bad(&["ends in .csv or .xlsx"]);
    on(&app, &["export", "cat", &file("a.csv")]).bad(&["no list of cat", "party"]);
    on(&app, &["export", "party", &file("a.csv"), "--language", "fr"]).bad(&["no language fr", "zh-CN"]);
    on(&app, &["export", "party", "/nowhere/at/all.csv"]).bad(&["cannot write /nowhere/at/all.csv"]);
    app.stop().await;
}

#[tokio::test]
async fn users_are_made_listed_and_given_a_new_password() {
    let app = TestApp::boot().await;
    let url = app.app.house.db.url().to_owned();
    let sign_in = async |login: &str, password: &str| {
        let form = [("login", login), ("password", password)];
        app.anonymous().post("/sign-in", &form).await.status
    };
    let said = on(&app, &["user", "add", "mei", "--name", "梅", "--role", "manager"]).good();
    let made = said.split("password: ").nth(1).unwrap().trim().to_owned();
    assert_eq!(sign_in("mei", &made).await, 303);
    let words = ["user", "add", "lan", "--role", "analyst", "--password-stdin"];
    let said = zhike(&url, &app.data, &words, &format!("{PASSWORD}\n")).good();
    assert!(!said.contains(PASSWORD), "it repeats the password");
    assert_eq!(sign_in("lan", PASSWORD).await, 303);
    zhike(&url, &app.data, &words, PASSWORD).bad(&["login"]);
    let weak = ["user", "add", "zhu", "--password-stdin"];
    zhike(&url, &app.data, &weak, "short").bad(&["password"]);
    on(&app, &["user", "add", "ju", "--role", "king"]).bad(&["no role king", "administrator"]);
    let list = on(&app, &["user", "list"]).good();
    let line = list.lines().find(|l| l.starts_with("mei")).unwrap();
    assert!(line.contains("manager") && line.contains("梅"), "{line}");
    assert!(!list.contains("zhu") && !list.contains("ju "), "{list}");
    let client = app.login("lan").await;
    on(&app, &["user", "password", "nobody"]).bad(&["no user nobody"]);
    let said = on(&app, &["user", "password", "LAN"]).good();
    let made = said.split("password: ").nth(1).unwrap().trim().to_owned();
    app.app.identity.forget();
    client.get("/me").await.expect(303);
    assert_eq!(sign_in("lan", PASSWORD).await, 422);
    assert_eq!(sign_in("lan", &made).await, 303);
    app.stop().await;
}

#[tokio::test]
async fn tokens_are_made_listed_and_withdrawn() {
    let app = TestApp::boot().await;
    let body = serde_json::json!({"name": "Acme"});
    let secret = on(
        &app,
        &["token", "add", "admin", "warehouse", "--read-only", "--days", "30"],
    )
    .good();
    let reader = Client::bearer(&app.url, secret.trim());
    reader.get("/api/v1/parties").await.expect(200);
    reader
        .api("POST", "/api/v1/parties", Some(&body), &[])
        .await
        .expect(403);
    let secret = on(&app, &["token", "add", "admin", "shop"]).good();
    let writer = Client::bearer(&app.url, secret.trim());
    writer
        .api("POST", "/api/v1/parties", Some(&body), &[])
        .await
        .expect(201);
    let list = on(&app, &["token", "list"]).good();
    let line = list.lines().find(|l| l.contains("warehouse")).unwrap();
    assert!(line.contains("admin") && line.contains("(reads)"), "{list}");
    assert!(!list.contains(secret.trim()), "the list tells a secret");
    let number = line.split_whitespace().next().unwrap();
    on(&app, &["token", "end", number]).good();
    on(&app, &["token", "end", number]).bad(&["no token", "zhike token list"]);
    app.app.identity.forget();
    reader.get("/api/v1/parties").await.expect(401);
    writer.get("/api/v1/parties").await.expect(200);
    on(&app, &["token", "add", "nobody", "x"]).bad(&["no user nobody"]);
    app.stop().await;
}

#[tokio::test]
async fn refusals_are_sentences_in_the_language_of_the_terminal() {
    let app = TestApp::boot().await;
    let mapping = app.data.join("m.toml");
    std::fs::write(
        &mapping,
        "[[step]]\nfile = \"nowhere.csv\"\ninto = \"party\"\n[step.columns]\nname = \"Name\"\n",
    )
    .unwrap();
    let folder = app.data.to_str().unwrap();
    let arguments = ["import", mapping.to_str().unwrap(), "--dir", folder];
    let url = app.app.house.db.url();
    for (lang, said) in [("en_GB.UTF-8", "cannot be read"), ("zh_CN.UTF-8", "读不了")] {
        let out = Command::new(env!("CARGO_BIN_EXE_zhike"))
            .args(["--database", url, "--listen", "127.0.0.1:0", "--data", folder])
            .args(arguments)
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", lang)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stderr);
        let last = text.lines().last().unwrap_or("");
        assert!(!out.status.success(), "{text}");
        assert!(
            last.contains(said) && last.contains("nowhere.csv") && !last.contains("error-import"),
            "{text}"
        );
    }
    let to = app.data.join("out.csv");
    let export = |filter| on(&app, &["export", "party", to.to_str().unwrap(), "--filter", filter]);
    export("xx").bad(&["xx", "f, q, sort"]);
    export("f=nothing:is:1").bad(&["nothing"]);
    assert!(!to.exists());
    export("f=status:is:active").good();
    assert!(to.exists());
    app.stop().await;
}
