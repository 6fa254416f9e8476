//! Bank statements: read, matched with open invoices, accepted line by line as payments with allocations, undone whole.

mod accept;
mod camt;
pub(crate) mod import;
mod page;
mod propose;
mod read;

use zhike_store::Migration;
use zhike_web::Routes;

/// Who may see and book statements; they show all customers' money.
pub(crate) const VIEW: &str = "bank_statement.view";
pub(crate) const EDIT: &str = "bank_statement.edit";

/// Statements and their lines. `mark` tells a line from every other that stands; a line that was undone has none.
pub(crate) const TABLES: Migration = Migration {
    name: "billing_0004",
    up: &[
        "CREATE TABLE billing_bank_statement (id {pk}, created_at BIGINT NOT NULL, file TEXT NOT NULL, format TEXT NOT NULL, \
         account TEXT NOT NULL, repeated BIGINT NOT NULL, actor TEXT NOT NULL, undone_at BIGINT)",
        "CREATE TABLE billing_bank_line (id {pk}, statement_id BIGINT NOT NULL REFERENCES billing_bank_statement (id), \
         booked_on TEXT NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, reference TEXT NOT NULL, text TEXT NOT NULL, \
         payer TEXT NOT NULL, payer_account TEXT NOT NULL, mark TEXT, state TEXT NOT NULL, party_id BIGINT, invoice_id BIGINT, \
         why TEXT, payment_id BIGINT)",
        "CREATE UNIQUE INDEX billing_bank_line_mark ON billing_bank_line (mark)",
        "CREATE INDEX billing_bank_line_statement ON billing_bank_line (statement_id, state, id)",
        "CREATE INDEX billing_bank_line_payer ON billing_bank_line (payer_account, state, id)",
        "CREATE INDEX billing_bank_line_payment ON billing_bank_line (payment_id)",
    ],
};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/bank", VIEW, page::list)
        .post("/bank", EDIT, import::page)
        .get("/bank/{id}", VIEW, page::one)
        .post("/bank/{id}/sure", EDIT, accept::sure_page)
        .post("/bank/{id}/undo", EDIT, accept::undo_page)
        .post("/bank/{id}/lines/{line}/accept", EDIT, accept::page)
        .post("/bank/{id}/lines/{line}/leave", EDIT, accept::leave_page)
        .get("/api/v1/bank", VIEW, page::api_list)
        .post("/api/v1/bank", EDIT, import::api)
        .files(&["text/csv", "application/xml"])
        .get("/api/v1/bank/{id}", VIEW, page::api)
        .post("/api/v1/bank/{id}/sure", EDIT, accept::sure_api)
        .post("/api/v1/bank/{id}/undo", EDIT, accept::undo_api)
        .post("/api/v1/bank/{id}/lines/{line}/accept", EDIT, accept::api)
        .post("/api/v1/bank/{id}/lines/{line}/leave", EDIT, accept::leave_api)
}
