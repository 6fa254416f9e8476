//! The page around a page: side navigation, topbar, bar on phones, palette, help, toasts; and the bare page.

use super::attrs::{Attrs, element};
use super::button::{btn, icon_btn};
use super::field::hidden;
use super::layers::{help, more, palette};
use super::layout::{Tone, callout};
use super::mark::{Size, av, icon, kbd, logo};
use crate::assets::url;
use crate::locale::{Lang, Locale};
use maud::{DOCTYPE, Markup, html};

/// A group of entries in the navigation.
#[derive(Clone, Debug, Default)]
pub struct NavGroup {
    /// Its title; the first group has none.
    pub title: Option<String>,
    /// Its entries.
    pub items: Vec<NavItem>,
    /// Folded away until it is opened or one of its entries is where we are.
    pub fold: bool,
}

/// One entry of the navigation.
#[derive(Clone, Debug, Default)]
pub struct NavItem {
    /// Compared with [`Shell::active`].
    pub id: String,
    /// Icon.
    pub icon: String,
    /// Words.
    pub label: String,
    /// Address.
    pub href: String,
    /// A number beside it; nothing for zero.
    pub count: i64,
    /// The number is an alarm.
    pub hot: bool,
    /// The letter after `G`, lower case.
    pub key: Option<&'static str>,
    /// Shown in the bar on phones (the first four that are).
    pub phone: bool,
    /// The entry it belongs to: it is shown there only while we are in one of the family.
    pub under: Option<&'static str>,
}

/// The navigation and what lists it again (palette, keys, bar on phones), drawn once for all who see the same entries.
#[derive(Debug)]
pub struct Frame {
    pub(super) side: Markup,
    pub(super) all: Markup,
    pub(super) tabbar: Markup,
    pub(super) palette: Markup,
    pub(super) help: Markup,
}

impl Frame {
    /// Draws the groups; `active` is the id of the entry we are in.
    pub fn new(loc: &Locale, nav: &[NavGroup], active: &str) -> Frame {
        let items = || nav.iter().flat_map(|g| &g.items);
        let family = items().find(|i| i.id == active).map(|i| i.under.unwrap_or(&i.id));
        let shown = |item: &&NavItem| item.under.is_none() || item.under == family;
        Frame {
            side: html! {
                div.side-nav {
                    @for group in nav {
                        @let entries = html! { @for item in group.items.iter().filter(shown) { (entry(item, active)) } };
                        @match &group.title {
                            Some(title) if group.fold => {
                                details open[group.items.iter().any(|i| i.id == active)] {
                                    summary { (title) (icon("chevron-down")) }
                                    (entries)
                                }
                            }
                            Some(title) => { h2 { (title) } (entries) }
                            None => (entries),
                        }
                    }
                }
            },
            all: html! { div.menu-all { @for item in items() { (entry(item, active)) } } },
            tabbar: html! {
                nav.tabbar aria-label=(loc.t("web-bottom-navigation")) {
                    @for item in items().filter(|i| i.phone).take(4) {
                        a href=(item.href) aria-current=[(item.id == active).then_some("page")] { (icon(&item.icon)) span { (item.label) } }
                    }
                    button type="button" data-open="more" { (icon("menu-2")) span { (loc.t("web-more")) } }
                }
            },
            palette: palette(loc, nav),
            help: help(loc, nav),
        }
    }
}

/// What the frame of a page needs to know.
pub struct Shell<'a> {
    /// Language, zone and words.
    pub loc: &'a Locale,
    /// Title of the page; also its `h1`.
    pub title: &'a str,
    /// The way here, before the title: words and address.
    pub crumbs: &'a [(String, Option<String>)],
    /// The navigation that this user may see, drawn.
    pub frame: &'a Frame,
    /// Name of the house, shown above the navigation.
    pub house: &'a str,
    /// Id of the user, for the hue of the mark.
    pub user_id: i64,
    /// Name of the user.
    pub user_name: &'a str,
    /// Role of the user, in words.
    pub user_role: &'a str,
    /// Token that every form and request sends back.
    pub csrf: &'a str,
    /// Path and query of this page, to come back to after a switch of language.
    pub path: &'a str,
    /// `light`, `dark`, or nothing to follow the system (from the cookie `theme`).
    pub theme: Option<&'a str>,
    /// Shown on top of every page, e.g. that these are sample data.
    pub notice: Option<String>,
    /// Buttons at the right of the topbar.
    pub actions: Markup,
    /// The page has charts.
    pub charts: bool,
    /// The page has a board to drag on.
    pub board: bool,
    /// Addresses of corners that fill themselves.
    pub corners: Vec<&'static str>,
}

