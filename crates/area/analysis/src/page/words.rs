//! What a step does, in a sentence.

use crate::chain::{Col, Step};
use zhike_lake::bench::fact;
use zhike_web::Visit;
use zhike_web::records::ask::Cond;

fn column(visit: &Visit, cols: &[Col], name: &str) -> String {
    let found = cols.iter().find(|c| c.name == name);
    found.map_or_else(|| name.to_owned(), |c| c.label.words(visit))
}

/// The name of a source.
pub(super) fn source(visit: &Visit, of: &str) -> String {
    let loc = &visit.loc;
    let key = if fact::find(of).is_some() {
        format!("fact-{of}")
    } else {
        format!("{of}-many")
    };
    if loc.has(&key) { loc.t(&key) } else { of.to_owned() }
}

/// A chip's condition in words, from its text.
pub(super) fn condition(visit: &Visit, cols: &[Col], text: &str) -> String {
    let Some(cond) = Cond::parse(text) else {
        return text.to_owned();
    };
    let op = visit.loc.t(&format!("records-op-{}", cond.op.name()));
    let col = cols.iter().find(|c| c.name == cond.field);
    let value = match col.and_then(|c| c.like.as_ref()) {
        Some((ty, field)) => match visit.registry().get(ty).ok().and_then(|t| Some((t, t.field(field)?))) {
            Some((ty, field)) => {
                let words: Vec<String> = cond
                    .words()
                    .map(|w| zhike_web::records::show::choice(visit, ty, field, w))
                    .collect();
                words.join(", ")
            }
            None => cond.text.clone(),
        },
        None => cond.text.clone(),
    };
    format!("{} {op} {value}", column(visit, cols, &cond.field))
        .trim_end()
        .to_owned()
}

/// The sentence of a step; `cols` are the columns before it.
pub(super) fn step(visit: &Visit, step: &Step, cols: &[Col]) -> String {
    let loc = &visit.loc;
    let named = |name: &str| column(visit, cols, name);
    let list = |names: &[String]| -> String {
        let words: Vec<String> = names.iter().map(|n| named(n)).collect();
        words.join(if loc.is_zh() { "、" } else { ", " })
    };
    match step {
        Step::Source { of, .. } => source(visit, of),
        Step::Sql { text } => text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(90)
            .collect(),
        Step::Filter { conditions, filter } => {
            let mut all: Vec<String> = conditions.iter().map(|c| condition(visit, cols, c)).collect();
            if !filter.is_null() {
                all.push(loc.t("records-condition-by-program"));
            }
            if all.is_empty() {
                loc.t("records-condition-all")
            } else {
                all.join(" · ")
            }
        }
        Step::Join { by, of, fields, .. } => {
            let what = if of.is_empty() {
                fields.len().to_string()
            } else {
                source(visit, of)
            };
            let key = if of.is_empty() {
                "analysis-says-join"
            } else {
                "analysis-says-join-facts"
            };
            loc.tv(key, &[("by", named(by).into()), ("what", what.into())])
        }
        Step::Derive { name, how, a, b } => {
            let how = loc.t(&format!("analysis-derive-{how}"));
            let b = if b.is_empty() {
                String::new()
            } else {
                format!(" · {}", named(b))
            };
            if name.is_empty() {
                format!("{how}: {}{b}", named(a))
            } else {
                format!("{name} = {how}: {}{b}", named(a))
            }
        }
        Step::Group { by, measures } => {
            let what: Vec<String> = measures
                .iter()
                .map(|m| {
                    let how = loc.t(&format!("analysis-measure-{}", m.how));
                    if m.column.is_empty() {
                        how
                    } else {
                        format!("{how} {}", named(&m.column))
                    }
                })
                .collect();
            let by = if by.is_empty() {
                loc.t("analysis-all-rows")
            } else {
                list(by)
            };
            loc.tv(
                "analysis-says-group",
                &[("by", by.into()), ("what", what.join(", ").into())],
            )
        }
        Step::Sort { by, limit } => {
            let words: Vec<String> = by
                .iter()
                .map(|n| match n.strip_prefix('-') {
                    Some(n) => format!("{} ↓", named(n)),
                    None => format!("{} ↑", named(n)),
                })
                .collect();
            let most = limit.map(|n| format!(" · {}", loc.tv("analysis-says-limit", &[("n", n.into())])));
            format!("{}{}", words.join(", "), most.unwrap_or_default())
        }
        Step::Model { model, key, amount, .. } => {
            format!(
                "{}: {} · {}",
                loc.t(&format!("analysis-model-{model}")),
                named(key),
                named(amount)
            )
        }
        Step::Chart { kind, y, .. } => {
            let kind = loc.t(&format!("analysis-chart-{kind}"));
            if y.is_empty() {
                kind
            } else {
                format!("{kind}: {}", list(y))
            }
        }
    }
}

/// The icon of a step.
pub(super) fn icon(step: &str) -> &'static str {
    match step {
        "source" => "database",
        "sql" => "api",
        "filter" => "filter",
        "join" => "git-merge",
        "derive" => "calculator",
        "group" => "stack",
        "sort" => "arrows-sort",
        "model" => "chart-dots",
        _ => "chart-bar",
    }
}
