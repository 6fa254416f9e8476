//! What another server gets to hear, word by word, in one piece and byte by byte.

use crate::listen::{Bounds, Desk, Say, converse};
use async_trait::async_trait;
use std::{sync::Mutex, time::Duration};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[derive(Default)]
struct House {
    kept: Mutex<Vec<(Vec<String>, Vec<u8>)>>,
    busy: bool,
}

#[async_trait]
impl Desk for House {
    async fn knows(&self, address: &str) -> Say {
        if address.ends_with("@house.test") {
            Say::Yes
        } else {
            Say::Unknown
        }
    }
    async fn keep(&self, to: &[String], letter: Vec<u8>) -> Say {
        if self.busy {
            return Say::Later;
        }
        self.kept.lock().unwrap().push((to.to_vec(), letter));
        Say::Yes
    }
}

fn small() -> Bounds {
    Bounds {
        bytes: 200,
        addresses: 2,
        wrong: 3,
        silence: Duration::from_millis(300),
        whole: Duration::from_secs(5),
    }
}

/// Says all of it in pieces of so many bytes; what is answered.
async fn talk(house: &House, said: &[u8], piece: usize) -> String {
    let (ours, mut theirs) = tokio::io::duplex(64);
    let heard = async {
        let (mut read, mut write) = tokio::io::split(&mut theirs);
        let mut heard = vec![];
        let says = async {
            for part in said.chunks(piece) {
                // It may have hung up.
                if write.write_all(part).await.is_err() {
                    break;
                }
            }
        };
        let hears = read.read_to_end(&mut heard);
        let (_, _) = tokio::join!(says, hears);
        heard
    };
    let (ended, heard) = tokio::join!(converse(ours, house, "zhike", small(), None), heard);
    let _ = ended;
    String::from_utf8(heard).unwrap()
}

fn codes(heard: &str) -> Vec<&str> {
    heard
        .lines()
        .filter(|l| l.as_bytes().get(3) == Some(&b' '))
        .filter_map(|l| l.get(..3))
        .collect()
}

#[tokio::test]
async fn a_letter_is_kept_as_it_came_however_it_is_cut() {
    let said =
        b"EHLO a\r\nMAIL FROM:<a@b.test> SIZE=20\r\nRCPT TO:<x@house.test>\r\nRCPT TO:<y@other.test>\r\nDATA\r\n\
        Subject: 1\r\n\r\n..dot\r\n.x\n.\r\nend\r\n.\r\nQUIT\r\n";
    for piece in [1, 2, 3, 7, said.len()] {
        let house = House::default();
        let heard = talk(&house, said, piece).await;
        assert_eq!(
            codes(&heard),
            ["220", "250", "250", "250", "550", "354", "250", "221"],
            "{piece}: {heard}"
        );
        let kept = house.kept.lock().unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].0, ["x@house.test"]);
        // A dot after a bare line feed ends nothing: nobody smuggles a second letter in.
        assert_eq!(kept[0].1, b"Subject: 1\r\n\r\n.dot\r\nx\n.\r\nend\r\n", "{piece}");
    }
}

#[tokio::test]
async fn lmtp_answers_once_for_each_address_and_nothing_is_lost_while_we_are_busy() {
    let house = House {
        busy: true,
        ..House::default()
    };
    let said = b"LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<x@house.test>\r\nRCPT TO:<y@house.test>\r\nRCPT TO:<z@house.test>\r\nDATA\r\n\r\n.\r\nQUIT\r\n";
    let heard = talk(&house, said, 9).await;
    assert_eq!(
        codes(&heard),
        ["220", "250", "250", "250", "250", "452", "354", "451", "451", "221"],
        "{heard}"
    );
}

#[tokio::test]
async fn what_is_out_of_order_wrong_or_too_large_is_refused() {
    let house = House::default();
    let heard = talk(
        &house,
        b"MAIL FROM:<a@b.test>\r\nRCPT TO:<x@house.test>\r\nDATA\r\nWHAT\r\nNOOP\r\n",
        4,
    )
    .await;
    assert_eq!(codes(&heard), ["220", "503", "503", "503", "500", "421"], "{heard}");
    let mut said = b"EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<x@house.test>\r\nDATA\r\n".to_vec();
    said.extend(b"x".repeat(5_000));
    said.extend(b"\r\n.\r\nMAIL FROM:<a@b.test> SIZE=201\r\nNOOP\r\nQUIT\r\n");
    let heard = talk(&house, &said, 50).await;
    assert_eq!(
        codes(&heard),
        ["220", "250", "250", "250", "354", "552", "552", "250", "221"],
        "{heard}"
    );
    let heard = talk(&house, &b"A".repeat(20_000), 1_000).await;
    assert_eq!(codes(&heard), ["220", "500"], "{heard}");
    let heard = talk(&house, b"NO", 2).await;
    assert_eq!(codes(&heard), ["220", "421"], "silence: {heard}");
    let loops = "Received: x\r\n".repeat(101);
    let mut round = b"EHLO a\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<x@house.test>\r\nDATA\r\n".to_vec();
    round.extend(loops.as_bytes());
    round.extend(b"\r\n.\r\nQUIT\r\n");
    let wide = Bounds {
        bytes: 10_000,
        ..small()
    };
    let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
    theirs.write_all(&round).await.unwrap();
    converse(ours, &house, "zhike", wide, None).await.unwrap();
    let mut heard = String::new();
    theirs.read_to_string(&mut heard).await.unwrap();
    assert_eq!(
        codes(&heard),
        ["220", "250", "250", "250", "354", "554", "221"],
        "{heard}"
    );
    assert!(house.kept.lock().unwrap().is_empty());
}
