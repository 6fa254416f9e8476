//! From state to state: asked for approval, given to the customer, made anew, made an order.

use super::{
    link,
    read::{lines, need},
    rules,
};
use axum::extract::Path;
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::{Approvals, Orders, Pricing};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Event, Record, Tx, binds, read, write};
use zhike_web::{
    Form, Visit,
    answer::{Answer, go},
    ui,
};

/// What other areas do for quotes.
#[derive(Clone)]
pub(crate) struct Ports {
    pub approvals: Arc<dyn Approvals>,
    pub orders: Arc<dyn Orders>,
    pub pricing: Arc<dyn Pricing>,
}

/// Fields that a new version takes over.
const HEAD: [&str; 9] = [
    "party_id",
    "contact_id",
    "deal_id",
    "owner_id",
    "currency",
    "language",
    "valid_until_on",
    "terms",
    "note",
];
/// Fields of a line that go along.
const LINE: [&str; 9] = [
    "position",
    "product_id",
    "description",
    "quantity",
    "unit",
    "options",
    "unit_price",
    "discount",
    "tax_rate",
];

/// Brings a quote into another state, from the version that was looked at.
async fn to(ctx: &Ctx, tx: &Tx, quote: &Record, version: i64, status: &str) -> Result<()> {
    ctx.require("quote.edit")?;
    let to = Values::from([("status".to_owned(), Value::from(status))]);
    write::update(ctx, tx, ctx.registry().get("quote")?, quote.id, version, to)
        .await
        .map(|_| ())
}

