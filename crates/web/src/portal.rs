//! The portal's page: what customers, partners and suppliers see when they are signed in. Areas put pieces into it as tabs
//! of [`PORTAL`], drawn for the guest's party with the house's own sight: a piece shows what is the party's and nothing else.

use crate::{Place, Tab, Visit, ui};
use maud::{Markup, html};
use zhike_kernel::{Door, Error, Result};
use zhike_store::{Ctx, Record, read};

/// Stands for the portal as the type of a tab. A tab's page is `/portal/{key}`, its label `portal-tab-{key}`; a piece with
/// [`Place::Head`] stands on the portal's first page.
pub const PORTAL: &str = "portal";

/// The guest's party, and the visit with which pieces are drawn.
pub async fn sight(visit: &Visit) -> Result<(Visit, Record)> {
    let guest = visit.need_guest()?;
    let house = Ctx::system(&visit.house, Door::Page);
    let party = read::find(&house, house.db(), house.registry().get("party")?, guest.party).await?;
    let party = party.filter(|p| p.archived_at.is_none()).ok_or_else(Error::no_guest)?;
    let mut visit = visit.clone();
    visit.ctx = Ctx {
        latin: visit.ctx.latin,
        ..house
    };
    Ok((visit, party))
}

/// The tabs, in order.
pub fn tabs(visit: &Visit) -> impl Iterator<Item = &Tab> {
    visit
        .app
        .tabs
        .iter()
        .filter(|t| t.of == PORTAL && t.place == Place::Tab)
}

/// A page of the portal; `active` is the key of its tab.
pub fn page(visit: &Visit, title: &str, active: &str, body: Markup) -> Markup {
    let loc = &visit.loc;
    let entry = |key: &str, icon: &'static str, href: String| ui::PortalTab {
        icon,
        label: loc.t(&format!("portal-tab-{key}")),
        href,
        here: key == active,
    };
    let mut all = vec![
        entry("home", "home", "/portal".to_owned()),
        entry("messages", "messages", "/portal/messages".to_owned()),
    ];
    all.extend(tabs(visit).map(|t| entry(t.key, t.icon, format!("/portal/{}", t.key))));
    let shell = ui::PortalShell {
        loc,
        title,
        theme: visit.theme.as_deref(),
        path: &visit.uri,
        company: &visit.app.company,
        guest: visit.guest.as_ref().map_or("", |g| g.name.as_str()),
        notice: visit.app.notice.as_ref().map(|key| loc.t(key)),
        tabs: all,
    };
    ui::portal_page(&shell, html! { div.stack.l { div.p-hello { h1 { (title) } } (body) } })
}
