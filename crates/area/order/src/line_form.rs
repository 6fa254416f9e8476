//! The form that writes a line of an order, and what becomes of it.

use crate::{
    lines::{currency, need, read_lines, tab},
    priced, rules, settings,
};
use axum::{extract::Path, response::IntoResponse};
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::Pricing;
use zhike_kernel::{Currency, Error, Kind, Result, Value, Values};
use zhike_store::{Record, RecordType, event, read, write};
use zhike_web::{
    Fields, Form, Query, Visit,
    answer::{Answer, html as answer_html, with_toast},
    ui,
};

/// Fields of the form.
const WRITTEN: [&str; 9] = [
    "product_id",
    "description",
    "quantity",
    "unit",
    "options",
    "unit_price",
    "discount",
    "tax_rate",
    "unit_cost",
];

/// What stands in the form: texts by field, and what is wrong with them.
#[derive(Default)]
struct Typed {
    texts: Vec<(String, String)>,
    error: Option<Error>,
}

impl Typed {
    fn get(&self, name: &str) -> &str {
        self.texts
            .iter()
            .find(|(k, _)| k == name)
            .map_or("", |(_, v)| v.as_str())
    }
}

/// The form for a new line.
pub(crate) async fn empty(visit: &Visit, order: &Record) -> Result<Markup> {
    form(visit, order, None, &Typed::default()).await
}

async fn form(visit: &Visit, order: &Record, line: Option<&Record>, typed: &Typed) -> Result<Markup> {
    let loc = &visit.loc;
    let sign = currency(visit, order).sign();
    let action = match line {
        Some(l) => format!("/orders/{}/line/{}", order.id, l.id),
        None => format!("/orders/{}/line", order.id),
    };
    let product = typed.get("product_id").to_owned();
    let shown = match product.parse::<i64>() {
        Ok(id) => read::titles(visit.db(), visit.registry(), "product", &[id], visit.latin)
            .await?
            .remove(&id)
            .unwrap_or_default(),
        Err(_) => String::new(),
    };
    let wrong = |name: &str| typed.error.iter().any(|e| e.fields.iter().any(|f| f.field == name));
    let field = |name: &str| {
        let wrong = typed
            .error
            .as_ref()
            .and_then(|e| e.fields.iter().find(|f| f.field == name));
        ui::Field::new(name, loc.t(&format!("order_line-{name}"))).error(wrong.map(|f| loc.field_error(f)))
    };
    // What is wrong but has no input of its own is said above the inputs.
    let whole: Vec<String> = typed
        .error
        .iter()
        .flat_map(|e| {
            let rest = e.fields.iter().filter(|f| !WRITTEN.contains(&f.field.as_str()));
            let own = e.fields.is_empty().then(|| loc.error(e));
            own.into_iter()
                .chain(rest.map(|f| loc.field_error(f)))
                .collect::<Vec<_>>()
        })
        .collect();
    let body = html! {
        form.stack hx-post=(action) hx-target="#order-lines" hx-swap="outerHTML" {
            (ui::form_errors(&whole))
            @if let Some(l) = line { (ui::hidden("version", &l.version.to_string())) }
            div.form-grid {
                (field("product_id").combobox(loc, "/lookup/product", &product, &shown))
                (field("description").text(typed.get("description")))
                (field("quantity").required(true).number(typed.get("quantity")))
                (field("unit").attr("list", "line-units").text(typed.get("unit")))
                (field("unit_price").hint(loc.t("order-line-price-hint")).money(typed.get("unit_price"), sign))
                (field("discount").money(typed.get("discount"), sign))
                (field("tax_rate").hint(loc.t("order-line-tax-hint")).number(typed.get("tax_rate")))
                @if visit.may("cost.view") { (field("unit_cost").hint(loc.t("order-line-cost-hint")).money(typed.get("unit_cost"), sign)) }
                @if !typed.get("options").is_empty() || wrong("options") {
                    div.wide { (field("options").hint(loc.t("order-line-options-hint")).text(typed.get("options"))) }
                }
            }
            datalist #line-units {}
            div.row.wrap {
                output #line-sum .mut aria-live="polite" hx-post={ "/orders/" (order.id) "/line-sum" @if let Some(l) = line { "?line=" (l.id) } }
                    hx-trigger="load, input delay:250ms from:closest form, change delay:250ms from:closest form" hx-include="closest form" hx-swap="innerHTML" {}
                span.sp {}
                @if line.is_some() {
                    (ui::btn(loc.t("web-cancel")).ghost().attr("hx-get", format!("/orders/{}/line-form", order.id)).attr("hx-target", "#line-form").attr("hx-swap", "innerHTML"))
                }
                (ui::btn(loc.t(if line.is_some() { "web-save" } else { "order-line-add" })).primary().submit())
            }
        }
    };
    let title = loc.t(if line.is_some() {
        "order-line-edit"
    } else {
        "order-line-new"
    });
    Ok(maud::Render::render(&ui::card(title).body(body)))
}

fn texts(ty: &RecordType, line: &Record, c: Currency) -> Vec<(String, String)> {
    WRITTEN
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), ty.field(name)?.write(line.get(name), c))))
        .collect()
}

async fn line_of(visit: &Visit, order: &Record, id: i64) -> Result<Record> {
    let all = read_lines(visit, order.id).await?;
    all.into_iter().find(|l| l.id == id).ok_or_else(Error::missing)
}

