//! Orders, returns and the service customers use.

use jiff::civil::Date;

use crate::calendar::{Calendar, days_between, month_mark, plus};
use crate::latent::Latent;
use crate::model::{
    Order, OrderKind, OrderLine, OrderStatus, Party, Product, ProductKind, ServiceKind, ServiceUse, User, UserRole,
};
use crate::rng::{Rng, whole};
use crate::words::INDUSTRIES;

const STREAM_ORDER: u64 = 30;
const STREAM_SERVICE: u64 = 31;
const STREAM_RETURN: u64 = 32;

/// Value added tax.
pub const TAX_PPM: i64 = 130_000;

/// Costs rise by this share each year.
const COST_DRIFT: f64 = 0.035;
/// List prices rise by this share each year.
const PRICE_DRIFT: f64 = 0.02;

/// `round(quantity × price)` with the half away from zero, for a quantity in thousandths.
#[must_use]
pub const fn extend(quantity_milli: i64, price_minor: i64) -> i64 {
    let product = quantity_milli * price_minor;
    let half = if product < 0 { -500 } else { 500 };
    (product + half) / 1000
}

/// Tax on a net amount, half away from zero.
#[must_use]
pub const fn tax_on(net_minor: i64) -> i64 {
    let product = net_minor * TAX_PPM;
    let half = if product < 0 { -500_000 } else { 500_000 };
    (product + half) / 1_000_000
}

/// Orders with the day each customer left, if it did.
pub(crate) struct Trade {
    pub(crate) orders: Vec<Order>,
    pub(crate) gone_on: Vec<Option<Date>>,
}

/// Draws all orders and returns, sorted by date and numbered.
pub(crate) fn trade(
    seed: u64,
    calendar: &Calendar,
    latents: &[Latent],
    parties: &[Party],
    products: &[Product],
) -> Trade {
    let mut by_category: Vec<Vec<usize>> = vec![Vec::new(); 8];
    for (i, p) in products.iter().enumerate() {
        by_category[p.category].push(i);
    }
    let mut orders: Vec<Order> = Vec::new();
    let mut gone_on = Vec::with_capacity(latents.len());
    for (party, latent) in latents.iter().enumerate() {
        let mut rng = Rng::keyed(seed, STREAM_ORDER, party as u64);
        let buyer = Buyer {
            party,
            latent,
            of: &parties[party],
            calendar,
            products,
            by_category: &by_category,
        };
        let gap = |rng: &mut Rng| rng.exponential(365.25 / latent.rate);
        let mut busy = match latent.first_on {
            Some(first) => calendar.busy_before(first) + 1e-9,
            None => gap(&mut rng),
        };
        let mut gone = None;
        let mut first = latent.first_on;
        while let Some(day) = first.take().or_else(|| calendar.day_at(busy)) {
            orders.push(buyer.order(&mut rng, day));
            if rng.chance(latent.drop) {
                gone = Some(day);
                break;
            }
            busy += gap(&mut rng);
        }
        gone_on.push(gone);
    }
    orders.sort_by_key(|o| (o.ordered_on, o.party));
    let mut returns: Vec<Order> = Vec::new();
    for (i, order) in orders.iter().enumerate() {
        let mut rng = Rng::keyed(seed, STREAM_RETURN, i as u64);
        if rng.chance(0.03) {
            returns.extend(give_back(&mut rng, calendar, products, i, order));
        }
    }
    // A return is entered after its order, so appending and sorting by date keeps the indices of the orders
    // only if they are mapped.
    let mut all: Vec<(usize, Order)> = orders.into_iter().chain(returns).enumerate().collect();
    all.sort_by_key(|(i, o)| (o.ordered_on, *i));
    let mut place = vec![0; all.len()];
    for (new, (old, _)) in all.iter().enumerate() {
        place[*old] = new;
    }
    let mut numbers = Numbers::default();
    let orders = all
        .into_iter()
        .map(|(_, mut o)| {
            o.returns = o.returns.map(|r| place[r]);
            o.number = numbers.next(if o.kind == OrderKind::Order { "SO" } else { "RT" }, o.ordered_on);
            o
        })
        .collect();
    Trade { orders, gone_on }
}

