//! Data of any size for load tests. Every party and every order is a pure function of its index, so that
//! millions can be streamed, in any order or in parallel, without keeping anything in memory.

use std::sync::OnceLock;

use jiff::civil::{Date, date};
use serde::Serialize;

use crate::calendar::plus;
use crate::model::{OrderStatus, Product};
use crate::names;
use crate::rng::Rng;
use crate::trade::{extend, tax_on};
use crate::words;

const STREAM_PARTY: u64 = 100;
const STREAM_ORDER: u64 = 101;

/// Days of history.
const DAYS: u64 = 1095;

/// How much to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Same seed, same data.
    pub seed: u64,
    /// Number of parties.
    pub parties: u64,
    /// Lines per order on average. Orders `2k` and `2k + 1` together have exactly twice as many, so that an
    /// even number of orders has exactly `orders × lines_per_order` lines.
    pub lines_per_order: u64,
    /// Number of orders. They are spread evenly over three years, so a higher index is a later date.
    pub orders: u64,
    /// Last day of the history.
    pub as_of: Date,
}

impl Default for Scale {
    /// One million parties and ten million lines.
    fn default() -> Self {
        Self {
            seed: 20_260_101,
            parties: 1_000_000,
            lines_per_order: 4,
            orders: 2_500_000,
            as_of: date(2026, 6, 30),
        }
    }
}

/// What a party of the load test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleKind {
    /// A person with a Chinese name: six of ten.
    ChinesePerson,
    /// A company with a Chinese name: three of ten.
    ChineseCompany,
    /// A person with an English name: one of ten.
    EnglishPerson,
}

/// A party of the load test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScaleParty {
    /// Unique number.
    pub number: String,
    /// Kind.
    pub kind: ScaleKind,
    /// Name.
    pub name: String,
    /// Name in Latin letters.
    pub name_latin: String,
    /// Industry code; empty for persons.
    pub industry: &'static str,
    /// Region code.
    pub region: &'static str,
    /// City.
    pub city: &'static str,
    /// City in Latin letters.
    pub city_latin: &'static str,
    /// Phone.
    pub phone: String,
    /// Unique e-mail address.
    pub email: String,
    /// Entered on.
    pub created_on: Date,
}

/// A line of the load test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScaleLine {
    /// Index into [`crate::products`].
    pub product: usize,
    /// Quantity in thousandths.
    pub quantity_milli: i64,
    /// Price without tax.
    pub unit_price_minor: i64,
    /// Cost.
    pub unit_cost_minor: i64,
    /// Net amount.
    pub net_minor: i64,
}

/// An order of the load test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScaleOrder {
    /// Unique number.
    pub number: String,
    /// Index of the party.
    pub party: u64,
    /// Status.
    pub status: OrderStatus,
    /// Ordered on.
    pub ordered_on: Date,
    /// Delivered on.
    pub delivered_on: Option<Date>,
    /// Freight paid by us.
    pub freight_minor: i64,
    /// Without tax.
    pub net_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// Net and tax.
    pub total_minor: i64,
    /// Lines.
    pub lines: Vec<ScaleLine>,
}

const FIRST_NAMES: &[&str] = &[
    "Alder", "Briony", "Corin", "Delia", "Edwin", "Fern", "Gavin", "Hester", "Ivor", "Jessa", "Kendra", "Lowell",
    "Maren", "Nolan", "Orla", "Perrin", "Quill", "Rowan", "Selma", "Tobin", "Una", "Vera", "Wendel", "Yara",
];
const LAST_HEADS: &[&str] = &[
    "Ash", "Birch", "Cold", "Dun", "East", "Fair", "Green", "Hazel", "Kirk", "Lang", "Marsh", "North", "Oak", "Red",
    "Stone", "Thorn",
];
const LAST_TAILS: &[&str] = &[
    "brook", "combe", "field", "gate", "holm", "low", "mere", "more", "ridge", "stead", "wick", "worth",
];

