//! The customer's side of a link: the quote in their language, the file, yes or no with a name; once only.

use super::{
    flow::tell,
    link::{self, Link},
    read::{currency, lines as read_lines},
    rules, sheet,
};
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query as _, Record, binds, read, write};
use zhike_web::{
    Fields, Form, Lang, Query, Visit,
    answer::{Answer, html_with, see_other},
    ui,
};

/// The link and its quote. A token that is none counts against the caller.
async fn open(visit: &Visit, token: &str) -> Result<(Link, Record)> {
    let Some(found) = link::find(visit.db(), &visit.app.secret, token).await? else {
        link::limit(&visit.ctx, &visit.peer, "wrong").await?;
        return Err(Error::missing());
    };
    let house = Ctx::system(&visit.house, visit.door);
    let quote = read::find(&house, house.db(), house.registry().get("quote")?, found.quote).await?;
    let quote = quote.filter(|q| q.archived_at.is_none()).ok_or_else(Error::missing)?;
    Ok((found, quote))
}

/// Speaks the quote's language unless the customer chose another.
fn speak(visit: &Visit, quote: &Record, q: &Fields) -> Visit {
    let mut visit = visit.clone();
    let mut loc = sheet::locale(&visit, quote);
    if let Some(lang) = q.get("lang").and_then(Lang::parse) {
        loc.lang = lang;
    }
    visit.ctx.latin = !loc.is_zh();
    visit.loc = loc;
    visit
}

/// Why nothing can be answered any more.
fn over(visit: &Visit, l: &Link, quote: &Record) -> Option<&'static str> {
    let status = quote.text("status");
    if l.revoked && status == "sent" {
        return Some("quote-link-recalled");
    }
    rules::closed(status, quote.date("valid_until_on"), visit.today())
}

/// `GET /q/{token}`.
pub(crate) async fn page(visit: Visit, Path(token): Path<String>, Query(q): Query) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "look").await?;
    let (l, quote) = open(&visit, &token).await?;
    let visit = speak(&visit, &quote, &q);
    seen(&visit, &l, &quote).await?;
    let body = view(&visit, &token, &l, &quote, &Fields::default(), None).await?;
    html_with(StatusCode::OK, body)
}

/// The first look is told, all are counted. Our own people looking are not the customer.
async fn seen(visit: &Visit, l: &Link, quote: &Record) -> Result<()> {
    if visit.signed_in() || over(visit, l, quote).is_some() {
        return Ok(());
    }
    let house = Ctx::system(&visit.house, visit.door);
    let tx = house.begin().await?;
    let first = tx
        .exec(
            "UPDATE sales_quote_link SET opened_at = $1 WHERE id = $2 AND opened_at IS NULL",
            binds![tx.at.0, l.id],
        )
        .await?;
    tx.exec(
        "UPDATE sales_quote_link SET opens = opens + 1 WHERE id = $1",
        binds![l.id],
    )
    .await?;
    if first == 1 {
        tell(&house, &tx, quote, "opened", Some(visit.peer.clone())).await?;
    }
    tx.commit().await
}

