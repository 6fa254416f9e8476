//! The first page of the portal, the pieces that areas put there, and the guest's own account.

use crate::{account, messages};
use axum::extract::Path;
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::Interactions;
use zhike_kernel::{Door, Error, Kind, Result};
use zhike_store::{Ctx, Query as _, Record, binds};
use zhike_web::{
    Answer, Form, GUEST, Place, Routes, Visit,
    answer::{go_saying, html, html_with, status},
    portal,
    ui::{self, Field},
};

pub(crate) fn routes(interactions: &Arc<dyn Interactions>) -> Routes {
    let interactions = interactions.clone();
    Routes::new()
        .get("/portal", GUEST, move |v| home(interactions.clone(), v))
        .get("/portal/account", GUEST, own)
        .post("/portal/account/password", GUEST, set_password)
        .post("/portal/account/others", GUEST, end_others)
        .get("/portal/{piece}", GUEST, piece)
}

async fn home(interactions: Arc<dyn Interactions>, visit: Visit) -> Answer {
    let (sight, party) = portal::sight(&visit).await?;
    let loc = &visit.loc;
    let mut heads = vec![];
    for tab in visit
        .app
        .tabs
        .iter()
        .filter(|t| t.of == portal::PORTAL && t.place == Place::Head)
    {
        heads.push((tab.draw)(&sight, &party).await?);
    }
    let threads = messages::list(&interactions, &visit, 5).await?;
    let name = visit.need_guest()?.name.as_str();
    let write = html! { (ui::btn(loc.t("portal-write")).small().icon("message").href("/portal/messages#write")) };
    let body = html! {
        p.mut { (loc.tv("portal-home-text", &[("party", shown(&sight, &party).into())])) }
        @for head in &heads { (head) }
        div.p-cols {
            div.p-col { section.p-card { div.p-h { h2 { (loc.t("portal-tab-messages")) } (write) } (threads) } }
            div.p-col { section.p-card { ul.plain-list.plist {
                @for tab in portal::tabs(&visit) {
                    li.prow {
                        span.ci.on { (ui::icon(tab.icon)) }
                        a.link.sp href={ "/portal/" (tab.key) } { b { (loc.t(&format!("portal-tab-{}", tab.key))) } small { (loc.t(&format!("portal-about-{}", tab.key))) } }
                    }
                }
            } } }
        }
    };
    let hello = loc.tv("portal-hello", &[("name", name.into())]);
    html(portal::page(&visit, &hello, "home", body))
}

fn shown(visit: &Visit, party: &Record) -> String {
    let latin = party.text("name_latin");
    let name = if visit.ctx.latin && !latin.is_empty() {
        latin
    } else {
        party.text("name")
    };
    name.to_owned()
}

async fn piece(visit: Visit, Path(key): Path<String>) -> Answer {
    let (sight, party) = portal::sight(&visit).await?;
    let tab = portal::tabs(&visit).find(|t| t.key == key).ok_or_else(Error::missing)?;
    let body = (tab.draw)(&sight, &party).await?;
    let title = visit.loc.t(&format!("portal-tab-{key}"));
    html(portal::page(&visit, &title, &key, body))
}

async fn own(visit: Visit) -> Answer {
    html(account_page(&visit, None).await?)
}

async fn account_page(visit: &Visit, error: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let guest = visit.need_guest()?;
    let row = visit
        .db()
        .one(
            "SELECT set_at FROM portal_secret WHERE account_id = $1",
            binds![guest.account],
        )
        .await?;
    let sql = "SELECT count(*) FROM portal_session WHERE account_id = $1 AND id <> $2";
    let others = visit.db().number(sql, binds![guest.account, guest.session]).await?;
    let wrong = |name: &str| {
        let found = error.and_then(|e| e.fields.iter().find(|w| w.field == name));
        found.map(|w| loc.field_error(w))
    };
    let body = html! {
        (ui::card(loc.t("portal-account")).body(ui::kv(&[
            (loc.t("portal_account-name"), html! { (guest.name) }),
            (loc.t("portal_account-email"), html! { (guest.email) }),
        ])).foot(html! { form method="post" action="/portal/sign-out" style="margin:0" { (ui::btn(loc.t("portal-sign-out")).icon("logout").submit()) } }))
        (ui::card(loc.t(if row.is_some() { "portal-change-password" } else { "portal-new-password" })).body(html! {
            @if let Some(e) = error.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            form.stack method="post" action="/portal/account/password" novalidate {
                @if row.is_some() {
                    (Field::new("old", loc.t("portal-old-password")).required(true).error(wrong("old")).password("current-password"))
                }
                (Field::new("password", loc.t("portal-new-password")).required(true).hint(loc.t("portal-password-hint")).error(wrong("password")).password("new-password"))
                div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) }
            }
        }))
        @if others > 0 {
            (ui::card(loc.t("portal-others")).body(html! {
                form.stack method="post" action="/portal/account/others" {
                    p { (loc.tv("portal-others-text", &[("n", others.into())])) }
                    div.btn-row { (ui::btn(loc.t("portal-others-end")).submit()) }
                }
            }))
        }
    };
    Ok(portal::page(visit, &loc.t("portal-account"), "account", body))
}

async fn set_password(visit: Visit, Form(f): Form) -> Answer {
    let house = Ctx::system(&visit.house, Door::Page);
    let (old, new) = (f.get("old").unwrap_or(""), f.get("password").unwrap_or(""));
    match account::set_password(&house, visit.need_guest()?, old, new).await {
        Ok(()) => go_saying(&visit, "/portal/account", &visit.loc.t("portal-password-kept"), None),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::TooMany) => {
            let page = account_page(&visit, Some(&e)).await?;
            html_with(status(e.kind), page)
        }
        Err(e) => Err(e.into()),
    }
}

async fn end_others(visit: Visit) -> Answer {
    let house = Ctx::system(&visit.house, Door::Page);
    account::leave(&house, visit.need_guest()?, true).await?;
    go_saying(&visit, "/portal/account", &visit.loc.t("portal-others-ended"), None)
}
