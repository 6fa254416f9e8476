//! Kotler's five levels of the relationship with customers, recommended from the margin that a customer leaves and from how many
//! such customers there are (Kotler, Marketing Management: "Levels of relationship marketing").
//!
//! The levels are no order from bad to good: with very many customers of small margin the right level is the basic one. The table
//! is Kotler's own unless the house writes another; where he says "basic or reactive" (low margin, very many), it begins with
//! basic.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A level of the relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Sells, and does not follow up.
    Basic,
    /// Sells, and asks the customer to say when something is wrong.
    Reactive,
    /// Asks some time after the sale whether it is what was expected, and what could be better.
    Accountable,
    /// Comes from time to time with ideas for better use or new goods.
    Proactive,
    /// Works on with the customer all the time to find savings and improvements.
    Partnership,
}

impl Level {
    /// All, the least effort first.
    pub const ALL: [Level; 5] = [
        Level::Basic,
        Level::Reactive,
        Level::Accountable,
        Level::Proactive,
        Level::Partnership,
    ];

    /// The word kept in the database and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Basic => "basic",
            Level::Reactive => "reactive",
            Level::Accountable => "accountable",
            Level::Proactive => "proactive",
            Level::Partnership => "partnership",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|l| l.word() == word)
    }
}

/// Low, medium or high: a margin, or a number of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Below the first cut.
    Low,
    /// Between.
    Medium,
    /// From the second cut on.
    High,
}

impl Size {
    /// All, the lowest first.
    pub const ALL: [Size; 3] = [Size::Low, Size::Medium, Size::High];

    /// Where something stands between two cuts.
    #[must_use]
    pub fn of(value: i64, medium: i64, high: i64) -> Size {
        if value >= high {
            Size::High
        } else if value >= medium {
            Size::Medium
        } else {
            Size::Low
        }
    }

    /// The word kept in the database and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Size::Low => "low",
            Size::Medium => "medium",
            Size::High => "high",
        }
    }

    /// Its place, 0 to 2.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The levels by margin (rows, low first) and number of customers (columns, few first).
pub type Table = [[Level; 3]; 3];

/// Kotler's own table.
pub const KOTLER: Table = [
    [Level::Accountable, Level::Reactive, Level::Basic],
    [Level::Proactive, Level::Accountable, Level::Reactive],
    [Level::Partnership, Level::Proactive, Level::Accountable],
];

/// Where the cuts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts {
    /// From this margin a year on it is medium, minor units.
    pub medium: i64,
    /// From this margin a year on it is high.
    pub high: i64,
    /// From so many customers on they are a medium number.
    pub several: i64,
    /// From so many customers on they are many.
    pub many: i64,
}

/// Who counts as "such a customer".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peers {
    /// Customers whose margin is as low, medium or high.
    Margin,
    /// Customers of the same group (line of business, region) whose margin is as low, medium or high.
    Group,
    /// All customers.
    All,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: i64,
    /// Its group; only asked for [`Peers::Group`].
    pub group: String,
    /// Margin a year, minor units.
    pub margin: i64,
}

/// What is recommended for a customer, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The customer.
    pub id: i64,
    /// The margin.
    pub margin: Size,
    /// How many such customers there are, the customer among them.
    pub peers: usize,
    /// Whether these are few, some or many.
    pub number: Size,
    /// The level.
    pub level: Level,
}

/// Recommends a level for each customer, in the order of the input.
#[must_use]
pub fn advise(customers: &[Customer], cuts: &Cuts, among: Peers, table: &Table) -> Vec<Advice> {
    let size = |c: &Customer| Size::of(c.margin, cuts.medium, cuts.high);
    let key = |c: &Customer| match among {
        Peers::Margin => (String::new(), Some(size(c))),
        Peers::Group => (c.group.clone(), Some(size(c))),
        Peers::All => (String::new(), None),
    };
    let mut counts: BTreeMap<(String, Option<Size>), usize> = BTreeMap::new();
    for c in customers {
        *counts.entry(key(c)).or_insert(0) += 1;
    }
    customers
        .iter()
        .map(|c| {
            let peers = counts.get(&key(c)).copied().unwrap_or(0);
            let many = i64::try_from(peers).unwrap_or(i64::MAX);
            let (margin, number) = (size(c), Size::of(many, cuts.several, cuts.many));
            Advice {
                id: c.id,
                margin,
                peers,
                number,
                level: table[margin.index()][number.index()],
            }
        })
        .collect()
}

