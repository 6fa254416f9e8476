//! What a task that follows from a level is about.

use super::types;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Query as _, Record, binds};
use zhike_web::Visit;
use zhike_web::ui::{self, Tone};

/// Above the details of such a task; nothing on other tasks.
pub async fn about(visit: &Visit, task: &Record) -> Result<Markup> {
    let sql = "SELECT rule_id, level, event_on FROM care_follow_up WHERE task_id = $1";
    let Some(row) = visit.db().one(sql, binds![task.id]).await? else {
        return Ok(html! {});
    };
    let loc = &visit.loc;
    let (id, level, on) = (row.int(0)?, row.text(1)?, row.text(2)?);
    let rules = types::all(visit.db()).await?;
    let Some(rule) = rules.iter().find(|r| r.id == id) else {
        return Ok(html! {});
    };
    let name = if visit.ctx.latin && !rule.name_latin.is_empty() {
        &rule.name_latin
    } else {
        &rule.name
    };
    let day = on.parse().map_or(on.clone(), |d| loc.date(d, visit.today()));
    let args = [
        ("level", loc.t(&format!("care_level-level-{level}")).into()),
        ("day", day.into()),
        ("after", loc.t(&format!("care_rule-after-{}", rule.after)).into()),
    ];
    Ok(html! { (ui::callout(Tone::Info, html! { b { (name) } " " (loc.tv("care-task", &args)) })) })
}
