//! The input of a field, by its kind: with its label on a form, bare in a table cell, and as the value of a filter.

use super::{
    ask::ME,
    show::{self, choice, label},
};
use crate::{
    ui::{self, Choice},
    visit::Visit,
};
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::identity::UserLine;
use zhike_kernel::{Currency, Result, Value, Values};
use zhike_store::{Field, FieldKind, RecordType, Source};

/// May people type it?
pub(super) fn typed(field: &Field) -> bool {
    field.editable && field.source == Source::Own && !matches!(field.kind, FieldKind::Number | FieldKind::Stamp)
}

/// What stands in an input.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    /// As the field reads it.
    pub text: String,
    /// The name behind an id.
    pub shown: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// The keys begin here.
    pub first: bool,
}

/// Things that inputs need, read once.
pub(super) struct Inputs<'a> {
    pub visit: &'a Visit,
    pub ty: &'a RecordType,
    users: Arc<Vec<UserLine>>,
}

impl<'a> Inputs<'a> {
    /// Reads the users if the type has a field for one.
    pub(super) async fn new(visit: &'a Visit, ty: &'a RecordType) -> Result<Inputs<'a>> {
        let needed = ty.fields.iter().any(|f| f.kind == FieldKind::User);
        let users = if needed {
            visit.app.identity.users().await?
        } else {
            Arc::default()
        };
        Ok(Inputs { visit, ty, users })
    }

    /// What stands in a field of a record.
    pub(super) async fn typed(&self, field: &Field, row: &Values) -> Result<Typed> {
        let value = row.get(field.name).unwrap_or(&Value::Null);
        let text = field.write(value, show::currency(self.visit, field, row));
        self.named(field, text).await
    }

    /// Adds the name behind an id.
    pub(super) async fn named(&self, field: &Field, text: String) -> Result<Typed> {
        let mut shown = String::new();
        if let (FieldKind::Ref(_), Ok(id)) = (field.kind, text.parse::<i64>()) {
            let row = Values::from([(field.name.to_owned(), Value::Int(id))]);
            let names = show::names(self.visit, self.ty, &[&row]).await?;
            shown = names.get(field, id).map_or_else(|| format!("#{id}"), str::to_owned);
        }
        Ok(Typed {
            text,
            shown,
            error: None,
            first: false,
        })
    }

    fn choices(&self, field: &Field, current: &str) -> Option<Vec<Choice>> {
        let loc = &self.visit.loc;
        Some(match field.kind {
            FieldKind::Choice(words) => words
                .iter()
                .map(|w| Choice::new(*w, choice(self.visit, self.ty, field, w)))
                .collect(),
            FieldKind::Bool => vec![
                Choice::new("yes", loc.t("records-yes")),
                Choice::new("no", loc.t("records-no")),
            ],
            FieldKind::Currency => Currency::codes().map(|c| Choice::new(c, c)).collect(),
            FieldKind::User => self
                .users
                .iter()
                .filter(|u| u.active || u.id.to_string() == current)
                .map(|u| Choice::new(u.id.to_string(), u.title(self.visit.latin)))
                .collect(),
            _ => return None,
        })
    }

    /// With its label, hint and error.
    pub(super) fn labelled(&self, field: &Field, typed: &Typed, sign: &str) -> Markup {
        let loc = &self.visit.loc;
        let words = label(self.visit, self.ty, field.name);
        let hint = format!("{}-{}-hint", self.ty.name, field.name);
        let mut f = ui::Field::new(field.name, words.clone())
            .required(field.required)
            .error(typed.error.clone());
        if loc.has(&hint) {
            f = f.hint(loc.t(&hint));
        }
        if typed.first {
            f = f.attr("autofocus", "autofocus");
        }
        if let Some(choices) = self.choices(field, &typed.text) {
            let none = (!field.required || typed.text.is_empty()).then_some("—");
            return f.select(&choices, &typed.text, none);
        }
        match field.kind {
            FieldKind::Long => html! { div.wide { (f.textarea(&typed.text, 4)) } },
            FieldKind::Email => f.email(&typed.text),
            FieldKind::Phone => f.phone(&typed.text),
            FieldKind::Date => f.date(&typed.text),
            FieldKind::Money { .. } => f.money(&typed.text, sign),
            FieldKind::Rate => {
                let f = if loc.has(&hint) {
                    f
                } else {
                    f.hint(loc.t("records-in-percent"))
                };
                f.number(&typed.text)
            }
            FieldKind::Int | FieldKind::Quantity => f.number(&typed.text),
            FieldKind::Ref(to) => f.combobox(loc, &format!("/lookup/{to}"), &typed.text, &typed.shown),
            FieldKind::Many(some) => html! {
                fieldset.field {
                    legend.lab { (words) }
                    (ui::hidden(field.name, ""))
                    div.row.wrap { (self.boxes(field, some, field.name, &typed.text)) }
                    @if let Some(error) = &typed.error { span.err { (error) } }
                }
            },
            _ => f.text(&typed.text),
        }
    }

    fn boxes(&self, field: &Field, words: &[&str], name: &str, text: &str) -> Markup {
        let on: Vec<&str> = text.split(' ').collect();
        html! {
            @for word in words {
                label.row { input.check type="checkbox" name=(name) value=(word) checked[on.contains(word)]; span { (choice(self.visit, self.ty, field, word)) } }
            }
        }
    }

    /// Without a label, in a cell or a bar; it sends `value`.
    pub(super) fn bare(&self, field: &Field, typed: &Typed) -> Markup {
        let loc = &self.visit.loc;
        let words = label(self.visit, self.ty, field.name);
        let invalid = typed.error.is_some().then_some("true");
        if let Some(choices) = self.choices(field, &typed.text) {
            return html! {
                select.select name="value" aria-label=(words) aria-invalid=[invalid] {
                    @if !field.required || typed.text.is_empty() { option value="" { "—" } }
                    @for c in &choices { option value=(c.value) selected[c.value == typed.text] { (c.label) } }
                }
            };
        }
        match field.kind {
            FieldKind::Long => html! {
                textarea.textarea name="value" rows="3" aria-label=(words) aria-invalid=[invalid] { "\n" (typed.text) }
            },
            FieldKind::Many(some) => {
                html! { (ui::hidden("value", "")) (self.boxes(field, some, "value", &typed.text)) }
            }
            FieldKind::Ref(to) => {
                let list = format!("list-{}", field.name);
                html! {
                    div.combo style="min-width:180px" {
                        input type="hidden" name="value" value=(typed.text);
                        input.input type="text" role="combobox" autocomplete="off" aria-expanded="false" aria-autocomplete="list"
                            aria-controls=(list) aria-label=(words) aria-invalid=[invalid] data-lookup={ "/lookup/" (to) }
                            placeholder=(loc.t("web-lookup")) value=(typed.shown);
                        div.combo-list role="listbox" id=(list) aria-label=(words) hidden {}
                    }
                }
            }
            FieldKind::Date => {
                html! { input.input type="date" name="value" value=(typed.text) aria-label=(words) aria-invalid=[invalid]; }
            }
            _ => {
                let number = show::is_number(field).then_some("decimal");
                html! {
                    input.input type="text" name="value" value=(typed.text) autocomplete="off" inputmode=[number]
                        aria-label=(words) aria-invalid=[invalid];
                }
            }
        }
    }
}

