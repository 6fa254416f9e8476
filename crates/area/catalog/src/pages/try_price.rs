//! "What would it cost this customer?": the panel and its answer.

use super::api;
use maud::{Markup, html};
use zhike_kernel::{Currency, Kind, Result};
use zhike_store::FieldKind;
use zhike_web::{
    Fields, Form, Screen, Visit,
    answer::{Answer, html as page_html},
    ui::{self, Choice, Field},
};

/// The panel.
pub(crate) fn card(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    let codes: Vec<Choice> = Currency::codes().map(|c| Choice::new(c, c)).collect();
    let field = |name: &str| Field::new(name, loc.t(&format!("price-try-{name}"))).id(format!("try-{name}"));
    let body = html! {
        form.stack hx-post="/prices/try" hx-target="#try-answer" hx-swap="innerHTML" hx-trigger="submit, change" {
            div.form-grid {
                (field("product_id").required(true).combobox(loc, "/lookup/product", "", ""))
                (field("party_id").combobox(loc, "/lookup/party", "", ""))
                (field("quantity").number("1"))
                (field("unit").text(""))
                (field("channel").text(""))
                (field("on").date(&visit.today().to_string()))
                (field("currency").select(&codes, visit.house.currency.code(), None))
            }
            div.btn-row { (ui::btn(loc.t("price-try")).primary().submit()) }
        }
        div #try-answer aria-live="polite" {}
    };
    maud::Render::render(&ui::card(loc.t("price-try-title")).body(body))
}

/// `GET /prices`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let body = html! { (card(&visit)) (ui::callout(ui::Tone::Quiet, visit.loc.t("price-order-text"))) };
    let many = visit.loc.t("price_book-many");
    Screen::new(&visit, visit.loc.t("price-try-title"), "price_book")
        .crumb(many, "/price-books")
        .show(ui::page_body(body))
}

fn read(visit: &Visit, f: &Fields) -> Result<api::Asked> {
    let filled = |n: &str| f.filled(n).map(str::to_owned);
    let id = |n: &str| f.int(n);
    let quantity = f.filled("quantity").unwrap_or("1");
    let number = zhike_store::Field::new("quantity", FieldKind::Quantity);
    let quantity = number
        .parse(quantity, visit.house.currency)
        .map_err(|e| zhike_kernel::Error::fields(vec![e]))?;
    Ok(api::Asked {
        product_id: id("product_id").ok_or_else(|| zhike_kernel::Error::field("product_id", "error-required"))?,
        party_id: id("party_id"),
        quantity: quantity.int().unwrap_or(1_000),
        unit: filled("unit").unwrap_or_default(),
        options: filled("options").unwrap_or_default(),
        on: filled("on"),
        channel: filled("channel").unwrap_or_default(),
        currency: filled("currency"),
    })
}

/// `POST /prices/try`.
pub(crate) async fn answer(visit: Visit, Form(f): Form) -> Answer {
    let asked = match read(&visit, &f) {
        Ok(asked) => api::quote(&visit, &asked).await.map(|q| (q, asked)),
        Err(e) => Err(e),
    };
    let loc = &visit.loc;
    match asked {
        Ok((quote, asked)) => page_html(shown(&visit, &quote, asked.quantity)),
        Err(e) if e.kind == Kind::Invalid => {
            let words = e.fields.first().map_or_else(
                || loc.error(&e),
                |f| format!("{}: {}", loc.t(&format!("price-try-{}", f.field)), loc.field_error(f)),
            );
            page_html(ui::callout(ui::Tone::Bad, words))
        }
        Err(e) => Err(e.into()),
    }
}

/// A quote in words.
pub(crate) fn shown(visit: &Visit, quote: &zhike_contract::Quote, quantity: i64) -> Markup {
    let loc = &visit.loc;
    let c = quote.currency;
    let gross = quote
        .unit_price
        .and_then(|p| zhike_kernel::money::mul_div(p, quantity, 1_000));
    let net = gross.and_then(|g| g.checked_sub(quote.discount));
    let tax = net
        .zip(quote.tax_rate)
        .and_then(|(n, r)| zhike_kernel::money::mul_div(n, r, 1_000_000));
    let mut facts = vec![(
        loc.t("price-try-price"),
        html! {
            @match quote.unit_price { Some(p) => b { (ui::money_full(loc, p, c)) }, None => "—" }
            @if let Some(per) = &quote.per { " " span.mut { (loc.t(&format!("price-per-{per}"))) } }
        },
    )];
    if quote.discount != 0 {
        facts.push((loc.t("price-try-discount"), ui::money_full(loc, quote.discount, c)));
    }
    if let Some(net) = net {
        facts.push((loc.t("price-try-net"), ui::money_full(loc, net, c)));
    }
    if let (Some(tax), Some(rate)) = (tax, quote.tax_rate) {
        facts.push((
            loc.t("price-try-tax"),
            html! { (ui::money_full(loc, tax, c)) " " span.mut.num { (loc.percent_ppm(rate)) } },
        ));
    }
    html! {
        div.stack { (ui::kv(&facts)) (ui::reasons(loc, c, &quote.reasons)) }
    }
}
