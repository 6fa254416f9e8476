//! Parts of lists: tabs, filter chips, sorting heads, selection, pages; the timeline and the steps of a process.

use super::attrs::{Attrs, element};
use super::button::{btn, icon_btn};
use super::mark::{Hue, icon, icon_class, kbd};
use crate::locale::Locale;
use maud::{Markup, html};

/// One tab or saved view.
#[derive(Clone, Debug, Default)]
pub struct Tab {
    /// Its address.
    pub href: String,
    /// Its name.
    pub label: String,
    /// How many are behind it.
    pub count: Option<i64>,
    /// The one that is shown.
    pub active: bool,
}

/// A row of tabs; they are links, so that each has an address.
pub fn tabs(loc: &Locale, label: &str, items: &[Tab]) -> Markup {
    html! {
        nav.tabs.pad aria-label=(label) {
            @for item in items {
                a href=(item.href) aria-current=[item.active.then_some("page")] {
                    (item.label)
                    @if let Some(count) = item.count { span.cnt { (loc.int(count)) } }
                }
            }
        }
    }
}

/// A filter that is on.
#[derive(Clone, Debug)]
pub struct Chip {
    /// The field.
    pub label: String,
    /// What it must be.
    pub value: String,
    /// Where the list without this filter is.
    pub remove: String,
}

/// Filters that are on, each with a link that takes it away; `add` is what stands behind them.
pub fn chips(loc: &Locale, items: &[Chip], add: Markup) -> Markup {
    html! {
        div.chips {
            @for item in items {
                span.chip.on {
                    (item.label) " " b { (item.value) }
                    a.x href=(item.remove) aria-label={ (loc.t("web-remove-filter")) ": " (item.label) } { (icon_class("x", "s")) }
                }
            }
            (add)
        }
    }
}

/// The search field of a list: sends itself while typing and keeps the address. `url` has no query; `keep` is what
/// else of the query goes along (filters, sorting).
pub fn search_box(loc: &Locale, url: &str, query: &str, keep: &[(String, String)], target: &str) -> Markup {
    html! {
        form.row.input.lsearch method="get" action=(url) role="search" {
            (icon_class("search", "s"))
            input data-search type="search" name="q" value=(query) autocomplete="off" aria-label=(loc.t("web-search-list"))
                placeholder=(loc.t("web-search-list")) hx-get=(url) hx-trigger="input changed delay:250ms"
                hx-target=(target) hx-swap="outerMorph" hx-push-url="true" hx-include="closest form";
            @for (name, value) in keep { (super::field::hidden(name, value)) }
            (kbd("/"))
        }
    }
}

/// A column head that sorts. `current`: `Some(true)` sorted downwards, `Some(false)` upwards.
pub fn sort_head(loc: &Locale, label: &str, href: &str, right: bool, current: Option<bool>) -> Markup {
    let sorted = match current {
        Some(true) => Some("descending"),
        Some(false) => Some("ascending"),
        None => None,
    };
    html! {
        th.r[right] scope="col" aria-sort=[sorted] {
            a href=(href) title=(loc.t("web-sort")) {
                (label)
                @match current {
                    Some(true) => (icon("arrow-down")),
                    Some(false) => (icon("arrow-up")),
                    None => {},
                }
            }
        }
    }
}

/// The box in the head that ticks every row of the page.
pub fn check_all(loc: &Locale) -> Markup {
    html! { input.check type="checkbox" data-all aria-label=(loc.t("web-select-page")); }
}

/// The box of a row; its id is collected into the bulk bar's forms.
pub fn check_row(loc: &Locale, id: i64, name: &str) -> Markup {
    html! { input.check type="checkbox" data-row=(id) aria-label={ (loc.t("web-select")) " " (name) }; }
}

/// The bar that appears when rows are ticked. Every form in `actions` gets the ids in its hidden field `ids`
/// (comma-separated).
pub fn bulk_bar(loc: &Locale, actions: Markup) -> Markup {
    html! {
        div.bulkbar hidden role="toolbar" aria-label=(loc.t("web-bulk")) {
            span { b data-n { "0" } " " (loc.t("web-selected")) }
            span.sep {}
            (actions)
            span.sep {}
            (icon_btn("x", loc.t("web-clear-selection")).small().flag("data-clear"))
        }
    }
}

/// Where a page stands in a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// First row shown, counted from 1; 0 if there is none.
    pub first: i64,
    /// Last row shown.
    pub last: i64,
    /// All rows.
    pub total: i64,
    /// The page before.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
}

/// Where we are, and the way to the neighbouring pages.
pub fn pagination(loc: &Locale, page: &Page) -> Markup {
    let step = |key: &str, href: &Option<String>, rel: &'static str| {
        let button = btn(loc.t(key)).small();
        match href {
            Some(href) => button.href(href).attr("rel", rel),
            None => button.flag("disabled"),
        }
    };
    let args = [
        ("first", page.first.into()),
        ("last", page.last.into()),
        ("total", page.total.into()),
    ];
    html! {
        nav.row.pager aria-label=(loc.t("web-pages")) {
            span { (loc.tv("web-page-of", &args)) }
            span.sp {}
            (step("web-previous", &page.previous, "prev"))
            (step("web-next", &page.next, "next"))
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its icon.
    pub icon: String,
    /// Its colour.
    pub hue: Hue,
    /// When: shown at the right.
    pub time: String,
    /// When exactly: on hover.
    pub exact: String,
    /// Who did what.
    pub title: Markup,
    /// More, in a box.
    pub body: Option<Markup>,
}

/// A timeline in groups by day.
pub fn timeline(days: &[(String, Vec<Entry>)]) -> Markup {
    html! {
        ol.tl {
            @for (day, entries) in days {
                li.tl-day { (day) }
                @for entry in entries {
                    li class=(entry.hue.class()) {
                        span.ti { (icon(&entry.icon)) }
                        div.th { (entry.title) time title=(entry.exact) { (entry.time) } }
                        @if let Some(body) = &entry.body { div.tb { (body) } }
                    }
                }
            }
        }
    }
}

/// One step of a process.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub label: String,
    /// A remark below.
    pub note: Option<String>,
    /// Where it leads, if it can be opened again.
    pub href: Option<String>,
}

/// The steps of a process; those before `now` (from 0) are done.
pub fn steps(items: &[Step], now: usize) -> Markup {
    html! {
        ol.steps {
            @for (i, item) in items.iter().enumerate() {
                @let class = if i < now { "done" } else if i == now { "now" } else { "" };
                @let number = html! {
                    span.n { @if i < now { (icon("check")) } @else { (i + 1) } }
                    b { (item.label) }
                    @if let Some(note) = &item.note { small { (note) } }
                };
                @let current = (i == now).then_some("step");
                li class=(class) aria-current=[current] {
                    @match &item.href {
                        Some(href) => (element("a", &Attrs::new().set("href", href), Some(number))),
                        None => (number),
                    }
                }
            }
        }
    }
}
