//! The persons at organisations, and the organisations someone entered twice.

use crate::calendar::{Calendar, plus};
use crate::model::{Party, PartyKind, PartyRole, Relation, RelationKind, Text};
use crate::names;
use crate::parties::{KNOWN, Parties};
use crate::rng::Rng;
use crate::truth::{Duplicate, Variation};
use crate::words::TITLES;

const STREAM_PERSON: u64 = 11;
const STREAM_DUPLICATE: u64 = 13;

impl Parties {
    /// About two percent of the customers were entered twice, written a little differently.
    pub(crate) fn duplicates(&mut self, seed: u64, calendar: &Calendar, customers: usize) {
        for original in 0..customers {
            let mut rng = Rng::keyed(seed, STREAM_DUPLICATE, original as u64);
            if original < KNOWN.len() || !rng.percent(2) {
                continue;
            }
            let of = self.list[original].clone();
            let mut variation = Variation::ALL[rng.weighted(&[6, 6, 5, 4, 3])];
            if variation == Variation::HalfWidth && !of.name.contains('（') {
                variation = Variation::MissingSuffix;
            }
            let name = match variation {
                Variation::HalfWidth => of.name.replace('（', "(").replace('）', ")"),
                Variation::MissingSuffix => of.name.trim_end_matches("有限公司").to_owned(),
                Variation::Spaces => format!(" {} 有限公司", of.name.trim_end_matches("有限公司")),
                Variation::LatinCase => of.name_latin.to_uppercase().replace(['.', ','], ""),
                Variation::FullWidth => of.name_latin.chars().map(full_width).collect(),
            };
            if !self.names.take(&name) {
                continue;
            }
            let copy = self.list.len();
            let created = plus(of.created_on, rng.between(20, 500)).min(calendar.end);
            let same_phone = rng.percent(55);
            let phone = if same_phone {
                of.phone.replace([' ', '-'], "")
            } else {
                self.phones.draw(|| names::mobile(&mut rng))
            };
            self.list.push(Party {
                number: format!("K{}", 10_001 + copy),
                roles: vec![(PartyRole::Prospect, created)],
                name,
                phone,
                email: if rng.percent(40) {
                    of.email.to_ascii_uppercase()
                } else {
                    String::new()
                },
                website: String::new(),
                tax_number: if rng.percent(25) {
                    of.tax_number.to_ascii_lowercase()
                } else {
                    String::new()
                },
                credit_limit_minor: 0,
                parent: None,
                created_on: created,
                note: None,
                source: "import",
                ..of
            });
            self.duplicates.push(Duplicate {
                original,
                copy,
                variation,
            });
        }
    }

    /// One to four contacts per customer, one or two per other organisation.
    pub(crate) fn people(&mut self, seed: u64, calendar: &Calendar, customers: usize) {
        let organisations = self.list.len() - self.duplicates.len();
        for org in 0..organisations {
            let mut rng = Rng::keyed(seed, STREAM_PERSON, org as u64);
            let most = if org < customers { 4 } else { 2 };
            let count = rng.between(1, most).min(rng.between(1, most) + 1);
            let mut titles: Vec<usize> = (0..TITLES.len()).collect();
            for n in 0..count {
                let (name, latin) = match (org, n) {
                    (0, 0) => ("沈若兰".to_owned(), "Shen Ruolan".to_owned()),
                    (0, 1) => ("韩立".to_owned(), "Han Li".to_owned()),
                    _ => names::person(&mut rng),
                };
                let title = titles.swap_remove(rng.index(titles.len()));
                let of = &self.list[org];
                let host = of.email.split('@').nth(1).unwrap_or("mail.example").to_owned();
                let mut words = latin.split(' ');
                let (last, first) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let mail = format!("{}.{}@{host}", first.to_ascii_lowercase(), last.to_ascii_lowercase());
                let created_on = plus(of.created_on, if n == 0 { 0 } else { rng.between(5, 700) }).min(calendar.end);
                let at = self.list.len();
                let (zh, en) = TITLES[title];
                let person = Party {
                    number: format!("K{}", 10_001 + at),
                    kind: PartyKind::Person,
                    roles: vec![(PartyRole::Contact, created_on)],
                    name,
                    name_latin: latin,
                    industry: "",
                    region: of.region,
                    city: of.city.clone(),
                    address: String::new(),
                    phone: self.phones.draw(|| names::mobile(&mut rng)),
                    email: if self.mails.take(&mail) {
                        mail
                    } else {
                        format!("{at}.{mail}")
                    },
                    website: String::new(),
                    tax_number: String::new(),
                    credit_limit_minor: 0,
                    payment_terms_days: 0,
                    employees: 0,
                    source: of.source,
                    owner: of.owner,
                    parent: None,
                    title: Some(Text::new(zh, en)),
                    created_on,
                    note: None,
                };
                self.list.push(person);
                let decision_maker = title < 3;
                self.relations.push(Relation {
                    from: org,
                    kind: RelationKind::Employs,
                    to: at,
                    since: created_on,
                    decision_maker,
                });
            }
        }
    }
}

/// The full-width form of an ASCII character.
fn full_width(c: char) -> char {
    match c {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
        _ => c,
    }
}
