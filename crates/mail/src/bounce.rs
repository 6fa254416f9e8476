//! What sort of letter it is: written by a person, or by a machine, or the news that one of ours did not arrive (RFC 3464, 3834).

use mail_parser::{HeaderValue, Message, MimeHeaders};

/// Sort of letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A person wrote it.
    Letter,
    /// A machine answers: out of office, "we have received your mail". It is kept, never answered.
    Auto,
    /// To a list or a crowd.
    Bulk,
    /// A letter of ours was not delivered, or is late.
    Bounce(Bounce),
}

/// The report on a letter of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounce {
    /// To whom it did not go.
    pub recipient: String,
    /// Status of RFC 3463, as `5.1.1`.
    pub status: String,
    /// For good, not merely late.
    pub permanent: bool,
    /// The Message-ID of ours.
    pub original: Option<String>,
    /// What the other server said.
    pub words: String,
}

fn text_of<'a>(message: &'a Message<'_>, name: &'static str) -> Option<&'a str> {
    match message.header(name) {
        Some(HeaderValue::Text(t)) => Some(t.as_ref()),
        Some(HeaderValue::TextList(l)) => l.first().map(AsRef::as_ref),
        _ => message.header_raw(name).map(str::trim),
    }
}

/// Reads it from the headers and from the report, if there is one.
pub(crate) fn nature(message: &Message<'_>) -> Nature {
    if let Some(bounce) = report(message) {
        return Nature::Bounce(bounce);
    }
    let low = |name| text_of(message, name).unwrap_or("").trim().to_lowercase();
    let auto = low("Auto-Submitted");
    let precedence = low("Precedence");
    if (!auto.is_empty() && auto != "no")
        || ["X-Autoreply", "X-Autorespond"]
            .iter()
            .any(|h| message.header(*h).is_some())
        || precedence == "auto_reply"
        || message.header_raw("Return-Path").is_some_and(|p| p.trim() == "<>")
    {
        return Nature::Auto;
    }
    if message.header("List-Id").is_some() || matches!(precedence.as_str(), "bulk" | "list" | "junk") {
        return Nature::Bulk;
    }
    Nature::Letter
}

fn report(message: &Message<'_>) -> Option<Bounce> {
    let root = message.root_part().content_type()?;
    let is_report = root.subtype().is_some_and(|s| s.eq_ignore_ascii_case("report"))
        && root
            .attribute("report-type")
            .is_some_and(|t| t.eq_ignore_ascii_case("delivery-status"));
    if !is_report {
        return None;
    }
    let mut bounce = Bounce::default();
    for part in &message.parts {
        let Some(kind) = part.content_type() else { continue };
        let sub = kind.subtype().unwrap_or("").to_lowercase();
        match (kind.ctype().to_lowercase().as_str(), sub.as_str()) {
            ("message", "delivery-status" | "global-delivery-status") => {
                fields(&String::from_utf8_lossy(part.contents()), &mut bounce);
            }
            ("message", "rfc822" | "global") => {
                bounce.original = match part.message() {
                    Some(inner) => inner.message_id().map(str::to_owned),
                    None => id_in(&String::from_utf8_lossy(part.contents())),
                };
            }
            ("text", "rfc822-headers") | ("message", "rfc822-headers" | "global-headers") => {
                bounce.original = id_in(&String::from_utf8_lossy(part.contents()));
            }
            _ => {}
        }
    }
    Some(bounce)
}

/// The value after `;`, as in `rfc822; li@example.com`.
fn after(value: &str) -> String {
    value.split_once(';').map_or(value, |v| v.1).trim().to_owned()
}

fn fields(text: &str, bounce: &mut Bounce) {
    // Continued lines begin with white space.
    let text = text.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        match name.trim().to_lowercase().as_str() {
            "final-recipient" if bounce.recipient.is_empty() => bounce.recipient = after(value),
            // The address that we wrote, where it was forwarded.
            "original-recipient" => bounce.recipient = after(value),
            "status" => value.trim().clone_into(&mut bounce.status),
            "action" => bounce.permanent = value.trim().eq_ignore_ascii_case("failed"),
            "diagnostic-code" => bounce.words = after(value).chars().take(500).collect(),
            _ => {}
        }
    }
}

fn id_in(headers: &str) -> Option<String> {
    let line = headers
        .lines()
        .find(|l| l.get(..11).is_some_and(|h| h.eq_ignore_ascii_case("message-id:")))?;
    let id = line.get(11..)?.trim().trim_start_matches('<').trim_end_matches('>');
    (!id.is_empty()).then(|| id.to_owned())
}