/// Party `i`.
#[must_use]
pub fn scale_party(s: &Scale, i: u64) -> ScaleParty {
    let mut rng = Rng::keyed(s.seed, STREAM_PARTY, i);
    let city = names::any_city(&mut rng);
    let mut industry = "";
    let (kind, name, name_latin) = match rng.below(10) {
        0..6 => {
            let (zh, latin) = names::person(&mut rng);
            (ScaleKind::ChinesePerson, zh, latin)
        }
        6..9 => {
            let (b, bl) = names::brand(&mut rng);
            let x = rng.pick(words::INDUSTRIES);
            industry = x.code;
            let zh = format!("{b}{}（{}）有限公司", x.word, city.zh);
            (
                ScaleKind::ChineseCompany,
                zh,
                format!("{bl} {} ({}) Co., Ltd.", x.latin, city.latin),
            )
        }
        _ => {
            let name = format!(
                "{} {}{}",
                rng.pick(FIRST_NAMES),
                rng.pick(LAST_HEADS),
                rng.pick(LAST_TAILS)
            );
            (ScaleKind::EnglishPerson, name.clone(), name)
        }
    };
    let phone = if kind == ScaleKind::ChineseCompany {
        names::landline(&mut rng, city)
    } else {
        names::mobile(&mut rng)
    };
    let back = rng.between(0, 3_000);
    ScaleParty {
        number: format!("L{:08}", i + 1),
        kind,
        name,
        name_latin,
        industry,
        region: city.region,
        city: city.zh,
        city_latin: city.latin,
        phone,
        email: format!("p{}@load.example", i + 1),
        // Before the first day of the orders, so that no order is older than its party.
        created_on: plus(s.as_of, -back - i64::try_from(DAYS).unwrap_or(0)),
    }
}

/// Order `i` with its lines.
#[must_use]
pub fn scale_order(s: &Scale, i: u64) -> ScaleOrder {
    static PRODUCTS: OnceLock<Vec<Product>> = OnceLock::new();
    let products = PRODUCTS.get_or_init(crate::products);
    // Both orders of a pair read the same first draw, so that their numbers of lines add up.
    let spread = Rng::keyed(s.seed, STREAM_ORDER, !(i / 2)).below(s.lines_per_order.max(1));
    let count = if i.is_multiple_of(2) {
        s.lines_per_order + spread
    } else {
        s.lines_per_order - spread.min(s.lines_per_order)
    };
    let mut rng = Rng::keyed(s.seed, STREAM_ORDER, i);
    // A few parties buy most: one percent of them has more than a fifth of the orders.
    let u = rng.unit();
    let party = ((s.parties as f64) * u * u * u) as u64;
    let party = party.min(s.parties.saturating_sub(1));
    let day = u128::from(i) * u128::from(DAYS) / u128::from(s.orders.max(1));
    let ordered_on = plus(
        s.as_of,
        i64::try_from(day).unwrap_or(0) - i64::try_from(DAYS).unwrap_or(0) + 1,
    );
    let mut lines = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    let mut net_minor = 0;
    for _ in 0..count {
        let product = rng.index(products.len());
        let p = &products[product];
        let quantity_milli = rng.between(1, 12) * 1000;
        // Between nothing and a fifth off the list price.
        let unit_price_minor = p.list_price_minor * rng.between(80, 100) / 100;
        let net = extend(quantity_milli, unit_price_minor);
        net_minor += net;
        lines.push(ScaleLine {
            product,
            quantity_milli,
            unit_price_minor,
            unit_cost_minor: p.cost_minor,
            net_minor: net,
        });
    }
    let arrives = plus(ordered_on, rng.between(3, 40));
    let status = if rng.percent(2) {
        OrderStatus::Cancelled
    } else if arrives <= s.as_of {
        OrderStatus::Delivered
    } else {
        OrderStatus::Confirmed
    };
    let tax_minor = tax_on(net_minor);
    ScaleOrder {
        number: format!("LO{:09}", i + 1),
        party,
        status,
        ordered_on,
        delivered_on: (status == OrderStatus::Delivered).then_some(arrives),
        freight_minor: if status == OrderStatus::Delivered {
            8_000 + net_minor / 50
        } else {
            0
        },
        net_minor,
        tax_minor,
        total_minor: net_minor + tax_minor,
        lines,
    }
}
