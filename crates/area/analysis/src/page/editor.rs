//! The steps of an analysis, one below the other: what each does, how many rows it leaves, a preview, and its form.

use super::{cells, forms, words};
use crate::chain::make::{Planned, Wrong};
use crate::chain::{Maker, Step, step};
use crate::owned;
use crate::run::{job, work};
use maud::{Markup, html};
use std::time::Duration;
use zhike_kernel::{Error, Result, Value};
use zhike_store::Record;
use zhike_web::{
    Answer, Fields, Visit, answer,
    ui::{self, Tone},
};

/// Counting may take so long while somebody waits.
const PATIENCE: Duration = Duration::from_secs(15);
/// Rows of a preview.
const PREVIEW: usize = 5;

/// What was counted: rows after each step, the rows of one of them, and what went wrong.
#[derive(Default)]
pub(crate) struct Counted {
    pub counts: Vec<u64>,
    pub rows: Vec<Vec<Value>>,
    pub wrong: Option<Wrong>,
    pub slow: bool,
}

/// Carries the chain out as far as patience goes; `show` is the step whose first rows are wanted.
pub(crate) async fn count(maker: &Maker<'_>, steps: &[Step], planned: &Planned, show: usize, most: usize) -> Counted {
    let mut out = Counted::default();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut sheet = None;
    for at in 0..planned.cols.len() {
        let made = tokio::time::timeout_at(deadline, async {
            let made = Box::pin(maker.make(steps, at, planned, sheet.take())).await?;
            let many = made.count().await?;
            let rows = if at == show {
                let cols = planned.cols.get(at).map_or(&[][..], Vec::as_slice);
                let upto = steps.get(..=at).unwrap_or(steps);
                work::ordered(maker, upto, cols, made.clone(), most)
                    .await?
                    .rows(0, most)
                    .await?
            } else {
                vec![]
            };
            Ok::<_, Error>((made, many, rows))
        })
        .await;
        match made {
            Ok(Ok((made, many, rows))) => {
                out.counts.push(many);
                if at == show {
                    out.rows = rows;
                }
                sheet = Some(made);
            }
            Ok(Err(error)) => {
                out.wrong = Some(Wrong { at, error });
                return out;
            }
            Err(_) => {
                out.slow = true;
                return out;
            }
        }
    }
    out
}

/// What the address asks for: the open step, or a new one.
struct Open {
    at: Option<usize>,
    add: Option<String>,
    query: Fields,
}

fn opened(visit: &Visit) -> Open {
    let query = Fields::parse(visit.uri.split_once('?').map_or("", |u| u.1));
    Open {
        at: query.int("open").and_then(|n| usize::try_from(n).ok()),
        add: query.filled("add").map(str::to_owned),
        query,
    }
}

/// The tab: at once without counts, which come after it.
pub(super) async fn tab(visit: &Visit, analysis: &Record) -> Result<Markup> {
    Box::pin(region(visit, analysis, false)).await
}

/// `GET /analyses/{id}/counted`: the same with counts.
pub(super) async fn counted(visit: Visit, id: i64) -> Answer {
    let analysis = job::need(&visit.ctx, visit.db(), id).await?;
    answer::html(Box::pin(region(&visit, &analysis, true)).await?)
}

async fn region(visit: &Visit, analysis: &Record, with_counts: bool) -> Result<Markup> {
    let loc = &visit.loc;
    let steps = step::read(analysis.text("steps"));
    let open = opened(visit);
    let mine = visit.may("analysis.edit") && owned::may_change(&visit.ctx, analysis) && analysis.archived_at.is_none();
    let maker = Box::pin(Maker::open(&visit.ctx)).await?;
    let planned = Box::pin(maker.plan(&steps)).await;
    let wrong_at = planned.wrong.as_ref().map(|w| w.at);
    let show = open
        .at
        .or(wrong_at.map(|w| w.saturating_sub(1)))
        .unwrap_or(steps.len().saturating_sub(1));
    let counted = if with_counts && !steps.is_empty() {
        count(&maker, &steps, &planned, show, PREVIEW).await
    } else {
        Counted::default()
    };
    let wrong = planned
        .wrong
        .as_ref()
        .filter(|_| !steps.is_empty())
        .or(counted.wrong.as_ref());
    let query = visit.uri.split_once('?').map_or("", |u| u.1);
    let ask = format!("/analyses/{}/counted?{query}", analysis.id);
    let mut cards = vec![];
    for (at, one) in steps.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .and_then(|i| planned.cols.get(i))
            .map_or(&[][..], Vec::as_slice);
        let known = at == 0 || planned.cols.len() >= at;
        let this = open.at == Some(at) && open.add.is_none();
        let form = if this && mine && known {
            Some(forms::form(visit, analysis, one, before, Some(at), &open.query).await?)
        } else {
            None
        };
        let preview = if at == show && !counted.rows.is_empty() && open.add.is_none() {
            let cols = planned.cols.get(at).map_or(&[][..], Vec::as_slice);
            let names = cells::named(visit, cols, &counted.rows).await?;
            Some(cells::table(visit, cols, &counted.rows, &names))
        } else {
            None
        };
        let card = Card {
            at,
            last: at + 1 == steps.len(),
            step: one,
            says: words::step(visit, one, before),
            rows: counted.counts.get(at).copied(),
            wrong: wrong.filter(|w| w.at == at),
            waits: wrong.is_some_and(|w| w.at < at),
            open: this,
            form,
            preview,
        };
        cards.push(card.draw(visit, analysis, mine));
    }
    let cols = planned.cols.last().map_or(&[][..], Vec::as_slice);
    let new = match open.add.as_deref().filter(|_| mine) {
        Some(word) => Some(forms::fresh(visit, analysis, word, cols, &open.query).await?),
        None => None,
    };
    let poll = !with_counts && !steps.is_empty();
    Ok(html! {
        section #steps.stack.l aria-label=(loc.t("analysis-tab-steps")) hx-get=[poll.then_some(&ask)] hx-trigger=[poll.then_some("load")]
            hx-target=[poll.then_some("#steps")] hx-swap=[poll.then_some("outerMorph")] data-counted[with_counts] {
            @if maker.version().ends_with(".0") { (ui::callout(Tone::Warn, loc.t("analysis-no-facts"))) }
            @if counted.slow { (ui::callout(Tone::Info, loc.t("analysis-takes-long"))) }
            @if steps.is_empty() && new.is_none() {
                (ui::card("").body(ui::empty("chart-bar", &loc.t("analysis-begin"), &loc.t("analysis-begin-text"), html! {
                    @if mine { @for word in ["source", "sql"] { (add_button(visit, analysis, word)) } }
                })))
            } @else {
                ol.stack style="list-style:none;margin:0;padding:0;gap:8px" { @for card in &cards { (card) } }
            }
            @if let Some(form) = &new { (form) }
            @if mine && new.is_none() && !steps.is_empty() && steps.len() < step::MOST { (adding(visit, analysis, &steps)) }
            @if !mine { p.sm.mut { (loc.t("owned-look-only")) } }
        }
    })
}

