//! A message's page: where it stands and why; taking it back; saying of an unclear one whether it went.

use crate::{
    gate,
    load::Loaded,
    outbound,
    release::{self, uncount},
    strip, wish, words,
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Record, attachment, binds, read};
use zhike_web::{
    Answer, Form, Json, Visit,
    answer::{go_saying, json as reply},
    files::along,
    records, ui,
};

/// Who takes messages back.
pub(crate) const RECALL: &str = "message.recall";

/// Above the details: the state in words, the reasons, the record it is about.
pub(crate) async fn head(visit: &Visit, m: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let topics = wish::topics(visit.db()).await?;
    let reasons: Vec<String> = gate::unkept(m.text("reasons"))
        .iter()
        .map(|r| words::sentence(visit, &topics, r))
        .collect();
    let status = m.text("status");
    let at = match (m.int("not_before"), m.int("party_id")) {
        (Some(at), Some(party)) => {
            let loaded = Loaded::read(&visit.ctx, visit.db(), &[party], visit.now(), &[]).await?;
            match loaded.of(party) {
                Some(known) => strip::moment(visit, &loaded, known, Stamp(at)),
                None => loc.stamp(Stamp(at)),
            }
        }
        _ => String::new(),
    };
    let told = match status {
        "held" => Some((ui::Tone::Customer, loc.tv("message-held-text", &[("at", at.into())]))),
        // People print letters when they have the time for it.
        "waiting" if m.text("via") == "letter" => Some((ui::Tone::Info, loc.t("message-next-batch"))),
        "going" if m.text("via") == "letter" => Some((ui::Tone::Info, loc.t("message-in-batch"))),
        "waiting" if m.text("error") == "no-carrier" => Some((ui::Tone::Warn, loc.t("message-no-carrier"))),
        "withheld" => Some((ui::Tone::Customer, loc.t("message-withheld-text"))),
        "unsure" => Some((ui::Tone::Warn, loc.t("message-unsure-text"))),
        _ => None,
    };
    let about = about(visit, m).await?;
    let files = attachment::of_record(visit.db(), "message", m.id).await?;
    Ok(html! {
        @if let Some((tone, words)) = told { (ui::callout(tone, words)) }
        @if let Some(about) = about { p.sm { (loc.t("message-about")) " " (about) } }
        (along::chips(&files.iter().collect::<Vec<_>>()))
        @if !reasons.is_empty() {
            (ui::card(loc.t("message-why")).body(html! { ul.plain-list.stack.s { @for r in &reasons { li.sm { (r) } } } }))
        }
    })
}

async fn about(visit: &Visit, m: &Record) -> Result<Option<Markup>> {
    let (Some(id), Ok(ty)) = (m.int("record_id"), visit.registry().get(m.text("record_type"))) else {
        return Ok(None);
    };
    let ty = ty.clone();
    if !visit.may(&ty.permission("view")) {
        return Ok(None);
    }
    let found = read::find(&visit.ctx, visit.db(), &ty, id).await?;
    Ok(found.map(|r| {
        let title = records::show::title(visit, &ty, id, &r.values);
        html! { @if ty.pages { a.link href=(ty.url(id)) { (title) } } @else { (title) } }
    }))
}

/// Buttons at the top.
pub(crate) fn actions(visit: &Visit, m: &Record) -> Markup {
    let loc = &visit.loc;
    let post = |what: &str, button: ui::Btn| {
        html! {
            form data-stay method="post" action={ "/messages/" (m.id) "/" (what) } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &m.version.to_string())) (button)
            }
        }
    };
    html! {
        @if visit.may(RECALL) {
            @match m.text("status") {
                "held" | "waiting" => (post("recall", ui::btn(loc.t("message-recall")).icon("arrow-back-up").submit())),
                "unsure" => {
                    (post("went", ui::btn(loc.t("message-went")).icon("check").submit()))
                    (post("again", ui::btn(loc.t("message-again")).icon("refresh").submit()))
                }
                _ => {}
            }
        }
    }
}

