//! Won and lost: counts, amounts and rate by competitor, reason, owner, product or month, and the deals behind each number.

use crate::{
    ask::Ask,
    cohort::Sums,
    view::{self, Page},
};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Error, Filter, Result, Values};
use zhike_store::{List, Query as _, filter_sql::Sql, list, read};
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit, answer, records,
    ui::{self, Kpi, Tone},
};

/// Deals a page of the list behind a number shows.
const ROWS: i64 = 100;

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/deals/win-loss", "funnel.view", |visit: Visit, Query(q): Query| {
            Box::pin(show(visit, q))
        })
        .get(
            "/deals/win-loss/deals",
            "funnel.view",
            |visit: Visit, Query(q): Query| Box::pin(behind(visit, q)),
        )
        .get("/api/v1/win-loss", "funnel.view", |visit: Visit, Query(q): Query| {
            Box::pin(tell(visit, q))
        })
}

/// By what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Rival,
    Reason,
    Owner,
    Product,
    Month,
}

impl By {
    const ALL: [By; 5] = [By::Rival, By::Reason, By::Owner, By::Product, By::Month];
    fn name(self) -> &'static str {
        match self {
            By::Rival => "rival",
            By::Reason => "reason",
            By::Owner => "owner",
            By::Product => "product",
            By::Month => "month",
        }
    }
    fn read(q: &Fields) -> By {
        let word = q.get("by").unwrap_or("");
        By::ALL.into_iter().find(|b| b.name() == word).unwrap_or(By::Rival)
    }
    /// The text by which deals are put together; nothing is an empty text.
    fn column(self) -> &'static str {
        match self {
            By::Rival => "COALESCE(CAST(r.rival_id AS TEXT), '')",
            By::Reason => "COALESCE(CAST(t.reason_id AS TEXT), '')",
            By::Owner => "COALESCE(CAST(t.owner_id AS TEXT), '')",
            By::Product => "COALESCE(CAST(t.product_id AS TEXT), '')",
            By::Month => "COALESCE(substr(t.closed_on, 1, 7), '')",
        }
    }
    /// Deals that met several competitors count with each of them.
    fn join(self) -> &'static str {
        match self {
            By::Rival => " LEFT JOIN sales_deal_rival r ON r.deal_id = t.id AND r.archived_at IS NULL",
            _ => "",
        }
    }
}

/// What was won and lost.
#[derive(Clone, Debug, Default)]
struct Score {
    won: i64,
    lost: i64,
    won_amount: Sums,
    lost_amount: Sums,
}

impl Score {
    fn rate(&self) -> Option<f64> {
        let (won, all) = (u32::try_from(self.won).ok()?, u32::try_from(self.won + self.lost).ok()?);
        (all > 0).then(|| f64::from(won) / f64::from(all))
    }
}

/// Closed deals of the period that are seen and fit the question.
fn closed(visit: &Visit, ask: &Ask, sql: &mut Sql) -> Result<()> {
    let (pipeline, from, to) = (
        sql.bind(ask.pipeline),
        sql.bind(ask.from.to_string()),
        sql.bind(ask.to.to_string()),
    );
    sql.text.push_str(&format!(
        " WHERE s.pipeline_id = {pipeline} AND s.kind IN ('won', 'lost') AND t.closed_on >= {from} AND t.closed_on <= {to} AND "
    ));
    ask.present(&visit.ctx, sql)
}

async fn scores(visit: &Visit, ask: &Ask, by: Option<By>) -> Result<Vec<(String, Score)>> {
    let (column, join) = by.map_or(("''", ""), |b| (b.column(), b.join()));
    let mut sql = Ask::sql(&visit.ctx);
    sql.text = format!(
        "SELECT {column}, s.kind, t.currency, count(*), CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM sales_deal t \
         JOIN sales_stage s ON s.id = t.stage_id{join}"
    );
    closed(visit, ask, &mut sql)?;
    sql.text.push_str(&format!(" GROUP BY {column}, s.kind, t.currency"));
    if by.is_none() {
        sql.text = sql.text.replace(" GROUP BY '', s.kind", " GROUP BY s.kind");
    }
    let house = visit.house.currency;
    let mut found: BTreeMap<String, Score> = BTreeMap::new();
    for row in visit.db().all(&sql.text, sql.binds).await? {
        let score = found.entry(row.text(0)?).or_default();
        let (won, currency, n, amount) = (row.text(1)? == "won", row.opt_text(2)?, row.int(3)?, row.int(4)?);
        let (count, sum) = if won {
            (&mut score.won, &mut score.won_amount)
        } else {
            (&mut score.lost, &mut score.lost_amount)
        };
        *count += n;
        sum.add(currency.as_deref(), amount, house);
    }
    let mut all: Vec<(String, Score)> = found.into_iter().collect();
    if by != Some(By::Month) {
        // What is not told comes last, else the most deals first.
        all.sort_by_key(|(key, s)| (key.is_empty(), std::cmp::Reverse(s.won + s.lost)));
    }
    Ok(all)
}