pub(super) struct Head<'a> {
    pub(super) loc: &'a Locale,
    pub(super) title: &'a str,
    pub(super) theme: Option<&'a str>,
    pub(super) csrf: Option<&'a str>,
    pub(super) charts: bool,
    pub(super) board: bool,
    pub(super) class: &'a str,
}

const HTMX: &str = r#"{"includeIndicatorCSS":false,"defaultTimeout":15000,"history":true,"noSwap":[204,304,"5xx"]}"#;

pub(super) fn document(head: &Head<'_>, body: Markup) -> Markup {
    let theme = head.theme.filter(|t| matches!(*t, "light" | "dark"));
    html! {
        (DOCTYPE)
        html lang=(head.loc.lang.code()) data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                title { (head.title) " · " (head.loc.t("web-product")) }
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content="#f3f4f6" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#0e1014" media="(prefers-color-scheme: dark)";
                meta name="htmx-config" content=(HTMX);
                @if let Some(csrf) = head.csrf { meta name="csrf" content=(csrf); }
                link rel="icon" type="image/svg+xml" href=(url("favicon.svg"));
                link rel="preload" href=(url("inter-latin.woff2")) as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href=(url("app.css"));
                script src=(url("htmx.min.js")) defer {}
                @if head.board { script src=(url("Sortable.min.js")) defer {} }
                script src=(url("app.js")) defer {}
                @if head.charts {
                    script src=(url("echarts.common.min.js")) defer {}
                    script src=(url("charts.js")) defer {}
                }
            }
            body class=(head.class) { (body) }
        }
    }
}

/// A full page.
pub fn page(shell: &Shell<'_>, main: Markup) -> Markup {
    let loc = shell.loc;
    let head = Head {
        loc,
        title: shell.title,
        theme: shell.theme,
        csrf: Some(shell.csrf),
        charts: shell.charts,
        board: shell.board,
        class: "",
    };
    document(
        &head,
        html! {
            a.skip href="#main" { (loc.t("web-skip")) }
            div.app {
                (side(shell))
                div.main {
                    main.sheet #main tabindex="-1" {
                        div.progress-top #progress aria-hidden="true" {}
                        (topbar(shell))
                        @if let Some(notice) = &shell.notice { div.notice { (callout(Tone::Warn, notice)) } }
                        (main)
                    }
                }
                (shell.frame.tabbar)
            }
            (shell.frame.palette)
            (more(shell))
            (shell.frame.help)
            @for path in &shell.corners { div.corner data-corner=(path) aria-live="polite" {} }
            (toasts(loc))
        },
    )
}

pub(super) fn toasts(loc: &Locale) -> Markup {
    html! {
        div.toasts #toasts role="status" aria-live="polite" data-undo=(loc.t("web-undo")) data-failed=(loc.t("web-request-failed"))
            data-offline=(loc.t("web-offline")) data-undone=(loc.t("web-undone")) data-back=(loc.t("web-put-back")) {}
    }
}

fn entry(item: &NavItem, active: &str) -> Markup {
    let keys = item.key.map(|k| format!("{} (G {})", item.label, k.to_uppercase()));
    html! {
        a.under[item.under.is_some()] href=(item.href) aria-current=[(item.id == active).then_some("page")] data-go=[item.key]
            title=(keys.as_deref().unwrap_or(&item.label)) {
            (icon(&item.icon))
            span { (item.label) }
            @if item.count > 0 { b.hot[item.hot] { (item.count) } }
        }
    }
}

fn side(shell: &Shell<'_>) -> Markup {
    let loc = shell.loc;
    html! {
        nav.side aria-label=(loc.t("web-navigation")) {
            div.side-top {
                a.ws href="/" { (logo(26)) span { b { (shell.house) } small { (loc.t("web-product")) } } }
            }
            button.side-search type="button" data-open="palette" aria-label=(loc.t("web-search-run")) {
                (icon("search")) span { (loc.t("web-search-run")) } kbd { "Ctrl K" }
            }
            (shell.frame.side)
            div.side-foot {
                details.menu.up.left.grow {
                    summary.me { (av(shell.user_id, shell.user_name, Size::Normal)) span { b { (shell.user_name) } small { (shell.user_role) } } }
                    div.menu-pop { (user_entries(shell)) }
                }
                (icon_btn("contrast", loc.t("web-theme")).flag("data-theme-toggle"))
                (language_form(loc, shell.path, Some(shell.csrf)))
            }
        }
    }
}

