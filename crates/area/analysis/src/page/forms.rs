//! The forms of steps. What a form offers are the columns there are before its step.

use super::words;
use crate::chain::plan;
use crate::chain::step::{CHARTS, DERIVED, MEASURES, MODELS, Measure};
use crate::chain::{Col, Kind, Step};
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_lake::bench::fact;
use zhike_store::{FieldKind, Record};
use zhike_web::{
    Fields, Visit,
    ui::{self, Choice, Field},
};

/// Measures that a form offers at once.
const LINES: usize = 5;

/// The columns as choices.
fn columns(visit: &Visit, cols: &[Col], fit: impl Fn(&Col) -> bool) -> Vec<Choice> {
    let choice = |c: &Col| Choice::new(c.name.clone(), c.label.words(visit));
    cols.iter().filter(|c| fit(c)).map(choice).collect()
}

fn listed(visit: &Visit, words: &[&str], prefix: &str) -> Vec<Choice> {
    words
        .iter()
        .map(|w| Choice::new(*w, visit.loc.t(&format!("{prefix}-{w}"))))
        .collect()
}

/// The form of a new step.
pub(super) async fn fresh(
    visit: &Visit,
    analysis: &Record,
    word: &str,
    cols: &[Col],
    query: &Fields,
) -> Result<Markup> {
    let none = String::new;
    let step = match word {
        "source" => Step::Source {
            of: "order_line".into(),
            columns: vec![],
        },
        "sql" => Step::Sql { text: none() },
        "filter" => Step::Filter {
            conditions: vec![],
            filter: serde_json::Value::Null,
        },
        "join" => Step::Join {
            by: none(),
            of: none(),
            fields: vec![],
            matching: false,
        },
        "derive" => Step::Derive {
            name: none(),
            how: none(),
            a: none(),
            b: none(),
        },
        "group" => Step::Group {
            by: vec![],
            measures: vec![],
        },
        "sort" => Step::Sort {
            by: vec![],
            limit: None,
        },
        "model" => Step::Model {
            model: none(),
            key: none(),
            amount: none(),
            date: none(),
        },
        _ => Step::Chart {
            kind: "table".into(),
            x: none(),
            y: vec![],
        },
    };
    let form = Box::pin(form(visit, analysis, &step, cols, None, query)).await?;
    let title = visit.loc.t(&format!("analysis-step-{}", step.word()));
    Ok(
        html! { section.card id="new-step" { div.card-h { (ui::icon(words::icon(step.word()))) h2 { (title) } } div.card-b { (form) } } },
    )
}

/// The form of a step at a place, or of a new one.
pub(super) async fn form(
    visit: &Visit,
    analysis: &Record,
    step: &Step,
    cols: &[Col],
    at: Option<usize>,
    query: &Fields,
) -> Result<Markup> {
    let loc = &visit.loc;
    if let (Step::Filter { conditions, filter }, Some(at)) = (step, at) {
        return super::chips::chips(visit, analysis, (conditions, filter), cols, at, query).await;
    }
    let body = match step {
        Step::Source { of, columns } => source(visit, of, columns)?,
        Step::Sql { text } => sql(visit, text),
        Step::Filter { .. } => html! { p.sm.mut { (loc.t("analysis-filter-next")) } },
        Step::Join {
            by,
            of,
            fields,
            matching,
        } => join(visit, cols, (by, of), fields, *matching)?,
        Step::Derive { name, how, a, b } => derive(visit, cols, [name, how, a, b]),
        Step::Group { by, measures } => group(visit, cols, by, measures),
        Step::Sort { by, limit } => sort(visit, cols, by, *limit),
        Step::Model {
            model,
            key,
            amount,
            date,
        } => model_form(visit, cols, [model, key, amount, date]),
        Step::Chart { kind, x, y } => chart(visit, cols, kind, x, y),
    };
    let here = format!("/analyses/{}/steps", analysis.id);
    Ok(html! {
        form.stack.l data-stay method="post" action={ "/analyses/" (analysis.id) "/set-steps" } {
            (ui::hidden("act", "save")) (ui::hidden("kind", step.word())) (ui::hidden("version", &analysis.version.to_string()))
            @if let Some(at) = at { (ui::hidden("at", &at.to_string())) }
            (body)
            div.btn-row {
                (ui::btn(loc.t(if at.is_some() { "analysis-apply" } else { "analysis-add" })).primary().submit())
                (ui::btn(loc.t("web-cancel")).ghost().href(here.clone()))
            }
        }
    })
}

/// Boxes to tick.
fn ticks(name: &str, legend: &str, choices: &[Choice], on: impl Fn(&str) -> bool) -> Markup {
    html! {
        fieldset.field { legend.lab { (legend) }
            div.row.wrap style="gap:6px 16px;max-height:240px;overflow:auto" {
                @for c in choices { label.row style="gap:6px" {
                    input.check type="checkbox" name=(name) value=(c.value) checked[on(&c.value)]; span { (c.label) }
                } }
            }
        }
    }
}

