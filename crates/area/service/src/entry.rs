//! While a case is typed: what it seems to be, cases like it, articles that fit; and what became of each suggestion.

use crate::{beyond::article, case::related, guess::Guesser};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::json;
use std::sync::Arc;
use zhike_kernel::{Result, Value};
use zhike_store::{Ctx, Migration, Query as _, Tx, binds, memo, registry::Saved};
use zhike_web::{
    Answer, Fields, Form, Query, Routes, Visit,
    answer::{html as page, json as answer},
    ui,
};

/// The newest cases that are learnt from, and how many there must be at least.
const LEARNT: i64 = 4_000;
const LEAST: usize = 20;

pub(crate) const TABLE: Migration = Migration {
    name: "service_0005",
    up: &[
        // What was suggested when a case was entered, and what people said it is.
        "CREATE TABLE service_guess (case_id BIGINT PRIMARY KEY, kind TEXT, kind_sure BIGINT, urgency TEXT, urgency_sure BIGINT, kept_kind TEXT NOT NULL, \
         kept_urgency TEXT NOT NULL, at BIGINT NOT NULL)",
    ],
};

/// What was learnt of kinds and of urgencies.
struct Learnt {
    kind: Guesser,
    urgency: Guesser,
}

async fn learnt(ctx: &Ctx) -> Result<Arc<Learnt>> {
    let house = Ctx::system(&ctx.house, ctx.door);
    memo::figures(&house, "service.guess", async {
        let sql = "SELECT subject, description, kind, urgency FROM service_case WHERE archived_at IS NULL AND channel <> 'house' ORDER BY id DESC LIMIT $1";
        let mut all = vec![];
        for r in house.db().all(sql, binds![LEARNT]).await? {
            all.push((format!("{}\n{}", r.text(0)?, r.opt_text(1)?.unwrap_or_default()), r.text(2)?, r.text(3)?));
        }
        if all.len() < LEAST {
            all.clear();
        }
        Ok(Learnt {
            kind: Guesser::learn(all.iter().map(|a| (a.0.as_str(), a.1.as_str()))),
            urgency: Guesser::learn(all.iter().map(|a| (a.0.as_str(), a.2.as_str()))),
        })
    })
    .await
}

/// A suggestion: word and confidence in parts per million.
type Guess = Option<(String, i64)>;

fn kept(g: Option<(&str, f64)>) -> Guess {
    #[allow(clippy::cast_possible_truncation, clippy::as_conversions, reason = "a share of one")]
    g.map(|(word, sure)| (word.to_owned(), (sure.clamp(0.0, 1.0) * 1_000_000.0) as i64))
}

async fn guess(ctx: &Ctx, text: &str) -> Result<(Guess, Guess)> {
    let learnt = learnt(ctx).await?;
    Ok((kept(learnt.kind.guess(text)), kept(learnt.urgency.guess(text))))
}

/// A case was written: keeps what was suggested beside what it was said to be.
pub(crate) async fn saved(tx: &Tx, ctx: &Ctx, row: &Saved) -> Result<()> {
    let text = |name: &str| row.new.get(name).and_then(Value::text).unwrap_or("");
    if row.old.is_some() {
        for (name, column) in [("kind", "kept_kind"), ("urgency", "kept_urgency")] {
            if row.new.contains_key(name) {
                let sql = format!("UPDATE service_guess SET {column} = $1 WHERE case_id = $2");
                tx.exec(&sql, binds![text(name), row.id]).await?;
            }
        }
        return Ok(());
    }
    // Files and our own findings were suggested to nobody.
    if !ctx.door.by_hand() || text("channel") == "house" {
        return Ok(());
    }
    let (kind, urgency) = guess(ctx, &format!("{}\n{}", text("subject"), text("description"))).await?;
    if kind.is_none() && urgency.is_none() {
        return Ok(());
    }
    let (a, b) = (kind.unzip(), urgency.unzip());
    let sql = "INSERT INTO service_guess (case_id, kind, kind_sure, urgency, urgency_sure, kept_kind, kept_urgency, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
    tx.exec(
        sql,
        binds![row.id, a.0, a.1, b.0, b.1, text("kind"), text("urgency"), tx.at.0],
    )
    .await
    .map(|_| ())
}

