//! The funnel page: the figure, the table of stages, the comparison of owners, the weighted forecast, and the deals
//! behind each number.

use crate::{
    ask::Ask,
    cohort::{self, Cohort, Month, Sums, What},
    stages::Stage,
    view::{self, Column, Page},
};
use maud::{Markup, html};
use zhike_kernel::{Error, Filter, Result, Values};
use zhike_store::{List, Query as _, list};
use zhike_value::funnel::Funnel;
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit, records,
    ui::{self, Kpi, Tone},
};

/// Deals a page of the list behind a number shows.
const ROWS: usize = 100;

/// The routes of the funnel.
pub fn routes() -> Routes {
    Routes::new()
        .get("/deals/funnel", "funnel.view", |visit: Visit, Query(q): Query| {
            Box::pin(show(visit, q))
        })
        .get("/deals/funnel/deals", "funnel.view", |visit: Visit, Query(q): Query| {
            Box::pin(behind(visit, q))
        })
}

async fn show(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let Some(ask) = Ask::read(&visit.ctx, &q).await? else {
        return Screen::new(&visit, loc.t("sales-funnel"), "deal").show(view::no_pipeline(&visit));
    };
    let cohort = Cohort::read(&visit.ctx, &ask).await?;
    let funnel = cohort.funnel();
    let owners = cohort.by_owner();
    let names = visit.app.identity.names(visit.latin).await?;
    let months = cohort::forecast(&visit.ctx, &ask).await?;
    let link = |stage: Option<i64>, what: What| link(&ask, stage, what);
    let mut columns: Vec<Column> = cohort
        .open
        .iter()
        .zip(&funnel.stages)
        .map(|(stage, n)| Column {
            head: html! { div.st { span.ell { (stage.title(loc)) } } div.amt { (ui::money(loc, n.still_in_value, visit.house.currency)) } },
            count: n.entered,
            href: Some(link(Some(stage.id), What::Entered)),
        })
        .collect();
    columns.push(Column {
        head: html! { div.st { span { (loc.t("sales-won")) } } div.amt { (ui::money(loc, funnel.won_value, visit.house.currency)) } },
        count: funnel.won,
        href: Some(link(None, What::Won)),
    });
    let body = html! {
        (view::filters(&visit, &ask, Page::Funnel).await?)
        div.board-wrap tabindex="0" aria-label=(loc.t("sales-figure")) { (view::figure(loc, &funnel, columns, html! {}, 0)) }
        (ui::page_body(html! {
            (figures(&visit, &funnel, &link))
            @if cohort.foreign() > 0 {
                (ui::callout(Tone::Quiet, loc.tv("sales-foreign", &[("n", view::whole(cohort.foreign()).into()), ("currency", visit.house.currency.code().into())])))
            }
            (ui::card(loc.t("sales-by-stage")).note(loc.tv("sales-cohort", &[("from", ask.from.to_string().into()), ("to", ask.to.to_string().into())]))
                .flush(stage_table(&visit, &cohort.open, &funnel, &link)))
            (ui::card(loc.t("sales-by-owner")).flush(owner_table(&visit, &ask, &owners, &names)))
            (ui::card(loc.t("sales-forecast")).note(loc.t("sales-forecast-note")).flush(forecast_table(&visit, &ask, &months)))
            (explanation(&visit))
        }))
    };
    Screen::new(&visit, loc.t("sales-funnel"), "deal")
        .crumb(loc.t("nav-deal"), "/deals/board")
        .actions(view::switch(&visit, Some(&ask), Page::Funnel))
        .show(body)
}

fn link(ask: &Ask, stage: Option<i64>, what: What) -> String {
    let stage = stage.map(|s| format!("&stage={s}")).unwrap_or_default();
    format!("/deals/funnel/deals?{}{stage}&what={}", ask.query(), what.name())
}

fn figures(visit: &Visit, f: &Funnel, link: &dyn Fn(Option<i64>, What) -> String) -> Markup {
    let loc = &visit.loc;
    let house = visit.house.currency;
    let count = |n: usize| loc.int(view::whole(n));
    let won = loc.money(f.won_value, house);
    let open = loc.money(f.open_value, house);
    ui::kpis(&[
        Kpi::new(loc.t("sales-entered"), count(f.deals)).href(link(None, What::Entered)),
        Kpi::new(loc.t("sales-open"), count(f.open))
            .note(open)
            .href(link(None, What::Open)),
        Kpi::new(loc.t("sales-won"), count(f.won))
            .note(won)
            .href(link(None, What::Won)),
        Kpi::new(loc.t("sales-lost-many"), count(f.lost)).href(link(None, What::Lost)),
        Kpi::new(loc.t("sales-reopened"), count(f.reopened)).href(link(None, What::Back)),
        Kpi::new(loc.t("sales-win-rate"), view::rate(loc, f.win_rate, 1)).note(loc.t("sales-win-rate-entered")),
        Kpi::new(loc.t("sales-average"), view::average(loc, house, f.average_won_value)),
        Kpi::new(loc.t("sales-cycle"), view::number(loc, f.average_cycle_days, 1)).note(loc.tv(
            "sales-cycle-median",
            &[("days", view::number(loc, f.median_cycle_days, 0).into())],
        )),
        Kpi::new(loc.t("sales-velocity"), view::average(loc, house, f.velocity)),
    ])
}

