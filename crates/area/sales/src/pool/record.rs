//! Pieces on a customer's or a lead's page: the history of owners, the warning, the button that gives it back.

use super::history::{self, Past};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Query as _, Record, binds};
use zhike_web::{
    Visit,
    ui::{self, Choice, Field, Tone},
};

/// Who owned it, from whom to whom, why.
pub(super) async fn owners(visit: &Visit, record: &Record, what: &'static str) -> Result<Markup> {
    let loc = &visit.loc;
    let past = history::history(visit.db(), what, record.id).await?;
    let names = visit.app.identity.names(visit.latin).await?;
    let name = |id: Option<i64>| match id {
        Some(id) => names.get(&id).cloned().unwrap_or_else(|| format!("#{id}")),
        None => loc.t("owners-nobody"),
    };
    let line = |p: &Past| {
        html! { tr {
            td.num title=(loc.stamp(p.at)) { (loc.date_short(loc.day_of(p.at), visit.today())) }
            td { (name(p.from)) } td { b { (name(p.to)) } }
            td { (loc.t(&format!("owners-why-{}", p.why))) @if let Some(note) = &p.note { " · " span.dim { (note) } } }
            td { (p.actor) }
        } }
    };
    Ok(html! { div.tbl-wrap { table.tbl.plain {
        thead { tr { @for key in ["when", "from", "to", "why", "by"] { th scope="col" { (loc.t(&format!("owners-{key}"))) } } } }
        tbody { @for p in &past { (line(p)) } @if past.is_empty() { tr { td.dim colspan="5" { (loc.t("owners-none")) } } } }
    } } })
}

pub(super) async fn release_button(visit: &Visit, record: &Record, what: &'static str) -> Result<Markup> {
    let owner = record.int("owner_id");
    let mine = owner.is_some() && (owner == visit.actor.user || visit.may("pool.assign"));
    let done = what == "lead" && matches!(record.text("status"), "converted" | "rejected");
    if !mine || done || record.archived_at.is_some() {
        return Ok(html! {});
    }
    let loc = &visit.loc;
    let sql = format!(
        "SELECT t.id, {} FROM sales_pool t WHERE t.subject = $1 AND t.active AND t.archived_at IS NULL ORDER BY t.id",
        visit.ctx.name_of("t")
    );
    let mut pools = vec![];
    for row in visit.db().all(&sql, binds![what]).await? {
        pools.push(Choice::new(row.int(0)?.to_string(), row.text(1)?));
    }
    if pools.is_empty() {
        return Ok(html! {});
    }
    let ty = visit.registry().get(what)?.clone();
    Ok(html! {
        (ui::btn(loc.t("pool-release")).icon("inbox").ghost().small().opens("pool-release"))
        (ui::dialog("pool-release", &loc.t("pool-release-title"), html! {
            form.stack.l method="post" action={ (ty.url(record.id)) "/release" } {
                (Field::new("pool", loc.t("pool-one")).select(&pools, "", None))
                (Field::new("note", loc.t("pool-release-why")).text(""))
                div.btn-row.end { (ui::btn(loc.t("web-cancel")).ghost().closes()) (ui::btn(loc.t("pool-release")).primary().submit()) }
            }
        }))
    })
}

/// It will go back to the pool, and when.
pub(super) async fn warning(visit: &Visit, record: &Record, what: &'static str) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = format!(
        "SELECT w.due_on, {} FROM sales_recycle w JOIN sales_pool_rule t ON t.id = w.rule_id WHERE w.subject = $1 AND w.record_id = $2",
        visit.ctx.name_of("t")
    );
    let Some(row) = visit.db().one(&sql, binds![what, record.id]).await? else {
        return Ok(html! {});
    };
    let (due, rule) = (row.text(0)?, row.text(1)?);
    let day = due.parse().map_or(due, |d| loc.date(d, visit.today()));
    Ok(ui::callout(
        Tone::Warn,
        loc.tv("pool-warned", &[("day", day.into()), ("rule", rule.into())]),
    ))
}
