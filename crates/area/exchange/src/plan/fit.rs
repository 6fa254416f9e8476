//! Fitting fields to the columns of a file.

use super::{Cell, Refer};
use crate::mapping::{Column, Rule, Step};
use std::sync::Arc;
use zhike_kernel::{Error, Result, number, text::fold};
use zhike_store::{Field, FieldKind, RecordType, Registry, Source as Place, field::Storage};

/// Fields by which records of other types are looked for unless the mapping says, in this order.
const BY: [&str; 8] = [
    "external_key",
    "number",
    "sku",
    "code",
    "login",
    "name",
    "name_latin",
    "email",
];

pub(super) struct Titles<'a> {
    pub(super) headers: &'a [String],
    pub(super) file: &'a str,
}

impl Titles<'_> {
    pub(super) fn find(&self, title: &str) -> Result<usize> {
        let exact = self.headers.iter().position(|h| h == title);
        exact
            .or_else(|| self.headers.iter().position(|h| fold(h) == fold(title)))
            .ok_or_else(|| {
                Error::invalid("error-import-no-column")
                    .with("column", title)
                    .with("file", self.file)
            })
    }
}

fn writable(field: &Field) -> bool {
    field.source == Place::Own && (field.editable || field.kind == FieldKind::Number)
}

pub(super) fn fit_cells(
    registry: &Registry,
    ty: &Arc<RecordType>,
    step: &Step,
    columns: &std::collections::BTreeMap<String, Column>,
    titles: &Titles<'_>,
) -> Result<Vec<Cell>> {
    let mut cells: Vec<Cell> = columns
        .iter()
        .map(|(name, column)| fit_cell(registry, ty, step, name, column.rule(), titles))
        .collect::<Result<_>>()?;
    // What others must agree with comes first.
    cells.sort_by_key(|c| c.refer.as_ref().is_some_and(|r| r.within.is_some()));
    Ok(cells)
}

pub(super) fn with_currency(
    registry: &Registry,
    ty: &Arc<RecordType>,
    step: &Step,
    titles: &Titles<'_>,
    cells: &mut Vec<Cell>,
) -> Result<()> {
    if let Some(code) = &step.currency
        && ty.field("currency").is_some_and(writable)
        && !cells.iter().any(|c| c.field.name == "currency")
    {
        let rule = Rule {
            constant: Some(crate::mapping::Plain::Text(code.clone())),
            ..Rule::default()
        };
        cells.push(fit_cell(registry, ty, step, "currency", rule, titles)?);
    }
    Ok(())
}

fn fit_cell(
    registry: &Registry,
    ty: &Arc<RecordType>,
    step: &Step,
    name: &str,
    rule: Rule,
    titles: &Titles<'_>,
) -> Result<Cell> {
    let born = name == "created_at";
    let field = if born {
        Field::new("created_at", FieldKind::Stamp)
    } else {
        let known = ty.field(name).filter(|f| writable(f)).cloned();
        known.ok_or_else(|| {
            Error::invalid("error-import-no-field")
                .with("field", name)
                .with("type", ty.name)
        })?
    };
    let mut from = vec![];
    for title in rule.column.iter().chain(&rule.join) {
        from.push(titles.find(title)?);
    }
    if from.is_empty() && rule.constant.is_none() {
        return Err(Error::invalid("error-import-no-source").with("field", name));
    }
    let refer = match field.kind {
        FieldKind::Ref(to) => Some(refer(registry, to, &rule)?),
        FieldKind::User => Some(refer(registry, "user", &rule)?),
        _ => None,
    };
    let scale = match &rule.scale {
        None => None,
        Some(text) => Some(
            number::parse_scaled(&text.to_string(), 6, true)
                .map_err(|_| Error::invalid("error-import-scale").with("field", name))?,
        ),
    };
    let heads: Vec<&str> = rule.column.iter().chain(&rule.join).map(String::as_str).collect();
    Ok(Cell {
        born,
        only_new: rule.only_new,
        title: heads.join(" + "),
        refer,
        from,
        map: rule.map.iter().map(|(k, v)| (fold(k), v.to_string())).collect(),
        constant: rule.constant.as_ref().map(ToString::to_string),
        default: rule.default.as_ref().map(ToString::to_string),
        date: rule.date.clone().or_else(|| step.date.clone()),
        scale,
        per: rule.per.as_deref().map(|t| titles.find(t)).transpose()?,
        twice: step.twice_encoded,
        comma: step.decimal.as_deref() == Some(","),
        rule,
        field,
    })
}

fn refer(registry: &Registry, to: &str, rule: &Rule) -> Result<Refer> {
    let ty = registry
        .get(to)
        .map_err(|_| Error::invalid("error-import-type").with("type", to))?
        .clone();
    let text = |name: &str| {
        ty.field(name)
            .filter(|f| f.source == Place::Own && f.storage() == Storage::Text)
            .map(|f| f.name)
    };
    let by = match rule.by.as_deref() {
        Some("id") => vec!["id"],
        Some(name) => {
            vec![text(name).ok_or_else(|| {
                Error::invalid("error-import-no-field")
                    .with("field", name)
                    .with("type", to)
            })?]
        }
        None => {
            let mut by: Vec<&'static str> = BY.iter().filter_map(|n| text(n)).collect();
            if let Some(title) = text(ty.title).filter(|t| !by.contains(t)) {
                by.push(title);
            }
            by
        }
    };
    let within = match rule.within.as_deref() {
        Some(name) => Some(ty.need(name)?.name),
        None => None,
    };
    Ok(Refer {
        by,
        within,
        create: rule.create,
        optional: rule.optional,
        ty,
    })
}
