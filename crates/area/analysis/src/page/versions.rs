//! The versions of the chain: who changed which steps, and the way back. They are read from the event log.

use super::words;
use crate::chain::{Step, step};
use crate::owned;
use maud::{Markup, html};
use zhike_kernel::{Result, Stamp, Value};
use zhike_store::{Query, Record, event};
use zhike_web::{Visit, ui};

/// Events looked at.
const MOST: i64 = 300;

/// A change of the chain.
pub(crate) struct Version {
    pub event: i64,
    pub at: Stamp,
    pub who: String,
    pub before: Vec<Step>,
    pub after: Vec<Step>,
}

/// The changes of a chain, the newest first.
pub(crate) async fn of(q: &dyn Query, analysis: i64) -> Result<Vec<Version>> {
    let events = event::of_record(q, "analysis", analysis, MOST).await?;
    let mut found: Vec<Version> = events
        .into_iter()
        .filter_map(|e| {
            let change = e.changes.get("steps")?;
            let chain = |v: &Value| step::read(v.text().unwrap_or("[]"));
            Some(Version {
                event: e.id,
                at: e.at,
                who: e.actor,
                before: chain(&change.from),
                after: chain(&change.to),
            })
        })
        .collect();
    found.sort_by_key(|v| std::cmp::Reverse(v.event));
    Ok(found)
}

/// Which steps came, went or changed: (what, number, step).
pub(crate) fn different<'a>(before: &'a [Step], after: &'a [Step]) -> Vec<(&'static str, usize, &'a Step)> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let rest = (before.len() - head).min(after.len() - head);
    let tail = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let (old, new) = (before.len() - head - tail, after.len() - head - tail);
    let mut out = vec![];
    for i in 0..old.max(new) {
        match (
            before.get(head + i).filter(|_| i < old),
            after.get(head + i).filter(|_| i < new),
        ) {
            (Some(_), Some(now)) => out.push(("changed", head + i + 1, now)),
            (None, Some(now)) => out.push(("came", head + i + 1, now)),
            (Some(was), None) => out.push(("went", head + i + 1, was)),
            (None, None) => {}
        }
    }
    out
}

/// The tab.
pub(super) async fn tab(visit: &Visit, analysis: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let versions = of(visit.db(), analysis.id).await?;
    if versions.is_empty() {
        return Ok(
            html! { (ui::card("").body(ui::empty("versions", &loc.t("analysis-versions-none"), &loc.t("analysis-versions-text"), html! {}))) },
        );
    }
    let mine = visit.may("analysis.edit") && owned::may_change(&visit.ctx, analysis) && analysis.archived_at.is_none();
    let now = step::read(analysis.text("steps"));
    let back = |steps: &[Step]| -> Result<Markup> {
        let text = step::write(steps)?;
        Ok(html! { @if mine && *steps != now {
            form data-stay method="post" action={ "/analyses/" (analysis.id) "/set-steps" } style="margin:0" {
                (ui::hidden("act", "restore")) (ui::hidden("version", &analysis.version.to_string())) (ui::hidden("steps", &text))
                (ui::btn(loc.t("analysis-restore")).small().icon("arrow-back-up").submit())
            }
        } })
    };
    let mut rows = vec![];
    for v in &versions {
        let says: Vec<String> = different(&v.before, &v.after)
            .into_iter()
            .map(|(what, n, step)| {
                let words = format!(
                    "{} {}",
                    loc.t(&format!("analysis-step-{}", step.word())),
                    words::step(visit, step, &[])
                );
                loc.tv(
                    &format!("analysis-step-{what}"),
                    &[("n", n.into()), ("what", words.into())],
                )
            })
            .collect();
        rows.push(html! { tr {
            td.nw { (loc.stamp(v.at)) } td.nw { (v.who) } td.wrap { @for line in &says { div.sm { (line) } } }
            td.num.r { (v.after.len()) } td { (back(&v.after)?) }
        } });
    }
    Ok(
        html! { (ui::card(loc.t("analysis-tab-versions")).flush(html! { table.tbl.plain {
            thead { tr { th { (loc.t("analysis-when")) } th { (loc.t("analysis-who")) } th { (loc.t("analysis-what")) } th.r { (loc.t("analysis-tab-steps")) } th {} } }
            tbody { @for row in &rows { (row) } }
        } })) },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let sort = |n: &str| Step::Sort {
            by: vec![n.into()],
            limit: None,
        };
        let (a, b, c, d) = (sort("a"), sort("b"), sort("c"), sort("d"));
        let chain = |all: &[&Step]| -> Vec<Step> { all.iter().map(|s| (*s).clone()).collect() };
        let told = |x: &[Step], y: &[Step]| -> Vec<(&'static str, usize)> {
            different(x, y).into_iter().map(|t| (t.0, t.1)).collect()
        };
        assert_eq!(told(&chain(&[&a, &b, &c]), &chain(&[&a, &d, &c])), [("changed", 2)]);
        assert_eq!(told(&chain(&[&a, &c]), &chain(&[&a, &b, &c])), [("came", 2)]);
        assert_eq!(told(&chain(&[&a, &b, &c]), &chain(&[&a, &c])), [("went", 2)]);
        assert_eq!(told(&chain(&[&a, &a]), &chain(&[&a, &a, &a])), [("came", 3)]);
        assert_eq!(told(&chain(&[&a]), &chain(&[&a])), []);
    }
}
