//! Which columns there are after a step, or what is wrong with it. Money is only added to money, compared with money and shared out
//! by rates: what has no sense as a unit is refused where it is asked.

use super::step::{DERIVED, MEASURES, MODELS, Measure};
use super::{Col, Kind, Label, Step};
use std::sync::Arc;
use zhike_kernel::{Error, Result};
use zhike_lake::bench::{Measure as Lake, fact};
use zhike_store::{Ctx, Field, FieldKind, RecordType};

/// The columns of facts for somebody who lacks these permissions.
pub(crate) fn fact_columns(fact: &fact::Fact, lacks: &[&str]) -> Vec<Col> {
    let column = |c: &fact::Column| Col {
        like: c.like.map(|(t, f)| (t.to_owned(), f.to_owned())),
        ..Col::new(c.name, Kind::of(c.kind), Label::Key(format!("fact-{}", c.name)))
    };
    let mut cols: Vec<Col> = fact.seen(lacks).iter().map(column).collect();
    if let Some(first) = cols.first_mut() {
        first.key = true;
    }
    cols
}

/// Types whose records may be a source for these eyes.
pub(crate) fn record_types(ctx: &Ctx) -> Vec<Arc<RecordType>> {
    let mine = ["analysis", "dashboard", "segment"];
    ctx.registry()
        .types()
        .filter(|t| (t.pages || t.parent.is_some()) && !mine.contains(&t.name) && fact::find(t.name).is_none())
        .filter(|t| ctx.actor.may(&t.permission("view")))
        .map(|t| t.seen_by(&ctx.actor))
        .collect()
}

/// Fields of a type that these eyes see whole.
pub(crate) fn readable(ty: &RecordType) -> impl Iterator<Item = &Field> {
    ty.fields
        .iter()
        .filter(|f| !f.hidden && !f.internal && !f.series && f.filterable && f.kind != FieldKind::Long)
}

/// The fields that a source of records gives.
pub(crate) fn chosen<'a>(ty: &'a RecordType, columns: &[String]) -> Result<Vec<&'a Field>> {
    if columns.is_empty() {
        return Ok(readable(ty)
            .filter(|f| f.default_column || f.name == ty.title)
            .collect());
    }
    columns
        .iter()
        .map(|name| {
            readable(ty)
                .find(|f| f.name == name)
                .ok_or_else(|| Error::invalid("error-analysis-column").with("name", name.as_str()))
        })
        .collect()
}

/// A type that may be a source.
pub(crate) fn record_type(ctx: &Ctx, name: &str) -> Result<Arc<RecordType>> {
    let unknown = || Error::invalid("error-analysis-source").with("name", name);
    let ty = ctx.registry().get(name).map_err(|_| unknown())?;
    ctx.require(&ty.permission("view"))?;
    record_types(ctx)
        .into_iter()
        .find(|t| t.name == name)
        .ok_or_else(unknown)
}

/// A column by name.
pub(crate) fn find<'a>(cols: &'a [Col], name: &str) -> Result<(usize, &'a Col)> {
    cols.iter()
        .enumerate()
        .find(|(_, c)| c.name == name)
        .ok_or_else(|| Error::invalid("error-analysis-column").with("name", name))
}

fn word(words: &'static [&'static str], given: &str, field: &str) -> Result<&'static str> {
    let found = words.iter().find(|w| **w == given);
    found.copied().ok_or_else(|| Error::field(field, "error-not-a-choice"))
}

/// A name that somebody gave a column: short, unlike the others, and fit for a chip and the head of a table.
fn named(cols: &[Col], name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::field("name", "error-required"));
    }
    let fit = name.chars().count() <= 60 && !name.starts_with('-') && !name.contains([':', ',', '\n', '\r']);
    if !fit {
        return Err(Error::field("name", "error-analysis-name"));
    }
    if cols.iter().any(|c| c.name == name) {
        return Err(Error::invalid("error-analysis-name-twice").with("name", name));
    }
    Ok(name.to_owned())
}

