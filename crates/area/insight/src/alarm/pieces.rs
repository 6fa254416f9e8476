//! Pieces of other pages: the outcomes on an alarm, the open alarm beside a customer.

use super::page::buttons;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Query as _, Record, binds};
use zhike_web::Visit;
use zhike_web::ui;

/// The buttons on an alarm's own page.
pub async fn actions(visit: &Visit, alarm: &Record) -> Result<Markup> {
    if alarm.archived_at.is_some() || alarm.text("status") != "open" {
        return Ok(html! {});
    }
    Ok(buttons(visit, alarm.id, alarm.version, "alarm"))
}

/// The card beside a customer who has an open alarm.
pub async fn beside(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, silence_days, limit_days, raised_on FROM insight_alarm \
               WHERE party_id = $1 AND status = 'open' AND archived_at IS NULL ORDER BY id DESC LIMIT 1";
    let Some(row) = visit.db().one(sql, binds![party.id]).await? else {
        return Ok(html! {});
    };
    let (id, silence, limit) = (row.int(0)?, row.int(1)?, row.int(2)?);
    let said = loc.tv(
        "lifetime-silent-days",
        &[("days", silence.into()), ("limit", limit.into())],
    );
    let rows = [
        (loc.t("alarm-raised_on"), html! { span.num { (row.text(3)?) } }),
        (loc.t("lifetime-silent"), html! { span.num { (said) } }),
    ];
    let link = html! { a.link.sm href={ "/alarms/" (id) } { (loc.t("alarm-open-it")) } };
    Ok(html! { (ui::card(loc.t("alarm-one")).actions(link).body(ui::kv(&rows))) })
}
