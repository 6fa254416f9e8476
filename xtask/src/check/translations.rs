//! Both languages say the same things, and every key that the code names exists.

use super::{Finding, Source, files::File, ftl, keys};
use std::collections::{BTreeMap, BTreeSet};

/// The languages; the first is the one that the others are compared with.
const LANGUAGES: &[&str] = &["en", "zh-CN"];

/// A message and where it stands.
struct Entry<'a> {
    path: &'a str,
    message: ftl::Message,
}

/// All messages of one crate in one language.
type Messages<'a> = BTreeMap<String, Entry<'a>>;

/// The messages of all crates, by folder and language.
type Crates<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Messages<'a>>>;

/// Returns how many messages there are, and what is wrong.
pub fn check(files: &[File], sources: &[Source]) -> (usize, Vec<Finding>) {
    let mut findings = Vec::new();
    let crates = read(files, &mut findings);
    for (folder, languages) in &crates {
        compare(folder, languages, &mut findings);
    }
    let known = known(&crates, &mut findings);
    for source in sources.iter().filter(|source| !source.file.is_test()) {
        for literal in keys::used(&source.text) {
            if !known.contains(literal.text.as_str()) {
                let what = format!(
                    "the key `{}` is in no catalogue; add it to i18n/en and i18n/zh-CN",
                    literal.text
                );
                findings.push(Finding::new(&source.file.path, source.text.line(literal.start), what));
            }
        }
    }
    (known.len(), findings)
}

/// Reads every catalogue.
fn read<'a>(files: &'a [File], findings: &mut Vec<Finding>) -> Crates<'a> {
    let mut crates = Crates::new();
    for file in files.iter().filter(|file| file.path.ends_with(".ftl")) {
        let Some(language) = LANGUAGES
            .iter()
            .find(|language| file.path.contains(&format!("/i18n/{language}/")))
        else {
            findings.push(Finding::new(
                &file.path,
                1,
                "no language of ours; the folder must be i18n/en or i18n/zh-CN",
            ));
            continue;
        };
        let messages = crates
            .entry(file.crate_folder())
            .or_default()
            .entry(*language)
            .or_default();
        let catalogue = ftl::parse(&file.text);
        findings.extend(
            catalogue
                .faults
                .into_iter()
                .map(|(line, what)| Finding::new(&file.path, line, what)),
        );
        for (key, message) in catalogue.messages {
            if let Some(first) = messages.get(&key) {
                let what = format!(
                    "`{key}` also stands in {}:{}; delete one",
                    first.path, first.message.line
                );
                findings.push(Finding::new(&file.path, message.line, what));
            }
            messages.insert(
                key,
                Entry {
                    path: &file.path,
                    message,
                },
            );
        }
    }
    crates
}

/// The same keys, and the same variables in each.
fn compare(folder: &str, languages: &BTreeMap<&str, Messages>, findings: &mut Vec<Finding>) {
    let empty = Messages::new();
    let [first, others @ ..] = LANGUAGES else { return };
    let base = languages.get(first).unwrap_or(&empty);
    for other in others {
        let translated = languages.get(other).unwrap_or(&empty);
        for (key, entry) in base {
            let line = entry.message.line;
            let Some(twin) = translated.get(key) else {
                let what = format!("`{key}` is missing in {folder}/i18n/{other}; translate it");
                findings.push(Finding::new(entry.path, line, what));
                continue;
            };
            if twin.message.variables != entry.message.variables {
                let what = format!(
                    "`{key}` has the variables {} and in {first} {}; use the same",
                    list(&twin.message.variables),
                    list(&entry.message.variables)
                );
                findings.push(Finding::new(twin.path, twin.message.line, what));
            }
        }
        for (key, entry) in translated.iter().filter(|(key, _)| !base.contains_key(*key)) {
            let what = format!("`{key}` is missing in {folder}/i18n/{first}; add it there or delete it here");
            findings.push(Finding::new(entry.path, entry.message.line, what));
        }
    }
}

/// All keys; one that two crates define is a fault, as the program knows one catalogue only.
fn known<'a>(crates: &'a Crates, findings: &mut Vec<Finding>) -> BTreeSet<&'a str> {
    let mut known = BTreeSet::new();
    for language in LANGUAGES {
        let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
        for (key, entry) in crates
            .values()
            .filter_map(|languages| languages.get(language))
            .flatten()
        {
            known.insert(key.as_str());
            if let Some(first) = seen.insert(key, entry) {
                let mend = "prefix one with its crate";
                let what = format!("`{key}` also stands in {}:{}; {mend}", first.path, first.message.line);
                findings.push(Finding::new(entry.path, entry.message.line, what));
            }
        }
    }
    known
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(|name| format!("${name}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::rust_text::RustText;

    fn run(files: &[(&str, &str)]) -> (usize, Vec<String>) {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        let files: Vec<File> = files.iter().map(file).collect();
        let rust = files.iter().filter(|file| file.path.ends_with(".rs"));
        let sources: Vec<Source> = rust
            .map(|file| Source {
                file,
                text: RustText::new(&file.text),
            })
            .collect();
        let (count, findings) = check(&files, &sources);
        (count, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn equal_catalogues_pass() {
        let (count, findings) = run(&[
            ("crates/a/i18n/en/a.ftl", "a-x = X { $n }\na-y = Y\n"),
            ("crates/a/i18n/zh-CN/a.ftl", "a-y = 乙\na-x = 甲 { $n }\n"),
            (
                "crates/a/src/lib.rs",
                "fn f() { loc.t(\"a-x\"); Error::refused(\"a-y\") }",
            ),
        ]);
        assert_eq!((count, findings), (2, vec![]));
    }

    #[test]
    fn differences_are_named() {
        let (_, findings) = run(&[
            ("crates/a/i18n/en/a.ftl", "x = X { $n }\ny = Y\nz = Z\n"),
            ("crates/a/i18n/zh-CN/a.ftl", "x = 甲 { $m }\nw = 丁\nz = 丙\n"),
            ("crates/b/i18n/en/b.ftl", "z = Z\n"),
            ("crates/b/src/lib.rs", "fn f() {\n    loc.t(\"nowhere\") }"),
        ]);
        for part in [
            "crates/a/i18n/zh-CN/a.ftl:1: `x` has the variables $m and in en $n;",
            "crates/a/i18n/en/a.ftl:2: `y` is missing in crates/a/i18n/zh-CN;",
            "crates/a/i18n/zh-CN/a.ftl:2: `w` is missing in crates/a/i18n/en;",
            "crates/b/i18n/en/b.ftl:1: `z` is missing in crates/b/i18n/zh-CN;",
            "crates/b/i18n/en/b.ftl:1: `z` also stands in crates/a/i18n/en/a.ftl:3;",
            "crates/b/src/lib.rs:2: the key `nowhere` is in no catalogue;",
        ] {
            assert_eq!(
                findings.iter().filter(|finding| finding.starts_with(part)).count(),
                1,
                "{part}: {findings:#?}"
            );
        }
        assert_eq!(findings.len(), 6);
    }
}