/// The columns after any step but a query, whose columns only the engine knows.
pub(crate) fn after(ctx: &Ctx, lacks: &[&str], step: &Step, cols: &[Col]) -> Result<Vec<Col>> {
    match step {
        Step::Source { of, columns } => source(ctx, lacks, of, columns),
        Step::Sql { .. } | Step::Filter { .. } => Ok(cols.to_vec()),
        Step::Join { by, of, fields, .. } => {
            let mut out = cols.to_vec();
            for col in joined(ctx, lacks, cols, by, of, fields)?.1 {
                if out.iter().any(|c| c.name == col.name) {
                    return Err(Error::invalid("error-analysis-name-twice").with("name", col.name));
                }
                out.push(col);
            }
            Ok(out)
        }
        Step::Derive { name, how, a, b } => {
            let mut out = cols.to_vec();
            let kind = super::derive::derived(cols, word(&DERIVED, how, "how")?, a, b)?.0;
            let label =
                |name: &str| find(cols, name).map_or_else(|_| Label::Named(String::new()), |c| c.1.label.clone());
            let (name, label) = if name.trim().is_empty() {
                let usual = if b.is_empty() {
                    format!("{how}_{a}")
                } else {
                    format!("{how}_{a}_{b}")
                };
                (
                    usual,
                    Label::Derived(how.clone(), Box::new(label(a)), Box::new(label(b))),
                )
            } else {
                (name.clone(), Label::Named(name.trim().to_owned()))
            };
            out.push(Col::new(&named(cols, &name)?, kind, label));
            Ok(out)
        }
        Step::Group { by, measures } => grouped(cols, by, measures),
        Step::Sort { by, limit } => {
            for name in by {
                find(cols, name.strip_prefix('-').unwrap_or(name))?;
            }
            if by.is_empty() {
                return Err(Error::field("by", "error-required"));
            }
            match limit {
                Some(n) if *n < 1 => Err(Error::field("limit", "error-analysis-limit")),
                _ => Ok(cols.to_vec()),
            }
        }
        Step::Model {
            model,
            key,
            amount,
            date,
        } => {
            word(&MODELS, model, "model")?;
            super::model::columns(model, cols, key, amount, date)
        }
        Step::Chart { kind, x, y } => {
            chart(kind, cols, x, y)?;
            Ok(cols.to_vec())
        }
    }
}

fn source(ctx: &Ctx, lacks: &[&str], of: &str, columns: &[String]) -> Result<Vec<Col>> {
    if let Some(fact) = fact::find(of) {
        ctx.require(fact.permission)?;
        return Ok(fact_columns(fact, lacks));
    }
    let ty = record_type(ctx, of)?;
    let id = Col::new(
        "id",
        Kind::Ref(ty.name.to_owned()),
        Label::Key(format!("{}-one", ty.name)),
    );
    let mut cols = vec![id.key()];
    for field in chosen(&ty, columns)? {
        cols.push(Col::field(&ty, field, field.name.to_owned()));
    }
    Ok(cols)
}

/// What a join brings: for facts, `how:column` or `count`.
pub(crate) fn joined(
    ctx: &Ctx,
    lacks: &[&str],
    cols: &[Col],
    by: &str,
    of: &str,
    fields: &[String],
) -> Result<(usize, Vec<Col>)> {
    let (place, col) = find(cols, by)?;
    let to = match &col.kind {
        Kind::Ref(to) => to.clone(),
        Kind::User => "user".to_owned(),
        _ => return Err(Error::field("by", "error-analysis-join")),
    };
    if fields.is_empty() {
        return Err(Error::field("fields", "error-required"));
    }
    let beside = |what: Label| Label::Beside(Box::new(col.label.clone()), Box::new(what));
    let mut out = vec![];
    if of.is_empty() {
        let ty = record_type(ctx, &to)?;
        for field in chosen(&ty, fields)? {
            let new = Col::field(&ty, field, format!("{by}.{}", field.name));
            out.push(Col {
                label: beside(new.label.clone()),
                ..new
            });
        }
        return Ok((place, out));
    }
    let (_, inner, measures) = facts_by(ctx, lacks, &to, of, fields)?;
    for m in &measures {
        let new = measured(&inner, m)?.1;
        out.push(Col {
            name: format!("{of}.{}", new.name),
            label: Label::Beside(Box::new(Label::Key(format!("fact-{of}"))), Box::new(new.label.clone())),
            ..new
        });
    }
    Ok((place, out))
}

