//! Pieces that board, funnel and record pages share: sums, the filter form, the funnel's columns.

use crate::{
    ask::{Ask, PERIODS},
    cohort::Sums,
    stages,
};
use maud::{Markup, html};
use zhike_kernel::{Currency, Date, Result};
use zhike_store::read;
use zhike_value::funnel::{Funnel, Stage as Numbers};
use zhike_web::{
    Locale, Visit,
    ui::{self, Choice, Field},
};

/// Amounts of several currencies, joined by a plus.
pub fn sums(loc: &Locale, house: Currency, sums: &Sums) -> Markup {
    let mut parts: Vec<(Currency, i64)> = sums
        .0
        .iter()
        .filter_map(|(code, minor)| Some((Currency::parse(code)?, *minor)))
        .collect();
    // The house's own money first.
    parts.sort_by_key(|(c, _)| *c != house);
    html! {
        @if parts.is_empty() { (ui::money(loc, 0, house)) }
        @for (i, (currency, minor)) in parts.iter().enumerate() { @if i > 0 { " + " } (ui::money(loc, *minor, *currency)) }
    }
}

/// A rate, or a dash while nothing is known.
pub fn rate(loc: &Locale, share: Option<f64>, decimals: usize) -> String {
    share.map_or_else(|| "—".to_owned(), |s| loc.percent(s, decimals))
}

/// A number, or a dash.
pub fn number(loc: &Locale, value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "—".to_owned(), |v| loc.number(v, decimals))
}

/// Minor units that an average gave, to the nearest one.
pub fn minor(value: f64) -> i64 {
    zhike_kernel::number::parse_scaled(&format!("{value:.0}"), 0, true).unwrap_or(0)
}

/// An average amount in the house's money, or a dash.
pub fn average(loc: &Locale, house: Currency, value: Option<f64>) -> Markup {
    match value {
        Some(v) => ui::money(loc, minor(v), house),
        None => html! { "—" },
    }
}

/// A day of a table.
pub fn day(visit: &Visit, text: &str) -> Markup {
    match text.parse::<Date>() {
        Ok(day) => {
            html! { time datetime=(day.to_string()) title=(day.to_string()) { (visit.loc.date_short(day, visit.today())) } }
        }
        Err(_) => html! { span.dim { "—" } },
    }
}

/// Which page asks, for the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The board.
    Board,
    /// The funnel.
    Funnel,
    /// The calendar of closings.
    Calendar,
    /// Won and lost, counted by this word.
    WinLoss(&'static str),
}

impl Page {
    /// Its address.
    pub fn path(self) -> &'static str {
        match self {
            Page::Board => "/deals/board",
            Page::Funnel => "/deals/funnel",
            Page::Calendar => "/deals/calendar",
            Page::WinLoss(_) => "/deals/win-loss",
        }
    }
}

/// Board, list, funnel: three views of the same deals.
pub fn switch(visit: &Visit, ask: Option<&Ask>, now: Page) -> Markup {
    let query = ask.map_or(String::new(), |a| format!("?{}", a.query()));
    let entry = |icon: &str, key: &str, href: String, on: bool| {
        html! { a href=(href) aria-label=(visit.loc.t(key)) aria-current=[on.then_some("page")] { (ui::icon_class(icon, "s")) span.hide-s { (visit.loc.t(key)) } } }
    };
    html! {
        nav.seg aria-label=(visit.loc.t("sales-views")) {
            (entry("layout-kanban", "sales-view-board", format!("/deals/board{query}"), now == Page::Board))
            (entry("list", "sales-view-list", "/deals".into(), false))
            (entry("calendar", "sales-view-calendar", format!("/deals/calendar{query}"), now == Page::Calendar))
            @if visit.may("funnel.view") {
                (entry("trending-up", "sales-view-funnel", format!("/deals/funnel{query}"), now == Page::Funnel))
                (entry("trophy", "win-loss-title", format!("/deals/win-loss{query}"), matches!(now, Page::WinLoss(_))))
            }
        }
    }
}

