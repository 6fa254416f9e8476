//! A public form: read from its definition, checked in the visitor's language, made into a lead.

use super::{
    guard::{self, Opened},
    hooks::sites,
    model::ASKS,
};
use std::sync::Arc;
use zhike_kernel::{Actor, Door, Error, FieldError, Result, Value, Values};
use zhike_store::{Ctx, Event, FieldKind, Query, Record, RecordType, Tx, binds, read, write};
use zhike_web::{Fields, Lang, Locale, Visit};

/// The field that people do not see; whoever fills it is a machine.
pub(crate) const TRAP: &str = "website";

/// A form's definition.
pub(crate) struct Definition {
    /// The record.
    pub record: Record,
    /// Its secret name.
    pub token: String,
}

/// A form in use, by its secret name.
pub(crate) async fn find(ctx: &Ctx, token: &str) -> Result<Definition> {
    let row = ctx
        .db()
        .one(
            "SELECT id FROM sales_lead_form WHERE token = $1 AND archived_at IS NULL AND active",
            binds![token],
        )
        .await?
        .ok_or_else(Error::missing)?;
    let ty = ctx.registry().get("lead_form")?;
    let all = Ctx::system(&ctx.house, Door::Page);
    let record = read::need(&all, ctx.db(), ty, row.int(0)?).await?;
    Ok(Definition {
        token: token.to_owned(),
        record,
    })
}

impl Definition {
    /// Fields asked for, in order.
    pub(crate) fn asks(&self) -> Vec<&'static str> {
        let asked: Vec<&str> = self.record.text("asks").split(' ').collect();
        ASKS.iter().copied().filter(|a| asked.contains(a)).collect()
    }
    /// Must it be filled?
    pub(crate) fn needs(&self, field: &str) -> bool {
        self.record.text("needs").split(' ').any(|n| n == field)
    }
    /// The language of the form: its own, or the visitor's.
    pub(crate) fn locale(&self, visit: &Visit, asked: Option<&str>) -> Locale {
        let lang = match self.record.text("language") {
            "en" => Lang::En,
            "zh-cn" => Lang::ZhCn,
            _ => asked.and_then(Lang::parse).unwrap_or(visit.loc.lang),
        };
        Locale {
            lang,
            ..visit.loc.clone()
        }
    }
    /// A text of the form in that language, the other one where there is none.
    pub(crate) fn words(&self, loc: &Locale, field: &str) -> String {
        let (zh, latin) = (self.record.text(field), self.record.text(&format!("{field}_latin")));
        let (first, second) = if loc.is_zh() { (zh, latin) } else { (latin, zh) };
        if first.is_empty() { second } else { first }.to_owned()
    }
    /// Who may show it within a page.
    pub(crate) fn ancestors(&self) -> String {
        let named = sites(self.record.text("sites")).unwrap_or_default();
        format!("'self' {}", named.join(" ")).trim().to_owned()
    }
}

/// What came of a submission.
pub(crate) enum Sent {
    /// A lead, or what looks like thanks to a machine.
    Thanks,
    /// Something is wrong; the words for each field, and for the whole.
    Wrong(Vec<FieldError>, Option<&'static str>),
    /// Too often from this address.
    TooMany,
}

/// Reads the answers as the record type reads its fields.
fn answers(ctx: &Ctx, ty: &RecordType, form: &Definition, f: &Fields) -> Result<Values, Vec<FieldError>> {
    let (mut values, mut wrong) = (Values::new(), vec![]);
    for name in form.asks() {
        let Some(field) = ty.field(name) else { continue };
        let typed = f.get(name).unwrap_or("");
        let most = if field.kind == FieldKind::Long { 4_000 } else { 200 };
        if typed.chars().count() > most {
            wrong.push(FieldError {
                field: name.to_owned(),
                code: "error-too-long",
                args: vec![("most", most.into())],
            });
            continue;
        }
        match field.parse(typed, ctx.house.currency) {
            Ok(value) => {
                if value.is_empty() && form.needs(name) {
                    wrong.push(field.missing());
                }
                values.insert(name.to_owned(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong) }
}

/// Takes a submission.
pub(crate) async fn submit(visit: &Visit, form: &Definition, f: &Fields) -> Result<Sent> {
    let ctx = Ctx {
        actor: Arc::new(Actor {
            name: form.record.text("name").to_owned(),
            ..Actor::system()
        }),
        ..Ctx::system(&visit.house, Door::Page)
    };
    if f.filled(TRAP).is_some() {
        tracing::info!(form = form.record.id, "a machine filled the hidden field");
        return Ok(Sent::Thanks);
    }
    let peer = guard::fold(&[&form.token, &visit.peer]);
    let limit = form.record.int("hour_limit");
    if guard::too_many(ctx.db(), form.record.id, &peer, limit, ctx.now()).await? {
        return Ok(Sent::TooMany);
    }
    let ty = ctx.registry().get("lead")?.clone();
    let values = match answers(&ctx, &ty, form, f) {
        Ok(values) => values,
        Err(wrong) => return Ok(Sent::Wrong(wrong, None)),
    };
    match guard::opened(&visit.app.secret, &form.token, f.get("opened").unwrap_or(""), ctx.now()) {
        Opened::Fine => {}
        Opened::TooFast => return Ok(Sent::Wrong(vec![], Some("form-too-fast"))),
        Opened::Stale => return Ok(Sent::Wrong(vec![], Some("form-stale"))),
    }
    let tx = ctx.begin().await?;
    keep(&ctx, &tx, &ty, form, &peer, values).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    Ok(Sent::Thanks)
}

async fn keep(ctx: &Ctx, tx: &Tx, ty: &RecordType, form: &Definition, peer: &str, mut values: Values) -> Result<()> {
    let said: Vec<&str> = form
        .asks()
        .into_iter()
        .map(|a| values.get(a).and_then(Value::text).unwrap_or(""))
        .collect();
    let fold = guard::fold(&said);
    if let Some(lead) = guard::same(tx, form.record.id, &fold).await? {
        tx.exec(
            "UPDATE sales_lead SET repeats = COALESCE(repeats, 0) + 1 WHERE id = $1",
            binds![lead],
        )
        .await?;
        return guard::remember(tx, form.record.id, peer, &fold, None).await;
    }
    for name in ["source", "campaign"] {
        values.insert(name.into(), form.record.get(name).clone());
    }
    values.insert("form_id".into(), form.record.id.into());
    if let Some(owner) = form.record.int("owner_id") {
        values.insert("owner_id".into(), owner.into());
        values.insert("assigned_by".into(), "form".into());
    }
    let id = write::create(ctx, tx, ty, values).await?;
    let event = Event {
        kind: "lead.submitted.v1".into(),
        record_type: "lead",
        record: id,
        note: Some(form.record.text("name").to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    guard::remember(tx, form.record.id, peer, &fold, Some(id)).await
}
