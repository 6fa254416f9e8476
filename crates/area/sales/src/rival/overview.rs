//! All competitors at a glance: how dangerous, what they let their customers do, what they sell to ours, how deals with
//! them ended.

use super::names;
use crate::{ask::Ask, cohort::Sums, view};
use maud::{Markup, html};
use std::collections::BTreeMap;
use zhike_kernel::Result;
use zhike_store::{Query as _, filter_sql::Sql};
use zhike_web::{
    Answer, Routes, Screen, Visit,
    ui::{self, Hue},
};

/// Its route.
pub(crate) fn routes() -> Routes {
    Routes::new().get("/rivals", "supply.view", |visit: Visit| Box::pin(show(visit)))
}

#[derive(Default)]
struct Row {
    name: String,
    threat: String,
    powers: Vec<String>,
    customers: i64,
    amount: Sums,
    won: i64,
    lost: i64,
    open: i64,
}

async fn rows(visit: &Visit) -> Result<Vec<(i64, Row)>> {
    let mut all: BTreeMap<i64, Row> = names(visit)
        .await?
        .into_iter()
        .map(|(id, name)| (id, Row { name, ..Row::default() }))
        .collect();
    let sql = "SELECT party_id, threat, powers FROM sales_rival_profile WHERE archived_at IS NULL";
    for r in visit.db().all(sql, vec![]).await? {
        if let Some(row) = all.get_mut(&r.int(0)?) {
            row.threat = r.opt_text(1)?.unwrap_or_default();
            let powers = r.opt_text(2)?.unwrap_or_default();
            row.powers = powers.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
        }
    }
    let house = visit.house.currency;
    let mut sql = Ask::sql(&visit.ctx);
    sql.text = "SELECT t.rival_id, t.currency, COUNT(DISTINCT t.party_id), CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM sales_supply t \
                WHERE t.until_on IS NULL AND t.archived_at IS NULL AND "
        .into();
    scope(visit, &mut sql, "supply")?;
    sql.text.push_str(" GROUP BY t.rival_id, t.currency");
    for r in visit.db().all(&sql.text, sql.binds).await? {
        if let Some(row) = all.get_mut(&r.int(0)?) {
            row.customers += r.int(2)?;
            row.amount.add(r.opt_text(1)?.as_deref(), r.int(3)?, house);
        }
    }
    let mut sql = Ask::sql(&visit.ctx);
    sql.text = "SELECT r.rival_id, s.kind, count(*) FROM sales_deal t JOIN sales_stage s ON s.id = t.stage_id JOIN sales_deal_rival r \
                ON r.deal_id = t.id AND r.archived_at IS NULL WHERE t.archived_at IS NULL AND "
        .into();
    scope(visit, &mut sql, "deal")?;
    sql.text.push_str(" GROUP BY r.rival_id, s.kind");
    for r in visit.db().all(&sql.text, sql.binds).await? {
        if let Some(row) = all.get_mut(&r.int(0)?) {
            match r.text(1)?.as_str() {
                "won" => row.won += r.int(2)?,
                "lost" => row.lost += r.int(2)?,
                _ => row.open += r.int(2)?,
            }
        }
    }
    let mut list: Vec<(i64, Row)> = all.into_iter().collect();
    list.sort_by_key(|(id, r)| (std::cmp::Reverse(r.won + r.lost + r.open), *id));
    Ok(list)
}

fn scope(visit: &Visit, sql: &mut Sql, ty: &str) -> Result<()> {
    let ty = visit.registry().get(ty)?.clone();
    sql.scope(visit.registry(), &ty, "t", &visit.actor)
}

fn share(won: i64, lost: i64) -> Option<f64> {
    let (won, all) = (u32::try_from(won).ok()?, u32::try_from(won + lost).ok()?);
    (all > 0).then(|| f64::from(won) / f64::from(all))
}

fn table(visit: &Visit, rows: &[(i64, Row)]) -> Markup {
    let loc = &visit.loc;
    html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("deal_rival-rival_id")) }
                th scope="col" { (loc.t("rival_profile-threat")) }
                th scope="col" { (loc.t("rival_profile-powers")) }
                @for key in ["rival-customers", "rival-yearly", "rival-open", "sales-won", "sales-lost-many", "sales-win-rate"] { th.r scope="col" { (loc.t(key)) } }
            } }
            tbody data-rows {
                @for (id, r) in rows { tr {
                    td { a.link href={ "/rivals/" (id) } { (r.name) } }
                    td { @if !r.threat.is_empty() { (ui::badge(match r.threat.as_str() { "high" => Hue::Red, "low" => Hue::Green, _ => Hue::Grey }, &loc.t(&format!("rival_profile-threat-{}", r.threat)))) } @else { span.dim { "—" } } }
                    td { span.row.wrap { @for p in &r.powers { (ui::badge(Hue::Amber, &loc.t(&format!("rival_profile-powers-{p}")))) } @if r.powers.is_empty() { span.dim { "—" } } } }
                    td.r.num { (loc.int(r.customers)) }
                    td.r { (view::sums(loc, visit.house.currency, &r.amount)) }
                    td.r.num { (loc.int(r.open)) } td.r.num { (loc.int(r.won)) } td.r.num { (loc.int(r.lost)) }
                    td.r.num { (view::rate(loc, share(r.won, r.lost), 1)) }
                } }
            }
        } }
    }
}

async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let rows = rows(&visit).await?;
    let actions = html! {
        @if visit.may("funnel.view") { (ui::btn(loc.t("win-loss-title")).icon("trophy").href("/deals/win-loss?by=rival")) }
        (ui::btn(loc.t("supply-many")).icon("truck-delivery").href("/supplies").wide_only())
        (ui::btn(loc.t("price_seen-many")).icon("tag").href("/prices-seen").wide_only())
    };
    let main = if rows.is_empty() {
        ui::empty(
            "scale",
            &loc.t("rival-none"),
            &loc.t("rival-none-yet"),
            html! {
                @if visit.may("party.create") { (ui::btn(loc.t("rival-new")).icon("plus").href("/parties/new?roles=competitor")) }
            },
        )
    } else {
        html! { (ui::card("").note(loc.t("rival-note")).flush(table(&visit, &rows))) }
    };
    Screen::new(&visit, loc.t("nav-rival"), "rival")
        .actions(actions)
        .show(ui::page_body(main))
}
