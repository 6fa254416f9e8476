//! Duplicates as pages: what is probably one, the two side by side, the merge and its undoing; and the hint on entering.

use super::flow::{self, Take, Undone};
use crate::{
    duplicates::{self, Asked, BY},
    pieces::{link, need, rail::fact},
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Arg, Error, Kind, Result};
use zhike_store::{Query as _, Record, RecordType, binds, read};
use zhike_web::{
    Answer, Fields, Form, Query, Routes, Screen, Visit,
    answer::{go, html as show_html},
    input::percent_encode,
    records::show,
    ui::{self, Hue, Tone},
};

/// Groups of a page.
const GROUPS: usize = 25;
/// The banner that offers to undo a merge stands so many days.
const BANNER_DAYS: i64 = 30;

/// The pages.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/parties/duplicates", "party.edit", |visit: Visit, Query(q): Query| {
            Box::pin(list(visit, q))
        })
        .get("/parties/similar", "party.view", |visit: Visit, Query(q): Query| {
            similar(visit, q)
        })
        .post("/parties/similar", "party.view", |visit: Visit, Form(f): Form| {
            similar(visit, f)
        })
        .post("/party/{id}/not-duplicate", "party.edit", apart)
        .get(
            "/party/{id}/merge",
            "party.edit",
            |visit: Visit, Path(id): Path<String>, Query(q): Query| Box::pin(preview(visit, id, q)),
        )
        .post(
            "/party/{id}/merge",
            "party.edit",
            |visit: Visit, Path(id): Path<String>, Form(f): Form| Box::pin(run(visit, id, f)),
        )
        .post(
            "/party-merges/{id}/undo",
            "party.edit",
            |visit: Visit, Path(id): Path<String>| Box::pin(back(visit, id)),
        )
}

fn reasons(visit: &Visit, why: &[&'static str]) -> Markup {
    html! { @for w in why {
        @let hue = if w.starts_with("other") { Hue::Red } else if w.starts_with("like") { Hue::Amber } else { Hue::Green };
        (ui::badge(hue, &visit.loc.t(&format!("party-reason-{w}")))) " "
    } }
}

/// The name as the visitor prefers it.
fn titled<'a>(visit: &Visit, record: &'a Record) -> &'a str {
    match record.text("name_latin") {
        latin if visit.latin && !latin.is_empty() => latin,
        _ => record.text("name"),
    }
}

fn described(visit: &Visit, record: &Record) -> Markup {
    html! {
        (link(record.id, titled(visit, record), record.text("kind") == "person"))
        span.xs.mut { (record.text("number")) @if !record.text("city").is_empty() { " · " (record.text("city")) } }
    }
}

async fn list(visit: Visit, query: Fields) -> Answer {
    let loc = &visit.loc;
    let by = query.filled("by").unwrap_or("name").to_owned();
    let (groups, next) = duplicates::groups(&visit.ctx, &by, query.get("after").unwrap_or(""), GROUPS).await?;
    let tabs: Vec<ui::Tab> = BY
        .iter()
        .map(|(word, _)| ui::Tab {
            href: format!("/parties/duplicates?by={word}"),
            label: loc.t(&format!("party-by-{word}")),
            count: None,
            active: *word == by,
        })
        .collect();
    let body = html! {
        (ui::tabs(loc, &loc.t("nav-duplicates"), &tabs))
        (ui::page_body(html! {
            @if groups.is_empty() {
                (ui::empty("copy", &loc.t("party-duplicates-none"), &loc.t("party-duplicates-none-text"), html! {}))
            }
            div.stack.l { @for group in &groups {
                (ui::card("").flush(html! { table.tbl.plain.pairs { tbody {
                    tr { td colspan="4" { (described(&visit, &group.first)) } }
                    @for (other, points, why) in &group.others { tr {
                        td { (described(&visit, other)) }
                        td { (ui::badge(if *points >= 70 { Hue::Green } else { Hue::Amber }, &loc.tv("party-score", &[("points", Arg::Int(*points))]))) }
                        td { (reasons(&visit, why)) }
                        td.r { div.btn-row.end {
                            form method="post" action={ "/party/" (group.first.id) "/not-duplicate" } {
                                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("other", &other.id.to_string())) (ui::hidden("back", &visit.uri))
                                (ui::btn(loc.t("party-not-duplicate")).ghost().small().submit())
                            }
                            (ui::btn(loc.t("party-compare")).small().icon("git-merge")
                                .href(format!("/party/{}/merge?other={}", group.first.id, other.id)))
                        } }
                    } }
                } } }))
            } }
            @if let Some(next) = &next {
                div.btn-row { (ui::btn(loc.t("party-duplicates-more")).href(format!("/parties/duplicates?by={by}&after={}", percent_encode(next)))) }
            }
        }))
    };
    Screen::new(&visit, loc.t("nav-duplicates"), "duplicates").show(body)
}