/// How many customers stand in each field of the table: `counts[margin][number]`.
#[must_use]
pub fn fields(advice: &[Advice]) -> [[usize; 3]; 3] {
    let mut counts = [[0; 3]; 3];
    for a in advice {
        counts[a.margin.index()][a.number.index()] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CUTS: Cuts = Cuts {
        medium: 1_000,
        high: 10_000,
        several: 3,
        many: 5,
    };

    fn customer(id: i64, group: &str, margin: i64) -> Customer {
        Customer {
            id,
            group: group.to_owned(),
            margin,
        }
    }

    #[test]
    fn the_table_is_kotlers() {
        // Rows of the book: many, a medium number, few customers; columns: high, medium, low margin.
        let book = [
            [Level::Accountable, Level::Reactive, Level::Basic],
            [Level::Proactive, Level::Accountable, Level::Reactive],
            [Level::Partnership, Level::Proactive, Level::Accountable],
        ];
        for (row, number) in book.iter().zip([Size::High, Size::Medium, Size::Low]) {
            for (level, margin) in row.iter().zip([Size::High, Size::Medium, Size::Low]) {
                assert_eq!(
                    KOTLER[margin.index()][number.index()],
                    *level,
                    "{margin:?} × {number:?}"
                );
            }
        }
    }

    #[test]
    fn margin_and_number_tell_the_level() {
        // Two of high margin, three of medium, five of low.
        let margins = [10_000, 25_000, 1_000, 5_000, 9_999, 999, 0, -50, 10, 20];
        let all: Vec<Customer> = (1..).zip(margins).map(|(i, m)| customer(i, "", m)).collect();
        let advice = advise(&all, &CUTS, Peers::Margin, &KOTLER);
        let levels: Vec<Level> = advice.iter().map(|a| a.level).collect();
        assert_eq!(levels[..2], [Level::Partnership; 2]);
        assert_eq!(levels[2..5], [Level::Accountable; 3]);
        assert_eq!(levels[5..], [Level::Basic; 5]);
        assert_eq!((advice[0].peers, advice[4].peers, advice[9].peers), (2, 3, 5));
        assert_eq!(fields(&advice), [[0, 0, 5], [0, 3, 0], [2, 0, 0]]);
        // Among all ten there are many of each.
        let advice = advise(&all, &CUTS, Peers::All, &KOTLER);
        assert_eq!(
            (advice[0].level, advice[2].level, advice[9].level),
            (Level::Accountable, Level::Reactive, Level::Basic)
        );
    }

    #[test]
    fn a_group_has_numbers_of_its_own() {
        let all = [
            customer(1, "chemistry", 20_000),
            customer(2, "energy", 20_000),
            customer(3, "energy", 20_000),
            customer(4, "energy", 20_000),
        ];
        let levels: Vec<Level> = advise(&all, &CUTS, Peers::Group, &KOTLER)
            .iter()
            .map(|a| a.level)
            .collect();
        assert_eq!(
            levels,
            [Level::Partnership, Level::Proactive, Level::Proactive, Level::Proactive]
        );
    }

    proptest! {
        #[test]
        fn fields_hold_everybody_once_and_order_does_not_matter(margins in prop::collection::vec(-5_000_i64..50_000, 0..60)) {
            let all: Vec<Customer> = (0..).zip(&margins).map(|(i, m)| customer(i, "", *m)).collect();
            let advice = advise(&all, &CUTS, Peers::Margin, &KOTLER);
            prop_assert_eq!(fields(&advice).iter().flatten().sum::<usize>(), margins.len());
            let mut turned = all.clone();
            turned.reverse();
            let mut again = advise(&turned, &CUTS, Peers::Margin, &KOTLER);
            again.reverse();
            prop_assert_eq!(&advice, &again);
            // Among the same number of customers more margin never asks for less effort.
            for (a, b) in advise(&all, &CUTS, Peers::All, &KOTLER).windows(2).map(|w| (w[0], w[1])) {
                let (ma, mb) = (margins[usize::try_from(a.id).unwrap_or(0)], margins[usize::try_from(b.id).unwrap_or(0)]);
                prop_assert!((ma <= mb) == (a.level <= b.level) || a.level == b.level);
            }
            // All amounts and cuts in another unit: the same levels.
            let tenfold: Vec<Customer> = all.iter().map(|c| customer(c.id, "", c.margin * 10)).collect();
            let cuts = Cuts { medium: CUTS.medium * 10, high: CUTS.high * 10, ..CUTS };
            prop_assert_eq!(advice, advise(&tenfold, &cuts, Peers::Margin, &KOTLER));
        }
    }
}
