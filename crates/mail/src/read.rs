//! A letter out of its bytes: who, to whom, about what, its words, its parts; and what had to be left out.

use crate::{
    bounce::{self, Nature},
    clean,
};
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders, PartType};
use zhike_kernel::Stamp;

/// A longer letter is not taken in whole: its head is read, its body stays on the server.
pub const MOST_BYTES: usize = 40 * 1024 * 1024;
/// So much of the words is kept.
const MOST_TEXT: usize = 400_000;
/// So many parts are kept.
const MOST_PARTS: usize = 100;

/// Somebody named in a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// As it is written there; may be empty.
    pub name: String,
    /// In small letters.
    pub address: String,
}

/// Something that came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name, without any path.
    pub name: String,
    /// Its type as the sender calls it.
    pub mime: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its name.
    pub name: String,
    /// `winmail`, `program`, `many` or `large`.
    pub why: &'static str,
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Message-ID without its angles; empty when there is none.
    pub id: String,
    /// What it answers, the nearest first.
    pub answers: Vec<String>,
    /// Who wrote it.
    pub from: Option<Person>,
    /// Whereto an answer should go, if not to `from`.
    pub reply_to: Option<Person>,
    /// To whom.
    pub to: Vec<Person>,
    /// Who else has it.
    pub cc: Vec<Person>,
    /// One line.
    pub subject: String,
    /// When it was written, as it says itself.
    pub at: Option<Stamp>,
    /// Its words.
    pub text: String,
    /// Its words with their marks, cleaned; none for a letter in plain text.
    pub html: Option<String>,
    /// What came with it.
    pub parts: Vec<Part>,
    /// What was left out.
    pub dropped: Vec<Dropped>,
    /// Sort of letter.
    pub nature: Nature,
    /// What the first server that we trust found out about the sender: the uppermost `Authentication-Results`.
    pub checked: String,
}

/// Reads a letter. None for bytes that are no letter at all.
pub fn read(bytes: &[u8]) -> Option<Letter> {
    // A letter over which the parser stumbles must not take down what reads the others.
    let parsed = std::panic::catch_unwind(|| MessageParser::default().parse(bytes));
    let message = parsed.ok().flatten()?;
    if message.headers().is_empty() {
        return None;
    }
    let (text, html) = words(&message);
    let (parts, dropped) = parts(&message);
    let mut answers = ids(message.in_reply_to());
    let mut earlier = ids(message.references());
    // References run from the oldest to the newest.
    earlier.reverse();
    for id in earlier {
        if !answers.contains(&id) {
            answers.push(id);
        }
    }
    answers.truncate(50);
    Some(Letter {
        id: short(message.message_id().unwrap_or(""), 400),
        answers,
        from: people(message.from()).into_iter().next(),
        reply_to: people(message.reply_to()).into_iter().next(),
        to: people(message.to()),
        cc: people(message.cc()),
        subject: one_line(message.subject().unwrap_or(""), 500),
        at: message
            .date()
            .map(|d| Stamp(d.to_timestamp().saturating_mul(1_000_000))),
        text,
        html,
        parts,
        dropped,
        nature: bounce::nature(&message),
        checked: message
            .header_raw("Authentication-Results")
            .map(|v| one_line(v, 1000))
            .unwrap_or_default(),
    })
}

fn short(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

/// Without line breaks and other signs that are none.
fn one_line(text: &str, most: usize) -> String {
    let flat: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(t) => vec![short(t, 400)],
        HeaderValue::TextList(l) => l.iter().map(|t| short(t, 400)).collect(),
        _ => vec![],
    }
}

fn people(address: Option<&Address<'_>>) -> Vec<Person> {
    address.map_or(vec![], |a| {
        a.iter()
            .filter_map(|p| {
                Some(Person {
                    name: one_line(p.name().unwrap_or(""), 200),
                    address: one_line(p.address()?, 320).to_lowercase(),
                })
            })
            .take(200)
            .collect()
    })
}

fn limited(text: &str) -> String {
    // A NUL is no letter in any language, and PostgreSQL takes none.
    let text: String = text
        .chars()
        .filter(|c| *c != '\0')
        .map(|c| if c == '\u{2028}' { '\n' } else { c })
        .take(MOST_TEXT)
        .collect();
    text.replace("\r\n", "\n").trim().to_owned()
}

fn words(message: &Message<'_>) -> (String, Option<String>) {
    let html: Vec<&str> = message
        .html_bodies()
        .filter_map(|p| match &p.body {
            PartType::Html(h) => Some(h.as_ref()),
            _ => None,
        })
        .collect();
    let html = (!html.is_empty()).then(|| limited(&clean::clean(&html.concat())));
    let texts: Vec<&str> = message
        .text_bodies()
        .filter_map(|p| match &p.body {
            PartType::Text(t) => Some(t.as_ref()),
            _ => None,
        })
        .collect();
    let text = if texts.iter().any(|t| !t.trim().is_empty()) {
        limited(&texts.join("\n"))
    } else {
        html.as_deref().map(|h| limited(&clean::plain(h))).unwrap_or_default()
    };
    (text, html)
}

/// Endings of files that run when they are opened: not taken in.
const PROGRAMS: &[&str] = &[
    "exe", "com", "bat", "cmd", "scr", "pif", "msi", "vbs", "vbe", "js", "jse", "wsf", "hta", "lnk", "ps1", "jar",
    "cpl", "reg", "chm",
];

fn parts(message: &Message<'_>) -> (Vec<Part>, Vec<Dropped>) {
    let (mut kept, mut dropped) = (vec![], vec![]);
    for (n, part) in message.attachments().enumerate() {
        let mime = part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |c| format!("{}/{}", c.ctype(), c.subtype().unwrap_or("octet-stream")).to_lowercase(),
        );
        let name = name_of(part.attachment_name(), &mime, n);
        let ending = name.rsplit_once('.').map(|e| e.1.to_lowercase()).unwrap_or_default();
        let why = if mime == "application/ms-tnef" || name.eq_ignore_ascii_case("winmail.dat") {
            Some("winmail")
        } else if PROGRAMS.contains(&ending.as_str()) {
            Some("program")
        } else if kept.len() >= MOST_PARTS {
            Some("many")
        } else {
            None
        };
        if let Some(why) = why {
            dropped.push(Dropped { name, why });
            if dropped.len() >= MOST_PARTS {
                break;
            }
            continue;
        }
        // A letter inside a letter is kept as it came.
        let bytes = match &part.body {
            PartType::Message(inner) => inner.raw_message().to_vec(),
            _ => part.contents().to_vec(),
        };
        kept.push(Part { name, mime, bytes });
    }
    (kept, dropped)
}

fn name_of(told: Option<&str>, mime: &str, n: usize) -> String {
    let name = one_line(told.unwrap_or(""), 200);
    let name = name.rsplit(['/', '\\']).next().unwrap_or("").trim_matches('.').trim();
    if !name.is_empty() {
        return name.to_owned();
    }
    let ending = match mime {
        "message/rfc822" => "eml",
        "text/plain" => "txt",
        "text/html" => "html",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "application/pdf" => "pdf",
        _ => "bin",
    };
    format!("{}.{ending}", n + 1)
}
