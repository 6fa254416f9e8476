//! The form that writes a line of an quote, and what becomes of it.

use super::{
    Ports,
    lines::tab,
    read::{currency, lines as read_lines, need},
    totals,
};
use axum::{extract::Path, response::IntoResponse};
use maud::{Markup, html};
use zhike_kernel::{Currency, Error, Kind, Result, Value, Values, line};
use zhike_store::{Record, RecordType, event, read, write};
use zhike_web::{
    Fields, Form, Query, Visit,
    answer::{Answer, html as answer_html, with_toast},
    ui,
};

/// Fields of the form.
const WRITTEN: [&str; 8] = [
    "product_id",
    "description",
    "quantity",
    "unit",
    "options",
    "unit_price",
    "discount",
    "tax_rate",
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
pub(crate) async fn empty(visit: &Visit, quote: &Record) -> Result<Markup> {
    form(visit, quote, None, &Typed::default()).await
}

async fn form(visit: &Visit, quote: &Record, line: Option<&Record>, typed: &Typed) -> Result<Markup> {
    let loc = &visit.loc;
    let sign = currency(&visit.ctx, quote).sign();
    let action = match line {
        Some(l) => format!("/quotes/{}/line/{}", quote.id, l.id),
        None => format!("/quotes/{}/line", quote.id),
    };
    let product = typed.get("product_id").to_owned();
    let shown = match product.parse::<i64>() {
        Ok(id) => read::titles(visit.db(), visit.registry(), "product", &[id], visit.latin)
            .await?
            .remove(&id)
            .unwrap_or_default(),
        Err(_) => String::new(),
    };
    let field = |name: &str| {
        let wrong = typed
            .error
            .as_ref()
            .and_then(|e| e.fields.iter().find(|f| f.field == name));
        ui::Field::new(name, loc.t(&format!("quote_line-{name}"))).error(wrong.map(|f| loc.field_error(f)))
    };
    let whole: Vec<String> = typed
        .error
        .iter()
        .filter(|e| e.fields.is_empty())
        .map(|e| loc.error(e))
        .collect();
    let body = html! {
        form.stack hx-post=(action) hx-target="#quote-lines" hx-swap="outerHTML" {
            (ui::form_errors(&whole))
            @if let Some(l) = line { (ui::hidden("version", &l.version.to_string())) }
            div.form-grid {
                (field("product_id").combobox(loc, "/lookup/product", &product, &shown))
                (field("description").text(typed.get("description")))
                (field("quantity").required(true).number(typed.get("quantity")))
                (field("unit").hint(loc.t("quote-line-unit-hint")).text(typed.get("unit")))
                (field("options").hint(loc.t("quote-line-options-hint")).text(typed.get("options")))
                (field("unit_price").hint(loc.t("quote-line-price-hint")).money(typed.get("unit_price"), sign))
                (field("discount").money(typed.get("discount"), sign))
                (field("tax_rate").hint(loc.t("quote-line-tax-hint")).number(typed.get("tax_rate")))
            }
            div.row.wrap {
                output #line-sum .num.mut aria-live="polite" hx-post={ "/quotes/" (quote.id) "/line-sum" }
                    hx-trigger="input delay:250ms from:closest form, change delay:250ms from:closest form" hx-include="closest form" hx-swap="innerHTML" {}
                span.sp {}
                @if line.is_some() {
                    (ui::btn(loc.t("web-cancel")).ghost().attr("hx-get", format!("/quotes/{}/line-form", quote.id)).attr("hx-target", "#line-form").attr("hx-swap", "innerHTML"))
                }
                (ui::btn(loc.t(if line.is_some() { "web-save" } else { "quote-line-add" })).primary().submit())
            }
        }
    };
    let title = loc.t(if line.is_some() {
        "quote-line-edit"
    } else {
        "quote-line-new"
    });
    Ok(maud::Render::render(&ui::card(title).body(body)))
}

fn texts(ty: &RecordType, line: &Record, c: Currency) -> Vec<(String, String)> {
    WRITTEN
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), ty.field(name)?.write(line.get(name), c))))
        .collect()
}

async fn line_of(visit: &Visit, quote: &Record, id: i64) -> Result<Record> {
    let all = read_lines(&visit.ctx, visit.db(), quote.id).await?;
    all.into_iter().find(|l| l.id == id).ok_or_else(Error::missing)
}

/// `GET /quotes/{id}/line-form?line=`.
pub(crate) async fn show_form(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let quote = need(&visit, &id).await?;
    let ty = visit.registry().get("quote_line")?.clone();
    let Some(line) = q.int("line") else {
        return answer_html(form(&visit, &quote, None, &Typed::default()).await?);
    };
    let line = line_of(&visit, &quote, line).await?;
    let typed = Typed {
        texts: texts(&ty, &line, currency(&visit.ctx, &quote)),
        error: None,
    };
    answer_html(form(&visit, &quote, Some(&line), &typed).await?)
}

