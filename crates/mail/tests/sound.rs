//! What holds of every letter, whatever bytes it is made of; asked by the test beside it and by the fuzz target `mail`.

use zhike_mail::{Out, Person};

/// Nothing panics, nothing dangerous stays in what is shown, and no line of a stranger's becomes a header of ours.
pub fn sound(data: &[u8]) {
    let Some(letter) = zhike_mail::read(data) else { return };
    assert!(letter.parts.len() <= 100 && !letter.text.contains('\0'));
    assert!(!letter.subject.chars().any(char::is_control), "{:?}", letter.subject);
    assert!(zhike_mail::fresh(&letter.text).len() <= letter.text.len());
    if let Some(html) = &letter.html {
        let low = html.to_lowercase();
        for tag in ["<script", "<img", "<iframe", "<style", "<form", "<svg", "<object"] {
            assert!(!low.contains(tag), "{tag} in {html}");
        }
    }
    for part in &letter.parts {
        assert!(
            !part.name.is_empty() && !part.name.contains(['/', '\\']),
            "{:?}",
            part.name
        );
    }
    // An answer to it: no line of a stranger's becomes a header of ours.
    let out = Out {
        from: Person {
            name: "Service".into(),
            address: "service@example.com".into(),
        },
        to: letter.from.clone().unwrap_or_default(),
        subject: letter.subject.clone(),
        text: letter.text.clone(),
        id: "m.1.x@example.com".into(),
        answers: letter.answers.clone(),
        ..Out::default()
    };
    let Ok(message) = out.message() else { return };
    let bytes = message.formatted();
    let head = bytes
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map_or(&bytes[..], |at| &bytes[..at]);
    let head = String::from_utf8_lossy(head);
    let known = [
        "from",
        "to",
        "subject",
        "message-id",
        "date",
        "in-reply-to",
        "references",
        "content-type",
        "content-transfer-encoding",
        "mime-version",
    ];
    for line in head.lines().filter(|l| !l.starts_with([' ', '\t'])) {
        let name = line.split(':').next().unwrap_or("").to_lowercase();
        assert!(known.contains(&name.as_str()), "{line:?}");
    }
}
