//! The card beside a customer: the level, who set it and why, what is recommended, and follow-ups to come.

use super::list::{dialog, take};
use super::page::{level_badge, why};
use super::read;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Query as _, Record, binds};
use zhike_web::Visit;
use zhike_web::ui;

/// Draws it; nothing for whom there is neither a level nor a recommendation and who is no customer.
pub async fn beside(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let line = read::one(visit.db(), party.id).await?;
    let customer = party.text("roles").split(' ').any(|r| r == "customer");
    let sets = visit.may("care_level.create") && party.archived_at.is_none();
    let Some(line) = line else {
        return Ok(html! { @if customer && sets {
            (ui::card(loc.t("care-card")).body(html! {
                p.sm.mut style="margin:0 0 8px" { (loc.t("care-card-none")) }
                (ui::btn(loc.t("care-set-it")).small().opens("care-set"))
                (dialog(visit, party.id, None))
            }))
        } });
    };
    let day = line.level_on.as_deref().and_then(|d| d.parse().ok());
    let mut rows = vec![(
        loc.t("care-set"),
        html! {
            (level_badge(visit, line.level.as_deref()))
            @if let Some(day) = day { " " span.xs.mut { (loc.date(day, visit.today())) } }
            @if let Some(reason) = &line.reason { div.sm { (reason) } }
        },
    )];
    if line.advised.is_some() {
        rows.push((
            loc.t("care-advised"),
            html! { (level_badge(visit, line.advised.as_deref())) div.xs.mut { (why(visit, &line)) } },
        ));
    }
    let sql = "SELECT k.id, k.due_on FROM care_follow_up f JOIN work_task k ON k.id = f.task_id WHERE f.party_id = $1 \
               AND k.status IN ('open', 'accepted', 'returned') AND k.archived_at IS NULL ORDER BY k.due_on, k.id LIMIT 1";
    if visit.may("task.view")
        && let Some(row) = visit.db().one(sql, binds![party.id]).await?
    {
        let due = row.opt_text(1)?.unwrap_or_default();
        let task = row.int(0)?;
        let words = due.parse().map_or(due.clone(), |d| loc.date(d, visit.today()));
        rows.push((
            loc.t("care-next"),
            html! { a.link href={ "/tasks/" (task) } { (words) } },
        ));
    }
    let link = html! { a.link.sm href="/care" { (loc.t("care-what")) } };
    Ok(html! { (ui::card(loc.t("care-card")).actions(link).body(html! {
        (ui::kv(&rows))
        @if sets { div.btn-row style="margin-top:10px;justify-content:flex-start" {
            @if line.advised.is_some() && line.advised != line.level { (take(visit, &line, "party")) }
            (ui::btn(loc.t("care-set-it")).small().opens("care-set"))
        } (dialog(visit, party.id, line.level.as_deref().or(line.advised.as_deref()))) }
    })) })
}
