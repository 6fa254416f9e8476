//! Two versions of a document side by side: what changed in the head and in the lines.

use super::show::{self, is_number};
use crate::{ui, visit::Visit};
use maud::{Markup, html};
use serde_json::{Map, Value as Json, json};
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Field, Record, RecordType};

/// Two versions of one document.
pub struct Sides<'a> {
    /// Type of the document.
    pub ty: &'a RecordType,
    /// Type of its lines.
    pub line: &'a RecordType,
    /// Fields of the head that are compared.
    pub head_fields: &'a [&'a str],
    /// Fields of a line that are compared, beside its product.
    pub line_fields: &'a [&'a str],
    /// The older one with its lines.
    pub old: (&'a Record, &'a [Record]),
    /// The newer one.
    pub new: (&'a Record, &'a [Record]),
    /// What the two are called.
    pub titles: (&'a str, &'a str),
}

/// A line on both sides, or on one.
#[derive(Debug, PartialEq)]
pub struct Pair<'a> {
    /// Before.
    pub old: Option<&'a Record>,
    /// Now.
    pub new: Option<&'a Record>,
}

/// Which lines belong together: the same one, else the same product (the same words where there is none), in their order. Lines of the
/// new version first as they stand, then what is gone.
pub fn pairs<'a>(old: &'a [Record], new: &'a [Record]) -> Vec<Pair<'a>> {
    let key = |l: &Record| {
        (
            l.int("product_id"),
            if l.int("product_id").is_none() {
                l.text("description").to_owned()
            } else {
                String::new()
            },
        )
    };
    let mut left: Vec<&Record> = old.iter().collect();
    let mut out: Vec<Pair<'a>> = new
        .iter()
        .map(|n| {
            let same = left.iter().position(|o| o.id == n.id);
            let same = same.or_else(|| {
                left.iter()
                    .position(|o| key(o) == key(n) && !new.iter().any(|n| n.id == o.id))
            });
            Pair {
                old: same.map(|i| left.remove(i)),
                new: Some(n),
            }
        })
        .collect();
    out.extend(left.into_iter().map(|o| Pair {
        old: Some(o),
        new: None,
    }));
    out
}

/// Both tables.
pub async fn draw(visit: &Visit, s: &Sides<'_>) -> Result<Markup> {
    let loc = &visit.loc;
    let names = show::names(visit, s.ty, &[&s.old.0.values, &s.new.0.values]).await?;
    let word = |r: &Record, f: &Field| show::plain(visit, s.ty, f, &r.values, &names);
    let head = html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("records-diff-field")) } th scope="col" { (s.titles.0) } th scope="col" { (s.titles.1) } } }
            tbody {
                @for f in s.head_fields.iter().filter_map(|n| s.ty.field(n)).filter(|f| visit.sees(f)) {
                    @let (a, b) = (word(s.old.0, f), word(s.new.0, f));
                    tr { th scope="row" { (loc.t(&s.ty.label(f.name))) } td { (side(&a, a != b, false)) } td { (side(&b, a != b, true)) } }
                }
            }
        } }
    };
    Ok(html! {
        (ui::card(loc.t("records-diff-head")).flush(head))
        (ui::card(loc.t(&format!("{}-many", s.line.name))).note(loc.t("records-diff-note")).flush(lines(visit, s).await?))
    })
}

fn side(text: &str, changed: bool, new: bool) -> Markup {
    let words = if text.is_empty() { "—" } else { text };
    html! {
        @if !changed { (words) }
        @else if new { ins.add { (words) } }
        @else { del.gone { (words) } }
    }
}