/// Writes an event on a quote.
pub(crate) async fn tell(ctx: &Ctx, tx: &Tx, quote: &Record, what: &str, note: Option<String>) -> Result<()> {
    let event = Event {
        kind: format!("quote.{what}.v1"),
        record_type: "quote",
        record: quote.id,
        party: quote.int("party_id"),
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

fn refuse(quote: &Record, states: &[&str]) -> Result<()> {
    if quote.archived_at.is_some() || !states.contains(&quote.text("status")) {
        return Err(Error::refused("error-quote-state"));
    }
    Ok(())
}

/// Asks for approval; where no flow wants to see it, it is approved at once.
pub(crate) async fn submit(
    visit: &Visit,
    ports: &Ports,
    quote: &Record,
    version: i64,
    note: Option<&str>,
) -> Result<()> {
    refuse(quote, &["draft"])?;
    let ctx = &visit.ctx;
    if lines(ctx, visit.db(), quote.id).await?.is_empty() {
        return Err(Error::refused("error-quote-empty"));
    }
    let tx = ctx.begin().await?;
    to(ctx, &tx, quote, version, "approval").await?;
    if ports.approvals.ask(ctx, &tx, "quote", quote.id, note).await?.is_none() {
        super::approve::settle(ctx, &tx, "quote", quote.id, "approved").await?;
    }
    tx.commit().await
}

/// Takes it back from the approvers.
pub(crate) async fn withdraw(visit: &Visit, ports: &Ports, quote: &Record, version: i64) -> Result<()> {
    refuse(quote, &["approval"])?;
    let tx = visit.ctx.begin().await?;
    to(&visit.ctx, &tx, quote, version, "draft").await?;
    ports.approvals.withdraw(&visit.ctx, &tx, "quote", quote.id).await?;
    tx.commit().await
}

/// Makes the link for the customer. Nothing is sent: whoever made it passes it on.
pub(crate) async fn send(visit: &Visit, quote: &Record, version: i64) -> Result<i64> {
    refuse(quote, &["approved", "sent"])?;
    if quote.date("valid_until_on").is_some_and(|d| d < visit.today()) {
        return Err(Error::refused("error-quote-over"));
    }
    let ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    if quote.text("status") == "approved" {
        to(ctx, &tx, quote, version, "sent").await?;
    } else {
        ctx.require("quote.edit")?;
    }
    let id = link::make(&tx, quote.id).await?;
    tell(ctx, &tx, quote, "sent", None).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes the links back; the quote may be changed after a new version was made.
pub(crate) async fn recall(visit: &Visit, quote: &Record, version: i64) -> Result<()> {
    refuse(quote, &["sent"])?;
    let tx = visit.ctx.begin().await?;
    to(&visit.ctx, &tx, quote, version, "approved").await?;
    link::revoke(&tx, quote.id).await?;
    tell(&visit.ctx, &tx, quote, "recalled", None).await?;
    tx.commit().await
}

/// A new version: a draft with the same lines; the old one stays as it is.
pub(crate) async fn revise(visit: &Visit, quote: &Record, version: i64) -> Result<i64> {
    if !rules::revisable(quote.text("status")) || quote.archived_at.is_some() {
        return Err(Error::refused("error-quote-state"));
    }
    let ctx = &visit.ctx;
    let ty = ctx.registry().get("quote")?.clone();
    let old = lines(ctx, visit.db(), quote.id).await?;
    let tx = ctx.begin().await?;
    to(ctx, &tx, quote, version, "superseded").await?;
    link::revoke(&tx, quote.id).await?;
    let revision = quote.int("revision").unwrap_or(1);
    let mut head: Values = HEAD.iter().map(|f| ((*f).to_owned(), quote.get(f).clone())).collect();
    // Its days are past: the usual ones are set anew.
    if quote.date("valid_until_on").is_some_and(|d| d < visit.today()) {
        head.remove("valid_until_on");
    }
    head.insert(
        "number".into(),
        rules::next_number(quote.text("number"), revision).into(),
    );
    head.insert("revision".into(), (revision + 1).into());
    head.insert("previous_id".into(), quote.id.into());
    let new = write::create(ctx, &tx, &ty, head).await?;
    let rows: Vec<Values> = old
        .iter()
        .map(|l| {
            let mut row: Values = LINE.iter().map(|f| ((*f).to_owned(), l.get(f).clone())).collect();
            row.insert("quote_id".into(), new.into());
            row
        })
        .collect();
    write::insert_many(ctx, &tx, ctx.registry().get("quote_line")?, rows, None).await?;
    tell(
        ctx,
        &tx,
        quote,
        "revised",
        Some(rules::next_number(quote.text("number"), revision)),
    )
    .await?;
    tx.commit().await?;
    Ok(new)
}

/// The order of an accepted quote; asked again, the same one.
pub(crate) async fn order(visit: &Visit, ports: &Ports, quote: &Record) -> Result<i64> {
    let ctx = &visit.ctx;
    ctx.require("quote.edit")?;
    ctx.require("order.create")?;
    let tx = ctx.begin().await?;
    // Two clicks at once wait for each other here.
    super::totals::lock(&tx, quote.id).await?;
    let ty = ctx.registry().get("quote")?.clone();
    let quote = read::need(ctx, &tx, &ty, quote.id).await?;
    if let Some(there) = quote.int("order_id") {
        return Ok(there);
    }
    refuse(&quote, &["accepted"])?;
    let head = Values::from([
        ("party_id".to_owned(), quote.get("party_id").clone()),
        ("owner_id".to_owned(), quote.get("owner_id").clone()),
        ("currency".to_owned(), quote.get("currency").clone()),
        ("ordered_on".to_owned(), ctx.today().into()),
    ]);
    let rows = lines(ctx, &tx, quote.id)
        .await?
        .iter()
        .map(|l| {
            let mut row: Values = LINE.iter().map(|f| ((*f).to_owned(), l.get(f).clone())).collect();
            // What was agreed on without tax stays without: the order must not take the product's.
            if l.int("tax_rate").is_none() {
                row.insert("tax_rate".to_owned(), 0.into());
            }
            row
        })
        .collect();
    let new = ports.orders.make(ctx, &tx, head, rows).await?;
    tx.exec(
        "INSERT INTO sales_order_origin (order_id, quote_id) VALUES ($1,$2)",
        binds![new, quote.id],
    )
    .await?;
    let linked = Values::from([("order_id".to_owned(), new.into())]);
    write::update(ctx, &tx, &ty, quote.id, quote.version, linked).await?;
    tell(ctx, &tx, &quote, "ordered", None).await?;
    tx.commit().await?;
    Ok(new)
}

/// The buttons in the bar.
pub(crate) async fn actions(visit: &Visit, quote: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let id = quote.id;
    let status = quote.text("status");
    let pdf = zhike_paper::available().then(|| {
        let button = ui::btn(loc.t("quote-pdf")).icon("download");
        button.href(format!("/quotes/{id}/pdf")).wide_only()
    });
    if quote.archived_at.is_some() || !visit.may("quote.edit") {
        return Ok(html! { @if let Some(pdf) = pdf { (pdf) } });
    }
    let step = |what: &str, icon: &str, main: bool| {
        let button = ui::btn(loc.t(&format!("quote-do-{what}"))).icon(icon).submit();
        let button = if main { button.primary() } else { button.wide_only() };
        html! {
            form.row method="post" action={ "/quotes/" (id) "/do/" (what) } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::hidden("version", &quote.version.to_string()))
                (button)
            }
        }
    };
    let has_order = quote.int("order_id").is_some();
    Ok(html! {
        @if let Some(pdf) = pdf { (pdf) }
        @match status {
            "draft" => (step("submit", "send", true)),
            "approval" => (step("withdraw", "arrow-back-up", false)),
            "approved" => (step("send", "link", true)),
            "accepted" if !has_order && visit.may("order.create") => (step("order", "shopping-cart", true)),
            _ => {},
        }
        @if rules::revisable(status) { (step("revise", "copy", false)) }
        @if status == "sent" { (step("recall", "link", false)) }
    })
}

/// `POST /quotes/{id}/do/{what}`.
pub(crate) async fn post(
    visit: Visit,
    Path((id, what)): Path<(String, String)>,
    ports: Ports,
    Form(f): Form,
) -> Answer {
    let quote = need(&visit, &id).await?;
    let here = format!("/quotes/{}", quote.id);
    let seen = f.need_int("version")?;
    let next = match what.as_str() {
        "submit" => submit(&visit, &ports, &quote, seen, f.filled("note"))
            .await
            .map(|()| here)?,
        "withdraw" => withdraw(&visit, &ports, &quote, seen).await.map(|()| here)?,
        "send" => send(&visit, &quote, seen).await.map(|_| here)?,
        "recall" => recall(&visit, &quote, seen).await.map(|()| here)?,
        "revise" => format!("/quotes/{}", revise(&visit, &quote, seen).await?),
        "order" => format!("/orders/{}", order(&visit, &ports, &quote).await?),
        _ => return Err(Error::missing().into()),
    };
    go(&visit, &next)
}
