//! A full disk: the real program on a small disk of its own. What cannot be kept is refused in words, nothing is half
//! written, and when there is room again everything goes on.

use serde_json::json;
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use zhike_store::{Dialect, Query};
use zhike_testkit::{Client, PASSWORD, TestApp};

/// Size of the disk in megabytes.
const SIZE: usize = 24;

/// A server whose data folder is a disk of its own, seen by nobody else.
struct Small {
    child: Child,
    url: String,
    /// The disk as seen from here: through the server's own eyes.
    disk: PathBuf,
}

/// The words that give a command a world of its own for mounting; none where the machine does not allow it.
fn apart() -> Option<Vec<&'static str>> {
    [vec!["--mount"], vec!["--user", "--map-root-user", "--mount"]]
        .into_iter()
        .find(|how| {
            let tried = Command::new("unshare")
                .args(how)
                .args(["sh", "-c", "mount -t tmpfs tmpfs /mnt"])
                .stderr(Stdio::null())
                .status();
            tried.is_ok_and(|s| s.success())
        })
}

impl Small {
    /// Serves what lies in `seed` from a small disk at `place`.
    fn serve(how: &[&str], seed: &Path, place: &Path, database: Option<&str>) -> Small {
        let script = format!(
            "mount -t tmpfs -o size={SIZE}m tmpfs \"$2\" && cp -a \"$1\"/. \"$2\" && exec \"$3\" --data \"$2\" --listen 127.0.0.1:0 {} serve",
            if database.is_some() { "--database \"$4\"" } else { "" }
        );
        let mut child = Command::new("unshare")
            .args(how)
            .args(["sh", "-c", &script, "sh"])
            .args([seed, place, Path::new(env!("CARGO_BIN_EXE_zhike"))])
            .args(database)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("unshare starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("http://"), "it says where it listens: {line}");
        let disk = PathBuf::from(format!("/proc/{}/root", child.id())).join(place.strip_prefix("/").unwrap());
        Small {
            url: line.trim().to_owned(),
            disk,
            child,
        }
    }

    /// Fills the disk to the last byte.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.disk.join("ballast")).unwrap();
        for size in [1 << 20, 4096, 1] {
            let block = vec![7_u8; size];
            for _ in 0..SIZE * (1 << 20) {
                if file.write(&block).is_err() {
                    break;
                }
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.disk.join("ballast")).unwrap();
    }

    fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Runs the program on the seed and gives what it printed.
fn prepare(seed: &Path, arguments: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zhike"))
        .arg("--data")
        .arg(seed)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(format!("{PASSWORD}\n").as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

async fn parties(client: &Client) -> usize {
    let reply = client.get("/api/v1/parties?limit=200").await.expect(200);
    reply.json()["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_write_on_a_full_disk_is_refused_in_words_and_leaves_nothing_half_done() {
    let app = TestApp::boot().await;
    let Some(how) = apart().filter(|_| app.app.house.db.dialect() == Dialect::Sqlite) else {
        // PostgreSQL keeps its own disk, and not every machine lets a test mount one.
        eprintln!("left out: no embedded database, or no way to make a small disk here");
        return app.stop().await;
    };
    let (seed, place) = (app.data.join("seed"), app.data.join("small"));
    std::fs::create_dir_all(&place).unwrap();
    prepare(
        &seed,
        &["user", "add", "admin", "--role", "administrator", "--password-stdin"],
    );
    let secret = prepare(&seed, &["token", "add", "admin", "test"]);
    let small = Small::serve(&how, &seed, &place, None);
    let program = Client::bearer(&small.url, &secret);
    let person = Client::signed_in(&small.url, "admin", "zh-CN").await;
    let body = json!({"name": "先来的", "note": "x".repeat(4_000)});
    program
        .api("POST", "/api/v1/parties", Some(&body), &[])
        .await
        .expect(201);
    small.fill();
    let mut refused = 0;
    for _ in 0..20 {
        // What still fits into the files as they are is kept, honestly; then nothing fits any more.
        let reply = program.api("POST", "/api/v1/parties", Some(&body), &[]).await;
        if reply.status == 201 {
            continue;
        }
        let reply = reply.expect(507);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        assert_eq!(reply.json()["code"], "error-disk-full");
        refused += 1;
    }
    assert!(refused > 0, "the disk was never full");
    // Reading goes on, and the form comes back with its words and what was typed.
    person.get("/parties").await.expect(200);
    let note = "很长的备注".repeat(600);
    let form = [
        ("name", "写不下的客户"),
        ("kind", "organisation"),
        ("note", note.as_str()),
    ];
    let mut before = parties(&program).await;
    let page = loop {
        let reply = person.post("/parties", &form).await;
        if reply.status != 303 {
            break reply.expect(507);
        }
        before += 1;
    };
    assert!(
        page.body.contains("磁盘已满") && page.body.contains("写不下的客户"),
        "{}",
        page.body
    );
    assert_eq!(parties(&program).await, before, "something was half written");
    small.make_room();
    program
        .api("POST", "/api/v1/parties", Some(&body), &[])
        .await
        .expect(201);
    person.post("/parties", &form).await.expect(303);
    assert_eq!(parties(&program).await, before + 2);
    // One event for each record, and none for what was refused.
    let audit = program.get("/api/v1/audit?type=party").await.expect(200).json();
    let made = audit["data"].as_array().unwrap();
    let made = made.iter().filter(|e| e["kind"] == "party.created.v1").count();
    assert_eq!(made, before + 2);
    small.stop();
    app.stop().await;
}

#[tokio::test]
async fn an_upload_on_a_full_disk_is_refused_in_words_and_leaves_no_file() {
    let app = TestApp::boot().await;
    let Some(how) = apart() else {
        eprintln!("left out: no way to make a small disk here");
        return app.stop().await;
    };
    let (seed, place) = (app.data.join("seed"), app.data.join("small"));
    std::fs::create_dir_all(&seed).unwrap();
    std::fs::create_dir_all(&place).unwrap();
    let user = app.user("writer", "administrator").await;
    // The database lies elsewhere: only the uploads are short of room.
    let small = Small::serve(&how, &seed, &place, Some(app.app.house.db.url()));
    let program = app.token(user, false).await.at(&small.url);
    let person = Client::signed_in(&small.url, "writer", "en").await;
    let mut csv = String::from("客户名称,城市\n");
    for i in 0..120_000 {
        csv.push_str(&format!("导入客户 {i},苏州\n"));
    }
    small.fill();
    let file = || ("file", "customers.csv", csv.clone().into_bytes());
    let reply = program
        .upload("/api/v1/imports", file(), &[("type", "party")])
        .await
        .expect(507);
    assert_eq!(reply.json()["code"], "error-disk-full");
    let short: String = csv.lines().take(2_000).map(|line| format!("{line}\n")).collect();
    let json = json!({"type": "party", "content": short, "file_name": "customers.csv"});
    let reply = program
        .api("POST", "/api/v1/imports", Some(&json), &[])
        .await
        .expect(507);
    assert_eq!(reply.json()["code"], "error-disk-full");
    let page = person
        .upload("/imports", file(), &[("type", "party")])
        .await
        .expect(507);
    assert!(
        page.body.contains("The disk is full. Nothing was changed."),
        "{}",
        page.body
    );
    let left = std::fs::read_dir(small.disk.join("imports")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "half a file is left");
    let none = program.get("/api/v1/imports").await.expect(200).json();
    assert_eq!(none["data"].as_array().unwrap().len(), 0, "{none}");
    small.make_room();
    let reply = person
        .upload("/imports", file(), &[("type", "party")])
        .await
        .expect(303);
    assert!(reply.location().ends_with("/match"), "{}", reply.location());
    small.stop();
    app.stop().await;
}
