//! The form that writes a line of a document (an order, a quote) and what becomes of it: one for all of them.

use crate::{
    answer::{Answer, html as answer_html, see_other, with_toast},
    input::Fields,
    ui,
    visit::Visit,
};
use axum::response::IntoResponse;
use futures::future::BoxFuture;
use maud::{Markup, html};
use zhike_contract::ProductFacts;
use zhike_kernel::{Currency, Error, Kind, Result, Values};
use zhike_store::{Record, RecordType, event, read, write};

/// A kind of document whose lines are written in a form.
#[derive(Clone, Copy)]
pub struct Doc {
    /// Record type of the document: `order`.
    pub name: &'static str,
    /// Record type of its lines.
    pub line: &'static str,
    /// The field of a line that names its document.
    pub parent: &'static str,
    /// Address of its pages.
    pub path: &'static str,
    /// Fields of the form, in order. Those that are not for the reader's eyes are left out.
    pub fields: &'static [&'static str],
    /// The lines of a document in sight, by its id.
    pub lines: for<'a> fn(&'a Visit, i64) -> BoxFuture<'a, Result<Vec<Record>>>,
    /// The tab with the lines, drawn anew by the document's id.
    pub tab: for<'a> fn(&'a Visit, i64) -> BoxFuture<'a, Result<Markup>>,
}

/// What stands in the form: texts by field, and what is wrong with them.
#[derive(Default)]
pub struct Typed {
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

/// The currency of a document.
pub fn currency(visit: &Visit, doc: &Record) -> Currency {
    Currency::parse(doc.text("currency")).unwrap_or(visit.house.currency)
}

impl Doc {
    fn word(&self, rest: &str) -> String {
        format!("{}-line-{rest}", self.name)
    }

    fn at(&self, doc: i64, rest: &str) -> String {
        format!("{}/{doc}/{rest}", self.path)
    }

    /// The form for a new line.
    pub async fn empty(&self, visit: &Visit, doc: &Record) -> Result<Markup> {
        self.form(visit, doc, None, &Typed::default()).await
    }

    /// Where the keys begin: the product of a line that follows others or opens an empty document, the quantity of one
    /// that is changed. A document that is only looked at keeps the keys of the page.
    async fn begin(&self, visit: &Visit, doc: &Record, line: Option<&Record>) -> Result<Option<&'static str>> {
        Ok(match line {
            Some(_) => Some("quantity"),
            None if visit.fragment || (self.lines)(visit, doc.id).await?.is_empty() => Some("product_id"),
            None => None,
        })
    }

