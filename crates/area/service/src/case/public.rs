//! The customer's page, without signing in: how the case stands, when and how to be answered, and the verdict. Opening the
//! page decides nothing: mail programs open links by themselves.

use super::{
    desk::Desk,
    kept, link, pages,
    promise::{self, Promise},
    verdict::Word,
};
use crate::{Ports, hours, process};
use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use zhike_kernel::{Error, Kind, Result, Stamp};
use zhike_store::{Ctx, Record, binds, read};
use zhike_web::{
    Answer, Fields, Form, Lang, PUBLIC, Query, Routes, Visit,
    answer::{html_with, see_other},
    ui::{self, Choice, Field, Tone},
};

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let (a, b) = (ports.clone(), ports.clone());
    Routes::new()
        .get(
            "/c/{token}",
            PUBLIC,
            |visit: Visit, Path(t): Path<String>, Query(q): Query| Box::pin(page(visit, t, q)),
        )
        .post(
            "/c/{token}/verdict",
            PUBLIC,
            move |visit: Visit, Path(t): Path<String>, Query(q): Query, Form(f): Form| {
                let ports = a.clone();
                Box::pin(async move { answer(ports, visit, t, q, f, true).await })
            },
        )
        .post(
            "/c/{token}/wish",
            PUBLIC,
            move |visit: Visit, Path(t): Path<String>, Query(q): Query, Form(f): Form| {
                let ports = b.clone();
                Box::pin(async move { answer(ports, visit, t, q, f, false).await })
            },
        )
}

/// The case behind a token, read as the house.
async fn open(visit: &Visit, token: &str) -> Result<Record> {
    let link = link::open(&visit.ctx, &visit.app.secret, token, &visit.peer).await?;
    let house = Ctx::system(&visit.house, visit.door);
    let case = read::find(&house, house.db(), house.registry().get("case")?, link.case).await?;
    case.filter(|c| c.archived_at.is_none()).ok_or_else(Error::missing)
}

/// Speaks the customer's language unless another was chosen on the page.
fn speak(visit: &Visit, case: &Record, q: &Fields) -> Visit {
    let kept = match case.text("language") {
        "en" => Some(Lang::En),
        "zh" => Some(Lang::ZhCn),
        _ => None,
    };
    visit.speaking(q, kept)
}

async fn page(visit: Visit, token: String, q: Fields) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "look").await?;
    let case = open(&visit, &token).await?;
    let visit = speak(&visit, &case, &q);
    if !visit.signed_in() {
        let tx = visit.ctx.begin().await?;
        let sql = "UPDATE service_link SET opens = opens + 1, opened_at = COALESCE(opened_at, $1) WHERE case_id = $2";
        tx.exec(sql, binds![tx.at.0, case.id]).await?;
        tx.commit().await?;
    }
    html_with(StatusCode::OK, view(&visit, &token, &case, &q, None).await?)
}

async fn answer(ports: Ports, visit: Visit, token: String, q: Fields, f: Fields, verdict: bool) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "answer").await?;
    let case = open(&visit, &token).await?;
    let visit = speak(&visit, &case, &q);
    let done = if visit.signed_in() {
        // Whoever is signed in here is one of us, and nobody of us speaks for the customer.
        Err(Error::refused("error-case-inside"))
    } else if verdict {
        judge(&ports, &visit, &case, &f).await
    } else {
        wish(&ports, &visit, &case, &f).await
    };
    match done {
        Ok(()) => see_other(&format!("/c/{token}?lang={}", visit.loc.lang.code())),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Refused | Kind::Stale) => {
            let case = open(&visit, &token).await?;
            let mut reply = view(&visit, &token, &case, &f, Some(&e)).await?.into_response();
            *reply.status_mut() = zhike_web::answer::status(e.kind);
            Ok(reply)
        }
        Err(e) => Err(e.into()),
    }
}

fn words(f: &Fields, name: &str) -> Option<String> {
    let text: String = f
        .filled(name)?
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .take(4_000)
        .collect();
    Some(text).filter(|t| !t.is_empty())
}

