//! The form of the solution: cause, factor, who caused it, words for the customer, remedies against the authority.

use super::{grant, kept::Round, pieces::View};
use crate::types::{FACTORS, RESPONSIBLE};
use maud::{Markup, html};
use zhike_kernel::{Result, number};
use zhike_store::{Query as _, read};
use zhike_web::ui::{self, Choice, Field, Tone};

/// Remedies of a round in words.
pub(crate) fn given(v: &View<'_>, round: i64) -> Markup {
    let loc = &v.visit.loc;
    let all: Vec<_> = v.granted.iter().filter(|g| g.round == round).collect();
    html! {
        @if !all.is_empty() { ul.plain-list.sm style="margin-top:6px" { @for g in &all {
            li.row { span.sp { (if v.visit.latin && !g.name_latin.is_empty() { &g.name_latin } else { &g.name }) } (ui::money_full(loc, g.amount, v.visit.house.currency)) }
        } } }
    }
}

struct Offer {
    id: i64,
    name: String,
    kind: String,
    note: String,
    amount: i64,
}

async fn offers(v: &View<'_>) -> Result<Vec<Offer>> {
    let name = v.visit.ctx.name_of("r");
    let sql = format!(
        "SELECT r.id, {name}, r.kind, r.note, r.amount FROM service_remedy r WHERE r.active AND r.archived_at IS NULL ORDER BY r.id LIMIT 100"
    );
    let rows = v.visit.db().all(&sql, vec![]).await?;
    rows.iter()
        .map(|r| {
            Ok(Offer {
                id: r.int(0)?,
                name: r.text(1)?,
                kind: r.text(2)?,
                note: r.opt_text(3)?.unwrap_or_default(),
                amount: r.int(4)?,
            })
        })
        .collect()
}

/// The form.
pub(crate) async fn draw(v: &View<'_>, round: &Round) -> Result<Markup> {
    let loc = &v.visit.loc;
    let db = v.visit.db();
    let name = v.visit.ctx.name_of("c");
    let sql = format!("SELECT c.id, {name} FROM service_cause c WHERE c.archived_at IS NULL ORDER BY c.id LIMIT 200");
    let mut causes = vec![];
    for row in db.all(&sql, vec![]).await? {
        causes.push(Choice::new(row.int(0)?.to_string(), row.text(1)?));
    }
    let words = |field: &str, all: &[&str]| -> Vec<Choice> {
        all.iter()
            .map(|w| Choice::new(*w, loc.t(&format!("case-{field}-{w}"))))
            .collect()
    };
    let users: Vec<Choice> = {
        let mut all: Vec<_> = v.names.iter().collect();
        all.sort_by_key(|a| a.1);
        all.iter()
            .map(|(id, name)| Choice::new(id.to_string(), (*name).clone()))
            .collect()
    };
    let party = v.case.int("responsible_party_id");
    let shown = match party {
        Some(id) => read::titles(db, v.visit.registry(), "party", &[id], v.visit.latin)
            .await?
            .remove(&id)
            .unwrap_or_default(),
        None => String::new(),
    };
    let text = |id: Option<i64>| id.map(|i| i.to_string()).unwrap_or_default();
    Ok(v.form("solution", html! {
        (requested(v))
        div.g3 {
            (Field::new("cause_id", loc.t("case-cause_id")).select(&causes, &text(round.cause), Some("—")))
            (Field::new("factor", loc.t("case-factor")).select(&words("factor", FACTORS), &round.factor, Some(&loc.t("case-from-cause"))))
            (Field::new("responsible", loc.t("case-responsible")).select(&words("responsible", RESPONSIBLE), &round.responsible, Some(&loc.t("case-from-cause"))))
        }
        details open[party.is_some() || v.case.int("responsible_user_id").is_some()] {
            summary.sm { (loc.t("case-responsible-who")) }
            div.g2 style="padding-top:10px" {
                (Field::new("responsible_party_id", loc.t("case-responsible_party_id")).combobox(loc, "/lookup/party", &text(party), &shown))
                (Field::new("responsible_user_id", loc.t("case-responsible_user_id")).select(&users, &text(v.case.int("responsible_user_id")), Some("—")))
            }
        }
        (Field::new("solution", loc.t("case-solution")).hint(loc.t("case-solution-hint")).textarea(&round.solution, 4))
        (remedies(v, round).await?)
        div.btn-row.end.wrap {
            (ui::btn(loc.t("case-solution-keep")).ghost().submit().attr("name", "done").attr("value", "0"))
            (ui::btn(loc.t("case-solution-done")).icon("check").primary().submit().attr("name", "done").attr("value", "1"))
        }
    }))
}