    async fn form(&self, visit: &Visit, doc: &Record, line: Option<&Record>, typed: &Typed) -> Result<Markup> {
        let told = |e: &Error| e.fields.iter().any(|f| self.fields.contains(&f.field.as_str()));
        // What is wrong takes the focus by itself.
        let begin = self
            .begin(visit, doc, line)
            .await?
            .filter(|_| !typed.error.as_ref().is_some_and(told));
        let loc = &visit.loc;
        let ty = visit.registry().get(self.line)?.clone();
        let sign = currency(visit, doc).sign();
        let action = match line {
            Some(l) => self.at(doc.id, &format!("line/{}", l.id)),
            None => self.at(doc.id, "line"),
        };
        let product = typed.get("product_id").to_owned();
        let shown = match product.parse::<i64>() {
            Ok(id) => read::titles(visit.db(), visit.registry(), "product", &[id], visit.latin)
                .await?
                .remove(&id)
                .unwrap_or_default(),
            Err(_) => String::new(),
        };
        let wrong = |name: &str| {
            let found = typed.error.as_ref()?.fields.iter().find(|f| f.field == name)?;
            Some(loc.field_error(found))
        };
        let input = |name: &'static str| {
            let mut field = ui::Field::new(name, loc.t(&format!("{}-{name}", self.line))).error(wrong(name));
            let hint = self.word(&format!("{name}-hint"));
            if loc.has(&hint) {
                field = field.hint(loc.t(&hint));
            }
            if begin == Some(name) {
                field = field.attr("autofocus", "autofocus");
            }
            let text = typed.get(name);
            match name {
                "product_id" => field.combobox(loc, "/lookup/product", &product, &shown),
                "quantity" => field.required(true).number(text),
                "tax_rate" => field.number(text),
                "unit" => field.attr("list", "line-units").text(text),
                "unit_price" | "discount" | "unit_cost" => field.money(text, sign),
                _ => field.text(text),
            }
        };
        // Chosen in the configurator; typed only where there is something already.
        let has_options = !typed.get("options").is_empty() || wrong("options").is_some();
        let shows = |name: &str| (name != "options" || has_options) && ty.field(name).is_some_and(|f| visit.sees(f));
        // What is wrong but has no input of its own is said above the inputs.
        let whole: Vec<String> = typed
            .error
            .iter()
            .flat_map(|e| {
                let rest = e.fields.iter().filter(|f| !self.fields.contains(&f.field.as_str()));
                let own = e.fields.is_empty().then(|| loc.error(e));
                own.into_iter()
                    .chain(rest.map(|f| loc.field_error(f)))
                    .collect::<Vec<_>>()
            })
            .collect();
        let sum = match line {
            Some(l) => self.at(doc.id, &format!("line-sum?line={}", l.id)),
            None => self.at(doc.id, "line-sum"),
        };
        let body = html! {
            form.stack data-entry hx-post=(action) hx-target={ "#" (self.name) "-lines" } hx-swap="outerHTML" {
                (ui::form_errors(&whole))
                @if let Some(l) = line { (ui::hidden("version", &l.version.to_string())) }
                div.form-grid {
                    @for name in self.fields.iter().filter(|n| shows(n)) {
                        @if *name == "options" { div.wide { (input(name)) } } @else { (input(name)) }
                    }
                }
                datalist #line-units {}
                div.row.wrap {
                    output #line-sum .mut aria-live="polite" hx-post=(sum)
                        hx-trigger="load, input delay:250ms from:closest form, change delay:250ms from:closest form" hx-include="closest form" hx-swap="innerHTML" {}
                    span.sp {}
                    @if line.is_some() {
                        (ui::btn(loc.t("web-cancel")).ghost().attr("data-cancel-line", "").attr("hx-get", self.at(doc.id, "line-form")).attr("hx-target", "#line-form").attr("hx-swap", "innerHTML"))
                    }
                    span.xs.mut.wide-only { (ui::kbd("Enter")) " " (loc.t("line-key-next")) }
                    (ui::btn(if line.is_some() { loc.t("web-save") } else { loc.t(&self.word("add")) }).primary().submit())
                }
            }
        };
        let title = loc.t(&self.word(if line.is_some() { "edit" } else { "new" }));
        Ok(maud::Render::render(&ui::card(title).body(body)))
    }

    fn texts(&self, ty: &RecordType, line: &Record, c: Currency) -> Vec<(String, String)> {
        self.fields
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), ty.field(name)?.write(line.get(name), c))))
            .collect()
    }

    async fn line_of(&self, visit: &Visit, doc: i64, id: i64) -> Result<Record> {
        let all = (self.lines)(visit, doc).await?;
        all.into_iter().find(|l| l.id == id).ok_or_else(Error::missing)
    }

    /// The form, empty or with a line in it.
    pub async fn show(&self, visit: &Visit, doc: &Record, line: Option<i64>) -> Answer {
        let Some(line) = line else {
            return answer_html(self.empty(visit, doc).await?);
        };
        let ty = visit.registry().get(self.line)?.clone();
        let line = self.line_of(visit, doc.id, line).await?;
        let typed = Typed {
            texts: self.texts(&ty, &line, currency(visit, doc)),
            error: None,
        };
        answer_html(self.form(visit, doc, Some(&line), &typed).await?)
    }

    /// What the form says, money read in the document's currency; all complaints at once.
    pub fn read(&self, visit: &Visit, doc: &Record, f: &Fields) -> Result<Values> {
        let ty = visit.registry().get(self.line)?;
        let c = currency(visit, doc);
        let (mut out, mut wrong) = (Values::new(), vec![]);
        for name in self.fields {
            let Some(text) = f.get(name) else { continue };
            let field = ty.need(name)?;
            if !visit.sees(field) {
                return Err(zhike_store::sight::hidden(field));
            }
            match field.parse(text, c) {
                Ok(value) => {
                    out.insert((*name).to_owned(), value);
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

    async fn save(&self, visit: &Visit, doc: &Record, line: Option<&Record>, f: &Fields) -> Result<()> {
        let ty = visit.registry().get(self.line)?.clone();
        let mut given = self.read(visit, doc, f)?;
        let tx = visit.ctx.begin().await?;
        match line {
            None => {
                given.insert(self.parent.to_owned(), doc.id.into());
                write::create(&visit.ctx, &tx, &ty, given).await?;
            }
            Some(l) => {
                let version = f.need_int("version")?;
                write::update(&visit.ctx, &tx, &ty, l.id, version, given).await?;
            }
        }
        tx.commit().await
    }

    /// Writes a new line or changes one: the tab again, or the form with what is wrong.
    pub async fn answer(&self, visit: &Visit, doc: &Record, line: Option<i64>, f: Fields) -> Answer {
        let line = match line {
            Some(id) => Some(self.line_of(visit, doc.id, id).await?),
            None => None,
        };
        match self.save(visit, doc, line.as_ref(), &f).await {
            Ok(()) if visit.fragment => answer_html((self.tab)(visit, doc.id).await?),
            Ok(()) => see_other(&self.at(doc.id, "lines")),
            // A refusal comes back in the form with what was typed; the list above stays as it is.
            Err(e) if visit.fragment && matches!(e.kind, Kind::Invalid | Kind::Refused) => {
                let typed = Typed {
                    texts: f.0,
                    error: Some(e),
                };
                let markup = self.form(visit, doc, line.as_ref(), &typed).await?;
                let mut response = (axum::http::StatusCode::UNPROCESSABLE_ENTITY, markup).into_response();
                let headers = response.headers_mut();
                headers.insert("hx-retarget", axum::http::HeaderValue::from_static("#line-form"));
                headers.insert("hx-reswap", axum::http::HeaderValue::from_static("innerHTML"));
                Ok(response)
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Puts a line away; a toast takes it back.
    pub async fn remove(&self, visit: &Visit, doc: &Record, line: i64, version: i64) -> Answer {
        let line = self.line_of(visit, doc.id, line).await?;
        let ty = visit.registry().get(self.line)?.clone();
        let tx = visit.ctx.begin().await?;
        write::archive(&visit.ctx, &tx, &ty, line.id, version, true).await?;
        let undo = event::of_record(&tx, self.line, line.id, 1).await?;
        tx.commit().await?;
        let undo = undo.first().map(|e| format!("/undo/event/{}", e.id));
        let response = (self.tab)(visit, doc.id).await?.into_response();
        Ok(with_toast(
            response,
            &visit.loc.t(&self.word("removed")),
            undo.as_deref(),
        ))
    }

    /// The way to the configurator of a product that has one; it leads back to this document.
    pub fn configure(&self, visit: &Visit, doc: i64, line: Option<i64>, product: Option<i64>) -> Markup {
        let Some(product) = product else { return html! {} };
        let line = line.map(|l| format!("&line={l}")).unwrap_or_default();
        let to = format!("/products/{product}/configurator?{}={doc}{line}", self.name);
        html! { (ui::btn(visit.loc.t("line-configure")).icon("adjustments").small().href(to)) }
    }
}

/// The units that a product may be written in, for the form above.
pub fn units(visit: &Visit, facts: &ProductFacts) -> Markup {
    html! {
        datalist #line-units hx-swap-oob="true" {
            @if !facts.unit.is_empty() { option value=(facts.unit) {} }
            @for (unit, factor) in &facts.units { option value=(unit) { (visit.loc.qty(*factor)) " " (facts.unit) } }
        }
    }
}