async fn judge(ports: &Ports, visit: &Visit, case: &Record, f: &Fields) -> Result<()> {
    let satisfied = match f.get("verdict") {
        Some("satisfied") => true,
        Some("unsatisfied") => false,
        _ => return Err(Error::field("verdict", "error-not-a-choice")),
    };
    let word = Word {
        satisfied,
        stars: f.int("stars"),
        words: words(f, "words"),
        round: f.need_int("round")?,
    };
    let house = Ctx::system(&visit.house, visit.door);
    let tx = house.begin().await?;
    let mut desk = Desk::inside(&house, &tx, ports, case.id).await?;
    desk.judge(word).await?;
    tx.commit().await
}

async fn wish(ports: &Ports, visit: &Visit, case: &Record, f: &Fields) -> Result<()> {
    let wish = pages::wish(&visit.ctx, f)?;
    let house = Ctx::system(&visit.house, visit.door);
    let tx = house.begin().await?;
    let mut desk = Desk::inside(&house, &tx, ports, case.id).await?;
    desk.promise(wish, true).await?;
    tx.commit().await
}

async fn view(visit: &Visit, token: &str, case: &Record, f: &Fields, problem: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let db = visit.db();
    let rounds = kept::rounds(db, case.id).await?;
    let wish = promise::open_one(db, case.id).await?;
    let status = case.text("status");
    let def = process::version(
        db,
        case.int("process_id").unwrap_or(0),
        case.int("process_version").unwrap_or(0),
    )
    .await?;
    let judged = def.steps.iter().any(|s| s.act == process::Act::Verdict);
    let round = case.int("round").unwrap_or(1);
    let (tone, key) = match status {
        "told" => (Tone::Info, "case-public-told"),
        "satisfied" => (Tone::Good, "case-public-satisfied"),
        "no_answer" => (Tone::Warn, "case-public-no_answer"),
        "done" => (Tone::Good, "case-public-done"),
        _ if round > 1 => (Tone::Customer, "case-public-again"),
        _ => (Tone::Info, "case-public-working"),
    };
    let current = rounds.iter().find(|r| r.number == round);
    let helps = match status {
        "new" | "working" => {
            crate::beyond::article::fitting(&visit.ctx, case.text("subject"), !loc.is_zh(), true).await?
        }
        _ => vec![],
    };
    let told = matches!(status, "told" | "no_answer" | "satisfied" | "done");
    let main = html! {
        div.stack.l.public {
            div { b { (visit.app.company) } }
            h1 { (loc.t("case-public-title")) " " span.mut.num { (case.text("number")) } }
            p { (case.text("subject")) }
            (ui::callout(tone, loc.t(key)))
            @if let Some(e) = problem { (ui::form_errors(&said(visit, e))) }
            @if let (true, Some(r)) = (told, current.filter(|r| !r.solution.is_empty())) {
                section.card { div.card-b style="padding-top:14px" { h2 { (loc.t("case-solution")) } p.pre { (r.solution) } } }
            }
            @if visit.signed_in() { @if problem.is_none() { (ui::callout(Tone::Warn, loc.t("error-case-inside"))) } } @else {
                @if judged && matches!(status, "told" | "no_answer") { (verdict(visit, token, f, round, current.and_then(|r| r.answer_by))) }
                @if matches!(status, "new" | "working") { (appointment(visit, token, f, wish.as_ref()).await?) }
            }
            @if !helps.is_empty() { section.card { div.card-b style="padding-top:14px" { h2 { (loc.t("case-public-helps")) } @for a in &helps { details { summary { (a.name) } p.pre { (a.body) } } } } } }
            @if rounds.iter().any(|r| r.number < round) {
                section.card { div.card-b style="padding-top:14px" {
                    h2 { (loc.t("case-public-before")) }
                    @for r in rounds.iter().filter(|r| r.number < round) {
                        p.pre { (r.solution) }
                        @if !r.words.is_empty() { p.quote { (r.words) } }
                    }
                } }
            }
        }
    };
    let title = format!("{} {}", loc.t("case-public-title"), case.text("number"));
    Ok(ui::bare(loc, &title, &format!("/c/{token}"), main))
}

