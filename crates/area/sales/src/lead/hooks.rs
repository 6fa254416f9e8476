//! What holds for leads, forms, rules and indicators, whichever way they are written.

use super::{assign, score};
use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{Parties, Sought};
use zhike_kernel::{Error, FieldError, Result, Value, Values};
use zhike_store::{Change, Ctx, Event, Hooks, Query, Record, Tx, binds, registry::Saved};

/// Rules of a lead.
pub(crate) struct LeadHooks {
    /// Knows who is a customer.
    pub parties: Arc<dyn Parties>,
}
/// Rules of a form.
pub(crate) struct FormHooks;
/// Rules of a rule of assignment.
pub(crate) struct RuleHooks;
/// Rules of a territory.
pub(crate) struct ShareHooks;
/// Rules of an indicator.
pub(crate) struct IndicatorHooks;

pub(crate) fn int(values: &Values, name: &str) -> Option<i64> {
    values.get(name).and_then(Value::int)
}
pub(crate) fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// May a lead go from one state to another? Converted is entered and left by the conversion alone, which sets or clears
/// the customer in the same write.
pub(crate) fn state(old: Option<&Record>, new: &Values, person: bool) -> Result<()> {
    let (was, is) = (old.map_or("new", |o| o.text("status")), text(new, "status"));
    let customer = int(new, "party_id").is_some();
    if (is == "converted") != customer {
        let code = if is == "converted" {
            "error-lead-convert"
        } else {
            "error-lead-converted"
        };
        return Err(Error::fields(vec![wrong("status", code)]));
    }
    if is == "rejected" && was != "rejected" && person && int(new, "reason_id").is_none() {
        return Err(Error::fields(vec![wrong("reason_id", "error-lead-reason")]));
    }
    Ok(())
}

/// A lead that came into our hands before its own day cannot be.
fn fill(ctx: &Ctx, old: Option<&Record>, new: &mut Values) {
    for field in ["name", "company", "region", "city", "source", "campaign"] {
        let tidy = text(new, field).split_whitespace().collect::<Vec<_>>().join(" ");
        if !tidy.is_empty() {
            new.insert(field.into(), tidy.into());
        }
    }
    if text(new, "received_on").is_empty() {
        new.insert("received_on".into(), ctx.today().into());
    }
    if text(new, "status").is_empty() {
        new.insert("status".into(), "new".into());
    }
    let answered = text(new, "status") != "new" && old.is_some_and(|o| o.text("status") == "new");
    if answered && int(new, "first_response_at").is_none() {
        new.insert("first_response_at".into(), ctx.now().into());
    }
    if old.is_some_and(|o| o.text("status") == "rejected") && text(new, "status") != "rejected" {
        new.insert("reason_id".into(), Value::Null);
        new.insert("reason_note".into(), Value::Null);
    }
    new.insert("free_mail".into(), score::is_free_mail(text(new, "email")).into());
    let length = i64::try_from(text(new, "message").chars().count()).unwrap_or(0);
    new.insert("message_length".into(), length.into());
    // An owner takes it out of the pool.
    if int(new, "owner_id").is_some() {
        new.insert("pool_id".into(), Value::Null);
    }
}

/// What the customers are looked through for.
pub(crate) fn sought(values: &Values) -> Sought {
    Sought {
        name: text(values, "company").to_owned(),
        phone: text(values, "phone").to_owned(),
        email: text(values, "email").to_owned(),
    }
}