/// What the keys are called.
async fn titles(visit: &Visit, by: By, keys: &[String]) -> Result<HashMap<String, String>> {
    let ids: Vec<i64> = keys.iter().filter_map(|k| k.parse().ok()).collect();
    let ty = match by {
        By::Rival => "party",
        By::Reason => "reason",
        By::Product => "product",
        By::Owner => {
            let names = visit.app.identity.names(visit.latin).await?;
            return Ok(names.into_iter().map(|(id, n)| (id.to_string(), n)).collect());
        }
        By::Month => return Ok(keys.iter().map(|k| (k.clone(), k.clone())).collect()),
    };
    let names = read::titles(visit.db(), visit.registry(), ty, &ids, visit.latin).await?;
    Ok(names.into_iter().map(|(id, n)| (id.to_string(), n)).collect())
}

fn called(visit: &Visit, by: By, key: &str, names: &HashMap<String, String>) -> String {
    match names.get(key) {
        Some(name) => name.clone(),
        None if key.is_empty() => visit.loc.t(&format!("win-loss-no-{}", by.name())),
        None => format!("#{key}"),
    }
}

fn link(ask: &Ask, by: By, key: &str, outcome: &str) -> String {
    format!(
        "/deals/win-loss/deals?{}&by={}&key={key}&outcome={outcome}",
        ask.query(),
        by.name()
    )
}

fn table(visit: &Visit, ask: &Ask, by: By, rows: &[(String, Score)], names: &HashMap<String, String>) -> Markup {
    let loc = &visit.loc;
    let house = visit.house.currency;
    let cell = |n: i64, key: &str, outcome: &str| {
        html! { td.r.num { @if n == 0 { span.dim { "0" } } @else { a.link href=(link(ask, by, key, outcome)) { (loc.int(n)) } } } }
    };
    html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t(&format!("win-loss-by-{}", by.name()))) }
                @for key in ["sales-won", "win-loss-won-amount", "sales-lost-many", "win-loss-lost-amount", "sales-win-rate"] { th.r scope="col" { (loc.t(key)) } }
            } }
            tbody data-rows {
                @for (key, s) in rows { tr {
                    th scope="row" style="font-weight:500" {
                        @if by == By::Rival && !key.is_empty() { a.link href={ "/rivals/" (key) } { (called(visit, by, key, names)) } }
                        @else { (called(visit, by, key, names)) }
                    }
                    (cell(s.won, key, "won"))
                    td.r { (view::sums(loc, house, &s.won_amount)) }
                    (cell(s.lost, key, "lost"))
                    td.r { (view::sums(loc, house, &s.lost_amount)) }
                    td.r.num { (view::rate(loc, s.rate(), 1)) }
                } }
            }
        } }
    }
}

async fn show(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let Some(ask) = Ask::read(&visit.ctx, &q).await? else {
        return Screen::new(&visit, loc.t("win-loss-title"), "deal").show(view::no_pipeline(&visit));
    };
    let by = By::read(&q);
    let total = scores(&visit, &ask, None).await?.pop().map(|t| t.1).unwrap_or_default();
    let rows = scores(&visit, &ask, Some(by)).await?;
    let keys: Vec<String> = rows.iter().map(|r| r.0.clone()).collect();
    let names = titles(&visit, by, &keys).await?;
    let house = visit.house.currency;
    let tabs: Vec<ui::Tab> = By::ALL
        .iter()
        .map(|b| ui::Tab {
            href: format!("/deals/win-loss?{}&by={}", ask.query(), b.name()),
            label: loc.t(&format!("win-loss-by-{}", b.name())),
            count: None,
            active: *b == by,
        })
        .collect();
    let main = html! {
        (view::filters(&visit, &ask, Page::WinLoss(by.name())).await?)
        (ui::tabs(loc, &loc.t("win-loss-title"), &tabs))
        (ui::page_body(html! {
            (ui::kpis(&[
                Kpi::new(loc.t("sales-won"), loc.int(total.won)).note(view::sums(loc, house, &total.won_amount)),
                Kpi::new(loc.t("sales-lost-many"), loc.int(total.lost)).note(view::sums(loc, house, &total.lost_amount)),
                Kpi::new(loc.t("sales-win-rate"), view::rate(loc, total.rate(), 1)).note(loc.t("sales-win-rate-closed")),
            ]))
            @if rows.is_empty() { (ui::empty("trophy", &loc.t("win-loss-none"), &loc.t("win-loss-none-text"), html! {})) }
            @else {
                @if by == By::Rival { (ui::callout(Tone::Quiet, loc.t("win-loss-rival-note"))) }
                (ui::card("").note(loc.tv("win-loss-period", &[("from", ask.from.to_string().into()), ("to", ask.to.to_string().into())]))
                    .flush(table(&visit, &ask, by, &rows, &names)))
            }
        }))
    };
    Screen::new(&visit, loc.t("win-loss-title"), "deal")
        .crumb(loc.t("nav-deal"), "/deals/board")
        .actions(view::switch(&visit, Some(&ask), Page::WinLoss(by.name())))
        .show(main)
}

