//! Profit of each customer, the shape of the curve, and grades, computed plainly.

use jiff::civil::Date;

use crate::calendar::{Calendar, days_between};
use crate::latent::Latent;
use crate::model::{Order, OrderKind, OrderStatus, ServiceKind, ServiceUse};
use crate::money::{Allocation, Invoice, Payment};
use crate::trade::extend;
use crate::truth::{Grade, Profit, RATES, Whale};

/// What the truth is computed from.
pub(crate) struct Facts<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) latents: &'a [Latent],
    pub(crate) gone_on: &'a [Option<Date>],
    pub(crate) orders: &'a [Order],
    pub(crate) service: &'a [ServiceUse],
    pub(crate) invoices: &'a [Invoice],
    pub(crate) payments: &'a [Payment],
    pub(crate) allocations: &'a [Allocation],
}

/// Profit of every customer.
pub(crate) fn profits(f: &Facts<'_>) -> Vec<Profit> {
    let mut all = vec![Profit::default(); f.latents.len()];
    for o in f.orders.iter().filter(|o| o.status == OrderStatus::Delivered) {
        let p = &mut all[o.party];
        p.revenue_minor += o.net_minor;
        p.goods_minor += o
            .lines
            .iter()
            .map(|l| extend(l.quantity_milli, l.unit_cost_minor))
            .sum::<i64>();
        p.freight_minor += o.freight_minor;
        let lines = i64::try_from(o.lines.len()).unwrap_or(0);
        p.handling_minor += RATES.line_minor * lines;
        p.handling_minor += if o.kind == OrderKind::Return {
            RATES.return_minor
        } else {
            RATES.order_minor
        };
    }
    for s in f.service {
        all[s.party].service_minor += match s.kind {
            ServiceKind::Visit => RATES.visit_minor + s.minutes * RATES.service_minute_minor,
            ServiceKind::Call => s.minutes * RATES.call_minute_minor,
            ServiceKind::Complaint => RATES.complaint_minor + s.minutes * RATES.service_minute_minor,
        };
    }
    // Amount times days that it was out; the remainder of each invoice counts up to the last day.
    let mut out: Vec<i128> = vec![0; all.len()];
    let days = |from: Date, to: Date| i128::from(days_between(from, to).max(0));
    for i in f.invoices {
        out[i.party] += i128::from(i.total_minor) * days(i.issued_on, f.calendar.end);
    }
    for a in f.allocations {
        let paid_on = f.payments[a.payment].paid_on;
        out[f.payments[a.payment].party] -= i128::from(a.amount_minor) * days(paid_on, f.calendar.end);
    }
    for (p, out) in all.iter_mut().zip(out) {
        p.capital_minor = i64::try_from(out * i128::from(RATES.capital_ppm) / 365_000_000).unwrap_or(i64::MAX);
        p.profit_minor =
            p.revenue_minor - p.goods_minor - p.freight_minor - p.handling_minor - p.service_minor - p.capital_minor;
    }
    all
}

/// The shape of the profits given.
#[must_use]
pub fn whale(profits: &[i64]) -> Whale {
    let mut sorted = profits.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let n = sorted.len();
    let profit_minor: i64 = sorted.iter().sum();
    let top_fifth_minor = sorted.iter().take(n.div_ceil(5)).sum();
    let bottom = n * 3 / 10;
    let share = |part: i64, of: i64| {
        if of > 0 {
            i64::try_from(i128::from(part) * 1_000_000 / i128::from(of)).unwrap_or(0)
        } else {
            0
        }
    };
    let losing = sorted.iter().filter(|p| **p < 0).count();
    Whale {
        customers: n,
        profit_minor,
        top_fifth_minor,
        bottom_three_tenths_minor: sorted.iter().skip(n - bottom).sum(),
        peak_minor: sorted.iter().filter(|p| **p > 0).sum(),
        losing,
        top_fifth_ppm: share(top_fifth_minor, profit_minor),
        losing_ppm: share(i64::try_from(losing).unwrap_or(0), i64::try_from(n).unwrap_or(0)),
    }
}

/// Grades by profit: the best fifth A, losses and no business D, the rest in halves.
pub(crate) fn grades(profits: &[Profit]) -> Vec<Grade> {
    let mut order: Vec<usize> = (0..profits.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(profits[*i].profit_minor), *i));
    let top = profits.len().div_ceil(5);
    let winners = profits.iter().filter(|p| p.profit_minor > 0).count();
    let mut grades = vec![Grade::D; profits.len()];
    for (rank, i) in order.into_iter().enumerate().take(winners) {
        grades[i] = if rank < top {
            Grade::A
        } else if rank < usize::midpoint(top, winners) {
            Grade::B
        } else {
            Grade::C
        };
    }
    grades
}
