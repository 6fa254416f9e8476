//! The message box: what guests write comes into the house's inbox, and what is answered there stands here.

use axum::extract::Path;
use maud::{Markup, html};
use std::sync::Arc;
use zhike_contract::{Channel, Interactions, NewInteraction, interactions::Thread};
use zhike_kernel::{Actor, Door, Error, Kind, Result, Stamp};
use zhike_store::{Ctx, Query as _, binds, tries};
use zhike_web::{
    Answer, Fields, Form, GUEST, Routes, Visit,
    answer::{go_saying, html, html_with, status},
    portal,
    ui::{self, Field, Tone},
};

/// Longest message, in characters.
const MOST: usize = 10_000;
/// Messages of one account within a quarter of an hour.
const OFTEN: i64 = 20;

pub(crate) fn routes(interactions: &Arc<dyn Interactions>) -> Routes {
    let (all, write, one, reply) = (
        interactions.clone(),
        interactions.clone(),
        interactions.clone(),
        interactions.clone(),
    );
    Routes::new()
        .get("/portal/messages", GUEST, move |v| page(all.clone(), v))
        .post("/portal/messages", GUEST, move |v, f| begin(write.clone(), v, f))
        .get("/portal/messages/{thread}", GUEST, move |v, p| {
            thread(one.clone(), v, p)
        })
        .post("/portal/messages/{thread}", GUEST, move |v, p, f| {
            answer(reply.clone(), v, p, f)
        })
}

/// The guest speaks: what is written down bears their name.
fn speaker(visit: &Visit, name: &str) -> Ctx {
    let house = Ctx::system(&visit.house, Door::Page);
    Ctx {
        actor: Arc::new(Actor {
            name: name.to_owned(),
            ..house.actor.as_ref().clone()
        }),
        ..house
    }
}

async fn read_up_to(visit: &Visit, account: i64) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT thread_id, at FROM portal_read WHERE account_id = $1";
    let rows = visit.db().all(sql, binds![account]).await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.int(1)?))).collect()
}

/// The guest's conversations, the newest first.
pub(crate) async fn list(interactions: &Arc<dyn Interactions>, visit: &Visit, most: i64) -> Result<Markup> {
    let guest = visit.need_guest()?;
    let loc = &visit.loc;
    let house = Ctx::system(&visit.house, Door::Page);
    let threads = interactions.threads(&house, guest.party, Channel::Portal, most).await?;
    let read = read_up_to(visit, guest.account).await?;
    let fresh = |t: &Thread| {
        let upto = read.iter().find(|r| r.0 == t.id).map_or(0, |r| r.1);
        t.answered_at.is_some_and(|at| at.0 > upto)
    };
    Ok(html! {
        @if threads.is_empty() { div.card-b { p.mut { (loc.t("portal-no-messages")) } } } @else {
            table.tbl.plain { tbody {
                @for t in &threads { tr {
                    td { a.link href={ "/portal/messages/" (t.id) } { (t.subject) } " " @if fresh(t) { (ui::badge(ui::Hue::Jade, &loc.t("portal-new"))) } }
                    td.r.num { (loc.stamp(t.last_at)) }
                } }
            } }
        }
    })
}

fn form(visit: &Visit, action: &str, f: &Fields, error: Option<&Error>, whole: bool) -> Markup {
    let loc = &visit.loc;
    let wrong = |name: &str| {
        let found = error.and_then(|e| e.fields.iter().find(|w| w.field == name));
        found.map(|w| loc.field_error(w))
    };
    html! {
        form.stack #write method="post" action=(action) novalidate {
            @if let Some(e) = error.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            @if whole { (Field::new("subject", loc.t("portal-subject")).required(true).error(wrong("subject")).text(f.get("subject").unwrap_or(""))) }
            (Field::new("body", loc.t("portal-body")).required(true).error(wrong("body")).textarea(f.get("body").unwrap_or(""), 6))
            div.btn-row { (ui::btn(loc.t("portal-send")).primary().submit()) }
        }
    }
}

async fn whole(
    interactions: &Arc<dyn Interactions>,
    visit: &Visit,
    f: &Fields,
    error: Option<&Error>,
) -> Result<Markup> {
    let loc = &visit.loc;
    let threads = list(interactions, visit, 50).await?;
    let body = html! {
        (ui::card(loc.t("portal-tab-messages")).flush(threads))
        (ui::card(loc.t("portal-write")).body(form(visit, "/portal/messages", f, error, true)))
    };
    Ok(portal::page(visit, &loc.t("portal-tab-messages"), "messages", body))
}

