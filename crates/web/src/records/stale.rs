//! When two people change a record at once: what each did, and the choice between them.

use super::show::{self, label};
use crate::{
    answer::{Answer, html_with},
    screen::Screen,
    ui,
    visit::Visit,
};
use axum::http::StatusCode;
use maud::html;
use zhike_kernel::{Result, Values};
use zhike_store::{Logged, Record, RecordType, event, read};

/// The last change of a record, or of one of its fields.
pub(super) async fn last_change(
    visit: &Visit,
    ty: &RecordType,
    id: i64,
    field: Option<&str>,
) -> Result<Option<Logged>> {
    let events = event::of_record(visit.db(), ty.name, id, 50).await?;
    let hit = field.and_then(|f| events.iter().position(|e| e.changes.contains_key(f)));
    Ok(events.into_iter().nth(hit.unwrap_or(0)))
}

/// "He Min changed “next step” to “send sample” 3 min ago."
pub(super) fn sentence(visit: &Visit, last: Option<&Logged>, field: &str, theirs: &str) -> String {
    let value = if theirs.is_empty() { "—" } else { theirs };
    let (who, when) = last.map_or_else(
        || ("—".to_owned(), String::new()),
        |e| (e.actor.clone(), visit.loc.relative(e.at, visit.now())),
    );
    visit.loc.tv(
        "records-conflict-field",
        &[
            ("who", who.into()),
            ("field", field.into()),
            ("value", value.into()),
            ("when", when.into()),
        ],
    )
}

/// The record as it stood at `version`, told from the log: each version since is one event.
fn base(record: &Record, version: i64, events: &[Logged]) -> Values {
    let steps = usize::try_from(record.version - version).unwrap_or(0);
    let mut values = record.values.clone();
    for event in events.iter().take(steps) {
        for (field, change) in &event.changes {
            values.insert(field.clone(), change.from.clone());
        }
    }
    values
}

/// The page that shows both sides: what the reader changed, and what stands there now.
pub(super) async fn page(
    visit: &Visit,
    ty: &RecordType,
    id: i64,
    version: i64,
    mine: &Values,
    typed: &[(String, String)],
) -> Answer {
    let loc = &visit.loc;
    let record = read::need(&visit.ctx, visit.db(), ty, id).await?;
    let events = event::of_record(visit.db(), ty.name, id, 200).await?;
    let before = base(&record, version, &events);
    let names = show::names(visit, ty, &[mine, &record.values]).await?;
    let title = show::title(visit, ty, id, &record.values);
    // Only what the reader touched is sent again; everything else stays as the other one left it.
    let touched: Vec<_> = ty
        .fields
        .iter()
        .filter(|f| mine.get(f.name).is_some_and(|v| Some(v) != before.get(f.name)))
        .collect();
    let action = ty.url(id);
    let body = html! {
        div.page { section.card { div.card-b style="padding-top:14px" {
            (ui::callout(ui::Tone::Warn, loc.t("records-conflict-text")))
            form.stack.l method="post" action=(action) style="margin-top:14px" {
                (ui::hidden("version", &record.version.to_string()))
                div.tbl-wrap { table.tbl.plain {
                    thead { tr {
                        th scope="col" { (loc.t("records-field")) } th scope="col" { (loc.t("records-yours")) }
                        th scope="col" { (loc.t("records-now")) } th scope="col" { (loc.t("records-changed-by")) }
                    } }
                    tbody {
                        @for f in &touched {
                            @let last = events.iter().find(|e| e.changes.contains_key(f.name));
                            @let same = mine.get(f.name) == record.values.get(f.name);
                            tr {
                                td { (label(visit, ty, f.name)) }
                                td { (show::cell(visit, ty, f, mine, &names)) }
                                td { @if same { span.dim { (loc.t("records-same")) } } @else { (show::cell(visit, ty, f, &record.values, &names)) } }
                                td { @if let Some(e) = last { (e.actor) " · " span title=(loc.stamp(e.at)) { (loc.relative(e.at, visit.now())) } } }
                            }
                        }
                    }
                } }
                @for f in &touched { @for (_, text) in typed.iter().filter(|(n, _)| n == f.name) { (ui::hidden(f.name, text)) } }
                div.btn-row {
                    (ui::btn(loc.t("records-take-mine")).primary().submit())
                    (ui::btn(loc.t("records-take-theirs")).href(ty.url(id)))
                }
            }
        } } }
    };
    let screen = Screen::new(visit, title, ty.name).crumb(loc.t(&format!("{}-many", ty.name)), ty.path);
    html_with(StatusCode::CONFLICT, screen.markup(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zhike_kernel::{Stamp, Value};
    use zhike_store::Change;

    fn logged(field: &str, from: i64, to: i64) -> Logged {
        Logged {
            id: 1,
            at: Stamp(0),
            user: None,
            actor: String::new(),
            door: String::new(),
            kind: "x.changed.v1".into(),
            record_type: "x".into(),
            record: 1,
            party: None,
            changes: [(
                field.to_owned(),
                Change {
                    from: Value::Int(from),
                    to: Value::Int(to),
                },
            )]
            .into(),
            batch: None,
            note: None,
        }
    }

    #[test]
    fn goes_back_as_many_versions_as_there_are_between() {
        let record = Record {
            id: 1,
            version: 4,
            created_at: Stamp(0),
            updated_at: Stamp(0),
            archived_at: None,
            values: Values::from([("a".to_owned(), Value::Int(3)), ("b".to_owned(), Value::Int(9))]),
        };
        let events = [logged("a", 2, 3), logged("b", 8, 9), logged("a", 1, 2)];
        assert_eq!(base(&record, 3, &events).get("a"), Some(&Value::Int(2)));
        assert_eq!(base(&record, 3, &events).get("b"), Some(&Value::Int(9)));
        let first = base(&record, 1, &events);
        assert_eq!(
            (first.get("a"), first.get("b")),
            (Some(&Value::Int(1)), Some(&Value::Int(8)))
        );
    }
}
