//! The customer's page: what is to be paid, and the ways of paying it.

use super::{
    keep,
    link::{self, Link},
    post,
};
use axum::{
    extract::Path,
    http::{HeaderName, HeaderValue, StatusCode},
};
use maud::{Markup, html};
use zhike_kernel::{Currency, Error, Result, Stamp};
use zhike_paper::Letterhead;
use zhike_store::{Ctx, Query as _, Record, binds, read, setting};
use zhike_web::{
    Query, Visit,
    answer::{Answer, html_with},
    ui,
};

/// How an invoice stands for whoever holds a link to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Paid,
    Void,
    /// The link was taken back.
    Revoked,
    /// The link is too old.
    Expired,
    /// Nothing to be paid: a credit.
    Nothing,
}

/// How it stands.
pub(crate) fn state(l: &Link, invoice: &Record, now: Stamp) -> State {
    match invoice.text("status") {
        "void" => State::Void,
        "paid" => State::Paid,
        _ if l.revoked => State::Revoked,
        _ if !l.good(now) => State::Expired,
        _ if invoice.int("open").unwrap_or(0) <= 0 => State::Nothing,
        _ => State::Open,
    }
}

/// The link and its invoice, read as the house.
pub(crate) async fn open(visit: &Visit, token: &str) -> Result<(Link, Record)> {
    let found = link::need(&visit.ctx, &visit.app.secret, "pay", token, &visit.peer).await?;
    let house = Ctx::system(&visit.house, visit.door);
    let invoice = read::find(&house, house.db(), house.registry().get("invoice")?, found.invoice).await?;
    let invoice = invoice.filter(|i| i.archived_at.is_none()).ok_or_else(Error::missing)?;
    Ok((found, invoice))
}

/// `GET /pay/{token}`.
pub(crate) async fn page(visit: Visit, Path(token): Path<String>, Query(q): Query) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "look").await?;
    let (l, invoice) = open(&visit, &token).await?;
    let visit = visit.speaking(&q, None);
    seen(&visit, &l, &invoice).await?;
    let waits = q.get("back").is_some() && state(&l, &invoice, visit.now()) == State::Open;
    let note = match (waits, q.get("cancelled").is_some()) {
        (true, _) => Some("pay-waits"),
        (_, true) => Some("pay-cancelled"),
        _ => None,
    };
    let mut answer = html_with(StatusCode::OK, view(&visit, &token, &l, &invoice, note).await?)?;
    if waits {
        // The provider's word may be a moment behind the customer.
        answer
            .headers_mut()
            .insert(HeaderName::from_static("refresh"), HeaderValue::from_static("6"));
    }
    Ok(answer)
}

/// The first look is told, all are counted. Our own people looking are not the customer.
async fn seen(visit: &Visit, l: &Link, invoice: &Record) -> Result<()> {
    if visit.signed_in() || !l.good(visit.now()) {
        return Ok(());
    }
    let house = Ctx::system(&visit.house, visit.door);
    let tx = house.begin().await?;
    if link::seen(&tx, l).await? {
        post::tell(&house, &tx, invoice, "invoice.link_opened.v1", &visit.peer).await?;
    }
    tx.commit().await
}

/// Who asks for the money.
pub(crate) async fn letterhead(visit: &Visit) -> Result<Letterhead> {
    let kept = setting::get(visit.db(), "letterhead").await?;
    Ok(Letterhead::kept(kept, &visit.app.company))
}

