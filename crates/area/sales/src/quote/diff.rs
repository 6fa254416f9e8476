//! Two versions of a quote side by side.

use super::read::{lines as read_lines, need};
use axum::{extract::Path, http::StatusCode};
use serde_json::json;
use zhike_kernel::{Error, Result};
use zhike_store::{Record, RecordType, read};
use zhike_web::{
    Screen, Visit,
    answer::{Answer, json as answer_json},
    records::diff,
    ui,
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

impl Sides {
    fn of<'a>(&'a self, ty: &'a RecordType, line: &'a RecordType) -> diff::Sides<'a> {
        diff::Sides {
            ty,
            line,
            head_fields: &HEAD,
            line_fields: &LINE,
            old: (&self.old, &self.old_lines),
            new: (&self.new, &self.new_lines),
            titles: (self.old.text("number"), self.new.text("number")),
        }
    }
}

/// `GET /quotes/{id}/diff`: this version and the one before.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let s = sides(&visit, &id).await?;
    let loc = &visit.loc;
    let (ty, line) = (visit.registry().get("quote")?, visit.registry().get("quote_line")?);
    let title = format!("{} · {}", loc.t("quote-diff"), s.new.text("number"));
    Screen::new(&visit, title, "quote")
        .crumb(loc.t("quote-many"), "/quotes")
        .crumb(s.new.text("number"), format!("/quotes/{}", s.new.id))
        .show(ui::page_body(diff::draw(&visit, &s.of(ty, line)).await?))
}

/// `GET /api/v1/quotes/{id}/diff`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>) -> Answer {
    let s = sides(&visit, &id).await?;
    let (ty, line) = (visit.registry().get("quote")?, visit.registry().get("quote_line")?);
    let mut body = diff::json(&s.of(ty, line));
    body.insert("old".into(), json!(s.old.id));
    body.insert("new".into(), json!(s.new.id));
    answer_json(StatusCode::OK, &body.into())
}
