//! What new records get in every row: fields of a few words that have no column in the file.

use crate::{
    guess::{always, fillable},
    mapping::{Column, Step},
};
use maud::{Markup, Render as _, html};
use std::collections::BTreeMap;
use zhike_store::{Field as Of, FieldKind, RecordType};
use zhike_web::{
    Fields, Visit,
    ui::{self, Choice, Field},
};

/// Fields of a few words that files may fill.
fn words(ty: &RecordType) -> impl Iterator<Item = (&Of, &'static [&'static str])> {
    ty.fields.iter().filter(|f| fillable(f)).filter_map(|f| match f.kind {
        FieldKind::Choice(words) | FieldKind::Many(words) => Some((f, words)),
        _ => None,
    })
}

/// Does a column of the file fill it?
fn has_column(column: Option<&Column>) -> bool {
    column.is_some_and(|c| c.rule().column.is_some() || !c.rule().join.is_empty())
}

/// The word that all rows get.
fn word(column: Option<&Column>) -> String {
    column
        .and_then(|c| c.rule().constant)
        .map(|c| c.to_string())
        .unwrap_or_default()
}

/// The card with them: only what no column fills.
pub(super) fn card(visit: &Visit, step: &Step, ty: &RecordType) -> Markup {
    let loc = &visit.loc;
    let mut fields: Vec<Markup> = vec![];
    let mut add = |of: &RecordType, start: &str, columns: &BTreeMap<String, Column>| {
        for (field, words) in words(of) {
            let column = columns.get(field.name);
            if has_column(column) {
                continue;
            }
            let label = loc.t(&of.label(field.name));
            let choices: Vec<Choice> = words
                .iter()
                .map(|w| Choice::new(*w, loc.t(&format!("{}-{}-{w}", of.name, field.name))))
                .collect();
            let usual = field.default.map_or_else(String::new, |d| {
                words
                    .iter()
                    .find(|w| **w == d)
                    .map_or_else(String::new, |w| loc.t(&format!("{}-{}-{w}", of.name, field.name)))
            });
            let name = format!("always-{start}{}", field.name);
            fields.push(Field::new(name, label).select(&choices, &word(column), Some(&usual)));
        }
    };
    add(ty, "", &step.columns);
    if let (Some(parent), Some(of)) = (&step.parent, ty.parent.and_then(|(p, _)| visit.registry().get(p).ok())) {
        add(of, "parent.", &parent.columns);
    }
    if fields.is_empty() {
        return html! {};
    }
    ui::card(loc.t("exchange-always"))
        .note(loc.t("exchange-always-note"))
        .body(html! { div.form-grid { @for f in &fields { (f) } } })
        .render()
}

/// Takes them from the form; what the form does not name stays as it was.
pub(super) fn read(
    form: &Fields,
    start: &str,
    ty: &RecordType,
    old: &BTreeMap<String, Column>,
    columns: &mut BTreeMap<String, Column>,
) {
    for (field, words) in words(ty) {
        let Some(said) = form.get(&format!("always-{start}{}", field.name)) else {
            continue;
        };
        if has_column(columns.get(field.name)) || said == word(old.get(field.name)) {
            continue;
        }
        if words.contains(&said) {
            columns.insert(field.name.to_owned(), always(said));
        } else {
            columns.remove(field.name);
        }
    }
}
