//! The portal's piece: the way to the customer's wishes.

use crate::link;
use maud::{Markup, html};
use zhike_kernel::{Door, Result};
use zhike_store::{Ctx, Record};
use zhike_web::{Answer, GUEST, Place, Routes, Tab, Visit, answer::see_other, portal::PORTAL, ui};

pub(crate) fn tab() -> Tab {
    Tab::new(PORTAL, "wishes", Place::Tab, 90, GUEST, |v, p| {
        Box::pin(async move { Ok(piece(v, p)) })
    })
    .icon("adjustments-heart")
}

pub(crate) fn routes() -> Routes {
    Routes::new().post("/portal/wishes/open", GUEST, open)
}

fn piece(visit: &Visit, _party: &Record) -> Markup {
    let loc = &visit.loc;
    ui::empty(
        "adjustments",
        &loc.t("portal-wishes"),
        &loc.t("portal-wishes-text"),
        html! { form method="post" action="/portal/wishes/open" { (ui::btn(loc.t("portal-wishes-open")).primary().submit()) } },
    )
}

/// To the page of the wishes, by the link that the party has or a new one.
async fn open(visit: Visit) -> Answer {
    let path = address(&visit).await?;
    see_other(&path)
}

async fn address(visit: &Visit) -> Result<String> {
    let party = visit.need_guest()?.party;
    let house = Ctx::system(&visit.house, Door::Page);
    let tx = house.begin().await?;
    let link = match link::of_party(&tx, party, tx.at).await? {
        Some(link) => link,
        None => link::make(&tx, party).await?,
    };
    tx.commit().await?;
    Ok(link.address(&visit.app.secret))
}
