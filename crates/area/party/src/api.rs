//! What programs may do beyond the API that every record type has: look for similar parties, merge, undo a merge.

use crate::{
    duplicates::{self, Asked},
    merge::{flow, pages},
    pieces::need,
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use zhike_kernel::Error;
use zhike_web::{Answer, Fields, Json, Query, Routes, Visit, answer};

/// The addresses.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(
            "/api/v1/parties/similar",
            "party.view",
            |visit: Visit, Query(q): Query| similar(visit, q),
        )
        .post(
            "/api/v1/parties/{id}/merge",
            "party.edit",
            |visit: Visit, Path(id): Path<String>, Json(body): Json<Merge>| Box::pin(merge(visit, id, body)),
        )
        .post(
            "/api/v1/merges/{id}/undo",
            "party.edit",
            |visit: Visit, Path(id): Path<String>| Box::pin(undo(visit, id)),
        )
}

/// What to merge into the party of the address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// The party that is merged away.
    other: i64,
    /// By field: `this` or `other`.
    #[serde(default)]
    take: BTreeMap<String, Side>,
    /// Version of the party that is kept as it was read: refused when it was changed meanwhile.
    version: Option<i64>,
    /// Version of the other.
    other_version: Option<i64>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Side {
    This,
    Other,
}

async fn similar(visit: Visit, query: Fields) -> Answer {
    let text = |name: &str| query.filled(name).unwrap_or("").to_owned();
    let asked = Asked {
        name: text("name"),
        phone: text("phone"),
        email: text("email"),
        tax_number: text("tax_number"),
        except: query.int("except"),
    };
    let (found, hidden) = duplicates::similar(&visit.ctx, &asked).await?;
    let items: Vec<_> = found
        .iter()
        .map(|(r, points, why)| {
            json!({
                "id": r.id, "number": r.text("number"), "name": r.text("name"), "city": r.get("city").json(),
                "owner_id": r.int("owner_id"), "score": points, "reasons": why,
            })
        })
        .collect();
    answer::json(StatusCode::OK, &json!({"items": items, "hidden": hidden}))
}

async fn merge(visit: Visit, id: String, body: Merge) -> Answer {
    let kept = need(&visit, &id).await?;
    let said = |version: Option<i64>, name: &str| version.ok_or_else(|| Error::field(name, "error-required"));
    let (version, other_version) = (
        said(body.version, "version")?,
        said(body.other_version, "other_version")?,
    );
    let take = body
        .take
        .into_iter()
        .map(|(field, side)| (field, side == Side::Other))
        .collect();
    let tx = visit.begin().await?;
    let merge = flow::merge(&visit.ctx, &tx, (kept.id, version), (body.other, other_version), &take).await?;
    let moved = flow::moved(&tx, merge).await?;
    tx.commit().await?;
    answer::json(
        StatusCode::OK,
        &json!({"id": merge, "party": kept.id, "other": body.other, "moved": moved}),
    )
}

async fn undo(visit: Visit, id: String) -> Answer {
    let winner = pages::undo(&visit, &id).await?;
    answer::json(StatusCode::OK, &json!({"party": winner}))
}