/// How often a suggestion was right: (right, of how many) for kinds and urgencies.
pub(crate) async fn right(ctx: &Ctx) -> Result<[(i64, i64); 2]> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN kind = kept_kind THEN 1 ELSE 0 END), 0) AS BIGINT), count(kind), \
               CAST(COALESCE(SUM(CASE WHEN urgency = kept_urgency THEN 1 ELSE 0 END), 0) AS BIGINT), count(urgency) FROM service_guess";
    let row = ctx.db().one(sql, vec![]).await?;
    Ok(match row {
        Some(r) => [(r.int(0)?, r.int(1)?), (r.int(2)?, r.int(3)?)],
        None => [(0, 0); 2],
    })
}

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/cases/alike", "case.create", |visit: Visit, Form(f): Form| {
            Box::pin(alike(visit, f))
        })
        .get(
            "/api/v1/service/guess",
            "case.create",
            |visit: Visit, Query(q): Query| Box::pin(tell(visit, q)),
        )
}

async fn tell(visit: Visit, q: Fields) -> Answer {
    let (kind, urgency) = guess(&visit.ctx, q.get("text").unwrap_or("")).await?;
    let one = |g: Guess| g.map(|(word, sure)| json!({"word": word, "confidence_ppm": sure}));
    let [kinds, urgencies] = right(&visit.ctx).await?;
    answer(
        StatusCode::OK,
        &json!({"kind": one(kind), "urgency": one(urgency), "right": {"kind": [kinds.0, kinds.1], "urgency": [urgencies.0, urgencies.1]}}),
    )
}

async fn alike(visit: Visit, f: Fields) -> Answer {
    let loc = &visit.loc;
    let text = format!(
        "{}\n{}",
        f.get("subject").unwrap_or(""),
        f.get("description").unwrap_or("")
    );
    if text.trim().chars().count() < 3 {
        return page(html! {});
    }
    let (kind, urgency) = guess(&visit.ctx, &text).await?;
    let articles = article::fitting(&visit.ctx, &text, visit.latin, false).await?;
    let ids: Vec<i64> = related::alike(&visit.ctx, "case", f.get("subject").unwrap_or(""), 0)
        .await?
        .iter()
        .map(|a| a.0)
        .collect();
    let lines = related::of_ids(&visit.ctx, &ids).await?;
    let said = |name: &str, g: &Guess| -> Markup {
        html! { @if let Some((word, sure)) = g.as_ref().filter(|g| g.1 >= 500_000) {
            @let differs = f.get(name).is_some_and(|typed| typed != word);
            span { (loc.t(&format!("case-{name}"))) ": " b { (loc.t(&format!("case-{name}-{word}"))) } " " span.dim { (loc.percent_ppm(*sure)) } @if differs { " " (ui::badge(ui::Hue::Amber, &loc.t("case-guess-differs"))) } }
        } }
    };
    let (a, b) = (said("kind", &kind), said("urgency", &urgency));
    if a.0.is_empty() && b.0.is_empty() && articles.is_empty() && lines.is_empty() {
        return page(html! {});
    }
    page(ui::callout(
        ui::Tone::Info,
        html! {
            @if !a.0.is_empty() || !b.0.is_empty() { div.row.wrap style="gap:4px 18px" { span.mut { (loc.t("case-guess")) } (a) (b) } }
            @for l in lines.iter().take(3) { div.sm { (loc.t("case-similar")) ": " a.link href={ "/cases/" (l.id) } target="_blank" { (l.values.get("subject").and_then(Value::text).unwrap_or("")) } } }
            @for a in &articles { div.sm { (loc.t("article-suggested")) ": " a.link href={ "/articles/" (a.id) } target="_blank" { (a.name) } } }
        },
    ))
}
