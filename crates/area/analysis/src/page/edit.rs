//! What the forms of steps do: each is one change of the chain, which can be undone.

use crate::chain::Step;
use crate::chain::step::{self, MOST, Measure};
use crate::owned;
use zhike_kernel::{Error, Op, Result, Value, Values};
use zhike_store::{Ctx, Query, Record, binds, read, write};
use zhike_web::{Answer, Fields, Visit, answer, records::ask::Cond};

/// Keeps a chain; the new version and the event, for undo.
pub(crate) async fn keep(
    ctx: &Ctx,
    id: i64,
    version: i64,
    change: impl FnOnce(Vec<Step>) -> Result<Vec<Step>> + Send,
) -> Result<(i64, i64)> {
    let ty = ctx.registry().get("analysis")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    owned::need(ctx, &record)?;
    if record.version != version {
        return Err(Error::stale());
    }
    let steps = change(step::read(record.text("steps")))?;
    if steps.len() > MOST {
        return Err(Error::invalid("error-analysis-steps").with("most", MOST));
    }
    let changes = Values::from([("steps".to_owned(), Value::Text(step::write(&steps)?))]);
    let version = write::update(ctx, &tx, &ty, id, version, changes).await?;
    let sql = "SELECT COALESCE(MAX(id), 0) FROM event WHERE record_type = 'analysis' AND record_id = $1 AND kind = 'analysis.changed.v1'";
    let event = tx.number(sql, binds![id]).await?;
    tx.commit().await?;
    Ok((version, event))
}

fn place(f: &Fields, name: &str) -> Result<usize> {
    usize::try_from(f.need_int(name)?).map_err(|_| Error::field(name, "error-required"))
}

