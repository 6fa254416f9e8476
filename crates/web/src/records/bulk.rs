//! Many records changed at once: one batch, told per record what was refused, undone together.

use super::{
    ask::Ask,
    bar,
    inputs::{Inputs, Typed},
    meant,
    show::{self, label},
};
use crate::{
    answer::{Answer, html as page_html, with_toast},
    input::Fields,
    ui,
    visit::Visit,
};
use maud::html;
use zhike_kernel::{Error, Result};
use zhike_store::{Field, List, Record, RecordType, Tx, list, read, write};

/// At most so many records at once.
const MOST: usize = 5_000;
/// So many are written in one transaction.
const CHUNK: usize = 200;
/// So many refusals are listed.
const LISTED: usize = 20;

/// The small form in the bar that asks for the new value.
pub async fn form(visit: Visit, name: &'static str, field: String, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let field = bar::settable(&ty)
        .find(|f| f.name == field)
        .ok_or_else(Error::missing)?;
    let ask = Ask::read(&ty, &q);
    let inputs = Inputs::new(&visit, &ty).await?;
    let at = format!("{}/bulk", ty.path);
    let loc = &visit.loc;
    page_html(html! {
        form.row.wrap method="post" action=(at) hx-post=(at) hx-target="#list" hx-swap="outerMorph" style="margin:0;gap:6px" {
            (ui::hidden("action", "set")) (ui::hidden("field", field.name)) (ui::hidden("ids", "")) (ui::hidden("query", &ask.query()))
            span { (label(&visit, &ty, field.name)) }
            (inputs.bare(field, &Typed::default()))
            label.row { input.check type="checkbox" name="all" value="1"; span { (loc.t("records-bulk-all")) } }
            (ui::btn(loc.t("records-apply")).small().submit())
        }
    })
}

/// What is done to each.
enum Action<'a> {
    Set(&'a Field, String),
    Archive,
}

#[derive(Default)]
struct Outcome {
    done: usize,
    refused: Vec<(String, String)>,
    batch: Option<i64>,
}

/// Does it.
pub async fn run(visit: Visit, name: &'static str, f: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let ask = bar::carried(&ty, &f);
    let action = match f.get("action") {
        Some("archive") => {
            visit.require(&ty.permission("archive"))?;
            Action::Archive
        }
        Some("set") => {
            let field = f.get("field").unwrap_or("");
            let field = bar::settable(&ty)
                .find(|s| s.name == field)
                .ok_or_else(|| Error::invalid("error-no-such-field").with("field", field))?;
            let value = f.all("value").filter(|v| !v.is_empty()).collect::<Vec<_>>().join(" ");
            // A value that cannot be read is refused at once, not record by record.
            write::read_input(&visit.ctx, &ty, None, &[(field.name.to_owned(), value.clone())])?;
            if field.required && value.is_empty() {
                return Err(field.error("error-required").into());
            }
            Action::Set(field, value)
        }
        _ => return Err(Error::invalid("error-request").into()),
    };
    let ids = if f.get("all") == Some("1") {
        Box::pin(matching(&visit, &ty, ask.clone())).await?
    } else {
        ids_of(f.get("ids").unwrap_or(""))
    };
    let outcome = Box::pin(apply(&visit, &ty, &ids, &action)).await?;
    let loc = &visit.loc;
    let notice = html! {
        @if !outcome.refused.is_empty() {
            div style="padding:0 20px 10px" {
                (ui::callout(ui::Tone::Warn, html! {
                    span.line { (loc.tv("records-bulk-refused", &[("count", outcome.refused.len().into())])) }
                    @for (title, why) in outcome.refused.iter().take(LISTED) { span.line { b { (title) } ": " (why) } }
                }))
            }
        }
    };
    let response = bar::again(&visit, &ty, ask, notice).await?;
    let key = if matches!(action, Action::Archive) {
        "records-bulk-archived"
    } else {
        "records-bulk-done"
    };
    let words = loc.tv(key, &[("count", outcome.done.into())]);
    let undo = outcome
        .batch
        .filter(|_| outcome.done > 0)
        .map(|id| format!("/undo/batch/{id}"));
    Ok(with_toast(response, &words, undo.as_deref()))
}

fn ids_of(text: &str) -> Vec<i64> {
    let mut ids: Vec<i64> = text
        .split(',')
        .filter_map(|t| t.trim().parse().ok())
        .take(MOST)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Everything that the list shows, page by page.
async fn matching(visit: &Visit, ty: &RecordType, ask: Ask) -> Result<Vec<i64>> {
    let (_, list) = meant::exactly(visit, ty, ask).await?;
    let mut ids = vec![];
    let mut list = List {
        columns: vec![],
        limit: 1_000,
        cursor: None,
        ..list
    };
    while ids.len() < MOST {
        let page = list::page(&visit.ctx, visit.db(), ty, &list).await?;
        ids.extend(page.lines.iter().map(|l| l.id));
        match page.next {
            Some(next) => list.cursor = Some(next),
            None => break,
        }
    }
    ids.truncate(MOST);
    Ok(ids)
}

async fn apply(visit: &Visit, ty: &RecordType, ids: &[i64], action: &Action<'_>) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for chunk in ids.chunks(CHUNK) {
        let mut tx = visit.ctx.begin().await?;
        match outcome.batch {
            Some(batch) => tx.batch = Some(batch),
            None => {
                let words = match action {
                    Action::Set(field, _) => format!("{} {}", ty.name, field.name),
                    Action::Archive => format!("{} archive", ty.name),
                };
                outcome.batch = Some(tx.open_batch("bulk", &words).await?);
            }
        }
        for record in read::find_many(&visit.ctx, &tx, ty, chunk).await? {
            let title = show::title(visit, ty, record.id, &record.values);
            // What a refused record has written already goes back, the others stay.
            tx.ddl("SAVEPOINT bulk_one").await?;
            match one(visit, &tx, ty, record, action).await {
                Ok(changed) => {
                    tx.ddl("RELEASE SAVEPOINT bulk_one").await?;
                    outcome.done += usize::from(changed);
                }
                Err(e) if e.kind != zhike_kernel::Kind::Broken => {
                    tx.ddl("ROLLBACK TO SAVEPOINT bulk_one").await?;
                    tx.ddl("RELEASE SAVEPOINT bulk_one").await?;
                    let mut why = visit.loc.error(&e);
                    for field in &e.fields {
                        why.push(' ');
                        why.push_str(&visit.loc.field_error(field));
                    }
                    outcome.refused.push((title, why));
                }
                Err(e) => return Err(e),
            }
        }
        tx.commit().await?;
    }
    Ok(outcome)
}

async fn one(visit: &Visit, tx: &Tx, ty: &RecordType, record: Record, action: &Action<'_>) -> Result<bool> {
    let (id, version) = (record.id, record.version);
    let new = match action {
        Action::Archive => write::archive(&visit.ctx, tx, ty, id, version, true).await?,
        Action::Set(field, text) => {
            let input = [(field.name.to_owned(), text.clone())];
            let values = write::read_input(&visit.ctx, ty, Some(&record), &input)?;
            write::update_from(&visit.ctx, tx, ty, record, version, values).await?
        }
    };
    Ok(new != version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ticked_ids_once_each() {
        assert_eq!(ids_of("3,1, 3,x,2"), [1, 2, 3]);
        assert!(ids_of("").is_empty());
    }
}
