//! Knowledge: a solution becomes an article; articles that fit are shown beside a case, and open ones to the customer.

use crate::case::{pieces::View, related};
use async_trait::async_trait;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, read, write};
use zhike_web::{
    Form, Json as Body, Routes, Visit,
    answer::{go, go_saying, json as answer},
    ui,
};

/// Articles shown.
const SHOWN: usize = 3;

pub(crate) struct ArticleHooks;

#[async_trait]
impl Hooks for ArticleHooks {
    async fn check(&self, _: &Tx, _: &Ctx, _: Option<&Record>, new: &mut Values) -> Result<()> {
        if new.get("used").is_none_or(Value::is_empty) {
            new.insert("used".into(), 0_i64.into());
        }
        Ok(())
    }
}

/// A published article that fits.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    pub id: i64,
    pub name: String,
    pub body: String,
    pub used: i64,
}

/// Published articles whose words fit a text; for customers only the open ones.
pub(crate) async fn fitting(ctx: &Ctx, text: &str, english: bool, open: bool) -> Result<Vec<Fit>> {
    let house = Ctx::system(&ctx.house, ctx.door);
    let found = related::alike(&house, "article", text, 0).await?;
    let mut out = vec![];
    for (id, _) in found {
        let sql = "SELECT name, name_latin, body, body_latin, used FROM service_article WHERE id = $1 AND status = 'published' AND (open OR $2) AND archived_at IS NULL";
        let Some(row) = ctx.db().one(sql, binds![id, !open]).await? else {
            continue;
        };
        let both = |a: usize, b: usize| -> Result<String> {
            let other = row.opt_text(b)?.unwrap_or_default();
            Ok(if english && !other.is_empty() {
                other
            } else {
                row.text(a)?
            })
        };
        out.push(Fit {
            id,
            name: both(0, 1)?,
            body: both(2, 3)?,
            used: row.opt_int(4)?.unwrap_or(0),
        });
        if out.len() == SHOWN {
            break;
        }
    }
    Ok(out)
}

/// The card beside a case: what helped before, and the way to write it down.
pub(crate) async fn suggested(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    if !v.visit.may("article.view") {
        return Ok(html! {});
    }
    let text = format!("{} {}", v.case.text("subject"), v.case.text("description"));
    let all = fitting(&v.visit.ctx, &text, v.visit.latin, false).await?;
    let solved = v.rounds.iter().any(|r| r.solved_at.is_some());
    let make = html! { @if solved && v.visit.may("article.create") {
        form data-stay method="post" action="/articles/from-case" style="margin:0" { (ui::hidden("case", &v.case.id.to_string())) (ui::btn(loc.t("article-make")).small().icon("file-text").submit()) }
    } };
    if all.is_empty() && make.0.is_empty() {
        return Ok(html! {});
    }
    Ok(html! { (ui::card(loc.t("article-suggested")).flush(html! {
        @if all.is_empty() { p.mut.sm style="padding:10px 14px" { (loc.t("article-none")) } }
        ul.list { @for a in &all { li style="padding:8px 14px;font-size:13.5px" {
            details { summary { (a.name) span.dim.xs { " · " (loc.tv("article-used-n", &[("n", a.used.into())])) } } p.pre style="margin:8px 0" { (a.body) }
                div.btn-row { (ui::btn(loc.t("article-to")).small().href(format!("/articles/{}", a.id)))
                    form data-stay method="post" action={ "/articles/" (a.id) "/use" } style="margin:0" { (ui::hidden("case", &v.case.id.to_string())) (ui::btn(loc.t("article-use")).small().icon("check").submit()) } } }
        } } }
        @if !make.0.is_empty() { div style="padding:10px 14px" { (make) } }
    })) })
}

