//! Organisations, their contacts, relations between them, and the duplicates someone typed in.

use jiff::civil::Date;

use crate::calendar::{Calendar, plus};
use crate::latent::Latent;
use crate::model::{Party, PartyKind, PartyRole, Relation, Team, Text, User, UserRole};
use crate::names::{self, Unique};
use crate::rng::Rng;
use crate::truth::Duplicate;
use crate::words::{City, INDUSTRIES, PARTNERSHIPS, RIVALRIES, SUPPLIES};

const STREAM_ORGANISATION: u64 = 10;

const SOURCES: &[&str] = &["fair", "web", "referral", "call", "partner", "import"];
/// How many prospects there are.
pub(crate) const PROSPECTS: usize = 120;
/// How many suppliers there are.
pub(crate) const SUPPLIERS: usize = 25;
/// How many partners there are.
pub(crate) const PARTNERS: usize = 20;
/// How many competitors there are.
pub(crate) const COMPETITORS: usize = 8;

/// The first customers, so that examples and handbooks can name them: brand, pinyin, industry, city.
pub(crate) const KNOWN: &[(&str, &str, &str, &str)] = &[
    ("青禾", "Qinghe", "dairy", "Suzhou"),
    ("和畅", "Hechang", "pharma", "Nanjing"),
    ("瑞泽", "Ruize", "water", "Wuxi"),
    ("临川", "Linchuan", "heating", "Hefei"),
    ("北岭", "Beiling", "chemical", "Changzhou"),
    ("明湖", "Minghu", "food", "Hangzhou"),
    ("云杉", "Yunshan", "hotel", "Shanghai"),
    ("启元", "Qiyuan", "semicon", "Suzhou"),
    ("海棠", "Haitang", "textile", "Shaoxing"),
    ("东屿", "Dongyu", "paper", "Ningbo"),
    ("澄湖", "Chenghu", "brewery", "Suzhou"),
    ("安澜", "Anlan", "municipal", "Hangzhou"),
];

/// What the generator of parties hands on.
#[derive(Default)]
pub(crate) struct Parties {
    pub(crate) list: Vec<Party>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) duplicates: Vec<Duplicate>,
    pub(crate) names: Unique,
    hosts: Unique,
    taxes: Unique,
    pub(crate) phones: Unique,
    pub(crate) mails: Unique,
}