fn source(visit: &Visit, of: &str, chosen: &[String]) -> Result<Markup> {
    let loc = &visit.loc;
    let facts = fact::FACTS.iter().filter(|f| visit.may(f.permission)).map(|f| f.name);
    let mut choices: Vec<Choice> = facts.map(|f| Choice::new(f, words::source(visit, f))).collect();
    let types = plan::record_types(&visit.ctx);
    let mut records: Vec<Choice> = types
        .iter()
        .map(|t| Choice::new(t.name, words::source(visit, t.name)))
        .collect();
    records.sort_by(|a, b| a.label.cmp(&b.label));
    choices.extend(records);
    let ticked = match types.iter().find(|t| t.name == of) {
        None => {
            html! { p.sm.mut { (loc.tv("analysis-facts-text", &[("currency", visit.house.currency.code().into())])) } }
        }
        Some(ty) => {
            let usual: Vec<&str> = plan::chosen(ty, &[])?.iter().map(|f| f.name).collect();
            let fields: Vec<Choice> = plan::readable(ty)
                .map(|f| Choice::new(f.name, zhike_web::records::show::label(visit, ty, f.name)))
                .collect();
            ticks("columns", &loc.t("analysis-part-columns"), &fields, |name| {
                if chosen.is_empty() {
                    usual.contains(&name)
                } else {
                    chosen.iter().any(|c| c == name)
                }
            })
        }
    };
    Ok(html! { (Field::new("of", loc.t("analysis-part-of")).select(&choices, of, None)) (ticked) })
}

fn sql(visit: &Visit, text: &str) -> Markup {
    let loc = &visit.loc;
    let facts = fact::FACTS.iter().filter(|f| visit.may(f.permission));
    html! {
        (Field::new("text", loc.t("analysis-part-text")).required(true).attr("spellcheck", "false")
            .attr("style", "font-family:ui-monospace,monospace").hint(loc.t("analysis-sql-hint")).textarea(text, 8))
        details { summary.sm { (loc.t("analysis-sql-tables")) }
            @for f in facts { p.sm style="margin:6px 0" {
                b { (f.name) } " " @for c in f.columns.iter().filter(|c| c.needs.is_none_or(|p| visit.may(p))) { code { (c.name) } " " }
            } }
        }
    }
}

fn join(visit: &Visit, cols: &[Col], (by, of): (&str, &str), fields: &[String], matching: bool) -> Result<Markup> {
    let loc = &visit.loc;
    let refs = columns(visit, cols, |c| matches!(c.kind, Kind::Ref(_) | Kind::User));
    let by = if by.is_empty() {
        refs.first().map_or("", |c| c.value.as_str())
    } else {
        by
    };
    let to = match cols.iter().find(|c| c.name == by).map(|c| &c.kind) {
        Some(Kind::Ref(to)) => to.as_str(),
        _ => "user",
    };
    let facts = fact::FACTS.iter().filter(|f| visit.may(f.permission));
    let about: Vec<&fact::Fact> = facts
        .filter(|f| f.columns.iter().any(|c| c.kind == FieldKind::Ref("party")) && to == "party")
        .collect();
    let mut sources = vec![Choice::new("", loc.t("analysis-join-record"))];
    sources.extend(about.iter().map(|f| Choice::new(f.name, words::source(visit, f.name))));
    let offered: Vec<Choice> = if of.is_empty() {
        match plan::record_type(&visit.ctx, to) {
            Ok(ty) => plan::readable(&ty)
                .map(|f| Choice::new(f.name, zhike_web::records::show::label(visit, &ty, f.name)))
                .collect(),
            Err(_) => vec![],
        }
    } else {
        let mut all = vec![Choice::new("count", loc.t("analysis-measure-rows"))];
        let seen = about
            .iter()
            .filter(|f| f.name == of)
            .flat_map(|f| f.columns)
            .filter(|c| c.needs.is_none_or(|p| visit.may(p)));
        for c in seen {
            let kind = Kind::of(c.kind);
            let label = loc.t(&format!("fact-{}", c.name));
            let measures: &[&str] = if kind.is_number() {
                &["sum"]
            } else if kind == Kind::Date {
                &["least", "most"]
            } else {
                &[]
            };
            for how in measures {
                let words = loc.tv(&format!("analysis-measured-{how}"), &[("what", label.as_str().into())]);
                all.push(Choice::new(format!("{how}:{}", c.name), words));
            }
        }
        all
    };
    Ok(html! {
        div.g2 {
            (Field::new("by", loc.t("analysis-part-by")).required(true).select(&refs, by, None))
            (Field::new("of", loc.t("analysis-part-join-of")).select(&sources, of, None))
        }
        (ticks("fields", &loc.t("analysis-part-fields"), &offered, |name| fields.iter().any(|f| f == name)))
        (Field::new("matching", loc.t("analysis-part-matching")).checkbox(matching))
    })
}