/// Pipeline, period, owner, product, source.
pub async fn filters(visit: &Visit, ask: &Ask, page: Page) -> Result<Markup> {
    let loc = &visit.loc;
    let pipelines: Vec<Choice> = stages::pipelines(visit.db())
        .await?
        .iter()
        .map(|p| Choice::new(p.id.to_string(), p.title(loc)))
        .collect();
    let periods: Vec<Choice> = PERIODS
        .iter()
        .map(|p| Choice::new(*p, loc.t(&format!("sales-period-{p}"))))
        .collect();
    let owners: Vec<Choice> = visit
        .app
        .identity
        .users()
        .await?
        .iter()
        .filter(|u| visit.actor.owners().is_none_or(|seen| seen.contains(&u.id)))
        .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect();
    let product = match ask.product {
        Some(id) => read::titles(visit.db(), visit.registry(), "product", &[id], visit.latin)
            .await?
            .remove(&id)
            .unwrap_or_default(),
        None => String::new(),
    };
    let text = |id: Option<i64>| id.map(|i| i.to_string()).unwrap_or_default();
    let auto = |f: Field| f.attr("data-autosubmit", "");
    Ok(html! {
        form.row method="get" action=(page.path()) style="flex-wrap:wrap;gap:10px;align-items:flex-end;padding:10px 18px" {
            @if pipelines.len() > 1 {
                (auto(Field::new("pipeline", loc.t("pipeline-one"))).select(&pipelines, &ask.pipeline.to_string(), None))
            } @else { (ui::hidden("pipeline", &ask.pipeline.to_string())) }
            @if let Page::WinLoss(by) = page { (ui::hidden("by", by)) }
            @if page != Page::Calendar { (auto(Field::new("period", loc.t("sales-period"))).select(&periods, &ask.period, None)) }
            @if ask.period == "custom" && page != Page::Calendar {
                (Field::new("from", loc.t("sales-from")).date(&ask.from.to_string()))
                (Field::new("to", loc.t("sales-to")).date(&ask.to.to_string()))
            }
            @if owners.len() > 1 {
                (auto(Field::new("owner", loc.t("deal-owner_id"))).select(&owners, &text(ask.owner), Some(&loc.t("sales-everybody"))))
            }
            @if visit.may("product.view") {
                (Field::new("product", loc.t("deal-product_id")).combobox(loc, "/lookup/product", &text(ask.product), &product))
            }
            @if page == Page::Funnel {
                (Field::new("source", loc.t("deal-source")).text(ask.source.as_deref().unwrap_or("")))
            }
            (ui::btn(loc.t("sales-apply")).submit())
            @if ask.owner.is_some() || ask.product.is_some() || ask.source.is_some() {
                (ui::btn(loc.t("sales-all")).ghost().href(format!("{}?pipeline={}&period={}", page.path(), ask.pipeline, ask.period)))
            }
        }
    })
}

/// Height of the figure's body; the widest stage fills it.
const HEIGHT: f64 = 120.0;

#[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "only for drawing")]
fn tall(count: usize, most: usize) -> f64 {
    HEIGHT * count as f64 / most.max(1) as f64
}

/// The piece of the funnel over one column: as high as the stage's count at the left, as the next one's at the right.
pub fn shape(here: usize, next: usize, most: usize, won: bool, strength: f64) -> Markup {
    let (a, b, c) = (tall(here, most) / 2.0, tall(next, most) / 2.0, 64.0);
    let (la, lb, rb, ra) = (c - a, c - b, c + b, c + a);
    let path = format!("M0 {la:.1} C50 {la:.1} 50 {lb:.1} 100 {lb:.1} L100 {rb:.1} C50 {rb:.1} 50 {ra:.1} 0 {ra:.1} Z");
    let fill = if won { "var(--green)" } else { "var(--c1)" };
    html! {
        svg.fshape viewBox="0 0 100 128" preserveAspectRatio="none" aria-hidden="true" {
            path d=(path) fill=(fill) fill-opacity=(format!("{strength:.2}")) {}
        }
    }
}