/// The catalogue against what one may grant.
async fn remedies(v: &View<'_>, round: &Round) -> Result<Markup> {
    let loc = &v.visit.loc;
    let c = v.visit.house.currency;
    let may = grant::authority(&v.visit.ctx, v.visit.db(), v.visit.now()).await?;
    let planned = |id: i64| v.granted.iter().find(|g| g.remedy == id && g.round == round.number);
    let before: i64 = v
        .granted
        .iter()
        .filter(|g| g.round != round.number && g.state == "granted")
        .map(|g| g.amount)
        .sum();
    let offers = offers(v).await?;
    let total: i64 = v
        .granted
        .iter()
        .filter(|g| g.round == round.number)
        .map(|g| g.amount)
        .sum();
    let left = match (may.per_case, may.per_month) {
        (Some(a), Some(b)) => Some((a - before).min(b - may.used).max(0)),
        _ => None,
    };
    Ok(html! {
        fieldset.card.budget style="gap:0;border-radius:var(--r3);min-width:0" data-budget=[left.map(|l| l.to_string())] data-decimals=(c.decimals()) {
            div.card-h {
                h3 { (loc.t("case-remedies")) } span.sp {}
                span.sm.mut { (loc.t("case-authority")) " " b.num { @match left { Some(l) => (loc.money_full(l, c)), None => (loc.t("case-authority-all")) } } }
            }
            @for o in &offers {
                @let is = planned(o.id);
                label.opt {
                    input.check type="checkbox" name="remedy" value=(o.id) checked[is.is_some()];
                    span.sp { (o.name) small { (loc.t(&format!("remedy-kind-{}", o.kind))) @if !o.note.is_empty() { " · " (o.note) } } }
                    input.input.num.r type="text" inputmode="decimal" name={ "amount_" (o.id) } aria-label={ (o.name) ": " (loc.t("remedy-amount")) }
                        value=(number::write_scaled(is.map_or(o.amount, |g| g.amount), c.decimals())) style="width:110px;flex:none";
                }
            }
            @if offers.is_empty() { p.mut style="padding:12px 14px" { (loc.t("case-remedies-none")) } }
            div.row.sm.wrap style="padding:12px 14px;border-top:1px solid var(--line)" {
                span { (loc.t("case-remedies-total")) " " b.num { (loc.money_full(total, c)) } }
                @if before > 0 { span.dim { (loc.tv("case-remedies-before", &[("amount", loc.money_full(before, c).into())])) } }
                span.sp {}
                @if left.is_some_and(|l| total > l) { span.red { (loc.tv("case-beyond", &[("amount", loc.money_full(total - left.unwrap_or(0), c).into())])) } }
                @else if total > 0 { span.green { (loc.t("case-within")) } }
            }
        }
    })
}

/// The request that waits, or what came of the last.
fn requested(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    let c = v.visit.house.currency;
    let Some(r) = v.requests.first().filter(|r| r.round == v.round()) else {
        return html! {};
    };
    match r.state.as_str() {
        "open" => {
            let mine = r.asked_by.is_some() && r.asked_by == v.visit.actor.user;
            let words = loc.tv(
                "case-request-open",
                &[
                    ("who", v.name(r.asked_by).into()),
                    ("total", loc.money_full(r.total, c).into()),
                    ("beyond", loc.money_full(r.beyond, c).into()),
                ],
            );
            html! {
                (ui::callout(Tone::Warn, words))
                @if v.visit.may("case.approve") && !mine {
                    div.btn-row.wrap {
                        (ui::btn(loc.t("case-request-yes")).icon("user-check").primary().submit().attr("name", "decide").attr("value", "yes").attr("formnovalidate", ""))
                        (ui::btn(loc.t("case-request-no")).icon("x").submit().attr("name", "decide").attr("value", "no").attr("formnovalidate", ""))
                    }
                }
            }
        }
        "refused" => ui::callout(
            Tone::Bad,
            html! { (loc.tv("case-request-refused", &[("who", v.name(r.decided_by).into())])) " " (r.note) },
        ),
        _ => html! {},
    }
}
