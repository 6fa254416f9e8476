//! Digital goods: the files of what was sold are handed out by a signed link once the invoice is paid.

mod card;
mod goods;
mod public;

use zhike_store::{EventKind, Migration};
use zhike_web::{PUBLIC, Place, Routes, Tab};

/// The kind of link.
const KIND: &str = "get";

/// Each time a file was fetched.
pub(crate) const TABLES: Migration = Migration {
    name: "billing_0007",
    up: &[
        "CREATE TABLE billing_download (id {pk}, link_id BIGINT NOT NULL REFERENCES billing_link (id), attachment_id BIGINT NOT NULL, \
         name TEXT NOT NULL, peer TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX billing_download_link ON billing_download (link_id, attachment_id, id)",
    ],
};

pub(crate) fn events() -> Vec<EventKind> {
    [
        ("invoice.downloads_opened.v1", "read on the timeline"),
        ("invoice.downloads_closed.v1", "read on the timeline"),
        (
            "invoice.file_fetched.v1",
            "read on the timeline; the first time of each file",
        ),
    ]
    .map(|(name, reason)| EventKind {
        name: name.into(),
        reason,
    })
    .to_vec()
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/invoices/{id}/downloads", "invoice.edit", card::make)
        .post("/invoices/{id}/downloads/revoke", "invoice.edit", card::revoke)
        .get("/api/v1/invoices/{id}/downloads", "invoice.view", card::api)
        .post("/api/v1/invoices/{id}/downloads", "invoice.edit", card::api_make)
        .post(
            "/api/v1/invoices/{id}/downloads/revoke",
            "invoice.edit",
            card::api_revoke,
        )
        .get("/get/{token}", PUBLIC, public::page)
        .get("/get/{token}/{file}", PUBLIC, public::file)
}

pub(crate) fn tabs() -> Vec<Tab> {
    vec![Tab::new(
        "invoice",
        "downloads",
        Place::Rail,
        24,
        "invoice.view",
        |v, r| Box::pin(card::card(v, r)),
    )]
}