/// Numbers documents per month, in date order.
#[derive(Default)]
pub(crate) struct Numbers(std::collections::BTreeMap<(&'static str, String), u32>);

impl Numbers {
    pub(crate) fn next(&mut self, prefix: &'static str, on: Date) -> String {
        let month = month_mark(on);
        let n = self.0.entry((prefix, month.clone())).or_insert(0);
        *n += 1;
        format!("{prefix}-{month}-{n:04}")
    }
}

struct Buyer<'a> {
    party: usize,
    latent: &'a Latent,
    of: &'a Party,
    calendar: &'a Calendar,
    products: &'a [Product],
    by_category: &'a [Vec<usize>],
}

impl Buyer<'_> {
    fn order(&self, rng: &mut Rng, day: Date) -> Order {
        let taste = INDUSTRIES
            .iter()
            .find(|i| i.code == self.of.industry)
            .map_or([1; 8], |i| i.taste);
        let count = 1 + rng.weighted(&[26, 28, 20, 13, 8, 5]);
        let mut lines: Vec<OrderLine> = Vec::with_capacity(count);
        while lines.len() < count {
            let shelf = &self.by_category[rng.weighted(&taste)];
            // Earlier products of a shelf are the common sizes.
            let at = rng.index(shelf.len()).min(rng.index(shelf.len()));
            let product = shelf[at];
            if lines.iter().any(|l| l.product == product) {
                // Rather a shorter order than the same product twice.
                if rng.percent(40) {
                    break;
                }
                continue;
            }
            let p = &self.products[product];
            // What ran out is not sold in the last year.
            if !p.active && self.calendar.years_back(day) < 1.0 {
                continue;
            }
            lines.push(self.line(rng, day, product, p));
        }
        let goods = lines
            .iter()
            .any(|l| self.products[l.product].kind == ProductKind::Goods);
        let net: i64 = lines.iter().map(|l| l.net_minor).sum();
        let far = if matches!(self.of.region, "west" | "north" | "south") {
            1.5
        } else {
            1.0
        };
        let freight = if goods {
            whole((9_000.0 + net as f64 * rng.span(0.012, 0.03)) * far)
        } else {
            0
        };
        let required_on = plus(day, rng.between(7, 35));
        let lead =
            days_between(day, required_on) + rng.between(-9, 0) + if rng.percent(12) { rng.between(2, 16) } else { 0 };
        let shipped = plus(day, lead.max(1));
        let delivered = plus(shipped, if goods { rng.between(1, 6) } else { 0 });
        let end = self.calendar.end;
        let age = days_between(day, end);
        let status = if rng.chance(0.024) && age > 3 {
            OrderStatus::Cancelled
        } else if age < 12 && rng.percent(22) {
            OrderStatus::Draft
        } else if delivered <= end {
            OrderStatus::Delivered
        } else if shipped <= end {
            OrderStatus::Shipped
        } else {
            OrderStatus::Confirmed
        };
        let out = matches!(status, OrderStatus::Shipped | OrderStatus::Delivered);
        let tax = tax_on(net);
        Order {
            number: String::new(),
            kind: OrderKind::Order,
            returns: None,
            party: self.party,
            salesperson: self.of.owner,
            status,
            ordered_on: day,
            required_on,
            shipped_on: out.then_some(shipped),
            delivered_on: (status == OrderStatus::Delivered).then_some(delivered),
            lines,
            freight_minor: if out { freight } else { 0 },
            net_minor: net,
            tax_minor: tax,
            total_minor: net + tax,
        }
    }

    fn line(&self, rng: &mut Rng, day: Date, product: usize, p: &Product) -> OrderLine {
        let back = self.calendar.years_back(day);
        let list = p.list_price_minor as f64 * (1.0 + PRICE_DRIFT).powf(-back);
        let cost = p.cost_minor as f64 * (1.0 + COST_DRIFT).powf(-back);
        // Whole yuan, as people quote.
        let unit_price_minor = whole(list * (1.0 - self.latent.discount) / 100.0).max(1) * 100;
        let unit_cost_minor = whole(cost).max(1);
        let yuan = p.list_price_minor as f64 / 100.0;
        let usual = (4_200.0 / yuan).powf(0.55).clamp(0.35, 9.0);
        let quantity = whole(usual * self.latent.size.powf(0.72) * rng.lognormal(0.6)).clamp(1, 2_000);
        // Cable is the one product cut to length.
        let quantity_milli = if p.sku == "SP-CABL" && rng.percent(50) {
            quantity * 1000 + 500
        } else {
            quantity * 1000
        };
        let gross = extend(quantity_milli, unit_price_minor);
        let discount_minor = if rng.percent(12) {
            whole(gross as f64 * rng.span(0.01, 0.05))
        } else {
            0
        };
        OrderLine {
            product,
            quantity_milli,
            unit_price_minor,
            unit_cost_minor,
            discount_minor,
            net_minor: gross - discount_minor,
        }
    }
}

