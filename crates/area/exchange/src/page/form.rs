//! What the form of the second step says, as a step of a mapping.

use super::with_labels;
use crate::{
    guess,
    mapping::{Column, Mode, Names, Parent, Step},
};
use std::collections::BTreeMap;
use zhike_store::RecordType;
use zhike_web::{Fields, Visit};

/// The step as the form says, keeping what the form cannot say.
pub fn from_form(visit: &Visit, form: &Fields, old: &Step, ty: &RecordType, headers: &[String]) -> Step {
    let text = |name: &str| form.get(name).filter(|v| !v.is_empty()).map(str::to_owned);
    let mut step = Step {
        date: text("date"),
        decimal: text("decimal"),
        currency: text("currency"),
        encoding: text("encoding"),
        delimiter: text("delimiter"),
        sheet: text("sheet"),
        mode: Mode::parse(form.get("mode").unwrap_or("")),
        columns: BTreeMap::new(),
        parent: None,
        key: None,
        ..old.clone()
    };
    let parent_ty = ty.parent.and_then(|(p, _)| visit.registry().get(p).ok());
    let mut parent = Parent::default();
    with_labels(&visit.loc, |labels| {
        for (i, header) in headers.iter().enumerate() {
            let Some(field) = form.filled(&format!("col-{i}")) else {
                continue;
            };
            let keep = |columns: Option<&BTreeMap<String, Column>>, name: &str| {
                columns
                    .and_then(|c| c.get(name))
                    .filter(|c| c.rule().column.as_deref() == Some(header))
                    .cloned()
            };
            match (field.strip_prefix("parent."), parent_ty) {
                (Some(name), Some(of)) => {
                    let old = keep(old.parent.as_ref().map(|p| &p.columns), name);
                    let column = old.unwrap_or_else(|| guess::column(of, name, header, labels));
                    parent.columns.insert(name.to_owned(), column);
                }
                (Some(_), None) => {}
                (None, _) => {
                    let column =
                        keep(Some(&old.columns), field).unwrap_or_else(|| guess::column(ty, field, header, labels));
                    step.columns.insert(field.to_owned(), column);
                }
            }
        }
    });
    // What has no column (constants of a saved mapping) stays.
    for (name, column) in &old.columns {
        if column.rule().column.is_none() {
            step.columns.entry(name.clone()).or_insert_with(|| column.clone());
        }
    }
    super::always::read(form, "", ty, &old.columns, &mut step.columns);
    if let (Some(of), Some(was)) = (parent_ty, &old.parent)
        && !parent.columns.is_empty()
    {
        for (name, column) in &was.columns {
            if column.rule().column.is_none() {
                parent.columns.entry(name.clone()).or_insert_with(|| column.clone());
            }
        }
        super::always::read(form, "parent.", of, &was.columns, &mut parent.columns);
    }
    let key = text("key");
    if parent.columns.is_empty() {
        step.key = key.map(Names::One);
    } else {
        let usual = ["external_key", "number"]
            .into_iter()
            .find(|k| parent.columns.contains_key(*k));
        parent.key = key
            .filter(|k| parent.columns.contains_key(k))
            .or(usual.map(str::to_owned))
            .unwrap_or_default();
        if step.columns.contains_key("position") && step.mode != Mode::Create {
            step.key = Some(Names::One("position".into()));
        }
        step.parent = Some(parent);
    }
    step
}
