//! The configurator: options by group, with a live price and live reasons; nothing invalid leaves it.

use super::{api, document::Doc, try_price};
use crate::{
    config::{Choice, Config, title},
    configure::{self, Analysis, Why},
};
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use maud::{Markup, html};
use zhike_kernel::{Currency, Error, Kind, Result, Values};
use zhike_store::{FieldKind, Record, read, write};
use zhike_web::{
    Fields, Form, Query, Screen, Visit,
    answer::{Answer, go_saying, html as page_html},
    ui::{self, Field},
};

/// What stands in the form.
#[derive(Default)]
struct Sheet {
    chosen: Vec<usize>,
    quantity: String,
    doc: Doc,
    order: Option<i64>,
    line: Option<i64>,
    version: Option<i64>,
    errors: Vec<String>,
}

async fn product(visit: &Visit, id: i64) -> Result<(Record, Config)> {
    let record = read::need(&visit.ctx, visit.db(), visit.registry().get("product")?, id).await?;
    if record.get("configurable").truth() != Some(true) {
        return Err(Error::missing());
    }
    let config = Config::load(visit.db(), id).await?;
    Ok((record, config))
}

/// `GET /products/{id}/configurator?order=&quote=&line=`.
pub(crate) async fn page(visit: Visit, Path(id): Path<i64>, Query(q): Query) -> Answer {
    let (record, config) = product(&visit, id).await?;
    let (doc, order) = Doc::read(&q);
    let mut sheet = Sheet {
        chosen: config.presets(),
        quantity: "1".to_owned(),
        doc,
        order,
        ..Sheet::default()
    };
    if let Some(line) = q.int("line") {
        let ty = visit.registry().get(doc.line())?;
        let line = read::need(&visit.ctx, visit.db(), ty, line).await?;
        if line.int("product_id") == Some(id) && line.archived_at.is_none() {
            sheet.chosen = config.known(line.text("options"));
            let quantity = ty.need("quantity")?;
            sheet.quantity = quantity.write(line.get("quantity"), visit.house.currency);
            sheet.order = line.int(doc.parent());
            (sheet.line, sheet.version) = (Some(line.id), Some(line.version));
        }
    }
    let name = title(record.text("name"), Some(record.text("name_latin")), visit.latin).to_owned();
    let many = visit.loc.t("product-many");
    let main = form(&visit, &record, &config, &sheet).await?;
    Screen::new(&visit, visit.loc.t("product-configure"), "product")
        .crumb(many, "/products")
        .crumb(name, format!("/products/{id}"))
        .show(ui::page_body(main))
}

/// The options that are ticked: every group sends its choices as `o-` and its id.
fn ticked(config: &Config, f: &Fields) -> Vec<usize> {
    let codes: Vec<&str> =
        f.0.iter()
            .filter(|(k, v)| k.starts_with("o-") && !v.is_empty())
            .map(|(_, v)| v.as_str())
            .collect();
    config.known(&codes.join(" "))
}

fn sheet_of(config: &Config, f: &Fields, q: &Fields) -> Sheet {
    let mut chosen = ticked(config, f);
    // A button beside a message takes an option out, or completes the choice.
    if let Some(code) = q.filled("drop") {
        let gone = config.known(code);
        chosen.retain(|o| !gone.contains(o));
    }
    if q.filled("complete").is_some()
        && let Some(all) = configure::complete(&config.model, &chosen, &config.presets())
    {
        chosen = all;
    }
    let (doc, order) = Doc::read(f);
    Sheet {
        chosen,
        quantity: f.get("quantity").unwrap_or("1").to_owned(),
        doc,
        order,
        line: f.int("line"),
        version: f.int("version"),
        errors: vec![],
    }
}

/// `POST /products/{id}/configurator`: the form again, judged and priced.
pub(crate) async fn answer(visit: Visit, Path(id): Path<i64>, Query(q): Query, Form(f): Form) -> Answer {
    let (record, config) = product(&visit, id).await?;
    let sheet = sheet_of(&config, &f, &q);
    page_html(form(&visit, &record, &config, &sheet).await?)
}