/// Facts about records of a type: the column that names them, the columns, and the measures that were asked for.
pub(crate) fn facts_by(
    ctx: &Ctx,
    lacks: &[&str],
    to: &str,
    of: &str,
    fields: &[String],
) -> Result<(usize, Vec<Col>, Vec<Measure>)> {
    let fact = fact::find(of).ok_or_else(|| Error::invalid("error-analysis-source").with("name", of))?;
    ctx.require(fact.permission)?;
    let inner = fact_columns(fact, lacks);
    let key = inner
        .iter()
        .position(|c| c.kind == Kind::Ref(to.to_owned()) || to == "user" && c.kind == Kind::User);
    let key = key.ok_or_else(|| Error::field("of", "error-analysis-join"))?;
    let measures = fields
        .iter()
        .map(|text| {
            let (how, column) = text.split_once(':').unwrap_or((text, ""));
            Measure {
                how: how.to_owned(),
                column: column.to_owned(),
                name: String::new(),
            }
        })
        .collect();
    Ok((key, inner, measures))
}

/// A measure as the engine knows it, and its column.
pub(crate) fn measured(cols: &[Col], m: &Measure) -> Result<(Lake, Col)> {
    let how = word(&MEASURES, &m.how, "how")?;
    let of = if m.column.is_empty() {
        None
    } else {
        Some(find(cols, &m.column)?.1)
    };
    let number = |of: Option<&Col>| match of {
        Some(c) if c.kind.is_number() => Ok(c.kind.clone()),
        Some(_) => Err(Error::invalid("error-analysis-no-number").with("name", m.column.as_str())),
        None => Err(Error::field("column", "error-required")),
    };
    let (lake, kind) = match how {
        "count" => (Lake::Count, Kind::Int),
        "distinct" => match of {
            Some(_) => (Lake::Distinct, Kind::Int),
            None => return Err(Error::field("column", "error-required")),
        },
        "sum" => match number(of)? {
            // Shares of different wholes have no sum.
            Kind::Rate => return Err(Error::invalid("error-analysis-no-sum").with("name", m.column.as_str())),
            kind => (Lake::Sum, kind),
        },
        "mean" => (Lake::Mean, number(of)?),
        "median" => (Lake::Median, number(of)?),
        _ => match of {
            Some(c) if c.kind.is_number() || matches!(c.kind, Kind::Date | Kind::Stamp) => {
                (if how == "least" { Lake::Least } else { Lake::Most }, c.kind.clone())
            }
            Some(_) => return Err(Error::invalid("error-analysis-no-number").with("name", m.column.as_str())),
            None => return Err(Error::field("column", "error-required")),
        },
    };
    let usual = if m.column.is_empty() {
        how.to_owned()
    } else {
        format!("{how}_{}", m.column)
    };
    let label = match of {
        _ if !m.name.trim().is_empty() => Label::Named(m.name.trim().to_owned()),
        None => Label::Key("analysis-measure-rows".into()),
        Some(c) => Label::Measure(how.to_owned(), Box::new(c.label.clone())),
    };
    let name = if m.name.trim().is_empty() {
        usual
    } else {
        m.name.trim().to_owned()
    };
    Ok((lake, Col::new(&name, kind, label)))
}

fn grouped(cols: &[Col], by: &[String], measures: &[Measure]) -> Result<Vec<Col>> {
    if measures.is_empty() {
        return Err(Error::field("measures", "error-required"));
    }
    let mut out: Vec<Col> = vec![];
    for name in by {
        let col = find(cols, name)?.1.clone().key();
        if out.iter().any(|c| c.name == col.name) {
            return Err(Error::invalid("error-analysis-name-twice").with("name", name.as_str()));
        }
        out.push(col);
    }
    for m in measures {
        let col = measured(cols, m)?.1;
        let name = named(&out, &col.name)?;
        out.push(Col { name, ..col });
    }
    Ok(out)
}

fn chart(kind: &str, cols: &[Col], x: &str, y: &[String]) -> Result<()> {
    word(&super::step::CHARTS, kind, "kind")?;
    match kind {
        "table" => return Ok(()),
        "whale" => {
            for needed in super::model::WHALE_DRAWN {
                find(cols, needed).map_err(|_| Error::invalid("error-analysis-whale-first"))?;
            }
            return Ok(());
        }
        "number" => {}
        _ => {
            if x.is_empty() {
                return Err(Error::field("x", "error-required"));
            }
            find(cols, x)?;
        }
    }
    if y.is_empty() || y.len() > 4 {
        return Err(Error::field("y", "error-analysis-series"));
    }
    for name in y {
        let col = find(cols, name)?.1;
        if !col.kind.is_number() {
            return Err(Error::invalid("error-analysis-no-number").with("name", name.as_str()));
        }
    }
    Ok(())
}
