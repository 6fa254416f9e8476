//! The page of notices: what is proposed, what is held, and one notice with its letter.

use super::{
    paper, propose,
    review::{self, Notice},
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Query as _, binds, write};
use zhike_web::{
    Form, Query, Screen, Visit,
    answer::{Answer, go_saying},
    ui,
};

fn id_of(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

fn hue(state: &str) -> ui::Hue {
    match state {
        "held" => ui::Hue::Blue,
        "dropped" => ui::Hue::Grey,
        _ => ui::Hue::Amber,
    }
}

async fn levels(visit: &Visit) -> Result<i64> {
    let sql = "SELECT count(*) FROM billing_dunning_level WHERE archived_at IS NULL";
    visit.db().number(sql, binds![]).await
}

/// `GET /dunning?state=`.
pub(super) async fn list(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let asked = q.get("state").filter(|s| matches!(*s, "held" | "dropped"));
    let state = asked.unwrap_or("proposed");
    let levels = levels(&visit).await?;
    let all = review::list(&visit.ctx, state).await?;
    let may = visit.may(super::EDIT);
    let post = |to: &str, button: ui::Btn| {
        html! { form method="post" action=(to) style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (button) } }
    };
    let actions = html! {
        @if may && levels > 0 { (post("/dunning/run", ui::btn(loc.t("dunning-run")).icon("refresh").primary().submit())) }
    };
    let tab = |s: &str| ui::Tab {
        href: format!("/dunning?state={s}"),
        label: loc.t(&format!("dunning-state-{s}")),
        count: None,
        active: s == state,
    };
    let tabs = ui::tabs(loc, &loc.t("dunning-decide"), &["proposed", "held", "dropped"].map(tab));
    let body = html! {
        (ui::callout(ui::Tone::Info, loc.t("dunning-held-note")))
        div.btn-row.wrap { (ui::btn(loc.t("dunning_level-many")).small().href("/dunning-levels")) (ui::btn(loc.t("dunning_block-many")).small().href("/dunning-blocks")) }
        @if levels == 0 {
            (ui::empty("list-details", &loc.t("dunning-no-plan"), &loc.t("dunning-no-plan-text"), html! {
                @if visit.may("dunning_level.create") { (post("/dunning/usual", ui::btn(loc.t("dunning-usual")).icon("plus").primary().submit())) }
            }))
        } @else {
            (tabs)
            (ui::card(loc.t(&format!("dunning-title-{state}"))).flush(html! {
                @if all.is_empty() { p.mut style="padding:14px 18px" { (loc.t(&format!("dunning-none-{state}"))) } }
                @else { (table(&visit, &all, may)) }
            }))
        }
    };
    Screen::new(&visit, loc.t("nav-dunning"), "dunning")
        .actions(actions)
        .show(ui::page_body(body))
}

fn table(visit: &Visit, all: &[Notice], may: bool) -> Markup {
    let loc = &visit.loc;
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("field-number")) }
                th scope="col" { (loc.t("invoice-party_id")) }
                th scope="col" { (loc.t("dunning_level-one")) }
                th scope="col" { (loc.t("dunning-made_on")) }
                th.r scope="col" { (loc.t("dunning-invoices")) }
                th.r scope="col" { (loc.t("dunning-asked")) }
                th.r scope="col" { (loc.t("invoice-open")) }
                th scope="col" { span.vh { (loc.t("dunning-decide")) } }
            } }
            tbody data-rows { @for n in all { tr {
                td { a.link.num href={ "/dunning/" (n.id) } { (n.number) } }
                td { a.link href={ "/parties/" (n.party) "/money" } { (n.customer) } }
                td { (n.level) }
                td.num { (n.made_on) }
                td.r.num { (n.invoices) }
                td.r { (ui::money_full(loc, n.asked, n.currency)) }
                td.r { (ui::money_full(loc, n.open, n.currency)) }
                td.r { @if may && n.state == "proposed" { (buttons(visit, n, true)) } }
            } } }
        }
    }
}

/// Keep and drop.
fn buttons(visit: &Visit, n: &Notice, small: bool) -> Markup {
    let loc = &visit.loc;
    let size = |b: ui::Btn| if small { b.small() } else { b };
    html! {
        form.btn-row method="post" action={ "/dunning/" (n.id) "/keep" } style="margin:0" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::hidden("version", &n.version.to_string()))
            @if n.state == "proposed" { (size(ui::btn(loc.t("dunning-keep")).icon("check").submit())) }
            (size(ui::btn(loc.t("dunning-drop")).icon("x").ghost().submit().attr("formaction", format!("/dunning/{}/drop", n.id))))
        }
    }
}