/// `POST /products/{id}/configurator/save`: onto a line of the order or quote.
pub(crate) async fn save(visit: Visit, Path(id): Path<i64>, Form(f): Form) -> Answer {
    let (record, config) = product(&visit, id).await?;
    let mut sheet = sheet_of(&config, &f, &Fields::default());
    match put(&visit, id, &config, &sheet).await {
        Ok(order) => {
            let words = visit.loc.t("configurator-saved");
            let to = format!("/{}s/{order}/lines", sheet.doc.name());
            if visit.fragment {
                go_saying(&visit, &to, &words, None)
            } else {
                Ok(Redirect::to(&to).into_response())
            }
        }
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Refused | Kind::Stale) => {
            sheet.errors = if e.fields.is_empty() {
                vec![visit.loc.error(&e)]
            } else {
                e.fields.iter().map(|f| visit.loc.field_error(f)).collect()
            };
            let markup = form(&visit, &record, &config, &sheet).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, markup).into_response())
        }
        Err(e) => Err(e.into()),
    }
}

async fn put(visit: &Visit, product: i64, config: &Config, sheet: &Sheet) -> Result<i64> {
    let order = sheet
        .order
        .ok_or_else(|| Error::field("order", "error-configurator-order"))?;
    visit.require(sheet.doc.edit())?;
    let ty = visit.registry().get(sheet.doc.line())?.clone();
    let quantity = ty.need("quantity")?.parse(&sheet.quantity, visit.house.currency);
    let mut values = Values::from([
        ("options".to_owned(), config.codes(&sheet.chosen).into()),
        ("quantity".to_owned(), quantity.map_err(|e| Error::fields(vec![e]))?),
    ]);
    let tx = visit.ctx.begin().await?;
    match (sheet.line, sheet.version) {
        (Some(line), Some(version)) => {
            write::update(&visit.ctx, &tx, &ty, line, version, values).await?;
        }
        _ => {
            values.insert(sheet.doc.parent().to_owned(), order.into());
            values.insert("product_id".to_owned(), product.into());
            write::create(&visit.ctx, &tx, &ty, values).await?;
        }
    }
    tx.commit().await?;
    Ok(order)
}

async fn form(visit: &Visit, record: &Record, config: &Config, sheet: &Sheet) -> Result<Markup> {
    let loc = &visit.loc;
    if config.options.is_empty() {
        return Ok(ui::empty(
            "adjustments",
            &loc.t("configurator-none"),
            &loc.t("configurator-none-text"),
            html! {},
        ));
    }
    let found = configure::analyse(&config.model, &sheet.chosen);
    let to = format!("/products/{}/configurator", record.id);
    let groups = html! {
        @for (i, _) in config.groups.iter().enumerate() { (group(visit, config, sheet, &found, i)) }
    };
    let rail = html! {
        (ui::card(loc.t("configurator-price")).body(price(visit, record, config, sheet).await?))
        (ui::card(loc.t("configurator-check")).body(messages(visit, record.id, config, &found)))
        (ui::card(loc.t(if sheet.doc == Doc::Quote { "configurator-quote" } else { "configurator-order" })).body(order_part(visit, record, sheet, &found).await?))
    };
    Ok(html! {
        form #conf hx-post=(to) hx-trigger="change" hx-target="this" hx-swap="outerMorph" {
            (ui::form_errors(&sheet.errors))
            (ui::two_columns(groups, rail))
        }
    })
}

fn group(visit: &Visit, config: &Config, sheet: &Sheet, found: &Analysis, place: usize) -> Markup {
    let loc = &visit.loc;
    let Some(g) = config.groups.get(place) else {
        return html! {};
    };
    let one = g.most == 1;
    let members = || config.options.iter().enumerate().filter(|(_, o)| o.group == place);
    let none = one && g.least == 0;
    let empty = !members().any(|(i, _)| sheet.chosen.contains(&i));
    let name = title(&g.name, g.latin.as_deref(), visit.latin);
    let note = match (g.least, g.most) {
        (1, 1) => loc.t("configurator-pick-one"),
        (0, 1) => loc.t("configurator-pick-most-one"),
        (least, most) => loc.tv("configurator-pick", &[("least", least.into()), ("most", most.into())]),
    };
    let body = html! {
        fieldset.stack.conf-group {
            legend.vh { (name) }
            @if none {
                label.conf-opt for={ "none-" (g.id) } { input.radio id={ "none-" (g.id) } type="radio" name={ "o-" (g.id) } value="" checked[empty]; span { (loc.t("configurator-without")) } }
            }
            @for (i, o) in members() { (option(visit, config, sheet, found, i, o, one)) }
        }
    };
    maud::Render::render(&ui::card(name).note(note).body(body))
}

