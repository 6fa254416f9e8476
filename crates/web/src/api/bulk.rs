//! The same change to many records, as one batch that can be undone.

use super::{
    once::{Begun, Reply, begin},
    sent::Sent,
    value,
};
use crate::{answer::Answer, visit::Visit};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use zhike_kernel::{Error, FieldError, Kind, Result};
use zhike_store::{RecordType, Tx, binds, read, write};

/// Records of one request at most.
const MOST: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    ids: Vec<Target>,
    set: Map<String, Json>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    id: i64,
    version: i64,
}

/// `POST /api/v1/{path}/bulk`.
pub async fn run(visit: Visit, name: &'static str, sent: Sent) -> Answer {
    let ty = super::of(&visit, name)?;
    let asked: Asked = sent.json()?;
    if asked.ids.is_empty() || asked.ids.len() > MOST {
        return Err(Error::fields(vec![FieldError {
            field: "ids".into(),
            code: "error-bulk-size",
            args: vec![("most", MOST.into())],
        }])
        .into());
    }
    if let Some((_, column)) = ty.parent.filter(|(_, column)| asked.set.contains_key(*column)) {
        return Err(value::no_such_fields(&[column]).into());
    }
    // What is wrong for every record is said once.
    value::read(&visit.ctx, &ty, None, &asked.set)?;
    let (mut tx, once) = match begin(&visit, &sent).await? {
        Begun::Again(response) => return Ok(*response),
        Begun::New(tx, once) => (tx, once),
    };
    let batch = tx.open_batch("bulk", ty.name).await?;
    let mut changed = 0_usize;
    let mut data: Vec<Json> = Vec::with_capacity(asked.ids.len());
    for target in &asked.ids {
        let result = guarded(&visit, &tx, &ty, target, &asked.set).await;
        data.push(match result {
            Ok(version) => {
                let word = if version == target.version { "unchanged" } else { "changed" };
                changed += usize::from(version != target.version);
                serde_json::json!({"id": target.id, "result": word, "version": version})
            }
            Err(e) if e.kind == Kind::Broken => return Err(e.into()),
            Err(e) => {
                let errors: Vec<Json> = e
                    .fields
                    .iter()
                    .map(|f| serde_json::json!({"field": f.field, "code": f.code, "detail": visit.loc.field_error(f)}))
                    .collect();
                serde_json::json!({
                    "id": target.id, "result": "refused", "code": e.code, "title": visit.loc.error(&e), "errors": errors,
                })
            }
        });
    }
    if changed == 0 {
        tx.exec("DELETE FROM event_batch WHERE id = $1", binds![batch]).await?;
    }
    let body = serde_json::json!({"batch": (changed > 0).then_some(batch), "changed": changed, "data": data});
    once.finish(tx, Reply::plain(StatusCode::OK, body)).await
}

/// One record. What a refusal has written already is taken back; the others stay.
async fn guarded(visit: &Visit, tx: &Tx, ty: &RecordType, target: &Target, set: &Map<String, Json>) -> Result<i64> {
    tx.ddl("SAVEPOINT bulk_one").await?;
    let result = one(visit, tx, ty, target, set).await;
    if result.is_err() {
        tx.ddl("ROLLBACK TO SAVEPOINT bulk_one").await?;
    }
    tx.ddl("RELEASE SAVEPOINT bulk_one").await?;
    result
}

async fn one(visit: &Visit, tx: &Tx, ty: &RecordType, target: &Target, set: &Map<String, Json>) -> Result<i64> {
    let old = read::need(&visit.ctx, tx, ty, target.id).await?;
    let values = value::read(&visit.ctx, ty, Some(&old), set)?;
    write::update_from(&visit.ctx, tx, ty, old, target.version, values).await
}
