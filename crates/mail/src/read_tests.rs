//! Letters as they come: old encodings, forged heads, machines, and what is no letter.

use crate::{Nature, read};
use zhike_kernel::Stamp;

fn letter(text: &[u8]) -> crate::Letter {
    read(text).expect("a letter")
}

#[test]
fn gbk_and_iso_2022_are_read() {
    // Subject and body in GBK, the subject encoded as the standard has it.
    let mut gbk = b"From: =?GBK?B?wO7A1w==?= <Li.Lei@Example.com>\r\nTo: a@b.cn\r\nSubject: =?GB2312?B?zbbL3w==?=\r\n\
        Date: Tue, 3 Mar 2026 10:00:00 +0800\r\nMessage-ID: <1@x>\r\nContent-Type: text/plain; charset=gbk\r\n\
        Content-Transfer-Encoding: 8bit\r\n\r\n"
        .to_vec();
    gbk.extend_from_slice(b"\xbb\xfa\xc6\xf7\xbb\xb5\xc1\xcb\r\n");
    let l = letter(&gbk);
    assert_eq!((l.subject.as_str(), l.text.as_str()), ("投诉", "机器坏了"));
    let from = l.from.unwrap();
    assert_eq!(
        (from.name.as_str(), from.address.as_str()),
        ("李雷", "li.lei@example.com")
    );
    assert_eq!(l.at, Some(Stamp(1_772_503_200_000_000)));
    let jp = b"From: a@b.jp\r\nSubject: x\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$3$s$K$A$O\x1b(B\r\n";
    assert_eq!(letter(jp).text, "こんにちは");
}

#[test]
fn what_answers_what_is_told_nearest_first() {
    let l = letter(b"From: a@b.c\r\nIn-Reply-To: <3@x>\r\nReferences: <1@x> <2@x> <3@x>\r\nSubject: Re: y\r\n\r\nhi");
    assert_eq!(l.answers, ["3@x", "2@x", "1@x"]);
    assert_eq!(l.nature, Nature::Letter);
}

#[test]
fn machines_are_known() {
    for head in [
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Return-Path: <>",
    ] {
        let l = letter(format!("From: a@b.c\r\n{head}\r\nSubject: Away\r\n\r\nback soon").as_bytes());
        assert_eq!(l.nature, Nature::Auto, "{head}");
    }
    let l = letter(b"From: a@b.c\r\nAuto-Submitted: no\r\nSubject: x\r\n\r\nhi");
    assert_eq!(l.nature, Nature::Letter);
    let l = letter(b"From: a@b.c\r\nList-Id: <x.y>\r\nSubject: x\r\n\r\nhi");
    assert_eq!(l.nature, Nature::Bulk);
}

#[test]
fn a_report_tells_which_letter_did_not_arrive() {
    let text = "From: MAILER-DAEMON@mx.example\r\nTo: service@example.com\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
        Final-Recipient: rfc822; li@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such\r\n user\r\n\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\nFrom: service@example.com\r\nMessage-ID: <m.7.abc@example.com>\r\nSubject: ours\r\n\r\nx\r\n--b--\r\n";
    let Nature::Bounce(b) = letter(text.as_bytes()).nature else {
        panic!("no bounce")
    };
    assert_eq!(
        (b.recipient.as_str(), b.status.as_str(), b.permanent),
        ("li@example.net", "5.1.1", true)
    );
    assert_eq!(b.original.as_deref(), Some("m.7.abc@example.com"));
    assert_eq!(b.words, "550 no such user");
}

#[test]
fn what_is_dangerous_stays_outside_and_is_told() {
    let part = |name: &str, mime: &str| {
        format!("--b\r\nContent-Type: {mime}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\nx\r\n")
    };
    let text = format!(
        "From: a@b.c\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n{}{}{}{}--b--\r\n",
        part("winmail.dat", "application/ms-tnef"),
        part("Invoice.PDF.exe", "application/octet-stream"),
        part("../../etc/photo.png", "image/png"),
        part("", "application/pdf"),
    );
    let l = letter(text.as_bytes());
    let names: Vec<_> = l.parts.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["photo.png", "4.pdf"]);
    let why: Vec<_> = l.dropped.iter().map(|d| d.why).collect();
    assert_eq!(why, ["winmail", "program"]);
}

#[test]
fn bombs_and_rubbish_are_survived() {
    // A thousand letters one inside the other.
    let mut nested = String::from("From: a@b.c\r\nSubject: bomb\r\n");
    for n in 0..1000 {
        nested.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"
        ));
    }
    assert_eq!(letter(nested.as_bytes()).subject, "bomb");
    let mut many = String::from("From: a@b.c\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    for _ in 0..5000 {
        many.push_str("--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n");
    }
    assert!(letter(many.as_bytes()).parts.len() <= 100);
    assert!(read(b"").is_none());
    let _ = read(&[0xff; 4096]);
    assert!(!letter(b"From: a@b.c\r\nSubject: a\0b\r\n\r\nx\0y").text.contains('\0'));
}
