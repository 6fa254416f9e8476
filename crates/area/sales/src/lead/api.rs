//! The API of leads beyond what every record type has: the trial of the rules, the conversion.

use super::{
    assign,
    convert::{self, Ask, Whom},
    convert_page, rule_page, score,
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use zhike_contract::{Alike, Parties};
use zhike_kernel::{Error, Result};
use zhike_store::read;
use zhike_web::{Answer, Query, Routes, Visit, answer};

/// The routes.
pub(crate) fn routes(parties: &Arc<dyn Parties>) -> Routes {
    let parties = parties.clone();
    Routes::new()
        .get(
            "/api/v1/lead-rules/trial",
            "lead_rule.view",
            |visit: Visit, Query(q): Query| {
                Box::pin(async move {
                    let values = rule_page::subject(&visit.ctx, &q).await?;
                    let decision = assign::decide(&visit.ctx, visit.db(), &values).await?;
                    let indicators = score::indicators(&visit.ctx, visit.db()).await?;
                    let points = score::score(&indicators, &values);
                    answer::json(StatusCode::OK, &rule_page::told(&decision, points))
                })
            },
        )
        .get(
            "/api/v1/leads/{id}/conversion",
            "lead.view",
            move |visit: Visit, Path(id): Path<i64>| {
                let parties = parties.clone();
                Box::pin(preview(visit, parties, id))
            },
        )
        .post(
            "/api/v1/leads/{id}/convert",
            "lead.edit",
            |visit: Visit, Path(id): Path<i64>, zhike_web::Json(body): zhike_web::Json<Body>| {
                Box::pin(run(visit, id, body))
            },
        )
        .post(
            "/api/v1/leads/{id}/unconvert",
            "lead.edit",
            |visit: Visit, Path(id): Path<i64>, zhike_web::Json(body): zhike_web::Json<Back>| {
                Box::pin(async move {
                    convert::unconvert(&visit.ctx, id, body.version).await?;
                    let ty = visit.registry().get("lead")?.clone();
                    let lead = read::need(&visit.ctx, visit.db(), &ty, id).await?;
                    answer::json(
                        StatusCode::OK,
                        &json!({"id": id, "version": lead.version, "status": lead.text("status")}),
                    )
                })
            },
        )
}

fn alike(found: &[Alike]) -> Vec<Json> {
    found
        .iter()
        .map(|a| json!({"id": a.id, "number": a.number, "name": a.name, "city": a.city, "score": a.score, "reasons": a.why}))
        .collect()
}

async fn preview(visit: Visit, parties: Arc<dyn Parties>, id: i64) -> Answer {
    let ty = visit.registry().get("lead")?.clone();
    let lead = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let found = convert_page::candidates(&visit, parties.as_ref(), &lead).await?;
    let shown = |values: &zhike_kernel::Values| -> Json {
        values
            .iter()
            .map(|(k, v)| (k.clone(), v.json()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let company = !lead.text("company").is_empty();
    answer::json(
        StatusCode::OK,
        &json!({
            "party": {"new": shown(&convert::new_party(&lead.values)), "alike": alike(&found.party)},
            "contact": company.then(|| json!({"new": shown(&convert::new_contact(&lead.values)), "alike": alike(&found.contact)})),
            "deal_name": convert::deal_name(&lead.values), "hidden": found.hidden, "version": lead.version,
        }),
    )
}

/// `party` and `contact` are an id, or `"new"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    version: i64,
    party: Json,
    #[serde(default)]
    contact: Option<Json>,
    #[serde(default)]
    deal: Option<DealBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DealBody {
    #[serde(default)]
    name: String,
    #[serde(default)]
    pipeline_id: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Back {
    version: i64,
}

fn whom(json: &Json, field: &str) -> Result<Whom> {
    match json {
        Json::String(word) if word == "new" => Ok(Whom::New),
        Json::Number(id) => id
            .as_i64()
            .map(Whom::Old)
            .ok_or_else(|| Error::field(field, "error-not-a-record")),
        _ => Err(Error::field(field, "error-not-a-record")),
    }
}

async fn run(visit: Visit, id: i64, body: Body) -> Answer {
    let ask = Ask {
        version: body.version,
        party: whom(&body.party, "party")?,
        contact: body.contact.as_ref().map(|c| whom(c, "contact")).transpose()?,
        deal: body.deal.map(|d| (d.name, d.pipeline_id)),
    };
    let done = convert::convert(&visit.ctx, id, &ask).await?;
    answer::json(
        StatusCode::OK,
        &json!({"id": id, "version": done.version, "party": done.party, "contact": done.contact, "deal": done.deal}),
    )
}
