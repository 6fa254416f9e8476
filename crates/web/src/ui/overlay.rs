//! What floats: menus, dialogs, toasts; and the grey bars shown while something loads.

use super::attrs::{Attrs, element};
use super::button::{Btn, btn};
use super::mark::{icon, kbd};
use crate::locale::Locale;
use maud::{Markup, html};
use std::fmt::Write as _;

/// One entry of a menu.
#[derive(Clone, Debug, Default)]
pub struct Item {
    icon: Option<String>,
    text: String,
    href: Option<String>,
    key: Option<String>,
    danger: bool,
    line: bool,
    attrs: Attrs,
}

impl Item {
    /// A button with this text; give it htmx or data attributes.
    pub fn button(text: impl Into<String>) -> Item {
        Item {
            text: text.into(),
            ..Item::default()
        }
    }
    /// A link.
    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Item {
        Item {
            text: text.into(),
            href: Some(href.into()),
            ..Item::default()
        }
    }
    /// A line between entries.
    pub fn line() -> Item {
        Item {
            line: true,
            ..Item::default()
        }
    }
    /// With an icon.
    pub fn icon(mut self, name: &str) -> Item {
        self.icon = Some(name.to_owned());
        self
    }
    /// With its key.
    pub fn key(mut self, key: &str) -> Item {
        self.key = Some(key.to_owned());
        self
    }
    /// Takes something away.
    pub fn danger(mut self) -> Item {
        self.danger = true;
        self
    }
    /// Adds an attribute.
    pub fn attr(mut self, name: &'static str, value: impl Into<String>) -> Item {
        self.attrs = self.attrs.set(name, value);
        self
    }
}

/// A menu behind a button (given as icon and label); `class` is `left`, `up` or empty.
pub fn menu(button_icon: &str, label: &str, show_label: bool, class: &str, items: &[Item]) -> Markup {
    let summary = if show_label { "btn ghost" } else { "btn ghost icon" };
    html! {
        details class={ "menu " (class) } {
            summary class=(summary) aria-label=(label) title=(label) {
                (icon(button_icon))
                @if show_label { span { (label) } }
            }
            div.menu-pop { @for item in items { (entry(item)) } }
        }
    }
}

fn entry(item: &Item) -> Markup {
    if item.line {
        return html! { hr; };
    }
    let contents = html! {
        @if let Some(name) = &item.icon { (icon(name)) }
        span { (item.text) }
        @if let Some(key) = &item.key { (kbd(key)) }
    };
    let attrs = match &item.href {
        Some(href) => Attrs::new().set("href", href),
        None => Attrs::new().set("type", "button"),
    };
    let attrs = attrs
        .flag("data-item", true)
        .maybe("class", item.danger.then_some("danger"))
        .and(item.attrs.clone());
    element(if item.href.is_some() { "a" } else { "button" }, &attrs, Some(contents))
}

/// A dialog, opened by a button with `.opens(id)`.
pub fn dialog(id: &str, title: &str, body: Markup) -> Markup {
    html! {
        dialog.dialog id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            (body)
        }
    }
}

/// A dialog that asks before something that cannot be undone: a form to `action` with the csrf token in it.
pub fn confirm(loc: &Locale, id: &str, title: &str, text: &str, action: &str, csrf: &str, yes: Btn) -> Markup {
    dialog(
        id,
        title,
        html! {
            p.sm.mut { (text) }
            form method="post" action=(action) {
                (super::field::hidden("csrf", csrf))
                div.btn-row { (btn(loc.t("web-cancel")).closes()) (yes.submit()) }
            }
        },
    )
}

/// The value of `HX-Trigger` that shows a toast.
pub fn toast_header(text: &str) -> String {
    ascii(&serde_json::json!({ "toast": { "text": text } }).to_string())
}

/// The same with an undo button that posts to `undo`.
pub fn undo_toast_header(text: &str, undo: &str) -> String {
    ascii(&serde_json::json!({ "toast": { "text": text, "undo": undo } }).to_string())
}

/// Headers are ASCII: other characters become `\uXXXX`.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Grey bars where rows will be.
pub fn skeleton(rows: usize) -> Markup {
    html! {
        div.sk-rows aria-busy="true" { @for i in 0..rows { span.sk style={ "width:" (56 + (i * 37) % 40) "%" } {} } }
    }
}
