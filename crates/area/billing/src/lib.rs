//! Invoices, payments and which payment settles which invoice; credit notes and write-offs; what each customer owes.

mod account;
mod ageing;
mod allocate;
mod balance;
mod bank;
mod books;
mod credit;
mod dunning;
mod hooks;
mod instalments;
mod invoices;
mod online;
mod order_bill;
mod pages;
mod planned;
mod receivables;
mod recount;
mod release;
mod rules;
mod schema;
mod veto;

use std::sync::Arc;
use zhike_contract::{Billing, Books, Gate, Orders, Outbound, Parties, Plans};
use zhike_outward::Outward;
use zhike_web::{Area, NavItem, Place, Routes, Tab};

/// The books, for areas that bring payments in.
pub fn books() -> Arc<dyn Books> {
    Arc::new(books::Port)
}

/// Proposes the dunning notices that are due; how many.
pub async fn propose_dunning(ctx: &zhike_store::Ctx, outbound: &dyn Outbound) -> zhike_kernel::Result<i64> {
    dunning::propose_all(ctx, outbound).await
}

/// Brings a bank statement in, as its page does.
pub async fn bring_statement(ctx: &zhike_store::Ctx, file: &str, bytes: Vec<u8>) -> zhike_kernel::Result<()> {
    bank::import::import(ctx, file, bytes).await.map(|_| ())
}

/// Splits an invoice into equal instalments, a month between them.
pub async fn split_invoice(
    ctx: &zhike_store::Ctx,
    invoice: i64,
    version: i64,
    parts: i64,
    first: zhike_kernel::Date,
) -> zhike_kernel::Result<()> {
    let make =
        |invoice: &zhike_store::Record, _| Ok(instalments::split(invoice.int("total").unwrap_or(0), parts, first));
    instalments::save(ctx, invoice, version, make).await.map(|_| ())
}

/// What customers owe, for areas that sell to them.
pub fn port(parties: Arc<dyn Parties>, orders: Arc<dyn Orders>) -> Arc<dyn Billing> {
    order_bill::port(parties, orders)
}

/// What the area asks of others.
pub struct Ports {
    /// Parties.
    pub parties: Arc<dyn Parties>,
    /// Plans of contracts.
    pub plans: Arc<dyn Plans>,
    /// Orders.
    pub orders: Arc<dyn Orders>,
    /// The gate, for the customer's language.
    pub gate: Arc<dyn Gate>,
    /// The queue of messages, for dunning notices.
    pub outbound: Arc<dyn Outbound>,
}

/// The area's door.
pub fn area(ports: Ports, outward: &Outward) -> Area {
    let Ports {
        parties,
        plans,
        orders,
        gate,
        outbound,
    } = ports;
    let sending = dunning::Sending { outbound, gate };
    Area {
        name: "billing",
        types: schema::types(parties, &orders),
        extensions: vec![schema::extension()],
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(&sending)
            .and(planned::routes(&plans, &orders))
            .and(order_bill::routes(&orders))
            .and(online::routes(outward)),
        tabs: [tabs(), order_bill::own_tabs(&orders)].concat(),
        nav: vec![
            nav("invoice", "cash", "/receivables", "invoice.view", 10),
            nav("invoices", "receipt", "/invoices", "invoice.view", 20),
            nav("to_invoice", "calendar-event", "/to-invoice", "invoice.view", 25),
            nav("payment", "credit-card", "/payments", "payment.view", 30),
            nav("bank", "file-import", "/bank", bank::VIEW, 35),
            nav("credit_note", "file-invoice", "/credit-notes", "credit_note.view", 40),
            nav("write_off", "eraser", "/write-offs", "write_off.view", 50),
            dunning::nav(),
            online::nav(),
            order_bill::nav(),
        ],
        events: events(),
        jobs: vec![Arc::new(recount::Recount), Arc::new(dunning::DunningJob(sending))],
        listeners: ["party.merged.v1", "party.merged_away.v1", "party.merge_undone.v1"]
            .map(|kind| (kind, recount::RECOUNT, zhike_store::event::Wake::EachEvent))
            .to_vec(),
        vetoes: vec![("order", Arc::new(veto::OfOrder)), ("party", Arc::new(veto::OfParty))],
        texts: vec![
            ("en", include_str!("../i18n/en/billing.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/billing.ftl")),
            ("en", include_str!("../i18n/en/invoicing.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/invoicing.ftl")),
        ],
        ..Area::default()
    }
}

