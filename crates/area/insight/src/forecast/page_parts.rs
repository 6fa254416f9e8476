//! Parts of the page of the forecast: how right it was, commitments, what is assumed.

use super::read::{self, Past, Series};
use super::{HORIZON, ORIGINS, Report, commit, month_name};
use crate::kept::Kept;
use crate::pages::{money, ppm};
use maud::{Markup, Render, html};
use zhike_kernel::{FieldError, Result, number};
use zhike_store::{Query as _, binds};
use zhike_web::ui::{self, Choice, Field};
use zhike_web::{Fields, Visit};

/// What was said of months that are over, against what came.
pub(super) fn accuracy(visit: &Visit, past: &[Past]) -> Markup {
    let loc = &visit.loc;
    let amount = |v: Option<i64>| html! { @match v { Some(v) => (money(visit, v)), None => span.dim { "—" } } };
    let sums = [
        read::wape(past, |p| p.base),
        read::wape(past, |p| p.commit),
        read::wape(past, |p| p.pipeline),
    ];
    ui::card(loc.t("forecast-past"))
        .note(loc.t("forecast-past-note"))
        .flush(html! { div.tbl-wrap { table.tbl.plain.dense {
            thead { tr { th scope="col" { (loc.t("forecast-month")) } @for key in ["came", "base", "commit-short", "pipeline-short"] { th.r scope="col" { (loc.t(&format!("forecast-{key}"))) } } } }
            tbody { @for p in past { tr {
                th scope="row" { (p.month) }
                td.r { (money(visit, p.came)) }
                @for v in [p.base, p.commit, p.pipeline] { td.r { (amount(v)) } }
            } } }
            tfoot { tr { th scope="row" { "WAPE" } td {} @for (wape, months) in sums { td.r.num title=(loc.tv("forecast-of-months", &[("n", months.into())])) { (ppm(visit, wape)) } } } }
        } } })
        .foot(html! { span.xs.dim { (loc.tv("forecast-past-means", &[("days", commit::GRACE.into())])) } })
        .render()
}

/// What was committed, and the form for one's own.
pub(super) async fn commits(
    visit: &Visit,
    run: &Kept<Report>,
    people: &[Series],
    typed: &Fields,
    wrong: &[FieldError],
) -> Result<Markup> {
    let loc = &visit.loc;
    let this = crate::period::month_number(visit.today());
    let months: Vec<String> = (this..this + commit::MONTHS).map(month_name).collect();
    let current = commit::current(&visit.ctx, this, this + commit::MONTHS).await?;
    let sql = format!(
        "SELECT id, {} FROM identity_user u WHERE u.active AND u.archived_at IS NULL AND u.role IN ('salesperson', 'manager') ORDER BY 2, 1 LIMIT 500",
        visit.ctx.name_of("u")
    );
    let mut owners: Vec<(i64, String)> = vec![];
    for row in visit.db().all(&sql, binds![]).await? {
        let id = row.int(0)?;
        if commit::may(&visit.ctx, id) {
            owners.push((id, row.text(1)?));
        }
    }
    let chosen = typed
        .int("owner_id")
        .or(visit.actor.user.filter(|u| owners.iter().any(|o| o.0 == *u)))
        .or(owners.first().map(|o| o.0));
    let month = typed
        .filled("month")
        .map_or_else(|| months.first().cloned().unwrap_or_default(), str::to_owned);
    let before = chosen.and_then(|o| current.get(&(o, month.clone())));
    let complaint = |name: &str| wrong.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
    let people_choice: Vec<Choice> = owners
        .iter()
        .map(|(id, name)| Choice::new(id.to_string(), name))
        .collect();
    let month_choice: Vec<Choice> = months.iter().map(|m| Choice::new(m, m)).collect();
    let shown = typed.get("amount").map_or_else(
        || {
            before.map_or_else(String::new, |c| {
                number::write_scaled(c.amount, visit.house.currency.decimals())
            })
        },
        str::to_owned,
    );
    let mut list: Vec<&commit::Commit> = current.values().collect();
    list.sort_by(|a, b| (&a.month, a.owner_id).cmp(&(&b.month, b.owner_id)));
    let name = |id: i64| {
        let of = people.iter().find(|p| p.key == id.to_string()).map(|p| p.name.clone());
        of.or_else(|| owners.iter().find(|o| o.0 == id).map(|o| o.1.clone()))
            .unwrap_or_default()
    };
    let form = html! { form.stack method="post" action="/value/forecast/commits" {
        (ui::hidden("csrf", &visit.csrf))
        @if !wrong.is_empty() { (ui::form_errors(&[loc.t("error-fields")])) }
        div.g2 {
            (Field::new("owner_id", loc.t("forecast-by-salesperson")).required(true).error(complaint("owner_id")).select(&people_choice, &chosen.map_or_else(String::new, |c| c.to_string()), None))
            (Field::new("month", loc.t("forecast-month")).required(true).error(complaint("month")).select(&month_choice, &month, None))
            (Field::new("amount", loc.t("forecast-amount")).required(true).error(complaint("amount")).money(&shown, visit.house.currency.sign()))
            (Field::new("version", loc.t("forecast-version")).required(true).hint(loc.t("forecast-version-hint")).error(complaint("version")).number(&typed.get("version").map_or_else(|| before.map_or(0, |c| c.version).to_string(), str::to_owned)))
        }
        (Field::new("note", loc.t("forecast-note")).text(typed.get("note").unwrap_or("")))
        (ui::submit_row(loc, None, &loc.t("forecast-commit-save")))
    } };
    Ok(ui::card(loc.t("forecast-commits"))
        .note(loc.tv("forecast-commits-note", &[("to", run.report.to.to_string().into())]))
        .body(html! {
            @if owners.is_empty() { p.sm.mut { (loc.t("forecast-commit-nobody")) } } @else { (form) }
            @if !list.is_empty() { div.tbl-wrap style="margin-top:12px" { table.tbl.plain.dense {
                thead { tr { th scope="col" { (loc.t("forecast-month")) } th scope="col" { (loc.t("forecast-by-salesperson")) } th.r scope="col" { (loc.t("forecast-amount")) } th.r scope="col" { (loc.t("forecast-version")) } } }
                tbody { @for c in list { tr { td.num { (c.month) } td { (name(c.owner_id)) } td.r { (money(visit, c.amount)) } td.r.num { (c.version) } } } }
            } } }
        })
        .render())
}

/// Assumptions, and when not to trust it.
pub(super) fn trust(visit: &Visit) -> Markup {
    let loc = &visit.loc;
    let list = |of: &str, n: usize| {
        html! { ul.sm style="margin:4px 0 10px;padding-left:18px" { @for i in 1..=n { li { (loc.tv(&format!("forecast-{of}-{i}"), &[("origins", ORIGINS.into()), ("horizon", HORIZON.into())])) } } } }
    };
    ui::card(loc.t("lifetime-assumes"))
        .body(html! {
            (list("assumes", 5))
            b.sm { (loc.t("lifetime-distrust")) }
            (list("distrust", 4))
        })
        .render()
}
