//! The board: the funnel over the columns, a column for each stage, a card for each deal.

use crate::{
    ask::Ask,
    card::{foot, lost_dialog},
    figures::{Figures, Head, figures, heads},
    moving,
    stages::{self, Kind, Stage},
    view::{self, Column, Page},
};
use axum::{
    extract::Path,
    http::{HeaderName, HeaderValue},
    response::IntoResponse,
};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Currency, Error, Filter, Op, Result, Value, Values};
use zhike_store::{List, list};
use zhike_value::funnel::Funnel;
use zhike_web::{
    Answer, Form, Query, Routes, Screen, Visit,
    answer::{self, html as show},
    records,
    ui::{self, Item, Size},
};

/// Cards a column shows at once.
const CARDS: usize = 20;

/// The routes of the board.
pub fn routes() -> Routes {
    Routes::new()
        .get("/deals/board", "deal.view", |visit: Visit, Query(q): Query| {
            Box::pin(board(visit, q))
        })
        .get("/deals/board/lane", "deal.view", |visit: Visit, Query(q): Query| {
            Box::pin(lane(visit, q))
        })
        .post(
            "/deals/{id}/move",
            "deal.edit",
            |visit: Visit, Path(id): Path<i64>, Query(q): Query, Form(f): Form| Box::pin(shift(visit, id, q, f)),
        )
}

fn head(visit: &Visit, stage: &Stage, head: &Head) -> Markup {
    let loc = &visit.loc;
    let house = visit.house.currency;
    html! {
        div id={ "head-" (stage.id) } {
            div.st { span.ell { (stage.title(loc)) } " " small { (loc.int(head.count)) } span.sp {}
                @if stage.kind == Kind::Open { span.xs.dim title=(loc.t("stage-probability")) { (loc.percent_ppm(stage.probability)) } } }
            div.amt { (view::sums(loc, house, &head.amount))
                @if stage.kind == Kind::Open { span.dim title=(loc.t("sales-weighted-hint")) { " · " (view::sums(loc, house, &head.weighted)) } } }
        }
    }
}

fn strip(visit: &Visit, all: &[Stage], heads: &HashMap<i64, Head>, funnel: Option<&Funnel>) -> Markup {
    let loc = &visit.loc;
    let house = visit.house.currency;
    let mut open = Head::default();
    for stage in all.iter().filter(|s| s.kind == Kind::Open) {
        if let Some(h) = heads.get(&stage.id) {
            open.count += h.count;
            open.amount.merge(&h.amount);
            open.weighted.merge(&h.weighted);
        }
    }
    let figure = |key: &str, value: Markup| html! { div { div.k { (loc.t(key)) } div.v { (value) } } };
    html! {
        @if funnel.is_none() {
            // After a move only what a move changes.
            div id="sales-open" { (open_figure(visit, &open)) }
            div id="sales-weighted" { (figure_inner(loc.t("sales-weighted"), view::sums(loc, house, &open.weighted))) }
        }
        @if let Some(f) = funnel {
            div.fstrip {
                div id="sales-open" { (open_figure(visit, &open)) }
                div id="sales-weighted" { (figure_inner(loc.t("sales-weighted"), view::sums(loc, house, &open.weighted))) }
                (figure("sales-win-rate", html! { (view::rate(loc, f.win_rate, 1)) }))
                (figure("sales-cycle", html! { (view::number(loc, f.average_cycle_days, 0)) " " small { (loc.t("sales-days")) } }))
                (figure("sales-velocity", view::average(loc, house, f.velocity)))
                (figure("sales-average", view::average(loc, house, f.average_won_value)))
            }
        }
    }
}

fn figure_inner(label: String, value: Markup) -> Markup {
    html! { div.k { (label) } div.v { (value) } }
}

fn open_figure(visit: &Visit, open: &Head) -> Markup {
    let loc = &visit.loc;
    let value = html! {
        (view::sums(loc, visit.house.currency, &open.amount)) " "
        small { (loc.tv("sales-n-deals", &[("n", open.count.into())])) }
    };
    figure_inner(loc.t("sales-open"), value)
}

