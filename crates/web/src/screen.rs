//! A whole page inside the shell: navigation, title, actions, main part.

use crate::{
    answer::{Answer, html},
    ui::{self, NavGroup, Shell},
    visit::Visit,
};
use maud::{Markup, html as markup};

/// A page under construction. Where nobody is signed in, use [`ui::bare`].
pub struct Screen<'a> {
    visit: &'a Visit,
    title: String,
    active: &'static str,
    crumbs: Vec<(String, Option<String>)>,
    actions: Markup,
    charts: bool,
    board: bool,
}

impl<'a> Screen<'a> {
    /// A page with a title (already worded) below an entry of the navigation.
    pub fn new(visit: &'a Visit, title: impl Into<String>, active: &'static str) -> Screen<'a> {
        Screen {
            visit,
            title: title.into(),
            active,
            crumbs: vec![],
            actions: markup! {},
            charts: false,
            board: false,
        }
    }
    /// A step on the way here.
    pub fn crumb(mut self, words: impl Into<String>, path: impl Into<String>) -> Screen<'a> {
        self.crumbs.push((words.into(), Some(path.into())));
        self
    }
    /// Buttons in the top bar.
    pub fn actions(mut self, actions: Markup) -> Screen<'a> {
        self.actions = actions;
        self
    }
    /// The page draws charts.
    pub fn charts(mut self) -> Screen<'a> {
        self.charts = true;
        self
    }
    /// The page has cards to drag.
    pub fn board(mut self) -> Screen<'a> {
        self.board = true;
        self
    }
    /// The page.
    pub fn markup(self, main: Markup) -> Markup {
        let visit = self.visit;
        let role = visit.loc.t(&format!("role-{}", visit.actor.role.name()));
        let frame = visit.app.kept.frame(visit, self.active, || {
            ui::Frame::new(&visit.loc, &navigation(visit), self.active)
        });
        ui::page(
            &Shell {
                loc: &visit.loc,
                title: &self.title,
                crumbs: &self.crumbs,
                frame: &frame,
                house: &visit.app.company,
                user_id: visit.actor.user.unwrap_or(0),
                user_name: &visit.shown,
                user_role: &role,
                csrf: &visit.csrf,
                path: &visit.uri,
                theme: visit.theme.as_deref(),
                notice: visit.app.notice.as_deref().map(|key| visit.loc.t(key)),
                actions: self.actions,
                charts: self.charts,
                board: self.board,
                corners: visit
                    .app
                    .around
                    .corners
                    .iter()
                    .filter(|c| visit.may(c.permission))
                    .map(|c| c.path)
                    .collect(),
            },
            main,
        )
    }
    /// The page as an answer.
    pub fn show(self, main: Markup) -> Answer {
        html(self.markup(main))
    }
}

/// Sections of the navigation, in order.
const SECTIONS: [&str; 6] = ["", "sales", "service", "money", "insight", "house"];
/// Letters after `G`.
const KEYS: [(&str, &str); 8] = [
    ("party", "c"),
    ("deal", "p"),
    ("case", "x"),
    ("order", "o"),
    ("invoice", "r"),
    ("value", "v"),
    ("proof", "f"),
    ("import", "i"),
];
/// Entries in the bar of a phone.
const PHONE: [&str; 4] = ["party", "deal", "order", "value"];
/// Entries that belong to another one, and are shown below it while we are there.
const UNDER: [(&str, &str); 21] = [
    ("letter", "inbox"),
    ("switchboard", "telephone"),
    ("consent", "message"),
    ("opt_out", "message"),
    ("simulate", "message"),
    ("canned_answer", "mailbox"),
    ("channel_account", "mailbox"),
    ("shipment", "order"),
    ("duplicates", "party"),
    ("pool", "lead"),
    ("price_book", "product"),
    ("incoming", "stock_item"),
    ("warehouse", "stock_item"),
    ("stock_move", "stock_item"),
    ("invoices", "invoice"),
    ("to_invoice", "invoice"),
    ("payment", "invoice"),
    ("bank", "invoice"),
    ("dunning", "invoice"),
    ("credit_note", "invoice"),
    ("write_off", "invoice"),
];

fn parent(key: &str) -> Option<&'static str> {
    UNDER.iter().find(|u| u.0 == key).map(|u| u.1)
}

fn navigation(visit: &Visit) -> Vec<NavGroup> {
    SECTIONS
        .iter()
        .map(|section| {
            let mut items: Vec<_> = visit
                .app
                .nav
                .iter()
                .filter(|n| n.section == *section && visit.may(n.permission))
                .collect();
            // Whoever belongs to another entry stands right behind it.
            let place = |n: &crate::area::NavItem| match parent(n.key)
                .and_then(|p| visit.app.nav.iter().find(|o| o.key == p))
            {
                Some(parent) => (parent.order, 1, n.order),
                None => (n.order, 0, 0),
            };
            items.sort_by_key(|n| place(n));
            NavGroup {
                title: (!section.is_empty()).then(|| visit.loc.t(&format!("nav-section-{section}"))),
                items: items
                    .into_iter()
                    .map(|n| ui::NavItem {
                        id: n.key.to_owned(),
                        icon: n.icon.to_owned(),
                        label: visit.loc.t(&format!("nav-{}", n.key)),
                        href: n.path.to_owned(),
                        key: KEYS.iter().find(|k| k.0 == n.key).map(|k| k.1),
                        phone: PHONE.contains(&n.key),
                        under: parent(n.key),
                        ..ui::NavItem::default()
                    })
                    .collect(),
                // Settings are seldom needed and many.
                fold: *section == "house",
            }
        })
        .filter(|group| !group.items.is_empty())
        .collect()
}