fn texts(f: &Fields, name: &str) -> Vec<String> {
    f.all(name)
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The step that a form describes.
fn described(f: &Fields, old: Option<&Step>) -> Result<Step> {
    let text = |name: &str| f.get(name).unwrap_or("").trim().to_owned();
    Ok(match f.get("kind").unwrap_or("") {
        "source" => {
            let of = text("of");
            // Another source has other columns.
            let same = matches!(old, Some(Step::Source { of: before, .. }) if *before == of);
            Step::Source {
                columns: if same { texts(f, "columns") } else { vec![] },
                of,
            }
        }
        "sql" => Step::Sql {
            text: f.get("text").unwrap_or("").replace("\r\n", "\n").trim().to_owned(),
        },
        "filter" => Step::Filter {
            conditions: vec![],
            filter: serde_json::Value::Null,
        },
        "join" => {
            let (by, of) = (text("by"), text("of"));
            let same = match old {
                Some(Step::Join { by: b, of: o, .. }) => *b == by && *o == of,
                _ => true,
            };
            Step::Join {
                fields: if same { texts(f, "fields") } else { vec![] },
                matching: f.get("matching").is_some(),
                by,
                of,
            }
        }
        "derive" => Step::Derive {
            name: text("name"),
            how: text("how"),
            a: text("a"),
            b: text("b"),
        },
        "group" => {
            let (hows, columns, names): (Vec<&str>, Vec<&str>, Vec<&str>) =
                (f.all("how").collect(), f.all("column").collect(), f.all("as").collect());
            let measures = hows
                .iter()
                .enumerate()
                .filter(|(_, how)| !how.is_empty())
                .map(|(i, how)| Measure {
                    how: (*how).to_owned(),
                    column: columns.get(i).unwrap_or(&"").trim().to_owned(),
                    name: names.get(i).unwrap_or(&"").trim().to_owned(),
                });
            Step::Group {
                by: texts(f, "by"),
                measures: measures.collect(),
            }
        }
        "sort" => {
            let ways: Vec<&str> = f.all("way").collect();
            let by = f.all("by").enumerate().filter(|(_, n)| !n.is_empty());
            Step::Sort {
                by: by.map(|(i, n)| format!("{}{n}", ways.get(i).unwrap_or(&""))).collect(),
                limit: match f.filled("limit") {
                    Some(text) => Some(text.parse().map_err(|_| Error::field("limit", "error-not-a-number"))?),
                    None => None,
                },
            }
        }
        "model" => Step::Model {
            model: text("model"),
            key: text("key"),
            amount: text("amount"),
            date: text("date"),
        },
        "chart" => Step::Chart {
            kind: text("chart"),
            x: text("x"),
            y: texts(f, "y"),
        },
        _ => return Err(Error::field("kind", "error-not-a-choice")),
    })
}

/// The chain changed as a form asks, and the step to show.
fn changed(f: &Fields, mut steps: Vec<Step>) -> Result<(Vec<Step>, Option<usize>)> {
    let gone = || Error::stale();
    match f.get("act").unwrap_or("") {
        "save" => {
            let at = match f.filled("at") {
                Some(_) => Some(place(f, "at")?),
                None => None,
            };
            let new = described(f, at.and_then(|i| steps.get(i)))?;
            let shown = match at {
                Some(at) => {
                    *steps.get_mut(at).ok_or_else(gone)? = new;
                    at
                }
                // What is shown comes last.
                None => {
                    let end = matches!(steps.last(), Some(Step::Chart { .. })) && !matches!(new, Step::Chart { .. });
                    let at = steps.len() - usize::from(end);
                    steps.insert(at, new);
                    at
                }
            };
            Ok((steps, Some(shown)))
        }
        "remove" => {
            let at = place(f, "at")?;
            if at >= steps.len() {
                return Err(gone());
            }
            steps.remove(at);
            Ok((steps, None))
        }
        word @ ("up" | "down") => {
            let at = place(f, "at")?;
            let other = if word == "up" { at.checked_sub(1) } else { Some(at + 1) }.ok_or_else(gone)?;
            if at.max(other) >= steps.len() {
                return Err(gone());
            }
            steps.swap(at, other);
            Ok((steps, None))
        }
        word @ ("chip" | "unchip") => {
            let at = place(f, "at")?;
            let Some(Step::Filter { conditions, filter }) = steps.get_mut(at) else {
                return Err(gone());
            };
            if word == "unchip" {
                let nth = place(f, "nth")?;
                if nth < conditions.len() {
                    conditions.remove(nth);
                } else {
                    *filter = serde_json::Value::Null;
                }
            } else {
                conditions.push(chip(f)?);
            }
            Ok((steps, Some(at)))
        }
        _ => Err(Error::field("act", "error-not-a-choice")),
    }
}

fn chip(f: &Fields) -> Result<String> {
    let field = f.filled("ff").ok_or_else(|| Error::field("ff", "error-required"))?;
    let op = f
        .filled("fo")
        .and_then(Op::parse)
        .ok_or_else(|| Error::field("fo", "error-required"))?;
    let words = texts(f, "fv");
    let text = match f.int("fd") {
        Some(days) if words.is_empty() => format!("today-{days}"),
        _ => words.join(","),
    };
    if text.is_empty() && !matches!(op, Op::Empty | Op::Filled) {
        return Err(Error::field("fv", "error-required"));
    }
    Ok(Cond {
        field: field.to_owned(),
        op,
        text,
    }
    .write())
}

/// `POST /analyses/{id}/set-steps`.
pub(super) async fn post(visit: Visit, id: i64, f: Fields) -> Answer {
    let here = format!("/analyses/{id}/steps");
    if f.get("act") == Some("restore") {
        let steps = step::from_json(&serde_json::from_str(f.get("steps").unwrap_or("")).unwrap_or_default())?;
        let (_, event) = keep(&visit.ctx, id, f.need_int("version")?, |_| Ok(steps)).await?;
        return said(&visit, &here, "analysis-said-restored", event);
    }
    let mut show = None;
    let (_, event) = keep(&visit.ctx, id, f.need_int("version")?, |steps| {
        let (steps, at) = changed(&f, steps)?;
        show = at;
        Ok(steps)
    })
    .await?;
    let to = show.map_or_else(|| here.clone(), |at| format!("{here}?open={at}"));
    let word = match f.get("act") {
        Some("remove") => "analysis-said-removed",
        Some("up" | "down") => "analysis-said-moved",
        _ => "analysis-said-saved",
    };
    said(&visit, &to, word, event)
}

fn said(visit: &Visit, to: &str, key: &str, event: i64) -> Answer {
    let undo = (event > 0).then(|| format!("/undo/event/{event}"));
    answer::go_saying(visit, to, &visit.loc.t(key), undo.as_deref())
}

/// A private copy of an analysis, for who asks.
pub(crate) async fn copied(ctx: &Ctx, id: i64) -> Result<i64> {
    let ty = ctx.registry().get("analysis")?.clone();
    let tx = ctx.begin().await?;
    let record: Record = read::need(ctx, &tx, &ty, id).await?;
    let values = Values::from([
        ("name".to_owned(), format!("{} (2)", record.text("name")).into()),
        ("question".to_owned(), record.get("question").clone()),
        ("steps".to_owned(), record.get("steps").clone()),
        ("sharing".to_owned(), "private".into()),
    ]);
    let new = write::create(ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    Ok(new)
}

/// `POST /analyses/{id}/copy`.
pub(super) async fn copy(visit: Visit, id: i64) -> Answer {
    let new = copied(&visit.ctx, id).await?;
    answer::go_saying(
        &visit,
        &format!("/analyses/{new}"),
        &visit.loc.t("analysis-said-copied"),
        None,
    )
}