async fn board(visit: Visit, q: zhike_web::Fields) -> Answer {
    let loc = &visit.loc;
    let Some(ask) = Ask::read(&visit.ctx, &q).await? else {
        let screen = Screen::new(&visit, loc.t("nav-deal"), "deal").actions(view::switch(&visit, None, Page::Board));
        return screen.show(view::no_pipeline(&visit));
    };
    let figures = figures(&visit, &ask).await?;
    let Figures { cohort, funnel, heads } = &*figures;
    let shown: Vec<&Stage> = lanes(&cohort.all);
    let none = Head::default();
    let mut columns = vec![];
    let mut tail = html! {};
    for (i, stage) in shown.iter().enumerate() {
        let head = head(&visit, stage, heads.get(&stage.id).unwrap_or(&none));
        match stage.kind {
            Kind::Lost => {
                tail = html! { (tail) div.fcol { (head) div.fshape style="visibility:hidden" {}
                div.fd { (ui::icon_class("thumb-down", "s")) span { (loc.tv("sales-n-lost", &[("n", funnel.lost.into())])) } } } }
            }
            Kind::Open | Kind::Won => columns.push(Column {
                head,
                count: funnel.stages.get(i).map_or(funnel.won, |s| s.entered),
                href: visit.may("funnel.view").then(|| match stage.kind {
                    Kind::Open => format!("/deals/funnel/deals?{}&stage={}&what=entered", ask.query(), stage.id),
                    _ => format!("/deals/funnel/deals?{}&what=won", ask.query()),
                }),
            }),
        }
    }
    let lost = shown.len() - columns.len();
    let mut cards = vec![];
    for stage in &shown {
        let at = cohort.open.iter().position(|s| s.id == stage.id);
        let median = at.and_then(|i| funnel.stages.get(i)).and_then(|s| s.median_days);
        cards.push(cards_of(&visit, &ask, stage, &shown, median, None).await?);
    }
    let dialog = shown.iter().find(|s| s.kind == Kind::Lost);
    let body = html! {
        (view::filters(&visit, &ask, Page::Board).await?)
        (strip(&visit, &cohort.all, heads, Some(funnel)))
        div.board-wrap tabindex="0" aria-label=(loc.t("sales-board-hint")) {
            (view::figure(loc, funnel, columns, tail, lost))
            p.vh id="kb-help" { (loc.t("sales-keys")) }
            div.board.free style={ "--n:" (shown.len()) ";border-top:1px solid var(--line)" } {
                @for (stage, cards) in shown.iter().zip(cards) {
                    div.lane data-stage=(stage.id) data-ask=[(stage.kind == Kind::Lost).then_some("sales-lost")] aria-label=(stage.title(loc)) {
                        (cards)
                    }
                }
            }
        }
        @if let Some(stage) = dialog { (lost_dialog(&visit, stage, &format!("/deals/board?{}", ask.query()), None).await?) }
    };
    let actions = html! {
        (view::switch(&visit, Some(&ask), Page::Board))
        @if visit.may("deal.create") {
            (ui::btn(loc.t("sales-new-deal")).icon("plus").primary().key("C").href(format!("/deals/new?pipeline_id={}", ask.pipeline)))
        }
    };
    Screen::new(&visit, loc.t("nav-deal"), "deal")
        .actions(actions)
        .board()
        .show(body)
}

/// The stages that have a column: open ones, then won, then lost.
fn lanes(all: &[Stage]) -> Vec<&Stage> {
    let mut shown: Vec<&Stage> = all.iter().filter(|s| !s.archived).collect();
    shown.sort_by_key(|s| match s.kind {
        Kind::Open => 0,
        Kind::Won => 1,
        Kind::Lost => 2,
    });
    shown
}

/// The next cards of a column, for the button below it.
async fn lane(visit: Visit, q: zhike_web::Fields) -> Answer {
    let ask = Ask::read(&visit.ctx, &q).await?.ok_or_else(Error::missing)?;
    let all = stages::of_pipeline(visit.db(), ask.pipeline).await?;
    let shown = lanes(&all);
    let id = q.need_int("stage")?;
    let stage = shown.iter().find(|s| s.id == id).ok_or_else(Error::missing)?;
    let median = q.int("median");
    show(cards_of(&visit, &ask, stage, &shown, median, q.filled("cursor")).await?)
}