#[async_trait]
impl Hooks for LeadHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        fill(ctx, old, new);
        state(old, new, ctx.door.by_hand())?;
        if let Some(reason) = int(new, "reason_id").filter(|r| old.and_then(|o| o.int("reason_id")) != Some(*r)) {
            let subject = tx
                .one("SELECT subject FROM sales_reason WHERE id = $1", binds![reason])
                .await?
                .map(|r| r.text(0))
                .transpose()?;
            if subject.is_none_or(|s| !s.starts_with("lead_")) {
                return Err(Error::field("reason_id", "error-reason-other"));
            }
        }
        let same = |field: &str| old.is_some_and(|o| o.text(field) == text(new, field));
        if !(same("company") && same("phone") && same("email")) {
            let known = self.parties.is_customer(tx, &sought(new)).await?;
            new.insert("known_customer".into(), known.into());
        }
        let owner = int(new, "owner_id");
        if old.is_some_and(|o| o.int("owner_id") != owner) {
            let by = if owner.is_some() { "manager".into() } else { Value::Null };
            new.insert("assigned_by".into(), by);
            if owner.is_none() && int(new, "pool_id").is_none() {
                new.insert("pool_id".into(), default_pool(tx).await?.into());
            }
        }
        score::put(&score::indicators(ctx, tx).await?, new);
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows.iter().filter(|r| r.old.is_none()) {
            let status = text(&row.new, "status");
            if int(&row.new, "owner_id").is_none() && matches!(status, "new" | "working" | "qualified") {
                hand_out(tx, ctx, row).await?;
            }
        }
        Ok(())
    }
}

/// The pool where leads lie that nobody owns.
async fn default_pool(tx: &Tx) -> Result<Option<i64>> {
    let sql = "SELECT min(id) FROM sales_pool WHERE subject = 'lead' AND active AND archived_at IS NULL AND id > $1";
    let row = tx.one(sql, binds![0_i64]).await?;
    Ok(row.map(|r| r.opt_int(0)).transpose()?.flatten())
}

/// Gives a new lead that nobody owns to whom the rules say; else it lies in the pool. Whoever sees only his own and enters
/// one by hand keeps it.
async fn hand_out(tx: &Tx, ctx: &Ctx, row: &Saved) -> Result<()> {
    let by_hand = ctx.door.by_hand() && ctx.actor.owners().is_some();
    let (user, rule, way) = match ctx.actor.user.filter(|_| by_hand) {
        Some(me) => (Some(me), None, "hand".to_owned()),
        None => {
            let decision = assign::decide(ctx, tx, &row.new).await?;
            (decision.user, decision.rule, decision.way)
        }
    };
    let Some(user) = user else {
        let pool = default_pool(tx).await?;
        tx.exec("UPDATE sales_lead SET pool_id = $1 WHERE id = $2", binds![pool, row.id])
            .await?;
        return Ok(());
    };
    tx.exec(
        "UPDATE sales_lead SET owner_id = $1, rule_id = $2, assigned_by = $3 WHERE id = $4",
        binds![user, rule, way.as_str(), row.id],
    )
    .await?;
    if way == "team" {
        tx.exec(
            "UPDATE sales_lead_rule SET last_user_id = $1 WHERE id = $2",
            binds![user, rule],
        )
        .await?;
    }
    let mut changes = std::collections::BTreeMap::new();
    let mut note = |name: &str, to: Value| {
        changes.insert(name.to_owned(), Change { from: Value::Null, to });
    };
    note("owner_id", user.into());
    note("assigned_by", way.into());
    if let Some(rule) = rule {
        note("rule_id", rule.into());
    }
    let event = Event {
        kind: "lead.assigned.v1".into(),
        record_type: "lead",
        record: row.id,
        changes,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Origins that may show a form within their pages: `https://example.com`, one a line.
pub(crate) fn sites(text: &str) -> Result<Vec<String>, FieldError> {
    let mut out = vec![];
    for word in text.split([' ', ',', '\n', '\r', '\t', '，']).filter(|w| !w.is_empty()) {
        let host = word
            .strip_prefix("https://")
            .or_else(|| word.strip_prefix("http://"))
            .map(|h| h.trim_end_matches('/'));
        let fits = host.is_some_and(|h| {
            !h.is_empty()
                && h.chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '*'))
        });
        if !fits {
            return Err(FieldError {
                field: "sites".into(),
                code: "error-form-site",
                args: vec![("site", word.into())],
            });
        }
        out.push(word.trim_end_matches('/').to_owned());
    }
    Ok(out)
}