/// The page's body.
pub(crate) async fn view(visit: &Visit, token: &str, l: &Link, invoice: &Record, note: Option<&str>) -> Result<Markup> {
    let loc = &visit.loc;
    let head = letterhead(visit).await?;
    let setup = keep::get(visit.db()).await?;
    let now = state(l, invoice, visit.now());
    let c = Currency::parse(invoice.text("currency")).unwrap_or(visit.house.currency);
    let day = |name: &str| invoice.date(name).map(|d| loc.date_iso(d)).unwrap_or_default();
    let figure = |name: &str| invoice.int(name).unwrap_or(0);
    let done = figure("paid") + figure("credited");
    let sql = "SELECT count(*) FROM billing_pay_session WHERE link_id = $1 AND state = 'paid'";
    let thanks = now == State::Paid && visit.db().number(sql, binds![l.id]).await? > 0;
    let said = match now {
        State::Open => None,
        State::Paid if thanks => Some((ui::Tone::Good, "pay-state-thanks")),
        State::Paid => Some((ui::Tone::Good, "pay-state-paid")),
        State::Void => Some((ui::Tone::Warn, "pay-state-void")),
        State::Revoked => Some((ui::Tone::Warn, "pay-state-revoked")),
        State::Expired => Some((ui::Tone::Warn, "pay-state-expired")),
        State::Nothing => Some((ui::Tone::Good, "pay-state-nothing")),
    };
    let hidden = matches!(now, State::Revoked | State::Expired);
    let main = html! {
        div.stack.l.public {
            div {
                b { (if loc.is_zh() || head.name_latin.is_empty() { &head.name } else { &head.name_latin }) }
                @for line in head.contact.lines() { p.sm.mut { (line) } }
            }
            h1 { (loc.t("invoice-one")) " " span.mut.num { (invoice.text("number")) } }
            @if let Some((tone, key)) = said { (ui::callout(tone, loc.t(key))) }
            @if let Some(key) = note.filter(|_| now == State::Open) {
                (ui::callout(if key == "pay-trouble" { ui::Tone::Bad } else { ui::Tone::Info }, loc.t(key)))
            }
            @if !hidden {
                (ui::kv(&[
                    (loc.t("invoice-issued_on"), html! { span.num { (day("issued_on")) } }),
                    (loc.t("invoice-due_on"), html! { span.num { (day("due_on")) } }),
                    (loc.t("invoice-total"), ui::money_full(loc, figure("total"), c)),
                    (loc.t("pay-done"), ui::money_full(loc, done, c)),
                    (loc.t("pay-open"), html! { b { (ui::money_full(loc, figure("open"), c)) } }),
                ]))
            }
            @if now == State::Open { (ways(visit, token, invoice, &setup, c).await?) }
        }
    };
    let title = format!("{} {}", loc.t("invoice-one"), invoice.text("number"));
    Ok(ui::bare(loc, &title, &visit.uri, main))
}

async fn ways(visit: &Visit, token: &str, invoice: &Record, setup: &keep::Setup, c: Currency) -> Result<Markup> {
    let loc = &visit.loc;
    let online = keep::provider(visit.db(), true).await?.is_some();
    let amount = loc.money_full(invoice.int("open").unwrap_or(0), c);
    let fact = |key: &str, value: &str| (!value.is_empty()).then(|| (loc.t(key), html! { span.num { (value) } }));
    let facts: Vec<(String, Markup)> = [
        fact("online-payment-holder", &setup.holder),
        fact("online-payment-bank", &setup.bank),
        fact("online-payment-account", &setup.account),
        fact("online-payment-bic", &setup.bic),
        fact("pay-reference", invoice.text("number")),
        fact("pay-open", &amount),
    ]
    .into_iter()
    .flatten()
    .collect();
    Ok(html! {
        @if online {
            section.card { div.card-b style="padding-top:14px" {
                form.stack method="post" action={ "/pay/" (token) "/checkout?lang=" (loc.lang.code()) } {
                    h2 { (loc.t("pay-online")) }
                    p.sm.mut { (loc.t("pay-online-text")) }
                    div.btn-row { (ui::btn(loc.tv("pay-button", &[("amount", amount.as_str().into())])).icon("credit-card").primary().large().submit()) }
                }
            } }
        }
        @if setup.has_bank() {
            section.card { div.card-b style="padding-top:14px" { div.stack {
                h2 { (loc.t("pay-transfer")) }
                p.sm.mut { (loc.t("pay-transfer-text")) }
                (ui::kv(&facts))
                @if !setup.note.is_empty() { p.pre.sm { (setup.note) } }
            } } }
        }
        @if !online && !setup.has_bank() { (ui::callout(ui::Tone::Warn, loc.t("pay-nothing-set"))) }
    })
}
