//! A call on its page: what came of it, and whose number it is.

use crate::{ring::shown_number, types::OUTCOMES};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Filter, Result, Values};
use zhike_store::{Record, Tx, event, read, write};
use zhike_web::{Answer, Form, Place, Tab, Visit, answer::go_saying, input::percent_encode, records, ui};

/// The pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("call", "recordings", Place::Head, 10, "recording.view", |v, r| {
            Box::pin(crate::recording::players(v, r))
        }),
        Tab::new("call", "note", Place::Head, 20, "call.view", |v, r| {
            Box::pin(async move { Ok(head(v, r)) })
        }),
        Tab::new("case", "voice", Place::Rail, 15, "recording.view", |v, r| {
            Box::pin(crate::recording::of_case(v, r))
        }),
        Tab::new("call_list", "work", Place::Head, 10, "call_list.view", |v, r| {
            Box::pin(crate::list_view::head(v, r))
        }),
        Tab::new("call_list", "items", Place::Tab, -10, "call_list.view", |v, r| {
            Box::pin(crate::list_view::items(v, r))
        }),
        Tab::new("call", "whose", Place::Rail, 10, "call.edit", |v, r| {
            Box::pin(async move { Ok(whose(v, r)) })
        }),
        Tab::new("party", "calls", Place::Tab, 16, "call.view", |v, r| {
            Box::pin(of_party(v, r))
        }),
        Tab::new("party", "dial", Place::Action, 30, "call.edit", |v, r| {
            Box::pin(dial(v, r))
        }),
        Tab::new("user", "extension", Place::Rail, 40, "user.view", |v, r| {
            Box::pin(crate::extension::piece(v, r))
        }),
    ]
}

fn head(visit: &Visit, call: &Record) -> Markup {
    let loc = &visit.loc;
    if call.archived_at.is_some() || !visit.may("call.edit") {
        return html! {};
    }
    let choices = OUTCOMES.map_choices(|w| loc.t(&format!("call-outcome-{w}")));
    html! {
        (ui::card(loc.t("call-note-title")).id("note").body(html! {
            form.stack data-stay method="post" action={ "/calls/" (call.id) "/note" } {
                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &call.version.to_string()))
                (ui::Field::new("outcome", loc.t("call-outcome")).id("note-outcome").select(&choices, call.text("outcome"), Some("—")))
                (ui::Field::new("note", loc.t("call-note")).id("note-text").textarea(call.text("note"), 3))
                div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) }
            }
        }))
    }
}

/// Words as choices of a select.
pub(crate) trait Choices {
    /// Each with its label.
    fn map_choices(&self, label: impl Fn(&str) -> String) -> Vec<ui::Choice>;
}

impl Choices for [&'static str] {
    fn map_choices(&self, label: impl Fn(&str) -> String) -> Vec<ui::Choice> {
        self.iter().map(|w| ui::Choice::new(*w, label(w))).collect()
    }
}

/// `POST /calls/{id}/note`.
pub(crate) async fn note(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ctx = &visit.ctx;
    ctx.require("call.edit")?;
    let ty = ctx.registry().get("call")?.clone();
    let mut values = Values::new();
    let mut wrong = vec![];
    for name in ["outcome", "note"] {
        match ty.need(name)?.parse(f.get(name).unwrap_or(""), ctx.house.currency) {
            Ok(value) => {
                values.insert(name.into(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong).into());
    }
    let version = f.need_int("version")?;
    let tx = ctx.begin().await?;
    let call = read::need(ctx, &tx, &ty, id).await?;
    // A call goes on while its note is written: only what a person wrote in between makes it stale.
    let now = call.version;
    if now != version && written_since(&tx, id, now - version).await? {
        return Err(Error::stale().into());
    }
    write::update_from(ctx, &tx, &ty, call, now, values).await?;
    let undo = event::of_record(&tx, "call", id, 3)
        .await?
        .into_iter()
        .find(|e| e.kind == "call.changed.v1")
        .map(|e| format!("/undo/event/{}", e.id));
    tx.commit().await?;
    go_saying(
        &visit,
        &format!("/calls/{id}"),
        &visit.loc.t("call-note-kept"),
        undo.as_deref(),
    )
}

/// Did a person write outcome or note in the last so many changes?
async fn written_since(tx: &Tx, id: i64, changes: i64) -> Result<bool> {
    let events = event::of_record(tx, "call", id, changes.clamp(1, 50)).await?;
    Ok(events
        .iter()
        .any(|e| ["outcome", "note"].iter().any(|n| e.changes.contains_key(*n))))
}

/// A number that nobody knows: whose it could be.
fn whose(visit: &Visit, call: &Record) -> Markup {
    let loc = &visit.loc;
    if call.int("party_id").is_some() || call.archived_at.is_some() || call.text("address").is_empty() {
        return html! {};
    }
    let make = format!(
        "/parties/new?kind=person&phone={}",
        percent_encode(call.text("address"))
    );
    html! { (ui::card(loc.t("call-whose")).body(html! {
        p.sm.mut { (loc.tv("call-whose-text", &[("number", shown_number(visit, call.text("address")).into())])) }
        div.btn-row {
            (ui::btn(loc.t("call-whose-pick")).icon("user").small().href(format!("/calls/{}/edit", call.id)))
            @if visit.may("party.create") && visit.may(zhike_store::sight::CONTACT) { (ui::btn(loc.t("call-whose-new")).icon("user-plus").small().href(make)) }
        }
    })) }
}

async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let shown = [
        "number",
        "direction",
        "user_id",
        "result",
        "outcome",
        "started_at",
        "seconds",
    ];
    let calls = records::related(visit, "call", Filter::is("party_id", party.id), &shown, 50).await?;
    Ok(html! { (ui::card(visit.loc.t("call-many")).flush(calls)) })
}

/// The button that calls, for whoever has a telephone at a switchboard that dials.
async fn dial(visit: &Visit, party: &Record) -> Result<Markup> {
    let own = match visit.actor.user {
        Some(user) => crate::whose::extension(visit.db(), user).await?,
        None => None,
    };
    let numbers = ["phone", "phone2"].iter().any(|f| !party.text(f).is_empty());
    if own.is_none() || !numbers || party.archived_at.is_some() || !crate::dial::ready(visit.db()).await? {
        return Ok(html! {});
    }
    Ok(html! {
        form data-stay method="post" action="/calls/dial" style="margin:0" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("party", &party.id.to_string()))
            (ui::icon_btn("phone-call", visit.loc.t("dial-call")).submit())
        }
    })
}