fn said(visit: &Visit, e: &Error) -> Vec<String> {
    let loc = &visit.loc;
    if e.fields.is_empty() {
        vec![loc.error(e)]
    } else {
        e.fields.iter().map(|f| loc.field_error(f)).collect()
    }
}

/// The two buttons. Only they decide.
fn verdict(visit: &Visit, token: &str, f: &Fields, round: i64, by: Option<Stamp>) -> Markup {
    let loc = &visit.loc;
    let stars: Vec<Choice> = (1..=5).map(|n| Choice::new(n.to_string(), "★".repeat(n))).collect();
    html! {
        section.card { div.card-b style="padding-top:14px" {
            form.stack method="post" action={ "/c/" (token) "/verdict?lang=" (loc.lang.code()) } {
                (ui::hidden("round", &round.to_string()))
                h2 { (loc.t("case-public-ask")) }
                @if let Some(by) = by { p.sm.mut { (loc.tv("case-public-by", &[("day", loc.date_iso(loc.day_of(by)).into())])) } }
                (Field::new("stars", loc.t("case-stars")).segmented(&stars, f.get("stars").unwrap_or("")))
                (Field::new("words", loc.t("case-public-words")).textarea(f.get("words").unwrap_or(""), 3))
                div.btn-row.wrap {
                    (ui::btn(loc.t("case-public-yes")).icon("mood-smile").primary().large().submit().attr("name", "verdict").attr("value", "satisfied"))
                    (ui::btn(loc.t("case-public-no")).icon("mood-sad").large().submit().attr("name", "verdict").attr("value", "unsatisfied"))
                }
            }
        } }
    }
}

/// When and how shall we answer?
async fn appointment(visit: &Visit, token: &str, f: &Fields, wish: Option<&Promise>) -> Result<Markup> {
    let loc = &visit.loc;
    let calendar = hours::calendar(&visit.ctx, visit.db()).await?;
    let today = visit.today();
    // The next day on which the house works, and its hours.
    let next = calendar.add(visit.now(), 120).date(&loc.zone);
    let open = zhike_kernel::Hours::write_day(calendar.hours(next));
    let channels: Vec<Choice> = ["phone", "email", "sms", "chat"]
        .iter()
        .map(|c| Choice::new(*c, loc.t(&format!("case-by-{c}"))))
        .collect();
    let typed = |name: &str, or: &str| f.get(name).unwrap_or(or).to_owned();
    Ok(html! {
        section.voice.promise { div style="padding:14px" {
            h2 { (loc.t("case-public-when")) }
            @if let Some(w) = wish {
                p.when { (loc.date(loc.day_of(w.from), today)) " " (loc.time(w.from)) "–" (loc.time(w.until)) }
                p.sm { (loc.t(&format!("case-by-{}", w.channel))) @if !w.contact.is_empty() { " · " (w.contact) } }
            }
            details open[wish.is_none()] { summary.sm { (loc.t(if wish.is_some() { "case-public-change" } else { "case-public-choose" })) }
                form.stack method="post" action={ "/c/" (token) "/wish?lang=" (loc.lang.code()) } style="margin-top:10px" {
                    p.xs.mut { (loc.tv("case-public-hours", &[("hours", open.into())])) }
                    (Field::new("day", loc.t("case-promise-day")).required(true).date(&typed("day", &next.to_string())))
                    div.g2 {
                        (Field::new("from", loc.t("case-promise-from")).required(true).attr("placeholder", "16:00").text(&typed("from", "")))
                        (Field::new("until", loc.t("case-promise-until")).required(true).attr("placeholder", "16:30").text(&typed("until", "")))
                    }
                    (Field::new("channel", loc.t("case-promise-channel")).select(&channels, &typed("channel", "phone"), None))
                    (Field::new("contact", loc.t("case-promise-contact")).text(&typed("contact", "")))
                    div.btn-row { (ui::btn(loc.t("case-promise-keep")).primary().submit()) }
                }
            }
        } }
    })
}
