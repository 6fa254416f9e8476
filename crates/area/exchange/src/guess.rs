//! Guesses a mapping from column titles (in Chinese or English, in the words of the forms or the usual ones) and from
//! what stands below them.

use crate::{
    mapping::{Column, Mapping, Mode, Names, Parent, Plain, Rule, Step},
    plan::{ambiguous, day},
};
use std::collections::{BTreeMap, HashSet};
use zhike_kernel::{Currency, text::fold};
use zhike_store::{Field, FieldKind, RecordType, Source as Place};

/// The words of a key in one language, if there are any.
pub type Label<'a> = dyn Fn(&str) -> Option<String> + Send + Sync + 'a;

/// Ways of writing a day that the page offers.
pub const DATES: [&str; 7] = [
    "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d",
];

/// May files fill this field?
pub fn fillable(field: &Field) -> bool {
    field.source == Place::Own && (field.editable || field.kind == FieldKind::Number)
}

/// Letters, digits and Chinese characters, folded: `Customer Name*` and `customer_name` are the same.
fn bare(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// How alike two titles are, 0 to 100, by their pairs of characters.
fn alike(a: &str, b: &str) -> usize {
    if a == b {
        return 100;
    }
    let pairs = |t: &str| {
        let chars: Vec<char> = t.chars().collect();
        chars
            .windows(2)
            .map(|w| (w.first().copied(), w.last().copied()))
            .collect::<Vec<_>>()
    };
    let (x, mut y) = (pairs(a), pairs(b));
    if x.is_empty() || y.is_empty() {
        return 0;
    }
    let all = x.len() + y.len();
    let both = x
        .iter()
        .filter(|p| y.iter().position(|q| q == *p).map(|i| y.swap_remove(i)).is_some())
        .count();
    both * 200 / all
}

/// Names under which a field may stand in a file.
fn names(ty: &RecordType, name: &str, aliases: &[&str], labels: &[&Label<'_>]) -> Vec<String> {
    let mut out = vec![
        bare(name),
        bare(name.trim_end_matches("_id")),
        bare(name.trim_end_matches("_on")),
    ];
    out.extend(aliases.iter().map(|a| bare(a)));
    for label in labels {
        let Some(text) = label(&ty.label(name)) else { continue };
        if let Some(one) = label(&format!("{}-one", ty.name)) {
            out.push(bare(&format!("{one}{text}")));
        }
        out.push(bare(&text));
    }
    out.push(bare(&format!("{}{name}", ty.name)));
    out.retain(|n| !n.is_empty());
    out.sort();
    out.dedup();
    out
}

/// Words of a choice in both languages → our words.
pub fn words(ty: &RecordType, field: &Field, labels: &[&Label<'_>]) -> BTreeMap<String, Plain> {
    let (FieldKind::Choice(words) | FieldKind::Many(words)) = field.kind else {
        return BTreeMap::new();
    };
    let mut out = BTreeMap::new();
    for word in words {
        for label in labels {
            if let Some(text) = label(&format!("{}-{}-{word}", ty.name, field.name))
                && fold(&text) != *word
            {
                out.insert(text, Plain::Text((*word).to_owned()));
            }
        }
    }
    out
}

/// The rule that reads a column into a field.
pub fn column(ty: &RecordType, field: &str, title: &str, labels: &[&Label<'_>]) -> Column {
    let map = ty.field(field).map(|f| words(ty, f, labels)).unwrap_or_default();
    if map.is_empty() {
        return Column::Title(title.to_owned());
    }
    Column::Rule(Box::new(Rule {
        column: Some(title.to_owned()),
        map,
        ..Rule::default()
    }))
}

/// Do the samples look like this field? Text takes everything.
fn fits(ty: &RecordType, field: &Field, samples: &[&str], date: Option<&str>, labels: &[&Label<'_>]) -> bool {
    let filled: Vec<&str> = samples.iter().copied().filter(|s| !s.is_empty()).collect();
    if filled.is_empty() {
        return true;
    }
    let known: HashSet<String> = words(ty, field, labels).keys().map(|k| fold(k)).collect();
    let good = filled
        .iter()
        .filter(|text| match field.kind {
            FieldKind::Ref(_) | FieldKind::User => true,
            FieldKind::Date => day(text, date).is_some() || ambiguous(text),
            FieldKind::Choice(_) if known.contains(&fold(text)) => true,
            FieldKind::Many(_) => text
                .split([',', ';', '/', '、', '，', '；', '|', ' '])
                .all(|w| w.is_empty() || known.contains(&fold(w)) || field.parse(w, Currency::CNY).is_ok()),
            FieldKind::Money { .. } | FieldKind::Rate => {
                zhike_kernel::number::parse_scaled(text.trim_end_matches('%'), 4, true).is_ok()
            }
            _ => field.parse(text, Currency::CNY).is_ok(),
        })
        .count();
    good * 10 >= filled.len() * 7
}

/// How the days of the samples are written, when that must be said.
pub fn dates(samples: &[&str]) -> Option<&'static str> {
    let days: Vec<&str> = samples
        .iter()
        .filter(|s| s.contains(['/', '-', '.']) && s.chars().filter(char::is_ascii_digit).count() >= 5)
        .copied()
        .collect();
    let open = days.iter().any(|d| ambiguous(d));
    if !open {
        return None;
    }
    DATES
        .into_iter()
        .find(|f| days.iter().all(|d| day(d, Some(f)).is_some()) && days.iter().any(|d| !ambiguous(d)))
}

/// Which column goes into which field of a type: the best matches first, each column and each field once. `taken` are
/// columns that are spoken for.
fn assign(
    headers: &[String],
    samples: &[Vec<String>],
    ty: &RecordType,
    but: Option<&str>,
    taken: &mut HashSet<usize>,
    labels: &[&Label<'_>],
) -> BTreeMap<String, Column> {
    let created = names(
        ty,
        "created_at",
        &["created", "createdat", "创建时间", "创建日期"],
        labels,
    );
    let known: Vec<(&Field, Vec<String>)> = ty
        .fields
        .iter()
        .filter(|f| fillable(f) && Some(f.name) != but)
        .map(|f| (f, names(ty, f.name, f.aliases, labels)))
        .collect();
    let mut scores: Vec<(usize, usize, &'static str)> = vec![];
    for (i, header) in headers.iter().enumerate() {
        if taken.contains(&i) {
            continue;
        }
        let title = bare(header);
        let below = below(samples, i);
        let format = dates(&below);
        if created.contains(&title) {
            scores.push((100, i, "created_at"));
        }
        for (field, names) in &known {
            let best = names.iter().map(|n| score(&title, n)).max().unwrap_or(0);
            if best > 0 && fits(ty, field, &below, format, labels) {
                scores.push((best, i, field.name));
            }
        }
    }
    scores.sort_by_key(|(score, i, _)| (std::cmp::Reverse(*score), *i));
    let mut columns: BTreeMap<String, Column> = BTreeMap::new();
    for (_, i, name) in scores {
        let Some(header) = headers
            .get(i)
            .filter(|_| !taken.contains(&i) && !columns.contains_key(name))
        else {
            continue;
        };
        taken.insert(i);
        columns.insert(name.to_owned(), column(ty, name, header, labels));
    }
    columns
}

/// How well a title fits a name.
fn score(title: &str, name: &str) -> usize {
    let long = |t: &str| t.len() >= 4 && t.chars().count() >= 2;
    match alike(title, name) {
        100 => 100,
        _ if long(title) && long(name) && (title.contains(name) || name.contains(title)) => 70,
        close if close >= 80 => close.min(90),
        _ => 0,
    }
}

fn below(samples: &[Vec<String>], i: usize) -> Vec<&str> {
    samples.iter().filter_map(|r| r.get(i)).map(|c| c.trim()).collect()
}

/// Guesses the step that brings a file into a record type; for lines of a document (`parent`), the documents, too.
/// `samples` are rows; `labels` give the words of both languages.
pub fn guess(
    file: &str,
    headers: &[String],
    samples: &[Vec<String>],
    ty: &RecordType,
    parent: Option<&RecordType>,
    labels: &[&Label<'_>],
) -> Mapping {
    let mut taken = HashSet::new();
    let but = parent.and(ty.parent).map(|p| p.1);
    let mut columns = assign(headers, samples, ty, but, &mut taken, labels);
    let mut whole = None;
    if let Some(of) = parent {
        let of_columns = assign(headers, samples, of, None, &mut taken, labels);
        let key = ["external_key", "number"]
            .into_iter()
            .find(|k| of_columns.contains_key(*k));
        whole = key.map(|key| Parent {
            key: key.to_owned(),
            columns: of_columns,
        });
        if whole.is_none() {
            let mut taken = HashSet::new();
            columns = assign(headers, samples, ty, None, &mut taken, labels);
        }
    }
    let key = ["external_key", "number", "sku", "code", "login"]
        .into_iter()
        .find(|k| columns.contains_key(*k));
    let date = (0..headers.len()).find_map(|i| dates(&below(samples, i)));
    Mapping {
        name: file.to_owned(),
        steps: vec![Step {
            file: Some(file.to_owned()),
            into: ty.name.to_owned(),
            key: key.map(|k| Names::One(k.to_owned())),
            mode: if key.is_some() { Mode::Upsert } else { Mode::Create },
            date: date.map(str::to_owned),
            columns,
            parent: whole,
            ..Step::default()
        }],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    fn party() -> RecordType {
        RecordType::new(
            "party",
            "party_party",
            "/parties",
            1,
            vec![
                Field::new("name", FieldKind::Text)
                    .required()
                    .aliases(&["company", "公司"]),
                Field::new("external_key", FieldKind::Text).aliases(&["customer no", "客户编码"]),
                Field::new("status", FieldKind::Choice(&["active", "lost"])),
                Field::new("email", FieldKind::Email),
                Field::new("since", FieldKind::Date),
                Field::new("owner_id", FieldKind::User),
                Field::new("credit_limit", FieldKind::Money { currency: None }),
                Field::new("score", FieldKind::Int).computed(),
            ],
        )
    }
    fn en(key: &str) -> Option<String> {
        let text = match key {
            "party-one" => "Customer",
            "party-name" => "Name",
            "party-owner_id" => "Owner",
            "party-status-active" => "In business",
            "party-credit_limit" => "Credit limit",
            _ => return None,
        };
        Some(text.into())
    }
    fn zh(key: &str) -> Option<String> {
        let text = match key {
            "party-one" => "客户",
            "party-name" => "名称",
            "party-status" => "状态",
            "party-status-active" => "往来中",
            "party-since" => "合作日期",
            "party-owner_id" => "负责人",
            "party-credit_limit" => "信用额度",
            _ => return None,
        };
        Some(text.into())
    }
    fn titles(headers: &[&str], samples: &[&[&str]]) -> (Step, Vec<(String, String)>) {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let samples: Vec<Vec<String>> = samples
            .iter()
            .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
            .collect();
        let mut m = guess("a.csv", &headers, &samples, &party(), None, &[&en, &zh]);
        let step = m.steps.remove(0);
        let pairs = step
            .columns
            .iter()
            .map(|(k, v)| (k.clone(), v.rule().column.unwrap()))
            .collect();
        (step, pairs)
    }
    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn knows_titles_in_both_languages() {
        let (step, got) = titles(
            &["客户编码", "客户名称", "状态", "合作日期", "信用额度（元）", "负责人"],
            &[&["1", "青禾", "往来中", "2026-01-02", "1,000.50", "林"]],
        );
        assert_eq!(
            got,
            pairs(&[
                ("credit_limit", "信用额度（元）"),
                ("external_key", "客户编码"),
                ("name", "客户名称"),
                ("owner_id", "负责人"),
                ("since", "合作日期"),
                ("status", "状态")
            ])
        );
        assert_eq!(step.key, Some(Names::One("external_key".into())));
        assert_eq!(step.columns["status"].rule().map["往来中"].to_string(), "active");
        let (_, got) = titles(
            &["Customer No.", "Company", "E-mail", "creditLimit", "Owner"],
            &[&["1", "Acme", "a@b.example", "5", "x"]],
        );
        assert_eq!(
            got,
            pairs(&[
                ("credit_limit", "creditLimit"),
                ("email", "E-mail"),
                ("external_key", "Customer No."),
                ("name", "Company"),
                ("owner_id", "Owner")
            ])
        );
    }

    #[test]
    fn does_not_take_what_does_not_fit() {
        let (_, got) = titles(
            &["email", "status", "since", "score"],
            &[&["none", "maybe", "soon", "3"], &["x", "perhaps", "later", "4"]],
        );
        assert_eq!(got, []);
    }

    #[test]
    fn finds_the_order_of_day_and_month_only_when_it_shows() {
        assert_eq!(dates(&["03/04/2026", "25/04/2026"]), Some("%d/%m/%Y"));
        assert_eq!(dates(&["03/04/2026", "04/25/2026"]), Some("%m/%d/%Y"));
        assert_eq!(dates(&["03/04/2026", "05/06/2026"]), None);
        assert_eq!(dates(&["2026-04-03", "40.32.2555"]), None);
    }
}
