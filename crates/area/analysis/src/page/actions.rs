//! What is done about an analysis: tasks that were opened from it, those to come and those that are done with what came of them.

use maud::{Markup, html};
use zhike_kernel::{Filter, Op, Result};
use zhike_store::Record;
use zhike_web::{Visit, input::percent_encode, records, ui};

/// The tab.
pub(super) async fn tab(visit: &Visit, analysis: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let about = || Filter::is("record_type", "analysis").and(Filter::is("record_id", analysis.id));
    let ended = || Filter::Field {
        field: "status".into(),
        op: Op::In,
        values: vec!["done".into(), "dropped".into()],
    };
    let new = format!(
        "/tasks/new?record_type=analysis&record_id={}&title={}",
        analysis.id,
        percent_encode(&loc.tv("analysis-task-title", &[("name", analysis.text("name").into())]))
    );
    let open = about().and(Filter::None(Box::new(ended())));
    Ok(html! {
        (ui::card(loc.t("analysis-actions-open"))
            .actions(html! { @if visit.may("task.create") { (ui::btn(loc.t("analysis-task-new")).icon("plus").small().href(new)) } })
            .flush(records::related(visit, "task", open, &["title", "kind", "assignee_id", "due_on", "status"], 50).await?))
        (ui::card(loc.t("analysis-actions-done"))
            .flush(records::related(visit, "task", about().and(ended()), &["title", "kind", "done_by_id", "done_on", "result"], 50).await?))
    })
}