fn option(visit: &Visit, config: &Config, sheet: &Sheet, found: &Analysis, i: usize, o: &Choice, one: bool) -> Markup {
    let loc = &visit.loc;
    let on = sheet.chosen.contains(&i);
    let c = Currency::parse(&o.currency).unwrap_or(visit.house.currency);
    let against = found.forbidden.iter().find(|f| f.0 == i).map(|f| &f.1);
    let asked = found.forced.iter().find(|f| f.0 == i).map(|f| &f.1);
    let id = format!("opt-{}", o.id);
    let name = format!("o-{}", config.groups.get(o.group).map_or(0, |g| g.id));
    html! {
        div.conf-line {
            label.conf-opt .off[against.is_some()] for=(id) {
                @if one { input.radio id=(id) type="radio" name=(name) value=(o.code) checked[on]; }
                @else { input.check id=(id) type="checkbox" name=(name) value=(o.code) checked[on]; }
                span.conf-name { (title(&o.name, o.latin.as_deref(), visit.latin)) " " span.mono.xs.mut { (o.code) } }
                span.sp {}
                @if o.price != 0 { span.num.sm { @if o.price > 0 { "+" } (ui::money_full(loc, o.price, c)) } }
            }
            @if let Some(why) = against { p.conf-why.xs { (ui::icon("ban")) " " (reason(visit, config, why)) } }
            @if let Some(why) = asked {
                p.conf-why.xs.row.wrap { (ui::icon("alert-triangle")) span { (loc.t("configurator-needed")) " " (reason(visit, config, why)) } }
            }
        }
    }
}

/// The sentences of a reason, in one line.
fn reason(visit: &Visit, config: &Config, why: &Why) -> String {
    let all: Vec<String> = config
        .sentences(&why.parts)
        .iter()
        .map(|e| visit.loc.field_error(e))
        .collect();
    all.join(if visit.loc.is_zh() { "；" } else { "; " })
}

fn messages(visit: &Visit, product: i64, config: &Config, found: &Analysis) -> Markup {
    let loc = &visit.loc;
    let button = |what: &str, value: &str, words: String| {
        let value = zhike_web::input::percent_encode(value);
        ui::btn(words)
            .small()
            .attr("hx-post", format!("/products/{product}/configurator?{what}={value}"))
            .attr("hx-target", "#conf")
            .attr("hx-swap", "outerMorph")
            .attr("hx-include", "#conf")
    };
    let names = |o: usize| {
        let o = config.options.get(o)?;
        Some((
            o.code.clone(),
            title(&o.name, o.latin.as_deref(), visit.latin).to_owned(),
        ))
    };
    html! {
        div.stack aria-live="polite" id="conf-messages" {
            @if found.broken.is_empty() {
                (ui::callout(ui::Tone::Good, loc.t("configurator-valid")))
            } @else {
                @for e in config.sentences(&found.broken) { (ui::callout(ui::Tone::Bad, loc.field_error(&e))) }
                @if let Some(dead) = &found.dead {
                    p.sm.mut { (loc.t("configurator-dead")) }
                    div.row.wrap {
                        @for (code, name) in dead.choices.iter().filter_map(|o| names(*o)) {
                            (button("drop", &code, loc.tv("configurator-drop", &[("option", name.into())])))
                        }
                    }
                } @else {
                    div.row.wrap { (button("complete", "1", loc.t("configurator-complete")).icon("checks")) }
                }
            }
        }
    }
}

