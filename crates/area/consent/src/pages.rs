//! Writing wishes down: the form on the record, the customer's own address, and the same over the API.

use crate::{
    form, link,
    load::Loaded,
    rules::By,
    tab::{self, EDIT},
    wish::{self, Values, Word},
    words,
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Event, Query as _, Record, binds, sight::CONTACT};
use zhike_web::{
    Answer, Form, Json, Screen, Visit,
    answer::{go_saying, html_with, json as reply, status},
    ui,
};

fn screen(visit: &Visit, record: &Record, version: i64, look: &form::Look<'_>) -> Markup {
    let name = crate::contact::records_title(visit, record);
    Screen::new(visit, visit.loc.t("wish-edit"), "party")
        .crumb(name, format!("/parties/{}/wishes", record.id))
        .markup(ui::page_body(html! {
            @if let Some(e) = look.error { (ui::form_errors(&[visit.loc.error(e)])) }
            (ui::card(String::new()).body(tab::edit(visit, record, version, look)))
        }))
}

/// `GET /party/{id}/wishes`.
pub(crate) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let record = tab::party(&visit, &id).await?;
    let (version, own) = wish::own(visit.db(), record.id).await?;
    let topics = wish::topics(visit.db()).await?;
    let look = tab::look(&visit, &topics, form::fill(&own), None);
    html_with(StatusCode::OK, screen(&visit, &record, version, &look))
}

/// `POST /party/{id}/wishes`.
pub(crate) async fn save(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let record = tab::party(&visit, &id).await?;
    let topics = wish::topics(visit.db()).await?;
    match stated(&visit, &record, &topics, &f).await {
        Ok(changed) => {
            let words = visit.loc.t(if changed { "wish-saved" } else { "wish-same" });
            go_saying(&visit, &format!("/parties/{}/wishes", record.id), &words, None)
        }
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Stale) => {
            // Nothing that was typed is lost; of another's change one is told.
            let version = match e.kind {
                Kind::Stale => wish::own(visit.db(), record.id).await?.0,
                _ => f.int("version").unwrap_or(0),
            };
            let look = tab::look(&visit, &topics, form::sent(&f), Some(&e));
            html_with(status(e.kind), screen(&visit, &record, version, &look))
        }
        Err(e) => Err(e.into()),
    }
}

async fn stated(visit: &Visit, record: &Record, topics: &[wish::Topic], f: &zhike_web::Fields) -> Result<bool> {
    visit.require(EDIT)?;
    if record.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let tx = visit.ctx.begin().await?;
    let (_, own) = wish::own(&tx, record.id).await?;
    let values = form::read(f, &own, topics)?;
    let word = Word {
        by: By::Employee,
        proof: f.get("proof").unwrap_or(""),
    };
    let done = wish::state(&visit.ctx, &tx, record.id, f.need_int("version")?, values, word).await?;
    tx.commit().await?;
    Ok(done.is_some())
}

