//! Documents that lower what an invoice asks for: credit notes and write-offs. Neither is ever changed; each may be
//! cancelled, which is kept with its day and reason.

mod flow;
mod hooks;
mod limit;
mod types;

pub(crate) use flow::list;
pub(crate) use types::types;

use zhike_store::Migration;
use zhike_web::{Place, Routes, Tab};

/// The tables, and what invoices keep of them.
pub(crate) const TABLES: Migration = Migration {
    name: "billing_0002",
    up: &[
        "ALTER TABLE billing_invoice ADD COLUMN credited BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE billing_invoice ADD COLUMN voided_on TEXT",
        "CREATE TABLE billing_credit_note (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), \
         issued_on TEXT NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, reason TEXT NOT NULL, status TEXT NOT NULL, \
         cancelled_on TEXT, cancel_reason TEXT, external_key TEXT, note TEXT)",
        "CREATE INDEX billing_credit_note_issued ON billing_credit_note (issued_on, id)",
        "CREATE INDEX billing_credit_note_updated ON billing_credit_note (updated_at, id)",
        "CREATE INDEX billing_credit_note_created ON billing_credit_note (created_at, id)",
        "CREATE INDEX billing_credit_note_number ON billing_credit_note (number, id)",
        "CREATE INDEX billing_credit_note_amount ON billing_credit_note (amount, id)",
        "CREATE INDEX billing_credit_note_invoice ON billing_credit_note (invoice_id, status)",
        "CREATE INDEX billing_credit_note_party ON billing_credit_note (party_id, issued_on)",
        "CREATE INDEX billing_credit_note_external ON billing_credit_note (external_key)",
        "CREATE TABLE billing_write_off (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), \
         issued_on TEXT NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, reason TEXT NOT NULL, status TEXT NOT NULL, \
         cancelled_on TEXT, cancel_reason TEXT, external_key TEXT, note TEXT)",
        "CREATE INDEX billing_write_off_issued ON billing_write_off (issued_on, id)",
        "CREATE INDEX billing_write_off_updated ON billing_write_off (updated_at, id)",
        "CREATE INDEX billing_write_off_created ON billing_write_off (created_at, id)",
        "CREATE INDEX billing_write_off_number ON billing_write_off (number, id)",
        "CREATE INDEX billing_write_off_amount ON billing_write_off (amount, id)",
        "CREATE INDEX billing_write_off_invoice ON billing_write_off (invoice_id, status)",
        "CREATE INDEX billing_write_off_party ON billing_write_off (party_id, issued_on)",
        "CREATE INDEX billing_write_off_external ON billing_write_off (external_key)",
    ],
};

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::new()
        .get("/write-off-limit", "system.view", limit::page)
        .post("/write-off-limit", "system.edit", limit::save)
        .get("/api/v1/write-off-limit", "write_off.view", limit::api)
        .put("/api/v1/write-off-limit", "system.edit", limit::api_save);
    for (ty, path) in [("credit_note", "/credit-notes"), ("write_off", "/write-offs")] {
        let edit = format!("{ty}.edit");
        routes = routes
            .post(&format!("{path}/{{id}}/cancel"), &edit, move |v, p, f| {
                flow::cancel_page(ty, v, p, f)
            })
            .post(&format!("/api/v1{path}/{{id}}/cancel"), &edit, move |v, p, j| {
                flow::cancel_api(ty, v, p, j)
            });
    }
    routes
}

pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("invoice", "credit", Place::Action, 20, "credit_note.create", |v, r| {
            Box::pin(async move { Ok(flow::offer(v, r, "credit_note")) })
        }),
        Tab::new("invoice", "write_off", Place::Action, 30, "write_off.create", |v, r| {
            Box::pin(async move { Ok(flow::offer(v, r, "write_off")) })
        }),
        Tab::new("credit_note", "cancel", Place::Rail, 10, "credit_note.view", |v, r| {
            Box::pin(async move { Ok(flow::card(v, r, "credit_note")) })
        }),
        Tab::new("write_off", "cancel", Place::Rail, 10, "write_off.view", |v, r| {
            Box::pin(async move { Ok(flow::card(v, r, "write_off")) })
        }),
    ]
}