fn events() -> Vec<zhike_store::EventKind> {
    let own = [
        ("write_off_limit.changed.v1", "read in the audit"),
        (order_bill::CHANGED, "read in the audit"),
        ("bank_statement.imported.v1", "read in the audit"),
        ("bank_statement.undone.v1", "read in the audit"),
        (
            "bank_line.accepted.v1",
            "read on the timeline; the payment has an event of its own",
        ),
        ("bank_line.left.v1", "read in the audit"),
        (
            "invoice.instalments_set.v1",
            "read on the timeline; balances are made anew with it",
        ),
    ]
    .map(|(name, reason)| zhike_store::EventKind {
        name: name.into(),
        reason,
    });
    [own.to_vec(), online::events(), dunning::events(), release::events()].concat()
}

fn nav(key: &'static str, icon: &'static str, path: &'static str, permission: &'static str, order: i32) -> NavItem {
    NavItem {
        key,
        icon,
        path,
        section: "money",
        permission,
        order,
    }
}

fn routes(sending: &dunning::Sending) -> Routes {
    Routes::new()
        .get("/receivables", "invoice.view", receivables::page)
        .get("/api/v1/receivables/ageing", "invoice.view", receivables::api)
        .post("/payments/{id}/allocate", "payment.edit", allocate::page)
        .post(
            "/payments/{id}/unallocate/{allocation}",
            "payment.edit",
            allocate::take_off,
        )
        .post("/api/v1/payments/{id}/allocate", "payment.edit", allocate::api)
        .post("/invoices/{id}/void", "invoice.edit", invoices::void)
        .post("/api/v1/invoices/{id}/void", "invoice.edit", invoices::api_void)
        .post("/invoices/{id}/split", "invoice.edit", instalments::page)
        .get("/api/v1/invoices/{id}/instalments", "invoice.view", instalments::api)
        .put(
            "/api/v1/invoices/{id}/instalments",
            "invoice.edit",
            instalments::api_put,
        )
        .and(credit::routes())
        .and(bank::routes())
        .and(account::routes())
        .and(dunning::routes(sending))
        .and(release::routes())
}

fn tabs() -> Vec<Tab> {
    [
        own_tabs(),
        credit::tabs(),
        account::tabs(),
        online::tabs(),
        release::tabs(),
    ]
    .concat()
}

fn own_tabs() -> Vec<Tab> {
    vec![
        Tab::new(
            "payment",
            "allocation",
            Place::Tab,
            10,
            "payment.view",
            |visit, payment| Box::pin(pages::allocation(visit, payment)),
        ),
        Tab::new(
            "invoice",
            "payments",
            Place::Tab,
            10,
            "invoice.view",
            |visit, invoice| Box::pin(pages::payments(visit, invoice)),
        ),
        Tab::new(
            "invoice",
            "instalments",
            Place::Tab,
            20,
            "invoice.view",
            |visit, invoice| Box::pin(instalments::tab(visit, invoice)),
        ),
        Tab::new(
            "invoice",
            "void",
            Place::Action,
            10,
            "invoice.edit",
            |visit, invoice| Box::pin(async move { Ok(invoices::void_action(visit, invoice)) }),
        ),
        Tab::new("party", "money", Place::Tab, 40, "invoice.view", |visit, party| {
            Box::pin(pages::money(visit, party))
        }),
    ]
}

/// The version that a program says it has read: nothing is changed without one.
pub(crate) fn said(version: Option<i64>) -> zhike_kernel::Result<i64> {
    version.ok_or_else(|| zhike_kernel::Error::field("version", "error-required"))
}
