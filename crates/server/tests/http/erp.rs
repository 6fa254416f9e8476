//! The example in `docs/erp.md`: its calls are made as they stand there, and what comes back is what is shown there.

use serde_json::Value as Json;
use zhike_testkit::{Client, TestApp};

/// Words of a shell line: quotes, and a backslash before the line's end.
fn words(line: &str) -> Vec<String> {
    let (mut out, mut word, mut quote, mut any) = (vec![], String::new(), None, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\\') if chars.peek() == Some(&'\n') => {
                chars.next();
            }
            (None, '\'' | '"') => (quote, any) = (Some(c), true),
            (Some(q), c) if c == q => quote = None,
            (None, c) if c.is_whitespace() => {
                if any || !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (_, c) => word.push(c),
        }
    }
    if any || !word.is_empty() {
        out.push(word);
    }
    out
}

/// Is all of `want` in `got`? A list in `want` has as many items.
fn within(want: &Json, got: &Json) -> bool {
    match (want, got) {
        (Json::Object(w), Json::Object(g)) => w.iter().all(|(k, v)| g.get(k).is_some_and(|x| within(v, x))),
        (Json::Array(w), Json::Array(g)) => w.len() == g.len() && w.iter().zip(g).all(|(a, b)| within(a, b)),
        _ => want == got,
    }
}

#[tokio::test]
async fn the_calls_of_the_example_do_what_it_says() {
    let app = TestApp::boot().await;
    let admin = app.user("second", "administrator").await;
    let erp = app.user("erp", "administrator").await;
    let clients = [
        ("TOKEN", app.token(admin, false).await),
        ("INBOUND", app.narrow_token(erp, "inbound").await),
        ("FEED", app.narrow_token(erp, "event").await),
    ];
    let doc = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/erp.md")).unwrap();
    let mut last = Json::Null;
    let (mut calls, mut answers) = (0, 0);
    for piece in doc.split("```").skip(1).step_by(2) {
        let (kind, text) = piece.split_once('\n').unwrap();
        match kind {
            "sh" => {
                // What was written just before is settled by now.
                app.advance_seconds(61);
                last = call(&clients, text).await;
                calls += 1;
            }
            "json" => {
                let want: Json = serde_json::from_str(text).unwrap();
                assert!(within(&want, &last), "\nthe document says {want}\nit came {last}");
                answers += 1;
            }
            _ => {}
        }
    }
    assert!(calls >= 12 && answers >= 10, "{calls} calls, {answers} answers");
    app.stop().await;
}

async fn call(clients: &[(&str, Client)], text: &str) -> Json {
    let all = words(text);
    assert_eq!(all.first().map(String::as_str), Some("curl"));
    let (mut method, mut path, mut body, mut who) = ("GET".to_owned(), String::new(), None, None);
    let mut rest = all.into_iter().skip(1);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-X" => method = rest.next().unwrap(),
            "-d" => body = Some(serde_json::from_str::<Json>(&rest.next().unwrap()).unwrap()),
            "-H" => {
                let header = rest.next().unwrap();
                if let Some(name) = header.strip_prefix("Authorization: Bearer $") {
                    who = clients.iter().find(|c| c.0 == name).map(|c| &c.1);
                }
            }
            url => path = url.strip_prefix("$ZHIKE").unwrap().to_owned(),
        }
    }
    let reply = who.unwrap().api(&method, &path, body.as_ref(), &[]).await;
    assert!(
        (200..300).contains(&reply.status),
        "{method} {path}: {} {}",
        reply.status,
        reply.body
    );
    reply.json()
}
