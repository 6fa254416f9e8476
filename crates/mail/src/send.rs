//! Letters that go out: what they are made of, as bytes for the wire.

use crate::{Person, Tls};
use lettre::{
    Address,
    message::{
        Attachment, Body, Mailbox, Message, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

/// By which server letters go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name of the machine.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made safe.
    pub tls: Tls,
    /// Name and password; none for a server that asks for none.
    pub login: Option<(String, String)>,
}

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutPart {
    /// Its name.
    pub name: String,
    /// Its type.
    pub mime: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A letter to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Out {
    /// Who writes.
    pub from: Person,
    /// To whom.
    pub to: Person,
    /// One line.
    pub subject: String,
    /// Its words.
    pub text: String,
    /// Its Message-ID, without angles: the same letter tried again keeps it.
    pub id: String,
    /// The letters that it answers, the nearest first.
    pub answers: Vec<String>,
    /// Where one may refuse further letters with one click (RFC 8058).
    pub unsubscribe: Option<String>,
    /// Written by a machine: nobody's machine shall answer it (RFC 3834).
    pub auto: bool,
    /// What goes along.
    pub parts: Vec<OutPart>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The server has it, and said this.
    Gone(String),
    /// Not now.
    Later(String),
    /// Never: the address or the letter is refused for good.
    Never(String),
    /// The line broke after the whole letter was on it: nobody knows whether the server has it.
    Unsure(String),
}

/// Line breaks in a line that is a header would begin another header.
fn flat(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn mailbox(person: &Person) -> Result<Mailbox, String> {
    let address: Address = person
        .address
        .trim()
        .parse()
        .map_err(|e| format!("{}: {e}", person.address))?;
    let name = flat(&person.name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

fn angled(id: &str) -> String {
    // An id from a stranger's letter must not end the line, nor the angle.
    let id: String = id
        .chars()
        .filter(|c| c.is_ascii_graphic() && !"<>".contains(*c))
        .collect();
    format!("<{id}>")
}

impl Out {
    /// The letter as bytes, ready for the wire.
    pub fn message(&self) -> Result<Message, String> {
        let mut b = Message::builder()
            .from(mailbox(&self.from)?)
            .to(mailbox(&self.to)?)
            .subject(flat(&self.subject))
            .message_id(Some(angled(&self.id)))
            .date_now();
        if let Some(first) = self.answers.first() {
            b = b.in_reply_to(angled(first));
            // The oldest first, as the standard has it.
            let all: Vec<String> = self.answers.iter().take(20).rev().map(|i| angled(i)).collect();
            b = b.references(all.join(" "));
        }
        let raw = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        if self.auto {
            b = b.raw_header(raw("Auto-Submitted", "auto-generated".into()));
        }
        if let Some(url) = &self.unsubscribe {
            b = b.raw_header(raw("List-Unsubscribe", angled(url)));
            b = b.raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
        }
        let text = SinglePart::plain(self.text.clone());
        let made = if self.parts.is_empty() {
            b.singlepart(text)
        } else {
            let mut all = MultiPart::mixed().singlepart(text);
            for part in &self.parts {
                let kind = ContentType::parse(&part.mime)
                    .or_else(|_| ContentType::parse("application/octet-stream"))
                    .map_err(|e| e.to_string())?;
                all = all.singlepart(Attachment::new(flat(&part.name)).body(Body::new(part.bytes.clone()), kind));
            }
            b.multipart(all)
        };
        made.map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out() -> Out {
        Out {
            from: Person {
                name: "服务中心".into(),
                address: "service@example.com".into(),
            },
            to: Person {
                name: "Li Lei\r\nBcc: all@example.com".into(),
                address: "li@example.net".into(),
            },
            subject: "您好\r\nBcc: all@example.com".into(),
            text: "第一行\n.\n第二行".into(),
            id: "a.1@example.com".into(),
            answers: vec!["new@x".into(), "old@x>\r\nBcc: a".into()],
            auto: true,
            parts: vec![OutPart {
                name: "报价.pdf".into(),
                mime: "application/pdf".into(),
                bytes: b"%PDF".to_vec(),
            }],
            ..Out::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_no_line_can_be_slipped_in() {
        let bytes = out().message().unwrap().formatted();
        let head = String::from_utf8_lossy(&bytes);
        assert!(!head.to_lowercase().contains("\nbcc:"), "{head}");
        let letter = crate::read(&bytes).unwrap();
        assert_eq!(letter.subject, "您好 Bcc: all@example.com");
        assert_eq!(letter.from.unwrap().name, "服务中心");
        assert_eq!(letter.to.first().unwrap().address, "li@example.net");
        assert_eq!(letter.text, "第一行\n.\n第二行");
        assert_eq!(letter.id, "a.1@example.com");
        assert_eq!(letter.answers.first().unwrap(), "new@x");
        assert_eq!(letter.nature, crate::Nature::Auto);
        assert_eq!(letter.parts.first().unwrap().name, "报价.pdf");
        assert_eq!(letter.parts.first().unwrap().bytes, b"%PDF");
    }

    #[test]
    fn a_bad_address_is_told_before_anything_is_sent() {
        let mut bad = out();
        bad.to.address = "nobody".into();
        assert!(bad.message().is_err());
    }
}
