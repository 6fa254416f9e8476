//! Recordings of calls: kept in the file store, drawn once, played to whoever may, every listening written down.

use crate::{settings, take, told, wav};
use axum::{
    extract::{Path, Request},
    http::{HeaderMap, StatusCode},
};
use maud::{Markup, html};
use serde_json::json;
use zhike_kernel::{Door, Error, Result, Stamp, Values};
use zhike_store::{Ctx, Event, Query, Record, Tx, attachment::Attachment, binds, read, write};
use zhike_web::{
    Answer, Fields, Form, Query as Asked, Visit,
    answer::{go_saying, json as answer},
    files, ui,
};

/// The largest recording: more than an hour of G.711.
pub(crate) const MOST: usize = 64 * 1024 * 1024;
/// Bars of a drawn recording.
const BARS: usize = 160;
/// A player asks for a recording piece by piece: within so many seconds that is one listening.
const ONE_LISTENING: i64 = 600;

/// A recording that was looked at, its bytes kept.
pub(crate) struct Kept {
    hash: String,
    size: i64,
    seconds: i64,
    peaks: String,
}

/// Looks at a recording and keeps its bytes. Not within a transaction: writing them takes time.
pub(crate) async fn store(ctx: &Ctx, bytes: Vec<u8>) -> Result<Kept> {
    if bytes.len() > MOST {
        return Err(Error::field("audio", "error-recording-large").with("most", MOST / 1024 / 1024));
    }
    let (bytes, seen) = zhike_web::blocking(move || {
        let seen = wav::read(&bytes).map(|w| (w.seconds(), w.peaks(BARS)));
        (bytes, seen)
    })
    .await?;
    let (seconds, peaks) = seen.map_err(|w| {
        let code = match w {
            wav::Wrong::NoWav => "error-recording-no-wav",
            wav::Wrong::Kind => "error-recording-kind",
            wav::Wrong::Empty => "error-recording-empty",
            wav::Wrong::Long => "error-recording-long",
        };
        Error::field("audio", code)
    })?;
    let hash = files::keep(&ctx.house.data, &bytes).await?;
    let peaks: Vec<String> = peaks.iter().map(u8::to_string).collect();
    Ok(Kept {
        hash,
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        seconds,
        peaks: peaks.join(","),
    })
}

/// Enters a recording of a call; its id and whether it was there before. It may come before the call is told of.
pub(crate) async fn enter(ctx: &Ctx, tx: &Tx, (switch, key): (&str, &str), kept: &Kept) -> Result<(i64, bool)> {
    let call = take::lock(tx, switch, key).await?;
    let sql = "INSERT INTO voice_recording (switch, call_key, call_id, hash, size, seconds, peaks, at, gone) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) \
               ON CONFLICT (switch, call_key, hash) DO NOTHING RETURNING id";
    let row = binds![
        switch,
        key,
        Some(call).filter(|c| *c > 0),
        kept.hash.as_str(),
        kept.size,
        kept.seconds,
        kept.peaks.as_str(),
        tx.at.0,
        false
    ];
    let made = tx.one(sql, row).await?.map(|r| r.int(0)).transpose()?;
    let Some(id) = made else {
        let sql = "SELECT id FROM voice_recording WHERE switch = $1 AND call_key = $2 AND hash = $3";
        return Ok((tx.number(sql, binds![switch, key, kept.hash.as_str()]).await?, true));
    };
    if call > 0 {
        mark(ctx, tx, call, true).await?;
    }
    Ok((id, false))
}

/// What came before its call belongs to it now. Is there any?
pub(crate) async fn adopt(tx: &Tx, (switch, key): (&str, &str), call: i64) -> Result<bool> {
    let sql = "UPDATE voice_recording SET call_id = $1 WHERE switch = $2 AND call_key = $3 AND call_id IS NULL";
    Ok(tx.exec(sql, binds![call, switch, key]).await? > 0)
}

