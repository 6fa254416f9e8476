//! Paying by a link: the customer's page, a provider who takes the money, and what its word becomes in the books.

mod card;
mod intent;
mod keep;
pub(crate) mod link;
mod portal;
mod post;
mod provider;
mod public;
mod settings;
mod stripe;
mod webhook;

pub(crate) use card::end;
pub(crate) use post::tell;
pub(crate) use public::letterhead;

use zhike_outward::Outward;
use zhike_store::{EventKind, Migration};
use zhike_web::{NavItem, PUBLIC, Place, Routes, Tab};

/// Links, sessions at the provider, the provider's words, refunds.
pub(crate) const TABLES: Migration = Migration {
    name: "billing_0005",
    up: &[
        "CREATE TABLE billing_link (id {pk}, kind TEXT NOT NULL, invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), \
         nonce TEXT NOT NULL, made_by BIGINT, made_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, revoked_at BIGINT, opened_at BIGINT, \
         opens BIGINT NOT NULL)",
        "CREATE INDEX billing_link_invoice ON billing_link (invoice_id, kind, id)",
        "CREATE TABLE billing_link_visit (id {pk}, peer TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX billing_link_visit_peer ON billing_link_visit (peer, kind, at)",
        "CREATE INDEX billing_link_visit_at ON billing_link_visit (at)",
        // `intent` is our own key of the session: the provider repeats it in every word about it.
        "CREATE TABLE billing_pay_session (id {pk}, link_id BIGINT NOT NULL REFERENCES billing_link (id), \
         invoice_id BIGINT NOT NULL REFERENCES billing_invoice (id), provider TEXT NOT NULL, intent TEXT NOT NULL, session TEXT, \
         amount BIGINT NOT NULL, currency TEXT NOT NULL, url TEXT, state TEXT NOT NULL, error TEXT, charge TEXT, payment_id BIGINT, \
         created_at BIGINT NOT NULL, ends_at BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX billing_pay_session_intent ON billing_pay_session (intent)",
        "CREATE INDEX billing_pay_session_session ON billing_pay_session (provider, session)",
        "CREATE INDEX billing_pay_session_invoice ON billing_pay_session (invoice_id, id)",
        "CREATE INDEX billing_pay_session_link ON billing_pay_session (link_id, state)",
        "CREATE TABLE billing_pay_notice (id {pk}, provider TEXT NOT NULL, notice TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT NOT NULL, \
         invoice_id BIGINT, at BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX billing_pay_notice_notice ON billing_pay_notice (provider, notice)",
        // What of a charge went back, as the provider says it, and what of that is in the books.
        "CREATE TABLE billing_pay_refund (charge TEXT PRIMARY KEY, refunded BIGINT NOT NULL, booked BIGINT NOT NULL)",
        "CREATE INDEX billing_pay_session_charge ON billing_pay_session (charge)",
    ],
};

pub(crate) fn nav() -> NavItem {
    NavItem {
        key: "online_payment",
        icon: "link",
        path: "/online-payments",
        section: "house",
        permission: "system.view",
        order: 42,
    }
}

pub(crate) fn events() -> Vec<EventKind> {
    [
        ("online_payment.changed.v1", "read in the audit"),
        ("invoice.link_made.v1", "read on the timeline"),
        ("invoice.link_revoked.v1", "read on the timeline"),
        ("invoice.link_opened.v1", "read on the timeline"),
        (
            "invoice.paid_online.v1",
            "read on the timeline; the payment has an event of its own",
        ),
        (
            "invoice.refunded_online.v1",
            "read on the timeline; the refund has an event of its own",
        ),
    ]
    .map(|(name, reason)| EventKind {
        name: name.into(),
        reason,
    })
    .to_vec()
}

pub(crate) fn routes(outward: &Outward) -> Routes {
    let (a, b, c) = (outward.clone(), outward.clone(), outward.clone());
    Routes::new()
        .get("/online-payments", "system.view", settings::page)
        .post("/online-payments", "system.edit", move |v, f| {
            settings::save(a.clone(), v, f)
        })
        .get("/api/v1/online-payments", "system.view", settings::api)
        .put("/api/v1/online-payments", "system.edit", move |v, j| {
            settings::api_save(b.clone(), v, j)
        })
        .post("/invoices/{id}/pay-link", "invoice.edit", card::make)
        .post("/invoices/{id}/pay-link/revoke", "invoice.edit", card::revoke)
        .get("/api/v1/invoices/{id}/pay-links", "invoice.view", card::api)
        .post("/api/v1/invoices/{id}/pay-links", "invoice.edit", card::api_make)
        .post(
            "/api/v1/invoices/{id}/pay-links/revoke",
            "invoice.edit",
            card::api_revoke,
        )
        .get("/pay/{token}", PUBLIC, public::page)
        .post("/pay/{token}/checkout", PUBLIC, move |v, h, p, q| {
            intent::checkout(c.clone(), v, h, p, q)
        })
        .post("/api/v1/pay/{provider}/webhook", PUBLIC, webhook::take)
        .files(&["application/json"])
        .and(portal::routes())
}

pub(crate) fn tabs() -> Vec<Tab> {
    let link = Tab::new("invoice", "pay_link", Place::Rail, 20, "invoice.view", |v, r| {
        Box::pin(card::card(v, r))
    });
    [vec![link], portal::tabs()].concat()
}
