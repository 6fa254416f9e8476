//! Buttons, and links that look like buttons.

use super::attrs::{Attrs, element};
use super::mark::{icon, kbd};
use maud::{Markup, Render, html};

/// A button being described; splice it into a page to draw it.
#[derive(Clone, Debug)]
pub struct Btn {
    text: String,
    icon: Option<String>,
    icon_only: bool,
    class: String,
    href: Option<String>,
    submit: bool,
    key: Option<String>,
    attrs: Attrs,
}

/// A button with words.
pub fn btn(text: impl Into<String>) -> Btn {
    Btn {
        text: text.into(),
        icon: None,
        icon_only: false,
        class: String::from("btn"),
        href: None,
        submit: false,
        key: None,
        attrs: Attrs::new(),
    }
}

/// A button with an icon only; its name is spoken and shown on hover.
pub fn icon_btn(icon: &str, label: impl Into<String>) -> Btn {
    let mut out = btn(label).icon(icon).class("icon").ghost();
    out.icon_only = true;
    out
}

impl Btn {
    /// Adds a class.
    pub fn class(mut self, class: &str) -> Btn {
        self.class.push(' ');
        self.class.push_str(class);
        self
    }
    /// The one main action of a page.
    pub fn primary(self) -> Btn {
        self.class("primary")
    }
    /// Without a frame.
    pub fn ghost(self) -> Btn {
        self.class("ghost")
    }
    /// Contacts the customer as the customer allowed.
    pub fn jade(self) -> Btn {
        self.class("jade")
    }
    /// Takes something away.
    pub fn danger(self) -> Btn {
        self.class("danger")
    }
    /// Takes something away for good; only in dialogs.
    pub fn danger_solid(self) -> Btn {
        self.class("danger solid")
    }
    /// 28 px high.
    pub fn small(self) -> Btn {
        self.class("sm")
    }
    /// 40 px high.
    pub fn large(self) -> Btn {
        self.class("lg")
    }
    /// As wide as its container.
    pub fn block(self) -> Btn {
        self.class("block")
    }
    /// Not on phones.
    pub fn wide_only(self) -> Btn {
        self.class("hide-s")
    }
    /// Puts an icon before the words.
    pub fn icon(mut self, name: &str) -> Btn {
        self.icon = Some(name.to_owned());
        self
    }
    /// Becomes a link.
    pub fn href(mut self, href: impl Into<String>) -> Btn {
        self.href = Some(href.into());
        self
    }
    /// Sends the form it stands in.
    pub fn submit(mut self) -> Btn {
        self.submit = true;
        self
    }
    /// Opens the dialog of this id.
    pub fn opens(self, dialog: &str) -> Btn {
        self.attr("data-open", dialog)
    }
    /// Closes the dialog it stands in.
    pub fn closes(self) -> Btn {
        self.flag("data-close")
    }
    /// Shows a key and, for `C`, makes this the page's "new" button.
    pub fn key(mut self, key: &str) -> Btn {
        self.key = Some(key.to_owned());
        if key == "C" { self.flag("data-new") } else { self }
    }
    /// Off, with the reason on hover.
    pub fn disabled(mut self, reason: &str) -> Btn {
        self.href = None;
        self.submit = false;
        self.attr("aria-disabled", "true").attr("title", reason)
    }
    /// Adds an attribute (htmx, data, name, value).
    pub fn attr(mut self, name: &'static str, value: impl Into<String>) -> Btn {
        self.attrs = self.attrs.set(name, value);
        self
    }
    /// Adds an attribute without value.
    pub fn flag(mut self, name: &'static str) -> Btn {
        self.attrs = self.attrs.flag(name, true);
        self
    }
}

impl Render for Btn {
    fn render(&self) -> Markup {
        let mut attrs = match &self.href {
            Some(href) => Attrs::new().set("href", href),
            None => Attrs::new().set("type", if self.submit { "submit" } else { "button" }),
        }
        .set("class", &self.class);
        if self.icon_only {
            attrs = attrs.set("aria-label", &self.text).set("title", &self.text);
        }
        let contents = html! {
            @if let Some(name) = &self.icon { (icon(name)) }
            @if !self.icon_only && !self.text.is_empty() { span { (self.text) } }
            @if let Some(key) = &self.key { (kbd(key)) }
        };
        element(
            if self.href.is_some() { "a" } else { "button" },
            &attrs.and(self.attrs.clone()),
            Some(contents),
        )
    }
}
