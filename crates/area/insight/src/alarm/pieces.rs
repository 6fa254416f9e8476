//! Pieces of other pages: the outcomes on an alarm, the open alarm beside a customer.

use super::page::buttons;
use crate::churn;
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
    let sql = "SELECT id, silence_days, limit_days, raised_on, risk FROM insight_alarm \
               WHERE party_id = $1 AND status = 'open' AND archived_at IS NULL ORDER BY id DESC LIMIT 1";
    let Some(row) = visit.db().one(sql, binds![party.id]).await? else {
        return Ok(html! {});
    };
    let (id, silence, limit) = (row.int(0)?, row.int(1)?, row.int(2)?);
    let said = loc.tv(
        "lifetime-silent-days",
        &[("days", silence.into()), ("limit", limit.into())],
    );
    let mut rows = vec![
        (loc.t("alarm-raised_on"), html! { span.num { (row.text(3)?) } }),
        (loc.t("lifetime-silent"), html! { span.num { (said) } }),
    ];
    if let Some(risk) = row.opt_int(4)? {
        rows.push((loc.t("alarm-risk"), churn::badge(visit, risk)));
    }
    let link = html! { a.link.sm href={ "/alarms/" (id) } { (loc.t("alarm-open-it")) } };
    Ok(html! { (ui::card(loc.t("alarm-one")).actions(link).body(ui::kv(&rows))) })
}

/// What the model said when an alarm rang by it.
pub async fn reasons(visit: &Visit, alarm: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let text = alarm.text("reasons");
    let Some(risk) = alarm.int("risk").filter(|_| !text.is_empty()) else {
        return Ok(html! {});
    };
    let all = churn::read::reasons(text)?;
    let link = html! { a.link.sm href="/value/churn" { (loc.t("offer-how")) } };
    Ok(
        html! { (ui::card(loc.t("alarm-why")).note(loc.t("alarm-why-note")).actions(link).body(html! {
            p style="margin:0 0 6px" { (churn::badge(visit, risk)) }
            (churn::said(visit, &all))
        })) },
    )
}
