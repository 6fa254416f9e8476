//! The next products beside a customer, an order being written, a deal: with reasons, and a way to say that the customer does
//! not want one.

use super::read::{self, Offer, Ready};
use super::shown::{self, SHOWN};
use axum::extract::Path;
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::Leanings;
use zhike_kernel::{Error, Result};
use zhike_store::Record;
use zhike_web::ui::{self, Hue};
use zhike_web::{Answer, Form, Visit, answer};

/// The card beside a customer.
pub async fn beside_party(visit: &Visit, said: &Arc<dyn Leanings>, party: &Record) -> Result<Markup> {
    card(visit, said, Some(party.id), "party", &format!("/parties/{}", party.id)).await
}

/// The card beside an order that is still being written.
pub async fn beside_order(visit: &Visit, said: &Arc<dyn Leanings>, order: &Record) -> Result<Markup> {
    if order.text("status") != "draft" || order.text("kind") == "return" || order.archived_at.is_some() {
        return Ok(html! {});
    }
    card(
        visit,
        said,
        order.int("party_id"),
        "order",
        &format!("/orders/{}", order.id),
    )
    .await
}

/// The card beside a deal that is open.
pub async fn beside_deal(visit: &Visit, said: &Arc<dyn Leanings>, deal: &Record) -> Result<Markup> {
    if !deal.text("closed_on").is_empty() || deal.archived_at.is_some() {
        return Ok(html! {});
    }
    card(
        visit,
        said,
        deal.int("party_id"),
        "deal",
        &format!("/deals/{}", deal.id),
    )
    .await
}

async fn card(
    visit: &Visit,
    said: &Arc<dyn Leanings>,
    party: Option<i64>,
    place: &'static str,
    back: &str,
) -> Result<Markup> {
    let Some(party) = party else { return Ok(html! {}) };
    let Some(mut ready) = read::ready(&visit.ctx, said, party).await? else {
        return Ok(html! {});
    };
    let loc = &visit.loc;
    if ready.closed {
        return Ok(
            html! { (ui::card(loc.t("offer-next")).body(html! { p.sm.mut style="margin:0" { (loc.t("offer-closed")) } })) },
        );
    }
    if ready.offers.is_empty() {
        return Ok(html! {});
    }
    let fresh = ready.offers.iter().take(SHOWN).any(|o| o.open.is_none());
    shown::note(&visit.ctx, party, &ready, place).await?;
    if fresh && let Some(again) = read::ready(&visit.ctx, said, party).await? {
        // The buttons need what was just written down.
        ready = again;
    }
    let more = html! { @if visit.may("value.view") { a.link.sm href="/value/offers" { (loc.t("offer-how")) } } };
    Ok(html! { (ui::card(loc.t("offer-next")).actions(more).flush(html! {
        ul style="list-style:none;margin:0;padding:0" { @for offer in ready.offers.iter().take(SHOWN) { (line(visit, offer, back)) } }
    }).foot(html! { span.xs.dim { (held(visit, &ready)) } })) })
}

fn held(visit: &Visit, ready: &Ready) -> String {
    visit.loc.tv(
        "offer-held",
        &[
            ("products", ready.products_held.into()),
            ("categories", ready.categories_held.into()),
        ],
    )
}

fn line(visit: &Visit, offer: &Offer, back: &str) -> Markup {
    let loc = &visit.loc;
    html! { li style="padding:9px 14px;border-bottom:1px solid var(--line)" {
        div.row style="gap:8px" {
            span.name style="flex:1;min-width:0" { a href={ "/products/" (offer.product) } { (offer.name) } span.sub { (offer.sku) } }
            @if offer.wanted { (ui::badge(Hue::Green, &loc.t("offer-wanted"))) }
            @if let Some((id, version)) = offer.open.filter(|_| visit.may("suggestion.edit")) {
                form data-stay method="post" action={ "/suggestions/" (id) "/declined" } style="margin:0" {
                    (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &version.to_string())) (ui::hidden("back", back))
                    (ui::icon_btn("x", loc.t("offer-decline")).ghost().small().submit())
                }
            }
        }
        ul.xs.mut style="margin:4px 0 0;padding-left:16px" { @for why in reasons(visit, offer) { li { (why) } } }
    } }
}

/// Why it is offered, the strongest reason first.
pub(super) fn reasons(visit: &Visit, o: &Offer) -> Vec<String> {
    let loc = &visit.loc;
    let mut all = vec![];
    let of = |(have, of): (u32, u32)| [("have", i64::from(have).into()), ("of", i64::from(of).into())];
    let share = |(have, of): (u32, u32)| f64::from(have) / f64::from(of.max(1));
    if o.wanted {
        all.push(loc.t("offer-why-wanted"));
    }
    if let Some((_, name, both, lift)) = &o.basket {
        let args = [
            ("product", name.as_str().into()),
            ("both", i64::from(*both).into()),
            ("lift", loc.number(*lift, 1).into()),
        ];
        all.push(loc.tv("offer-why-basket", &args));
    }
    // A line of business of three says nothing about the fourth.
    if o.peers.1 >= 10 && share(o.peers) > share(o.all) {
        let [have, of] = of(o.peers);
        let usual = ("usual", loc.percent(share(o.all), 0).into());
        all.push(loc.tv("offer-why-peers", &[have, of, usual]));
    }
    if let Some((_, name)) = &o.alike {
        all.push(loc.tv("offer-why-alike", &[("product", name.as_str().into())]));
    }
    if all.is_empty() {
        all.push(loc.tv("offer-why-popular", &of(o.all)));
    }
    all.truncate(3);
    all
}

/// `POST /suggestions/{id}/declined`.
pub async fn decline(visit: Visit, Path(id): Path<i64>, Form(form): Form) -> Answer {
    let version = form.need_int("version")?;
    shown::decline(&visit.ctx, id, version, form.get("note")).await?;
    let back = form.filled("back").unwrap_or("/suggestions");
    if !back.starts_with('/') || back.starts_with("//") {
        return Err(Error::field("back", "error-request").into());
    }
    answer::go_saying(&visit, back, &visit.loc.t("offer-declined"), None)
}
