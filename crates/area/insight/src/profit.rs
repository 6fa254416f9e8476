//! From facts and assumptions to the profit of each customer and product, in whole numbers.

use crate::assume::{Assumptions, Margins};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use zhike_kernel::Date;
use zhike_lake::query::{Bought, Delay, Served, Unknown};
use zhike_value::profit::{Components, credit_cost};

/// Months shown of each customer.
pub const MONTHS: usize = 12;

/// A customer of the analysis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// The party.
    pub party: i64,
    /// What was brought in and what it cost; the product cost includes the assumed part.
    pub parts: Components,
    /// The assumed part of the product cost.
    pub assumed_cost: i64,
    /// Revenue whose cost is assumed.
    pub assumed_revenue: i64,
    /// Orders.
    pub orders: i64,
    /// Lines.
    pub lines: i64,
    /// Last order.
    pub last: Option<Date>,
    /// Usual days between two days of purchase.
    pub rhythm: Option<i64>,
    /// Growth of the last six months over the six before, parts per million.
    pub growth: Option<i64>,
    /// Days late on average, thousandths.
    pub delay: Option<i64>,
    /// Net sales of the last twelve months, oldest first.
    pub months: [i64; MONTHS],
}

/// A product of the analysis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// The product.
    pub product: i64,
    /// As for customers, without service and credit, which belong to customers.
    pub parts: Components,
    /// The assumed part of the cost.
    pub assumed_cost: i64,
    /// Revenue whose cost is assumed.
    pub assumed_revenue: i64,
    /// Quantity sold less returned, thousandths.
    pub quantity: i64,
    /// Lines.
    pub lines: i64,
    /// Customers that bought it.
    pub customers: i64,
}

/// Amounts that must add up: the books against the customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Sales before discount.
    pub revenue: i64,
    /// Discount.
    pub discount: i64,
    /// Taken back.
    pub returns: i64,
    /// Known cost of the goods.
    pub product_cost: i64,
    /// Freight.
    pub delivery: i64,
}

impl Ledger {
    /// What is in `self` and not in `other`.
    pub fn less(&self, other: &Ledger) -> Ledger {
        Ledger {
            revenue: self.revenue - other.revenue,
            discount: self.discount - other.discount,
            returns: self.returns - other.returns,
            product_cost: self.product_cost - other.product_cost,
            delivery: self.delivery - other.delivery,
        }
    }

    /// What the customers add up to.
    pub fn of(customers: &[Customer]) -> Ledger {
        let mut sum = Ledger::default();
        for c in customers {
            sum.revenue += c.parts.revenue;
            sum.discount += c.parts.discount;
            sum.returns += c.parts.returns;
            sum.product_cost += c.parts.product_cost - c.assumed_cost;
            sum.delivery += c.parts.delivery;
        }
        sum
    }
}

/// The customers, put together from the answers of the facts.
pub struct Builder<'a> {
    assumed: &'a Assumptions,
    margins: &'a Margins,
    place: HashMap<i64, usize>,
    customers: Vec<Customer>,
}

impl<'a> Builder<'a> {
    /// Nobody yet.
    pub fn new(assumed: &'a Assumptions, margins: &'a Margins) -> Builder<'a> {
        Builder {
            assumed,
            margins,
            place: HashMap::new(),
            customers: vec![],
        }
    }

    fn at(&mut self, party: i64) -> Option<&mut Customer> {
        let next = self.customers.len();
        let place = *self.place.entry(party).or_insert(next);
        if place == next {
            self.customers.push(Customer {
                party,
                ..Customer::default()
            });
        }
        self.customers.get_mut(place)
    }

    fn known(&mut self, party: i64) -> Option<&mut Customer> {
        self.place.get(&party).and_then(|p| self.customers.get_mut(*p))
    }

    /// What was bought.
    pub fn bought(&mut self, b: &Bought) {
        let handling = b.orders * self.assumed.order + b.lines * self.assumed.line;
        if let Some(c) = self.at(b.id) {
            c.parts = components(b);
            c.parts.service += handling;
            (c.orders, c.lines, c.last) = (b.orders, b.lines, b.last);
            // The span of the purchases; `days` makes the rhythm of it.
            c.rhythm = b
                .first
                .zip(b.last)
                .map(|(first, last)| i64::from((last - first).get_days()));
        }
    }

    /// Revenue without known cost.
    pub fn unknown(&mut self, u: &Unknown) {
        let cost = self.margins.cost(u.category, u.revenue);
        if let Some(c) = self.known(u.id) {
            c.parts.product_cost += cost;
            c.assumed_cost += cost;
            c.assumed_revenue += u.revenue;
        }
    }

    /// Distinct days of purchase; call it for everybody who bought.
    pub fn days(&mut self, party: i64, days: i64) {
        if let Some(c) = self.known(party) {
            c.rhythm = c
                .rhythm
                .filter(|_| days > 1)
                .map(|span| (span + (days - 1) / 2) / (days - 1));
        }
    }

    /// Two half-years.
    pub fn growth(&mut self, party: i64, later: i64, earlier: i64) {
        if let Some(c) = self.known(party) {
            c.growth = (earlier > 0)
                .then(|| zhike_kernel::money::mul_div(later - earlier, 1_000_000, earlier))
                .flatten();
        }
    }

    /// What was sold in one of the last months; `ago` is 0 for the month of the period's last day.
    pub fn month(&mut self, party: i64, ago: i64, net: i64) {
        let place = usize::try_from(ago).ok().and_then(|ago| MONTHS.checked_sub(ago + 1));
        if let (Some(place), Some(c)) = (place, self.known(party))
            && let Some(month) = c.months.get_mut(place)
        {
            *month = net;
        }
    }

    /// Paying late.
    pub fn delay(&mut self, d: &Delay) {
        let rate = self.assumed.money;
        if let Some(c) = self.at(d.party) {
            c.parts.credit += credit_cost(d.money_days, 1, rate);
            c.delay = zhike_kernel::money::mul_div(d.money_days, 1_000, d.amount).filter(|_| d.amount > 0);
        }
    }

    /// Service used.
    pub fn served(&mut self, s: &Served) {
        let a = self.assumed;
        let cost = s.visits * a.visit + s.call_minutes * a.call_minute + s.complaints * a.complaint;
        if let Some(c) = self.at(s.party) {
            c.parts.service += cost;
        }
    }

    /// Everybody, in order of id.
    pub fn finish(mut self) -> Vec<Customer> {
        self.customers.sort_unstable_by_key(|c| c.party);
        self.customers
    }
}