/// The value part of the form that adds a filter; it sends `fv`, several times where several words may be chosen.
pub(super) async fn filter_value(visit: &Visit, ty: &RecordType, field: &Field) -> Result<Markup> {
    let inputs = Inputs::new(visit, ty).await?;
    let loc = &visit.loc;
    let f = ui::Field::new("fv", loc.t("records-value")).id("filter-value");
    Ok(match field.kind {
        FieldKind::Choice(words) => html! {
            fieldset.field { legend.lab { (loc.t("records-value")) } div.row.wrap { (inputs.boxes(field, words, "fv", "")) } }
        },
        FieldKind::Many(words) => {
            let choices: Vec<Choice> = words
                .iter()
                .map(|w| Choice::new(*w, choice(visit, ty, field, w)))
                .collect();
            f.select(&choices, "", None)
        }
        FieldKind::User => {
            let mut choices = vec![Choice::new(ME, loc.t("records-me"))];
            choices.extend(inputs.choices(field, "").unwrap_or_default());
            f.select(&choices, ME, None)
        }
        FieldKind::Bool | FieldKind::Currency => f.select(&inputs.choices(field, "").unwrap_or_default(), "", None),
        FieldKind::Ref(to) => f.combobox(loc, &format!("/lookup/{to}"), "", ""),
        FieldKind::Date | FieldKind::Stamp => f.date(""),
        _ if show::is_number(field) => f.number(""),
        _ => f.text(""),
    })
}
