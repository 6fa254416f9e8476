//! The form that writes a line of a quote (drawn by `web::line_form`), and what it would come to.

use super::{
    Ports,
    lines::tab,
    read::{currency, lines as read_lines, need},
    totals,
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Kind, Result, Value, Values, line};
use zhike_store::Record;
use zhike_web::{
    Form, Query, Visit,
    answer::{Answer, html as answer_html},
    line_form::{self, Doc},
};

const DOC: Doc = Doc {
    name: "quote",
    line: "quote_line",
    parent: "quote_id",
    path: "/quotes",
    fields: &[
        "product_id",
        "quantity",
        "unit",
        "unit_price",
        "discount",
        "tax_rate",
        "description",
        "options",
    ],
    lines: |visit, quote| Box::pin(read_lines(&visit.ctx, visit.db(), quote)),
    tab: |visit, quote| {
        Box::pin(async move {
            let quote = need(visit, &quote.to_string()).await?;
            tab(visit, &quote).await
        })
    },
};

/// The form for a new line.
pub(crate) async fn empty(visit: &Visit, quote: &Record) -> Result<Markup> {
    DOC.empty(visit, quote).await
}

/// `GET /quotes/{id}/line-form?line=`.
pub(crate) async fn show_form(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let quote = need(&visit, &id).await?;
    DOC.show(&visit, &quote, q.int("line")).await
}

/// `POST /quotes/{id}/line`.
pub(crate) async fn add(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let quote = need(&visit, &id).await?;
    DOC.answer(&visit, &quote, None, f).await
}

/// `POST /quotes/{id}/line/{line}`.
pub(crate) async fn change(visit: Visit, Path((id, line)): Path<(String, i64)>, Form(f): Form) -> Answer {
    let quote = need(&visit, &id).await?;
    DOC.answer(&visit, &quote, Some(line), f).await
}

/// `POST /quotes/{id}/line/{line}/remove?version=`.
pub(crate) async fn remove(visit: Visit, Path((id, line)): Path<(String, i64)>, Query(q): Query) -> Answer {
    let quote = need(&visit, &id).await?;
    DOC.remove(&visit, &quote, line, q.need_int("version")?).await
}

/// `POST /quotes/{id}/line-sum`: what the line in the form would come to, and what the product offers.
pub(crate) async fn sum(ports: &Ports, visit: Visit, Path(id): Path<String>, Query(q): Query, Form(f): Form) -> Answer {
    let quote = need(&visit, &id).await?;
    let Ok(mut given) = DOC.read(&visit, &quote, &f) else {
        return answer_html(html! { "—" });
    };
    let int = |v: &Values, name: &str| v.get(name).and_then(Value::int);
    let product = int(&given, "product_id");
    let facts = match product {
        Some(product) => ports.pricing.facts(visit.db(), product).await?,
        None => None,
    }
    .unwrap_or_default();
    given.insert("quote_id".to_owned(), quote.id.into());
    let (pricing, orders) = (ports.pricing.as_ref(), ports.orders.as_ref());
    // What is wrong, such as an unknown unit, is said when the line is saved.
    if let Err(e) = totals::price(pricing, orders, visit.db(), &visit.ctx, None, &mut given).await
        && e.kind == Kind::Broken
    {
        return Err(e.into());
    }
    let sums = line::line(&line::Line {
        quantity: int(&given, "quantity").unwrap_or(0),
        unit_price: int(&given, "unit_price").unwrap_or(0),
        discount: int(&given, "discount").unwrap_or(0),
        tax_rate: int(&given, "tax_rate").unwrap_or(0),
        unit_cost: None,
    });
    let c = currency(&visit.ctx, &quote);
    answer_html(html! {
        span.row.wrap {
            span.num {
                @match sums {
                    Ok(s) => (visit.loc.tv("quote-line-sum", &[
                        ("net", visit.loc.money_full(s.net, c).into()),
                        ("tax", visit.loc.money_full(s.tax, c).into()),
                        ("total", visit.loc.money_full(s.net + s.tax, c).into()),
                    ])),
                    Err(_) => "—",
                }
            }
            (DOC.configure(&visit, quote.id, q.int("line"), product.filter(|_| facts.configurable)))
        }
        (line_form::units(&visit, &facts))
    })
}
