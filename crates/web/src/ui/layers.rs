//! The layers every page carries: everything on phones, the palette, the help on keys.

use super::button::btn;
use super::mark::{icon, kbd};
use super::shell::{NavGroup, Shell, language_form, user_entries};
use crate::locale::Locale;
use maud::{Markup, html};

pub(super) fn more(shell: &Shell<'_>) -> Markup {
    let loc = shell.loc;
    html! {
        dialog.dialog.sheet-up #more aria-label=(loc.t("web-more")) {
            (shell.frame.all)
            hr;
            div.menu-pop.flat { (user_entries(shell)) }
            div.btn-row {
                (btn(loc.t("web-theme")).icon("contrast").flag("data-theme-toggle"))
                (language_form(loc, shell.path, Some(shell.csrf)))
                span.sp {}
                (btn(loc.t("web-close")).closes())
            }
        }
    }
}

pub(super) fn palette(loc: &Locale, nav: &[NavGroup]) -> Markup {
    html! {
        dialog.palette #palette aria-label=(loc.t("web-palette")) {
            form method="dialog" {
                label.palette-in {
                    (icon("search"))
                    input type="text" autocomplete="off" spellcheck="false" placeholder=(loc.t("web-palette-hint")) role="combobox"
                        aria-controls="palette-list" aria-expanded="true" aria-label=(loc.t("web-search")) data-search-url="/search";
                    kbd { "Esc" }
                }
                div.palette-list #palette-list role="listbox" aria-label=(loc.t("web-search")) {
                    div #palette-found role="presentation" {}
                    div.pg role="group" aria-label=(loc.t("web-go-to")) {
                        h3 aria-hidden="true" { (loc.t("web-go-to")) }
                        @for item in nav.iter().flat_map(|g| &g.items) {
                            a role="option" href=(item.href) data-k=(item.id) {
                                span.pi { (icon(&item.icon)) } span.pt { (item.label) } span.ps {}
                                @if let Some(key) = item.key { (kbd(&format!("G {}", key.to_uppercase()))) }
                            }
                        }
                    }
                    div.pg role="group" aria-label=(loc.t("web-actions")) {
                        h3 aria-hidden="true" { (loc.t("web-actions")) }
                        a role="option" href="#theme" data-k="theme shense dark light" { span.pi { (icon("contrast")) } span.pt { (loc.t("web-theme")) } span.ps {} }
                        a role="option" href="#lang" data-k="lang language yuyan english zhongwen" { span.pi { (icon("language")) } span.pt { (loc.t("web-switch-language")) } span.ps {} }
                        a role="option" href="#help" data-k="help keys kuaijiejian" { span.pi { (icon("keyboard")) } span.pt { (loc.t("web-help")) } span.ps {} (kbd("?")) }
                    }
                    p.palette-none role="presentation" hidden { (loc.t("web-palette-none")) }
                }
                footer {
                    span { (kbd("↑")) (kbd("↓")) " " (loc.t("web-key-choose")) }
                    span { (kbd("↵")) " " (loc.t("web-key-open")) }
                    span.sp {}
                    span { (kbd("?")) " " (loc.t("web-help")) }
                }
            }
        }
    }
}

pub(super) fn help(loc: &Locale, nav: &[NavGroup]) -> Markup {
    let rows = [
        ("Ctrl/⌘ K", "web-key-palette"),
        ("/", "web-key-search"),
        ("C", "web-key-new"),
        ("J / K", "web-key-rows"),
        ("X", "web-key-select"),
        ("Enter", "web-key-open"),
        ("[ ]", "web-key-move"),
        ("Ctrl/⌘ Enter", "web-key-save"),
        ("L", "web-key-line"),
        ("Enter", "web-key-line-next"),
        ("Ctrl/⌘ Shift Enter", "web-key-step"),
        ("Esc", "web-key-close"),
    ];
    html! {
        dialog.dialog #help aria-labelledby="help-title" {
            h2 #help-title { (loc.t("web-help")) }
            dl.kv.keys {
                @for (keys, words) in rows { dt { (kbd(keys)) } dd { (loc.t(words)) } }
                @for item in nav.iter().flat_map(|g| &g.items) {
                    @if let Some(key) = item.key { dt { (kbd("G")) " " (kbd(&key.to_uppercase())) } dd { (item.label) } }
                }
            }
            div.btn-row { (btn(loc.t("web-close")).closes()) }
        }
    }
}

/// One hit of the palette's search.
#[derive(Clone, Debug)]
pub struct Hit {
    /// A company's square, a person's round or an icon.
    pub mark: Markup,
    /// Its name.
    pub text: String,
    /// A grey remark.
    pub note: String,
    /// Where it is.
    pub href: String,
}

/// The answer of `GET /search?q=`: hits in groups, for the palette's list.
pub fn palette_results(groups: &[(String, Vec<Hit>)]) -> Markup {
    html! {
        @for (title, hits) in groups.iter().filter(|g| !g.1.is_empty()) {
            div.pg role="group" aria-label=(title) {
                h3 aria-hidden="true" { (title) }
                @for hit in hits {
                    a role="option" href=(hit.href) { (hit.mark) span.pt { (hit.text) } span.ps { (hit.note) } }
                }
            }
        }
    }
}
