//! Guesses a mapping from column titles (in Chinese or English, in the words of the forms or the usual ones) and from
//! what stands below them.

mod rank;

use crate::{
    mapping::{Column, Mapping, Mode, Names, Parent, Plain, Rule, Step},
    plan::{ambiguous, day},
};
use std::collections::{BTreeMap, HashSet};
use zhike_kernel::{Currency, text::fold};
use zhike_store::{Field, FieldKind, RecordType, Source as Place};

pub use rank::{Ranked, choose, likely};

/// The words of a key in one language, if there are any.
pub type Label<'a> = dyn Fn(&str) -> Option<String> + Send + Sync + 'a;

/// Ways of writing a day that the page offers.
pub const DATES: [&str; 7] = [
    "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d",
];

/// How well a title fits a name that it is.
const EXACT: usize = 100;

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

/// The rule that gives new records this word.
pub fn always(word: &str) -> Column {
    Column::Rule(Box::new(Rule {
        constant: Some(Plain::Text(word.to_owned())),
        only_new: true,
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
    let mut scores: Vec<(usize, bool, usize, &'static str)> = vec![];
    for (i, header) in headers.iter().enumerate() {
        if taken.contains(&i) {
            continue;
        }
        let title = bare(header);
        let below = below(samples, i);
        let format = dates(&below);
        if created.contains(&title) {
            scores.push((100, true, i, "created_at"));
        }
        for (field, names) in &known {
            let best = names.iter().map(|n| score(&title, n)).max().unwrap_or(0);
            let fits = best > 0 && fits(ty, field, &below, format, labels);
            // A title that is exactly the field's is believed; what does not fit below it is told at its row.
            if fits || best == EXACT {
                scores.push((best, fits, i, field.name));
            }
        }
    }
    scores.sort_by_key(|(score, fits, i, _)| (std::cmp::Reverse((*score, *fits)), *i));
    let mut columns: BTreeMap<String, Column> = BTreeMap::new();
    for (_, _, i, name) in scores {
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
        EXACT => EXACT,
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
    // What the form of a new one suggests, when no column says it.
    for field in ty.fields.iter().filter(|f| fillable(f)) {
        if let Some(word) = field.suggested {
            columns.entry(field.name.to_owned()).or_insert_with(|| always(word));
        }
    }
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
#[path = "guess_tests.rs"]
mod tests;
