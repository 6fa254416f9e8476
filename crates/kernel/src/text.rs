//! Text as people look for it: full width folded, Chinese cut into single characters and pairs, pinyin, mail fragments
//! and telephone endings. The tokens made here are what the search index of both databases keeps.

use pinyin::{ToPinyin, ToPinyinMulti};
use unicode_normalization::UnicodeNormalization;

/// Full-width forms to ordinary ones (NFKC), so that `ＡＢＣ１２` equals `ABC12`.
pub fn fold_width(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        text.nfkc().collect()
    }
}

/// Folded, lower case, spaces collapsed: the form in which names are compared.
pub fn fold(text: &str) -> String {
    let folded = fold_width(text).to_lowercase();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A Chinese character?
pub fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F)
}

/// Digits only.
pub fn digits(text: &str) -> String {
    fold_width(text).chars().filter(char::is_ascii_digit).collect()
}

/// Tokens of a name (or title): `n` + character, pair or word, `p` + pinyin initials from each start, `f` + full pinyin.
pub fn name_tokens(text: &str, out: &mut Vec<String>) {
    let folded = fold(text);
    for run in runs(&folded) {
        match run {
            Run::Han(chars) => {
                for (i, c) in chars.iter().enumerate() {
                    out.push(format!("n{c}"));
                    if let Some(d) = chars.get(i + 1) {
                        out.push(format!("n{c}{d}"));
                    }
                }
                pinyin_tokens(&chars, out);
            }
            Run::Word(word) => out.push(format!("n{word}")),
        }
    }
}

fn pinyin_tokens(chars: &[char], out: &mut Vec<String>) {
    let first_letters: Vec<Option<char>> = chars
        .iter()
        .map(|c| c.to_pinyin().and_then(|p| p.first_letter().chars().next()))
        .collect();
    for start in 0..chars.len().min(8) {
        let initials: String = first_letters.iter().skip(start).take(12).map_while(|c| *c).collect();
        if !initials.is_empty() {
            out.push(format!("p{initials}"));
        }
    }
    // A surname such as 单 (shan, dan) or 曾 (zeng, ceng) has several readings: keep initials and full reading of each.
    let rest_full: String = chars
        .iter()
        .skip(1)
        .take(11)
        .map_while(|c| c.to_pinyin())
        .map(|p| p.plain())
        .collect();
    let rest_initials: String = first_letters.iter().skip(1).take(11).map_while(|c| *c).collect();
    let mut readings: Vec<String> = vec![];
    if let Some(multi) = chars.first().and_then(|c| c.to_pinyin_multi()) {
        readings.extend(multi.into_iter().map(|p| p.plain().to_owned()));
    }
    readings.sort_unstable();
    readings.dedup();
    for reading in readings {
        out.push(format!("f{reading}{rest_full}"));
        if let Some(first) = reading.chars().next() {
            out.push(format!("p{first}{rest_initials}"));
        }
    }
}

/// Tokens of a mail address: `t` + every three neighbouring characters.
pub fn email_tokens(email: &str, out: &mut Vec<String>) {
    let chars: Vec<char> = fold(email).chars().collect();
    for w in chars.windows(3) {
        out.push(format!("t{}", safe(&w.iter().collect::<String>())));
    }
}

/// Tokens of a telephone number: `r` + the digits backwards, so that an ending is a prefix; `d` + the digits forwards.
pub fn phone_tokens(phone: &str, out: &mut Vec<String>) {
    let d = digits(phone);
    if d.len() >= 3 {
        out.push(format!("r{}", d.chars().rev().collect::<String>()));
        out.push(format!("d{d}"));
    }
}

/// Tokens of a document number or article code: the whole, and each part between separators.
pub fn code_tokens(code: &str, out: &mut Vec<String>) {
    let folded = fold(code);
    out.push(format!("c{}", safe(&folded)));
    for part in folded.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()) {
        out.push(format!("c{}", safe(part)));
        let plain = part.trim_start_matches('0');
        if !plain.is_empty() && plain.len() < part.len() {
            out.push(format!("c{plain}"));
        }
    }
}

/// A group of tokens of which one must be met; `prefix` marks tokens that only need to begin so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Alternatives: (token, is a prefix).
    pub any: Vec<(String, bool)>,
}

/// What a typed query asks of the index: every group must be met.
pub fn query_tokens(query: &str) -> Vec<Want> {
    let folded = fold(query);
    let mut wants = vec![];
    for part in folded.split(' ').filter(|p| !p.is_empty()).take(8) {
        let mut any: Vec<(String, bool)> = vec![];
        if part.chars().any(is_han) {
            for run in runs(part) {
                match run {
                    Run::Han(chars) if chars.len() == 1 => {
                        wants.push(want(format!("n{}", chars.iter().collect::<String>()), false))
                    }
                    Run::Han(chars) => {
                        for w in chars.windows(2) {
                            wants.push(want(format!("n{}", w.iter().collect::<String>()), false));
                        }
                    }
                    Run::Word(word) => wants.push(want(format!("n{word}"), true)),
                }
            }
            continue;
        }
        let letters = part.chars().all(|c| c.is_ascii_alphabetic());
        if part.chars().all(char::is_alphanumeric) {
            any.push((format!("n{part}"), true));
        } else {
            // `acme-tools` is two words in the index
            let words: Vec<&str> = part
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .collect();
            if words.len() == 1 {
                any.extend(words.iter().map(|w| (format!("n{w}"), true)));
            }
        }
        if letters {
            any.push((format!("p{part}"), true));
            any.push((format!("f{part}"), true));
        }
        any.push((format!("c{}", safe(part)), true));
        let d = digits(part);
        if d.len() >= 3
            && part
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '(' | ')'))
        {
            any.push((format!("r{}", d.chars().rev().collect::<String>()), true));
            any.push((format!("d{d}"), true));
        }
        let chars: Vec<char> = part.chars().collect();
        if chars.len() >= 3 && any.len() < 6 {
            // A mail fragment is the AND of its trigrams; it is kept as one alternative joined by spaces.
            let grams: Vec<String> = chars
                .windows(3)
                .map(|w| format!("t{}", safe(&w.iter().collect::<String>())))
                .collect();
            any.push((grams.join(" "), false));
        }
        wants.push(Want { any });
    }
    wants
}

