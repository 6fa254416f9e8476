//! Two versions side by side: what changed in the head and in the lines.

use super::read::{lines as read_lines, need};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::json;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Field, Record, RecordType, read};
use zhike_web::{
    Screen, Visit,
    answer::{Answer, json as answer_json},
    records, ui,
};

/// Fields of the head that are compared.
const HEAD: [&str; 9] = [
    "contact_id",
    "quoted_on",
    "valid_until_on",
    "currency",
    "language",
    "net",
    "tax",
    "total",
    "terms",
];
/// Fields of a line that are compared.
const LINE: [&str; 8] = [
    "description",
    "quantity",
    "unit",
    "options",
    "unit_price",
    "discount",
    "tax_rate",
    "net",
];

/// A line on both sides, or on one.
#[derive(Debug, PartialEq)]
pub(crate) struct Pair<'a> {
    pub old: Option<&'a Record>,
    pub new: Option<&'a Record>,
}

/// Which lines belong together: the same product (the same words where there is none), in their order. Lines of the
/// new version first as they stand, then what is gone.
pub(crate) fn pairs<'a>(old: &'a [Record], new: &'a [Record]) -> Vec<Pair<'a>> {
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
            let same = left.iter().position(|o| key(o) == key(n));
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

struct Sides {
    old: Record,
    new: Record,
    old_lines: Vec<Record>,
    new_lines: Vec<Record>,
}

async fn sides(visit: &Visit, id: &str) -> Result<Sides> {
    let new = need(visit, id).await?;
    let before = new
        .int("previous_id")
        .ok_or_else(|| Error::refused("error-quote-first"))?;
    let old = read::need(&visit.ctx, visit.db(), visit.registry().get("quote")?, before).await?;
    Ok(Sides {
        old_lines: read_lines(&visit.ctx, visit.db(), old.id).await?,
        new_lines: read_lines(&visit.ctx, visit.db(), new.id).await?,
        old,
        new,
    })
}

/// `GET /quotes/{id}/diff`: this version and the one before.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let s = sides(&visit, &id).await?;
    let loc = &visit.loc;
    let ty = visit.registry().get("quote")?;
    let names = records::names(&visit, ty, &[&s.old.values, &s.new.values]).await?;
    let word = |r: &Record, f: &Field| records::plain(&visit, ty, f, &r.values, &names);
    let head = html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("quote-diff-field")) } th scope="col" { (s.old.text("number")) } th scope="col" { (s.new.text("number")) } } }
            tbody {
                @for f in HEAD.iter().filter_map(|n| ty.field(n)) {
                    @let (a, b) = (word(&s.old, f), word(&s.new, f));
                    tr { th scope="row" { (loc.t(&ty.label(f.name))) } td { (side(&a, a != b, false)) } td { (side(&b, a != b, true)) } }
                }
            }
        }
    };
    let title = format!("{} · {}", loc.t("quote-diff"), s.new.text("number"));
    let body = html! {
        (ui::card(loc.t("quote-diff-head")).flush(head))
        (ui::card(loc.t("quote_line-many")).note(loc.t("quote-diff-note")).flush(lines(&visit, &s).await?))
    };
    Screen::new(&visit, title, "quote")
        .crumb(loc.t("quote-many"), "/quotes")
        .crumb(s.new.text("number"), format!("/quotes/{}", s.new.id))
        .show(ui::page_body(body))
}

fn side(text: &str, changed: bool, new: bool) -> Markup {
    let words = if text.is_empty() { "—" } else { text };
    html! {
        @if !changed { (words) }
        @else if new { ins.add { (words) } }
        @else { del.gone { (words) } }
    }
}

async fn lines(visit: &Visit, s: &Sides) -> Result<Markup> {
    let loc = &visit.loc;
    let ty: &RecordType = visit.registry().get("quote_line")?;
    let rows: Vec<&Values> = s.old_lines.iter().chain(&s.new_lines).map(|l| &l.values).collect();
    let names = records::names(visit, ty, &rows).await?;
    let fields: Vec<&Field> = LINE.iter().filter_map(|n| ty.field(n)).collect();
    let product = ty.field("product_id");
    let word = |r: Option<&Record>, f: &Field| {
        r.map(|r| records::plain(visit, ty, f, &r.values, &names))
            .unwrap_or_default()
    };
    Ok(html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("quote_line-product_id")) }
                th scope="col" { (loc.t("quote-diff-what")) }
                @for f in &fields { th.r[records::show::is_number(f)] scope="col" { (loc.t(&ty.label(f.name))) } }
            } }
            tbody { @for p in pairs(&s.old_lines, &s.new_lines) {
                @let (what, hue) = match (p.old, p.new) {
                    (None, _) => ("added", ui::Hue::Green),
                    (_, None) => ("removed", ui::Hue::Red),
                    (Some(a), Some(b)) if LINE.iter().any(|n| a.get(n) != b.get(n)) => ("changed", ui::Hue::Amber),
                    _ => ("same", ui::Hue::Grey),
                };
                tr {
                    td { @if let Some(f) = product { (word(p.new.or(p.old), f)) } }
                    td { (ui::badge(hue, &loc.t(&format!("quote-diff-{what}")))) }
                    @for f in &fields {
                        @let (a, b) = (word(p.old, f), word(p.new, f));
                        td.r[records::show::is_number(f)] {
                            @if a == b { (side(&b, false, true)) } @else { @if !a.is_empty() { (side(&a, true, false)) " " } @if !b.is_empty() { (side(&b, true, true)) } }
                        }
                    }
                }
            } }
        }
    })
}

/// `GET /api/v1/quotes/{id}/diff`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let s = sides(&visit, &id).await?;
    let both = |a: &Value, b: &Value| json!([a.json(), b.json()]);
    let head: serde_json::Map<String, serde_json::Value> = HEAD
        .iter()
        .filter(|n| s.old.get(n) != s.new.get(n))
        .map(|n| ((*n).to_owned(), both(s.old.get(n), s.new.get(n))))
        .collect();
    let lines: Vec<serde_json::Value> = pairs(&s.old_lines, &s.new_lines)
        .iter()
        .filter_map(|p| {
            let of = |r: Option<&Record>, n: &str| r.map_or(Value::Null, |r| r.get(n).clone());
            let changed: serde_json::Map<String, serde_json::Value> = LINE
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
    answer_json(
        StatusCode::OK,
        &json!({"old": s.old.id, "new": s.new.id, "fields": head, "lines": lines}),
    )
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
