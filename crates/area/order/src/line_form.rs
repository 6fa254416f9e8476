//! The form that writes a line of an order (drawn by `web::line_form`), and what it would come to.

use crate::{
    lines::{currency, need, read_lines, tab},
    priced, rules, settings,
};
use axum::extract::Path;
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::Pricing;
use zhike_kernel::{Result, Value, Values};
use zhike_store::Record;
use zhike_web::{
    Form, Query, Visit,
    answer::{Answer, html as answer_html},
    line_form::{self, Doc},
    ui,
};

const DOC: Doc = Doc {
    name: "order",
    line: "order_line",
    parent: "order_id",
    path: "/orders",
    fields: &[
        "product_id",
        "quantity",
        "unit",
        "unit_price",
        "discount",
        "tax_rate",
        "unit_cost",
        "description",
        "options",
    ],
    lines: |visit, order| Box::pin(read_lines(visit, order)),
    tab: |visit, order| {
        Box::pin(async move {
            let order = need(visit, &order.to_string()).await?;
            tab(visit, &order).await
        })
    },
};

/// The form for a new line.
pub(crate) async fn empty(visit: &Visit, order: &Record) -> Result<Markup> {
    DOC.empty(visit, order).await
}

/// `GET /orders/{id}/line-form?line=`.
pub(crate) async fn show_form(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let order = need(&visit, &id).await?;
    DOC.show(&visit, &order, q.int("line")).await
}

/// `POST /orders/{id}/line`.
pub(crate) async fn add(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let order = need(&visit, &id).await?;
    DOC.answer(&visit, &order, None, f).await
}

/// `POST /orders/{id}/line/{line}`.
pub(crate) async fn change(visit: Visit, Path((id, line)): Path<(String, i64)>, Form(f): Form) -> Answer {
    let order = need(&visit, &id).await?;
    DOC.answer(&visit, &order, Some(line), f).await
}

/// `POST /orders/{id}/line/{line}/remove?version=`.
pub(crate) async fn remove(visit: Visit, Path((id, line)): Path<(String, i64)>, Query(q): Query) -> Answer {
    let order = need(&visit, &id).await?;
    DOC.remove(&visit, &order, line, q.need_int("version")?).await
}

/// The words that tell where a tax rate comes from.
fn said(from: rules::TaxFrom) -> &'static str {
    match from {
        rules::TaxFrom::Line => "order-line-tax-own",
        rules::TaxFrom::Product => "order-line-tax-product",
        rules::TaxFrom::Company => "order-line-tax-company",
        rules::TaxFrom::Nowhere => "order-line-tax-nowhere",
    }
}

/// `POST /orders/{id}/line-sum`: what the line in the form would come to and why, and what the product offers.
pub(crate) async fn sum(
    pricing: &Arc<dyn Pricing>,
    visit: Visit,
    Path(id): Path<String>,
    Query(q): Query,
    Form(f): Form,
) -> Answer {
    let order = need(&visit, &id).await?;
    let Ok(mut given) = DOC.read(&visit, &order, &f) else {
        return answer_html(html! { "—" });
    };
    let int = |v: &Values, name: &str| v.get(name).and_then(Value::int);
    let product = int(&given, "product_id");
    let facts = match product {
        Some(product) => pricing.facts(visit.db(), product).await?,
        None => None,
    }
    .unwrap_or_default();
    let mut quote = None;
    if let Some(terms) = priced::terms(visit.db(), &visit.ctx, order.id).await? {
        // An unknown unit is said when the line is saved.
        quote = priced::quote(pricing, visit.db(), &visit.ctx, &terms, &given)
            .await
            .ok()
            .flatten();
    }
    if let Some(quote) = &quote
        && int(&given, "unit_price").is_none()
    {
        given.insert("unit_price".to_owned(), quote.unit_price.into());
        if int(&given, "discount").is_none() {
            given.insert("discount".to_owned(), quote.discount.into());
        }
    }
    let (tax_rate, from) = rules::tax_rate(
        int(&given, "tax_rate"),
        quote.as_ref().and_then(|q| q.tax_rate),
        settings::tax_rate(visit.db()).await?,
    );
    let sums = rules::line(&rules::Line {
        quantity: int(&given, "quantity").unwrap_or(0),
        unit_price: int(&given, "unit_price").unwrap_or(0),
        discount: int(&given, "discount").unwrap_or(0),
        tax_rate,
        unit_cost: None,
    });
    let c = currency(&visit, &order);
    let loc = &visit.loc;
    let configure = DOC.configure(&visit, order.id, q.int("line"), product.filter(|_| facts.configurable));
    answer_html(html! {
        span.row.wrap {
            span.num {
                @match sums {
                    Ok(s) => {
                        (loc.tv("order-line-sum", &[
                            ("net", loc.money_full(s.net, c).into()),
                            ("tax", loc.money_full(s.tax, c).into()),
                            ("total", loc.money_full(s.net + s.tax, c).into()),
                        ])) " · " (loc.tv(said(from), &[("rate", loc.percent_ppm(tax_rate).into())]))
                    }
                    Err(_) => "—",
                }
            }
            @if let Some(quote) = &quote { (ui::why(loc, "why-form", c, &quote.reasons)) }
            (configure)
        }
        (line_form::units(&visit, &facts))
    })
}
