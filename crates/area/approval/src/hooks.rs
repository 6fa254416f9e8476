//! What is refused when a flow or a level is written.

use crate::{port::Subjects, schema::ROLES};
use async_trait::async_trait;
use zhike_kernel::{Error, Filter, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query as _, Record, Tx, binds, filter_sql::fixed};

pub(crate) struct FlowHooks(pub Subjects);

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

/// Reads the kept text of a condition; nothing means "always".
pub(crate) fn condition(text: &str) -> Option<Filter> {
    if text.trim().is_empty() {
        return Some(Filter::default());
    }
    Filter::from_json(&serde_json::from_str(text).ok()?)
}

fn unknown<'a>(filter: &'a Filter, knows: &dyn Fn(&str) -> bool) -> Option<&'a str> {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().find_map(|f| unknown(f, knows)),
        Filter::None(part) => unknown(part, knows),
        Filter::Exists { relation, .. } => Some(relation),
        Filter::Field { field, .. } => (!knows(field)).then_some(field),
    }
}

#[async_trait]
impl Hooks for FlowHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let Some(filter) = condition(text(new, "condition")) else {
            return Err(Error::field("condition", "error-approval-condition"));
        };
        let subject = text(new, "subject").to_owned();
        if let Some(of) = self.0.find(&subject) {
            let ty = ctx.registry().get(&subject)?;
            let extra = of.extra();
            let knows =
                |name: &str| fixed(name).is_some() || ty.field(name).is_some() || extra.iter().any(|f| f.name == name);
            if let Some(field) = unknown(&filter, &knows) {
                return Err(Error::invalid("error-no-such-field").with("field", field));
            }
        }
        if new.get("position").is_none_or(Value::is_empty) {
            let last = tx
                .number("SELECT COALESCE(MAX(position), 0) FROM approval_flow", binds![])
                .await?;
            new.insert("position".into(), (last + 1).into());
        }
        if old.is_some_and(|o| o.text("subject") != subject) && !filter.is_everything() {
            return Err(Error::field("subject", "error-approval-subject"));
        }
        Ok(())
    }
}

pub(crate) struct LevelHooks;

#[async_trait]
impl Hooks for LevelHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        match text(new, "who") {
            "role" if !ROLES.contains(&text(new, "role")) => return Err(Error::field("role", "error-required")),
            "persons" => {
                let ids = ids(text(new, "persons"));
                if ids.is_empty() {
                    return Err(Error::field("persons", "error-approval-persons"));
                }
                for id in &ids {
                    let sql = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
                    if tx.number(sql, binds![*id]).await? == 0 {
                        return Err(Error::field("persons", "error-approval-persons"));
                    }
                }
                let words: Vec<String> = ids.iter().map(i64::to_string).collect();
                new.insert("persons".into(), words.join(" ").into());
            }
            _ => {}
        }
        if new.get("position").is_none_or(Value::is_empty) {
            let flow = new.get("flow_id").and_then(Value::int).unwrap_or(0);
            let sql =
                "SELECT COALESCE(MAX(position), 0) FROM approval_level WHERE flow_id = $1 AND archived_at IS NULL";
            new.insert("position".into(), (tx.number(sql, binds![flow]).await? + 1).into());
        }
        Ok(())
    }
}

/// Ids in a text, without repetition, in their order.
pub(crate) fn ids(text: &str) -> Vec<i64> {
    let mut out = vec![];
    for id in text.split([' ', ',']).filter_map(|w| w.trim().parse::<i64>().ok()) {
        if id > 0 && !out.contains(&id) {
            out.push(id);
        }
    }
    out
}