/// `GET /dunning/{id}`.
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let loc = &visit.loc;
    let l = paper::read_letter(&visit, &id).await?;
    let n = &l.notice;
    let actions = html! { @if visit.may(super::EDIT) && n.state != "dropped" { (buttons(&visit, n, false)) } };
    let print = html! {
        div.btn-row.wrap {
            @for (lang, words) in [("zh-CN", "中文"), ("en", "English")] {
                (ui::btn(words).small().icon("printer").href(format!("/dunning/{}/letter?lang={lang}", n.id)).attr("lang", lang))
                @if zhike_paper::available() { (ui::btn(format!("PDF {words}")).small().icon("download").href(format!("/dunning/{}/pdf?lang={lang}", n.id))) }
            }
        }
    };
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("invoice-one")) }
                th scope="col" { (loc.t("invoice-due_on")) }
                th.r scope="col" { (loc.t("dunning-days-late")) }
                th scope="col" { (loc.t("dunning_level-one")) }
                th.r scope="col" { (loc.t("dunning-asked")) }
                th.r scope="col" { (loc.t("invoice-open")) }
            } }
            tbody data-rows { @for x in &l.lines { tr {
                td { a.link.num href={ "/invoices/" (x.invoice) } { (x.number) } }
                td.num { (x.due_on) }
                td.r.num { (x.days) }
                td { (x.level) }
                td.r { (ui::money_full(loc, x.amount, n.currency)) }
                td.r { (ui::money_full(loc, x.open, n.currency)) }
            } } }
        }
    };
    let body = html! {
        @match n.state.as_str() {
            "held" => (ui::callout(ui::Tone::Info, html! { (loc.t("dunning-is-held")) @if let Some(m) = n.message { " " @if visit.may("message.view") { a.link href={ "/messages/" (m) } { (loc.t("dunning-message")) } } } })),
            "dropped" => (ui::callout(ui::Tone::Quiet, html! { (loc.t("dunning-is-dropped")) @if let Some(r) = &n.reason { " " (if r == "paid" { loc.t("dunning-was-paid") } else { r.clone() }) } })),
            _ if n.open == 0 => (ui::callout(ui::Tone::Good, loc.t("error-dunning-paid"))),
            _ => (ui::callout(ui::Tone::Warn, loc.t("dunning-is-proposed"))),
        }
        (ui::kpis(&[
            ui::Kpi::new(loc.t("dunning-asked"), ui::money_full(loc, n.asked, n.currency)),
            ui::Kpi::new(loc.t("invoice-open"), ui::money_full(loc, n.open, n.currency)),
            ui::Kpi::new(loc.t("dunning_level-fee"), ui::money_full(loc, n.fee, n.currency)),
        ]))
        (ui::card(loc.t("dunning-lines")).flush(table))
        (ui::card(loc.t("dunning-letter")).actions(print).body(html! { p.pre { (l.text) } }))
    };
    Screen::new(&visit, n.number.clone(), "dunning")
        .crumb(loc.t("nav-dunning"), "/dunning")
        .actions(html! { (ui::badge(hue(&n.state), &loc.t(&format!("dunning-state-{}", n.state)))) (actions) })
        .show(ui::page_body(body))
}

/// `POST /dunning/{id}/keep` and `/drop`.
pub(super) async fn decide(
    sending: super::Sending,
    visit: Visit,
    Path((id, what)): Path<(String, String)>,
    Form(f): Form,
) -> Answer {
    let (to, words) = match what.as_str() {
        "keep" => ("held", "dunning-kept"),
        "drop" => ("dropped", "dunning-dropped"),
        _ => return Err(Error::missing().into()),
    };
    let decision = review::Decision {
        version: f.need_int("version")?,
        to,
        reason: f.filled("reason"),
        letter: match to {
            "held" => Some(paper::message(&visit, &sending, &id).await?),
            _ => None,
        },
    };
    review::decide(&visit.ctx, &sending, id_of(&id)?, decision).await?;
    visit.app.nudge.notify_one();
    go_saying(&visit, "/dunning", &visit.loc.t(words), None)
}

/// `POST /dunning/run`.
pub(super) async fn run(sending: super::Sending, visit: Visit) -> Answer {
    visit.require(super::EDIT)?;
    let n = propose::run(&visit.ctx, sending.outbound.as_ref()).await?;
    let words = visit.loc.tv("dunning-ran", &[("n", n.into())]);
    go_saying(&visit, "/dunning", &words, None)
}

/// `POST /dunning/usual`: three levels to begin with.
pub(super) async fn usual(visit: Visit) -> Answer {
    if levels(&visit).await? > 0 {
        return Err(Error::refused("error-dunning-has-plan").into());
    }
    let ty = visit.registry().get("dunning_level")?.clone();
    let tx = visit.ctx.begin().await?;
    for (days, key) in [(7_i64, "first"), (21, "second"), (45, "last")] {
        let word = |zh: bool, part: &str| {
            let mut loc = visit.loc.clone();
            loc.lang = if zh { zhike_web::Lang::ZhCn } else { zhike_web::Lang::En };
            loc.t(&format!("dunning-usual-{key}{part}"))
        };
        let row = Values::from([
            ("name".to_owned(), word(true, "").into()),
            ("name_latin".to_owned(), word(false, "").into()),
            ("days".to_owned(), days.into()),
            ("letter".to_owned(), word(true, "-letter").into()),
            ("letter_latin".to_owned(), word(false, "-letter").into()),
        ]);
        write::create(&visit.ctx, &tx, &ty, row).await?;
    }
    tx.commit().await?;
    go_saying(&visit, "/dunning", &visit.loc.t("dunning-usual-made"), None)
}
