//! The page around a page of the portal: a header, its tabs (a bar at the bottom on phones).

use super::layout::{Tone, callout};
use super::mark::{icon, logo};
use super::shell::{Head, document, language_form, toasts};
use crate::locale::Locale;
use maud::{Markup, html};

/// A tab of the portal.
#[derive(Clone, Debug)]
pub struct PortalTab {
    /// Icon.
    pub icon: &'static str,
    /// Words.
    pub label: String,
    /// Address.
    pub href: String,
    /// We are there.
    pub here: bool,
}

/// What surrounds a page of the portal.
pub struct PortalShell<'a> {
    /// Texts.
    pub loc: &'a Locale,
    /// Title of the page.
    pub title: &'a str,
    /// `light` or `dark`, if chosen.
    pub theme: Option<&'a str>,
    /// Path and query as asked.
    pub path: &'a str,
    /// Whose portal it is.
    pub company: &'a str,
    /// Who is in it.
    pub guest: &'a str,
    /// A sentence above the page (sample data).
    pub notice: Option<String>,
    /// Its tabs.
    pub tabs: Vec<PortalTab>,
}

/// A page of the portal.
pub fn portal_page(shell: &PortalShell<'_>, main: Markup) -> Markup {
    let loc = shell.loc;
    let head = Head {
        loc,
        title: shell.title,
        theme: shell.theme,
        csrf: None,
        charts: false,
        board: false,
        class: "portal",
    };
    let current = |t: &PortalTab| t.here.then_some("page");
    document(
        &head,
        html! {
            a.skip href="#main" { (loc.t("web-skip")) }
            header.p-top {
                a.row href="/portal" { (logo(28)) span { b { (shell.company) } small { (loc.t("portal-title")) } } }
                nav.p-nav aria-label=(loc.t("portal-title")) { @for t in &shell.tabs { a href=(t.href) aria-current=[current(t)] { (t.label) } } }
                span.sp {}
                (language_form(loc, shell.path, None))
                a.btn.ghost href="/portal/account" title=(shell.guest) aria-label=(loc.t("portal-account")) { (icon("user-circle")) }
            }
            main.p-main #main tabindex="-1" {
                @if let Some(notice) = &shell.notice { (callout(Tone::Warn, notice)) }
                (main)
            }
            nav.p-tab aria-label=(loc.t("portal-title")) { @for t in &shell.tabs { a href=(t.href) aria-current=[current(t)] { (icon(t.icon)) span { (t.label) } } } }
            (toasts(loc))
        },
    )
}