/// One column of the figure.
pub struct Column {
    /// Name, count, sums.
    pub head: Markup,
    /// Number in the shape.
    pub count: usize,
    /// What stands behind the number.
    pub href: Option<String>,
}

/// The funnel across the columns: one per open stage, then the won deals, then what else `tail` brings.
pub fn figure(loc: &Locale, funnel: &Funnel, columns: Vec<Column>, tail: Markup, more: usize) -> Markup {
    let last = columns.len().saturating_sub(1);
    let counts: Vec<usize> = columns.iter().map(|c| c.count).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    let worst = funnel.stages.iter().filter(|s| s.lost > 0).map(|s| s.lost).max();
    let words: Vec<String> = counts.iter().map(usize::to_string).collect();
    html! {
        div.board.free style={ "--n:" (columns.len() + more) } role="group" aria-label={ (loc.t("sales-figure")) ": " (words.join(" → ")) } {
            @for (i, column) in columns.into_iter().enumerate() {
                @let next = counts.get(i + 1).copied().unwrap_or(column.count);
                @let strength = if i == last { 1.0 } else { (1.0 - 0.07 * f64::from(u32::try_from(i).unwrap_or(0))).max(0.5) };
                @let thin = i == last || tall(column.count.min(next), most) < 30.0;
                @let stage = funnel.stages.get(i);
                div.fcol {
                    (column.head)
                    (shape(column.count, next, most, i == last, strength))
                    @let class = if thin { "fn out" } else { "fn" };
                    @match &column.href {
                        Some(href) => { a class=(class) href=(href) title=(loc.t("sales-entered-hint")) { (loc.int(whole(column.count))) } }
                        None => { span class=(class) title=(loc.t("sales-entered-hint")) { (loc.int(whole(column.count))) } }
                    }
                    @if let Some(s) = stage {
                        @if let Some(c) = s.conversion {
                            span class={ "cv" @if worst == Some(s.lost) { " bad" } } title=(loc.t("sales-conversion-hint")) { (loc.percent(c, 0)) }
                        }
                        (median(loc, s))
                    } @else {
                        div.fd { (ui::icon_class("trophy", "s")) span { (loc.tv("sales-of-all", &[("share", rate(loc, share(funnel.won, funnel.deals), 1).into())])) } }
                    }
                }
            }
            (tail)
        }
    }
}

fn median(loc: &Locale, stage: &Numbers) -> Markup {
    html! {
        div.fd title=(loc.t("sales-median-hint")) {
            (ui::icon_class("hourglass", "s"))
            span { (match stage.median_days {
                Some(days) => loc.tv("sales-median", &[("days", days.into())]),
                None => loc.t("sales-median-none"),
            }) }
        }
    }
}

/// A part of a whole.
pub fn share(part: usize, whole: usize) -> Option<f64> {
    let float = |n: usize| u32::try_from(n).map(f64::from).ok();
    (whole > 0).then_some(())?;
    Some(float(part)? / float(whole)?)
}

/// A count as the formatter takes it.
pub fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// There is no pipeline yet: what to do.
pub fn no_pipeline(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    ui::page_body(ui::empty(
        "chart-funnel",
        &loc.t("sales-no-pipeline"),
        &loc.t("sales-no-pipeline-text"),
        html! { @if visit.may("pipeline.create") { (ui::btn(loc.t("sales-new-pipeline")).primary().href("/pipelines/new")) } },
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_widest_stage_fills_the_height_and_pieces_meet() {
        let first = shape(200, 100, 200, false, 1.0).into_string();
        assert!(
            first.contains("M0 4.0 ") && first.contains(" 100 34.0 L100 94.0 "),
            "{first}"
        );
        let second = shape(100, 0, 200, false, 1.0).into_string();
        assert!(second.contains("M0 34.0 ") && second.contains("L100 64.0"), "{second}");
        assert!(shape(0, 0, 0, true, 1.0).into_string().contains("var(--green)"));
    }

    #[test]
    fn shares_of_nothing_are_unknown() {
        assert_eq!(share(1, 4), Some(0.25));
        assert_eq!(share(0, 0), None);
        assert_eq!(minor(12_345.6), 12_346);
    }
}
