//! What else was lost: prospects that were rejected, and deals.

use super::page::MOST;
use crate::{cohort::Sums, view};
use jiff::ToSpan;
use maud::{Markup, html};
use zhike_kernel::{Filter, Op, Result, Value};
use zhike_store::Query as _;
use zhike_web::{Visit, records, ui};

/// Counts by reason: name, how many.
fn by_reason(visit: &Visit, rows: &[(String, i64)]) -> Markup {
    let loc = &visit.loc;
    html! { table.tbl.plain {
        thead { tr { th scope="col" { (loc.t("loss-reason_id")) } th.r scope="col" { (loc.t("loss-count")) } } }
        tbody { @for (name, n) in rows { tr { td { (name) } td.r.num { (loc.int(*n)) } } } }
    } }
}

/// Rejected leads and prospects with their reasons.
pub(super) async fn prospects(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    if !visit.may("lead.view") {
        return Ok(html! {});
    }
    let lead = visit.registry().get("lead")?.clone();
    let mut sql = crate::ask::Ask::sql(&visit.ctx);
    let name = visit.ctx.name_of("r");
    sql.text = format!(
        "SELECT {name}, count(*) FROM sales_lead t LEFT JOIN sales_reason r ON r.id = t.reason_id WHERE t.status = 'rejected' AND t.archived_at IS NULL AND "
    );
    sql.scope(visit.registry(), &lead, "t", &visit.actor)?;
    sql.text.push_str(&format!(" GROUP BY {name} ORDER BY 2 DESC"));
    let mut rows = vec![];
    for row in visit.db().all(&sql.text, sql.binds).await? {
        rows.push((
            row.opt_text(0)?.unwrap_or_else(|| loc.t("win-loss-no-reason")),
            row.int(1)?,
        ));
    }
    let rejected = || Filter::All(vec![Filter::is("status", "rejected")]);
    let leads = [
        "name",
        "company",
        "source",
        "reason_id",
        "reason_note",
        "owner_id",
        "received_on",
    ];
    Ok(html! {
        @if !rows.is_empty() { (ui::card(loc.t("loss-leads-why")).flush(by_reason(visit, &rows))) }
        (ui::card(loc.t("loss-leads")).flush(records::related(visit, "lead", rejected(), &leads, MOST).await?))
        (ui::card(loc.t("loss-parties")).flush(records::related(visit, "party", rejected(), &["name", "source", "owner_id", "updated_at"], MOST).await?))
    })
}

/// Lost deals of a year with their reasons, and the address of their export.
pub(super) async fn deals(visit: &Visit) -> Result<(Markup, String)> {
    let loc = &visit.loc;
    let deal = visit.registry().get("deal")?.clone();
    let since = visit.today().checked_sub(365.days()).unwrap_or(visit.today());
    let mut sql = crate::ask::Ask::sql(&visit.ctx);
    let name = visit.ctx.name_of("r");
    let from = sql.bind(since.to_string());
    sql.text = format!(
        "SELECT {name}, t.currency, count(*), CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM sales_deal t JOIN sales_stage s ON s.id = t.stage_id \
         LEFT JOIN sales_reason r ON r.id = t.reason_id WHERE s.kind = 'lost' AND t.closed_on >= {from} AND t.archived_at IS NULL AND "
    );
    sql.scope(visit.registry(), &deal, "t", &visit.actor)?;
    sql.text.push_str(&format!(" GROUP BY {name}, t.currency"));
    let mut rows: Vec<(String, i64, Sums)> = vec![];
    for row in visit.db().all(&sql.text, sql.binds).await? {
        let key = row.opt_text(0)?.unwrap_or_else(|| loc.t("win-loss-no-reason"));
        let at = match rows.iter().position(|r| r.0 == key) {
            Some(at) => at,
            None => {
                rows.push((key, 0, Sums::default()));
                rows.len() - 1
            }
        };
        if let Some(found) = rows.get_mut(at) {
            found.1 += row.int(2)?;
            found
                .2
                .add(row.opt_text(1)?.as_deref(), row.int(3)?, visit.house.currency);
        }
    }
    rows.sort_by_key(|r| std::cmp::Reverse(r.1));
    let mut lost = vec![];
    for row in visit
        .db()
        .all("SELECT id FROM sales_stage WHERE kind = 'lost' ORDER BY id", vec![])
        .await?
    {
        lost.push(Value::Int(row.int(0)?));
    }
    let filter = Filter::All(vec![
        Filter::Field {
            field: "stage_id".into(),
            op: Op::In,
            values: lost,
        },
        Filter::field("closed_on", Op::Ge, since),
    ]);
    let export =
        records::show::address(&deal, &filter).map_or_else(String::new, |a| a.replacen("/deals?", "/deals/export?", 1));
    let columns = [
        "name",
        "number",
        "party_id",
        "amount",
        "reason_id",
        "owner_id",
        "closed_on",
    ];
    let body = html! {
        (ui::card(loc.t("loss-deals-why")).note(loc.tv("win-loss-period", &[("from", since.to_string().into()), ("to", visit.today().to_string().into())]))
            .actions(html! { @if visit.may("funnel.view") { (ui::btn(loc.t("win-loss-title")).small().href("/deals/win-loss?by=reason&period=365")) } })
            .flush(html! { table.tbl.plain {
                thead { tr { th scope="col" { (loc.t("loss-reason_id")) } th.r scope="col" { (loc.t("loss-count")) } th.r scope="col" { (loc.t("win-loss-lost-amount")) } } }
                tbody { @for (name, n, sums) in &rows { tr { td { (name) } td.r.num { (loc.int(*n)) } td.r { (view::sums(loc, visit.house.currency, sums)) } } }
                    @if rows.is_empty() { tr { td.dim colspan="3" { (loc.t("win-loss-none")) } } } }
            } }))
        (ui::card(loc.t("loss-tab-deals")).flush(records::related(visit, "deal", filter, &columns, MOST).await?))
    };
    Ok((body, export))
}
