//! The papers of a batch: its letters and its labels as PDF, and one letter alone.

use crate::{carry::chinese, code, flow};
use axum::{extract::Path, http::header, response::IntoResponse};
use zhike_kernel::{Date, Error, Result};
use zhike_paper::{LabelSheet, Labels, Letter, Letterhead, Letters};
use zhike_store::{Ctx, Event, Query as _, Record, binds, read, setting};
use zhike_web::{Answer, Fields, Lang, Query, Visit};

async fn letterhead(visit: &Visit) -> Result<Letterhead> {
    let kept = setting::get(visit.db(), "letterhead").await?;
    Ok(Letterhead::kept(kept, &visit.app.company))
}

/// Name and address as they stand in the window: in Chinese the place comes first, and the name ends with 收.
fn window(l: &Record, zh: bool) -> Vec<String> {
    let lines = l.text("address").lines().map(str::to_owned);
    let name = l.text("recipient");
    match zh {
        true => lines.chain([format!("{name} 收")]).collect(),
        false => [name.to_owned()].into_iter().chain(lines).collect(),
    }
}

/// A letter in its own language, whatever the reader's is.
fn letter(visit: &Visit, l: &Record, made: Date) -> Letter {
    let zh = chinese(l.text("body"));
    let mut loc = visit.loc.clone();
    if let Some(lang) = Lang::parse(if zh { "zh-CN" } else { "en" }) {
        loc.lang = lang;
    }
    let page = loc.tv("letter-page", &[("n", "\u{1}".into()), ("of", "\u{1}".into())]);
    let mut parts = page.split('\u{1}').map(|p| p.replace(['\u{2068}', '\u{2069}'], ""));
    let mut next = || parts.next().unwrap_or_default();
    let page = [next(), next(), next()];
    let shown = code::shown(l.text("code"));
    Letter {
        zh,
        to: window(l, zh),
        facts: vec![
            (loc.t("letter-date"), loc.date_iso(l.date("posted_on").unwrap_or(made))),
            (loc.t("letter-our-sign"), shown.clone()),
        ],
        subject: l.text("subject").to_owned(),
        text: l.text("body").to_owned(),
        ask: loc.t("letter-ask"),
        code: shown,
        page,
    }
}

/// Addresses leave the house: that is written down.
async fn printed(visit: &Visit, record_type: &'static str, id: i64, what: &str) -> Result<()> {
    let tx = visit.ctx.begin().await?;
    let event = Event {
        kind: format!("{record_type}.printed.v1"),
        record_type,
        record: id,
        note: Some(what.to_owned()),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

async fn letters_of(visit: &Visit, batch: &Record) -> Result<Vec<Record>> {
    let sql =
        "SELECT id FROM letter_letter WHERE batch_id = $1 AND state <> 'back' AND archived_at IS NULL ORDER BY id";
    let rows = visit.db().all(sql, binds![batch.id]).await?;
    let ids: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    let ty = visit.registry().get("letter")?.clone();
    let mut all = read::find_many(&visit.ctx, visit.db(), &ty, &ids).await?;
    all.sort_by_key(|l| l.id);
    if all.is_empty() {
        return Err(Error::refused("error-letter-none"));
    }
    Ok(all)
}

async fn batch_of(ctx: &Ctx, id: &str) -> Result<Record> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    flow::sees_all(ctx)?;
    let ty = ctx.registry().get("letter_batch")?.clone();
    read::need(ctx, ctx.db(), &ty, id).await
}

fn file(name: &str, bytes: Vec<u8>) -> Answer {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}.pdf\"")),
        // Addresses of customers stay in no cache.
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

async fn set(visit: &Visit, number: String, all: &[Record], made: Date) -> Answer {
    let mail = Letters {
        head: letterhead(visit).await?,
        number: number.clone(),
        letters: all.iter().map(|l| letter(visit, l, made)).collect(),
    };
    let bytes = zhike_web::blocking(move || zhike_paper::letters(&mail)).await??;
    file(&number, bytes)
}

/// `GET /letter-batches/{id}/pdf`: all letters, one after the other.
pub(crate) async fn batch(visit: Visit, Path(id): Path<String>) -> Answer {
    let batch = batch_of(&visit.ctx, &id).await?;
    let all = letters_of(&visit, &batch).await?;
    printed(&visit, "letter_batch", batch.id, "pdf").await?;
    let made = batch.date("made_on").unwrap_or_else(|| visit.ctx.today());
    set(&visit, batch.text("number").to_owned(), &all, made).await
}

/// `GET /letters/{id}/pdf`: one letter as it was printed.
pub(crate) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ty = visit.registry().get("letter")?.clone();
    let l = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    printed(&visit, "letter", id, "pdf").await?;
    let day = l.created_at.date(&visit.house.zone);
    set(&visit, code::shown(l.text("code")), &[l], day).await
}

/// Which sheet, and how many labels of the first are used.
fn asked(q: &Fields) -> Result<(LabelSheet, u32)> {
    let word = q.get("sheet").unwrap_or("3x8");
    let sheet = LabelSheet::of(word).ok_or_else(|| Error::field("sheet", "error-not-a-choice"))?;
    let skip = match q.get("skip").map(str::trim).filter(|t| !t.is_empty()) {
        None => 0,
        Some(text) => text
            .parse::<u32>()
            .ok()
            .filter(|n| *n < sheet.count())
            .ok_or_else(|| Error::field("skip", "error-letter-skip"))?,
    };
    Ok((sheet, skip))
}

/// `GET /letter-batches/{id}/labels?sheet=&skip=`.
pub(crate) async fn labels(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let batch = batch_of(&visit.ctx, &id).await?;
    let (sheet, skip) = asked(&q)?;
    let all = letters_of(&visit, &batch).await?;
    printed(&visit, "letter_batch", batch.id, sheet.word).await?;
    let number = format!("{}-labels", batch.text("number"));
    let labels = Labels {
        number: number.clone(),
        sheet,
        skip,
        labels: all.iter().map(|l| window(l, chinese(l.text("body")))).collect(),
    };
    let bytes = zhike_web::blocking(move || zhike_paper::labels(&labels)).await??;
    file(&number, bytes)
}