/// Is there a recording of the call?
pub(crate) async fn mark(ctx: &Ctx, tx: &Tx, call: i64, recorded: bool) -> Result<()> {
    let system = Ctx::system(&ctx.house, Door::Job);
    let ty = ctx.registry().get("call")?.clone();
    if let Some(record) = read::find(&system, tx, &ty, call)
        .await?
        .filter(|r| r.archived_at.is_none())
    {
        let version = record.version;
        let values = Values::from([("recorded".to_owned(), recorded.into())]);
        write::update_from(&system, tx, &ty, record, version, values).await?;
    }
    Ok(())
}

/// A recording as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub id: i64,
    pub call: Option<i64>,
    pub hash: String,
    pub size: i64,
    pub seconds: i64,
    pub peaks: String,
    pub at: Stamp,
    pub removed: Option<Stamp>,
    pub why: String,
}

const COLUMNS: &str = "id, call_id, hash, size, seconds, peaks, at, removed_at, COALESCE(why, '')";

fn row(r: &zhike_store::Row) -> Result<Recording> {
    Ok(Recording {
        id: r.int(0)?,
        call: r.opt_int(1)?,
        hash: r.text(2)?,
        size: r.int(3)?,
        seconds: r.int(4)?,
        peaks: r.text(5)?,
        at: Stamp(r.int(6)?),
        removed: r.opt_int(7)?.map(Stamp),
        why: r.text(8)?,
    })
}

/// Those of a call.
pub(crate) async fn of_call(q: &dyn Query, call: i64) -> Result<Vec<Recording>> {
    let sql = format!("SELECT {COLUMNS} FROM voice_recording WHERE call_id = $1 ORDER BY id LIMIT 20");
    q.all(&sql, binds![call]).await?.iter().map(row).collect()
}

/// One whose call the visitor sees.
async fn need(visit: &Visit, id: &str) -> Result<(Recording, Record)> {
    visit.require("recording.view")?;
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let sql = format!("SELECT {COLUMNS} FROM voice_recording WHERE id = $1");
    let one = visit
        .db()
        .one(&sql, binds![id])
        .await?
        .as_ref()
        .map(row)
        .transpose()?
        .ok_or_else(Error::missing)?;
    let ty = visit.registry().get("call")?.clone();
    let call = read::need(&visit.ctx, visit.db(), &ty, one.call.ok_or_else(Error::missing)?).await?;
    Ok((one, call))
}

/// Writes the listening down, once for all pieces of it.
async fn listened(visit: &Visit, one: &Recording, call: &Record) -> Result<()> {
    let user = visit.actor.user.unwrap_or(0);
    let tx = visit.ctx.begin().await?;
    let sql = "SELECT at FROM voice_listen WHERE recording_id = $1 AND user_id = $2";
    let before = tx.one(sql, binds![one.id, user]).await?.map(|r| r.int(0)).transpose()?;
    if before.is_some_and(|b| b > tx.at.plus_seconds(-ONE_LISTENING - one.seconds).0) {
        return Ok(());
    }
    let sql = "INSERT INTO voice_listen (recording_id, user_id, at) VALUES ($1, $2, $3) \
               ON CONFLICT (recording_id, user_id) DO UPDATE SET at = excluded.at";
    tx.exec(sql, binds![one.id, user, tx.at.0]).await?;
    emit(&visit.ctx, &tx, "listened", call, None).await?;
    tx.commit().await
}