async fn cards_of(
    visit: &Visit,
    ask: &Ask,
    stage: &Stage,
    shown: &[&Stage],
    median: Option<i64>,
    cursor: Option<&str>,
) -> Result<Markup> {
    let ty = visit.registry().get("deal")?.clone();
    let mut filter = Filter::is("stage_id", stage.id);
    let mut ask_list = List {
        sort: "position".into(),
        descending: false,
        columns: [
            "name",
            "name_latin",
            "number",
            "party_id",
            "owner_id",
            "amount",
            "currency",
            "next_step",
            "next_step_on",
            "stage_since_on",
            "closed_on",
            "reason_id",
        ]
        .map(str::to_owned)
        .to_vec(),
        limit: CARDS,
        cursor: cursor.map(str::to_owned),
        ..List::of(&ty)
    };
    if stage.kind != Kind::Open {
        filter = filter
            .and(Filter::field("closed_on", Op::Ge, ask.from))
            .and(Filter::field("closed_on", Op::Le, ask.to));
        ask_list.sort = "closed_on".into();
        ask_list.descending = true;
    }
    ask_list.filter = filter.and(ask.filter());
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask_list).await?;
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let names = records::names(visit, &ty, &rows).await?;
    let loc = &visit.loc;
    Ok(html! {
        @for line in &page.lines { (card(visit, ask, stage, shown, median, line, &names, &ty)) }
        @if let Some(next) = &page.next {
            @let url = format!("/deals/board/lane?{}&stage={}&median={}&cursor={next}", ask.query(), stage.id, median.map(|m| m.to_string()).unwrap_or_default());
            button.lane-add type="button" hx-get=(url) hx-target="this" hx-swap="outerHTML" { (ui::icon_class("chevron-down", "s")) (loc.t("sales-more")) }
        } @else if stage.kind == Kind::Open && visit.may("deal.create") && cursor.is_none() {
            a.lane-add href={ "/deals/new?pipeline_id=" (stage.pipeline) "&stage_id=" (stage.id) } { (ui::icon_class("plus", "s")) (loc.t("sales-add")) }
        }
    })
}

