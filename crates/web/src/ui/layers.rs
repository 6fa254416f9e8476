//! The layers every page carries: everything on phones, the palette, the help on keys.

use super::button::btn;
use super::mark::{icon, kbd};
use super::shell::{Shell, entry, language_form, user_entries};
use maud::{Markup, html};

pub(super) fn more(shell: &Shell<'_>) -> Markup {
    let loc = shell.loc;
    html! {
        dialog.dialog.sheet-up #more aria-label=(loc.t("web-more")) {
            div.menu-all {
                @for group in shell.nav { @for item in &group.items { (entry(item, shell.active)) } }
            }
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

pub(super) fn palette(shell: &Shell<'_>) -> Markup {
    let loc = shell.loc;
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
                    div #palette-found {}
                    div.pg role="group" aria-label=(loc.t("web-go-to")) {
                        h3 { (loc.t("web-go-to")) }
                        @for item in shell.nav.iter().flat_map(|g| &g.items) {
                            a role="option" href=(item.href) data-k=(item.id) {
                                span.pi { (icon(&item.icon)) } span.pt { (item.label) } span.ps {}
                                @if let Some(key) = item.key { (kbd(&format!("G {}", key.to_uppercase()))) }
                            }
                        }
                    }
                    div.pg role="group" aria-label=(loc.t("web-actions")) {
                        h3 { (loc.t("web-actions")) }
                        a role="option" href="#theme" data-k="theme shense dark light" { span.pi { (icon("contrast")) } span.pt { (loc.t("web-theme")) } span.ps {} }
                        a role="option" href="#lang" data-k="lang language yuyan english zhongwen" { span.pi { (icon("language")) } span.pt { (loc.t("web-switch-language")) } span.ps {} }
                        a role="option" href="#help" data-k="help keys kuaijiejian" { span.pi { (icon("keyboard")) } span.pt { (loc.t("web-help")) } span.ps {} (kbd("?")) }
                    }
                    p.palette-none hidden { (loc.t("web-palette-none")) }
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

pub(super) fn help(shell: &Shell<'_>) -> Markup {
    let loc = shell.loc;
    let rows = [
        ("Ctrl/⌘ K", "web-key-palette"),
        ("/", "web-key-search"),
        ("C", "web-key-new"),
        ("J / K", "web-key-rows"),
        ("X", "web-key-select"),
        ("Enter", "web-key-open"),
        ("[ ]", "web-key-move"),
        ("Ctrl/⌘ Enter", "web-key-save"),
        ("Esc", "web-key-close"),
    ];
    html! {
        dialog.dialog #help aria-labelledby="help-title" {
            h2 #help-title { (loc.t("web-help")) }
            dl.kv.keys {
                @for (keys, words) in rows { dt { (kbd(keys)) } dd { (loc.t(words)) } }
                @for item in shell.nav.iter().flat_map(|g| &g.items) {
                    @if let Some(key) = item.key { dt { (kbd("G")) " " (kbd(&key.to_uppercase())) } dd { (item.label) } }
                }
            }
            div.btn-row { (btn(loc.t("web-close")).closes()) }
        }
    }
}
