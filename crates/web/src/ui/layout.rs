//! Containers: cards, key figures, facts, call-outs, empty states, the head of a record.

use super::mark::icon;
use maud::{Markup, Render, html};

/// A card being described; splice it to draw it.
#[derive(Clone, Debug, Default)]
pub struct Card {
    title: String,
    note: Option<String>,
    actions: Option<Markup>,
    body: Option<Markup>,
    flush: bool,
    foot: Option<Markup>,
    id: Option<String>,
}

/// A card with a title.
pub fn card(title: impl Into<String>) -> Card {
    Card {
        title: title.into(),
        ..Card::default()
    }
}

impl Card {
    /// A grey remark at the right of the title.
    pub fn note(mut self, text: impl Into<String>) -> Card {
        self.note = Some(text.into());
        self
    }
    /// Buttons at the right of the title.
    pub fn actions(mut self, actions: Markup) -> Card {
        self.actions = Some(actions);
        self
    }
    /// The contents, with a margin.
    pub fn body(mut self, body: Markup) -> Card {
        self.body = Some(body);
        self
    }
    /// The contents up to the edge: tables and lists.
    pub fn flush(mut self, body: Markup) -> Card {
        self.body = Some(body);
        self.flush = true;
        self
    }
    /// A line below.
    pub fn foot(mut self, foot: Markup) -> Card {
        self.foot = Some(foot);
        self
    }
    /// An id, for htmx.
    pub fn id(mut self, id: impl Into<String>) -> Card {
        self.id = Some(id.into());
        self
    }
}

impl Render for Card {
    fn render(&self) -> Markup {
        html! {
            section.card id=[self.id.as_deref()] {
                @if !self.title.is_empty() || self.actions.is_some() {
                    div class={ "card-h" @if self.flush { " line" } } {
                        h2 { (self.title) }
                        span.sp {}
                        @if let Some(note) = &self.note { span.xs.dim { (note) } }
                        @if let Some(actions) = &self.actions { (actions) }
                    }
                }
                @if let Some(body) = &self.body {
                    @if self.flush { div.tbl-wrap { (body) } } @else { div.card-b { (body) } }
                }
                @if let Some(foot) = &self.foot { div.card-f { (foot) } }
            }
        }
    }
}

/// One key figure.
#[derive(Clone, Debug)]
pub struct Kpi {
    /// What is counted.
    pub label: String,
    /// The figure.
    pub value: Markup,
    /// A remark below.
    pub note: Option<Markup>,
    /// The list behind it.
    pub href: Option<String>,
}

impl Kpi {
    /// A figure with its name.
    pub fn new(label: impl Into<String>, value: impl Render) -> Kpi {
        Kpi {
            label: label.into(),
            value: value.render(),
            note: None,
            href: None,
        }
    }
    /// Adds a remark.
    pub fn note(mut self, note: impl Render) -> Kpi {
        self.note = Some(note.render());
        self
    }
    /// Links to the list behind the figure.
    pub fn href(mut self, href: impl Into<String>) -> Kpi {
        self.href = Some(href.into());
        self
    }
}

/// A row of key figures.
pub fn kpis(items: &[Kpi]) -> Markup {
    html! {
        dl.kpis {
            @for item in items {
                div.kpi {
                    dt { (item.label) }
                    dd.v { @if let Some(href) = &item.href { a href=(href) { (item.value) } } @else { (item.value) } }
                    @if let Some(note) = &item.note { dd.d { (note) } }
                }
            }
        }
    }
}

/// Facts: names left, values right.
pub fn kv(items: &[(String, Markup)]) -> Markup {
    html! { dl.kv { @for (name, value) in items { dt { (name) } dd { (value) } } } }
}

/// The tone of a call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// For your information.
    Info,
    /// Look out.
    Warn,
    /// Went wrong.
    Bad,
    /// Went well.
    Good,
    /// Said by the customer.
    Customer,
    /// Aside.
    Quiet,
}

/// A remark in a coloured box.
pub fn callout(tone: Tone, body: impl Render) -> Markup {
    let (class, name) = match tone {
        Tone::Info => ("", "info-circle"),
        Tone::Warn => ("amber", "alert-triangle"),
        Tone::Bad => ("red", "alert-circle"),
        Tone::Good => ("green", "circle-check"),
        Tone::Customer => ("jade", "user-heart"),
        Tone::Quiet => ("gray", "info-circle"),
    };
    let role = (tone == Tone::Bad).then_some("alert");
    html! { div class={ "callout " (class) } role=[role] { (icon(name)) span { (body) } } }
}

/// Nothing here: what that means, and the way on.
pub fn empty(name: &str, title: &str, text: &str, actions: Markup) -> Markup {
    html! {
        div.empty {
            div.art { (icon(name)) }
            h2 { (title) }
            p { (text) }
            @if !actions.0.is_empty() { div.btn-row { (actions) } }
        }
    }
}

/// The title of a section with its buttons.
pub fn section_head(title: &str, count: Option<&str>, actions: Markup) -> Markup {
    html! { div.sec-h { h2 { (title) @if let Some(count) = count { span.cnt { (count) } } } span.sp {} (actions) } }
}

/// The padded area below the topbar; its parts keep a distance.
pub fn page_body(body: Markup) -> Markup {
    html! { div.page.stack.l { (body) } }
}

/// Contents left, rail right (below on small screens).
pub fn two_columns(main: Markup, rail: Markup) -> Markup {
    html! { div.cols { div.stack.l { (main) } aside.stack.l { (rail) } } }
}

/// The head of a record: mark, name with badges, facts, buttons.
pub fn record_head(mark: Markup, name: &str, badges: Markup, meta: &[Markup], actions: Markup) -> Markup {
    html! {
        header.rec-h {
            (mark)
            div.rec-t {
                h2 { (name) " " (badges) }
                @if !meta.is_empty() { div.meta { @for fact in meta { span { (fact) } } } }
            }
            @if !actions.0.is_empty() { div.btn-row { (actions) } }
        }
    }
}