#[async_trait]
impl Hooks for FormHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() {
            new.insert("token".into(), super::guard::token().into());
        }
        sites(text(new, "sites")).map_err(|e| Error::fields(vec![e]))?;
        // Whatever must be filled is asked for, and without a name there is no lead.
        let asked: Vec<&str> = text(new, "asks").split(' ').collect();
        let needed: Vec<&str> = text(new, "needs").split(' ').collect();
        let join = |words: Vec<&str>| words.join(" ");
        let asks = super::model::ASKS
            .iter()
            .copied()
            .filter(|a| *a == "name" || asked.contains(a) || needed.contains(a));
        let asks = join(asks.collect());
        let needs = join(
            super::model::ASKS
                .iter()
                .copied()
                .filter(|a| *a == "name" || needed.contains(a))
                .collect(),
        );
        new.insert("asks".into(), asks.into());
        new.insert("needs".into(), needs.into());
        if int(new, "hour_limit").is_some_and(|n| !(1..=10_000).contains(&n)) {
            return Err(Error::field("hour_limit", "error-form-limit"));
        }
        Ok(())
    }
}

/// A new rule comes last.
pub(crate) async fn last_position(tx: &Tx, table: &str, new: &mut Values) -> Result<()> {
    if int(new, "position").is_none() {
        let sql = format!("SELECT COALESCE(max(position), 0) FROM {table} WHERE archived_at IS NULL AND id > $1");
        let last = tx.number(&sql, binds![0_i64]).await?;
        new.insert("position".into(), (last + 1).into());
    }
    Ok(())
}

#[async_trait]
impl Hooks for RuleHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        last_position(tx, "sales_lead_rule", new).await?;
        let missing = match text(new, "way") {
            "user" => int(new, "user_id").is_none().then_some("user_id"),
            "team" | "load" => int(new, "team_id").is_none().then_some("team_id"),
            _ => None,
        };
        match missing {
            Some(field) => Err(Error::field(field, "error-required")),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Hooks for ShareHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        if text(new, "region").is_empty() && int(new, "product_id").is_none() {
            return Err(Error::field("region", "error-required"));
        }
        Ok(())
    }
}

#[async_trait]
impl Hooks for IndicatorHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        if int(new, "points").is_some_and(|p| !(-100..=100).contains(&p)) {
            return Err(Error::field("points", "error-indicator-points"));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn lead(pairs: &[(&str, Value)]) -> Values {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
    }

    #[test]
    fn rejecting_asks_for_a_reason_where_somebody_can_be_asked() {
        let new = lead(&[("status", "rejected".into())]);
        assert!(state(None, &new, true).is_err());
        assert!(state(None, &new, false).is_ok());
        let told = lead(&[("status", "rejected".into()), ("reason_id", 3.into())]);
        assert!(state(None, &told, true).is_ok());
    }

    #[test]
    fn only_the_conversion_converts() {
        assert!(state(None, &lead(&[("status", "converted".into())]), false).is_err());
        let done = lead(&[("status", "converted".into()), ("party_id", 7.into())]);
        assert!(state(None, &done, true).is_ok());
        let half = lead(&[("status", "working".into()), ("party_id", 7.into())]);
        assert!(state(None, &half, true).is_err());
    }

    #[test]
    fn sites_are_origins() {
        let fine = sites("https://www.example.com/\nhttp://localhost:8080, https://*.example.org").unwrap();
        assert_eq!(
            fine,
            [
                "https://www.example.com",
                "http://localhost:8080",
                "https://*.example.org"
            ]
        );
        for bad in [
            "example.com",
            "https://a.b/path",
            "https://a;script-src",
            "javascript:1",
        ] {
            assert!(sites(bad).is_err(), "{bad}");
        }
    }
}