async fn view(
    visit: &Visit,
    token: &str,
    l: &Link,
    quote: &Record,
    typed: &Fields,
    problem: Option<&Error>,
) -> Result<Markup> {
    let loc = &visit.loc;
    let house = Ctx::system(&visit.house, visit.door);
    let head = sheet::letterhead(house.db(), &visit.app.company).await?;
    let closed = over(visit, l, quote);
    let hidden = closed.is_some() && !matches!(quote.text("status"), "accepted" | "declined");
    let day = |name: &str| quote.date(name).map(|d| loc.date_iso(d)).unwrap_or_default();
    let to = sheet::recipient(&house, quote, !loc.is_zh()).await?;
    let main = html! {
        div.stack.l.public {
            div { b { (head.name_in(loc.is_zh())) } @for line in head.contact.lines() { p.sm.mut { (line) } } }
            h1 { (loc.t("quote-sheet-title")) " " span.mut.num { (quote.text("number")) } }
            @if let Some(key) = closed {
                (ui::callout(if quote.text("status") == "accepted" { ui::Tone::Good } else { ui::Tone::Warn }, html! {
                    (loc.t(key))
                    @if let (Some(name), Some(at)) = (&l.name, l.answered_at) { p.sm { (name) " · " (loc.stamp(at)) } }
                }))
            }
            @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            @if !hidden {
                (ui::kv(&[
                    (loc.t("quote-sheet-to"), html! { @for (i, line) in to.iter().take(2).enumerate() { @if i > 0 { br; } (line) } }),
                    (loc.t("quote-quoted_on"), html! { span.num { (day("quoted_on")) } }),
                    (loc.t("quote-valid_until_on"), html! { span.num { (day("valid_until_on")) } }),
                ]))
                (lines(visit, &house, quote).await?)
                @if !quote.text("terms").is_empty() { div { b { (loc.t("quote-terms")) } p.pre { (quote.text("terms")) } } }
                @if zhike_paper::available() { div.btn-row { (ui::btn(loc.t("quote-pdf")).icon("download").href(format!("/q/{token}/pdf"))) } }
            }
            @if closed.is_none() { (forms(visit, token, typed, problem)) }
        }
    };
    Ok(ui::bare(
        loc,
        &format!("{} {}", loc.t("quote-sheet-title"), quote.text("number")),
        &visit.uri,
        main,
    ))
}

async fn lines(visit: &Visit, house: &Ctx, quote: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let c = currency(house, quote);
    let lines = read_lines(house, house.db(), quote.id).await?;
    let ids: Vec<i64> = lines.iter().filter_map(|l| l.int("product_id")).collect();
    let names = read::titles(house.db(), house.registry(), "product", &ids, visit.latin).await?;
    let of = |name: &str| quote.int(name).unwrap_or(0);
    Ok(html! {
        ul.plain-list.stack {
            @for l in &lines {
                @let int = |n: &str| l.int(n).unwrap_or(0);
                li.card { div.card-b style="padding-top:14px" {
                    @if let Some(name) = l.int("product_id").and_then(|id| names.get(&id)) { b { (name) } }
                    @if !l.text("description").is_empty() { p.sm.mut { (l.text("description")) } }
                    div.row {
                        span.num.sm { (loc.qty(int("quantity"))) " " (loc.unit(l.text("unit"))) " × " (loc.money_full(int("unit_price"), c)) @if int("discount") != 0 { " − " (loc.money_full(int("discount"), c)) } }
                        span.sp {}
                        (ui::money_full(loc, int("net"), c))
                    }
                } }
            }
        }
        (ui::kv(&[
            (loc.t("quote-net"), ui::money_full(loc, of("net"), c)),
            (loc.t("quote-tax"), ui::money_full(loc, of("tax"), c)),
            (loc.t("quote-total"), html! { b { (ui::money_full(loc, of("total"), c)) } }),
        ]))
    })
}

fn forms(visit: &Visit, token: &str, typed: &Fields, problem: Option<&Error>) -> Markup {
    let loc = &visit.loc;
    let error = |field: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == field));
        found.map(|f| loc.field_error(f))
    };
    let lang = loc.lang.code();
    html! {
        section.card { div.card-b style="padding-top:14px" {
            form.stack method="post" action={ "/q/" (token) "/answer?lang=" (lang) } {
                h2 { (loc.t("quote-link-answer")) }
                (ui::Field::new("name", loc.t("quote-link-name")).required(true).error(error("name")).attr("autocomplete", "name").text(typed.get("name").unwrap_or("")))
                (ui::Field::new("reason", loc.t("quote-link-reason")).hint(loc.t("quote-link-reason-hint")).error(error("reason")).textarea(typed.get("reason").unwrap_or(""), 2))
                p.xs.dim { (loc.t("quote-link-kept")) }
                div.btn-row.wrap {
                    (ui::btn(loc.t("quote-link-accept")).icon("check").primary().large().submit().attr("name", "answer").attr("value", "accepted"))
                    (ui::btn(loc.t("quote-link-decline")).icon("x").large().submit().attr("name", "answer").attr("value", "declined"))
                }
            }
        } }
    }
}

