//! Invoices, payments and which payment settles which invoice.

use jiff::civil::Date;

use crate::calendar::{Calendar, days_between, plus};
use crate::latent::Latent;
use crate::model::{Order, OrderKind, Party};
use crate::money::{Allocation, Invoice, Payment};
use crate::rng::{Rng, whole};
use crate::trade::Numbers;
use crate::truth::PayHabit;

const STREAM_ISSUE: u64 = 40;
const STREAM_PAY: u64 = 41;

/// One invoice or credit note per delivered order or return, by date.
pub(crate) fn invoices(seed: u64, calendar: &Calendar, parties: &[Party], orders: &[Order]) -> Vec<Invoice> {
    let mut list: Vec<Invoice> = Vec::new();
    for (i, order) in orders.iter().enumerate() {
        let Some(delivered) = order.delivered_on else { continue };
        let mut rng = Rng::keyed(seed, STREAM_ISSUE, i as u64);
        let issued_on = plus(delivered, rng.between(0, 3));
        if issued_on > calendar.end {
            continue;
        }
        let terms = if order.kind == OrderKind::Order {
            parties[order.party].payment_terms_days
        } else {
            0
        };
        list.push(Invoice {
            number: String::new(),
            order: i,
            party: order.party,
            issued_on,
            due_on: plus(issued_on, terms),
            net_minor: order.net_minor,
            tax_minor: order.tax_minor,
            total_minor: order.total_minor,
        });
    }
    list.sort_by_key(|i| (i.issued_on, i.order));
    let mut numbers = Numbers::default();
    for i in &mut list {
        i.number = numbers.next(if i.total_minor < 0 { "CN" } else { "INV" }, i.issued_on);
    }
    list
}

/// An amount towards one invoice, before amounts of nearby days are put into one payment.
struct Part {
    on: Date,
    invoice: usize,
    amount: i64,
}

/// Payments and allocations, by date.
pub(crate) fn payments(
    seed: u64,
    calendar: &Calendar,
    latents: &[Latent],
    invoices: &[Invoice],
) -> (Vec<Payment>, Vec<Allocation>) {
    let mut per_party: Vec<Vec<usize>> = vec![Vec::new(); latents.len()];
    for (i, invoice) in invoices.iter().enumerate() {
        per_party[invoice.party].push(i);
    }
    let mut drafts: Vec<(Payment, Vec<(usize, i64)>)> = Vec::new();
    for (party, list) in per_party.iter().enumerate() {
        let mut rng = Rng::keyed(seed, STREAM_PAY, party as u64);
        let mut parts: Vec<Part> = Vec::new();
        for i in list {
            parts.extend(settle(&mut rng, latents[party].habit, *i, &invoices[*i]));
        }
        parts.retain(|p| p.on <= calendar.end && p.amount != 0);
        parts.sort_by_key(|p| (p.on, p.invoice));
        let mut at = 0;
        while let Some(first) = parts.get(at) {
            // What falls due within a few days is paid together; refunds go out on their own.
            let mut end = at + 1;
            while let Some(next) = parts.get(end) {
                if days_between(first.on, next.on) > 4 || (next.amount < 0) != (first.amount < 0) {
                    break;
                }
                end += 1;
            }
            let taken: Vec<(usize, i64)> = parts[at..end].iter().map(|p| (p.invoice, p.amount)).collect();
            let paid_on = parts[end - 1].on;
            let sum: i64 = taken.iter().map(|t| t.1).sum();
            let extra = if sum > 0 && rng.percent(2) {
                whole(sum as f64 * rng.span(0.02, 0.2) / 10_000.0) * 10_000
            } else {
                0
            };
            let method = ["transfer", "bill", "cash"][rng.weighted(&[82, 16, 2])];
            drafts.push((
                Payment {
                    number: String::new(),
                    party,
                    paid_on,
                    amount_minor: sum + extra,
                    method,
                },
                taken,
            ));
            at = end;
        }
    }
    drafts.sort_by_key(|(p, _)| (p.paid_on, p.party));
    let mut numbers = Numbers::default();
    let mut payments = Vec::with_capacity(drafts.len());
    let mut allocations = Vec::new();
    for (mut payment, taken) in drafts {
        payment.number = numbers.next("PA", payment.paid_on);
        let index = payments.len();
        allocations.extend(taken.into_iter().map(|(invoice, amount_minor)| Allocation {
            payment: index,
            invoice,
            amount_minor,
        }));
        payments.push(payment);
    }
    (payments, allocations)
}

/// When and in which parts an invoice is paid.
fn settle(rng: &mut Rng, habit: PayHabit, invoice: usize, of: &Invoice) -> Vec<Part> {
    let total = of.total_minor;
    if total < 0 {
        return vec![Part {
            on: plus(of.issued_on, rng.between(3, 15)),
            invoice,
            amount: total,
        }];
    }
    let day = |n: i64| plus(of.due_on, n).max(of.issued_on);
    let delay = match habit {
        PayHabit::Prompt => rng.between(-6, 4),
        PayHabit::Slow => rng.between(0, 40),
        PayHabit::Late => rng.between(20, 120),
        PayHabit::Defaulter => rng.between(60, 200),
    };
    let (split, never) = match habit {
        PayHabit::Prompt => (2, 0),
        PayHabit::Slow => (8, 1),
        PayHabit::Late => (25, 4),
        PayHabit::Defaulter => (30, 45),
    };
    let never = rng.percent(never);
    if rng.percent(split) {
        let first = (whole(total as f64 * rng.span(0.3, 0.7) / 10_000.0) * 10_000).min(total);
        let mut parts = vec![Part {
            on: day(delay),
            invoice,
            amount: first,
        }];
        if !never {
            parts.push(Part {
                on: day(delay + rng.between(20, 70)),
                invoice,
                amount: total - first,
            });
        }
        return parts;
    }
    if never {
        Vec::new()
    } else {
        vec![Part {
            on: day(delay),
            invoice,
            amount: total,
        }]
    }
}
