//! A notice as a letter: to be looked at and printed, and (in a build with the feature `pdf`) as a PDF.

use super::{
    review::{self, Line, Notice},
    rules,
};
use crate::online;
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::html;
use zhike_kernel::{Error, Result};
use zhike_paper::{Block, Column, Sheet, Sum};
use zhike_store::{Record, read};
use zhike_web::{
    Fields, Lang, Locale, Query, Visit,
    answer::{Answer, html_with},
    ui,
};

/// What a letter needs.
pub(super) struct Letter {
    pub notice: Notice,
    pub lines: Vec<Line>,
    pub party: Record,
    pub text: String,
    /// The letter lists the invoices itself: no table is needed.
    pub listed: bool,
    pub loc: Locale,
}

/// The language that was asked for; else the reader's.
fn spoken(visit: &Visit, q: &Fields) -> Visit {
    let mut visit = visit.clone();
    if let Some(lang) = q.get("lang").and_then(Lang::parse) {
        visit.loc.lang = lang;
        visit.ctx.latin = !visit.loc.is_zh();
    }
    visit
}

/// Reads a notice and fills its letter.
pub(super) async fn read_letter(visit: &Visit, id: &str) -> Result<Letter> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let loc = visit.loc.clone();
    let n = review::need(&visit.ctx, visit.db(), id).await?;
    let lines = review::lines(&visit.ctx, visit.db(), id).await?;
    let party = read::need(&visit.ctx, visit.db(), visit.registry().get("party")?, n.party).await?;
    let head = online::letterhead(visit).await?;
    let company = if loc.is_zh() || head.name_latin.is_empty() {
        head.name
    } else {
        head.name_latin
    };
    let money = |v: i64| loc.money_full(v, n.currency);
    let list: Vec<String> = lines
        .iter()
        .filter(|l| l.open != 0)
        .map(|l| format!("{}  {}  {}", l.number, l.due_on, money(l.open)))
        .collect();
    let days = lines.iter().map(|l| l.days).max().unwrap_or(0);
    let facts = [
        ("customer", n.customer.clone()),
        ("company", company),
        ("date", n.made_on.clone()),
        ("number", n.number.clone()),
        ("amount", money(n.open)),
        ("fee", money(n.fee)),
        ("total", money(n.open.saturating_add(n.fee))),
        ("days", days.to_string()),
        ("invoices", list.join("\n")),
    ];
    let text = if loc.is_zh() { &n.letter.0 } else { &n.letter.1 };
    let listed = rules::names(text, "invoices");
    let text = rules::fill(text, &facts);
    Ok(Letter {
        listed,
        notice: n,
        lines,
        party,
        text,
        loc,
    })
}

/// Subject and text of a notice as a message, in the language that the customer wants, else that of the one who sends it.
pub(super) async fn message(visit: &Visit, sending: &super::Sending, id: &str) -> Result<(String, String)> {
    let number: i64 = id.parse().map_err(|_| Error::missing())?;
    let party = review::need(&visit.ctx, visit.db(), number).await?.party;
    let wanted = sending.gate.language(&visit.ctx, visit.db(), party).await?;
    let visit = match wanted {
        Some(lang) => spoken(visit, &Fields(vec![("lang".to_owned(), lang)])),
        None => visit.clone(),
    };
    let l = read_letter(&visit, id).await?;
    let money = |v: i64| l.loc.money_full(v, l.notice.currency);
    let mut text = l.text.clone();
    if !l.listed {
        for x in l.lines.iter().filter(|x| x.open != 0) {
            text.push_str(&format!("\n{}  {}  {}", x.number, x.due_on, money(x.open)));
        }
    }
    Ok((format!("{} {}", l.notice.level, l.notice.number), text))
}