/// Reads it in the visitor's sight, with the version it was seen in.
async fn need(ctx: &Ctx, tx: &zhike_store::Tx, id: i64, version: i64) -> Result<Record> {
    ctx.require(RECALL)?;
    let ty = ctx.registry().get("message")?.clone();
    let sql = "UPDATE consent_message SET status = status WHERE id = $1";
    tx.exec(sql, binds![id]).await?;
    let m = read::need(ctx, tx, &ty, id).await?;
    if m.version != version {
        return Err(Error::stale());
    }
    Ok(m)
}

async fn recall(ctx: &Ctx, id: i64, version: i64, why: &str) -> Result<()> {
    let tx = ctx.begin().await?;
    let m = need(ctx, &tx, id, version).await?;
    if !outbound::take_back(ctx, &tx, id, m.int("party_id").unwrap_or(0), why).await? {
        return Err(Error::refused("error-message-state"));
    }
    tx.commit().await
}

/// A person looked at the other side: it went, or it did not and is to be sent.
async fn settle(ctx: &Ctx, id: i64, version: i64, went: bool) -> Result<()> {
    let tx = ctx.begin().await?;
    let m = need(ctx, &tx, id, version).await?;
    if m.text("status") != "unsure" {
        return Err(Error::refused("error-message-state"));
    }
    let party = m.int("party_id").unwrap_or(0);
    if went {
        let sql = "UPDATE consent_message SET status = 'gone', gone_at = $1, version = version + 1, updated_at = $2 WHERE id = $3";
        tx.exec(sql, binds![tx.at.0, tx.at.0, id]).await?;
        outbound::tell(ctx, &tx, "message.gone.v1", id, party, None).await?;
    } else {
        let sql = "UPDATE consent_message SET status = 'waiting', not_before = $1, version = version + 1, updated_at = $2 WHERE id = $3";
        tx.exec(sql, binds![tx.at.0, tx.at.0, id]).await?;
        uncount(&tx, id).await?;
        release::wake(&tx, tx.at).await?;
    }
    tx.commit().await
}

/// `POST /messages/{id}/recall`, `/went`, `/again`.
pub(crate) async fn post(visit: Visit, Path(id): Path<String>, Form(f): Form, what: &'static str) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let version = f.need_int("version")?;
    let said = match what {
        "recall" => {
            recall(&visit.ctx, id, version, f.get("why").unwrap_or("")).await?;
            "message-recalled"
        }
        "went" | "again" => {
            settle(&visit.ctx, id, version, what == "went").await?;
            visit.app.nudge.notify_one();
            "message-settled"
        }
        _ => return Err(Error::missing().into()),
    };
    go_saying(&visit, &format!("/messages/{id}"), &visit.loc.t(said), None)
}

/// Body of `POST /api/v1/messages/{id}/recall`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recall {
    version: i64,
    #[serde(default)]
    why: String,
}

/// `POST /api/v1/messages/{id}/recall`.
pub(crate) async fn api_recall(visit: Visit, Path(id): Path<i64>, Json(s): Json<Recall>) -> Answer {
    recall(&visit.ctx, id, s.version, &s.why).await?;
    reply(StatusCode::OK, &json!({"id": id, "status": "recalled"}))
}

/// Body of `POST /api/v1/messages/{id}/settle`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settle {
    version: i64,
    went: bool,
}

/// `POST /api/v1/messages/{id}/settle`.
pub(crate) async fn api_settle(visit: Visit, Path(id): Path<i64>, Json(s): Json<Settle>) -> Answer {
    settle(&visit.ctx, id, s.version, s.went).await?;
    visit.app.nudge.notify_one();
    reply(
        StatusCode::OK,
        &json!({"id": id, "status": if s.went { "gone" } else { "waiting" }}),
    )
}
