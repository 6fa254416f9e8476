//! The page of assumptions: what an order, a visit or money costs, and margins where the cost is unknown.

use crate::assume::{self, NAMES, Unit};
use crate::job;
use maud::{Markup, html};
use std::collections::BTreeMap;
use zhike_kernel::{Error, FieldError, Result, Value, number};
use zhike_store::{Query as _, binds, read, write};
use zhike_web::ui::{self, Field};
use zhike_web::{Answer, Fields, Form, Screen, Visit, answer};

/// Categories on the form; a house with more edits them in their own list.
const CATEGORIES: i64 = 300;

/// A category with its assumed margin.
struct Category {
    id: i64,
    version: i64,
    name: String,
    margin: Option<i64>,
}

async fn categories(visit: &Visit) -> Result<Vec<Category>> {
    let sql = format!(
        "SELECT t.id, t.version, {}, t.margin_rate FROM catalog_category t WHERE t.archived_at IS NULL ORDER BY t.code, t.id LIMIT {CATEGORIES}",
        visit.ctx.name_of("t")
    );
    visit
        .db()
        .all(&sql, binds![])
        .await?
        .iter()
        .map(|r| {
            Ok(Category {
                id: r.int(0)?,
                version: r.int(1)?,
                name: r.text(2)?,
                margin: r.opt_int(3)?,
            })
        })
        .collect()
}

fn written(unit: Unit, value: i64, decimals: u32) -> String {
    match unit {
        Unit::Amount => number::write_scaled(value, decimals),
        Unit::Rate => rate(value),
    }
}

fn rate(ppm: i64) -> String {
    let text = number::write_scaled(ppm, 4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `GET /value/assumptions`.
pub async fn show(visit: Visit) -> Answer {
    let markup = page(&visit, &Fields::default(), &[]).await?;
    answer::html(markup)
}

async fn page(visit: &Visit, typed: &Fields, wrong: &[FieldError]) -> Result<Markup> {
    let loc = &visit.loc;
    let now = assume::load(visit.db(), visit.house.currency).await?;
    let decimals = visit.house.currency.decimals();
    let edits = visit.may("value.edit");
    let margins = visit.may("category.edit") && edits;
    let complaint = |name: &str| wrong.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
    let off = |field: Field, on: bool| if on { field } else { field.attr("disabled", "disabled") };
    let fields = NAMES.iter().map(|(name, unit, _)| {
        let shown = typed
            .get(name)
            .map_or_else(|| written(*unit, now.get(name).unwrap_or(0), decimals), str::to_owned);
        let field = Field::new(*name, loc.t(&format!("value-assume-{name}")))
            .hint(loc.t(&format!("value-assume-{name}-hint")))
            .error(complaint(name))
            .required(true);
        match unit {
            Unit::Amount => off(field, edits).money(&shown, visit.house.currency.sign()),
            Unit::Rate => off(field, edits).money(&shown, "%"),
        }
    });
    let fields: Vec<Markup> = fields.collect();
    let rows = categories(visit).await?;
    let main = html! {
        div.page {
            form.stack.l method="post" action="/value/assumptions" {
                (ui::hidden("csrf", &visit.csrf))
                @if !wrong.is_empty() { (ui::form_errors(&[loc.t("error-fields")])) }
                (ui::callout(ui::Tone::Info, loc.t("value-assumptions-text")))
                (ui::card(loc.t("value-assume-costs")).body(html! { div.g3 { @for field in &fields { (field) } } }))
                (ui::card(loc.t("value-assume-margins")).note(loc.t("value-assume-margins-note")).body(html! {
                    @if rows.is_empty() { p.mut { (loc.t("value-assume-no-categories")) } }
                    div.g3 { @for c in &rows {
                        @let name = format!("margin-{}", c.id);
                        @let shown = typed.get(&name).map_or_else(|| c.margin.map_or_else(String::new, rate), str::to_owned);
                        @if margins { (ui::hidden(&format!("version-{}", c.id), &c.version.to_string())) }
                        (off(Field::new(name.as_str(), c.name.as_str()).error(complaint(&name)), margins).money(&shown, "%"))
                    } }
                }))
                @if edits { (ui::submit_row(loc, Some("/value"), &loc.t("value-save-and-run"))) }
            }
        }
    };
    Ok(Screen::new(visit, loc.t("value-assumptions"), "value")
        .crumb(loc.t("nav-value"), "/value")
        .markup(main))
}

/// `POST /value/assumptions`.
pub async fn save(visit: Visit, Form(form): Form) -> Answer {
    let decimals = visit.house.currency.decimals();
    let mut wrong = vec![];
    let mut new = vec![];
    for (name, unit, _) in NAMES {
        let Some(text) = form.get(name) else { continue };
        let places = if unit == Unit::Amount { decimals } else { 4 };
        match number::parse_scaled(text.trim().trim_end_matches('%'), places, true) {
            Ok(value) => match assume::check(name, value) {
                Ok(()) => new.push((name.to_owned(), value)),
                Err(e) => wrong.extend(e.fields),
            },
            Err(_) => wrong.push(not_a_number(name)),
        }
    }
    let margins = margins(&visit, &form, &mut wrong).await?;
    if !wrong.is_empty() {
        let again = page(&visit, &form, &wrong).await?;
        return answer::html_with(axum::http::StatusCode::UNPROCESSABLE_ENTITY, again);
    }
    let ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    let mut changed = assume::save(ctx, &tx, &new).await?;
    let ty = ctx.registry().get("category")?.clone();
    for (id, (version, margin)) in margins {
        let record = read::need(ctx, &tx, &ty, id).await?;
        let values = [("margin_rate".to_owned(), margin.map_or(Value::Null, Value::Int))];
        changed |= write::update(ctx, &tx, &ty, id, version, values.into()).await? != record.version;
    }
    if changed {
        job::ask(&tx).await?;
    }
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer::go(&visit, "/value")
}

fn not_a_number(name: &str) -> FieldError {
    FieldError {
        field: name.to_owned(),
        code: "error-not-a-number",
        args: vec![],
    }
}

/// The margins on the form that differ from those kept: category → (version seen, margin).
async fn margins(
    visit: &Visit,
    form: &Fields,
    wrong: &mut Vec<FieldError>,
) -> Result<BTreeMap<i64, (i64, Option<i64>)>, Error> {
    let mut all = BTreeMap::new();
    for c in categories(visit).await? {
        let (name, version) = (format!("margin-{}", c.id), form.int(&format!("version-{}", c.id)));
        let (Some(text), Some(version)) = (form.get(&name), version) else {
            continue;
        };
        let text = text.trim().trim_end_matches('%');
        let margin = if text.is_empty() {
            None
        } else {
            match number::parse_scaled(text, 4, true) {
                Ok(ppm) if (0..=1_000_000).contains(&ppm) => Some(ppm),
                Ok(_) => {
                    wrong.push(FieldError {
                        field: name,
                        code: "error-value-range",
                        args: vec![],
                    });
                    continue;
                }
                Err(_) => {
                    wrong.push(not_a_number(&name));
                    continue;
                }
            }
        };
        if margin != c.margin {
            all.insert(c.id, (version, margin));
        }
    }
    Ok(all)
}