/// `GET /q/{token}/pdf`.
pub(crate) async fn pdf(visit: Visit, Path(token): Path<String>) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "file").await?;
    let (l, quote) = open(&visit, &token).await?;
    if over(&visit, &l, &quote).is_some() && !matches!(quote.text("status"), "accepted" | "declined") {
        return Err(Error::refused("error-quote-link-over").into());
    }
    sheet::file(&visit, &quote, None).await
}

/// `POST /q/{token}/answer`.
pub(crate) async fn answer(
    visit: Visit,
    Path(token): Path<String>,
    headers: HeaderMap,
    Query(q): Query,
    Form(f): Form,
) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "answer").await?;
    let (l, quote) = open(&visit, &token).await?;
    let visit = speak(&visit, &quote, &q);
    let agent = headers.get("user-agent").and_then(|v| v.to_str().ok()).unwrap_or("");
    match keep(&visit, &l, &quote, &f, agent).await {
        Ok(()) => see_other(&format!("/q/{token}?lang={}", visit.loc.lang.code())),
        Err(e)
            if matches!(
                e.kind,
                zhike_kernel::Kind::Invalid | zhike_kernel::Kind::Refused | zhike_kernel::Kind::Stale
            ) =>
        {
            let (l, quote) = open(&visit, &token).await?;
            let body = view(&visit, &token, &l, &quote, &f, Some(&e)).await?;
            let mut answer = body.into_response();
            *answer.status_mut() = zhike_web::answer::status(e.kind);
            Ok(answer)
        }
        Err(e) => Err(e.into()),
    }
}

/// Keeps the answer, with name, time and address; only the first one counts.
async fn keep(visit: &Visit, l: &Link, quote: &Record, f: &Fields, agent: &str) -> Result<()> {
    let cut = |text: &str, most: usize| {
        text.chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .take(most)
            .collect::<String>()
    };
    let word = match f.get("answer") {
        Some("accepted") => "accepted",
        Some("declined") => "declined",
        _ => return Err(Error::field("answer", "error-not-a-choice")),
    };
    let name = cut(f.filled("name").unwrap_or(""), 120);
    if name.chars().filter(|c| c.is_alphabetic()).count() < 2 {
        return Err(Error::field("name", "error-quote-link-name"));
    }
    let reason = f.filled("reason").map(|r| cut(r, 2_000));
    if word == "declined" && reason.is_none() {
        return Err(Error::field("reason", "error-quote-link-reason"));
    }
    let house = Ctx::system(&visit.house, visit.door);
    let tx = house.begin().await?;
    super::totals::lock(&tx, quote.id).await?;
    let now = read::need(&house, &tx, house.registry().get("quote")?, quote.id).await?;
    let sql = "SELECT count(*) FROM sales_quote_link WHERE id = $1 AND revoked_at IS NULL AND answer IS NULL";
    let open = tx.number(sql, binds![l.id]).await? == 1;
    if !open || rules::closed(now.text("status"), now.date("valid_until_on"), visit.today()).is_some() {
        return Err(Error::refused("error-quote-link-over"));
    }
    tx.exec(
        "UPDATE sales_quote_link SET answer = $1, answered_at = $2, name = $3, reason = $4, peer = $5, agent = $6 WHERE id = $7",
        binds![word, tx.at.0, name.as_str(), reason.clone(), visit.peer.as_str(), cut(agent, 300), l.id],
    )
    .await?;
    link::revoke(&tx, quote.id).await?;
    let to = Values::from([("status".to_owned(), Value::from(word))]);
    write::update(&house, &tx, house.registry().get("quote")?, quote.id, now.version, to).await?;
    let words = [Some(name), Some(visit.peer.clone()), reason]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
    tell(&house, &tx, &now, word, Some(words)).await?;
    tx.commit().await
}
