//! What is read of SIP, and that no bytes break the reader.

use super::*;
use proptest::prelude::*;

const INVITE: &str = "INVITE sip:8000@10.0.0.9:5060 SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\nRecord-Route: <sip:10.0.0.2;lr>\r\n\
    From: \"Li Lei\" <sip:+8613800001111@10.0.0.1>;tag=abc\r\nTo: <sip:8000@10.0.0.9>\r\nCall-ID: x@10.0.0.1\r\nCSeq: 1 INVITE\r\n\
    Contact: <sip:10.0.0.1:5062>\r\nSubject: folded\r\n line\r\nContent-Type: application/sdp\r\n\r\n\
    v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.7\r\nt=0 0\r\nm=audio 6000 RTP/AVP 18 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n";

fn invite() -> Request {
    match read(INVITE.as_bytes()) {
        Some(Message::Request(r)) => r,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_is_read_and_answered() {
    let r = invite();
    assert_eq!(
        (r.method.as_str(), r.caller().as_str(), r.dialled().as_str()),
        ("INVITE", "+8613800001111", "8000")
    );
    assert_eq!((r.callers_tag(), r.get("subject")), ("abc", Some("folded line")));
    let ok = String::from_utf8(r.answer(200, "OK", "t1", "sip:10.0.0.9", "v=0\r\n")).unwrap();
    assert!(
        ok.starts_with("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\nRecord-Route:"),
        "{ok}"
    );
    assert!(
        ok.contains("To: <sip:8000@10.0.0.9>;tag=t1\r\n") && ok.ends_with("Content-Length: 5\r\n\r\nv=0\r\n"),
        "{ok}"
    );
    let bye = String::from_utf8(r.bye("t1", "sip:10.0.0.9", "10.0.0.9:5060")).unwrap();
    assert!(
        bye.starts_with("BYE sip:10.0.0.1:5062 SIP/2.0\r\n") && bye.contains("Route: <sip:10.0.0.2;lr>\r\n"),
        "{bye}"
    );
    assert!(
        bye.contains("From: <sip:8000@10.0.0.9>;tag=t1\r\nTo: \"Li Lei\" <sip:+8613800001111@10.0.0.1>;tag=abc\r\n"),
        "{bye}"
    );
    assert_eq!(read(b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n"), Some(Message::Answer(200)));
}

#[test]
fn the_offer_names_where_and_how() {
    let offered = offer(&invite().body).unwrap();
    assert_eq!(
        (offered.at.to_string().as_str(), offered.codec),
        ("10.0.0.7:6000", Codec::Alaw)
    );
    let own = "c=IN IP4 1.1.1.1\r\nm=video 4000 RTP/AVP 0\r\nc=IN IP4 2.2.2.2\r\nm=audio 5000 RTP/AVP 0\r\nc=IN IP4 3.3.3.3\r\n";
    assert_eq!(offer(own).map(|o| o.at.to_string()), Some("3.3.3.3:5000".into()));
    for none in [
        "",
        "m=audio x RTP/AVP 0",
        "c=IN IP4 1.1.1.1\r\nm=audio 5000 RTP/AVP 18",
        "c=IN IP4 1.1.1.1\r\nm=audio 5000 RTP/SAVP 0",
        "m=audio 0 RTP/AVP 0",
    ] {
        assert_eq!(offer(none), None, "{none}");
    }
    let said = answer("10.0.0.9:7000".parse().unwrap(), Codec::Ulaw);
    assert_eq!(offer(&said).map(|o| (o.at.port(), o.codec)), Some((7000, Codec::Ulaw)));
}

#[test]
fn what_is_no_message_is_none() {
    for bad in [
        "",
        "\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "INVITE sip:x SIP/2.0\r\n\r\n",
        "invite sip:x SIP/2.0\r\nVia: a\r\n\r\n",
        "SIP/2.0 9 x\r\n\r\n",
    ] {
        assert_eq!(read(bad.as_bytes()), None, "{bad:?}");
    }
    assert_eq!(read(&vec![b'A'; MOST + 1]), None);
    // Nothing that a caller writes begins a line of its own in our answer.
    let evil = INVITE.replace("tag=abc", "tag=abc\nEvil: yes");
    assert_eq!(read(evil.as_bytes()), None);
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes);
        let _ = offer(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_damaged_call_is_read_or_is_none(places in prop::collection::vec((0_usize..INVITE.len(), any::<u8>()), 0..12), cut in 0_usize..INVITE.len()) {
        let mut bytes = INVITE.as_bytes().to_vec();
        for (at, b) in places { if let Some(x) = bytes.get_mut(at) { *x = b } }
        bytes.truncate(INVITE.len() - cut);
        if let Some(Message::Request(r)) = read(&bytes) {
            let said = r.answer(200, "OK", "t", "sip:x", "");
            prop_assert!(matches!(read(&said), Some(Message::Answer(200)) | None));
            prop_assert!(r.caller().chars().all(|c| c.is_ascii_digit() || "+-.".contains(c)));
            let _ = offer(&r.body);
        }
    }
}