/// A role with how many organisations have it and the words for their names.
type Others = (PartyRole, usize, &'static [(&'static str, &'static str)]);

/// What makes up the name of an organisation.
struct Naming {
    brand: (String, String),
    word: (&'static str, &'static str),
    city: &'static City,
    holding: bool,
}

impl Naming {
    /// The name in Chinese and Latin; `with_city` puts the city in brackets.
    fn written(&self, style: u64) -> (String, String) {
        let (b, bl) = &self.brand;
        let (w, wl) = self.word;
        let (c, cl) = (self.city.zh, self.city.latin);
        match (self.holding, style) {
            (true, _) => (format!("{b}{w}集团有限公司"), format!("{bl} {wl} Group Co., Ltd.")),
            (_, 0) => (format!("{c}{b}{w}有限公司"), format!("{cl} {bl} {wl} Co., Ltd.")),
            _ => (format!("{b}{w}（{c}）有限公司"), format!("{bl} {wl} ({cl}) Co., Ltd.")),
        }
    }
}

/// All parties. `latents` describe the customers, one each.
pub(crate) fn parties(seed: u64, calendar: &Calendar, latents: &[Latent], users: &[User], teams: &[Team]) -> Parties {
    let mut p = Parties::default();
    let mut group: Option<(usize, usize, usize, (String, String))> = None;
    for (i, latent) in latents.iter().enumerate() {
        let mut rng = Rng::keyed(seed, STREAM_ORGANISATION, i as u64);
        let member = match &mut group {
            Some((head, left, kin, brand)) if *left > 0 => {
                *left -= 1;
                Some((*head, *kin, brand.clone()))
            }
            _ => None,
        };
        // The members of a group are in the business of their head.
        let line = member.as_ref().map_or(latent.industry, |m| m.1);
        let industry = &INDUSTRIES[line];
        let word = (industry.word, industry.latin);
        let known = KNOWN.get(i);
        let mut holding = false;
        let (parent, brand, city, style) = match (known, member) {
            (Some((b, bl, _, city)), _) => (None, ((*b).to_owned(), (*bl).to_owned()), names::city_named(city), 1),
            (None, Some((head, _, brand))) => (Some(head), brand, names::any_city(&mut rng), 1),
            (None, None) => {
                holding = rng.percent(3);
                (None, names::brand(&mut rng), names::any_city(&mut rng), rng.below(2))
            }
        };
        let naming = Naming {
            brand,
            word,
            city,
            holding,
        };
        let created = latent.created_on;
        let first = latent.first_on.unwrap_or(created);
        let roles = if first > created {
            vec![(PartyRole::Prospect, created), (PartyRole::Customer, first)]
        } else {
            vec![(PartyRole::Customer, created)]
        };
        let at = p.organisation(
            &mut rng,
            naming,
            style,
            parent.is_some() || known.is_some(),
            industry.code,
            roles,
            created,
            users,
            teams,
        );
        let party = &mut p.list[at];
        party.parent = parent;
        party.credit_limit_minor = latent.credit_limit_minor;
        party.payment_terms_days = latent.terms_days;
        party.employees = latent.employees;
        if holding {
            let left = usize::try_from(rng.between(2, 4)).unwrap_or(2);
            group = Some((at, left, line, brand_of(&p.list[at])));
        }
        if i >= KNOWN.len() && rng.percent(2) {
            let role = if rng.percent(50) {
                PartyRole::Supplier
            } else {
                PartyRole::Partner
            };
            let since = plus(first, rng.between(0, 200)).min(calendar.end);
            p.list[at].roles.push((role, since));
        }
    }
    let others: [Others; 4] = [
        (PartyRole::Prospect, PROSPECTS, &[]),
        (PartyRole::Supplier, SUPPLIERS, SUPPLIES),
        (PartyRole::Partner, PARTNERS, PARTNERSHIPS),
        (PartyRole::Competitor, COMPETITORS, RIVALRIES),
    ];
    for (role, count, words) in others {
        for _ in 0..count {
            let mut rng = Rng::keyed(seed, STREAM_ORGANISATION, p.list.len() as u64);
            let (code, word) = if words.is_empty() {
                let i = rng.pick(INDUSTRIES);
                (i.code, (i.word, i.latin))
            } else {
                (role.code(), *rng.pick(words))
            };
            let city = names::any_city(&mut rng);
            let naming = Naming {
                brand: names::brand(&mut rng),
                word,
                city,
                holding: false,
            };
            let years = if role == PartyRole::Prospect { 1.0 } else { 8.0 };
            let created = Calendar::before(calendar.end, years, rng.unit());
            let style = rng.below(2);
            let at = p.organisation(
                &mut rng,
                naming,
                style,
                false,
                code,
                vec![(role, created)],
                created,
                users,
                teams,
            );
            p.list[at].employees = rng.between(12, 600);
            p.list[at].payment_terms_days = 30;
        }
    }
    p.duplicates(seed, calendar, latents.len());
    p.people(seed, calendar, latents.len());
    p.relate(seed, calendar, latents.len());
    p
}

/// The brand a holding was named with: the first two characters.
fn brand_of(party: &Party) -> (String, String) {
    let zh: String = party.name.chars().take(2).collect();
    let latin = party.name_latin.split(' ').next().unwrap_or_default().to_owned();
    (zh, latin)
}

impl Parties {
    #[expect(clippy::too_many_arguments, reason = "each is a separate fact of the organisation")]
    fn organisation(
        &mut self,
        rng: &mut Rng,
        mut naming: Naming,
        style: u64,
        keep_brand: bool,
        industry: &'static str,
        roles: Vec<(PartyRole, Date)>,
        created_on: Date,
        users: &[User],
        teams: &[Team],
    ) -> usize {
        let mut tries = 0;
        let (name, name_latin) = loop {
            let made = naming.written(style);
            // The brand with its industry is the name people use, so it must not repeat outside a group.
            let short = format!("{}{}", naming.brand.0, naming.word.0);
            let free = keep_brand || tries > 60 || self.names.take(&short);
            if free && self.names.take(&made.0) {
                self.names.take(&short);
                break made;
            }
            tries += 1;
            if tries > 400 {
                let n = self.list.len();
                break (format!("{}{n}厂", made.0), format!("{} Plant {n}", made.1));
            }
            naming.city = names::any_city(rng);
            if !keep_brand {
                naming.brand = names::brand(rng);
            }
        };
        let city = naming.city;
        let slug = |s: &str| s.to_ascii_lowercase().replace([' ', '&'], "").replace('’', "");
        let host = self
            .hosts
            .draw(|| format!("{}-{}", slug(&naming.brand.1), slug(naming.word.1)));
        let team = teams.iter().position(|t| t.regions.contains(&city.region)).unwrap_or(0);
        let sellers: Vec<usize> = (0..users.len())
            .filter(|u| users[*u].role == UserRole::Salesperson && users[*u].team == Some(team))
            .collect();
        let at = self.list.len();
        let party = Party {
            number: format!("K{}", 10_001 + at),
            kind: PartyKind::Organisation,
            roles,
            name,
            name_latin,
            industry,
            region: city.region,
            city: Text::new(city.zh, city.latin),
            address: names::address(rng, city),
            phone: self.phones.draw(|| names::landline(rng, city)),
            email: format!("info@{host}.example"),
            website: format!("https://www.{host}.example"),
            tax_number: self.taxes.draw(|| names::tax_number(rng, city)),
            credit_limit_minor: 0,
            payment_terms_days: 0,
            employees: 0,
            source: SOURCES[rng.index(SOURCES.len())],
            owner: if sellers.is_empty() { 0 } else { *rng.pick(&sellers) },
            parent: None,
            title: None,
            created_on,
            note: rng.percent(22).then(|| names::note(rng)),
        };
        self.list.push(party);
        at
    }
}

/// Index range of the competitors.
pub(crate) fn competitors(customers: usize) -> std::ops::Range<usize> {
    let from = customers + PROSPECTS + SUPPLIERS + PARTNERS;
    from..from + COMPETITORS
}

/// Index range of the prospects that are not duplicates.
pub(crate) fn prospects(customers: usize) -> std::ops::Range<usize> {
    customers..customers + PROSPECTS
}

/// Industry index of the first customers, which are named.
pub(crate) fn known_industry(i: usize) -> Option<usize> {
    let (_, _, code, _) = KNOWN.get(i)?;
    INDUSTRIES.iter().position(|x| x.code == *code)
}
