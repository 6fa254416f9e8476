//! Looks at personal data: each request that shows it whole leaves one event.
//!
//! Pages mask telephone numbers and mail addresses until they are asked for. A form, the API and an export give them
//! whole to whoever has the right, and masked to everybody else; only the former is a look.

use crate::visit::Visit;
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Ctx, Event, Field, RecordType};

/// Names of the personal fields that these eyes see whole; none for whom all are masked.
pub(crate) fn whole(ctx: &Ctx, fields: &[Field]) -> Option<String> {
    let names: Vec<&str> = fields
        .iter()
        .filter(|f| f.personal && ctx.sees(f) && ctx.unmasks(f))
        .map(|f| f.name)
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The event of a look at these rows; none when nothing personal was shown whole.
pub(crate) fn event(ctx: &Ctx, ty: &RecordType, rows: &[(i64, &Values)], fields: &[&Field]) -> Option<Event> {
    let kind = format!("{}.contact_viewed.v1", ty.name);
    if !ctx.registry().events().iter().any(|e| e.name == kind) {
        return None;
    }
    let personal: Vec<&&Field> = fields.iter().filter(|f| f.personal && ctx.unmasks(f)).collect();
    let text = |row: &Values, f: &Field| row.get(f.name).and_then(Value::text).unwrap_or("").to_owned();
    let seen = |row: &Values| personal.iter().any(|f| !text(row, f).is_empty());
    let shown: Vec<&(i64, &Values)> = rows.iter().filter(|(_, row)| seen(row)).collect();
    let event = match shown.as_slice() {
        [] => return None,
        [(id, row)] => Event {
            record: *id,
            party: match ty.party {
                Some("id") => Some(*id),
                Some(field) => row.get(field).and_then(Value::int),
                None => None,
            },
            note: Some(
                personal
                    .iter()
                    .map(|f| f.mask(&text(row, f)))
                    .filter(|masked| !masked.is_empty())
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            ..Event::default()
        },
        many => {
            let names: Vec<&str> = personal.iter().map(|f| f.name).collect();
            Event {
                note: Some(format!("{} × {}", many.len(), names.join(", "))),
                ..Event::default()
            }
        }
    };
    Some(Event {
        kind,
        record_type: ty.name,
        ..event
    })
}

/// Keeps a look in the log.
pub(crate) async fn note(visit: &Visit, ty: &RecordType, rows: &[(i64, &Values)], fields: &[&Field]) -> Result<()> {
    let Some(event) = event(&visit.ctx, ty, rows, fields) else {
        return Ok(());
    };
    let tx = visit.ctx.begin().await?;
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}
