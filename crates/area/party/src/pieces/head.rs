//! Above the tabs: where a merged party went, how it is rated, what it earns and whether it has gone quiet.

use crate::merge::{flow, pages};
use maud::{Markup, html};
use zhike_kernel::{Arg, Result, Value};
use zhike_store::{Record, RecordType, read};
use zhike_web::{
    Visit,
    records::show,
    ui::{self, Hue, Kpi, Tone},
};

/// Fields shown here and in the head above, so that the details need not repeat them.
pub(super) const SHOWN: [&str; 12] = [
    "tier",
    "grade",
    "manual_grade",
    "revenue",
    "profit",
    "receivable",
    "overdue_since_on",
    "orders",
    "last_order_on",
    "rhythm_days",
    "silent_on",
    "months",
];

/// Draws it.
pub(super) async fn draw(visit: &Visit, record: &Record) -> Result<Markup> {
    let ty = visit.registry().get("party")?.clone();
    let survivor = match record.archived_at {
        Some(_) => flow::survivor(visit.db(), record.id).await?,
        None => None,
    };
    if let Some(id) = survivor {
        let names = read::titles(visit.db(), visit.registry(), "party", &[id], visit.latin).await?;
        let name = names.get(&id).map_or("", String::as_str);
        return Ok(ui::callout(
            Tone::Warn,
            html! { (visit.loc.t("party-merged-into")) " " a.link href={ "/parties/" (id) } { b { (name) } } },
        ));
    }
    let figures = figures(visit, &ty, record);
    Ok(html! {
        (pages::recent(visit, record.id).await?)
        @if !figures.is_empty() { (ui::kpis(&figures)) }
    })
}

/// Beside the automatic rating: the one by hand, and whether the two agree.
pub(super) fn rated(visit: &Visit, record: &Record) -> Result<Markup> {
    let (auto, manual) = (record.text("grade"), record.text("manual_grade"));
    if manual.is_empty() {
        return Ok(html! {});
    }
    let ty = visit.registry().get("party")?;
    let words = format!("{} {manual}", show::label(visit, ty, "manual_grade"));
    Ok(match auto {
        "" => ui::badge(Hue::Grey, &words),
        _ if auto == manual => ui::badge(Hue::Green, &visit.loc.t("party-grades-agree")),
        _ => ui::badge(Hue::Amber, &format!("{words} · {}", visit.loc.t("party-grades-differ"))),
    })
}

fn figures(visit: &Visit, ty: &RecordType, record: &Record) -> Vec<Kpi> {
    let loc = &visit.loc;
    let money = |name: &str| {
        let field = ty.field(name)?;
        let value = record.int(name)?;
        if !visit.sees(field) {
            return Some(Kpi::new(show::label(visit, ty, name), show::hidden(visit)));
        }
        let currency = show::currency(visit, field, &record.values);
        Some(Kpi::new(show::label(visit, ty, name), ui::money(loc, value, currency)))
    };
    let mut out = vec![];
    out.extend(money("revenue"));
    if let Some(kpi) = money("profit") {
        let seen = ty.field("profit").is_some_and(|f| visit.sees(f));
        let share = match (record.int("profit"), record.int("revenue")) {
            (Some(p), Some(r)) if r > 0 && seen => i128::from(p)
                .checked_mul(1_000_000)
                .and_then(|n| i64::try_from(n / i128::from(r)).ok()),
            _ => None,
        };
        out.push(match share {
            Some(ppm) => kpi.note(loc.tv("party-margin", &[("share", loc.percent_ppm(ppm).into())])),
            None => kpi,
        });
    }
    if let Some(kpi) = money("receivable") {
        out.push(
            match record.date("overdue_since_on").filter(|day| *day < visit.today()) {
                Some(day) => {
                    let words = loc.tv("party-overdue", &[("day", loc.date_short(day, visit.today()).into())]);
                    kpi.note(html! { span.red { (words) } })
                }
                None => kpi.note(loc.t("party-not-overdue")),
            },
        );
    }
    if let Some(orders) = record.int("orders") {
        out.push(Kpi::new(show::label(visit, ty, "orders"), loc.int(orders)));
    }
    if let Some(last) = record.date("last_order_on") {
        let days = i64::from(visit.today().since(last).map_or(0, |s| s.get_days()));
        let kpi = Kpi::new(
            show::label(visit, ty, "last_order_on"),
            loc.date_short(last, visit.today()),
        );
        out.push(match record.int("rhythm_days").filter(|r| *r > 0) {
            Some(rhythm) => {
                let words = loc.tv("party-rhythm", &[("days", Arg::Int(days)), ("usual", Arg::Int(rhythm))]);
                // One and a half times the usual interval is late; the alarm itself is the insight area's.
                kpi.note(html! { span.red[days * 2 > rhythm * 3] { (words) } })
            }
            None => kpi.note(loc.tv("party-days-since", &[("days", Arg::Int(days))])),
        });
    }
    if out.is_empty()
        && let (Some(Value::Int(_)), Some(field)) = (record.values.get("credit_limit"), ty.field("credit_limit"))
        && visit.sees(field)
    {
        let currency = show::currency(visit, field, &record.values);
        let value = record.int("credit_limit").unwrap_or(0);
        out.push(Kpi::new(
            show::label(visit, ty, "credit_limit"),
            ui::money(loc, value, currency),
        ));
    }
    out
}