async fn give(visit: &Visit, record: &Record, end: bool) -> Result<Option<link::Link>> {
    visit.require(EDIT)?;
    let tx = visit.ctx.begin().await?;
    let made = match end {
        true => {
            link::revoke(&tx, record.id).await?;
            None
        }
        false => Some(link::make(&tx, record.id).await?),
    };
    let kind = if end {
        "preference.link_ended.v1"
    } else {
        "preference.link_made.v1"
    };
    let event = Event {
        kind: kind.into(),
        record_type: "preference",
        record: record.id,
        party: Some(record.id),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(made)
}

/// `POST /party/{id}/wishes/link`.
pub(crate) async fn link(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let record = tab::party(&visit, &id).await?;
    let end = f.get("what") == Some("end");
    give(&visit, &record, end).await?;
    let words = visit.loc.t(if end { "wish-link-ended" } else { "wish-link-made" });
    go_saying(&visit, &format!("/parties/{}/wishes", record.id), &words, None)
}

/// `POST /api/v1/parties/{id}/preferences/link`.
pub(crate) async fn api_link(visit: Visit, Path(id): Path<String>) -> Answer {
    let record = tab::party(&visit, &id).await?;
    let made = give(&visit, &record, false).await?.ok_or_else(Error::missing)?;
    let body = json!({"path": made.address(&visit.app.secret), "ends_at": made.ends_at.rfc3339()});
    reply(StatusCode::CREATED, &body)
}

/// Everything about a party's wishes, for programs and as an answer to who asks what is kept about them.
async fn told(visit: &Visit, party: i64) -> Result<Any> {
    let loaded = Loaded::read(&visit.ctx, visit.db(), &[party], visit.now(), &[]).await?;
    let known = loaded.of(party).ok_or_else(Error::missing)?;
    let (version, _) = wish::own(visit.db(), party).await?;
    let contact = visit.may(CONTACT);
    let shown = |w: &crate::rules::Wish| {
        let mut w = w.clone();
        if let Some(s) = w.channels.as_mut().filter(|_| !contact) {
            for way in &mut s.value {
                way.address = way.address.take().map(|a| crate::address::masked(way.channel.0, &a));
            }
        }
        serde_json::to_value(&w).unwrap_or(Any::Null)
    };
    let topics = wish::topics(visit.db()).await?;
    let words: serde_json::Map<String, Any> = words::parts(visit, &topics, &known.wish)
        .into_iter()
        .map(|(part, text, _)| (part.to_owned(), text.into()))
        .collect();
    let closed: Vec<Any> = loaded
        .shut(known, None)
        .iter()
        .map(|c| json!({"channel": c.channel.word(), "since": c.since.to_string(), "scope": match c.shut { crate::rules::Shut::All => "all", crate::rules::Shut::Promotion => "promotion" }}))
        .collect();
    let sql = "SELECT at, class, topic, channel FROM consent_sent WHERE party_id = $1 ORDER BY at DESC LIMIT 200";
    let sent: Vec<Any> = visit
        .db()
        .all(sql, binds![party])
        .await?
        .iter()
        .map(|r| Ok(json!({"at": zhike_kernel::Stamp(r.int(0)?).rfc3339(), "class": r.text(1)?, "topic": r.text(2)?, "channel": r.text(3)?})))
        .collect::<Result<_>>()?;
    let sql = "SELECT id, number, purpose, channel, topic, given_on, until_on, source, proof, withdrawn_on, withdrawn_how FROM consent_consent \
               WHERE party_id = $1 AND archived_at IS NULL ORDER BY id";
    let names = [
        "number",
        "purpose",
        "channel",
        "topic",
        "given_on",
        "until_on",
        "source",
        "proof",
        "withdrawn_on",
        "withdrawn_how",
    ];
    let mut consents = vec![];
    for r in visit.db().all(sql, binds![party]).await? {
        let mut one = serde_json::Map::from_iter([("id".to_owned(), r.int(0)?.into())]);
        for (i, name) in names.iter().enumerate() {
            one.insert((*name).to_owned(), r.opt_text(i + 1)?.into());
        }
        consents.push(Any::Object(one));
    }
    Ok(
        json!({"party": party, "version": version, "own": shown(&known.own), "effective": shown(&known.wish), "words": words,
        "inherits_from": known.above, "consents": consents, "closed": closed, "sent": sent}),
    )
}

/// `GET /api/v1/parties/{id}/preferences`.
pub(crate) async fn api_get(visit: Visit, Path(id): Path<String>) -> Answer {
    let record = tab::party(&visit, &id).await?;
    reply(StatusCode::OK, &told(&visit, record.id).await?)
}

/// Body of `PUT /api/v1/parties/{id}/preferences`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    version: i64,
    by: String,
    #[serde(default)]
    proof: String,
    wish: Values,
}

/// `PUT /api/v1/parties/{id}/preferences`.
pub(crate) async fn api_put(visit: Visit, Path(id): Path<String>, Json(s): Json<Sent>) -> Answer {
    visit.require(EDIT)?;
    let record = tab::party(&visit, &id).await?;
    if record.archived_at.is_some() {
        return Err(Error::refused("error-archived").into());
    }
    let by = By::of(&s.by).ok_or_else(|| Error::field("by", "error-not-a-choice"))?;
    if by == By::Customer && s.proof.trim().is_empty() {
        return Err(Error::field("proof", "error-wish-proof").into());
    }
    let tx = visit.ctx.begin().await?;
    let word = Word { by, proof: &s.proof };
    wish::state(&visit.ctx, &tx, record.id, s.version, s.wish, word).await?;
    tx.commit().await?;
    reply(StatusCode::OK, &told(&visit, record.id).await?)
}