fn derive(visit: &Visit, cols: &[Col], [name, how, a, b]: [&String; 4]) -> Markup {
    let loc = &visit.loc;
    let fit = columns(visit, cols, |c| c.kind.is_number() || c.kind == Kind::Date);
    html! {
        div.g2 {
            (Field::new("name", loc.t("analysis-part-name")).text(name))
            (Field::new("how", loc.t("analysis-part-how")).required(true).select(&listed(visit, &DERIVED, "analysis-derive"), how, None))
            (Field::new("a", loc.t("analysis-part-a")).required(true).select(&fit, a, None))
            (Field::new("b", loc.t("analysis-part-b")).hint(loc.t("analysis-part-b-hint")).select(&fit, b, Some("—")))
        }
    }
}

fn group(visit: &Visit, cols: &[Col], by: &[String], measures: &[Measure]) -> Markup {
    let loc = &visit.loc;
    let all = columns(visit, cols, |_| true);
    let keys = columns(visit, cols, |c| c.kind != Kind::Money);
    let how = listed(visit, &MEASURES, "analysis-measure");
    let lines = LINES.max(measures.len() + 1);
    html! {
        (ticks("by", &loc.t("analysis-part-group-by"), &keys, |name| by.iter().any(|b| b == name)))
        fieldset.field { legend.lab { (loc.t("analysis-part-measures")) }
            @for i in 0..lines {
                @let m = measures.get(i);
                @let n = (i + 1).to_string();
                div.g3 style="gap:8px;margin-bottom:6px" {
                    (Field::new("how", loc.tv("analysis-measure-nth", &[("n", n.as_str().into())])).id(format!("how-{i}")).select(&how, m.map_or(if i == 0 { "count" } else { "" }, |m| &m.how), Some("—")))
                    (Field::new("column", loc.t("analysis-part-column")).id(format!("column-{i}")).select(&all, m.map_or("", |m| &m.column), Some("—")))
                    (Field::new("as", loc.t("analysis-part-as")).id(format!("as-{i}")).text(m.map_or("", |m| &m.name)))
                }
            }
        }
    }
}

fn sort(visit: &Visit, cols: &[Col], by: &[String], limit: Option<i64>) -> Markup {
    let loc = &visit.loc;
    let all = columns(visit, cols, |_| true);
    let ways = [
        Choice::new("-", loc.t("analysis-sort-down")),
        Choice::new("", loc.t("analysis-sort-up")),
    ];
    html! {
        @for i in 0..2_usize {
            @let is = by.get(i).map_or("", String::as_str);
            @let down = is.starts_with('-') || is.is_empty();
            div.g2 style="gap:8px" {
                (Field::new("by", loc.t(if i == 0 { "analysis-part-sort" } else { "analysis-part-then" })).id(format!("by-{i}"))
                    .select(&all, is.strip_prefix('-').unwrap_or(is), (i > 0).then_some("—")))
                (Field::new("way", loc.t("analysis-part-way")).id(format!("way-{i}")).select(&ways, if down { "-" } else { "" }, None))
            }
        }
        (Field::new("limit", loc.t("analysis-part-limit")).hint(loc.t("analysis-part-limit-hint")).number(&limit.map(|n| n.to_string()).unwrap_or_default()))
    }
}

fn model_form(visit: &Visit, cols: &[Col], [model, key, amount, date]: [&String; 4]) -> Markup {
    let loc = &visit.loc;
    let keys = columns(visit, cols, |c| !c.kind.is_number());
    let amounts = columns(visit, cols, |c| c.kind.is_number() && c.kind != Kind::Rate);
    let days = columns(visit, cols, |c| c.kind == Kind::Date);
    html! {
        div.g2 {
            (Field::new("model", loc.t("analysis-part-model")).required(true).select(&listed(visit, &MODELS, "analysis-model"), model, None))
            (Field::new("key", loc.t("analysis-part-key")).required(true).select(&keys, key, None))
            (Field::new("amount", loc.t("analysis-part-amount")).required(true).select(&amounts, amount, None))
            (Field::new("date", loc.t("analysis-part-date")).hint(loc.t("analysis-part-date-hint")).select(&days, date, Some("—")))
        }
    }
}

fn chart(visit: &Visit, cols: &[Col], kind: &str, x: &str, y: &[String]) -> Markup {
    let loc = &visit.loc;
    let numbers = columns(visit, cols, |c| c.kind.is_number());
    html! {
        div.g2 {
            (Field::new("chart", loc.t("analysis-part-chart")).required(true).select(&listed(visit, &CHARTS, "analysis-chart"), kind, None))
            (Field::new("x", loc.t("analysis-part-x")).select(&columns(visit, cols, |_| true), x, Some("—")))
        }
        (ticks("y", &loc.t("analysis-part-y"), &numbers, |name| y.iter().any(|n| n == name)))
    }
}