/// What is done with a recording stands on its call and in the customer's history.
async fn emit(ctx: &Ctx, tx: &Tx, what: &str, call: &Record, note: Option<String>) -> Result<()> {
    let event = Event {
        kind: format!("call.{what}.v1"),
        record_type: "call",
        record: call.id,
        party: call.int("party_id"),
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// `GET /recordings/{id}`, with ranges.
pub(crate) async fn play(visit: Visit, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let (one, call) = need(&visit, &id).await?;
    if one.removed.is_some() {
        return Err(Error::missing().into());
    }
    listened(&visit, &one, &call).await?;
    let file = Attachment {
        id: one.id,
        record_type: "call".into(),
        record: call.id,
        kind: "audio".into(),
        name: format!("{}-{}.wav", call.text("number"), one.id),
        media: "audio/wav".into(),
        size: one.size,
        hash: one.hash,
        url: String::new(),
    };
    files::hand_out(&visit, &file, &headers).await
}

/// `GET /api/v1/calls/{id}/recordings`.
pub(crate) async fn api_list(visit: Visit, Path(id): Path<String>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ty = visit.registry().get("call")?.clone();
    let call = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let all: Vec<_> = of_call(visit.db(), call.id)
        .await?
        .iter()
        .map(|r| {
            json!({"id": r.id, "seconds": r.seconds, "size": r.size, "at": r.at.rfc3339(), "removed_at": r.removed.map(Stamp::rfc3339),
                "url": r.removed.is_none().then(|| format!("/api/v1/recordings/{}", r.id))})
        })
        .collect();
    answer(StatusCode::OK, &json!({"data": all}))
}

/// The bytes of a request, not more than a recording may have.
pub(crate) async fn body(request: Request) -> Result<Vec<u8>> {
    let bytes = axum::body::to_bytes(request.into_body(), MOST)
        .await
        .map_err(|_| Error::field("audio", "error-recording-large").with("most", MOST / 1024 / 1024))?;
    Ok(bytes.to_vec())
}

/// `PUT /api/v1/call-events/recording?call=…&switch=…`: a WAV file as it is.
pub(crate) async fn upload(visit: Visit, Asked(q): Asked, request: Request) -> Answer {
    let key = told::name(q.get("call").unwrap_or(""), "call")?;
    let switch = switch(&q)?;
    let kept = store(&visit.ctx, body(request).await?).await?;
    let tx = visit.ctx.begin().await?;
    let (id, repeated) = enter(&visit.ctx, &tx, (&switch, &key), &kept).await?;
    tx.commit().await?;
    answer(
        StatusCode::OK,
        &json!({"recording": id, "repeated": repeated, "seconds": kept.seconds}),
    )
}

/// Under which name a program that is signed in tells of its calls.
pub(crate) fn switch(q: &Fields) -> Result<String> {
    match q.filled("switch") {
        Some(given) => Ok(format!("api:{}", told::name(given, "switch")?)),
        None => Ok("api".to_owned()),
    }
}

/// Takes a recording away for good: its row stays and says so.
pub(crate) async fn remove(ctx: &Ctx, (id, call, hash): (i64, Option<i64>, &str), why: &str) -> Result<()> {
    let ty = ctx.registry().get("call")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let tx = ctx.begin().await?;
    let sql = "UPDATE voice_recording SET removed_at = $1, why = $2 WHERE id = $3 AND removed_at IS NULL";
    if tx.exec(sql, binds![tx.at.0, why, id]).await? == 0 {
        return Ok(());
    }
    if let Some(call) = call
        && let Some(record) = read::find(&system, &tx, &ty, call).await?
    {
        emit(ctx, &tx, "recording_removed", &record, Some(why.to_owned())).await?;
        let sql = "SELECT count(*) FROM voice_recording WHERE call_id = $1 AND removed_at IS NULL";
        if tx.number(sql, binds![call]).await? == 0 {
            mark(ctx, &tx, call, false).await?;
        }
    }
    tx.commit().await?;
    forget(ctx, id, hash).await
}

/// Takes the bytes away, unless something else is the same file; tried again in the night when that fails.
pub(crate) async fn forget(ctx: &Ctx, id: i64, hash: &str) -> Result<()> {
    let others = "SELECT (SELECT count(*) FROM attachment WHERE hash = $1) + (SELECT count(*) FROM voice_recording WHERE hash = $2 AND removed_at IS NULL)";
    let greeting = settings::settings(ctx.db()).await?.greeting;
    if greeting.as_deref() != Some(hash) && ctx.db().number(others, binds![hash, hash]).await? == 0 {
        files::forget(&ctx.house.data, hash).await?;
    }
    let tx = ctx.begin().await?;
    tx.exec("UPDATE voice_recording SET gone = $1 WHERE id = $2", binds![true, id])
        .await?;
    tx.commit().await
}

/// `POST /recordings/{id}/remove`.
pub(crate) async fn remove_page(visit: Visit, Path(id): Path<String>, Form(_): Form) -> Answer {
    visit.require("recording.remove")?;
    let (one, call) = need(&visit, &id).await?;
    remove(&visit.ctx, (one.id, one.call, &one.hash), "asked").await?;
    go_saying(
        &visit,
        &format!("/calls/{}", call.id),
        &visit.loc.t("recording-removed"),
        None,
    )
}

/// `DELETE /api/v1/recordings/{id}`.
pub(crate) async fn remove_api(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.require("recording.remove")?;
    let (one, _) = need(&visit, &id).await?;
    remove(&visit.ctx, (one.id, one.call, &one.hash), "asked").await?;
    answer(StatusCode::OK, &json!({"recording": one.id, "removed": true}))
}

/// Minutes and seconds.
pub(crate) fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// What was said on the hotline, beside the complaint that it became.
pub(crate) async fn of_case(visit: &Visit, case: &Record) -> Result<Markup> {
    let rows = visit
        .db()
        .all(
            "SELECT id FROM voice_call WHERE case_id = $1 AND archived_at IS NULL ORDER BY id LIMIT 5",
            binds![case.id],
        )
        .await?;
    let ids = rows.iter().map(|r| r.int(0)).collect::<Result<Vec<_>>>()?;
    let ty = visit.registry().get("call")?.clone();
    let mut out = vec![];
    // Whoever may see the case may hear what it is about.
    let system = Ctx::system(&visit.house, visit.door);
    for call in read::find_many(&system, visit.db(), &ty, &ids).await? {
        out.push(players(visit, &call).await?);
    }
    Ok(html! { @for one in out { (one) } })
}

fn wave(one: &Recording) -> Markup {
    let peaks: Vec<u32> = one.peaks.split(',').filter_map(|p| p.parse().ok()).take(BARS).collect();
    let width = peaks.len().max(1) * 4;
    html! {
        svg.wave viewBox={ "0 0 " (width) " 28" } preserveAspectRatio="none" aria-hidden="true" {
            @for (i, peak) in peaks.iter().enumerate() {
                // At least a dot, so that silence is seen too.
                @let tall = (peak * 26 / 100).max(2);
                rect x=(i * 4) y={ (14 - tall / 2) } width="2.4" height=(tall) rx="1.2" {}
            }
        }
    }
}

/// Players of a call's recordings.
pub(crate) async fn players(visit: &Visit, call: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = of_call(visit.db(), call.id).await?;
    if all.is_empty() {
        return Ok(html! {});
    }
    let remove = visit.may("recording.remove");
    Ok(
        html! { div style="margin-bottom:12px" { (ui::card(loc.t("recording-many")).note(loc.t("recording-audited")).body(html! { div.stack {
            @for one in &all {
                @match one.removed {
                    Some(at) => { p.sm.mut { (loc.tv(&format!("recording-gone-{}", one.why), &[("day", loc.date(loc.day_of(at), visit.today()).into())])) } }
                    None => {
                        div.player data-player role="group" aria-label=(loc.t("recording-one")) {
                            audio preload="none" src={ "/recordings/" (one.id) } {}
                            button.pp type="button" aria-label=(loc.t("recording-play")) data-play { (ui::icon("player-play")) }
                            div.wave-box role="slider" tabindex="0" aria-label=(loc.t("recording-seek")) aria-valuemin="0" aria-valuemax=(one.seconds) aria-valuenow="0" data-seek=(one.seconds) { (wave(one)) }
                            span.tmr { span data-now { "0:00" } " / " (clock(one.seconds)) }
                            (ui::icon_btn("download", loc.t("recording-download")).small().href(format!("/recordings/{}", one.id)).attr("download", ""))
                            @if remove {
                                (ui::icon_btn("trash", loc.t("recording-remove")).small().opens(&format!("recording-{}", one.id)))
                                (ui::confirm(loc, &format!("recording-{}", one.id), &loc.t("recording-remove"), &loc.t("recording-remove-text"),
                                    &format!("/recordings/{}/remove", one.id), &visit.csrf, ui::btn(loc.t("recording-remove")).danger_solid()))
                            }
                        }
                    }
                }
            }
        } })) } },
    )
}
