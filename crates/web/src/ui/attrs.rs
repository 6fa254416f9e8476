//! Attributes that are only known when a component is used. Names are fixed words, values are escaped.

use maud::{Markup, PreEscaped, Render};

/// A list of attributes.
#[derive(Clone, Debug, Default)]
pub struct Attrs(Vec<(&'static str, Option<String>)>);

impl Attrs {
    /// None yet.
    pub fn new() -> Attrs {
        Attrs::default()
    }
    /// Adds `name="value"`.
    pub fn set(mut self, name: &'static str, value: impl Into<String>) -> Attrs {
        self.0.push((name, Some(value.into())));
        self
    }
    /// Adds `name="value"` if there is a value.
    pub fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Attrs {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }
    /// Adds an attribute without value, if it applies.
    pub fn flag(mut self, name: &'static str, on: bool) -> Attrs {
        if on {
            self.0.push((name, None));
        }
        self
    }
    /// Adds all of another list.
    pub fn and(mut self, other: Attrs) -> Attrs {
        self.0.extend(other.0);
        self
    }
}

/// An element with attributes; without contents it is left open, as `input` wants it.
pub fn element(name: &'static str, attrs: &Attrs, contents: Option<Markup>) -> Markup {
    let mut out = String::with_capacity(64);
    out.push('<');
    out.push_str(name);
    for (name, value) in &attrs.0 {
        out.push(' ');
        out.push_str(name);
        if let Some(value) = value {
            out.push_str("=\"");
            value.render_to(&mut out);
            out.push('"');
        }
    }
    out.push('>');
    if let Some(contents) = contents {
        out.push_str(&contents.0);
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
    PreEscaped(out)
}
