//! Word lists and how names are put together. Company names combine two neutral characters, an industry
//! and a city, so that none belongs to a company anyone would recognise; persons likewise.

use std::collections::HashSet;

use crate::model::Text;
use crate::rng::Rng;
use crate::words::{AVOID, CITIES, City, FIRST, GIVEN, SECOND, STREETS, SURNAMES};

/// Draws a city.
pub(crate) fn any_city(rng: &mut Rng) -> &'static City {
    let mut at = rng.below(CITIES.iter().map(|c| u64::from(c.weight)).sum());
    for c in CITIES {
        let w = u64::from(c.weight);
        if at < w {
            return c;
        }
        at -= w;
    }
    &CITIES[0]
}

/// A city by pinyin; the first one if there is none of that name.
pub(crate) fn city_named(latin: &str) -> &'static City {
    CITIES.iter().find(|c| c.latin == latin).unwrap_or(&CITIES[0])
}

/// A street address.
pub(crate) fn address(rng: &mut Rng, city: &City) -> String {
    format!("{}市{}{}号", city.zh, rng.pick(STREETS), rng.between(1, 899))
}

/// A landline number.
pub(crate) fn landline(rng: &mut Rng, city: &City) -> String {
    let lead = rng.between(6, 8);
    // Three-digit area codes and the larger cities have eight digits; so has everything here.
    format!("{}-{lead}{:03} {:04}", city.area, rng.below(1000), rng.below(10_000))
}

/// A mobile number.
pub(crate) fn mobile(rng: &mut Rng) -> String {
    format!("13{} {:04} {:04}", rng.below(10), rng.below(10_000), rng.below(10_000))
}

/// A brand as Chinese and pinyin.
pub(crate) fn brand(rng: &mut Rng) -> (String, String) {
    loop {
        let (a, al) = rng.pick(FIRST);
        let (b, bl) = rng.pick(SECOND);
        let zh = format!("{a}{b}");
        if !AVOID.contains(&zh.as_str()) {
            return (zh, format!("{al}{bl}"));
        }
    }
}

/// A person's name as Chinese and pinyin.
pub(crate) fn person(rng: &mut Rng) -> (String, String) {
    let (s, sl) = rng.pick(SURNAMES);
    let (a, al) = rng.pick(GIVEN);
    let mut head = al.chars();
    let al: String = head
        .next()
        .map(|c| c.to_ascii_uppercase())
        .into_iter()
        .chain(head)
        .collect();
    let (b, bl) = rng.pick(GIVEN);
    // Always three characters: two-character names collide with people in the news far more often.
    if *b == *a {
        person(rng)
    } else {
        (format!("{s}{a}{b}"), format!("{sl} {al}{bl}"))
    }
}

/// Hands out what must not repeat.
#[derive(Default)]
pub(crate) struct Unique(HashSet<String>);

impl Unique {
    /// Draws until something new comes, then falls back to appending a number.
    pub(crate) fn draw(&mut self, mut make: impl FnMut() -> String) -> String {
        for _ in 0..40 {
            let made = make();
            if self.0.insert(made.clone()) {
                return made;
            }
        }
        let base = make();
        let mut n = 2_u64;
        loop {
            let made = format!("{base}{n}");
            if self.0.insert(made.clone()) {
                return made;
            }
            n += 1;
        }
    }

    /// Takes a value; false when it is taken already.
    pub(crate) fn take(&mut self, value: &str) -> bool {
        self.0.insert(value.to_owned())
    }
}

/// Letters of tax numbers; I, O, S, V and Z are not used.
const TAX: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A uniform social credit code with both check characters right (GB 11714 and GB 32100).
pub(crate) fn tax_number(rng: &mut Rng, city: &City) -> String {
    let mut body: Vec<u8> = format!("91{}MA", city.code).into_bytes();
    for _ in 0..6 {
        body.push(TAX[rng.index(TAX.len())]);
    }
    let value = |c: u8| TAX.iter().position(|t| *t == c).unwrap_or(0);
    // The inner code counts letters from A = 10 without gaps.
    let inner = |c: u8| usize::from(if c.is_ascii_digit() { c - b'0' } else { c - b'A' + 10 });
    let org: usize = body[8..16]
        .iter()
        .zip([3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(c, w)| inner(*c) * w)
        .sum();
    body.push(match 11 - org % 11 {
        10 => b'X',
        11 => b'0',
        d => b"0123456789"[d],
    });
    let mut weight = 1;
    let mut sum = 0;
    for c in &body {
        sum += value(*c) * weight;
        weight = weight * 3 % 31;
    }
    body.push(TAX[(31 - sum % 31) % 31]);
    body.into_iter().map(char::from).collect()
}

/// Notes on customers.
pub(crate) fn note(rng: &mut Rng) -> Text {
    let (zh, en) = rng.pick(&[
        (
            "交货前请先电话确认卸货时间。",
            "Call before delivery to agree on the unloading time.",
        ),
        (
            "证书要电子版，不要寄纸质。",
            "Wants certificates by e-mail, not on paper.",
        ),
        (
            "年底有技改预算，十月前报方案。",
            "Has a budget for upgrades at year end; propose before October.",
        ),
        ("只收邮件，不接推销电话。", "E-mail only, no sales calls."),
        (
            "设备多为五年前安装，逐步到更换期。",
            "Most devices are five years old and due for replacement.",
        ),
        (
            "付款要走三级审批，通常慢两周。",
            "Payment takes three approvals, usually two weeks late.",
        ),
        (
            "希望备件常备在本地仓库。",
            "Wants spare parts kept in the local warehouse.",
        ),
        (
            "新厂明年投产，关注采集网关。",
            "New plant opens next year; interested in gateways.",
        ),
    ]);
    Text::new(*zh, *en)
}
