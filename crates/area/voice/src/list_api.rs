//! Call lists as programs work them.

use crate::{
    Ports,
    list_end::{self as end, Outcome},
    list_flow as flow, list_page,
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::json;
use zhike_kernel::{Error, Result};
use zhike_store::read;
use zhike_web::{Answer, Json, Visit, answer::json as answer};

fn id(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

pub(crate) const ADD_ASKS: &str = r#"{"type":"object","properties":{"parties":{"type":"array","items":{"type":"integer"}},"view":{"type":"string"}}}"#;
pub(crate) const ADD_TELLS: &str = r#"{"type":"object","properties":{"added":{"type":"integer"}}}"#;
pub(crate) const ENDED_ASKS: &str = r#"{"type":"object","required":["outcome","version"],"properties":{"outcome":{"enum":["reached","not_reached","call_back","refused","wrong_number"]},
"note":{"type":"string"},"at":{"type":"string","format":"date-time"},"version":{"type":"integer"}}}"#;
pub(crate) const ITEM_TELLS: &str = r#"{"type":"object","properties":{"item":{"type":["integer","null"]},"party_id":{"type":"integer"},"state":{"type":"string"},"version":{"type":"integer"},
"not_before":{"type":["string","null"]},"moved":{"type":"integer"},"address":{"type":["string","null"]},"reasons":{"type":"array"}}}"#;

/// Customers to add: by id, or those of a saved view.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Add {
    #[serde(default)]
    parties: Vec<i64>,
    #[serde(default)]
    view: Option<String>,
}

/// `POST /api/v1/call-lists/{id}/add`.
pub(crate) async fn add(visit: Visit, Path(list): Path<String>, Json(sent): Json<Add>) -> Answer {
    let list = id(&list)?;
    let ctx = &visit.ctx;
    flow::list(ctx, ctx.db(), list).await?;
    let mut all = match &sent.view {
        Some(view) => list_page::of_view(&visit, Some(view)).await?,
        None => vec![],
    };
    if sent.parties.len() > usize::try_from(flow::MOST).unwrap_or(0) {
        return Err(Error::refused("error-call-list-large").with("most", flow::MOST).into());
    }
    let ty = ctx.registry().get("party")?.clone();
    let mut asked = sent.parties.clone();
    asked.sort_unstable();
    asked.dedup();
    let seen = read::find_many(ctx, ctx.db(), &ty, &asked).await?;
    if seen.len() != asked.len() {
        return Err(Error::field("parties", "error-not-a-record").into());
    }
    all.extend(seen.iter().map(|p| p.id));
    let tx = ctx.begin().await?;
    let added = flow::add(ctx, &tx, list, &all).await?;
    tx.commit().await?;
    answer(StatusCode::OK, &json!({"added": added}))
}

async fn shown(visit: &Visit, list: i64, item: Option<i64>) -> Result<serde_json::Value> {
    let Some(item) = item else {
        return Ok(json!({"item": null}));
    };
    let one = flow::item(&visit.ctx, visit.db(), list, item).await?;
    Ok(
        json!({"item": one.id, "party_id": one.int("party_id"), "state": one.text("state"), "version": one.version,
        "not_before": list_page::stamp(one.get("not_before")), "outcome": one.get("outcome").json(), "tries": one.int("tries")}),
    )
}

/// `POST /api/v1/call-lists/{id}/next`.
pub(crate) async fn next(ports: Ports, visit: Visit, Path(list): Path<String>) -> Answer {
    let list = id(&list)?;
    let next = flow::next(&visit.ctx, &ports, list).await?;
    let mut out = shown(&visit, list, next.item).await?;
    out["moved"] = next.moved.into();
    answer(StatusCode::OK, &out)
}

/// `POST /api/v1/call-lists/{id}/items/{item}/call`: 200 with the number, or 409 with the reasons.
pub(crate) async fn call(ports: Ports, visit: Visit, Path((list, item)): Path<(String, String)>) -> Answer {
    let (list, item) = (id(&list)?, id(&item)?);
    let (said, number) = flow::call(&visit.ctx, &ports, list, item).await?;
    let mut out = shown(&visit, list, Some(item)).await?;
    let reasons: Vec<_> = said
        .reasons
        .iter()
        .map(|r| json!({"rule": r.rule, "args": r.args, "text": zhike_web::gate::sentence(&visit.loc, r)}))
        .collect();
    out["reasons"] = reasons.into();
    let code = if number.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    let shown = number.map(|n| {
        if visit.may(zhike_store::sight::CONTACT) {
            n
        } else {
            zhike_kernel::text::mask_phone(&n)
        }
    });
    out["address"] = shown.into();
    answer(code, &out)
}

/// What came of it, as programs send it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ended {
    outcome: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    at: Option<String>,
    version: Option<i64>,
}

/// `POST /api/v1/call-lists/{id}/items/{item}/outcome`.
pub(crate) async fn ended(
    ports: Ports,
    visit: Visit,
    Path((list, item)): Path<(String, String)>,
    Json(sent): Json<Ended>,
) -> Answer {
    let (list, item) = (id(&list)?, id(&item)?);
    let told = Outcome {
        word: sent.outcome,
        note: sent.note,
        at: sent.at,
        version: sent.version,
    };
    end::ended(&visit.ctx, &ports, list, item, &told).await?;
    answer(StatusCode::OK, &shown(&visit, list, Some(item)).await?)
}

/// `POST /api/v1/call-lists/{id}/items/{item}/undo`.
pub(crate) async fn undo(visit: Visit, Path((list, item)): Path<(String, String)>) -> Answer {
    let (list, item) = (id(&list)?, id(&item)?);
    end::take_back(&visit.ctx, list, item).await?;
    answer(StatusCode::OK, &shown(&visit, list, Some(item)).await?)
}