/// What is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    case_id: i64,
}

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .post(
            "/articles/from-case",
            "article.create",
            |visit: Visit, Form(f): Form| {
                Box::pin(async move {
                    let id = make(&visit.ctx, f.need_int("case")?).await?;
                    go(&visit, &format!("/articles/{id}/edit"))
                })
            },
        )
        .post(
            "/articles/{id}/use",
            "article.view",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| {
                Box::pin(async move {
                    let case = f.need_int("case")?;
                    helped(&visit.ctx, id, case).await?;
                    go_saying(&visit, &format!("/cases/{case}"), &visit.loc.t("article-did-use"), None)
                })
            },
        )
        .post(
            "/api/v1/articles/from-case",
            "article.create",
            |visit: Visit, Body(s): Body<Sent>| {
                Box::pin(async move { answer(StatusCode::CREATED, &json!({"id": make(&visit.ctx, s.case_id).await?})) })
            },
        )
        .post(
            "/api/v1/articles/{id}/use",
            "article.view",
            |visit: Visit, Path(id): Path<i64>, Body(s): Body<Sent>| {
                Box::pin(async move {
                    helped(&visit.ctx, id, s.case_id).await?;
                    answer(StatusCode::OK, &json!({"id": id}))
                })
            },
        )
        .get(
            "/api/v1/cases/{id}/articles",
            "article.view",
            |visit: Visit, Path(id): Path<i64>| {
                Box::pin(async move {
                    let ty = visit.registry().get("case")?.clone();
                    let case = read::need(&visit.ctx, visit.db(), &ty, id).await?;
                    let text = format!("{} {}", case.text("subject"), case.text("description"));
                    let all: Vec<_> = fitting(&visit.ctx, &text, false, false)
                        .await?
                        .iter()
                        .map(|a| json!({"id": a.id, "name": a.name, "used": a.used}))
                        .collect();
                    answer(StatusCode::OK, &json!({"data": all}))
                })
            },
        )
}

/// A draft of the solution of a case that one sees.
async fn make(ctx: &Ctx, case: i64) -> Result<i64> {
    let ty = ctx.registry().get("case")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, case).await?;
    let sql =
        "SELECT solution FROM service_round WHERE case_id = $1 AND solution IS NOT NULL ORDER BY number DESC LIMIT 1";
    let row = tx.one(sql, binds![case]).await?;
    let solution = row
        .map(|r| r.text(0))
        .transpose()?
        .ok_or_else(|| Error::refused("error-article-solution"))?;
    // What the customer wrote stays with the case: an article is for others too.
    let values = Values::from([
        ("name".to_owned(), record.text("subject").into()),
        ("body".to_owned(), solution.into()),
        ("product_id".to_owned(), record.int("product_id").into()),
        ("cause_id".to_owned(), record.int("cause_id").into()),
        ("case_id".to_owned(), case.into()),
    ]);
    let article = ctx.registry().get("article")?.clone();
    let id = write::create(ctx, &tx, &article, values).await?;
    tx.commit().await?;
    Ok(id)
}

/// An article helped with a case; counted once for each case.
async fn helped(ctx: &Ctx, id: i64, case: i64) -> Result<()> {
    let tx = ctx.begin().await?;
    let ty = ctx.registry().get("case")?.clone();
    read::need(ctx, &tx, &ty, case).await?;
    let article = ctx.registry().get("article")?.clone();
    read::need(ctx, &tx, &article, id).await?;
    let sql = "INSERT INTO service_article_use (article_id, case_id, user_id, at) VALUES ($1,$2,$3,$4) ON CONFLICT (article_id, case_id) DO NOTHING";
    if tx.exec(sql, binds![id, case, tx.user, tx.at.0]).await? == 1 {
        tx.exec("UPDATE service_article SET used = used + 1 WHERE id = $1", binds![id])
            .await?;
        let event = zhike_store::Event {
            kind: "article.used.v1".into(),
            record_type: "article",
            record: id,
            ..zhike_store::Event::default()
        };
        tx.emit(ctx.registry().listeners(), event).await?;
    }
    tx.commit().await
}
