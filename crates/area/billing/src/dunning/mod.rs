//! Dunning: a plan of levels, whom it spares, and notices proposed per customer. A notice that a person keeps is handed to the
//! queue of messages as a matter of contract: it goes at the first moment that the customer allows.

mod api;
mod job;
mod page;
mod paper;
mod propose;
mod review;
mod rules;
mod types;

pub(crate) use job::DunningJob;
pub(crate) use propose::run as propose_all;
pub(crate) use types::types;

use std::sync::Arc;
use zhike_contract::{Gate, Outbound};
use zhike_store::{EventKind, Migration};
use zhike_web::{NavItem, Routes};

/// Levels, blocks, notices and what each notice asks for.
pub(crate) const TABLES: Migration = Migration {
    name: "billing_0006",
    up: &[
        "CREATE TABLE billing_dunning_level (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, days BIGINT NOT NULL, letter TEXT NOT NULL, letter_latin TEXT NOT NULL, \
         fee BIGINT, currency TEXT)",
        "CREATE INDEX billing_dunning_level_days ON billing_dunning_level (days, id)",
        "CREATE INDEX billing_dunning_level_name ON billing_dunning_level (name, id)",
        "CREATE INDEX billing_dunning_level_updated ON billing_dunning_level (updated_at, id)",
        "CREATE INDEX billing_dunning_level_created ON billing_dunning_level (created_at, id)",
        "CREATE TABLE billing_dunning_block (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, invoice_id BIGINT, reason TEXT NOT NULL, until_on TEXT, note TEXT)",
        "CREATE INDEX billing_dunning_block_party ON billing_dunning_block (party_id, until_on)",
        "CREATE INDEX billing_dunning_block_number ON billing_dunning_block (number, id)",
        "CREATE INDEX billing_dunning_block_until ON billing_dunning_block (until_on, id)",
        "CREATE INDEX billing_dunning_block_updated ON billing_dunning_block (updated_at, id)",
        "CREATE INDEX billing_dunning_block_created ON billing_dunning_block (created_at, id)",
        "CREATE TABLE billing_dunning_notice (id {pk}, version BIGINT NOT NULL, number TEXT NOT NULL, party_id BIGINT NOT NULL, \
         currency TEXT NOT NULL, level_id BIGINT NOT NULL REFERENCES billing_dunning_level (id), fee BIGINT NOT NULL, made_on TEXT NOT NULL, \
         state TEXT NOT NULL, reason TEXT, decided_by BIGINT, decided_at BIGINT, created_at BIGINT NOT NULL)",
        "CREATE INDEX billing_dunning_notice_state ON billing_dunning_notice (state, id)",
        "CREATE INDEX billing_dunning_notice_party ON billing_dunning_notice (party_id, id)",
        "CREATE TABLE billing_dunning_line (id {pk}, notice_id BIGINT NOT NULL REFERENCES billing_dunning_notice (id), \
         invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), level_id BIGINT NOT NULL REFERENCES billing_dunning_level (id), \
         due_on TEXT NOT NULL, amount BIGINT NOT NULL, days_late BIGINT NOT NULL)",
        // The same level is never reached twice by the same invoice, whatever became of the notice.
        "CREATE UNIQUE INDEX billing_dunning_line_once ON billing_dunning_line (invoice_id, level_id)",
        "CREATE INDEX billing_dunning_line_notice ON billing_dunning_line (notice_id, id)",
    ],
};

/// The message that a notice became.
pub(crate) const MESSAGE: Migration = Migration {
    name: "billing_0009",
    up: &["ALTER TABLE billing_dunning_notice ADD COLUMN message_id BIGINT"],
};

/// How notices leave: who sends, and who knows the customer's language.
#[derive(Clone)]
pub(crate) struct Sending {
    /// The queue of messages.
    pub outbound: Arc<dyn Outbound>,
    /// The gate.
    pub gate: Arc<dyn Gate>,
}

/// Who sees notices, who decides on them.
pub(crate) const VIEW: &str = "dunning.view";
pub(crate) const EDIT: &str = "dunning.edit";

pub(crate) fn nav() -> NavItem {
    NavItem {
        key: "dunning",
        icon: "alert-triangle",
        path: "/dunning",
        section: "money",
        permission: VIEW,
        order: 36,
    }
}

pub(crate) fn events() -> Vec<EventKind> {
    [
        ("dunning.proposed.v1", "read on the timeline"),
        ("dunning.kept.v1", "read on the timeline"),
        ("dunning.dropped.v1", "read on the timeline"),
    ]
    .map(|(name, reason)| EventKind {
        name: name.into(),
        reason,
    })
    .to_vec()
}

pub(crate) fn routes(sending: &Sending) -> Routes {
    let [a, b, c, d, e] = std::array::from_fn(|_| sending.clone());
    Routes::new()
        .get("/dunning", VIEW, page::list)
        .post("/dunning/run", EDIT, move |v| page::run(a.clone(), v))
        .post("/dunning/usual", "dunning_level.create", page::usual)
        .get("/dunning/{id}", VIEW, page::one)
        .get("/dunning/{id}/letter", VIEW, paper::letter)
        .get("/dunning/{id}/pdf", VIEW, paper::pdf)
        .post("/dunning/{id}/{what}", EDIT, move |v, p, f| {
            page::decide(b.clone(), v, p, f)
        })
        .get("/api/v1/dunning/notices", VIEW, api::list)
        .get("/api/v1/dunning/notices/{id}", VIEW, api::one)
        .post("/api/v1/dunning/notices/{id}/keep", EDIT, move |v, p, j| {
            api::keep(c.clone(), v, p, j)
        })
        .post("/api/v1/dunning/notices/{id}/drop", EDIT, move |v, p, j| {
            api::put_aside(d.clone(), v, p, j)
        })
        .post("/api/v1/dunning/run", EDIT, move |v| api::run(e.clone(), v))
}