pub(super) fn user_entries(shell: &Shell<'_>) -> Markup {
    let loc = shell.loc;
    html! {
        a href="/me" { (icon("user-circle")) span { (loc.t("web-my-settings")) } }
        button type="button" data-open="help" data-item { (icon("keyboard")) span { (loc.t("web-help")) } (kbd("?")) }
        a href="/about/licences" { (icon("license")) span { (loc.t("web-licences")) } }
        hr;
        form method="post" action="/sign-out" {
            (hidden("csrf", shell.csrf))
            button type="submit" { (icon("logout")) span { (loc.t("web-sign-out")) } }
        }
    }
}

/// The switch to the other language, named in that language. Signed in it is kept with the user; otherwise a link
/// `?lang=` sets the cookie.
pub(super) fn language_form(loc: &Locale, path: &str, csrf: Option<&str>) -> Markup {
    let other = loc.lang.other();
    let (short, name) = match other {
        Lang::En => ("EN", "Switch to English"),
        Lang::ZhCn => ("中", "切换为中文"),
    };
    let attrs = Attrs::new()
        .set("class", "btn ghost lang")
        .set("title", name)
        .set("aria-label", name);
    let attrs = attrs.set("lang", other.code());
    match csrf {
        Some(csrf) => html! {
            form method="post" action="/me/language" data-lang-form {
                (hidden("csrf", csrf)) (hidden("lang", other.code())) (hidden("next", path))
                (element("button", &attrs.set("type", "submit"), Some(html! { (short) })))
            }
        },
        None => {
            let bare = path.split('?').next().unwrap_or("/");
            let attrs = attrs.set("href", format!("{bare}?lang={}", other.code()));
            element("a", &attrs, Some(html! { (short) }))
        }
    }
}

fn topbar(shell: &Shell<'_>) -> Markup {
    let loc = shell.loc;
    html! {
        header.topbar {
            div.tb-l {
                @if shell.crumbs.is_empty() {
                    h1 { (shell.title) }
                } @else {
                    div.crumbs {
                        nav.row aria-label=(loc.t("web-where")) {
                            @for (words, href) in shell.crumbs {
                                @match href {
                                    Some(href) => { a href=(href) { (words) } }
                                    None => { span.mut { (words) } }
                                }
                                (icon("chevron-right"))
                            }
                        }
                        h1 { (shell.title) }
                    }
                }
            }
            div.tb-r {
                (shell.actions)
                (icon_btn("search", loc.t("web-search")).class("show-s").opens("palette"))
            }
        }
    }
}

/// A page without navigation: sign-in, first setup. `path` is where the language switch comes back to.
pub fn bare(loc: &Locale, title: &str, path: &str, main: Markup) -> Markup {
    let head = Head {
        loc,
        title,
        theme: None,
        csrf: None,
        charts: false,
        board: false,
        class: "login-body",
    };
    document(
        &head,
        html! {
            main.bare #main tabindex="-1" {
                div.row.bare-h {
                    (logo(34)) b { (loc.t("web-product")) } span.sp {}
                    (language_form(loc, path, None))
                }
                (main)
            }
            (toasts(loc))
        },
    )
}

/// An error as a page of its own: what happened, what to do, a reference for the log, and ways on.
pub fn error_page(loc: &Locale, code: u16, title: &str, text: &str, reference: Option<&str>) -> Markup {
    let body = error_body(loc, code, text, reference, html! { h1 { (title) } });
    bare(loc, title, "/", body)
}

/// What a refusal says, under its `head`: within the frame for who is signed in, alone on the page for others.
pub fn error_body(loc: &Locale, code: u16, text: &str, reference: Option<&str>, head: Markup) -> Markup {
    let art = match code {
        401 | 403 => "lock",
        404 | 410 => "search",
        409 => "users",
        429 => "hourglass",
        _ => "plug-connected-x",
    };
    html! {
        div.empty.full {
            div.art { (icon(art)) }
            (head)
            p { (text) }
            p.xs.dim {
                (code)
                @if let Some(reference) = reference { " · " (loc.tv("web-reference", &[("reference", reference.into())])) }
            }
            div.btn-row {
                (btn(loc.t("web-home")).primary().href("/"))
                (btn(loc.t("web-back")).ghost().flag("data-history-back"))
            }
        }
    }
}