async fn price(visit: &Visit, record: &Record, config: &Config, sheet: &Sheet) -> Result<Markup> {
    let loc = &visit.loc;
    let field = zhike_store::Field::new("quantity", FieldKind::Quantity);
    let quantity = field
        .parse(&sheet.quantity, visit.house.currency)
        .ok()
        .and_then(|v| v.int());
    let mut asked = api::Asked {
        product_id: record.id,
        party_id: None,
        quantity: quantity.unwrap_or(1_000),
        unit: String::new(),
        options: config.codes(&sheet.chosen),
        on: None,
        channel: String::new(),
        currency: Some(record.text("currency").to_owned()),
    };
    if let Some(order) = document(visit, sheet.doc, sheet.order).await? {
        asked.party_id = order.int("party_id");
        asked.currency = Some(order.text("currency").to_owned());
        asked.channel = order.text("channel").to_owned();
        asked.on = Some(order.text(sheet.doc.day()).to_owned());
    }
    let number = ui::Field::new("quantity", loc.t("price-try-quantity"))
        .id("conf-quantity")
        .number(&sheet.quantity);
    let quote = match api::quote(visit, &asked).await {
        // An order may be in sight whose customer is not: then the price for everybody is shown.
        Err(e) if asked.party_id.is_some() && e.kind == Kind::Invalid => {
            asked.party_id = None;
            api::quote(visit, &asked).await
        }
        other => other,
    }?;
    Ok(html! { div.stack id="conf-price" { (number) (try_price::shown(visit, &quote, asked.quantity)) } })
}

async fn document(visit: &Visit, doc: Doc, id: Option<i64>) -> Result<Option<Record>> {
    let ty = visit.registry().get(doc.name())?;
    let Some(id) = id.filter(|_| visit.may(&ty.permission("view"))) else {
        return Ok(None);
    };
    read::find(&visit.ctx, visit.db(), ty, id).await
}

async fn order_part(visit: &Visit, record: &Record, sheet: &Sheet, found: &Analysis) -> Result<Markup> {
    let loc = &visit.loc;
    let known = document(visit, sheet.doc, sheet.order).await?;
    let number = known.as_ref().map_or("", |o| o.text("number"));
    let to = format!("/products/{}/configurator/save", record.id);
    let mut save = ui::btn(loc.t(match (sheet.line, sheet.doc) {
        (Some(_), _) => "web-save",
        (None, Doc::Order) => "configurator-add",
        (None, Doc::Quote) => "configurator-add-quote",
    }))
    .primary()
    .attr("hx-post", to)
    .attr("hx-target", "#conf")
    .attr("hx-swap", "outerMorph")
    .attr("hx-include", "#conf");
    if !found.broken.is_empty() {
        save = save.disabled(&loc.t("configurator-not-yet"));
    }
    if !visit.may(sheet.doc.edit()) {
        return Ok(html! { p.sm.mut { (loc.t("configurator-no-order")) } });
    }
    Ok(html! {
        div.stack {
            @if let Some(line) = sheet.line {
                (ui::hidden("line", &line.to_string()))
                (ui::hidden("version", &sheet.version.unwrap_or(0).to_string()))
            }
            @if known.is_some() && (sheet.line.is_some() || sheet.doc == Doc::Quote) {
                (ui::hidden(sheet.doc.name(), &sheet.order.unwrap_or(0).to_string()))
                p.sm { a.link href={ "/" (sheet.doc.name()) "s/" (sheet.order.unwrap_or(0)) "/lines" } { (number) } }
            } @else {
                (Field::new("order", loc.t("order-one")).id("conf-order").combobox(loc, "/lookup/order", &sheet.order.map(|o| o.to_string()).unwrap_or_default(), number))
            }
            div.btn-row { (save) }
        }
    })
}

/// The button on a configurable product's page.
pub(crate) fn button(visit: &Visit, product: &Record) -> Markup {
    let shown = product.get("configurable").truth() == Some(true) && product.archived_at.is_none();
    let open = ui::btn(visit.loc.t("product-configure")).icon("adjustments");
    html! { @if shown { (open.href(format!("/products/{}/configurator", product.id))) } }
}