/// `GET /dunning/{id}/letter?lang=`: a page to be printed.
pub(super) async fn letter(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let visit = spoken(&visit, &q);
    let l = read_letter(&visit, &id).await?;
    let loc = &l.loc;
    let money = |v: i64| loc.money_full(v, l.notice.currency);
    let to: Vec<&str> = ["address", "city"]
        .iter()
        .map(|f| l.party.text(f))
        .filter(|t| !t.is_empty())
        .collect();
    let head = online::letterhead(&visit).await?;
    let main = html! {
        div.stack.l.public {
            div { b { (if loc.is_zh() || head.name_latin.is_empty() { &head.name } else { &head.name_latin }) } @for line in head.contact.lines() { p.sm.mut { (line) } } }
            div { p { (l.notice.customer) } @for line in &to { p { (line) } } }
            div { h1 { (l.notice.level) } p.sm.mut.num { (l.notice.number) " · " (l.notice.made_on) } }
            p.pre { (l.text) }
            @if !l.listed {
                div style="overflow-x:auto" {
                    table.tbl.plain {
                        thead { tr {
                            th scope="col" { (loc.t("invoice-one")) }
                            th scope="col" { (loc.t("invoice-due_on")) }
                            th.r scope="col" { (loc.t("dunning-days-late")) }
                            th.r scope="col" { (loc.t("invoice-open")) }
                        } }
                        tbody { @for x in l.lines.iter().filter(|x| x.open != 0) { tr {
                            td.num { (x.number) } td.num { (x.due_on) } td.r.num { (x.days) } td.r { (money(x.open)) }
                        } } }
                    }
                }
            }
            (ui::kv(&[
                (loc.t("invoice-open"), html! { (money(l.notice.open)) }),
                (loc.t("dunning_level-fee"), html! { (money(l.notice.fee)) }),
                (loc.t("dunning-total"), html! { b { (money(l.notice.open.saturating_add(l.notice.fee))) } }),
            ]))
            @if !head.bank.is_empty() { p.sm { (head.bank) } }
        }
    };
    html_with(StatusCode::OK, ui::bare(loc, &l.notice.number, &visit.uri, main))
}

/// `GET /dunning/{id}/pdf?lang=`.
pub(super) async fn pdf(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let visit = spoken(&visit, &q);
    let l = read_letter(&visit, &id).await?;
    let loc = &l.loc;
    let money = |v: i64| loc.money_full(v, l.notice.currency);
    let column = |key: &str, right: bool, wide: bool| Column {
        title: loc.t(key),
        right,
        wide,
    };
    let sum = |key: &str, value: i64, strong: bool| Sum {
        label: loc.t(key),
        value: money(value),
        strong,
    };
    let page = loc.tv("account-page", &[("n", "\u{1}".into()), ("of", "\u{1}".into())]);
    let mut parts = page.split('\u{1}').map(|p| p.replace(['\u{2068}', '\u{2069}'], ""));
    let mut next = || parts.next().unwrap_or_default();
    let mut to = vec![l.notice.customer.clone()];
    to.extend(["address", "city"].iter().map(|f| l.party.text(f).to_owned()));
    to.retain(|line| !line.is_empty());
    let sheet = Sheet {
        zh: loc.is_zh(),
        head: online::letterhead(&visit).await?,
        title: l.notice.level.clone(),
        number: l.notice.number.clone(),
        to_title: loc.t("account-to"),
        to,
        facts: vec![(loc.t("dunning-made_on"), l.notice.made_on.clone())],
        columns: if l.listed {
            vec![]
        } else {
            vec![
                column("invoice-one", false, true),
                column("invoice-due_on", false, false),
                column("dunning-days-late", true, false),
                column("invoice-open", true, false),
            ]
        },
        rows: l
            .lines
            .iter()
            .filter(|x| x.open != 0 && !l.listed)
            .map(|x| vec![x.number.clone(), x.due_on.clone(), x.days.to_string(), money(x.open)])
            .collect(),
        sums: vec![
            sum("invoice-open", l.notice.open, false),
            sum("dunning_level-fee", l.notice.fee, false),
            sum("dunning-total", l.notice.open.saturating_add(l.notice.fee), true),
        ],
        blocks: vec![Block {
            title: String::new(),
            text: l.text.clone(),
        }],
        tax_label: loc.t("letterhead-tax_number"),
        bank_label: loc.t("letterhead-bank"),
        page: [next(), next(), next()],
        ..Sheet::default()
    };
    let bytes = zhike_web::blocking(move || zhike_paper::pdf(&sheet)).await??;
    let file = format!("inline; filename=\"{}.pdf\"", l.notice.number);
    Ok((
        [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, file),
        ],
        bytes,
    )
        .into_response())
}