fn components(b: &Bought) -> Components {
    Components {
        revenue: b.sold + b.discount,
        discount: b.discount,
        product_cost: b.known_cost,
        delivery: b.freight,
        service: 0,
        returns: b.returned,
        credit: 0,
    }
}

/// A product from what was bought of it.
pub fn product(b: &Bought) -> Product {
    Product {
        product: b.id,
        parts: components(b),
        quantity: b.quantity,
        lines: b.lines,
        customers: b.orders,
        ..Product::default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn assumed() -> Assumptions {
        Assumptions {
            order: 1_000,
            line: 100,
            visit: 5_000,
            call_minute: 50,
            complaint: 2_000,
            money: 100_000,
            margin: 300_000,
            discount: 0,
        }
    }

    #[test]
    fn every_cost_reaches_its_customer() {
        let (assumed, margins) = (assumed(), Margins::new([(7, None, Some(500_000))], 300_000));
        let mut b = Builder::new(&assumed, &margins);
        b.bought(&Bought {
            id: 1,
            sold: 100_000,
            discount: 5_000,
            returned: 10_000,
            known_cost: 40_000,
            unknown_revenue: 20_000,
            freight: 3_000,
            lines: 4,
            orders: 2,
            first: "2026-01-01".parse().ok(),
            last: "2026-03-02".parse().ok(),
            quantity: 0,
        });
        b.unknown(&Unknown {
            id: 1,
            category: Some(7),
            revenue: 20_000,
        });
        b.days(1, 3);
        b.growth(1, 150, 100);
        b.delay(&Delay {
            party: 1,
            money_days: 36_500_000,
            amount: 1_000_000,
        });
        b.served(&Served {
            party: 1,
            visits: 1,
            call_minutes: 10,
            complaints: 1,
        });
        b.served(&Served {
            party: 2,
            visits: 2,
            call_minutes: 0,
            complaints: 0,
        });
        let all = b.finish();
        let c = &all[0];
        assert_eq!(c.parts.revenue, 105_000);
        assert_eq!(c.parts.product_cost, 50_000);
        assert_eq!((c.assumed_cost, c.assumed_revenue), (10_000, 20_000));
        assert_eq!(c.parts.service, 2 * 1_000 + 4 * 100 + 5_000 + 500 + 2_000);
        assert_eq!(c.parts.credit, 10_000);
        assert_eq!(
            c.parts.profit(),
            105_000 - 5_000 - 10_000 - 50_000 - 3_000 - 9_900 - 10_000
        );
        assert_eq!(c.rhythm, Some(30));
        assert_eq!(c.growth, Some(500_000));
        assert_eq!(c.delay, Some(36_500));
        assert_eq!(all[1].parts.profit(), -10_000, "a visit without an order is a loss");
        let sum = Ledger::of(&all);
        assert_eq!(sum.product_cost, 40_000, "the books know nothing of what is assumed");
    }

    #[test]
    fn one_day_makes_no_rhythm() {
        let (assumed, margins) = (assumed(), Margins::default());
        let mut b = Builder::new(&assumed, &margins);
        b.bought(&Bought {
            id: 1,
            first: "2026-01-01".parse().ok(),
            last: "2026-01-01".parse().ok(),
            ..Bought::default()
        });
        b.days(1, 1);
        assert_eq!(b.finish()[0].rhythm, None);
    }
}