/// A return of some lines of a delivered order; none if it would fall after the end.
fn give_back(rng: &mut Rng, calendar: &Calendar, products: &[Product], index: usize, order: &Order) -> Option<Order> {
    let delivered = order.delivered_on?;
    let on = plus(delivered, rng.between(4, 40));
    if on > calendar.end {
        return None;
    }
    let mut lines: Vec<OrderLine> = Vec::new();
    for l in &order.lines {
        if products[l.product].kind == ProductKind::Service || !(lines.is_empty() || rng.percent(35)) {
            continue;
        }
        let whole_line = l.quantity_milli < 2000 || l.quantity_milli % 1000 != 0 || rng.percent(50);
        let back = if whole_line {
            l.quantity_milli
        } else {
            rng.between(1, l.quantity_milli / 1000) * 1000
        };
        // The discount comes back in proportion, rounded towards zero so that no more is refunded than was paid.
        let discount = l.discount_minor * back / l.quantity_milli;
        lines.push(OrderLine {
            product: l.product,
            quantity_milli: -back,
            unit_price_minor: l.unit_price_minor,
            unit_cost_minor: l.unit_cost_minor,
            discount_minor: -discount,
            net_minor: extend(-back, l.unit_price_minor) + discount,
        });
    }
    if lines.is_empty() {
        return None;
    }
    let net: i64 = lines.iter().map(|l| l.net_minor).sum();
    let tax = tax_on(net);
    Some(Order {
        number: String::new(),
        kind: OrderKind::Return,
        returns: Some(index),
        party: order.party,
        salesperson: order.salesperson,
        status: OrderStatus::Delivered,
        ordered_on: on,
        required_on: on,
        shipped_on: Some(on),
        delivered_on: Some(on),
        freight_minor: whole(6_000.0 - net as f64 * 0.015),
        lines,
        net_minor: net,
        tax_minor: tax,
        total_minor: net + tax,
    })
}

/// Draws visits, calls and complaints while the customers are alive, sorted by day.
pub(crate) fn service(
    seed: u64,
    calendar: &Calendar,
    latents: &[Latent],
    gone_on: &[Option<Date>],
    parties: &[Party],
    users: &[User],
) -> Vec<ServiceUse> {
    let mut list = Vec::new();
    let engineers: Vec<usize> = (0..users.len())
        .filter(|u| users[*u].role == UserRole::Service)
        .collect();
    for (party, latent) in latents.iter().enumerate() {
        let mut rng = Rng::keyed(seed, STREAM_SERVICE, party as u64);
        let from = latent.first_on.unwrap_or(calendar.start);
        let to = gone_on[party].map_or(calendar.end, |g| plus(g, 150)).min(calendar.end);
        let years = days_between(from, to) as f64 / 365.25;
        // Frequent buyers ask more, but much less than in proportion.
        let need = latent.demand * latent.size.powf(0.3) * (0.35 + 0.28 * latent.rate.sqrt());
        for (kind, per_year, lo, hi) in [
            (ServiceKind::Visit, 0.70, 90, 420),
            (ServiceKind::Call, 4.2, 5, 45),
            (ServiceKind::Complaint, 0.16, 40, 300),
        ] {
            let mean = 1.0 / (need * per_year);
            let mut at = rng.exponential(mean);
            while at < years {
                let on = weekday(plus(from, whole(at * 365.25))).min(calendar.end);
                // Each region has its engineer.
                let east = usize::from(parties[party].region != "east");
                let user = engineers
                    .get(east.min(engineers.len().saturating_sub(1)))
                    .copied()
                    .unwrap_or(0);
                list.push(ServiceUse {
                    party,
                    on,
                    kind,
                    minutes: rng.between(lo, hi),
                    user,
                });
                at += rng.exponential(mean);
            }
        }
    }
    list.sort_by_key(|s| (s.on, s.party, s.kind, s.minutes));
    list
}

/// Moves a weekend to the Monday after.
fn weekday(day: Date) -> Date {
    match day.weekday().to_monday_zero_offset() {
        5 => plus(day, 2),
        6 => plus(day, 1),
        _ => day,
    }
}
