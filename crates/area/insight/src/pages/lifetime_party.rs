//! The lifetime value of one customer on the customer's page, with the sum that leads to it.

use super::lifetime::{alive, range, refusal};
use super::{money, words};
use crate::lifetime::{read, store};
use crate::model::float;
use maud::{Markup, Render, html};
use zhike_kernel::Result;
use zhike_web::Visit;
use zhike_web::ui;

/// The card; nothing before the first computation.
pub(super) async fn card(visit: &Visit, party: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let Some(run) = store::latest(visit.db()).await? else {
        return Ok(html! {});
    };
    let Some(l) = read::one(&visit.ctx, party).await? else {
        return Ok(html! {});
    };
    let title = ui::card(loc.t("lifetime-title"))
        .actions(html! { a.link.sm href="/value/lifetime" { (loc.t("lifetime-how")) } });
    if let Some(why) = run.report.refusal {
        return Ok(title.body(html! { p.sm.mut { (refusal(visit, &run, why)) } }).render());
    }
    let open = visit.may("profit.view");
    let mut rows: Vec<(String, Markup)> = vec![];
    if let Some(npv) = l.npv.filter(|_| open) {
        let interval = range(visit, l.npv_low, l.npv_high).unwrap_or_else(|| loc.t("lifetime-no-range"));
        rows.push((
            loc.t("party-npv"),
            html! { b { (money(visit, npv)) } " " span.xs.mut { (interval) } },
        ));
    }
    rows.push((loc.t("party-p_alive"), alive(visit, l.p_alive)));
    let expected = l
        .expected
        .map_or_else(|| "—".to_owned(), |e| loc.number(float(e) / 1e3, 1));
    rows.push((loc.t("party-expected"), html! { span.num { (expected) } }));
    let limit = l.limit_days.map(|limit| {
        let args = [("days", (l.t_days - l.t_x_days).into()), ("limit", limit.into())];
        loc.tv("lifetime-silent-days", &args)
    });
    if let Some(limit) = limit {
        rows.push((loc.t("lifetime-silent"), html! { span.num { (limit) } }));
    }
    let weeks = |days: i64| loc.number(float(days) / 7.0, 1);
    let said = loc.tv(
        "lifetime-said",
        &[
            ("x", l.x.into()),
            ("last", weeks(l.t_x_days).into()),
            ("seen", weeks(l.t_days).into()),
        ],
    );
    let sum = match (l.npv, l.amount, l.margin, l.residual) {
        (Some(npv), Some(amount), Some(margin), Some(residual)) if open && visit.may("cost.view") => Some(loc.tv(
            "lifetime-sum",
            &[
                ("margin", loc.percent_ppm(margin).into()),
                ("amount", words(visit, amount).into()),
                ("residual", loc.number(float(residual) / 1e6, 2).into()),
                ("npv", words(visit, npv).into()),
            ],
        )),
        (None, _, _, Some(_)) if open => Some(loc.t("lifetime-no-amount")),
        _ => None,
    };
    Ok(title
        .body(html! {
            (ui::kv(&rows))
            p.sm.mut style="margin:10px 0 0" { (said) @if let Some(sum) = sum { " " (sum) } }
            p.xs.dim style="margin:6px 0 0" { (loc.t("lifetime-one-note")) }
        })
        .render())
}
