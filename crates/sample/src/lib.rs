//! A made-up manufacturer of measuring instruments with three years of business. One seed gives the same
//! bytes every time, and the truth behind the data is part of the result, so that analyses can be checked
//! and demonstrations repeated. [`scale_party`] and [`scale_order`] give data of any size for load tests.
//!
//! Nothing here reads or writes anything. Names are put together from neutral words and belong to nobody;
//! all mail addresses and websites end in `.example`.

mod billing;
mod calendar;
mod catalogue;
mod contacts;
mod deals;
mod latent;
mod model;
mod money;
mod names;
pub mod offers;
mod parties;
mod profit;
mod relations;
mod rng;
mod scale;
mod trade;
mod truth;
mod words;

use jiff::civil::{Date, date};

pub use catalogue::products;
pub use model::*;
pub use money::*;
pub use profit::whale;
pub use scale::{Scale, ScaleKind, ScaleLine, ScaleOrder, ScaleParty, scale_order, scale_party};
pub use trade::{TAX_PPM, extend, tax_on};
pub use truth::{
    CustomerTruth, Duplicate, Grade, PayHabit, Profit, PurchaseModel, RATES, Rates, ServiceYear, Truth, Variation,
    Whale,
};

use calendar::Calendar;

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Same seed, same data.
    pub seed: u64,
    /// Last day of the three years of history.
    pub as_of: Date,
    /// Number of customers.
    pub customers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 20_260_101,
            as_of: date(2026, 6, 30),
            customers: 1_284,
        }
    }
}

/// Generates the company.
#[must_use]
pub fn company(o: &Options) -> Company {
    let calendar = Calendar::new(o.as_of);
    let (users, teams) = (catalogue::users(), catalogue::teams());
    let (categories, products) = (catalogue::categories(), catalogue::products());
    let latents = latent::latents(o, &calendar);
    let parties::Parties {
        list: parties,
        relations,
        duplicates,
        ..
    } = parties::parties(o.seed, &calendar, &latents, &users, &teams);
    let trade::Trade { orders, gone_on } = trade::trade(o.seed, &calendar, &latents, &parties, &products);
    let service = trade::service(o.seed, &calendar, &latents, &gone_on, &parties, &users);
    let invoices = billing::invoices(o.seed, &calendar, &parties, &orders);
    let (payments, allocations) = billing::payments(o.seed, &calendar, &latents, &invoices);
    let facts = profit::Facts {
        calendar: &calendar,
        latents: &latents,
        gone_on: &gone_on,
        orders: &orders,
        service: &service,
        invoices: &invoices,
        payments: &payments,
        allocations: &allocations,
    };
    let (truth, manual_ratings) = truth::truth(o.seed, &facts, &parties, duplicates);
    let deals = deals::deals(o.seed, &calendar, &latents, &parties, &relations, &categories);
    Company {
        start: calendar.start,
        as_of: calendar.end,
        users,
        teams,
        categories,
        products,
        parties,
        relations,
        orders,
        service,
        invoices,
        payments,
        allocations,
        pipelines: catalogue::pipelines(),
        deals,
        manual_ratings,
        truth,
    }
}
