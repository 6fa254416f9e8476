//! Which record type a file holds: the types that files usually hold, by what their columns explain.

use super::{EXACT, Label, bare, below, dates, fillable, fits, names, score};
use crate::mapping::{Column, Mapping};
use std::collections::BTreeMap;
use zhike_store::{FieldKind, RecordType};

/// Types that a file may be guessed to hold; of two that explain it equally well the earlier one wins. Settings
/// (switchboards, pipelines, channel accounts …) are not among them: nobody brings them in by a guess.
const LIKELY: [&str; 22] = [
    "party",
    "product",
    "order",
    "order_line",
    "deal",
    "lead",
    "invoice",
    "payment",
    "quote",
    "quote_line",
    "contract",
    "category",
    "price_entry",
    "stock_item",
    "case",
    "task",
    "service_use",
    "rating",
    "relation",
    "allocation",
    "stage_move",
    "consent",
];
/// So far behind the best a type must be, for the best to be sure: more than what one column tells.
const CLEAR: i64 = 6;

/// May a file be guessed to hold records of this type?
pub fn likely(name: &str) -> bool {
    LIKELY.contains(&name)
}

/// The types of a file, the likeliest first.
pub struct Ranked {
    /// What fits best.
    pub mapping: Mapping,
    /// Types that it could be as well, the likeliest first; empty when the best is sure.
    pub also: Vec<&'static str>,
}

/// What is known of a file.
struct Seen<'a> {
    headers: &'a [String],
    samples: &'a [Vec<String>],
    labels: &'a [&'a Label<'a>],
}

/// Chooses among guesses; each with its type and, for lines, that of their document.
pub fn choose(
    headers: &[String],
    samples: &[Vec<String>],
    guesses: Vec<(&RecordType, Option<&RecordType>, Mapping)>,
    labels: &[&Label<'_>],
) -> Option<Ranked> {
    let seen = Seen {
        headers,
        samples,
        labels,
    };
    let mut all: Vec<(i64, usize, &'static str, bool, Mapping)> = vec![];
    for (ty, parent, mapping) in guesses {
        let Some(place) = LIKELY.iter().position(|l| *l == ty.name) else {
            continue;
        };
        let (points, whole) = worth(&seen, ty, parent, &mapping);
        all.push((points, place, ty.name, whole, mapping));
    }
    all.sort_by_key(|(points, place, ..)| (std::cmp::Reverse(*points), *place));
    let mut all = all.into_iter();
    let (best, _, name, whole, mapping) = all.next()?;
    let mut also: Vec<&'static str> = all
        .take_while(|(points, ..)| best < points + CLEAR && *points > 0)
        .map(|(_, _, name, ..)| name)
        .take(4)
        .collect();
    if best <= 0 || !whole {
        also.insert(0, name);
    }
    Some(Ranked { mapping, also })
}

/// How well a mapping explains the file, and whether it has all that a record needs.
fn worth(seen: &Seen<'_>, ty: &RecordType, parent: Option<&RecordType>, mapping: &Mapping) -> (i64, bool) {
    let Some(step) = mapping.steps.first() else {
        return (0, false);
    };
    let none = BTreeMap::new();
    let of_parent = step.parent.as_ref().map_or(&none, |p| &p.columns);
    let mut points = columns(seen, ty, &step.columns) + i64::from(step.key.is_some());
    let mut missing = missing(ty, &step.columns, step.parent.as_ref().and(ty.parent).map(|p| p.1));
    if let (Some(of), true) = (parent, step.parent.is_some()) {
        points += columns(seen, of, of_parent) + 1;
        missing += self::missing(of, of_parent, None);
    }
    // “Order no.” speaks of orders, also where the field is called otherwise.
    let document = parent.filter(|_| step.parent.is_some());
    let own: Vec<String> = std::iter::once(ty)
        .chain(document)
        .map(|t| format!("{}-one", t.name))
        .flat_map(|one| seen.labels.iter().filter_map(move |l| l(&one)).collect::<Vec<_>>())
        .map(|t| bare(&t))
        .collect();
    for header in seen.headers {
        let title = bare(header);
        if own
            .iter()
            .any(|o| o.chars().count() > 1 && title != *o && title.starts_with(o.as_str()))
        {
            points += 4;
        }
        // A total that we reckon ourselves is not brought in, but it belongs to such a record.
        let reckoned = |f: &&zhike_store::Field| matches!(f.kind, FieldKind::Money { .. }) && !fillable(f);
        if step.parent.is_none()
            && ty
                .fields
                .iter()
                .filter(reckoned)
                .any(|f| names(ty, f.name, f.aliases, seen.labels).contains(&title))
        {
            points += 4;
        }
    }
    (points - missing * 6, missing == 0)
}

/// Needed fields that no column fills.
fn missing(ty: &RecordType, columns: &BTreeMap<String, Column>, but: Option<&str>) -> i64 {
    let needed = ty
        .fields
        .iter()
        .filter(|f| f.required && f.default.is_none() && fillable(f) && f.name != "number" && Some(f.name) != but);
    i64::try_from(needed.filter(|f| !columns.contains_key(f.name)).count()).unwrap_or(0)
}

/// What the mapped columns tell: an exact title with what fits below it most.
fn columns(seen: &Seen<'_>, ty: &RecordType, columns: &BTreeMap<String, Column>) -> i64 {
    let mut points = 0;
    for (name, column) in columns {
        let Some(title) = column.rule().column else { continue };
        let Some(i) = seen.headers.iter().position(|h| *h == title) else {
            continue;
        };
        let Some(field) = ty.field(name) else {
            points += 2;
            continue;
        };
        let known = names(ty, name, field.aliases, seen.labels);
        let title = bare(&title);
        let exact = known.iter().any(|n| score(&title, n) == EXACT);
        let below = below(seen.samples, i);
        let fit = fits(ty, field, &below, dates(&below), seen.labels);
        points += match (exact, fit) {
            (true, true) => 6,
            (_, true) => 4,
            _ => 2,
        };
    }
    points
}