fn stage_table(visit: &Visit, stages: &[Stage], f: &Funnel, link: &dyn Fn(Option<i64>, What) -> String) -> Markup {
    let loc = &visit.loc;
    let cell = |stage: &Stage, n: usize, what: What| {
        html! { td.r.num { @if n == 0 { span.dim { "0" } } @else { a.link href=(link(Some(stage.id), what)) { (loc.int(view::whole(n))) } } } }
    };
    let heads = [
        "sales-entered",
        "sales-still",
        "sales-moved-on",
        "sales-lost-many",
        "sales-went-back",
        "sales-conversion",
        "sales-median-days",
        "sales-leak",
    ];
    html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("stage-one")) } @for key in heads { th.r scope="col" { (loc.t(key)) } } } }
            tbody {
                @for (stage, n) in stages.iter().zip(&f.stages) { tr {
                    th scope="row" style="font-weight:500" { (stage.title(loc)) }
                    (cell(stage, n.entered, What::Entered))
                    (cell(stage, n.still_in, What::Still))
                    (cell(stage, n.moved_on, What::Moved))
                    (cell(stage, n.lost, What::Lost))
                    (cell(stage, n.went_back, What::Back))
                    td.r.num { (view::rate(loc, n.conversion, 1)) }
                    td.r.num { (n.median_days.map_or_else(|| "—".to_owned(), |d| loc.int(d))) }
                    td.r.num { (view::rate(loc, n.leak_share, 1)) }
                } }
            }
        }
    }
}

fn owner_table(
    visit: &Visit,
    ask: &Ask,
    owners: &[(i64, Funnel)],
    names: &std::collections::HashMap<i64, String>,
) -> Markup {
    let loc = &visit.loc;
    let house = visit.house.currency;
    let heads = [
        "sales-entered",
        "sales-open",
        "sales-won",
        "sales-lost-many",
        "sales-win-rate",
        "sales-average",
        "sales-cycle",
        "sales-velocity",
    ];
    html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("deal-owner_id")) } @for key in heads { th.r scope="col" { (loc.t(key)) } } } }
            tbody {
                @for (owner, f) in owners { tr {
                    @let mine = Ask { owner: (*owner > 0).then_some(*owner), ..ask.clone() };
                    th scope="row" style="font-weight:500" {
                        @match names.get(owner) {
                            Some(name) => { a.link href={ "/deals/funnel?" (mine.query()) } { (name) } }
                            None => { span.dim { (loc.t("sales-nobody")) } }
                        }
                    }
                    @for n in [f.deals, f.open, f.won, f.lost] { td.r.num { (loc.int(view::whole(n))) } }
                    td.r.num { (view::rate(loc, f.win_rate, 1)) }
                    td.r.num { (view::average(loc, house, f.average_won_value)) }
                    td.r.num { (view::number(loc, f.average_cycle_days, 0)) }
                    td.r.num { (view::average(loc, house, f.velocity)) }
                } }
                @if owners.is_empty() { tr { td.dim colspan="9" { (loc.t("sales-none")) } } }
            }
        }
    }
}

fn forecast_table(visit: &Visit, ask: &Ask, months: &[Month]) -> Markup {
    let loc = &visit.loc;
    let house = visit.house.currency;
    let now = visit.today().strftime("%Y-%m").to_string();
    let mut all = (0, Sums::default(), Sums::default());
    for m in months {
        all.0 += m.deals;
        all.1.merge(&m.amount);
        all.2.merge(&m.weighted);
    }
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("sales-month")) }
                @for key in ["deal-many", "deal-amount", "sales-weighted"] { th.r scope="col" { (loc.t(key)) } }
            } }
            tbody {
                @for m in months { tr {
                    th scope="row" style="font-weight:500" {
                        @if m.month.is_empty() { (loc.t("sales-no-month")) } @else { (m.month) }
                        @if !m.month.is_empty() && m.month < now { " " (ui::badge(ui::Hue::Red, &loc.t("sales-late"))) }
                    }
                    @let word = if m.month.is_empty() { "none" } else { m.month.as_str() };
                    td.r.num { a.link href={ "/deals/funnel/deals?" (ask.query()) "&month=" (word) } { (loc.int(m.deals)) } }
                    td.r.num { (view::sums(loc, house, &m.amount)) }
                    td.r.num { (view::sums(loc, house, &m.weighted)) }
                } }
                @if months.is_empty() { tr { td.dim colspan="4" { (loc.t("sales-none")) } } }
            }
            tfoot { tr { td { (loc.t("sales-sum")) } td.r.num { (loc.int(all.0)) } td.r.num { (view::sums(loc, house, &all.1)) } td.r.num { (view::sums(loc, house, &all.2)) } } }
        }
    }
}

