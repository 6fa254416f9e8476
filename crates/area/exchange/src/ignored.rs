//! Columns of a file that go nowhere: they are named, never dropped in silence.

use crate::mapping::{Column, Mapping, Step};
use std::collections::{BTreeMap, HashSet};
use zhike_kernel::text::fold;

/// Titles of columns that the step does not read, as they stand in the file.
pub fn of_step(step: &Step, headers: &[String]) -> Vec<String> {
    left(std::iter::once(step), headers)
}

/// The same for the files of a mapping: a column is read when any step reads it from that file.
pub fn of_mapping(mapping: &Mapping, files: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut out = vec![];
    for (file, headers) in files {
        let steps = mapping.steps.iter().filter(|s| s.file.as_ref() == Some(file));
        for title in left(steps, headers) {
            if !out.contains(&title) {
                out.push(title);
            }
        }
    }
    out
}

fn left<'a>(steps: impl Iterator<Item = &'a Step>, headers: &[String]) -> Vec<String> {
    let mut used: HashSet<String> = HashSet::new();
    for step in steps {
        let parent = step.parent.iter().flat_map(|p| p.columns.values());
        for column in step.columns.values().chain(parent) {
            read_by(column, &mut used);
        }
        if let Some(only) = &step.only {
            used.extend(only.list().iter().map(|c| fold(&c.column)));
        }
    }
    headers
        .iter()
        .filter(|h| !h.is_empty() && !used.contains(&fold(h)))
        .cloned()
        .collect()
}

fn read_by(column: &Column, used: &mut HashSet<String>) {
    let rule = column.rule();
    used.extend(rule.column.iter().chain(&rule.join).chain(&rule.per).map(|t| fold(t)));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_column_is_read_by_a_field_a_rule_or_a_condition_of_any_step() {
        let mapping = Mapping::parse(
            "[[step]]\nfile = \"a.csv\"\ninto = \"party\"\nwhere = { column = \"Kind\", is = \"x\" }\n[step.columns]\nname = \"NAME\"\n\
             [[step]]\nfile = \"a.csv\"\ninto = \"order_line\"\n[step.columns]\nunit_price = { column = \"Sum\", per = \"Count\" }\n\
             [step.parent]\nkey = \"number\"\n[step.parent.columns]\nnumber = \"No\"\n",
        )
        .unwrap();
        let headers: Vec<String> = ["Name", "Kind", "Sum", "Count", "No", "Colour", ""]
            .map(str::to_owned)
            .to_vec();
        let files = BTreeMap::from([("a.csv".to_owned(), headers.clone())]);
        assert_eq!(of_mapping(&mapping, &files), ["Colour"]);
        assert_eq!(of_step(&mapping.steps[0], &headers), ["Sum", "Count", "No", "Colour"]);
    }
}