/// Parties like the one that is being entered; empty when there are none.
async fn similar(visit: Visit, query: Fields) -> Answer {
    let text = |name: &str| query.filled(name).unwrap_or("").to_owned();
    let asked = Asked {
        name: text("name"),
        phone: text("phone"),
        email: text("email"),
        tax_number: text("tax_number"),
        except: query.int("except"),
    };
    let (found, hidden) = duplicates::similar(&visit.ctx, &asked).await?;
    let loc = &visit.loc;
    show_html(html! {
        @if !found.is_empty() || hidden > 0 {
            (ui::callout(Tone::Warn, html! {
                b { (loc.t("party-similar")) }
                @for (record, _, why) in &found { div.row.wrap { (described(&visit, record)) (reasons(&visit, why)) } }
                @if hidden > 0 { div { (loc.tv("party-similar-hidden", &[("count", Arg::from(hidden))])) } }
            }))
        }
    })
}

async fn apart(visit: Visit, Path(id): Path<String>, Form(form): Form) -> Answer {
    let record = need(&visit, &id).await?;
    duplicates::tell_apart(&visit.ctx, record.id, form.need_int("other")?).await?;
    let back = form
        .get("back")
        .filter(|b| b.starts_with("/parties/duplicates"))
        .unwrap_or("/parties/duplicates");
    go(&visit, back)
}

async fn preview(visit: Visit, id: String, query: Fields) -> Answer {
    let kept = need(&visit, &id).await?;
    let ty = visit.registry().get("party")?.clone();
    let name = titled(&visit, &kept).to_owned();
    let screen = Screen::new(&visit, visit.loc.t("party-merge-title"), "party")
        .crumb(visit.loc.t("party-many"), "/parties")
        .crumb(name, ty.url(kept.id));
    let body = match query.int("other") {
        Some(other) => {
            let other = read::need(&visit.ctx, visit.db(), &ty, other).await?;
            side_by_side(&visit, &ty, &kept, &other).await?
        }
        None => choose(&visit, &kept).await?,
    };
    screen.show(ui::page_body(body))
}

/// Which other party it is: those that are like it, or any found by search.
async fn choose(visit: &Visit, kept: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let asked = Asked {
        name: kept.text("name").to_owned(),
        phone: kept.text("phone").to_owned(),
        email: kept.text("email").to_owned(),
        tax_number: kept.text("tax_number").to_owned(),
        except: Some(kept.id),
    };
    let (found, hidden) = duplicates::similar(&visit.ctx, &asked).await?;
    Ok(html! {
        (ui::card(loc.t("party-similar")).flush(html! {
            @if found.is_empty() { p.mut style="padding:14px" { (loc.t("party-similar-none")) } }
            @else { table.tbl.plain { tbody { @for (record, points, why) in &found { tr {
                td { (described(visit, record)) }
                td { (ui::badge(Hue::Amber, &loc.tv("party-score", &[("points", Arg::Int(*points))]))) }
                td { (reasons(visit, why)) }
                td.r { (ui::btn(loc.t("party-compare")).small().href(format!("/party/{}/merge?other={}", kept.id, record.id))) }
            } } } } }
        }))
        @if hidden > 0 { (ui::callout(Tone::Warn, loc.tv("party-similar-hidden", &[("count", Arg::from(hidden))]))) }
        (ui::card(loc.t("party-merge-search")).body(html! {
            form.stack.l method="get" action={ "/party/" (kept.id) "/merge" } {
                (ui::Field::new("other", loc.t("party-one")).required(true).combobox(loc, "/lookup/party", "", ""))
                (ui::submit_row(loc, Some(&format!("/parties/{}", kept.id)), &loc.t("party-compare")))
            }
        }))
    })
}

