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
    let name = visit.guest.as_ref().map_or("", |g| g.name.as_str());
    let entry = |key: &str, path: &str| {
        let label = loc.t(&format!("portal-tab-{key}"));
        html! { a href=(path) aria-current=[(key == active).then_some("page")] { (label) } }
    };
    let main = html! {
        div.stack.l.portal {
            div.row.wrap {
                b { (visit.app.company) } span.sp {}
                a.link href="/portal/account" { (name) }
                form method="post" action="/portal/sign-out" { (ui::btn(loc.t("portal-sign-out")).small().ghost().submit()) }
            }
            nav.tabs aria-label=(loc.t("portal-title")) {
                (entry("home", "/portal"))
                (entry("messages", "/portal/messages"))
                @for tab in tabs(visit) { (entry(tab.key, &format!("/portal/{}", tab.key))) }
            }
            h1 { (title) }
            (body)
        }
    };
    ui::bare(loc, title, &visit.uri, main)
}
