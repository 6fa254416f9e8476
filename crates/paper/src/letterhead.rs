//! The sender's part of a sheet: name, address lines, logo, the line at the foot. Kept as one JSON text.

use serde::{Deserialize, Serialize};

/// A picture, kept with the letterhead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// `png`, `jpg` or `svg`.
    pub kind: String,
    /// Its bytes as hexadecimal digits, so that it lies in the same text.
    pub hex: String,
}

impl Logo {
    /// A picture of a kind that the typesetter and browsers know, told by its first bytes.
    pub fn read(bytes: &[u8]) -> Option<Logo> {
        let kind = match bytes {
            [0x89, b'P', b'N', b'G', ..] => "png",
            [0xFF, 0xD8, 0xFF, ..] => "jpg",
            _ if looks_like_svg(bytes) => "svg",
            _ => return None,
        };
        Some(Logo {
            kind: kind.to_owned(),
            hex: bytes.iter().map(|b| format!("{b:02x}")).collect(),
        })
    }
    /// The bytes again.
    pub fn bytes(&self) -> Vec<u8> {
        self.hex
            .as_bytes()
            .chunks(2)
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect()
    }
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes.iter().copied().take(400).collect();
    let text = String::from_utf8_lossy(&start);
    text.contains("<svg") && !text.to_ascii_lowercase().contains("<script")
}

/// Who writes. Empty parts are left out of the sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Letterhead {
    /// Name of the company.
    pub name: String,
    /// Its name in Latin letters, for sheets in English.
    pub name_latin: String,
    /// Address, one line each.
    pub address: String,
    /// The address in Latin letters.
    pub address_latin: String,
    /// Telephone, mail, web.
    pub contact: String,
    /// Tax number.
    pub tax_number: String,
    /// Bank and account.
    pub bank: String,
    /// Picture.
    pub logo: Option<Logo>,
}

impl Letterhead {
    /// As it is kept in the setting `letterhead` (JSON), under the company's name when it says none.
    pub fn kept(text: Option<String>, company: &str) -> Letterhead {
        let mut head: Letterhead = text.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default();
        if head.name.is_empty() {
            company.clone_into(&mut head.name);
        }
        head
    }
    /// The name for a language.
    pub fn name_in(&self, zh: bool) -> &str {
        pick(zh, &self.name, &self.name_latin)
    }
    /// The address for a language.
    pub fn address_in(&self, zh: bool) -> &str {
        pick(zh, &self.address, &self.address_latin)
    }
}

fn pick<'a>(zh: bool, own: &'a str, latin: &'a str) -> &'a str {
    if (zh && !own.is_empty()) || latin.is_empty() {
        own
    } else {
        latin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_told_by_its_first_bytes() {
        let png = [0x89, b'P', b'N', b'G', 1, 2];
        let logo = Logo::read(&png).map(|l| (l.kind.clone(), l.bytes()));
        assert_eq!(logo, Some(("png".to_owned(), png.to_vec())));
        assert!(Logo::read(b"<svg xmlns='x'/>").is_some());
        assert!(Logo::read(b"<svg><script>").is_none());
        assert!(Logo::read(b"GIF89a").is_none());
    }

    #[test]
    fn a_language_without_words_takes_the_others() {
        let head = Letterhead {
            name: "澄江仪表".into(),
            name_latin: "Chengjiang".into(),
            address: "无锡".into(),
            ..Letterhead::default()
        };
        assert_eq!(head.name_in(true), "澄江仪表");
        assert_eq!(head.name_in(false), "Chengjiang");
        assert_eq!(head.address_in(false), "无锡");
    }
}