async fn side_by_side(visit: &Visit, ty: &RecordType, kept: &Record, other: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if kept.id == other.id {
        return Err(Error::refused("error-party-merge-self"));
    }
    if kept.archived_at.is_some() || other.archived_at.is_some() {
        return Err(Error::refused("error-archived"));
    }
    let names = show::names(visit, ty, &[&kept.values, &other.values]).await?;
    let mut rows = vec![];
    for field in flow::choices(ty) {
        let (a, b) = (kept.get(field), other.get(field));
        if a.is_empty() && b.is_empty() {
            continue;
        }
        let (left, right) = (fact(visit, kept, field, &names)?, fact(visit, other, field, &names)?);
        let take_other = a.is_empty();
        let pick = |word: &'static str, text: &str, on: bool| {
            html! { label.row {
                input type="radio" name={ "take_" (field) } value=(word) checked[on]; span { (text) }
            } }
        };
        rows.push(html! { tr {
            th scope="row" { (show::label(visit, ty, field)) }
            @if a == b { td colspan="2" { (left) } }
            @else { td { (pick("this", &left, !take_other)) } td { (pick("other", &right, take_other)) } }
        } });
    }
    let (points, why) = crate::name::score(&duplicates::likeness(kept), &duplicates::likeness(other));
    let moving = flow::weigh(&visit.ctx, other.id).await?;
    let events = flow::events(&visit.ctx, other.id).await?;
    Ok(html! {
        div.row.wrap { (ui::badge(Hue::Blue, &loc.tv("party-score", &[("points", Arg::Int(points))]))) (reasons(visit, &why)) }
        form.stack.l method="post" action={ "/party/" (kept.id) "/merge" } {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("other", &other.id.to_string()))
            (ui::hidden("version", &kept.version.to_string())) (ui::hidden("other_version", &other.version.to_string()))
            (ui::card(loc.t("party-merge-values")).note(loc.t("party-merge-roles")).flush(html! { table.tbl.plain {
                thead { tr {
                    th {}
                    th scope="col" { (loc.t("party-merge-kept")) " " (described(visit, kept)) }
                    th scope="col" { (loc.t("party-merge-gone")) " " (described(visit, other)) }
                } }
                tbody { @for row in &rows { (row) } }
            } }))
            (ui::card(loc.t("party-merge-moves")).body(html! {
                @if moving.is_empty() { p.mut { (loc.t("party-merge-moves-none")) } }
                (ui::kv(&moving.iter().map(|(of, field, count)| (
                    format!("{} · {}", loc.t(&format!("{}-many", of.name)), loc.t(&of.label(field))),
                    html! { b.num { (loc.int(*count)) } },
                )).collect::<Vec<_>>()))
                p.sm.mut { (loc.tv("party-merge-events", &[("count", Arg::Int(events))])) }
                p.sm.mut { (loc.t("party-merge-undo-text")) }
            }))
            div.btn-row.end {
                (ui::btn(loc.t("party-merge-swap")).ghost().href(format!("/party/{}/merge?other={}", other.id, kept.id)))
                (ui::btn(loc.t("web-cancel")).ghost().href(ty.url(kept.id)))
                (ui::btn(loc.t("party-merge-do")).primary().icon("git-merge").submit())
            }
        }
    })
}

async fn run(visit: Visit, id: String, form: Fields) -> Answer {
    let kept = need(&visit, &id).await?;
    let take: Take = form
        .0
        .iter()
        .filter_map(|(k, v)| Some((k.strip_prefix("take_")?.to_owned(), v == "other")))
        .collect();
    let tx = visit.begin().await?;
    let other = (form.need_int("other")?, form.need_int("other_version")?);
    flow::merge(&visit.ctx, &tx, (kept.id, form.need_int("version")?), other, &take).await?;
    tx.commit().await?;
    go(&visit, &format!("/parties/{}", kept.id))
}

async fn back(visit: Visit, id: String) -> Answer {
    let winner = undo(&visit, &id).await?;
    go(&visit, &format!("/parties/{winner}"))
}

/// Undoes a merge, or says which later changes stand in the way.
pub(crate) async fn undo(visit: &Visit, id: &str) -> Result<i64> {
    let ty = visit.registry().get("party")?.clone();
    let id = id.parse::<i64>().map_err(|_| Error::missing())?;
    let tx = visit.begin().await?;
    match flow::undo(&visit.ctx, &tx, id).await {
        Ok(Undone::Done(winner)) => {
            tx.commit().await?;
            Ok(winner)
        }
        Ok(Undone::Blocked(fields)) => {
            let labels: Vec<String> = fields.iter().map(|f| show::label(visit, &ty, f)).collect();
            let comma = visit.loc.t("party-comma");
            Err(Error::refused("error-party-merge-changed").with("fields", labels.join(&comma)))
        }
        // A key or number that the restored party had is somebody else's by now.
        Err(e) if e.kind == Kind::Invalid && e.code == "error-taken" => Err(Error::refused("error-party-merge-taken")),
        Err(e) => Err(e),
    }
}

/// The banner on the survivor: what was merged into it of late, and the way back.
pub(crate) async fn recent(visit: &Visit, party: i64) -> Result<Markup> {
    let since = visit.now().plus_seconds(-BANNER_DAYS * 86_400);
    let rows = visit
        .db()
        .all(
            "SELECT m.id, m.at, p.name, p.number FROM party_merge m JOIN party_party p ON p.id = m.loser_id \
             WHERE m.winner_id = $1 AND m.undone_at IS NULL AND m.at > $2 ORDER BY m.id DESC LIMIT 3",
            binds![party, since.0],
        )
        .await?;
    let loc = &visit.loc;
    let mut out = vec![];
    for r in &rows {
        let at = zhike_kernel::Stamp(r.int(1)?);
        let args = [
            ("name", Arg::from(r.text(2)?)),
            ("number", r.opt_text(3)?.unwrap_or_default().into()),
            ("when", loc.relative(at, visit.now()).into()),
        ];
        let words = loc.tv("party-merged-recently", &args);
        out.push(ui::callout(Tone::Quiet, html! {
            (words)
            @if visit.may("party.edit") {
                form method="post" action={ "/party-merges/" (r.int(0)?) "/undo" } {
                    (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("party-merge-undo")).ghost().small().icon("arrow-back-up").submit())
                }
            }
        }));
    }
    Ok(html! { @for banner in &out { (banner) } })
}
