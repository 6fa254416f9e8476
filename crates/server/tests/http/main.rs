//! The house through its doors: pages and API over HTTP, on the database that `ZHIKE_TEST_DB` names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod alarm;
mod analysis;
mod api;
mod bank;
mod billing;
mod call_list;
mod care;
mod carrier;
mod catalog;
mod channel;
mod command;
mod connect;
mod crash;
mod direct;
mod disk;
mod dunning;
mod engine;
mod erp;
mod exchange;
mod exchange_guess;
mod experience;
mod fax;
mod files;
mod filter;
mod folder;
mod forecast;
mod gate;
mod guard;
mod hidden;
mod hotline;
mod identity;
mod insight;
mod instalment;
mod jobs;
mod lead;
mod letter;
mod letting_go;
mod lifetime;
mod lost;
mod mailing;
mod manager;
mod measure;
mod messenger;
mod money;
mod naming;
mod offer;
mod order;
mod order_approval;
mod order_doors;
mod ordering;
mod party;
mod pay;
mod peer;
mod pool;
mod portal;
mod posting;
mod pricing;
mod process_worth;
mod programme;
mod quote;
mod release;
mod rival;
mod sales;
mod segment;
mod service;
mod service_beyond;
mod service_gain;
mod shipment;
mod shop;
mod shop_box;
mod smpp;
mod standing;
mod stock;
mod tally;
mod task;
mod trade_random;
mod value;
mod voice;
mod words;
