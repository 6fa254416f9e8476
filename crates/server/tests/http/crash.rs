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