fn want(token: String, prefix: bool) -> Want {
    Want {
        any: vec![(token, prefix)],
    }
}

/// Only letters and digits reach the index, whose tokenizers cut at anything else.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '.' => out.push_str("zd"),
            '_' => out.push_str("zu"),
            '@' => out.push_str("za"),
            '-' => out.push_str("zh"),
            '+' => out.push_str("zp"),
            c if c.is_alphanumeric() => out.push(c),
            _ => out.push_str("zz"),
        }
    }
    out
}

enum Run {
    Han(Vec<char>),
    Word(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut out: Vec<Run> = vec![];
    let mut gap = true;
    for c in text.chars() {
        if is_han(c) {
            match out.last_mut() {
                Some(Run::Han(chars)) if !gap => chars.push(c),
                _ => out.push(Run::Han(vec![c])),
            }
            gap = false;
        } else if c.is_alphanumeric() {
            match out.last_mut() {
                Some(Run::Word(word)) if !gap => word.push(c),
                _ => out.push(Run::Word(c.to_string())),
            }
            gap = false;
        } else {
            gap = true;
        }
    }
    out
}

/// `158****6631`: enough to know it again, too little to call it.
pub fn mask_phone(phone: &str) -> String {
    let chars: Vec<char> = phone.trim().chars().collect();
    let count = chars.iter().filter(|c| c.is_ascii_digit()).count();
    let (front, back) = if count >= 11 {
        (count - 8, 4)
    } else {
        (count.saturating_sub(6).min(3), 3.min(count / 3))
    };
    let mut seen = 0;
    chars
        .into_iter()
        .map(|c| {
            if !c.is_ascii_digit() {
                return c;
            }
            seen += 1;
            if seen > front && seen <= count - back { '*' } else { c }
        })
        .collect()
}

/// A mail address of which only the first letter and the host are shown.
pub fn mask_email(mail: &str) -> String {
    match mail.trim().split_once('@') {
        Some((user, host)) => format!("{}***@{host}", user.chars().take(1).collect::<String>()),
        None => "***".to_owned(),
    }
}

/// Addresses of machines as people list them, separated by commas, spaces or lines; none when one of them is none.
pub fn machines(text: &str) -> Option<Vec<std::net::IpAddr>> {
    text.split([',', ' ', '\n', '，'])
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| p.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(name: &str) -> Vec<String> {
        let mut out = vec![];
        name_tokens(name, &mut out);
        out
    }

    fn found(name: &str, query: &str) -> bool {
        let have = tokens(name);
        query_tokens(query).iter().all(|w| {
            w.any.iter().any(|(t, prefix)| {
                t.split(' ')
                    .all(|t| have.iter().any(|h| if *prefix { h.starts_with(t) } else { h == t }))
            })
        })
    }

    #[test]
    fn finds_chinese_by_one_or_two_characters_and_pinyin() {
        for q in ["青", "乳业", "青禾乳业", "qhry", "qh", "ry", "qinghe"] {
            assert!(found("青禾乳业（苏州）有限公司", q), "{q}");
        }
        assert!(!found("青禾乳业", "禾青"));
        assert!(found("单晓", "shan") && found("单晓", "dan"));
        assert!(found("Acme Tools Ltd", "acme too"));
        assert!(found("ＡＣＭＥ　工具", "acme 工具"));
    }

    #[test]
    fn finds_mail_and_phone_pieces() {
        let mut out = vec![];
        email_tokens("li.ming@qinghe.example", &mut out);
        phone_tokens("+86 138-1234-5678", &mut out);
        let hit = |q: &str| {
            query_tokens(q).iter().all(|w| {
                w.any.iter().any(|(t, p)| {
                    t.split(' ')
                        .all(|t| out.iter().any(|h| if *p { h.starts_with(t) } else { h == t }))
                })
            })
        };
        assert!(hit("g@qing"));
        assert!(hit("5678"));
        assert!(hit("345678"));
        assert!(!hit("99999"));
    }

    #[test]
    fn a_masked_telephone_cannot_be_called() {
        assert_eq!(mask_phone("15800006631"), "158****6631");
        assert_eq!(mask_phone("158 0000 6631"), "158 **** 6631");
        assert_eq!(mask_phone("62881234"), "62****34");
        assert_eq!(mask_phone("110"), "**0");
        assert_eq!(mask_email("he.min@qinghe.example"), "h***@qinghe.example");
        assert_eq!(mask_email("nobody"), "***");
    }
}