fn add_button(visit: &Visit, analysis: &Record, word: &str) -> Markup {
    let label = visit.loc.t(&format!("analysis-step-{word}"));
    html! { (ui::btn(label).icon(words::icon(word)).href(format!("/analyses/{}/steps?add={word}", analysis.id))) }
}

/// The steps that may be added.
fn adding(visit: &Visit, analysis: &Record, steps: &[Step]) -> Markup {
    let loc = &visit.loc;
    let ends = matches!(steps.last(), Some(Step::Chart { .. }));
    html! {
        details.menu.left.up {
            summary.btn data-press="n" { (ui::icon("plus")) span { (loc.t("analysis-add-step")) } (ui::kbd("N")) }
            div.menu-pop {
                @for word in ["filter", "join", "derive", "group", "sort", "model", "chart"] {
                    @if word != "chart" || !ends {
                        a href={ "/analyses/" (analysis.id) "/steps?add=" (word) } data-item {
                            (ui::icon(words::icon(word))) span { (loc.t(&format!("analysis-step-{word}"))) }
                        }
                    }
                }
            }
        }
    }
}

struct Card<'a> {
    at: usize,
    last: bool,
    step: &'a Step,
    says: String,
    rows: Option<u64>,
    wrong: Option<&'a Wrong>,
    /// A step before it is wrong.
    waits: bool,
    open: bool,
    form: Option<Markup>,
    preview: Option<Markup>,
}

/// What is wrong, in words.
pub(crate) fn complaint(visit: &Visit, error: &Error) -> String {
    let loc = &visit.loc;
    if error.fields.is_empty() {
        return loc.error(error);
    }
    let one = |f: &zhike_kernel::FieldError| {
        let key = format!("analysis-part-{}", f.field);
        let part = if loc.has(&key) { loc.t(&key) } else { f.field.clone() };
        format!("{part}: {}", loc.field_error(f))
    };
    error.fields.iter().map(one).collect::<Vec<_>>().join(" ")
}

impl Card<'_> {
    fn draw(&self, visit: &Visit, analysis: &Record, mine: bool) -> Markup {
        let loc = &visit.loc;
        let (id, at) = (analysis.id, self.at);
        let kind = self.step.word();
        let name = loc.t(&format!("analysis-step-{kind}"));
        let link = if self.open {
            format!("/analyses/{id}/steps")
        } else {
            format!("/analyses/{id}/steps?open={at}")
        };
        let act = |word: &'static str, icon: &str| {
            let label = loc.tv(&format!("analysis-act-{word}"), &[("what", name.as_str().into())]);
            html! {
                form data-stay method="post" action={ "/analyses/" (id) "/set-steps" } style="margin:0" {
                    (ui::hidden("act", word)) (ui::hidden("at", &at.to_string())) (ui::hidden("version", &analysis.version.to_string()))
                    (ui::icon_btn(icon, label).small().submit())
                }
            }
        };
        html! {
            li.card id={ "step-" (at) } data-step-kind=(kind) {
                div.card-b style="padding:10px 14px" {
                    div.row.wrap style="gap:6px 10px;align-items:center" {
                        span.num.dim { (at + 1) } (ui::icon(words::icon(kind)))
                        a.link href=(link) aria-expanded=(self.open) { b { (name) } }
                        span.sm.ell style="flex:1 1 160px;min-width:0" title=(self.says) { (self.says) }
                        @if let Some(rows) = self.rows {
                            span.badge.line data-rows-after=(rows) { (loc.tv("analysis-rows", &[("n", i64::try_from(rows).unwrap_or(i64::MAX).into())])) }
                        } @else if self.waits { span.xs.dim { (loc.t("analysis-waits")) } }
                        @if mine { div.row style="gap:2px" {
                            @if at > 1 { (act("up", "arrow-up")) }
                            @if at > 0 && !self.last { (act("down", "arrow-down")) }
                            (act("remove", "trash"))
                        } }
                    }
                    @if let Some(wrong) = self.wrong { div style="margin-top:8px" { (ui::callout(Tone::Bad, complaint(visit, &wrong.error))) } }
                    @if let Some(form) = &self.form { div style="margin-top:12px" { (form) } }
                    @if let Some(preview) = &self.preview {
                        div style="margin-top:10px" data-preview { p.xs.dim style="margin:0 0 4px" { (loc.t("analysis-preview")) } (preview) }
                    }
                }
            }
        }
    }
}
