//! A killed process loses no write that it acknowledged.

use serde_json::json;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};
use zhike_store::{Query, binds};
use zhike_testkit::TestApp;

struct Server {
    child: Child,
    url: String,
}

fn serve(app: &TestApp) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zhike"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            app.app.house.db.url(),
            "--data",
        ])
        .arg(&app.data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("http://"), "it says where it listens: {line}");
    Server {
        child,
        url: line.trim().to_owned(),
    }
}

#[tokio::test]
async fn kill_9_in_a_burst_of_writes_loses_no_acknowledged_one() {
    let app = TestApp::boot().await;
    let user = app.user("writer", "administrator").await;
    let mut server = serve(&app);
    let client = app.token(user, false).await.at(&server.url);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut writers = vec![];
    for w in 0..4 {
        let (client, tell) = (client.clone(), tell.clone());
        writers.push(tokio::spawn(async move {
            for i in 0.. {
                let body = json!({"name": format!("写 {w}-{i}")});
                let Some(reply) = client.try_api("POST", "/api/v1/parties", &body).await else {
                    return;
                };
                if reply.status == 201 {
                    tell.send(reply.json()["id"].as_i64().unwrap()).unwrap();
                }
            }
        }));
    }
    drop(tell);
    let mut acknowledged = vec![];
    while let Some(id) = told.recv().await {
        acknowledged.push(id);
        if acknowledged.len() == 60 {
            // SIGKILL, with writes under way.
            server.child.kill().unwrap();
        }
    }
    for w in writers {
        w.await.unwrap();
    }
    server.child.wait().unwrap();
    assert!(acknowledged.len() >= 60);
    let again = serve(&app);
    for id in &acknowledged {
        let sql = "SELECT count(*) FROM party_party p JOIN event e ON e.record_type = 'party' AND e.record_id = p.id WHERE p.id = $1";
        assert_eq!(
            app.app.house.db.number(sql, binds![*id]).await.unwrap(),
            1,
            "record {id} or its event is gone"
        );
    }
    let mut child = again.child;
    child.kill().unwrap();
    child.wait().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn kill_9_in_an_import_loses_and_doubles_no_row() {
    const ROWS: i64 = 6_000;
    let app = TestApp::boot().await;
    let mut csv = String::from("编号,客户名称,城市\n");
    for i in 0..ROWS {
        csv.push_str(&format!("K{i},导入客户 {i},苏州\n"));
    }
    std::fs::write(app.data.join("customers.csv"), csv).unwrap();
    let mapping = "name = \"customers\"\n[[step]]\nfile = \"customers.csv\"\ninto = \"party\"\nkey = \"external_key\"\n\
                   [step.columns]\nexternal_key = \"编号\"\nname = \"客户名称\"\ncity = \"城市\"\n";
    std::fs::write(app.data.join("customers.toml"), mapping).unwrap();
    let import = |rest: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_zhike"))
            .args(["import", "--database", app.app.house.db.url(), "--data"])
            .arg(&app.data)
            .args(rest)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the import starts")
    };
    let file = app.data.join("customers.toml");
    let mut child = import(&[file.to_str().unwrap(), "--dir", app.data.to_str().unwrap()]);
    let db = &app.app.house.db;
    let there = "SELECT count(*) FROM party_party WHERE id > $1";
    let mut seen = 0;
    while seen == 0 {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the import ended before it was killed"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        seen = db.number(there, binds![0_i64]).await.unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let broken_off = db.number(there, binds![0_i64]).await.unwrap();
    assert!(broken_off < ROWS, "it was killed too late to prove anything");
    assert!(import(&["--resume", "1"]).wait().unwrap().success());
    assert_eq!(db.number(there, binds![0_i64]).await.unwrap(), ROWS);
    let keys = "SELECT count(DISTINCT external_key) FROM party_party WHERE id > $1";
    assert_eq!(db.number(keys, binds![0_i64]).await.unwrap(), ROWS);
    let events = "SELECT count(*) FROM event WHERE kind = 'party.created.v1' AND id > $1";
    assert_eq!(
        db.number(events, binds![0_i64]).await.unwrap(),
        ROWS,
        "one event for each"
    );
    app.stop().await;
}
