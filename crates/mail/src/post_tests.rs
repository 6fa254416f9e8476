//! Several letters on one line; and a server that hangs up at every possible moment: no letter is lost, none goes twice.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use crate::{Account, Bounds, Desk, Out, Person, Post, Say, Sent, Tls, Trouble, converse};
use async_trait::async_trait;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

fn account(port: u16) -> Account {
    Account {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::Open,
        login: None,
    }
}

fn letter(n: usize, to: &str) -> Out {
    let person = |address: &str| Person {
        name: String::new(),
        address: address.into(),
    };
    Out {
        from: person("us@house.test"),
        to: person(to),
        subject: format!("Letter {n}"),
        text: ".\nwords".into(),
        id: format!("{n}@house.test"),
        ..Out::default()
    }
}

#[derive(Default)]
struct House {
    kept: Mutex<Vec<String>>,
}

#[async_trait]
impl Desk for House {
    async fn knows(&self, address: &str) -> Say {
        if address.starts_with("nobody") {
            Say::Unknown
        } else {
            Say::Yes
        }
    }
    async fn keep(&self, _: &[String], letter: Vec<u8>) -> Say {
        self.kept
            .lock()
            .unwrap()
            .push(String::from_utf8_lossy(&letter).into_owned());
        Say::Yes
    }
}

#[tokio::test]
async fn letters_share_a_line_and_a_refused_one_does_not_spoil_the_next() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (house, lines) = (Arc::new(House::default()), Arc::new(AtomicUsize::new(0)));
    let (of_server, counted) = (house.clone(), lines.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let house = of_server.clone();
            tokio::spawn(async move { converse(stream, house.as_ref(), "peer", Bounds::default(), None).await });
        }
    });
    let post = Post::default();
    for n in 0..120 {
        let to = if n % 10 == 3 { "nobody@x.test" } else { "li@x.test" };
        let sent = post.send(&account(port), &letter(n, to)).await.unwrap();
        match sent {
            Sent::Gone(_) => assert_ne!(n % 10, 3),
            Sent::Never(words) => assert!(n % 10 == 3 && words.contains("550"), "{words}"),
            other => panic!("{other:?}"),
        }
    }
    let kept = house.kept.lock().unwrap();
    assert_eq!(kept.len(), 108);
    assert!(kept.iter().all(|l| l.contains("words")));
    // A hundred letters that were said whole, and then another line.
    assert_eq!(lines.load(Ordering::SeqCst), 2);
}

/// A server that follows a script on each connection: after so many letters it hangs up at this command.
async fn scripted(listener: TcpListener, letters: usize, at: &'static str, got: Arc<Mutex<Vec<String>>>) {
    let mut first = true;
    while let Ok((stream, _)) = listener.accept().await {
        let breaks = std::mem::take(&mut first);
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 peer\r\n").await.unwrap();
        let (mut data, mut here, mut words) = (false, 0, String::new());
        while let Ok(Some(line)) = lines.next_line().await {
            if data {
                if line != "." {
                    words.push_str(&line);
                    words.push('\n');
                    continue;
                }
                data = false;
                here += 1;
                got.lock().unwrap().push(std::mem::take(&mut words));
                // It took the letter, and dies before it can say so.
                if breaks && at == "." && here > letters {
                    break;
                }
                write.write_all(b"250 kept\r\n").await.unwrap();
                continue;
            }
            if breaks && here >= letters && line.starts_with(at) {
                if at == "MAIL" && letters == 2 {
                    write.write_all(b"421 too long here\r\n").await.unwrap();
                }
                break;
            }
            let answer: &[u8] = match line.split(' ').next().unwrap_or("") {
                "DATA" => {
                    data = true;
                    b"354 go\r\n"
                }
                _ => b"250 ok\r\n",
            };
            write.write_all(answer).await.unwrap();
        }
    }
}

/// Sends three letters to such a server; how each ended, and what the server took.
async fn three(letters: usize, at: &'static str) -> (Vec<Result<Sent, &'static str>>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let got = Arc::new(Mutex::new(vec![]));
    tokio::spawn(scripted(listener, letters, at, got.clone()));
    let post = Post::default();
    let mut ended = vec![];
    for n in 0..3 {
        let sent = post.send(&account(port), &letter(n, "li@x.test")).await;
        ended.push(sent.map_err(|t: Trouble| t.word()));
    }
    let got = got.lock().unwrap().clone();
    (ended, got)
}

#[tokio::test]
async fn a_line_that_breaks_loses_nothing_and_doubles_nothing() {
    // It ended between two letters, silently or with 421: the next one goes on a fresh line, at once.
    for letters in [1, 2] {
        let (ended, got) = three(letters, "MAIL").await;
        assert!(ended.iter().all(|e| matches!(e, Ok(Sent::Gone(_)))), "{ended:?}");
        assert_eq!(got.len(), 3);
    }
    // It broke in the middle of one: that one waits, and the server does not have it.
    for at in ["RCPT", "DATA"] {
        let (ended, got) = three(1, at).await;
        assert!(matches!(ended[1], Err("unreachable")), "{at}: {ended:?}");
        assert!(matches!(ended[2], Ok(Sent::Gone(_))));
        assert_eq!(got.len(), 2, "{at}");
    }
    // On a fresh line, nothing was there to be stale: told as what it is.
    let (ended, _) = three(0, "MAIL").await;
    assert!(matches!(ended[0], Err("unreachable")), "{ended:?}");
    // The server took it and could not say so: nobody knows, nobody sends it again.
    let (ended, got) = three(1, ".").await;
    assert!(matches!(ended[1], Ok(Sent::Unsure(_))), "{ended:?}");
    assert_eq!(got.len(), 3);
}