async fn lines(visit: &Visit, s: &Sides<'_>) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = s.line;
    let rows: Vec<&Values> = s.old.1.iter().chain(s.new.1).map(|l| &l.values).collect();
    let names = show::names(visit, ty, &rows).await?;
    let fields: Vec<&Field> = s.line_fields.iter().filter_map(|n| ty.field(n)).collect();
    let product = ty.field("product_id");
    let word = |r: Option<&Record>, f: &Field| {
        r.map(|r| show::plain(visit, ty, f, &r.values, &names))
            .unwrap_or_default()
    };
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t(&ty.label("product_id"))) }
                th scope="col" { (loc.t("records-diff-what")) }
                @for f in &fields { th.r[is_number(f)] scope="col" { (loc.t(&ty.label(f.name))) } }
            } }
            tbody { @for p in pairs(s.old.1, s.new.1) {
                @let (what, hue) = match (p.old, p.new) {
                    (None, _) => ("added", ui::Hue::Green),
                    (_, None) => ("removed", ui::Hue::Red),
                    (Some(a), Some(b)) if s.line_fields.iter().any(|n| a.get(n) != b.get(n)) => ("changed", ui::Hue::Amber),
                    _ => ("same", ui::Hue::Grey),
                };
                tr {
                    td { @if let Some(f) = product { (word(p.new.or(p.old), f)) } }
                    td { (ui::badge(hue, &loc.t(&format!("records-diff-{what}")))) }
                    @for f in &fields {
                        @let (a, b) = (word(p.old, f), word(p.new, f));
                        td.r[is_number(f)] {
                            @if a == b { (side(&b, false, true)) } @else { @if !a.is_empty() { (side(&a, true, false)) " " } @if !b.is_empty() { (side(&b, true, true)) } }
                        }
                    }
                }
            } }
        } }
    })
}

/// What changed, for programs: `fields` of the head and `lines`, each `[old, new]`.
pub fn json(s: &Sides<'_>) -> Map<String, Json> {
    let both = |a: &Value, b: &Value| json!([a.json(), b.json()]);
    let head: Map<String, Json> = s
        .head_fields
        .iter()
        .filter(|n| s.old.0.get(n) != s.new.0.get(n))
        .map(|n| ((*n).to_owned(), both(s.old.0.get(n), s.new.0.get(n))))
        .collect();
    let lines: Vec<Json> = pairs(s.old.1, s.new.1)
        .iter()
        .filter_map(|p| {
            let of = |r: Option<&Record>, n: &str| r.map_or(Value::Null, |r| r.get(n).clone());
            let changed: Map<String, Json> = s
                .line_fields
                .iter()
                .filter(|n| of(p.old, n) != of(p.new, n))
                .map(|n| ((*n).to_owned(), both(&of(p.old, n), &of(p.new, n))))
                .collect();
            let product = p.new.or(p.old).and_then(|r| r.int("product_id"));
            let ids = (p.old.map(|r| r.id), p.new.map(|r| r.id));
            (!changed.is_empty())
                .then(|| json!({"product_id": product, "old": ids.0, "new": ids.1, "changes": changed}))
        })
        .collect();
    Map::from_iter([("fields".to_owned(), head.into()), ("lines".to_owned(), lines.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use zhike_kernel::Stamp;

    fn line(id: i64, product: Option<i64>, words: &str) -> Record {
        Record {
            id,
            version: 1,
            created_at: Stamp(0),
            updated_at: Stamp(0),
            archived_at: None,
            values: Values::from([
                ("product_id".into(), product.into()),
                ("description".into(), words.into()),
            ]),
        }
    }

    #[test]
    fn lines_of_the_same_product_belong_together_also_when_moved() {
        let old = [line(1, Some(10), "a"), line(2, Some(11), ""), line(3, None, "Fitting")];
        let new = [line(4, Some(11), ""), line(5, Some(10), "b"), line(6, None, "Travel")];
        let ids: Vec<_> = pairs(&old, &new)
            .iter()
            .map(|p| (p.old.map(|r| r.id), p.new.map(|r| r.id)))
            .collect();
        assert_eq!(
            ids,
            [(Some(2), Some(4)), (Some(1), Some(5)), (None, Some(6)), (Some(3), None)]
        );
    }
}