async fn ids(visit: &Visit, ask: &Ask, by: By, key: &str, outcome: &str, after: i64) -> Result<Vec<i64>> {
    let mut sql = Ask::sql(&visit.ctx);
    sql.text = format!(
        "SELECT t.id FROM sales_deal t JOIN sales_stage s ON s.id = t.stage_id{}",
        by.join()
    );
    closed(visit, ask, &mut sql)?;
    let (key, outcome, after, most) = (sql.bind(key), sql.bind(outcome), sql.bind(after), sql.bind(ROWS + 1));
    sql.text.push_str(&format!(
        " AND {} = {key} AND s.kind = {outcome} AND t.id > {after} ORDER BY t.id LIMIT {most}",
        by.column()
    ));
    let rows = visit.db().all(&sql.text, sql.binds).await?;
    rows.iter().map(|r| r.int(0)).collect()
}

async fn behind(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let ask = Ask::read(&visit.ctx, &q).await?.ok_or_else(Error::missing)?;
    let (by, key) = (By::read(&q), q.get("key").unwrap_or("").to_owned());
    let outcome = match q.get("outcome") {
        Some("won") => "won",
        _ => "lost",
    };
    let mut found = ids(&visit, &ask, by, &key, outcome, q.int("after").unwrap_or(0)).await?;
    let most = usize::try_from(ROWS).unwrap_or(100);
    let more = found.len() > most;
    found.truncate(most);
    let ty = visit.registry().get("deal")?.clone();
    let columns = [
        "name",
        "number",
        "party_id",
        "amount",
        "owner_id",
        "closed_on",
        "reason_id",
    ];
    let mut wanted: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    records::show::with_currencies(&ty, &mut wanted);
    let ask_list = List {
        filter: Filter::default(),
        sort: "id".into(),
        descending: false,
        columns: wanted,
        limit: most,
        ids: Some(found.clone()),
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask_list).await?;
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let shown = records::names(&visit, &ty, &rows).await?;
    let names = titles(&visit, by, std::slice::from_ref(&key)).await?;
    let kind = loc.t(if outcome == "won" {
        "sales-won"
    } else {
        "sales-lost-many"
    });
    let mut card = ui::card(format!("{} · {kind}", called(&visit, by, &key, &names))).flush(records::table(
        &visit,
        &ty,
        &columns,
        &page.lines,
        &shown,
    ));
    if let Some(last) = found.last().filter(|_| more) {
        let href = format!("/deals/win-loss/deals?{}&after={last}", q.without(&["after"]));
        card = card.foot(html! { (ui::btn(loc.t("sales-more")).small().href(href)) });
    }
    Screen::new(&visit, loc.t("sales-deals-behind"), "deal")
        .crumb(
            loc.t("win-loss-title"),
            format!("/deals/win-loss?{}&by={}", ask.query(), by.name()),
        )
        .show(ui::page_body(html! { (card) }))
}

/// `GET /api/v1/win-loss?by=`.
async fn tell(visit: Visit, q: Fields) -> Answer {
    let ask = Ask::read(&visit.ctx, &q)
        .await?
        .ok_or_else(|| Error::refused("error-no-pipeline"))?;
    let by = By::read(&q);
    let total = scores(&visit, &ask, None).await?.pop().map(|t| t.1).unwrap_or_default();
    let rows = scores(&visit, &ask, Some(by)).await?;
    let keys: Vec<String> = rows.iter().map(|r| r.0.clone()).collect();
    let names = titles(&visit, by, &keys).await?;
    let one = |s: &Score| json!({"won": s.won, "lost": s.lost, "won_amount": s.won_amount.json(), "lost_amount": s.lost_amount.json(), "rate": s.rate()});
    let rows: Vec<_> = rows
        .iter()
        .map(|(key, s)| json!({"key": (!key.is_empty()).then_some(key), "name": names.get(key), "score": one(s)}))
        .collect();
    answer::json(
        StatusCode::OK,
        &json!({
            "by": by.name(), "pipeline": ask.pipeline, "from": ask.from.to_string(), "to": ask.to.to_string(),
            "total": one(&total), "rows": rows,
        }),
    )
}
