//! Form fields: a label that is always visible, the input, a hint, and the error below it.

use super::attrs::{Attrs, element};
use super::button::btn;
use super::layout::{Tone, callout};
use super::mark::{icon, icon_class};
use crate::locale::Locale;
use maud::{Markup, html};

/// One choice of a select or segment.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Sent value.
    pub value: String,
    /// Shown words.
    pub label: String,
}

impl Choice {
    /// Value and words.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// A field being described; the last call draws it as one kind of input.
#[derive(Clone, Debug)]
pub struct Field {
    id: String,
    name: String,
    label: String,
    hint: Option<String>,
    error: Option<String>,
    required: bool,
    attrs: Attrs,
}

impl Field {
    /// A field of this name with this label.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Field {
        let name = name.into();
        Field {
            id: format!("f-{name}"),
            name,
            label: label.into(),
            hint: None,
            error: None,
            required: false,
            attrs: Attrs::new(),
        }
    }
    /// Another id, if two forms on a page have the same field.
    pub fn id(mut self, id: impl Into<String>) -> Field {
        self.id = id.into();
        self
    }
    /// A hint below.
    pub fn hint(mut self, hint: impl Into<String>) -> Field {
        self.hint = Some(hint.into());
        self
    }
    /// What is wrong with it, if anything.
    pub fn error(mut self, error: Option<String>) -> Field {
        self.error = error;
        self
    }
    /// Must be filled.
    pub fn required(mut self, required: bool) -> Field {
        self.required = required;
        self
    }
    /// Adds an attribute to the input.
    pub fn attr(mut self, name: &'static str, value: impl Into<String>) -> Field {
        self.attrs = self.attrs.set(name, value);
        self
    }

    fn described(&self) -> Attrs {
        let told = match (&self.error, &self.hint) {
            (Some(_), Some(_)) => Some(format!("{0}-error {0}-hint", self.id)),
            (Some(_), None) => Some(format!("{}-error", self.id)),
            (None, Some(_)) => Some(format!("{}-hint", self.id)),
            (None, None) => None,
        };
        Attrs::new()
            .maybe("aria-invalid", self.error.as_ref().map(|_| "true"))
            .maybe("aria-describedby", told)
    }
    fn base(&self, class: &str) -> Attrs {
        Attrs::new()
            .set("id", &self.id)
            .set("name", &self.name)
            .set("class", class)
            .flag("required", self.required)
            .and(self.described())
            .and(self.attrs.clone())
    }
    fn below(&self) -> Markup {
        html! {
            @if let Some(error) = &self.error { span.err id={ (self.id) "-error" } { (icon_class("circle-x", "s")) span { (error) } } }
            @if let Some(hint) = &self.hint { span.hint id={ (self.id) "-hint" } { (hint) } }
        }
    }
    fn star(&self) -> Markup {
        html! { @if self.required { span.req aria-hidden="true" { " *" } } }
    }
    /// Draws any control in the field's frame.
    pub fn around(&self, control: &Markup) -> Markup {
        html! { div.field { label for=(self.id) { (self.label) (self.star()) } (control) (self.below()) } }
    }
    fn input(&self, kind: &str, value: &str, more: Attrs) -> Markup {
        let attrs = self.base("input").set("type", kind).set("value", value).and(more);
        self.around(&element("input", &attrs, None))
    }