/// What the form says, money read in the quote's currency.
fn read_form(visit: &Visit, quote: &Record, f: &Fields) -> Result<Values> {
    let given = WRITTEN
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), f.get(name)?.to_owned())));
    values(visit, quote.text("currency"), given)
}

/// Reads texts as the fields of a line; all complaints at once.
fn values(visit: &Visit, code: &str, given: impl Iterator<Item = (String, String)>) -> Result<Values> {
    let ty = visit.registry().get("quote_line")?;
    let c = Currency::parse(code).unwrap_or(visit.house.currency);
    let (mut out, mut wrong) = (Values::new(), vec![]);
    for (name, text) in given {
        let Some(field) = ty.field(&name).filter(|f| f.editable && f.name != "quote_id") else {
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
async fn again(visit: &Visit, quote: i64) -> Result<Markup> {
    let quote = need(visit, &quote.to_string()).await?;
    tab(visit, &quote).await
}

async fn save(visit: &Visit, quote: &Record, line: Option<&Record>, f: &Fields) -> Result<()> {
    let ty = visit.registry().get("quote_line")?.clone();
    let mut given = read_form(visit, quote, f)?;
    let tx = visit.ctx.begin().await?;
    match line {
        None => {
            given.insert("quote_id".to_owned(), quote.id.into());
            write::create(&visit.ctx, &tx, &ty, given).await?;
        }
        Some(l) => {
            let version = f.need_int("version")?;
            write::update(&visit.ctx, &tx, &ty, l.id, version, given).await?;
        }
    }
    tx.commit().await
}

async fn answer(visit: Visit, quote: Record, line: Option<Record>, f: Fields) -> Answer {
    match save(&visit, &quote, line.as_ref(), &f).await {
        Ok(()) if visit.fragment => answer_html(again(&visit, quote.id).await?),
        Ok(()) => zhike_web::answer::see_other(&format!("/quotes/{}/lines", quote.id)),
        // A wrong field comes back in the form; the list above stays as it is.
        Err(e) if visit.fragment && !e.fields.is_empty() => {
            let typed = Typed {
                texts: f.0.clone(),
                error: Some(e),
            };
            let markup = form(&visit, &quote, line.as_ref(), &typed).await?;
            let mut response = (axum::http::StatusCode::UNPROCESSABLE_ENTITY, markup).into_response();
            let headers = response.headers_mut();
            headers.insert("hx-retarget", axum::http::HeaderValue::from_static("#line-form"));
            headers.insert("hx-reswap", axum::http::HeaderValue::from_static("innerHTML"));
            Ok(response)
        }
        Err(e) => Err(e.into()),
    }
}

/// `POST /quotes/{id}/line`.
pub(crate) async fn add(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let quote = need(&visit, &id).await?;
    answer(visit, quote, None, f).await
}

/// `POST /quotes/{id}/line/{line}`.
pub(crate) async fn change(visit: Visit, Path((id, line)): Path<(String, i64)>, Form(f): Form) -> Answer {
    let quote = need(&visit, &id).await?;
    let line = line_of(&visit, &quote, line).await?;
    answer(visit, quote, Some(line), f).await
}

/// `POST /quotes/{id}/line/{line}/remove?version=`.
pub(crate) async fn remove(visit: Visit, Path((id, line)): Path<(String, i64)>, Query(q): Query) -> Answer {
    let quote = need(&visit, &id).await?;
    let line = line_of(&visit, &quote, line).await?;
    let ty = visit.registry().get("quote_line")?.clone();
    let tx = visit.ctx.begin().await?;
    write::archive(&visit.ctx, &tx, &ty, line.id, q.need_int("version")?, true).await?;
    let undo = event::of_record(&tx, "quote_line", line.id, 1).await?;
    tx.commit().await?;
    let undo = undo.first().map(|e| format!("/undo/event/{}", e.id));
    let response = again(&visit, quote.id).await?.into_response();
    Ok(with_toast(
        response,
        &visit.loc.t("quote-line-removed"),
        undo.as_deref(),
    ))
}

/// `POST /quotes/{id}/line-sum`: what the line in the form would come to.
pub(crate) async fn sum(ports: &Ports, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let quote = need(&visit, &id).await?;
    let Ok(mut given) = read_form(&visit, &quote, &f) else {
        return answer_html(html! { "—" });
    };
    let int = |v: &Values, name: &str| v.get(name).and_then(Value::int);
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
        @match sums {
            Ok(s) => (visit.loc.tv("quote-line-sum", &[
                ("net", visit.loc.money_full(s.net, c).into()),
                ("tax", visit.loc.money_full(s.tax, c).into()),
                ("total", visit.loc.money_full(s.net + s.tax, c).into()),
            ])),
            Err(_) => "—",
        }
    })
}
