//! Groups in words: their names from what sets them apart, their values in units, the card on a customer's page.

use super::report::Group;
use super::{INDICATORS, latest, read};
use crate::model::whole;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_web::Visit;
use zhike_web::locale::{Lang, Locale};
use zhike_web::ui;

/// The name of a group: what it has more or less of than the others, the strongest first.
pub fn name(loc: &Locale, group: &Group) -> String {
    let marks = group.marks.iter().filter_map(|(column, z)| {
        let what = INDICATORS.get(*column)?;
        let way = if *z > 0.0 { "high" } else { "low" };
        Some(loc.t(&format!("cluster-{way}-{what}")))
    });
    let marks: Vec<String> = marks.collect();
    if marks.is_empty() {
        return loc.t("cluster-average");
    }
    let mut text = marks.join(if loc.is_zh() { "、" } else { ", " });
    if !loc.is_zh()
        && let Some(first) = text.get(..1).map(str::to_uppercase)
    {
        text.replace_range(..1, &first);
    }
    text
}

/// The same in the other language.
pub fn in_english(loc: &Locale, group: &Group) -> String {
    let other = Locale {
        lang: Lang::En,
        ..loc.clone()
    };
    name(&other, group)
}

/// A value of an indicator as people write it.
pub fn value(visit: &Visit, indicator: &str, v: f64) -> String {
    let loc = &visit.loc;
    match indicator {
        "sales" | "basket" => crate::pages::words(visit, whole(v)),
        "trend" | "discount" | "returns" => loc.percent(v, 0),
        "late" => loc.number(v, 1),
        _ => loc.number(v, 0),
    }
}

/// The card on a customer's page; nothing for who is in no group.
pub async fn card(visit: &Visit, party: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let (Some(number), Some(run)) = (read::of(&visit.ctx, party).await?, latest(visit.db()).await?) else {
        return Ok(html! {});
    };
    let Some(group) = run.report.group(number) else {
        return Ok(html! {});
    };
    let link = html! { a.link.sm href={ "/value/clusters#cluster-" (number) } { (loc.t("cluster-open")) } };
    Ok(html! { (ui::card(loc.t("cluster-one")).actions(link).body(html! {
        p style="margin:0" { b { (number) } " · " (name(loc, group)) }
        p.xs.dim style="margin:6px 0 0" { (loc.tv("cluster-share", &[
            ("n", group.customers.into()), ("all", run.report.customers.into())])) }
    })) })
}