/// `GET /orders/{id}/line-form?line=`.
pub(crate) async fn show_form(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let order = need(&visit, &id).await?;
    let ty = visit.registry().get("order_line")?.clone();
    let Some(line) = q.int("line") else {
        return answer_html(form(&visit, &order, None, &Typed::default()).await?);
    };
    let line = line_of(&visit, &order, line).await?;
    let typed = Typed {
        texts: texts(&ty, &line, currency(&visit, &order)),
        error: None,
    };
    answer_html(form(&visit, &order, Some(&line), &typed).await?)
}

/// What the form says, money read in the order's currency.
fn read_form(visit: &Visit, order: &Record, f: &Fields) -> Result<Values> {
    let given = WRITTEN
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), f.get(name)?.to_owned())));
    values(visit, order.text("currency"), given)
}

/// Reads texts as the fields of a line; all complaints at once.
fn values(visit: &Visit, code: &str, given: impl Iterator<Item = (String, String)>) -> Result<Values> {
    let ty = visit.registry().get("order_line")?;
    let c = Currency::parse(code).unwrap_or(visit.house.currency);
    let (mut out, mut wrong) = (Values::new(), vec![]);
    for (name, text) in given {
        if let Some(field) = ty.field(&name).filter(|f| !visit.sees(f)) {
            return Err(zhike_store::sight::hidden(field));
        }
        let Some(field) = ty.field(&name).filter(|f| f.editable && f.name != "order_id") else {
            return Err(Error::invalid("error-no-such-field").with("field", name));
        };
        match field.parse(&text, c) {
            Ok(value) => {
                out.insert(name, value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if wrong.is_empty() {
        Ok(out)
    } else {
        Err(Error::fields(wrong))
    }
}

/// The tab again, or the form with what is wrong.
async fn again(visit: &Visit, order: i64) -> Result<Markup> {
    let order = need(visit, &order.to_string()).await?;
    tab(visit, &order).await
}

async fn save(visit: &Visit, order: &Record, line: Option<&Record>, f: &Fields) -> Result<()> {
    let ty = visit.registry().get("order_line")?.clone();
    let mut given = read_form(visit, order, f)?;
    let tx = visit.ctx.begin().await?;
    match line {
        None => {
            given.insert("order_id".to_owned(), order.id.into());
            write::create(&visit.ctx, &tx, &ty, given).await?;
        }
        Some(l) => {
            let version = f.need_int("version")?;
            write::update(&visit.ctx, &tx, &ty, l.id, version, given).await?;
        }
    }
    tx.commit().await
}

async fn answer(visit: Visit, order: Record, line: Option<Record>, f: Fields) -> Answer {
    match save(&visit, &order, line.as_ref(), &f).await {
        Ok(()) if visit.fragment => answer_html(again(&visit, order.id).await?),
        Ok(()) => zhike_web::answer::see_other(&format!("/orders/{}/lines", order.id)),
        // A refusal comes back in the form with what was typed; the list above stays as it is.
        Err(e) if visit.fragment && matches!(e.kind, Kind::Invalid | Kind::Refused) => {
            let typed = Typed {
                texts: f.0.clone(),
                error: Some(e),
            };
            let markup = form(&visit, &order, line.as_ref(), &typed).await?;
            let mut response = (axum::http::StatusCode::UNPROCESSABLE_ENTITY, markup).into_response();
            let headers = response.headers_mut();
            headers.insert("hx-retarget", axum::http::HeaderValue::from_static("#line-form"));
            headers.insert("hx-reswap", axum::http::HeaderValue::from_static("innerHTML"));
            Ok(response)
        }
        Err(e) => Err(e.into()),
    }
}

/// `POST /orders/{id}/line`.
pub(crate) async fn add(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let order = need(&visit, &id).await?;
    answer(visit, order, None, f).await
}

/// `POST /orders/{id}/line/{line}`.
pub(crate) async fn change(visit: Visit, Path((id, line)): Path<(String, i64)>, Form(f): Form) -> Answer {
    let order = need(&visit, &id).await?;
    let line = line_of(&visit, &order, line).await?;
    answer(visit, order, Some(line), f).await
}

/// `POST /orders/{id}/line/{line}/remove?version=`.
pub(crate) async fn remove(visit: Visit, Path((id, line)): Path<(String, i64)>, Query(q): Query) -> Answer {
    let order = need(&visit, &id).await?;
    let line = line_of(&visit, &order, line).await?;
    let ty = visit.registry().get("order_line")?.clone();
    let tx = visit.ctx.begin().await?;
    write::archive(&visit.ctx, &tx, &ty, line.id, q.need_int("version")?, true).await?;
    let undo = event::of_record(&tx, "order_line", line.id, 1).await?;
    tx.commit().await?;
    let undo = undo.first().map(|e| format!("/undo/event/{}", e.id));
    let response = again(&visit, order.id).await?.into_response();
    Ok(with_toast(
        response,
        &visit.loc.t("order-line-removed"),
        undo.as_deref(),
    ))
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
    let Ok(mut given) = read_form(&visit, &order, &f) else {
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
    let configure = product.filter(|_| facts.configurable).map(|p| {
        let line = q.int("line").map(|l| format!("&line={l}")).unwrap_or_default();
        ui::btn(loc.t("order-line-configure"))
            .icon("adjustments")
            .small()
            .href(format!("/products/{p}/configurator?order={}{line}", order.id))
    });
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
            @if let Some(button) = configure { (button) }
        }
        datalist #line-units hx-swap-oob="true" {
            @if !facts.unit.is_empty() { option value=(facts.unit) {} }
            @for (unit, factor) in &facts.units { option value=(unit) { (loc.qty(*factor)) " " (facts.unit) } }
        }
    })
}