    /// A line of text.
    pub fn text(&self, value: &str) -> Markup {
        self.input("text", value, Attrs::new())
    }
    /// A mail address.
    pub fn email(&self, value: &str) -> Markup {
        self.input("email", value, Attrs::new().set("inputmode", "email"))
    }
    /// A telephone number.
    pub fn phone(&self, value: &str) -> Markup {
        self.input("tel", value, Attrs::new())
    }
    /// A password; `autocomplete` is `current-password` or `new-password`.
    pub fn password(&self, autocomplete: &str) -> Markup {
        self.input("password", "", Attrs::new().set("autocomplete", autocomplete))
    }
    /// Several lines.
    pub fn textarea(&self, value: &str, rows: u32) -> Markup {
        let attrs = self.base("textarea").set("rows", rows.to_string());
        // A newline right after the tag is dropped by browsers: this one is, instead of the text's own.
        self.around(&element("textarea", &attrs, Some(html! { "\n" (value) })))
    }
    /// One of a list; `none` is the words of the empty choice, if there is one.
    pub fn select(&self, choices: &[Choice], current: &str, none: Option<&str>) -> Markup {
        let options = html! {
            @if let Some(none) = none { option value="" { (none) } }
            @for c in choices { option value=(c.value) selected[c.value == current] { (c.label) } }
        };
        self.around(&element("select", &self.base("select"), Some(options)))
    }
    /// A day, ISO text.
    pub fn date(&self, value: &str) -> Markup {
        self.input("date", value, Attrs::new())
    }
    /// A number as people type it; the server reads it.
    pub fn number(&self, value: &str) -> Markup {
        self.input(
            "text",
            value,
            Attrs::new().set("inputmode", "decimal").set("autocomplete", "off"),
        )
    }
    /// An amount with the currency's sign before it.
    pub fn money(&self, value: &str, sign: &str) -> Markup {
        let attrs = self.base("input r num").set("type", "text").set("value", value);
        let attrs = attrs.set("inputmode", "decimal").set("autocomplete", "off");
        self.around(&html! { div.affix { span aria-hidden="true" { (sign) } (element("input", &attrs, None)) } })
    }
    /// A file.
    pub fn file(&self, accept: &str) -> Markup {
        self.around(&element(
            "input",
            &self.base("input file").set("type", "file").set("accept", accept),
            None,
        ))
    }
    /// Yes or no, with the label beside it. Sends `1`, or nothing.
    pub fn checkbox(&self, on: bool) -> Markup {
        self.tick("check", on)
    }
    /// A switch. Sends `1`, or nothing.
    pub fn switch(&self, on: bool) -> Markup {
        self.tick("switch", on)
    }
    fn tick(&self, class: &str, on: bool) -> Markup {
        let attrs = self
            .base(class)
            .set("type", "checkbox")
            .set("value", "1")
            .flag("checked", on);
        html! { div.field { label.row for=(self.id) { (element("input", &attrs, None)) span { (self.label) } } (self.below()) } }
    }
    /// A few choices side by side.
    pub fn segmented(&self, choices: &[Choice], current: &str) -> Markup {
        html! {
            fieldset.field {
                legend.lab { (self.label) (self.star()) }
                div.seg.radio {
                    @for c in choices {
                        label {
                            input.vh type="radio" name=(self.name) value=(c.value) checked[c.value == current];
                            span { (c.label) }
                        }
                    }
                }
                (self.below())
            }
        }
    }
    /// A record, searched on the server while typing: `url?q=` answers with [`lookup_options`]. Sends the id.
    pub fn combobox(&self, loc: &Locale, url: &str, id: &str, shown: &str) -> Markup {
        let list = format!("{}-list", self.id);
        let attrs = Attrs::new()
            .set("id", &self.id)
            .set("class", "input")
            .set("type", "text")
            .set("role", "combobox")
            .set("autocomplete", "off")
            .set("aria-expanded", "false")
            .set("aria-autocomplete", "list")
            .set("aria-controls", &list)
            .set("data-lookup", url)
            .set("placeholder", loc.t("web-lookup"))
            .set("value", shown)
            .flag("required", self.required)
            .and(self.described())
            .and(self.attrs.clone());
        self.around(&html! {
            div.combo {
                input type="hidden" name=(self.name) value=(id);
                (element("input", &attrs, None))
                div.combo-list role="listbox" id=(list) aria-label=(self.label) hidden {}
            }
        })
    }
}

/// The answer to a combobox: id, name and a grey remark of each hit.
pub fn lookup_options(loc: &Locale, hits: &[(String, String, String)]) -> Markup {
    html! {
        @for (id, name, note) in hits {
            div role="option" data-value=(id) data-label=(name) { span.pt { (name) } span.ps { (note) } }
        }
        @if hits.is_empty() { p.combo-none { (loc.t("web-lookup-none")) } }
    }
}

/// A hidden field.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// What is wrong with the whole form, on top of it.
pub fn form_errors(errors: &[String]) -> Markup {
    html! {
        @if !errors.is_empty() {
            (callout(Tone::Bad, html! { @for error in errors { span.line { (error) } } }))
        }
    }
}

/// Cancel and save at the foot of a form.
pub fn submit_row(loc: &Locale, cancel: Option<&str>, save: &str) -> Markup {
    html! {
        div.btn-row.end {
            @if let Some(href) = cancel { (btn(loc.t("web-cancel")).ghost().href(href)) }
            (btn(save).primary().submit().attr("title", "Ctrl/⌘ ↵"))
        }
    }
}

/// A form that sends a file with a progress bar; the answer is a page to go to.
pub fn upload(loc: &Locale, action: &str, csrf: &str, file: &Field, accept: &str, more: Markup) -> Markup {
    html! {
        form.stack.l method="post" action=(action) enctype="multipart/form-data" data-upload {
            (hidden("csrf", csrf))
            (file.file(accept))
            (more)
            div.up-bar hidden { span.meter role="progressbar" aria-label=(loc.t("web-uploading")) { span style="width:0%" {} } span.num.sm data-pct {} }
            div.btn-row { button.btn.primary type="submit" { (icon("upload")) span { (loc.t("web-upload")) } } }
        }
    }
}