#[allow(
    clippy::too_many_arguments,
    reason = "a card knows its column, its neighbours and the names on it"
)]
fn card(
    visit: &Visit,
    ask: &Ask,
    stage: &Stage,
    shown: &[&Stage],
    median: Option<i64>,
    line: &list::Line,
    names: &records::Names,
    ty: &zhike_store::RecordType,
) -> Markup {
    let loc = &visit.loc;
    let today = visit.today();
    let text = |name: &str| line.values.get(name).and_then(Value::text).unwrap_or("");
    let int = |name: &str| line.values.get(name).and_then(Value::int);
    let named = |name: &str| {
        let id = int(name)?;
        Some((id, names.get(ty.field(name)?, id)?.to_owned()))
    };
    let party = named("party_id");
    let owner = named("owner_id");
    let currency = Currency::parse(text("currency")).unwrap_or(visit.house.currency);
    let days = text("stage_since_on")
        .parse()
        .map(|since| i64::from(crate::cohort::day_number(today) - crate::cohort::day_number(since)))
        .unwrap_or(0);
    let stalled = match stage.limit {
        Some(limit) => days > limit,
        None => median.is_some_and(|m| days > 2 * m.max(1)),
    };
    let old = stage.kind == Kind::Open && stalled;
    let late = stage.kind == Kind::Open
        && !text("next_step_on").is_empty()
        && text("next_step_on") < today.to_string().as_str();
    let at = shown.iter().position(|s| s.id == stage.id).unwrap_or(0);
    let name = records::show::title(visit, ty, line.id, &line.values);
    let title = party.as_ref().map_or_else(|| name.clone(), |p| p.1.clone());
    let mut items = vec![];
    if visit.may("deal.edit") {
        for (target, key) in [(at.checked_sub(1), "["), (Some(at + 1), "]")] {
            if let Some(target) = target.and_then(|t| shown.get(t)).filter(|s| s.kind == Kind::Open) {
                items.push(
                    Item::button(loc.tv("sales-move-to", &[("stage", target.title(loc).into())]))
                        .key(key)
                        .attr("data-lane", target.id.to_string()),
                );
            }
        }
        for target in shown.iter().filter(|s| s.kind != Kind::Open && s.id != stage.id) {
            let item = Item::button(target.title(loc)).attr("data-lane", target.id.to_string());
            items.push(if target.kind == Kind::Lost { item.danger() } else { item });
        }
    }
    let reason = int("reason_id")
        .and_then(|id| names.get(ty.field("reason_id")?, id))
        .unwrap_or("")
        .to_owned();
    html! {
        article.deal tabindex="0" id={ "deal-" (line.id) } data-id=(line.id) data-version=(line.version) data-name=(name)
            data-move-url={ "/deals/" (line.id) "/move?" (ask.query()) } aria-describedby="kb-help" {
            h3 {
                @if let Some((id, name)) = &party { (ui::co(*id, name, Size::Small)) }
                span { (title) }
                @if !items.is_empty() { (ui::menu("dots", &loc.t("web-actions"), false, "", &items)) }
            }
            p.dp { a href=(ty.url(line.id)) { (name) } }
            div.df {
                b { @if let Some(amount) = int("amount") { (ui::money(loc, amount, currency)) } @else { "—" } }
                span.sp {}
                @if stage.kind == Kind::Open {
                    @let hint = if old { "sales-old-hint" } else { "sales-days-hint" };
                    span class=(if old { "red" } else { "" }) title=(loc.t(hint)) {
                        @if old { (ui::icon_class("hourglass", "s")) " " } (loc.tv("sales-d", &[("n", days.into())]))
                    }
                }
                @if let Some((id, name)) = &owner { (ui::av(*id, name, Size::Small)) }
            }
            (foot(visit, stage, text("next_step"), text("next_step_on"), text("closed_on"), &reason, late))
        }
    }
}

/// A card was moved (by dragging, keys, menu, a step, the dialog).
async fn shift(visit: Visit, id: i64, q: zhike_web::Fields, f: zhike_web::Fields) -> Answer {
    let ask = moving::Ask {
        stage: f.need_int("stage")?,
        before: f.int("before"),
        after: f.int("after"),
        version: f.need_int("version")?,
        reason: f.filled("reason_id").map(str::to_owned),
        rival: f.int("rival_id"),
        competitor: f.filled("competitor").map(str::to_owned),
        closed_on: f.filled("closed_on").map(str::to_owned),
    };
    let done = moving::run(&visit.ctx, id, &ask).await?;
    let loc = &visit.loc;
    if let Some(back) = f.filled("back").filter(|b| b.starts_with('/') && !b.starts_with("//")) {
        return answer::go(&visit, back);
    }
    let filters = Ask::read(&visit.ctx, &q).await?.ok_or_else(Error::missing)?;
    let all = stages::of_pipeline(visit.db(), filters.pipeline).await?;
    let heads = heads(&visit, &filters, &all).await?;
    let none = Head::default();
    let markup = html! {
        @for stage in all.iter().filter(|s| s.id == done.from || s.id == done.to) {
            (head(&visit, stage, heads.get(&stage.id).unwrap_or(&none)))
        }
        (strip(&visit, &all, &heads, None))
    };
    let mut response = markup.into_response();
    if done.from != done.to {
        let to = all
            .iter()
            .find(|s| s.id == done.to)
            .map(|s| s.title(loc))
            .unwrap_or_default();
        let undo = done.event.map(|e| format!("/undo/event/{e}"));
        response = answer::with_toast(
            response,
            &loc.tv("sales-moved", &[("stage", to.into())]),
            undo.as_deref(),
        );
    }
    if let Ok(version) = HeaderValue::from_str(&done.version.to_string()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-version"), version);
    }
    Ok(response)
}
