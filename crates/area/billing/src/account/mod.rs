//! The receivables ledger of a customer: every document with its debit or credit and the balance after it. It is read
//! from the documents themselves, so it cannot differ from them.

mod ledger;
mod page;
mod paper;

use zhike_web::{Place, Routes, Tab};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/receivables/{id}", "invoice.view", page::page)
        .get("/receivables/{id}/csv", "invoice.view", page::csv)
        .get("/receivables/{id}/pdf", "invoice.view", paper::pdf)
        .get("/api/v1/receivables/{id}/account", "invoice.view", page::api)
        .get("/api/v1/receivables/{id}/account/pdf", "invoice.view", paper::pdf)
}

pub(crate) fn tabs() -> Vec<Tab> {
    vec![Tab::new(
        "party",
        "account",
        Place::Action,
        60,
        "invoice.view",
        |visit, party| Box::pin(page::action(visit, party)),
    )]
}