async fn page(interactions: Arc<dyn Interactions>, visit: Visit) -> Answer {
    html(whole(&interactions, &visit, &Fields::default(), None).await?)
}

fn words(f: &Fields, name: &str, most: usize) -> Result<String> {
    let text: String = f
        .filled(name)
        .ok_or_else(|| Error::field(name, "error-required"))?
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    if text.chars().count() > most {
        return Err(Error::field(name, "error-portal-long"));
    }
    Ok(text)
}

/// Writes down what the guest says, in a conversation or a new one.
async fn say(
    interactions: &Arc<dyn Interactions>,
    visit: &Visit,
    subject: String,
    body: String,
    thread: Option<i64>,
) -> Result<()> {
    let guest = visit.need_guest()?;
    tries::count(&visit.ctx, "portal.message", &guest.account.to_string(), OFTEN).await?;
    let ctx = speaker(visit, &guest.name);
    let tx = ctx.begin().await?;
    let new = NewInteraction {
        channel: Channel::Portal,
        outgoing: false,
        at: tx.at,
        party: Some(guest.party),
        address: guest.email.clone(),
        subject,
        body,
        record: thread.map(|id| ("conversation".to_owned(), id)),
        message: None,
        user: None,
        seconds: None,
        key: None,
    };
    interactions.note(&ctx, &tx, &new).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    Ok(())
}

async fn begin(interactions: Arc<dyn Interactions>, visit: Visit, Form(f): Form) -> Answer {
    let done = async {
        let (subject, body) = (words(&f, "subject", 200)?, words(&f, "body", MOST)?);
        say(&interactions, &visit, subject, body, None).await
    };
    match done.await {
        Ok(()) => go_saying(&visit, "/portal/messages", &visit.loc.t("portal-said"), None),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::TooMany) => {
            let page = whole(&interactions, &visit, &f, Some(&e)).await?;
            html_with(status(e.kind), page)
        }
        Err(e) => Err(e.into()),
    }
}

async fn shown(
    interactions: &Arc<dyn Interactions>,
    visit: &Visit,
    id: i64,
    f: &Fields,
    error: Option<&Error>,
) -> Result<Markup> {
    let guest = visit.need_guest()?;
    let loc = &visit.loc;
    let house = Ctx::system(&visit.house, Door::Page);
    let found = interactions.said(&house, guest.party, id).await?;
    let (thread, said) = found.ok_or_else(Error::missing)?;
    let tx = house.begin().await?;
    let sql = "INSERT INTO portal_read (account_id, thread_id, at) VALUES ($1,$2,$3) ON CONFLICT (account_id, thread_id) DO UPDATE SET at = excluded.at";
    tx.exec(sql, binds![guest.account, id, tx.at.0]).await?;
    tx.commit().await?;
    let when = |at: Stamp| loc.stamp(at);
    let body = html! {
        @for s in &said {
            section.card { div.card-b style="padding-top:12px" {
                p.sm.mut { b { (if s.outgoing { visit.app.company.clone() } else { loc.t("portal-you") }) } " · " (when(s.at)) }
                p.pre { (s.body) }
            } }
        }
        @if said.is_empty() { (ui::callout(Tone::Info, loc.t("portal-no-messages"))) }
        (ui::card(loc.t("portal-answer")).body(form(visit, &format!("/portal/messages/{id}"), f, error, false)))
    };
    Ok(portal::page(visit, &thread.subject, "messages", body))
}

async fn thread(interactions: Arc<dyn Interactions>, visit: Visit, Path(id): Path<String>) -> Answer {
    let id = id.parse().map_err(|_| Error::missing())?;
    html(shown(&interactions, &visit, id, &Fields::default(), None).await?)
}

async fn answer(interactions: Arc<dyn Interactions>, visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let guest = visit.need_guest()?;
    let house = Ctx::system(&visit.house, Door::Page);
    let (thread, _) = interactions
        .said(&house, guest.party, id)
        .await?
        .ok_or_else(Error::missing)?;
    let done = async {
        let body = words(&f, "body", MOST)?;
        say(&interactions, &visit, thread.subject.clone(), body, Some(id)).await
    };
    match done.await {
        Ok(()) => go_saying(
            &visit,
            &format!("/portal/messages/{id}"),
            &visit.loc.t("portal-said"),
            None,
        ),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::TooMany) => {
            let page = shown(&interactions, &visit, id, &f, Some(&e)).await?;
            html_with(status(e.kind), page)
        }
        Err(e) => Err(e.into()),
    }
}