fn explanation(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    html! {
        details.card style="padding:14px 18px" {
            summary { b { (loc.t("sales-how")) } }
            ul style="margin:10px 0 0;padding-left:20px;line-height:1.7" {
                @for i in 1..=8 { li { (loc.t(&format!("sales-how-{i}"))) } }
            }
            p.xs.dim style="margin-top:8px" { (loc.t("sales-how-docs")) }
        }
    }
}

/// Ids of open deals of a month of the forecast (`none`: without a day), from `after` on.
async fn of_month(visit: &Visit, ask: &Ask, month: &str, after: i64) -> Result<Vec<i64>> {
    let mut sql = Ask::sql(&visit.ctx);
    let (pipeline, after) = (sql.bind(ask.pipeline), sql.bind(after));
    sql.text = format!(
        "SELECT t.id FROM sales_deal t JOIN sales_stage s ON s.id = t.stage_id WHERE s.pipeline_id = {pipeline} \
         AND s.kind = 'open' AND t.id > {after} AND "
    );
    if month == "none" {
        sql.text.push_str("t.expected_on IS NULL AND ");
    } else {
        let (from, to) = (sql.bind(format!("{month}-01")), sql.bind(format!("{month}-31")));
        sql.text
            .push_str(&format!("t.expected_on >= {from} AND t.expected_on <= {to} AND "));
    }
    ask.present(&visit.ctx, &mut sql)?;
    sql.text.push_str(" ORDER BY t.id LIMIT 101");
    visit
        .db()
        .all(&sql.text, sql.binds)
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect()
}

/// The deals behind a number.
async fn behind(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let ask = Ask::read(&visit.ctx, &q).await?.ok_or_else(Error::missing)?;
    let after = q.int("after").unwrap_or(0);
    let (title, total, ids) = match q.filled("month") {
        Some(month) => {
            let shown = if month == "none" {
                loc.t("sales-no-month")
            } else {
                month.to_owned()
            };
            let ids = of_month(&visit, &ask, month, after).await?;
            (loc.tv("sales-behind-month", &[("month", shown.into())]), None, ids)
        }
        None => {
            let what = q
                .filled("what")
                .and_then(What::parse)
                .ok_or_else(|| Error::field("what", "error-not-a-choice"))?;
            let stage = q.int("stage");
            let cohort = Cohort::read(&visit.ctx, &ask).await?;
            let name = match stage {
                Some(id) => cohort
                    .open
                    .iter()
                    .find(|s| s.id == id)
                    .ok_or_else(Error::missing)?
                    .title(loc),
                None => loc.t("sales-all-stages"),
            };
            let ids = cohort.behind(stage, what);
            let words = loc.t(&format!("sales-what-{}", what.name()));
            let title = loc.tv("sales-behind", &[("stage", name.into()), ("what", words.into())]);
            let total = view::whole(ids.len());
            (title, Some(total), ids.into_iter().filter(|id| *id > after).collect())
        }
    };
    let more = ids.len() > ROWS;
    let ids: Vec<i64> = ids.into_iter().take(ROWS).collect();
    let last = ids.last().copied();
    let ty = visit.registry().get("deal")?.clone();
    let columns = [
        "name",
        "number",
        "party_id",
        "stage_id",
        "amount",
        "owner_id",
        "entered_on",
        "closed_on",
    ];
    let mut read: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    records::show::with_currencies(&ty, &mut read);
    let list = List {
        filter: Filter::default(),
        sort: "id".into(),
        descending: false,
        columns: read,
        limit: ROWS,
        ids: Some(ids),
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &list).await?;
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let names = records::names(&visit, &ty, &rows).await?;
    let mut card = ui::card(title.clone()).flush(html! {
        @if page.lines.is_empty() { p.mut style="padding:14px" { (loc.t("sales-none")) } }
        @else { (records::table(&visit, &ty, &columns, &page.lines, &names)) }
    });
    if let Some(total) = total {
        card = card.note(loc.tv("sales-n-deals", &[("n", total.into())]));
    }
    if let Some(last) = last.filter(|_| more) {
        let href = format!("/deals/funnel/deals?{}&after={last}", q.without(&["after"]));
        card = card.foot(html! { (ui::btn(loc.t("sales-more")).small().href(href)) });
    }
    Screen::new(&visit, loc.t("sales-deals-behind"), "deal")
        .crumb(loc.t("nav-deal"), "/deals/board")
        .crumb(loc.t("sales-funnel"), format!("/deals/funnel?{}", ask.query()))
        .show(ui::page_body(html! { (card) }))
}
